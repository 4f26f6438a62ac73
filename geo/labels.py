"""What columns and the codes in them are called on screen, in Chinese and English: forms, legends, workbooks.

A column is named by its contract (:class:`geo.contracts.Column`); in English its heading follows from its name, since
``en`` of a column tells its meaning at length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from geo.contracts import Column
from geo.coverage import STATUS
from geo.language import Lang
from geo.runs.checks import Change
from geo.runs.existing import Rebuild, Standing
from geo.terms import (
    Bank,
    Cause,
    ConflictKind,
    CoverClass,
    Datum,
    Development,
    Effect,
    Flow,
    Line,
    Match,
    Measure,
    MoveState,
    Outcome,
    PlanStatus,
    Process,
    Purpose,
    State,
    Strength,
    Term,
    Theme,
    Treatment,
)

#: Which vocabulary the codes of a column are of.
_TERMS: dict[str, tuple[type[Term], ...]] = {
    **dict.fromkeys(
        (
            "outcome",
            "demo_outcome",
            "best_case",
            "worst_case",
            "consequence",
            "outcome_from",
            "as_new",
            "as_rebuilt",
            "as_rebuilt_larger",
            "as_expanded",
            "outcome_a",
            "outcome_b",
        ),
        (Outcome,),
    ),
    "machine": (Outcome, State),
    "decision": (Outcome, State),
    "state": (State, MoveState),
    "state_a": (State,),
    "state_b": (State,),
    "ground": (State,),
    "cause": (Cause,),
    "doubt": (Cause,),
    "effect": (Effect,),
    "strength": (Strength,),
    "development": (Development,),
    "purpose": (Purpose,),
    "processes": (Process,),
    "datum": (Datum,),
    "line": (Line,),
    "theme": (Theme,),
    "measure": (Measure,),
    "match": (Match,),
    "plan_status": (PlanStatus,),
    "change": (Change,),
    "standing": (Standing,),
    "rebuild": (Rebuild,),
    "bank": (Bank,),
    "flow": (Flow,),
    "cover": (CoverClass,),
    "treatment": (Treatment,),
    "then": (Treatment,),
    "kind": (ConflictKind,),
}
#: Codes that are no vocabulary of their own: (Chinese, English).
_WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "robustness": {"robust": ("稳健", "robust"), "fragile": ("不稳健", "fragile")},
    "status": {
        **{code: (zh, code) for code, (zh, _) in STATUS.items()},
        "stale": ("时点过旧", "out of date"),
        "demonstration": ("演示", "demonstration only"),
        "unknown": ("范围不明", "extent unknown"),
        "absent": ("缺", "missing"),
    },
    "within": {"county": ("本县", "its county"), "city": ("本市", "its city"), "park": ("园区", "a park")},
    "level": {"city": ("市", "city"), "county": ("县（市、区）", "county")},
    "state": {"measured": ("已量算", "measured"), "listed": ("只列名", "listed only")},
    "ground": {
        "strip": ("条带", "strip"),
        "area": ("面", "area"),
        "line": ("线", "line"),
        "follows": ("随他项", "follows another task"),
        "criterion": ("按条件", "by a criterion"),
    },
    "kind": {
        "rule_begins": ("规则施行", "rule takes effect"),
        "rule_ends": ("规则到期", "rule ends"),
        "limit": ("限值改变", "limit changes"),
        "exception_ends": ("例外到期", "exception ends"),
        "deadline": ("退出期限", "deadline to leave"),
        "layer_stale": ("图层将过时", "layer grows old"),
        "layer_old": ("图层已过时", "layer is out of date"),
        "share": ("比例", "share"),
        "change": ("变化", "change"),
        "status": ("状态", "status"),
    },
}

#: Ends of column names that say a unit: what stands in brackets after the heading.
_UNITS = {"m": "m", "ha": "ha", "mu": "mu", "m2": "m²", "deg": "°", "yuan": "yuan"}
_UNITS_ZH = {"米": "m", "公顷": "ha", "亩": "mu", "平方米": "m²", "度": "°", "天": "days", "元": "yuan"}
#: Headings that do not follow from the name of a column.
_HEADINGS = {
    "site_id": "No.",
    "rule_id": "Rule",
    "rule_ids": "Rules",
    "site_ids": "Sites",
    "name": "Name",
    "adcode": "Division code",
    "hits": "Rules touched",
    "checks": "Rules checked",
    "settle": "What settles it",
    "remedy": "What to do",
    "to_do": "What to do",
    "what": "In words",
    "why": "Why",
    "citations": "Basis",
    "citation": "Plan and section",
    "governing": "Which rule governs",
    "jurisdictions": "Plans that apply",
    "move": "Smallest move",
    "facts": "Figures stated",
    "basis": "How industry and development were read",
    "consequence": "Outcome if touched",
    "bites_as": "Outcome if touched",
    "ground": "On the ground",
    "line": "Base line",
    "layer_key": "Layer",
    "robust": "Robust",
    "demo": "Demonstration",
    "near_lon": "Nearest point, longitude (°)",
    "near_lat": "Nearest point, latitude (°)",
    "expires_on": "Valid until",
    "expires_why": "Why it expires",
    "override": "Decided by a person",
    "machine": "Found by the program",
    "decision": "Decided by a person",
    "deciding_rule_ids": "Deciding rules",
    "undetermined_rule_ids": "Open rules",
    "deciding_from": "Deciding rules as stated",
    "outcome_from": "Outcome as stated",
    "variant": "Supposed",
    "outcome_a": "Outcome in run A",
    "outcome_b": "Outcome in run B",
    "is_proxy": "Stand-in line",
    "near_only": "Only nearby features",
    "as_new": "If new",
    "as_rebuilt": "If rebuilt, no more capacity",
    "as_rebuilt_larger": "If rebuilt, more capacity",
    "as_expanded": "If expanded",
    "stops": "Sites stopped",
    "checked": "Sites checked",
    "open": "Sites open",
    "holds_open": "Verdicts held open",
    "settles": "Verdicts settled",
    "contributes": "Verdicts helped",
    "together": "Settled with those above",
    "days_left": "Days left",
    "planned": "In a city of the plans",
    "bank": "Bank",
    "who": "Decided by",
    "share_of_target": "Share of target",
    "target_ha": "Target (ha)",
    "fid": "Row",
}
_RULE = re.compile(r"[A-Z]{2,}-\d+")


@cache
def labels_of(column: str, lang: Lang = Lang.ZH) -> Mapping[str, str]:
    """Code to label for a column of codes; empty for a column of plain text.

    >>> labels_of("development")["new"], labels_of("development", Lang.EN)["existing"], dict(labels_of("name"))
    ('新建', 'existing', {})
    """
    held = {str(term): lang.of(term) for terms in _TERMS.get(column, ()) for term in terms}
    return MappingProxyType(held | {code: lang(*words) for code, words in _WORDS.get(column, {}).items()})


def told_code(column: str, value: str, lang: Lang) -> str:
    """A cell of a column of codes in words, also several joined by ``;``; any other text as it is.

    >>> told_code("development", "rebuild;expand", Lang.ZH), told_code("name", "a;b", Lang.EN)
    ('改建、扩建', 'a;b')
    """
    labels = labels_of(column, lang)
    if not labels or not value:
        return value
    if value in labels:
        return labels[value]
    return lang("、", ", ").join(_negated(part, labels, lang) for part in value.split(";") if part)


def _negated(part: str, labels: Mapping[str, str], lang: Lang) -> str:
    word = labels.get(part.removeprefix("!"), part)
    return lang("无", "no ") + word if part.startswith("!") and word != part else word


def heading_of(name: str, column: Column, lang: Lang = Lang.ZH) -> str:
    """The heading of a column with its unit.

    >>> from geo.frames import FINDINGS, VERDICTS
    >>> heading_of("margin_low_m", FINDINGS["margin_low_m"], Lang.EN), heading_of("margin_m", FINDINGS["margin_m"])
    ('Margin low (m)', '余量（米）')
    >>> heading_of("outcome_zh", VERDICTS["outcome_zh"], Lang.EN)
    'Outcome in words'
    """
    if lang is Lang.ZH:
        return column.heading
    if _RULE.fullmatch(name):  # a rule as a column of the matrix
        return f"{name} {column.en}"
    if name.endswith("_zh"):
        return heading_of(name.removesuffix("_zh"), Column(column.kind, "", ""), lang) + " in words"
    if name in _HEADINGS:
        return _HEADINGS[name]
    words, unit = name.split("_"), _UNITS_ZH.get(column.unit, "")
    if words[-1] in _UNITS and len(words) > 1:
        unit = _UNITS[words.pop()]
    words = [{"ids": "", "id": "", "on": "", "deg": ""}.get(word, word) for word in words]
    said = " ".join(word for word in words if word) or name
    return said[0].upper() + said[1:] + (f" ({unit})" if unit else "")


def beside(name: str) -> str:
    """The column that holds a code's words beside it, where a contract has one."""
    return f"{name}_zh"


def coded(columns: Iterable[str]) -> dict[str, str]:
    """The columns of words among ``columns``, and the column whose code each tells.

    >>> coded(["state", "state_zh", "outcome"])
    {'state_zh': 'state'}
    """
    held = list(columns)
    return {beside(name): name for name in held if beside(name) in held}
