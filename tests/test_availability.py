"""Where a use could go: classes of ground agree with what sites there are told, and their hectares add up."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from geo.availability.area import find_area
from geo.availability.classes import class_of, merge_pieces
from geo.availability.places import Availability, Wanted, find_places
from geo.availability.screening import Setting
from geo.availability.use import Use
from geo.cli import app
from geo.errors import RunError
from geo.space import area_m2
from tests.valley import PLANE, area, county, line
from tests.worlds import (
    DAY,
    Entry,
    assess,
    counties_entry,
    entry,
    fen_bank,
    in_memory,
    judged,
    mapped_rules,
    on_disk,
    river,
    rule,
    rulebook,
    site_frame,
    yuncheng,
)

FEN = {"name": "汾河", "stem": "干流"}


def valley(*more: Entry, **river_layer: Any) -> list[Entry]:
    """A county 10 km by 20 km; a straight bank from south to north through its middle."""
    held, attributes = county()
    admin = entry("admin", (held, attributes), key="counties", accuracy_m=0.1, covers=None)
    bank = river(
        (line((0, -12_000), (0, 12_000)), FEN),
        **{"half_width_m": 0, "covers": {"adcode": ["1408"]}, **river_layer},
    )
    return [admin, bank, *more]  # fmt: skip


def near_bank(rule_id: str = "AA-01", **changes: Any) -> Any:
    return rule(rule_id, **{"measured_from": {"theme": "river", "line": "bank"}, **changes})


def inside_red_line(rule_id: str = "AA-02", **changes: Any) -> Any:
    return rule(rule_id, measure="inside", measured_from={"theme": "red_line"}, **changes)


def found(entries: list[Entry], *rules: Any, use: Use = Use("2521"), **asked: Any) -> Availability:
    catalog = in_memory(*entries)
    setting = Setting(rulebook(*rules), catalog, DAY)
    return find_places(use, find_area(catalog, ["1408"]), setting, Wanted(**asked))


def hectares(result: Availability) -> dict[str, float]:
    return result.classes.groupby("class")["area_ha"].sum().to_dict()


def whole_ha(result: Availability) -> float:
    return float(area_m2(result.area.geometry.to_numpy()).sum()) / 10_000


def test_a_straight_bank_takes_the_hectares_that_one_works_out_by_hand() -> None:
    # 1 km on either side over 20 km: 4,000 ha of 20,000; deeper than 1 km inside what the layer covers lies
    # ground 8 km by 18 km, of which 2 km by 18 km is taken; the rim is open for want of cover
    result = found(valley(), near_bank())
    parts = hectares(result)
    assert parts["prohibited"] == pytest.approx(4_000, rel=5e-4)
    assert parts["free"] == pytest.approx(600 * 18, rel=5e-4)
    assert parts["undetermined"] == pytest.approx(20_000 - 4_000 - 10_800, rel=5e-4)
    causes = result.pieces.query("`class` == 'undetermined'")
    assert set(causes["cause"]) <= {"coverage", "accuracy"}


def test_classes_partition_the_area() -> None:
    red = entry(
        "red_line",
        (area((1_500, -3_000), (4_000, -3_000), (4_000, 2_000), (1_500, 2_000)), {}),
        accuracy_m=40,
    )
    result = found(valley(red, accuracy_m=30), near_bank(), inside_red_line())  # fmt: skip
    assert sum(hectares(result).values()) == pytest.approx(whole_ha(result), rel=1e-9)
    shapes = result.pieces.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    first, second = tree.query(shapes, predicate="overlaps")
    shared = area_m2(shapely.intersection(shapes[first], shapes[second]))
    assert shared.sum() < 1.0  # square metres: hairs of the drawing
    merged = merge_pieces(result.pieces)
    assert merged["area_ha"].sum() == pytest.approx(whole_ha(result), rel=1e-9)
    assert area_m2(merged.geometry.to_numpy()).sum() / 10_000 == pytest.approx(whole_ha(result), rel=1e-7)


def test_a_coarse_layer_leaves_a_band_of_doubt() -> None:
    result = found(valley(accuracy_m=60), near_bank())
    parts = hectares(result)
    spread = 1.6449 * 60
    assert parts["prohibited"] == pytest.approx(2 * (1_000 - spread) * 20_000 / 1e4, rel=5e-4)
    band = result.pieces.query("cause == 'accuracy'")
    assert band["area_ha"].sum() > 0.9 * 4 * spread * 18_000 / 1e4


def test_a_missing_layer_is_never_free_and_the_table_says_what_it_would_change() -> None:
    result = found(valley(), near_bank(), inside_red_line())
    assert "free" not in hectares(result)
    assert set(result.pieces.query("`class` == 'undetermined' and cause == 'missing_layer'")["themes"]) >= {
        "red_line"
    }
    gains = result.layers.set_index("theme")
    assert gains.at["red_line", "could_free_ha"] == pytest.approx(10_800, rel=5e-4)
    assert len(result.candidates) == 0


def test_demonstration_ground_is_undetermined_and_says_what_it_would_be() -> None:
    red = entry(
        "red_line",
        (area((2_000, 0), (3_000, 0), (3_000, 1_000), (2_000, 1_000)), {}),
        demo=True,
        covers={"adcode": ["1408"]},
    )
    result = found(valley(red), near_bank(), inside_red_line())  # fmt: skip
    assert "free" not in hectares(result)
    inside = result.pieces.query("demo_class == 'prohibited'")
    assert inside["area_ha"].sum() == pytest.approx(100, rel=5e-4)
    assert result.has_demo


def test_what_each_rule_costs_alone_and_beside_others() -> None:
    # the red line: 1 km square, half of it within 1 km of the bank
    red = entry(
        "red_line",
        (area((500, 0), (1_500, 0), (1_500, 1_000), (500, 1_000)), {}),
        covers={"adcode": ["1408"]},
    )
    result = found(valley(red), near_bank(), inside_red_line())  # fmt: skip
    costs = result.rules.set_index("rule_id")
    assert costs.at["AA-02", "bites_ha"] == pytest.approx(100, rel=1e-3)
    assert costs.at["AA-02", "marginal_ha"] == pytest.approx(50, rel=1e-3)
    # what it surely takes alone, and the rim that only its layer's cover leaves open
    assert costs.at["AA-01", "marginal_ha"] == pytest.approx(4_000 - 50 + 5_200, rel=1e-3)
    assert costs.at["AA-01", "bites_ha"] == pytest.approx(4_000, rel=1e-3)
    both = result.pieces.query("prohibiting == 2")
    assert both["area_ha"].sum() == pytest.approx(50, rel=1e-3)
    assert set(both["strictest_rule_id"]) == {"AA-01"}  # it reaches farther


def test_soft_words_advise_and_restrict() -> None:
    result = found(valley(), near_bank(strength="in_principle"))
    assert hectares(result)["restricted"] == pytest.approx(4_000, rel=5e-4)


def test_ground_outside_all_plans_is_not_covered() -> None:
    held = [county(-5_000, 0, "140800"), county(0, 5_000, "141000")]
    admin = entry("admin", *held, key="counties", accuracy_m=0.1, covers=None)
    bank = river(
        (line((-3_000, -12_000), (-3_000, 12_000)), FEN), half_width_m=0, covers={"adcode": ["1408", "1410"]}
    )
    catalog = in_memory(admin, bank)
    setting = Setting(rulebook(near_bank()), catalog, DAY)
    result = find_places(Use("2521"), find_area(catalog, ["1408", "1410"]), setting)
    parts = result.pieces.groupby(["adcode", "class"])["area_ha"].sum()
    assert parts["141000", "not_covered"] == pytest.approx(10_000, rel=5e-4)
    assert ("140800", "not_covered") not in parts


# Consistency: any point of the ground, screened as a site, is told what the ground is called ----------


def agree(result: Availability, points: np.ndarray, catalog: Any, book: Any, clear_of_m: float = 0.5) -> int:
    """Screen points with the whole of assess(); return how many were compared."""
    pieces = result.pieces
    tree = shapely.STRtree(pieces.geometry.to_numpy())
    rows, own = tree.query(points, predicate="within")
    edges = shapely.distance(points[rows], shapely.boundary(pieces.geometry.to_numpy()[own])) * 88_000
    rows, own = rows[edges > clear_of_m], own[edges > clear_of_m]
    sites = site_frame(*[{"geometry": point, "industry": result.use.industry} for point in points[rows]])
    verdicts = assess(book, catalog, sites, DAY, move_radius_m=0.0).verdicts
    told = [class_of(outcome) for outcome in verdicts["outcome"]]
    wrong = [
        (points[row].wkt, said, pieces["class"].iat[piece])
        for row, piece, said in zip(rows, own, told, strict=True)
        if said != pieces["class"].iat[piece]
    ]
    assert not wrong, wrong[:5]
    decided = verdicts["deciding_rule_ids"].to_numpy()
    assert (decided == pieces["rule_ids"].to_numpy()[own]).all()
    return len(rows)


def scattered(shape: shapely.Geometry, count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    west, south, east, north = shape.bounds
    at = np.column_stack([rng.uniform(west, east, count), rng.uniform(south, north, count)])
    points = shapely.points(at)
    return points[shapely.contains(shape, points)]


def along_limits(result: Availability, count: int, seed: int) -> np.ndarray:
    """Points up to a few metres from the edges between pieces."""
    rng = np.random.default_rng(seed)
    edges = shapely.union_all(shapely.boundary(result.pieces.geometry.to_numpy()))
    parts = shapely.get_parts(shapely.line_merge(edges))
    lengths = np.cumsum(shapely.length(parts)) / shapely.length(parts).sum()
    which = np.searchsorted(lengths, rng.random(count))
    on = shapely.line_interpolate_point(parts[which], rng.random(count), normalized=True)
    at = shapely.get_coordinates(on) + rng.uniform(-3e-5, 3e-5, (count, 2))  # some 3 m
    return shapely.points(at)


def test_points_of_a_valley_screen_as_their_ground_says() -> None:
    red = entry(
        "red_line",
        (area((1_500, -3_000), (4_000, -3_500), (3_500, 2_000), (1_700, 1_500)), {}),
        accuracy_m=40,
        covers={"adcode": ["1408"]},
    )
    parks = entry(
        "park",
        (area((-4_500, -8_000), (-2_000, -8_000), (-2_000, 8_000), (-4_500, 8_000)), {"name": "东园"}),
        (area((500, -8_000), (4_500, -8_000), (4_500, 8_000), (500, 8_000)), {"name": "西园"}),
        covers={"adcode": ["1408"]},
    )
    entries = valley(red, parks, accuracy_m=30, half_width_m=120, line="centreline")
    book = rulebook(
        near_bank(measured_from={"theme": "river", "line": "bank", "accept": ["centreline"]}),
        inside_red_line(),
        rule("AA-03", effect="require", measure="outside", measured_from={"theme": "park"}),
        near_bank("AA-04", strength="in_principle", distance={date(2021, 1, 1): "1500 m"}, measured_from={"theme": "river", "line": "bank", "accept": ["centreline"]}),
    )  # fmt: skip
    catalog = in_memory(*entries)
    result = find_places(Use("2521"), find_area(catalog, ["1408"]), Setting(book, catalog, DAY))
    assert {"prohibited", "undetermined", "restricted", "free"} <= set(hectares(result))
    ground = result.area.geometry.to_numpy()[0]
    assert agree(result, scattered(ground, 1_500, 1), catalog, book) > 1_000
    assert agree(result, along_limits(result, 1_500, 2), catalog, book) > 600


def test_points_of_hejin_screen_as_their_ground_says_by_the_real_rules() -> None:
    catalog = in_memory(*yuncheng(fen_bank(accuracy_m=20)))
    result = find_places(Use("2521"), find_area(catalog, ["河津"]), Setting(mapped_rules(), catalog, DAY))
    ground = result.area.geometry.to_numpy()[0]
    assert agree(result, scattered(ground, 150, 3), catalog, mapped_rules()) > 45
    assert agree(result, along_limits(result, 150, 4), catalog, mapped_rules()) > 45


# Candidates and better places --------------------------------------------------------------------------


def test_candidates_pass_keep_apart_and_fit() -> None:
    result = found(valley(), near_bank(), plot_ha=20.0)
    held = result.candidates
    assert len(held) >= 8 and held["passes"].all() and set(held["outcome"]) == {"clear"}
    assert held["plot_ha"].to_numpy() == pytest.approx(20.0, rel=1e-4)
    assert (held["score"].diff().dropna() <= 0).all()
    free = shapely.union_all(result.pieces.query("`class` == 'free'").geometry.to_numpy(), grid_size=1e-9)
    assert shapely.covers(free, held.geometry.to_numpy()).all()
    at = shapely.points(
        [shapely.get_coordinates(PLANE.there(p))[0] for p in shapely.centroid(held.geometry.to_numpy())]
    )
    near = shapely.distance(at[:, None], at[None, :]) + 1e9 * np.eye(len(at))
    assert near.min() > 2_999
    # two free strips of 3 km by 18 km: the largest circle in each is 3 km wide
    assert held["width_m"].to_numpy() == pytest.approx(3_000, rel=2e-2)  # fmt: skip


def test_ground_too_small_or_narrow_gives_no_candidates() -> None:
    assert len(found(valley(), near_bank(), plot_ha=6_000.0).candidates) == 0
    assert len(found(valley(), near_bank(), width_m=3_200.0).candidates) == 0


def test_a_failing_site_is_shown_the_nearest_free_ground() -> None:
    catalog = in_memory(*valley())
    book = rulebook(near_bank())
    at = shapely.get_coordinates(PLANE.back(shapely.Point(200.0, 0.0)))[0]
    sites = site_frame({"at": tuple(at), "site_id": "甲"}, {"at": tuple(shapely.get_coordinates(PLANE.back(shapely.Point(3_000.0, 0.0)))[0]), "site_id": "乙"})  # fmt: skip
    verdicts = judged(catalog, sites, book).verdicts
    result = find_places(
        Use("2521"), find_area(catalog, ["1408"]), Setting(book, catalog, DAY), Wanted(plot_ha=20.0), sites, verdicts
    )  # fmt: skip
    assert set(result.better["site_id"]) == {"甲"}
    # 1,000 m from the bank, and 252.5 m of plot and 50 m of room beyond
    best = result.better.query("within == 'county'").iloc[0]
    assert best["distance_m"] == pytest.approx(1_000 + 252.5 + 50 - 200, abs=1.0)
    assert best["margin_m"] == pytest.approx(50, abs=1.0)
    assert best["new_outcome"] == "clear"


# The command --------------------------------------------------------------------------------------------


def test_the_command_writes_a_whole_folder(tmp_path: Path) -> None:
    manifest = on_disk(tmp_path / "layers", *yuncheng(fen_bank()))
    out = tmp_path / "out"
    told = CliRunner().invoke(
        app,
        ["where", "--industry", "2521", "--development", "new", "--city", "河津", "--on", "2026-01-01", "--layers", str(manifest), "--land-only", "--accept", "restricted", "--min-area", "20ha", "--no-report", "--no-figures", "--out", str(out)],
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "可选" in told.output or "限制" in told.output
    assert sorted(path.name for path in out.iterdir()) == [
        "availability.gpkg",
        "availability.xlsx",
        "ground.qgz",
        "map.html",
        "run.json",
    ]
    ground = gpd.read_file(out / "availability.gpkg", layer="availability")
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert ground["area_ha"].sum() == pytest.approx(sum(record["hectares"].values()), rel=1e-6)
    assert {"candidates", "rule_cost", "layer_gains", "county_classes"} <= set(
        pyogrio.list_layers(out / "availability.gpkg")[:, 0]
    )
    assert record["rows"]["candidates"] > 0
    assert gpd.read_file(out / "availability.gpkg", layer="candidates")["passes"].all()


def test_what_is_not_understood_is_refused_in_plain_words(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    said = CliRunner().invoke(
        app, ["where", "--industry", "9x", "--development", "newish", "--city", "运城", "--out", out]
    )
    assert isinstance(said.exception, RunError) and len(said.exception.problems) == 2
    said = CliRunner().invoke(app, ["where", "--industry", "2521", "--city", "无此县", "--out", out])
    assert isinstance(said.exception, RunError) and "无此县" in said.exception.message
    said = CliRunner().invoke(
        app, ["where", "--industry", "2521", "--min-area", "大", "--city", "运城", "--out", out]
    )
    assert isinstance(said.exception, RunError) and "20ha" in said.exception.message
    assert not Path(out).exists()


def test_an_area_by_city_code_county_and_park() -> None:
    parks = entry("park", (shapely.box(110.7, 35.55, 110.8, 35.6), {"name": "河津经开区"}))
    catalog = in_memory(counties_entry(), parks)
    assert len(find_area(catalog, ["运城"])) == 13
    assert find_area(catalog, adcodes=["140882"])["county"].tolist() == ["河津市"]
    assert find_area(catalog, counties=["河津"])["adcode"].tolist() == ["140882"]
    inside = find_area(catalog, parks=["经开区"])
    assert set(inside["park"]) == {"河津经开区"}
    assert shapely.covers(
        shapely.box(110.7, 35.55, 110.8, 35.6).buffer(1e-9), inside.geometry.to_numpy()
    ).all()
    with pytest.raises(RunError, match="河津经开区"):
        find_area(catalog, parks=["没有的园区"])
