"""Nearest segments, containment and common areas through compiled walks of box hierarchies."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from geo.index.area_walks import containing_features
from geo.index.asking import curve_order
from geo.index.boxes import FAN, BoxTree, Forest, build_forest, build_tree, grow_forest
from geo.index.cells import Bools, Cells
from geo.index.common_areas import common_areas
from geo.index.distance_painting import paint_distance
from geo.index.kept import Arrays, Kept
from geo.index.painting import paint_within
from geo.index.pieces import Ints, segments
from geo.index.places import Places, Plots
from geo.index.point_walks import nearest_to_points
from geo.index.rings import edges_of
from geo.index.scanlines import paint_inside
from geo.index.spans import paint_spans, segments_near
from geo.index.threads import in_runs, in_threads, in_turns
from geo.index.walks import nearest_segments
from geo.space import Floats, Geometries

#: So few sites are not worth a second thread.
_SHARE = 5_000
#: Limits of more cells than this are painted by blocks: beside a dense line every run would be painted many times over.
_SPAN_ROWS = 100
#: So few polygons; and so many boxes of them are shared among threads evenly.
_SHARE_PLOTS, _BOXES = 2_000, 32


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
        (x, y), (next_x, next_y) = self._ends[:-1].T, self._starts[1:].T
        goes_on[:-1] = (x == next_x) & (y == next_y)
        return build_tree(self._starts, self._ends, sort=False), goes_on

    def nearest(self, places: Places, cap_m: float = np.inf) -> tuple[Ints, Floats, Floats]:
        """Per site: the feature of the nearest segment (-1: none within ``cap_m``), and the two nearest points.

        Where site and segment cross, both points are the crossing.
        """
        tree, owner = self._tree
        at = np.full(len(places), -1, dtype=np.int64)
        near = np.full((len(places), 4), np.nan)

        def walk(run: slice) -> None:
            part = places.order[run]
            if places.are_points:
                drawn = (tree.segments, owner, tree.boxes)
                nearest_to_points(places.along[run], part, *drawn, tree.levels, cap_m, at, near)
            else:
                boxes = (tree.boxes, tree.metres, tree.levels)
                nearest_segments(*places.pieces, part, tree.segments, owner, *boxes, cap_m, at, near)

        _ = places.along if places.are_points else places.pieces  # once, not in every thread
        in_runs(walk, len(places), _SHARE)
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
        starts, ends, owner = segments(shapely.orient_polygons(self._polygons))
        return build_forest(starts, ends, owner, len(self._polygons))

    @property
    def is_planted(self) -> bool:
        """Whether the hierarchies of boxes are made."""
        return "_forest" in self.__dict__

    @cached_property
    def _rings(self) -> Forest:
        """The forest as it is drawn, which painting is content with; the sorted one where that is there."""
        return self._forest if self.is_planted else grow_forest(*edges_of(Places(self._polygons).rings))

    def containing(self, points: Floats, order: Ints | None = None) -> Ints:
        """The lowest row of the polygons that hold each point (n, 2) inside, or -1; ``order``: neighbours after one another."""
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

        in_threads(walk, curve_order(points) if order is None else order, _SHARE)
        return found

    def inside(self, cells: Cells, onto: Bools | None = None) -> Bools:
        """Which cells have their middle in a polygon; painted onto what is given."""
        forest = self._rings
        found = _canvas(cells, onto)
        over = forest.over
        walk = (forest.segments, forest.first, forest.boxes, forest.levels)
        features = (over.segments, over.row, over.boxes, over.levels)
        self.work += paint_inside(cells.place, *walk, *features, found)
        return found.view(bool)

    def common_m2(self, places: Places) -> tuple[Ints, Ints, Floats]:
        """Pairs of a footprint and a polygon that have an area in common, and how many square metres of the ellipsoid.

        Of footprints that are not tall: a square degree is taken at the middle of the common part.
        """
        plots, forest = places.plots, self._forest
        trees = (forest.segments, forest.first, forest.boxes, forest.levels)
        features = (forest.over.segments, forest.over.row)
        found: list[tuple[Ints, Floats]] = []
        level = _level_of(plots)

        def walk(run: slice) -> None:
            own = (run.start, run.stop, run.step)
            found.append(common_areas(plots, places.rings, level, own, trees, *features))

        if len(plots.rows):
            _ = places.rings  # once, not in every thread
            count = int(plots.levels[level + 1] - plots.levels[level])
            in_turns(walk, count, max(1, _SHARE_PLOTS // FAN ** (level + 1)))
        pairs = np.concatenate([own for own, _ in found]) if found else np.zeros((0, 2), dtype=np.int64)
        shared = np.concatenate([areas for _, areas in found]) if found else np.zeros(0)
        return pairs[:, 0], pairs[:, 1], shared


def _level_of(plots: Plots) -> int:
    """The uppermost level of boxes that can be shared among threads evenly."""
    counts = np.diff(plots.levels)
    return int(np.flatnonzero(counts >= _BOXES)[-1:].sum())


def _canvas(cells: Cells, onto: Bools | None) -> npt.NDArray[np.uint8]:
    return np.zeros(cells.shape, dtype=np.uint8) if onto is None else onto.view(np.uint8)
