"""What was understood of site lists, for reading before anything is screened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from geo.errors import Problem
from geo.sites import FileReading
from geo.space import area_m2
from geo.terms import Datum

#: Headings of the table of files, by key of :func:`summarise`.
HEADINGS = {
    "file": "文件",
    "stated": "场地",
    "read": "可筛查",
    "faults": "错误",
    "datums": "坐标系",
    "kinds": "图形",
    "extent": "范围（经度，纬度）",
    "accuracy_m": "位置精度（米）",
    "area_ha": "面积（公顷）",
}

_KINDS = {"Point": "点", "LineString": "线", "Polygon": "面"}


def summarise(file: FileReading) -> dict[str, Any]:
    """One file in figures: counts, datums, kinds of geometry, extent (degrees), accuracy, area.

    ``faults`` are rows with faults; ``extent`` is west, south, east, north in EPSG:4490, ``accuracy_m``
    the least and the greatest standard error, ``area_ha`` the sum on the ellipsoid; each None without sites.

    >>> from pathlib import Path
    >>> summarise(FileReading(Path("none.csv"), [], [], [], 0))["extent"] is None
    True
    """
    shapes = np.array([row["geometry"] for row in file.rows], dtype=object)
    accuracies = [float(row["accuracy_m"]) for row in file.rows]
    kinds = Counter(_kind(shape) for shape in shapes)
    return {
        "file": file.path.name,
        "stated": file.stated,
        "read": len(file.rows),
        "faults": len({problem.where for problem in file.problems}),
        "datums": dict(Counter(str(row["datum"]) for row in file.rows)),
        "kinds": dict(kinds),
        "extent": [round(float(v), 6) for v in shapely.total_bounds(shapes)] if file.rows else None,
        "accuracy_m": [min(accuracies), max(accuracies)] if file.rows else None,
        "area_ha": round(float(area_m2(shapes).sum()) / 10_000, 4) if file.rows else None,
    }


def wording(summary: dict[str, Any]) -> list[str]:
    """A summary as a row of text under :data:`HEADINGS`."""
    datums = [f"{Datum(name).zh} {count}" for name, count in summary["datums"].items()]
    kinds = [f"{kind} {count}" for kind, count in summary["kinds"].items()]
    extent, accuracy, area = summary["extent"], summary["accuracy_m"], summary["area_ha"]
    return [
        summary["file"],
        str(summary["stated"]),
        str(summary["read"]),
        str(summary["faults"]),
        "，".join(datums),
        "，".join(kinds),
        f"{extent[0]:.4f}–{extent[2]:.4f}，{extent[1]:.4f}–{extent[3]:.4f}" if extent else "",
        ("{:.3g}" if accuracy[0] == accuracy[1] else "{:.3g}–{:.3g}").format(*accuracy) if accuracy else "",
        f"{area:,.4f}" if area else "",
    ]


def gather(notes: Iterable[Problem]) -> list[list[str]]:
    """Remarks as rows (file, where, what, what to do); the same one on many rows is told once.

    >>> gather([Problem("a.csv", f"第{n}行", "", "", "按数值大小读", "") for n in (2, 3, 4)])
    [['a.csv', '第2行 等 3 处', '按数值大小读', '']]
    """
    places: dict[tuple[str, str, str], list[str]] = {}
    for note in notes:
        places.setdefault((note.file, note.what, note.to_do), []).append(note.where)
    return [
        [file, where[0] + (f" 等 {len(where)} 处" if len(where) > 1 else ""), what, to_do]
        for (file, what, to_do), where in places.items()
    ]


def _kind(shape: shapely.Geometry) -> str:
    return _KINDS.get(shape.geom_type.removeprefix("Multi"), "混合")
