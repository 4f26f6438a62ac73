"""Shifts at which a footprint meets an obstacle: the obstacle's Minkowski sum with the footprint turned about.

In a plane, in metres. For the footprint ``F`` and the obstacle ``G`` it is ``{t : F + t meets G} = G ⊕ (−F)``; the
distance between ``F + t`` and ``G`` is the distance of ``t`` from it, so that keeping a footprint away from a
line is keeping a point away from this set. Exact for any footprint: lines, holes, several parts.
"""

from __future__ import annotations

import numpy as np
import shapely

from geo.index import segments
from geo.space import Floats, Geometries


def meeting_shifts(obstacle: shapely.Geometry, footprint: shapely.Geometry) -> shapely.Geometry:
    """All shifts (x, y in metres) by which the footprint comes to meet the obstacle.

    >>> wall = shapely.LineString([(10, -5), (10, 5)])
    >>> meeting_shifts(wall, shapely.box(0, 0, 2, 2)).bounds  # 8 to 10 m east, 7 m south to 5 m north
    (8.0, -7.0, 10.0, 5.0)
    >>> meeting_shifts(wall, shapely.Point(1, 0)).bounds
    (9.0, -5.0, 9.0, 5.0)
    """
    if shapely.is_empty(obstacle) or shapely.is_empty(footprint):
        return shapely.GeometryCollection()
    starts, ends, _ = segments(np.array([obstacle], dtype=object))
    areas = [part for part in _parts(obstacle) if shapely.get_dimensions(part) == 2]
    # the first corner of every part: where a footprint that swallows the part whole would lie
    anchors = np.array([shapely.get_coordinates(part)[0] for part in _parts(obstacle)])
    swept: list[Geometries] = []
    for part in _parts(footprint):
        turned = -shapely.get_coordinates(part)
        if shapely.get_dimensions(part) == 0:
            swept.append(_shifted(np.array(_parts(obstacle), dtype=object), turned[:1]))
            continue
        if _is_convex(part):
            swept.append(_hulls(starts, ends, np.unique(turned, axis=0)[None]))
        else:
            edge_starts, edge_ends, _ = segments(np.array([part], dtype=object))
            swept.append(_hulls(starts, ends, np.stack([-edge_starts, -edge_ends], axis=1)))
            if shapely.get_dimensions(part) == 2:
                minus = shapely.transform(part, lambda xy: -xy)
                swept.append(_shifted(np.array([minus], dtype=object), anchors))
        if areas:
            swept.append(_shifted(np.array(areas, dtype=object), turned[:1]))
    return shapely.union_all(np.concatenate(swept))


def _parts(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    parts = shapely.get_parts(geometry)
    while (shapely.get_type_id(parts) > 3).any():  # collections inside collections
        parts = shapely.get_parts(parts)
    return [part for part in parts if not part.is_empty]


def _is_convex(part: shapely.Geometry) -> bool:
    hull = shapely.convex_hull(part)
    if shapely.get_dimensions(part) == 2:
        return bool(hull.area - part.area <= 1e-9 * hull.area)
    return shapely.get_num_coordinates(part) == 2


def _shifted(geometries: Geometries, by: Floats) -> Geometries:
    """Every geometry at every shift."""
    return np.array(
        [shapely.transform(geometry, lambda xy, d=shift: xy + d) for geometry in geometries for shift in by],
        dtype=object,
    )


def _hulls(starts: Floats, ends: Floats, pieces: Floats) -> Geometries:
    """The area that each convex piece (p, k, 2) sweeps along each segment: p × m hulls."""
    corners = np.concatenate(
        [starts[:, None, None] + pieces[None], ends[:, None, None] + pieces[None]], axis=2
    )
    shape = (-1, corners.shape[2], 2)
    hulls: Geometries = shapely.convex_hull(shapely.multipoints(corners.reshape(shape)))
    return hulls
