"""Painting distances, compiled with numba: how far the middle of each cell is from the nearest segment.

Blocks of 256 by 256 cells are cut into 4 by 4 parts, and these again; of the segments that may be nearest somewhere in a block
those are handed down to a part that may be nearest in it. The places nearer to a point than to a segment are convex: where a point on
one segment is nearer to all four corners of a part than another segment is, that other is nowhere nearest in the part. From the few
that are left for 16 by 16 cells each of these is measured.

The arithmetic is that of :mod:`geo.index.walks`: in the plane at the mid-latitude of a cell's middle and the point of the segment
nearest to it, taken once for a row of a part. Loops are written without branches over what lies side by side: eight or sixteen are taken at once.
"""

from __future__ import annotations

import numpy as np

from geo.index.boxes import FAN
from geo.index.painting import _bound
from geo.index.walks import _OPEN, _degree, _foot, _larger, _smaller, _square, njit

#: Cells either way that are measured together; parts either way of a block; lines about the parts, either way.
_SIDE, _PARTS = 16, 4
_LINES = _PARTS + 1
_BLOCK = _SIDE * _PARTS * _PARTS
#: Compiled without a thought of what is no number: none comes up.
_FINITE = {"nnan", "nsz"}


@njit(cache=True, nogil=True)
def paint_distance(west, north, step_x, step_y, segments, boxes, metres, levels, cells):  # type: ignore[no-untyped-def]
    """Fills ``cells`` (float32) with the distance in metres from the middle of each to the nearest segment.

    Returns the comparisons made: of a segment and a block, a part of one or a row of cells.
    """
    rows, columns = cells.shape
    tree = (segments, boxes, metres, levels)
    room = min(1024, 8 * len(segments))
    outer, inner = _room(room), _room(room)
    lines = np.empty((4, _LINES))
    measured = np.empty(_SIDE * _SIDE, dtype=np.float32)
    terms = np.empty(6 * _SIDE, dtype=np.float32)
    compared, warm = 0, len(segments) // 2
    for first_row in range(0, rows, _BLOCK):
        for first_column in range(0, columns, _BLOCK):
            _divide(west, north, step_x, step_y, first_row, first_column, _BLOCK, cells.shape, lines[:2])
            xs, ys = lines[0], lines[1]
            count, looked, warm = _may_be_nearest(xs, ys, tree, warm, outer[0])
            while count < 0:  # seldom: so many are as near
                outer = _room(2 * len(outer[0]))
                count, looked, warm = _may_be_nearest(xs, ys, tree, warm, outer[0])
            if len(outer[0]) > len(inner[0]):
                inner = _room(len(outer[0]))
            compared += looked + count
            _hand_down(xs, ys, segments, outer, count)
            held, of_parts, counts = inner[0], outer[4], outer[5]
            few_of_parts, few_counts = inner[4], inner[5]
            for part in range(_PARTS * _PARTS):
                few = counts[part]
                if few == 0:
                    continue
                row = first_row + part // _PARTS * _SIDE * _PARTS
                column = first_column + part % _PARTS * _SIDE * _PARTS
                _divide(west, north, step_x, step_y, row, column, _SIDE * _PARTS, cells.shape, lines[2:])
                held[:few] = of_parts[part, :few]
                compared += few
                _hand_down(lines[2], lines[3], segments, inner, few)
                for own in range(_PARTS * _PARTS):
                    if few_counts[own] == 0:
                        continue
                    at_row, at_column = row + own // _PARTS * _SIDE, column + own % _PARTS * _SIDE
                    compared += few_counts[own] * _SIDE
                    place = (west + at_column * step_x, north - at_row * step_y, step_x, step_y)
                    measured[:] = np.inf
                    for k in range(few_counts[own]):
                        _measure(place, segments[few_of_parts[own, k]], terms, measured)
                    for r in range(min(_SIDE, rows - at_row)):
                        for c in range(min(_SIDE, columns - at_column)):
                            cells[at_row + r, at_column + c] = np.sqrt(measured[r * _SIDE + c])
    return compared


@njit(cache=True, nogil=True)
def _room(count):  # type: ignore[no-untyped-def]
    """What handing down takes for so many segments: their places in the tree, their lines, how far each is from 25 corners, by how much
    each is left out; those of every part and how many these are. Rows are a little longer than a power of two, which the processor's caches mind."""
    wide = count + 16
    return (
        np.empty(wide, dtype=np.int32),
        np.empty((7, wide), dtype=np.float32),
        np.empty((_LINES * _LINES, wide), dtype=np.float32),
        np.empty(wide, dtype=np.float32),
        np.empty((_PARTS * _PARTS, wide), dtype=np.int32),
        np.zeros(_PARTS * _PARTS, dtype=np.int64),
    )


