"""Projects that stand already: which must leave and by when, which may stay, which may be rebuilt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd

from geo.assessment import Assessment, Progress
from geo.contracts import check, conform
from geo.frames import EXISTING, EXITS
from geo.rulebook import RuleBook
from geo.runs.checks import deciding_checks
from geo.runs.variants import Variant
from geo.runs.what_if import outcomes_supposed
from geo.terms import Development, Effect, Outcome, State, Term, strictness
from geo.verdicts import outcome_of
from geo.wording import cite


class Standing(Term):
    """What becomes of a project that stands already, the most pressing first."""

    OVERDUE = (
        "overdue",
        "须退出，期限已过",
        "must exit, the deadline has passed",
    )  # it surely must leave, and the day has passed
    MUST_EXIT = "must_exit", "须退出", "must exit"  # it surely must leave, by a day or at some time
    PROHIBITED = "prohibited", "禁止", "prohibited"  # a rule that names existing projects surely prohibits it
    MAY_HAVE_TO_EXIT = (
        "may_have_to_exit",
        "是否须退出待核实",
        "whether it must exit is open",
    )  # a rule that makes such projects leave is open
    OPEN = "open", "现状待核实", "as it stands, open"  # something else about it as it stands is open
    ENCOURAGED_EXIT = "encouraged_exit", "鼓励退出", "encouraged to leave"  # a soft word asks it to leave
    PERHAPS_ENCOURAGED = (
        "perhaps_encouraged",
        "是否鼓励退出待核实",
        "whether it is encouraged to leave is open",
    )  # whether a soft word asks it to leave is open
    GRANDFATHERED = (
        "grandfathered",
        "既有保留（新建则禁止）",
        "may stay (a new one is prohibited)",
    )  # it may stay where a new one would surely be prohibited
    PERHAPS_GRANDFATHERED = (
        "perhaps_grandfathered",
        "既有保留（新建待核实）",
        "may stay (a new one is open)",
    )  # it may stay; whether a new one may come is open
    UNAFFECTED = "unaffected", "未受限", "not limited"  # a new one would not be prohibited either


class Rebuild(Term):
    """Whether a project that stands may be rebuilt where it is, as far as the rules tell."""

    LARGER = "larger", "未见禁止改建、扩建", "rebuilding and expansion not seen to be prohibited"
    SAME_CAPACITY = (
        "same_capacity",
        "仅不增产能的改建未见禁止",
        "only rebuilding without more capacity not seen to be prohibited",
    )
    SAME_CAPACITY_LARGER_OPEN = (
        "same_capacity_larger_open",
        "不增产能的改建未见禁止，增产能待核实",
        "rebuilding without more capacity not seen to be prohibited, more capacity open",
    )
    OPEN = "open", "待核实", "undetermined"
    NO = "no", "不可", "no"


_SAME, _MORE = "!new_capacity", "new_capacity"
#: What is asked of every existing project: column of the frame → what is supposed.
_SUPPOSED = {
    "as_new": Variant("as_new", {"development": Development.NEW, "processes": _MORE}),
    "as_rebuilt": Variant("as_rebuilt", {"development": Development.REBUILD, "processes": _SAME}),
    "as_rebuilt_larger": Variant(
        "as_rebuilt_larger", {"development": Development.REBUILD, "processes": _MORE}
    ),
    "as_expanded": Variant("as_expanded", {"development": Development.EXPAND, "processes": _MORE}),
}


def add_existing(assessment: Assessment, progress: Progress = lambda stage: None) -> Assessment:
    """The assessment with what becomes of projects that stand already.

    ``exits`` (columns: :data:`geo.frames.EXITS`): a row a site and rule that makes it leave, or might, the
    first deadline first. ``existing`` (columns: :data:`geo.frames.EXISTING`): a row a site of development
    ``existing``: it is screened again as new, rebuilt and expanded, by the same rules and layers.
    """
    exits = list_exits(assessment)
    result = replace(assessment, exits=check(exits, EXITS))
    standing = assessment.sites[assessment.sites["development"] == Development.EXISTING]
    if len(standing) == 0:
        return result
    progress("已建项目：能否保留、改建")
    supposed = outcomes_supposed(assessment, list(_SUPPOSED.values()), standing)
    outcomes = dict(zip(_SUPPOSED, supposed, strict=True))
    own = assessment.verdicts[assessment.verdicts["site_id"].isin(standing["site_id"])]
    verdicts = {row["site_id"]: row for row in own.to_dict("records")}
    statuses = exits.groupby("site_id", sort=False)["standing"].agg(list).to_dict()
    rows = []
    for number, site_id in enumerate(standing["site_id"]):
        as_if = {column: held[number] for column, held in outcomes.items()}
        verdict = verdicts[site_id]
        status = _standing(Outcome(verdict["outcome"]), statuses.get(site_id, []), as_if["as_new"])
        rebuild = _rebuild(status, as_if)
        rows.append(
            {
                "site_id": site_id,
                "name": verdict["name"],
                "outcome": verdict["outcome"],
                "standing": status,
                "standing_zh": status.zh,
                "deadline_on": verdict["deadline_on"],
                "rebuild": rebuild,
                "rebuild_zh": rebuild.zh,
                **as_if,
                "note": _note(status, verdict["deadline_on"], as_if),
            }
        )
    order = list(Standing)
    rows.sort(key=lambda row: (order.index(row["standing"]), row["deadline_on"] or "9999", row["site_id"]))
    existing = conform(pd.DataFrame(rows, columns=list(EXISTING)), EXISTING)
    return replace(result, existing=check(existing, EXISTING))


def list_exits(assessment: Assessment) -> pd.DataFrame:
    """Every check of a rule that makes projects leave which bites or is open; dated deadlines first, in order."""
    rows = []
    book, found = assessment.rulebook, assessment.findings
    leave = [rule_id for rule_id in found["rule_id"].unique() if book[rule_id].effect is Effect.PHASE_OUT]
    checks = deciding_checks(found[found["rule_id"].isin(leave)])
    checks = checks[checks["state"] != State.MISS]
    named = assessment.verdicts[assessment.verdicts["site_id"].isin(checks["site_id"])]
    names = dict(zip(named["site_id"], named["name"], strict=True))
    for row in checks.to_dict("records"):
        rule = book[row["rule_id"]]
        status = _exit(State(row["state"]), row["rule_id"], assessment.rulebook, assessment.on)
        days = None if rule.deadline is None else (rule.deadline - assessment.on).days
        rows.append(
            {
                "site_id": row["site_id"],
                "name": names[row["site_id"]],
                "rule_id": rule.id,
                "standing": status,
                "standing_zh": status.zh,
                "deadline_on": "" if rule.deadline is None else rule.deadline.isoformat(),
                "days_left": days,
                "remedy": rule.remedy.zh,
                "citation": cite(assessment.rulebook.plan_of(rule), rule),
                "reason": row["reason"],
            }
        )
    rows.sort(key=lambda r: (r["deadline_on"] or "9999", r["site_id"], r["rule_id"]))
    return conform(pd.DataFrame(rows, columns=list(EXITS)), EXITS)


def _exit(state: State, rule_id: str, rulebook: RuleBook, on: date) -> Standing:
    rule = rulebook[rule_id]
    binding = outcome_of(rule) is Outcome.MUST_EXIT
    if state is State.UNDETERMINED:
        return Standing.MAY_HAVE_TO_EXIT if binding else Standing.PERHAPS_ENCOURAGED
    if not binding:
        return Standing.ENCOURAGED_EXIT
    return Standing.OVERDUE if rule.deadline is not None and on > rule.deadline else Standing.MUST_EXIT


def _standing(outcome: Outcome, exits: list[str], as_new: Outcome) -> Standing:
    for status in (Standing.OVERDUE, Standing.MUST_EXIT):
        if status in exits:
            return status
    if outcome is Outcome.PROHIBITED:
        return Standing.PROHIBITED
    if outcome is Outcome.UNDETERMINED:
        return Standing.MAY_HAVE_TO_EXIT if Standing.MAY_HAVE_TO_EXIT in exits else Standing.OPEN
    if Standing.ENCOURAGED_EXIT in exits:
        return Standing.ENCOURAGED_EXIT
    if as_new is Outcome.PROHIBITED:
        return Standing.GRANDFATHERED
    return Standing.PERHAPS_GRANDFATHERED if as_new is Outcome.UNDETERMINED else Standing.UNAFFECTED


def _rebuild(status: Standing, as_if: dict[str, Outcome]) -> Rebuild:
    """A project that must leave is not rebuilt, whatever the rules for rebuilding say."""
    same = as_if["as_rebuilt"]
    larger = max(as_if["as_rebuilt_larger"], as_if["as_expanded"], key=strictness)
    if status in (Standing.OVERDUE, Standing.MUST_EXIT, Standing.PROHIBITED) or _barred(same):
        return Rebuild.NO
    if status in (Standing.MAY_HAVE_TO_EXIT, Standing.OPEN) or same is Outcome.UNDETERMINED:
        return Rebuild.OPEN
    if _barred(larger):
        return Rebuild.SAME_CAPACITY
    return Rebuild.SAME_CAPACITY_LARGER_OPEN if larger is Outcome.UNDETERMINED else Rebuild.LARGER


def _barred(outcome: Outcome) -> bool:
    return outcome in (Outcome.PROHIBITED, Outcome.MUST_EXIT)


def _note(status: Standing, deadline_on: str, as_if: dict[str, Outcome]) -> str:
    if status is Standing.OVERDUE:
        return f"退出期限 {deadline_on} 已过，核实是否已退出"
    if status is Standing.MUST_EXIT:
        return f"须在 {deadline_on} 前退出" if deadline_on else "须退出，规划未定期限"
    words = {
        "as_new": "新建",
        "as_rebuilt": "改建不增产能",
        "as_rebuilt_larger": "改建增产能",
        "as_expanded": "扩建",
    }
    return "；".join(f"若{words[column]}：{outcome.zh}" for column, outcome in as_if.items())
