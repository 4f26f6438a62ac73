"""Verdicts: scope, exceptions and doubt turned into an outcome per site, strictest first.

A rule that surely bites gives its outcome. What is undetermined never softens a stricter sure outcome,
and never lets a site pass as clear: where an open check could make the outcome stricter, the site is
undetermined; where it could only add advice, the site is advised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.agreement import compare_readings
from geo.contracts import conform, framed, split, texts
from geo.doubt import CONFIDENCE
from geo.frames import FINDINGS, VERDICTS
from geo.governing import govern
from geo.judging import judge, judge_silently, one_per_rule, settlings
from geo.kinds import Groups, Ints, Texts, codes_of, kinds_of, told
from geo.rule import Rule
from geo.rulebook import RuleBook
from geo.scope import GRANTED, MET, SiteScope
from geo.terms import Effect, Outcome, State, Strength, strictness
from geo.wording import cite

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
    # they keep to their contract since they were measured: judging sets texts and a number
    return judged[list(FINDINGS)], verdicts


def judge_checks(
    sites: gpd.GeoDataFrame,
    scope: SiteScope,
    findings: pd.DataFrame,
    rulebook: RuleBook,
    on: date,
    confidence: float = CONFIDENCE,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Every finding judged and of each site and rule the one that decides (:func:`deciding_checks`), and the Verdicts."""
    judged = judge(findings, scope, rulebook, on)
    deciding = one_per_rule(judged)
    verdicts = _verdicts(sites, deciding, scope, rulebook, confidence)
    readings = compare_readings(judged, rulebook)
    told = [readings.get(site_id, "") for site_id in sites["site_id"]]
    verdicts = conform(verdicts.assign(readings=texts(told), move="")[list(VERDICTS)], VERDICTS)
    return judged.drop(columns="kind"), deciding.drop(columns="kind"), verdicts


