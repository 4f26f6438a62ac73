"""Sites as the compiled engine takes them: points in an order in which neighbours follow one another."""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from geo.index.boxes import boxes_above
from geo.index.engines import engine
from geo.index.pieces import Ints, pieces_of
from geo.index.rings import Rings, rings_of
from geo.index.threads import in_runs
from geo.space import Floats, Geometries

#: A footprint higher than this (degrees) has no one length of a degree.
TALLEST_DEG = 0.2
#: Of more than one in so many sites the rings of all are taken.
_MOST = 4
#: So few points are not worth a second thread.
_SHARE = 20_000


class Plots(NamedTuple):
    """Polygons as compiled code takes them: ``rows`` (n,) of the sites, ``boxes`` (n, 4) theirs, neighbours after one another;
    ``above`` the boxes of eight and more of them, ``levels`` where each level of these begins and where they end."""

    rows: Ints
    boxes: Floats
    above: Floats
    levels: Ints


class Places:
    """Sites that several references are asked about: what every question needs is taken from them once.

    >>> places = Places(np.array([shapely.Point(111, 35), shapely.Point(112, 36), shapely.Point(111, 35.1)]))
    >>> places.are_points, places.order.tolist()
    (True, [0, 2, 1])
    """

    #: Sites that these are most of: what costs much to take from them is taken of all at once, for the next question too.
    _whole: tuple[Places, Ints] | None = None

    def __init__(self, sites: Geometries | Places) -> None:
        self.__dict__["sites"] = sites.sites if isinstance(sites, Places) else np.asarray(sites, dtype=object)
        self._count = len(self.sites)

    @classmethod
    def at(cls, lonlat: Floats) -> Places:
        """Points by their longitude and latitude (n, 2): made into geometries only where that is asked for."""
        points = cls.__new__(cls)
        points._count = len(lonlat)
        points.__dict__["_lonlat"] = np.ascontiguousarray(lonlat)
        return points

    def __len__(self) -> int:
        return self._count

    @cached_property
    def sites(self) -> Geometries:
        """The footprints."""
        points: Geometries = shapely.points(self.lonlat)
        return points

    def only(self, rows: Ints) -> Places:
        """The sites of these rows; what is known of them already is not taken from them again.

        >>> places = Places(np.array([shapely.box(111, 35, 112, 36), shapely.box(113, 35, 114, 36)]))
        >>> places.pieces[1].tolist(), places.only(np.array([1])).pieces[0][0].tolist()
        ([0, 4, 8], [114.0, 35.0, 114.0, 36.0])
        """
        known = self.__dict__
        part = Places(self.sites[rows]) if "sites" in known else Places.at(self.lonlat[rows])
        for name in ("_lonlat", "boxes", "are_areas"):
            if known.get(name) is not None:
                part.__dict__[name] = known[name].take(rows, axis=0)
        for name in ("pieces", "part_corners"):
            if name in known:
                part.__dict__[name] = _of_rows(known[name][0], known[name][1], rows)
        if len(rows) * _MOST >= len(self):
            part._whole = self, rows
        return part

    def prepared(self) -> Places:
        """The same, its shapes taken apart now: once for all questions about some of them (:meth:`only`)."""
        if engine() == "compiled" and not self.are_points:
            _ = self.pieces, self.part_corners
        return self

    @cached_property
    def _lonlat(self) -> Floats | None:
        """Longitude and latitude of points, where all sites are points with a position: of other shapes they are no numbers."""
        if (shapely.get_type_id(self.sites[:1]) > 0).any():  # mostly all are of one kind
            return None
        lonlat = np.empty((len(self), 2))

        def read(run: slice) -> None:
            shapely.get_x(self.sites[run], out=lonlat[run, 0])
            shapely.get_y(self.sites[run], out=lonlat[run, 1])

        in_runs(read, len(self), _SHARE)
        return lonlat if np.isfinite(lonlat).all() else None

    @cached_property
    def are_points(self) -> bool:
        """Whether every site is a point (with a position)."""
        return self._lonlat is not None

    @cached_property
    def lonlat(self) -> Floats:
        """Longitude and latitude (n, 2) of points."""
        return (
            np.ascontiguousarray(shapely.get_coordinates(self.sites))
            if self._lonlat is None
            else self._lonlat
        )

    @cached_property
    def boxes(self) -> Floats:
        """West, south, east, north (n, 4) of each site, degrees."""
        boxes = np.empty((len(self), 4))
        in_runs(lambda run: shapely.bounds(self.sites[run], out=boxes[run]), len(self), _SHARE)
        return boxes

    @cached_property
    def pieces(self) -> tuple[Floats, Ints]:
        """The segments of sites of any shape, as :func:`pieces_of`."""
        return pieces_of(self.sites)

    @cached_property
    def part_corners(self) -> tuple[Floats, Ints]:
        """A corner (k, 2) of every part of every site, site by site, and where those of each begin, (n + 1,)."""
        parts, owner = shapely.get_parts(self.sites, return_index=True)
        xy, part = shapely.get_coordinates(parts, return_index=True)
        part, first = np.unique(part, return_index=True)
        begins = np.searchsorted(owner[part], np.arange(len(self) + 1))
        return xy[first], begins.astype(np.int64)

    @cached_property
    def rings(self) -> Rings:
        """The rings of sites, and the area of each."""
        if self._whole is not None:
            whole, rows = self._whole
            return whole.rings.of(rows)
        return rings_of(self.sites, self.boxes)

    @cached_property
    def plots(self) -> Plots:
        """Sites that are polygons and not :attr:`tall`, along the curve of :attr:`order`."""
        rows = self.order[self._are_low.take(self.order)]
        boxes = self.boxes.take(rows, axis=0)
        return Plots(rows, boxes, *boxes_above(boxes)) if len(rows) else Plots(rows, boxes, boxes, rows)

    @cached_property
    def are_areas(self) -> npt.NDArray[np.bool_]:
        """Which sites are polygons."""
        areas = np.empty(len(self), dtype=bool)

        def tell(run: slice) -> None:
            areas[run] = shapely.get_dimensions(self.sites[run]) == 2

        in_runs(tell, len(self), _SHARE)
        return areas

    @cached_property
    def _are_low(self) -> npt.NDArray[np.bool_]:
        low: npt.NDArray[np.bool_] = self.boxes[:, 3] - self.boxes[:, 1] < TALLEST_DEG
        return self.are_areas & low

    @cached_property
    def tall(self) -> Ints:
        """Which sites are polygons of which no one length of a degree is true: their areas are cut out and measured."""
        return np.flatnonzero(self.are_areas & ~self._are_low & np.isfinite(self.boxes[:, 0]))

    @cached_property
    def order(self) -> Ints:
        """The rows along a curve on which neighbours are neighbours on the ground, by their southwestern corners."""
        corners = self.lonlat if self.are_points else np.ascontiguousarray(self.boxes[:, :2])
        order: Ints = import_module("geo.index.asking").curve_order(
            corners
        )  # compiled: only where it is asked for
        return order

    @cached_property
    def along(self) -> Floats:
        """Longitude and latitude of points in that order."""
        put_in_order, points, order = import_module("geo.index.asking").put_in_order, self.lonlat, self.order
        along = np.empty((len(self), 2))
        in_runs(lambda run: put_in_order(points, order, along, run.start, run.stop), len(self), _SHARE)
        return along


def _of_rows(values: Floats, first: Ints, rows: Ints) -> tuple[Floats, Ints]:
    """Of values that lie row by row, those of some rows, and where each of these begins."""
    counts = first[rows + 1] - first[rows]
    begins = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    taken = np.arange(begins[-1]) + np.repeat(first[rows] - begins[:-1], counts)
    return values.take(taken, axis=0), begins  # much sooner than values[taken]
