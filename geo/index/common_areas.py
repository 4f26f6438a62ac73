"""What polygons and the features of a forest have in common, compiled with numba.

A polygon is the signed sum of the regions under its edges, so what two have in common is the sum over pairs of edges of what
lies under both: no crossing has to be found, none can be missed. Sites and features meet from above: of a dozen, a hundred,
a thousand neighbouring sites that no edge of a feature comes near, all lie in it or none does.
"""

from __future__ import annotations

import math

import numpy as np

from geo.index.area_walks import edges_in, holds
from geo.index.boxes import FAN
from geo.index.walks import _OPEN, njit
from geo.space import GEOD

#: A common part smaller than this share of a site's box is noise.
_NOISE = 1e-12
#: Of no more edges about eight sites each looks through all; else the boxes are asked again for each.
_FEW = 24
_A, _E2 = float(GEOD.a), float(GEOD.es)


@njit(cache=True, nogil=True)
def measure_rings(rings, outer, boxes, begin, end):  # type: ignore[no-untyped-def]
    """Fills in ``turn`` and ``whole`` of :class:`geo.index.rings.Rings` for a run of polygons; ``outer``: which rings are outer ones."""
    xy, begins, turn, first, last, whole, _ = rings
    for site in range(begin, end):
        area = moment = 0.0
        south = boxes[site, 1]
        for ring in range(first[site], last[site]):
            one = two = 0.0
            for k in range(begins[ring], begins[ring + 1] - 1):
                back, low, high = xy[k, 0] - xy[k + 1, 0], xy[k, 1] - south, xy[k + 1, 1] - south
                one += back * (low + high) / 2
                two += back * (low * low + low * high + high * high) / 6
            turn[ring] = 1.0 if (one > 0.0) == outer[ring] else -1.0
            area += turn[ring] * one
            moment += turn[ring] * two
        whole[site, 0], whole[site, 1] = area, moment


@njit(cache=True, nogil=True, inline="always")
def _square_degree_m2(lat):  # type: ignore[no-untyped-def]
    """As :func:`geo.space.metres_per_degree`, one way by the other."""
    sine = math.sin(math.radians(lat))
    w2 = 1.0 - _E2 * sine * sine
    return math.radians(1.0) ** 2 * _A * _A * (1.0 - _E2) * math.sqrt(1.0 - sine * sine) / (w2 * w2)


@njit(cache=True, nogil=True)
def _share_in_parts(p0, p1, q0, q1, top, cuts):  # type: ignore[no-untyped-def]
    """:func:`_share_under` over a width of one, where the second line crosses the first, y = 0 or ``top``; by heights at both ends."""
    cuts[0], cuts[1] = 0.0, 1.0
    count = 2
    for k in range(3):
        if k == 0:  # where the two meet
            rise, away = (q1 - q0) - (p1 - p0), p0 - q0
        else:  # where the second enters or leaves the box
            rise, away = q1 - q0, (0.0 if k == 1 else top) - q0
        if rise == 0.0:
            continue
        t = away / rise
        if 0.0 < t < 1.0:
            at = count - 1
            while cuts[at] > t:
                cuts[at + 1] = cuts[at]
                at -= 1
            cuts[at + 1] = t
            count += 1
    area = moment = 0.0
    for k in range(count - 1):
        t0, t1 = cuts[k], cuts[k + 1]
        middle = (t0 + t1) / 2
        height = q0 + middle * (q1 - q0)
        if height <= 0.0 or height > top:
            continue
        if height < p0 + middle * (p1 - p0):
            low0, low1 = max(0.0, q0 + t0 * (q1 - q0)), max(0.0, q0 + t1 * (q1 - q0))
        else:
            low0, low1 = p0 + t0 * (p1 - p0), p0 + t1 * (p1 - p0)
        area += (t1 - t0) * (low0 + low1) / 2
        moment += (t1 - t0) * (low0 * low0 + low0 * low1 + low1 * low1) / 6
    return area, moment


