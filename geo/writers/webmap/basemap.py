"""The map's own base: borders of counties and cities, rivers and lakes, their names; no tiles needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.assessment import Assessment
from geo.catalog import LayerCatalog
from geo.divisions import read_divisions
from geo.space import WORKING_CRS
from geo.terms import Line, Theme

#: About 80 m: what a screen shows of a county border.
BORDER_STEP_DEG = 0.0008

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


def borders(catalog: LayerCatalog, cities: list[str]) -> tuple[Collection, list[Label], shapely.Geometry]:
    """County and city borders for display, the names, and the box they lie in.

    A border between two counties is one line: simplified once, it leaves no gaps.
    """
    divisions = catalog.divisions()
    chosen = None if divisions is None else divisions[divisions["adcode"].str[:4].isin(cities)]
    if chosen is None or chosen.empty:
        return collection([]), [], shapely.Polygon()
    counties = chosen.geometry.to_numpy()
    names = dict(read_divisions().query("level == 'city'")[["adcode", "name"]].to_numpy())
    labels = [_label("county", name, shape) for name, shape in zip(chosen["name"], counties, strict=True)]
    outlines = []
    for city in cities:
        area = shapely.union_all(counties[chosen["adcode"].str[:4].to_numpy() == city])
        if not area.is_empty:
            outlines.append(shapely.boundary(area))
            labels.append(_label("city", names.get(f"{city}00", ""), area))
    inner = shapely.difference(_network(counties), shapely.union_all(outlines))
    lines = [(_thin(inner), {"kind": "county"}), (_thin(shapely.union_all(outlines)), {"kind": "city"})]
    box = shapely.box(*shapely.total_bounds(counties)) if len(counties) else shapely.Polygon()
    return collection(lines, digits=4), [label for label in labels if label.text], box


def _network(areas: np.ndarray) -> shapely.Geometry:
    return shapely.union_all(shapely.boundary(areas))


def _thin(lines: shapely.Geometry) -> shapely.Geometry:
    merged = shapely.line_merge(lines)
    return shapely.simplify(merged, BORDER_STEP_DEG)


def _label(kind: str, text: str, shape: shapely.Geometry) -> Label:
    point = shapely.point_on_surface(shape)
    return Label(kind, text, round(point.x, 4), round(point.y, 4))


def waters(catalog: LayerCatalog, frame: shapely.Geometry) -> tuple[Collection, list[Label]]:
    """Rivers and lakes of the layers that are no demonstration, cut at the frame of the map, with names."""
    rows, labels = [], []
    for layer in [*catalog.of_theme(Theme.RIVER), *catalog.of_theme(Theme.LAKE)]:
        if layer.demo:
            continue
        held = catalog.held(layer)
        west, south, east, north = frame.bounds
        box = held.boxes
        there = (box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= north) & (box[:, 3] >= south)
        rows_there = np.flatnonzero(there)
        names = held.attributes["name"].iloc[rows_there]
        for name, geometry in zip(names, held.shapes(rows_there), strict=True):
            shown = shapely.simplify(shapely.intersection(geometry, frame), 0.0005)
            if shown.is_empty:
                continue
            rows.append((shown, {"name": name or "", "schematic": layer.line is Line.SCHEMATIC}))
            if name:
                labels.append(_label("water", name, _longest(shown)))
    return collection(rows, digits=5), labels


def _longest(shape: shapely.Geometry) -> shapely.Geometry:
    part = max(shapely.get_parts(shape), key=lambda piece: piece.length)
    return part.interpolate(0.5, normalized=True) if shapely.get_dimensions(part) == 1 else part
