"""Asking a planted grid, compiled: a look-up and a few segments a place.

Segments are compared in a plane at the mid-latitude of place and segment; only where that is too near to call does the pair's
own plane decide, with the arithmetic of :mod:`geo.index.walks`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from geo.index.planting import ASK, INSIDE, LEAF, NEAR, SPLIT, crossing
from geo.index.walks import _foot, _square, roughly

#: Answers of :func:`ask_within`.
IS_BEYOND, IS_NEAR, IS_INSIDE, IS_OPEN = 0, 1, 2, 3
_OUTSIDE = -(1 << 40)


class Grid(NamedTuple):
    """A planted grid (:func:`geo.index.planting.plant`): its corner, cells a degree and a side, and the arrays."""

    west: float
    south: float
    scale: float
    whole: float
    nodes: Any
    leaf_first: Any
    leaf_segments: Any
    leaf_at: Any
    leaf_inside: Any


@njit(cache=True, nogil=True, inline="always")
def _cell(x, y, grid):  # type: ignore[no-untyped-def]
    """What the cell is that a place lies in."""
    at_x, at_y = (x - grid.west) * grid.scale, (y - grid.south) * grid.scale
    if not (0.0 <= at_x < grid.whole and 0.0 <= at_y < grid.whole):
        return np.int64(_OUTSIDE)
    column, row, unit = np.int64(at_x), np.int64(at_y), np.int64(grid.whole)
    cell = np.int64(0)
    while cell >= 0:
        unit //= SPLIT
        cell = np.int64(grid.nodes[cell, (column // unit) % SPLIT + SPLIT * ((row // unit) % SPLIT)])
    return cell


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
def ask_within(points, grid, segments, winds, limit_m, doubt_m, found):  # type: ignore[no-untyped-def]
    """``found`` (n,): whether each place is within ``limit_m`` of a segment (1), else inside of a polygon (2), else beyond (0).

    3 where it is too near to call: within ``doubt_m`` of the limit, or on an edge. Returns the segments compared.
    """
    compared = 0
    sure, beyond = (limit_m - doubt_m) ** 2, (limit_m + doubt_m) ** 2
    if limit_m <= doubt_m:
        sure = -1.0
    for row in range(len(points)):
        x, y = points[row, 0], points[row, 1]
        cell = _cell(x, y, grid)
        if cell > -LEAF or cell == _OUTSIDE:
            answer = IS_BEYOND
            if cell == NEAR:
                answer = IS_NEAR
            elif cell == INSIDE:
                answer = IS_INSIDE
            elif cell == ASK:
                answer = IS_OPEN
            found[row] = answer
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
            answer = IS_OPEN if inside < 0 else IS_INSIDE if inside > 0 else IS_BEYOND
        found[row] = answer
    return compared
