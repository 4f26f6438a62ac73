"""Where rules of several plans meet on one site: which governs, why, and whom to ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from geo.rule import Plan, Rule
from geo.rulebook import RuleBook
from geo.terms import Outcome, PlanStatus, strictness
from geo.wording import heading


def govern(meeting: Sequence[tuple[Rule, Outcome, bool]], rulebook: RuleBook) -> str:
    """The sentence on how several plans' rules go together on a site; empty where one plan speaks.

    ``meeting`` holds each rule that bites or may bite, its outcome and whether it surely bites. A rule
    that surely bites goes before one in doubt, a plan in force before a draft; then the stricter, the
    more specific (smaller area), the later rule governs. All are shown whatever governs.
    """
    found = govern_plans(meeting, rulebook)
    if found is None:
        return ""
    first, reason = found
    ranked = _ranked(meeting, rulebook)
    offices = "、".join(dict.fromkeys(rulebook.plan_of(item[0]).office for item in ranked))
    others = "、".join(dict.fromkeys(heading(item[0]) for item in ranked[1:] if item[0].plan != first.plan))
    return f"多部规划同时适用：以 {heading(first)} 为准（{reason}），另见 {others}；如何衔接请{offices}裁定"


def govern_outcomes(
    meeting: Sequence[tuple[Rule, Outcome, bool]], rulebook: RuleBook
) -> tuple[Rule, str] | None:
    """Of rules of one plan with different outcomes, the one that governs and why; None where all agree."""
    ranked = _ranked(meeting, rulebook)
    rival = next((item for item in ranked[1:] if item[1] is not ranked[0][1]), None)
    if rival is None:
        return None
    return ranked[0][0], _reason(ranked[0], rival, rulebook)


def govern_plans(
    meeting: Sequence[tuple[Rule, Outcome, bool]], rulebook: RuleBook
) -> tuple[Rule, str] | None:
    """Of rules of several plans, the one that governs and why; None where one plan speaks."""
    ranked = _ranked(meeting, rulebook)
    rival = next((item for item in ranked[1:] if item[0].plan != ranked[0][0].plan), None)
    if rival is None:
        return None
    return ranked[0][0], _reason(ranked[0], rival, rulebook)


def _ranked(
    meeting: Sequence[tuple[Rule, Outcome, bool]], rulebook: RuleBook
) -> list[tuple[Rule, Outcome, bool]]:
    return sorted(meeting, key=lambda item: _rank(item, rulebook), reverse=True)


def _reason(first: tuple[Rule, Outcome, bool], rival: tuple[Rule, Outcome, bool], rulebook: RuleBook) -> str:
    """What puts the first before the other."""
    return next(
        word
        for word, ours, theirs in zip(_REASONS, _rank(first, rulebook), _rank(rival, rulebook), strict=True)
        if ours != theirs or word == _REASONS[-1]
    )


_REASONS = ("已确定触及", "已印发施行", "更严", "更具体", "更晚印发", "各自有效，须同时满足")


def _rank(item: tuple[Rule, Outcome, bool], rulebook: RuleBook) -> tuple[int, int, int, int, int, int]:
    rule, outcome, sure = item
    plan = rulebook.plan_of(rule)
    return (
        int(sure),
        int(plan.status is PlanStatus.ADOPTED),
        strictness(outcome),
        max(len(code) for code in rule.jurisdiction.adcode),
        _issued(plan).toordinal(),
        0,
    )


def _issued(plan: Plan) -> date:
    return plan.printed or plan.period.from_
