"""What the map shows: an assessment's frames as GeoJSON, simplified for display, with what popups say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.assessment import Assessment
from geo.catalog import LayerCatalog
from geo.divisions import read_divisions
from geo.frames import split
from geo.space import WORKING_CRS
from geo.terms import Cause, Effect, Line, Measure, State, Theme
from geo.wording import limit_text, metres_text
from geo.zones import draw_zones

#: About 80 m and 20 m: what a screen shows of a county border and of a zone at working scales.
BORDER_STEP_DEG = 0.0008
ZONE_STEP_M = 20.0
#: Points that all zones may have together; beyond it they are simplified more (about 4 MB).
ZONE_POINTS = 120_000
_DEGREE_M = 100_000.0

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


# ---- sites ----


def site_points(assessment: Assessment) -> Collection:
    """A symbol for every site, with all that its popup says."""
    checks = _checks(assessment)
    rows = []
    pairs = zip(assessment.sites.to_dict("records"), assessment.verdicts.to_dict("records"), strict=True)
    for site, verdict in pairs:
        deciding = split(verdict["deciding_rule_ids"])
        own = checks.get(site["site_id"], {})
        properties = {
            "find": f"{site['site_id']} {site['name']}",
            "id": site["site_id"],
            "name": site["name"],
            "outcome": verdict["outcome"],
            "label": verdict["outcome_zh"],
            "robust": verdict["robustness"],
            "best": verdict["best_case"],
            "worst": verdict["worst_case"],
            "industry": site["industry"],
            "development": site["development"],
            "accuracy": metres_text(site["accuracy_m"]),
            "deciding": deciding,
            "checks": [[rule_id, own[rule_id]] for rule_id in _deciding_first(own, deciding)],
            "settle": verdict["settle"].splitlines(),
            "remedy": verdict["remedy"].splitlines(),
            "readings": verdict["readings"].splitlines(),
            "move": verdict["move"].splitlines(),
            "where": verdict["jurisdictions"].splitlines(),
        }
        if verdict["demo_outcome"]:
            properties["demo"] = verdict["demo_outcome"]
        rows.append((site["geometry"].representative_point(), properties))
    return collection(rows)


def site_shapes(assessment: Assessment) -> Collection:
    """The footprints of the sites that are more than a point."""
    wide = zip(
        assessment.sites.geometry, assessment.sites["site_id"], assessment.verdicts["outcome"], strict=True
    )
    return collection(
        (geometry, {"id": site_id, "outcome": outcome})
        for geometry, site_id, outcome in wide
        if shapely.get_dimensions(geometry) > 0
    )


def _checks(assessment: Assessment) -> dict[str, dict[str, list[list[Any]]]]:
    """Per site and rule: state and relation in words of every reading."""
    found: dict[str, dict[str, list[list[Any]]]] = defaultdict(lambda: defaultdict(list))
    columns = assessment.findings[["site_id", "rule_id", "state", "reason"]]
    for site_id, rule_id, state, reason in columns.itertuples(index=False):
        # the rule's id and title head the popup's paragraph already
        said = reason.removeprefix(f"{rule_id} {assessment.rulebook[rule_id].title.zh}：")
        found[site_id][rule_id].append([state, said])
    return found


def _deciding_first(checks: dict[str, list[list[Any]]], deciding: list[str]) -> list[str]:
    order = list(State)

    def rank(rule_id: str) -> tuple[bool, int]:
        return rule_id not in deciding, min(order.index(State(state)) for state, _ in checks[rule_id])

    return sorted(checks, key=rank)


# ---- zones and what they are measured from ----


def zone_layers(assessment: Assessment) -> dict[Effect, Collection]:
    """The drawn zones by effect, in the order of effects. Zones alike for several rules are one feature."""
    rules = [assessment.rulebook[rule_id] for rule_id in dict.fromkeys(assessment.zones["rule_id"])]
    drawn = draw_zones(assessment.zones, rules, assessment.catalog)
    shapes = _simplified(drawn)
    found: dict[Effect, dict[tuple[Any, ...], dict[str, Any]]] = defaultdict(dict)
    geometries: dict[tuple[Any, ...], shapely.Geometry] = {}
    for zone, shape in zip(drawn.drop(columns="geometry").to_dict("records"), shapes, strict=True):
        effect = assessment.rulebook[zone["rule_id"]].effect
        same = ("layer_key", "feature_name", "measure", "limit_m", "doubt")
        key = (effect, *(zone[column] for column in same), shapely.to_wkb(shape))
        geometries[key] = shape
        said = found[effect].setdefault(key, _zone_facts(zone, effect))
        if zone["rule_id"] not in said["rules"]:
            said["rules"].append(zone["rule_id"])
    return {
        effect: collection((geometries[key], said) for key, said in found[effect].items())
        for effect in Effect
        if effect in found
    }


def _zone_facts(zone: dict[str, Any], effect: Effect) -> dict[str, Any]:
    measure, line = Measure(zone["measure"]), Line(zone["line"])
    limit = {
        Measure.WITHIN_DISTANCE: f"距{line.zh} {limit_text(zone['limit_m'])}以内",
        Measure.INSIDE: "此范围之内",
        Measure.OUTSIDE: "须全部位于此范围之内",
    }.get(measure, measure.zh)
    return {
        "effect": effect,
        "rules": [],
        "name": zone["feature_name"],
        "theme": Theme(zone["theme"]).zh,
        "limit": limit,
        "doubt": Cause(zone["doubt"]).zh if zone["doubt"] else "",
        **_layer_facts(zone),
    }


def _layer_facts(zone: dict[str, Any]) -> dict[str, Any]:
    return {
        "layer": zone["layer_key"],
        "line": Line(zone["line"]).zh,
        "accuracy": metres_text(zone["layer_accuracy_m"]),
        "proxy": bool(zone["is_proxy"]),
        "demo": bool(zone["demo"]),
    }


def _simplified(drawn: gpd.GeoDataFrame) -> np.ndarray:
    """Shapes for display: a strip of 50 m keeps more detail than one of 2 km."""
    shapes = drawn.geometry.to_numpy()
    limits = drawn["limit_m"].to_numpy(dtype=float)
    step_m = np.where(limits > 0, np.clip(limits * 0.02, 3.0, ZONE_STEP_M), ZONE_STEP_M)
    simple = shapely.simplify(shapes, step_m / _DEGREE_M)
    while shapely.get_num_coordinates(simple).sum() > ZONE_POINTS and step_m.max() < 1000:
        step_m = step_m * 2
        simple = shapely.simplify(shapes, step_m / _DEGREE_M)
    return simple


def reference_lines(assessment: Assessment, frame: shapely.Geometry) -> Collection:
    """The lines that rules measure from, each once, cut at the frame of the map."""
    found: dict[tuple[str, bytes], dict[str, Any]] = {}
    shapes: dict[tuple[str, bytes], shapely.Geometry] = {}
    zones = assessment.zones[shapely.get_dimensions(assessment.zones.geometry.to_numpy()) == 1]
    for zone in zones.to_dict("records"):
        key = (zone["layer_key"], shapely.to_wkb(zone["geometry"]))
        shapes[key] = zone["geometry"]
        said = found.setdefault(
            key,
            {
                "rules": [],
                "name": zone["feature_name"],
                "theme": Theme(zone["theme"]).zh,
                **_layer_facts(zone),
            },
        )
        if zone["rule_id"] not in said["rules"]:
            said["rules"].append(zone["rule_id"])
    return collection(
        (shapely.simplify(shapely.intersection(shapes[key], frame), 0.0001), said)
        for key, said in found.items()
    )


# ---- the base map ----


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
