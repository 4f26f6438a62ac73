"""An assessment: all frames of a run and where they come from; and the story of the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from geo.advice.acceptance import World
from geo.advice.conflicts import list_conflicts
from geo.advice.move_frames import no_moves, propose_moves
from geo.advice.moves import RADIUS_M
from geo.advice.survey import list_surveys, told_surveys
from geo.catalog import LayerCatalog
from geo.certificate import STALE_AFTER_YEARS, certify, rank_gaps
from geo.contracts import check, conform, empty, split, texts
from geo.coverage import check_coverage
from geo.doubt import CONFIDENCE
from geo.errors import Problem
from geo.findings import measure_sites
from geo.frames import (
    CERTIFICATE,
    CONFLICTS,
    COVERAGE,
    EXISTING,
    EXITS,
    EXPIRY,
    FINDINGS,
    GAPS,
    MOVES,
    OVERRIDES,
    REJECTED,
    SCOPE,
    SET_ASIDE,
    SITE_NOTES,
    SITES,
    STAY,
    SURVEY_NEEDED,
    VERDICTS,
    WHAT_IF,
    ZONES,
)
from geo.indexes import Indexes
from geo.layer import Layer
from geo.restoration.lost import would_serve
from geo.rule import Rule
from geo.rulebook import RuleBook
from geo.scope import SiteScope, match_sites
from geo.sites import SiteList
from geo.terms import Cause, Measure, Outcome, Theme
from geo.verdicts import judge_findings, outcomes_of
from geo.zones import find_zones, lost_to, try_needed

if TYPE_CHECKING:
    from geo.restoration.plan import Restoration

#: Told which stage begins: its Chinese name.
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Assessment:
    """Everything a run found: the one argument of every writer."""

    rulebook: RuleBook
    catalog: LayerCatalog
    on: date
    confidence: float
    sites: gpd.GeoDataFrame
    rejected: pd.DataFrame
    scope: SiteScope
    zones: gpd.GeoDataFrame
    findings: pd.DataFrame
    verdicts: pd.DataFrame
    coverage: pd.DataFrame
    certificate: gpd.GeoDataFrame
    gaps: pd.DataFrame
    site_notes: pd.DataFrame
    moves: gpd.GeoDataFrame
    moved: gpd.GeoDataFrame
    stay: gpd.GeoDataFrame
    survey_needed: gpd.GeoDataFrame
    conflicts: gpd.GeoDataFrame
    move_radius_m: float = RADIUS_M
    inputs: tuple[str, ...] = ()
    # what geo.runs adds: empty where nobody asked
    what_if: pd.DataFrame = field(default_factory=lambda: empty(WHAT_IF))
    overrides: pd.DataFrame = field(default_factory=lambda: empty(OVERRIDES))
    exits: pd.DataFrame = field(default_factory=lambda: empty(EXITS))
    existing: pd.DataFrame = field(default_factory=lambda: empty(EXISTING))
    expiry: pd.DataFrame = field(default_factory=lambda: empty(EXPIRY))
    restoration: Restoration | None = None  # None where nobody asked
    withheld: tuple[Layer, ...] = ()  # layers whose shapes are left out (geo.writers.redaction)
    # layers that could not be read, with ``keep_going``
    set_aside: pd.DataFrame = field(default_factory=lambda: empty(SET_ASIDE))
    # built for its sites, and as good for suppositions about them
    indexes: Indexes | None = field(default=None, repr=False, compare=False)

    @property
    def has_demo(self) -> bool:
        """Whether demonstration layers were consulted."""
        restored = self.restoration is not None and self.restoration.has_demo
        return bool(self.findings["demo"].any() or self.zones["demo"].any() or restored)


def assess(
    rulebook: RuleBook,
    catalog: LayerCatalog,
    sites: SiteList | gpd.GeoDataFrame,
    on: date,
    confidence: float = CONFIDENCE,
    progress: Progress = lambda stage: None,
    move_radius_m: float = RADIUS_M,
    stale_after: float = STALE_AFTER_YEARS,
) -> Assessment:
    """Screen sites: scope → zones → findings → verdicts → advice.

    ``sites`` as :func:`geo.read_sites` gives them; ``on`` chooses rules and dated values; distances in
    metres and areas in hectares on the ellipsoid. A layer that ``catalog`` set aside leaves every check it serves
    undetermined. Breached sites are moved by at most ``move_radius_m``; 0: not at
    all. Raises :class:`~geo.errors.LayerError` where a layer that a rule needs cannot be used. ``stale_after``: layers
    older than so many years are called stale in the certificate.

    >>> from geo import load_layers, load_rulebook, read_sites, starter_folder
    >>> starter = starter_folder()
    >>> sites = read_sites(starter / "example_sites.csv", datum="cgcs2000")
    >>> result = assess(load_rulebook(), load_layers(starter), sites, date(2026, 1, 1))
    >>> len(result.verdicts) == len(sites.sites)
    True
    """
    listed = sites if isinstance(sites, SiteList) else SiteList(sites, empty(REJECTED))
    catalog.try_layers(catalog.of_theme(Theme.ADMIN))
    indexes = Indexes(catalog)
    screened = screen_sites(rulebook, catalog, listed.sites, on, confidence, progress, move_radius_m, indexes)
    scope, zones, verdicts = screened.scope, screened.zones, screened.verdicts
    world = World(scope, zones, rulebook, catalog, on, confidence, indexes)
    moves = no_moves()
    if move_radius_m > 0:
        progress("寻找最小移动")
        moves = propose_moves(listed.sites, screened.measured, verdicts, world, move_radius_m)
        verdicts = verdicts.assign(move=[moves.texts.get(site_id, "") for site_id in verdicts["site_id"]])
    certificate = certify(rulebook, catalog, on, stale_after)
    return Assessment(
        rulebook=rulebook,
        catalog=catalog,
        on=on,
        confidence=confidence,
        sites=check(listed.sites, SITES),
        rejected=check(listed.rejected, REJECTED),
        scope=scope,
        zones=check(zones, ZONES),
        findings=check(screened.findings, FINDINGS),
        verdicts=check(verdicts, VERDICTS),
        coverage=check(check_coverage(rulebook, catalog, on), COVERAGE),
        moves=check(moves.moves, MOVES),
        moved=check(moves.moved, MOVES),
        stay=check(moves.stay, STAY),
        survey_needed=check(screened.surveys, SURVEY_NEEDED),
        conflicts=check(screened.conflicts, CONFLICTS),
        move_radius_m=move_radius_m,
        certificate=check(certificate, CERTIFICATE),
        gaps=check(rank_gaps(certificate), GAPS),
        site_notes=check(conform(_frame(listed.notes), SITE_NOTES), SITE_NOTES),
        inputs=tuple(str(path) for path in listed.inputs),
        set_aside=check(list_set_aside(screened.findings, rulebook, catalog), SET_ASIDE),
        indexes=indexes,
    )


@dataclass(frozen=True)
class Judged:
    """What the stages say of sites up to the verdict, each by itself: nothing here hangs on which others are in the list.

    ``measured``: the findings before they were judged.
    """

    scope: SiteScope
    zones: gpd.GeoDataFrame
    measured: pd.DataFrame
    findings: pd.DataFrame
    verdicts: pd.DataFrame


@dataclass(frozen=True)
class Screened(Judged):
    """The same, with what is to be surveyed (``settle`` of the verdicts says so too) and where rules meet."""

    surveys: gpd.GeoDataFrame
    conflicts: gpd.GeoDataFrame


def judge_sites(
    rulebook: RuleBook,
    catalog: LayerCatalog,
    sites: gpd.GeoDataFrame,
    on: date,
    confidence: float = CONFIDENCE,
    progress: Progress = lambda stage: None,
    move_radius_m: float = 0.0,
    indexes: Indexes | None = None,
) -> Judged:
    """The stages up to the verdict: scope → zones → findings → verdicts."""
    asked = (rulebook, catalog, sites, on, confidence, progress, move_radius_m, indexes)
    scope, zones, measured = _measured(*asked)
    progress("研判")
    findings, verdicts = judge_findings(sites, scope, measured, rulebook, on, confidence)
    return Judged(scope, zones, measured, findings, verdicts)


def outcomes_only(
    rulebook: RuleBook,
    catalog: LayerCatalog,
    sites: gpd.GeoDataFrame,
    on: date,
    confidence: float = CONFIDENCE,
    indexes: Indexes | None = None,
) -> list[Outcome]:
    """The outcome of each site, as :func:`judge_sites` gives it, without findings and reasons in words."""
    scope, _, measured = _measured(rulebook, catalog, sites, on, confidence, lambda stage: None, 0.0, indexes)
    return [Outcome(outcome) for outcome in outcomes_of(sites, scope, measured, rulebook)]


def _measured(
    rulebook: RuleBook,
    catalog: LayerCatalog,
    sites: gpd.GeoDataFrame,
    on: date,
    confidence: float,
    progress: Progress,
    move_radius_m: float,
    indexes: Indexes | None,
) -> tuple[SiteScope, gpd.GeoDataFrame, pd.DataFrame]:
    """The stages that measure: scope, zones, findings not judged yet."""
    progress("匹配规则与场地")
    scope = match_sites(sites, rulebook, catalog, on, confidence)
    rules = [rulebook[rule_id] for rule_id in scope.rules["rule_id"].unique()]
    check(scope.rules, SCOPE)
    progress("读取图层，确定基准要素")
    try_needed(rules, catalog)
    zones = find_zones(rules, catalog, on, sites, move_radius_m)
    progress("量算距离与重叠")
    return scope, zones, measure_sites(sites, scope, zones, rulebook, catalog, on, confidence, indexes)


def screen_sites(
    rulebook: RuleBook,
    catalog: LayerCatalog,
    sites: gpd.GeoDataFrame,
    on: date,
    confidence: float,
    progress: Progress,
    move_radius_m: float,
    indexes: Indexes,
) -> Screened:
    """The stages that look at each site by itself: those of :func:`judge_sites`, then surveys and conflicts."""
    found = judge_sites(rulebook, catalog, sites, on, confidence, progress, move_radius_m, indexes)
    scope, findings, zones = found.scope, found.findings, found.zones
    surveys = list_surveys(sites, scope, findings, zones, rulebook, catalog, confidence)
    told = told_surveys(surveys)
    settle = [
        "\n".join([line for line in [text, *told.get(site_id, [])] if line])
        for site_id, text in zip(found.verdicts["site_id"], found.verdicts["settle"], strict=True)
    ]
    verdicts = conform(found.verdicts.assign(settle=texts(settle)), VERDICTS)
    conflicts = list_conflicts(sites, scope, findings, verdicts, zones, rulebook, catalog, on)
    return Screened(scope, zones, found.measured, findings, verdicts, surveys, conflicts)


def list_set_aside(
    findings: pd.DataFrame, rulebook: RuleBook, catalog: LayerCatalog, restored: Restoration | None = None
) -> pd.DataFrame:
    """The layers set aside, with the checks that are open for want of them (columns: :data:`geo.frames.SET_ASIDE`).

    Of a run with restoration the tasks too that they would have served.
    """
    causes = findings["cause"].map(split)
    outlines = (findings["theme"] == Theme.ADMIN) & causes.map(lambda held: Cause.MISSING_LAYER in held)
    unread = findings[causes.map(lambda held: Cause.UNREADABLE in held) | outlines.to_numpy(dtype=bool)]
    rules = unread["rule_id"].unique()
    listed = restored.ledger["rule_id"].unique() if restored is not None else ()

    def left_open(layer: Layer) -> tuple[list[str], list[str]]:
        served = {rule_id for rule_id in rules if serves(layer, rulebook[rule_id], catalog)}
        tasks = [i for i in listed if would_serve(layer, rulebook.tasks[i], rulebook, catalog)]
        open_ = unread[unread["rule_id"].isin(served)]
        return [*open_["rule_id"], *tasks], [*open_["site_id"]]

    return told_aside(catalog, left_open)


def told_aside(
    catalog: LayerCatalog, left_open: Callable[[Layer], tuple[list[str], list[str]]]
) -> pd.DataFrame:
    """The layers set aside (columns: :data:`geo.frames.SET_ASIDE`), with the rules and the sites that each leaves open."""
    rows = []
    for layer in catalog.layers:
        problems = catalog.set_aside.get(layer.key)
        if problems is None:
            continue
        rule_ids, site_ids = left_open(layer)
        rows.append(
            {
                "layer_key": layer.key,
                "theme": layer.theme,
                "theme_zh": layer.theme.zh,
                "file": layer.path,
                "what": "；".join(dict.fromkeys(problem.what for problem in problems)),
                "to_do": "；".join(dict.fromkeys(problem.to_do for problem in problems)),
                "rule_ids": ";".join(dict.fromkeys(rule_ids)),
                "site_ids": ";".join(dict.fromkeys(site_ids)),
            }
        )
    return conform(pd.DataFrame(rows, columns=list(SET_ASIDE)), SET_ASIDE)


def serves(layer: Layer, rule: Rule, catalog: LayerCatalog) -> bool:
    """Whether a layer set aside would have served a rule."""
    if rule.measure is Measure.IN_JURISDICTION:
        return layer.theme is Theme.ADMIN
    return any(layer in lost_to(reference, catalog) for reference in rule.measured_from)


def _frame(notes: tuple[Problem, ...]) -> pd.DataFrame:
    return pd.DataFrame([asdict(note) for note in notes], columns=list(SITE_NOTES))
