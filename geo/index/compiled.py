"""Nearest segments, containment and common areas through compiled walks of box hierarchies."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
import shapely

from geo.index.asking import curve_order
from geo.index.boxes import BoxTree, Forest, build_forest, build_tree
from geo.index.cells import Bools, Cells
from geo.index.kept import Arrays, Kept
from geo.index.painting import paint_distance, paint_within
from geo.index.pieces import Ints, pieces_of, segments
from geo.index.places import Places
from geo.index.scanlines import paint_inside, paint_spans, segments_near
from geo.index.walks import common_areas, containing_features, nearest_segments
from geo.space import Floats, Geometries, metres_per_degree

#: So few sites are not worth a second thread.
_SHARE = 20_000
#: Limits of more cells than this are painted by blocks: beside a dense line every run would be painted many times over.
_SPAN_ROWS = 100
#: So few pairs of polygons.
_SHARE_PAIRS = 2_000


class CompiledEdges:
    """Segments, (n, 2) starts and ends in degrees, with the row of the feature that owns each."""

    def __init__(self, starts: Floats, ends: Floats, owner: Ints, kept: Kept | None = None) -> None:
        self._starts, self._ends, self._owner, self._kept = starts, ends, owner, kept
        #: What painting has taken so far: segments compared and runs of cells.
        self.work = 0

    @cached_property
    def _tree(self) -> tuple[BoxTree, Ints]:
        tree = (
            BoxTree(**self._kept.arrays("tree", (self._starts, self._ends), self._built))
            if self._kept is not None
            else build_tree(self._starts, self._ends)
        )
        return tree, self._owner[tree.row]

    def _built(self) -> Arrays:
        return vars(build_tree(self._starts, self._ends))

    @cached_property
    def _chains(self) -> tuple[BoxTree, Bools]:
        """The segments as they are drawn, and whether the next one begins where a segment ends."""
        goes_on = np.zeros(len(self._starts), dtype=bool)
        goes_on[:-1] = (self._ends[:-1] == self._starts[1:]).all(axis=1)
        return build_tree(self._starts, self._ends, sort=False), goes_on

    def nearest(self, sites: Geometries, cap_m: float = np.inf) -> tuple[Ints, Floats, Floats]:
        """Per site: the feature of the nearest segment (-1: none within ``cap_m``), and the two nearest points.

        Where site and segment cross, both points are the crossing.
        """
        tree, owner = self._tree
        pieces, first = pieces_of(sites)
        at = np.full(len(sites), -1, dtype=np.int64)
        near = np.full((len(sites), 4), np.nan)
        # a site without a position has no piece: any place in the order will do
        order = curve_order(np.append(pieces, [[0.0] * 4], axis=0)[first[:-1], :2])

        def walk(part: Ints) -> None:
            nearest_segments(
                pieces,
                first,
                part,
                tree.segments,
                owner,
                tree.boxes,
                tree.metres,
                tree.levels,
                cap_m,
                at,
                near,
            )

        _in_threads(walk, order)
        return np.where(at >= 0, owner[at], -1), near[:, :2], near[:, 2:]

    def within(self, cells: Cells, limit_m: float, onto: Bools | None = None) -> Bools:
        """Which cells have their middle within a limit of a segment; painted onto what is given."""
        if limit_m <= _SPAN_ROWS * cells.height_m:
            return self.within_by_spans(cells, limit_m, onto)
        return self.within_by_blocks(cells, limit_m, onto)

    def within_by_spans(self, cells: Cells, limit_m: float, onto: Bools | None = None) -> Bools:
        """As :meth:`within`, segment by segment, each its run of cells in every row."""
        tree, goes_on = self._chains
        found = _canvas(cells, onto)
        held = np.empty(len(tree.segments), dtype=np.int64)
        walk = (tree.segments, tree.boxes, tree.metres, tree.levels)
        count = segments_near(*cells.bounds, limit_m, *walk, held)
        self.work += count + paint_spans(*cells.place, limit_m, tree.segments, goes_on, held[:count], found)
        return found.view(bool)

    def within_by_blocks(self, cells: Cells, limit_m: float, onto: Bools | None = None) -> Bools:
        """As :meth:`within`, block by block: those wholly within or beyond are settled at once."""
        tree, _ = self._tree
        found = _canvas(cells, onto)
        walk = (tree.segments, tree.boxes, tree.metres, tree.levels)
        self.work += paint_within(*cells.place, limit_m, *walk, found)
        return found.view(bool)

    def distances(self, cells: Cells) -> npt.NDArray[np.float32]:
        """Metres from the middle of every cell to the nearest segment."""
        tree, _ = self._tree
        found = np.empty(cells.shape, dtype=np.float32)
        self.work += paint_distance(*cells.place, tree.segments, tree.boxes, tree.metres, tree.levels, found)
        return found


class CompiledAreas:
    """Polygons (rings as drawn) that answer which of them hold a point, and how much of a site."""

    def __init__(self, polygons: Geometries) -> None:
        self._polygons = polygons
        #: What painting has taken so far: crossings of edges and rows of cells.
        self.work = 0

    @cached_property
    def _forest(self) -> Forest:
        return self._planted(sort=True)

    @cached_property
    def _rings(self) -> Forest:
        """The forest as it is drawn, which painting is content with; the sorted one where that is there."""
        return self._forest if "_forest" in self.__dict__ else self._planted(sort=False)

    def _planted(self, sort: bool) -> Forest:
        starts, ends, owner = segments(shapely.orient_polygons(self._polygons))
        return build_forest(starts, ends, owner, len(self._polygons), sort)

    def containing(self, points: Floats) -> Ints:
        """The lowest row of the polygons that hold each point (n, 2) inside, or -1."""
        forest = self._forest
        found = np.full(len(points), -1, dtype=np.int64)

        def walk(part: Ints) -> None:
            inside = np.empty(len(part), dtype=np.int64)
            containing_features(
                points[part],
                forest.segments,
                forest.first,
                forest.boxes,
                forest.levels,
                forest.over.segments,
                forest.over.row,
                forest.over.boxes,
                forest.over.levels,
                inside,
            )
            found[part] = inside

        _in_threads(walk, curve_order(points))
        return found

    def inside(self, cells: Cells) -> Bools:
        """Which cells have their middle in a polygon."""
        forest = self._rings
        found = np.zeros(cells.shape, dtype=np.uint8)
        over = forest.over
        walk = (forest.segments, forest.first, forest.boxes, forest.levels)
        features = (over.segments, over.row, over.boxes, over.levels)
        self.work += paint_inside(cells.place, *walk, *features, found)
        return found.view(bool)

    def common_m2(self, places: Places, site: Ints, polygon: Ints) -> Floats:
        """Square metres on the ellipsoid that the pairs of site and polygon have in common.

        Of footprints that are not tall: a square degree is taken at the middle of the common part.
        """
        forest = self._forest
        pieces, first = places.rings
        boxes = places.boxes
        shared = np.zeros((len(site), 2))

        def walk(part: Ints) -> None:
            own = np.zeros((len(part), 2))
            common_areas(
                pieces,
                first,
                boxes,
                site[part],
                polygon[part],
                forest.segments,
                forest.first,
                forest.boxes,
                forest.levels,
                own,
            )
            shared[part] = own

        _in_threads(walk, np.arange(len(site)), _SHARE_PAIRS)
        box = boxes[site]
        noise = 1e-12 * (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
        area = np.where(shared[:, 0] > noise, shared[:, 0], 0.0)
        middle = boxes[site, 1] + np.where(area > 0, shared[:, 1] / np.where(area > 0, area, 1.0), 0.0)
        east, north = metres_per_degree(middle)
        return area * east * north


def _canvas(cells: Cells, onto: Bools | None) -> npt.NDArray[np.uint8]:
    return np.zeros(cells.shape, dtype=np.uint8) if onto is None else onto.view(np.uint8)


def _in_threads(walk, order: Ints, share: int = _SHARE) -> None:  # type: ignore[no-untyped-def]
    """The walks let go of the interpreter: each processor takes a run of neighbours."""
    parts = max(1, min(os.cpu_count() or 1, len(order) // share))
    if parts == 1:
        walk(order)
        return
    list(threads().map(walk, np.array_split(order, parts)))


def threads() -> ThreadPoolExecutor:
    """Threads for code that lets go of the interpreter, kept: references are asked one after the other."""
    return _threads_of(os.getpid())


@cache
def _threads_of(process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count())
