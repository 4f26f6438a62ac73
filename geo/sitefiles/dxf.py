"""Drawings (DXF): the closed lines are the plots, what is written in one is its name.

A drawing has no coordinate system; X is east. Its places are told by magnitude like those of a table. Lines
inside blocks (INSERT) are read where the blocks are put.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geo.errors import LayerError, Problem
from geo.reading import open_layer
from geo.sitefiles.footprint import RawRow
from geo.sitefiles.options import ReadOptions
from geo.space import Geometries

_ROUNDED_TO_M = 0.001
#: A drawing as text: a code of a group in a line, its value in the next, and so on to the end.
_PAIRS = re.compile(rb"(?:[ \t]*-?\d{1,4}[ \t]*\n[^\n]*(?:\n|\Z))*+\s*")
_END = re.compile(rb"\n[ \t]*0[ \t]*\n[ \t]*EOF\s*\Z")

#: What is written in a plot but does not name it: areas, lengths, heights, coordinates.
_NO_NAME = re.compile(r"[\d.,\s]*|.*(?:公顷|平方米|亩|㎡|m2|面积|长度|坐标|[XY]=).*", re.IGNORECASE)


def _is_whole(content: bytes) -> bool:
    """Whether a drawing is written to its end, in pairs: GDAL may look for the rest of one that is not for ever.

    >>> _is_whole(b"0\\nSECTION\\n2\\nENTITIES\\n0\\nENDSEC\\n0\\nEOF\\n"), _is_whole(b"0\\nSECTION\\n2\\n")
    (True, False)
    """
    plain = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _PAIRS.fullmatch(plain) is not None and _END.search(plain[-64:]) is not None


def dxf_rows(path: Path, options: ReadOptions, problems: list[Problem], notes: list[Problem]) -> list[RawRow]:
    """A row a closed line; what else is drawn is noted, not read.

    A plot is numbered by the number written in it, else after the file and counted. ``options.layers`` are
    the layers of the drawing that hold plots; none named, all. Raises :class:`~geo.errors.LayerError`
    where the drawing cannot be read.
    """
    if path.is_file() and not _is_whole(path.read_bytes()):
        what = "图纸不完整：组码与值不成对，或没有以 EOF 结束"
        raise LayerError(
            "图纸不能读", [Problem(path.name, "图形", "", "", what, "在 CAD 中另存为文本 DXF 后再读")]
        )
    with _encoding(path):
        raw = open_layer(path, None, path.name)
    frame = gpd.GeoDataFrame(raw.assign(entity=np.arange(1, len(raw) + 1))).explode(ignore_index=True)
    with np.errstate(invalid="ignore", over="ignore"):  # a coordinate that is no number is told later
        shapes = shapely.force_2d(frame.geometry.to_numpy())
    drawn_on = _column(frame, "Layer")
    paper = frame["PaperSpace"].fillna(0).astype(bool).to_numpy() if "PaperSpace" in frame else None
    model = np.ones(len(frame), bool) if paper is None else ~paper
    chosen = np.isin(drawn_on, options.layers) if options.layers else np.ones(len(frame), bool)
    if options.layers and not chosen.any():
        have = "、".join(sorted(set(drawn_on) - {""}))
        what = f"图里没有图层 {'、'.join(options.layers)}；有 {have}"
        problems.append(Problem(path.name, "图形", "layer", "", what, "改正 --site-layer"))
        return []
    is_ring = np.array([_is_ring(shape) for shape in shapes], dtype=bool) & model & chosen
    texts = _column(frame, "Text")
    written = model & (texts != "") & (shapely.get_type_id(shapes) == 0)
    lines = np.flatnonzero(is_ring)
    _note_unread(path, frame, is_ring | written, chosen, notes)
    if len(lines) == 0:
        problems.append(Problem(path.name, "图形", "", "", "没有闭合的多段线", "把地块边界画成闭合的多段线"))
        return []
    with np.errstate(invalid="ignore"):
        rings = np.array([shapely.Polygon(shapes[n].coords) for n in lines], dtype=object)
    valid = shapely.is_valid(rings)
    inner, outer = _nested(rings, valid)
    said = _names(rings, valid, shapes[written], texts[written])
    rows: list[RawRow] = []
    numbers: set[str] = set()
    for count, n in enumerate(lines):
        where = f"第{frame['entity'].iloc[n]}个图元"
        if count in inner:
            around = frame["entity"].iloc[lines[inner[count]]]
            what = f"闭合线在第{around}个图元之内：是扣除的部分，还是另一地块？"
            to_do = "扣除的地块请用 SHP、GPKG 的面，或界址点 TXT；不是地块的线请删去，或用 --site-layer 只读地块所在图层"
            problems.append(Problem(path.name, where, "geometry", "", what, to_do))
            continue
        number = next((text for text in said[count] if re.fullmatch(r"[A-Za-z0-9#_\-]+", text)), "")
        number = number if number and number not in numbers else f"{path.stem}-{count + 1}"
        numbers.add(number)
        values = {"site_id": number, "name": " ".join(said[count]) or drawn_on[n], "layer": drawn_on[n]}
        rows.append(
            RawRow(
                where,
                values,
                rings[count],
                shaped=True,
                plane=True,
                step=_ROUNDED_TO_M,
                broken=count in outer,
            )
        )
    return rows


def _column(frame: gpd.GeoDataFrame, name: str) -> np.ndarray:
    values = frame[name] if name in frame else pd.Series("", index=frame.index)
    return np.array(["" if pd.isna(value) else str(value).strip() for value in values], dtype=object)


def _note_unread(
    path: Path, frame: gpd.GeoDataFrame, read: np.ndarray, chosen: np.ndarray, notes: list[Problem]
) -> None:
    unread = frame.loc[~read & chosen, "entity"].nunique()
    if unread:
        what = f"另有 {unread} 个图元（未闭合的线、点、填充、图纸空间）没有读"
        notes.append(Problem(path.name, "图形", "", "", what, "地块要读，请闭合多段线"))
    if not chosen.all():
        others = "、".join(sorted(set(_column(frame, "Layer")[~chosen]) - {""}))
        notes.append(Problem(path.name, "图形", "layer", "", f"没有读的图层：{others}", ""))


def _nested(rings: Geometries, valid: np.ndarray) -> tuple[dict[int, int], set[int]]:
    """The lines that lie in another, with that other; and the lines that others lie in."""
    pairs = shapely.STRtree(rings[valid]).query(rings[valid], predicate="covered_by")
    at = np.flatnonzero(valid)
    inside, around = at[pairs[0]], at[pairs[1]]
    apart = inside != around
    inner = dict(zip(inside[apart].tolist(), around[apart].tolist(), strict=True))
    return inner, set(around[apart].tolist())


def _names(
    rings: Geometries, valid: np.ndarray, points: Geometries, texts: np.ndarray
) -> list[Sequence[str]]:
    """What is written in each ring, without areas and other figures."""
    found: list[list[str]] = [[] for _ in rings]
    tree = shapely.STRtree(points)
    for ring, point in tree.query(rings, predicate="covers").T:
        text = re.sub(r"\\P|\s+", " ", str(texts[point])).strip()
        if not _NO_NAME.fullmatch(text) and text not in found[ring]:
            found[ring].append(text)
    return [*found]


def _is_ring(shape: shapely.Geometry | None) -> bool:
    return shape is not None and shape.geom_type == "LineString" and shape.is_closed and len(shape.coords) > 3


@contextmanager
def _encoding(path: Path) -> Iterator[None]:
    """Drawings since 2007 are UTF-8 whatever code page they name, older ones of the Chinese Windows GBK."""
    try:
        path.read_bytes().decode("utf-8")
        encoding = "UTF-8"
    except UnicodeDecodeError:
        encoding = "CP936"
    except OSError:
        encoding = None  # opening it says why
    pyogrio.set_gdal_config_options({"DXF_ENCODING": encoding})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"DXF_ENCODING": None})