def deciding_checks(
    findings: pd.DataFrame, scope: SiteScope, rulebook: RuleBook, on: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every finding judged, and of each site and rule the one that decides.

    Both have the columns of :data:`geo.frames.FINDINGS` and of Scope, and ``as_if``: the state, were
    demonstration data real.
    """
    judged = judge(findings, scope, rulebook, on).drop(columns="kind")
    return judged, one_per_rule(judged)


def outcomes_of(
    sites: gpd.GeoDataFrame, scope: SiteScope, findings: pd.DataFrame, rulebook: RuleBook
) -> Texts:
    """The outcome of each site, as :func:`judge_findings` gives it, and nothing else of its verdict."""
    checks = one_per_rule(judge_silently(findings, scope, rulebook))
    standing = _stand(
        checks["state"].to_numpy(), _site_of(checks, sites), _Rules.of(checks, rulebook), len(sites)
    )
    return _OUTCOMES[np.where(_covered(scope, len(sites)), standing[2], _NOT_COVERED)]


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


@dataclass(frozen=True)
class _Rules:
    """What verdicts ask of the rules, as arrays: each check has the number of its rule."""

    rules: list[Rule]
    number: Ints
    potential: Ints  # strictness of the outcome that the rule gives where it bites
    informs: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, checks: pd.DataFrame, rulebook: RuleBook) -> _Rules:
        number, ids = codes_of(checks["rule_id"].to_numpy())
        rules = [rulebook[str(rule_id)] for rule_id in ids]
        potential = np.array([strictness(outcome_of(rule)) for rule in rules], dtype=np.int64)
        informs = np.array([rule.effect is Effect.INFORM for rule in rules], dtype=bool)
        return cls(rules, number, potential[number], informs[number])


#: Outcomes by their strictness.
_BY_STRICTNESS = sorted(Outcome, key=strictness)
_ADVISED, _CLEAR = strictness(Outcome.ADVISED), strictness(Outcome.CLEAR)
_UNDETERMINED, _NOT_COVERED = strictness(Outcome.UNDETERMINED), strictness(Outcome.NOT_COVERED)


#: The words of outcomes by their strictness; the last, of none.
_OUTCOMES = np.array([*map(str, _BY_STRICTNESS), ""], dtype=object)


def _site_of(checks: pd.DataFrame, sites: gpd.GeoDataFrame) -> Ints:
    """The number of each check's site."""
    return pd.Index(sites["site_id"]).get_indexer(pd.Index(checks["site_id"])).astype(np.int64)


def _covered(scope: SiteScope, count: int) -> npt.NDArray[np.bool_]:
    """Which sites some plan applies to, or may."""
    states = [member.state != State.MISS for member in scope.plans.values()]
    return np.any(states, axis=0) if states else np.zeros(count, dtype=bool)


def _verdicts(
    sites: gpd.GeoDataFrame,
    checks: pd.DataFrame,
    scope: SiteScope,
    rulebook: RuleBook,
    confidence: float,
) -> pd.DataFrame:
    """A row a site from the checks that decide, one a site and rule; all sites at once."""
    count = len(sites)
    site = _site_of(checks, sites)
    rules = _Rules.of(checks, rulebook)
    hit = checks["state"].to_numpy() == State.HIT
    open_ = checks["state"].to_numpy() == State.UNDETERMINED
    covered = _covered(scope, count)
    sure, worst, standing = _stand(checks["state"].to_numpy(), site, rules, count)
    _, _, pretended = _stand(checks["as_if"].to_numpy(), site, rules, count)
    outcome = np.where(covered, standing, _NOT_COVERED)
    demo = np.where(covered & (pretended != standing), pretended, -1)

    of_site = outcome[site]
    deciding = hit & (rules.potential == of_site)
    softer = np.maximum(sure, _ADVISED)[site]
    deciding = np.where(of_site == _UNDETERMINED, open_ & (rules.potential > softer), deciding)
    decided = np.zeros(count, dtype=bool)
    decided[site[deciding]] = True
    deciding = np.where((of_site == _ADVISED) & ~decided[site], open_, deciding)

    def lines(chosen: npt.NDArray[np.bool_], texts: Texts, by: str = ";") -> Texts:
        rows = np.flatnonzero(chosen)
        return Groups(site[rows], count).joined(texts[rows], by)

    ids = checks["rule_id"].to_numpy(dtype=object)
    decide = lines(deciding, ids)
    # what is shown: first what decides, then what bites, then what is open
    shown = np.flatnonzero(hit | open_)
    rank = np.where(deciding, 0, np.where(hit, 1, 2))[shown]
    shown = shown[np.argsort(rank, kind="stable")]
    reasons = Groups(site[shown], count).joined(checks["reason"].to_numpy(dtype=object)[shown], "\n")
    passed = np.bincount(site, minlength=count)
    reasons = np.where(reasons != "", reasons, _nothing_said(outcome, passed))
    unsettled = np.flatnonzero(open_)
    settle = Groups(site[unsettled], count).joined_once(
        settlings(checks.iloc[unsettled], rulebook, confidence), "\n"
    )
    met = np.flatnonzero((hit | open_) & (rules.potential > _ADVISED))
    met = met[np.argsort(~hit[met], kind="stable")]
    marked = ids[met] + np.where(hit[met], "!", "?").astype(object)
    words = np.array([o.zh for o in _BY_STRICTNESS], dtype=object)
    suffix = np.array([*(f"（演示：{word}）" for word in words), ""], dtype=object)
    columns = {
        "site_id": sites["site_id"].to_numpy(),
        "name": sites["name"].to_numpy(),
        "outcome": _OUTCOMES[outcome],
        "outcome_zh": words[outcome] + suffix[demo],
        "robustness": _robustness(outcome, deciding & hit, checks, site),
        "demo_outcome": _OUTCOMES[demo],
        "deciding_rule_ids": decide,
        "undetermined_rule_ids": lines(open_, ids),
        "reasons": reasons,
        "best_case": _OUTCOMES[np.where(covered, sure, outcome)],
        "worst_case": _OUTCOMES[np.where(covered, worst, outcome)],
        "settle": settle,
        "remedy": told(decide, lambda held: _of_rules(held, rulebook, lambda rule: rule.remedy.zh)),
        "citations": told(
            decide,
            lambda held: _of_rules(
                held, rulebook, lambda rule: f"{rule.id} {cite(rulebook.plan_of(rule), rule)}"
            ),
        ),
        "governing": told(
            Groups(site[met], count).joined(marked, ";"), lambda held: _governing(held, rulebook)
        ),
        "jurisdictions": _jurisdictions(scope, rulebook, count),
        "checks": passed,
        "hits": np.bincount(site[hit], minlength=count),
        "deadline_on": _deadlines(rules, hit, site, count),
        "expires_on": "",  # these three are of the run: geo.runs fills them in
        "expires_why": "",
        "override": "",
    }
    return pd.DataFrame(framed(columns))


def _stand(states: npt.NDArray[Any], site: Ints, rules: _Rules, count: int) -> tuple[Ints, Ints, Ints]:
    """Per site what is sure, what is possible, and the outcome, by strictness: :func:`stand` of all sites."""
    sure = np.full(count, _CLEAR, dtype=np.int64)
    hit = states == State.HIT
    np.maximum.at(sure, site[hit], rules.potential[hit])
    worst = sure.copy()
    # an open check that could only inform clouds nothing
    possible = (states == State.UNDETERMINED) & ~rules.informs
    np.maximum.at(worst, site[possible], rules.potential[possible])
    pairs, first = kinds_of(sure, worst)
    kinds = [Standing(_BY_STRICTNESS[sure[row]], _BY_STRICTNESS[worst[row]]) for row in first]
    outcomes = np.array([strictness(kind.outcome) for kind in kinds], dtype=np.int64)
    return sure, worst, outcomes[pairs] if count else sure


def _of_rules(ids: str, rulebook: RuleBook, say: Callable[[Rule], str]) -> str:
    """What is said of each of some rules, each sentence once."""
    return "\n".join(dict.fromkeys(say(rulebook[rule_id]) for rule_id in split(ids)))


def _governing(meeting: str, rulebook: RuleBook) -> str:
    """Of the rules that bite (!) or may (?) which governs."""
    met = [(rulebook[item[:-1]], item[-1] == "!") for item in split(meeting)]
    return govern([(rule, outcome_of(rule), sure) for rule, sure in met], rulebook)


def _deadlines(rules: _Rules, hit: npt.NDArray[np.bool_], site: Ints, count: int) -> Texts:
    """The first last day of the exits that bind and bite; empty where there is none."""
    days = np.array(
        [day.toordinal() if (day := _deadline(rule)) else _NEVER for rule in rules.rules], dtype=np.int64
    )
    first = np.full(count, _NEVER, dtype=np.int64)
    np.minimum.at(first, site[hit], days[rules.number[hit]])
    return told(first, lambda day: "" if day == _NEVER else str(date.fromordinal(int(day))))


_NEVER = date.max.toordinal()


def _deadline(rule: Rule) -> date | None:
    """The last day of an exit that binds."""
    return rule.deadline if outcome_of(rule) is Outcome.MUST_EXIT else None


def _robustness(outcome: Ints, deciding: npt.NDArray[np.bool_], checks: pd.DataFrame, site: Ints) -> Texts:
    """Whether the doubt leaves the outcome as it is: one robust hit is enough, a clear site needs all."""
    robust = checks["robust"].to_numpy(dtype=bool)
    count = len(outcome)
    held = np.zeros(count, dtype=bool)
    held[site[deciding & robust]] = True
    excused = (checks["excepted"].to_numpy() == GRANTED) | (checks["required"].to_numpy() == MET)
    all_held = np.ones(count, dtype=bool)
    all_held[site[~(robust | excused)]] = False
    firm = np.select(
        [outcome == _NOT_COVERED, outcome == _UNDETERMINED, outcome == _CLEAR],
        [np.ones(count, dtype=bool), np.zeros(count, dtype=bool), all_held],
        held,
    )
    return np.array(["fragile", "robust"], dtype=object)[firm.astype(int)]


def _nothing_said(outcome: Ints, checks: Ints) -> Texts:
    """What is said of sites that no rule touches."""
    passed = told(
        checks,
        lambda count: f"检查了 {count} 条规则，均未触及" if count else "已载入的规则没有针对此类项目的",
    )
    return np.where(outcome == _NOT_COVERED, "不在已载入规划的辖区内", passed).astype(object)


def _jurisdictions(scope: SiteScope, rulebook: RuleBook, count: int) -> Texts:
    """A line a plan that applies or may apply."""
    plans, numbers, notes = [], [], []
    for number, (plan_id, member) in enumerate(scope.plans.items()):
        rows = np.flatnonzero(member.state != State.MISS)
        border = np.where(
            member.state[rows] == State.UNDETERMINED, told(np.abs(member.border_m[rows]), _near_border), ""
        )
        border = np.where(member.contradicted[rows], "：申报的区划代码与位置不符，请核对", border)
        notes.append(f"《{rulebook.plans[plan_id].title.zh}》" + border.astype(object))
        plans.append(rows)
        numbers.append(np.full(len(rows), number))
    if not plans:
        return np.full(count, "", dtype=object)
    return Groups(np.concatenate(plans), count).joined(np.concatenate(notes), "\n")


def _near_border(distance_m: float) -> str:
    return "：位于市界附近" + ("" if np.isnan(distance_m) else f"（{distance_m:,.0f} 米），两市规则均列出")
