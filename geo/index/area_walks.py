"""Walks through a forest of boxes, compiled with numba: which features hold a point, which edges come into a box."""

from __future__ import annotations

import numpy as np

from geo.index.boxes import FAN
from geo.index.walks import _OPEN, njit

#: So many neighbouring points look together for the features whose boxes they come into; of more than these each looks for its own.
_TOGETHER, _FEW = 16, 32


@njit(cache=True, nogil=True)
def holds(x, y, feature, segments, first, boxes, levels, stack_node, stack_level):  # type: ignore[no-untyped-def]
    """Whether a point lies inside a feature: a ray to the east meets its rings an odd number of times."""
    top = 0
    while levels[top, feature + 1] - levels[top, feature] > 1:
        top += 1
    stack_node[0], stack_level[0] = 0, top
    depth, odd = 1, False
    while depth:
        depth -= 1
        node, level = stack_node[depth], stack_level[depth]
        box = levels[level, feature] + node
        if y < boxes[box, 1] or y > boxes[box, 3] or x > boxes[box, 2]:
            continue
        if level:
            end = levels[level - 1, feature + 1] - levels[level - 1, feature]
            for child in range(node * FAN, min(node * FAN + FAN, end)):
                stack_node[depth], stack_level[depth] = child, level - 1
                depth += 1
            continue
        begin = first[feature]
        for at in range(begin + node * FAN, min(begin + node * FAN + FAN, first[feature + 1])):
            ax, ay, bx, by = segments[at, 0], segments[at, 1], segments[at, 2], segments[at, 3]
            if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
                odd = not odd
    return odd


@njit(cache=True, nogil=True)
def _features_in(own, own_boxes, over, over_levels, stack_node, stack_level, found, most):  # type: ignore[no-untyped-def]
    """The places in the tree of the features whose boxes meet a box ``own``, into ``found``; no more than ``most``. Returns how many."""
    west, south, east, north = own
    count = 0
    stack_node[0], stack_level[0] = 0, len(over_levels) - 2
    depth = 1
    while depth:
        depth -= 1
        node, level = stack_node[depth], stack_level[depth]
        begin, end = (0, len(own_boxes)) if level == 0 else (over_levels[level - 1], over_levels[level])
        below = own_boxes if level == 0 else over
        for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
            if (
                below[child, 0] > east
                or below[child, 2] < west
                or below[child, 1] > north
                or below[child, 3] < south
            ):
                continue
            if level:
                stack_node[depth], stack_level[depth] = child - begin, level - 1
                depth += 1
                continue
            found[count] = child
            count += 1
            if count == most:
                return count
    return count


@njit(cache=True, nogil=True)
def containing_features(points, segments, first, boxes, levels, own_boxes, own_row, over, over_levels, found):  # type: ignore[no-untyped-def]
    """``found`` (n,): the lowest row of the features that hold a point inside, or -1. Points come as neighbours: they look together.

    ``segments``, ``first``, ``boxes``, ``levels`` are a forest; ``own_boxes``, ``own_row`` its features in the order of
    the tree of boxes ``over``, ``over_levels`` above them.
    """
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    near = np.empty(len(own_row), dtype=np.int64)  # what is not written to costs nothing
    few = min(_FEW, len(near))
    walk = (own_boxes, over, over_levels, stack_node, stack_level)
    together = 0
    for k in range(len(points)):
        x, y = points[k, 0], points[k, 1]
        if k % _TOGETHER == 0:
            west, south, east, north = x, y, x, y
            for j in range(k, min(k + _TOGETHER, len(points))):
                west, east = min(west, points[j, 0]), max(east, points[j, 0])
                south, north = min(south, points[j, 1]), max(north, points[j, 1])
            together = _features_in((west, south, east, north), *walk, near, few)
        count = together
        if together == _FEW:  # or more
            count = _features_in((x, y, x, y), *walk, near, len(near))
        found[k] = -1
        for j in range(count):
            at = near[j]
            row = own_row[at]
            if (
                own_boxes[at, 0] <= x <= own_boxes[at, 2]
                and own_boxes[at, 1] <= y <= own_boxes[at, 3]
                and (found[k] < 0 or row < found[k])
                and holds(x, y, row, segments, first, boxes, levels, stack_node, stack_level)
            ):
                found[k] = row


@njit(cache=True, nogil=True)
def edges_in(own, feature, segments, first, boxes, levels, stack_node, stack_level, found, most):  # type: ignore[no-untyped-def]
    """The edges of a feature that may come into a box ``own``, into ``found``; no more than ``most``. Returns how many."""
    west, south, east, north = own
    level = count = 0
    while levels[level, feature + 1] - levels[level, feature] > 1:
        level += 1
    stack_node[0], stack_level[0] = 0, level
    depth = 1
    while depth:
        depth -= 1
        node, level = stack_node[depth], stack_level[depth]
        box = levels[level, feature] + node
        if boxes[box, 0] > east or boxes[box, 2] < west or boxes[box, 1] > north or boxes[box, 3] < south:
            continue
        if level:
            end = levels[level - 1, feature + 1] - levels[level - 1, feature]
            for child in range(node * FAN, min(node * FAN + FAN, end)):
                stack_node[depth], stack_level[depth] = child, level - 1
                depth += 1
            continue
        begin = first[feature]
        for at in range(begin + node * FAN, min(begin + node * FAN + FAN, first[feature + 1])):
            ax, ay, bx, by = segments[at, 0], segments[at, 1], segments[at, 2], segments[at, 3]
            if max(ax, bx) < west or min(ax, bx) > east or max(ay, by) < south or min(ay, by) > north:
                continue
            found[count] = at
            count += 1
            if count == most:
                return count
    return count
