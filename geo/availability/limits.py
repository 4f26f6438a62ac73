"""Limits: the lines in an area at which a check of a rule for a use changes, drawn.

A check of a point hangs on its distance to features (inside: negative), to the edge of what layers cover, and to the border
of jurisdictions. Each changes at certain distances only: the rule's own limit, that limit less and plus the doubt,
and plus what a stand-in line may be off. Between those lines a check is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import shapely

from geo.availability.nearer import Nearer
from geo.catalog import LayerCatalog
from geo.doubt import SURVEY_GRADE_M, WIDEST_HALF_M, quantile
from geo.findings import layers_alike, selections
from geo.index import JOINABLE
from geo.rule import Rule
from geo.space import Geometries, LocalPlane, draw_buffer
from geo.terms import Measure
from geo.zones import readings_of

#: How far a drawn arc may lie inside the true one, metres.
ARC_M = 0.1
_TILE_DEG = 0.25
_DEGREE_M = 80_000.0  # a degree is never shorter here


@dataclass(frozen=True)
class Limit:
    """All ground within ``metres`` of some features; negative: deeper than that inside them."""

    key: Hashable
    features: Geometries
    metres: float
    joined: bool = True  # whether adjoining areas have no edge between them

    def draw(self, area: shapely.Geometry) -> shapely.Geometry:
        """The ground within the limit about an area (EPSG:4490), true within 0.5 m there."""
        margin = 1.5 * abs(self.metres) / _DEGREE_M + 0.01
        west, south, east, north = area.bounds
        box = shapely.box(west - margin, south - margin, east + margin, north + margin)
        near = self.features[shapely.intersects(self.features, box)]
        near = shapely.intersection(near, box)
        near = near[~shapely.is_empty(near)]
        if len(near) == 0:
            return shapely.Polygon()
        if self.metres > 0:
            return draw_buffer(shapely.union_all(near), self.metres, _quad_segs(self.metres))
        near = near[shapely.get_dimensions(near) == 2]
        if self.metres == 0 or len(near) == 0:
            return shapely.union_all(near)
        if self.joined:
            near = np.array([shapely.union_all(near)])
            return _shrunk(near[0], -self.metres)
        return _shrunk_alone(near, -self.metres)


def _quad_segs(metres: float) -> int:
    """Segments a quarter circle so that chords keep within :data:`ARC_M` of the arc.

    >>> _quad_segs(8.0), _quad_segs(1_000.0), _quad_segs(50_000.0)
    (5, 56, 393)
    """
    return max(4, int(np.ceil(np.pi / 4 * np.sqrt(metres / (2 * ARC_M)))))


def _shrunk(shape: shapely.Geometry, metres: float) -> shapely.Geometry:
    edge = draw_buffer(shapely.boundary(shape), metres, _quad_segs(metres))
    return shapely.difference(shape, edge)


def _shrunk_alone(shapes: Geometries, metres: float) -> shapely.Geometry:
    """What lies deeper than that in some one of many areas, each by itself; small ones a tile at a time."""
    west, south, east, north = shapely.bounds(shapes).T
    small = np.maximum(east - west, north - south) <= _TILE_DEG
    parts = [_shrunk(shape, metres) for shape in shapes[~small]]
    tiles = np.floor(np.column_stack([west, south])[small] / _TILE_DEG).astype(int)
    for tile in np.unique(tiles, axis=0):
        own = shapes[small][(tiles == tile).all(axis=1)]
        plane = LocalPlane(*((tile + 0.5) * _TILE_DEG))
        eroded = shapely.buffer(plane.straight(own), -metres, quad_segs=_quad_segs(metres))
        parts.append(plane.back(shapely.union_all(eroded)))
    return shapely.union_all(parts)


@dataclass(frozen=True)
class Doubts:
    """The doubts of a check: standard error, bound of an undeclared datum, one-sided confidence."""

    accuracy_m: float
    shift_m: float
    confidence: float

    def about(self, layer_accuracy_m: float) -> tuple[float, float]:
        """The deciding spread of a layer for the use, and the bound of the datum, in metres."""
        spread = quantile(self.confidence) * float(np.hypot(self.accuracy_m, layer_accuracy_m))
        return (0.0 if spread <= SURVEY_GRADE_M else spread), self.shift_m


def find_limits(
    rules: Iterable[Rule], zones: gpd.GeoDataFrame, catalog: LayerCatalog, on: date, doubts: Doubts
) -> list[Limit | Nearer]:
    """Every limit of the rules' checks, each once. ``zones``: their features (:data:`geo.frames.ZONES`)."""
    found: dict[Hashable, Limit | Nearer] = {}
    limit: Limit | Nearer
    by_reading = dict(tuple(zones.groupby(["rule_id", "reference", "layer_key"], sort=False)))
    for rule in rules:
        if rule.distance == "not_given":
            continue  # open everywhere alike
        for limit in [*_of_border(rule, catalog, doubts), *_of_coverage(rule, catalog, on)]:
            found.setdefault(limit.key, limit)
        for number, reference in enumerate(rule.measured_from):
            for reading in readings_of(reference, catalog, rule.measure):
                features = by_reading.get((rule.id, number, reading.layer.key))
                if features is not None:
                    for limit in _of_features(rule, features, on, doubts):
                        found.setdefault(limit.key, limit)
    return list(found.values())


