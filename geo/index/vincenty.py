"""Geodesic distances of near pairs of points: the figures of :func:`geo.space.geodesic_m`, to 0.1 µm at 10 km.

Vincenty's inverse formula, which converges the faster the nearer the points are; what two points differ by is taken from their
differences in degrees, so that short distances keep their digits. Pairs that lie far apart are left to pyproj. One formula for both
engines, in operations that every machine rounds alike: as it stands of whole arrays, compiled (:mod:`geo.index.geodesics`) of one pair
after the other, to the same bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from geo.index.pieces import Ints
from geo.space import GEOD, Floats, geodesic_m

#: Pairs farther apart than this either way (degrees) are left to pyproj, and those farther north or south than the other.
_NEAR_DEG, _FARTHEST_DEG = 3.0, 85.0
_A, _B, _F = float(GEOD.a), float(GEOD.b), float(GEOD.f)


def step(sine1: Any, cosine1: Any, sine2: Any, cosine2: Any, apart: Any, longitude: Any, turned: Any) -> Any:
    """Vincenty's step: what the length is made from, and from the longitude on the sphere a better one."""
    half = turned / 2
    x = half * half
    half = half * (1.0 - x / 6.0 * (1.0 - x / 20.0 * (1.0 - x / 42.0 * (1.0 - x / 72.0))))
    east = cosine2 * 2 * half * np.sqrt(1.0 - half * half)
    north = apart + 2 * sine1 * cosine2 * half * half
    sine = np.sqrt(east * east + north * north)
    cosine = np.sqrt(1.0 - sine * sine)
    x = sine * sine
    rest = 15.0 / 336.0 + x * (105.0 / 3456.0 + x * (945.0 / 42240.0 + x * 0.01735276442307692))
    sigma = sine * (1.0 + x * (1.0 / 6.0 + x * (3.0 / 40.0 + x * rest)))
    azimuth = cosine1 * east / (sine + 1e-300)
    squared = 1.0 - azimuth * azimuth
    middle = cosine - 2 * sine1 * sine2 / (squared + 1e-300)
    c = _F / 16 * squared * (4 + _F * (4 - 3 * squared))
    series = middle + c * cosine * (2 * middle * middle - 1)
    better = longitude + (1 - c) * _F * azimuth * (sigma + c * sine * series)
    return sigma, sine, cosine, squared, middle, better


def inverse_by(step: Callable[..., Any]) -> Callable[..., Any]:
    """The formula, its step as given (compiled code can only call what is compiled)."""

    def inverse(sin1: Any, cos1: Any, sin2: Any, cos2: Any, longitude: Any, latitude: Any) -> Any:
        """Metres between two points by sine and cosine of their latitudes and what they differ by (radians, less than a tenth)."""
        flat = 1.0 - _F
        # reduced latitudes
        w1 = np.sqrt(cos1 * cos1 + flat * flat * sin1 * sin1)
        w2 = np.sqrt(cos2 * cos2 + flat * flat * sin2 * sin2)
        sine1, cosine1, sine2, cosine2 = flat * sin1 / w1, cos1 / w1, flat * sin2 / w2, cos2 / w2
        x = latitude * latitude
        apart = latitude * (1.0 - x / 6.0 * (1.0 - x / 20.0 * (1.0 - x / 42.0 * (1.0 - x / 72.0))))
        apart = flat * apart / (w1 * w2)  # the sine of what the reduced latitudes differ by
        # each step leaves a three-hundredth of the error; written out, eight pairs are taken at once
        turned = step(sine1, cosine1, sine2, cosine2, apart, longitude, longitude)[5]
        turned = step(sine1, cosine1, sine2, cosine2, apart, longitude, turned)[5]
        turned = step(sine1, cosine1, sine2, cosine2, apart, longitude, turned)[5]
        turned = step(sine1, cosine1, sine2, cosine2, apart, longitude, turned)[5]
        last = step(sine1, cosine1, sine2, cosine2, apart, longitude, turned)
        sigma, sine, cosine, squared, middle = last[0], last[1], last[2], last[3], last[4]
        u = squared * (_A * _A - _B * _B) / (_B * _B)
        a = 1 + u / 16384 * (4096 + u * (u * (320 - 175 * u) - 768))
        b = u / 1024 * (256 + u * (u * (74 - 47 * u) - 128))
        inner = cosine * (2 * middle * middle - 1)
        inner = inner - b / 6 * middle * (4 * sine * sine - 3) * (4 * middle * middle - 3)
        return _B * a * (sigma - b * sine * (middle + b / 4 * inner))

    return inverse


#: Metres of whole arrays.
inverse = inverse_by(step)


def near_geodesic_m(start: Floats, end: Floats, rows: Ints, by: Callable[..., Floats] = inverse) -> Floats:
    """As :func:`geo.space.geodesic_m` of the rows asked for; ``start`` and ``end`` (n, 2), ``by`` :data:`inverse` or the same compiled.

    >>> start, end = np.array([[111.0, 35.0]]), np.array([[111.0, 35.018]])
    >>> float(abs(near_geodesic_m(start, end, np.array([0])) - geodesic_m(start, end))[0]) < 1e-8
    True
    """
    lon1, lat1, lon2, lat2 = start[rows, 0], start[rows, 1], end[rows, 0], end[rows, 1]
    lon, lat = lon2 - lon1, lat2 - lat1
    near = (np.abs(lon) <= _NEAR_DEG) & (np.abs(lat) <= _NEAR_DEG)
    near &= np.abs(lat1) + np.abs(lat) < _FARTHEST_DEG
    far = np.flatnonzero(~near)
    lon[far] = lat[far] = lat1[far] = lat2[far] = 0.0
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    metres = by(np.sin(phi1), np.cos(phi1), np.sin(phi2), np.cos(phi2), np.radians(lon), np.radians(lat))
    if len(far):
        metres[far] = geodesic_m(start[rows[far]], end[rows[far]])
    return metres
