"""An assessment told in English: the same frames, their sentences from the same rows in other words.

Nothing is judged again. What stays Chinese: names of features, places, offices and sections, words quoted from a
plan, faults of rejected rows, and columns that end in ``_zh``.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pandas as pd

import geo.wording as wording
from geo.assessment import Assessment
from geo.coverage import STATUS
from geo.frames import split
from geo.phrases import retell
from geo.rule import Plan, Requirement, Rule
from geo.scope import GRANTED, MET, UNMET
from geo.terms import Cause, Effect, Line, Match, Measure, Outcome, State, Strength, Theme

Row = Mapping[str, Any]


def in_english(assessment: Assessment) -> Assessment:
    """The assessment with reasons, remedies, citations and notes in English.

    >>> from datetime import date
    >>> from geo import assess, load_layers, load_rulebook, read_sites, starter_folder
    >>> starter = starter_folder()
    >>> book = load_rulebook().only(["TA-15"])
    >>> sites = read_sites(starter / "example_sites.csv", datum="cgcs2000")
    >>> told = in_english(assess(book, load_layers(starter), sites, date(2026, 1, 1)))
    >>> told.verdicts.set_index("site_id").loc["S-02", "reasons"].split(": ", 1)[1]
    "within the rule's jurisdiction; its deadline (2024-12-31) has passed, standing to be checked"
    """
    teller = _Teller(assessment)
    findings = assessment.findings.assign(reason=teller.reasons)
    coverage = assessment.coverage.assign(
        note=[
            _STATUS_NOTES.get(status, note)
            for status, note in zip(assessment.coverage["status"], assessment.coverage["note"], strict=True)
        ]
    )
    held = {
        name: _retold(getattr(assessment, name), columns, teller.names) for name, columns in _COMPOSED.items()
    }
    return dataclasses.replace(
        assessment, findings=findings, verdicts=teller.verdicts(), coverage=coverage, **held
    )


#: Columns of frames that hold sentences composed in Chinese (:mod:`geo.phrases`).
_COMPOSED = {
    "moves": ("note",),
    "moved": ("note",),
    "stay": ("note",),
    "conflicts": ("governing", "note"),
    "survey_needed": ("what",),
    "expiry": ("what",),
    "certificate": ("note",),
}


def _retold(frame: Any, columns: tuple[str, ...], names: Mapping[str, str]) -> Any:
    told = {
        name: [_survey(text) or retell(text, names) for text in frame[name]]
        for name in columns
        if name in frame.columns
    }
    return frame.assign(**told)


_STATUS_NOTES = {
    "present": "nothing found means there is none",
    "partial": "complete for part of the area or of the features; elsewhere nothing found stays undetermined",
    "unknown": "the manifest states no extent; what is found counts, nothing found stays undetermined",
    "demonstration": "demonstration data only; what they say does not count",
    "absent": "no layer; always undetermined",
}
assert set(_STATUS_NOTES) == set(STATUS)


class _Teller:
    """Words of one assessment, Chinese to English, row by row."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.book = assessment.rulebook
        self.requirements = {r.zh: r.en for rule in self.book.rules.values() for r in _requirements(rule)}
        joined = assessment.findings.merge(assessment.scope.rules, on=["site_id", "rule_id"], how="left")
        rules = self.book.rules.values()
        self.names = {
            **{wording.heading(rule): heading(rule) for rule in rules},
            **{exception.title.zh: exception.title.en for rule in rules for exception in rule.exceptions},
            **_REASONS,
            **{f"（{strength.zh}）": f"（{strength.en}）" for strength in Strength},
            **{f"《{plan.title.zh}》": f"“{plan.title.en}” " for plan in self.book.plans.values()},
        }
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
                _lines(row["settle"], lambda line: self.settles.get(line) or _survey(line)) for row in rows
            ],
            remedy=[_lines(row["remedy"], remedies.get) for row in rows],
            citations=[_lines(row["citations"], cites.get) for row in rows],
            governing=[self._governing(row["governing"]) for row in rows],
            jurisdictions=[_lines(row["jurisdictions"], self._jurisdiction) for row in rows],
            **{
                name: [_lines(row[name], lambda line: retell(line, self.names)) for row in rows]
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
            chinese = wording.settle(rule, plan, Cause(cause), row)
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
            Cause.BASE_LINE: _base_line(rule, row),
            Cause.DISTANCE_NOT_GIVEN: "the plan gives no distance",
            Cause.REACH: "only a reach outside the clause's is near",
            Cause.OPEN_LIST: f"the industry is similar to the list ({row['word']}), which is open and does not name it"
            if row["match"] == Match.SIMILAR
            else "no list says whether this river (place) is among those meant",
            Cause.FEATURE_FACT: f"the layer of {place} lacks an attribute that the rule needs",
            Cause.SITE_FACT: f"the project does not state {self._unstated(row)}",
            Cause.EVIDENCE: f"claims the exception “{_exception(rule, row)}”, without evidence yet",
            Cause.DATUM: "the datum is not declared: the position may be 640 m off" + _chance(row),
            Cause.ACCURACY: f"accuracy ±{metres(row['accuracy_m'])} straddles the limit" + _chance(row),
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
            Cause.ACCURACY: f"survey the {line} here and the site's boundary, to better than {_needed(row)}",
            Cause.DRAFT_PLAN: "wait for the plan as issued",
            Cause.DEMO: f"Replace the demonstration layer {row['layer_key']}",
        }[cause]

    def _governing(self, text: str) -> str:
        found = _GOVERNING.fullmatch(text)
        if found is None:
            return text
        titles = {wording.heading(rule): heading(rule) for rule in self.book.rules.values()}
        others = found["others"]
        for chinese, english in titles.items():
            others = others.replace(chinese, english)
        reason = _REASONS.get(found["reason"], found["reason"])
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
_REASONS = {
    "已确定触及": "it surely bites",
    "已印发施行": "it is in force",
    "更严": "it is stricter",
    "更具体": "it is more specific",
    "更晚印发": "it is later",
    "各自有效，须同时满足": "each holds, all are to be met",
}


