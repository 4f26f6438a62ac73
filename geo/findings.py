"""Findings: what is true on the ground, check by check, the misses too; no judgement yet.

A row a site, rule, reference and reading (a layer with its line). Within a reference, reading 1 is
the one that decides: real layers before demonstration data, readings that decide before those that
do not, the rule's own line before its stand-ins, the more accurate layer before the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.asked import AskedSites
from geo.catalog import LayerCatalog
from geo.contracts import conform, empty, framed
from geo.doubt import CONFIDENCE, WIDEST_HALF_M, Interval, Words
from geo.frames import FINDINGS
from geo.index import ReferenceIndex
from geo.indexes import Indexes
from geo.layer import Layer
from geo.measures import MEASURES, Measured
from geo.rule import Condition, Reference, Rule
from geo.rulebook import RuleBook
from geo.scope import SiteScope
from geo.space import Floats
from geo.terms import Cause, Line, Measure, State
from geo.zones import Reading, lost_to, readings_of


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
    asked = AskedSites.of(sites, indexes)
    # selected from hundreds of times: much sooner than with a geometry of its own
    features = pd.DataFrame(zones)
    of_reading = dict(tuple(features.groupby(["rule_id", "reference", "layer_key"], sort=False)))
    none = features.iloc[:0]
    rows_of = pd.Index(asked.ids).get_indexer(pd.Index(scope.rules["site_id"]))
    columns = {
        name: scope.rules[name].to_numpy() for name in ("in_jurisdiction", "border_m", "border_accuracy_m")
    }
    parts: list[Columns] = []
    for rule_id, chosen in scope.rules.groupby("rule_id", sort=False).indices.items():
        rule, rows = rulebook[str(rule_id)], rows_of[chosen]
        if rule.measure is Measure.IN_JURISDICTION:
            about = {name: values[chosen] for name, values in columns.items()}
            parts.append(_in_jurisdiction(rule, asked, rows, about))
            continue
        limit = rule.limit_on(on)
        for number, reference in enumerate(rule.measured_from):
            check = _Check(rule, reference, asked, rows, np.nan if limit is None else limit, confidence)
            readings = _speaking(readings_of(reference, catalog, rule.measure), check, of_reading, number)
            measured = [
                _read(check, reading, of_reading.get((rule.id, number, reading.layer.key), none))
                for reading in readings
            ]
            ranked = _rank(measured, asked) if measured else _nothing_held(check, catalog)
            parts.append(_mind_lost(check, ranked) if lost_to(reference, catalog) else ranked)
    if not parts:
        return empty(FINDINGS)
    together = {name: np.concatenate([part[name] for part in parts]) for name in FINDINGS}
    return conform(pd.DataFrame(framed(together)), FINDINGS)


#: Columns of Findings, and those that rank readings, as arrays.
Columns = dict[str, np.ndarray]


def _speaking(
    readings: list[Reading], check: _Check, of_reading: Mapping[Any, pd.DataFrame], number: int
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
    """One reference of one rule against the sites (``rows``) it is about; ``limit`` NaN = the plan gives none."""

    rule: Rule
    reference: Reference
    sites: AskedSites
    rows: np.ndarray
    limit: float
    confidence: float

    @property
    def known_limit(self) -> float:
        """The limit, nothing where the plan gives none."""
        return 0.0 if np.isnan(self.limit) else self.limit


def _in_jurisdiction(rule: Rule, sites: AskedSites, rows: np.ndarray, about: Columns) -> Columns:
    """City- and district-wide rules: the site's scope has the answer."""
    inside, border = about["in_jurisdiction"].astype(bool), about["border_m"]
    accuracy = about["border_accuracy_m"]
    chance = Interval.of(border, accuracy, sites.shift_m[rows]).probability(inclusive=True)
    return {
        **_blank(rule, sites.ids[rows]),
        "theme": _same("admin", len(rows)),
        "ground": np.where(inside, *_words(State.HIT, State.UNDETERMINED)),
        "cause": np.where(inside, *_words("", Cause.ACCURACY)),
        "limit_m": np.zeros(len(rows)),
        "margin_m": border,
        "distance_m": np.maximum(border, 0.0),
        "accuracy_m": accuracy,
        "probability": np.where(inside, 1.0, chance),
        "line": _same("boundary", len(rows)),
        "robust": inside,
    }


def _words(*words: str) -> list[np.ndarray]:
    """Words as arrays of their own, so that choosing among them makes no new texts."""
    return [_same(word, 1) for word in words]


