"""Reference features seen cell by cell: what lies inside, within a limit, or is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely
from rasterio import features

from geo.index import JOINABLE, ReferenceIndex
from geo.index.cells import Bools
from geo.rasters.grid import Tile
from geo.space import Geometries, metres_per_degree

Question = Literal["inside", "touched", "within", "reach"]


@dataclass(eq=False)
class CellShapes:
    """Features (longitude, latitude) that answer for the cells of a tile.

    A cell is asked about at its middle. Features narrower than ``narrow_m`` (a cell from corner to corner) and all lines
    have every cell that they touch as well: none is lost between two middles.
    """

    geometries: Geometries
    narrow_m: float
    #: Whether adjoining areas have no edge between them.
    joined: bool = True
    #: The tile last measured from its middle, and how far that was: several limits are asked of one tile.
    _measured: tuple[Tile, float] | None = field(default=None, repr=False)

    @cached_property
    def index(self) -> ReferenceIndex:
        """The features, ready to be measured from."""
        return ReferenceIndex(self.geometries)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.geometries)

    @cached_property
    def _edges(self) -> ReferenceIndex:
        """The features with the seams between adjoining areas gone: a seam is no way out."""
        if self.joined and self.index.is_area and 1 < len(self.index) <= JOINABLE:
            return ReferenceIndex(np.array([self.index.outline], dtype=object))
        return self.index

    @cached_property
    def is_area(self) -> bool:
        """Whether all features are polygons."""
        return self.index.is_area

    @cached_property
    def _narrow(self) -> Geometries:
        areas = self.geometries[shapely.get_dimensions(self.geometries) == 2]
        return areas[mean_width_m(areas) < self.narrow_m]

    @property
    def painting_work(self) -> int:
        """What painting these features has taken so far (:attr:`geo.index.ReferenceIndex.painting_work`)."""
        indexes = {id(index): index for index in (self.index, self._edges)}
        return sum(index.painting_work for index in indexes.values())

    def mask(self, question: Question, metres: float = 0.0) -> Mask:
        """Which cells lie in a polygon (of narrow ones every cell that they touch), are touched by any feature, lie within
        so many metres of an edge, or are reached: within so many metres of a feature, less than nothing being so deep inside one."""
        return Mask(self, question, metres)

    def inside(self, tile: Tile) -> Bools | bool:
        """Cells in a polygon; of narrow ones every cell that they touch."""
        near = self._near(tile)
        if len(near) == 0:
            return False
        if shapely.covers(near, tile.box).any():
            return True
        found = self.index.paint_inside(tile.cells)
        if found is None:
            found = burned(near[shapely.get_dimensions(near) == 2], tile)
        narrow = self._narrow
        if len(narrow):
            found = found | burned(narrow[shapely.intersects(narrow, tile.box)], tile, all_touched=True)
        return plain(found)

    def touched(self, tile: Tile) -> Bools | bool:
        """Cells that any feature touches."""
        near = self._near(tile)
        return plain(burned(near, tile, all_touched=True)) if len(near) else False

    def within(self, tile: Tile, limit_m: float) -> Bools | bool:
        """Cells within a limit of an edge."""
        if limit_m < 0 or len(self.geometries) == 0:
            return False
        middle, radius_m = about(tile)
        if self._measured is None or self._measured[0] is not tile:
            self._measured = tile, float(self._edges.nearest_edge(middle).distance_m[0])
        away = self._measured[1]
        if away > limit_m + radius_m:
            return False
        return True if away + radius_m <= limit_m else plain(self._edges.paint_within(tile.cells, limit_m))

    def reached(self, tile: Tile, metres: float) -> Bools | bool:
        """Cells within so many metres of a feature or in it; of less than nothing those deeper than that inside one."""
        inside = self.inside(tile)
        if metres == 0 or inside is (metres > 0):
            return inside
        edge = self.within(tile, abs(metres))
        if isinstance(edge, bool):
            return metres > 0 if edge else inside
        if metres > 0:
            return plain(edge | inside)
        return plain(~edge & inside)

    def away_m(self, tile: Tile) -> npt.NDArray[np.float32]:
        """How far each cell is from the nearest feature, metres; 0 inside."""
        metres = self.index.paint_distance(tile.cells)
        metres[np.broadcast_to(self.inside(tile), metres.shape)] = 0.0
        return metres

    def nearer(self, tile: Tile, other: CellShapes) -> Bools | bool:
        """Cells nearer to these features than to others."""
        middle, radius_m = about(tile)
        ahead = float(other.index.nearest(middle).distance_m[0] - self.index.nearest(middle).distance_m[0])
        if abs(ahead) > 2 * radius_m:
            return ahead > 0
        return plain(self.away_m(tile) < other.away_m(tile))

    def _near(self, tile: Tile) -> Geometries:
        rows = self._tree.query(tile.box, predicate="intersects")
        return self.geometries[np.sort(rows)]


@dataclass(frozen=True)
class Mask:
    """A question that tells cells apart, about some features."""

    shapes: CellShapes
    question: Question
    metres: float = 0.0

    def paint(self, tile: Tile) -> Bools | bool:
        """The cells of a tile for which it holds; one answer where it holds for all or for none."""
        if self.question == "within":
            return self.shapes.within(tile, self.metres)
        if self.question == "reach":
            return self.shapes.reached(tile, self.metres)
        ways: dict[str, Callable[[Tile], Bools | bool]] = {
            "inside": self.shapes.inside,
            "touched": self.shapes.touched,
        }
        return ways[self.question](tile)


@dataclass(frozen=True)
class NearerMask:
    """Which of two groups of features is the nearer one."""

    shapes: CellShapes
    other: CellShapes

    def paint(self, tile: Tile) -> Bools | bool:
        """The cells of a tile that are nearer to the first."""
        return self.shapes.nearer(tile, self.other)


def plain(found: Bools) -> Bools | bool:
    """One answer for all cells, where they have but one.

    >>> plain(np.array([True, True])), plain(np.array([True, False])).tolist()
    (True, [True, False])
    """
    first = bool(found.flat[0])
    return first if bool(found.all() if first else not found.any()) else found


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


def about(tile: Tile) -> tuple[Geometries, float]:
    """The middle of a tile, and how far from it the farthest of its cells lies, metres."""
    west, south, east, north = tile.cells.bounds
    across, _ = metres_per_degree(min(abs(south), abs(north)))
    _, up = metres_per_degree(max(abs(south), abs(north)))
    radius = np.hypot((east - west) / 2 * float(across), (north - south) / 2 * float(up))
    middle = shapely.Point((west + east) / 2, (south + north) / 2)
    return np.array([middle], dtype=object), float(radius) * 1.0001
