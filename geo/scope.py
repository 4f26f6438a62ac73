"""Scope: which rules are about which sites, by place, date, development, industry and exception."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.catalog import LayerCatalog
from geo.contracts import conform, empty, framed, split
from geo.datums import UNDECLARED_SHIFT_M
from geo.doubt import CONFIDENCE, Interval, Words, quantile
from geo.frames import SCOPE
from geo.index import Places
from geo.industries import Facts
from geo.kinds import Ints, codes_of, kinds_of
from geo.rule import Rule, RuleException, When
from geo.rulebook import RuleBook
from geo.space import Floats
from geo.terms import Datum, Fact, Match, Process, Purpose, State

#: Metres beyond a border of divisions that a site does not lie in, up to which its distance is told.
BESIDE_M = 1_000.0
GRANTED, EVIDENCE = "granted", "evidence"
MET, UNMET, UNKNOWN = "met", "unmet", "unknown"


@dataclass(frozen=True)
class Membership:
    """Per site: surely in (hit), surely out (miss) or not sure of a set of divisions.

    ``border_m`` is the distance to their border, negative inside; NaN where declared or unknown,
    and where they lie outside by more than all doubt and :data:`BESIDE_M`.
    ``contradicted`` marks a declared code that the position denies.
    """

    state: Words
    border_m: Floats
    accuracy_m: Floats
    contradicted: np.ndarray


@dataclass(frozen=True)
class SiteScope:
    """``rules``: the Scope frame. ``plans``: per plan id the sites' membership of its city."""

    rules: pd.DataFrame
    plans: dict[str, Membership]


def shift_m(sites: gpd.GeoDataFrame) -> Floats:
    """How far each site may be off for want of a declared datum, in metres."""
    return np.where(sites["datum"].to_numpy() == Datum.UNDECLARED, UNDECLARED_SHIFT_M, 0.0)


def facts_of(industry: str, processes: str, purpose: str, figures: str) -> Facts:
    """What a site states of its industry.

    >>> facts_of("3120", "short_process;!new_capacity", "project", "").denied == {Process.NEW_CAPACITY}
    True
    """
    stated = split(processes)
    return Facts(
        tuple(split(industry)),
        frozenset(Process(p) for p in stated if not p.startswith("!")),
        frozenset(Process(p[1:]) for p in stated if p.startswith("!")),
        Purpose(purpose),
        tuple(
            (Fact(key), float(value)) for key, _, value in (item.partition("=") for item in split(figures))
        ),
    )