_SURVEY = re.compile(
    r"(?P<first>先申报坐标系；仍待核实时，)?测量(?P<place>.+?) (?P<length>[\d,.]+) 米一段，中误差不大于 (?P<needed>[\d,.]+) 米"
    r"（按预期余量 (?P<margin>[\d,.]+) 米；实测更近限值时须更细，(?P<always>[\d,.]+) 米以内总能定）"
    r"(?:；场地位置（现 ±(?P<own>[\d,.]+) 米）也须测到 (?P<site>[\d,.]+) 米)?(?P<rules>（[^（）]+）)?"
)


def _survey(line: str) -> str | None:
    """What to survey, in English; None for any other sentence."""
    found = _SURVEY.fullmatch(line)
    if found is None:
        return None
    place = found["place"]
    for kind in Line:
        place = place.removesuffix(kind.zh) + f" ({kind.en})" if place.endswith(kind.zh) else place
    text = "declare the datum; if still open, " if found["first"] else ""
    text += (
        f"survey {found['length']} m of {place} to a standard error of {found['needed']} m (at an expected margin of "
        f"{found['margin']} m; finer if the true margin is smaller, {found['always']} m always decides)"
    )
    if found["own"]:
        text += f"; the site's position (now ±{found['own']} m) to {found['site']} m too"
    return text + (found["rules"] or "").replace("（", " (").replace("）", ")").replace("、", ", ")


def metres(value: float) -> str:
    """Metres in English.

    >>> metres(1588.4), metres(float("nan"))
    ('1,588 m', 'unknown')
    """
    return "unknown" if not math.isfinite(value) else wording.metres_text(value).replace(" 米", " m")


def limit(value: float) -> str:
    """A limit in English.

    >>> limit(2000.0), limit(50.0)
    ('2 km', '50 m')
    """
    return wording.limit_text(value).replace("公里", "km").replace("米", "m")


def heading(rule: Rule) -> str:
    """Number and title of a rule."""
    return f"{rule.id} {rule.title.en}" + (" (user's rule)" if rule.overlay is not None else "")


