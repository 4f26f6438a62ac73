"""Findings: what is true on the ground, check by check, the misses too; no judgement yet.

A row a site, rule, reference and reading (a layer with its line). Within a reference, reading 1 is
the one that decides: real layers before demonstration data, readings that decide before those that
do not, the rule's own line before its stand-ins, the more accurate layer before the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.catalog import Layer, LayerCatalog
from geo.doubt import CONFIDENCE, WIDEST_HALF_M, Interval, Words
from geo.frames import FINDINGS, conform, empty
from geo.index import ReferenceIndex
from geo.index.tiles import DrawnTiles
from geo.measures import MEASURES, Measured
from geo.rule import Condition, Reference, Rule
from geo.rulebook import RuleBook
from geo.scope import SiteScope, shift_m
from geo.space import Floats, Geometries, area_m2
from geo.terms import Cause, Line, Measure, State
from geo.zones import Reading, readings_of


@dataclass
class Indexes:
    """Indexes of feature selections and coverages, built once for all rules that share them."""

    catalog: LayerCatalog
    _built: dict[Any, ReferenceIndex] = field(default_factory=dict)
    _tiles: dict[Any, DrawnTiles] = field(default_factory=dict)

    def of(self, zones: gpd.GeoDataFrame) -> ReferenceIndex:
        """The index of some rows of the Zones frame."""
        near_only = bool(zones["near_only"].any())
        key = (near_only, *zones["zone_id"].str.split("/", n=2).str[2], *zones["doubt"])
        if key not in self._built:
            # few of many are not joined, as all of them would not be
            kept = None if near_only else self.catalog.kept_trees(zones["layer_key"])
            self._built[key] = ReferenceIndex(zones.geometry.to_numpy(), False if near_only else None, kept)
        return self._built[key]

    def drawn(self, index: ReferenceIndex, limit_m: float) -> DrawnTiles:
        """The zone about an index, for the area that footprints have in it."""
        key = ("drawn", id(index), limit_m)
        if key not in self._tiles:
            self._tiles[key] = DrawnTiles(index, limit_m)
        return self._tiles[key]

    def coverage(self, layers: list[Layer]) -> ReferenceIndex | None:
        """Where the layers together are complete, or None where nobody says."""
        key = ("coverage", *sorted({_extent(layer) for layer in layers}))
        if key not in self._built:
            parts = {id(part): part for part in map(self.catalog.coverage, layers) if part is not None}
            held = list(parts.values())
            joined = [shapely.union_all(held)] if len(held) > 1 else held
            self._built[key] = ReferenceIndex(np.array(joined, dtype=object))
        found = self._built[key]
        return found if len(found) else None


def _extent(layer: Layer) -> str:
    """What a layer says of where it is complete: layers that say the same share an index."""
    covers = layer.covers
    return "" if covers is None else f"{sorted(covers.adcode)} {covers.area or ''}"


def measure_sites(
    sites: gpd.GeoDataFrame,
    scope: SiteScope,
    zones: gpd.GeoDataFrame,
    rulebook: RuleBook,
    catalog: LayerCatalog,
    on: date,
    confidence: float = CONFIDENCE,
    indexes: Indexes | None = None,
) -> pd.DataFrame:
    """Measure every site against every rule it is in the scope of (columns: :data:`geo.frames.FINDINGS`).

    Distances in metres, true on the ellipsoid; areas in hectares on the ellipsoid. ``state`` still
    equals ``ground``: :func:`geo.verdicts.judge_findings` adds scope, exceptions and precedence.
    ``indexes`` of the same catalogue spare building them again.
    """
    indexes = indexes if indexes is not None else Indexes(catalog)
    position = pd.Series(np.arange(len(sites)), index=sites["site_id"])
    of_reading = dict(tuple(zones.groupby(["rule_id", "reference", "layer_key"], sort=False)))
    none = zones.iloc[:0]
    parts: list[pd.DataFrame] = []
    for rule_id, rows in scope.rules.groupby("rule_id", sort=False):
        rule = rulebook[str(rule_id)]
        chosen = sites.iloc[position.loc[rows["site_id"]].to_numpy()]
        if rule.measure is Measure.IN_JURISDICTION:
            parts.append(_in_jurisdiction(rule, rows, shift_m(chosen)))
            continue
        limit = rule.limit_on(on)
        for number, reference in enumerate(rule.measured_from):
            check = _Check(rule, reference, chosen, np.nan if limit is None else limit, confidence)
            readings = _speaking(readings_of(reference, catalog, rule.measure), check, of_reading, number)
            measured = [
                _read(check, reading, of_reading.get((rule.id, number, reading.layer.key), none), indexes)
                for reading in readings
            ]
            parts.append(_rank(measured) if measured else _nothing_held(check, catalog))
    if not parts:
        return empty(FINDINGS)
    return conform(pd.concat(parts, ignore_index=True), FINDINGS)


def _speaking(
    readings: list[Reading], check: _Check, of_reading: Mapping[Any, gpd.GeoDataFrame], number: int
) -> list[Reading]:
    """The readings that hold a feature or whose silence means something; if none does, the first."""
    speaking = [
        reading
        for reading in readings
        if (check.rule.id, number, reading.layer.key) in of_reading
        or any(reading.layer.knows_all(where) for where in selections(check.reference))
    ]
    return speaking or readings[:1]


@dataclass(frozen=True)
class _Check:
    """One reference of one rule against the sites it is about; ``limit`` NaN = the plan gives none."""

    rule: Rule
    reference: Reference
    sites: gpd.GeoDataFrame
    limit: float
    confidence: float

    @property
    def geometries(self) -> Geometries:
        return self.sites.geometry.to_numpy()


def _in_jurisdiction(rule: Rule, rows: pd.DataFrame, shift: Floats) -> pd.DataFrame:
    """City- and district-wide rules: the site's scope has the answer."""
    inside = rows["in_jurisdiction"].to_numpy()
    border = rows["border_m"].to_numpy()
    accuracy = rows["border_accuracy_m"].to_numpy()
    chance = Interval.of(border, accuracy, shift).probability(inclusive=True)
    return pd.DataFrame(
        {
            **_blank(rule, rows["site_id"].to_numpy()),
            "theme": "admin",
            "ground": np.where(inside, State.HIT, State.UNDETERMINED),
            "cause": np.where(inside, "", Cause.ACCURACY),
            "limit_m": 0.0,
            "margin_m": border,
            "distance_m": np.maximum(border, 0.0),
            "accuracy_m": accuracy,
            "probability": np.where(inside, 1.0, chance),
            "line": "boundary",
            "robust": inside,
            "reading": 1,
        }
    )


