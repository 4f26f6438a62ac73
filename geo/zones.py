"""Zones: for each rule the features it measures from, by reading, and the area drawn about them.

Features are never cut before they are measured, but where a clause itself names a reach: then what
lies outside the reach is kept apart, and near it a check is undetermined.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.attributes import matches
from geo.catalog import LayerCatalog
from geo.contracts import conform, empty
from geo.frames import ZONES
from geo.index import JOINABLE
from geo.index.tiles import DrawnTiles
from geo.layer import Layer
from geo.measures import MEASURES
from geo.rule import Reference, Rule
from geo.space import WORKING_CRS, Geometries
from geo.terms import PROXY_LINES, Cause, Line, Measure
from geo.window import near_rows


@dataclass(frozen=True)
class Reading:
    """One layer that serves one reference of a rule."""

    layer: Layer
    is_proxy: bool
    half_width_m: float  # how much nearer the true line may be; NaN = nobody says
    order: int  # 0 = the line the rule prefers


def readings_of(reference: Reference, catalog: LayerCatalog, measure: Measure) -> list[Reading]:
    """The layers that serve a reference, the preferred line first, then the more accurate layer.

    A layer whose line the rule does not accept is no reading.
    """
    found = []
    for layer in _serving(reference, catalog.of_theme(reference.theme)):
        if _needs_its_shapes(reference, measure):
            catalog.try_layers([layer])
            if layer.key in catalog.set_aside:
                continue
        order = reference.lines.index(layer.line) if reference.lines and layer.line else 0
        is_proxy = _is_proxy(layer, reference, catalog, measure)
        half = (layer.half_width_m if layer.half_width_m is not None else np.nan) if is_proxy else 0.0
        found.append(Reading(layer, is_proxy, half, order))
    return sorted(found, key=lambda reading: (reading.order, reading.layer.accuracy_m, reading.layer.key))


def _serving(reference: Reference, layers: Iterable[Layer]) -> list[Layer]:
    """Of some layers of its theme, those that a reference may be measured from."""
    return [
        layer
        for layer in layers
        if not layer.is_raster  # cells are no features
        and (layer.may_hold(reference.where) or layer.may_hold(reference.maybe or reference.where))
        and (not reference.lines or layer.line in reference.lines)
    ]


def lost_to(reference: Reference, catalog: LayerCatalog) -> list[Layer]:
    """The layers set aside that would have served a reference: what they hold might change any check of it."""
    return _serving(reference, catalog.lost(reference.theme))


def try_needed(rules: Iterable[Rule], catalog: LayerCatalog) -> None:
    """Read every layer that some rules measure from, so that all faults of all layers are told at once.

    Raises :class:`~geo.errors.LayerError`; a catalogue that keeps going sets the layers aside instead.
    """
    needed = {
        layer.key: layer
        for rule in rules
        for reference in rule.measured_from
        for layer in _serving(reference, catalog.of_theme(reference.theme))
    }
    catalog.try_layers(needed.values())


def _needs_its_shapes(reference: Reference, measure: Measure) -> bool:
    """Whether only a layer's features tell if it is a stand-in."""
    return reference.line is not None and measure is Measure.INSIDE


def _is_proxy(layer: Layer, reference: Reference, catalog: LayerCatalog, measure: Measure) -> bool:
    """Whether the layer's line lies inside the one meant, which may thus be nearer to a site."""
    if reference.line is None:
        return False
    if layer.line in PROXY_LINES and reference.line not in PROXY_LINES:
        return True
    if measure is not Measure.INSIDE:
        return False
    # inside a channel is only known from areas; a bank drawn as a line tells where it is, not its inside
    return catalog.held(layer).dimension < 2


