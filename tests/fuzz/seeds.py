"""Valid files of every kind, small, made once a process; their content is what is spoiled."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import warnings
import zipfile
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pyogrio
import shapely
from ruamel.yaml import YAML

from geo.rulebook import BUILT_IN
from geo.starter import starter_folder

HEAD = ["编号", "项目名称", "行业代码", "建设性质", "经度", "纬度", "坐标系", "行政区划代码"]
ROWS = [
    ["A1", "东厂焦化", "2521", "新建", "110.7121", "35.59", "cgcs2000", "140882"],
    ["A2", "西厂", "C3120", "改建", "110°42′43.6″", "35°35′24″", "wgs84", ""],
    ["A3", "石灰窑（扩建）", "3012", "扩建", "112.66", "37.94", "", "140107"],
]
CORNERS = [
    ["编号", "行业代码", "建设性质", "点号", "圈号", "X", "Y", "带号"],
    *[["P1", "2521", "新建", f"J{n}", "1", x, y, "38"] for n, (x, y) in enumerate([("4194600.0", "385200.0"),
      ("4194600.0", "385500.0"), ("4194400.0", "385500.0"), ("4194400.0", "385200.0")], start=1)],
]  # fmt: skip
TXT = """[属性描述]
坐标系=2000国家大地坐标系
几度分带=3
带号=38
[地块坐标]
5,6.0000,地块A,东厂,面,,工业用地,地上,@
J1,1,4194600.000,38385200.000
J2,1,4194600.000,38385500.000
J3,1,4194400.000,38385500.000
J4,1,4194400.000,38385200.000
J1,1,4194600.000,38385200.000
4,1.0000,地块B,西厂,面,,工业用地,地上,@
J1,1,4195600.000,38385200.000
J2,1,4195600.000,38385300.000
J3,1,4195500.000,38385300.000
J1,1,4195600.000,38385200.000
"""
KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>地块</name>
<Placemark><name>东厂</name><ExtendedData><Data name="行业代码"><value>2521</value></Data><Data name="建设性质"><value>新建</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>112.5,37.8,0 112.51,37.8,0 112.51,37.81,0 112.5,37.8,0</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
<Placemark><name>西厂</name><ExtendedData><Data name="行业代码"><value>3120</value></Data><Data name="建设性质"><value>改建</value></Data></ExtendedData>
<Point><coordinates>112.6,37.9</coordinates></Point></Placemark></Folder></Document></kml>
"""
COORDS = [
    "112.5,37.8；112.51,37.8；112.51,37.81",
    "1、112°32′56″,37°52′14″；2、112°33′00″，37°52′14″；3、112°33′00″，37°52′20″",
    "J1(4194600.000,38385200.000)J2(4194600.000,38385500.000)J3(4194400.000,38385500.000)",
    "[[112.5,37.8],[112.6,37.8],[112.6,37.9]]",
]
PLOTS = [shapely.box(112.5, 37.8, 112.51, 37.81), shapely.Point(112.6, 37.9).buffer(0.002, quad_segs=2)]


