"""The smallest move: exact, nowhere nearer, and passed by the very screening that refused the site."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import DAY, entry, from_point, in_memory, rule, rulebook, site_frame, square_counties, verdict

from geo import Assessment, assess
from geo.advice.minkowski import meeting_shifts
from geo.advice.shift import KeepAway, shortest_shift
from geo.space import LocalPlane, area_m2

PROPERTY = settings(deadline=None, max_examples=40, derandomize=True, database=None)

# In the plane -----------------------------------------------------------------------------------------

COORDINATE = st.integers(-60, 60)
POINTS = st.tuples(COORDINATE, COORDINATE)


def _line(points: list[tuple[int, int]]) -> shapely.Geometry:
    return shapely.LineString(points)


def _plot(points: list[tuple[int, int]]) -> shapely.Geometry:
    """A plot through the points, concave or not: by angle about their middle."""
    middle = np.mean(points, axis=0)
    ordered = sorted(set(points), key=lambda p: (np.arctan2(p[1] - middle[1], p[0] - middle[0]), p))
    plot = shapely.Polygon(ordered) if len(ordered) > 2 else shapely.Point(points[0])
    return plot if plot.is_valid and plot.area > 0 else shapely.Point(points[0])


LINES = st.lists(POINTS, min_size=2, max_size=6, unique=True).map(_line)
PLOTS = st.lists(POINTS, min_size=3, max_size=7, unique=True).map(_plot)
FOOTPRINTS = st.one_of(POINTS.map(shapely.Point), LINES, PLOTS)


@PROPERTY
@given(st.one_of(LINES, PLOTS), FOOTPRINTS, POINTS)
def test_the_distance_of_a_shift_is_that_of_the_shifted_footprint(
    obstacle: shapely.Geometry, footprint: shapely.Geometry, shift: tuple[int, int]
) -> None:
    moved = shapely.transform(footprint, lambda xy: xy + np.array(shift))
    expected = shapely.distance(moved, obstacle)
    assert shapely.distance(shapely.Point(shift), meeting_shifts(obstacle, footprint)) == pytest.approx(
        expected, abs=1e-6
    )


@PROPERTY
@given(st.lists(st.one_of(LINES, PLOTS), min_size=1, max_size=3), FOOTPRINTS, st.floats(1.0, 60.0))
def test_no_shift_of_a_dense_sample_is_shorter(
    lines: list[shapely.Geometry], footprint: shapely.Geometry, metres: float
) -> None:
    radius = 150.0
    obstacles = [KeepAway(meeting_shifts(line, footprint), metres) for line in lines]
    found = shortest_shift(obstacles, radius)
    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    lengths = np.linspace(0, radius, 76)
    sample = np.array([(r * np.cos(a), r * np.sin(a)) for r in lengths for a in angles])
    free = np.ones(len(sample), dtype=bool)
    for obstacle in obstacles:
        free &= shapely.distance(shapely.points(sample), obstacle.shifts) >= metres
    if found is None:
        assert not free.any()
        return
    moved = shapely.transform(footprint, lambda xy: xy + np.array([found.east_m, found.north_m]))
    assert min(shapely.distance(moved, line) for line in lines) >= metres - 1e-3
    assert np.hypot(*sample[free].T).min(initial=np.inf) >= found.length_m - 1e-3


# On the ground ----------------------------------------------------------------------------------------

COUNTIES = square_counties(c140882=(110, 35, 111, 36))
COMPLETE = {"covers": {"adcode": ["1408"]}}
#: A bank along 110.5°E: what lies east of it is as far from it as it was set.
BANK = shapely.LineString([(110.5, 35.1), (110.5, 35.9)])
TWO_KM = rule("AA-01", distance={"2021-01-01": "2 km"})


def river(*geometries: Any, **manifest: Any) -> Any:
    return entry("river", *[(g, {"name": "汾河"}) for g in geometries], **{**COMPLETE, **manifest})


def plot(lon: float, lat: float, wide: float, high: float) -> shapely.Geometry:
    """A plot of so many metres east and north of its south-west corner."""
    east, north = from_point(lon, lat, 90.0, wide)[0], from_point(lon, lat, 0.0, high)[1]
    return shapely.box(lon, lat, east, north)


def run(catalog: Any, *rules: Any, radius_m: float = 10_000.0, **site: Any) -> Assessment:
    sites = site_frame({"site_id": "A", **site})
    return assess(rulebook(*rules), catalog, sites, DAY, move_radius_m=radius_m)


def screened_again(assessment: Assessment) -> Assessment:
    """The moved site, screened from the beginning."""
    moved = assessment.sites.set_geometry(assessment.moved.geometry.to_numpy(), crs="EPSG:4490")
    return assess(assessment.rulebook, assessment.catalog, moved, DAY, move_radius_m=0)


def hits(assessment: Assessment) -> set[str]:
    return set(assessment.findings.query("state == 'hit'")["rule_id"])


def test_500_m_inside_a_limit_of_2_km_moves_500_m() -> None:
    result = run(in_memory(COUNTIES, river(BANK)), TWO_KM, at=from_point(110.5, 35.5, 90, 1500))
    move = result.moves.iloc[0]
    assert (move["state"], move["outcome"], move["binding_rule_ids"]) == ("clear", "clear", "AA-01")
    assert move["distance_m"] == pytest.approx(
        500.01, abs=0.006
    )  # the limit itself counts: a centimetre more
    assert move["bearing_deg"] == pytest.approx(90.0, abs=0.01)
    again = screened_again(result)
    assert verdict(again, "A")["outcome"] == "clear"
    assert again.findings["distance_m"].iat[0] == pytest.approx(2000.01, abs=0.006)
    assert "向东（方位角 90°）移 500 米" in verdict(result, "A")["move"]


def test_doubt_is_counted_and_what_cannot_be_is_said() -> None:
    rough = in_memory(COUNTIES, river(BANK, accuracy_m=30))
    move = run(rough, TWO_KM, at=from_point(110.5, 35.5, 90, 1500)).moves.iloc[0]
    assert move["state"] == "clear"
    assert move["distance_m"] == pytest.approx(500.01 + 30 * 1.64485, abs=0.01)
    # within 520 m there is only a place that is clear by the figures
    near = run(rough, TWO_KM, at=from_point(110.5, 35.5, 90, 1500), radius_m=520).moves.iloc[0]
    assert (near["state"], near["outcome"]) == ("by_figures", "undetermined")
    assert near["distance_m"] == pytest.approx(500.01, abs=0.006)


def test_a_plot_moves_as_drawn_and_its_far_part_could_stay() -> None:
    corner = from_point(110.5, 35.5, 90, 1900)
    result = run(in_memory(COUNTIES, river(BANK)), TWO_KM, geometry=plot(*corner, 400.0, 350.0))
    move = result.moves.iloc[0]
    # the corners of a box in degrees: the northern ones lie 1900 m × cos of a latitude farther north off
    nearest = result.findings["distance_m"].iat[0]
    assert move["distance_m"] == pytest.approx(2000.01 - nearest, abs=0.01)
    assert move["stay_ha"] == pytest.approx(14.0 * 300 / 400, abs=0.02)
    assert result.stay["share"].iat[0] == pytest.approx(0.75, abs=0.002)
    assert hits(screened_again(result)) == set()
    assert area_m2(result.moved.geometry.to_numpy())[0] == pytest.approx(140_000, abs=5)
    assert "14.00 公顷中 10.5" in verdict(result, "A")["move"]


def test_a_rule_of_the_whole_city_is_not_cured_by_moving() -> None:
    everywhere = rule("AA-02", measure="in_jurisdiction")
    result = run(in_memory(COUNTIES, river(BANK)), TWO_KM, everywhere, at=from_point(110.5, 35.5, 90, 1500))
    move = result.moves.iloc[0]
    assert (move["state"], move["binding_rule_ids"]) == ("none", "AA-02")
    assert move.geometry.is_empty and len(result.moved) == 0
    assert "移址不能解决" in verdict(result, "A")["move"]


def test_no_place_within_the_radius_is_said_to_be_none() -> None:
    result = run(in_memory(COUNTIES, river(BANK)), TWO_KM, at=from_point(110.5, 35.5, 90, 1500), radius_m=400)
    assert result.moves["state"].tolist() == ["none"]
    assert "本县400 米内没有此用途的可行位置：AA-01" in verdict(result, "A")["move"]


def test_the_county_is_not_left() -> None:
    # 1 km of county between the bank's zone and the border, but the nearest way out lies across it
    edge = from_point(110.5, 35.5, 90, 1800)[0]
    counties = square_counties(c140882=(110, 35, edge, 36), c140881=(edge, 35, 111, 36))
    result = run(in_memory(counties, river(BANK)), TWO_KM, at=from_point(110.5, 35.5, 90, 1500))
    move = result.moves.iloc[0]
    # 110°E … the bank … 1.8 km: only the far side of the river is left
    assert move["distance_m"] == pytest.approx(3500.01, abs=0.02)
    assert move["bearing_deg"] == pytest.approx(270.0, abs=0.1)


def test_a_required_park_is_moved_into_whole() -> None:
    park = plot(110.55, 35.5, 1000.0, 1000.0)
    must = rule("AA-03", effect="require", measure="outside", measured_from={"theme": "park"})
    site = plot(*from_point(110.55, 35.503, 270, 800), 100.0, 100.0)
    result = run(
        in_memory(COUNTIES, entry("park", (park, {"name": "园区"}), **COMPLETE)), must, geometry=site
    )
    move = result.moves.iloc[0]
    assert (move["state"], move["outcome"]) == ("clear", "clear")
    assert move["distance_m"] == pytest.approx(800, abs=0.1)
    assert hits(screened_again(result)) == set()


def test_undetermined_ground_is_no_way_out() -> None:
    """East of 110.53° nobody knows the rivers: the nearest way out of the zone leads there."""
    known = shapely.box(110.0, 35.0, 110.53, 36.0)
    catalog = in_memory(COUNTIES, river(BANK, covers={"area": "known"}))
    catalog._coverage["river"] = known
    at = from_point(110.5, 35.5, 90, 200)
    result = run(catalog, TWO_KM, at=at)
    move = result.moves.iloc[0]
    # 110.53° lies 2.7 km east: a silence must be known for 2 km about the site, so west it is
    assert move["bearing_deg"] == pytest.approx(270.0, abs=0.1)
    assert move["distance_m"] == pytest.approx(2200.01, abs=0.02)
    assert verdict(screened_again(result), "A")["outcome"] == "clear"


def test_a_demonstration_breach_is_moved_as_one() -> None:
    result = run(in_memory(COUNTIES, river(BANK, demo=True)), TWO_KM, at=from_point(110.5, 35.5, 90, 1500))
    move = result.moves.iloc[0]
    assert move["demo"] and move["distance_m"] == pytest.approx(500.01, abs=0.006)
    assert verdict(result, "A")["move"].startswith("演示（假如演示图层是真的）")


def test_a_site_that_breaks_nothing_is_not_moved() -> None:
    result = run(in_memory(COUNTIES, river(BANK)), TWO_KM, at=from_point(110.5, 35.5, 90, 2500))
    assert len(result.moves) == 0 and verdict(result, "A")["move"] == ""


@pytest.mark.parametrize("bends", [0, 1, 2, 3])
def test_nowhere_nearer_in_a_concave_world_of_several_zones(bends: int) -> None:
    """Bends, confluences and a red line: screened on a dense sample, no nearer shift passes."""
    random = np.random.default_rng(bends)
    origin = (110.5, 35.5)
    course = [
        from_point(*from_point(*origin, 90, 900 * k - 2700), 0, float(random.uniform(-900, 900)))
        for k in range(7)
    ]
    branch = [course[3], from_point(*course[3], float(random.uniform(0, 360)), 1500)]
    red = plot(*from_point(*origin, float(random.uniform(0, 360)), 900), 700.0, 500.0)
    catalog = in_memory(
        COUNTIES,
        river(shapely.LineString(course), shapely.LineString(branch)),
        entry("red_line", (red, {"name": "红线"}), **COMPLETE),
    )
    rules = [
        rule("AA-01", distance={"2021-01-01": "500 m"}),
        rule("AA-02", measure="inside", measured_from={"theme": "red_line"}),
    ]
    corner = from_point(*course[2], 45, 150)
    ell = shapely.union(plot(*corner, 120.0, 40.0), plot(*corner, 40.0, 150.0))  # a concave footprint
    result = run(catalog, *rules, geometry=ell)
    assert hits(result) == {"AA-01"}
    move = result.moves.iloc[0]
    again = screened_again(result)
    assert verdict(again, "A")["outcome"] == "clear"

    plane = LocalPlane(*ell.centroid.coords[0])
    there = plane.there(ell)
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    lengths = np.linspace(0.1, 0.998, 8) * move["distance_m"]
    shifts = [(r * np.sin(a), r * np.cos(a)) for r in [*lengths, move["distance_m"] - 0.03] for a in angles]
    sample = [plane.back(shapely.transform(there, lambda xy, s=s: xy + np.array(s))) for s in shifts]
    sites = site_frame(*[{"site_id": f"S{i}", "geometry": g} for i, g in enumerate(sample)])
    tried = assess(result.rulebook, catalog, sites, DAY, move_radius_m=0)
    assert "clear" not in set(tried.verdicts["outcome"])
