"""Findings judged: the final state of each check, what keeps it open, its reason in words; and which check of a rule decides.

Nothing is done row by row: what is not a number makes the kind of a check, and a kind is judged and worded once
(:mod:`geo.kinds`); its numbers are set into the words as arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.contracts import framed, split, texts
from geo.doubt import CONFIDENCE
from geo.kinds import MARKS, Ints, Texts, asks_for, codes_of, kinds_of, set_in, told
from geo.rule import Rule
from geo.rulebook import RuleBook
from geo.scope import EVIDENCE, GRANTED, MET, UNKNOWN, UNMET, SiteScope
from geo.terms import Cause, Effect, Match, PlanStatus, State, Theme
from geo.wording import (
    chance_text,
    deadline_text,
    heading,
    limit_text,
    metres_text,
    nearer_text,
    needed_text,
    overlap_text,
    relation,
    settle,
    why_open,
)

#: Columns that, with the flags that :func:`_kinds` adds, tell what is said of a check but for its numbers.
_OF_KIND = (
    "rule_id",
    "ground",
    "cause",
    "theme",
    "line",
    "layer_key",
    "demo",
    "match",
    "word",
    "in_jurisdiction",
    "exception",
    "excepted",
    "required",
    "requirement",
)
_PREFERRED = {State.HIT: 0, State.UNDETERMINED: 1, State.MISS: 2}


def judge(findings: pd.DataFrame, scope: SiteScope, rulebook: RuleBook, on: date) -> pd.DataFrame:
    """Every finding with the columns of Scope, its final state, its causes and reason.

    ``as_if``: its state were demonstration data real; ``kind``: findings of which all is the same but numbers.
    """
    judged, of_kind = _judged(findings, scope, rulebook)
    kind = judged["kind"].to_numpy()
    reasons = [_reason(rulebook[held.row["rule_id"]], rulebook, held, on) for held in of_kind]
    words = set_in(reasons, kind, _row_texts(judged, reasons, kind))
    excepted = np.array([held.ground is None for held in of_kind], dtype=bool)[kind]
    return judged.assign(
        reason=texts(words, judged.index),
        probability=np.where(excepted, 0.0, judged["probability"].to_numpy(dtype=float)),
    )


def judge_silently(findings: pd.DataFrame, scope: SiteScope, rulebook: RuleBook) -> pd.DataFrame:
    """The same without a word said: where nothing but the outcome is asked for."""
    return _judged(findings, scope, rulebook)[0]


@dataclass(frozen=True)
class _Kind:
    """What findings of a kind come to: ``ground`` None = an exception is granted; ``row`` is one of them."""

    row: dict[str, Any]
    ground: State | None
    causes: list[Cause]

    @property
    def all_causes(self) -> list[Cause]:
        """The causes that keep it open, demonstration data too."""
        demo = self.row["demo"] and self.ground is not None
        return [*self.causes, Cause.DEMO] if demo else self.causes


def _judged(findings: pd.DataFrame, scope: SiteScope, rulebook: RuleBook) -> tuple[pd.DataFrame, list[_Kind]]:
    joined = _with_scope(findings, scope.rules)
    kind, rows = _kinds(joined)
    of_kind = [_Kind(row, *_causes(rulebook[row["rule_id"]], rulebook, row)) for row in rows]
    columns = {
        "state": [str(_state(held.ground, held.all_causes)) for held in of_kind],
        "cause": [";".join(held.all_causes) for held in of_kind],
        "as_if": [str(_state(held.ground, held.causes)) for held in of_kind],
    }
    told_by_kind = {name: texts(_texts(held)[kind], joined.index) for name, held in columns.items()}
    return joined.assign(**told_by_kind, kind=kind), of_kind


def _with_scope(findings: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """Findings with the columns of Scope beside them; Scope has one row a site and rule that it is asked about."""
    keys = ["site_id", "rule_id"]
    pair, _ = kinds_of(*(np.concatenate([rules[key].to_numpy(), findings[key].to_numpy()]) for key in keys))
    scoped, asked = pair[: len(rules)], pair[len(rules) :]
    # kinds are numbered in order of appearance: of rows without their like each is its own number
    if not np.array_equal(scoped, np.arange(len(rules))) or asked.max(initial=-1) >= len(rules):
        raise ValueError("a site and rule stands in Scope more than once, or not at all")
    columns = {name: rules[name].to_numpy()[asked] for name in rules.columns if name not in keys}
    return findings.assign(**framed(columns, findings.index))


def _kinds(joined: pd.DataFrame) -> tuple[Ints, list[dict[str, Any]]]:
    """The kind of each check, and of each kind a row to judge and word it by: its numbers are marks."""
    names, places = joined["feature_name"].to_numpy(), joined["theme"].to_numpy()
    theme, themes = codes_of(places)
    titles = _texts(Theme(held).zh if held else "" for held in themes)[theme]
    named = (names != "") & (names != titles)
    margin = joined["margin_m"].to_numpy()
    flags = [
        named,
        np.where(np.isnan(margin), 0, np.where(margin <= 0, 1, 2)),
        np.isnan(joined["limit_m"].to_numpy()),
        np.isnan(joined["border_m"].to_numpy()),
    ]
    kind, first = kinds_of(*(joined[name].to_numpy() for name in _OF_KIND), *flags)
    rows = joined.iloc[first].to_dict("records")
    return kind, [{**row, **MARKS, "named": flag} for row, flag in zip(rows, named[first], strict=True)]


#: What a mark stands for: the number it is made of, and its words.
_OF_NUMBERS: dict[str, tuple[str, Callable[[float], str]]] = {
    "distance": ("distance_m", metres_text),
    "limit": ("limit_m", limit_text),
    "beyond": ("margin_m", lambda margin: metres_text(abs(margin))),
    "accuracy": ("accuracy_m", metres_text),
    "nearer": ("half_width_m", nearer_text),
    "chance": ("probability", lambda value: _after_comma(chance_text(value))),
}


def _row_texts(joined: pd.DataFrame, composed: Sequence[str], kind: Ints) -> dict[str, Texts]:
    """The texts of each check's numbers, and the name of its feature, where the sentence of its kind asks for them."""
    found = {
        mark: _where(asks_for(composed, mark)[kind], joined[name].to_numpy(), words)
        for mark, (name, words) in _OF_NUMBERS.items()
    }
    names, places = joined["feature_name"].to_numpy(), joined["theme"].to_numpy()
    found["feature"] = np.where(names != "", names, told(places, lambda held: Theme(held).zh if held else ""))
    asking = np.flatnonzero(asks_for(composed, "overlap")[kind])
    overlaps = joined[["overlap_ha", "share"]].to_numpy()[asking]
    of, first = kinds_of(*overlaps.T)
    said = _texts(overlap_text(hectares, share) for hectares, share in overlaps[first])
    found["overlap"] = _spread(asking, said[of], len(kind))
    return found