def _same(word: str, count: int) -> np.ndarray:
    return np.full(count, str(word), dtype=object)


def _blank(rule: Rule, site_ids: np.ndarray) -> Columns:
    """The columns of Findings with nothing found yet."""
    n = len(site_ids)
    kinds = {"text": _same("", n), "number": np.full(n, np.nan), "flag": np.zeros(n, dtype=bool)}
    return {
        **{name: kinds[column.kind] for name, column in FINDINGS.items()},
        "site_id": site_ids,
        "rule_id": _same(rule.id, n),
        "ground": _same(State.UNDETERMINED, n),
        "reading": np.ones(n),
    }


def _nothing_held(check: _Check, catalog: LayerCatalog) -> Columns:
    """No layer serves the reference: none of the theme, or none with a line the rule accepts."""
    reference, n = check.reference, len(check.rows)
    other_lines = any(layer.may_hold(reference.where) for layer in catalog.of_theme(reference.theme))
    return {
        **_blank(check.rule, check.sites.ids[check.rows]),
        "theme": _same(reference.theme, n),
        "cause": _same(Cause.BASE_LINE if other_lines else Cause.MISSING_LAYER, n),
        "limit_m": np.full(n, check.limit),
    }


def _mind_lost(check: _Check, found: Columns) -> Columns:
    """Where a layer was set aside, only what no other layer could undo stands; all else is undetermined.

    More features can only bring a hit (or, where a site must lie inside, a miss); the layer that is not known may
    hold them.
    """
    stands = State.MISS if MEASURES[check.rule.measure].silence_hits else State.HIT
    open_ = (found["reading"] == 1) & (found["ground"] != stands)
    return {
        **found,
        "ground": np.where(open_, str(State.UNDETERMINED), found["ground"]),
        "cause": np.where(open_, str(Cause.UNREADABLE), found["cause"]),
        "probability": np.where(open_, np.nan, found["probability"]),
        "robust": found["robust"] & ~open_,
    }


def _read(check: _Check, reading: Reading, zones: pd.DataFrame) -> Columns:
    """One reading: sure features first; where they do not bite, the doubtful ones."""
    n, sites, asked = len(check.rows), check.sites, check.rows
    rule, layer = check.rule, reading.layer
    kind = MEASURES[rule.measure]
    accuracy = np.hypot(sites.accuracy_m[asked], layer.accuracy_m)
    part: Columns = {
        **_blank(rule, sites.ids[asked]),
        "theme": _same(check.reference.theme, n),
        "limit_m": np.full(n, check.limit),
        "accuracy_m": accuracy,
        "line": _same(layer.line or Line.BOUNDARY, n),
        "layer_key": _same(layer.key, n),
        "demo": np.full(n, layer.demo),
        "_order": np.full(n, reading.order),
        "_proxy": np.full(n, reading.is_proxy),
        "_better": _same(State.MISS if kind.silence_hits else State.HIT, n),
        "_row": asked,
    }
    # silence: no such feature is known here
    state = _same(State.HIT if kind.silence_hits else State.MISS, n)
    cause = _same("", n)
    robust = np.ones(n, dtype=bool)
    chance = np.full(n, 1.0 if kind.silence_hits else 0.0)
    doubts = zones["doubt"].to_numpy()
    for doubt in ["", *sorted(set(doubts) - {""})]:
        features = zones if not doubt and (doubts == "").all() else zones[doubts == doubt]
        if len(features) == 0:
            continue
        index = sites.indexes.of(features)
        taken = sites.measured(index, rule.measure, asked)
        margin = taken.margin_m
        if rule.measure is Measure.WITHIN_DISTANCE:
            margin = taken.distance_m - check.known_limit
        half = features["half_width_m"].to_numpy()[taken.feature]
        nearer = np.where(np.isnan(half), WIDEST_HALF_M, half)
        interval = Interval.of(margin, accuracy, sites.shift_m[asked], nearer, check.confidence)
        found = interval.state(rule.inclusive)
        why = interval.cause(rule.inclusive)
        rows = np.arange(n)
        if doubt:
            # a doubtful feature speaks only where the sure ones leave the rule open
            rows = np.flatnonzero((found != State.MISS) & (state != State.HIT))
            found, why = _same(State.UNDETERMINED, n), _same(doubt, n)
            likely = np.full(n, np.nan)  # whether the feature is meant is no matter of chance
        else:
            likely = interval.probability(rule.inclusive)
        state[rows], cause[rows] = found[rows], why[rows]
        chance[rows] = likely[rows]
        robust[rows] = interval.robust(rule.inclusive)[rows]
        _fill(part, rows, features, taken, interval, half)
        if not doubt:
            part["overlap_ha"], part["share"] = _overlap(check, index, margin)
    _mind_coverage(check, reading, state, cause)
    # where a layer is not known to be complete, what it does not show cannot be told in numbers
    chance[(cause == Cause.COVERAGE) | np.isnan(check.limit)] = np.nan
    return {
        **part,
        "ground": state,
        "cause": cause,
        "probability": chance,
        "robust": robust & (state != State.UNDETERMINED),
    }


