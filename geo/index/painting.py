"""Painting cells block by block, compiled with numba: which middles lie within a limit of a segment.

The arithmetic is that of :mod:`geo.index.walks`: a cell is asked about at its middle, in the plane at the mid-latitude
of that middle and the point of the segment nearest to it.
"""

from __future__ import annotations

import numpy as np

from geo.index.boxes import FAN
from geo.index.walks import _OPEN, _degree, _foot, _square, njit


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
