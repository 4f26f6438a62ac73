"""Painting row by row, compiled with numba: runs of cells within a limit of a segment.

The arithmetic is that of :mod:`geo.index.walks`: a cell is asked about at its middle, in the plane at the mid-latitude
of that middle and the point of the segment nearest to it.
"""

from __future__ import annotations

import numpy as np

from geo.index.boxes import FAN
from geo.index.painting import _bound
from geo.index.walks import _OPEN, _degree, _foot, _larger, _smaller, _square, njit

#: A segment that spans more latitude (degrees) is painted in parts: one length of a degree of longitude does for less.
_TALLEST = 0.004
#: Of a row without a run the first column (numbers so large are still whole in 32 bits), and by what share metres are off in 32 bits.
_NONE, _SHORT = 16_777_215.0, 2e-6
#: Compiled without a thought of what is no number: none comes up.
_FINITE = {"nnan", "nsz"}
#: And whole numbers added in any order.
_COUNTED = {"nnan", "nsz", "reassoc"}


@njit(cache=True, nogil=True, error_model="numpy", fastmath=_FINITE)
def _measure_runs(lean, plane, bounds, grid, ends, count, runs):  # type: ignore[no-untyped-def]
    """Of a straight part of a segment the columns in each row that may be within the limit, and those that are for sure.

    In metres from its first end: ``lean``, degrees east and north to its other end and one over each; ``plane``, what changes evenly from
    row to row: metres a degree east and north, one over each, the part's length; ``bounds``: the limit with room for what planes and 32
    bits are off, and less it; ``grid``: the first row's way north of the first end and a row's height, degrees, cells a degree
    across, the first end's column and what is left over of it, columns. ``runs``: of each of ``count`` rows the first and the last column
    that may be, then those that are for sure; of none :data:`_NONE` and less than nothing. Written without a branch: sixteen rows are taken at once.
    """
    lean_x, lean_y, per_lean_x, per_lean_y = lean
    (
        across_at,
        across_by,
        up_at,
        up_by,
        per_across_at,
        per_across_by,
        per_up_at,
        per_up_by,
        long_at,
        long_by,
    ) = plane
    wide, tight = bounds
    from_y, step_y, per_step, before, left_over, columns = grid
    may_low, may_high, low_, high_ = runs
    far, zero, one_, none = np.float32(1e9), np.float32(0.0), np.float32(1.0), np.float32(_NONE)
    for r in range(count):
        row = np.float32(r)
        across, up = across_at + row * across_by, up_at + row * up_by
        per_across = per_across_at + row * per_across_by
        per_east, per_column = per_across * per_lean_x, per_across * per_step
        per_rise, long = (per_up_at + row * per_up_by) * per_lean_y, long_at + row * long_by
        east, rise, height = lean_x * across, lean_y * up, (from_y - row * step_y) * up
        # about the ends
        room, inner = (wide - height) * (wide + height), (tight - height) * (tight + height)
        half, inner_half = np.sqrt(_larger(room, zero)), np.sqrt(_larger(inner, zero))
        low, high = -half if room > zero else far, half if room > zero else -far
        in_low, in_high = -inner_half if inner > zero else far, inner_half if inner > zero else -far
        if ends == 2:
            away = height - rise
            room, inner = (wide - away) * (wide + away), (tight - away) * (tight + away)
            half, inner_half = np.sqrt(_larger(room, zero)), np.sqrt(_larger(inner, zero))
            low = _smaller(low, east - half if room > zero else far)
            high = _larger(high, east + half if room > zero else -far)
            in_low = _smaller(in_low, east - inner_half if inner > zero else far)
            in_high = _larger(in_high, east + inner_half if inner > zero else -far)
        # between the ends: as wide as the limit to both sides, between the perpendiculars
        one = -height * rise * per_east
        other = one + long * long * per_east
        begin, end = _smaller(one, other), _larger(one, other)
        foot, ratio = height * east * per_rise, long * abs(per_rise)
        one, other = _larger(begin, foot - wide * ratio), _smaller(end, foot + wide * ratio)
        low = _smaller(low, one if one <= other else far)
        high = _larger(high, other if one <= other else -far)
        one, other = _larger(begin, foot - tight * ratio), _smaller(end, foot + tight * ratio)
        sure = one <= other and tight > zero
        in_low = _smaller(in_low, one if sure else far)
        in_high = _larger(in_high, other if sure else -far)
        # to columns whose middle lies between
        first = _larger(_smaller(np.ceil(low * per_column + left_over) + before, columns), zero)
        last = _smaller(_larger(np.floor(high * per_column + left_over) + before, -one_), columns - one_)
        may_low[r], may_high[r] = first if first <= last else none, last if first <= last else -one_
        first = _larger(_smaller(np.ceil(in_low * per_column + left_over) + before, columns), zero)
        last = _smaller(_larger(np.floor(in_high * per_column + left_over) + before, -one_), columns - one_)
        low_[r], high_[r] = first if first <= last else none, last if first <= last else -one_


