"""Cover, deficit, treatment, ledger, priority and conflicts in a valley of known areas."""

from __future__ import annotations

import re
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from exactextract import exact_extract
from pyproj import Transformer

from geo.assessment import Assessment, assess
from geo.contracts import conform, empty
from geo.errors import LayerError, RunError
from geo.frames import FINDINGS, SITES
from geo.restoration.frames import RESTORATION
from geo.restoration.plan import Restoration, RestorationOptions, plan_restoration
from geo.restoration.prices import read_prices
from geo.restoration.priority import read_weights
from geo.restoration.rasters import Raster, Window
from geo.rulebook import RuleBook
from geo.space import area_m2
from geo.terms import Treatment
from geo.writers.restoration import SUMMED, with_subtotals, write_ledger
from geo.writers.restoration_run import write_restoration
from tests.valley import EASTWARD, FEN, PLANE, area, book, channel, counties, county, course, line, task
from tests.worlds import DAY, Entry, entry, in_memory, rule, rulebook, site_frame


def box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    return area((west, south), (east, south), (east, north), (west, north))


def survey(*plots: tuple[shapely.Geometry, str], **manifest: Any) -> Entry:
    """Plots of the land survey: a shape and its DLBM code."""
    return entry(
        "landcover", *[(shape, {"code": code}) for shape, code in plots], **{"key": "dltb", **manifest}
    )


def plan(
    tasks: list[Any], *layers: Entry, sites: Any = None, findings: Any = None, **options: Any
) -> Restoration:
    held = layers if any(e.layer.theme == "admin" for e in layers) else (counties(county()), *layers)
    return plan_restoration(
        book(*tasks), in_memory(*held), DAY, sites, findings, RestorationOptions(**options)
    )


#: South bank (the right one of a river that flows east): 4 km cropland, 1 km factory, 1 km mine, 4 km forest.
#: North bank: 5 km grass, 2 km villages, 1 km bare ground, 2 km that nobody surveyed.
PLOTS = (
    (box(-5_000, -300, -1_000, -100), "0103"),
    (box(-1_000, -300, 0, -100), "0601"),
    (box(0, -300, 1_000, -100), "0602"),
    (box(1_000, -300, 5_000, -100), "0301"),
    (box(-5_000, 100, 0, 300), "0404"),
    (box(0, 100, 2_000, 300), "0702"),
    (box(2_000, 100, 3_000, 300), "1206"),
)


@pytest.fixture(scope="module")
def valley() -> Restoration:
    return plan([task()], channel(), course(*EASTWARD), survey(*PLOTS))


def of_bank(result: Restoration, bank: str) -> pd.Series:
    rows = result.ledger[result.ledger["bank"] == bank]
    assert len(rows) == 1
    return rows.iloc[0]


def test_every_hectare_of_the_right_bank(valley: Restoration) -> None:
    row = of_bank(valley, "right")
    hand = {
        "required_ha": 100, "counted_ha": 100, "present_ha": 40, "deficit_ha": 60, "cropland_ha": 40,
        "industrial_ha": 10, "mine_ha": 10, "built_ha": 0, "bare_ha": 0, "unknown_ha": 0,
        "deficit_mu": 900, "required_mu": 1500, "length_m": 10_000,
    }  # fmt: skip
    assert {name: row[name] for name in hand} == pytest.approx(hand, rel=1e-3, abs=1e-3)
    assert row["state"] == "measured"


def test_every_hectare_of_the_left_bank(valley: Restoration) -> None:
    row = of_bank(valley, "left")
    hand = {
        "present_ha": 50,
        "built_ha": 20,
        "bare_ha": 10,
        "unknown_ha": 20,
        "deficit_ha": 30,
        "counted_ha": 100,
    }
    assert {name: row[name] for name in hand} == pytest.approx(hand, rel=1e-3)
    assert row["state"] == "undetermined"
    assert "missing_layer" in row["cause"]


def test_cover_sums_to_the_strip(valley: Restoration) -> None:
    by_strip = valley.strip_cover.groupby("strip_id")["area_ha"].sum()
    whole = valley.strips.set_index("strip_id")["area_ha"]
    assert by_strip.to_dict() == pytest.approx(whole.to_dict(), rel=1e-6)
    assert (valley.strip_cover["area_mu"] == valley.strip_cover["area_ha"] * 15).all()


