"""Site lists as shapes: KML, Shapefile (also zipped), FileGDB, GeoPackage, GeoJSON, GML, DXF."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geo.asides import aside
from geo.crs import crs_of, to_own_degrees, to_working
from geo.datum_params import WHAT_TO_SUPPLY
from geo.errors import HongxianError, LayerError, Problem
from geo.gdal import heard, remarks
from geo.reading import open_layer
from geo.sitefiles.columns import missing, synonyms
from geo.sitefiles.dxf import dxf_rows
from geo.sitefiles.footprint import RawRow
from geo.sitefiles.kml import SUFFIXES, read_kml
from geo.sitefiles.options import ReadOptions
from geo.streaming import frames_of, is_parquet
from geo.terms import Datum

#: Old systems by the names that files give them (Xian_1980_3_Degree_GK_Zone_37 …).
_OLD = (
    (re.compile("xi.?an.?(?:19)?80", re.IGNORECASE), Datum.XIAN1980),
    (re.compile("beijing.?(?:19)?54", re.IGNORECASE), Datum.BEIJING1954),
)

#: What cannot be read, and what to hand in instead.
UNREADABLE = {
    ".dwg": ("DWG 不能直接读", "在 CAD 里另存为 DXF（地块为闭合多段线），或导出 SHP"),
    ".mdb": ("个人地理数据库 MDB 不能直接读", "在 ArcGIS 里导出为文件地理数据库（.gdb）、SHP 或 GPKG"),
    ".accdb": ("Access 数据库不能直接读", "导出为 XLSX、SHP 或 GPKG"),
    ".xls": ("旧版 XLS 不能直接读", "在 Excel 或 WPS 里另存为 .xlsx"),
    ".et": ("WPS 表格 ET 不能直接读", "在 WPS 里另存为 .xlsx"),
    ".rar": ("RAR 压缩包不能直接读", "解压后提交，或改压成 ZIP"),
    ".7z": ("7z 压缩包不能直接读", "解压后提交，或改压成 ZIP"),
    ".doc": ("Word 文件不能直接读", "把坐标表存为 XLSX 或 CSV"),
    ".docx": ("Word 文件不能直接读", "把坐标表存为 XLSX 或 CSV"),
    ".pdf": ("PDF 不能直接读", "把坐标表存为 XLSX 或 CSV"),
    ".dbf": ("DBF 只是属性表", "给出同名的 .shp"),
    ".shx": ("SHX 只是索引", "给出同名的 .shp"),
}

#: What in an archive may be a site list too, and is not read.
_ALSO_LISTS = frozenset(
    {
        ".gpkg",
        ".geojson",
        ".json",
        ".kml",
        ".kmz",
        ".csv",
        ".xlsx",
        ".xls",
        ".dxf",
        ".dwg",
        ".zip",
        ".rar",
        ".7z",
    }
)


def vector_rows(
    path: Path, options: ReadOptions, problems: list[Problem], notes: list[Problem]
) -> list[RawRow]:
    """The features of a file as sites; faults of the file go to ``problems``, remarks to ``notes``."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".zip":
            return _zipped(path, options, problems, notes)
        if suffix in SUFFIXES:
            return _kml_rows(path, options, problems, notes)
        if suffix == ".dxf":
            lacking = missing({"site_id"}, options.defaults, positions=False)
            _tell_missing(lacking, path.name, problems)
            return [] if lacking else dxf_rows(path, options, problems, notes)
        if suffix == ".gml":
            return _gml_rows(path, options, problems, notes)
        rows = []
        layers = _layers(path, options)
        for layer in layers:
            prefix = f"{layer} " if layer and len(layers) > 1 else ""
            rows += _frame_rows(
                open_layer(path, layer, path.name), path.name, prefix, options, problems, notes
            )
        return rows
    except HongxianError as error:
        problems += [
            replace(p, file=path.name, where=p.where if p.file else "图形") for p in error.problems
        ]  # the reader of layers names neither the list nor the place in it
    return []


#: Containers whose features can be read in pieces.
STREAMED = frozenset({".gpkg", ".fgb", ".geojson", ".shp", ".parquet", ".geoparquet"})


