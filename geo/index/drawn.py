"""Reference features as they are drawn, and what finds them: made when first asked for, shared by all kinds of question."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import shapely

from geo.index.engines import compiled
from geo.space import Geometries


class Drawn:
    """Features (points, lines, polygons in longitude, latitude)."""

    def __init__(self, geometries: Geometries) -> None:
        self.geometries = np.asarray(geometries, dtype=object)

    def __len__(self) -> int:
        return len(self.geometries)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """A search tree of the features."""
        return shapely.STRtree(self.geometries)

    @cached_property
    def areas(self) -> Any:
        """The rows of the polygons among the features, and those compiled (:class:`geo.index.compiled.CompiledAreas`) or None."""
        rows = np.flatnonzero(
            (shapely.get_dimensions(self.geometries) == 2) & ~shapely.is_empty(self.geometries)
        )
        return rows, compiled().CompiledAreas(_polygonal(self.geometries[rows])) if len(rows) else None

    @cached_property
    def corner_tree(self) -> shapely.STRtree:
        """One corner of every part of every feature: a part that no edge of a site crosses lies in it whole or not at all."""
        parts = shapely.get_parts(self.geometries)
        xy, part = shapely.get_coordinates(parts, return_index=True)
        return shapely.STRtree(shapely.points(xy[np.unique(part, return_index=True)[1]]))


def _polygonal(areas: Geometries) -> Geometries:
    """Areas without the lines and points that a collection may hold beside its polygons.

    >>> mixed = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.LineString([(2, 0), (2, 1)])])
    >>> _polygonal(np.array([mixed], dtype=object))[0].geom_type
    'MultiPolygon'
    """
    areas = areas.copy()
    for row in np.flatnonzero(shapely.get_type_id(areas) == 7):
        parts = shapely.get_parts(shapely.union_all(shapely.get_parts(areas[row])))
        areas[row] = shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])
    return areas
