"""Geodesic distances of near pairs of points, compiled: the figures of :func:`geo.space.geodesic_m`, to 0.1 µm at 10 km.

Vincenty's inverse formula, which converges the faster the nearer the points are; what two points differ by is taken from their
differences in degrees, so that short distances keep their digits. Pairs that lie far apart are left to pyproj.
"""

from __future__ import annotations

import numpy as np

from geo.index.pieces import Ints
from geo.index.walks import njit
from geo.space import GEOD, Floats, geodesic_m

#: Pairs farther apart than this either way (degrees) are left to pyproj, and those farther north or south than the other.
_NEAR_DEG, _FARTHEST_DEG = 3.0, 85.0
#: Pairs taken at once: what is known of them stays in the fastest memory.
_BLOCK = 512
_A, _B, _F = float(GEOD.a), float(GEOD.b), float(GEOD.f)


def near_geodesic_m(start: Floats, end: Floats, rows: Ints) -> Floats:
    """As :func:`geo.space.geodesic_m` of the rows asked for; both (n, 2).

    >>> start, end = np.array([[111.0, 35.0]]), np.array([[111.0, 35.018]])
    >>> float(abs(near_geodesic_m(start, end, np.array([0])) - geodesic_m(start, end))[0]) < 1e-8
    True
    """
    metres = np.empty(len(rows))
    if inverse(start, end, rows, metres):
        far = np.flatnonzero(np.isnan(metres))
        metres[far] = geodesic_m(start[rows[far]], end[rows[far]])
    return metres


@njit(cache=True, nogil=True, inline="always")
def _sine(x):  # type: ignore[no-untyped-def]
    """Of less than a tenth of a radian."""
    square = x * x
    return x * (1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0 * (1.0 - square / 72.0))))


@njit(cache=True, nogil=True, inline="always")
def _arcsine(x):  # type: ignore[no-untyped-def]
    square = x * x
    rest = 15.0 / 336.0 + square * (
        105.0 / 3456.0 + square * (945.0 / 42240.0 + square * 0.01735276442307692)
    )
    return x * (1.0 + square * (1.0 / 6.0 + square * (3.0 / 40.0 + square * rest)))


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _step(sine1, cosine1, sine2, cosine2, apart, longitude, turned):  # type: ignore[no-untyped-def]
    """Vincenty's step: from the longitude on the sphere to a better one, with what the length is made from."""
    half = _sine(turned / 2)
    east = cosine2 * 2 * half * np.sqrt(1.0 - half * half)
    north = apart + 2 * sine1 * cosine2 * half * half
    sine = np.sqrt(east * east + north * north)
    cosine = np.sqrt(1.0 - sine * sine)
    sigma = _arcsine(sine)
    azimuth = cosine1 * east / (sine + 1e-300)
    squared = 1.0 - azimuth * azimuth
    middle = cosine - 2 * sine1 * sine2 / (squared + 1e-300)
    c = _F / 16 * squared * (4 + _F * (4 - 3 * squared))
    series = middle + c * cosine * (2 * middle * middle - 1)
    return (
        sigma,
        sine,
        cosine,
        squared,
        middle,
        longitude + (1 - c) * _F * azimuth * (sigma + c * sine * series),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def inverse(start, end, rows, metres):  # type: ignore[no-untyped-def]
    """``metres`` (k,) between the points of the rows; not a number where they lie far apart. Returns how many do."""
    far = 0
    radian = np.pi / 180.0
    sin1, cos1, sin2, cos2 = np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK), np.empty(_BLOCK)
    lon, lat = np.empty(_BLOCK), np.empty(_BLOCK)
    for first in range(0, len(rows), _BLOCK):
        count = min(_BLOCK, len(rows) - first)
        for k in range(count):
            row = rows[first + k]
            one, other = start[row, 1], end[row, 1]
            lon[k], lat[k] = end[row, 0] - start[row, 0], other - one
            if not (
                abs(lon[k]) <= _NEAR_DEG
                and abs(lat[k]) <= _NEAR_DEG
                and abs(one) + abs(lat[k]) < _FARTHEST_DEG
            ):
                lon[k] = np.nan
                far += 1
            sin1[k], cos1[k] = np.sin(one * radian), np.cos(one * radian)
            sin2[k], cos2[k] = np.sin(other * radian), np.cos(other * radian)
        for k in range(count):
            flat = 1.0 - _F
            # reduced latitudes
            w1 = np.sqrt(cos1[k] * cos1[k] + flat * flat * sin1[k] * sin1[k])
            w2 = np.sqrt(cos2[k] * cos2[k] + flat * flat * sin2[k] * sin2[k])
            sine1, cosine1, sine2, cosine2 = (
                flat * sin1[k] / w1,
                cos1[k] / w1,
                flat * sin2[k] / w2,
                cos2[k] / w2,
            )
            apart = flat * _sine(lat[k] * radian) / (w1 * w2)  # the sine of what they differ by
            longitude = lon[k] * radian
            # each step leaves a three-hundredth of the error; written out, eight pairs are taken at once
            turned = _step(sine1, cosine1, sine2, cosine2, apart, longitude, longitude)[5]
            turned = _step(sine1, cosine1, sine2, cosine2, apart, longitude, turned)[5]
            turned = _step(sine1, cosine1, sine2, cosine2, apart, longitude, turned)[5]
            turned = _step(sine1, cosine1, sine2, cosine2, apart, longitude, turned)[5]
            sigma, sine, cosine, squared, middle, _ = _step(
                sine1, cosine1, sine2, cosine2, apart, longitude, turned
            )
            u = squared * (_A * _A - _B * _B) / (_B * _B)
            a = 1 + u / 16384 * (4096 + u * (u * (320 - 175 * u) - 768))
            b = u / 1024 * (256 + u * (u * (74 - 47 * u) - 128))
            inner = cosine * (2 * middle * middle - 1)
            inner -= b / 6 * middle * (4 * sine * sine - 3) * (4 * middle * middle - 3)
            metres[first + k] = _B * a * (sigma - b * sine * (middle + b / 4 * inner))
    return far
