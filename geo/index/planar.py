"""Nearest segments through a search tree in a conformal plane: the engine where nothing can be compiled.

The tree proposes segments; the nearest points are then found in the plane of each pair (:mod:`geo.space`),
so the conformal plane never decides anything.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geo.index.cells import Bools, Cells, every_distance, quartered_within
from geo.index.pieces import Ints, bend_m, extent_m, segments
from geo.index.places import Places
from geo.space import (
    LONGEST_DEGREE_M,
    SEMI_MAJOR_M,
    Floats,
    Geometries,
    conformal,
    geodesic_m,
    nearest_on_segments,
)

#: Sites measured at a time, and pairs of site piece and edge: they bound memory.
_BATCH = 20_000
_PAIRS = 4_000_000
#: Farther than this (metres of the conformal plane) no rule has a limit: what is said of many places may be off.
_EXACT = 40_000.0
#: So far all is exact for so few places.
_EXACT_FOR_FEW, _FEW = 600_000.0, 5_000


class PlanarEdges:
    """Segments, (n, 2) starts and ends in degrees, with the row of the feature that owns each."""

    def __init__(self, starts: Floats, ends: Floats, owner: Ints) -> None:
        self._starts, self._ends, self._owner = starts, ends, owner
        pairs = np.stack([conformal(starts), conformal(ends)], axis=1)
        lines = shapely.linestrings(pairs)
        # a line of no length has no distance to other lines: a point does
        at_a_point = np.flatnonzero((starts == ends).all(axis=1))
        lines[at_a_point] = shapely.points(pairs[at_a_point, 0])
        self._tree = shapely.STRtree(lines)
        # no degree is longer than this
        self._longest_m = float(np.hypot(*(ends - starts).T).max(initial=0.0)) * LONGEST_DEGREE_M

    def nearest(self, places: Places, cap_m: float = np.inf) -> tuple[Ints, Floats, Floats]:
        """Per site: the feature of the nearest segment, and the two nearest points. Sites may touch segments, not cross them.

        What lies beyond ``cap_m`` is found all the same: a search tree is not quicker for it.
        """
        sites = places.sites
        n = len(sites)
        feature = np.full(n, -1, dtype=np.int64)
        on_site, on_reference = np.full((n, 2), np.nan), np.full((n, 2), np.nan)
        for begin in range(0, n, _BATCH):
            self._measure(sites[begin : begin + _BATCH], begin, feature, on_site, on_reference)
        return feature, on_site, on_reference

    def within(self, cells: Cells, limit_m: float, onto: Bools | None = None) -> Bools:
        """Which cells have their middle within a limit of a segment; painted onto what is given."""
        found = quartered_within(cells, limit_m, self._distances)
        return found if onto is None else np.logical_or(found, onto, out=onto)

    def distances(self, cells: Cells) -> npt.NDArray[np.float32]:
        """Metres from the middle of every cell to the nearest segment."""
        return every_distance(cells, self._distances)

    def _distances(self, lonlat: Floats) -> Floats:
        _, on_site, on_reference = self.nearest(Places(shapely.points(lonlat)))
        return geodesic_m(on_site, on_reference)

    def _measure(
        self, sites: Geometries, begin: int, feature: Ints, near_site: Floats, near_reference: Floats
    ) -> None:
        proposed, edges = self._propose(sites)
        starts, ends, owner = segments(sites)
        counts = np.bincount(owner, minlength=len(sites))
        repeat = counts[proposed]
        if repeat.sum() > _PAIRS and len(sites) > 1:
            half = len(sites) // 2
            self._measure(sites[:half], begin, feature, near_site, near_reference)
            self._measure(sites[half:], begin + half, feature, near_site, near_reference)
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
        least = np.full(len(sites), np.inf)
        np.minimum.at(least, site, distance_m)
        # of several as near, the first feature and its southwesternmost point, whatever order they came in
        tied = np.flatnonzero(distance_m == least[site])
        where = on_reference[tied]
        best = tied[np.lexsort((where[:, 1], where[:, 0], self._owner[edge[tied]], site[tied]))]
        chosen = best[np.unique(site[best], return_index=True)[1]]
        at = begin + site[chosen]
        feature[at] = self._owner[edge[chosen]]
        near_site[at] = on_site[chosen]
        near_reference[at] = on_reference[chosen]

    def _propose(self, sites: Geometries) -> tuple[Ints, Ints]:
        """Pairs of site row and edge row that hold the truly nearest edge of every site.

        Lengths in the conformal plane are true ones times a scale that changes with latitude, by
        less than 0.95 of the distance over the earth's radius in Shanxi's latitudes; edges straight
        in longitude and latitude bend a little in it. Beyond any limit of a rule (30 km) the edge
        nearest in the plane will do where many places are asked about: the figure is then up to some per cent too large.
        """
        plane = shapely.transform(sites, conformal)
        rows, distance = self._tree.query_nearest(plane, return_distance=True, all_matches=False)
        bend = bend_m(max(self._longest_m, float(extent_m(sites).max(initial=0.0))))
        # farther out no edge but the nearest in the plane has a say, so that other features have none either
        exact = _EXACT_FOR_FEW if len(sites) <= _FEW else _EXACT
        wider = np.where(distance < exact, 2 * 0.95 * distance**2 / SEMI_MAJOR_M + 2 * bend, 0.0)
        reach = np.empty(len(sites))
        reach[rows[0]] = distance + wider + 1.0
        pairs = self._tree.query(plane, predicate="dwithin", distance=reach)
        return pairs[0], pairs[1]
