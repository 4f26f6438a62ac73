"""Painting row by row, compiled with numba: runs of cells within a limit of a segment, cells inside polygons.

The arithmetic is that of :mod:`geo.index.walks`: a cell is asked about at its middle, in the plane at the mid-latitude
of that middle and the point of the segment nearest to it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.index.boxes import FAN
from geo.index.painting import _bound
from geo.index.walks import _OPEN, _degree, _foot, _square

#: A segment that spans more latitude (degrees) is painted in parts: one length of a degree of longitude does for less.
_TALLEST = 0.004


@njit(cache=True, nogil=True)
def _paint_run(cells, row, begin, end, lows, highs):  # type: ignore[no-untyped-def]
    """Sets a run of a row, but for what the run before it in that row has set: runs of neighbours overlap."""
    low, high = lows[row], highs[row]
    if begin > high + 1 or end < low - 1 or high < low:
        for column in range(begin, end + 1):
            cells[row, column] = 1
        lows[row], highs[row] = begin, end
        return
    if begin < low:
        for column in range(begin, low):
            cells[row, column] = 1
        lows[row] = begin
    if end > high:
        for column in range(high + 1, end + 1):
            cells[row, column] = 1
        highs[row] = end


@njit(cache=True, nogil=True)
def paint_spans(west, north, step_x, step_y, limit_m, segments, goes_on, chosen, cells):  # type: ignore[no-untyped-def]
    """As :func:`paint_within`, for the segments ``chosen``: of each the run of cells it has in every row.

    What lies within a limit of a segment is convex, so in a row it is one run; about an end at which another segment begins
    (``goes_on``) that other's run goes on. A segment is taken in one plane a row; how far that
    can be off (a long one is taken in parts) is known, and cells so near to the limit are measured one by one. Returns the runs.
    """
    rows, columns = cells.shape
    lows = np.zeros(rows, dtype=np.int64)
    highs = np.full(rows, -1, dtype=np.int64)
    limit = limit_m * limit_m
    runs = 0
    for k in range(len(chosen)):
        sx, sy, ex, ey = segments[chosen[k]]
        parts = int(abs(ey - sy) / _TALLEST) + 1
        for part in range(parts):
            ax, ay = sx + (ex - sx) * (part / parts), sy + (ey - sy) * (part / parts)
            bx, by = sx + (ex - sx) * ((part + 1) / parts), sy + (ey - sy) * ((part + 1) / parts)
            south, upper = min(ay, by), max(ay, by)
            reach = limit_m / _degree(min(abs(south), abs(upper)), 1) * 1.000001 + 1e-9
            if south * upper < 0:
                reach = limit_m / _degree(0.0, 1) * 1.000001 + 1e-9
            reach = max(reach, limit_m / _degree(max(0.0, min(abs(south), abs(upper)) - reach), 1) * 1.000001)
            first = max(0, int(np.ceil((north - upper - reach) / step_y - 0.5)))
            last = min(rows - 1, int(np.floor((north - south + reach) / step_y - 0.5)))
            middle = (south + upper) / 2
            # the plane of the row and the middle of the part; the nearest point is at most half the part's height off
            quarter, widest = (upper - south) / 4, reach + (upper - south)
            edge = max(abs(south), abs(upper)) + widest
            off = (_degree(edge - quarter, 0) - _degree(edge + quarter, 0)) / _degree(edge, 0)
            doubt = limit_m * (1.05 * off + 5e-5 * widest * widest) + 1e-6
            wide, tight = limit_m + doubt, max(0.0, limit_m - doubt)
            between = wide * wide - tight * tight
            ends = 1 if part + 1 < parts or goes_on[chosen[k]] else 2
            # a degree's lengths change evenly over so few rows
            at, until = (
                (north - (first + 0.5) * step_y + middle) / 2,
                (north - (last + 0.5) * step_y + middle) / 2,
            )
            across_at, up_at, steps = _degree(at, 0), _degree(at, 1), max(1, last - first)
            across_by, up_by = (_degree(until, 0) - across_at) / steps, (_degree(until, 1) - up_at) / steps
            for row in range(first, last + 1):
                y = north - (row + 0.5) * step_y
                runs += 1
                across, up = across_at + (row - first) * across_by, up_at + (row - first) * up_by
                per_across = 1.0 / across
                out_low, out_high, in_low, in_high = np.inf, -np.inf, np.inf, -np.inf
                for end in range(ends):
                    px, py = (ax, ay) if end == 0 else (bx, by)
                    away = (y - py) * up
                    room = wide * wide - away * away
                    if room > 0.0:
                        half = np.sqrt(room)
                        inner = (half - between / half) * per_across
                        half *= per_across
                        out_low, out_high = min(out_low, px - half), max(out_high, px + half)
                        if inner >= 0.0:
                            in_low, in_high = min(in_low, px - inner), max(in_high, px + inner)
                if ax != bx or ay != by:
                    # between the ends: as wide as the limit to both sides, between the perpendiculars
                    east, rise, height = (bx - ax) * across, (by - ay) * up, (y - ay) * up
                    square = east * east + rise * rise
                    low, high = -np.inf, np.inf
                    if east != 0.0:
                        per_east = 1.0 / east
                        low, high = -height * rise * per_east, (square - height * rise) * per_east
                        low, high = min(low, high), max(low, high)
                    elif not 0.0 <= height * rise <= square:
                        low, high = np.inf, -np.inf
                    if rise != 0.0:
                        per_rise = 1.0 / rise
                        foot, ratio = height * east * per_rise, np.sqrt(square) * abs(per_rise)
                        one, two = max(low, foot - wide * ratio), min(high, foot + wide * ratio)
                        if one <= two:
                            out_low = min(out_low, ax + one * per_across)
                            out_high = max(out_high, ax + two * per_across)
                        one, two = max(low, foot - tight * ratio), min(high, foot + tight * ratio)
                        if one <= two:
                            in_low = min(in_low, ax + one * per_across)
                            in_high = max(in_high, ax + two * per_across)
                    elif low <= high and abs(height) <= wide:
                        out_low, out_high = (
                            min(out_low, ax + low * per_across),
                            max(out_high, ax + high * per_across),
                        )
                        if abs(height) <= tight:
                            in_low, in_high = (
                                min(in_low, ax + low * per_across),
                                max(in_high, ax + high * per_across),
                            )
                if out_low > out_high:
                    continue
                begin = max(0, int(np.ceil((out_low - west) / step_x - 0.5)))
                end = min(columns - 1, int(np.floor((out_high - west) / step_x - 0.5)))
                if begin > end:
                    continue
                sure_begin, sure_end = end + 1, end
                if in_low <= in_high:
                    sure_begin = max(begin, int(np.ceil((in_low - west) / step_x - 0.5)))
                    sure_end = min(end, int(np.floor((in_high - west) / step_x - 0.5)))
                    if sure_begin <= sure_end:
                        _paint_run(cells, row, sure_begin, sure_end, lows, highs)
                    else:
                        sure_begin, sure_end = end + 1, end
                column = begin
                while column <= end:
                    if column == sure_begin:
                        column = sure_end + 1
                        continue
                    if not cells[row, column]:
                        x = west + (column + 0.5) * step_x
                        fx, fy = _foot(x, y, sx, sy, ex, ey)
                        if _square(x, y, fx, fy) <= limit:
                            cells[row, column] = 1
                    column += 1
    return runs


@njit(cache=True, nogil=True)
def segments_near(west, south, east, north, limit_m, segments, boxes, metres, levels, found):  # type: ignore[no-untyped-def]
    """Writes the segments that may lie within a limit of a box into ``found``; how many, -1 where ``found`` is too short."""
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    far = _degree(max(abs(south), abs(north)), 0)
    close = _degree(0.0 if south * north < 0 else min(abs(south), abs(north)), 1)
    cap = limit_m * limit_m * 1.000001 + 1e-6
    stack_node[0], stack_level[0] = 0, len(levels) - 2
    depth, count = 1, 0
    while depth:
        depth -= 1
        node, level = stack_node[depth], stack_level[depth]
        if level == 0:
            for at in range(node * FAN, min(node * FAN + FAN, len(segments))):
                ax, ay, bx, by = segments[at]
                gap_x = max(0.0, max(min(ax, bx) - east, west - max(ax, bx)))
                gap_y = max(0.0, max(min(ay, by) - north, south - max(ay, by)))
                gap_x *= min(far, _degree(max(abs(ay), abs(by)), 0))
                gap_y *= min(close, _degree(0.0 if ay * by < 0 else min(abs(ay), abs(by)), 1))
                if gap_x * gap_x + gap_y * gap_y <= cap:
                    if count == len(found):
                        return -1
                    found[count] = at
                    count += 1
            continue
        begin, end = levels[level - 1], levels[level]
        for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
            if _bound(west, south, east, north, far, close, boxes, metres, child) <= cap:
                stack_node[depth], stack_level[depth] = child - begin, level - 1
                depth += 1
    return count


@njit(cache=True, nogil=True)
def paint_inside(place, segments, first, boxes, levels, own_boxes, own_row, over, over_levels, cells):  # type: ignore[no-untyped-def]
    """Sets ``cells`` to 1 where the middle lies inside a feature of a forest (:class:`geo.index.boxes.Forest`), rings as oriented.

    Row by row: what an edge west of a middle turns one way, its fellow turns back; inside, turns are left over. ``place`` is
    west, north and the size of a cell. Returns the crossings of edges and rows.
    """
    west, north, step_x, step_y = place
    rows, columns = cells.shape
    turns = np.zeros((rows, columns), dtype=np.int16)
    south, east = north - rows * step_y, west + columns * step_x
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    inner_node = np.empty(_OPEN, dtype=np.int64)
    inner_level = np.empty(_OPEN, dtype=np.int64)
    met = np.zeros(rows, dtype=np.uint8)
    crossings = 0
    stack_node[0], stack_level[0] = 0, len(over_levels) - 2
    depth = 1
    while depth:
        depth -= 1
        node, level = stack_node[depth], stack_level[depth]
        if level:
            begin, end = over_levels[level - 1], over_levels[level]
            for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
                if (
                    over[child, 0] <= east
                    and over[child, 2] >= west
                    and over[child, 1] <= north
                    and over[child, 3] >= south
                ):
                    stack_node[depth], stack_level[depth] = child - begin, level - 1
                    depth += 1
            continue
        for own in range(node * FAN, min(node * FAN + FAN, len(own_row))):
            if (
                own_boxes[own, 0] > east
                or own_boxes[own, 2] < west
                or own_boxes[own, 1] > north
                or own_boxes[own, 3] < south
            ):
                continue
            feature = own_row[own]
            top = 0
            while levels[top, feature + 1] - levels[top, feature] > 1:
                top += 1
            inner_node[0], inner_level[0] = 0, top
            inner = 1
            while inner:
                inner -= 1
                node_, level_ = inner_node[inner], inner_level[inner]
                box = levels[level_, feature] + node_
                if boxes[box, 0] > east or boxes[box, 1] > north or boxes[box, 3] < south:
                    continue
                if level_:
                    end = levels[level_ - 1, feature + 1] - levels[level_ - 1, feature]
                    for child in range(node_ * FAN, min(node_ * FAN + FAN, end)):
                        inner_node[inner], inner_level[inner] = child, level_ - 1
                        inner += 1
                    continue
                begin = first[feature]
                for at in range(begin + node_ * FAN, min(begin + node_ * FAN + FAN, first[feature + 1])):
                    ax, ay, bx, by = segments[at]
                    if ay == by:
                        continue
                    turn = 1 if ay > by else -1
                    low, high = min(ay, by), max(ay, by)
                    row = max(0, int(np.floor((north - high) / step_y - 0.5)))
                    last = min(rows - 1, int(np.ceil((north - low) / step_y - 0.5)))
                    slope = (bx - ax) / (by - ay)
                    while row <= last:
                        y = north - (row + 0.5) * step_y
                        if (ay > y) != (by > y):
                            x = ax + (y - ay) * slope
                            column = int(np.ceil((x - west) / step_x - 0.5)) if x > west else 0
                            if column < columns:
                                turns[row, column] += turn
                                met[row] = 1
                                crossings += 1
                        row += 1
    for row in range(rows):
        if met[row]:
            held = 0
            for column in range(columns):
                held += turns[row, column]
                if held != 0:
                    cells[row, column] = 1
    return crossings