def _blank(rule: Rule, site_ids: np.ndarray) -> dict[str, Any]:
    nan = np.full(len(site_ids), np.nan)
    return {
        "site_id": site_ids,
        "rule_id": rule.id,
        "state": "",
        "cause": "",
        "ground": State.UNDETERMINED,
        "theme": "",
        "feature_name": "",
        **{name: nan for name, column in FINDINGS.items() if column.kind == "number"},
        "line": "",
        "layer_key": "",
        "reading": 1,
        "demo": False,
        "robust": False,
        "reason": "",
        "override": "",
    }


def _nothing_held(check: _Check, catalog: LayerCatalog) -> pd.DataFrame:
    """No layer serves the reference: none of the theme, or none with a line the rule accepts."""
    reference = check.reference
    other_lines = any(layer.may_hold(reference.where) for layer in catalog.of_theme(reference.theme))
    return pd.DataFrame(
        {
            **_blank(check.rule, check.sites["site_id"].to_numpy()),
            "theme": reference.theme,
            "cause": Cause.BASE_LINE if other_lines else Cause.MISSING_LAYER,
            "limit_m": check.limit,
        }
    )


def _read(check: _Check, reading: Reading, zones: gpd.GeoDataFrame, indexes: Indexes) -> pd.DataFrame:
    """One reading: sure features first; where they do not bite, the doubtful ones."""
    n = len(check.sites)
    rule, layer = check.rule, reading.layer
    kind = MEASURES[rule.measure]
    accuracy = np.hypot(check.sites["accuracy_m"].to_numpy(), layer.accuracy_m)
    part = pd.DataFrame(
        {
            **_blank(rule, check.sites["site_id"].to_numpy()),
            "theme": check.reference.theme,
            "limit_m": check.limit,
            "accuracy_m": accuracy,
            "line": layer.line or Line.BOUNDARY,
            "layer_key": layer.key,
            "demo": layer.demo,
        }
    )
    part["_order"] = reading.order
    part["_proxy"] = reading.is_proxy
    part["_better"] = State.MISS if kind.silence_hits else State.HIT
    # silence: no such feature is known here
    state = np.full(n, State.HIT if kind.silence_hits else State.MISS, dtype=object)
    cause = np.full(n, "", dtype=object)
    robust = np.ones(n, dtype=bool)
    chance = np.full(n, 1.0 if kind.silence_hits else 0.0)
    for doubt in ["", *sorted(set(zones["doubt"]) - {""})]:
        features = zones[zones["doubt"] == doubt]
        if len(features) == 0:
            continue
        index = indexes.of(features)
        taken = kind.measure(index, check.geometries, 0.0 if np.isnan(check.limit) else check.limit)
        half = features["half_width_m"].to_numpy()[taken.feature]
        nearer = np.where(np.isnan(half), WIDEST_HALF_M, half)
        interval = Interval.of(taken.margin_m, accuracy, shift_m(check.sites), nearer, check.confidence)
        likely = interval.probability(rule.inclusive)
        found = interval.state(rule.inclusive)
        why = interval.cause(rule.inclusive)
        rows = np.arange(n)
        if doubt:
            # a doubtful feature speaks only where the sure ones leave the rule open
            rows = np.flatnonzero((found != State.MISS) & (state != State.HIT))
            found = np.full(n, State.UNDETERMINED, dtype=object)
            why = np.full(n, doubt, dtype=object)
            likely = np.full(n, np.nan)  # whether the feature is meant is no matter of chance
        state[rows], cause[rows] = found[rows], why[rows]
        chance[rows] = likely[rows]
        robust[rows] = interval.robust(rule.inclusive)[rows]
        _fill(part, rows, features, taken, interval, half)
        if not doubt:
            part[["overlap_ha", "share"]] = _overlap(indexes, index, check, taken.margin_m)
    _mind_coverage(check, reading, indexes, state, cause)
    # where a layer is not known to be complete, what it does not show cannot be told in numbers
    chance[(cause == Cause.COVERAGE) | np.isnan(check.limit)] = np.nan
    part["ground"] = state
    part["cause"] = cause
    part["probability"] = chance
    part["robust"] = robust & (state != State.UNDETERMINED)
    return part