@njit(cache=True, nogil=True, fastmath=_COUNTED)
def _join_runs(runs, count, lows, highs):  # type: ignore[no-untyped-def]
    """Widens what each row holds so far by the runs that are for sure and touch it. Returns in how many rows a run lies apart from it."""
    _, _, low_, high_ = runs
    zero, one_ = np.float32(0.0), np.float32(1.0)
    apart = zero
    for r in range(count):
        begin, end, low, high = low_[r], high_[r], lows[r], highs[r]
        off = _larger(begin - high, low - end)
        off = off if begin <= end and low <= high else zero
        lows[r] = _smaller(low, begin) if off <= one_ else low
        highs[r] = _larger(high, end) if off <= one_ else high
        apart += one_ if off > one_ else zero
    return apart


@njit(cache=True, nogil=True, fastmath=_COUNTED)
def _open_rows(runs, count):  # type: ignore[no-untyped-def]
    """In how many rows more may be within the limit than is for sure."""
    may_low, may_high, low_, high_ = runs
    zero, one_ = np.float32(0.0), np.float32(1.0)
    found = zero
    for r in range(count):
        found += one_ if may_low[r] < low_[r] or may_high[r] > high_[r] else zero
    return found


@njit(cache=True, nogil=True)
def paint_spans(west, north, step_x, step_y, limit_m, segments, goes_on, chosen, cells):  # type: ignore[no-untyped-def]
    """As :func:`paint_within`, for the segments ``chosen``: of each the run of cells it has in every row.

    What lies within a limit of a segment is convex, so in a row it is one run; about an end at which another segment begins
    (``goes_on``) that other's run goes on. Runs of neighbours overlap: they are joined, and painted where another lies apart from them.
    A segment is taken in one plane a row and in numbers of 32 bits; how far that can be off (a long one is taken in parts) is known, and
    cells so near to the limit are measured one by one. Returns the runs.
    """
    rows, columns = cells.shape
    # what the runs before have joined to in each row; a little longer, as rows are taken sixteen at once
    lows = np.full(rows + 16, _NONE, dtype=np.float32)
    highs = np.full(rows + 16, -1.0, dtype=np.float32)
    of_rows = np.empty((4, rows + 32), dtype=np.float32)
    runs = (of_rows[0], of_rows[1], of_rows[2], of_rows[3])
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
            # a degree's lengths change evenly over so few rows
            top, bottom = north - (first + 0.5) * step_y, north - (last + 0.5) * step_y
            across, up = _degree((top + middle) / 2, 0), _degree((top + middle) / 2, 1)
            across_end, up_end = _degree((bottom + middle) / 2, 0), _degree((bottom + middle) / 2, 1)
            by_row = 1.0 / max(1, last - first)
            # upright and level ones lean by a hundred-millionth of a metre: nothing is divided by nothing
            lean_x = bx - ax if abs(bx - ax) > 1e-13 else 1e-13
            lean_y = by - ay if abs(by - ay) > 1e-13 else 1e-13
            long = np.sqrt((lean_x * across) ** 2 + (lean_y * up) ** 2)
            long_end = np.sqrt((lean_x * across_end) ** 2 + (lean_y * up_end) ** 2)
            # the plane of the row and the middle of the part; the nearest point is at most half the part's height off
            quarter, widest = (upper - lower) / 4, reach + (upper - lower)
            off = 2 * quarter * steep
            doubt = limit_m * (1.05 * off + (5e-5 + steep * steep) * widest * widest) + 1e-6
            doubt += _SHORT * (limit_m + long)
            column = (ax - west) / step_x - 0.5
            before = np.floor(column)
            # some too many: the compiler would take what is left over one by one
            count = (last - first + 16) // 16 * 16
            _measure_runs(
                (np.float32(lean_x), np.float32(lean_y), np.float32(1.0 / lean_x), np.float32(1.0 / lean_y)),
                (
                    np.float32(across),
                    np.float32((across_end - across) * by_row),
                    np.float32(up),
                    np.float32((up_end - up) * by_row),
                    np.float32(1.0 / across),
                    np.float32((1.0 / across_end - 1.0 / across) * by_row),
                    np.float32(1.0 / up),
                    np.float32((1.0 / up_end - 1.0 / up) * by_row),
                    np.float32(long),
                    np.float32((long_end - long) * by_row),
                ),
                (np.float32(limit_m + doubt), np.float32(max(0.0, limit_m - doubt))),
                (
                    np.float32(top - ay),
                    np.float32(step_y),
                    np.float32(1.0 / step_x),
                    np.float32(before),
                    np.float32(column - before),
                    np.float32(columns),
                ),
                1 if part + 1 < parts or goes_on[chosen[k]] else 2,
                count,
                runs,
            )
            taken += last - first + 1
            if _join_runs(runs, count, lows[first : first + count], highs[first : first + count]) > 0.0:
                _start_anew(runs, first, last, lows, highs, cells)
            if _open_rows(runs, count) > 0.0:
                place = (west, north, step_x, step_y)
                _measure_open(place, limit_m, segments[chosen[k]], first, last, runs, lows, highs, cells)
    for row in range(rows):
        if lows[row] <= highs[row]:
            cells[row, int(lows[row]) : int(highs[row]) + 1] = 1
    return taken