@njit(cache=True, nogil=True)
def _share_under(sides, count, cx, cy, dx, dy, top, cuts):  # type: ignore[no-untyped-def]
    """Area and moment of what lies under both the sides of a site and an edge, and above y = 0; where the edge is above ``top`` nothing.

    Signed by the direction of each: what is drawn westwards counts its area positive.
    """
    area = moment = 0.0
    turn = 1.0
    if cx < dx:
        turn = -1.0
    elif cx > dx:
        cx, cy, dx, dy = dx, dy, cx, cy
    else:
        return 0.0, 0.0
    slope = (dy - cy) / (dx - cx)
    low, high = min(cy, dy), max(cy, dy)
    for side in range(count):
        west, east = max(sides[side, 0], cx), min(sides[side, 2], dx)
        if east <= west:
            continue
        # heights of both at both ends; rounding must not lift an edge above its own ends
        p0 = sides[side, 1] + sides[side, 4] * (west - sides[side, 0])
        p1 = sides[side, 1] + sides[side, 4] * (east - sides[side, 0])
        q0 = min(max(cy + slope * (west - cx), low), high)
        q1 = min(max(cy + slope * (east - cx), low), high)
        if (q0 <= 0.0 and q1 <= 0.0) or (q0 > top and q1 > top):
            continue
        weight = sides[side, 5] * (east - west)
        # mostly the one lies under the other from end to end
        if q0 <= p0 and q1 <= p1 and q0 >= 0.0 and q1 >= 0.0:
            p0, p1 = q0, q1
        elif q0 < p0 or q1 < p1 or q0 > top or q1 > top:
            one, two = _share_in_parts(p0, p1, q0, q1, top, cuts)
            area += weight * one
            moment += weight * two
            continue
        area += weight * (p0 + p1) / 2
        moment += weight * (p0 * p0 + p0 * p1 + p1 * p1) / 6
    return turn * area, turn * moment


@njit(cache=True, nogil=True)
def _east_of(sides, count, x):  # type: ignore[no-untyped-def]
    """Area and moment of the part of a site that lies east of x."""
    area = moment = 0.0
    for side in range(count):
        ax, ay, bx, by = sides[side, 0], sides[side, 1], sides[side, 2], sides[side, 3]
        if bx <= x:
            continue
        if ax < x:
            ay += sides[side, 4] * (x - ax)
            ax = x
        area += sides[side, 5] * (bx - ax) * (ay + by) / 2
        moment += sides[side, 5] * (bx - ax) * (ay * ay + ay * by + by * by) / 6
    return area, moment


@njit(cache=True, nogil=True)
def _sides_of(own_rings, west, south, xy, begins, turns, sides):  # type: ignore[no-untyped-def]
    """The edges of a site, given by its rings, into ``sides``, each: west end and east end (from the corner of its box: all digits are kept), slope, 1
    where it is drawn westwards. Returns how many; upright ones have nothing under them."""
    count = 0
    for ring in range(own_rings[0], own_rings[1]):
        for k in range(begins[ring], begins[ring + 1] - 1):
            ax, ay = xy[k, 0] - west, xy[k, 1] - south
            bx, by = xy[k + 1, 0] - west, xy[k + 1, 1] - south
            turn = turns[ring]
            if ax == bx:
                continue
            if ax < bx:
                turn = -turn
            else:
                ax, ay, bx, by = bx, by, ax, ay
            sides[count, 0], sides[count, 1], sides[count, 2], sides[count, 3] = ax, ay, bx, by
            sides[count, 4], sides[count, 5] = (by - ay) / (bx - ax), turn
            count += 1
    return count


@njit(cache=True, nogil=True)
def _added(own, sides, count, segments, near, edges, cuts):  # type: ignore[no-untyped-def]
    """Area and moment that edges of a feature, those that come into the box of a site, add to what it shares with the feature.

    All of the feature above the box counts by whether it holds the points of the box's upper edge: without these edges the site
    shares all of itself or nothing, as the feature holds the west end of that edge or not.
    """
    west, south, _, north = own
    area = moment = 0.0
    top = north - south
    for k in range(edges):
        edge = near[k]
        cx, cy, dx, dy = segments[edge, 0], segments[edge, 1], segments[edge, 2], segments[edge, 3]
        # the very words of holds(): a crossing counts either there or here
        if (cy > north) != (dy > north) and west < cx + (north - cy) / (dy - cy) * (dx - cx):
            x = cx - west + (north - cy) / (dy - cy) * (dx - cx)
            one, two = _east_of(sides, count, x)
            area += one if cy > dy else -one
            moment += two if cy > dy else -two
        one, two = _share_under(sides, count, cx - west, cy - south, dx - west, dy - south, top, cuts)
        area += one
        moment += two
    return area, moment


@njit(cache=True, nogil=True, inline="always")
def _of_box(own, segments, edges, most, found):  # type: ignore[no-untyped-def]
    """Of some edges those that may come into a box, into ``found``. Returns how many."""
    west, south, east, north = own
    count = 0
    for k in range(most):
        edge = edges[k]
        cx, cy, dx, dy = segments[edge, 0], segments[edge, 1], segments[edge, 2], segments[edge, 3]
        if not (max(cx, dx) < west or min(cx, dx) > east or max(cy, dy) < south or min(cy, dy) > north):
            found[count] = edge
            count += 1
    return count


@njit(cache=True, nogil=True, inline="always")
def _apart(one, other):  # type: ignore[no-untyped-def]
    return one[0] > other[2] or one[2] < other[0] or one[1] > other[3] or one[3] < other[1]