def _of_features(
    rule: Rule, features: gpd.GeoDataFrame, on: date, doubts: Doubts
) -> Iterable[Limit | Nearer]:
    spread, shift = doubts.about(float(features["layer_accuracy_m"].iloc[0]))
    at = rule.limit_on(on) or 0.0
    for doubt, own in features.groupby("doubt", sort=False):
        shapes = own.geometry.to_numpy()
        halves = own["half_width_m"].fillna(WIDEST_HALF_M).to_numpy()
        areal = bool((shapely.get_dimensions(shapes) == 2).all())
        joined = len(shapes) <= JOINABLE and not own["near_only"].any()
        ids = tuple(own["zone_id"].str.split("/", n=2).str[2])
        yield from _of_widths((str(doubt), ids), shapes, halves, at, spread + shift)
        signed = [(at + metres, ids, shapes) for metres in (-spread - shift, -spread, spread)]
        for half in np.unique(halves):
            # where the true line may be nearer, features of one half width at a time
            rows = halves == half
            some = tuple(np.array(ids, dtype=object)[rows])
            signed += [(at + spread + half + more, some, shapes[rows]) for more in (0.0, shift)]
        if rule.measure is Measure.OUTSIDE:
            signed = [(-metres, names, held) for metres, names, held in signed]
        least = -np.inf if areal and rule.measure is not Measure.WITHIN_DISTANCE else 0.0
        for metres, names, held in signed:
            # of a line nothing lies within no distance
            if metres >= least and (metres != 0 or areal):
                yield Limit((str(doubt), names, round(metres, 2), joined), held, round(metres, 2), joined)


def _of_widths(
    key: Hashable, shapes: Geometries, halves: np.ndarray, at: float, doubt_m: float
) -> Iterable[Nearer]:
    """Which of features that differ in half width is the nearest, wherever that can matter."""
    widths = np.unique(halves)
    for half in widths[1:]:
        own = halves == half
        least = max(at + doubt_m + float(widths[0]), 1.0)
        reach = at + doubt_m + float(widths[-1]) + 1.0
        yield Nearer(("nearer", key, half, round(reach, 2)), shapes[own], shapes[~own], least, reach)


def _of_coverage(rule: Rule, catalog: LayerCatalog, on: date) -> Iterable[Limit]:
    """Where a layer's silence begins to speak: so deep inside what it covers as the rule reaches."""
    deep = rule.limit_on(on) or 0.0
    for reference in rule.measured_from:
        for reading in readings_of(reference, catalog, rule.measure):
            for where in selections(reference):
                held = [
                    area
                    for area in map(catalog.coverage, layers_alike(catalog, reading.layer, where))
                    if area is not None
                ]
                if held:
                    known = shapely.union_all(held)
                    yield Limit(("covers", shapely.to_wkb(known), deep), np.array([known]), -deep)


def _of_border(rule: Rule, catalog: LayerCatalog, doubts: Doubts) -> Iterable[Limit]:
    return border_limits(tuple(rule.jurisdiction.adcode), catalog, doubts)


def border_limits(codes: tuple[str, ...], catalog: LayerCatalog, doubts: Doubts) -> list[Limit]:
    """The border of divisions, and the doubt on either side of it."""
    area, divisions = catalog.area_of(codes), catalog.divisions()
    if area is None or divisions is None:
        return []
    spread, shift = doubts.about(float(divisions["accuracy_m"].max()))
    steps = sorted({round(m, 2) for m in (-spread - shift, -spread, 0.0, spread, spread + shift)})
    return [Limit(("border", codes, metres), np.array([area]), metres) for metres in steps]
