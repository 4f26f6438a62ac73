"""Room: how wide ground is, and where in it a plot fits. In planes about it, carried back to EPSG:4490."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from geo.space import Floats, Geometries, LocalPlane, area_m2

#: Points at which plots are tried in one piece of ground.
_MOST_TRIED = 1_500
_CORNERS = 64


@dataclass(frozen=True)
class Tract:
    """A connected piece of ground (EPSG:4490), as it lies in a plane about it.

    ``width_m``: diameter of the largest circle in it; ``area_ha`` on the ellipsoid.
    """

    shape: shapely.Geometry
    plane: LocalPlane
    flat: shapely.Geometry
    centre: tuple[float, float]  # of that circle, in the plane
    width_m: float
    area_ha: float

    def places(self, radius_m: float, step_m: float) -> tuple[Floats, Floats]:
        """Points in the plane at which a circle fits, and the metres left around it: the widest place first."""
        west, south, east, north = self.flat.bounds
        step = max(step_m, np.sqrt((east - west) * (north - south) / _MOST_TRIED))
        xs, ys = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
        at = np.vstack([[self.centre], np.column_stack([xs.ravel(), ys.ravel()])])
        points = shapely.points(at)
        shapely.prepare(self.flat)
        inside = shapely.contains_properly(self.flat, points)
        margin = shapely.distance(points[inside], shapely.boundary(self.flat)) - radius_m
        return at[inside][margin > 0], margin[margin > 0]


def join_ground(shapes: Geometries) -> shapely.Geometry:
    """Adjoining pieces as one, on a grid of a tenth of a millimetre, so that no hairs are left between them."""
    return shapely.union_all(shapes, grid_size=1e-9) if len(shapes) else shapely.Polygon()


def tracts(shapes: Geometries, least_ha: float, least_width_m: float) -> Iterator[Tract]:
    """The connected pieces of ground at least so large (ha) and so wide (m). ``shapes`` that adjoin are joined."""
    joined = shapely.get_parts(join_ground(shapes))
    joined = joined[shapely.get_dimensions(joined) == 2]
    for shape, square_m in zip(joined, area_m2(joined), strict=True):
        if square_m < least_ha * 10_000:
            continue
        middle = shapely.centroid(shape)
        plane = LocalPlane(middle.x, middle.y)
        flat = plane.straight(shape)
        circle = shapely.maximum_inscribed_circle(flat, max(1.0, 0.002 * np.sqrt(square_m)))
        width = 2 * float(shapely.length(circle))
        if width >= least_width_m:
            x, y = shapely.get_coordinates(circle)[0]
            yield Tract(shape, plane, flat, (float(x), float(y)), width, float(square_m) / 10_000)


def radius_of(area_ha: float) -> float:
    """The radius (m) of a plot of an area, drawn as a circle of :data:`_CORNERS` corners.

    >>> round(radius_of(20.0), 1)
    252.5
    """
    return float(np.sqrt(2 * area_ha * 10_000 / (_CORNERS * np.sin(2 * np.pi / _CORNERS))))


def round_plot(plane: LocalPlane, x: float, y: float, radius_m: float) -> shapely.Geometry:
    """A round plot (EPSG:4490) about a point of a plane."""
    return plane.back(shapely.buffer(shapely.Point(x, y), radius_m, quad_segs=_CORNERS // 4))
