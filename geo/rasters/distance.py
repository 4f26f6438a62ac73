"""The distance of every cell from the lines that rules measure from, in true metres."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import shapely

from geo.rasters.grid import Tile
from geo.rasters.shapes import CellShapes
from geo.rasters.states import RuleCells
from geo.rule import Rule
from geo.terms import Measure

#: Distances are kept to an eighth of a metre: it halves the file, and a cell is wider than that anyway.
STEP_M = 0.125
#: Of cells outside the area.
NOWHERE = -1.0


class Distances:
    """Distance to the nearest line of all those that rules of distance surely measure from; 0 inside a water body.

    Demonstration layers are left out: ``layer_keys`` says which layers were measured from.
    """

    def __init__(self, rules: Iterable[Rule], cells: RuleCells) -> None:
        held: dict[int, tuple[str, np.ndarray]] = {}
        for rule in rules:
            if rule.measure is Measure.WITHIN_DISTANCE:
                for layer, shapes in cells.reference_shapes(rule):
                    if not layer.demo:
                        held[id(shapes)] = (layer.key, shapes.geometries)
        self.layer_keys = sorted({key for key, _ in held.values()})
        every = [geometry for _, geometries in held.values() for geometry in geometries]
        distinct = list({shapely.to_wkb(geometry): geometry for geometry in every}.values())
        self._shapes = CellShapes(np.array(distinct, dtype=object), 0.0)
        self._area = CellShapes(np.array([cells.area], dtype=object), 0.0)

    def __bool__(self) -> bool:
        return len(self._shapes.geometries) > 0

    def paint(self, tile: Tile) -> npt.NDArray[np.float32]:
        """Metres from the middle of every cell; :data:`NOWHERE` outside the area."""
        metres = self._shapes.away_m(tile)
        metres = (np.round(metres / STEP_M) * STEP_M).astype(np.float32)
        metres[~np.broadcast_to(self._area.inside(tile), metres.shape)] = NOWHERE
        return metres
