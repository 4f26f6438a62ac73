"""reVX setbacks: a generic setback (base distance × 1) of a feature type of our own, ``Setbacks.run`` to a GeoTIFF.

The grid is ours to choose: cells of 1 m as far as the limit reaches about the site (its examples have 90 m). A setback must be
more than 0 m, so that "inside" is a setback of 1 µm. Of several rules each is a run of its own and any of them stops the site:
reVX's own merging would let a local distance replace the wider one. A site is stopped where a cell with its
centre in the site is excluded; of a point, the cell it lies in.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pyogrio
import rasterio
import shapely
from pyproj import Transformer
from question import answer, read
from rasterio.features import geometry_mask
from reVX.exclusions.setbacks.regulations import SetbackRegulations
from reVX.exclusions.setbacks.setbacks import setbacks_calculator

CELL_M, LEAST_M = 1.0, 1e-6


def template(path: Path, bounds: tuple[float, float, float, float], crs: str) -> None:
    """An exclusions file that states a grid: latitude, longitude and one layer, ``cnty_fips``."""
    west, south, east, north = bounds
    columns, rows = int(np.ceil((east - west) / CELL_M)), int(np.ceil((north - south) / CELL_M))
    profile = {
        "driver": "GTiff", "dtype": "uint8", "nodata": None, "width": columns, "height": rows, "count": 1,
        "crs": crs, "transform": [CELL_M, 0.0, west, 0.0, -CELL_M, north],
        "blockxsize": columns, "blockysize": 1, "tiled": False, "interleave": "band",
    }  # fmt: skip
    x = west + CELL_M * (np.arange(columns) + 0.5)
    y = north - CELL_M * (np.arange(rows) + 0.5)
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(*np.meshgrid(x, y))
    with h5py.File(path, "w") as file:
        file.attrs["profile"] = json.dumps(profile)
        file.create_dataset("latitude", data=lat.astype("float32"))
        file.create_dataset("longitude", data=lon.astype("float32"))
        layer = file.create_dataset("cnty_fips", data=np.ones((1, rows, columns), dtype="uint8"))
        layer.attrs["profile"] = json.dumps(profile)


def may_build(rule: dict, site: shapely.Geometry, crs: str) -> bool:
    """Whether no cell of the site is excluded."""
    features = read(rule["features"], crs)
    if len(features) == 0:  # no file of features to give it
        return True
    distance = max(rule["limit_m"], LEAST_M)
    bounds = shapely.bounds(site) + (distance + 50.0) * np.array([-1, -1, 1, 1])
    with tempfile.TemporaryDirectory() as folder:
        grid, layer, result = (Path(folder) / name for name in ("grid.h5", "features.gpkg", "setbacks.tif"))
        template(grid, tuple(np.floor(bounds[:2])) + tuple(np.ceil(bounds[2:])), crs)
        pyogrio.write_dataframe(features[["geometry"]].explode(ignore_index=True), layer)
        setbacks = setbacks_calculator("things")
        regulations = SetbackRegulations(system_height=distance, multiplier=1, generic_setback_dist=distance)
        setbacks.run(str(grid), str(layer), str(result), regulations, max_workers=1)
        with rasterio.open(result) as raster:
            excluded = raster.read(1).astype(bool)
            if site.area == 0:
                return not any(excluded[raster.index(p.x, p.y)] for p in shapely.get_parts(site))
            inside = geometry_mask([site], excluded.shape, raster.transform, invert=True)
        return not bool((excluded & inside).any())


if __name__ == "__main__":
    answer(may_build, "NLR-reVX", "geopandas", "rasterio")