def cite(plan: Plan, rule: Rule) -> str:
    """Plan and section of a rule; the section as the plan numbers it."""
    draft = " (draft)" if plan.status == "draft" else ""
    own = rule.overlay
    amended = f" (user's rule: {own.author}, {own.on:%Y-%m-%d}, {own.reason})" if own is not None else ""
    return f"{plan.title.en}{draft}, {rule.section}{amended}"


def relation(rule: Rule, row: Row) -> str:
    """What the measurement says, in metres."""
    place = Theme(row["theme"]).en if row["theme"] else ""
    feature = row["feature_name"] or place
    if rule.measure is Measure.IN_JURISDICTION:
        return (
            "within the rule's jurisdiction"
            if row["ground"] == State.HIT
            else "whether it lies in the rule's jurisdiction is open"
        )
    if not row["layer_key"]:
        return f"no layer of {place}"
    if math.isnan(row["margin_m"]):
        return f"the layer {row['layer_key']} holds none of the {place} meant"
    line = Line(row["line"])
    if rule.measure is Measure.WITHIN_DISTANCE:
        text = f"{metres(row['distance_m'])} from {feature}" + (
            f" ({line.en})" if line is not Line.BOUNDARY else ""
        )
        if not math.isnan(row["limit_m"]):
            side = "inside" if row["margin_m"] <= 0 else "outside"
            text += f", {metres(abs(row['margin_m']))} {side} the limit of {limit(row['limit_m'])}"
        return text
    if rule.measure is Measure.OUTSIDE:
        if row["margin_m"] > 0:
            return f"wholly within {feature}, {metres(row['margin_m'])} from its border"
        return f"not wholly within {place}, {metres(-row['margin_m'])} beyond the nearest ({feature})"
    if row["margin_m"] <= 0:
        overlap = (
            ""
            if math.isnan(row["overlap_ha"])
            else f", overlap {row['overlap_ha']:.2f} ha ({row['share']:.0%})"
        )
        return f"within {place} “{feature}”{overlap}" if feature != place else f"within {place}{overlap}"
    return f"{metres(row['distance_m'])} from {feature}"


def deadline(rule: Rule, on: date) -> str:
    """What is said of an exit's date."""
    if rule.effect is not Effect.PHASE_OUT:
        return ""
    if rule.deadline is None:
        return "the plan sets no deadline"
    if on > rule.deadline:
        return f"its deadline ({rule.deadline:%Y-%m-%d}) has passed, standing to be checked"
    return f"to leave before {rule.deadline:%Y-%m-%d}"


def _chance(row: Row) -> str:
    """The probability of a breach, as :func:`geo.wording.chance_text` tells it."""
    found = wording.chance_text(row["probability"])
    if not found:
        return ""
    told = (
        found.replace("触及概率不到 ", "less than ")
        .replace("触及概率 ", "")
        .replace("99% 以上", "more than 99%")
    )
    return f", probability of a breach {told}"


def _base_line(rule: Rule, row: Row) -> str:
    preferred = rule.measured_from[0].line if rule.measured_from else None
    wanted = preferred.en if preferred is not None else "line that the plan means"
    if not row["layer_key"]:
        return f"no layer holds a line that the rule accepts ({wanted})"
    if row["ground"] != State.UNDETERMINED:
        return "different base lines give different results"
    half = row["half_width_m"]
    nearer = f", by at most {metres(half)}" if not math.isnan(half) else ""
    return f"only a {Line(row['line']).en} is held; the {wanted} may be nearer{nearer}{_chance(row)}"


def _exception(rule: Rule, row: Row) -> str:
    return next((e.title.en for e in rule.exceptions if e.id == row["exception"]), "")


def _needed(row: Row) -> str:
    margin = abs(row["margin_m"])
    return metres(max(margin / 1.645, 0.3) if not math.isnan(margin) else float("nan"))


def _requirements(rule: Rule) -> list[Requirement]:
    return [*rule.requires, *rule.applies_to.only_if]


def _lines(text: str, told: Callable[[str], str | None]) -> str:
    """Each line in English; one that nobody can tell stays as it is."""
    return "\n".join(told(line) or line for line in text.splitlines())
