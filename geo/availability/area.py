"""The area asked about: counties by city, code or name, or industrial parks by name."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.catalog import LayerCatalog
from geo.divisions import read_divisions
from geo.errors import RunError
from geo.space import WORKING_CRS
from geo.terms import Theme

#: Suffixes that people leave out.
_SUFFIXES = ("市", "县", "区", "自治县")


def find_area(
    catalog: LayerCatalog,
    cities: Iterable[str] = (),
    adcodes: Iterable[str] = (),
    counties: Iterable[str] = (),
    parks: Iterable[str] = (),
) -> gpd.GeoDataFrame:
    """The ground asked about, a row a county (or a park in a county): ``adcode, county, park, geometry``.

    ``cities`` may hold a name of a city or county or a code. Raises :class:`~geo.errors.RunError` where a name is
    unknown or there are no county polygons.
    """
    divisions = catalog.divisions()
    if divisions is None:
        raise RunError("图层清单里没有县界（theme: admin），不能按市县找地；在清单中加入县级行政区图层")
    codes, names = divisions["adcode"].astype(str).to_numpy(), divisions["name"].astype(str).to_numpy()
    chosen = np.zeros(len(divisions), dtype=bool)
    for asked in [*cities, *adcodes, *counties]:
        own = _named(asked, codes, names)
        if not own.any():
            raise RunError(f"不认识的市县：{asked}；写成 运城、河津市 或区划代码 1408、140882")
        chosen |= own
    wanted_parks = list(parks)
    if not chosen.any() and not wanted_parks:
        raise RunError(
            "没有说明找哪里的地；写 --city 运城、--adcode 140882、--county 河津市 或 --park 园区名称"
        )
    if not chosen.any():
        chosen[:] = True
    rows = divisions[chosen]
    ground = gpd.GeoDataFrame(
        {"adcode": codes[chosen], "county": names[chosen], "park": ""},
        geometry=rows.geometry.to_numpy(),
        crs=WORKING_CRS,
    )
    return _in_parks(ground, wanted_parks, catalog) if wanted_parks else _apart(ground)


def _named(asked: str, codes: np.ndarray, names: np.ndarray) -> np.ndarray:
    """The counties that a code, a city's or a county's name means."""
    if asked.isdigit():
        return np.array([code.startswith(asked) for code in codes], dtype=bool)
    own = np.array([name == asked or name in {asked + s for s in _SUFFIXES} for name in names], dtype=bool)
    if own.any():
        return own
    cities = read_divisions(level="city")
    found = cities.loc[cities["name"].isin({asked, asked + "市"}), "adcode"].str[:4].tolist()
    return np.array([code[:4] in found for code in codes], dtype=bool)


def _apart(ground: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Counties whose outlines overlap keep their ground in the order of their codes, so that nothing counts twice."""
    ground = ground.sort_values("adcode", kind="stable", ignore_index=True)
    shapes = ground.geometry.to_numpy().copy()
    for first, second in zip(*shapely.STRtree(shapes).query(shapes, predicate="overlaps"), strict=True):
        if first < second:
            shapes[second] = shapely.difference(shapes[second], shapes[first])
    return ground.set_geometry(gpd.GeoSeries(shapes, crs=WORKING_CRS))


def _in_parks(ground: gpd.GeoDataFrame, parks: list[str], catalog: LayerCatalog) -> gpd.GeoDataFrame:
    frames = [catalog.features(layer) for layer in catalog.of_theme(Theme.PARK) if not layer.is_raster]
    held = [frame[["name", "geometry"]] for frame in frames if "name" in frame]
    known = pd.concat(held, ignore_index=True) if held else pd.DataFrame({"name": [], "geometry": []})
    known = known[[isinstance(name, str) for name in known["name"]]]
    parts = []
    for asked in parks:
        own = known[known["name"].str.contains(asked, regex=False)] if len(known) else known
        if not len(own):
            raise RunError(
                f"园区图层里没有“{asked}”；有：{'、'.join(sorted(set(known['name']))[:20]) or '无'}"
            )
        shape = shapely.union_all(own["geometry"].to_numpy())
        inside = _apart(ground[shapely.intersects(ground.geometry.to_numpy(), shape)])
        cut = shapely.intersection(inside.geometry.to_numpy(), shape)
        named = inside.assign(park="、".join(sorted(set(own["name"])))).set_geometry(
            gpd.GeoSeries(cut, crs=WORKING_CRS)
        )
        parts.append(named[shapely.area(cut) > 0])
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=WORKING_CRS)
