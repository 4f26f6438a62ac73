"""The oracle for judging: findings judged and worded one by one, as the product did before it did all at once.

Slow and plain; nothing of the product calls it. ``tests/test_judging.py`` compares every text with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.contracts import conform, split
from geo.doubt import CONFIDENCE, WIDEST_HALF_M, accuracy_that_settles
from geo.frames import VERDICTS
from geo.governing import govern
from geo.rule import Plan, Rule
from geo.rulebook import RuleBook
from geo.scope import EVIDENCE, GRANTED, MET, UNKNOWN, UNMET, Membership, SiteScope
from geo.terms import Cause, Effect, Line, Match, Measure, Outcome, PlanStatus, State, Theme, strictness
from geo.verdicts import outcome_of, stand
from geo.wording import chance_text, cite, deadline_text, heading, limit_text, metres_text

Row = Mapping[str, Any]


def judge_rowwise(
    sites: gpd.GeoDataFrame,
    scope: SiteScope,
    findings: pd.DataFrame,
    rulebook: RuleBook,
    on: date,
    confidence: float = CONFIDENCE,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What :func:`geo.verdicts.judge_checks` gives."""
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


def relation(rule: Rule, row: Row) -> str:
    """What the measurement says, in metres."""
    place = Theme(row["theme"]).zh if row["theme"] else ""
    feature = row["feature_name"] or place
    if rule.measure is Measure.IN_JURISDICTION:
        return "位于规则适用的辖区内" if row["ground"] == State.HIT else "是否在规则适用的辖区内待定"
    if not row["layer_key"]:
        return f"没有可用的“{place}”图层"
    if math.isnan(row["margin_m"]):
        return f"图层 {row['layer_key']} 中没有所指的{place}"
    line = Line(row["line"])
    if rule.measure is Measure.WITHIN_DISTANCE:
        text = f"距{feature}{line.zh if line is not Line.BOUNDARY else ''} {metres_text(row['distance_m'])}"
        if not math.isnan(row["limit_m"]):
            side = "以内" if row["margin_m"] <= 0 else "以外"
            text += f"，在限值 {limit_text(row['limit_m'])}{side} {metres_text(abs(row['margin_m']))}"
        return text
    if rule.measure is Measure.OUTSIDE:
        if row["margin_m"] > 0:
            return f"全部位于{feature}内，距边界 {metres_text(row['margin_m'])}"
        return f"不全在{place}内，超出最近的{feature} {metres_text(-row['margin_m'])}"
    if row["margin_m"] <= 0:
        overlap = (
            ""
            if math.isnan(row["overlap_ha"])
            else f"，重叠 {row['overlap_ha']:.2f} 公顷（{row['share']:.0%}）"
        )
        return f"位于{place}“{feature}”内{overlap}" if feature != place else f"位于{place}内{overlap}"
    return f"距{feature} {metres_text(row['distance_m'])}"


def why_open(rule: Rule, plan: Plan, cause: Cause, row: Row) -> str:
    """Why a check is undetermined."""
    place = Theme(row["theme"]).zh if row["theme"] else "行政区"
    preferred = rule.measured_from[0].line if rule.measured_from else None
    return {
        Cause.MISSING_LAYER: f"缺少“{place}”图层",
        Cause.COVERAGE: f"“{place}”图层在此处是否完整没有说明，没有查到不等于没有",
        Cause.BASE_LINE: _base_line(row, preferred),
        Cause.DISTANCE_NOT_GIVEN: "规划没有给出距离",
        Cause.REACH: "附近的只是条款所指河段以外的部分",
        Cause.OPEN_LIST: _open_list(row),
        Cause.FEATURE_FACT: f"“{place}”图层缺少规则要用的属性，不知是否所指要素",
        Cause.SITE_FACT: f"没有说明项目{_unstated(row)}",
        Cause.EVIDENCE: f"申明例外“{_exception_title(rule, row)}”，尚无佐证",
        Cause.DATUM: _and_chance("坐标系未申报，位置可能偏 640 米", row),
        Cause.ACCURACY: _and_chance(f"综合精度 ±{metres_text(row['accuracy_m'])}，跨越限值", row),
        Cause.DRAFT_PLAN: "规划为征求意见稿，尚不具约束力",
        Cause.DEMO: f"图层 {row['layer_key']} 是演示数据",
    }[cause]


def _base_line(row: Row, preferred: Line | None) -> str:
    wanted = preferred.zh if preferred is not None else "规划所指的线"
    if not row["layer_key"]:
        return f"没有规则认可的基准线（{wanted}）图层"
    if row["ground"] != State.UNDETERMINED:
        return "不同基准线得出不同结果"
    half = row["half_width_m"]
    nearer = f"至多近 {metres_text(half)}" if not math.isnan(half) else _UNKNOWN_HALF
    return _and_chance(f"只有{Line(row['line']).zh}，{wanted}可能更近，{nearer}", row)


_UNKNOWN_HALF = f"半河宽不明，按至多 {limit_text(WIDEST_HALF_M)}计"


def _and_chance(text: str, row: Row) -> str:
    chance = chance_text(row["probability"])
    return f"{text}，{chance}" if chance else text


def _open_list(row: Row) -> str:
    if row["match"] == "similar":
        return f"行业与名单相近（{row['word']}），但“等”字未列明"
    return "该河流（地点）是否属于规划所说的范围没有名单"


def _unstated(row: Row) -> str:
    if row["match"] == "unsure":
        return f"是否属于“{row['word']}”"
    return f"是否满足“{row['requirement']}”"


