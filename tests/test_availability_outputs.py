"""What a run of ``hongxian where`` hands over: map, project, report in two forms, figures, both languages."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import docx
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from openpyxl import load_workbook
from typer.testing import CliRunner

from geo.cli import app
from geo.writers.webmap.groundlayers import thin_together
from tests.test_availability import valley
from tests.valley import area, line
from tests.worlds import entry, on_disk, yuncheng

_PYTHON = Path("/usr/bin/python3")  # the interpreter that Debian's python3-qgis belongs to
_TOOLS = Path(__file__).parents[2] / "shared" / "tools"
HOSTILE = "<img src=x onerror=alert(1)>园"


def run(*arguments: object) -> str:
    told = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert told.exit_code == 0, (told.output, told.exception)
    return told.output


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that Yuncheng's rules need, real; the bank through a county of 10 km by 20 km, a red line, parks."""
    admin, bank = valley()
    red = entry(
        "red_line",
        (area((1_500, -3_000), (4_000, -3_000), (4_000, 2_000), (1_500, 2_000)), {}),
        accuracy_m=20,
    )
    parks = entry(
        "park", (area((-4_500, 1_000), (-2_200, 1_000), (-2_200, 4_000), (-4_500, 4_000)), {"name": HOSTILE})
    )
    rails = entry("railway", (line((-4_900, -9_000), (-4_900, 9_000)), {"name": "铁路"}))
    others = [e for e in yuncheng(bank, red) if e.layer.theme != "admin"]
    folder = tmp_path_factory.mktemp("layers")
    return on_disk(
        folder, admin, *[e for e in others if e.layer.theme not in ("park", "railway")], parks, rails
    )


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sites") / "拟建.csv"
    path.write_text(
        "编号,名称,行业代码,建设性质,经度,纬度,坐标系\n甲,造纸厂,2221,新建,111.002,35.5,cgcs2000\n",
        encoding="utf-8",
    )
    return path


