"""Shapefiles of a run for systems that read nothing else: GBK, names of ten bytes, and a table of the names.

A DBF holds names of ten bytes and text of 254: what had to be cut is said in the table, and the GeoPackage has it whole.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from geo.contracts import FLAG, NUMBER, Contract
from geo.language import Lang
from geo.space import WORKING_CRS
from geo.writers.content import Content, Kind
from geo.writers.packed import written_on

NAME_BYTES, TEXT_BYTES = 10, 254
ENCODING = "GBK"
NAME_TABLE = ("字段对照表.csv", "field_names.csv")
_HEADINGS = (
    ("文件", "图层", "字段名", "原字段名", "中文名", "单位", "备注"),
    ("File", "Layer", "Field", "Column", "Heading", "Unit", "Remark"),
)


def write_shapefiles(
    contents: Sequence[Content], folder: Path, on: date, crs: str = WORKING_CRS, note: str = ""
) -> None:
    """Write a shapefile for every layer that holds something, and a table of the names.

    Geometry in ``crs``; ``on`` is the day written into the files; flags as 0 and 1. Characters that GBK lacks become ``?`` and are told in the table,
    as is a ``note`` on the whole.
    """
    folder.mkdir()
    rows: list[tuple[str, ...]] = [("", "", "", "", "", "", note)] if note else []
    for content in contents:
        if content.kind is Kind.TABLE or not len(content.frame):
            continue
        names = short_names(content.contract)
        frame, notes = _as_dbf(content, names)
        if crs != WORKING_CRS:
            frame = frame.to_crs(crs)
        pyogrio.write_dataframe(
            frame,
            folder / f"{content.name}.shp",
            driver="ESRI Shapefile",
            encoding=ENCODING,
            geometry_type=_type(content.kind, frame.geometry),
            promote_to_multi=False,
            layer_options={"DBF_DATE_LAST_UPDATE": written_on(on).isoformat()},
        )
        (folder / f"{content.name}.cpg").write_text(ENCODING, encoding="ascii")
        rows += [
            (
                f"{content.name}.shp",
                content.title,
                names[name],
                name,
                content.lang(column.zh, content.heading(name)),
                content.lang(column.unit, ""),
                notes.get(name, ""),
            )
            for name, column in content.contract.items()
        ]
    say = contents[0].lang if contents else Lang.ZH
    with (folder / say(*NAME_TABLE)).open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([say(*_HEADINGS), *rows])


def short_names(columns: Iterable[str]) -> dict[str, str]:
    """A name of at most ten bytes for every column, each once.

    >>> short_names(["site_id", "undetermined_rule_ids", "undetermined_rules"])
    {'site_id': 'site_id', 'undetermined_rule_ids': 'undetermin', 'undetermined_rules': 'undeterm_1'}
    """
    given: dict[str, str] = {}
    for name in columns:
        short, number = name[:NAME_BYTES], 0
        while short.lower() in {taken.lower() for taken in given.values()}:
            number += 1
            short = f"{name[: NAME_BYTES - 1 - len(str(number))]}_{number}"
        given[name] = short
    return given


def cut_text(text: str) -> str:
    """As much of a text as a DBF field holds, never half a character.

    >>> len(cut_text("河" * 200)), cut_text("a")
    (127, 'a')
    """
    return text.encode(ENCODING, "replace")[:TEXT_BYTES].decode(ENCODING, "ignore")


def _as_dbf(content: Content, names: dict[str, str]) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    contract: Contract = content.contract
    columns: dict[str, object] = {}
    notes: dict[str, str] = {}
    for name, column in contract.items():
        values = content.frame[name]
        if column.kind == NUMBER:
            columns[names[name]] = values.to_numpy(dtype=float)
        elif column.kind == FLAG:
            columns[names[name]] = values.to_numpy(dtype=np.int32)
        else:
            texts = [str(value) for value in values]
            cut = [cut_text(text) for text in texts]
            columns[names[name]] = cut
            notes |= _told(name, texts, cut, content.lang)
    geometry = getattr(content.frame, "geometry").to_numpy()  # noqa: B009 a frame with geometry: not a table
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=WORKING_CRS), notes


def _told(name: str, texts: list[str], cut: list[str], say: Lang) -> dict[str, str]:
    short = sum(len(after) < len(before) for before, after in zip(texts, cut, strict=True))
    lacking = sum("?" in after and "?" not in before for before, after in zip(texts, cut, strict=True))
    said = []
    if short:
        zh = f"{short} 行超过 {TEXT_BYTES} 字节，已截断，全文见 screening.gpkg"
        said.append(
            say(zh, f"{short} rows longer than {TEXT_BYTES} bytes are cut: the whole is in screening.gpkg")
        )
    if lacking:
        said.append(
            say(f"{lacking} 行有 GBK 没有的字，写作 ?", f"{lacking} rows hold letters that GBK lacks: ?")
        )
    return {name: say("；", "; ").join(said)} if said else {}


def _type(kind: Kind, shapes: gpd.GeoSeries) -> str:
    """A plain point where every feature is one; lines and areas are multi-part in a shapefile anyway."""
    single = shapely.get_num_geometries(shapes.to_numpy()) == 1
    names = {Kind.POINT: "Point", Kind.LINE: "LineString", Kind.AREA: "Polygon"}
    if kind is Kind.POINT and not (single & (shapes.geom_type == "Point").to_numpy()).all():
        return "MultiPoint"
    return names[kind] if (shapes.geom_type == names[kind]).all() else str(kind)
