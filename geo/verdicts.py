"""Verdicts: scope, exceptions and doubt turned into an outcome per site, strictest first.

A rule that surely bites gives its outcome. What is undetermined never softens a stricter sure outcome,
and never lets a site pass as clear: where an open check could make the outcome stricter, the site is
undetermined; where it could only add advice, the site is advised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.agreement import compare_readings
from geo.doubt import CONFIDENCE
from geo.frames import FINDINGS, VERDICTS, conform, split
from geo.governing import govern
from geo.rule import Rule
from geo.rulebook import RuleBook
from geo.scope import EVIDENCE, GRANTED, MET, UNKNOWN, UNMET, Membership, SiteScope
from geo.terms import Cause, Effect, Match, Outcome, PlanStatus, State, Strength, strictness
from geo.wording import cite, deadline_text, heading, relation, settle, why_open

_SOFT = {Strength.IN_PRINCIPLE, Strength.ENCOURAGED}


def outcome_of(rule: Rule) -> Outcome:
    """What a site gets that a rule surely bites. Soft words never block."""
    if rule.effect is Effect.PROHIBIT:
        return {
            Strength.MANDATORY: Outcome.PROHIBITED,
            Strength.IN_PRINCIPLE: Outcome.RESTRICTED,
            Strength.ENCOURAGED: Outcome.ADVISED,
        }[rule.strength]
    if rule.effect is Effect.REQUIRE:  # the requirement is not met
        return {
            Strength.MANDATORY: Outcome.PROHIBITED,
            Strength.IN_PRINCIPLE: Outcome.CONDITIONAL,
            Strength.ENCOURAGED: Outcome.ADVISED,
        }[rule.strength]
    if rule.strength in _SOFT:
        return Outcome.ADVISED
    return {
        Effect.PHASE_OUT: Outcome.MUST_EXIT,
        Effect.RESTRICT: Outcome.RESTRICTED,
        Effect.PROTECT: Outcome.RESTRICTED,
    }.get(rule.effect, Outcome.ADVISED)


def judge_findings(
    sites: gpd.GeoDataFrame,
    scope: SiteScope,
    findings: pd.DataFrame,
    rulebook: RuleBook,
    on: date,
    confidence: float = CONFIDENCE,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The Findings with state, causes and reasons, and the Verdicts: a row a site.

    Columns: :data:`geo.frames.FINDINGS` and :data:`geo.frames.VERDICTS`.
    """
    judged, _, verdicts = judge_checks(sites, scope, findings, rulebook, on, confidence)
    return conform(judged[list(FINDINGS)], FINDINGS), verdicts