def locate(
    sites: gpd.GeoDataFrame,
    adcodes: Iterable[str],
    catalog: LayerCatalog,
    confidence: float = CONFIDENCE,
    places: Places | None = None,
) -> Membership:
    """Whether sites lie in the divisions whose codes begin with ``adcodes``.

    A declared code decides; a position that surely lies inside counts too. On the border (within the
    doubt) a site without a declared code is undetermined: it gets both cities' rules. ``places``: their footprints,
    where several areas are asked about.
    """
    codes = tuple(adcodes)
    declared = sites["adcode"].to_numpy()
    has_code = declared != ""
    said_in = np.array([code.startswith(codes) for code in declared], dtype=bool) & has_code
    index = catalog.border_of(codes)
    divisions = catalog.divisions()
    n = len(sites)
    if index is None or divisions is None:
        # no polygons of these divisions: a declared code still decides
        known_elsewhere = divisions is not None
        unknown = State.MISS if known_elsewhere else State.UNDETERMINED
        state = np.where(said_in, State.HIT, np.where(has_code, State.MISS, unknown)).astype(object)
        nothing = np.full(n, np.nan)
        return Membership(state, nothing, nothing, np.zeros(n, dtype=bool))
    held = Places(sites.geometry.to_numpy()) if places is None else places
    geometries = held.sites
    area = index.geometries[0]
    shapely.prepare(area)
    inside = shapely.contains_properly(area, geometries)
    crossing = shapely.intersects(area, geometries) & ~inside
    inside[crossing] = index.overlaps(geometries[crossing])
    accuracy = np.hypot(sites["accuracy_m"].to_numpy(), float(divisions["accuracy_m"].max()))
    shift = shift_m(sites)
    border = np.empty(n)
    meets = crossing & ~inside
    border[meets] = index.nearest(held.only(np.flatnonzero(meets))).distance_m
    border[inside] = -index.depth_m(held.only(np.flatnonzero(inside)))
    apart = ~inside & ~crossing
    declared_apart = np.flatnonzero(apart & said_in)
    border[declared_apart] = index.nearest_edge(held.only(declared_apart)).distance_m
    # of all others it matters only how far from the border they are where they may yet lie within, or lie beside it
    elsewhere = np.flatnonzero(apart & ~said_in)
    doubt_m = float((quantile(confidence) * accuracy + shift).max(initial=0.0))
    border[elsewhere] = np.inf
    asked_m = max(doubt_m, BESIDE_M) + 1.0
    near = elsewhere[shapely.intersects(_box_about(area, asked_m), geometries[elsewhere])]
    border[near] = index.nearest_edge(geometries[near], asked_m).distance_m
    by_place = Interval.of(border, accuracy, shift, confidence=confidence).state(inclusive=True)
    surely_in = by_place == State.HIT
    state = np.where(said_in | surely_in, State.HIT, np.where(has_code, State.MISS, by_place)).astype(object)
    contradicted = (said_in & (by_place == State.MISS)) | (has_code & ~said_in & surely_in)
    return Membership(state, np.where(np.isinf(border), np.nan, border), accuracy, contradicted)


def _box_about(area: shapely.Geometry, metres: float) -> shapely.Geometry:
    """A box that nothing within so many metres of an area lies beyond."""
    west, south, east, north = area.bounds
    widened = metres / 60_000  # no degree is shorter in China
    return shapely.box(west - widened, south - widened, east + widened, north + widened)


def match_sites(
    sites: gpd.GeoDataFrame,
    rulebook: RuleBook,
    catalog: LayerCatalog,
    on: date,
    confidence: float = CONFIDENCE,
) -> SiteScope:
    """The rules that are about each site: a row a site and rule (columns: :data:`geo.frames.SCOPE`).

    A rule whose jurisdiction, dates, developments or industries leave a site out gives no row.
    """
    footprints = Places(sites.geometry.to_numpy()).prepared()
    places = {code: locate(sites, code, catalog, confidence, footprints) for code in _areas(rulebook)}
    plans = {plan.id: places[(plan.adcode,)] for plan in rulebook.plans.values()}
    kind, first = kinds_of(
        *(sites[name].to_numpy() for name in ("industry", "processes", "purpose", "facts"))
    )
    stated = sites.iloc[first]
    kinds = [
        facts_of(*of_kind)
        for of_kind in zip(
            stated["industry"], stated["processes"], stated["purpose"], stated["facts"], strict=True
        )
    ]
    development, developments = codes_of(sites["development"].to_numpy())
    ids = sites["site_id"].to_numpy(dtype=object)
    parts: list[dict[str, np.ndarray]] = []
    for rule in rulebook.in_force(on):
        place = places[tuple(rule.jurisdiction.adcode)]
        found = [rulebook.match(rule, facts) for facts in kinds]
        meant = np.array([match is not Match.FOREIGN for match, _ in found], dtype=bool)[kind]
        wanted = {str(d) for d in rule.applies_to.developments}
        meant &= np.array([bool(wanted.intersection(split(each))) for each in developments], dtype=bool)[
            development
        ]
        rows = np.flatnonzero(meant & (place.state != State.MISS))
        if len(rows) == 0:
            continue
        match, word = _pairs(found)
        both, example = kinds_of(kind[rows], development[rows])
        required, requirement = _pairs(
            [_required(rule, kinds[kind[row]], developments[development[row]]) for row in rows[example]]
        )
        exception, excepted = _exceptions(rule, sites, rows, kind, kinds, on)
        parts.append(
            {
                "site_id": ids[rows],
                "rule_id": np.full(len(rows), rule.id, dtype=object),
                "match": match[kind[rows]],
                "word": word[kind[rows]],
                "in_jurisdiction": place.state[rows] == State.HIT,
                "border_m": place.border_m[rows],
                "border_accuracy_m": place.accuracy_m[rows],
                "exception": exception,
                "excepted": excepted,
                "required": required[both],
                "requirement": requirement[both],
            }
        )
    if not parts:
        return SiteScope(empty(SCOPE), plans)
    together = {name: np.concatenate([part[name] for part in parts]) for name in SCOPE}
    return SiteScope(conform(pd.DataFrame(framed(together)), SCOPE), plans)


