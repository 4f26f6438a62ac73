"""Cells alike: of whom every mask says the same. What rules say is worked out once for each kind of cell, not for each cell.

A tile has a million cells but rarely more than some hundreds of kinds. So the cost of rules hangs on how many lines cross a tile, and that of a cell
on how many masks tell cells of its tile apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from geo.rasters.grid import Tile
from geo.rasters.shapes import Mask, NearerMask

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
#: So many codes fit into the numbers that cells bear while masks are added.
_MOST = 1 << 16
#: What tells cells apart.
AnyMask = Mask | NearerMask


class Asked(Protocol):
    """Who answers what masks say: a tile's kinds of cells, or a list that only notes what is asked for."""

    @property
    def count(self) -> int:
        """How many kinds of cells."""

    def ask(self, mask: Mask) -> Bools:
        """Of each kind, whether the mask holds its cells."""


class Noted:
    """Notes the masks that some logic asks for: it must ask for the same whatever the answers."""

    count = 1

    def __init__(self) -> None:
        self.masks: dict[Mask, None] = {}

    def ask(self, mask: Mask) -> Bools:
        """Note it."""
        self.masks[mask] = None
        return np.zeros(1, dtype=bool)


def masks_of(logic: Callable[[Asked], object]) -> list[Mask]:
    """The masks that some logic asks for, each once."""
    noted = Noted()
    logic(noted)
    return list(noted.masks)


class Kinds:
    """The kinds of cells of a tile; masks are added one by one, then asked for.

    >>> import shapely
    >>> from geo.rasters.shapes import CellShapes
    >>> from geo.rasters.grid import Grid
    >>> lake = CellShapes(np.array([shapely.box(111.0, 35.9, 111.5, 36.1)]), 0.0)
    >>> (tile,) = Grid.over(shapely.box(111, 35.99, 111.01, 36.0), 309).tiles()
    >>> kinds = Kinds(tile, [lake.mask("inside"), lake.mask("within", 300.0)])
    >>> kinds.count, kinds.labels[0].tolist(), kinds.ask(lake.mask("within", 300.0)).tolist()
    (2, [1, 0, 0, 0], [False, True])
    """

    def __init__(self, tile: Tile, masks: Iterable[AnyMask] = ()) -> None:
        self.tile = tile
        self.count = 1
        #: The kind of each cell, from 0.
        self.labels = np.zeros(tile.cells.shape, dtype=np.uint16)
        self._said: dict[AnyMask, bool | Bools] = {}
        self._waiting: list[AnyMask] = []
        self.add(masks)

    def add(self, masks: Iterable[AnyMask]) -> None:
        """Paint masks; of one that holds all cells or none of them nothing more is kept."""
        for mask in masks:
            if mask not in self._said and mask not in self._waiting:
                self._paint(mask)
        self._settle()

    def ask(self, mask: AnyMask) -> Bools:
        """Of each kind, whether a mask that was added holds its cells."""
        said = self._said[mask]
        return np.full(self.count, said) if isinstance(said, bool) else said

    def _paint(self, mask: AnyMask) -> None:
        painted = mask.paint(self.tile)
        if isinstance(painted, bool):
            self._said[mask] = painted
            return
        if (self.count << (len(self._waiting) + 1)) > _MOST:
            self._settle()
        if self.labels.dtype == np.uint16 and self.count * 2 > _MOST:
            self.labels = self.labels.astype(np.uint32)
        np.left_shift(self.labels, 1, out=self.labels)
        np.bitwise_or(self.labels, painted.view(np.uint8), out=self.labels)
        self._waiting.append(mask)

    def _settle(self) -> None:
        """Number the kinds anew, without gaps."""
        added = len(self._waiting)
        if not added:
            return
        held = np.bincount(self.labels.ravel(), minlength=self.count << added) > 0
        codes = np.flatnonzero(held)
        number = np.cumsum(held) - 1
        self.labels = number.astype(self.labels.dtype)[self.labels]
        before = codes >> added
        for mask, said in self._said.items():
            if not isinstance(said, bool):
                self._said[mask] = said[before]
        for place, mask in enumerate(reversed(self._waiting)):
            self._said[mask] = (codes >> place & 1).astype(bool)
        self._waiting.clear()
        self.count = len(codes)

    def examples(self) -> tuple[Ints, Ints, Bools]:
        """Of each kind the row and column of a cell, and whether it has cells of its kind on all four sides: of kinds that have one, such a
        cell is taken."""
        labels = self.labels
        same = np.ones(labels.shape, dtype=bool)
        down, across = labels[1:] == labels[:-1], labels[:, 1:] == labels[:, :-1]
        same[1:] &= down
        same[:-1] &= down
        same[:, 1:] &= across
        same[:, :-1] &= across
        found = np.full(self.count, -1, dtype=np.int64)
        flat, inner = labels.ravel(), np.flatnonzero(same)
        found[flat[inner]] = inner
        amid = found >= 0
        if not amid.all():
            rare = np.flatnonzero(~amid[flat])
            found[flat[rare]] = rare
        row, column = np.divmod(found, labels.shape[1])
        return row, column, amid
