"""The segment nearest to each of many points, compiled with numba: the walk of :mod:`geo.index.walks`, eight boxes or segments at once.

All that is left out by is a plane with lengths of a degree that hold for the whole of what can be nearest; what could be the nearest
is measured with the arithmetic of :mod:`geo.index.walks`, so the answers are the same to the bit.
"""

from __future__ import annotations

import numpy as np

from geo.index.boxes import FAN
from geo.index.walks import _OPEN, _degree, _foot, _larger, _square, njit, roughly

#: So many segments that could be the nearest are kept before they are measured.
_HELD = 64
#: No degree of latitude is shorter, metres.
_DEGREE_M = 110_000.0
#: So many neighbouring points look together for the boxes of a level that can hold what is nearest to any of them; for so many boxes at most.
_TOGETHER, _FROM, _MOST = 16, 2, 64


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _shortest(south, north, reach):  # type: ignore[no-untyped-def]
    """No degree of longitude or latitude is shorter halfway to what is no farther than ``reach`` (degrees) from latitudes."""
    far = max(abs(south), abs(north))
    near = 0.0 if south * north < 0 else min(abs(south), abs(north))
    across = _degree(min(90.0, far + reach / 2), 0) * 0.999999995
    up = _degree(max(0.0, near - reach / 2), 1) * 0.999999995
    return across, up


