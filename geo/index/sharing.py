"""What footprints and reference features have in common: whether more than an edge, and how many square metres."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from geo.index.drawn import Drawn
from geo.index.engines import engine
from geo.index.pieces import Ints
from geo.index.places import Places
from geo.index.threads import in_runs
from geo.space import Floats, Geometries, area_m2

#: What two footprints share is no more than the noise of their coordinates if no circle this wide (metres) fits into it.
NOISE_M = 1e-4
#: For so few footprints a look into the tree of features may spare planting all their edges.
_FEW = 1_000
#: Two features that have no more in common (square metres) than the rounding of their corners leaves do not overlap.
_SLIVER_M2 = 1e-4
#: How features relate whose insides meet: told without making what they have in common; and so few pairs are not worth a second thread.
_LAP, _SHARE = "T********", 8


class Sharing:
    """Of features, with any footprints."""

    def __init__(self, drawn: Drawn) -> None:
        self._drawn = drawn
        #: Of two features asked about, whether they overlap: neighbours are met again and again.
        self._lapping: dict[int, bool] = {}

    def overlaps(self, sites: Geometries) -> npt.NDArray[np.bool_]:
        """:meth:`geo.index.ReferenceIndex.overlaps`."""
        geometries = self._drawn.geometries
        rows, features = self._drawn.tree.query(sites, predicate="intersects")
        real = (shapely.get_dimensions(sites[rows]) == 0) | ~shapely.touches(
            sites[rows], geometries[features]
        )
        crossing = np.flatnonzero(
            real
            & (shapely.get_dimensions(sites[rows]) > 0)
            & (shapely.get_dimensions(geometries[features]) == 2)
        )
        whole = (shapely.get_dimensions(sites[rows[crossing]]) == 2) & shapely.covers(
            geometries[features[crossing]], sites[rows[crossing]]
        )
        crossing = crossing[~whole]
        real[crossing] = _more_than_noise(sites[rows[crossing]], geometries[features[crossing]])
        result = np.zeros(len(sites), dtype=bool)
        result[rows[real]] = True
        return result

    def clipped(self, box: shapely.Geometry) -> shapely.Geometry:
        """All features within a box, as one geometry."""
        rows = self._drawn.tree.query(box)
        return shapely.union_all(shapely.intersection(self._drawn.geometries[np.sort(rows)], box))

    def common_m2(self, places: Places) -> Floats:
        """:meth:`geo.index.ReferenceIndex.common_m2`."""
        rows, features, shared = self._walked(places) if engine() == "compiled" else self._cut(places)
        total = np.zeros(len(places))
        total[rows] = shared
        if np.count_nonzero(total) == len(rows):  # each site in one feature
            return total
        again = np.flatnonzero(np.bincount(rows).take(rows) > 1)
        order = again.take(np.lexsort((features.take(again), rows.take(again))))
        rows, features = rows.take(order), features.take(order)
        total[rows] = np.bincount(rows, shared.take(order)).take(rows)
        several = self._overlapping(rows, features)
        total[several] = area_m2(self._common(places.sites[several]))
        return total

    def _walked(self, places: Places) -> tuple[Ints, Ints, Floats]:
        """Pairs of site and feature that have an area in common, and how much, compiled; of what is too tall for that by cutting."""
        own_rows, areas = self._drawn.areas
        few = len(places) < _FEW and areas is not None and not areas.is_planted
        if areas is None or (few and not self._drawn.tree.query(places.sites).size):
            return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
        rows, own, shared = areas.common_m2(places)
        if not len(places.tall):
            return rows, own_rows[own], shared
        cut = self._cut(places.only(places.tall))
        return (
            np.append(rows, places.tall[cut[0]]),
            np.append(own_rows[own], cut[1]),
            np.append(shared, cut[2]),
        )

    def _cut(self, places: Places) -> tuple[Ints, Ints, Floats]:
        """The same by cutting the shapes."""
        geometries = self._drawn.geometries
        rows, features = self._drawn.tree.query(places.sites, predicate="intersects")
        areal = places.are_areas[rows] & (shapely.get_dimensions(geometries)[features] == 2)
        rows, features = rows[areal], features[areal]
        shared = area_m2(shapely.intersection(places.sites[rows], geometries[features]))
        held = shared > 0
        return rows[held], features[held], shared[held]

    def _overlapping(self, rows: Ints, features: Ints) -> Ints:
        """Sites that lie in several features which themselves overlap: their parts must not be added. Pairs come site by site."""
        found = []
        apart = 1
        while (alike := np.flatnonzero(rows[apart:] == rows[:-apart])).size:
            keys = features[alike] * len(self._drawn) + features[alike + apart]
            different, which = np.unique(keys, return_inverse=True)
            found.append(rows[alike[self._lap(different)[which]]])
            apart += 1
        return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)

    def _lap(self, keys: Ints) -> npt.NDArray[np.bool_]:
        """Whether two features have an area in common; the key of two is the one's row times the number of features, and the other's."""
        geometries = self._drawn.geometries
        new = np.array([key for key in keys.tolist() if key not in self._lapping], dtype=np.int64)
        if len(new):
            ones, others = geometries[new // len(geometries)], geometries[new % len(geometries)]
            meet = np.empty(len(new), dtype=bool)

            def tell(run: slice) -> None:
                own = np.arange(run.start, run.stop)
                meet[run] = shapely.relate_pattern(ones[run], others[run], _LAP)
                own = own[meet[run]]  # mostly few
                meet[own] = area_m2(shapely.intersection(ones[own], others[own])) > _SLIVER_M2

            in_runs(tell, len(new), _SHARE)
            self._lapping.update(zip(new.tolist(), meet.tolist(), strict=True))
        return np.array([self._lapping[key] for key in keys.tolist()], dtype=bool)

    def _common(self, sites: Geometries) -> Geometries:
        """The part of each site that lies in the features."""
        rows, features = self._drawn.tree.query(sites, predicate="intersects")
        order = np.lexsort((features, rows))
        rows, features = rows[order], features[order]
        parts = shapely.intersection(sites[rows], self._drawn.geometries[features])
        result = np.full(len(sites), shapely.Polygon(), dtype=object)
        for row in np.unique(rows):
            result[row] = shapely.union_all(parts[rows == row])
        return result


def _more_than_noise(sites: Geometries, areas: Geometries) -> npt.NDArray[np.bool_]:
    """Which pairs of a line or polygon and a polygon have a common part wider than :data:`NOISE_M`."""
    noise_deg = NOISE_M / 111_000
    shared = shapely.intersection(sites, areas)
    result = np.zeros(len(sites), dtype=bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_width = 2 * shapely.area(shared) / shapely.length(shared)
    result[mean_width > 10 * noise_deg] = True
    for row in np.flatnonzero(~result):
        parts = shapely.get_parts(shared[row])
        flat = parts[shapely.get_dimensions(parts) == 2]
        low = shapely.bounds(shared[row])[:2]
        # about its own corner: as many digits as there are for so thin a thing
        flat = shapely.transform(flat, lambda xy, low=low: xy - low)
        if not shapely.is_empty(shapely.buffer(flat, -noise_deg / 2)).all():
            result[row] = True
        elif shapely.get_dimensions(sites[row]) == 1:
            lines = parts[shapely.get_dimensions(parts) == 1]
            middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
            result[row] = bool((shapely.distance(middle, shapely.boundary(areas[row])) > noise_deg / 2).any())
    return result
