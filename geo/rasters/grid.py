"""Grids of cells in longitude and latitude: where they lie, their windows, the true size of a cell.

A grid has whole fractions of a degree as cells, and edges at multiples of them, so that grids of the same resolution lie on
one another: 10 m is a third of an arc second of latitude (10.3 m), 30 m is one (30.8 m); east to west a cell is as many
seconds wide, in Shanxi four fifths of its height.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from rasterio import Affine
from rasterio.windows import Window

from geo.errors import RunError
from geo.index import Cells
from geo.rasters.resolution import SECOND_M
from geo.space import INVERSE_FLATTENING as _RF
from geo.space import SEMI_MAJOR_M, WORKING_CRS, Floats, metres_per_degree

#: Cells of a window, either way: a window of all that is computed at once takes some megabytes.
TILE = 1024
#: More cells than this would take hours.
MOST_CELLS = 4_000_000_000


@dataclass(frozen=True)
class Grid:
    """Cells of EPSG:4490: ``per_second`` of them an arc second (a fraction for wider ones), from the cell edges ``left`` and ``top``.

    ``left`` and ``top`` count cells eastward from Greenwich and northward from the equator.
    """

    per_second: float
    left: int
    top: int
    columns: int
    rows: int

    @classmethod
    def over(cls, area: shapely.Geometry, resolution_m: float) -> Grid:
        """The grid that holds an area (longitude, latitude), its cells about ``resolution_m`` metres.

        >>> grid = Grid.over(shapely.box(111, 35, 111.5, 35.25), 10.0)
        >>> grid.per_second, grid.columns, grid.rows, round(grid.height_m, 1)
        (3.0, 5400, 2700, 10.3)
        """
        cells = SECOND_M / resolution_m
        # whole cells a second, or whole seconds a cell
        per_second = float(max(1, round(cells))) if cells >= 0.75 else 1.0 / max(1, round(1.0 / cells))
        each = 3600.0 * per_second
        west, south, east, north = area.bounds
        left, right = math.floor(west * each + 1e-6), math.ceil(east * each - 1e-6)
        bottom, top = math.floor(south * each + 1e-6), math.ceil(north * each - 1e-6)
        grid = cls(per_second, left, top, max(1, right - left), max(1, top - bottom))
        if grid.columns * grid.rows > MOST_CELLS:
            raise RunError(
                f"栅格有 {grid.columns * grid.rows / 1e8:,.0f} 亿个像元，太多；用 --resolution 放大像元"
            )
        return grid

    @property
    def crs(self) -> str:
        """Longitude, latitude of CGCS2000."""
        return WORKING_CRS

    @property
    def step_deg(self) -> float:
        """Side of a cell, degrees."""
        return 1.0 / (3600.0 * self.per_second)

    @property
    def transform(self) -> Affine:
        """From columns and rows to longitude and latitude."""
        return self._transform(0, 0)

    def _transform(self, row: int, column: int) -> Affine:
        each = 3600.0 * self.per_second
        return Affine(1 / each, 0, (self.left + column) / each, 0, -1 / each, (self.top - row) / each)

    @property
    def height_m(self) -> float:
        """Height of a cell at the grid's middle, metres."""
        _, north = metres_per_degree((self.top - self.rows / 2) * self.step_deg)
        return float(north) * self.step_deg

    @property
    def diagonal_m(self) -> float:
        """From corner to corner of a cell at the grid's middle, metres."""
        east, north = metres_per_degree((self.top - self.rows / 2) * self.step_deg)
        return math.hypot(float(east), float(north)) * self.step_deg

    @property
    def cell_areas_m2(self) -> Floats:
        """Of every row, the area of one of its cells on the ellipsoid, square metres."""
        edges = np.arange(self.top, self.top - self.rows - 1, -1, dtype=np.float64)
        return -np.diff(area_to_equator_m2(edges * self.step_deg, self.step_deg))

    def tiles(self, area: shapely.Geometry | None = None) -> Iterator[Tile]:
        """The grid in windows, row by row; only those that meet an area, where one is given."""
        for row in range(0, self.rows, TILE):
            for column in range(0, self.columns, TILE):
                height, width = min(TILE, self.rows - row), min(TILE, self.columns - column)
                at = self._transform(row, column)
                cells = Cells(at.c, at.f, at.a, -at.e, height, width)
                tile = Tile(Window(column, row, width, height), cells, at)
                if area is None or shapely.intersects(area, tile.box):
                    yield tile


@dataclass(frozen=True)
class Tile:
    """A window of a grid."""

    window: Window
    cells: Cells
    transform: Affine

    @property
    def box(self) -> shapely.Geometry:
        """Its outline, longitude and latitude."""
        c = self.cells
        return shapely.box(c.west, c.north - c.rows * c.step_y, c.west + c.columns * c.step_x, c.north)


def area_to_equator_m2(lat: Floats, width_deg: float) -> Floats:
    """The area on the ellipsoid between the equator and latitudes, ``width_deg`` degrees wide, square metres.

    >>> south, north = area_to_equator_m2(np.array([35.0, 36.0]), 1.0)
    >>> round(float(north - south) / 1e6, 1)
    10066.3
    """
    e2 = (2 - 1 / _RF) / _RF
    e, sine = math.sqrt(e2), np.sin(np.radians(lat))
    zone = sine / (1 - e2 * sine**2) + np.arctanh(e * sine) / e
    return np.asarray(SEMI_MAJOR_M**2 * (1 - e2) / 2 * math.radians(width_deg) * zone)
