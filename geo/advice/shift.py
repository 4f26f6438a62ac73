"""The shortest shift that keeps a point as far as asked from every one of some sets.

First the free region is drawn (buffers in a plane, metres) to find all places where the shortest shift may
end; each is then refined by true planar distances, so that the drawing decides no metre.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.index import segments
from geo.index.pieces import Ints
from geo.space import Floats

#: Segments a quarter circle of the drawing, and the share of the radius by which it falls short.
_QUARTER = 32
_SHORT = 1 - np.cos(np.pi / (4 * _QUARTER))
#: Places that are refined, and constraints that are looked at about one.
_PLACES, _NEAREST = 12, 80
#: A shift is held where an obstacle leaves it no more than this.
_HELD_M = 0.02


@dataclass(frozen=True)
class KeepAway:
    """A set of shifts (metres) and how far the shift looked for must stay from it (above 0)."""

    shifts: shapely.Geometry
    metres: float


@dataclass(frozen=True)
class Shift:
    """A shift in metres east and north, and the positions of the obstacles that hold it there."""

    east_m: float
    north_m: float
    held_by: tuple[int, ...]

    @property
    def length_m(self) -> float:
        """Its length."""
        return float(np.hypot(self.east_m, self.north_m))


def shortest_shift(obstacles: Sequence[KeepAway], radius_m: float) -> Shift | None:
    """The shortest shift within a radius that keeps away from all obstacles; None where there is none.

    A wall 10 m off and a hundred to keep: back by 90.

    >>> wall = shapely.LineString([(10, -1000), (10, 1000)])
    >>> found = shortest_shift([KeepAway(wall, 100.0)], 500.0)
    >>> round(found.east_m, 6), round(found.length_m, 6), found.held_by
    (-90.0, 90.0, (0,))
    >>> shortest_shift([KeepAway(wall, 100.0)], 80.0) is None
    True
    """
    edges = _Edges.of(obstacles, radius_m)
    at = np.zeros(2)
    origin = shapely.Point(0, 0)
    inside = any(shapely.intersects(o.shifts, origin) for o in obstacles)
    if not inside and edges.slack(at).min(initial=np.inf) >= -1e-6:
        return Shift(0.0, 0.0, edges.held(at))
    best: Floats | None = None
    for place in _places(obstacles, radius_m):
        refined = edges.refine(place)
        if refined is None or np.hypot(*refined) > radius_m:
            continue
        if best is None or np.hypot(*refined) < np.hypot(*best):
            best = refined
    return None if best is None else Shift(float(best[0]), float(best[1]), edges.held(best))


def _places(obstacles: Sequence[KeepAway], radius_m: float) -> list[Floats]:
    """Where the shortest shift may end: nearest points of the free region, all within its error."""
    reach = shapely.Point(0, 0).buffer(radius_m, quad_segs=_QUARTER)
    window = shapely.box(-radius_m, -radius_m, radius_m, radius_m)
    taken = [
        shapely.buffer(
            shapely.intersection(o.shifts, shapely.buffer(window, 1.01 * o.metres + 1.0, quad_segs=1)),
            o.metres,
            quad_segs=_QUARTER,
        )
        for o in obstacles
    ]
    free = shapely.difference(reach, shapely.union_all(np.array(taken, dtype=object)))
    if free.is_empty:
        return []
    origin = shapely.Point(0, 0)
    error = _SHORT * max(o.metres for o in obstacles) + 0.05
    nearest = free.distance(origin)
    ring = shapely.intersection(free.boundary, origin.buffer(nearest + 3 * error, quad_segs=_QUARTER))
    parts = [p for p in shapely.get_parts(shapely.line_merge(ring)) if not p.is_empty] or [free]
    ends = [shapely.get_coordinates(shapely.shortest_line(origin, part))[1] for part in parts]
    ends.append(shapely.get_coordinates(shapely.shortest_line(origin, free))[1])
    return sorted(ends, key=lambda end: float(np.hypot(*end)))[:_PLACES]


@dataclass(frozen=True)
class _Edges:
    """All edges of the obstacles near enough to matter, each with the distance to keep."""

    starts: Floats
    ends: Floats
    metres: Floats
    owner: Ints

    @classmethod
    def of(cls, obstacles: Sequence[KeepAway], radius_m: float) -> _Edges:
        starts, ends, owner = segments(np.array([o.shifts for o in obstacles], dtype=object))
        metres = np.array([o.metres for o in obstacles], dtype=float)[owner]
        edges = cls(starts, ends, metres, owner)
        _, distance = edges._feet(np.zeros(2))
        near = distance <= metres + radius_m + 1.0
        return cls(starts[near], ends[near], metres[near], owner[near])

    def _feet(self, at: Floats) -> tuple[Floats, Floats]:
        """The nearest point of every edge and its distance."""
        along = self.ends - self.starts
        length2 = (along**2).sum(axis=1)
        share = ((at - self.starts) * along).sum(axis=1) / np.where(length2 > 0, length2, 1.0)
        feet = self.starts + np.clip(share, 0.0, 1.0)[:, None] * along
        return feet, np.hypot(*(at - feet).T)

    def slack(self, at: Floats) -> Floats:
        """What is left of the distance to keep, an edge; below 0: too near."""
        return self._feet(at)[1] - self.metres

    def held(self, at: Floats) -> tuple[int, ...]:
        """The obstacles that leave nothing."""
        return tuple(int(owner) for owner in np.unique(self.owner[self.slack(at) <= _HELD_M]))

    def refine(self, place: Floats) -> Floats | None:
        """The shortest shift about a place, by repetition; None where it leads to no free place.

        About the place every edge asks to stay beyond the tangent of its circle: the shortest shift
        beyond all tangents is free, and nearer than the place or as near.
        """
        at = np.asarray(place, dtype=float)
        for _ in range(60):
            feet, distance = self._feet(at)
            slack = distance - self.metres
            order = np.argsort(slack)[:_NEAREST]
            order = order[(slack[order] < 2.0) & (distance[order] > 1e-9)]
            if len(order) == 0:
                return at  # the edge of the reach
            normals = (at - feet[order]) / distance[order][:, None]
            bounds = self.metres[order] + (normals * feet[order]).sum(axis=1)
            ahead = _shortest_beyond(normals, bounds)
            if ahead is None:
                return None
            step = ahead - at
            length = float(np.hypot(*step))
            at = at + step * min(1.0, 1.0 / length if length > 0 else 1.0)
            if length < 1e-7:
                break
        return at if self.slack(at).min() >= -1e-4 else None


def _shortest_beyond(normals: Floats, bounds: Floats) -> Floats | None:
    """The shortest vector x with normals · x >= bounds; None where there is none."""
    feet = normals * bounds[:, None]  # of each line alone
    first, second = np.triu_indices(len(bounds), 1)
    cross = normals[first, 0] * normals[second, 1] - normals[first, 1] * normals[second, 0]
    real = np.abs(cross) > 1e-12
    first, second, cross = first[real], second[real], cross[real]
    meets = (
        np.column_stack(
            [
                bounds[first] * normals[second, 1] - bounds[second] * normals[first, 1],
                normals[first, 0] * bounds[second] - normals[second, 0] * bounds[first],
            ]
        )
        / cross[:, None]
    )
    candidates = np.concatenate([np.zeros((1, 2)), feet, meets])
    beyond = (candidates @ normals.T >= bounds - 1e-7).all(axis=1)
    if not beyond.any():
        return None
    held = candidates[beyond]
    return np.asarray(held[np.hypot(*held.T).argmin()], dtype=float)
