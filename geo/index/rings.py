"""Polygons taken apart once for all questions about their areas: the corners of their rings, and what each measures by itself."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geo.index.pieces import Ints, corners_of_rings
from geo.index.threads import in_runs
from geo.space import Floats, Geometries

#: So few polygons are not worth a second thread.
_SHARE = 5_000
_POLYGON = 3


class Rings(NamedTuple):
    """Rings of polygons as they are drawn, one behind the other: none is copied to turn it about.

    ``xy`` (k, 2): the corners of closed rings, degrees; ``begins`` (r + 1,): where each ring begins; ``turn`` (r,): 1 where it is drawn
    counterclockwise about the inside of its polygon (holes: clockwise), else -1; ``first``, ``last`` (n,): the rings of each
    polygon; ``whole`` (n, 2): its area, degrees squared, and the moment of that about the south of its box; ``longest``: no polygon has more corners.
    """

    xy: Floats
    begins: Ints
    turn: Floats
    first: Ints
    last: Ints
    whole: Floats
    longest: int

    def of(self, rows: Ints) -> Rings:
        """Those of some of the polygons."""
        first, last = self.first.take(rows), self.last.take(rows)
        return self._replace(first=first, last=last, whole=self.whole.take(rows, axis=0))


def edges_of(rings: Rings) -> tuple[Floats, Ints]:
    """The edges (k, 4) of the rings of all polygons, turned counterclockwise about their inside, polygon by polygon; where those of each begin.

    >>> west = shapely.Polygon([(0, 0), (0, 1), (1, 1)])  # drawn clockwise
    >>> edges, first = edges_of(rings_of(np.array([west]), np.array([[0.0, 0.0, 1.0, 1.0]])))
    >>> edges.tolist(), first.tolist()
    ([[0.0, 1.0, 0.0, 0.0], [1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]], [0, 3])
    """
    counts = np.diff(rings.begins) - 1
    begin = np.ones(len(rings.xy), dtype=bool)
    begin[rings.begins[1:] - 1] = False
    at = np.flatnonzero(begin)
    back = np.repeat(rings.turn < 0, counts)
    edges = np.hstack([rings.xy.take(at + back, axis=0), rings.xy.take(at + ~back, axis=0)])
    ends = _begins(counts)
    return edges, np.append(ends.take(rings.first), ends[-1])


def rings_of(sites: Geometries, boxes: Floats) -> Rings:
    """The rings of polygons of any kind, whose boxes are given; other shapes have none.

    >>> hole = shapely.Polygon([(0, 0), (2, 0), (2, 2), (0, 2)], [[(1, 1), (1, 2), (2, 2)]])
    >>> rings = rings_of(np.array([shapely.Point(1, 1), hole]), np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 2.0, 2.0]]))
    >>> rings.begins.tolist(), rings.turn.tolist(), rings.first.tolist(), rings.whole[:, 0].tolist()
    ([0, 5, 9], [1.0, 1.0], [0, 0], [0.0, 3.5])
    """
    simple = _of_simple(sites)
    xy, begins, outer, first = _of_any(sites) if simple is None else simple
    turn, whole = np.empty(len(begins) - 1), np.empty((len(sites), 2))
    longest = int(np.diff(begins.take(first)).max(initial=0))
    rings = Rings(xy, begins, turn, first[:-1], first[1:], whole, longest)
    measure = import_module("geo.index.common_areas").measure_rings  # compiled: only where it is asked for
    in_runs(lambda run: measure(rings, outer, boxes, run.start, run.stop), len(sites), _SHARE)
    return rings


def _of_simple(sites: Geometries) -> tuple[Floats, Ints, npt.NDArray[np.bool_], Ints] | None:
    """Corners, where rings begin, which are outer ones, where polygons begin; None where not all shapes are one polygon each."""
    counts, holes = np.empty(len(sites), dtype=np.int32), np.empty(len(sites), dtype=np.int32)
    simple: list[bool] = []

    def count(run: slice) -> None:
        simple.append(bool((shapely.get_type_id(sites[run]) == _POLYGON).all()))
        if simple[-1]:
            shapely.get_num_coordinates(sites[run], out=counts[run])
            shapely.get_num_interior_rings(sites[run], out=holes[run])

    in_runs(count, len(sites), _SHARE)
    if not all(simple) or not counts.all():
        return None
    if holes.any():
        xy, ring, polygon = corners_of_rings(sites)
        begins, first = _begins(np.bincount(ring)), _begins(np.bincount(polygon))
    else:  # the same, sooner
        xy = shapely.get_coordinates(sites)
        begins, first = _begins(counts), np.arange(len(sites) + 1)
    outer = np.zeros(len(begins) - 1, dtype=bool)
    outer[first[:-1]] = True
    return np.ascontiguousarray(xy), begins.astype(np.int64), outer, first.astype(np.int64)


def _of_any(sites: Geometries) -> tuple[Floats, Ints, npt.NDArray[np.bool_], Ints]:
    """The same of shapes of any kind."""
    parts, owner = shapely.get_parts(sites, return_index=True)
    while (shapely.get_type_id(parts) > _POLYGON).any():  # collections inside collections
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    flat = (shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)
    parts, owner = parts[flat], owner[flat]
    rings, part = shapely.get_rings(parts, return_index=True)
    outer = np.ones(len(rings), dtype=bool)
    outer[1:] = part[1:] != part[:-1]
    counts = np.bincount(owner[part], minlength=len(sites))
    return (
        shapely.get_coordinates(rings),
        _begins(shapely.get_num_coordinates(rings)),
        outer,
        _begins(counts),
    )


def _begins(counts: npt.NDArray[np.int32] | Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
