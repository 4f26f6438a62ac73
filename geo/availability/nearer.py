"""Ground nearer to some features than to others: where a layer's features differ in half width, the nearest one's counts."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from geo.space import Geometries, LocalPlane, draw_buffer

#: How far the line between the two may lie off the true one, metres, for points of lines taken instead of the lines.
_OFF_M = 0.05
_DEGREE_M = 80_000.0  # a degree is never shorter here
_TILE_DEG = 0.25


@dataclass(frozen=True)
class Nearer:
    """The ground nearer to ``features`` than to ``others`` (EPSG:4490), as far as both are within ``reach_m``.

    ``least_m``: nearer than this to either nothing hangs on it. Drawn from the Voronoi cells of points along both, so close
    together that the line between them is true within 0.1 m.
    """

    key: Hashable
    features: Geometries
    others: Geometries
    least_m: float
    reach_m: float

    def draw(self, area: shapely.Geometry) -> shapely.Geometry:
        """That ground about an area (EPSG:4490)."""
        margin = self.reach_m / _DEGREE_M + 0.01
        west, south, east, north = area.bounds
        box = shapely.box(west - margin, south - margin, east + margin, north + margin)
        own, others = _within(self.features, box), _within(self.others, box)
        if own.is_empty or others.is_empty:
            return shapely.Polygon()
        both = shapely.intersection(draw_buffer(own, self.reach_m, 16), draw_buffer(others, self.reach_m, 16))
        parts = [self._part(tile, own, others) for tile in _tiles(both)]
        return shapely.union_all([part for part in parts if not part.is_empty])

    def _part(
        self, ground: shapely.Geometry, own: shapely.Geometry, others: shapely.Geometry
    ) -> shapely.Geometry:
        middle = shapely.centroid(ground)
        plane = LocalPlane(middle.x, middle.y)
        flat = plane.straight(ground)
        near = shapely.box(*(np.array(flat.bounds) + self.reach_m * np.array([-1, -1, 1, 1])))
        points: list[np.ndarray] = []
        mine: list[np.ndarray] = []
        for geometry, owned in ((own, True), (others, False)):
            held = shapely.intersection(_lines(plane.straight(_about(geometry, ground, self.reach_m))), near)
            at = shapely.get_coordinates(shapely.segmentize(held, self._step_m))
            points.append(at)
            mine.append(np.full(len(at), owned))
        if not len(points[0]) or not len(points[1]):
            return shapely.Polygon()
        at, first = np.unique(np.concatenate(points).round(3), axis=0, return_index=True)
        is_own = np.concatenate(mine)[first]
        if len(at) < 2 or not is_own.any():
            return shapely.Polygon()
        cells = shapely.get_parts(
            shapely.voronoi_polygons(shapely.multipoints(at), extend_to=near, ordered=True)
        )
        nearer = shapely.intersection(shapely.union_all(cells[is_own]), flat)
        return plane.back(nearer) if shapely.get_dimensions(nearer) == 2 else shapely.Polygon()

    @property
    def _step_m(self) -> float:
        """Points so far apart lie no more than :data:`_OFF_M` farther off than their line, from ``least_m`` away."""
        return float(np.clip(np.sqrt(8 * _OFF_M * max(self.least_m, 1.0)), 1.0, 25.0))


def _within(features: Geometries, box: shapely.Geometry) -> shapely.Geometry:
    near = features[shapely.intersects(features, box)]
    return shapely.union_all(shapely.intersection(near, box)) if len(near) else shapely.Polygon()


def _about(geometry: shapely.Geometry, ground: shapely.Geometry, reach_m: float) -> shapely.Geometry:
    margin = reach_m / _DEGREE_M + 0.001
    return shapely.intersection(
        geometry, shapely.box(*(np.array(ground.bounds) + margin * np.array([-1, -1, 1, 1])))
    )


def _lines(shape: shapely.Geometry) -> shapely.Geometry:
    """Lines, and the outlines of areas."""
    parts = [
        shapely.boundary(part) if shapely.get_dimensions(part) == 2 else part
        for part in shapely.get_parts(shape)
    ]
    return shapely.geometrycollections(parts) if parts else shapely.Polygon()


def _tiles(shape: shapely.Geometry) -> Iterator[shapely.Geometry]:
    """The shape cut into tiles, each small enough for one local plane."""
    if shape.is_empty:
        return
    west, south, east, north = np.floor(np.array(shape.bounds) / _TILE_DEG).astype(int)
    for column in range(west, east + 1):
        for row in range(south, north + 1):
            tile = shapely.box(*(_TILE_DEG * np.array([column, row, column + 1, row + 1])))
            part = shapely.intersection(shape, tile)
            if shapely.get_dimensions(part) == 2:
                yield part
