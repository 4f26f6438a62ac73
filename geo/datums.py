"""Chinese datums: GCJ-02 and BD-09 to WGS 84, exactly; what is not declared is never guessed.

GCJ-02 shifts a position by 480 to 620 m in Shanxi, BD-09 by about 1.3 km. The forward formula is
public; the inverse is found by repetition to below a micrometre.

>>> lon, lat = gcj02_from_wgs84(np.array([112.5489]), np.array([37.8706]))
>>> back = wgs84_from_gcj02(lon, lat)
>>> [round(float(v[0]), 9) for v in back]
[112.5489, 37.8706]
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geo.space import Floats
from geo.terms import Datum

#: How far an undeclared longitude and latitude may be off, if it is GCJ-02 (metres): about 600, and
#: never more than 634 in Shanxi.
UNDECLARED_SHIFT_M = 640.0

_A = 6378245.0  # Krasovsky 1940
_E2 = 0.00669342162296594323
_TWIST = np.pi * 3000.0 / 180.0


def gcj02_from_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """WGS 84 to GCJ-02, degrees."""
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + wave
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + wave
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    w2 = 1 - _E2 * np.sin(phi) ** 2
    dlat = np.degrees(north * w2 * np.sqrt(w2) / (_A * (1 - _E2)))
    dlon = np.degrees(east * np.sqrt(w2) / (_A * np.cos(phi)))
    return lon + dlon, lat + dlat


def bd09_from_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 to BD-09, degrees."""
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _TWIST)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _TWIST)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_from_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """WGS 84 to BD-09, degrees."""
    return bd09_from_gcj02(*gcj02_from_wgs84(lon, lat))


def wgs84_from_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 to WGS 84, degrees."""
    return _inverse(gcj02_from_wgs84, lon, lat)


def wgs84_from_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """BD-09 to WGS 84, degrees."""
    return _inverse(bd09_from_wgs84, lon, lat)


def unshift(lon: Floats, lat: Floats, datum: Datum) -> tuple[Floats, Floats]:
    """Longitude and latitude of a datum in the working datum; an undeclared one is left as it is."""
    if datum is Datum.GCJ02:
        return wgs84_from_gcj02(lon, lat)
    if datum is Datum.BD09:
        return wgs84_from_bd09(lon, lat)
    return lon, lat


def _inverse(
    forward: Callable[[Floats, Floats], tuple[Floats, Floats]], lon: Floats, lat: Floats
) -> tuple[Floats, Floats]:
    guess_lon, guess_lat = lon, lat
    for _ in range(30):
        there_lon, there_lat = forward(guess_lon, guess_lat)
        guess_lon, guess_lat = guess_lon + (lon - there_lon), guess_lat + (lat - there_lat)
    return guess_lon, guess_lat