def judge_checks(
    sites: gpd.GeoDataFrame,
    scope: SiteScope,
    findings: pd.DataFrame,
    rulebook: RuleBook,
    on: date,
    confidence: float = CONFIDENCE,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Every finding judged and of each site and rule the one that decides (:func:`deciding_checks`), and the Verdicts."""
    judged = _judge(findings, scope, rulebook, on)
    deciding = _one_per_rule(judged)
    by_site: dict[str, list[dict[str, Any]]] = {site_id: [] for site_id in sites["site_id"]}
    for check in deciding.to_dict("records"):
        by_site[check["site_id"]].append(check)
    readings = compare_readings(judged, rulebook)
    verdicts = [
        {
            **_verdict(site_id, name, number, by_site[site_id], scope, rulebook, confidence),
            "readings": readings.get(site_id, ""),
            "move": "",
        }
        for number, (site_id, name) in enumerate(zip(sites["site_id"], sites["name"], strict=True))
    ]
    return judged, deciding, conform(pd.DataFrame(verdicts, columns=list(VERDICTS)), VERDICTS)


def deciding_checks(
    findings: pd.DataFrame, scope: SiteScope, rulebook: RuleBook, on: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every finding judged, and of each site and rule the one that decides.

    Both have the columns of :data:`geo.frames.FINDINGS` and of Scope, and ``as_if``: the state, were
    demonstration data real.
    """
    judged = _judge(findings, scope, rulebook, on)
    return judged, _one_per_rule(judged)


def _judge(findings: pd.DataFrame, scope: SiteScope, rulebook: RuleBook, on: date) -> pd.DataFrame:
    """Every finding with its final state, its causes, and its state were demonstration data real."""
    joined = findings.merge(scope.rules, on=["site_id", "rule_id"], how="left", validate="many_to_one")
    states, causes, as_if, reasons, chances = [], [], [], [], []
    for row in joined.to_dict("records"):
        rule = rulebook[row["rule_id"]]
        ground, why = _causes(rule, rulebook, row)
        demo = [Cause.DEMO] if row["demo"] and ground is not None else []
        states.append(_state(ground, why + demo))
        causes.append(";".join(why + demo))
        as_if.append(_state(ground, why))
        reasons.append(_reason(rule, rulebook, row, states[-1], why + demo, on))
        chances.append(row["probability"] if ground is not None else 0.0)
    return joined.assign(state=states, cause=causes, reason=reasons, as_if=as_if, probability=chances)


def _state(ground: State | None, causes: list[Cause]) -> State:
    if ground is None:
        return State.MISS
    return State.UNDETERMINED if causes else ground


def _causes(rule: Rule, rulebook: RuleBook, row: dict[str, Any]) -> tuple[State | None, list[Cause]]:
    """The state on the ground and every cause that keeps it open; None = an exception is granted."""
    if row["excepted"] == GRANTED or row["required"] == MET:
        return None, []
    if rule.distance == "not_given":
        return State.UNDETERMINED, [Cause.DISTANCE_NOT_GIVEN]
    ground = State(row["ground"])
    causes = [Cause(row["cause"])] if row["cause"] else []
    if ground is State.MISS and not causes:
        return State.MISS, []
    if row["excepted"] == EVIDENCE:
        causes.append(Cause.EVIDENCE)
    if row["match"] == Match.UNSURE or row["required"] == UNKNOWN:
        causes.append(Cause.SITE_FACT)
    if row["match"] == Match.SIMILAR:
        causes.append(Cause.OPEN_LIST)
    if not row["in_jurisdiction"]:
        causes.append(Cause.MISSING_LAYER if np.isnan(row["border_m"]) else Cause.ACCURACY)
    if rulebook.plan_of(rule).status is PlanStatus.DRAFT and rule.effect is not Effect.INFORM:
        causes.append(Cause.DRAFT_PLAN)
    return ground, list(dict.fromkeys(causes))


#: What is said of a requirement that the site meets or does not.
_REQUIRED = {MET: "条件已满足", UNMET: "条件不满足"}


def _reason(
    rule: Rule, rulebook: RuleBook, row: dict[str, Any], state: State, causes: list[Cause], on: date
) -> str:
    plan = rulebook.plan_of(rule)
    parts = [relation(rule, row)]
    if row["excepted"] == GRANTED:
        title = next(e.title.zh for e in rule.exceptions if e.id == row["exception"])
        parts.append(f"属例外“{title}”")
    if row["required"] in _REQUIRED:
        parts.append(f"{_REQUIRED[row['required']]}：{row['requirement']}")
    parts.extend(why_open(rule, plan, cause, row) for cause in causes)
    if state is not State.MISS:
        parts.append(deadline_text(rule, on))
    return f"{heading(rule)}：" + "；".join(part for part in parts if part)


_PREFERRED = {State.HIT: 0, State.UNDETERMINED: 1, State.MISS: 2}


def _one_per_rule(judged: pd.DataFrame) -> pd.DataFrame:
    """The finding that decides each site × rule: over its references the strictest, over readings the first.

    ``as_if`` becomes the state that the rule would have, were demonstration data real.
    """
    deciding = judged[judged["reading"] == 1].copy()
    deciding["_order"] = deciding["state"].map(_PREFERRED)
    deciding = deciding.sort_values(["site_id", "rule_id", "_order"], kind="stable")
    chosen = deciding.drop_duplicates(["site_id", "rule_id"], keep="first").set_index(["site_id", "rule_id"])
    # the first reading of each reference that decides, real or not; then the strictest reference
    settled = judged.assign(
        _open=(judged["as_if"] == State.UNDETERMINED) & (judged["ground"] == State.UNDETERMINED)
    ).sort_values(["site_id", "rule_id", "theme", "_open", "reading"], kind="stable")
    settled = settled.drop_duplicates(["site_id", "rule_id", "theme"], keep="first")
    settled["_order"] = settled["as_if"].map(_PREFERRED)
    settled = settled.sort_values(["site_id", "rule_id", "_order"], kind="stable")
    real = settled.drop_duplicates(["site_id", "rule_id"], keep="first").set_index(["site_id", "rule_id"])
    chosen["as_if"] = real["as_if"].reindex(chosen.index)
    return chosen.drop(columns="_order").reset_index()


@dataclass(frozen=True)
class Standing:
    """What a set of checks amounts to."""

    sure: Outcome
    worst: Outcome

    @property
    def outcome(self) -> Outcome:
        """The outcome of a site to which some plan applies."""
        if strictness(self.sure) > strictness(Outcome.UNDETERMINED) or self.worst is self.sure:
            return self.sure
        return Outcome.ADVISED if self.worst is Outcome.ADVISED else Outcome.UNDETERMINED


def stand(states: Iterable[tuple[State, Outcome, bool]]) -> Standing:
    """What checks amount to: of each its state, the outcome its rule can give, and whether it merely informs."""
    listed = list(states)
    sure = [outcome for state, outcome, _ in listed if state is State.HIT]
    # an open check that could only inform clouds nothing
    possible = sure + [o for state, o, informs in listed if state is State.UNDETERMINED and not informs]
    return Standing(
        max(sure, key=strictness, default=Outcome.CLEAR), max(possible, key=strictness, default=Outcome.CLEAR)
    )


def _verdict(
    site_id: str,
    name: str,
    number: int,
    rows: list[dict[str, Any]],
    scope: SiteScope,
    rulebook: RuleBook,
    confidence: float,
) -> dict[str, Any]:
    potential = {row["rule_id"]: outcome_of(rulebook[row["rule_id"]]) for row in rows}
    informs = {rule_id for rule_id in potential if rulebook[rule_id].effect is Effect.INFORM}
    standing, as_if = (
        stand((State(row[column]), potential[row["rule_id"]], row["rule_id"] in informs) for row in rows)
        for column in ("state", "as_if")
    )
    covered = any(member.state[number] != State.MISS for member in scope.plans.values())
    outcome = standing.outcome if covered else Outcome.NOT_COVERED
    demo_outcome = as_if.outcome if covered and as_if.outcome is not outcome else None
    hits = [row for row in rows if row["state"] == State.HIT]
    open_rows = [row for row in rows if row["state"] == State.UNDETERMINED]
    deciding = [row for row in hits if potential[row["rule_id"]] is outcome]
    if outcome is Outcome.UNDETERMINED:
        softer = max(strictness(standing.sure), strictness(Outcome.ADVISED))
        deciding = [r for r in open_rows if strictness(potential[r["rule_id"]]) > softer]
    elif outcome is Outcome.ADVISED and not deciding:
        deciding = open_rows
    shown = list({id(row): row for row in [*deciding, *hits, *open_rows]}.values())
    rules = [rulebook[row["rule_id"]] for row in deciding]
    hits_rules = [rulebook[row["rule_id"]] for row in hits]
    return {
        "site_id": site_id,
        "name": name,
        "outcome": outcome,
        "outcome_zh": outcome.zh + (f"（演示：{demo_outcome.zh}）" if demo_outcome else ""),
        "robustness": _robustness(outcome, deciding, rows),
        "demo_outcome": demo_outcome or "",
        "deciding_rule_ids": ";".join(rule.id for rule in rules),
        "undetermined_rule_ids": ";".join(row["rule_id"] for row in open_rows),
        "reasons": "\n".join(row["reason"] for row in shown) or _nothing_said(outcome, rows),
        "best_case": standing.sure if covered else outcome,
        "worst_case": standing.worst if covered else outcome,
        "settle": "\n".join(_unique(_settling(row, rulebook, confidence) for row in open_rows)),
        "remedy": "\n".join(_unique([rule.remedy.zh] for rule in rules)),
        "citations": "\n".join(_unique([f"{r.id} {cite(rulebook.plan_of(r), r)}"] for r in rules)),
        "governing": govern(
            [
                (rulebook[row["rule_id"]], potential[row["rule_id"]], row["state"] == State.HIT)
                for row in [*hits, *open_rows]
                if strictness(potential[row["rule_id"]]) > strictness(Outcome.ADVISED)
            ],
            rulebook,
        ),
        "jurisdictions": _jurisdictions(number, scope, rulebook),
        "checks": len(rows),
        "hits": len(hits),
        "deadline_on": min((str(d) for d in map(_deadline, hits_rules) if d), default=""),
        "expires_on": "",  # these three are of the run: geo.runs fills them in
        "expires_why": "",
        "override": "",
    }


def _deadline(rule: Rule) -> date | None:
    """The last day of an exit that binds."""
    return rule.deadline if outcome_of(rule) is Outcome.MUST_EXIT else None


def _settling(row: dict[str, Any], rulebook: RuleBook, confidence: float) -> list[str]:
    rule = rulebook[row["rule_id"]]
    plan = rulebook.plan_of(rule)
    return [settle(rule, plan, Cause(cause), row, confidence) for cause in split(row["cause"])]


def _unique(lists: Iterable[list[str]]) -> list[str]:
    return list(dict.fromkeys(item for items in lists for item in items))


def _robustness(outcome: Outcome, deciding: list[dict[str, Any]], rows: list[dict[str, Any]]) -> str:
    """Whether the doubt leaves the outcome as it is: one robust hit is enough, a clear site needs all."""
    if outcome is Outcome.NOT_COVERED:
        return "robust"
    if outcome is Outcome.UNDETERMINED:
        return "fragile"
    if outcome is Outcome.CLEAR:
        return (
            "robust"
            if all(row["robust"] or row["excepted"] == GRANTED or row["required"] == MET for row in rows)
            else "fragile"
        )
    return "robust" if any(row["robust"] and row["state"] == State.HIT for row in deciding) else "fragile"


def _nothing_said(outcome: Outcome, rows: list[dict[str, Any]]) -> str:
    if outcome is Outcome.NOT_COVERED:
        return "不在已载入规划的辖区内"
    return f"检查了 {len(rows)} 条规则，均未触及" if rows else "已载入的规则没有针对此类项目的"


def _jurisdictions(number: int, scope: SiteScope, rulebook: RuleBook) -> str:
    notes = []
    for plan_id, member in scope.plans.items():
        state = member.state[number]
        if state == State.MISS:
            continue
        title = rulebook.plans[plan_id].title.zh
        notes.append(f"《{title}》{_border(member, number, state)}")
    return "\n".join(notes)


def _border(member: Membership, number: int, state: State) -> str:
    if member.contradicted[number]:
        return "：申报的区划代码与位置不符，请核对"
    if state == State.UNDETERMINED:
        distance = abs(member.border_m[number])
        return "：位于市界附近" + ("" if np.isnan(distance) else f"（{distance:,.0f} 米），两市规则均列出")
    return ""
