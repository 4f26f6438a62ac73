"""The ground of an area cell by cell, without polygons: cells within the same limits are alike, and one of each kind is screened.

The limits are those at which polygons are cut (:mod:`geo.availability.limits`), but painted: a cell is asked about at its middle, in true metres.
Where the features of a layer differ in half width, which of them is nearer tells cells apart too.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.availability.classes import classify_ground
from geo.availability.ground import Ground, area_limits
from geo.availability.limits import Doubts, Limit, border_limits, find_limits
from geo.availability.nearer import Nearer
from geo.availability.screening import Setting, screen_places
from geo.availability.use import Use
from geo.datums import UNDECLARED_SHIFT_M
from geo.rasters.alike import AnyMask, Kinds
from geo.rasters.grid import Grid, Tile
from geo.rasters.shapes import CellShapes, Mask, NearerMask
from geo.terms import Datum

#: Kinds screened at once: what is found about each of many rules is held in memory.
BATCH = 500
Numbers = npt.NDArray[np.uint32]


@dataclass
class _Kind:
    """A kind of ground: its row of the area, the cell that is screened for it, whether that lies amid its like; hectares by cells."""

    row: int
    cell: shapely.Geometry
    amid: bool
    hectares: float = 0.0


class GroundCells:
    """Kinds of ground for a use in an area (:func:`geo.availability.area.find_area`), numbered from 1 as tiles are looked at; 0 = outside."""

    def __init__(self, use: Use, area: gpd.GeoDataFrame, setting: Setting, grid: Grid) -> None:
        self.use, self.area, self.setting, self.grid = use, area, setting, grid
        limits, _ = area_limits(use, area, setting)
        painted = _painted(limits)
        #: Of a limit's mask the places of the rules that it is of: where none of them holds, it tells nothing apart.
        self._places: dict[AnyMask, list[AnyMask]] = {
            painted[key]: [painted[border] for border in borders]
            for key, borders in _borders_of(use, area, setting).items()
            if key in painted and all(border in painted for border in borders)
        }
        self._rows = [
            Mask(CellShapes(np.array([part], dtype=object), 0.0), "inside") for part in area.geometry
        ]
        self._masks: list[AnyMask] = [*dict.fromkeys(painted.values())]
        self._kinds: list[_Kind] = []
        self._numbers: dict[tuple[int, bytes], int] = {}

    def look(self, tile: Tile) -> Numbers:
        """The numbers of the kinds of a tile's cells."""
        kinds = Kinds(tile, self._rows)
        row = np.full(kinds.count, -1)
        for number, mask in enumerate(self._rows):
            row[kinds.ask(mask)] = number
        if (row < 0).all():
            return np.zeros(tile.cells.shape, dtype=np.uint32)
        places = {place for held in self._places.values() for place in held}
        kinds.add(places)
        holding = {place for place in places if kinds.ask(place).any()}
        # a limit of rules that hold nowhere in the tile is not painted
        idle = {mask for mask, held in self._places.items() if held and holding.isdisjoint(held)}
        kinds.add(mask for mask in self._masks if mask not in idle)
        row = np.full(kinds.count, -1)
        for number, mask in enumerate(self._rows):
            row[kinds.ask(mask)] = number
        hectares = self._hectares(kinds)
        numbers = np.zeros(kinds.count, dtype=np.uint32)
        at_row, at_column, amid = kinds.examples()
        middles = tile.cells.middles(at_row, at_column)
        for kind, signature in enumerate(self._signatures(kinds, idle)):
            if row[kind] < 0:
                continue
            key = (int(row[kind]), signature)
            if key not in self._numbers:
                self._kinds.append(_Kind(key[0], shapely.Point(middles[kind]), bool(amid[kind])))
                self._numbers[key] = len(self._kinds)
            held = self._kinds[self._numbers[key] - 1]
            if amid[kind] and not held.amid:
                held.cell, held.amid = shapely.Point(middles[kind]), True
            held.hectares += float(hectares[kind])
            numbers[kind] = self._numbers[key]
        return numbers[kinds.labels]

    def _signatures(self, kinds: Kinds, idle: set[AnyMask]) -> list[bytes]:
        """Of each kind what the limits say that count there: kinds of two tiles with the same signature are one."""
        said = np.zeros((len(self._masks), kinds.count), dtype=bool)
        for number, mask in enumerate(self._masks):
            if mask in idle:
                continue
            said[number] = kinds.ask(mask)
            if self._places.get(mask):
                said[number] &= np.any([kinds.ask(place) for place in self._places[mask]], axis=0)
        packed = np.packbits(said, axis=0)
        return [packed[:, kind].tobytes() for kind in range(kinds.count)]

    def screen(self) -> gpd.GeoDataFrame:
        """What is said of each kind found so far, a row a kind (:data:`geo.availability.frames.AVAILABILITY`), hectares by cells.

        The geometry is the middle of the cell that was screened. Kinds alike but for the county are screened once.
        """
        first: dict[bytes, int] = {}
        place = np.empty(len(self._kinds), dtype=np.int64)
        chosen: list[_Kind] = []
        for (_, signature), number in self._numbers.items():
            kind = self._kinds[number - 1]
            if signature not in first:
                first[signature] = len(chosen)
                chosen.append(kind)
            elif kind.amid and not chosen[first[signature]].amid:
                chosen[first[signature]] = kind
            place[number - 1] = first[signature]
        own = np.array([kind.cell for kind in self._kinds], dtype=object)
        rows = np.array([kind.row for kind in self._kinds], dtype=np.int64)
        parts = []
        for begin in range(0, len(chosen), BATCH):
            cells = np.array([kind.cell for kind in chosen[begin : begin + BATCH]], dtype=object)
            screened = screen_places(self.use, cells, self.setting)
            held = np.flatnonzero((place >= begin) & (place < begin + BATCH))
            part = classify_ground(Ground(own[held], rows[held], place[held] - begin, screened), self.area)
            parts.append(part.set_index(held))
        said = pd.concat(parts).sort_index()
        said["area_ha"] = [kind.hectares for kind in self._kinds]
        return said

    def _hectares(self, kinds: Kinds) -> npt.NDArray[np.float64]:
        top = int(kinds.tile.window.row_off)
        areas = self.grid.cell_areas_m2[top : top + kinds.tile.cells.rows] / 10_000
        weights = np.repeat(areas, kinds.tile.cells.columns)
        return np.bincount(kinds.labels.ravel(), weights=weights, minlength=kinds.count).astype(np.float64)