def table(rows: list[list[str]]) -> bytes:
    """A CSV."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def csv_seeds() -> list[bytes]:
    """Points, corners, WKT and coordinate strings."""
    wkt = [
        ["编号", "行业代码", "建设性质", "wkt"],
        *[[f"W{n}", "2521", "新建", g.wkt] for n, g in enumerate(PLOTS)],
    ]
    coords = [
        ["编号", "行业代码", "建设性质", "坐标"],
        *[[f"C{n}", "2521", "新建", c] for n, c in enumerate(COORDS)],
    ]
    return [table([HEAD, *ROWS]), table(CORNERS), table(wkt), table(coords)]


def xlsx_seeds() -> list[bytes]:
    """Two workbooks: one plain, one with a title, a merged cell, a second sheet and a hidden one."""
    made = []
    for rich in (False, True):
        book = openpyxl.Workbook()
        sheet = book.active
        for row in [*([["某项目（2000国家大地坐标系）"]] if rich else []), HEAD, *ROWS]:
            sheet.append(row)
        if rich:
            sheet.merge_cells("A1:D1")
            sheet["E4"] = 110.71
            sheet["E4"].number_format = "0.0000"
            sheet["A5"] = date(2026, 1, 2)
            for row in CORNERS:
                book.create_sheet("拐点").append(row) if "拐点" not in book.sheetnames else book[
                    "拐点"
                ].append(row)
            book.create_sheet("旧").sheet_state = "hidden"
        out = io.BytesIO()
        book.save(out)
        made.append(out.getvalue())
    return made


@cache
def frame() -> gpd.GeoDataFrame:
    """Two plots with all needed fields."""
    fields = {
        "site_id": ["V1", "V2"],
        "name": ["东厂", "西厂"],
        "industry": ["2521", "3120"],
        "developmen": ["新建", "改建"],
    }
    return gpd.GeoDataFrame(fields, geometry=PLOTS, crs=4490)


def vector(suffix: str, **options: Any) -> dict[str, bytes]:
    """The files of a container, by name."""
    with tempfile.TemporaryDirectory() as folder:
        data = frame().rename(columns={"developmen": "development"}) if suffix != "shp" else frame()
        if suffix == "dxf":
            data = gpd.GeoDataFrame({"Layer": ["地块", "0"]}, geometry=[p.exterior for p in PLOTS])
            options["driver"] = "DXF"
        encoding = "UTF-8" if suffix == "shp" else None
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="'crs' was not provided")  # a drawing has none
            pyogrio.write_dataframe(data, Path(folder) / f"a.{suffix}", encoding=encoding, **options)
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def parquet() -> bytes:
    """The same plots as GeoParquet."""
    out = io.BytesIO()
    frame().rename(columns={"developmen": "development"}).to_parquet(out, index=False)
    return out.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    """An archive of some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def plain_json(path: Path) -> bytes:
    """A YAML file as JSON, which is YAML too: its tree can be spoiled node by node."""
    return as_json(YAML(typ="safe").load(path.read_text(encoding="utf-8")))


def as_json(tree: Any) -> bytes:
    """A tree as JSON; days as the text that YAML reads as a day again."""
    return _DAY.sub(r"\1", json.dumps(_keys(tree), ensure_ascii=False, default=str)).encode()


_DAY = re.compile(r'"(\d{4}-\d{2}-\d{2})"(?!:)')


def _keys(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {str(key) if not isinstance(key, str) else key: _keys(value) for key, value in tree.items()}
    return [_keys(value) for value in tree] if isinstance(tree, list) else tree


#: Rules of different measures, readable without other files but those of the plan.
RULES = ("YC-15", "YC-07", "YC-62", "YC-100")


def rule_files() -> list[Path]:
    """A few rules."""
    return [BUILT_IN / "yuncheng-14fyp" / f"{name}.yaml" for name in RULES]


def groups() -> bytes:
    """The groups that these rules name, and what a fuzzed file needs no more of."""
    held = YAML(typ="safe").load((BUILT_IN / "yuncheng-14fyp/groups.yaml").read_text(encoding="utf-8"))
    text = "".join(path.read_text(encoding="utf-8") for path in rule_files())
    return as_json(
        {name: group for name, group in held.items() if name in text} or dict(list(held.items())[:2])
    )


def tasks() -> bytes:
    """A few tasks that stand by themselves."""
    held = YAML(typ="safe").load((BUILT_IN / "yuncheng-14fyp/restoration.yaml").read_text(encoding="utf-8"))
    alone = {name: task for name, task in held.items() if task.get("ground") in ("strip", "area", "line")}
    return as_json(dict(list(alone.items())[:3]))


def manifest() -> bytes:
    """The starter manifest's first layers."""
    tree = YAML(typ="safe").load((starter_folder() / "manifest.yaml").read_text(encoding="utf-8"))
    return as_json({"layers": tree["layers"][:4]})


WORDS = """industries:
  洗煤: {codes: ["0610"], processes: [coal_washing]}
developments:
  技改: [rebuild]
"""
PRICES = "还林: {元每亩: 3000}\n退出: {元每公顷: 1500000}\n"
OVERRIDES = """overrides:
  - site: S
    decision: 禁止
    reason: 现场核实
    who: 张三
    date: 2026-01-02
    evidence: [现场照片.jpg]
"""
PARAMETERS = """parameters:
  - from: xian1980
    method: seven_parameter
    rotation: coordinate_frame
    source: 示例
    accuracy_m: 0.5
    dx_m: 10.0
    dy_m: -20.0
    dz_m: 5.0
    rx_sec: 0.0
    ry_sec: 0.0
    rz_sec: 1.0
    scale_ppm: 0.0
"""
