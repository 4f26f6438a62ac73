"""Reference features seen cell by cell: what lies inside, within a limit, or is touched."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import shapely
from rasterio import features

from geo.index import JOINABLE, ReferenceIndex
from geo.index.cells import Bools
from geo.rasters.grid import Tile
from geo.space import Geometries


class CellShapes:
    """Features (longitude, latitude) that answer for the cells of a tile; the last tile's answers are kept.

    A cell is asked about at its middle. Features narrower than ``narrow_m`` (a cell from corner to corner) and all lines
    have every cell that they touch as well: none is lost between two middles.
    """

    def __init__(self, geometries: Geometries, narrow_m: float) -> None:
        self.index = ReferenceIndex(geometries)
        self.narrow_m = narrow_m
        self._tree = shapely.STRtree(geometries)
        self._kept: dict[object, Bools] = {}
        self._tile: Tile | None = None

    @cached_property
    def _edges(self) -> ReferenceIndex:
        """The features with the seams between adjoining areas gone: a seam is no way out."""
        if self.index.is_area and 1 < len(self.index) <= JOINABLE:
            return ReferenceIndex(np.array([self.index.outline], dtype=object))
        return self.index

    @cached_property
    def is_area(self) -> bool:
        """Whether all features are polygons."""
        return self.index.is_area

    def inside(self, tile: Tile) -> Bools:
        """Cells in a polygon; of narrow ones every cell that they touch."""
        return self._keep(tile, "inside", self._inside)

    def touched(self, tile: Tile) -> Bools:
        """Cells that any feature touches."""
        return self._keep(tile, "touched", lambda t: burned(self._near(t), t, all_touched=True))

    def within(self, tile: Tile, limit_m: float) -> Bools:
        """Cells within a limit of an edge."""
        return self._keep(tile, limit_m, lambda t: self._edges.paint_within(t.cells, limit_m))

    def _inside(self, tile: Tile) -> Bools:
        near = self._near(tile)
        areas = near[shapely.get_dimensions(near) == 2]
        found = burned(areas, tile)
        narrow = areas[mean_width_m(areas) < self.narrow_m] if len(areas) else areas
        return found | burned(narrow, tile, all_touched=True) if len(narrow) else found

    def _near(self, tile: Tile) -> Geometries:
        rows = self._tree.query(tile.box, predicate="intersects")
        return self.index.geometries[np.sort(rows)]

    def _keep(self, tile: Tile, key: object, paint) -> Bools:  # type: ignore[no-untyped-def]
        if tile is not self._tile:
            self._tile, self._kept = tile, {}
        if key not in self._kept:
            self._kept[key] = paint(tile)
        return self._kept[key]


def burned(shapes: Geometries, tile: Tile, all_touched: bool = False) -> Bools:
    """Cells of a tile whose middle lies in one of the shapes (or that one touches)."""
    held = [shape for shape in shapes if shape is not None and not shape.is_empty]
    if not held:
        return np.zeros(tile.cells.shape, dtype=bool)
    painted = features.rasterize(
        held, tile.cells.shape, transform=tile.transform, all_touched=all_touched, dtype="uint8"
    )
    return painted.view(bool)


def mean_width_m(areas: Geometries) -> np.ndarray:
    """About how wide areas are, metres: twice the area over the outline (a degree taken as that of the middle)."""
    middle = shapely.bounds(areas)[:, [1, 3]].mean(axis=1)
    # a degree of longitude and of latitude differ: the length of an outline is taken with their mean
    east, north = 111_320.0 * np.cos(np.radians(middle)), 111_000.0
    length = shapely.length(areas) * np.sqrt(east * north)
    return np.where(length > 0, 2 * shapely.area(areas) * east * north / np.where(length > 0, length, 1), 0.0)
