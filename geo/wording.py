"""What is said to a planner about a check: the relation on the ground, the doubt, what settles it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from geo.doubt import CONFIDENCE, WIDEST_HALF_M, accuracy_that_settles
from geo.rule import Plan, Rule
from geo.terms import Cause, Effect, Line, Measure, State, Theme

Row = Mapping[str, Any]  # a row of Findings with the columns of Scope beside it


def metres_text(value: float) -> str:
    """Metres as a planner writes them: decimals only where they matter.

    >>> metres_text(1588.4), metres_text(18.26), metres_text(-0.0)
    ('1,588 米', '18.3 米', '0 米')
    """
    if math.isnan(value) or math.isinf(value):
        return "未知"
    if value == 0:  # of either sign: rows of both are of one kind
        return "0 米"
    return f"{value:,.0f} 米" if abs(value) >= 100 else f"{value:,.1f} 米"


def chance_text(probability: float) -> str:
    """A probability as told to a planner: never 0 % or 100 % of what is open.

    >>> chance_text(0.726), chance_text(0.0004), chance_text(1.0), chance_text(float("nan"))
    ('触及概率 73%', '触及概率不到 1%', '触及概率 99% 以上', '')
    """
    if math.isnan(probability):
        return ""
    if probability < 0.005:
        return "触及概率不到 1%"
    return "触及概率 99% 以上" if probability > 0.995 else f"触及概率 {probability:.0%}"


def limit_text(value: float) -> str:
    """A limit: 2 km, 50 m.

    >>> limit_text(2000.0), limit_text(50.0)
    ('2 公里', '50 米')
    """
    return f"{value / 1000:g} 公里" if value >= 1000 else f"{value:g} 米"


def cite(plan: Plan, rule: Rule) -> str:
    """Plan and section of a rule."""
    draft = "（征求意见稿）" if plan.status == "draft" else ""
    own = rule.overlay
    amended = f"（用户规则：{own.author}，{own.on:%Y-%m-%d}，{own.reason}）" if own is not None else ""
    return f"《{plan.title.zh}》{draft}{rule.section}{amended}"


def heading(rule: Rule) -> str:
    """Number and title of a rule; a user's own rule says so."""
    return f"{rule.id} {rule.title.zh}" + ("（用户规则）" if rule.overlay is not None else "")


def relation(rule: Rule, row: Row) -> str:
    """What the measurement says, in metres.

    ``row`` has, beside its numbers, their texts (``distance``, ``limit``, ``beyond``: the size of the margin, ``overlap``,
    ``feature``) and whether the feature has a name of its own (``named``): :mod:`geo.judging` gives marks in their place.
    """
    place = Theme(row["theme"]).zh if row["theme"] else ""
    if rule.measure is Measure.IN_JURISDICTION:
        return "位于规则适用的辖区内" if row["ground"] == State.HIT else "是否在规则适用的辖区内待定"
    if not row["layer_key"]:
        return f"没有可用的“{place}”图层"
    if math.isnan(row["margin_m"]):
        return f"图层 {row['layer_key']} 中没有所指的{place}"
    line = Line(row["line"])
    if rule.measure is Measure.WITHIN_DISTANCE:
        text = f"距{row['feature']}{line.zh if line is not Line.BOUNDARY else ''} {row['distance']}"
        if not math.isnan(row["limit_m"]):
            side = "以内" if row["margin_m"] <= 0 else "以外"
            text += f"，在限值 {row['limit']}{side} {row['beyond']}"
        return text
    if rule.measure is Measure.OUTSIDE:
        if row["margin_m"] > 0:
            return f"全部位于{row['feature']}内，距边界 {row['beyond']}"
        return f"不全在{place}内，超出最近的{row['feature']} {row['beyond']}"
    if row["margin_m"] <= 0:
        named = f"{place}“{row['feature']}”" if row["named"] else place
        return f"位于{named}内{row['overlap']}"
    return f"距{row['feature']} {row['distance']}"


def overlap_text(overlap_ha: float, share: float) -> str:
    """What is said of the ground that a footprint shares with a zone.

    >>> overlap_text(1.5, 0.25), overlap_text(float("nan"), float("nan"))
    ('，重叠 1.50 公顷（25%）', '')
    """
    return "" if math.isnan(overlap_ha) else f"，重叠 {overlap_ha:.2f} 公顷（{share:.0%}）"


def nearer_text(half_width_m: float) -> str:
    """How much nearer the line meant may be than the one that stands in for it.

    >>> nearer_text(500.0), nearer_text(float("nan"))
    ('至多近 500 米', '半河宽不明，按至多 8 公里计')
    """
    if math.isnan(half_width_m):
        return f"半河宽不明，按至多 {limit_text(WIDEST_HALF_M)}计"
    return f"至多近 {metres_text(half_width_m)}"


