"""The checks of one site on paper: what bites or is open in full, the rest gathered so that a page holds it.

Nothing is left out: every rule checked is named with its margin; the full rows are in ``findings.xlsx``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

import geo.english as english
from geo.contracts import split
from geo.language import Lang
from geo.rule import Rule
from geo.terms import Cause, Line, Measure, State, Theme
from geo.wording import heading
from geo.writers.dossier import Dossier
from geo.writers.quantities import limit_in, metres_in
from geo.writers.report.cells import state_cell
from geo.writers.report.document import Block, Cell, Field, Paragraph, Style, Table

Row = dict[str, Any]

#: Causes that official layers would settle, and those that the project itself can settle.
_OF_LAYERS = frozenset({Cause.MISSING_LAYER, Cause.UNREADABLE, Cause.COVERAGE, Cause.DEMO})
_OF_PROJECT = frozenset({Cause.SITE_FACT, Cause.EVIDENCE})


def is_measured(row: Row) -> bool:
    """Whether a check deserves a row of its own: it bites, or is open for a reason of its place.

    >>> is_measured({"state": "undetermined", "cause": "accuracy;demo"})
    True
    >>> is_measured({"state": "undetermined", "cause": "demo"}), is_measured({"state": "miss", "cause": ""})
    (False, False)
    """
    state = State(row["state"])
    causes = {Cause(cause) for cause in split(row["cause"])}
    return state is State.HIT or (state is State.UNDETERMINED and not causes <= _OF_LAYERS | _OF_PROJECT)


def write_checks(dossier: Dossier, site_id: str, checks: pd.DataFrame) -> list[Block]:
    """Three parts: rules that bite or are open, what waits for layers or facts by cause, what was passed."""
    say = dossier.lang
    rows = checks.to_dict("records")
    own = sorted((row for row in rows if is_measured(row)), key=_urgency)
    blocks: list[Block] = []
    if own:
        caption = say(f"{site_id} 规则逐条对照", f"{site_id}: rules checked")
        blocks.append(Table(caption, _fields(say), [_check(dossier, row) for row in own], small=True))
    waiting = [row for row in rows if State(row["state"]) is State.UNDETERMINED and not is_measured(row)]
    if waiting:
        caption = say(f"{site_id} 待补充资料方能判定的规则", f"{site_id}: rules that wait for data")
        fields = [
            Field(say("待核实原因", "Open for"), say(2.6, 2.4)),
            Field(say("条数", "Rules"), say(1.0, 1.3), True),
            Field(
                say("规则（括号内为现有数据上的余量）", "Rules (in brackets the margin on the data held)"),
                11.5,
            ),
        ]
        blocks.append(Table(caption, fields, _gathered(dossier, waiting), small=True))
    passed = [row for row in rows if State(row["state"]) is State.MISS]
    if passed:
        listed = _with_margins(dossier, passed)
        text = say(
            f"已核对未触及 {len(passed)} 条（括号内为余量）：{listed}。逐条结果见 findings.xlsx“逐条检查”。",
            f"Checked and not touched, {len(passed)} (margin in brackets): {listed}. Row by row in findings.xlsx.",
        )
        blocks.append(Paragraph(text, Style.NOTE))
    return blocks


def _urgency(row: Row) -> tuple[bool, float]:
    """What bites first, then what is open, the narrowest margin first."""
    margin = float(row["margin_m"])
    return State(row["state"]) is not State.HIT, math.inf if math.isnan(margin) else abs(margin)


def _gathered(dossier: Dossier, rows: Sequence[Row]) -> list[list[str | Cell]]:
    """Open checks by what they wait for, within it by the theme of the layer; a row a need."""
    say = dossier.lang
    by_need: dict[Cause, dict[str, list[Row]]] = {}
    for row in rows:
        theme = say.of(Theme(row["theme"])) if row["theme"] else say("行政区划", "divisions")
        for cause in (Cause(cause) for cause in split(row["cause"])):
            subject = theme if cause in _OF_LAYERS else ""
            by_need.setdefault(cause, {}).setdefault(subject, []).append(row)
    found: list[list[str | Cell]] = []
    for cause, parts in sorted(by_need.items(), key=lambda item: list(Cause).index(item[0])):
        listed = say("；", "; ").join(
            (subject + say("：", ": ") if subject else "") + _with_margins(dossier, held)
            for subject, held in parts.items()
        )
        count = sum(len(held) for held in parts.values())
        found.append([say.of(cause), str(count), listed])
    return found


def _with_margins(dossier: Dossier, rows: Sequence[Row]) -> str:
    say = dossier.lang
    parts = []
    for row in rows:
        margin = _margin(dossier, dossier.rule(row["rule_id"]), row)
        parts.append(row["rule_id"] + (say("（{}）", " ({})").format(margin) if margin != "–" else ""))
    return say("、", ", ").join(parts)


def _fields(say: Lang) -> list[Field]:
    return [
        Field(say("规则", "Rule"), say(3.3, 3.2)),
        Field(say("距离", "Distance"), say(1.75, 1.6), True),
        Field(say("限值", "Limit"), 1.25, True),
        Field(say("余量", "Margin"), say(1.9, 1.75), True),
        Field(say("读法（基准线、图层、精度）", "Reading (line, layer, accuracy)"), say(2.5, 2.3)),
        Field(say("判定", "Verdict"), say(1.75, 2.4)),
        Field(say("理由", "Reason"), say(4.1, 4.05)),
    ]


def _check(dossier: Dossier, row: Row) -> list[str | Cell]:
    say, rule = dossier.lang, dossier.rule(row["rule_id"])
    state = State(row["state"])
    verdict = say.of(state)
    if state is State.HIT:
        verdict = say(f"触及：{dossier.potential[rule.id].zh}", f"hit: {dossier.potential[rule.id].en}")
    by_distance = rule.measure is Measure.WITHIN_DISTANCE
    inside = rule.measure in (Measure.INSIDE, Measure.OUTSIDE)
    metres = partial(metres_in, say)
    measured = (by_distance or inside) and not math.isnan(row["distance_m"])
    return [
        Cell(f"{rule.id} {say.of(rule.title)}"),
        metres(row["distance_m"]) if measured else "–",
        limit_in(say, row["limit_m"]) if by_distance and not math.isnan(row["limit_m"]) else "–",
        _margin(dossier, rule, row),
        _reading(say, row),
        state_cell(state, verdict),
        reason_only(rule, row["reason"]),
    ]


def _margin(dossier: Dossier, rule: Rule, row: Row) -> str:
    """The room left, negative = inside; for an area that is met the overlap."""
    say = dossier.lang
    if rule.measure is Measure.IN_JURISDICTION or math.isnan(row["margin_m"]):
        return "–"
    text = metres_in(say, row["margin_m"])
    if not math.isnan(row["overlap_ha"]) and row["overlap_ha"] > 0:
        text += say(f"；重叠 {row['overlap_ha']:,.2f} 公顷", f"; overlap {row['overlap_ha']:,.2f} ha")
        text += f"，{row['share']:.0%}"
    return text


def _reading(say: Lang, row: Row) -> str:
    if not row["layer_key"]:
        theme = say.of(Theme(row["theme"])) if row["theme"] else ""
        return say(f"无图层（{theme}）", f"no layer ({theme})") if theme and theme != Theme.ADMIN.zh else "–"
    line = say.of(Line(row["line"])) if row["line"] else ""
    accuracy = f" ±{metres_in(say, row['accuracy_m'])}" if not math.isnan(row["accuracy_m"]) else ""
    return f"{line} {row['layer_key']}{accuracy}".strip()


def reason_only(rule: Rule, reason: str) -> str:
    """The reason without the number and title of the rule, which stand beside it."""
    return reason.removeprefix(f"{heading(rule)}：").removeprefix(f"{english.heading(rule)}: ")
