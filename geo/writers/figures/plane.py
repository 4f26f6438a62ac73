"""The plane of a printed map: CGCS2000 Gauss-Kruger, 3° zones, at a round scale."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from pyproj import Transformer

from geo.space import WORKING_CRS, Geometries

#: Scales a printed map may have.
SCALES = tuple(
    factor * 10**power
    for power in range(2, 7)
    for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5)
    if factor * 10**power >= 500
)
_EPSG_OF_CM = {111: "EPSG:4546", 114: "EPSG:4547"}


@dataclass(frozen=True)
class Plane:
    """A window of the plane in metres that fills a frame of a given size on paper at a round scale."""

    central_meridian: int
    west: float
    south: float
    east: float
    north: float
    scale: float

    @property
    def metres_per_point(self) -> float:
        """Metres on the ground of one typographic point on paper."""
        return self.scale * 0.0254 / 72

    def project(self, geometries: Geometries) -> Geometries:
        """Geometries from longitude, latitude into the plane."""
        transformer = _transformer(self.central_meridian)
        return shapely.transform(
            geometries, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
        )

    def window(self, room: float = 0.05) -> shapely.Geometry:
        """The window in longitude and latitude with some room about it, for choosing what to draw."""
        wide, high = (self.east - self.west) * room, (self.north - self.south) * room
        frame = shapely.box(self.west - wide, self.south - high, self.east + wide, self.north + high)
        transformer = _transformer(self.central_meridian)
        corners = shapely.transform(
            shapely.segmentize(frame, (self.east - self.west) / 8),
            lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1], direction="INVERSE")),
        )
        return shapely.box(*corners.bounds)


def central_meridian(lon: float) -> int:
    """The central meridian of the 3° zone that serves a place in Shanxi.

    >>> central_meridian(111.0), central_meridian(112.9)
    (111, 114)
    """
    return 111 if lon < 112.5 else 114


def fit_plane(extent: shapely.Geometry, width_cm: float, height_cm: float, smallest_m: float = 0.0) -> Plane:
    """The plane in which ``extent`` (longitude, latitude) fits a frame of this size at the largest round scale.

    ``smallest_m`` is the least width of the window. The window is centred on the extent.

    >>> plane = fit_plane(shapely.Point(111, 35.5), 10, 10, smallest_m=2000)
    >>> plane.scale, round(plane.east - plane.west)
    (20000, 2000)
    """
    west, south, east, north = shapely.box(*extent.bounds).buffer(1e-7).bounds  # a point has no extent
    meridian = central_meridian((west + east) / 2)
    transformer = _transformer(meridian)
    flat = shapely.transform(
        shapely.segmentize(shapely.box(west, south, east, north), max(east - west, north - south) / 8),
        lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])),
    )
    x0, y0, x1, y1 = flat.bounds
    need_x, need_y = max(x1 - x0, smallest_m), max(y1 - y0, smallest_m)
    wide, high = width_cm / 100, height_cm / 100
    scale = next((s for s in SCALES if wide * s >= need_x - 1e-6 and high * s >= need_y - 1e-6), SCALES[-1])
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return Plane(
        meridian,
        x - wide * scale / 2,
        y - high * scale / 2,
        x + wide * scale / 2,
        y + high * scale / 2,
        scale,
    )


@cache
def _transformer(meridian: int) -> Transformer:
    return Transformer.from_crs(WORKING_CRS, _EPSG_OF_CM[meridian], always_xy=True)
