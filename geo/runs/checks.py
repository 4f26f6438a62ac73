"""Two sets of findings beside each other: which checks changed, and which of their ingredients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from geo.contracts import split
from geo.kinds import codes_of
from geo.terms import Cause, Line, Outcome, State, Term, strictness
from geo.wording import limit_text, metres_text

Row = Mapping[str, Any]

_STRICTEST = {State.HIT: 0, State.UNDETERMINED: 1, State.MISS: 2}

#: What a check is made of, beside its state.
INGREDIENTS = (
    "cause",
    "theme",
    "feature_name",
    "distance_m",
    "limit_m",
    "margin_m",
    "accuracy_m",
    "line",
    "layer_key",
    "demo",
    "reason",
)


class Change(Term):
    """How one verdict stands to another."""

    STRICTER = "stricter", "趋严", "stricter"
    MILDER = "milder", "趋宽", "milder"
    RULES = "rules", "结论同，依据不同", "same outcome, other rules"  # the same outcome, by other rules
    CHECKS = (
        "checks",
        "结论同，检查有变",
        "same outcome, checks changed",
    )  # the same verdict, though a check changed
    WORDS = "words", "仅文字不同", "only words differ"  # the same but for its words
    ADDED = "added", "新增场地", "site added"
    REMOVED = "removed", "不再有", "site gone"
    SAME = "same", "不变", "same"


def change_of(before: Row, after: Row) -> Change:
    """How the verdict ``after`` stands to ``before``: by the outcome first, then by what decides.

    >>> a = {"outcome": "clear", "outcome_zh": "未触及", "deciding_rule_ids": ""}
    >>> change_of(a, {"outcome": "prohibited", "outcome_zh": "禁止", "deciding_rule_ids": "YC-15"}).zh
    '趋严'
    """
    was, now = Outcome(before["outcome"]), Outcome(after["outcome"])
    if was is not now:
        return Change.STRICTER if strictness(now) > strictness(was) else Change.MILDER
    # "undetermined (demonstration: prohibited)" and "undetermined" differ by their words only
    same = before["outcome_zh"] == after["outcome_zh"] and set(split(before["deciding_rule_ids"])) == set(
        split(after["deciding_rule_ids"])
    )
    return Change.SAME if same else Change.RULES


def deciding_checks(findings: pd.DataFrame) -> pd.DataFrame:
    """The finding that speaks for each site and rule: first readings, over references the strictest."""
    rows = np.flatnonzero(findings["reading"].to_numpy() == 1)
    site, rule = (
        pd.factorize(findings[name].to_numpy()[rows], sort=True)[0] for name in ("site_id", "rule_id")
    )
    state, states = codes_of(findings["state"].to_numpy()[rows])
    order = np.array([_STRICTEST[State(held)] for held in states], dtype=np.int64)[state]
    ranked = np.lexsort([order, rule, site])
    site, rule = site[ranked], rule[ranked]
    begins = np.append(True, (site[1:] != site[:-1]) | (rule[1:] != rule[:-1]))[: len(rows)]
    return findings.iloc[rows[ranked[begins]]].reset_index(drop=True)


def compare_checks(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The checks of two sets of findings side by side: ``state`` and ingredients with ``_a`` and ``_b``.

    A check that only one of them has has the state ``""`` in the other. ``changed``: the state or why it is
    open is another.
    """
    names = ["site_id", "rule_id", "state", *INGREDIENTS]
    keys = {"site_id": object, "rule_id": object}  # a frame without rows has no type of its own
    sides = [deciding_checks(findings)[names].astype(keys) for findings in (before, after)]
    both = sides[0].merge(sides[1], on=["site_id", "rule_id"], how="outer", suffixes=("_a", "_b"))
    for side in ("_a", "_b"):
        for name in ("state", "cause", "theme", "feature_name", "line", "layer_key", "reason"):
            both[name + side] = both[name + side].fillna("").astype(str)
        both["demo" + side] = both["demo" + side].eq(True)
    both["changed"] = (both["state_a"] != both["state_b"]) | (both["cause_a"] != both["cause_b"])
    return both


def state_words(row: Row) -> str:
    """How the state of a check changed.

    >>> state_words({"state_a": "hit", "state_b": "", "cause_a": "", "cause_b": ""})
    '触及 → 不在检查之列'
    """
    return f"{_state(row['state_a'], row['cause_a'])} → {_state(row['state_b'], row['cause_b'])}"


def _state(state: str, causes: str) -> str:
    if not state:
        return "不在检查之列"
    why = "、".join(Cause(cause).zh for cause in split(causes))
    return State(state).zh + (f"（{why}）" if why else "")


def ingredient_words(row: Row) -> list[str]:
    """The ingredients of a check that differ, in words: limit, distance, line, layer, feature, doubt.

    Figures that agree to the centimetre are the same.
    """
    if not row["state_a"] or not row["state_b"]:
        return []
    parts = []
    for name, zh, show in (
        ("limit_m", "限值", lambda v: "未给出" if math.isnan(v) else limit_text(v)),
        ("distance_m", "距离", lambda v: "没有" if math.isnan(v) else metres_text(v)),
        ("accuracy_m", "综合精度", lambda v: "未知" if math.isnan(v) else f"±{metres_text(v)}"),
    ):
        a, b = float(row[name + "_a"]), float(row[name + "_b"])
        if not _same(a, b):
            shown = [show(a), show(b)]
            if shown[0] == shown[1]:  # a change smaller than what is shown
                shown = [f"{a:,.2f} 米", f"{b:,.2f} 米"]
            parts.append(f"{zh} {shown[0]} → {shown[1]}")
    for name, zh in (("line", "基准线"), ("layer_key", "图层"), ("feature_name", "要素")):
        a_text, b_text = row[name + "_a"], row[name + "_b"]
        if a_text != b_text:
            shown = [
                (Line(text).zh if name == "line" and text else text) or "无" for text in (a_text, b_text)
            ]
            parts.append(f"{zh} {shown[0]} → {shown[1]}")
    if row["demo_a"] != row["demo_b"]:
        parts.append("演示数据 → 正式数据" if row["demo_a"] else "正式数据 → 演示数据")
    return parts


def _same(a: float, b: float) -> bool:
    return (math.isnan(a) and math.isnan(b)) or abs(a - b) < 0.01
