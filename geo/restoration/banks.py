"""Strips by bank, in metres of a local plane: along a line, beside a bank or levee, around water.

Left and right are those of the lines' own direction, downstream where the course is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.polygon import orient
from shapely.ops import substring

from geo.restoration.axes import (
    LEFT,
    cut,
    direction,
    flat_buffer,
    nearest_line,
    sides,
    stations,
    stretched,
    transects,
)
from geo.space import Geometries
from geo.terms import Bank

#: A bank's water side is told by this many places along it; so large a share must agree.
_PLACES = 101
_AGREE = 0.8


@dataclass(frozen=True)
class Piece:
    """Ground of one side (1 left, -1 right, 0 neither) of a line, and which reach of it."""

    side: int
    line: int
    reach: int
    geometry: shapely.Geometry


def along_lines(lines: Geometries, width_m: float, every_m: float) -> list[Piece]:
    """The ground on both sides of lines, by side and reach."""
    ground = flat_buffer(lines, width_m)
    cuts = [stretched(line, 1.0) for line in lines]
    for line in lines:
        cuts += transects(line, every_m, width_m + 1.0)
    return _sorted(cut(ground, cuts), lines, every_m)


def beside_banks(
    lines: Geometries, width_m: float, every_m: float, water: Geometries
) -> tuple[list[Piece], bool]:
    """The ground on the landward side of bank or levee lines; ``water`` are lines or areas on their water side.

    The second value says whether the landward side is known for every line; where it is not, both sides are given.
    """
    facing = [_water_side(line, water) for line in lines]
    both = along_lines(lines, width_m, every_m)
    kept = [piece for piece in both if piece.side != facing[piece.line] or facing[piece.line] == 0]
    return kept, 0 not in facing


def _water_side(line: shapely.Geometry, water: Geometries) -> int:
    """On which side of a line its river lies; 0 where that cannot be told."""
    others = water[~shapely.equals(water, line)]
    if not len(others):
        return 0
    at = np.linspace(0, line.length, _PLACES)[1:-1]
    places = shapely.line_interpolate_point(line, at)
    river = shapely.union_all(others)
    toward = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(places, river), 1))
    away = toward - shapely.get_coordinates(places)
    along = direction(line, at)
    turn = along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]
    told = np.sign(turn[np.hypot(*away.T) > 0.01])
    if not len(told) or abs(told.sum()) < (2 * _AGREE - 1) * len(told):
        return 0
    return int(np.sign(told.sum()))


def around_water(
    areas: Geometries, width_m: float, every_m: float, hints: Geometries
) -> tuple[list[Piece], Geometries, bool]:
    """The ground about a river's water, by bank and reach; the axis lines that tell left from right; whether
    all of them run the way of the course.

    ``hints`` are lines of the river's course: the axis runs their way and ends where they do. Islands
    count as water.
    """
    filled = shapely.union_all(shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(areas))))
    parts = [orient(part) for part in shapely.get_parts(filled)]
    ground = shapely.difference(shapely.buffer(filled, width_m, quad_segs=64), filled)
    axes, left, right, cuts = [], [], [], []
    told = True
    for area in parts:
        start, end, ordered = _ends(area, hints)
        told &= ordered
        one, other = _halves(area, start, end)
        axis = _axis(one, other)
        axes.append(axis)
        # the ring runs counter-clockwise: from start to end it has the water on its left
        right.append(one)
        left.append(other)
        reach = width_m + shapely.hausdorff_distance(area.exterior, axis) + 1.0
        first, last = direction(axis, np.array([0.0, axis.length]))
        tips = shapely.get_coordinates(axis)[[0, -1]]
        cuts += [
            shapely.LineString([tips[0] + first * 1e-3, tips[0] - first * 2 * width_m]),
            shapely.LineString([tips[1] - last * 1e-3, tips[1] + last * 2 * width_m]),
        ]
        cuts += transects(axis, every_m, reach)
    pieces = cut(ground, cuts)
    lines = np.array(axes, dtype=object)
    if not len(pieces):
        return [], lines, told
    places = shapely.point_on_surface(pieces)
    to_left = shapely.distance(places, shapely.union_all(np.array(left, dtype=object)))
    to_right = shapely.distance(places, shapely.union_all(np.array(right, dtype=object)))
    owner = nearest_line(lines, places)
    result = []
    for n, piece in enumerate(pieces):
        reach_no = int(stations(lines[owner[n]], places[n : n + 1])[0] // every_m)
        result.append(Piece(LEFT if to_left[n] < to_right[n] else -LEFT, int(owner[n]), reach_no, piece))
    return result, lines, told


def _sorted(pieces: Geometries, lines: Geometries, every_m: float) -> list[Piece]:
    """Pieces by the side of the nearest line and how far along it they lie."""
    if not len(pieces):
        return []
    places = shapely.point_on_surface(pieces)
    owner = nearest_line(lines, places)
    side = sides(lines, places)
    found = []
    for n, piece in enumerate(pieces):
        at = stations(lines[owner[n]], places[n : n + 1])[0]
        found.append(Piece(int(side[n]), int(owner[n]), int(at // every_m), piece))
    return found


def _ends(area: shapely.Geometry, hints: Geometries) -> tuple[float, float, bool]:
    """Where along an area's ring the river enters and leaves, in metres from the ring's start, and whether
    the course tells which is which."""
    ring = area.exterior
    within = [line for line in hints if shapely.intersects(line, area)]
    if within:
        longest = max(within, key=lambda line: shapely.intersection(line, area).length)
        inside = shapely.intersection(longest, area)
        runs = sorted(
            (
                sorted(stations(longest, shapely.get_point(np.array([part, part]), [0, -1])))
                for part in shapely.get_parts(inside)
                if shapely.get_dimensions(part) == 1
            ),
            key=lambda run: run[0],
        )
        if runs and inside.length > 0.5 * _long_side(area):
            tips = shapely.line_interpolate_point(longest, np.array([runs[0][0], max(r[1] for r in runs)]))
            at = stations(ring, tips)
            if at[0] != at[1]:
                return float(at[0]), float(at[1]), True
    hull = shapely.get_coordinates(shapely.convex_hull(area))
    apart = np.hypot(hull[:, None, 0] - hull[None, :, 0], hull[:, None, 1] - hull[None, :, 1])
    i, j = np.unravel_index(int(apart.argmax()), apart.shape)
    tips = shapely.points(hull[[i, j]])
    at = stations(ring, tips)
    if len(hints):  # a course that misses the water still tells which end is upstream
        beside = stations(hints[nearest_line(hints, shapely.centroid(np.array([area])))[0]], tips)
        if abs(beside[1] - beside[0]) > 0.5 * apart[i, j]:
            ordered = at if beside[0] < beside[1] else at[::-1]
            return float(ordered[0]), float(ordered[1]), True
    return float(at[0]), float(at[1]), False


def _long_side(area: shapely.Geometry) -> float:
    west, south, east, north = area.bounds
    return float(np.hypot(east - west, north - south))


def _halves(area: shapely.Geometry, start: float, end: float) -> tuple[shapely.Geometry, shapely.Geometry]:
    """The two banks of an area, both from start to end: first the one that runs with the ring."""
    ring = shapely.LineString(area.exterior.coords)
    if start <= end:
        one = substring(ring, start, end)
        back = [substring(ring, end, ring.length), substring(ring, 0, start)]
    else:
        first, second = substring(ring, start, ring.length), substring(ring, 0, end)
        one = _joined([first, second])
        back = [substring(ring, end, start)]
    return one, shapely.reverse(_joined(back))


def _joined(lines: list[shapely.Geometry]) -> shapely.Geometry:
    xy = np.vstack([shapely.get_coordinates(line) for line in lines])
    keep = np.r_[True, (np.diff(xy, axis=0) != 0).any(axis=1)]
    return shapely.LineString(xy[keep]) if keep.sum() > 1 else shapely.LineString([xy[0], xy[0] + 1e-6])


def _axis(one: shapely.Geometry, other: shapely.Geometry) -> shapely.Geometry:
    """A line midway between two banks."""
    places = shapely.line_interpolate_point(one, np.linspace(0, 1, 401)[1:-1], normalized=True)
    across = shapely.get_coordinates(shapely.shortest_line(places, other)).reshape(-1, 2, 2)
    middle = across.mean(axis=1)
    # beside the river's ends the nearest place of the other bank is the end itself: that tells nothing of its way
    tips = shapely.get_coordinates(one)[[0, -1]]
    widest = np.hypot(*(across[:, 0] - across[:, 1]).T).max()
    apart = np.hypot(*(middle[:, None, :] - tips[None, :, :]).transpose(2, 0, 1)).min(axis=1)
    inner = apart > min(widest, apart.max() / 2)
    across, middle = across[inner], middle[inner]
    order = np.maximum.accumulate(stations(other, shapely.points(across[:, 1])))
    moves = np.r_[True, np.diff(order) > 0]
    return shapely.LineString(np.vstack([tips[:1], middle[moves], tips[1:]]))


def named_bank(side: int, lines: Geometries, line: int, known: bool) -> Bank:
    """A side by its name: left or right where the flow is known, else by the compass."""
    if known:
        return Bank.LEFT if side == LEFT else Bank.RIGHT
    ends = np.stack([shapely.get_coordinates(shapely.get_point(lines, n)) for n in (0, -1)])
    run = ends[1] - ends[0]
    if np.abs(run[:, 0]).sum() >= np.abs(run[:, 1]).sum():
        return Bank.NORTH if (run[line, 0] >= 0) == (side == LEFT) else Bank.SOUTH
    return Bank.WEST if (run[line, 1] >= 0) == (side == LEFT) else Bank.EAST
