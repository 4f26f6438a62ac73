"""What report, figures and workbook are made from: an assessment, its list of contents, and the language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import pandas as pd

from geo.assessment import Assessment
from geo.contracts import split
from geo.language import Lang
from geo.rule import Rule
from geo.terms import Outcome, State, strictness
from geo.verdicts import outcome_of
from geo.writers.content import Content

#: Outcomes of sites that a rule surely stops or limits.
CONFLICTING = (Outcome.PROHIBITED, Outcome.MUST_EXIT, Outcome.RESTRICTED, Outcome.CONDITIONAL)
#: Outcomes that ask nothing more of a planner.
SETTLED = (Outcome.CLEAR, Outcome.NOT_COVERED)


@dataclass(frozen=True)
class Dossier:
    """An assessment with its contents by name; what a run does not hold is None."""

    assessment: Assessment
    contents: Sequence[Content]
    lang: Lang = Lang.ZH

    def frame(self, name: str) -> pd.DataFrame | None:
        """The rows of a layer or table of the run; None where it is not held or empty."""
        found = next((content.frame for content in self.contents if content.name == name), None)
        return found if found is not None and len(found) else None

    def spatial(self, name: str) -> gpd.GeoDataFrame | None:
        """The same for a layer with geometry (EPSG:4490)."""
        found = self.frame(name)
        return found if isinstance(found, gpd.GeoDataFrame) else None

    def rule(self, rule_id: str) -> Rule:
        """A rule of the book."""
        return self.assessment.rulebook[rule_id]

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """Verdicts, the strictest outcome first, else in the order of the list; ``number`` is the row in it."""
        verdicts = self.assessment.verdicts.assign(number=range(len(self.assessment.verdicts)))
        rank = verdicts["outcome"].map(lambda value: -strictness(Outcome(value)))
        return verdicts.assign(rank=rank).sort_values(["rank", "number"]).drop(columns="rank")

    @cached_property
    def checks(self) -> pd.DataFrame:
        """The finding that decides each site × rule, hits first, then what is open, then misses.

        Of several references the strictest, of several readings the first; columns of Findings.
        """
        order = {State.HIT: 0, State.UNDETERMINED: 1, State.MISS: 2}
        deciding = self.assessment.findings[self.assessment.findings["reading"] == 1]
        ranked = deciding.assign(order=deciding["state"].map(order)).sort_values(
            ["site_id", "order", "rule_id"], kind="stable"
        )
        return ranked.drop_duplicates(["site_id", "rule_id"], keep="first").drop(columns="order")

    @cached_property
    def checks_by_site(self) -> dict[str, pd.DataFrame]:
        """:attr:`checks` by site."""
        return {str(site_id): part for site_id, part in self.checks.groupby("site_id", sort=False)}

    def checks_of(self, site_id: str) -> pd.DataFrame:
        """The checks of one site."""
        return self.checks_by_site.get(site_id, self.checks.iloc[:0])

    @cached_property
    def potential(self) -> dict[str, Outcome]:
        """By rule, what a site gets that it surely bites."""
        return {rule_id: outcome_of(self.rule(rule_id)) for rule_id in set(self.checks["rule_id"])}

    def outcome_text(self, outcome: str, demo_outcome: str = "") -> str:
        """An outcome in words; what demonstration data would make of it in brackets."""
        text = self.lang.of(Outcome(outcome))
        if not demo_outcome:
            return text
        demo = self.lang.of(Outcome(demo_outcome))
        return text + self.lang(f"（演示：{demo}）", f" (demonstration: {demo})")

    @cached_property
    def rule_ids(self) -> list[str]:
        """The rules that were checked on some site, in the order of their ids."""
        return sorted(set(self.checks["rule_id"]), key=natural)

    def deciding(self, rule_ids: str) -> list[Rule]:
        """The rules of a joined list."""
        return [self.rule(rule_id) for rule_id in split(rule_ids)]


def natural(rule_id: str) -> tuple[str, int]:
    """Rules sort by number, not by letter.

    >>> sorted(["YC-100", "YC-15", "TY-7"], key=natural)
    ['TY-7', 'YC-15', 'YC-100']
    """
    head, _, tail = rule_id.partition("-")
    return head, int(tail) if tail.isdigit() else 0
