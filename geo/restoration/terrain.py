"""Slope and aspect from an elevation model, by Horn's method (1981) on true metres.

>>> heights = np.tile(np.arange(5.0) * 10, (5, 1))          # rises 10 m a cell to the east
>>> slope, aspect = slope_aspect(heights, 10.0, 10.0)
>>> round(float(slope[2, 2]), 6), round(float(aspect[2, 2]), 6)
(45.0, 270.0)
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import rasterio.features

from geo.catalog import LayerCatalog
from geo.layer import Layer
from geo.restoration.rasters import Raster, Window, opened
from geo.space import Floats, metres_per_degree
from geo.terms import Theme


def slope_aspect(heights: Floats, dx_m: Floats | float, dy_m: float) -> tuple[Floats, Floats]:
    """Slope in degrees and aspect in degrees clockwise from north (the way the ground falls), row 0 in the north.

    ``dx_m`` may differ by row (a column of lengths). Cells at the rim and beside gaps are nan, as is the
    aspect of level ground.
    """
    z = np.pad(heights, 1, constant_values=np.nan)
    nw, n, ne = z[:-2, :-2], z[:-2, 1:-1], z[:-2, 2:]
    w, e = z[1:-1, :-2], z[1:-1, 2:]
    sw, s, se = z[2:, :-2], z[2:, 1:-1], z[2:, 2:]
    east = ((ne + 2 * e + se) - (nw + 2 * w + sw)) / (8 * dx_m)
    north = ((nw + 2 * n + ne) - (sw + 2 * s + se)) / (8 * dy_m)
    slope = np.degrees(np.arctan(np.hypot(east, north)))
    aspect = np.degrees(np.arctan2(-east, -north)) % 360.0
    return slope, np.where(slope == 0, np.nan, aspect)


def window_terrain(raster: Raster, window: Window) -> tuple[Floats, Floats]:
    """Slope and aspect of a window of an elevation model, cells measured where they lie."""
    each = abs(window.transform.a), abs(window.transform.e)
    if not raster.is_geographic:
        return slope_aspect(window.values, each[0], each[1])
    lat = window.transform.f - (np.arange(len(window.values)) + 0.5) * each[1]
    east, north = metres_per_degree(lat)
    return slope_aspect(window.values, (east * each[0])[:, None], float(north.mean()) * each[1])


def best_model(catalog: LayerCatalog) -> Layer | None:
    """The elevation model that serves: real before demonstration, the finest by its stated accuracy."""
    held = sorted(catalog.of_theme(Theme.DEM), key=lambda layer: (layer.demo, layer.accuracy_m, layer.key))
    return held[0] if held else None


def terrain_of(pieces: gpd.GeoDataFrame, catalog: LayerCatalog, coarsest_m: float) -> tuple[Floats, Floats]:
    """Mean slope and mean aspect (as a direction) of each piece of ground, in degrees.

    nan where no elevation model is held, or its cells are wider than ``coarsest_m``: such a cell levels
    every slope there is.
    """
    slopes, aspects = np.full(len(pieces), np.nan), np.full(len(pieces), np.nan)
    layer = best_model(catalog)
    if layer is None or not len(pieces):
        return slopes, aspects
    with opened(catalog, layer) as raster:
        if raster.cell_m > coarsest_m:
            return slopes, aspects
        for row, shape in enumerate(pieces.geometry):
            own = raster.to_own(shape)
            held = [_inside(raster, window, own) for window in raster.windows(own, margin=2)]
            if not held:
                continue
            slope = np.concatenate([part[0] for part in held])
            aspect = np.radians(np.concatenate([part[1] for part in held]))
            if (~np.isnan(slope)).any():
                slopes[row] = np.nanmean(slope)
            known = aspect[~np.isnan(aspect)]
            if len(known):
                aspects[row] = np.degrees(np.arctan2(np.sin(known).mean(), np.cos(known).mean())) % 360
    return slopes, aspects


def _inside(raster: Raster, window: Window, own: object) -> tuple[Floats, Floats]:
    slope, aspect = window_terrain(raster, window)
    inside = rasterio.features.geometry_mask(
        [own], slope.shape, window.transform, all_touched=True, invert=True
    )
    return slope[inside], aspect[inside]