def test_treatments_in_the_plans_words(valley: Restoration) -> None:
    found = valley.treatment.groupby(["cover", "treatment"])["area_ha"].sum().to_dict()
    hand = {
        ("cropland", "afforest"): 40,
        ("industrial", "exit"): 10,
        ("built", "exit"): 20,
        ("mine", "regreen"): 10,
        ("bare", "regreen"): 10,
    }
    assert found == pytest.approx(hand, rel=1e-3)
    leaves = valley.treatment[valley.treatment["treatment"] == "exit"]
    assert set(leaves["then"]) == {"还林"}


def test_the_doubt_of_a_rough_survey_widens_the_deficit() -> None:
    rough = plan([task()], channel(), course(*EASTWARD), survey(*PLOTS, accuracy_m=10.0))
    row = of_bank(rough, "right")
    share = 1.6449 * np.hypot(10.0, 0.1) / 100
    assert row["deficit_low_ha"] == pytest.approx(60 * (1 - share), rel=1e-3)
    assert row["deficit_high_ha"] == pytest.approx(60 + 40 * share, rel=1e-3)


# Rasters ---------------------------------------------------------------------------------------------


def raster(
    folder: Path,
    theme: str,
    values: Any,
    west: float,
    north: float,
    cell: float,
    crs: str = "EPSG:4546",
    **manifest: Any,
) -> Entry:
    """A layer of cells; its corner in the raster's own coordinates."""
    path = folder / f"{manifest.get('key', theme)}.tif"
    profile = {"driver": "GTiff", "height": len(values), "width": len(values[0]), "count": 1, "crs": crs}
    array = np.array(values)
    kind = "uint8" if array.dtype.kind in "iu" else "float32"
    with rasterio.open(
        path, "w", dtype=kind, nodata=0 if kind == "uint8" else -9999,
        transform=rasterio.transform.from_origin(west, north, cell, cell), **profile,
    ) as file:  # fmt: skip
        file.write(array.astype(kind), 1)
    held = entry(theme, path=str(path), **{"accuracy_m": 0.1, **manifest})
    return held


def local_metres(lon: float, lat: float) -> tuple[float, float]:
    return Transformer.from_crs("EPSG:4490", "EPSG:4546", always_xy=True).transform(lon, lat)


