"""Seeded parcels over the four cities: polygons of some hectares, mixed industries and developments."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from geo.divisions import read_divisions

CITIES = ("1401", "1403", "1407", "1408")
#: Codes of GB/T 4754-2017 that many rules name, and some that none does.
INDUSTRIES = (
    "2521",
    "3120",
    "3031",
    "3012",
    "2614",
    "2221",
    "1351",
    "0313",
    "3360",
    "4411",
    "1411",
    "6450",
    "3011",
    "0610",
)
PROCESSES = ("", "", "new_capacity", "discharge;new_capacity", "!new_capacity", "industrial_furnace")
DEVELOPMENTS = ("new", "new", "new", "rebuild", "expand", "rebuild;expand")


def parcels(count: int, seed: int = 11, existing: float = 0.05) -> gpd.GeoDataFrame:
    """So many parcels (EPSG:4490), irregular polygons of 4 to 9 corners, 30 to 300 m across.

    ``existing``: the share that stands already. They differ in what they state of themselves as lists do.
    """
    rng = np.random.default_rng(seed)
    divisions = read_divisions(("14",))
    area = shapely.union_all(
        divisions[divisions["adcode"].str[:4].isin(CITIES) & (divisions["level"] == "city")].geometry
    )
    shapely.prepare(area)
    west, south, east, north = area.bounds
    held: list[np.ndarray] = []
    while sum(map(len, held)) < count:
        tried = rng.uniform((west, south), (east, north), (4 * count + 100, 2))
        held.append(tried[shapely.contains_xy(area, tried)])
    middles = np.concatenate(held)[:count]
    corners = rng.integers(4, 10, count)
    radius = rng.uniform(30, 300, count) / 2
    shapes = np.empty(count, dtype=object)
    for number in np.unique(corners):
        rows = np.flatnonzero(corners == number)
        turns = (np.arange(number) + rng.uniform(-0.3, 0.3, (len(rows), number))) * 2 * np.pi / number
        far = radius[rows, None] * rng.uniform(0.6, 1.0, (len(rows), number))
        lon = middles[rows, :1] + far * np.cos(turns) / (111_320 * np.cos(np.radians(middles[rows, 1:])))
        lat = middles[rows, 1:] + far * np.sin(turns) / 110_990
        rings = np.stack([lon, lat], axis=2)
        shapes[rows] = shapely.polygons(np.concatenate([rings, rings[:, :1]], axis=1))
    developments = rng.choice(DEVELOPMENTS, count).astype(object)
    developments[rng.random(count) < existing] = "existing"
    return gpd.GeoDataFrame(
        {
            "site_id": [f"P-{number:07d}" for number in range(count)],
            "name": [f"地块{number}" for number in range(count)],
            "industry": rng.choice(INDUSTRIES, count).astype(object),
            "processes": rng.choice(PROCESSES, count).astype(object),
            "development": developments,
            "datum": "cgcs2000",
            "accuracy_m": rng.choice([0.5, 2.0, 5.0, 10.0], count),
        },
        geometry=shapes,
        crs="EPSG:4490",
    )


def write_parcels(count: int, path: Path, seed: int = 11) -> Path:
    """The parcels as a GeoPackage, as a bureau hands them over."""
    pyogrio.write_dataframe(parcels(count, seed), path, layer="parcels", driver="GPKG")
    return path
