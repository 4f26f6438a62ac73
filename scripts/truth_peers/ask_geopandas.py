"""The recipe of every tutorial: project, buffer, spatial join. UTM 49N, 16 segments a quarter, ``intersects``."""

from __future__ import annotations

import geopandas as gpd
import shapely
from question import answer, read


def may_build(rule: dict, site: shapely.Geometry, crs: str) -> bool:
    """No buffered feature meets the site; where one must be inside: one holds it all."""
    features, sites = read(rule["features"], crs), gpd.GeoDataFrame(geometry=[site], crs=crs)
    if rule["limit_m"] is None:
        return bool(len(features.dissolve()) and sites.within(features.dissolve().geometry.iloc[0]).all())
    if rule["limit_m"] > 0:
        features = features.set_geometry(features.buffer(rule["limit_m"]))
    return len(gpd.sjoin(sites, features[["geometry"]], predicate="intersects")) == 0


if __name__ == "__main__":
    answer(may_build, "geopandas", "shapely", crs="EPSG:32649")