def _fill(
    part: pd.DataFrame,
    rows: np.ndarray,
    features: gpd.GeoDataFrame,
    taken: Measured,
    interval: Interval,
    half_width_m: Floats,
) -> None:
    names = features["feature_name"].to_numpy()[taken.feature]
    columns = {
        "feature_name": names,
        "distance_m": taken.distance_m,
        "margin_m": interval.margin_m,
        "margin_low_m": interval.low_m,
        "margin_high_m": interval.high_m,
        "half_width_m": half_width_m,
        "near_lon": taken.near[:, 0],
        "near_lat": taken.near[:, 1],
    }
    for column, values in columns.items():
        part.loc[rows, column] = values[rows]


def _overlap(indexes: Indexes, index: ReferenceIndex, check: _Check, margin: Floats) -> Floats:
    """Hectares and share of each footprint in the zone; of points, lines and misses nothing."""
    result = np.full((len(check.sites), 2), np.nan)
    rows = np.flatnonzero((shapely.get_dimensions(check.geometries) == 2) & (margin <= 0))
    if len(rows) == 0 or np.isnan(check.limit):
        return result
    footprints = check.geometries[rows]
    whole = area_m2(footprints)
    if check.rule.measure is Measure.WITHIN_DISTANCE:
        inside = indexes.drawn(index, check.limit).common_m2(footprints)
    else:
        inside = index.common_m2(footprints)
        if check.rule.measure is Measure.OUTSIDE:
            inside = whole - inside
    result[rows, 0] = inside / 10_000
    result[rows, 1] = inside / whole
    return result


