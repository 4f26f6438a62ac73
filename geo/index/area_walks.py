"""Walks through a forest of boxes, compiled with numba: which features hold a point, what a site and a feature have in common."""

from __future__ import annotations

import numpy as np

from geo.index.boxes import FAN
from geo.index.walks import _OPEN, njit

#: So many neighbouring sites are looked for together.
_TOGETHER = 12


@njit(cache=True, nogil=True, inline="always")
def _holds(x, y, feature, segments, first, boxes, levels, stack_node, stack_level):  # type: ignore[no-untyped-def]
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
            ax, ay, bx, by = segments[at]
            if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
                odd = not odd
    return odd


@njit(cache=True, nogil=True)
def containing_features(points, segments, first, boxes, levels, own_boxes, own_row, over, over_levels, found):  # type: ignore[no-untyped-def]
    """``found`` (n,): the lowest row of the features that hold a point inside, or -1.

    ``segments``, ``first``, ``boxes``, ``levels`` are a forest; ``own_boxes``, ``own_row`` its features in the order of
    the tree of boxes ``over``, ``over_levels`` above them.
    """
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    inner_node = np.empty(_OPEN, dtype=np.int64)
    inner_level = np.empty(_OPEN, dtype=np.int64)
    for k in range(len(points)):
        x, y = points[k]
        found[k] = -1
        stack_node[0], stack_level[0] = 0, len(over_levels) - 2
        depth = 1
        while depth:
            depth -= 1
            node, level = stack_node[depth], stack_level[depth]
            if level == 0:
                for at in range(node * FAN, min(node * FAN + FAN, len(own_row))):
                    row = own_row[at]
                    if (
                        own_boxes[at, 0] <= x <= own_boxes[at, 2]
                        and own_boxes[at, 1] <= y <= own_boxes[at, 3]
                        and (found[k] < 0 or row < found[k])
                        and _holds(x, y, row, segments, first, boxes, levels, inner_node, inner_level)
                    ):
                        found[k] = row
                continue
            begin, end = over_levels[level - 1], over_levels[level]
            for child in range(begin + node * FAN, min(begin + node * FAN + FAN, end)):
                if over[child, 0] <= x <= over[child, 2] and over[child, 1] <= y <= over[child, 3]:
                    stack_node[depth], stack_level[depth] = child - begin, level - 1
                    depth += 1


@njit(cache=True, nogil=True)
def _share_under(ax, ay, bx, by, cx, cy, dx, dy, top, cuts):  # type: ignore[no-untyped-def]
    """Area and moment of what lies under both of two segments and above y = 0; where the second is above ``top`` nothing.

    Signed by the direction of each: a segment drawn westwards counts its area positive.
    """
    sign = 1.0
    if ax > bx:
        ax, ay, bx, by, sign = bx, by, ax, ay, -sign
    if cx > dx:
        cx, cy, dx, dy, sign = dx, dy, cx, cy, -sign
    west, east = max(ax, cx), min(bx, dx)
    if east <= west:
        return 0.0, 0.0
    slope, other = (by - ay) / (bx - ax), (dy - cy) / (dx - cx)
    cuts[0], cuts[1] = west, east
    count = 2
    for k in range(3):
        if k == 0:  # where the two meet
            if slope == other:
                continue
            x = (cy - ay + slope * ax - other * cx) / (slope - other)
        else:  # where the second enters or leaves the box
            if other == 0.0:
                continue
            x = cx + ((0.0 if k == 1 else top) - cy) / other
        if west < x < east:
            at = count - 1
            while cuts[at] > x:
                cuts[at + 1] = cuts[at]
                at -= 1
            cuts[at + 1] = x
            count += 1
    area = moment = 0.0
    for k in range(count - 1):
        x0, x1 = cuts[k], cuts[k + 1]
        middle = (x0 + x1) / 2
        other_y = cy + other * (middle - cx)
        if other_y <= 0.0 or other_y > top:
            continue
        if other_y < ay + slope * (middle - ax):
            low0, low1 = max(0.0, cy + other * (x0 - cx)), max(0.0, cy + other * (x1 - cx))
        else:
            low0, low1 = ay + slope * (x0 - ax), ay + slope * (x1 - ax)
        area += (x1 - x0) * (low0 + low1) / 2
        moment += (x1 - x0) * (low0 * low0 + low0 * low1 + low1 * low1) / 6
    return sign * area, sign * moment


@njit(cache=True, nogil=True)
def _east_of(pieces, begin, end, south, x):  # type: ignore[no-untyped-def]
    """Area and moment of the part of a site that lies east of x."""
    area = moment = 0.0
    for piece in range(begin, end):
        ax, ay, bx, by = pieces[piece]
        sign = 1.0
        if ax > bx:
            ax, ay, bx, by, sign = bx, by, ax, ay, -1.0
        if bx <= x or ax == bx:
            continue
        ay, by = ay - south, by - south
        if ax < x:
            ay += (by - ay) / (bx - ax) * (x - ax)
            ax = x
        area -= sign * (bx - ax) * (ay + by) / 2
        moment -= sign * (bx - ax) * (ay * ay + ay * by + by * by) / 6
    return area, moment


@njit(cache=True, nogil=True)
def _edges_in(own, feature, segments, first, boxes, levels, stack_node, stack_level, found, most):  # type: ignore[no-untyped-def]
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
            ax, ay, bx, by = segments[at]
            if max(ax, bx) < west or min(ax, bx) > east or max(ay, by) < south or min(ay, by) > north:
                continue
            found[count] = at
            count += 1
            if count == most:
                return count
    return count