def why_open(rule: Rule, plan: Plan, cause: Cause, row: Row) -> str:
    """Why a check is undetermined; ``row`` as for :func:`relation`, and ``accuracy``, ``nearer``, ``chance``."""
    place = Theme(row["theme"]).zh if row["theme"] else "行政区"
    preferred = rule.measured_from[0].line if rule.measured_from else None
    return {
        Cause.MISSING_LAYER: f"缺少“{place}”图层",
        Cause.UNREADABLE: f"有“{place}”图层读不了，已搁置（见搁置的图层），它可能改变结果",
        Cause.COVERAGE: f"“{place}”图层在此处是否完整没有说明，没有查到不等于没有",
        Cause.BASE_LINE: _base_line(row, preferred),
        Cause.DISTANCE_NOT_GIVEN: "规划没有给出距离",
        Cause.REACH: "附近的只是条款所指河段以外的部分",
        Cause.OPEN_LIST: _open_list(row),
        Cause.FEATURE_FACT: f"“{place}”图层缺少规则要用的属性，不知是否所指要素",
        Cause.SITE_FACT: f"没有说明项目{_unstated(row)}",
        Cause.EVIDENCE: f"申明例外“{_exception_title(rule, row)}”，尚无佐证",
        Cause.DATUM: f"坐标系未申报，位置可能偏 640 米{row['chance']}",
        Cause.ACCURACY: f"综合精度 ±{row['accuracy']}，跨越限值{row['chance']}",
        Cause.DRAFT_PLAN: "规划为征求意见稿，尚不具约束力",
        Cause.DEMO: f"图层 {row['layer_key']} 是演示数据",
    }[cause]


def _base_line(row: Row, preferred: Line | None) -> str:
    wanted = preferred.zh if preferred is not None else "规划所指的线"
    if not row["layer_key"]:
        return f"没有规则认可的基准线（{wanted}）图层"
    if row["ground"] != State.UNDETERMINED:
        return "不同基准线得出不同结果"
    return f"只有{Line(row['line']).zh}，{wanted}可能更近，{row['nearer']}{row['chance']}"


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
    """What would settle an undetermined check, at the confidence asked for.

    ``row`` may have the text of the accuracy that would (``needed``); else it follows from its margin.
    """
    place = Theme(row["theme"]).zh if row["theme"] else "行政区"
    preferred = rule.measured_from[0].line if rule.measured_from else None
    line = preferred.zh if preferred is not None else "边界"
    evidence = next(
        (e.evidence.zh for e in rule.exceptions if e.id == row["exception"] and e.evidence), "佐证"
    )
    return {
        Cause.MISSING_LAYER: f"补充“{place}”图层",
        Cause.UNREADABLE: f"修好读不了的“{place}”图层后重新筛查",
        Cause.COVERAGE: f"补充覆盖此处的“{place}”图层，或在清单写明 covers",
        Cause.BASE_LINE: f"取得{place}{line}的划定成果",
        Cause.DISTANCE_NOT_GIVEN: f"请{plan.office}明确距离",
        Cause.REACH: f"请{plan.office}明确河段起止",
        Cause.OPEN_LIST: f"请{plan.office}认定是否属于名单",
        Cause.FEATURE_FACT: f"补全“{place}”图层的属性",
        Cause.SITE_FACT: f"说明项目{_unstated(row)}",
        Cause.EVIDENCE: f"提供{evidence}",
        Cause.DATUM: "申报坐标系（--datum 或 datum 列）",
        Cause.ACCURACY: f"测量此处的{line}与场地边界，综合精度优于 {row.get('needed') or needed_text(row['margin_m'], confidence)}",
        Cause.DRAFT_PLAN: "以正式印发的规划为准",
        Cause.DEMO: f"用正式数据替换演示图层 {row['layer_key']}",
    }[cause]


def needed_text(margin_m: float, confidence: float = CONFIDENCE) -> str:
    """The standard error at which the margin measured would decide, in words.

    >>> needed_text(-18.0), needed_text(float("nan"))
    ('10.9 米', '未知')
    """
    return metres_text(margin_m if math.isnan(margin_m) else accuracy_that_settles(margin_m, confidence))


def deadline_text(rule: Rule, on: date) -> str:
    """What is said of an exit's date."""
    if rule.effect is not Effect.PHASE_OUT:
        return ""
    if rule.deadline is None:
        return "规划未定期限"
    if on > rule.deadline:
        return f"期限（{rule.deadline:%Y年%m月%d日}）已到，状态待核"
    return f"须在{rule.deadline:%Y年%m月%d日}前退出"
