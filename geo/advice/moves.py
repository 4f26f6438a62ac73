"""The smallest move: for a breached site, the nearest place at which it breaks no rule.

The footprint is shifted as drawn, within a radius and within its county. The search asks only for what is
known to bite: it screens the shifted site by the very stages that screened it first, adds what bites there,
and looks again, until the screening passes. Each search is a relaxation of the last question, so the first
place that passes is the nearest; what the plane about the site misjudges (millimetres) is put right by the
metres measured.
What is asked, and what may stand, is in :mod:`geo.advice.acceptance`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import shapely

from geo.advice.acceptance import TIERS, Row, Search, World, ask, is_accepted, sharpen
from geo.advice.obstacles import CENTIMETRE, Obstacle, county_of
from geo.advice.shift import KeepAway, shortest_shift
from geo.findings import measure_sites
from geo.rule import Rule
from geo.rulebook import RuleBook
from geo.scope import SiteScope, match_sites, shift_m
from geo.space import LocalPlane
from geo.terms import Measure, Outcome, State, strictness
from geo.verdicts import deciding_checks, judge_findings, outcome_of
from geo.zones import find_zones

#: How far a site is moved at most.
RADIUS_M = 10_000.0
#: More breached sites than this are not moved: the rest are told so.
SITES_UP_TO = 1_000
_ROUNDS, _SHARPENINGS = 14, 3
_BREACHES = {Outcome.PROHIBITED, Outcome.MUST_EXIT, Outcome.RESTRICTED, Outcome.CONDITIONAL}
_FORBIDS = {Outcome.PROHIBITED, Outcome.MUST_EXIT}


def breached_sites(verdicts: pd.DataFrame) -> pd.DataFrame:
    """The verdicts that a move could better: by their real outcome, else by that of demonstration data."""
    real = verdicts["outcome"].isin(_BREACHES)
    return verdicts[real | verdicts["demo_outcome"].isin(_BREACHES)]


def search_moves(
    sites: gpd.GeoDataFrame,
    measured: pd.DataFrame,
    verdicts: pd.DataFrame,
    world: World,
    radius_m: float = RADIUS_M,
    progress: Callable[[str], None] = lambda stage: None,
) -> list[Search]:
    """The searches of all breached sites (at most :data:`SITES_UP_TO`), finished.

    ``measured`` as :func:`geo.findings.measure_sites` gives it; ``radius_m`` in metres.
    """
    breached = breached_sites(verdicts).head(SITES_UP_TO)
    chosen = sites[sites["site_id"].isin(breached["site_id"])]
    if len(chosen) == 0:
        return []
    real = dict(zip(breached["site_id"], breached["outcome"].isin(_BREACHES), strict=True))
    narrow = replace(world, scope=_narrowed(world, set(chosen["site_id"])))
    keys = narrow.scope.rules.set_index(["site_id", "rule_id"]).index
    own = measured[pd.MultiIndex.from_frame(measured[["site_id", "rule_id"]]).isin(keys)]
    judged = _by_site(own, narrow)
    shifts = shift_m(chosen)
    searches = []
    for number, site in enumerate(chosen.to_dict("records")):
        middle = shapely.centroid(site["geometry"])
        checks, readings = judged.get(site["site_id"], ({}, {}))
        search = Search(
            site,
            not real[site["site_id"]],
            LocalPlane(middle.x, middle.y),
            county_of(site, world.catalog, world.confidence, float(shifts[number])),
            checks,
            readings,
        )
        search.everywhere = _everywhere(search, world.rulebook)
        searches.append(search)
    open_ = [search for search in searches if not search.everywhere and _begin(search, world, radius_m)]
    while open_:
        progress(f"寻找最小移动（{len(open_)} 个场地）")
        found = _screen(open_, narrow)
        open_ = [
            search
            for search in open_
            if _look_again(search, found.get(search.site["site_id"], ({}, {})), world, radius_m)
        ]
    _screen_again([search for search in searches if search.best is not None], world)
    return searches


def _everywhere(search: Search, rulebook: RuleBook) -> list[str]:
    """The rules of a whole city or district that no place within it cures: those that forbid; those that
    restrict only where no rule of a place bites as well."""
    hits = [rule_id for rule_id, check in search.checks.items() if check[search.column] == State.HIT]
    whole = [rule_id for rule_id in hits if rulebook[rule_id].measure is Measure.IN_JURISDICTION]
    forbids = [rule_id for rule_id in whole if outcome_of(rulebook[rule_id]) in _FORBIDS]
    return sorted(forbids or (whole if len(whole) == len(hits) else []))


def _narrowed(world: World, site_ids: set[str]) -> SiteScope:
    """The scope of some sites by the rules that could block: advice never does."""
    rules = world.scope.rules
    strict = {
        rule_id
        for rule_id in set(rules["rule_id"])
        if strictness(outcome_of(world.rulebook[rule_id])) > strictness(Outcome.ADVISED)
    }
    kept = rules["site_id"].isin(site_ids) & rules["rule_id"].isin(strict)
    return SiteScope(rules[kept].reset_index(drop=True), world.scope.plans)


def _by_site(measured: pd.DataFrame, world: World) -> dict[str, tuple[dict[str, Row], dict[str, list[Row]]]]:
    """Per site the deciding check of each rule and all readings of each rule, judged."""
    judged, deciding = deciding_checks(measured, world.scope, world.rulebook, world.on)
    result: dict[str, tuple[dict[str, Row], dict[str, list[Row]]]] = {}
    for row in deciding.to_dict("records"):
        result.setdefault(row["site_id"], ({}, {}))[0][row["rule_id"]] = row
    for row in judged.to_dict("records"):
        result[row["site_id"]][1].setdefault(row["rule_id"], []).append(row)
    return result


def _begin(search: Search, world: World, radius_m: float) -> bool:
    """Begin a tier: what bites where the site stands; False where the search has ended without a place."""
    while search.tier < len(TIERS):
        search.obstacles, search.extra_m, search.shapes = {}, {}, {}
        search.rounds = 0
        if search.county is not None:
            search.obstacles[search.county.key] = search.county
        if ask(search, search.checks, search.readings, world) and _step(search, radius_m):
            return True
        search.tier += 1
    search.tier = len(TIERS) - 1
    return False


def _step(search: Search, radius_m: float) -> bool:
    """The shortest shift that keeps to all that is asked for; False where none is within the radius."""
    for reach in (radius_m / 16, radius_m / 4, radius_m):
        found = shortest_shift(
            [_keep_away(search, obstacle, reach) for obstacle in search.obstacles.values()], reach
        )
        if found is not None:
            search.shift = found
            return True
    return False


def _keep_away(search: Search, obstacle: Obstacle, reach_m: float) -> KeepAway:
    key = (obstacle.key, reach_m)
    if key not in search.shapes:
        search.shapes[key] = obstacle.keep_away(search.footprint, search.plane, reach_m, 0.0)
    drawn, extra = search.shapes[key], search.extra_m.get(obstacle.key, 0.0)
    return KeepAway(drawn.shifts, max(drawn.metres + extra, CENTIMETRE / 2))


def _screen(searches: list[Search], world: World) -> dict[str, tuple[dict[str, Row], dict[str, list[Row]]]]:
    """The moved sites, measured and judged."""
    return _by_site(
        measure_sites(
            _moved_sites(searches),
            _of_sites(world.scope, searches),
            world.zones,
            world.rulebook,
            world.catalog,
            world.on,
            world.confidence,
            world.indexes,
        ),
        world,
    )


def _of_sites(scope: SiteScope, searches: list[Search]) -> SiteScope:
    ids = {search.site["site_id"] for search in searches}
    return SiteScope(scope.rules[scope.rules["site_id"].isin(ids)].reset_index(drop=True), scope.plans)


def _moved_sites(searches: list[Search]) -> gpd.GeoDataFrame:
    rows = [
        {**search.site, "geometry": search.moved(shift)}
        for search in searches
        if (shift := search.shift) is not None
    ]
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490")


def _look_again(
    search: Search,
    screened: tuple[dict[str, Row], dict[str, list[Row]]],
    world: World,
    radius_m: float,
) -> bool:
    """Whether the search goes on after a screening of the place it came to."""
    checks, readings = screened
    search.rounds += 1
    passed = all(
        world.rulebook[rule_id].measure is Measure.IN_JURISDICTION
        or is_accepted(search, check, readings[rule_id], world)
        for rule_id, check in checks.items()
    )
    if passed:
        assert search.shift is not None
        if search.best is None or search.shift.length_m < search.best.length_m:
            search.best, search.held = search.shift, _held(search)
        search.sharpened += 1
        return (
            search.sharpened < _SHARPENINGS and sharpen(search, readings, world) and _step(search, radius_m)
        )
    if search.best is not None:
        return False  # a place sharpened by too much: the one before stands
    if search.rounds < _ROUNDS and ask(search, checks, readings, world) and _step(search, radius_m):
        return True
    search.tier += 1
    return _begin(search, world, radius_m)


def _held(search: Search) -> tuple[str, ...]:
    """The rules that hold a place, the county as an empty text."""
    assert search.shift is not None
    keys = list(search.obstacles)
    return tuple(sorted({keys[number][0] for number in search.shift.held_by}))


def _screen_again(searches: list[Search], world: World) -> None:
    """Screen every site at its new place from the beginning; a place that does not pass is no place."""
    if not searches:
        return
    for search in searches:
        search.shift = search.best
    moved = _moved_sites(searches)
    scope = match_sites(moved, world.rulebook, world.catalog, world.on, world.confidence)
    new = set(scope.rules["rule_id"]) - set(world.scope.rules["rule_id"])
    zones = world.zones
    if new:
        more = find_zones([world.rulebook[rule_id] for rule_id in sorted(new)], world.catalog, world.on)
        zones = gpd.GeoDataFrame(pd.concat([zones, more], ignore_index=True), crs=zones.crs)
    measured = measure_sites(
        moved, scope, zones, world.rulebook, world.catalog, world.on, world.confidence, world.indexes
    )
    findings, verdicts = judge_findings(moved, scope, measured, world.rulebook, world.on, world.confidence)
    hits = findings[findings["state"] == State.HIT].groupby("site_id")["rule_id"].agg(set).to_dict()
    for search, verdict in zip(searches, verdicts.to_dict("records"), strict=True):
        search.verdict = verdict
        broken = {
            rule_id for rule_id in hits.get(search.site["site_id"], set()) if _blocks(world.rulebook[rule_id])
        }
        if broken:
            search.passed, search.best, search.held = False, None, tuple(sorted(broken))


def _blocks(rule: Rule) -> bool:
    return (
        rule.measure is not Measure.IN_JURISDICTION
        and strictness(outcome_of(rule)) > strictness(Outcome.ADVISED)
    ) or (rule.measure is Measure.IN_JURISDICTION and outcome_of(rule) in _FORBIDS)