def _painted(limits: Iterable[Limit | Nearer]) -> dict[Hashable, AnyMask]:
    """Of each limit the mask that paints it; the same features are painted once for all limits about them."""
    shapes: dict[Hashable, CellShapes] = {}
    masks: dict[Hashable, AnyMask] = {}
    for limit in limits:
        if isinstance(limit, Nearer):
            masks[limit.key] = NearerMask(CellShapes(limit.features, 0.0), CellShapes(limit.others, 0.0))
            continue
        what, which = cast("tuple[Hashable, ...]", limit.key)[:2]  # the metres aside, the same features
        key = (what, which, limit.joined)
        if key not in shapes:
            shapes[key] = CellShapes(np.asarray(limit.features, dtype=object), 0.0, limit.joined)
        masks[limit.key] = Mask(shapes[key], "reach", limit.metres)
    return masks


def _borders_of(use: Use, area: gpd.GeoDataFrame, setting: Setting) -> dict[Hashable, list[Hashable]]:
    """Of each limit the outermost borders of the rules it is of: beyond them, doubt counted, they are about nothing. None of borders themselves."""
    sites = use.sites(area.geometry.to_numpy())
    scope = setting.scope(sites)
    zones = setting.zones(sites, scope, moved_m=1.0)
    shift = UNDECLARED_SHIFT_M if use.datum == Datum.UNDECLARED else 0.0
    doubts = Doubts(use.accuracy_m, shift, setting.confidence)
    found: dict[Hashable, list[Hashable]] = {}
    everywhere: set[Hashable] = set()
    for rule in setting.rules_of(scope):
        borders = [
            limit.key for limit in border_limits(tuple(rule.jurisdiction.adcode), setting.catalog, doubts)
        ]
        own = zones[zones["rule_id"] == rule.id]
        for limit in find_limits([rule], own, setting.catalog, setting.on, doubts):
            if not borders:
                everywhere.add(limit.key)
            elif limit.key not in borders:
                found.setdefault(limit.key, []).append(borders[-1])
    return {key: held for key, held in found.items() if key not in everywhere}
