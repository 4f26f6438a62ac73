"""Painting cells, compiled with numba: which middles lie within a limit of a segment, how far each is from the nearest.

The arithmetic is that of :mod:`geo.index.walks`: a cell is asked about at its middle, in the plane at the mid-latitude
of that middle and the point of the segment nearest to it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.index.boxes import FAN
from geo.index.walks import _OPEN, _degree, _foot, _square

#: A segment that spans more latitude (degrees) is painted in parts: one length of a degree of longitude does for less.
_TALLEST = 0.004


@njit(cache=True, nogil=True, inline="always")
def _bound(west, south, east, north, far, close, boxes, metres, at):  # type: ignore[no-untyped-def]
    """Square of a distance (metres) that no point of a box is nearer to a place than."""
    gap_x = max(0.0, max(boxes[at, 0] - east, west - boxes[at, 2]))
    gap_y = max(0.0, max(boxes[at, 1] - north, south - boxes[at, 3]))
    across = gap_x * min(far, metres[at, 0])
    up = gap_y * min(close, metres[at, 1])
    return (across * across + up * up) * 0.99999999


@njit(cache=True, nogil=True)
def paint_within(west, north, step_x, step_y, limit_m, segments, boxes, metres, levels, cells):  # type: ignore[no-untyped-def]
    """Sets ``cells`` (rows from the north, columns from the west) to 1 where the middle lies within ``limit_m`` of a segment.

    ``west``, ``north`` are the outer edges, ``step_x``, ``step_y`` the size of a cell in degrees. Blocks of cells that lie
    wholly within or wholly beyond are settled at once, by the distance of their middle; the others are quartered, and in
    the smallest each cell is compared with the segments that could decide it. Returns the comparisons made.
    """
    leaf = 8
    rows, columns = cells.shape
    side = leaf
    while side < max(rows, columns):
        side *= 2
    blocks = np.empty((4 * 32, 3), dtype=np.int64)
    blocks[0, 0], blocks[0, 1], blocks[0, 2] = 0, 0, side
    waiting = 1
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    near = np.empty(1024, dtype=np.int64)
    compared = 0
    top = len(levels) - 2
    while waiting:
        waiting -= 1
        row, column, side = blocks[waiting]
        height, width = min(side, rows - row), min(side, columns - column)
        if height <= 0 or width <= 0:
            continue
        x = west + (column + width / 2) * step_x
        y = north - (row + height / 2) * step_y
        half_y, half_x = (height - 1) / 2 * step_y, (width - 1) / 2 * step_x
        low = 0.0 if (y - half_y) * (y + half_y) < 0 else min(abs(y - half_y), abs(y + half_y))
        across, up = half_x * _degree(low, 0), half_y * _degree(max(abs(y - half_y), abs(y + half_y)), 1)
        radius = np.sqrt(across * across + up * up) * 1.000001 + 1e-6
        cap = limit_m + radius
        cap *= cap
        sure = limit_m - radius
        sure = sure * sure if sure > 0 else -1.0
        far, close = _degree(y, 0), _degree(y, 1)
        stack_node[0], stack_level[0] = 0, top
        depth, count, inside = 1, 0, False
        while depth and not inside:
            depth -= 1
            node, level = stack_node[depth], stack_level[depth]
            if level == 0:
                for at in range(node * FAN, min(node * FAN + FAN, len(segments))):
                    cx, cy, dx, dy = segments[at]
                    compared += 1
                    fx, fy = _foot(x, y, cx, cy, dx, dy)
                    square = _square(x, y, fx, fy)
                    if square <= sure:
                        inside = True
                        break
                    if square <= cap:
                        if count < len(near):
                            near[count] = at
                        count += 1
                continue
            begin, end = levels[level - 1], levels[level]
            for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
                if _bound(x, y, x, y, far, close, boxes, metres, child) <= cap:
                    stack_node[depth], stack_level[depth] = child - begin, level - 1
                    depth += 1
            if side > leaf and count:  # some may be within: the quarters will tell
                break
        if inside:
            cells[row : row + height, column : column + width] = 1
            continue
        if count == 0 and depth == 0:
            continue
        if side > leaf or count > len(near):
            if side == 1:
                continue
            half = side // 2
            for k in range(4):
                blocks[waiting, 0] = row + half * (k // 2)
                blocks[waiting, 1] = column + half * (k % 2)
                blocks[waiting, 2] = half
                waiting += 1
            continue
        limit = limit_m * limit_m
        for r in range(row, row + height):
            cell_y = north - (r + 0.5) * step_y
            for c in range(column, column + width):
                if cells[r, c]:
                    continue
                cell_x = west + (c + 0.5) * step_x
                for k in range(count):
                    at = near[k]
                    cx, cy, dx, dy = segments[at]
                    compared += 1
                    fx, fy = _foot(cell_x, cell_y, cx, cy, dx, dy)
                    if _square(cell_x, cell_y, fx, fy) <= limit:
                        cells[r, c] = 1
                        near[k], near[0] = near[0], at  # the next cell will likely ask for it first
                        break
    return compared


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
def paint_spans(west, north, step_x, step_y, limit_m, segments, chosen, cells):  # type: ignore[no-untyped-def]
    """As :func:`paint_within`, for the segments ``chosen``: of each the run of cells it has in every row.

    What lies within a limit of a segment is convex, so in a row it is one run. A segment is taken in one plane a row; how far that
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
            doubt = 1.05 * limit_m * off + 1e-6
            wide, tight = limit_m + doubt, max(0.0, limit_m - doubt)
            between = wide * wide - tight * tight
            for row in range(first, last + 1):
                y = north - (row + 0.5) * step_y
                runs += 1
                at = (y + middle) / 2
                across, up = _degree(at, 0), _degree(at, 1)
                per_across = 1.0 / across
                out_low, out_high, in_low, in_high = np.inf, -np.inf, np.inf, -np.inf
                for end in range(2):
                    px, py = (ax, ay) if end == 0 else (bx, by)
                    away = (y - py) * up
                    rest = wide * wide - away * away
                    if rest > 0.0:
                        half = np.sqrt(rest)
                        inner = (half - between / half) * per_across
                        half *= per_across
                        out_low, out_high = min(out_low, px - half), max(out_high, px + half)
                        if inner >= 0.0:
                            in_low, in_high = min(in_low, px - inner), max(in_high, px + inner)
                if (
                    ax != bx or ay != by
                ):  # between the ends: as wide as the limit to both sides, between the perpendiculars
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


