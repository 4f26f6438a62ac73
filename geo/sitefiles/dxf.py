"""Drawings (DXF): the closed lines are the plots.

A drawing has no coordinate system; X is east. Its places are told by magnitude like those of a table.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geo.errors import Problem
from geo.reading import open_layer
from geo.sitefiles.footprint import RawRow

_ROUNDED_TO_M = 0.001


def dxf_rows(path: Path, problems: list[Problem], notes: list[Problem]) -> list[RawRow]:
    """A row a closed line, named after the file and counted; what else is drawn is noted, not read.

    Raises :class:`~geo.errors.LayerError` where the drawing cannot be read.
    """
    frame = open_layer(path, None, path.name)
    shapes = shapely.force_2d(frame.geometry.to_numpy())
    paper = (
        frame["PaperSpace"].fillna(0).astype(bool).to_numpy()
        if "PaperSpace" in frame
        else np.zeros(len(frame), bool)
    )
    lines = [n for n, shape in enumerate(shapes) if not paper[n] and _is_ring(shape)]
    if len(lines) < len(shapes):
        what = f"另有 {len(shapes) - len(lines)} 个图元（未闭合的线、点、文字、填充、图纸空间）没有读"
        notes.append(Problem(path.name, "图形", "", "", what, "地块要读，请闭合多段线"))
    if not lines:
        problems.append(Problem(path.name, "图形", "", "", "没有闭合的多段线", "把地块边界画成闭合的多段线"))
    rings = {n: shapely.Polygon(shapes[n].coords) for n in lines}
    rows = []
    for count, n in enumerate(lines, start=1):
        where = f"第{n + 1}个图元"
        around = [
            m
            for m in lines
            if m != n and rings[m].is_valid and rings[n].is_valid and rings[m].covers(rings[n])
        ]
        inside = (
            [m for m in lines if m != n and rings[m].is_valid and rings[n].covers(rings[m])]
            if rings[n].is_valid
            else []
        )
        if around:
            what = f"闭合线在第{around[0] + 1}个图元之内：是扣除的部分，还是另一地块？"
            to_do = "扣除的地块请用 SHP、GPKG 的面，或界址点 TXT；不是地块的线请删去"
            problems.append(Problem(path.name, where, "geometry", "", what, to_do))
            continue
        layer = frame["Layer"].iloc[n] if "Layer" in frame else None
        values = {"site_id": f"{path.stem}-{count}", "name": "" if pd.isna(layer) else str(layer)}
        rows.append(
            RawRow(where, values, rings[n], shaped=True, plane=True, step=_ROUNDED_TO_M, broken=bool(inside))
        )
    return rows


def _is_ring(shape: shapely.Geometry | None) -> bool:
    return shape is not None and shape.geom_type == "LineString" and shape.is_closed and len(shape.coords) > 3