def vector_pieces(
    path: Path, options: ReadOptions, problems: list[Problem], notes: list[Problem], size: int
) -> Iterator[list[RawRow]]:
    """The same as :func:`vector_rows`, so many features at a time, by Arrow: the file is never in memory whole."""
    try:
        layers: list[str | None] = [None] if is_parquet(path) else _layers(path, options)
        for layer in layers:
            prefix = f"{layer} " if layer and len(layers) > 1 else ""
            start = 1
            for frame in frames_of(path, layer, size):
                before = len(problems)
                rows = _frame_rows(frame, path.name, prefix, options, problems, notes, start)
                yield rows
                if not rows and len(problems) > before:
                    break  # the table itself is at fault: it is so in every piece
                start += len(frame)
    except HongxianError as error:
        problems += [replace(p, file=path.name, where=p.where if p.file else "图形") for p in error.problems]


def _layers(path: Path, options: ReadOptions) -> list[str | None]:
    """The layers of a container that have the fields of a site list; one alone is read as it is."""
    try:
        with heard([]):  # what it warns of is heard again when the layer is read
            names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    except (RuntimeError, ValueError):
        return [None]  # opening it says why
    if len(names) < 2:
        return [names[0]] if names else [None]
    chosen = [name for name in names if name in options.layers]
    if chosen:
        return [*chosen]
    fit = []
    for name in names:
        with heard([]):
            held = pyogrio.read_info(path, layer=name)["fields"]
        fields = options.headings.columns([str(field) for field in held])
        if not missing(fields, options.defaults, positions=False):
            fit.append(name)
    if not fit:
        what = f"文件有多个图层（{'、'.join(names)}），没有一个有场地清单的字段"
        to_do = (
            "给场地图层补上 编号、行业代码、建设性质，或用 --site-layer 指明图层、--map 编号=字段 指明字段"
        )
        raise LayerError("没有场地图层", [Problem(path.name, "", "layer", "", what, to_do)])
    return [*fit]


def _frame_rows(
    frame: gpd.GeoDataFrame,
    file: str,
    prefix: str,
    options: ReadOptions,
    problems: list[Problem],
    notes: list[Problem],
    start: int = 1,
) -> list[RawRow]:
    with np.errstate(invalid="ignore", over="ignore"):  # a coordinate that is no number is told later
        geometries = shapely.force_2d(frame.geometry.to_numpy())
    for message in remarks(frame):
        notes.append(Problem(file, f"{prefix}文件", "", "", f"读取时的提示：{message}", "核对有无要素受影响"))
    datum = None
    if frame.crs is None:
        what = "文件没有坐标系（缺 .prj 等），按坐标数值大小判断"
        notes.append(Problem(file, f"{prefix}图形", "crs", "", what, "有坐标系请一并提交"))
    else:
        crs = crs_of(frame, None, file)
        usable = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
        base = crs.geodetic_crs.name if crs.geodetic_crs is not None else ""
        datum = next((old for words, old in _OLD if words.search(base)), None)
        if datum is not None:
            if datum not in options.parameters:
                what = f"文件是{datum.zh}，没有公开的精确转换参数，不作近似换算（会差几十到一百多米）"
                problems.append(Problem(file, f"{prefix}图形", "crs", crs.name, what, WHAT_TO_SUPPLY))
                return []
            geometries[usable] = to_own_degrees(geometries[usable], crs, file)
        else:
            geometries[usable] = to_working(geometries[usable], crs, file)
            datum = Datum.CGCS2000 if "2000" in base else Datum.WGS84
    table = frame.drop(columns=frame.geometry.name)
    names = options.columns([str(name) for name in table.columns])
    lacking = missing(names, options.defaults, positions=False)
    _tell_missing(lacking, file, problems)
    doubled = sorted(name for name, count in Counter(names).items() if count > 1)
    for name in doubled:
        both = "、".join(str(f) for f, ours in zip(table.columns, names, strict=True) if ours == name)
        what, to_do = f"有几个字段是同一内容：{both}", f"用 --map {name}=字段 指明用哪个，或改字段名"
        problems.append(Problem(file, f"{prefix}字段表", name, "", what, to_do))
    if lacking or doubled:
        return []
    table.columns = pd.Index(names)
    wanted = _wanted(table, file, prefix, options, problems)
    plane = frame.crs is None
    columns = [[_text(value) for value in table[name].tolist()] for name in names]
    stated = zip(*columns, strict=True) if columns else ((),) * len(table)
    return [
        RawRow(
            f"{prefix}第{number}个要素",
            dict(zip(names, row, strict=True)),
            geometry,
            datum,
            shaped=True,
            plane=plane,
        )
        for number, (row, geometry) in enumerate(zip(stated, geometries, strict=True), start=start)
        if wanted[number - start]
    ]


