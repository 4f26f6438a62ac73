"""The attributes of a layer's features: a file's columns and codes in our words, and which features fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import LayerError, Problem
from geo.layer import Layer, alternatives
from geo.official import official_fields
from geo.rule import Bounds, Condition
from geo.space import WORKING_CRS
from geo.terms import THEME_ATTRIBUTES


def in_our_words(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The file's columns and codes in our words (EPSG:4490). Raises LayerError for fields that it lacks."""
    missing = [column for column in layer.fields.values() if column not in frame.columns]
    if missing:
        problems = [
            Problem(
                layer.path,
                layer.key,
                column,
                "",
                "文件里没有这个字段",
                f"改正 fields；现有：{'、'.join(frame.columns)}",
            )
            for column in missing
        ]
        raise LayerError("图层字段与清单不符", problems)
    data: dict[str, Any] = {}
    for attribute in sorted(THEME_ATTRIBUTES[layer.theme]):
        if attribute in layer.set_:
            data[attribute] = [layer.set_[attribute]] * len(frame)
            continue
        column, codes = _column(attribute, layer, frame)
        values = frame[column] if column in frame.columns else pd.Series([None] * len(frame), dtype=object)
        coded = {**codes, **{str(code): word for code, word in layer.values.get(attribute, {}).items()}}
        values = values.map(_joined)
        words = [None if pd.isna(v) or v == "" else coded.get(_code(v), _plain(v)) for v in values]
        data[attribute] = pd.Series(words, dtype=object)
    return gpd.GeoDataFrame(data, geometry=frame.geometry.to_numpy(), crs=WORKING_CRS)


def _column(attribute: str, layer: Layer, frame: gpd.GeoDataFrame) -> tuple[str, Mapping[str, str]]:
    """The file's column for an attribute: as the manifest says, else our name, else an official one."""
    stated = layer.fields.get(attribute, attribute)
    if stated not in frame.columns:
        for field_ in official_fields(layer.theme).get(attribute, []):
            if field_.name in frame.columns:
                return field_.name, field_.values
    return stated, {}


def _joined(value: Any) -> Any:
    """A list field (of GML or GeoJSON) as one text."""
    return ";".join(map(str, value)) if isinstance(value, list | tuple | np.ndarray) else value


def _code(value: Any) -> str:
    """A code as text: 1.0 of a column with gaps is 1."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def matches(frame: pd.DataFrame, where: Mapping[str, Condition]) -> np.ndarray:
    """Per feature: 1 = fits all conditions, 0 = does not, -1 = an attribute asked for is missing."""
    fits = np.ones(len(frame), dtype=bool)
    unknown = np.zeros(len(frame), dtype=bool)
    for attribute, condition in where.items():
        if attribute not in frame.columns:
            unknown[:] = True
            continue
        values = frame[attribute].to_numpy(dtype=object)
        gone = np.asarray(pd.isna(values))
        if isinstance(condition, Bounds):
            numbers = np.asarray(pd.to_numeric(values, errors="coerce"), dtype=float)
            gone = np.isnan(numbers)
            good = np.ones(len(frame), dtype=bool)
            if condition.min is not None:
                good &= numbers >= condition.min
            if condition.max is not None:
                good &= numbers <= condition.max
        else:
            wanted = alternatives(condition) or set()
            good = np.fromiter((str(value) in wanted for value in values), dtype=bool, count=len(values))
        fits &= good | gone
        unknown |= gone
    return np.where(fits, np.where(unknown, -1, 1), 0)