@njit(cache=True, nogil=True)
def _start_anew(runs, first, last, lows, highs, cells):  # type: ignore[no-untyped-def]
    """Where a run lies apart from what its row holds so far, that is painted and the run takes its place."""
    _, _, low_, high_ = runs
    for row in range(first, last + 1):
        begin, end, low, high = low_[row - first], high_[row - first], lows[row], highs[row]
        if begin <= end and low <= high and (begin - high > 1 or low - end > 1):
            cells[row, int(low) : int(high) + 1] = 1
            lows[row], highs[row] = begin, end


@njit(cache=True, nogil=True)
def _measure_open(place, limit_m, segment, first, last, runs, lows, highs, cells):  # type: ignore[no-untyped-def]
    """Measures cells that may be within the limit but are not for sure."""
    west, north, step_x, step_y = place
    may_low, may_high, low_, high_ = runs
    sx, sy, ex, ey = segment
    for row in range(first, last + 1):
        at = row - first
        if may_low[at] == low_[at] and may_high[at] == high_[at]:
            continue
        y = north - (row + 0.5) * step_y
        column = int(may_low[at])
        while column <= may_high[at]:
            if lows[row] <= column <= highs[row]:
                column = int(highs[row]) + 1
                continue
            if not cells[row, column]:
                x = west + (column + 0.5) * step_x
                fx, fy = _foot(x, y, sx, sy, ex, ey)
                if _square(x, y, fx, fy) <= limit_m * limit_m:
                    cells[row, column] = 1
            column += 1


@njit(cache=True, nogil=True)
def segments_near(west, south, east, north, limit_m, segments, boxes, metres, levels, found):  # type: ignore[no-untyped-def]
    """Writes all segments of a smallest box that may lie within a limit of a box into ``found``, in the order of the tree; how many,
    -1 where ``found`` is too short."""
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
                if count == len(found):
                    return -1
                found[count] = at
                count += 1
            continue
        begin, end = levels[level - 1], levels[level]
        for child in range(min(begin + node * FAN + FAN, end) - 1, begin + node * FAN - 1, -1):
            if _bound(west, south, east, north, far, close, boxes, metres, child) <= cap:
                stack_node[depth], stack_level[depth] = child - begin, level - 1
                depth += 1
    return count
