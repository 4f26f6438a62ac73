"""ReferenceIndex: reference features that answer in true metres, by whichever engine there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.index.cells import Bools, Cells
from geo.index.drawn import Drawn
from geo.index.engines import compiled, engine
from geo.index.kept import Kept
from geo.index.pieces import Ints, corners, segments
from geo.index.places import Places
from geo.index.planar import PlanarEdges
from geo.index.sharing import Sharing
from geo.index.vincenty import near_geodesic_m
from geo.space import Floats, Geometries

#: More areas than this are not joined for the depth inside them: it is then that in one area.
JOINABLE = 5_000
#: Ground about a reference is planted for so many places a segment; for fewer, walking to each costs less.
PAYS = 20
#: A site so near to an edge may be on it, metres.
ON_EDGE_M = 1e-6


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

    def __init__(
        self, geometries: Geometries, joinable: bool | None = None, kept: Kept | None = None
    ) -> None:
        self._drawn = Drawn(geometries)
        self.geometries = self._drawn.geometries
        self._sharing = Sharing(self._drawn)
        #: Whether adjoining areas are joined for the depth inside them; said where these are few of many.
        self._joinable = len(self.geometries) <= JOINABLE if joinable is None else joinable
        #: Where what is built of them is kept for another run: of large layers, if at all.
        self._kept = kept
        self._grounds: dict[float, Any] = {}

    def __len__(self) -> int:
        return len(self.geometries)

    @cached_property
    def _edges(self) -> Any:
        pieces = segments(self.geometries)
        if len(pieces[0]) == 0:
            return None
        return (
            compiled().CompiledEdges(*pieces, self._kept) if engine() == "compiled" else PlanarEdges(*pieces)
        )

    @cached_property
    def is_area(self) -> bool:
        """Whether the reference has an inside: all its features are polygons."""
        return len(self) > 0 and bool((shapely.get_dimensions(self.geometries) == 2).all())

    @cached_property
    def outline(self) -> shapely.Geometry:
        """All features as one geometry."""
        merged = self.geometries[0] if self._is_one else shapely.union_all(self.geometries)
        shapely.prepare(merged)
        return merged

    @cached_property
    def _is_one(self) -> bool:
        """Whether there is but one area, without seams."""
        return len(self) == 1 and self.is_area and bool(shapely.is_valid(self.geometries[0]))

    @cached_property
    def _joined(self) -> ReferenceIndex:
        """The features with the seams between adjoining areas gone."""
        if self._is_one:
            return self
        return ReferenceIndex(np.array([self.outline]), kept=self._kept)

    def nearest(self, sites: Geometries | Places) -> Nearest:
        """Distance from each site's footprint to the nearest reference feature, true metres.

        For many references about the same sites hand over :class:`~geo.index.Places`.
        """
        places = sites if isinstance(sites, Places) else Places(sites)
        found = self.nearest_edge(places)
        if len(self) == 0 or len(places) == 0:
            return found
        met, feature = self._met(places, found.distance_m)
        at = places.lonlat[met] if places.are_points else self._common_point(places.sites[met], feature)
        found.distance_m[met] = 0.0
        found.feature[met] = feature
        found.on_site[met] = at
        found.on_reference[met] = at
        return found

    def _met(self, places: Places, edge_m: Floats) -> tuple[Ints, Ints]:
        """The sites that meet features, and the first feature of each; ``edge_m``: how far each is from the nearest edge."""
        doubtful, held = np.arange(len(places)), np.zeros((2, 0), dtype=np.int64)
        if engine() == "compiled":
            meeting, inside = self._meeting(places, edge_m)
            # a point off all edges lies in a polygon or not
            sure = (inside >= 0) & (edge_m > ON_EDGE_M) & places.are_points
            doubtful = np.flatnonzero(meeting & ~sure)
            held = np.array([np.flatnonzero(sure), inside[sure]])
        rows, features = self._drawn.tree.query(places.sites[doubtful], predicate="intersects")
        order = np.lexsort((features, rows))
        met, first = np.unique(rows[order], return_index=True)
        return np.append(held[0], doubtful[met]), np.append(held[1], features[order][first])

    def _common_point(self, sites: Geometries, features: Ints) -> Floats:
        return shapely.get_coordinates(
            shapely.point_on_surface(shapely.intersection(sites, self.geometries[features]))
        )

    def _meeting(self, places: Places, edge_m: Floats) -> tuple[Bools, Ints]:
        """Which sites may meet a feature (edges that cross, a site in a feature, a feature in a site), and the first feature
        that a corner of each lies in, or -1."""
        meeting = edge_m <= ON_EDGE_M
        inside = np.full(len(places), -1, dtype=np.int64)
        own_rows, areas = self._drawn.areas
        if areas is not None:
            if places.are_points:
                corner, owner, order = places.lonlat, np.arange(len(places)), places.order
            else:
                corner, begins = places.part_corners
                owner, order = np.repeat(np.arange(len(places)), np.diff(begins)), None
            held = areas.containing(corner, order)
            inside[owner[held >= 0]] = own_rows[held[held >= 0]]
            meeting |= inside >= 0
        if not places.are_points:
            polygons = np.flatnonzero(places.are_areas & ~meeting)
            meeting[
                polygons[self._drawn.corner_tree.query(places.sites[polygons], predicate="intersects")[0]]
            ] = True
        return meeting, inside

    def prepare(self, limit_m: float) -> bool:
        """Plant the ground within ``limit_m`` metres, if that can be done: then even few places are looked up in it."""
        if limit_m in self._grounds:
            return True
        if (
            limit_m < 0
            or engine() != "compiled"
            or not compiled("near_ground").NearGround.plantable(self.geometries)
        ):
            return False
        self._grounds[limit_m] = compiled("near_ground").NearGround(self.geometries, limit_m, self._kept)
        return True

    @cached_property
    def _many(self) -> int:
        """So many places make planting pay."""
        return PAYS * max(1_000, int(shapely.get_num_coordinates(self.geometries).sum()))

    def _ground(self, places: Places, limit_m: float) -> Any:
        """The planted ground (:class:`geo.index.near_ground.NearGround`) to look places up in, or None where it does not pay to plant it."""
        if not places.are_points or not (limit_m in self._grounds or len(places) >= self._many):
            return None
        return self._grounds[limit_m] if self.prepare(limit_m) else None

    def within(self, sites: Geometries | Places, limit_m: float) -> Bools:
        """Whether each site lies within ``limit_m`` metres of the reference, or meets it: ``nearest(…).distance_m <= limit_m``.

        Much cheaper than the distance. For many references about the same sites hand over :class:`~geo.index.Places`.

        >>> meridian = ReferenceIndex(np.array([shapely.LineString([(111, 34.9), (111, 35.1)])]))
        >>> meridian.within(np.array([shapely.Point(111.01, 35), shapely.Point(111.011, 35)]), 1000.0).tolist()  # 912.9, 1004.2
        [True, False]
        """
        places = sites if isinstance(sites, Places) else Places(sites)
        if len(self) == 0 or len(places) == 0 or not limit_m >= 0:
            return np.zeros(len(places), dtype=bool)
        result: Bools
        ground = self._ground(places, limit_m)
        if ground is not None:
            result, open_ = ground.near_or_inside(places)
            if len(open_):
                result[open_] = self.nearest(places.only(open_)).distance_m <= limit_m
            return result
        edge_m = self.nearest_edge(places, limit_m + 1.0 + 1e-4 * limit_m).distance_m
        result = edge_m <= limit_m
        rest = np.flatnonzero(~result)
        result[rest[self._met(places.only(rest), edge_m[rest])[0]]] = True
        return result

    def within_each(self, sites: Geometries | Places, limits_m: Sequence[float]) -> list[Bools]:
        """As :meth:`within` of every limit: only what lies within a larger one is asked about a smaller.

        >>> meridian = ReferenceIndex(np.array([shapely.LineString([(111, 34.9), (111, 35.1)])]))
        >>> spots = np.array([shapely.Point(111.01, 35), shapely.Point(111.011, 35)])
        >>> [found.tolist() for found in meridian.within_each(spots, [1000.0, 2000.0])]
        [[True, False], [True, True]]
        """
        places = sites if isinstance(sites, Places) else Places(sites)
        found: dict[float, Bools] = {}
        rows = None
        for limit_m in sorted(set(limits_m), reverse=True):
            asked = places if rows is None else places.only(rows)
            answers = self.within(asked, limit_m)
            if rows is None:
                found[limit_m] = answers
            else:
                found[limit_m] = np.zeros(len(places), dtype=bool)
                found[limit_m][rows[answers]] = True
            rows = np.flatnonzero(found[limit_m])
        return [found[limit_m] for limit_m in limits_m]

    def roomy(self, sites: Geometries | Places, limit_m: float) -> Bools:
        """Whether each site lies wholly inside, ``limit_m`` metres or more from the edge: ``-protrusion_m(…) >= limit_m``.

        >>> county = ReferenceIndex(np.array([shapely.box(111, 35, 111.1, 35.1)]))
        >>> county.roomy(np.array([shapely.Point(111.02, 35.05), shapely.Point(111.01, 35.05)]), 1000.0).tolist()  # 1825, 912
        [True, False]
        """
        places = sites if isinstance(sites, Places) else Places(sites)
        footprints = places.sites
        if len(self) == 0 or len(footprints) == 0:
            return np.zeros(len(footprints), dtype=bool)
        ground = self._joined._ground(places, limit_m)
        if ground is not None:
            answers = ground.of(places)
            result: Bools = answers == 2
            doubtful = np.flatnonzero(answers == 3)
            result[doubtful] = -self.protrusion_m(places.only(doubtful)) >= limit_m
            return result
        result = shapely.covers(self.outline, footprints)
        if limit_m > 0:
            held = np.flatnonzero(result)
            edge_m = self._joined.nearest_edge(places.only(held), limit_m + 1.0 + 1e-4 * limit_m).distance_m
            result[held] = edge_m >= limit_m
        if limit_m == 0:  # on the edge, but for the noise of coordinates
            out = np.flatnonzero(~result)
            result[out] = self.protrusion_m(places.only(out)) <= 0
        return result

    def nearest_edge(self, sites: Geometries | Places, cap_m: float = np.inf) -> Nearest:
        """As :meth:`nearest`, but to the lines and rings themselves, also from inside a polygon.

        Sites may touch the edges, not cross them. Farther than ``cap_m`` nothing need be found.
        """
        places = sites if isinstance(sites, Places) else Places(sites)
        n = len(places)
        if n == 0 or self._edges is None:
            nowhere = np.full((n, 2), np.nan)
            return Nearest(np.full(n, np.inf), np.full(n, -1, dtype=np.int64), nowhere, nowhere.copy())
        feature, on_site, on_reference = self._edges.nearest(places, cap_m)
        metres = np.full(n, np.inf)
        found = np.flatnonzero(feature >= 0)
        measure = compiled("geodesics").near_geodesic_m if engine() == "compiled" else near_geodesic_m
        metres[found] = measure(on_site, on_reference, found)
        return Nearest(metres, feature, on_site, on_reference)

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
        held = [self.__dict__.get("_edges"), self._drawn.__dict__.get("areas", (None, None))[1]]
        return sum(part.work for part in held if hasattr(part, "work"))

    def paint_inside(self, cells: Cells, onto: Bools | None = None) -> Bools | None:
        """Which cells have their middle inside a polygon, painted onto what is given; None where that is not compiled."""
        if engine() != "compiled":
            return None
        areas = self._drawn.areas[1]
        if areas is None:
            return np.zeros(cells.shape, dtype=bool) if onto is None else onto
        found: Bools = areas.inside(cells, onto)
        return found

    def paint_distance(self, cells: Cells) -> npt.NDArray[np.float32]:
        """Metres from the middle of every cell to the nearest line or ring; infinite without any.

        Right to some hundred-thousandths with cells of 10 to 30 m, when compiled; exact when not."""
        if self._edges is None:
            return np.full(cells.shape, np.inf, dtype=np.float32)
        found: npt.NDArray[np.float32] = self._edges.distances(cells)
        return found

    def depth_m(self, sites: Geometries | Places) -> Floats:
        """How far the deepest part of a site lies inside, in metres; 0 where none does.

        Taken at the site's corners and one point within it: never more than the true depth.
        """
        places = sites if isinstance(sites, Places) else Places(sites)
        xy, owner = corners(places.sites)
        points = Places.at(xy)
        if engine() == "compiled":
            areas = self._drawn.areas[1]
            inside = np.flatnonzero(areas.containing(points.lonlat) >= 0) if areas else np.zeros(0, int)
        else:
            inside = np.unique(self._drawn.tree.query(points.sites, predicate="within")[0])
        depth = np.zeros(len(places))
        if not len(inside):
            return depth
        # a seam between two plots is no way out; joining very many plots costs more than it tells
        edges = self._joined if self._joinable else self
        np.maximum.at(depth, owner[inside], edges.nearest_edge(points.only(inside)).distance_m)
        return depth

    def protrusion_m(self, sites: Geometries | Places) -> Floats:
        """How far the outermost corner of a site lies outside; where the site is wholly inside, minus
        its distance to the edge. In metres."""
        places = sites if isinstance(sites, Places) else Places(sites)
        covered = shapely.covers(self.outline, places.sites)
        result = np.zeros(len(places))
        held, out = np.flatnonzero(covered), np.flatnonzero(~covered)
        result[held] = -self._joined.nearest_edge(places.only(held)).distance_m
        xy, owner = corners(places.sites[out])
        np.maximum.at(result, out[owner], self.nearest(Places.at(xy)).distance_m)
        return result

    def overlaps(self, sites: Geometries) -> npt.NDArray[np.bool_]:
        """Whether a site lies inside in more than a shared edge or corner (a point: on the edge too).

        Edges drawn twice seldom have the same corners: a common part into which no circle of a tenth of a millimetre fits
        (:data:`geo.index.sharing.NOISE_M`) is such an edge.
        """
        return self._sharing.overlaps(sites)

    def clipped(self, box: shapely.Geometry) -> shapely.Geometry:
        """All features within a box, as one geometry."""
        return self._sharing.clipped(box)

    def common_m2(self, sites: Geometries | Places) -> Floats:
        """Square metres on the ellipsoid of each site that lie in the features, parts in several counted once.

        For many references about the same sites hand over :class:`~geo.index.Places`.
        """
        places = sites if isinstance(sites, Places) else Places(sites)
        return self._sharing.common_m2(places)
