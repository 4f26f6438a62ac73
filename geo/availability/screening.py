"""Places screened for a use just as sites are, and what single rules do to the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.availability.use import Use
from geo.catalog import LayerCatalog
from geo.contracts import split
from geo.doubt import CONFIDENCE
from geo.findings import measure_sites
from geo.rule import Rule
from geo.rulebook import RuleBook
from geo.scope import SiteScope, match_sites
from geo.space import Geometries
from geo.terms import Cause, Effect, Outcome, State
from geo.verdicts import judge_checks, outcome_of, stand
from geo.zones import find_zones

#: Causes that a layer, or a better one, would settle.
_OF_LAYERS = frozenset(
    {
        Cause.MISSING_LAYER,
        Cause.UNREADABLE,
        Cause.COVERAGE,
        Cause.BASE_LINE,
        Cause.REACH,
        Cause.FEATURE_FACT,
        Cause.ACCURACY,
        Cause.DEMO,
    }
)


@dataclass(frozen=True)
class Setting:
    """What places are screened by: rules, layers, day, confidence."""

    rulebook: RuleBook
    catalog: LayerCatalog
    on: date
    confidence: float = CONFIDENCE

    def scope(self, sites: gpd.GeoDataFrame) -> SiteScope:
        """The rules that are about sites."""
        return match_sites(sites, self.rulebook, self.catalog, self.on, self.confidence)

    def rules_of(self, scope: SiteScope) -> list[Rule]:
        """The rules of a scope, each once."""
        return [self.rulebook[rule_id] for rule_id in dict.fromkeys(scope.rules["rule_id"])]

    def zones(self, sites: gpd.GeoDataFrame, scope: SiteScope, moved_m: float = 0.0) -> gpd.GeoDataFrame:
        """The features that the rules of a scope measure from, as far as they can matter to the sites."""
        return find_zones(self.rules_of(scope), self.catalog, self.on, sites, moved_m)


@dataclass(frozen=True)
class Check:
    """The check that decides a rule at a place; ``cause``: all causes that leave it open, joined."""

    rule_id: str
    state: State
    cause: str


@dataclass(frozen=True)
class Screened:
    """Places with their verdicts (a row a place) and the check that decides each rule (a row a place and rule)."""

    verdicts: pd.DataFrame
    checks: pd.DataFrame
    open_themes: Mapping[tuple[str, str], frozenset[str]]  # of a place and rule: see screen_places
    rulebook: RuleBook

    @cached_property
    def told(self) -> list[dict[str, str]]:
        """The verdicts, one a place, with the columns that say what decides."""
        columns = [
            "site_id",
            "outcome",
            "demo_outcome",
            "deciding_rule_ids",
            "undetermined_rule_ids",
        ]
        held = zip(*(self.verdicts[name] for name in columns), strict=True)
        return [dict(zip(columns, map(str, row), strict=True)) for row in held]

    @cached_property
    def _rows(self) -> dict[str, list[Check]]:
        rows: dict[str, list[Check]] = {}
        named = (self.checks[name] for name in ("site_id", "rule_id", "state", "cause"))
        for site_id, rule_id, state, cause in zip(*named, strict=True):
            rows.setdefault(site_id, []).append(Check(rule_id, State(state), cause))
        return rows

    @cached_property
    def _potential(self) -> dict[str, tuple[Outcome, bool]]:
        book = self.rulebook
        return {
            rule_id: (outcome_of(book[rule_id]), book[rule_id].effect is Effect.INFORM)
            for rule_id in set(self.checks["rule_id"])
        }

    def checks_of(self, site_id: str) -> list[Check]:
        """The deciding checks of a place, one a rule."""
        return self._rows.get(site_id, [])

    def outcome_without(self, site_id: str, left_out: set[str]) -> Outcome:
        """What the place would get, were some rules not there. Only of places that some plan covers."""
        held = [check for check in self.checks_of(site_id) if check.rule_id not in left_out]
        return stand((check.state, *self._potential[check.rule_id]) for check in held).outcome


def screen_places(use: Use, places: Geometries, setting: Setting) -> Screened:
    """Screen places (EPSG:4490) for a use: the stages of :func:`geo.assess` up to verdicts, nothing else.

    ``site_id`` is P0, P1 … in the order of the places. ``open_themes``: of each place and rule the themes whose layers
    leave its check open; with "" where something that is no layer leaves it open too.
    """
    sites = use.sites(np.asarray(places, dtype=object))
    scope = setting.scope(sites)
    zones = setting.zones(sites, scope)
    book, catalog = setting.rulebook, setting.catalog
    measured = measure_sites(sites, scope, zones, book, catalog, setting.on, setting.confidence)
    judged, checks, verdicts = judge_checks(sites, scope, measured, book, setting.on, setting.confidence)
    undecided = judged[(judged["reading"] == 1) & (judged["state"] == State.UNDETERMINED)]
    themes: dict[tuple[str, str], set[str]] = {}
    for site_id, rule_id, theme, causes in zip(
        *(undecided[name] for name in ("site_id", "rule_id", "theme", "cause")), strict=True
    ):
        stated = set(split(causes))
        own = themes.setdefault((site_id, rule_id), set())
        own |= ({theme} if stated & _OF_LAYERS else set()) | ({""} if stated - _OF_LAYERS else set())
    return Screened(verdicts, checks, {key: frozenset(held) for key, held in themes.items()}, book)