def asked(manifest: Path, out: Path, *more: object) -> str:
    return run(
        "where", "--industry", "2221", "--adcode", "1408", "--on", "2026-01-01", "--layers", manifest,
        "--land-only", "--out", out, *more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(manifest: Path, sites: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("where") / "out"
    asked(manifest, out, "--sites", sites, "--figures")
    return out


def test_the_folder_is_whole(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "availability.gpkg",
        "availability.xlsx",
        "figures",
        "ground.qgz",
        "map.html",
        "report.docx",
        "report.html",
        "run.json",
    ]
    drawn = {path.stem for path in (folder / "figures").iterdir()}
    assert {"ground", "candidate_C1"} <= drawn
    assert len(list((folder / "figures").glob("ground.*"))) == 3


def page_data(path: Path) -> dict[str, object]:
    found = re.search(
        r'<script type="application/json" id="data">(.*?)</script>', path.read_text(encoding="utf-8"), re.S
    )
    assert found is not None
    held: dict[str, object] = json.loads(found[1])
    return held


def test_the_map_shows_the_ground_that_is_there(folder: Path) -> None:
    text = (folder / "map.html").read_text(encoding="utf-8")
    legend = re.search(r'<template id="legend">(.*?)</template>', text, re.S)
    assert legend is not None
    ground = gpd.read_file(folder / "availability.gpkg", layer="availability")
    for kind, name in dict(zip(ground["kind"], ground["kind_zh"], strict=True)).items():
        assert f'data-layer="ground_{kind}"' in legend[1] and name in legend[1]
        hectares = ground.loc[ground["kind"] == kind, "area_ha"].sum()
        assert f"{hectares:,.1f} ha" in legend[1]
    assert "ground_conditional" not in legend[1]  # nothing of the kind is there
    data = page_data(folder / "map.html")
    candidates = gpd.read_file(folder / "availability.gpkg", layer="candidates")
    assert data["sites"]["id"] == candidates["candidate_id"].tolist()
    assert data["words"]["things"] == "备选地"
    assert [place[0] for place in data["places"]] == sorted(set(ground["county"]))
    assert "图形为显示用简化" in text and HOSTILE not in text


def test_the_project_holds_what_the_run_holds(folder: Path) -> None:
    with zipfile.ZipFile(folder / "ground.qgz") as archive:
        assert archive.namelist() == ["ground.qgs"]
        document = archive.read("ground.qgs")
    root = ET.fromstring(document)
    layers = {node.findtext("layername"): node for node in root.iter("maplayer")}
    assert {"可选址范围", "备选地", "备选地点", "更好的位置", "规则代价", "园区面积"} <= set(layers)
    assert all(
        "./availability.gpkg|layername=" in (node.findtext("datasource") or "") for node in layers.values()
    )
    ground = gpd.read_file(folder / "availability.gpkg", layer="availability")
    categories = {c.get("value") for c in layers["可选址范围"].iter("category")}
    assert categories == set(ground["kind"])
    themes = {preset.get("name") for preset in root.iter("visibility-preset")}
    assert {"可选址范围", "管控范围与备选地", "数据覆盖"} <= themes and "生态修复" not in themes
    assert {mark.get("name") for mark in root.iter("Bookmark")} == set(ground["county"])
    assert {layout.get("name") for layout in root.iter("Layout")} == {
        "可选址范围总图（A3）",
        "备选地图册（A4）",
    }
    with sqlite3.connect(folder / "availability.gpkg") as file:
        (stored,) = file.execute("SELECT content FROM qgis_projects").fetchone()
        styled = {name for (name,) in file.execute("SELECT f_table_name FROM layer_styles")}
    text = stored if isinstance(stored, str) else stored.decode("ascii")
    assert bytes.fromhex(text) == (folder / "ground.qgz").read_bytes()
    assert {"availability", "candidates", "sites"} <= styled


def words_of(path: Path) -> str:
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


def test_word_and_page_say_the_same(folder: Path) -> None:
    word, page = words_of(folder / "report.docx"), (folder / "report.html").read_text(encoding="utf-8")
    ground = gpd.read_file(folder / "availability.gpkg", layer="availability")
    free = ground.loc[ground["class"] == "free", "area_ha"].sum()
    costs = gpd.read_file(folder / "availability.gpkg", layer="rule_cost", ignore_geometry=True)
    top = costs.sort_values("marginal_ha", ascending=False).iloc[0]
    for said in (
        "可选址范围初步研判报告",
        "新建 机制纸及纸板制造（2221）",
        f"{free:,.1f}",
        str(top["rule_id"]),
        f"{top['marginal_ha']:,.1f}",
        "规则共同占用面积",
        "不可行项目的去处",
        "初步研判，仅供参考",
        "本报告为初步研判和辅助分析",
    ):
        assert said in word and said in page, said
    candidates = gpd.read_file(folder / "availability.gpkg", layer="candidates")
    assert len(candidates) > 2
    assert len(re.findall(r"备选地位置图</figcaption>|备选地位置图</", page)) >= len(candidates)


def test_tables_agree_with_the_layer(folder: Path) -> None:
    ground = gpd.read_file(folder / "availability.gpkg", layer="availability")
    book = load_workbook(folder / "availability.xlsx", read_only=True)
    assert {"分县面积", "规则代价", "规则共同占用", "缺图层的影响", "园区面积", "备选地"} <= set(
        book.sheetnames
    )
    rows = list(book["分县面积"].iter_rows(values_only=True))
    table = pd.DataFrame(rows[1:], columns=rows[0])
    assert table["面积（公顷）"].sum() == pytest.approx(ground["area_ha"].sum(), rel=1e-6)
    better = gpd.read_file(folder / "availability.gpkg", layer="better_places")
    assert set(better["site_id"]) == {"甲"} and (better["margin_m"] > 0).all()
    park = better[better["within"] == "park"].iloc[0]
    county = better[better["within"] == "county"].iloc[0]
    assert park["distance_m"] > county["distance_m"]


def test_english_is_english_and_the_same_run(manifest: Path, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "en"
    asked(manifest, out, "--lang", "en", "--no-figures")
    word = words_of(out / "report.docx")
    assert "Preliminary study of the ground left for a use" in word and "Limits and disclaimer" in word
    assert "prohibited" in word and "可选" not in word and "规则代价" not in word
    text = (out / "map.html").read_text(encoding="utf-8")
    assert "prohibited by one rule" in text and "Ground left for a use: new, industry 2221" in text
    first, second = (json.loads((path / "run.json").read_text(encoding="utf-8")) for path in (folder, out))
    assert first["hectares"] == second["hectares"]
    assert second["options"]["lang"] == "en" and second["options"]["print"]["figures"] is False


def test_a_run_that_fails_leaves_nothing(manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = CliRunner().invoke(
        app,
        ["where", "--industry", "2221", "--adcode", "1408", "--layers", str(manifest), "--out", str(out),
         "--lang", "fr"],
    )  # fmt: skip
    assert told.exit_code != 0 and not out.exists()
    told = CliRunner().invoke(
        app,
        ["where", "--industry", "2221", "--adcode", "1408", "--layers", str(manifest), "--out", str(out),
         "--no-report", "--pdf"],
    )  # fmt: skip
    assert told.exit_code != 0 and list(tmp_path.iterdir()) == []


def test_borders_between_kinds_stay_shared_when_thinned() -> None:
    wave = [(x / 1_000, 0.5 + 0.00002 * (x % 7)) for x in range(1_001)]
    below = shapely.Polygon([(0, 0), *wave, (1, 0)])
    above = shapely.Polygon([(0, 1), *wave, (1, 1)])
    thinned, step_m = thin_together([below, above])
    assert step_m == 5.0
    assert shapely.get_num_coordinates(thinned).sum() < 1_500
    assert shapely.area(shapely.intersection(*thinned)) < 1e-12
    assert shapely.area(shapely.union_all(thinned)) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.browser
@pytest.mark.shared
def test_a_browser_opens_the_map(folder: Path, tmp_path: Path) -> None:
    if not (_TOOLS / "check_html.py").exists():
        pytest.skip("the checker of maps is not beside this checkout")
    wants = ["measure", "search", "fullscreen", "scale", "print", "legend", "position"]
    said = subprocess.run(
        [sys.executable, _TOOLS / "check_html.py", folder / "map.html", "--search", "C1", "--require", *wants],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.qgis
@pytest.mark.shared
def test_qgis_opens_the_project_and_the_geopackage(folder: Path) -> None:
    if not (_TOOLS / "check_qgis.py").exists():
        pytest.skip("the checker of projects is not beside this checkout")
    ready = _PYTHON.exists() and (
        subprocess.run([_PYTHON, "-c", "import qgis.core"], capture_output=True).returncode == 0
    )
    if not ready:
        pytest.skip("python3-qgis is not installed (Debian: apt-get install python3-qgis)")
    for name in ("ground.qgz", "availability.gpkg"):
        said = subprocess.run(
            [_PYTHON, _TOOLS / "check_qgis.py", folder / name, "--layers-min", "10", "--groups-min", "4",
             "--layouts-min", "2", "--require-cjk"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert said.returncode == 0, said.stdout + said.stderr