def _wanted(
    table: pd.DataFrame, file: str, prefix: str, options: ReadOptions, problems: list[Problem]
) -> np.ndarray:
    """Which features the filters let through; a filter that lets none through is a fault."""
    wanted = np.ones(len(table), dtype=bool)
    for where in options.where:
        field = options.headings.column(where.heading)
        values = [_text(value) for value in table[field]] if field in table else None
        held = where.keep([*map(str, table.columns)], values)
        if isinstance(held, tuple):
            problems.append(Problem(file, f"{prefix}字段表", where.heading, "", *held))
            return np.zeros(len(table), dtype=bool)
        wanted &= held
    return wanted


def _kml_rows(
    path: Path, options: ReadOptions, problems: list[Problem], notes: list[Problem]
) -> list[RawRow]:
    frame, datum = read_kml(path, notes)
    if datum is Datum.GCJ02:
        what = "奥维导出的文件是 GCJ-02 坐标，已换算"
        notes.append(Problem(path.name, "文件", "datum", "gcj02", what, "不是的话，在 datum 字段写明"))
    if "site_id" not in {options.headings.column(str(name)) for name in frame.columns}:
        names = frame["Name"].fillna("") if "Name" in frame else pd.Series("", index=frame.index)
        frame["site_id"] = [name or f"{path.stem}-{n}" for n, name in enumerate(names, start=1)]
    rows = _frame_rows(frame, path.name, "", options, problems, notes)
    return [RawRow(r.where, r.values, r.geometry, datum, shaped=True) for r in rows]


def _gml_rows(
    path: Path, options: ReadOptions, problems: list[Problem], notes: list[Problem]
) -> list[RawRow]:
    """Read from a copy: the driver writes an index beside what it reads."""
    with aside() as folder:
        for part in (path, path.with_suffix(".xsd")):
            if part.is_file():
                shutil.copy(part, folder)
        copy = folder / path.name
        rows = []
        for layer in _layers(copy, options):
            frame = open_layer(copy, layer, path.name)
            rows += _frame_rows(frame, path.name, "", options, problems, notes)
        return rows


def _zipped(path: Path, options: ReadOptions, problems: list[Problem], notes: list[Problem]) -> list[RawRow]:
    """Every Shapefile and file geodatabase of an archive."""
    with aside() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)  # never outside: zipfile takes .. and roots out of names
        except Exception as error:  # zipfile lets errors of zlib, lzma, bz2 and struct through
            problems.append(Problem(path.name, "", "", "", f"无法解压：{error}", "重新压缩，不加密码"))
            return []
        parts = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".shp", ".gdb"))
        if not parts:
            problems.append(
                Problem(path.name, "", "", "", "压缩包里没有 SHP 或 GDB", "压缩时带上 .shp、.dbf、.shx、.prj")
            )
        left = sorted(p.name for p in Path(folder).rglob("*") if p.suffix.lower() in _ALSO_LISTS)
        if left:
            what = f"压缩包里只读 SHP 和 GDB，没有读：{'、'.join(left[:5])}{' 等' if len(left) > 5 else ''}"
            notes.append(Problem(path.name, "文件", "", "", what, "要读，请解压后分别给出"))
        rows = []
        for part in parts:
            prefix = f"{part.name} " if len(parts) > 1 else ""
            for layer in _layers(part, options):
                frame = open_layer(part, layer, path.name)
                rows += _frame_rows(frame, path.name, prefix, options, problems, notes)
        return rows


def _tell_missing(names: list[str], file: str, problems: list[Problem]) -> None:
    for name in names:
        known = "、".join(synonyms()[name])
        to_do = f"补上该字段（也可写作：{known}）"
        if name in ("industry", "development"):
            to_do += f"，或用 --{name} 给出"
        problems.append(Problem(file, "字段表", name, "", "缺少这个字段", to_do))


def _text(value: Any) -> str:
    """A field as text; a whole number that a missing value made a float stays whole."""
    if type(value) is str:
        return value.strip()
    if isinstance(value, list | np.ndarray):  # a list field of GML or GeoJSON
        return ";".join(_text(item) for item in value)
    if pd.isna(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
