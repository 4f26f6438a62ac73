"""For projects that fail where they stand: the nearest ground of their county, city and parks that would do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.availability.classes import classify_ground
from geo.availability.frames import BETTER_PLACES
from geo.availability.ground import tell_ground
from geo.availability.room import join_ground, radius_of, round_plot
from geo.availability.screening import Setting, screen_places
from geo.availability.use import Use
from geo.catalog import LayerCatalog
from geo.contracts import conform, empty
from geo.space import WORKING_CRS, LocalPlane, area_m2, geodesic_m
from geo.terms import Development, Outcome, Theme

#: Metres that a place found keeps from ground that is not free.
MARGIN_M = 50.0
_FACTS = ["industry", "processes", "purpose", "facts"]
_FAIL = (Outcome.PROHIBITED, Outcome.MUST_EXIT, Outcome.UNDETERMINED, Outcome.RESTRICTED)


def find_better(
    sites: gpd.GeoDataFrame,
    verdicts: pd.DataFrame,
    area: gpd.GeoDataFrame,
    accepted: Sequence[str],
    setting: Setting,
    least_ha: float,
    class_column: str = "class",
    progress: Callable[[str], None] = lambda stage: None,
) -> gpd.GeoDataFrame:
    """A row a failing site and scope of search (:data:`geo.availability.frames.BETTER_PLACES`), arrows as geometry.

    Each site is sought ground for its own use, newly built, of its own area (points: ``least_ha``), within ``area``.
    """
    failing = verdicts[verdicts["outcome"].isin(list(_FAIL))][["site_id", "outcome"]]
    held = sites.merge(failing, on="site_id", how="inner")
    rows: list[dict[str, Any]] = []
    arrows: list[shapely.Geometry] = []
    for key, own in held.groupby(_FACTS, sort=False):
        industry, processes, purpose, facts = (str(part) for part in key)
        use = Use(industry, Development.NEW, processes, purpose, facts)
        progress(f"为 {len(own)} 个不可行项目找地（行业 {use.industry}）")
        pieces = classify_ground(tell_ground(use, area, setting, progress), area)
        good = pieces[pieces[class_column].isin(list(accepted))]
        for site in own.to_dict("records"):
            for within, ground in _scopes(site, area, good, setting.catalog):
                row, arrow = _nearest(site, within, ground, use, setting, least_ha)
                rows.append(row)
                arrows.append(arrow)
    if not rows:
        return gpd.GeoDataFrame(empty(BETTER_PLACES, spatial=True), geometry="geometry", crs=WORKING_CRS)
    table = gpd.GeoDataFrame(pd.DataFrame(rows), geometry=np.array(arrows, dtype=object), crs=WORKING_CRS)
    return conform(table, BETTER_PLACES)


def _scopes(
    site: dict[str, Any], area: gpd.GeoDataFrame, good: gpd.GeoDataFrame, catalog: LayerCatalog
) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """The site's county, its city, and the parks of the area asked about."""
    home = area[shapely.intersects(area.geometry.to_numpy(), site["geometry"])]
    codes = set(home["adcode"])
    yield "county", good[good["adcode"].isin(codes)]
    cities = tuple(sorted({code[:4] for code in codes}))
    yield "city", good[good["adcode"].str.startswith(cities)] if cities else good
    frames = [catalog.features(layer) for layer in catalog.of_theme(Theme.PARK) if not layer.is_raster]
    parks = [shape for frame in frames for shape in frame.geometry.to_numpy()]
    if parks:
        cut = shapely.intersection(good.geometry.to_numpy(), shapely.union_all(parks))
        inside = good.set_geometry(gpd.GeoSeries(cut, index=good.index, crs=WORKING_CRS))
        yield "park", inside[shapely.area(cut) > 0]


def _nearest(
    site: dict[str, Any],
    within: str,
    ground: gpd.GeoDataFrame,
    use: Use,
    setting: Setting,
    least_ha: float,
) -> tuple[dict[str, Any], shapely.Geometry]:
    footprint = site["geometry"]
    own_ha = float(area_m2(np.array([footprint]))[0]) / 10_000
    radius = radius_of(own_ha if own_ha > 0 else least_ha)
    middle = shapely.centroid(footprint)
    plane = LocalPlane(middle.x, middle.y)
    row = {
        "site_id": site["site_id"],
        "name": site["name"],
        "outcome": site["outcome"],
        "within": within,
        "place": "",
        **dict.fromkeys(["distance_m", "margin_m", "area_ha", "lon", "lat"], np.nan),
        "new_outcome": "",
        "note": "",
    }
    flat = plane.straight(join_ground(ground.geometry.to_numpy())) if len(ground) else shapely.Polygon()
    fits = shapely.buffer(flat, -(radius + MARGIN_M), quad_segs=16)
    if fits.is_empty:
        return {**row, "note": "这一范围内没有够大、够宽的可选地"}, shapely.LineString()
    start = plane.there(middle)
    place = shapely.get_coordinates(shapely.shortest_line(fits, start))[0]
    plot = round_plot(plane, float(place[0]), float(place[1]), radius)
    spot = plane.back(shapely.Point(place))
    parts = shapely.get_parts(flat)
    part = parts[int(np.argmin(shapely.distance(parts, shapely.Point(place))))]
    screened = screen_places(use, np.array([plot], dtype=object), setting)
    county = shapely.STRtree(ground.geometry.to_numpy()).nearest(spot)
    row |= {
        "place": str(ground["county"].iloc[int(county)]),
        "distance_m": float(geodesic_m(np.array([[middle.x, middle.y]]), np.array([[spot.x, spot.y]]))[0]),
        "margin_m": float(shapely.distance(shapely.boundary(part), shapely.Point(place))) - radius,
        "area_ha": float(area_m2(np.array([plane.back(part)]))[0]) / 10_000,
        "lon": spot.x,
        "lat": spot.y,
        "new_outcome": str(screened.verdicts["outcome"].iloc[0]),
    }
    return row, shapely.LineString([(middle.x, middle.y), (spot.x, spot.y)])
