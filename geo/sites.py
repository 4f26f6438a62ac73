"""Reading site lists: every fault of every row at once, nothing lost.

CSV (longitude and latitude, or WKT, in a declared datum) and any vector file that GDAL reads.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.errors import HongxianError, Problem, SiteError
from geo.frames import REJECTED, SITES, conform
from geo.reading import crs_of, open_layer, to_working
from geo.siterow import RawRow, RowReader
from geo.space import WORKING_CRS
from geo.terms import Datum

REQUIRED = ("site_id", "industry", "development")


@dataclass(frozen=True)
class SiteList:
    """The sites of one or several files, and the rows that were rejected (``--keep-going``)."""

    sites: gpd.GeoDataFrame
    rejected: pd.DataFrame
    inputs: tuple[Path, ...] = ()


def read_sites(*paths: Path | str, datum: Datum | str | None = None, keep_going: bool = False) -> SiteList:
    """Read site lists into one Sites frame (columns: :data:`geo.frames.SITES`; EPSG:4490).

    ``datum`` (cgcs2000, wgs84, gcj02 or bd09) holds for table rows that state none; a file that carries
    a coordinate system of its own keeps it, unless a column ``datum`` says otherwise. A CSV row without any is
    kept as undeclared, which widens its doubt by some 600 m; it never silently becomes a datum. Needed
    columns: site_id, industry, development and lon, lat (or wkt, or a geometry).

    Raises :class:`~geo.errors.SiteError` with every fault (file, row, field, value, what, what to do);
    with ``keep_going`` the faults go to ``rejected`` and the good rows are read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "sites.csv"
    ...     _ = path.write_text("编号,行业代码,建设性质,经度,纬度\\nA,C2521,新建,110.71,35.59\\n")
    ...     sites = read_sites(path, datum="cgcs2000").sites
    >>> sites.loc[0, ["site_id", "industry", "development", "datum"]].tolist()
    ['A', '2521', 'new', 'cgcs2000']
    """
    try:
        default = Datum(datum) if datum else Datum.UNDECLARED
    except ValueError:
        allowed = "、".join(d for d in Datum if d is not Datum.UNDECLARED)
        raise SiteError(f"不认识的坐标系 {datum!r}；可用：{allowed}") from None
    problems: list[Problem] = []
    rows: list[dict[str, Any]] = []
    seen: dict[str, str] = {}
    for given in paths:
        path = Path(given)
        for raw in _raw_rows(path, problems):
            row = RowReader(raw, path.name, default)
            site = row.site(seen)
            problems.extend(row.problems)
            if site is not None:
                rows.append(site)
    if problems and not keep_going:
        count = len({(p.file, p.where) for p in problems})
        raise SiteError(
            f"场地清单有 {count} 处（行）错误，未开始筛查；加 --keep-going 可先筛查其余各行", problems
        )
    if not rows:
        raise SiteError("没有可以筛查的场地", problems)
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=WORKING_CRS)
    rejected = pd.DataFrame([p.as_row() for p in problems], columns=list(REJECTED))
    return SiteList(conform(frame, SITES), conform(rejected, REJECTED), tuple(Path(p) for p in paths))


def _raw_rows(path: Path, problems: list[Problem]) -> Iterable[RawRow]:
    if not path.is_file() and path.suffix.lower() != ".gdb":
        problems.append(Problem(str(path), "", "", "", "文件不存在", "改正路径"))
        return []
    if path.suffix.lower() == ".csv":
        return _csv_rows(path, problems)
    return _vector_rows(path, problems)


def _csv_rows(path: Path, problems: list[Problem]) -> Iterable[RawRow]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    reader = csv.reader(io.StringIO(text))
    header = [_column(name) for name in next(reader, [])]
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    for name in doubled:
        problems.append(Problem(path.name, "第1行", name, "", "有两列是同一内容", "删去一列或改列名"))
    if doubled:
        return []
    missing = [name for name in REQUIRED if name not in header]
    if "wkt" not in header:
        missing += [name for name in ("lon", "lat") if name not in header]
    for name in missing:
        known = "、".join(_synonyms()[name])
        problems.append(Problem(path.name, "第1行", name, "", "缺少这一列", f"补上该列（也可写作：{known}）"))
    if missing:
        return []
    rows = []
    for number, values in enumerate(reader, start=2):
        if not any(value.strip() for value in values):
            continue
        if any(value.strip() for value in values[len(header) :]):
            extra = "、".join(values[len(header) :])
            what = "这一行的格数多于表头"
            problems.append(Problem(path.name, f"第{number}行", "", extra, what, "含逗号的文字加上引号"))
            continue
        named = dict(zip(header, (value.strip() for value in values), strict=False))
        rows.append(RawRow(f"第{number}行", named))
    return rows


def _vector_rows(path: Path, problems: list[Problem]) -> Iterable[RawRow]:
    try:
        frame = open_layer(path, None, path.name)
        crs = crs_of(frame, None, path.name)
        geometries = frame.geometry.to_numpy()
        usable = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
        geometries[usable] = to_working(shapely.force_2d(geometries[usable]), crs, path.name)
    except HongxianError as error:
        problems.extend(error.problems)
        return []
    base = crs.geodetic_crs
    datum = Datum.CGCS2000 if base is not None and "2000" in base.name else Datum.WGS84
    columns = {column: _column(str(column)) for column in frame.columns if column != frame.geometry.name}
    missing = [name for name in REQUIRED if name not in columns.values()]
    for name in missing:
        known = "、".join(_synonyms()[name])
        problems.append(
            Problem(path.name, "字段表", name, "", "缺少这个字段", f"补上该字段（也可写作：{known}）")
        )
    if missing:
        return []
    rows = frame.drop(columns=frame.geometry.name).to_dict("records")
    return [
        RawRow(
            f"第{number}个要素",
            {columns[key]: "" if pd.isna(value) else str(value).strip() for key, value in row.items()},
            geometry,
            datum,
        )
        for number, (row, geometry) in enumerate(zip(rows, geometries, strict=True), start=1)
    ]


@cache
def _synonyms() -> dict[str, list[str]]:
    table = files("geo.data").joinpath("site_columns.csv").read_text(encoding="utf-8").splitlines()
    return {row["column"]: row["synonyms"].split() for row in csv.DictReader(table)}


@cache
def _column(name: str) -> str:
    """Our name of a column."""
    plain = name.strip().lower()
    for column, words in _synonyms().items():
        if plain == column or plain in words:
            return column
    return plain