def _fill(
    part: Columns,
    rows: np.ndarray,
    features: pd.DataFrame,
    taken: Measured,
    interval: Interval,
    half_width_m: Floats,
) -> None:
    names = features["feature_name"].to_numpy(dtype=object)[taken.feature]
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
        own = part[column].copy()
        own[rows] = values[rows]
        part[column] = own


def _overlap(check: _Check, index: ReferenceIndex, margin: Floats) -> tuple[Floats, Floats]:
    """Hectares and share of each footprint in the zone; of points, lines and misses nothing."""
    hectares, share = np.full((2, len(check.rows)), np.nan)
    rows = np.flatnonzero(check.sites.areas[check.rows] & (margin <= 0))
    if len(rows) == 0 or np.isnan(check.limit):
        return hectares, share
    whole = check.sites.area_m2(check.rows[rows])
    limit = check.limit if check.rule.measure is Measure.WITHIN_DISTANCE else None
    inside = check.sites.common_m2(index, limit, check.rows[rows])
    if check.rule.measure is Measure.OUTSIDE:
        inside = whole - inside
    hectares[rows] = inside / 10_000
    share[rows] = inside / whole
    return hectares, share


def _mind_coverage(check: _Check, reading: Reading, state: Words, cause: Words) -> None:
    """Where silence decides, the layers must be complete all the way to the limit about the site."""
    indexes = check.sites.indexes
    speaks = State.HIT if MEASURES[check.rule.measure].silence_hits else State.MISS
    silent = np.flatnonzero(state == speaks)
    for where in selections(check.reference):
        if len(silent) == 0:
            return
        alike = layers_alike(indexes.catalog, reading.layer, where)
        known = indexes.coverage(alike) if alike else None
        open_ = np.ones(len(silent), dtype=bool)
        if known is not None:
            open_ = ~check.sites.roomy(known, check.known_limit, check.rows[silent])
        state[silent[open_]] = str(State.UNDETERMINED)
        cause[silent[open_]] = str(Cause.COVERAGE)
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


def _rank(readings: list[Columns], sites: AskedSites) -> Columns:
    """All readings of a reference, numbered per site; readings that contradict one another are marked.

    Two lines (not stand-ins) that decide differently leave the rule undetermined: base_line.
    """
    frame = {name: np.concatenate([reading[name] for reading in readings]) for name in readings[0]}
    undecided = frame["ground"] == State.UNDETERMINED
    # any layer of the same line may hold the feature that bites: the hit counts before the miss
    quiet = frame["ground"] != frame["_better"]
    _, layer = pd.factorize(frame["layer_key"], sort=True)
    keys = [
        np.searchsorted(layer, frame["layer_key"]),
        frame["accuracy_m"],
        quiet,
        frame["_order"],
        undecided,
        frame["demo"],
        sites.place[frame["_row"]],
    ]
    order = np.lexsort(keys)
    frame = {name: values[order] for name, values in frame.items()}
    rows = frame["_row"]
    begins = np.flatnonzero(np.append(True, rows[1:] != rows[:-1])) if len(rows) else np.zeros(0, int)
    first = np.repeat(begins, np.diff(np.append(begins, len(rows))))  # of each row, where its site begins
    frame["reading"] = np.arange(len(rows)) - first + 1.0
    undecided = frame["ground"] == State.UNDETERMINED
    differs = (
        ~undecided
        & (frame["ground"] != frame["ground"][first])
        & ~undecided[first]
        & (frame["line"] != frame["line"][first])
        & ~frame["demo"]
        & ~(frame["_proxy"] | frame["_proxy"][first])
    )
    frame["cause"][first[differs]] = str(Cause.BASE_LINE)
    return frame