def find_zones(
    rules: Iterable[Rule],
    catalog: LayerCatalog,
    on: date,
    sites: gpd.GeoDataFrame | None = None,
    moved_m: float = 0.0,
) -> gpd.GeoDataFrame:
    """The features that rules measure from: a row a rule, reference, layer and feature.

    Where a rule picks more than :data:`geo.index.JOINABLE` features of a layer, only those that the ``sites``
    could have to be measured from are taken (:mod:`geo.window`; without sites, all), marked ``near_only``:
    findings are the same as from all of them. Sites that may be moved by ``moved_m`` metres have all features
    within that and the rule's limit and doubt.

    Columns: :data:`geo.frames.ZONES`; the geometry is the feature itself (EPSG:4490), whole. ``doubt``
    says why a feature may not be meant (open list, reach, missing attribute).
    """
    rows: list[dict[str, object]] = []
    footprints = None if sites is None else sites.geometry.to_numpy()
    for rule in rules:
        for number, reference in enumerate(rule.measured_from):
            cut = "@" + "+".join(reference.reach) if reference.reach else ""
            for reading in readings_of(reference, catalog, rule.measure):
                for part in features_of(
                    reference, reading, catalog, rule.measure, footprints, rule.limit_on(on), moved_m
                ):
                    rows.append(
                        {
                            "zone_id": f"{rule.id}/{number}/{reading.layer.key}/{part.row}{cut}{part.doubt[:1]}",
                            "rule_id": rule.id,
                            "reference": number,
                            "theme": reference.theme,
                            "feature_name": part.name,
                            "measure": rule.measure,
                            "limit_m": rule.limit_on(on),
                            "line": reading.layer.line or Line.BOUNDARY,
                            "layer_key": reading.layer.key,
                            "layer_accuracy_m": reading.layer.accuracy_m,
                            "half_width_m": part.half_width_m if reading.is_proxy else 0.0,
                            "is_proxy": reading.is_proxy,
                            "doubt": part.doubt,
                            "demo": reading.layer.demo,
                            "near_only": part.near_only,
                            "geometry": part.geometry,
                        }
                    )
    if not rows:
        return empty(ZONES, spatial=True)
    return conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=WORKING_CRS), ZONES)


@dataclass(frozen=True)
class Part:
    """One feature of a layer as a reference sees it: ``doubt`` says why it may not be meant."""

    row: int
    half_width_m: float
    name: str
    doubt: str
    near_only: bool
    geometry: shapely.Geometry


def features_of(
    reference: Reference,
    reading: Reading,
    catalog: LayerCatalog,
    measure: Measure | None = None,
    sites: Geometries | None = None,
    limit_m: float | None = None,
    moved_m: float = 0.0,
) -> Iterable[Part]:
    """The features of a reading that a reference means or may mean, whole; cut only at a reach it names.

    With ``sites``, of very many features only those that can matter to them (``measure``, ``limit_m``, and how
    far they may be moved).
    """
    held = catalog.held(reading.layer)
    frame = held.attributes
    names = frame["name"].to_numpy(dtype=object)
    half_widths = np.full(len(frame), reading.half_width_m)
    if "half_width_m" in frame.columns:
        own = pd.to_numeric(frame["half_width_m"]).to_numpy(dtype=float)
        half_widths = np.where(np.isnan(own), half_widths, own)
    reach = catalog.area_of(reference.reach) if reference.reach is not None else None
    meant = _meant(reference, frame)
    # a feature cut at a reach no longer fills its box; what lies outside parks is told from all parks
    whole = sites is None or reach is not None or measure not in _BY_NEAREST
    whole = whole or (measure is Measure.INSIDE and held.dimension < 2)
    for doubt in ("", Cause.OPEN_LIST, Cause.FEATURE_FACT):
        rows = np.flatnonzero(meant == doubt)
        near_only = not whole and len(rows) > JOINABLE
        if near_only and sites is not None:
            deep = measure is Measure.INSIDE
            # the overlap with what lies within a limit is drawn from all features in a tile
            areas = sites[shapely.get_dimensions(sites) == 2]
            also = [] if deep or limit_m is None else [DrawnTiles.asked_boxes(areas, limit_m)]
            if moved_m > 0:
                # half width, datum (640 m) and three standard errors
                doubt_m = reading.half_width_m + 1_000 + 3 * reading.layer.accuracy_m
                widened = (moved_m + (limit_m or 0.0) + doubt_m) / 80_000  # a degree is never shorter here
                also.append(shapely.bounds(sites) + widened * np.array([-1, -1, 1, 1]))
            rows = rows[
                near_rows(
                    held.boxes[rows], sites, held.longest_edge_m, deep, np.concatenate(also) if also else None
                )
            ]
        for row, geometry in zip(rows, held.shapes(rows), strict=True):
            name, half = names[row] or "", half_widths[row]
            if doubt or reach is None:
                yield Part(int(row), half, name, doubt, near_only, geometry)
                continue
            within = _same_kind(shapely.intersection(geometry, reach), geometry)
            beyond = _same_kind(shapely.difference(geometry, reach), geometry)
            if not within.is_empty:
                yield Part(int(row), half, name, "", near_only, within)
            if not beyond.is_empty:
                yield Part(int(row), half, name, Cause.REACH, near_only, beyond)


