"""Which features of a large layer can matter to the sites of a run, told by their boxes alone.

The answer holds every feature that :class:`~geo.index.ReferenceIndex` could name as nearest to a site, as
near as it or meeting it, wherever the nearest is: a window widens until it holds it. So measuring from
these features gives the very figures that measuring from the whole layer gives.

>>> plots = np.array([[111.00, 35, 111.01, 35.01], [111.05, 35, 111.06, 35.01], [114, 35, 114.01, 35.01]])
>>> near_rows(plots, np.array([shapely.Point(110.99, 35.005)]), longest_edge_m=1000).tolist()
[0]
"""

from __future__ import annotations

import numpy as np
import shapely

from geo.index.pieces import Ints, bend_m, corners, extent_m
from geo.space import SEMI_MAJOR_M, Floats, Geometries, conformal


def near_rows(
    boxes: Floats,
    sites: Geometries,
    longest_edge_m: float,
    deep: bool = False,
    also: Floats | None = None,
) -> Ints:
    """Rows of ``boxes`` (west, south, east, north in degrees) that the sites may have to be measured from.

    ``longest_edge_m``: of any feature of the layer. ``deep``: the edge nearest to every corner of a site is
    wanted too, not just the feature nearest to the site (for how deep a site lies inside). ``also``: boxes in
    degrees whose features are wanted whatever is nearest.
    """
    if len(boxes) == 0 or len(sites) == 0:
        return np.array([], dtype=np.int64)
    # longitude and latitude each keep their order in the conformal plane: a box stays a box
    low, high = conformal(boxes[:, :2]), conformal(boxes[:, 2:])
    tree = shapely.STRtree(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))
    xy, owner = corners(sites)
    probes = shapely.points(conformal(xy))
    probe, box = tree.query_nearest(probes, all_matches=False)
    at = shapely.get_coordinates(probes[probe])
    # a feature touches every side of its box, so it is no farther than the farthest corner of the box
    farthest = np.hypot(*np.maximum(np.abs(at - low[box]), np.abs(at - high[box])).T)
    nearest = np.full(len(sites), np.inf)
    np.minimum.at(nearest, owner[probe], farthest)
    bend = bend_m(max(longest_edge_m, float(extent_m(sites).max(initial=0.0))))
    plane = shapely.transform(sites, conformal)
    found = [tree.query(plane, predicate="dwithin", distance=_reach(nearest, bend))[1]]
    if deep:
        found.append(tree.query(probes[probe], predicate="dwithin", distance=_reach(farthest, bend))[1])
    if also is not None and len(also):
        west_south, east_north = conformal(also[:, :2]), conformal(also[:, 2:])
        asked = shapely.box(west_south[:, 0], west_south[:, 1], east_north[:, 0], east_north[:, 1])
        found.append(tree.query(shapely.buffer(asked, 1.0))[1])
    return np.unique(np.concatenate(found)).astype(np.int64)


def _reach(distance: Floats, bend: float) -> Floats:
    """At least the reach in the plane that holds the truly nearest edge, and two metres to spare.

    Lengths in the plane are true ones times a scale that changes with latitude: :mod:`geo.index.planar`.
    """
    return distance * (1 + 2 * 0.95 * distance / SEMI_MAJOR_M) + 2 * bend + 2.0
