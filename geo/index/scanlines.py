"""Painting row by row, compiled with numba: runs of cells within a limit of a segment, cells inside polygons.

The arithmetic is that of :mod:`geo.index.walks`: a cell is asked about at its middle, in the plane at the mid-latitude
of that middle and the point of the segment nearest to it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.index.boxes import FAN
from geo.index.painting import _bound
from geo.index.walks import _OPEN, _degree, _foot, _larger, _smaller, _square

#: A segment that spans more latitude (degrees) is painted in parts: one length of a degree of longitude does for less.
_TALLEST = 0.004
#: A row with more crossings is counted through cell by cell: to sort them would cost more.
_MANY = 64


@njit(cache=True, nogil=True, error_model="numpy")
def _measure_runs(part, ends, planes, bounds, grid, count, runs):  # type: ignore[no-untyped-def]
    """Of a straight ``part`` (ax, ay, bx, by) the columns in each row that may be within the limit and those that are for sure.

    ``planes``: metres a degree in the first row and what changes from row to row; ``bounds``: the limit with room for what the planes
    are off, squared and not, and less it; ``grid``: west, latitude of the first row, and cells a degree across, degrees a row, columns.
    ``runs`` (4, ``count`` rows or more): first and last column of either; none where the last comes before the first. Written without a branch: eight rows are taken at once.
    """
    ax, ay, bx, by = part
    across_at, across_by, up_at, up_by = planes
    wide, tight = bounds
    west, top, per_step, step_y, columns = grid
    wide_square, tight_square = wide * wide, tight * tight
    # upright and level ones lean by a hundred-millionth of a metre: nothing is divided by nothing
    lean_x = bx - ax if bx != ax else 1e-13
    lean_y = by - ay if by != ay else 1e-13
    per_lean_x, per_lean_y = 1.0 / lean_x, 1.0 / lean_y
    far = 1e9
    for row in range(count):
        y = top - row * step_y
        across, up = across_at + row * across_by, up_at + row * up_by
        per_across = 1.0 / across
        # about the ends
        away = (y - ay) * up
        room, inner = wide_square - away * away, tight_square - away * away
        half, inner_half = np.sqrt(_larger(room, 0.0)), np.sqrt(_larger(inner, 0.0))
        low = ax - half * per_across if room > 0.0 else far
        high = ax + half * per_across if room > 0.0 else -far
        in_low = ax - inner_half * per_across if inner > 0.0 else far
        in_high = ax + inner_half * per_across if inner > 0.0 else -far
        if ends == 2:
            away = (y - by) * up
            room, inner = wide_square - away * away, tight_square - away * away
            half, inner_half = np.sqrt(_larger(room, 0.0)), np.sqrt(_larger(inner, 0.0))
            low = _smaller(low, bx - half * per_across if room > 0.0 else far)
            high = _larger(high, bx + half * per_across if room > 0.0 else -far)
            in_low = _smaller(in_low, bx - inner_half * per_across if inner > 0.0 else far)
            in_high = _larger(in_high, bx + inner_half * per_across if inner > 0.0 else -far)
        # between the ends: as wide as the limit to both sides, between the perpendiculars
        east, rise, height = lean_x * across, lean_y * up, (y - ay) * up
        square = east * east + rise * rise
        per_east, per_rise = per_across * per_lean_x, per_lean_y / up
        one, other = -height * rise * per_east, (square - height * rise) * per_east
        begin, end = _smaller(one, other), _larger(one, other)
        foot, ratio = height * east * per_rise, np.sqrt(square) * abs(per_rise)
        one, other = _larger(begin, foot - wide * ratio), _smaller(end, foot + wide * ratio)
        low = _smaller(low, ax + one * per_across if one <= other else far)
        high = _larger(high, ax + other * per_across if one <= other else -far)
        one, other = _larger(begin, foot - tight * ratio), _smaller(end, foot + tight * ratio)
        sure = one <= other and tight > 0.0
        in_low = _smaller(in_low, ax + one * per_across if sure else far)
        in_high = _larger(in_high, ax + other * per_across if sure else -far)
        # to columns whose middle lies between
        runs[0, row] = np.int32(_smaller(_larger(np.ceil((low - west) * per_step - 0.5), 0.0), columns))
        runs[1, row] = np.int32(
            _larger(_smaller(np.floor((high - west) * per_step - 0.5), columns - 1.0), -1.0)
        )
        runs[2, row] = np.int32(_smaller(_larger(np.ceil((in_low - west) * per_step - 0.5), 0.0), columns))
        runs[3, row] = np.int32(
            _larger(_smaller(np.floor((in_high - west) * per_step - 0.5), columns - 1.0), -1.0)
        )


@njit(cache=True, nogil=True)
def paint_spans(west, north, step_x, step_y, limit_m, segments, goes_on, chosen, cells):  # type: ignore[no-untyped-def]
    """As :func:`paint_within`, for the segments ``chosen``: of each the run of cells it has in every row.

    What lies within a limit of a segment is convex, so in a row it is one run; about an end at which another segment begins
    (``goes_on``) that other's run goes on. A segment is taken in one plane a row; how far that
    can be off (a long one is taken in parts) is known, and cells so near to the limit are measured one by one. Returns the runs.
    """
    rows, columns = cells.shape
    # what the runs before have set in each row: runs of neighbours overlap
    lows = np.zeros(rows, dtype=np.int32)
    highs = np.full(rows, -1, dtype=np.int32)
    runs = np.empty((4, rows + 8), dtype=np.int32)
    limit = limit_m * limit_m
    # how far the limit reaches, degrees, where they are shortest; by what share of itself a degree east changes a degree north, at most
    south = north - rows * step_y
    least = 0.0 if north * south < 0 else max(0.0, min(abs(north), abs(south)) - limit_m / 100_000.0)
    reach = limit_m / _degree(least, 1) * 1.000001 + 1e-9
    edge = min(89.8, max(abs(north), abs(south)) + reach + 2 * _TALLEST)
    steep = (_degree(edge, 0) - _degree(edge + 0.1, 0)) / (0.1 * _degree(edge + 0.1, 0))
    taken = 0
    for k in range(len(chosen)):
        sx, sy, ex, ey = segments[chosen[k]]
        parts = int(abs(ey - sy) / _TALLEST) + 1
        for part in range(parts):
            ax, ay = sx + (ex - sx) * (part / parts), sy + (ey - sy) * (part / parts)
            bx, by = sx + (ex - sx) * ((part + 1) / parts), sy + (ey - sy) * ((part + 1) / parts)
            lower, upper = min(ay, by), max(ay, by)
            first = max(0, int(np.ceil((north - upper - reach) / step_y - 0.5)))
            last = min(rows - 1, int(np.floor((north - lower + reach) / step_y - 0.5)))
            if last < first:
                continue
            middle = (lower + upper) / 2
            # the plane of the row and the middle of the part; the nearest point is at most half the part's height off
            quarter, widest = (upper - lower) / 4, reach + (upper - lower)
            off = 2 * quarter * steep
            doubt = limit_m * (1.05 * off + 5e-5 * widest * widest) + 1e-6
            ends = 1 if part + 1 < parts or goes_on[chosen[k]] else 2
            # a degree's lengths change evenly over so few rows
            top, bottom = north - (first + 0.5) * step_y, north - (last + 0.5) * step_y
            across_at, up_at = _degree((top + middle) / 2, 0), _degree((top + middle) / 2, 1)
            steps = max(1, last - first)
            across_by = (_degree((bottom + middle) / 2, 0) - across_at) / steps
            up_by = (_degree((bottom + middle) / 2, 1) - up_at) / steps
            _measure_runs(
                (ax, ay, bx, by),
                ends,
                (across_at, across_by, up_at, up_by),
                (limit_m + doubt, max(0.0, limit_m - doubt)),
                (west, top, 1.0 / step_x, step_y, float(columns)),
                (last - first + 8) // 8 * 8,  # some too many: the compiler takes what is left over one by one
                runs,
            )
            taken += last - first + 1
            for row in range(first, last + 1):
                begin, end = runs[0, row - first], runs[1, row - first]
                low, high = lows[row], highs[row]
                if begin > end or (low <= begin and end <= high):
                    continue
                sure_begin, sure_end = runs[2, row - first], runs[3, row - first]
                if sure_begin <= sure_end:
                    if sure_begin > high + 1 or sure_end < low - 1 or high < low:
                        cells[row, sure_begin : sure_end + 1] = 1
                        lows[row], highs[row] = sure_begin, sure_end
                    else:
                        if sure_begin < low:
                            cells[row, sure_begin:low] = 1
                            lows[row] = sure_begin
                        if sure_end > high:
                            cells[row, high + 1 : sure_end + 1] = 1
                            highs[row] = sure_end
                    if sure_begin == begin and sure_end == end:
                        continue
                else:
                    sure_begin, sure_end = end + 1, end
                y = north - (row + 0.5) * step_y
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
    return taken


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
def _crossings(place, shape, segments, first, boxes, levels, own_boxes, own_row, over, over_levels, found):  # type: ignore[no-untyped-def]
    """Where edges of features cross the middles of rows of cells, into ``found`` (k, 3) as far as it reaches: row, first column whose
    middle lies east of it, which way it turns. Returns how many there are."""
    west, north, step_x, step_y = place
    rows, columns = shape
    south, east, per_row = north - rows * step_y, west + columns * step_x, 1.0 / step_y
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    inner_node = np.empty(_OPEN, dtype=np.int64)
    inner_level = np.empty(_OPEN, dtype=np.int64)
    count = 0
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
                    # rows whose middle lies between, give or take the rounding
                    row = max(0, int(np.ceil((north - max(ay, by)) * per_row - 0.500001)))
                    last = min(rows - 1, int(np.floor((north - min(ay, by)) * per_row - 0.499999)))
                    if row > last:
                        continue
                    slope = (bx - ax) / (by - ay)
                    while row <= last:
                        y = north - (row + 0.5) * step_y
                        if (ay > y) != (by > y):
                            x = ax + (y - ay) * slope
                            column = int(np.ceil((x - west) / step_x - 0.5)) if x > west else 0
                            if column < columns:
                                if count < len(found):
                                    found[count, 0], found[count, 1], found[count, 2] = row, column, turn
                                count += 1
                        row += 1
    return count


@njit(cache=True, nogil=True)
def paint_inside(place, segments, first, boxes, levels, own_boxes, own_row, over, over_levels, cells):  # type: ignore[no-untyped-def]
    """Sets ``cells`` to 1 where the middle lies inside a feature of a forest (:class:`geo.index.boxes.Forest`), rings as oriented.

    Row by row: what an edge west of a middle turns one way, its fellow turns back; inside, turns are left over. ``place`` is
    west, north and the size of a cell. Returns the crossings of edges and rows.
    """
    rows, columns = cells.shape
    met = np.empty((0, 3), dtype=np.int32)
    count = 4 * rows
    while count > len(met):  # seldom twice
        met = np.empty((count + count // 2, 3), dtype=np.int32)
        count = _crossings(
            place, cells.shape, segments, first, boxes, levels, own_boxes, own_row, over, over_levels, met
        )
    begins = np.zeros(rows + 1, dtype=np.int64)
    for k in range(count):
        begins[met[k, 0] + 1] += 1
    for row in range(rows):
        begins[row + 1] += begins[row]
    ends = begins[:-1].copy()
    column = np.empty(count, dtype=np.int32)
    turn = np.empty(count, dtype=np.int32)
    for k in range(count):
        at = ends[met[k, 0]]
        ends[met[k, 0]] += 1
        column[at], turn[at] = met[k, 1], met[k, 2]
    line = np.zeros(columns, dtype=np.int32)
    for row in range(rows):
        begin, end = begins[row], begins[row + 1]
        held = 0
        if end - begin > _MANY:
            line[:] = 0
            for k in range(begin, end):
                line[column[k]] += turn[k]
            for at in range(columns):
                held += line[at]
                if held != 0:
                    cells[row, at] = 1
            continue
        for k in range(begin, end):  # from the west
            at, here, way = k, column[k], turn[k]
            while at > begin and column[at - 1] > here:
                column[at], turn[at] = column[at - 1], turn[at - 1]
                at -= 1
            column[at], turn[at] = here, way
        for k in range(begin, end):
            held += turn[k]
            until = column[k + 1] if k + 1 < end else columns
            if held != 0 and until > column[k]:
                cells[row, column[k] : until] = 1
    return count