def _mind_coverage(check: _Check, reading: Reading, indexes: Indexes, state: Words, cause: Words) -> None:
    """Where silence decides, the layers must be complete all the way to the limit about the site."""
    speaks = State.HIT if MEASURES[check.rule.measure].silence_hits else State.MISS
    silent = np.flatnonzero(state == speaks)
    for where in selections(check.reference):
        if len(silent) == 0:
            return
        alike = layers_alike(indexes.catalog, reading.layer, where)
        known = indexes.coverage(alike) if alike else None
        open_ = np.ones(len(silent), dtype=bool)
        if known is not None:
            open_ = ~known.roomy(check.geometries[silent], 0.0 if np.isnan(check.limit) else check.limit)
        state[silent[open_]] = State.UNDETERMINED
        cause[silent[open_]] = Cause.COVERAGE
        silent = silent[~open_]


def layers_alike(catalog: LayerCatalog, layer: Layer, where: Mapping[str, Condition]) -> list[Layer]:
    """The layers whose silence counts together with a layer's: same theme, line and standing, knowing what is picked."""
    return [
        other
        for other in catalog.of_theme(layer.theme)
        if other.line == layer.line and other.demo == layer.demo and other.knows_all(where)
    ]


def selections(reference: Reference) -> list[dict[str, Condition]]:
    """What a reference picks, one name at a time: each may be known from another layer."""
    found: list[dict[str, Condition]] = []
    for where in [reference.where, *([reference.maybe] if reference.maybe is not None else [])]:
        names = where.get("name")
        if isinstance(names, list):
            found.extend({**where, "name": name} for name in names)
        else:
            found.append(dict(where))
    return found


def _rank(readings: list[pd.DataFrame]) -> pd.DataFrame:
    """All readings of a reference, numbered per site; readings that contradict one another are marked.

    Two lines (not stand-ins) that decide differently leave the rule undetermined: base_line.
    """
    frame = pd.concat(readings, ignore_index=True)
    decided = frame["ground"] != State.UNDETERMINED
    # any layer of the same line may hold the feature that bites: the hit counts before the miss
    quiet = frame["ground"] != frame["_better"]
    frame["_rank"] = (
        frame["demo"].to_numpy() * 1e6
        + np.where(decided, 0, 1e5)
        + frame["_order"].to_numpy() * 1e2
        + np.where(quiet, 10, 0)
        + frame["accuracy_m"].rank(method="dense").to_numpy() / 1e3
    )
    frame = frame.sort_values(["site_id", "_rank", "layer_key"], kind="stable", ignore_index=True)
    frame["reading"] = frame.groupby("site_id", sort=False).cumcount() + 1
    first = frame[frame["reading"] == 1].set_index("site_id")
    line, ground = frame["site_id"].map(first["line"]), frame["site_id"].map(first["ground"])
    proxy = frame["site_id"].map(first["_proxy"]).to_numpy(dtype=bool) | frame["_proxy"].to_numpy(dtype=bool)
    differs = (
        (frame["ground"] != State.UNDETERMINED)
        & (frame["ground"] != ground)
        & (ground != State.UNDETERMINED)
        & (frame["line"] != line)
        & ~frame["demo"]
        & ~proxy
    )
    contested = frame["site_id"].isin(frame.loc[differs, "site_id"]) & (frame["reading"] == 1)
    frame.loc[contested, "cause"] = Cause.BASE_LINE
    return frame.drop(columns=["_order", "_proxy", "_better", "_rank"])
