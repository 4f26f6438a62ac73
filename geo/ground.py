"""Ground: the part of a footprint within a rule's zone, drawn in a plane about it and measured on the ellipsoid."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely

from geo.space import Floats, Geometries, LocalPlane, area_m2
from geo.terms import Measure

_DEGREE_M = 80_000.0  # a degree is never shorter here
#: Edges straight in longitude and latitude bend in the plane: cut to some 200 m they stay within a millimetre.
STEP_DEG = 0.002


def rooms_about(footprints: Geometries, metres: Floats | float) -> Geometries:
    """A box about each footprint with at least so many metres of room; never an edge of anything measured."""
    margin = metres / _DEGREE_M
    west, south, east, north = shapely.bounds(footprints).T
    return np.asarray(shapely.box(west - margin, south - margin, east + margin, north + margin), dtype=object)


def room_about(footprint: shapely.Geometry, metres: float) -> shapely.Geometry:
    """The same of one."""
    return rooms_about(np.array([footprint], dtype=object), metres)[0]


def plane_about(footprint: shapely.Geometry) -> LocalPlane:
    """The plane about the middle of a footprint."""
    middle = shapely.centroid(footprint)
    return _plane(middle.x, middle.y)


@lru_cache(maxsize=64)  # the rules that meet on a site are drawn one after the other
def _plane(lon: float, lat: float) -> LocalPlane:
    return LocalPlane(lon, lat)


def taken_ground(
    footprint: shapely.Geometry, measure: Measure, features: Geometries, limit_m: float
) -> shapely.Geometry:
    """The part of a footprint (EPSG:4490) that a rule's zone takes, about all features that reach it.

    ``limit_m`` in metres. For ``outside`` it is the part that lies outside.
    """
    plane = plane_about(footprint)
    reach = limit_m if measure is Measure.WITHIN_DISTANCE else 0.0
    room = room_about(footprint, reach + 100.0)
    near = shapely.union_all(shapely.intersection(features[shapely.intersects(features, room)], room))
    there = plane.there(shapely.segmentize(near, STEP_DEG))
    ground = plane.there(shapely.segmentize(footprint, STEP_DEG))
    if measure is Measure.OUTSIDE:
        return plane.back(shapely.difference(ground, there))
    if reach > 0:
        there = shapely.buffer(there, reach, quad_segs=64)
    return plane.back(shapely.intersection(ground, there))


def area_ha(geometry: shapely.Geometry) -> float:
    """Hectares on the ellipsoid; NaN of what has no area.

    >>> round(area_ha(shapely.box(111, 35, 111.01, 35.01)), 2)
    101.27
    """
    if shapely.get_dimensions(geometry) < 2:
        return float("nan")
    return float(area_m2(np.array([geometry]))[0]) / 10_000
