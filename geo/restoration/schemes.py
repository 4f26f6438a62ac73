"""Schemes of land cover: what the codes of WorldCover, CLCD, GlobeLand30, MCD12 and the land survey mean.

The table is ``geo/data/landcover_classes.csv``. A survey code (DLBM) falls under the longest code of the
table that it begins with, so 0103 is cropland as 01 is.

>>> classes_of("worldcover")["40"], survey_class("0103"), survey_class("0602")
(<CoverClass.CROPLAND: 'cropland'>, <CoverClass.CROPLAND: 'cropland'>, <CoverClass.MINE: 'mine'>)
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from geo.errors import LayerError, Problem
from geo.layer import Layer
from geo.space import Floats
from geo.terms import CoverClass

SURVEY = "dlbm"

#: Every class in a fixed order: cells carry its place in it, from 1 up.
ORDER = tuple(CoverClass)


@cache
def _table() -> dict[str, dict[str, CoverClass]]:
    text = files("geo.data").joinpath("landcover_classes.csv").read_text(encoding="utf-8")
    schemes: dict[str, dict[str, CoverClass]] = {}
    for row in csv.DictReader(text.splitlines()):
        schemes.setdefault(row["scheme"], {})[row["code"]] = CoverClass(row["class"])
    return schemes


def classes_of(scheme: str) -> Mapping[str, CoverClass]:
    """The classes of a scheme by code. Raises KeyError for one that is not in the table."""
    return _table()[scheme]


def survey_class(code: str) -> CoverClass:
    """The class of a code of the national land survey; unknown where no code of the table begins it.

    >>> survey_class("1109"), survey_class("999"), survey_class("")
    (<CoverClass.BUILT: 'built'>, <CoverClass.UNKNOWN: 'unknown'>, <CoverClass.UNKNOWN: 'unknown'>)
    """
    table = _table()[SURVEY]
    for length in range(len(code), 1, -1):
        if code[:length] in table:
            return table[code[:length]]
    return CoverClass.UNKNOWN


def layer_classes(layer: Layer) -> Mapping[str, CoverClass]:
    """What the codes of a layer of land cover mean, as its manifest says.

    Raises :class:`~geo.errors.LayerError` for a scheme that nobody knows.
    """
    if isinstance(layer.classes, str):
        if layer.classes not in _table():
            known = "、".join(sorted(_table()))
            problem = Problem(
                layer.path,
                layer.key,
                "classes",
                layer.classes,
                "不认识的地类体系",
                f"改用 {known}，或写 {{代码: 地类}}",
            )
            raise LayerError("地类体系不认识", [problem])
        return classes_of(layer.classes)
    return {str(code): CoverClass(word) for code, word in (layer.classes or {}).items()}


def classed_cells(values: Floats, classes: Mapping[str, CoverClass]) -> npt.NDArray[np.uint8]:
    """Cells as places in :data:`ORDER` from 1 up; 0 where there is no value, unknown where no class.

    >>> cells = classed_cells(np.array([[10.0, 77.0, np.nan]]), classes_of("worldcover"))
    >>> [str(ORDER[c - 1]) if c else "" for c in cells[0]]
    ['forest', 'unknown', '']
    """
    result = np.full(values.shape, ORDER.index(CoverClass.UNKNOWN) + 1, dtype=np.uint8)
    for code, word in classes.items():
        result[values == float(code)] = ORDER.index(word) + 1
    result[np.isnan(values)] = 0
    return result