def cells(folder: Path, cell: float, **manifest: Any) -> Entry:
    """WorldCover cells over the valley: cropland south of the river, forest north of it."""
    x, y = local_metres(111.0, 35.5)
    rows = int(4_000 / cell)
    values = np.full((rows, int(12_000 / cell)), 10)
    values[rows // 2 :] = 40
    stated = {"classes": "worldcover", "key": "wc", **manifest}
    return raster(folder, "landcover", values, x - 6_000, y + 2_000, cell, **stated)


def test_cells_are_cut_at_the_strips_edge(tmp_path: Path) -> None:
    result = plan([task()], channel(), course(*EASTWARD), cells(tmp_path, 10))
    right, left = of_bank(result, "right"), of_bank(result, "left")
    assert right["cropland_ha"] == pytest.approx(100, rel=1e-3)
    assert left["present_ha"] == pytest.approx(100, rel=1e-3)
    assert right["state"] == "measured"
    assert right["deficit_low_ha"] == pytest.approx(100 * (1 - (10 + 1.645 * 0.1414) / 100), rel=1e-3)


def test_cells_agree_with_exactextract(tmp_path: Path) -> None:
    """Our exact parts of cells against the library's, with a random cover."""
    x, y = local_metres(111.0, 35.5)
    values = np.random.default_rng(1).choice([10, 30, 40, 60, 80], size=(134, 400))
    layer = raster(tmp_path, "landcover", values, x - 6_000, y + 2_000, 30, classes="worldcover")
    result = plan([task()], channel(), course(*EASTWARD), layer)
    strips = result.strips.to_crs("EPSG:4546")
    theirs = exact_extract(
        layer.layer.path, strips, ["frac", "unique"], include_cols=["strip_id"], output="pandas"
    ).set_index("strip_id")
    words = {10: "forest", 30: "grass", 40: "cropland", 60: "bare", 80: "water"}
    for strip in result.strips.itertuples():
        ours = result.strip_cover[result.strip_cover["strip_id"] == strip.strip_id].set_index("cover")[
            "area_ha"
        ]
        line_ = theirs.loc[strip.strip_id]
        for code, share in zip(line_["unique"], line_["frac"], strict=True):
            assert ours[words[int(code)]] == pytest.approx(share * strip.area_ha, rel=1e-3, abs=1e-3)


def test_a_cell_as_wide_as_the_strip_cannot_describe_it(tmp_path: Path) -> None:
    coarse = plan([task()], channel(), course(*EASTWARD), cells(tmp_path, 100))
    row = of_bank(coarse, "right")
    assert row["state"] == "undetermined"
    assert "accuracy" in row["cause"]
    assert "像元 100 米，带宽 100 米：不能判断" in row["note"]
    assert (row["deficit_low_ha"], row["deficit_high_ha"]) == pytest.approx((0, 100), rel=1e-3, abs=1e-6)
    assert set(coarse.deficit["state"]) == {"undetermined"}


def test_finer_cover_serves_first_and_coarser_what_it_leaves_open(tmp_path: Path) -> None:
    west = survey((box(-5_000, -300, 0, -100), "0301"))
    result = plan([task()], channel(), course(*EASTWARD), west, cells(tmp_path, 10))
    row = of_bank(result, "right")
    assert (row["present_ha"], row["cropland_ha"]) == pytest.approx((50, 50), rel=1e-3)


def test_work_grows_as_the_strips_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells read are counted, not seconds: four times the river reads four times the cells, of any size of file."""
    x, y = local_metres(111.0, 35.5)
    values = np.tile(np.repeat([[40, 10]], 50, axis=1), (400, 60))  # 400 rows, 6 000 columns of 10 m: 60 km
    layer = raster(tmp_path, "landcover", values, x - 30_000, y + 2_000, 10, classes="worldcover", key="wc")
    read, plain = [0], Raster.windows

    def counted(self: Raster, ground: shapely.Geometry, margin: int = 1) -> Iterator[Window]:
        for window in plain(self, ground, margin):
            read[0] += window.values.size
            yield window

    monkeypatch.setattr(Raster, "windows", counted)
    cells_read = {}
    for half in (5_000, 20_000):
        read[0] = 0
        held = (counties(county(-half, half)), channel(), course(*EASTWARD), layer)
        ledger = plan([task()], *held, indicators=False).ledger
        assert ledger["counted_ha"].sum() == pytest.approx(2 * 2 * half * 100 / 10_000, rel=1e-3)
        cells_read[half] = read[0]
    assert 3.5 < cells_read[20_000] / cells_read[5_000] < 4.5
    assert cells_read[20_000] < values.size / 5


def test_a_users_own_classes_and_unknown_codes(tmp_path: Path) -> None:
    mapped = cells(tmp_path, 10, classes={40: "cropland"})
    row = of_bank(plan([task()], channel(), course(*EASTWARD), mapped), "left")
    assert row["unknown_ha"] == pytest.approx(100, rel=1e-3)
    unknown = cells(tmp_path, 10, classes="globe")
    with pytest.raises(LayerError) as caught:
        plan([task()], channel(), course(*EASTWARD), unknown)
    assert "不认识的地类体系" in caught.value.problems[0].what


def test_thin_soil_takes_grass_instead_of_trees(tmp_path: Path) -> None:
    """Soil of 10 cm in the western 2 km, 20 cm elsewhere: less than 20 cm holds, 20 cm does not."""
    x, y = local_metres(111.0, 35.5)
    depth = np.full((400, 1_200), 20.0)
    depth[:, :300] = 10.0  # x from -6 000 to -3 000
    soil = raster(tmp_path, "soil_depth", depth, x - 6_000, y + 2_000, 10, unit="cm")
    criterion = task(
        "AA-02", ground="criterion", place=None, width=None,
        any_of=[{"theme": "soil_depth", "below": "20 cm"}], treatments=["enclose", "grass"],
    )  # fmt: skip
    result = plan([task(), criterion], channel(), course(*EASTWARD), survey(*PLOTS), soil)
    right = result.treatment[result.treatment["bank"] == "right"].groupby("treatment")["area_ha"].sum()
    assert right["grass"] == pytest.approx(20, rel=1e-3)
    assert right["afforest"] == pytest.approx(20, rel=1e-3)
    grass = result.treatment[result.treatment["treatment"] == "grass"]
    assert grass["why"].str.startswith("AA-02：").all()


def test_mapped_wetland_at_a_mouth_returns_to_wetland() -> None:
    wetland = entry("wetland", (box(-5_000, -300, -4_000, 0), {"name": "河口湿地"}))
    result = plan([task()], channel(), course(*EASTWARD), survey(*PLOTS), wetland)
    found = result.treatment.groupby("treatment")["area_ha"].sum()
    assert found["wetland"] == pytest.approx(10, rel=1e-3)
    assert found["afforest"] == pytest.approx(30, rel=1e-3)


def test_permanent_farmland_in_the_deficit_is_told() -> None:
    farmland = entry("farmland_permanent", (box(-3_000, -300, -2_000, -100), {}))
    result = plan([task()], channel(), course(*EASTWARD), survey(*PLOTS), farmland)
    assert of_bank(result, "right")["farmland_ha"] == pytest.approx(10, rel=1e-3)


def test_slope_and_aspect_from_a_model(tmp_path: Path) -> None:
    """Ground that rises one in ten to the north everywhere: 5.71°, facing south."""
    x, y = local_metres(111.0, 35.5)
    heights = np.tile((2_000 - 10 * np.arange(400))[:, None] / 10, (1, 1_200)).astype(float)
    model = raster(tmp_path, "dem", heights, x - 6_000, y + 2_000, 10)
    result = plan([task()], channel(), course(*EASTWARD), survey(*PLOTS), model)
    assert result.treatment["slope_deg"].to_numpy() == pytest.approx(np.degrees(np.arctan(0.1)), rel=1e-3)
    # grid north is not north: the map's meridian is half a degree away
    assert result.treatment["aspect_deg"].to_numpy() == pytest.approx(180, abs=0.5)


def test_the_model_tells_which_way_the_water_runs(tmp_path: Path) -> None:
    """No flow is stated; ground that falls to the west by 10 m a kilometre makes the north bank the right one."""
    x, y = local_metres(111.0, 35.5)
    heights = np.tile(np.arange(0, 640)[None, :] * 1.0, (40, 1))
    model = raster(tmp_path, "dem", heights, x - 32_000, y + 2_000, 100, accuracy_m=100)
    strips = plan([task()], channel(), course(*EASTWARD, flow=None), model).strips
    assert set(strips["flow"]) == {"dem"}
    north = shapely.get_coordinates(shapely.centroid(strips.geometry.to_numpy()))[:, 1] > 35.5
    assert (strips["bank"].eq("right").to_numpy() == north).all()


def test_a_stated_flow_that_the_model_denies_is_told(tmp_path: Path) -> None:
    x, y = local_metres(111.0, 35.5)
    heights = np.tile(np.arange(0, 640)[None, :] * 1.0, (40, 1))
    model = raster(tmp_path, "dem", heights, x - 32_000, y + 2_000, 100, accuracy_m=100)
    only_line = task(place={"theme": "river", "line": "centreline"})
    strips = plan([only_line], course(*EASTWARD), model).strips
    assert set(strips["flow"]) == {"stated"}
    assert strips["note"].str.contains("相反").all()


# Ledger ----------------------------------------------------------------------------------------------


def two_tasks() -> Restoration:
    wide = task("AA-01", targets=[{"amount": "120 ha"}])
    narrow = task("AA-02", width={date(2021, 1, 1): "50 m"})
    two = counties(county(-5_000, 1_000, "140801"), county(1_000, 5_000, "140802"))
    prices = {Treatment.AFFOREST: 30_000.0, Treatment.EXIT: 1_000_000.0}
    return plan([wide, narrow], two, channel(), course(*EASTWARD), survey(*PLOTS), prices=prices)


def test_overlapping_tasks_count_their_ground_once() -> None:
    ledger = (
        two_tasks()
        .ledger.groupby("rule_id")[["required_ha", "counted_ha", "deficit_ha", "whole_deficit_ha"]]
        .sum()
    )
    assert ledger.loc["AA-01"].tolist() == pytest.approx([200, 200, 90, 90], rel=1e-3)
    assert ledger.loc["AA-02"].tolist() == pytest.approx([100, 0, 0, 45], rel=1e-3, abs=1e-6)


def test_cost_and_share_of_the_target() -> None:
    ledger = two_tasks().ledger
    main = ledger[ledger["rule_id"] == "AA-01"]
    assert main["cost_yuan"].sum() == pytest.approx(40 * 30_000 + 30 * 1_000_000, rel=1e-3)
    assert main["cost_note"].str.contains("未给单价：复绿").any()
    assert main["share_of_target"].sum() == pytest.approx(90 / 120, rel=1e-3)
    assert set(main["target"]) == {"修复面积 120 公顷"}


def test_subtotals_of_the_workbook_add_up(tmp_path: Path) -> None:
    result = two_tasks()
    write_ledger(result, tmp_path / "ledger.xlsx")
    book_ = openpyxl.load_workbook(tmp_path / "ledger.xlsx")
    for sheet, label in (("按县", "县（市、区）"), ("按任务", "规则")):
        rows = list(book_[sheet].iter_rows(values_only=True))
        frame = pd.DataFrame(rows[1:], columns=rows[0])
        names = frame[label].astype(str)
        plain = frame[~names.str.endswith(("小计", "合计"))]

        for column in SUMMED:
            heading = RESTORATION[column].heading
            own = pd.to_numeric(plain[heading]).fillna(0)
            assert float(frame.loc[names == "合计", heading].fillna(0).iloc[0]) == pytest.approx(
                own.sum(), rel=1e-12, abs=1e-9
            )
            for key in plain[label].unique():
                subtotal = frame.loc[names == f"{key} 小计", heading].fillna(0)
                assert len(subtotal) == 1
                assert float(subtotal.iloc[0]) == pytest.approx(
                    own[plain[label] == key].sum(), rel=1e-12, abs=1e-9
                )
    assert float(frame.loc[names == "合计", RESTORATION["deficit_ha"].heading].iloc[0]) == pytest.approx(
        90, rel=1e-3
    )


def test_subtotals_of_nothing() -> None:
    assert len(with_subtotals(two_tasks().ledger.head(0), ["adcode"], "county")) == 1


def test_tasks_without_ground_stand_in_the_ledger() -> None:
    wide = task("AA-01", width="not_given")
    follows = task("AA-02", ground="follows", place=None, width=None, follows=["AA-01"])
    named = task("AA-03", ground="line", width=None, place={"theme": "river", "where": {"name": "汾河"}})
    nowhere = task("AA-04", ground="area", width=None, place={"theme": "mine"})
    ledger = plan([wide, follows, named, nowhere], course(*EASTWARD), channel()).ledger.set_index("rule_id")
    assert ledger.loc["AA-01", "cause"] == "distance_not_given"
    assert ledger.loc["AA-03", "length_m"] == pytest.approx(10_000, rel=1e-3)
    assert ledger.loc["AA-02", "state"] == "listed"
    assert ledger.loc["AA-04", "cause"] == "missing_layer"
    assert ledger["counted_ha"].fillna(0).sum() == 0


def test_remediation_takes_the_whole_plot_and_named_cover_only_its_own() -> None:
    mine = entry("mine", (box(0, -300, 1_000, -100), {"name": "矿", "status": "历史遗留"}))
    cover = survey((box(0, -300, 500, -100), "0602"), (box(500, -300, 1_000, -100), "0103"))
    green = task(
        "AA-01", ground="area", width=None, place={"theme": "mine"}, missing=["mine"], treatments=["regreen"]
    )
    clean = task("AA-01", ground="area", width=None, place={"theme": "mine"}, treatments=["remediate"])
    assert plan([green], mine, cover).ledger["deficit_ha"].tolist() == pytest.approx([10], rel=1e-3)
    assert plan([clean], mine, cover).ledger["deficit_ha"].tolist() == pytest.approx([20], rel=1e-3)


# Priority --------------------------------------------------------------------------------------------


def test_priority_states_its_parts_and_what_hangs_on_the_weights() -> None:
    source = entry("source_water", (box(3_000, -500, 4_000, 500), {"name": "水源地", "level": "一级"}))
    result = plan([task()], channel(), course(*EASTWARD), survey(*PLOTS), source, reach_m=2_000)
    found = result.priorities
    assert (found["rank"].diff().dropna() >= 0).all()
    assert ((found["rank_best"] <= found["rank"]) & (found["rank"] <= found["rank_worst"])).all()
    assert found["slope"].isna().all()
    assert found["known_weight"].max() == pytest.approx(0.85)
    above = found[found["source_water"] < 1]
    assert (above["source_water"] > 0.6).all()
    weights = read_weights()
    parts = found[["connectivity", "source_water", "deficit", "conflict"]].to_numpy()
    own = np.array([weights.connectivity, weights.source_water, weights.deficit, weights.conflict])
    known = ~np.isnan(parts) * own
    hand = np.nansum(parts * known, axis=1) / known.sum(axis=1)
    assert found["priority"].to_numpy() == pytest.approx(hand)
    assert "名次" in result.sensitivity


def test_weights_and_prices_that_cannot_be_used(tmp_path: Path) -> None:
    weights = tmp_path / "w.yaml"
    weights.write_text("connectivity: -1\nbeauty: 2\n", encoding="utf-8")
    with pytest.raises(RunError) as caught:
        read_weights(weights)
    assert len(caught.value.problems) >= 2
    prices = tmp_path / "p.yaml"
    prices.write_text(
        "还林: {元每亩: 3000}\n种花: {元每亩: 1}\n退出: {元每亩: 1, 元每公顷: 2}\n", encoding="utf-8"
    )
    with pytest.raises(RunError) as caught:
        read_prices(prices)
    prices.write_text("还林: {元每亩: 3000}\nexit: {元每公顷: 2}\n", encoding="utf-8")
    assert read_prices(prices) == {Treatment.AFFOREST: 45_000.0, Treatment.EXIT: 2.0}


def test_a_width_that_the_plan_gives_is_never_replaced() -> None:
    with pytest.raises(RunError, match="不能自定"):
        plan([task()], channel(), widths={"AA-01": 20.0})
    with pytest.raises(RunError, match="没有这个修复任务"):
        plan([task()], channel(), widths={"ZZ-01": 20.0})


# Who is in the way -----------------------------------------------------------------------------------


def sites() -> Any:
    return site_frame(
        {
            "site_id": "老厂",
            "name": "老厂",
            "development": "existing",
            "geometry": box(-900, -150, -800, -50),
        },
        {"site_id": "新厂", "name": "新厂", "geometry": box(2_000, -250, 2_100, -50)},
        {"site_id": "边上", "name": "边上", "geometry": box(3_000, -250, 3_100, -150)},
        {"site_id": "远处", "name": "远处", "geometry": box(0, 5_000, 100, 5_100)},
    )


def test_sites_and_strips_are_linked_both_ways() -> None:
    result = plan([task()], channel(), course(*EASTWARD), survey(*PLOTS), sites=sites())
    held = result.strip_sites.set_index("site_id")
    assert sorted(held.index) == ["新厂", "老厂", "边上"]
    # the old works reach 50 m into the strip that begins 100 m south of the axis
    assert held.loc["老厂", "overlap_ha"] == pytest.approx(0.5, rel=1e-3)
    assert held.loc["新厂", "overlap_ha"] == pytest.approx(1.0, rel=1e-3)
    assert held["cuts"].to_dict() == {"新厂": True, "老厂": False, "边上": False}
    assert of_bank(result, "right")["site_ids"] == "新厂;老厂;边上"
    assert of_bank(result, "left")["site_ids"] == ""


def test_who_must_leave_by_when() -> None:
    rules = [
        rule("AA-10", effect="phase_out", deadline=date(2030, 12, 31)),
        rule("AA-11", effect="phase_out", deadline=date(2026, 6, 30)),
        rule("AA-12", effect="phase_out"),
        rule("AA-13", deadline=date(2026, 6, 30)),
    ]
    plain = rulebook(*rules)
    tasks = {"AA-01": task()}
    own = RuleBook(plain.rules, plain.plans, plain.groups, plain.sources, tasks)
    rows = [
        {
            "site_id": "老厂",
            "rule_id": r,
            "state": s,
            "reading": 1,
            "feature_name": "汾河",
            "distance_m": 100.0,
        }
        for r, s in (("AA-10", "hit"), ("AA-11", "undetermined"), ("AA-12", "hit"), ("AA-13", "hit"))
    ]
    rows += [
        {**rows[0], "site_id": "新厂"},
        {**rows[0], "rule_id": "AA-11", "state": "miss", "site_id": "老厂"},
    ]
    table = pd.DataFrame(rows)
    for name, column in FINDINGS.items():
        if name not in table:
            table[name] = False if column.kind == "flag" else None
    catalog = in_memory(counties(county()), channel(), course(*EASTWARD))
    result = plan_restoration(own, catalog, DAY, sites(), conform(table, FINDINGS))
    assert result.exits["rule_id"].tolist() == ["AA-11", "AA-10", "AA-12"]
    assert result.exits["days_left"].tolist()[:2] == [180, 1825]
    assert set(result.exits["site_id"]) == {"老厂"}
    assert result.exits["strip_ids"].str.contains("AA-01/").all()


# Whole runs ------------------------------------------------------------------------------------------


def assessed(planned: Restoration, *layers: Entry) -> Assessment:
    """A run of no sites with what was planned."""
    run = assess(book(task()), in_memory(*layers), empty(SITES, spatial=True), DAY, move_radius_m=0.0)
    return replace(run, restoration=planned)


def test_a_run_is_written_whole(tmp_path: Path, valley: Restoration) -> None:
    run = assessed(valley, counties(county()), channel(), course(*EASTWARD), survey(*PLOTS))
    folder = write_restoration(run, tmp_path / "out")
    layers = dict(pyogrio.list_layers(folder / "restoration.gpkg"))
    assert {"strips", "strip_cover", "deficit", "treatment"} <= {
        n for n, kind in layers.items() if kind == "MultiPolygon"
    }
    assert "restoration" in layers
    back = pyogrio.read_dataframe(folder / "restoration.gpkg", layer="deficit")
    assert back["area_ha"].sum() == pytest.approx(90, rel=1e-3)
    with pytest.raises(RunError, match="已存在"):
        write_restoration(run, tmp_path / "out")


def test_a_run_comes_with_map_and_project(tmp_path: Path, valley: Restoration) -> None:
    run = assessed(valley, counties(county()), channel(), course(*EASTWARD), survey(*PLOTS))
    folder = write_restoration(run, tmp_path / "out")
    page = (folder / "map.html").read_text(encoding="utf-8")
    for said in ("生态修复初步研判图", "修复措施：还林", "修复措施：退出", "修复措施：复绿", "修复条带"):
        assert said in page
    assert "修复措施：还草" not in page  # none in this valley
    assert re.search(
        r"计入</th><td class=\"number\">200\.0</td>", page
    )  # ten kilometres of both banks, 100 m
    assert re.search(r"缺口</th><td class=\"number\">≥ 90\.0</td>", page)  # 20 ha were not surveyed
    with zipfile.ZipFile(folder / "restoration.qgz") as held:
        project = held.read("restoration.qgs").decode("utf-8")
    assert "./restoration.gpkg|layername=treatment" in project
    assert 'attr="treatment"' in project
    assert "生态修复总图（A3）" in project
    with sqlite3.connect(folder / "restoration.gpkg") as file:
        assert file.execute("SELECT name FROM qgis_projects").fetchall() == [("生态修复",)]
    file.close()


def test_nothing_to_draw_is_a_run_all_the_same(tmp_path: Path) -> None:
    nothing = entry("admin", key="counties", covers=None)
    result = plan([task()], nothing)
    assert not len(result.strips)
    assert result.ledger["state"].tolist() == ["undetermined"]
    folder = write_restoration(assessed(result, nothing), tmp_path / "out")
    assert {"map.html", "restoration.qgz", "run.json"} <= {path.name for path in folder.iterdir()}


def test_areas_are_those_of_the_ellipsoid(valley: Restoration) -> None:
    for frame in (valley.strips, valley.deficit, valley.treatment):
        assert frame["area_ha"].to_numpy() == pytest.approx(area_m2(frame.geometry.to_numpy()) / 1e4)
    assert PLANE.straight(shapely.Point(111.0, 35.5)).x == pytest.approx(0)
    assert len(empty(FINDINGS)) == 0
    assert FEN["name"] == "汾河"
    assert line((0, 0), (1, 1)).geom_type == "LineString"
