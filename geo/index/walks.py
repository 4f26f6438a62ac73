"""Walks through the box hierarchy, compiled with numba: the nearest segment of sites of any shape.

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
def _larger(one, other):  # type: ignore[no-untyped-def]
    """Without a thought of what is no number: so it is one instruction for eight."""
    return one if one > other else other


@njit(cache=True, nogil=True, inline="always")
def _smaller(one, other):  # type: ignore[no-untyped-def]
    return one if one < other else other


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
