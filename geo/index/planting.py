"""Planting a grid over segments, compiled: which few of them can be nearest to a place, and what holds for a whole cell.

A cell is quartered twice over into sixteen until few segments are left that could be the nearest to any of its points, or
until one answer holds for all of it. A segment is dropped where some point of another is nearer to all four corners: the
places nearer to a point than to a segment are convex, so the whole cell is nearer to it. Lines of equal distance bend a
little in longitude and latitude; what is dropped is farther by more than they can bend within the cell.

Whether a place lies inside of polygons is told by winding: each cell keeps a place in it and how many polygons hold that
place, and every ring crossed on the straight way from there counts one more or one less.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from geo.index.walks import _degree, _foot, _square, roughly
from geo.space import SEMI_MAJOR_M

#: Children of a cell, four by four; and how often a cell may be divided.
SPLIT, DEEPEST = 4, 10
#: What a child is, if not another node (zero or more) or a leaf (``-LEAF - number``).
BEYOND, NEAR, INSIDE, ASK, LEAF = -1, -2, -3, -4, 16
#: A leaf has no more segments than this, but where dividing further would not part them.
FEW = 8
#: A leaf is no wider than this share of the limit, or than this (metres): most of a wider one would be settled by parts.
FINE, COARSE_M = 0.5, 200.0
_POSITIONS = np.array(
    [
        [0.5123, 0.4871],
        [0.3717, 0.6113],
        [0.6271, 0.3529],
        [0.2339, 0.2861],
        [0.7643, 0.7187],
        [0.1453, 0.8317],
    ]
)


@njit(cache=True, nogil=True, inline="always")
def _turn(ax, ay, bx, by, px, py):  # type: ignore[no-untyped-def]
    """On which side of the line from a to b p lies: 1 left, -1 right, 0 too near to the line to say."""
    one, two = (bx - ax) * (py - ay), (by - ay) * (px - ax)
    value = one - two
    doubt = 1e-13 * (abs(bx - ax) + abs(by - ay) + abs(px - ax) + abs(py - ay))
    if value > doubt:
        return 1
    if value < -doubt:
        return -1
    return 0


@njit(cache=True, nogil=True)
def crossing(px, py, qx, qy, ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """What walking from p to q across the edge from a to b does to the winding: 1, -1, 0; 2 where it is too near to say."""
    if (
        max(ax, bx) < min(px, qx)
        or min(ax, bx) > max(px, qx)
        or max(ay, by) < min(py, qy)
        or min(ay, by) > max(py, qy)
    ):
        return 0
    here, there = _turn(ax, ay, bx, by, px, py), _turn(ax, ay, bx, by, qx, qy)
    if here == there and here != 0:
        return 0
    one, two = _turn(px, py, qx, qy, ax, ay), _turn(px, py, qx, qy, bx, by)
    if one == two and one != 0:
        return 0
    if here == 0 or there == 0 or one == 0 or two == 0:
        return 2
    return 1 if there > here else -1


@njit(cache=True, nogil=True)
def plant(segments, winds, west, south, side, limit_m):  # type: ignore[no-untyped-def]
    """The grid for one limit, a square of ``side`` degrees: nodes (k, 16), where the segments of leaves begin (l + 1,), those segments,
    a place in each leaf (l, 2) and how many polygons hold it (l,); and the comparisons made.

    ``winds``: which segments are edges of polygons, counterclockwise about their inside. Cells that lie wholly within ``limit_m`` of the
    segments, or wholly beyond it inside or outside of polygons, are settled at once.
    """
    nodes = np.full((1024, SPLIT * SPLIT), BEYOND, dtype=np.int32)
    leaf_first = np.zeros(1024, dtype=np.int64)
    leaf_segments = np.empty(8192, dtype=np.int32)
    leaf_at = np.empty((1024, 2), dtype=np.float64)
    leaf_inside = np.empty(1024, dtype=np.int32)
    n_nodes, n_leaves, n_held = 1, 0, 0
    total = len(segments)
    held = np.empty(max(4 * total, 4096), dtype=np.int32)
    for k in range(total):
        held[k] = k
    # frames of the walk: node, next child, west, south, side, its segments, a place in it and its winding
    frame = np.zeros((DEEPEST + 2, 4), dtype=np.int64)
    where = np.zeros((DEEPEST + 2, 5), dtype=np.float64)
    frame[0, 2], frame[0, 3] = 0, total
    winding = np.zeros(DEEPEST + 2, dtype=np.int64)
    where[0, 0], where[0, 1], where[0, 2] = west, south, side
    where[0, 3], where[0, 4] = west - 0.0137, south - 0.0119  # outside of everything
    depth = 0
    compared = 0
    near = np.empty(1024, dtype=np.float64)
    corner_far = np.empty((1024, 4), dtype=np.float64)
    feet = np.empty((5, 2), dtype=np.float64)
    foot_far = np.empty((5, 4), dtype=np.float64)
    corner = np.empty((4, 2), dtype=np.float64)
    while depth >= 0:
        child = frame[depth, 1]
        if child == SPLIT * SPLIT:
            depth -= 1
            continue
        frame[depth, 1] += 1
        node, begin, end = frame[depth, 0], frame[depth, 2], frame[depth, 3]
        own = where[depth, 2] / SPLIT
        x0 = where[depth, 0] + own * (child % SPLIT)
        y0 = where[depth, 1] + own * (child // SPLIT)
        x, y = x0 + own / 2, y0 + own / 2
        # how far a corner is from the middle, and how much lines of equal distance can bend in the cell
        low = 0.0 if y0 * (y0 + own) < 0 else min(abs(y0), abs(y0 + own))
        across, up = own / 2 * _degree(low, 0), own / 2 * _degree(max(abs(y0), abs(y0 + own)), 1)
        radius = np.sqrt(across * across + up * up) * 1.000001 + 0.01
        bend = 4 * radius * radius / SEMI_MAJOR_M + 0.001
        if end - begin > len(near):
            near = np.empty(2 * (end - begin), dtype=np.float64)
            corner_far = np.empty((2 * (end - begin), 4), dtype=np.float64)
        if 2 * end - begin + 16 > len(held):
            more = np.empty(2 * (2 * end - begin + 16), dtype=np.int32)
            more[:end] = held[:end]
            held = more
        best, best_x, best_y = np.inf, 0.0, 0.0
        nearest = held[begin]
        for k in range(begin, end):
            at = held[k]
            square, share = roughly(x, y, segments[at, 0], segments[at, 1], segments[at, 2], segments[at, 3])
            away = np.sqrt(square)
            near[k - begin] = away * (1.0 - share)
            if away * (1.0 + share) < best:
                best, nearest = away * (1.0 + share), at
        best_x, best_y = _foot(
            x, y, segments[nearest, 0], segments[nearest, 1], segments[nearest, 2], segments[nearest, 3]
        )
        compared += end - begin
        # a plane at mid-latitude is off by some 5 cm at 30 km, growing with the cube of the distance
        slack = bend + radius * (1e-6 + 2e-5 * min(best / 30_000.0, 100.0) ** 2)
        reach = best + 2 * radius * (1 + radius / SEMI_MAJOR_M) + slack
        reach = min(reach, limit_m + radius + slack)
        count = 0
        for k in range(begin, end):
            if near[k - begin] <= reach:
                held[end + count] = held[k]
                near[count] = near[k - begin]
                count += 1
        if count:
            for c in range(4):
                corner[c, 0] = x0 + own * (c % 2)
                corner[c, 1] = y0 + own * (c // 2)
            wholly = False
            feet[4, 0], feet[4, 1] = best_x, best_y
            for k in range(count):
                at = held[end + k]
                farthest = 0.0
                for c in range(4):
                    square, share = roughly(
                        corner[c, 0],
                        corner[c, 1],
                        segments[at, 0],
                        segments[at, 1],
                        segments[at, 2],
                        segments[at, 3],
                    )
                    away = np.sqrt(square)
                    corner_far[k, c] = away * (1.0 - share)
                    farthest = max(farthest, away * (1.0 + share))
                wholly = wholly or farthest + slack <= limit_m
            compared += 4 * count
            if wholly:
                nodes[node, child] = NEAR
                continue
            for c in range(4):
                at = held[end + np.argmin(corner_far[:count, c])]
                feet[c, 0], feet[c, 1] = _foot(
                    corner[c, 0],
                    corner[c, 1],
                    segments[at, 0],
                    segments[at, 1],
                    segments[at, 2],
                    segments[at, 3],
                )
            if count > 1:
                for f in range(5):
                    for c in range(4):
                        foot_far[f, c] = np.sqrt(_square(corner[c, 0], corner[c, 1], feet[f, 0], feet[f, 1]))
                kept = 0
                for k in range(count):
                    dropped = False
                    for f in range(5):
                        if (
                            corner_far[k, 0] > foot_far[f, 0] + slack
                            and corner_far[k, 1] > foot_far[f, 1] + slack
                            and corner_far[k, 2] > foot_far[f, 2] + slack
                            and corner_far[k, 3] > foot_far[f, 3] + slack
                        ):
                            dropped = True
                            break
                    if not dropped:
                        held[end + kept] = held[end + k]
                        near[kept] = near[k]
                        kept += 1
                count = kept
        # a place in the cell, and how many polygons hold it: by the rings crossed on the way from the place above
        inside, at_x, at_y = -1, 0.0, 0.0
        for trial in range(len(_POSITIONS)):
            at_x, at_y = x0 + own * _POSITIONS[trial, 0], y0 + own * _POSITIONS[trial, 1]
            turns = winding[depth]
            if turns < 0:
                break
            for k in range(begin, end):
                edge = held[k]
                if winds[edge]:
                    turn = crossing(
                        where[depth, 3],
                        where[depth, 4],
                        at_x,
                        at_y,
                        segments[edge, 0],
                        segments[edge, 1],
                        segments[edge, 2],
                        segments[edge, 3],
                    )
                    if turn == 2:
                        turns = -1_000_000_000
                        break
                    turns += turn
            if turns >= 0:
                inside = turns
                break
        if count == 0:
            nodes[node, child] = ASK if inside < 0 else (INSIDE if inside > 0 else BEYOND)
            continue
        small = 2 * radius < max(limit_m * FINE, COARSE_M)
        if (count <= FEW and small) or depth == DEEPEST or own < 1e-5:
            if n_leaves + 2 > len(leaf_first):
                longer = np.zeros(2 * len(leaf_first), dtype=np.int64)
                longer[: n_leaves + 1] = leaf_first[: n_leaves + 1]
                leaf_first = longer
                places = np.empty((2 * len(leaf_at), 2), dtype=np.float64)
                places[:n_leaves] = leaf_at[:n_leaves]
                leaf_at = places
                turned = np.empty(2 * len(leaf_inside), dtype=np.int32)
                turned[:n_leaves] = leaf_inside[:n_leaves]
                leaf_inside = turned
            if n_held + count > len(leaf_segments):
                more = np.empty(2 * (n_held + count), dtype=np.int32)
                more[:n_held] = leaf_segments[:n_held]
                leaf_segments = more
            for k in range(count):  # the nearest to the middle first: it often decides
                at = n_held + k
                while at > n_held and near[at - n_held - 1] > near[k]:
                    at -= 1
                moved, length = held[end + k], near[k]
                for j in range(n_held + k, at, -1):
                    leaf_segments[j] = leaf_segments[j - 1]
                    near[j - n_held] = near[j - n_held - 1]
                leaf_segments[at] = moved
                near[at - n_held] = length
            n_held += count
            leaf_at[n_leaves, 0], leaf_at[n_leaves, 1] = at_x, at_y
            leaf_inside[n_leaves] = inside
            n_leaves += 1
            leaf_first[n_leaves] = n_held
            nodes[node, child] = -LEAF - (n_leaves - 1)
            continue
        if n_nodes == len(nodes):
            wider = np.full((2 * len(nodes), SPLIT * SPLIT), BEYOND, dtype=np.int32)
            wider[:n_nodes] = nodes
            nodes = wider
        nodes[node, child] = n_nodes
        depth += 1
        frame[depth, 0], frame[depth, 1], frame[depth, 2], frame[depth, 3] = n_nodes, 0, end, end + count
        where[depth, 0], where[depth, 1], where[depth, 2] = x0, y0, own
        where[depth, 3], where[depth, 4] = at_x, at_y
        winding[depth] = inside
        n_nodes += 1
    return (
        nodes[:n_nodes].copy(),
        leaf_first[: n_leaves + 1].copy(),
        leaf_segments[:n_held].copy(),
        leaf_at[:n_leaves].copy(),
        leaf_inside[:n_leaves].copy(),
        compared,
    )