def _exception_title(rule: Rule, row: Row) -> str:
    return next((e.title.zh for e in rule.exceptions if e.id == row["exception"]), "")


def settle(rule: Rule, plan: Plan, cause: Cause, row: Row, confidence: float = CONFIDENCE) -> str:
    """What would settle an undetermined check, at the confidence asked for."""
    place = Theme(row["theme"]).zh if row["theme"] else "行政区"
    preferred = rule.measured_from[0].line if rule.measured_from else None
    line = preferred.zh if preferred is not None else "边界"
    evidence = next(
        (e.evidence.zh for e in rule.exceptions if e.id == row["exception"] and e.evidence), "佐证"
    )
    return {
        Cause.MISSING_LAYER: f"补充“{place}”图层",
        Cause.COVERAGE: f"补充覆盖此处的“{place}”图层，或在清单写明 covers",
        Cause.BASE_LINE: f"取得{place}{line}的划定成果",
        Cause.DISTANCE_NOT_GIVEN: f"请{plan.office}明确距离",
        Cause.REACH: f"请{plan.office}明确河段起止",
        Cause.OPEN_LIST: f"请{plan.office}认定是否属于名单",
        Cause.FEATURE_FACT: f"补全“{place}”图层的属性",
        Cause.SITE_FACT: f"说明项目{_unstated(row)}",
        Cause.EVIDENCE: f"提供{evidence}",
        Cause.DATUM: "申报坐标系（--datum 或 datum 列）",
        Cause.ACCURACY: f"测量此处的{line}与场地边界，综合精度优于 {metres_text(_needed(row, confidence))}",
        Cause.DRAFT_PLAN: "以正式印发的规划为准",
        Cause.DEMO: f"用正式数据替换演示图层 {row['layer_key']}",
    }[cause]


def _needed(row: Row, confidence: float) -> float:
    """The standard error at which the margin measured would decide."""
    margin = row["margin_m"]
    return float("nan") if math.isnan(margin) else accuracy_that_settles(margin, confidence)


_SAID = {State.HIT: "触及", State.MISS: "不触及", State.UNDETERMINED: "待核实"}


def compare_readings(findings: pd.DataFrame, rulebook: RuleBook) -> dict[str, str]:
    """Per site, in Chinese: whether its readings agree, then a line a rule with several lines.

    ``findings`` with the columns of :data:`geo.frames.FINDINGS`. Rules whose lines disagree come first. Demonstration
    layers are read only where fewer than two real lines are held, and are called 演示.
    """
    held = findings[findings["layer_key"] != ""]
    of_line = held.sort_values("reading", kind="stable").drop_duplicates(
        ["site_id", "rule_id", "theme", "line", "demo"]
    )
    lines = of_line.groupby(["site_id", "rule_id", "theme"])["line"].transform("nunique")
    several = of_line[lines > 1].sort_values(["site_id", "rule_id", "theme", "reading"], kind="stable")
    told: dict[str, tuple[list[str], list[str]]] = {site_id: ([], []) for site_id in findings["site_id"]}
    keys = ("site_id", "rule_id", "theme")
    for (site_id, rule_id, _), rows in groupby(
        several.to_dict("records"), key=lambda row: tuple(row[key] for key in keys)
    ):
        listed = list(rows)
        real = [row for row in listed if not row["demo"]]
        readings = real if len({row["line"] for row in real}) > 1 else listed
        agree = len({row["ground"] for row in readings}) == 1
        told[site_id][agree].append(_sentence(rulebook[rule_id], readings, agree))
    single = set(held["site_id"]) - set(several["site_id"])
    return {
        site_id: "\n".join([_summary(len(apart), len(alike), site_id in single), *apart, *alike]).strip()
        for site_id, (apart, alike) in told.items()
    }


def _summary(apart: int, alike: int, single: bool) -> str:
    if apart:
        return f"读法不一：{apart} 条规则因基准线而异" + (f"，另 {alike} 条一致" if alike else "")
    if alike:
        return f"各读法一致：{alike} 条规则有几种基准线，结论相同"
    return "每条规则只有一种基准线可量" if single else ""


def _sentence(rule: Rule, readings: Sequence[dict[str, Any]], agree: bool) -> str:
    """``readings`` in their order: the first decides.

    按河岸量 1,980 米触及，按管理范围线量 2,210 米不触及，相差 230 米，以河岸为准.
    """
    first = readings[0]
    distances = [row["distance_m"] for row in readings if not pd.isna(row["distance_m"])]
    apart = max(distances) - min(distances) if len(distances) > 1 else float("nan")
    parts = [f"按{_line(row)}{_measured(rule, row)}{_SAID[State(row['ground'])]}" for row in readings]
    if not pd.isna(apart):
        parts.append(f"{'最多' if len(distances) > 2 else ''}相差 {metres_text(apart)}")
    parts.append(f"以{_line(first)}为准" if not agree else f"结论一致，以{_line(first)}为准")
    contested = Cause.BASE_LINE in first["cause"].split(";") and first["ground"] != State.UNDETERMINED
    note = "（结论因基准线而异，故列为待核实）" if contested else ""
    return f"{heading(rule)}：{'，'.join(parts)}{note}"


def _line(row: Row) -> str:
    return Line(row["line"]).zh + ("（演示）" if row["demo"] else "")


def _measured(rule: Rule, row: Row) -> str:
    if pd.isna(row["distance_m"]):
        return "未见所指要素，"
    if rule.measure is not Measure.WITHIN_DISTANCE:
        return "" if row["distance_m"] == 0 else f"相距 {metres_text(row['distance_m'])}，"
    return f"量 {metres_text(row['distance_m'])}"