@njit(cache=True, nogil=True, error_model="numpy")
def _boxes_near(points, begin, end, warm, cap, boxes, levels, stack_node, stack_level, found):  # type: ignore[no-untyped-def]
    """The boxes of the level ``_FROM`` that can hold what is nearest to any of a run of points, into ``found`` (numbers in the level).

    ``warm``: a segment, that which is nearest to them is no farther; ``cap``: the square of the limit. Returns how many; more than
    ``_MOST`` are not looked for.
    """
    west = south = np.inf
    east = north = -np.inf
    bar = 0.0
    for k in range(begin, end):
        x, y = points[k, 0], points[k, 1]
        west, east = min(west, x), max(east, x)
        south, north = min(south, y), max(north, y)
        square, share = roughly(x, y, warm[0], warm[1], warm[2], warm[3])
        bar = max(bar, min(cap, square * (1.0 + share) + 1e-9))
    across, up = _shortest(south, north, np.sqrt(bar) / _DEGREE_M)
    stack_node[0], stack_level[0] = 0, len(levels) - 2
    depth, count = 1, 0
    while depth:
        depth -= 1
        node, level = stack_node[depth], stack_level[depth]
        box = levels[level] + node
        gap_x = max(0.0, boxes[box, 0] - east, west - boxes[box, 2]) * across
        gap_y = max(0.0, boxes[box, 1] - north, south - boxes[box, 3]) * up
        if gap_x * gap_x + gap_y * gap_y > bar:
            continue
        if level == _FROM:
            if count == _MOST:
                return count + 1
            found[count] = node
            count += 1
            continue
        over = levels[level] - levels[level - 1]
        for child in range(node * FAN, min(node * FAN + FAN, over)):
            stack_node[depth], stack_level[depth] = child, level - 1
            depth += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _starts(points, begin, end, warm, cap, boxes, levels, stack_node, stack_level, start, start_box):  # type: ignore[no-untyped-def]
    """Where the walks of a run of points begin: the numbers of boxes, the boxes themselves (4, n). Returns how many, and their level."""
    top, count = len(levels) - 2, _MOST + 1
    if top > _FROM:
        count = _boxes_near(points, begin, end, warm, cap, boxes, levels, stack_node, stack_level, start)
    if count <= _MOST:
        top = _FROM
    else:  # a small tree, or points far apart: at the root
        count, start[0] = 1, 0
    for k in range(count):
        for side in range(4):
            start_box[side, k] = boxes[levels[top] + start[k], side]
    return count, top


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_to_points(points, order, segments, owner, boxes, levels, cap_m, found, near):  # type: ignore[no-untyped-def]
    """As :func:`geo.index.walks.nearest_segments` of points (n, 2), which come in their ``order``. Returns the segments compared, and
    those measured."""
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    stack_bound = np.empty(_OPEN, dtype=np.float64)
    bound = np.empty(FAN, dtype=np.float64)
    held = np.empty(_HELD + FAN + 1, dtype=np.int64)
    held_bound = np.empty(_HELD + FAN + 1, dtype=np.float64)
    start = np.empty(_MOST, dtype=np.int64)  # where a walk begins: at these boxes of the level ``top``
    start_box = np.empty((4, _MOST), dtype=np.float64)
    start_bound = np.empty(_MOST, dtype=np.float64)
    total = len(segments)
    nobody = owner.max() + 1
    compared = measured = 0
    warm = 0
    for k in range(len(order)):
        if k % _TOGETHER == 0:
            end = min(k + _TOGETHER, len(order))
            nearest = (segments[warm, 0], segments[warm, 1], segments[warm, 2], segments[warm, 3])
            walk = (boxes, levels, stack_node, stack_level)
            starts, top = _starts(points, k, end, nearest, cap_m * cap_m, *walk, start, start_box)
        site = order[k]
        x, y = points[k, 0], points[k, 1]
        best = cap_m * cap_m
        best_at, best_owner = -1, nobody
        rx = ry = np.nan
        # what is farther than this is left out: where the last place was nearest is a good start, the walk finds it again
        square, share = roughly(
            x, y, segments[warm, 0], segments[warm, 1], segments[warm, 2], segments[warm, 3]
        )
        bar = min(best, square * (1.0 + share) + 1e-9)
        # in all that can be nearer no degree is shorter than these
        reach = np.sqrt(bar) / _DEGREE_M
        across, up = _shortest(y, y, reach)
        steep = 0.02 if abs(y) + reach < 60.0 else 2.0  # as in roughly()
        for j in range(starts):
            gap_x = _larger(_larger(start_box[0, j] - x, x - start_box[2, j]), 0.0) * across
            gap_y = _larger(_larger(start_box[1, j] - y, y - start_box[3, j]), 0.0) * up
            start_bound[j] = gap_x * gap_x + gap_y * gap_y
        depth = count = 0
        for j in range(starts):
            if start_bound[j] <= bar:
                at = depth
                while at > 0 and stack_bound[at - 1] < start_bound[j]:
                    stack_bound[at], stack_node[at] = stack_bound[at - 1], stack_node[at - 1]
                    at -= 1
                stack_bound[at], stack_node[at] = start_bound[j], start[j]
                stack_level[depth] = top
                depth += 1
        while depth or count:
            if depth:
                depth -= 1
                if stack_bound[depth] > bar:
                    continue
                node, level = stack_node[depth], stack_level[depth]
                if level:
                    # the boxes below, the nearest on top of the stack; how many is not known to the compiler, or it would take them one by one
                    begin = levels[level - 1] + node * FAN
                    fan = min(FAN, levels[level] - begin)
                    below = boxes[begin : begin + fan]
                    for j in range(fan):
                        gap_x = _larger(_larger(below[j, 0] - x, x - below[j, 2]), 0.0) * across
                        gap_y = _larger(_larger(below[j, 1] - y, y - below[j, 3]), 0.0) * up
                        bound[j] = gap_x * gap_x + gap_y * gap_y
                    bottom = depth
                    for j in range(fan):
                        if bound[j] <= bar:
                            at = depth
                            while at > bottom and stack_bound[at - 1] < bound[j]:
                                stack_bound[at], stack_node[at] = stack_bound[at - 1], stack_node[at - 1]
                                at -= 1
                            stack_bound[at], stack_node[at] = bound[j], node * FAN + j
                            stack_level[depth] = level - 1
                            depth += 1
                    continue
                begin = node * FAN
                fan = min(FAN, total - begin)
                compared += fan
                leaf = segments[begin : begin + fan]
                middle = (y + (boxes[node, 1] + boxes[node, 3]) / 2) / 2
                share = (boxes[node, 3] - boxes[node, 1]) * steep + 1e-7
                east, north = _degree(middle, 0), _degree(middle, 1)
                for j in range(fan):
                    to_x, to_y = (leaf[j, 0] - x) * east, (leaf[j, 1] - y) * north
                    along_x, along_y = (leaf[j, 2] - leaf[j, 0]) * east, (leaf[j, 3] - leaf[j, 1]) * north
                    part = -(to_x * along_x + to_y * along_y) / (
                        along_x * along_x + along_y * along_y + 1e-300
                    )
                    part = part if part < 1.0 else 1.0
                    part = part if part > 0.0 else 0.0
                    to_x += part * along_x
                    to_y += part * along_y
                    bound[j] = to_x * to_x + to_y * to_y
                least = np.inf
                for j in range(fan):
                    least = bound[j] if bound[j] < least else least
                if least * (1.0 - share) > bar:
                    continue
                bar = min(bar, least * (1.0 + share) + 1e-9)
                for j in range(
                    fan
                ):  # all are written, what is too far is written over: a jump foretold wrongly costs more
                    held[count], held_bound[count] = begin + j, bound[j] * (1.0 - share)
                    count += 1 if bound[j] * (1.0 - share) <= bar else 0
                if count < _HELD:
                    continue
            for candidate in range(count):
                if held_bound[candidate] > bar:
                    continue
                at = held[candidate]
                measured += 1
                fx, fy = _foot(x, y, segments[at, 0], segments[at, 1], segments[at, 2], segments[at, 3])
                square = _square(x, y, fx, fy)
                tied = square == best and owner[at] == best_owner
                if (
                    square < best
                    or (square == best and owner[at] < best_owner)
                    or (tied and (fx < rx or (fx == rx and fy < ry)))
                ):
                    best, best_at, best_owner = square, at, owner[at]
                    rx, ry = fx, fy
                    bar = min(bar, best)
            count = 0
        found[site] = best_at
        if best_at >= 0:
            warm = best_at
            near[site, 0], near[site, 1], near[site, 2], near[site, 3] = x, y, rx, ry
    return compared, measured
