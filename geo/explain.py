"""Why a site got its verdict: rule, clause, metres, arithmetic, reading, what would settle it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from geo.contracts import split
from geo.errors import RunError
from geo.rule import Rule
from geo.rulebook import RuleBook
from geo.runs.stored import read_run
from geo.terms import Cause, Line, Measure, Outcome, State
from geo.wording import cite, heading, limit_text, metres_text


def explain(folder: Path | str, site_id: str, rulebook: RuleBook, plans: Path | None = None) -> list[str]:
    """The lines that explain one site of a run, in Chinese.

    ``plans`` is a folder of the plans' text (one paragraph a line): the paragraph of each deciding
    clause is then printed from there. Raises :class:`~geo.errors.RunError` for an unknown site.
    """
    sites, findings, record = read_run(folder)
    if site_id not in set(sites["site_id"]):
        known = "、".join(list(sites["site_id"])[:20])
        raise RunError(f"这次筛查里没有场地 {site_id}；有：{known}")
    site = sites[sites["site_id"] == site_id].iloc[0]
    own = findings[findings["site_id"] == site_id]
    lines = [
        f"{site.site_id} {site['name']}：{site.outcome_zh}（{'稳健' if site.robustness == 'robust' else '不稳健'}）",
        f"筛查日期 {record['on']}；{site.jurisdictions or '不在已载入规划的辖区内'}".replace("\n", "；"),
        f"最好情形 {Outcome(site.best_case).zh}，最坏情形 {Outcome(site.worst_case).zh}；"
        f"检查 {int(site.checks)} 条规则，触及 {int(site.hits)} 条",
    ]
    if site.governing:
        lines.append(site.governing)
    if site.get("deadline_on"):
        lines.append(f"退出期限 {site.deadline_on}")
    if site.get("expires_on"):
        lines.append(f"有效期：{site.expires_on} 起应重新筛查（{site.expires_why}）")
    if site.get("override"):
        lines += [
            "人工认定（与程序结论并列，不替代）：",
            *[f"  {note}" for note in site.override.split("\n")],
        ]
    if record["rules"]["content_sha256"] != rulebook.content_hash:
        lines.append("注意：规则册与筛查时不同，条文说明以现在的规则册为准")
    deciding = split(site.deciding_rule_ids)
    for rule_id in _ranked(own, deciding):
        rule = rulebook[rule_id]
        lines += ["", *_rule_lines(rule, own[own["rule_id"] == rule_id], rulebook)]
        if plans is not None and rule_id in deciding:
            lines += _paragraph(rule, plans)
    if site.settle:
        lines += ["", "要核实，请：", *[f"  · {line}" for line in site.settle.split("\n")]]
    if site.get("readings", ""):
        lines += ["", "从哪条线量：", *[f"  · {line}" for line in site.readings.split("\n")]]
    if site.get("move", ""):
        lines += ["", f"最小移动：{site.move}"]
    if site.remedy:
        lines += ["", "怎么办：", *[f"  · {line}" for line in site.remedy.split("\n")]]
    return lines


def _ranked(findings: pd.DataFrame, deciding: list[str]) -> list[str]:
    """The rules of a site: those that decide first, then what bites, what is open, what is missed."""
    order = {State.HIT: 0, State.UNDETERMINED: 1, State.MISS: 2}
    nearest = findings.groupby("rule_id", sort=False)["state"].agg(
        lambda states: min(order[State(s)] for s in states)
    )
    return sorted(nearest.index, key=lambda rule_id: (rule_id not in deciding, nearest[rule_id]))


def _rule_lines(rule: Rule, findings: pd.DataFrame, rulebook: RuleBook) -> list[str]:
    plan = rulebook.plan_of(rule)
    rows = findings.to_dict("records")
    lines = [
        heading(rule),
        f"  依据 {cite(plan, rule)}；{rule.effect.zh}，{rule.strength.zh}",
    ]
    if rule.notes.ambiguity:
        lines.append(f"  原文未明：{rule.notes.ambiguity}")
    for row in rows:
        state = State(row["state"])
        causes = "、".join(Cause(cause).zh for cause in split(row["cause"]))
        mark = "首选读法" if row["reading"] == 1 else "其他读法"
        lines.append(
            f"  [{state.zh}{'：' + causes if causes else ''}]（{mark}）{row['reason'].split('：', 1)[-1]}"
        )
        if row["override"] and row["reading"] == 1:
            lines.append(f"    人工认定 {row['override']}")
        arithmetic = _arithmetic(rule, row)
        if arithmetic:
            lines.append(f"    算式 {arithmetic}")
    return lines


def _arithmetic(rule: Rule, row: dict[str, Any]) -> str:
    """The sum behind a state."""
    margin = row["margin_m"]
    if pd.isna(margin):
        return ""
    reading = (
        f"读法：自{Line(row['line']).zh}量起，图层 {row['layer_key']}" if row["layer_key"] else "按行政界线"
    )
    if rule.measure is Measure.WITHIN_DISTANCE and not pd.isna(row["limit_m"]):
        total = f"{row['distance_m']:,.2f} − {limit_text(row['limit_m'])} = 余量 {margin:,.2f} 米"
    else:
        total = f"余量 {margin:,.2f} 米"
    if pd.isna(row["margin_low_m"]):
        return f"{total}；{reading}"
    low, high = row["margin_low_m"], row["margin_high_m"]
    chance = row.get("probability", float("nan"))
    likely = "" if pd.isna(chance) else f"，触及概率 {chance:.1%}（只计位置）"
    return (
        f"{total}；综合精度 ±{metres_text(row['accuracy_m'])}，计入疑度后余量在 {low:,.1f} 至 {high:,.1f} 米之间"
        f"（小于等于 0 为触及）{likely}；{reading}"
    )


def _paragraph(rule: Rule, plans: Path) -> list[str]:
    """The paragraph of the plan's text that holds all key terms, from the user's own folder."""
    for path in sorted(plans.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if all(term in line for term in rule.key_terms):
                return [f"  原文（{path.name} 第 {number} 行）：{line.strip()}"]
    return [f"  原文：{plans} 里没有找到含全部关键词的段落"]
