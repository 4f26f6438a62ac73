"""Rings to polygons: which ring is a hole is told by what lies in what, never by a number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from geo.space import Floats


def closed(ring: Floats) -> Floats:
    """A ring that ends where it begins, however it was written.

    >>> closed(np.array([[0, 0], [1, 0], [1, 1]]))[-1].tolist()
    [0, 0]
    """
    return ring if np.array_equal(ring[0], ring[-1]) else np.vstack([ring, ring[:1]])


def corners(ring: Floats) -> int:
    """How many different corners a ring has.

    >>> corners(np.array([[0, 0], [1, 0], [1, 1], [0, 0]]))
    3
    """
    return len(np.unique(ring, axis=0))


def assemble(rings: Sequence[Floats]) -> shapely.Geometry:
    """The polygon or polygons that rings of one plot make, in any plane.

    A ring in one other ring is its hole, one in a hole is a part again. Rings that cross make a shape
    that is not valid; whoever reads it says so.

    >>> outer, hole, apart = shapely.box(0, 0, 9, 9), shapely.box(2, 2, 3, 3), shapely.box(20, 0, 21, 1)
    >>> rings = [shapely.get_coordinates(s) for s in (hole, apart, outer)]
    >>> shape = assemble(rings)
    >>> shape.geom_type, shape.area
    ('MultiPolygon', 81.0)
    """
    polygons = [shapely.Polygon(closed(ring)) for ring in rings]
    if len(polygons) == 1 or not all(p.is_valid for p in polygons):
        return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    polygons.sort(key=lambda p: -p.area)
    around: list[list[int]] = [[] for _ in polygons]
    inside, outside = shapely.STRtree(polygons).query(polygons, predicate="covered_by")
    for n, m in zip(inside.tolist(), outside.tolist(), strict=True):
        if m < n:  # they are sorted by area: of equals, the first is outside
            around[n].append(m)
    holes: list[list[shapely.Geometry]] = [[] for _ in polygons]
    for n, held in enumerate(around):
        if len(held) % 2:
            holes[max(held)].append(polygons[n].exterior)  # of the smallest that is about it
    parts = [
        shapely.Polygon(shell.exterior, holes[n])
        for n, shell in enumerate(polygons)
        if len(around[n]) % 2 == 0
    ]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