@njit(cache=True, nogil=True)
def paint_distance(west, north, step_x, step_y, segments, boxes, metres, levels, cells):  # type: ignore[no-untyped-def]
    """Fills ``cells`` (float32) with the distance in metres from the middle of each to the nearest segment.

    A block of cells is measured from its middle; only segments that far and a block's width farther can be nearest to one of
    its cells. Blocks are quartered, and of each block's candidates those are kept that can still be nearest. Returns
    the comparisons made.
    """
    leaf, largest = 4, 64
    rows, columns = cells.shape
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    stack_bound = np.empty(_OPEN, dtype=np.float64)
    depths = 5  # 64, 32, 16, 8, 4
    held = np.empty((depths, len(segments)), dtype=np.int64)
    counts = np.zeros(depths, dtype=np.int64)
    reach = np.empty(len(segments), dtype=np.float64)
    blocks = np.empty((4 * depths + 4, 4), dtype=np.int64)
    top = len(levels) - 2
    compared = 0
    warm = 0
    for first_row in range(0, rows, largest):
        for first_column in range(0, columns, largest):
            blocks[0, 0], blocks[0, 1], blocks[0, 2], blocks[0, 3] = first_row, first_column, largest, 0
            waiting = 1
            while waiting:
                waiting -= 1
                row, column, side, rank = blocks[waiting]
                height, width = min(side, rows - row), min(side, columns - column)
                if height <= 0 or width <= 0:
                    continue
                x = west + (column + width / 2) * step_x
                y = north - (row + height / 2) * step_y
                half_y, half_x = (height - 1) / 2 * step_y, (width - 1) / 2 * step_x
                low = 0.0 if (y - half_y) * (y + half_y) < 0 else min(abs(y - half_y), abs(y + half_y))
                across = half_x * _degree(low, 0)
                up = half_y * _degree(max(abs(y - half_y), abs(y + half_y)), 1)
                radius = np.sqrt(across * across + up * up) * 1.000001 + 1e-6
                count = 0
                if rank == 0:
                    cx, cy, dx, dy = segments[warm]
                    fx, fy = _foot(x, y, cx, cy, dx, dy)
                    best = np.sqrt(_square(x, y, fx, fy)) * 1.000001 + 1e-6
                    far, close = _degree(y, 0), _degree(y, 1)
                    stack_node[0], stack_level[0], stack_bound[0] = 0, top, 0.0
                    depth = 1
                    while depth:
                        depth -= 1
                        cap = (best + 2 * radius) ** 2
                        if stack_bound[depth] > cap:
                            continue
                        node, level = stack_node[depth], stack_level[depth]
                        if level == 0:
                            for at in range(node * FAN, min(node * FAN + FAN, len(segments))):
                                compared += 1
                                cx, cy, dx, dy = segments[at]
                                fx, fy = _foot(x, y, cx, cy, dx, dy)
                                away = np.sqrt(_square(x, y, fx, fy))
                                if away < best:
                                    best, warm = away, at
                                if away <= best + 2 * radius:
                                    held[0, count], reach[count] = at, away
                                    count += 1
                            continue
                        begin, end = levels[level - 1], levels[level]
                        for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
                            bound = _bound(x, y, x, y, far, close, boxes, metres, child)
                            if bound <= cap:
                                stack_node[depth], stack_level[depth] = child - begin, level - 1
                                stack_bound[depth] = bound
                                depth += 1
                else:
                    best = np.inf
                    for k in range(counts[rank - 1]):
                        at = held[rank - 1, k]
                        compared += 1
                        cx, cy, dx, dy = segments[at]
                        fx, fy = _foot(x, y, cx, cy, dx, dy)
                        away = np.sqrt(_square(x, y, fx, fy))
                        if away < best:
                            best = away
                        held[rank, k], reach[k] = at, away
                    count = counts[rank - 1]
                kept = 0
                for k in range(count):
                    if reach[k] <= best + 2 * radius:
                        held[rank, kept] = held[rank, k]
                        kept += 1
                counts[rank] = kept
                if side > leaf and kept > 1:
                    half = side // 2
                    for k in range(4):
                        blocks[waiting, 0] = row + half * (k // 2)
                        blocks[waiting, 1] = column + half * (k % 2)
                        blocks[waiting, 2] = half
                        blocks[waiting, 3] = rank + 1
                        waiting += 1
                    continue
                if side > leaf:  # a wide block with one segment near it
                    cx, cy, dx, dy = segments[held[rank, 0]]
                    for r in range(row, row + height):
                        cell_y = north - (r + 0.5) * step_y
                        for c in range(column, column + width):
                            cell_x = west + (c + 0.5) * step_x
                            compared += 1
                            fx, fy = _foot(cell_x, cell_y, cx, cy, dx, dy)
                            cells[r, c] = np.sqrt(_square(cell_x, cell_y, fx, fy))
                    continue
                # a handful of cells: one plane for each candidate will do, at the mid-latitude of the block and its foot
                for r in range(row, row + height):
                    for c in range(column, column + width):
                        cells[r, c] = np.inf
                for k in range(kept):
                    cx, cy, dx, dy = segments[held[rank, k]]
                    fx, fy = _foot(x, y, cx, cy, dx, dy)
                    across, up = _degree((y + fy) / 2, 0), _degree((y + fy) / 2, 1)
                    along_x, along_y = (dx - cx) * across, (dy - cy) * up
                    length = along_x * along_x + along_y * along_y
                    share = 1.0 / length if length > 0.0 else 0.0
                    for r in range(row, row + height):
                        to_y = (north - (r + 0.5) * step_y - cy) * up
                        for c in range(column, column + width):
                            to_x = (west + (c + 0.5) * step_x - cx) * across
                            compared += 1
                            part = min(1.0, max(0.0, (to_x * along_x + to_y * along_y) * share))
                            off_x, off_y = to_x - part * along_x, to_y - part * along_y
                            square = off_x * off_x + off_y * off_y
                            if square < cells[r, c]:
                                cells[r, c] = square
                for r in range(row, row + height):
                    for c in range(column, column + width):
                        cells[r, c] = np.sqrt(cells[r, c])
    return compared