@njit(cache=True, nogil=True)
def _with_feature(feature, reach, plots, rings, level, run, forest, work, pairs, shared, found):  # type: ignore[no-untyped-def]
    """Adds to ``pairs`` and ``shared``, of which ``found`` there are, those of one feature, whose box is ``reach``, as far as there is
    room. Returns how many there are then."""
    rows, plot_boxes, above, floors = plots
    xy, ring_begins, ring_turn, first_ring, last_ring, whole, _ = rings
    segments = forest[0]
    node_of, level_of, inner_node, inner_level, around, near, sides, cuts = work
    for start in range(run[0], run[1], run[2]):
        node_of[0], level_of[0] = start, level
        depth = 1
        while depth:
            depth -= 1
            node, below = node_of[depth], level_of[depth]
            box = floors[below] + node
            own = (above[box, 0], above[box, 1], above[box, 2], above[box, 3])
            if _apart(own, reach):
                continue
            # a box that reaches out of the feature's box does not lie in it, and an edge may well come into it
            out = own[0] < reach[0] or own[1] < reach[1] or own[2] > reach[2] or own[3] > reach[3]
            count, most = 1, 1 if out or below else _FEW
            if not (out and below):
                count = edges_in(own, feature, *forest, inner_node, inner_level, around, most)
            if count and below:
                over = floors[below] - floors[below - 1]
                for child in range(node * FAN, min(node * FAN + FAN, over)):
                    node_of[depth], level_of[depth] = child, below - 1
                    depth += 1
                continue
            if not count and not holds(own[0], own[3], feature, *forest, inner_node, inner_level):
                continue
            under = FAN ** (below + 1)
            for plot in range(node * under, min(node * under + under, len(rows))):
                site = rows[plot]
                own = (plot_boxes[plot, 0], plot_boxes[plot, 1], plot_boxes[plot, 2], plot_boxes[plot, 3])
                edges = 0
                if count:
                    if _apart(own, reach):
                        continue
                    if count == most:  # or more
                        edges = edges_in(own, feature, *forest, inner_node, inner_level, near, len(near))
                    else:
                        edges = _of_box(own, segments, around, count, near)
                area = moment = 0.0
                if not count or holds(own[0], own[3], feature, *forest, inner_node, inner_level):
                    area, moment = whole[site, 0], whole[site, 1]
                if edges:
                    own_rings = (first_ring[site], last_ring[site])
                    n_sides = _sides_of(own_rings, own[0], own[1], xy, ring_begins, ring_turn, sides)
                    one, two = _added(own, sides, n_sides, segments, near, edges, cuts)
                    area += one
                    moment += two
                if area > _NOISE * (own[2] - own[0]) * (own[3] - own[1]):
                    if found < len(pairs):
                        pairs[found, 0], pairs[found, 1] = site, feature
                        shared[found] = area * _square_degree_m2(own[1] + moment / area)
                    found += 1
    return found


@njit(cache=True, nogil=True)
def common_areas(plots, rings, level, run, forest, own_boxes, own_row):  # type: ignore[no-untyped-def]
    """Pairs (k, 2) of site and feature that have an area in common, and that area (k,), square metres of the ellipsoid.

    ``plots``: the sites (:class:`geo.index.places.Plots`), those under a ``run`` (begin, end, step) of the boxes of a ``level``;
    ``forest``: segments, first, boxes and levels of one, ``own_boxes``, ``own_row`` its features. A square degree is taken at the
    middle of the common part.
    """
    work = (
        np.empty(_OPEN, dtype=np.int64),  # boxes of sites yet to be looked at, and their levels
        np.empty(_OPEN, dtype=np.int64),
        np.empty(_OPEN, dtype=np.int64),  # boxes of the feature, and their levels
        np.empty(_OPEN, dtype=np.int64),
        np.empty(_FEW, dtype=np.int64),  # edges about eight sites
        np.empty(len(forest[0]), dtype=np.int64),  # edges about one; what is not written to costs nothing
        np.empty((rings.longest, 6), dtype=np.float64),  # its sides
        np.empty(6, dtype=np.float64),  # where a side is parted
    )
    pairs, shared = np.empty((1024, 2), dtype=np.int64), np.empty(1024, dtype=np.float64)
    found, at = 0, 0
    while at < len(own_row):
        reach = (own_boxes[at, 0], own_boxes[at, 1], own_boxes[at, 2], own_boxes[at, 3])
        # in a function of its own: arrays that grow where they are filled cost a count of their users at every step
        count = _with_feature(
            own_row[at], reach, plots, rings, level, run, forest, work, pairs, shared, found
        )
        if count > len(pairs):
            more_pairs, more = np.empty((2 * count, 2), dtype=np.int64), np.empty(2 * count, dtype=np.float64)
            more_pairs[:found], more[:found] = pairs[:found], shared[:found]
            pairs, shared = more_pairs, more
            continue
        found = count
        at += 1
    return pairs[:found], shared[:found]
