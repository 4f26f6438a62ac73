"""atlite's ExclusionContainer: ``add_geometry`` with a buffer (before anything is cut), availability in the site.

Cells of 1 m, far below the 100 m of its examples. A point is the 1 m square about it. Every cell must be eligible.
"""

from __future__ import annotations

import geopandas as gpd
import shapely
from atlite import ExclusionContainer
from atlite.gis import shape_availability
from question import answer, read


def may_build(rule: dict, site: shapely.Geometry, crs: str) -> bool:
    """Whether every cell of the site is eligible."""
    features = read(rule["features"], crs)
    shape = site if site.area > 0 else site.buffer(0.5, cap_style="square")
    shapes = gpd.GeoSeries([shape], crs=crs)
    excluder = ExclusionContainer(crs=crs, res=1)
    whole, _ = shape_availability(shapes, excluder)
    if len(features):  # a user would not register an empty layer
        inside_only = rule["limit_m"] is None
        excluder.add_geometry(features, buffer=rule["limit_m"] or 0, invert=inside_only)
    elif rule["limit_m"] is None:
        return False
    eligible, _ = shape_availability(shapes, excluder)
    return int(eligible.sum()) == int(whole.sum())


if __name__ == "__main__":
    answer(may_build, "atlite", "geopandas", "rasterio")