def _pairs(found: Sequence[tuple[str, str]]) -> np.ndarray:
    """Two arrays of plain texts from pairs of them."""
    result = np.empty((2, len(found)), dtype=object)
    for number in (0, 1):
        result[number] = [str(pair[number]) for pair in found]
    return result


def _areas(rulebook: RuleBook) -> set[tuple[str, ...]]:
    areas = {tuple(rule.jurisdiction.adcode) for rule in rulebook.rules.values()}
    return areas | {(plan.adcode,) for plan in rulebook.plans.values()}


def _required(rule: Rule, facts: Facts, development: str) -> tuple[str, str]:
    """Whether what a rule requires of a project is met, and the requirement that decides.

    A project that is several kinds of development must meet what is asked of each.
    """
    if not rule.requires:
        return "", ""
    kinds = set(split(development))
    asked = [r for r in rule.requires if not r.developments or kinds.intersection(map(str, r.developments))]
    stated = [(facts.meets(requirement), requirement.zh) for requirement in asked]
    for met, status in ((False, UNMET), (None, UNKNOWN)):
        deciding = [zh for found, zh in stated if found is met]
        if deciding:
            return status, deciding[0]
    return MET, "、".join(zh for _, zh in stated)


def _exceptions(
    rule: Rule, sites: gpd.GeoDataFrame, rows: Ints, kind: Ints, kinds: Sequence[Facts], on: date
) -> np.ndarray:
    """The exception each site falls under and whether it is granted or needs evidence, once for sites alike."""
    if not rule.exceptions:
        return np.full((2, len(rows)), "", dtype=object)
    chosen = sites[["name", "evidence"]].iloc[rows]
    named = any(exception.when.names for exception in rule.exceptions)
    names = chosen["name"].to_numpy() if named else np.zeros(len(rows))
    alike, example = kinds_of(kind[rows], chosen["evidence"].to_numpy(), names)
    stated = chosen.iloc[example]
    found = [
        _exception(rule, name, evidence, kinds[of_kind], on)
        for name, evidence, of_kind in zip(
            stated["name"], stated["evidence"], kind[rows[example]], strict=True
        )
    ]
    return _pairs(found)[:, alike]


def _exception(rule: Rule, name: str, evidence: str, facts: Facts, on: date) -> tuple[str, str]:
    """The exception a site falls under and whether it is granted or needs evidence."""
    held = split(evidence)
    fitting = [e for e in rule.exceptions if _open(e, on) and _fits(e.when, facts, name)]
    for exception in fitting:
        if exception.evidence is None or exception.id in held:
            return exception.id, GRANTED
    return (fitting[0].id, EVIDENCE) if fitting else ("", "")


def _open(exception: RuleException, on: date) -> bool:
    return exception.until is None or on <= exception.until


def _fits(when: When, facts: Facts, name: str) -> bool:
    return (
        (not when.industries or any(code.startswith(tuple(when.industries)) for code in facts.codes))
        and all(process in facts.processes for process in when.processes)
        and (not when.names or any(word in name for word in when.names))
    )
