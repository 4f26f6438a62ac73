"""``hongxian restore`` and the restoration part of ``hongxian screen``, as a user runs them; measured targets."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from geo.cli import app
from geo.errors import HongxianError
from geo.restoration.indicators import measure_indicators
from geo.rulebook import load_rulebook
from tests.valley import EASTWARD, PLANE, area, counties, county, line
from tests.worlds import DAY, Entry, entry, in_memory, on_disk, write_csv

BOOK = load_rulebook()


def box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    return area((west, south), (east, south), (east, north), (west, north))


def workspace(folder: Path) -> Path:
    """The Fen in a county of Yuncheng: levees 300 m from its middle, cropland all about."""
    return on_disk(
        folder,
        counties(county()),
        entry(
            "river", (line(*EASTWARD), {"name": "汾河", "stem": "干流"}), line="centreline", flow="digitised"
        ),
        entry(
            "levee",
            (line((-30_000, 300), (30_000, 300)), {"river": "汾河"}),
            (line((-30_000, -300), (30_000, -300)), {"river": "汾河"}),
        ),
        entry("landcover", (box(-9_000, -9_000, 9_000, 9_000), {"code": "0103"})),
    )


def run(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def site_list(folder: Path) -> Path:
    lon, lat = shapely.get_coordinates(PLANE.back(shapely.Point(0, 320)))[0]
    row = {"site_id": "A1", "name": "老厂", "industry": "2521", "development": "existing"}
    return write_csv(folder / "sites.csv", [{**row, "lon": f"{lon:.7f}", "lat": f"{lat:.7f}"}])


def test_restore_writes_layers_and_a_ledger(tmp_path: Path) -> None:
    manifest = workspace(tmp_path / "layers")
    (tmp_path / "prices.yaml").write_text("还林: {元每亩: 2000}\n", encoding="utf-8")
    said = run(
        "restore", "--layers", manifest, "--on", DAY, "--sites", site_list(tmp_path), "--datum", "cgcs2000",
        "--adcode", "1408", "--prices", tmp_path / "prices.yaml", "--out", tmp_path / "out",
    )  # fmt: skip
    assert "YC-62" in said
    ledger = pyogrio.read_dataframe(tmp_path / "out/restoration.gpkg", layer="restoration")
    own = ledger[ledger["rule_id"] == "YC-62"].set_index("bank")
    assert own["deficit_ha"].to_dict() == pytest.approx({"left": 50.0, "right": 50.0}, rel=1e-3)
    assert own["cost_yuan"].to_dict() == pytest.approx({"left": 1_500_000, "right": 1_500_000}, rel=1e-3)
    assert own.loc["left", "site_ids"] == "A1"
    sheets = openpyxl.load_workbook(tmp_path / "out/restoration.xlsx").sheetnames
    assert sheets == ["说明", "按县", "按任务", "优先次序", "条带内项目", "限期退出", "规划指标"]
    record = json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))
    assert {layer["key"] for layer in record["layers"]} == {"levee", "landcover"}
    assert record["options"]["adcode"] == ["1408"]


def test_restore_in_english_tells_the_same_figures(tmp_path: Path) -> None:
    manifest = workspace(tmp_path / "layers")
    run(
        "restore", "--layers", manifest, "--on", DAY, "--sites", site_list(tmp_path), "--datum", "cgcs2000",
        "--adcode", "1408", "--lang", "en", "--no-figures", "--out", tmp_path / "out",
    )  # fmt: skip
    ledger = pyogrio.read_dataframe(tmp_path / "out/restoration.gpkg", layer="restoration")
    own = ledger[ledger["rule_id"] == "YC-62"].set_index("bank")
    assert own["deficit_ha"].to_dict() == pytest.approx({"left": 50.0, "right": 50.0}, rel=1e-3)
    assert own["bank_zh"].to_dict() == {"left": "left bank", "right": "right bank"}
    assert own.loc["left", "treatment"].startswith("plant trees 50.00 ha")
    book = openpyxl.load_workbook(tmp_path / "out/restoration.xlsx")
    assert book.sheetnames[:4] == ["Read me", "By county", "By task", "Order"]
    last = [cell.value for cell in book["By county"][book["By county"].max_row]]
    assert "total" in last


def test_screen_plans_restoration_in_the_sites_counties(tmp_path: Path) -> None:
    manifest = workspace(tmp_path / "layers")
    sites = site_list(tmp_path)
    words = ["screen", sites, "--layers", manifest, "--on", DAY, "--datum", "cgcs2000"]
    run(*words, "--out", tmp_path / "with")
    run(*words, "--no-restoration", "--out", tmp_path / "without")
    names = set(pyogrio.list_layers(tmp_path / "with/screening.gpkg")[:, 0])
    assert {"strips", "strip_cover", "deficit", "treatment", "restoration", "strip_sites"} <= names
    assert (tmp_path / "with/restoration.xlsx").is_file()
    assert "strips" not in set(pyogrio.list_layers(tmp_path / "without/screening.gpkg")[:, 0])
    assert not (tmp_path / "without/restoration.xlsx").exists()
    strips = pyogrio.read_dataframe(tmp_path / "with/screening.gpkg", layer="strips")
    assert strips["area_ha"].sum() == pytest.approx(100, rel=1e-3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--width", "JZ-60"], "写成 任务=宽度"),
        (["--width", "JZ-60=50"], "须带单位"),
        (["--width", "YC-62=80m"], "不能自定"),
        (["--width", "JZ-60=0 m"], "须大于 0"),
    ],
)
def test_options_that_cannot_be_used(tmp_path: Path, words: list[str], said: str) -> None:
    with pytest.raises(HongxianError, match=said):
        run("restore", "--layers", workspace(tmp_path / "layers"), "--out", tmp_path / "out", *words)
    assert not (tmp_path / "out").exists()


def test_a_manifest_with_rasters_says_what_they_lack(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yaml"
    plain = "accuracy_m: 1, source: 测, licence: 测"
    (tmp_path / "a.tif").write_bytes(b"")
    manifest.write_text(
        f"layers:\n  - {{key: a, theme: landcover, path: a.tif, {plain}}}\n"
        f"  - {{key: b, theme: lake, path: a.tif, {plain}}}\n  - {{key: c, theme: soil_depth, path: a.tif, {plain}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(HongxianError) as caught:
        run("restore", "--layers", manifest, "--out", tmp_path / "out")
    assert len(caught.value.problems) == 3


# Targets ---------------------------------------------------------------------------------------------


def measured(rule_id: str, *layers: Entry) -> dict[str, object]:
    catalog = in_memory(counties(county()), *layers)
    frame = measure_indicators(BOOK, catalog, DAY, ("1408",))
    return frame.set_index("rule_id").loc[rule_id].to_dict()


def test_forest_cover_of_the_city_against_its_target() -> None:
    """A quarter of the county is forest: 25 % of a promised 31.77 %."""
    forest = entry(
        "forest", (box(-5_000, -10_000, -2_500, 10_000), {"name": "林"}), covers={"adcode": ["1408"]}
    )
    row = measured("YC-04", forest)
    assert row["value"] == pytest.approx(0.25, rel=1e-3)
    assert row["met_share"] == pytest.approx(0.25 / 0.3177, rel=1e-3)
    assert row["state"] == "measured"
    open_ = measured("YC-04", entry("forest", (box(-5_000, -10_000, -2_500, 10_000), {}), covers=None))
    assert open_["state"] == "undetermined"


def test_forest_cover_from_land_cover_where_no_forest_layer_is_held() -> None:
    cover = entry(
        "landcover",
        (box(-6_000, -11_000, 0, 11_000), {"code": "0301"}),
        (box(0, -11_000, 6_000, 11_000), {"code": "0103"}),
    )
    row = measured("YC-04", cover)
    assert row["value"] == pytest.approx(0.5, rel=1e-3)
    assert row["state"] == "measured"


def test_wetland_between_two_dates() -> None:
    old = entry("wetland", (box(0, 0, 1_000, 1_000), {}), key="w2020", as_of="2020-01-01")
    new = entry("wetland", (box(0, 0, 1_500, 1_000), {}), key="w2025", as_of="2025-01-01")
    row = measured("YC-35", new, old)
    assert row["value"] == pytest.approx(50, rel=1e-3)
    assert measured("YC-35", old)["state"] == "undetermined"


def test_mines_put_in_order() -> None:
    mines = entry(
        "mine",
        (box(0, 0, 10, 10), {"status": "历史遗留"}),
        (box(20, 0, 30, 10), {"status": "已修复"}),
        (box(40, 0, 50, 10), {"status": "已治理"}),
        (box(60, 0, 70, 10), {"status": "在产"}),
    )
    row = measured("YC-103", mines)
    assert row["value"] == pytest.approx(2 / 3)
    assert "3 处中 2 处" in str(row["note"])
