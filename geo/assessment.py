"""An assessment: all frames of a run and where they come from; and the story of the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import pandas as pd

from geo.catalog import LayerCatalog
from geo.coverage import check_coverage
from geo.doubt import CONFIDENCE
from geo.findings import measure_sites
from geo.frames import (
    COVERAGE,
    EXISTING,
    EXITS,
    EXPIRY,
    FINDINGS,
    OVERRIDES,
    REJECTED,
    SCOPE,
    SITES,
    VERDICTS,
    WHAT_IF,
    ZONES,
    check,
    empty,
)
from geo.rulebook import RuleBook
from geo.scope import SiteScope, match_sites
from geo.sites import SiteList
from geo.verdicts import judge_findings
from geo.zones import find_zones

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
    inputs: tuple[str, ...] = ()
    # what geo.runs adds: empty where nobody asked
    what_if: pd.DataFrame = field(default_factory=lambda: empty(WHAT_IF))
    overrides: pd.DataFrame = field(default_factory=lambda: empty(OVERRIDES))
    exits: pd.DataFrame = field(default_factory=lambda: empty(EXITS))
    existing: pd.DataFrame = field(default_factory=lambda: empty(EXISTING))
    expiry: pd.DataFrame = field(default_factory=lambda: empty(EXPIRY))

    @property
    def has_demo(self) -> bool:
        """Whether demonstration layers were consulted."""
        return bool(self.findings["demo"].any() or self.zones["demo"].any())


def assess(
    rulebook: RuleBook,
    catalog: LayerCatalog,
    sites: SiteList | gpd.GeoDataFrame,
    on: date,
    confidence: float = CONFIDENCE,
    progress: Progress = lambda stage: None,
) -> Assessment:
    """Screen sites: scope → zones → findings → verdicts.

    ``sites`` as :func:`geo.read_sites` gives them; ``on`` chooses rules and dated values; distances in
    metres and areas in hectares on the ellipsoid. Raises :class:`~geo.errors.LayerError` where a layer
    that a rule needs cannot be used.

    >>> from geo import load_layers, load_rulebook, read_sites, starter_folder
    >>> starter = starter_folder()
    >>> sites = read_sites(starter / "example_sites.csv", datum="cgcs2000")
    >>> result = assess(load_rulebook(), load_layers(starter), sites, date(2026, 1, 1))
    >>> len(result.verdicts) == len(sites.sites)
    True
    """
    listed = sites if isinstance(sites, SiteList) else SiteList(sites, empty(REJECTED))
    progress("匹配规则与场地")
    scope = match_sites(listed.sites, rulebook, catalog, on, confidence)
    rules = [rulebook[rule_id] for rule_id in dict.fromkeys(scope.rules["rule_id"])]
    check(scope.rules, SCOPE)
    progress("读取图层，确定基准要素")
    zones = find_zones(rules, catalog, on)
    progress("量算距离与重叠")
    measured = measure_sites(listed.sites, scope, zones, rulebook, catalog, on, confidence)
    progress("研判")
    findings, verdicts = judge_findings(listed.sites, scope, measured, rulebook, on)
    return Assessment(
        rulebook=rulebook,
        catalog=catalog,
        on=on,
        confidence=confidence,
        sites=check(listed.sites, SITES),
        rejected=check(listed.rejected, REJECTED),
        scope=scope,
        zones=check(zones, ZONES),
        findings=check(findings, FINDINGS),
        verdicts=check(verdicts, VERDICTS),
        coverage=check(check_coverage(rulebook, catalog, on), COVERAGE),
        inputs=tuple(str(path) for path in listed.inputs),
    )