#: Measures that depend on the nearest features only.
_BY_NEAREST = frozenset({Measure.WITHIN_DISTANCE, Measure.INSIDE})


def _meant(reference: Reference, frame: pd.DataFrame) -> np.ndarray:
    """Per feature: "" = surely meant, a cause = perhaps meant and why not surely, - = not meant."""
    sure = matches(frame, reference.where)
    maybe = matches(frame, reference.maybe) if reference.maybe is not None else np.zeros(len(frame))
    unknown = (sure == -1) | (maybe == -1)
    kinds = [sure == 1, maybe == 1, unknown]
    return np.select(kinds, ["", Cause.OPEN_LIST, Cause.FEATURE_FACT], default="-").astype(object)


def _same_kind(piece: shapely.Geometry, whole: shapely.Geometry) -> shapely.Geometry:
    """The parts of a cut feature that have its dimension (a touch leaves points behind)."""
    dimension = shapely.get_dimensions(whole)
    parts = [part for part in shapely.get_parts(piece) if shapely.get_dimensions(part) == dimension]
    return shapely.union_all(parts) if parts else type(whole)()


def draw_zones(zones: gpd.GeoDataFrame, rules: Iterable[Rule], catalog: LayerCatalog) -> gpd.GeoDataFrame:
    """The area of every zone, for maps: drawn about the feature, then cut at the rule's jurisdiction.

    Zones without a limit and requirements (the area outside parks) are not drawn. Same columns as
    the Zones frame; never used for verdicts.
    """
    drawn = zones[zones["limit_m"].notna()].reset_index(drop=True)
    areas = {rule.id: catalog.area_of(rule.jurisdiction.adcode) for rule in rules}
    geometries = drawn.geometry.to_numpy()
    # rules of one city that measure from one feature hold one geometry, kept alive here; another city draws another part
    known: dict[tuple[int, int, float, str], shapely.Geometry] = {}
    shapes = []
    for rule_id, measure, limit, geometry in zip(
        drawn["rule_id"], drawn["measure"], drawn["limit_m"], geometries, strict=True
    ):
        area = areas[rule_id]
        key = (id(geometry), id(area), float(limit), measure)
        if key not in known:
            known[key] = _drawn(geometry, area, float(limit), Measure(measure))
        shapes.append(known[key])
    drawn = drawn.set_geometry(np.array(shapes, dtype=object), crs=WORKING_CRS)
    return drawn[~drawn.geometry.is_empty].reset_index(drop=True)


def _drawn(
    geometry: shapely.Geometry, area: shapely.Geometry | None, limit_m: float, measure: Measure
) -> shapely.Geometry:
    """The zone about one feature within one jurisdiction; empty where it does not reach there."""
    near = geometry if area is None else _near(geometry, area, limit_m)
    if near.is_empty:
        return shapely.Polygon()
    shape = MEASURES[measure].draw(near, limit_m)
    if area is not None:
        shapely.prepare(area)
        if not shapely.contains_properly(area, shape):  # most lie far within
            shape = shapely.intersection(shape, area)
    return shape if shapely.get_dimensions(shape) == 2 else shapely.Polygon()


def _near(geometry: shapely.Geometry, area: shapely.Geometry, limit_m: float) -> shapely.Geometry:
    """The part of a feature that can reach into an area at all: spares drawing a whole river."""
    margin = 2 * limit_m / 80_000 + 0.01  # a degree is never shorter than 80 km here
    west, south, east, north = area.bounds
    return shapely.intersection(
        geometry, shapely.box(west - margin, south - margin, east + margin, north + margin)
    )
