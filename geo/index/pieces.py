"""The straight pieces of geometries: every line and ring cut into its segments."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from geo.space import SEMI_MAJOR_M, Floats, Geometries, geodesic_m

Ints = npt.NDArray[np.int64]

#: Points, lines, rings and polygons.
_SIMPLE = (0, 1, 2, 3)
#: About so many corners of rings are taken at once.
_AT_ONCE = 50_000


def segments(geometries: Geometries) -> tuple[Floats, Floats, Ints]:
    """Start points, end points (n, 2) and owner row of every segment; a point is a segment of length 0."""
    parts, owner = np.asarray(geometries), np.arange(len(geometries))
    if not np.isin(shapely.get_type_id(parts), _SIMPLE).all():  # else a copy of every shape is spared
        parts, owner = shapely.get_parts(geometries, return_index=True)
    while (shapely.get_type_id(parts) > 3).any():  # collections inside collections
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    is_polygon = shapely.get_type_id(parts) == 3
    lines, line_owner = parts[~is_polygon], owner[~is_polygon]
    xy, line = shapely.get_coordinates(lines, return_index=True)
    if is_polygon.any():
        ring_xy, ring, polygon = corners_of_rings(parts[is_polygon])
        line_owner = np.concatenate([line_owner, owner[is_polygon][polygon]])
        xy, line = (
            (np.concatenate([xy, ring_xy]), np.concatenate([line, ring + len(lines)]))
            if len(lines)
            else (ring_xy, ring)
        )
    same = np.flatnonzero(line[:-1] == line[1:])
    single = np.flatnonzero(np.bincount(line, minlength=len(line_owner))[line] == 1)
    starts, ends = xy.take(same, axis=0), xy.take(same + 1, axis=0)  # much sooner than xy[same]
    if len(single):
        starts, ends = np.concatenate([starts, xy[single]]), np.concatenate([ends, xy[single]])
    return starts, ends, line_owner[np.concatenate([line[same], line[single]])].astype(np.int64)


def corners_of_rings(polygons: Geometries) -> tuple[Floats, Ints, Ints]:
    """The corners (n, 2) of all rings, the number of the ring of each, and the row of the polygon that each ring is of.

    Some polygons at a time: the library copies every ring, and so the copies lie where the ones before lay.
    """
    sizes = np.cumsum(shapely.get_num_coordinates(polygons))
    xy, ring = np.empty((sizes[-1], 2)), np.empty(sizes[-1], dtype=np.int64)
    bounds = [0, *np.searchsorted(sizes, np.arange(_AT_ONCE, sizes[-1], _AT_ONCE)).tolist(), len(polygons)]
    owners: list[Ints] = []
    at = rings = 0
    for begin, end in pairwise(bounds):
        drawn, owner = shapely.get_rings(polygons[begin:end], return_index=True)
        corner, number = shapely.get_coordinates(drawn, return_index=True)
        xy[at : at + len(corner)] = corner
        np.add(number, rings, out=ring[at : at + len(corner)])
        owners.append(owner + begin)
        at, rings = at + len(corner), rings + len(drawn)
    return xy, ring, np.concatenate(owners)


def pieces_of(sites: Geometries) -> tuple[Floats, Ints]:
    """The segments of sites, (k, 4), site by site, and where those of each begin, (n + 1,)."""
    if (shapely.get_type_id(sites) == 0).all() and not shapely.is_empty(sites).any():
        return np.tile(shapely.get_coordinates(sites), 2), np.arange(len(sites) + 1)
    starts, ends, owner = segments(sites)
    order = np.argsort(owner, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(sites)))])
    return np.hstack([starts, ends]).take(order, axis=0), first.astype(np.int64)


def corners(sites: Geometries) -> tuple[Floats, Ints]:
    """The corners of each site and one point within it, (k, 2), with the row of the site."""
    xy, owner = shapely.get_coordinates(sites, return_index=True)
    extra = shapely.get_coordinates(shapely.point_on_surface(sites))
    return np.concatenate([xy, extra]), np.concatenate([owner, np.arange(len(sites))]).astype(np.int64)


def extent_m(sites: Geometries) -> Floats:
    """No segment of a site is longer than the diagonal of its box."""
    box = shapely.bounds(sites)
    return geodesic_m(box[:, :2], box[:, 2:])


def bend_m(edge_m: float) -> float:
    """How far an edge that is straight in longitude and latitude bends away in the conformal plane, at most."""
    return edge_m**2 / (4 * SEMI_MAJOR_M)
