"""Lines with two sides: which side of a line a point is on, and cutting ground along a line and across it.

All in metres of a local plane (:class:`geo.space.LocalPlane`). Left and right are those of the line's own
direction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.ops import polygonize

from geo.space import Floats, Geometries

#: Half the length of line that tells the direction at a place; at a corner it gives the bisector.
_STEP_M = 0.05
LEFT, RIGHT = 1, -1


def merged(lines: Geometries, directed: bool) -> Geometries:
    """Lines joined end to end; with ``directed`` only where they run the same way."""
    whole = shapely.union_all(lines) if not directed else shapely.multilinestrings(_strings(lines))
    joined = shapely.line_merge(whole, directed=directed)
    return _strings(np.array([joined], dtype=object))


def _strings(lines: Geometries) -> Geometries:
    parts = shapely.get_parts(shapely.force_2d(np.asarray(lines, dtype=object)))
    parts = shapely.get_parts(parts)
    return parts[(shapely.get_type_id(parts) == 1) & (shapely.length(parts) > 0)]


def direction(line: shapely.Geometry, at_m: Floats) -> Floats:
    """Unit vectors (n, 2) along a line at distances from its start; at a corner those of the bisector.

    >>> direction(shapely.LineString([(0, 0), (10, 0)]), np.array([0.0, 5.0])).tolist()
    [[1.0, 0.0], [1.0, 0.0]]
    """
    before = shapely.line_interpolate_point(line, np.maximum(at_m - _STEP_M, 0.0))
    after = shapely.line_interpolate_point(line, np.minimum(at_m + _STEP_M, line.length))
    along = shapely.get_coordinates(after) - shapely.get_coordinates(before)
    return along / np.maximum(np.hypot(*along.T), 1e-12)[:, None]


def nearest_line(lines: Geometries, points: Geometries) -> np.ndarray:
    """For every point the row of the nearest line."""
    return shapely.STRtree(lines).query_nearest(points, all_matches=False)[1]


def sides(lines: Geometries, points: Geometries) -> np.ndarray:
    """For every point 1 if it lies left of the line nearest to it, -1 if right.

    >>> line = np.array([shapely.LineString([(0, 0), (10, 0)])])
    >>> sides(line, shapely.points([[5, 1], [5, -1]])).tolist()
    [1, -1]
    """
    owner = nearest_line(lines, points)
    result = np.empty(len(points), dtype=int)
    for row in np.unique(owner):
        mine = owner == row
        at = shapely.line_locate_point(lines[row], points[mine])
        foot = shapely.get_coordinates(shapely.line_interpolate_point(lines[row], at))
        along = direction(lines[row], at)
        away = shapely.get_coordinates(points[mine]) - foot
        result[mine] = np.where(along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0] >= 0, LEFT, RIGHT)
    return result


def flat_buffer(lines: Geometries, width_m: float) -> shapely.Geometry:
    """The ground within a width on both sides of lines: round where lines meet, square at loose ends."""
    ends, counts = np.unique(
        np.concatenate([shapely.get_coordinates(shapely.get_point(lines, n)) for n in (0, -1)]),
        axis=0,
        return_counts=True,
    )
    joints = shapely.points(ends[counts > 1])
    return shapely.union_all(
        np.concatenate(
            [
                shapely.buffer(lines, width_m, quad_segs=64, cap_style="flat"),
                shapely.buffer(joints, width_m, quad_segs=64),
            ]
        )
    )


def stretched(line: shapely.Geometry, by_m: float) -> shapely.Geometry:
    """The line made longer by a little at both ends, straight on."""
    xy = shapely.get_coordinates(line)
    first, last = direction(line, np.array([0.0, line.length]))
    return shapely.LineString(np.vstack([xy[:1] - first * by_m, xy, xy[-1:] + last * by_m]))


def transects(line: shapely.Geometry, every_m: float, reach_m: float) -> list[shapely.Geometry]:
    """Lines across a line, one every so many metres, reaching so far to both sides.

    >>> [t.wkt for t in transects(shapely.LineString([(0, 0), (10, 0)]), 5, 2)]
    ['LINESTRING (5 -2, 5 2)']
    """
    at = np.arange(every_m, line.length - every_m * 1e-6, every_m)
    if not len(at):
        return []
    middle = shapely.get_coordinates(shapely.line_interpolate_point(line, at))
    across = direction(line, at)[:, ::-1] * np.array([-1.0, 1.0]) * reach_m
    return list(shapely.linestrings(np.stack([middle - across, middle + across], axis=1)))


def cut(ground: shapely.Geometry, lines: Sequence[shapely.Geometry]) -> Geometries:
    """The pieces of ground that lines part it into."""
    net = shapely.union_all(np.array([shapely.boundary(ground), *lines], dtype=object))
    pieces = np.array(list(polygonize(list(shapely.get_parts(net)))), dtype=object)
    if not len(pieces):
        return pieces
    shapely.prepare(ground)
    return pieces[shapely.contains(ground, shapely.point_on_surface(pieces))]


def stations(line: shapely.Geometry, points: Geometries) -> Floats:
    """How far along a line the places nearest to points are, in metres."""
    return np.asarray(shapely.line_locate_point(line, points), dtype=float)