@njit(cache=True, nogil=True)
def _divide(west, north, step_x, step_y, row, column, side, shape, lines):  # type: ignore[no-untyped-def]
    """The meridians and parallels about the parts of a block of ``side`` cells, none beyond the last cell."""
    own = side // _PARTS
    for k in range(_LINES):
        lines[0, k] = west + min(shape[1], column + k * own) * step_x
        lines[1, k] = north - min(shape[0], row + k * own) * step_y


@njit(cache=True, nogil=True)
def _limits(west, south, east, north, y, height, probe_x, probe_y, limits):  # type: ignore[no-untyped-def]
    """Squares of how far four points are from the corners of a part, with room for what planes at other latitudes of its block say
    (``height`` degrees about ``y``)."""
    across, up = _degree(y, 0), _degree(y, 1)
    # by what share of itself a degree east changes a degree north
    steep = abs(_degree(y - 0.05, 0) - _degree(y + 0.05, 0)) * 10.0 / across if across > 1.0 else 1.0
    half_x, half_y = (east - west) / 2 * across, (north - south) / 2 * up
    radius = np.sqrt(half_x * half_x + half_y * half_y)
    share = 1.00002 + 0.75 * steep * height
    for point in range(4):
        farthest = 0.0
        for corner in range(4):
            px, py = west if corner % 2 == 0 else east, north if corner < 2 else south
            limits[point, corner] = _square(px, py, probe_x[point], probe_y[point])
            farthest = max(farthest, limits[point, corner])
        # lines of equal distance bend a little in longitude and latitude
        bend = 1.0 + 4.0 * steep / up * (np.sqrt(farthest) + radius) * radius * radius
        for corner in range(4):
            limits[point, corner] = limits[point, corner] * share + bend


@njit(cache=True, nogil=True)
def _nearest(x, y, tree, warm):  # type: ignore[no-untyped-def]
    """The segment nearest to a place, and how many were looked at; ``warm`` is one that is likely near."""
    segments, boxes, metres, levels = tree
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    stack_bound = np.empty(_OPEN, dtype=np.float64)
    cx, cy, dx, dy = segments[warm]
    fx, fy = _foot(x, y, cx, cy, dx, dy)
    best = _square(x, y, fx, fy) * 1.000001 + 1e-9
    far, close = _degree(y, 0), _degree(y, 1)
    stack_node[0], stack_level[0], stack_bound[0] = 0, len(levels) - 2, 0.0
    depth, looked = 1, 0
    while depth:
        depth -= 1
        if stack_bound[depth] > best:
            continue
        node, level = stack_node[depth], stack_level[depth]
        if level == 0:
            for at in range(node * FAN, min(node * FAN + FAN, len(segments))):
                looked += 1
                cx, cy, dx, dy = segments[at]
                fx, fy = _foot(x, y, cx, cy, dx, dy)
                square = _square(x, y, fx, fy)
                if square < best:
                    best, warm = square, at
            continue
        begin, end = levels[level - 1], levels[level]
        for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
            bound = _bound(x, y, x, y, far, close, boxes, metres, child)
            if bound <= best:
                at = depth  # the nearest of the boxes on top
                while at and stack_level[at - 1] == level - 1 and stack_bound[at - 1] < bound:
                    stack_node[at], stack_level[at], stack_bound[at] = (
                        stack_node[at - 1],
                        stack_level[at - 1],
                        stack_bound[at - 1],
                    )
                    at -= 1
                stack_node[at], stack_level[at], stack_bound[at] = child - begin, level - 1, bound
                depth += 1
    return warm, looked


