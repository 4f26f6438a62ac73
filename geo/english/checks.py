"""The checks of an assessment and its verdicts in English, row by row from Findings and Scope."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

import geo.wording as wording
from geo.assessment import Assessment
from geo.contracts import split
from geo.doubt import accuracy_that_settles
from geo.english.tables import REASONS, names_in, tell
from geo.english.words import base_line, chance, cite, deadline, heading, metres, relation, survey
from geo.rule import Plan, Requirement, Rule
from geo.scope import GRANTED, MET, UNMET
from geo.terms import Cause, Match, Outcome, State, Theme

Row = Mapping[str, Any]


class Teller:
    """Words of one assessment, Chinese to English, row by row."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.book = assessment.rulebook
        self.requirements = {r.zh: r.en for rule in self.book.rules.values() for r in _requirements(rule)}
        joined = assessment.findings.merge(assessment.scope.rules, on=["site_id", "rule_id"], how="left")
        self.names = names_in(self.book)
        self.settles: dict[str, str] = {}
        self.reasons: list[str] = []
        told: dict[tuple[str, str], str] = {}
        for row in joined.to_dict("records"):
            rule = self.book[row["rule_id"]]
            english = self._reason(rule, row)
            self.reasons.append(english)
            told[row["site_id"], row["reason"]] = english
            self._settle(rule, row)
        self.told = told

    def verdicts(self) -> pd.DataFrame:
        """The verdicts, each sentence in English."""
        verdicts = self.assessment.verdicts
        rows = verdicts.to_dict("records")
        remedies = {rule.remedy.zh: rule.remedy.en for rule in self.book.rules.values()}
        cites = {
            f"{rule.id} {wording.cite(self.book.plan_of(rule), rule)}": f"{rule.id} {cite(self.book.plan_of(rule), rule)}"
            for rule in self.book.rules.values()
        }
        return verdicts.assign(
            reasons=[self._reasons(row) for row in rows],
            settle=[
                _lines(row["settle"], lambda line: self.settles.get(line) or survey(line)) for row in rows
            ],
            remedy=[_lines(row["remedy"], remedies.get) for row in rows],
            citations=[_lines(row["citations"], cites.get) for row in rows],
            governing=[self._governing(row["governing"]) for row in rows],
            jurisdictions=[_lines(row["jurisdictions"], self._jurisdiction) for row in rows],
            **{
                name: [_lines(row[name], lambda line: tell(line, self.names)) for row in rows]
                for name in ("move", "readings", "expires_why")
                if name in verdicts.columns
            },
        )

    def _reasons(self, row: Row) -> str:
        if row["outcome"] == Outcome.NOT_COVERED:
            return "outside the plans held"
        if row["checks"] == 0:
            return "no rule held is about a project of this kind"
        found = [self.told.get((row["site_id"], line)) for line in row["reasons"].splitlines()]
        if not any(found):
            return f"{row['checks']:.0f} rules checked, none touched"
        return "\n".join(line for line in found if line)

    def _reason(self, rule: Rule, row: Row) -> str:
        parts = [relation(rule, row)]
        if row["excepted"] == GRANTED:
            title = next(e.title.en for e in rule.exceptions if e.id == row["exception"])
            parts.append(f"falls under the exception “{title}”")
        required = {MET: "the condition is met", UNMET: "the condition is not met"}
        if row["required"] in required:
            parts.append(f"{required[row['required']]}: {self._required(row['requirement'])}")
        plan = self.book.plan_of(rule)
        parts += [self._why_open(rule, plan, Cause(cause), row) for cause in split(row["cause"])]
        if row["state"] != State.MISS:
            parts.append(deadline(rule, self.assessment.on))
        return f"{heading(rule)}: " + "; ".join(part for part in parts if part)

    def _settle(self, rule: Rule, row: Row) -> None:
        plan = self.book.plan_of(rule)
        for cause in split(row["cause"]):
            chinese = wording.settle(rule, plan, Cause(cause), row, self.assessment.confidence)
            self.settles[chinese] = self._settled_by(rule, plan, Cause(cause), row)

    def _required(self, text: str) -> str:
        """Requirements joined by 、, the longest known first; the plan's own words stay."""
        for chinese in sorted(self.requirements, key=len, reverse=True):
            text = text.replace(chinese, self.requirements[chinese])
        return text.replace("、", ", ")

    def _unstated(self, row: Row) -> str:
        if row["match"] == Match.UNSURE:
            return f"whether it is “{self._required(row['word'])}”"
        return f"whether it meets “{self._required(row['requirement'])}”"

    def _why_open(self, rule: Rule, plan: Plan, cause: Cause, row: Row) -> str:
        place = Theme(row["theme"]).en if row["theme"] else "administrative divisions"
        return {
            Cause.MISSING_LAYER: f"no layer of {place}",
            Cause.UNREADABLE: f"a layer of {place} could not be read and was set aside; it might change the result",
            Cause.COVERAGE: f"nothing says that the layer of {place} is complete here: not found does not mean not there",
            Cause.BASE_LINE: base_line(rule, row),
            Cause.DISTANCE_NOT_GIVEN: "the plan gives no distance",
            Cause.REACH: "only a reach outside the clause's is near",
            Cause.OPEN_LIST: f"the industry is similar to the list ({row['word']}), which is open and does not name it"
            if row["match"] == Match.SIMILAR
            else "no list says whether this river (place) is among those meant",
            Cause.FEATURE_FACT: f"the layer of {place} lacks an attribute that the rule needs",
            Cause.SITE_FACT: f"the project does not state {self._unstated(row)}",
            Cause.EVIDENCE: f"claims the exception “{_exception(rule, row)}”, without evidence yet",
            Cause.DATUM: "the datum is not declared: the position may be 640 m off" + chance(row),
            Cause.ACCURACY: f"accuracy ±{metres(row['accuracy_m'])} straddles the limit" + chance(row),
            Cause.DRAFT_PLAN: "the plan is a draft and does not bind yet",
            Cause.DEMO: f"the layer {row['layer_key']} is demonstration data",
        }[cause]

    def _settled_by(self, rule: Rule, plan: Plan, cause: Cause, row: Row) -> str:
        place = Theme(row["theme"]).en if row["theme"] else "administrative divisions"
        preferred = rule.measured_from[0].line if rule.measured_from else None
        line = preferred.en if preferred is not None else "boundary"
        evidence = next(
            (e.evidence.en for e in rule.exceptions if e.id == row["exception"] and e.evidence), "evidence"
        )
        return {
            Cause.MISSING_LAYER: f"get a layer of {place}",
            Cause.UNREADABLE: f"mend the layer of {place} that could not be read, and screen again",
            Cause.COVERAGE: f"get a layer of {place} that covers this place, or state its extent (covers) in the manifest",
            Cause.BASE_LINE: f"get the {line} of {place} as drawn by the authority",
            Cause.DISTANCE_NOT_GIVEN: f"ask for the distance: {plan.office}",
            Cause.REACH: f"ask where the reach begins and ends: {plan.office}",
            Cause.OPEN_LIST: f"ask whether the list means it: {plan.office}",
            Cause.FEATURE_FACT: f"complete the attributes of the layer of {place}",
            Cause.SITE_FACT: f"state {self._unstated(row)}",
            Cause.EVIDENCE: f"hand in: {evidence}",
            Cause.DATUM: "declare the datum (--datum, or the column datum)",
            Cause.ACCURACY: f"survey the {line} here and the site's boundary, to better than {self._needed(row)}",
            Cause.DRAFT_PLAN: "wait for the plan as issued",
            Cause.DEMO: f"Replace the demonstration layer {row['layer_key']}",
        }[cause]

    def _needed(self, row: Row) -> str:
        """The standard error at which the margin measured would decide."""
        margin = row["margin_m"]
        return metres(
            margin if math.isnan(margin) else accuracy_that_settles(margin, self.assessment.confidence)
        )

    def _governing(self, text: str) -> str:
        found = _GOVERNING.fullmatch(text)
        if found is None:
            return text
        titles = {wording.heading(rule): heading(rule) for rule in self.book.rules.values()}
        others = found["others"]
        for chinese, english in titles.items():
            others = others.replace(chinese, english)
        reason = REASONS.get(found["reason"], found["reason"])
        first = titles.get(found["first"], found["first"])
        return f"several plans apply: {first} governs ({reason}), see also {others.replace('、', ', ')}; how they go together is for {found['offices']} to rule"

    def _jurisdiction(self, line: str) -> str:
        for plan in self.book.plans.values():
            line = line.replace(f"《{plan.title.zh}》", plan.title.en)
        line = line.replace(
            "：申报的区划代码与位置不符，请核对",
            ": the division code stated and the position disagree, please check",
        )
        return re.sub(
            r"：位于市界附近(?:（([\d,]+) 米）)?，?(?:两市规则均列出)?",
            lambda found: (
                ": near the city border"
                + (f" ({found[1]} m)" if found[1] else "")
                + ", both cities' rules are listed"
            ),
            line,
        )


_GOVERNING = re.compile(
    r"多部规划同时适用：以 (?P<first>.+?) 为准（(?P<reason>[^（）]+)），另见 (?P<others>.+)；如何衔接请(?P<offices>.+)裁定",
    re.DOTALL,
)


def _exception(rule: Rule, row: Row) -> str:
    return next((e.title.en for e in rule.exceptions if e.id == row["exception"]), "")


def _requirements(rule: Rule) -> list[Requirement]:
    return [*rule.requires, *rule.applies_to.only_if]


def _lines(text: str, told: Callable[[str], str | None]) -> str:
    """Each line in English; one that nobody can tell stays as it is."""
    return "\n".join(told(line) or line for line in text.splitlines())
