"""Geometry for display: simplified so that what shares a border still shares it, as TopoJSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from topojson import Topology

from geo.space import WORKING_CRS

#: Points that one topology may have; beyond it, it is simplified more.
POINTS_UP_TO = 120_000
#: The widest simplification, in metres: beyond it a map shows something else.
WIDEST_STEP_M = 1_000.0
DEGREE_M = 100_000.0
#: Places of TopoJSON across the extent: 0.1 m in a city, 1 m across the province.
_PLACES = 1_000_000


def topology(shapes: Sequence[shapely.Geometry] | np.ndarray, step_m: float) -> tuple[dict[str, Any], float]:
    """The shapes as one TopoJSON (geometries ``at`` their positions) and the step they were simplified by.

    Borders that two shapes share are simplified once, for both; no shape collapses or crosses itself.
    Metres are taken at 100 km a degree: for display.

    >>> square = shapely.box(111, 35, 111.1, 35.1)
    >>> content, step_m = topology([square, shapely.box(111.1, 35, 111.2, 35.1)], 10.0)
    >>> len(content["objects"]["data"]["geometries"]), step_m
    (2, 10.0)
    """
    plain = shapely.force_2d(np.asarray(shapes, dtype=object))
    frame = gpd.GeoDataFrame({"at": np.arange(len(plain))}, geometry=plain, crs=WORKING_CRS)
    frame = frame[~frame.geometry.is_empty]
    found = Topology(frame, prequantize=False, shared_coords=True)
    if step_m:
        whole = found
        while True:
            found = whole.toposimplify(step_m / DEGREE_M, prevent_oversimplify=True)
            if _points(found) <= POINTS_UP_TO or step_m >= WIDEST_STEP_M:
                break
            step_m = min(2 * step_m, WIDEST_STEP_M)
    content: dict[str, Any] = json.loads(found.topoquantize(_PLACES).to_json() or "{}")
    for geometry in content["objects"]["data"]["geometries"]:
        geometry.pop("id", None)
        geometry["properties"] = geometry["properties"]["at"]  # ours, not GeoJSON's: only a position
    content.pop("bbox", None)
    return content, step_m


def _points(found: Topology) -> int:
    return sum(len(arc) for arc in found.output["arcs"])
