"""Whether the lines that a rule may be measured from agree, and if not, which decides and by how much.

No plan says from which line 沿岸 is measured. Each accepted line that the layers hold is a reading of its own;
the rule file gives their order, and the first that decides goes before the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import pandas as pd

from geo.rule import Rule
from geo.rulebook import RuleBook
from geo.terms import Cause, Line, Measure, State
from geo.wording import Row, heading, metres_text

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
