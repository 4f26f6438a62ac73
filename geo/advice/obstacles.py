"""Obstacles: what a moved footprint must keep away from or within, taken from findings, in a plane about the site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.advice.minkowski import meeting_shifts
from geo.advice.shift import KeepAway
from geo.catalog import LayerCatalog
from geo.doubt import SURVEY_GRADE_M, quantile
from geo.ground import STEP_DEG, room_about
from geo.rule import Rule
from geo.space import LocalPlane
from geo.terms import Cause, Line, Measure, State

#: Margins are compared to the centimetre: what an inclusive rule must leave.
CENTIMETRE = 0.01

#: Doubts that more metres cure, and those that another place does.
_CURABLE = {Cause.ACCURACY, Cause.BASE_LINE, Cause.DATUM, Cause.REACH, Cause.OPEN_LIST, Cause.FEATURE_FACT}


@dataclass(frozen=True)
class Obstacle:
    """A place (EPSG:4490) and the metres to keep from it; ``within``: to keep from its edge, inside it."""

    key: tuple[str, ...]  # rule, layer, theme; a county has no rule
    place: shapely.Geometry
    metres: float
    within: bool = False

    @property
    def rule_id(self) -> str:
        """The rule that asks for it; empty for the county."""
        return self.key[0]

    def blocked(self, footprint: shapely.Geometry, reach_m: float) -> shapely.Geometry:
        """Where the footprint must not be, as far as it can matter within a reach of the footprint."""
        room = room_about(footprint, reach_m + self.metres + 100.0)
        near = shapely.intersection(self.place, room)
        return shapely.difference(room, near) if self.within else near

    def keep_away(
        self, footprint: shapely.Geometry, plane: LocalPlane, reach_m: float, extra_m: float
    ) -> KeepAway:
        """The shifts (plane about the site) at which the footprint meets what is blocked."""
        there = plane.there(shapely.segmentize(self.blocked(footprint, reach_m), STEP_DEG))
        metres = max(self.metres + extra_m, CENTIMETRE / 2)
        return KeepAway(meeting_shifts(there, plane.there(footprint)), metres)

    def zone(self, footprint: shapely.Geometry, plane: LocalPlane) -> shapely.Geometry:
        """The ground of the footprint's surroundings that is blocked, in the plane."""
        there = plane.there(shapely.segmentize(self.blocked(footprint, 1000.0), STEP_DEG))
        return shapely.buffer(there, self.metres, quad_segs=64)


def asked_margin_m(row: Mapping[str, Any], rule: Rule, confidence: float, sure: bool) -> float:
    """The margin (m) at which a finding is a miss: surely, or by the figures alone."""
    least = CENTIMETRE if rule.inclusive else 0.0
    if not sure or np.isnan(row["margin_low_m"]):
        return least
    spread = quantile(confidence) * row["accuracy_m"]
    bounds = max(row["margin_m"] - row["margin_low_m"] - spread, 0.0)  # datum and half width
    return least + bounds + (spread if spread > SURVEY_GRADE_M else 0.0)


def is_curable(row: Mapping[str, Any], demo: bool) -> bool:
    """Whether another place would settle a finding; ``demo``: demonstration data are taken as real."""
    if not row["layer_key"] or np.isnan(row["margin_m"]) or np.isnan(row["limit_m"]):
        return False
    if row["demo"] and not demo:
        return False
    return row["ground"] == State.HIT or bool(_CURABLE & set(row["cause"].split(";")))


def obstacle_of(
    row: Mapping[str, Any],
    rule: Rule,
    zones: gpd.GeoDataFrame,
    catalog: LayerCatalog,
    confidence: float,
    sure: bool,
) -> Obstacle | None:
    """What a finding that bites, or may bite, asks a moved footprint to keep to; None where no place cures it.

    ``zones``: all features of the run (:data:`geo.frames.ZONES`).
    """
    key = (rule.id, row["layer_key"], row["theme"])
    if Cause.COVERAGE in row["cause"].split(";"):
        known = _known(row, rule, catalog)
        return None if known is None else Obstacle((*key, "covers"), known, _limit(row), within=True)
    features = zones[(zones["rule_id"] == rule.id) & (zones["layer_key"] == row["layer_key"])]
    features = features[features["theme"] == row["theme"]]
    within = rule.measure is Measure.OUTSIDE
    if not sure or within:
        features = features[features["doubt"] == ""]
    if len(features) == 0 and not within:
        return None
    metres = asked_margin_m(row, rule, confidence, sure)
    if rule.measure is Measure.WITHIN_DISTANCE:
        metres += _limit(row)
    return Obstacle(key, shapely.union_all(features.geometry.to_numpy()), metres, within)


def _limit(row: Mapping[str, Any]) -> float:
    return 0.0 if np.isnan(row["limit_m"]) else float(row["limit_m"])


def _known(row: Mapping[str, Any], rule: Rule, catalog: LayerCatalog) -> shapely.Geometry | None:
    """Where the layers of a finding's line are complete."""
    layers = [
        layer
        for reference in rule.measured_from
        for layer in catalog.of_theme(reference.theme)
        if reference.theme == row["theme"]
        and (layer.line or Line.BOUNDARY) == row["line"]
        and layer.demo == row["demo"]
        and layer.knows_all(reference.where)
    ]
    held = [area for area in map(catalog.coverage, layers) if area is not None]
    return shapely.union_all(held) if held else None


def county_of(
    site: Mapping[str, Any], catalog: LayerCatalog, confidence: float, shift_m: float
) -> Obstacle | None:
    """The county (or counties, of a footprint that lies in several) that a move shall not leave; None unknown.

    A site that surely lies in its county stays so: it keeps from the border by the doubt of it.
    """
    divisions = catalog.divisions()
    if divisions is None:
        return None
    footprint = site["geometry"]
    shapes = divisions.geometry.to_numpy()
    own = shapely.intersects(shapes, footprint) & ~shapely.touches(shapes, footprint)
    if not own.any():
        return None
    county = shapely.union_all(shapes[own])
    spread = quantile(confidence) * float(np.hypot(site["accuracy_m"], divisions["accuracy_m"].max()))
    doubt = (spread if spread > SURVEY_GRADE_M else 0.0) + shift_m + CENTIMETRE
    return Obstacle(("", "county", ""), county, doubt, within=True)
