"""A spatial index of reference features that answers in true metres.

Every line and ring is cut into its segments. A search tree in a conformal plane proposes segments;
the nearest points are then found in the plane of each pair (:mod:`geo.space`), so the conformal plane
never decides anything.

>>> import shapely
>>> meridian = ReferenceIndex(np.array([shapely.LineString([(111, 34.9), (111, 35.1)])]))
>>> from geo.space import move
>>> site = shapely.Point(move(111, 35, 90, 1999))
>>> round(float(meridian.nearest(np.array([site])).distance_m[0]), 3)
1999.0
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from geo.space import SEMI_MAJOR_M, Floats, Geometries, conformal, geodesic_m, nearest_on_segments

Ints = npt.NDArray[np.int64]

#: Sites measured at a time, and pairs of site piece and edge: they bound memory.
_BATCH = 20_000
_PAIRS = 4_000_000
#: Farther than this (metres of the conformal plane) no rule has a limit.
_EXACT = 40_000.0
#: More areas than this are not joined for the depth inside them: it is then that in one area.
_JOINABLE = 5_000


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

    def __init__(self, geometries: Geometries) -> None:
        self.geometries = np.asarray(geometries, dtype=object)
        self._starts, self._ends, self._owner = segments(self.geometries)

    def __len__(self) -> int:
        return len(self.geometries)

    @cached_property
    def _features(self) -> shapely.STRtree:
        return shapely.STRtree(self.geometries)

    @cached_property
    def _edges(self) -> shapely.STRtree:
        pairs = np.stack([conformal(self._starts), conformal(self._ends)], axis=1)
        # a line of no length has no distance to other lines: a point does
        at_a_point = (self._starts == self._ends).all(axis=1)
        return shapely.STRtree(np.where(at_a_point, shapely.points(pairs[:, 0]), shapely.linestrings(pairs)))

    @cached_property
    def _longest_edge_m(self) -> float:
        return float(geodesic_m(self._starts, self._ends).max(initial=0.0))

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
        site_rows, feature_rows = self._features.query(sites, predicate="intersects")
        met, first = np.unique(site_rows, return_index=True)
        common = shapely.point_on_surface(
            shapely.intersection(sites[met], self.geometries[feature_rows[first]])
        )
        at = shapely.get_coordinates(common)
        found.distance_m[met] = 0.0
        found.feature[met] = feature_rows[first]
        found.on_site[met] = at
        found.on_reference[met] = at
        return found

    def nearest_edge(self, sites: Geometries) -> Nearest:
        """As :meth:`nearest`, but to the lines and rings themselves, also from inside a polygon.

        Sites may touch the edges, not cross them.
        """
        n = len(sites)
        found = Nearest(
            np.full(n, np.inf),
            np.full(n, -1, dtype=np.int64),
            np.full((n, 2), np.nan),
            np.full((n, 2), np.nan),
        )
        if len(self._starts) == 0:
            return found
        for begin in range(0, n, _BATCH):
            self._measure(sites[begin : begin + _BATCH], begin, found)
        return found

    def _measure(self, sites: Geometries, begin: int, found: Nearest) -> None:
        proposed, edges = self._propose(sites)
        starts, ends, owner = segments(sites)
        counts = np.bincount(owner, minlength=len(sites))
        repeat = counts[proposed]
        if repeat.sum() > _PAIRS and len(sites) > 1:
            half = len(sites) // 2
            self._measure(sites[:half], begin, found)
            self._measure(sites[half:], begin + half, found)
            return
        # every piece of a site's outline against every edge proposed for the site
        order = np.argsort(owner, kind="stable")
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        edge = np.repeat(edges, repeat)
        site = np.repeat(proposed, repeat)
        within = np.arange(repeat.sum()) - np.repeat(np.cumsum(repeat) - repeat, repeat)
        piece = order[first[site] + within]
        on_site, on_reference, distance_m = nearest_on_segments(
            starts[piece], ends[piece], self._starts[edge], self._ends[edge]
        )
        best = np.lexsort((self._owner[edge], distance_m, site))
        chosen = best[np.unique(site[best], return_index=True)[1]]
        at = begin + site[chosen]
        found.distance_m[at] = distance_m[chosen]
        found.feature[at] = self._owner[edge[chosen]]
        found.on_site[at] = on_site[chosen]
        found.on_reference[at] = on_reference[chosen]

    def _propose(self, sites: Geometries) -> tuple[Ints, Ints]:
        """Pairs of site row and edge row that hold the truly nearest edge of every site.

        Lengths in the conformal plane are true ones times a scale that changes with latitude, by
        less than 0.95 of the distance over the earth's radius in Shanxi's latitudes; edges straight
        in longitude and latitude bend a little in it. Beyond any limit of a rule (30 km) the edge
        nearest in the plane will do: the figure is then up to some per cent too large.
        """
        plane = shapely.transform(sites, conformal)
        rows, distance = self._edges.query_nearest(plane, return_distance=True, all_matches=False)
        share = np.where(distance < _EXACT, 2 * 0.95 * distance / SEMI_MAJOR_M, 0.0)
        longest = max(self._longest_edge_m, float(_extent_m(sites).max(initial=0.0)))
        bend = longest**2 / (4 * SEMI_MAJOR_M)
        reach = np.empty(len(sites))
        reach[rows[0]] = distance * (1 + share) + 2 * bend + 1.0
        pairs = self._edges.query(plane, predicate="dwithin", distance=reach)
        return pairs[0], pairs[1]

    def depth_m(self, sites: Geometries) -> Floats:
        """How far the deepest part of a site lies inside, in metres; 0 where none does.

        Taken at the site's corners and one point within it: never more than the true depth.
        """
        points, owner = _corners(sites)
        inside = np.unique(self._features.query(points, predicate="within")[0])
        depth = np.zeros(len(sites))
        # a seam between two plots is no way out; joining very many plots costs more than it tells
        edges = self._joined if len(self) <= _JOINABLE else self
        np.maximum.at(depth, owner[inside], edges.nearest_edge(points[inside]).distance_m)
        return depth

    def protrusion_m(self, sites: Geometries) -> Floats:
        """How far the outermost corner of a site lies outside; where the site is wholly inside, minus
        its distance to the edge. In metres."""
        covered = shapely.covers(self.outline, sites)
        result = np.zeros(len(sites))
        result[covered] = -self._joined.nearest_edge(sites[covered]).distance_m
        out = np.flatnonzero(~covered)
        points, owner = _corners(sites[out])
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

    def common(self, sites: Geometries) -> Geometries:
        """The part of each site that lies in the reference."""
        rows, features = self._features.query(sites, predicate="intersects")
        parts = shapely.intersection(sites[rows], self.geometries[features])
        result = np.full(len(sites), shapely.Polygon(), dtype=object)
        for row in np.unique(rows):
            result[row] = shapely.union_all(parts[rows == row])
        return result


def segments(geometries: Geometries) -> tuple[Floats, Floats, Ints]:
    """Start points, end points (n, 2) and owner row of every segment; a point is a segment of length 0."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) > 3).any():  # collections inside collections
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    is_polygon = shapely.get_type_id(parts) == 3
    rings, ring_part = shapely.get_rings(parts[is_polygon], return_index=True)
    lines = np.concatenate([parts[~is_polygon], rings])
    line_owner = np.concatenate([owner[~is_polygon], owner[is_polygon][ring_part]])
    xy, line = shapely.get_coordinates(lines, return_index=True)
    same = np.flatnonzero(line[:-1] == line[1:])
    single = np.flatnonzero(np.bincount(line, minlength=len(lines))[line] == 1)
    starts = np.concatenate([xy[same], xy[single]])
    ends = np.concatenate([xy[same + 1], xy[single]])
    return starts, ends, line_owner[np.concatenate([line[same], line[single]])].astype(np.int64)


def _corners(sites: Geometries) -> tuple[Geometries, Ints]:
    """The corners of each site and one point within it, with the row of the site."""
    xy, owner = shapely.get_coordinates(sites, return_index=True)
    extra = shapely.get_coordinates(shapely.point_on_surface(sites))
    points = shapely.points(np.concatenate([xy, extra]))
    return points, np.concatenate([owner, np.arange(len(sites))]).astype(np.int64)


def _extent_m(sites: Geometries) -> Floats:
    """No segment of a site is longer than the diagonal of its box."""
    box = shapely.bounds(sites)
    return geodesic_m(box[:, :2], box[:, 2:])
