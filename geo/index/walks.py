"""Walks through the box hierarchy, compiled with numba: nearest segment, containment.

The arithmetic is that of :func:`geo.space.nearest_on_segments`: a pair of points is compared in the plane
at its own mid-latitude. Nothing here decides by a projected length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from geo.index.boxes import FAN
from geo.space import metres_per_degree

#: Lengths of a degree by latitude, every hundredth of a degree: a line between is right to 4e-9.
_STEPS = 100
_TABLE = np.ascontiguousarray(np.column_stack(metres_per_degree(np.arange(90 * _STEPS + 2) / _STEPS)))
#: No walk holds more open boxes: eight a level, and 8 ** 20 segments are more than fit into memory.
_OPEN = FAN * 20


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """numba's decorator; where neither the package's folder nor the user's own can keep what is compiled, it is compiled each time."""

    def compiled(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(**options)(function)
        except RuntimeError:
            return numba.njit(**{**options, "cache": False})(function)

    return compiled


@njit(cache=True, nogil=True, inline="always")
def _degree(lat, which):  # type: ignore[no-untyped-def]
    at = min(abs(lat), 90.0) * _STEPS
    step = int(at)
    return _TABLE[step, which] + (at - step) * (_TABLE[step + 1, which] - _TABLE[step, which])


@njit(cache=True, nogil=True, inline="always")
def _square(ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """The square of the distance between two points, metres."""
    middle = (ay + by) / 2
    east, north = (bx - ax) * _degree(middle, 0), (by - ay) * _degree(middle, 1)
    return east * east + north * north


@njit(cache=True, nogil=True, inline="always")
def _foot(px, py, sx, sy, ex, ey):  # type: ignore[no-untyped-def]
    """The point of a segment that is nearest to p."""
    if sx == ex and sy == ey:
        return sx, sy
    fx, fy = (sx + ex) / 2, (sy + ey) / 2
    for _ in range(3):
        middle = (py + fy) / 2
        east, north = _degree(middle, 0), _degree(middle, 1)
        ax, ay = (ex - sx) * east, (ey - sy) * north
        t = ((px - sx) * east * ax + (py - sy) * north * ay) / (ax * ax + ay * ay)
        if t <= 0.0:
            fx, fy = sx, sy
        elif t >= 1.0:
            fx, fy = ex, ey
        else:
            fx, fy = sx + t * (ex - sx), sy + t * (ey - sy)
    return fx, fy


@njit(cache=True, nogil=True, inline="always")
def roughly(x, y, cx, cy, dx, dy):  # type: ignore[no-untyped-def]
    """The square of the distance to a segment, metres, and by what share of it that may be off."""
    middle = (y + (cy + dy) / 2) / 2
    east, north = _degree(middle, 0), _degree(middle, 1)
    along_x, along_y = (dx - cx) * east, (dy - cy) * north
    to_x, to_y = (x - cx) * east, (y - cy) * north
    length = along_x * along_x + along_y * along_y
    if length > 0.0:
        part = min(1.0, max(0.0, (to_x * along_x + to_y * along_y) / length))
        to_x -= part * along_x
        to_y -= part * along_y
    # a degree of longitude changes by its own length times tan(lat) a radian, the more so far north
    steep = 0.02 if abs(middle) < 60.0 else 2.0
    return to_x * to_x + to_y * to_y, abs(dy - cy) * steep + 1e-7


@njit(cache=True, nogil=True, inline="always")
def _side(ax, ay, bx, by, px, py):  # type: ignore[no-untyped-def]
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@njit(cache=True, nogil=True, inline="always")
def _cross(ax, ay, bx, by, cx, cy, dx, dy):  # type: ignore[no-untyped-def]
    """Whether two segments cross in their inner parts."""
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return False
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    one, two = _side(ax, ay, bx, by, cx, cy), _side(ax, ay, bx, by, dx, dy)
    three, four = _side(cx, cy, dx, dy, ax, ay), _side(cx, cy, dx, dy, bx, by)
    return ((one > 0) != (two > 0)) and ((three > 0) != (four > 0)) and one != two and three != four


@njit(cache=True, nogil=True)
def nearest_segments(pieces, first, order, tree_segments, owner, boxes, metres, levels, cap_m, found, near):  # type: ignore[no-untyped-def]
    """For each site the nearest segment: ``found`` (n, 1) its place in the tree or -1; ``near`` (n, 4) both points.

    ``pieces`` (k, 4) are the sites' segments, ``first`` (n + 1,) where those of a site begin; ``order`` is the
    order in which sites are taken (neighbours one after the other: what was nearest to the last is a good start).
    Beyond ``cap_m`` nothing is looked for. Equal distances: the lower ``owner``, then its southwesternmost point. Returns the segments compared.
    """
    compared = 0
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    stack_bound = np.empty(_OPEN, dtype=np.float64)
    child_bound = np.empty(FAN, dtype=np.float64)
    child_node = np.empty(FAN, dtype=np.int64)
    top = len(levels) - 2
    n_segments = len(tree_segments)
    warm = -1
    nobody = owner.max() + 1
    for k in range(len(order)):
        site = order[k]
        best = cap_m * cap_m
        best_at, best_owner = -1, nobody
        sx = sy = rx = ry = np.nan
        for piece in range(first[site], first[site + 1]):
            ax, ay, bx, by = pieces[piece]
            point = ax == bx and ay == by
            west, east = min(ax, bx), max(ax, bx)
            south, north = min(ay, by), max(ay, by)
            far = _degree(max(abs(south), abs(north)), 0)
            close = _degree(0.0 if south * north < 0 else min(abs(south), abs(north)), 1)
            if warm >= 0:  # a bound from where the last site was nearest; the walk finds it again
                cx, cy, dx, dy = tree_segments[warm]
                fx, fy = _foot(ax, ay, cx, cy, dx, dy)
                bound = _square(ax, ay, fx, fy) * 1.000001 + 1e-9
                if bound < best:
                    best, best_at = bound, -2
            depth = 0
            stack_node[0], stack_level[0], stack_bound[0] = 0, top, 0.0
            depth = 1
            while depth:
                depth -= 1
                if stack_bound[depth] > best:
                    continue
                node, level = stack_node[depth], stack_level[depth]
                if level == 0:
                    for at in range(node * FAN, min(node * FAN + FAN, n_segments)):
                        compared += 1
                        cx, cy, dx, dy = tree_segments[at]
                        if point:
                            square, share = roughly(ax, ay, cx, cy, dx, dy)
                            if square * (1.0 - share) > best:
                                continue
                        fx, fy = _foot(ax, ay, cx, cy, dx, dy)
                        square, ox, oy = _square(ax, ay, fx, fy), ax, ay
                        if not point:
                            gx, gy = _foot(bx, by, cx, cy, dx, dy)
                            other = _square(bx, by, gx, gy)
                            if other < square:
                                square, ox, oy, fx, fy = other, bx, by, gx, gy
                            gx, gy = _foot(cx, cy, ax, ay, bx, by)
                            other = _square(gx, gy, cx, cy)
                            if other < square:
                                square, ox, oy, fx, fy = other, gx, gy, cx, cy
                            gx, gy = _foot(dx, dy, ax, ay, bx, by)
                            other = _square(gx, gy, dx, dy)
                            if other < square:
                                square, ox, oy, fx, fy = other, gx, gy, dx, dy
                            if square > 0.0 and _cross(ax, ay, bx, by, cx, cy, dx, dy):
                                one = _side(cx, cy, dx, dy, ax, ay)
                                t = one / (one - _side(cx, cy, dx, dy, bx, by))
                                ox, oy = ax + t * (bx - ax), ay + t * (by - ay)
                                square, fx, fy = 0.0, ox, oy
                        tied = square == best and owner[at] == best_owner
                        if (
                            square < best
                            or (square == best and owner[at] < best_owner)
                            or (tied and (fx < rx or (fx == rx and fy < ry)))
                        ):
                            best, best_at, best_owner = square, at, owner[at]
                            sx, sy, rx, ry = ox, oy, fx, fy
                    continue
                # the boxes below, the nearest on top of the stack
                begin, end = levels[level - 1], levels[level]
                count = 0
                for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
                    gap_x = max(0.0, max(boxes[child, 0] - east, west - boxes[child, 2]))
                    gap_y = max(0.0, max(boxes[child, 1] - north, south - boxes[child, 3]))
                    across = gap_x * min(far, metres[child, 0])
                    up = gap_y * min(close, metres[child, 1])
                    bound = (across * across + up * up) * 0.99999999
                    if bound <= best:
                        at = count
                        while at and child_bound[at - 1] < bound:
                            child_bound[at], child_node[at] = child_bound[at - 1], child_node[at - 1]
                            at -= 1
                        child_bound[at], child_node[at] = bound, child - begin
                        count += 1
                for at in range(count):
                    stack_node[depth] = child_node[at]
                    stack_level[depth] = level - 1
                    stack_bound[depth] = child_bound[at]
                    depth += 1
        found[site] = best_at
        if best_at >= 0:
            warm = best_at
            near[site, 0], near[site, 1], near[site, 2], near[site, 3] = sx, sy, rx, ry
    return compared


@njit(cache=True, nogil=True, inline="always")
def _holds(x, y, feature, segments, first, boxes, levels, stack_node, stack_level):  # type: ignore[no-untyped-def]
    """Whether a point lies inside a feature: a ray to the east meets its rings an odd number of times."""
    top = 0
    while levels[top, feature + 1] - levels[top, feature] > 1:
        top += 1
    stack_node[0], stack_level[0] = 0, top
    depth, odd = 1, False
    while depth:
        depth -= 1
        node, level = stack_node[depth], stack_level[depth]
        box = levels[level, feature] + node
        if y < boxes[box, 1] or y > boxes[box, 3] or x > boxes[box, 2]:
            continue
        if level:
            end = levels[level - 1, feature + 1] - levels[level - 1, feature]
            for child in range(node * FAN, min(node * FAN + FAN, end)):
                stack_node[depth], stack_level[depth] = child, level - 1
                depth += 1
            continue
        begin = first[feature]
        for at in range(begin + node * FAN, min(begin + node * FAN + FAN, first[feature + 1])):
            ax, ay, bx, by = segments[at]
            if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
                odd = not odd
    return odd


@njit(cache=True, nogil=True)
def containing_features(points, segments, first, boxes, levels, own_boxes, own_row, over, over_levels, found):  # type: ignore[no-untyped-def]
    """``found`` (n,): the lowest row of the features that hold a point inside, or -1.

    ``segments``, ``first``, ``boxes``, ``levels`` are a forest; ``own_boxes``, ``own_row`` its features in the order of
    the tree of boxes ``over``, ``over_levels`` above them.
    """
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    inner_node = np.empty(_OPEN, dtype=np.int64)
    inner_level = np.empty(_OPEN, dtype=np.int64)
    for k in range(len(points)):
        x, y = points[k]
        found[k] = -1
        stack_node[0], stack_level[0] = 0, len(over_levels) - 2
        depth = 1
        while depth:
            depth -= 1
            node, level = stack_node[depth], stack_level[depth]
            if level == 0:
                for at in range(node * FAN, min(node * FAN + FAN, len(own_row))):
                    row = own_row[at]
                    if (
                        own_boxes[at, 0] <= x <= own_boxes[at, 2]
                        and own_boxes[at, 1] <= y <= own_boxes[at, 3]
                        and (found[k] < 0 or row < found[k])
                        and _holds(x, y, row, segments, first, boxes, levels, inner_node, inner_level)
                    ):
                        found[k] = row
                continue
            begin, end = over_levels[level - 1], over_levels[level]
            for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
                if over[child, 0] <= x <= over[child, 2] and over[child, 1] <= y <= over[child, 3]:
                    stack_node[depth], stack_level[depth] = child - begin, level - 1
                    depth += 1


@njit(cache=True, nogil=True)
def _share_under(ax, ay, bx, by, cx, cy, dx, dy, top, cuts):  # type: ignore[no-untyped-def]
    """Area and moment of what lies under both of two segments and above y = 0; where the second is above ``top`` nothing.

    Signed by the direction of each: a segment drawn westwards counts its area positive.
    """
    sign = 1.0
    if ax > bx:
        ax, ay, bx, by, sign = bx, by, ax, ay, -sign
    if cx > dx:
        cx, cy, dx, dy, sign = dx, dy, cx, cy, -sign
    west, east = max(ax, cx), min(bx, dx)
    if east <= west:
        return 0.0, 0.0
    slope, other = (by - ay) / (bx - ax), (dy - cy) / (dx - cx)
    cuts[0], cuts[1] = west, east
    count = 2
    for k in range(3):
        if k == 0:  # where the two meet
            if slope == other:
                continue
            x = (cy - ay + slope * ax - other * cx) / (slope - other)
        else:  # where the second enters or leaves the box
            if other == 0.0:
                continue
            x = cx + ((0.0 if k == 1 else top) - cy) / other
        if west < x < east:
            at = count - 1
            while cuts[at] > x:
                cuts[at + 1] = cuts[at]
                at -= 1
            cuts[at + 1] = x
            count += 1
    area = moment = 0.0
    for k in range(count - 1):
        x0, x1 = cuts[k], cuts[k + 1]
        middle = (x0 + x1) / 2
        other_y = cy + other * (middle - cx)
        if other_y <= 0.0 or other_y > top:
            continue
        if other_y < ay + slope * (middle - ax):
            low0, low1 = max(0.0, cy + other * (x0 - cx)), max(0.0, cy + other * (x1 - cx))
        else:
            low0, low1 = ay + slope * (x0 - ax), ay + slope * (x1 - ax)
        area += (x1 - x0) * (low0 + low1) / 2
        moment += (x1 - x0) * (low0 * low0 + low0 * low1 + low1 * low1) / 6
    return sign * area, sign * moment


@njit(cache=True, nogil=True)
def _east_of(pieces, begin, end, south, x):  # type: ignore[no-untyped-def]
    """Area and moment of the part of a site that lies east of x."""
    area = moment = 0.0
    for piece in range(begin, end):
        ax, ay, bx, by = pieces[piece]
        sign = 1.0
        if ax > bx:
            ax, ay, bx, by, sign = bx, by, ax, ay, -1.0
        if bx <= x or ax == bx:
            continue
        ay, by = ay - south, by - south
        if ax < x:
            ay += (by - ay) / (bx - ax) * (x - ax)
            ax = x
        area -= sign * (bx - ax) * (ay + by) / 2
        moment -= sign * (bx - ax) * (ay * ay + ay * by + by * by) / 6
    return area, moment


@njit(cache=True, nogil=True)
def common_areas(pieces, first_piece, site_boxes, sites, features, segments, first, boxes, levels, shared):  # type: ignore[no-untyped-def]
    """``shared`` (k, 2): the area (degrees squared) that each pair of site and feature has in common, and its moment.

    Rings run counterclockwise, holes clockwise; moments are about the south of the site's box. A polygon is the signed
    sum of the regions under its edges, so what two have in common is the sum over pairs of edges of what lies under
    both: no crossing has to be found, none can be missed. Of the feature only edges in the site's box are paired; all
    above it count by whether the feature holds the points of the box's upper edge.
    """
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    cuts = np.empty(6, dtype=np.float64)
    for k in range(len(sites)):
        site, feature = sites[k], features[k]
        west, south, east, north = site_boxes[site]
        top = north - south
        begin_piece, end_piece = first_piece[site], first_piece[site + 1]
        area = moment = 0.0
        if _holds(west, north, feature, segments, first, boxes, levels, stack_node, stack_level):
            area, moment = _east_of(pieces, begin_piece, end_piece, south, west)
        level = 0
        while levels[level, feature + 1] - levels[level, feature] > 1:
            level += 1
        stack_node[0], stack_level[0] = 0, level
        depth = 1
        while depth:
            depth -= 1
            node, level = stack_node[depth], stack_level[depth]
            box = levels[level, feature] + node
            if boxes[box, 0] > east or boxes[box, 2] < west or boxes[box, 1] > north or boxes[box, 3] < south:
                continue
            if level:
                end = levels[level - 1, feature + 1] - levels[level - 1, feature]
                for child in range(node * FAN, min(node * FAN + FAN, end)):
                    stack_node[depth], stack_level[depth] = child, level - 1
                    depth += 1
                continue
            begin = first[feature]
            for at in range(begin + node * FAN, min(begin + node * FAN + FAN, first[feature + 1])):
                cx, cy, dx, dy = segments[at]
                if max(cx, dx) < west or min(cx, dx) > east or max(cy, dy) < south or min(cy, dy) > north:
                    continue
                if (cy > north) != (dy > north):
                    x = cx + (north - cy) / (dy - cy) * (dx - cx)
                    if west < x < east:
                        turn = 1.0 if cy > dy else -1.0
                        one, two = _east_of(pieces, begin_piece, end_piece, south, x)
                        area += turn * one
                        moment += turn * two
                for piece in range(begin_piece, end_piece):
                    ax, ay, bx, by = pieces[piece]
                    if max(ax, bx) <= min(cx, dx) or min(ax, bx) >= max(cx, dx):
                        continue
                    one, two = _share_under(
                        ax, ay - south, bx, by - south, cx, cy - south, dx, dy - south, top, cuts
                    )
                    area += one
                    moment += two
        shared[k, 0], shared[k, 1] = area, moment