@njit(cache=True, nogil=True)
def _may_be_nearest(xs, ys, tree, warm, held):  # type: ignore[no-untyped-def]
    """The segments that may be nearest somewhere in a block, into ``held``: how many (-1: it is too short), how many were looked at, and
    one of the nearest."""
    segments, boxes, metres, levels = tree
    probe_x, probe_y, limits = np.empty(4), np.empty(4), np.empty((4, 4))
    corner_x, corner_y, wide, high = np.empty(4), np.empty(4), np.empty(4), np.empty(4)
    looked = 0
    for k in range(4):
        corner_x[k], corner_y[k] = xs[0] if k % 2 == 0 else xs[-1], ys[0] if k < 2 else ys[-1]
        wide[k], high[k] = _degree(corner_y[k], 0), _degree(corner_y[k], 1)
        warm, more = _nearest(corner_x[k], corner_y[k], tree, warm)
        looked += more
        cx, cy, dx, dy = segments[warm]
        probe_x[k], probe_y[k] = _foot(corner_x[k], corner_y[k], cx, cy, dx, dy)
    _limits(xs[0], ys[-1], xs[-1], ys[0], (ys[0] + ys[-1]) / 2, ys[0] - ys[-1], probe_x, probe_y, limits)
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    stack_node[0], stack_level[0] = 0, len(levels) - 2
    depth, count = 1, 0
    while depth:
        depth -= 1
        node, level = stack_node[depth], stack_level[depth]
        if level == 0:  # one by one they are looked at part by part
            for at in range(node * FAN, min(node * FAN + FAN, len(segments))):
                if count == len(held):
                    return -1, looked, warm
                held[count] = at
                count += 1
            continue
        begin, end = levels[level - 1], levels[level]
        for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
            looked += 1
            open_ = 0  # by which points it is not left out
            for corner in range(4):
                px, py = corner_x[corner], corner_y[corner]
                bound = _bound(px, py, px, py, wide[corner], high[corner], boxes, metres, child)
                for point in range(4):
                    if bound < limits[point, corner]:
                        open_ |= 1 << point
                if open_ == 15:
                    break
            if open_ == 15:
                stack_node[depth], stack_level[depth] = child - begin, level - 1
                depth += 1
    if count == 0:  # so far off that no plane holds
        held[0], count = warm, 1
    return count, looked, warm


