"""Drawn limits lie where geodesics say; the hand-made valley's hectares are those that one works out by hand."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Geod

from geo.availability.area import find_area
from geo.availability.limits import Limit
from geo.availability.places import Availability, Wanted, find_places
from geo.availability.screening import Setting
from geo.availability.use import Use
from tests.test_availability import (
    agree,
    along_limits,
    found,
    hectares,
    inside_red_line,
    near_bank,
    scattered,
    valley,
)
from tests.valley import area, county, line
from tests.worlds import DAY, entry, in_memory, river, rule, rulebook

_GEOD = Geod(ellps="GRS80")
#: A few hundred points a kind of place in every run; more on demand.
POINTS = int(os.environ.get("HONGXIAN_POINTS", "3000"))
FEN = {"name": "汾河", "stem": "干流"}


def true_distance(lon: float, lat: float, course: np.ndarray) -> float:
    """Metres to a line given as points some 5 m apart, by pyproj: at 1 km that is true to 4 mm."""
    rough = np.hypot((course[:, 0] - lon) * 90_000, (course[:, 1] - lat) * 111_000)
    near = course[np.argsort(rough)[:40]]
    return float(_GEOD.inv(np.full(40, lon), np.full(40, lat), near[:, 0], near[:, 1])[2].min())


def winding(west: float, east: float, south: float, north: float) -> shapely.Geometry:
    """A river that winds from west to east."""
    t = np.linspace(0, 1, 60)
    lat = south + (north - south) * (0.5 + 0.35 * np.sin(9 * t) * t)
    return shapely.LineString(np.column_stack([west + (east - west) * t, lat]))


@pytest.mark.parametrize("metres", [50.0, 1_000.0, 2_000.0, 10_000.0])
def test_a_limit_drawn_across_a_city_is_where_geodesics_say(metres: float) -> None:
    course = winding(110.2, 112.0, 34.7, 35.8)
    fine = shapely.get_coordinates(shapely.segmentize(course, 0.00005))
    drawn = Limit("river", np.array([course]), metres).draw(shapely.box(110.2, 34.6, 112.1, 35.9))
    ring = shapely.get_coordinates(shapely.boundary(drawn))
    middles = (ring[1:] + ring[:-1]) / 2  # where chords are farthest from their arc
    kept = np.hypot(*(ring[1:] - ring[:-1]).T) < 0.05  # not from one ring to the next
    at = np.concatenate([ring, middles[kept]])
    chosen = at[np.random.default_rng(1).choice(len(at), 400, replace=False)]
    off = [abs(true_distance(lon, lat, fine) - metres) for lon, lat in chosen]
    assert max(off) < 0.5


def test_the_edges_of_classes_are_where_geodesics_say() -> None:
    square, attributes = county()
    admin = entry("admin", (square, attributes), key="counties", accuracy_m=0.1, covers=None)
    course = shapely.LineString([(110.90, 35.43), (110.97, 35.48), (111.01, 35.52), (111.10, 35.57)])
    bank = river((course, FEN), half_width_m=0, covers={"adcode": ["1408"]}, accuracy_m=30)
    result = _found([admin, bank], near_bank())
    fine = shapely.get_coordinates(shapely.segmentize(course, 0.00002))
    spread = 1.6448536 * 30
    border = shapely.boundary(square)
    deep = shapely.boundary(result.pieces.query("`class` == 'prohibited'").geometry.union_all())
    at = shapely.get_coordinates(deep)
    at = at[shapely.distance(shapely.points(at), border) > 1e-5]
    off = [abs(true_distance(lon, lat, fine) - (1_000 - spread)) for lon, lat in at]
    assert len(off) > 40 and max(off) < 0.5


def _found(entries: list[Any], *rules: Any, **asked: Any) -> Availability:
    catalog = in_memory(*entries)
    setting = Setting(rulebook(*rules), catalog, DAY)
    return find_places(Use("2521"), find_area(catalog, ["1408"]), setting, Wanted(**asked))


def test_the_valley_by_hand() -> None:
    # A county 10 km by 20 km. The bank runs 8 km, from y = -4 km to 4 km at x = 0. Within 1 km of it lie a strip of
    # 2 km by 8 km and two half circles of 1 km: 16 + pi = 19.1416 km². The layer covers the county; what lies deeper
    # than 1 km inside it, 8 km by 18 km = 144 km², can be told. Of it are prohibited by the bank alone or with the
    # red line: 19.1416 km², all of the zone, as it keeps 4 km from the sides and 5 km from the ends.
    # The red line is 2 km by 3 km, from x = 0.5 to 2.5 and y = -1.5 to 1.5: 6 km², of which 0.5 km by 3 km = 1.5 km²
    # lie within 1 km of the bank. So both prohibit on 1.5 km², the bank alone on 19.1416 - 1.5 = 17.6416 km², the red
    # line alone on 4.5 km²; free are 144 - 19.1416 - 4.5 = 120.3584 km²; the rim of 200 - 144 = 56 km² is open.
    red = entry(
        "red_line",
        (area((500, -1_500), (2_500, -1_500), (2_500, 1_500), (500, 1_500)), {}),
        covers={"adcode": ["1408"]},
    )
    short = entry(
        "river",
        (line((0, -4_000), (0, 4_000)), FEN),
        key="river",
        half_width_m=0,
        covers={"adcode": ["1408"]},
    )
    entries = [valley()[0], short, red]
    result = found(entries, near_bank(), inside_red_line())
    held = hectares(result)
    zone = 16 + math.pi
    assert held["free"] == pytest.approx(100 * (144 - zone - 4.5), rel=5e-4)
    assert held["prohibited"] == pytest.approx(100 * (zone + 4.5), rel=5e-4)
    assert held["undetermined"] == pytest.approx(100 * 56, rel=5e-4)
    kinds = result.pieces.groupby("kind")["area_ha"].sum()
    assert kinds["prohibited_several"] == pytest.approx(150, rel=5e-4)
    assert kinds["prohibited"] == pytest.approx(100 * (zone - 1.5 + 4.5), rel=5e-4)
    alone = result.combinations.query("`class` == 'prohibited'").set_index("rule_ids")["area_ha"]
    assert alone["AA-01"] == pytest.approx(100 * (zone - 1.5), rel=5e-4)
    assert alone["AA-02"] == pytest.approx(450, rel=5e-4)
    both = result.combinations.query("rule_ids == 'AA-01;AA-02'").iloc[0]
    assert both["area_ha"] == pytest.approx(150, rel=5e-4)
    assert both["frees_ha"] == pytest.approx(150, rel=5e-4)
    assert both["rules"] == 2


def test_each_rule_set_counts_its_ground_once() -> None:
    red = entry(
        "red_line",
        (area((500, 0), (1_500, 0), (1_500, 1_000), (500, 1_000)), {}),
        covers={"adcode": ["1408"]},
    )
    result = found(valley(red), near_bank(), inside_red_line())
    usable = sum(hectares(result).get(word, 0.0) for word in ("free", "advised"))
    whole = sum(hectares(result).values())
    assert result.combinations["area_ha"].sum() == pytest.approx(whole - usable, rel=1e-9)
    alone = result.combinations.query("rule_ids == 'AA-02'")["area_ha"].sum()
    assert alone == pytest.approx(50, rel=1e-3)  # what it takes beside the bank


def test_layers_in_the_order_in_which_they_settle_ground() -> None:
    # the red line is missing for all the county: alone it settles the 10,800 ha that the bank leaves free;
    # the bank's layer is complete in the county only, so that its rim of 5,200 + 400 ha needs both
    result = found(valley(), near_bank(), inside_red_line())
    steps = result.layers.sort_values("step")
    assert steps["theme"].tolist() == ["red_line", "river"]
    assert steps["together_settles_ha"].tolist() == pytest.approx([10_800, 10_800 + 5_200], rel=5e-3)
    assert steps["together_frees_ha"].is_monotonic_increasing


def test_parks_are_counted_by_class() -> None:
    parks = entry(
        "park",
        (area((-500, 0), (1_500, 0), (1_500, 1_000), (-500, 1_000)), {"name": "跨限园"}),
        covers={"adcode": ["1408"]},
    )
    result = found(valley(parks), near_bank())
    held = result.parks.set_index("class")["area_ha"]
    # 2 km by 1 km, of which 1.5 km by 1 km within 1 km of the bank
    assert held["prohibited"] == pytest.approx(150, rel=1e-3)
    assert held["free"] == pytest.approx(50, rel=1e-3)
    assert result.parks.groupby("park")["share"].sum().tolist() == pytest.approx([1.0])
    assert not result.parks["demo"].any()


def test_candidates_are_an_assessment_of_sites() -> None:
    result = found(valley(), near_bank())
    run = result.assessment
    assert run.sites["site_id"].tolist() == result.candidates["candidate_id"].tolist()
    assert set(run.verdicts["outcome"]) == {"clear"}
    nearest = run.findings.query("rule_id == 'AA-01'")["margin_m"].to_numpy()
    # the plot keeps at least its margin from the limit; the rim of cover may be nearer
    assert (nearest >= result.candidates["margin_m"].to_numpy() - 0.5).all()
    assert set(run.zones["rule_id"]) == {"AA-01"}
    empty = found(valley(), near_bank(), plot_ha=6_000.0).assessment
    assert len(empty.sites) == 0 and len(empty.zones) == 1


def test_thousands_of_points_screen_as_their_ground_says() -> None:
    """Every class, features of differing widths, several rules at once; points near an edge are told apart."""
    red = entry(
        "red_line",
        (area((1_500, -3_000), (4_000, -3_500), (3_500, 2_000), (1_700, 1_500)), {}),
        (area((-1_500, 4_000), (1_800, 4_500), (800, 8_000)), {}),
        accuracy_m=25,
        covers={"adcode": ["1408"]},
    )
    parks = entry(
        "park",
        (area((-4_500, -8_000), (-2_000, -8_000), (-2_000, 8_000), (-4_500, 8_000)), {"name": "东园"}),
        covers={"adcode": ["1408"]},
    )
    bank = river(
        (line((-300, -12_000), (200, -2_000), (-100, 3_000), (600, 12_000)), FEN),
        (line((-5_500, 6_500), (-200, 5_800)), {"name": "汾河", "stem": "干流", "half_width_m": 200}),
        half_width_m=40, line="centreline", accuracy_m=20, covers={"adcode": ["1408"]},
    )  # fmt: skip
    measured = {"theme": "river", "line": "bank", "accept": ["centreline"]}
    book = rulebook(
        near_bank(measured_from=measured),
        inside_red_line(),
        rule("AA-03", effect="require", measure="outside", measured_from={"theme": "park"}, strength="in_principle"),
        near_bank("AA-04", strength="in_principle", measured_from=measured, distance={DAY.replace(year=2021): "1700 m"}),
    )  # fmt: skip
    catalog = in_memory(valley()[0], bank, red, parks)
    result = find_places(Use("2521"), find_area(catalog, ["1408"]), Setting(book, catalog, DAY))
    assert {"prohibited", "undetermined", "restricted", "conditional"} <= set(hectares(result))
    ground = result.area.geometry.to_numpy()[0]
    assert agree(result, scattered(ground, POINTS, 11), catalog, book) > 0.6 * POINTS
    assert agree(result, along_limits(result, POINTS // 2, 12), catalog, book) > 0.2 * POINTS
