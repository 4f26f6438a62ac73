"""Cells of longitude and latitude, and painting them: which lie within a limit, how far each is from the reference.

A cell is asked about at its middle. Compiled code (:mod:`geo.index.painting`) paints many cells at once; here is the same
without them: blocks that lie wholly within or beyond a limit are settled by the distance of their middle, the others quartered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.index.pieces import Ints
from geo.space import Floats, metres_per_degree

#: Distances (metres) of points given as (n, 2) longitude, latitude.
Distances = Callable[[Floats], Floats]
Bools = npt.NDArray[np.bool_]

#: Beyond 40 km a search in the conformal plane may be some per cent too far.
_SHORT = 0.9


@dataclass(frozen=True)
class Cells:
    """``rows`` by ``columns`` cells from the outer edges ``west`` and ``north`` on; sizes in degrees.

    >>> Cells(111.0, 36.0, 0.5, 0.25, 2, 1).middles(np.array([0, 1]), np.array([0, 0])).tolist()
    [[111.25, 35.875], [111.25, 35.625]]
    """

    west: float
    north: float
    step_x: float
    step_y: float
    rows: int
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def place(self) -> tuple[float, float, float, float]:
        """Outer edges and size of a cell, as compiled code takes them."""
        return self.west, self.north, self.step_x, self.step_y

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        south, east = self.north - self.rows * self.step_y, self.west + self.columns * self.step_x
        return self.west, south, east, self.north

    @property
    def height_m(self) -> float:
        """About how high a cell is, metres."""
        return float(metres_per_degree(self.north)[1]) * self.step_y

    def middles(self, row: Ints | Floats, column: Ints | Floats) -> Floats:
        """Longitude and latitude (n, 2) of the middles of cells; fractions stand for places between."""
        return np.column_stack(
            [self.west + (column + 0.5) * self.step_x, self.north - (row + 0.5) * self.step_y]
        )


def quartered_within(cells: Cells, limit_m: float, distances: Distances) -> Bools:
    """Which cells have their middle within ``limit_m``, by quartering blocks of them."""
    found = np.zeros(cells.shape, dtype=bool)
    side = 1
    while side < max(cells.shape):
        side *= 2
    blocks = np.zeros((1, 2), dtype=np.int64)
    while len(blocks):
        height = np.minimum(side, cells.rows - blocks[:, 0])
        width = np.minimum(side, cells.columns - blocks[:, 1])
        middle = cells.middles(blocks[:, 0] + (height - 1) / 2, blocks[:, 1] + (width - 1) / 2)
        away = distances(middle)
        radius = _radius_m(cells, middle[:, 1], height, width)
        within = (away + radius <= limit_m) if side > 1 else away <= limit_m
        for (row, column), high, wide in zip(blocks[within], height[within], width[within], strict=True):
            found[row : row + high, column : column + wide] = True
        if side == 1:
            break
        open_ = blocks[~within & (_SHORT * (away - radius) <= limit_m)]
        side //= 2
        corners = side * np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        blocks = (open_[:, None, :] + corners[None]).reshape(-1, 2)
        blocks = blocks[(blocks[:, 0] < cells.rows) & (blocks[:, 1] < cells.columns)]
    return found


def every_distance(cells: Cells, distances: Distances) -> npt.NDArray[np.float32]:
    """The distance of the middle of every cell, row by row."""
    columns = np.arange(cells.columns)
    rows = [distances(cells.middles(np.full(cells.columns, row), columns)) for row in range(cells.rows)]
    return np.array(rows, dtype=np.float32).reshape(cells.shape)


def _radius_m(cells: Cells, lat: Floats, height: Ints, width: Ints) -> Floats:
    """No middle of a block's cells is farther from the middle of the block, metres."""
    half_y, half_x = (height - 1) / 2 * cells.step_y, (width - 1) / 2 * cells.step_x
    east, _ = metres_per_degree(np.maximum(np.abs(lat) - half_y, 0.0))
    _, north = metres_per_degree(np.minimum(np.abs(lat) + half_y, 90.0))
    return np.hypot(half_x * east, half_y * north) * 1.000001 + 1e-6