@njit(cache=True, nogil=True)
def whole_areas(pieces, first_piece, site_boxes, whole, begin, end):  # type: ignore[no-untyped-def]
    """``whole`` (n, 2): area (degrees squared) and moment about the south of its box of each site, for a run of them."""
    for site in range(begin, end):
        whole[site, 0], whole[site, 1] = _east_of(
            pieces, first_piece[site], first_piece[site + 1], site_boxes[site, 1], site_boxes[site, 0]
        )


@njit(cache=True, nogil=True)
def common_areas(pieces, first_piece, site_boxes, whole, pairs, segments, first, boxes, levels, shared):  # type: ignore[no-untyped-def]
    """``shared`` (k, 2): the area (degrees squared) that each pair of site and feature has in common, and its moment.

    ``whole``: those of each site (:func:`whole_areas`); ``pairs`` (k, 3): site, feature, and 1 where the site is known to lie in the feature.
    Rings run counterclockwise, holes clockwise; moments are about the south of the site's box. A polygon is the signed
    sum of the regions under its edges, so what two have in common is the sum over pairs of edges of what lies under
    both: no crossing has to be found, none can be missed. Of the feature only edges in the site's box are paired; all
    above it count by whether the feature holds the points of the box's upper edge.
    """
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    edges = np.empty(len(segments), dtype=np.int64)  # what is not written to costs nothing
    cuts = np.empty(6, dtype=np.float64)
    for k in range(len(pairs)):
        site, feature, inside = pairs[k]
        west, south, east, north = site_boxes[site]
        top = north - south
        begin_piece, end_piece = first_piece[site], first_piece[site + 1]
        area = moment = 0.0
        if inside or _holds(west, north, feature, segments, first, boxes, levels, stack_node, stack_level):
            area, moment = whole[site]
        count = 0
        if not inside:
            own = (west, south, east, north)
            count = _edges_in(
                own, feature, segments, first, boxes, levels, stack_node, stack_level, edges, len(edges)
            )
        for edge in range(count):
            cx, cy, dx, dy = segments[edges[edge]]
            if (cy > north) != (dy > north):
                x = cx + (north - cy) / (dy - cy) * (dx - cx)
                if west < x < east:
                    turn = 1.0 if cy > dy else -1.0
                    one, two = _east_of(pieces, begin_piece, end_piece, south, x)
                    area += turn * one
                    moment += turn * two
            for piece in range(begin_piece, end_piece):
                ax, ay, bx, by = pieces[piece]
                if max(ax, bx) <= min(cx, dx) or min(ax, bx) >= max(cx, dx):
                    continue
                one, two = _share_under(
                    ax, ay - south, bx, by - south, cx, cy - south, dx, dy - south, top, cuts
                )
                area += one
                moment += two
        shared[k, 0], shared[k, 1] = area, moment


@njit(cache=True, nogil=True)
def pairs_that_meet(site_boxes, sites, segments, first, boxes, levels, own_boxes, own_row, over, up, pairs):  # type: ignore[no-untyped-def]
    """The sites and features whose boxes meet, into ``pairs`` (k, 3) as far as it reaches; returns how many there are.

    Sites come as neighbours: a dozen is looked for together, and where no edge of a feature comes near them, they all lie in it (told by
    a 1 in the pair) or none does. ``own_boxes``, ``own_row`` are the features' boxes in the order of the tree of boxes ``over``, whose levels ``up`` tells.
    """
    stack_node = np.empty(_OPEN, dtype=np.int64)
    stack_level = np.empty(_OPEN, dtype=np.int64)
    inner_node = np.empty(_OPEN, dtype=np.int64)
    inner_level = np.empty(_OPEN, dtype=np.int64)
    one = np.empty(1, dtype=np.int64)
    count = 0
    for begin_site in range(0, len(sites), _TOGETHER):
        end_site = min(begin_site + _TOGETHER, len(sites))
        west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
        for k in range(begin_site, end_site):
            site = sites[k]
            west, east = min(west, site_boxes[site, 0]), max(east, site_boxes[site, 2])
            south, north = min(south, site_boxes[site, 1]), max(north, site_boxes[site, 3])
        stack_node[0], stack_level[0] = 0, len(up) - 2
        depth = 1
        while depth:
            depth -= 1
            node, level = stack_node[depth], stack_level[depth]
            begin, end = (0, len(own_row)) if level == 0 else (up[level - 1], up[level])
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
                feature = own_row[child]
                own = (west, south, east, north)
                inside = 0
                if not _edges_in(
                    own, feature, segments, first, boxes, levels, inner_node, inner_level, one, 1
                ):
                    if not _holds(
                        west, north, feature, segments, first, boxes, levels, inner_node, inner_level
                    ):
                        continue
                    inside = 1
                for k in range(begin_site, end_site):
                    site = sites[k]
                    if (
                        below[child, 0] <= site_boxes[site, 2]
                        and below[child, 2] >= site_boxes[site, 0]
                        and below[child, 1] <= site_boxes[site, 3]
                        and below[child, 3] >= site_boxes[site, 1]
                    ):
                        if count < len(pairs):
                            pairs[count, 0], pairs[count, 1], pairs[count, 2] = site, feature, inside
                        count += 1
    return count
