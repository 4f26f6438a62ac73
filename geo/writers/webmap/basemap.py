"""The map's own base: borders of counties and cities, rivers and lakes, their names; no tiles needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import shapely

from geo.assessment import Assessment
from geo.space import WORKING_CRS
from geo.terms import Line

#: About 50 m: what a screen shows of a river.
WATER_STEP_DEG = 0.0005

Collection = dict[str, Any]


@dataclass(frozen=True)
class Label:
    """A name on the map."""

    kind: str
    text: str
    lon: float
    lat: float


def collection(frame: Iterable[tuple[shapely.Geometry, dict[str, Any]]], digits: int = 6) -> Collection:
    """A GeoJSON FeatureCollection, coordinates rounded to so many decimals.

    >>> collection([(shapely.Point(111.123456789, 35), {"a": 1})])["features"][0]["geometry"]
    {'type': 'Point', 'coordinates': (111.123457, 35.0)}
    """
    features = [
        {"type": "Feature", "properties": properties, "geometry": _rounded(geometry, digits)}
        for geometry, properties in frame
        if not geometry.is_empty
    ]
    return {"type": "FeatureCollection", "features": features}


def _rounded(geometry: shapely.Geometry, digits: int) -> dict[str, Any]:
    plain = shapely.transform(shapely.force_2d(geometry), lambda points: points.round(digits))
    content: dict[str, Any] = plain.__geo_interface__
    return content


def cities_concerned(assessment: Assessment) -> list[str]:
    """Four-digit codes of the cities whose plans apply or where sites lie."""
    codes = {plan.adcode[:4] for plan in assessment.rulebook.plans.values()}
    divisions = assessment.catalog.divisions()
    if divisions is not None and len(assessment.sites):
        points = gpd.GeoDataFrame(geometry=assessment.sites.representative_point(), crs=WORKING_CRS)
        codes |= {code[:4] for code in gpd.sjoin(points, divisions[["adcode", "geometry"]])["adcode"]}
    return sorted(codes)


def borders(
    counties: gpd.GeoDataFrame, cities: gpd.GeoDataFrame, codes: list[str]
) -> tuple[Collection, list[Label], shapely.Geometry]:
    """County and city borders of the cities with these codes, the names, and the box they lie in.

    Drawn are the run's own counties and cities (底图): a border between two counties is one line.
    """
    counties, cities = (frame[frame["adcode"].str[:4].isin(codes)] for frame in (counties, cities))
    if counties.empty:
        return collection([]), [], shapely.Polygon()
    outer = shapely.union_all(shapely.boundary(cities.geometry.to_numpy()))
    inner = shapely.difference(shapely.union_all(shapely.boundary(counties.geometry.to_numpy())), outer)
    lines = [
        (shapely.line_merge(shapely.force_2d(shape)), {"kind": kind})
        for kind, shape in (("county", inner), ("city", outer))
    ]
    labels = [
        _label(kind, name, shape)
        for kind, frame in (("county", counties), ("city", cities))
        for name, shape in zip(frame["name"], frame.geometry, strict=True)
        if name
    ]
    return collection(lines, digits=4), labels, shapely.box(*counties.total_bounds)


def _label(kind: str, text: str, shape: shapely.Geometry) -> Label:
    point = shapely.point_on_surface(shape)
    return Label(kind, text, round(point.x, 4), round(point.y, 4))


def waters(held: Iterable[gpd.GeoDataFrame], frame: shapely.Geometry) -> tuple[Collection, list[Label]]:
    """The run's rivers and lakes (底图), cut at the frame of the map, with names."""
    rows, labels = [], []
    for own in held:
        near = own[shapely.intersects(own.geometry.to_numpy(), frame)]
        shown = shapely.simplify(shapely.intersection(near.geometry.to_numpy(), frame), WATER_STEP_DEG)
        for name, line, shape in zip(near["name"], near["line"], shown, strict=True):
            if shape.is_empty:
                continue
            rows.append((shape, {"name": name or "", "schematic": line == Line.SCHEMATIC}))
            if name:
                labels.append(_label("water", name, _longest(shape)))
    return collection(rows, digits=5), labels


def _longest(shape: shapely.Geometry) -> shapely.Geometry:
    part = max(shapely.get_parts(shape), key=lambda piece: piece.length)
    return part.interpolate(0.5, normalized=True) if shapely.get_dimensions(part) == 1 else part
