"""ReferenceIndex: reference features that answer in true metres, by whichever engine there is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.index.cells import Bools, Cells
from geo.index.pieces import Ints, corners, segments
from geo.index.planar import PlanarEdges
from geo.space import Floats, Geometries, area_m2, geodesic_m

#: More areas than this are not joined for the depth inside them: it is then that in one area.
JOINABLE = 5_000
#: A footprint higher than this (degrees) has no one length of a degree: its areas are cut out and measured.
TALLEST_DEG = 0.2


@cache
def engine() -> str:
    """``compiled`` where numba is installed, else ``planar``; ``HONGXIAN_ENGINE`` chooses. Both give the same answers."""
    wanted = os.environ.get("HONGXIAN_ENGINE", "")
    return wanted or ("compiled" if find_spec("numba") else "planar")


def _compiled() -> Any:
    """Only where it is asked for: numba takes half a second to import."""
    return import_module("geo.index.compiled")


@dataclass(frozen=True)
class Nearest:
    """Per site: distance to the reference (0 where they meet), feature row, the two nearest points.

    ``feature`` is -1 and ``distance_m`` infinite where there is no reference.
    """

    distance_m: Floats
    feature: Ints
    on_site: Floats
    on_reference: Floats


class ReferenceIndex:
    """Reference features (points, lines, polygons in longitude, latitude), ready to be measured from."""

    def __init__(self, geometries: Geometries, joinable: bool | None = None) -> None:
        self.geometries = np.asarray(geometries, dtype=object)
        #: Whether adjoining areas are joined for the depth inside them; said where these are few of many.
        self._joinable = len(self.geometries) <= JOINABLE if joinable is None else joinable

    def __len__(self) -> int:
        return len(self.geometries)

    @cached_property
    def _features(self) -> shapely.STRtree:
        return shapely.STRtree(self.geometries)

    @cached_property
    def _edges(self) -> Any:
        pieces = segments(self.geometries)
        if len(pieces[0]) == 0:
            return None
        return _compiled().CompiledEdges(*pieces) if engine() == "compiled" else PlanarEdges(*pieces)

    @cached_property
    def _areas(self) -> Any:
        """Polygons among the features, compiled; with the rows they have here."""
        rows = np.flatnonzero(shapely.get_dimensions(self.geometries) == 2)
        return rows, _compiled().CompiledAreas(self.geometries[rows]) if len(rows) else None

    @cached_property
    def _corner_tree(self) -> shapely.STRtree:
        """One corner of every part of every feature: a part that no edge of a site crosses lies in it whole or not at all."""
        parts = shapely.get_parts(self.geometries)
        xy, part = shapely.get_coordinates(parts, return_index=True)
        return shapely.STRtree(shapely.points(xy[np.unique(part, return_index=True)[1]]))

    @cached_property
    def is_area(self) -> bool:
        """Whether the reference has an inside: all its features are polygons."""
        return len(self) > 0 and bool((shapely.get_dimensions(self.geometries) == 2).all())

    @cached_property
    def outline(self) -> shapely.Geometry:
        """All features as one geometry."""
        merged = shapely.union_all(self.geometries)
        shapely.prepare(merged)
        return merged

    @cached_property
    def _joined(self) -> ReferenceIndex:
        """The features with the seams between adjoining areas gone."""
        return ReferenceIndex(np.array([self.outline]))

    def nearest(self, sites: Geometries) -> Nearest:
        """Distance from each site's footprint to the nearest reference feature, true metres."""
        found = self.nearest_edge(sites)
        if len(self) == 0 or len(sites) == 0:
            return found
        points = shapely.get_type_id(sites) == 0
        if engine() == "compiled":
            inside = self._meeting(sites, found.distance_m)
        else:
            inside = np.ones(len(sites), dtype=bool)
        candidates = np.flatnonzero(inside)
        rows, features = self._features.query(sites[candidates], predicate="intersects")
        rows = candidates[rows]
        order = np.lexsort((features, rows))
        met, first = np.unique(rows[order], return_index=True)
        feature = features[order][first]
        at = (
            shapely.get_coordinates(sites[met])[:, :2]
            if points[met].all()
            else self._common_point(sites[met], feature)
        )
        found.distance_m[met] = 0.0
        found.feature[met] = feature
        found.on_site[met] = at
        found.on_reference[met] = at
        return found

    def _common_point(self, sites: Geometries, features: Ints) -> Floats:
        return shapely.get_coordinates(
            shapely.point_on_surface(shapely.intersection(sites, self.geometries[features]))
        )

    def _meeting(self, sites: Geometries, edge_m: Floats) -> npt.NDArray[np.bool_]:
        """Which sites may meet a feature: edges that cross, a site in a feature, a feature in a site."""
        meeting = edge_m <= 1e-6
        areas = self._areas[1]
        if areas is not None:
            parts, owner = shapely.get_parts(sites, return_index=True)
            xy, part = shapely.get_coordinates(parts, return_index=True)
            held = areas.containing(xy[np.unique(part, return_index=True)[1]]) >= 0
            meeting[owner[held]] = True
        polygons = np.flatnonzero((shapely.get_dimensions(sites) == 2) & ~meeting)
        meeting[polygons[self._corner_tree.query(sites[polygons], predicate="intersects")[0]]] = True
        return meeting

    def nearest_edge(self, sites: Geometries) -> Nearest:
        """As :meth:`nearest`, but to the lines and rings themselves, also from inside a polygon.

        Sites may touch the edges, not cross them.
        """
        n = len(sites)
        if n == 0 or self._edges is None:
            nowhere = np.full((n, 2), np.nan)
            return Nearest(np.full(n, np.inf), np.full(n, -1, dtype=np.int64), nowhere, nowhere.copy())
        feature, on_site, on_reference = self._edges.nearest(sites)
        return Nearest(geodesic_m(on_site, on_reference), feature, on_site, on_reference)

    def paint_within(self, cells: Cells, limit_m: float, onto: Bools | None = None) -> Bools:
        """Which cells have their middle within ``limit_m`` metres of a line or ring, as :meth:`nearest_edge` measures; painted
        onto what is given.

        >>> meridian = ReferenceIndex(np.array([shapely.LineString([(111, 34.9), (111, 35.1)])]))
        >>> meridian.paint_within(Cells(110.99, 35.0005, 0.004, 0.001, 1, 5), 400.0).tolist()  # 8, 4, 0, 4, 8 thousandths away
        [[False, True, True, True, False]]
        """
        if self._edges is None or limit_m < 0:
            return np.zeros(cells.shape, dtype=bool) if onto is None else onto
        found: Bools = self._edges.within(cells, limit_m, onto)
        return found

    @property
    def painting_work(self) -> int:
        """What painting has taken so far, when compiled: segments compared, runs of cells, crossings of edges and rows."""
        held = [self.__dict__.get("_edges"), self.__dict__.get("_areas", (None, None))[1]]
        return sum(part.work for part in held if hasattr(part, "work"))

    def paint_inside(self, cells: Cells) -> Bools | None:
        """Which cells have their middle inside a polygon; None where that is not compiled."""
        if engine() != "compiled":
            return None
        areas = self._areas[1]
        if areas is None:
            return np.zeros(cells.shape, dtype=bool)
        found: Bools = areas.inside(cells)
        return found

    def paint_distance(self, cells: Cells) -> npt.NDArray[np.float32]:
        """Metres from the middle of every cell to the nearest line or ring; infinite without any.

        Right to some hundred-thousandths with cells of 10 to 30 m, when compiled; exact when not."""
        if self._edges is None:
            return np.full(cells.shape, np.inf, dtype=np.float32)
        found: npt.NDArray[np.float32] = self._edges.distances(cells)
        return found

    def depth_m(self, sites: Geometries) -> Floats:
        """How far the deepest part of a site lies inside, in metres; 0 where none does.

        Taken at the site's corners and one point within it: never more than the true depth.
        """
        points, owner = corners(sites)
        if engine() == "compiled":
            areas = self._areas[1]
            inside = (
                np.flatnonzero(areas.containing(shapely.get_coordinates(points)) >= 0)
                if areas
                else np.zeros(0, int)
            )
        else:
            inside = np.unique(self._features.query(points, predicate="within")[0])
        depth = np.zeros(len(sites))
        # a seam between two plots is no way out; joining very many plots costs more than it tells
        edges = self._joined if self._joinable else self
        np.maximum.at(depth, owner[inside], edges.nearest_edge(points[inside]).distance_m)
        return depth

    def protrusion_m(self, sites: Geometries) -> Floats:
        """How far the outermost corner of a site lies outside; where the site is wholly inside, minus
        its distance to the edge. In metres."""
        covered = shapely.covers(self.outline, sites)
        result = np.zeros(len(sites))
        result[covered] = -self._joined.nearest_edge(sites[covered]).distance_m
        out = np.flatnonzero(~covered)
        points, owner = corners(sites[out])
        np.maximum.at(result, out[owner], self.nearest(points).distance_m)
        return result

    def overlaps(self, sites: Geometries) -> npt.NDArray[np.bool_]:
        """Whether a site lies inside in more than a shared edge or corner (a point: on the edge too)."""
        rows, features = self._features.query(sites, predicate="intersects")
        real = (shapely.get_dimensions(sites[rows]) == 0) | ~shapely.touches(
            sites[rows], self.geometries[features]
        )
        result = np.zeros(len(sites), dtype=bool)
        result[rows[real]] = True
        return result

    def clipped(self, box: shapely.Geometry) -> shapely.Geometry:
        """All features within a box, as one geometry."""
        rows = self._features.query(box)
        return shapely.union_all(shapely.intersection(self.geometries[np.sort(rows)], box))

    def common_m2(self, sites: Geometries) -> Floats:
        """Square metres on the ellipsoid of each site that lie in the features, parts in several counted once."""
        rows, features = self._features.query(sites, predicate="intersects")
        order = np.lexsort((features, rows))
        rows, features = rows[order], features[order]
        shared = self._common_m2(sites, rows, features)
        rows, features, shared = rows[shared > 0], features[shared > 0], shared[shared > 0]
        total = np.zeros(len(sites))
        np.add.at(total, rows, shared)
        several = self._overlapping(rows, features)
        total[several] = area_m2(self._common(sites[several]))
        return total

    def _common_m2(self, sites: Geometries, rows: Ints, features: Ints) -> Floats:
        """Of each pair of site and feature."""
        areal = (shapely.get_dimensions(sites[rows]) == 2) & (
            shapely.get_dimensions(self.geometries[features]) == 2
        )
        shared = np.zeros(len(rows))
        box = shapely.bounds(sites)
        walked = areal & (box[rows, 3] - box[rows, 1] < TALLEST_DEG) & (engine() == "compiled")
        if walked.any():
            own_rows, areas = self._areas
            own = np.searchsorted(own_rows, features[walked])
            shared[walked] = areas.common_m2(sites, rows[walked], own)
        cut = areal & ~walked
        shared[cut] = area_m2(shapely.intersection(sites[rows[cut]], self.geometries[features[cut]]))
        return shared

    def _overlapping(self, rows: Ints, features: Ints) -> Ints:
        """Sites that lie in several features which themselves overlap: their parts must not be added."""
        doubtful = []
        for begin, end in _runs(rows):
            ones, others = np.triu_indices(end - begin, 1)
            if (
                len(ones)
                and shapely.intersects(
                    self.geometries[features[begin + ones]], self.geometries[features[begin + others]]
                ).any()
            ):
                inner = shapely.intersection(
                    self.geometries[features[begin + ones]], self.geometries[features[begin + others]]
                )
                if (shapely.area(inner) > 0).any():
                    doubtful.append(rows[begin])
        return np.array(doubtful, dtype=np.int64)

    def _common(self, sites: Geometries) -> Geometries:
        """The part of each site that lies in the features."""
        rows, features = self._features.query(sites, predicate="intersects")
        order = np.lexsort((features, rows))
        rows, features = rows[order], features[order]
        parts = shapely.intersection(sites[rows], self.geometries[features])
        result = np.full(len(sites), shapely.Polygon(), dtype=object)
        for row in np.unique(rows):
            result[row] = shapely.union_all(parts[rows == row])
        return result


def _runs(rows: Ints) -> list[tuple[int, int]]:
    """Begin and end of every run of equal rows that is longer than one."""
    edges = (
        np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1], [True]]))
        if len(rows)
        else np.zeros(1, int)
    )
    return [(int(a), int(b)) for a, b in pairwise(edges) if b - a > 1]