@njit(cache=True, nogil=True, error_model="numpy", fastmath=_FINITE)
def _hand_down(xs, ys, segments, room, count):  # type: ignore[no-untyped-def]
    """Which of the ``count`` segments of a block may be nearest in each of its parts."""
    held, lines, reach, over, chosen, counts = room
    probe_x, probe_y = np.empty(_LINES * _LINES), np.empty(_LINES * _LINES)
    own_x, own_y, limits = np.empty(4), np.empty(4), np.empty((4, 4))
    foremost = np.empty(_LINES * _LINES, dtype=np.int64)
    x, y = (xs[0] + xs[-1]) / 2, (ys[0] + ys[-1]) / 2
    for k in range(count):
        cx, cy, dx, dy = segments[held[k]]
        across, up = _degree((y + (cy + dy) / 2) / 2, 0), _degree((y + (cy + dy) / 2) / 2, 1)
        along_x, along_y = (dx - cx) * across, (dy - cy) * up
        length = along_x * along_x + along_y * along_y
        part = ((x - cx) * across * along_x + (y - cy) * up * along_y) / length if length > 0.0 else 0.0
        foot = (y + cy + min(1.0, max(0.0, part)) * (dy - cy)) / 2
        across, up = _degree(foot, 0), _degree(foot, 1)
        along_x, along_y = (dx - cx) * across, (dy - cy) * up
        length = along_x * along_x + along_y * along_y
        lines[0, k], lines[1, k] = across, up
        lines[2, k], lines[3, k] = (cx - x) * across, (cy - y) * up
        lines[4, k], lines[5, k] = along_x, along_y
        lines[6, k] = 1.0 / length if length > 0.0 else 0.0
    for place in range(_LINES * _LINES):
        to_x, to_y = np.float32(xs[place % _LINES] - x), np.float32(ys[place // _LINES] - y)
        least = _reach(to_x, to_y, lines, count, reach[place])
        nearest = 0
        while reach[place, nearest] > least:
            nearest += 1
        foremost[place] = nearest
        cx, cy, dx, dy = segments[held[nearest]]
        px = to_x * lines[0, nearest] - lines[2, nearest]
        py = to_y * lines[1, nearest] - lines[3, nearest]
        part = (px * lines[4, nearest] + py * lines[5, nearest]) * lines[6, nearest]
        part = min(1.0, max(0.0, part))
        probe_x[place], probe_y[place] = cx + part * (dx - cx), cy + part * (dy - cy)
    for part in range(_PARTS * _PARTS):
        j, i = part // _PARTS, part % _PARTS
        counts[part] = 0
        if xs[i] == xs[i + 1] or ys[j] == ys[j + 1]:
            continue
        first = j * _LINES + i
        for corner in range(4):
            at = first + corner // 2 * _LINES + corner % 2
            own_x[corner], own_y[corner] = probe_x[at], probe_y[at]
        _limits(xs[i], ys[j + 1], xs[i + 1], ys[j], y, ys[0] - ys[-1], own_x, own_y, limits)
        over[:count] = -np.inf
        for point in range(4):
            _leave_out(
                reach[first],
                reach[first + 1],
                reach[first + _LINES],
                reach[first + _LINES + 1],
                limits[point],
                count,
                over,
            )
        for corner in range(4):  # these are, however far off all of them are
            over[foremost[first + corner // 2 * _LINES + corner % 2]] = -np.inf
        n = 0
        for k in range(count):
            chosen[part, n] = held[k]
            n += 1 if over[k] < 0.0 else 0
        counts[part] = n


@njit(cache=True, nogil=True, fastmath=_FINITE)
def _reach(to_x, to_y, lines, count, reach):  # type: ignore[no-untyped-def]
    """Square of how far a place (degrees from the middle of the block) is from each segment; returns the least."""
    across, up, start_x, start_y = lines[0], lines[1], lines[2], lines[3]
    along_x, along_y, share = lines[4], lines[5], lines[6]
    least, none, whole = np.float32(np.inf), np.float32(0.0), np.float32(1.0)
    for k in range(count):
        px, py = to_x * across[k] - start_x[k], to_y * up[k] - start_y[k]
        part = _smaller(whole, _larger(none, (px * along_x[k] + py * along_y[k]) * share[k]))
        off_x, off_y = px - part * along_x[k], py - part * along_y[k]
        square = off_x * off_x + off_y * off_y
        reach[k] = square
        least = _smaller(least, square)
    return least


@njit(cache=True, nogil=True, fastmath=_FINITE)
def _leave_out(one, two, three, four, limits, count, over):  # type: ignore[no-untyped-def]
    """By how much each segment is farther from all four corners than a point; less than nothing: somewhere it is not."""
    a, b, c, d = np.float32(limits[0]), np.float32(limits[1]), np.float32(limits[2]), np.float32(limits[3])
    for k in range(count):
        own = _smaller(_smaller(one[k] - a, two[k] - b), _smaller(three[k] - c, four[k] - d))
        over[k] = _larger(over[k], own)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=_FINITE)
def _measure(place, segment, terms, measured):  # type: ignore[no-untyped-def]
    """Lowers ``measured`` (16 rows of 16) to the square of how far a segment is from the middle of each cell.

    Along a row both the way along the line and the way off it change evenly. Both are taken from a point of the segment near to
    the cells: near to it they are small, and small numbers are exact.
    """
    west, north, step_x, step_y = place
    cx, cy, dx, dy = segment
    x, y = west + _SIDE / 2 * step_x, north - _SIDE / 2 * step_y
    across, up = _degree((y + (cy + dy) / 2) / 2, 0), _degree((y + (cy + dy) / 2) / 2, 1)
    along_x, along_y = (dx - cx) * across, (dy - cy) * up
    length = along_x * along_x + along_y * along_y
    part = ((x - cx) * across * along_x + (y - cy) * up * along_y) / length if length > 0.0 else 0.0
    part = min(1.0, max(0.0, part))
    fx, fy = cx + part * (dx - cx), cy + part * (dy - cy)
    top, bottom = north - 0.5 * step_y, north - (_SIDE - 0.5) * step_y
    across_at, up_at = _degree((top + fy) / 2, 0), _degree((top + fy) / 2, 1)
    across_by = (_degree((bottom + fy) / 2, 0) - across_at) / (_SIDE - 1)
    up_by = (_degree((bottom + fy) / 2, 1) - up_at) / (_SIDE - 1)
    from_x, from_y = west + 0.5 * step_x - fx, top - fy
    is_point = length <= 0.0
    for r in range(_SIDE):
        across, up = across_at + r * across_by, up_at + r * up_by
        east, rise = (dx - cx) * across, (dy - cy) * up
        long = np.sqrt(east * east + rise * rise)
        per_long = 0.0 if is_point else 1.0 / long
        east, rise = (1.0 if is_point else east * per_long), rise * per_long
        to_x, to_y = from_x * across, (from_y - r * step_y) * up
        terms[r] = to_x * rise - to_y * east
        terms[_SIDE + r] = step_x * across * rise
        terms[2 * _SIDE + r] = to_x * east + to_y * rise
        terms[3 * _SIDE + r] = step_x * across * east
        terms[4 * _SIDE + r] = -part * long
        terms[5 * _SIDE + r] = (1.0 - part) * long
    none = np.float32(0.0)
    for r in range(_SIDE):
        off, off_by, way, way_by = terms[r], terms[_SIDE + r], terms[2 * _SIDE + r], terms[3 * _SIDE + r]
        low, high = terms[4 * _SIDE + r], terms[5 * _SIDE + r]
        for c in range(_SIDE):
            here, aside = way + way_by * np.float32(c), off + off_by * np.float32(c)
            past = _larger(_larger(here - high, low - here), none)
            square = aside * aside + past * past
            measured[r * _SIDE + c] = _smaller(measured[r * _SIDE + c], square)
