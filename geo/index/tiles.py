"""What lies within a distance of the reference, drawn tile by tile: for the area that a footprint has in it.

Tiles are fixed cells of longitude and latitude, drawn when a footprint first asks for one. So what is drawn for
a footprint never depends on which others are asked about beside it.
"""

from __future__ import annotations

import numpy as np
import shapely

from geo.index.places import Places
from geo.index.reference import ReferenceIndex
from geo.space import Floats, Geometries, draw_buffer

#: Width and height of a tile, degrees: some ten kilometres.
TILE_DEG = 0.125


class DrawnTiles:
    """The zone within ``distance_m`` of the features of an index."""

    def __init__(self, index: ReferenceIndex, distance_m: float) -> None:
        self._index, self._distance_m = index, distance_m
        self._drawn: dict[tuple[int, int], ReferenceIndex | None] = {}

    def common_m2(self, sites: Geometries | Places) -> Floats:
        """Square metres of each footprint that lie in the zone, as drawn (:func:`geo.space.draw_buffer`).

        >>> meridian = ReferenceIndex(np.array([shapely.LineString([(111, 34.9), (111, 35.1)])]))
        >>> across = np.array([shapely.box(110.99, 35, 111.01, 35.01)])  # some 912 m to either side, 1110 m high
        >>> round(float(DrawnTiles(meridian, 100.0).common_m2(across)[0]) / 1e4, 1)  # 200 m by 1109.4 m
        22.2
        """
        places = sites if isinstance(sites, Places) else Places(sites)
        total = np.zeros(len(places))
        cells = np.floor(places.boxes / TILE_DEG).astype(int)
        for (west, south, east, north), rows in _alike(cells):
            for column in range(west, east + 1):
                for row in range(south, north + 1):
                    tile = self._tile(column, row)
                    if tile is not None:
                        total[rows] += tile.common_m2(places.only(rows))
        return total

    @staticmethod
    def asked_boxes(sites: Geometries, distance_m: float) -> Floats:
        """The boxes (west, south, east, north) whose features are drawn for each site."""
        cells = np.floor(shapely.bounds(sites) / TILE_DEG)
        return TILE_DEG * (cells + np.array([0, 0, 1, 1])) + _margin_deg(distance_m) * np.array(
            [-1, -1, 1, 1]
        )

    def _tile(self, column: int, row: int) -> ReferenceIndex | None:
        if (column, row) not in self._drawn:
            cell = shapely.box(*(TILE_DEG * np.array([column, row, column + 1, row + 1])))
            margin = _margin_deg(self._distance_m)
            near = self._index.clipped(
                shapely.box(*(np.array(cell.bounds) + margin * np.array([-1, -1, 1, 1])))
            )
            zone = (
                shapely.intersection(draw_buffer(near, self._distance_m), cell) if not near.is_empty else near
            )
            parts = [part for part in shapely.get_parts(zone) if part.geom_type == "Polygon"]
            self._drawn[column, row] = ReferenceIndex(np.array(parts, dtype=object)) if parts else None
        return self._drawn[column, row]


def _margin_deg(distance_m: float) -> float:
    return 1.5 * distance_m / 80_000  # a degree is never shorter than 80 km here


def _alike(cells: np.ndarray) -> list[tuple[tuple[int, int, int, int], np.ndarray]]:
    """Rows by the tiles they lie in."""
    spans, which = np.unique(cells, axis=0, return_inverse=True)
    order = np.argsort(which, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(which[order])) + 1)
    return [(tuple(span.tolist()), rows) for span, rows in zip(spans, groups, strict=True)]
