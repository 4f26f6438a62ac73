"""Painting cells, compiled with numba: which middles lie within a limit of a segment, how far each is from the nearest.

The arithmetic is that of :mod:`geo.index.walks`: a cell is asked about at its middle, in the plane at the mid-latitude
of that middle and the point of the segment nearest to it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.index.boxes import FAN
from geo.index.walks import _OPEN, _degree, _foot, _square

#: Cells either way of a block whose cells are measured together, and blocks either way of one for which segments are sought.
_SIDE, _BLOCKS = 16, 4


@njit(cache=True, nogil=True, inline="always")
def _loose(square):  # type: ignore[no-untyped-def]
    """A squared distance with room for what planes at two latitudes differ by."""
    return square * 1.0004 + 1.0


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
def paint_distance(west, north, step_x, step_y, segments, boxes, metres, levels, cells):  # type: ignore[no-untyped-def]
    """Fills ``cells`` (float32) with the distance in metres from the middle of each to the nearest segment.

    The places nearer to a point than to a segment are convex: where a point on one segment is nearer to all four corners of a block than
    another segment is, that other is nowhere nearest in the block. So few are left of each block of 16 by 16 cells, and each of
    them is measured from every cell. Returns the comparisons made.
    """
    rows, columns = cells.shape
    n = len(segments)
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    stack_bound = np.empty(_OPEN, dtype=np.float64)
    top = len(levels) - 2
    xs, ys = np.empty(_BLOCKS + 1), np.empty(_BLOCKS + 1)
    held = np.empty(n, dtype=np.int64)  # so large a block costs nothing until it is written to
    reach = np.empty((n, (_BLOCKS + 1) * (_BLOCKS + 1)))
    corner_x, corner_y = np.empty(4), np.empty(4)
    limits = np.empty((5, 4))
    squares = np.empty(_SIDE, dtype=np.float32)
    offsets = np.empty(_SIDE, dtype=np.float32)
    compared = 0
    warm = 0
    wide = _SIDE * _BLOCKS
    for first_row in range(0, rows, wide):
        for first_column in range(0, columns, wide):
            last_row, last_column = min(rows, first_row + wide), min(columns, first_column + wide)
            for k in range(_BLOCKS + 1):
                xs[k] = west + min(last_column, first_column + k * _SIDE) * step_x
                ys[k] = north - min(last_row, first_row + k * _SIDE) * step_y
            x, y = (xs[0] + xs[_BLOCKS]) / 2, (ys[0] + ys[_BLOCKS]) / 2
            for k in range(4):
                corner_x[k] = xs[0] if k % 2 == 0 else xs[_BLOCKS]
                corner_y[k] = ys[0] if k < 2 else ys[_BLOCKS]
            # the segment nearest to the middle: what was nearest to the last block is a good start
            cx, cy, dx, dy = segments[warm]
            fx, fy = _foot(x, y, cx, cy, dx, dy)
            best = _square(x, y, fx, fy) * 1.000001 + 1e-9
            far, close = _degree(y, 0), _degree(y, 1)
            stack_node[0], stack_level[0], stack_bound[0] = 0, top, 0.0
            depth = 1
            while depth:
                depth -= 1
                if stack_bound[depth] > best:
                    continue
                node, level = stack_node[depth], stack_level[depth]
                if level == 0:
                    for at in range(node * FAN, min(node * FAN + FAN, n)):
                        compared += 1
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
                        stack_node[depth], stack_level[depth], stack_bound[depth] = (
                            child - begin,
                            level - 1,
                            bound,
                        )
                        depth += 1
            # points on it: what lies farther from all four corners than one of them is left out
            cx, cy, dx, dy = segments[warm]
            for k in range(5):
                px, py = (x, y) if k == 4 else (corner_x[k], corner_y[k])
                fx, fy = _foot(px, py, cx, cy, dx, dy)
                for corner in range(4):
                    limits[k, corner] = _loose(_square(corner_x[corner], corner_y[corner], fx, fy))
            count = 0
            stack_node[0], stack_level[0] = 0, top
            depth = 1
            while depth:
                depth -= 1
                node, level = stack_node[depth], stack_level[depth]
                if level == 0:
                    for at in range(node * FAN, min(node * FAN + FAN, n)):
                        cx, cy, dx, dy = segments[at]
                        compared += 1
                        open_ = 0  # by which points it is left out
                        for corner in range(4):
                            px, py = corner_x[corner], corner_y[corner]
                            fx, fy = _foot(px, py, cx, cy, dx, dy)
                            square = _square(px, py, fx, fy)
                            for k in range(5):
                                if square < limits[k, corner]:
                                    open_ |= 1 << k
                            if open_ == 31:
                                break
                        if open_ == 31:
                            held[count] = at
                            count += 1
                    continue
                begin, end = levels[level - 1], levels[level]
                for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
                    open_ = 0
                    for corner in range(4):
                        px, py = corner_x[corner], corner_y[corner]
                        bound = _bound(px, py, px, py, _degree(py, 0), _degree(py, 1), boxes, metres, child)
                        for k in range(5):
                            if bound < limits[k, corner]:
                                open_ |= 1 << k
                        if open_ == 31:
                            break
                    if open_ == 31:
                        stack_node[depth], stack_level[depth] = child - begin, level - 1
                        depth += 1
            # from the corners of the blocks within, each candidate in the plane of its foot
            for k in range(count):
                cx, cy, dx, dy = segments[held[k]]
                fx, fy = _foot(x, y, cx, cy, dx, dy)
                across, up = _degree((y + fy) / 2, 0), _degree((y + fy) / 2, 1)
                along_x, along_y = (dx - cx) * across, (dy - cy) * up
                length = along_x * along_x + along_y * along_y
                share = 1.0 / length if length > 0.0 else 0.0
                compared += 1
                for j in range(_BLOCKS + 1):
                    to_y = (ys[j] - cy) * up
                    for i in range(_BLOCKS + 1):
                        to_x = (xs[i] - cx) * across
                        part = min(1.0, max(0.0, (to_x * along_x + to_y * along_y) * share))
                        off_x, off_y = to_x - part * along_x, to_y - part * along_y
                        reach[k, j * (_BLOCKS + 1) + i] = off_x * off_x + off_y * off_y
            for block in range(_BLOCKS * _BLOCKS):
                j, i = block // _BLOCKS, block % _BLOCKS
                row, column = first_row + j * _SIDE, first_column + i * _SIDE
                if row >= last_row or column >= last_column:
                    continue
                height, width = min(_SIDE, last_row - row), min(_SIDE, last_column - column)
                places = (
                    j * (_BLOCKS + 1) + i,
                    j * (_BLOCKS + 1) + i + 1,
                    (j + 1) * (_BLOCKS + 1) + i,
                    (j + 1) * (_BLOCKS + 1) + i + 1,
                )
                for corner in range(4):
                    nearest, least = 0, np.inf
                    for k in range(count):
                        if reach[k, places[corner]] < least:
                            nearest, least = k, reach[k, places[corner]]
                    cx, cy, dx, dy = segments[held[nearest]]
                    fx, fy = _foot(xs[i + corner % 2], ys[j + corner // 2], cx, cy, dx, dy)
                    for other in range(4):
                        px, py = xs[i + other % 2], ys[j + other // 2]
                        limits[corner, other] = _loose(_square(px, py, fx, fy))
                for r in range(row, row + height):
                    for c in range(column, column + width):
                        cells[r, c] = np.inf
                mid_x, mid_y = (xs[i] + xs[i + 1]) / 2, (ys[j] + ys[j + 1]) / 2
                for k in range(count):
                    open_ = 0
                    for corner in range(4):
                        square = reach[k, places[corner]]
                        for point in range(4):
                            if square < limits[point, corner]:
                                open_ |= 1 << point
                    if open_ != 15:
                        continue
                    cx, cy, dx, dy = segments[held[k]]
                    fx, fy = _foot(mid_x, mid_y, cx, cy, dx, dy)
                    for c in range(width):
                        offsets[c] = (column + c + 0.5) * step_x + (west - fx)
                    compared += height
                    for r in range(row, row + height):
                        cell_y = north - (r + 0.5) * step_y
                        across, up = _degree((cell_y + fy) / 2, 0), _degree((cell_y + fy) / 2, 1)
                        # metres from the foot: near to it they are small, and small numbers are exact
                        along_x, along_y = np.float32((dx - cx) * across), np.float32((dy - cy) * up)
                        length = along_x * along_x + along_y * along_y
                        share = np.float32(1.0) / length if length > 0.0 else np.float32(0.0)
                        start = np.float32((cx - fx) * across * along_x + (cy - fy) * up * along_y) * share
                        low, high = start, start + np.float32(1.0)
                        if length == 0.0:
                            low, high = np.float32(0.0), np.float32(0.0)
                        to_y, wide_ = np.float32((cell_y - fy) * up), np.float32(across)
                        for c in range(width):
                            to_x = offsets[c] * wide_
                            part = (to_x * along_x + to_y * along_y) * share
                            part = min(high, max(low, part))
                            off_x, off_y = to_x - part * along_x, to_y - part * along_y
                            squares[c] = off_x * off_x + off_y * off_y
                        for c in range(width):
                            cells[r, column + c] = min(cells[r, column + c], squares[c])
                for r in range(row, row + height):
                    for c in range(column, column + width):
                        cells[r, c] = np.sqrt(cells[r, c])
    return compared
