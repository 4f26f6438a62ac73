"""The ground within a limit of a reference or inside of it, planted once and asked about many places.

>>> ring = shapely.box(111.0, 35.0, 111.1, 35.1)
>>> ground = NearGround(np.array([ring]), 100.0)
>>> metres = 91_288.0  # a degree of longitude at 35 degrees north
>>> east = np.array([[111.1 + off / metres, 35.05] for off in (-5000, -99, 0, 99, 101)])
>>> ground.of(east).tolist()  # inside, near, near, near, beyond
[2, 1, 1, 1, 0]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geo.index.asking import IS_BEYOND, IS_INSIDE, IS_NEAR, IS_OPEN, Grid, ask_within, seen_from_above
from geo.index.boxes import hilbert_order
from geo.index.cells import Bools
from geo.index.kept import Arrays, Kept
from geo.index.pieces import Ints, segments
from geo.index.places import Places
from geo.index.planting import DEEPEST, SPLIT, plant
from geo.index.threads import in_runs
from geo.space import Floats, Geometries

__all__ = ["IS_BEYOND", "IS_INSIDE", "IS_NEAR", "IS_OPEN", "NearGround"]

#: So few places are not worth a second thread.
_SHARE = 50_000
_METRES_A_DEGREE = 50_000  # no degree is shorter up to 63 degrees north
_ARRAYS = ("nodes", "leaf_first", "leaf_segments", "leaf_at", "leaf_inside")


class NearGround:
    """What lies within ``limit_m`` metres of lines and rings, and what inside of polygons (valid ones).

    The answer of a place: IS_BEYOND, IS_NEAR (within the limit of a line or ring), IS_INSIDE (of a polygon, farther
    than the limit from every ring) or IS_OPEN, where a plane cannot tell: some millimetres about the limit.
    """

    def __init__(self, geometries: Geometries, limit_m: float, kept: Kept | None = None) -> None:
        oriented = shapely.orient_polygons(geometries)
        starts, ends, owner = segments(oriented)
        order = hilbert_order((starts + ends) / 2)
        self._segments = np.ascontiguousarray(np.hstack([starts, ends])[order])
        self._winds = np.isin(shapely.get_type_id(geometries), (3, 6))[owner][order]
        self._limit_m = float(limit_m)
        # the plane of a pair of points is off by some 5 cm at 30 km, growing with the cube of the distance
        self._doubt_m = 0.002 + 0.2 * (limit_m / 30_000.0) ** 3
        low = self._segments.reshape(-1, 2).min(axis=0)
        high = self._segments.reshape(-1, 2).max(axis=0)
        margin = limit_m / _METRES_A_DEGREE + 1e-3
        side = float((high - low).max()) + 2 * margin
        west, south = (low - margin).tolist()
        #: Segments compared in planting; none where the ground was kept.
        self.compared = 0

        def planted() -> Arrays:
            *made, self.compared = plant(self._segments, self._winds, west, south, side, self._limit_m)
            return dict(zip(_ARRAYS, made, strict=True))

        content = (self._segments, self._winds)
        arrays = planted() if kept is None else kept.arrays(f"ground {limit_m!r}", content, planted)
        whole = float(SPLIT) ** (DEEPEST + 1)
        self._grid = Grid(
            west, south, whole / side, whole, 2 * (DEEPEST + 1), seen_from_above(arrays["nodes"]), **arrays
        )

    @staticmethod
    def plantable(geometries: Geometries) -> bool:
        """Whether all of it can be told: collections that mix polygons with lines cannot, nor what lies far north."""
        if len(geometries) == 0 or shapely.is_empty(geometries).all():
            return False
        mixed = (shapely.get_type_id(geometries) == 7) & (shapely.get_dimensions(geometries) == 2)
        return not mixed.any() and bool(np.abs(shapely.total_bounds(geometries)[[1, 3]]).max() < 60.0)

    def of(self, places: Places | Floats) -> npt.NDArray[np.uint8]:
        """The answer of each place, or of each point (n, 2)."""
        return self.asked(places)[0]

    def near_or_inside(self, places: Places) -> tuple[Bools, Ints]:
        """Whether each place is either, and the rows of those that are open."""
        found, _, opened = self.asked(places, IS_NEAR)
        open_ = np.flatnonzero(found == IS_OPEN) if opened else np.zeros(0, dtype=np.int64)
        found[open_] = IS_BEYOND
        return found.view(bool), open_

    def asked(
        self, places: Places | Floats, inside_is: int = IS_INSIDE
    ) -> tuple[npt.NDArray[np.uint8], int, int]:
        """The answers (``inside_is`` for those inside), how many segments were compared for them, and how many are open."""
        if isinstance(places, Places):
            points, target = places.along, places.order
        else:
            points, target = np.ascontiguousarray(places), np.arange(len(places))
        found = np.zeros(len(points), dtype=np.uint8)
        work: list[tuple[int, int]] = []

        def ask(part: slice) -> None:
            drawn = (self._grid, self._segments, self._winds, self._limit_m, self._doubt_m)
            work.append(ask_within(points[part], target[part], *drawn, inside_is, found))

        in_runs(ask, len(points), _SHARE)
        return found, sum(compared for compared, _ in work), sum(opened for _, opened in work)
