"""Asking a planted grid, compiled: a look-up and a few segments a place.

Segments are compared in a plane at the mid-latitude of place and segment; only where that is too near to call does the pair's
own plane decide, with the arithmetic of :mod:`geo.index.walks`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from geo.index.planting import BEYOND, INSIDE, LEAF, NEAR, crossing
from geo.index.walks import _foot, _square, roughly

#: Answers of :func:`ask_within`.
IS_BEYOND, IS_NEAR, IS_INSIDE, IS_OPEN = 0, 1, 2, 3
#: Bits of the number of a cell of the table that is looked up first: four quarterings.
_TOP = 8


class Grid(NamedTuple):
    """A planted grid (:func:`geo.index.planting.plant`): its corner, smallest cells a degree and a side, the bits of their number, the arrays;
    before them what its nodes say of each of 256 by 256 cells (:func:`seen_from_above`)."""

    west: float
    south: float
    scale: float
    whole: float
    bits: int
    top: Any
    nodes: Any
    leaf_first: Any
    leaf_segments: Any
    leaf_at: Any
    leaf_inside: Any


@njit(cache=True, nogil=True, error_model="numpy")
def curve_order(points):  # type: ignore[no-untyped-def]
    """The rows of points (n, 2) along a curve on which neighbours are neighbours on the ground, by a grid of 1024 by 1024."""
    count = len(points)
    if count < 2:
        return np.arange(count)
    west = south = np.inf
    east = north = -np.inf
    for row in range(count):
        x, y = points[row, 0], points[row, 1]
        if abs(x) < np.inf and abs(y) < np.inf:
            west = x if x < west else west
            east = x if x > east else east
            south = y if y < south else south
            north = y if y > north else north
    across = 1023.0 / (east - west) if east > west else 0.0
    up = 1023.0 / (north - south) if north > south else 0.0
    along = np.empty(count, dtype=np.int32)
    for row in range(count):
        column = line = np.int64(0)
        if abs(points[row, 0]) < np.inf and abs(points[row, 1]) < np.inf:
            column, line = np.int64((points[row, 0] - west) * across), np.int64((points[row, 1] - south) * up)
        for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            column = (
                column | (column << shift)
            ) & mask  # the bits of each moved apart, to lie between those of the other
            line = (line | (line << shift)) & mask
        along[row] = column | (line << 1)
    if count < 20_000:  # too few to be worth a count of every cell
        return np.argsort(along, kind="mergesort")
    order = np.empty(count, dtype=np.int64)
    fewer = 0 if count > 400_000 else 2  # of fewer points four cells are counted as one
    cells = 1 << (20 - fewer)
    begin = np.zeros(cells + 1, dtype=np.int32)
    for row in range(count):
        along[row] >>= fewer
        begin[along[row] + 1] += 1
    for cell in range(cells):
        begin[cell + 1] += begin[cell]
    for row in range(count):
        at = begin[along[row]]
        order[at] = row
        begin[along[row]] = at + 1
    return order


@njit(cache=True, nogil=True)
def put_in_order(points, order, along, begin, end):  # type: ignore[no-untyped-def]
    """``along[k]`` (n, 2) is the point ``order[k]``, for a run of them."""
    for k in range(begin, end):
        along[k, 0], along[k, 1] = points[order[k], 0], points[order[k], 1]


@njit(cache=True, nogil=True, inline="always")
def _winding(x, y, leaf, grid, segments, winds):  # type: ignore[no-untyped-def]
    """How many polygons hold a place of a leaf; below zero where it is too near to an edge to say."""
    inside = np.int64(grid.leaf_inside[leaf])
    if inside < 0:
        return np.int64(-1)
    for k in range(grid.leaf_first[leaf], grid.leaf_first[leaf + 1]):
        edge = grid.leaf_segments[k]
        if winds[edge]:
            turn = crossing(
                grid.leaf_at[leaf, 0],
                grid.leaf_at[leaf, 1],
                x,
                y,
                segments[edge, 0],
                segments[edge, 1],
                segments[edge, 2],
                segments[edge, 3],
            )
            if turn == 2:
                return np.int64(-1)
            inside += turn
    return inside


@njit(cache=True, nogil=True)
def seen_from_above(nodes):  # type: ignore[no-untyped-def]
    """What the nodes say of 256 by 256 cells (rows from the south): most places are settled by one look-up."""
    side = 1 << _TOP
    top = np.empty(side * side, dtype=np.int32)
    for line in range(side):
        for column in range(side):
            cell, shift = np.int32(0), _TOP
            while cell >= 0 and shift > 0:
                shift -= 2
                cell = nodes[cell, ((column >> shift) & 3) | (((line >> shift) & 3) << 2)]
            top[line * side + column] = cell
    return top


@njit(cache=True, nogil=True)
def ask_within(points, target, grid, segments, winds, limit_m, doubt_m, inside_is, found):  # type: ignore[no-untyped-def]
    """``found[target]``, nothing before: whether each place is within ``limit_m`` of a segment (1), else inside of a polygon (``inside_is``).

    3 where it is too near to call: within ``doubt_m`` of the limit, or on an edge. Returns the segments compared, and how many are open.
    """
    compared = opened = 0
    sure, beyond = (limit_m - doubt_m) ** 2, (limit_m + doubt_m) ** 2
    if limit_m <= doubt_m:
        sure = -1.0
    above = np.int64(grid.bits - _TOP)
    for row in range(len(points)):
        x, y = points[row, 0], points[row, 1]
        at_x, at_y = (x - grid.west) * grid.scale, (y - grid.south) * grid.scale
        if not (0.0 <= at_x < grid.whole and 0.0 <= at_y < grid.whole):
            continue
        column, line = np.int64(at_x), np.int64(at_y)
        shift = above
        cell = grid.top[((line >> shift) << _TOP) | (column >> shift)]
        while cell >= 0:
            shift -= 2
            cell = grid.nodes[cell, ((column >> shift) & 3) | (((line >> shift) & 3) << 2)]
        if cell == BEYOND:
            continue
        if cell > -LEAF:
            if cell == NEAR:
                found[target[row]] = IS_NEAR
            elif cell == INSIDE:
                found[target[row]] = inside_is
            else:
                found[target[row]] = IS_OPEN
                opened += 1
            continue
        leaf = -LEAF - cell
        answer = IS_BEYOND
        for at in range(grid.leaf_first[leaf], grid.leaf_first[leaf + 1]):
            edge = grid.leaf_segments[at]
            cx, cy, dx, dy = segments[edge, 0], segments[edge, 1], segments[edge, 2], segments[edge, 3]
            compared += 1
            square, share = roughly(x, y, cx, cy, dx, dy)
            if square * (1.0 - share) > beyond:
                continue
            if square * (1.0 + share) > sure:
                fx, fy = _foot(x, y, cx, cy, dx, dy)
                square = _square(x, y, fx, fy)
                if square > beyond:
                    continue
                if square > sure:
                    answer = IS_OPEN
                    continue
            answer = IS_NEAR
            break
        if answer == IS_BEYOND:
            inside = _winding(x, y, leaf, grid, segments, winds)
            answer = IS_OPEN if inside < 0 else inside_is if inside > 0 else IS_BEYOND
        if answer != IS_BEYOND:
            found[target[row]] = answer
            opened += answer == IS_OPEN
    return compared, opened