def _where(asking: npt.NDArray[np.bool_], values: npt.NDArray[Any], words: Callable[[Any], str]) -> Texts:
    """What is told of the values that are asked for; nothing of the others."""
    rows = np.flatnonzero(asking)
    return _spread(rows, told(values[rows], words), len(values))


def _spread(rows: Ints, held: Texts, count: int) -> Texts:
    result = np.full(count, "", dtype=object)
    result[rows] = held
    return result


def _after_comma(text: str) -> str:
    return f"，{text}" if text else ""


def _texts(held: Iterable[str]) -> Texts:
    listed = list(held)
    result = np.empty(len(listed), dtype=object)
    result[:] = listed
    return result


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


def _reason(rule: Rule, rulebook: RuleBook, held: _Kind, on: date) -> str:
    plan, row, causes = rulebook.plan_of(rule), held.row, held.all_causes
    parts = [relation(rule, row)]
    if row["excepted"] == GRANTED:
        title = next(e.title.zh for e in rule.exceptions if e.id == row["exception"])
        parts.append(f"属例外“{title}”")
    if row["required"] in _REQUIRED:
        parts.append(f"{_REQUIRED[row['required']]}：{row['requirement']}")
    parts.extend(why_open(rule, plan, cause, row) for cause in causes)
    if _state(held.ground, causes) is not State.MISS:
        parts.append(deadline_text(rule, on))
    return f"{heading(rule)}：" + "；".join(part for part in parts if part)


def settlings(checks: pd.DataFrame, rulebook: RuleBook, confidence: float = CONFIDENCE) -> Texts:
    """What would settle each check that is open, a line a cause; ``checks`` as :func:`judge` gives them."""
    kind, first = kinds_of(checks["kind"].to_numpy())
    composed = []
    for row in checks.iloc[first].to_dict("records"):
        rule = rulebook[row["rule_id"]]
        plan = rulebook.plan_of(rule)
        causes = split(row["cause"])
        composed.append(
            "\n".join(settle(rule, plan, Cause(cause), {**row, **MARKS}, confidence) for cause in causes)
        )
    needed = _where(
        asks_for(composed, "needed")[kind],
        checks["margin_m"].to_numpy(),
        lambda margin: needed_text(margin, confidence),
    )
    return set_in(composed, kind, {"needed": needed})


def one_per_rule(judged: pd.DataFrame) -> pd.DataFrame:
    """The finding that decides each site × rule: over its references the strictest, over readings the first.

    ``as_if`` becomes the state that the rule would have, were demonstration data real.
    """
    site, rule, theme = (_ranks(judged[name].to_numpy()) for name in ("site_id", "rule_id", "theme"))
    pair = site * (rule.max(initial=0) + 1) + rule
    reading = judged["reading"].to_numpy()
    first = np.flatnonzero(reading == 1)
    strictest = _order_of(judged["state"].to_numpy())
    chosen = _first_of(first[np.lexsort([strictest[first], pair[first]])], pair)
    # the first reading of each reference that decides, real or not; then the strictest reference
    as_if = _order_of(judged["as_if"].to_numpy())
    ground = _order_of(judged["ground"].to_numpy())
    open_ = (as_if == _PREFERRED[State.UNDETERMINED]) & (ground == _PREFERRED[State.UNDETERMINED])
    reference = pair * (theme.max(initial=0) + 1) + theme
    settled = _first_of(np.lexsort([reading, open_, reference]), reference)
    real = _first_of(settled[np.lexsort([as_if[settled], pair[settled]])], pair)
    result = judged.iloc[chosen]
    states = judged["as_if"].to_numpy()[real[np.searchsorted(pair[real], pair[chosen])]]
    ahead = ["site_id", "rule_id"]
    result = result.assign(as_if=texts(states, result.index))[
        [*ahead, *(name for name in judged.columns if name not in ahead)]
    ]
    return result.reset_index(drop=True)


def _order_of(states: Any) -> Ints:
    """The place of each state in the order in which states decide."""
    codes, distinct = codes_of(states)
    return np.array([_PREFERRED[State(state)] for state in distinct], dtype=np.int64)[codes]


def _ranks(texts: Any) -> npt.NDArray[np.int64]:
    """The place of each text among the distinct ones in their order."""
    codes, _ = pd.factorize(texts, sort=True)
    return codes.astype(np.int64)


def _first_of(ordered: Ints, of: Ints) -> Ints:
    """Of rows ``ordered`` by their key the first of each key."""
    held = of[ordered]
    return ordered[np.append(True, held[1:] != held[:-1])] if len(ordered) else ordered
