"""Sentences that stages of a run compose in Chinese, told again in English phrase by phrase.

:mod:`geo.english` tells what it can from the rows; moves, readings, conflicts, surveys, dates and notes of the
certificate are only held as sentences. Every phrase that those stages use stands here beside its English; names of
features, places, offices and sections stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from geo.phrases import advice, checks, lists, restoration, runs
from geo.terms import Cause, Confidence, Development, Line, MoveState, Outcome, State, Theme, Treatment

#: The eight directions of a move.
_BEARINGS = {
    "东北": "north-east",
    "东南": "south-east",
    "西南": "south-west",
    "西北": "north-west",
    "北": "north",
    "东": "east",
    "南": "south",
    "西": "west",
}
_OUTCOMES = {outcome.zh: outcome.en for outcome in Outcome}
_STATES = {
    "不触及": State.MISS.en,
    "未触及": State.MISS.en,
    "待核实": State.UNDETERMINED.en,
    "触及": State.HIT.en,
}
_LINES = {line.zh: line.en for line in Line}

_THEMES = {theme.zh: theme.en for theme in Theme}
_CAUSES = {cause.zh: cause.en for cause in Cause}
_MEASURES = {treatment.zh: treatment.en for treatment in Treatment}
_CONFIDENCES = {confidence.zh: confidence.en for confidence in Confidence}
_DEVELOPMENTS = {development.zh: development.en for development in Development}

#: Slots: what a pattern may ask for, ``{o}``, and how what was found is told, ``{{o1}}`` (1: its group).
_SLOTS: dict[str, Mapping[str, str]] = {
    "o": _OUTCOMES,
    "s": _STATES | {"不在检查之列": "not checked"},
    "l": _LINES | {"规划所指的线": "line that the plan means"},
    "t": _THEMES,
    "c": _CAUSES,
    "m": _MEASURES,
    "f": _CONFIDENCES,
    "v": _DEVELOPMENTS,
    "d": {"（演示）": " (demonstration)"},
    "b": {line: f" ({told})" for line, told in _LINES.items()},
    "i": {"以内": "inside", "以外": "outside"},
    "u": {"公里": "km", "米": "m"},
    "k": {"不低于": "at least", "小于": "less than"},
    "n": {"未给出": "not given", "没有": "none", "无": "none", "未知": "unknown", **_LINES},
    "g": {
        "限值": "limit",
        "距离": "distance",
        "综合精度": "accuracy",
        "基准线": "base line",
        "图层": "layer",
        "要素": "feature",
    },
    "a": {
        "新建": "new",
        "改建不增产能": "rebuilt without more capacity",
        "改建增产能": "rebuilt with more capacity",
        "扩建": "expanded",
    },
    "q": {
        "完整": "complete",
        "部分": "partial",
        "范围不明": "extent unknown",
        "演示": "demonstration",
        "缺": "missing",
        "过时": "out of date",
    },
    "=": {},
}
#: Slots that a pattern may ask for; longer words first, so that no word hides another.
_ASKED = {
    slot: "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    for slot, words in (
        ("o", _OUTCOMES),
        ("s", _STATES),
        ("l", _LINES),
        ("t", _THEMES),
        ("c", _CAUSES),
        ("m", _MEASURES),
        ("f", _CONFIDENCES),
    )
}

#: What is left of any of them, put last.
_REST: list[tuple[str, str]] = [
    (r"演示：", "Demonstration: "),
    (r"（演示）", " (demonstration)"),
    (r"([\d,.]+) ?公里", r"\1 km"),
    (r"([\d,.]+) ?米", r"\1 m"),
    (r"([\d,.]+) ?公顷", r"\1 ha"),
    (r"。", ". "),
    (r"；", "; "),
    (r"，", ", "),
    (r"、", ", "),
    (r"：", ": "),
    (r"（", " ("),
    (r"）", ")"),
]


def _compiled(pattern: str) -> re.Pattern[str]:
    for slot, words in _ASKED.items():
        pattern = pattern.replace(f"{{{slot}}}", words)
    return re.compile(pattern)


@cache
def _phrases() -> list[tuple[re.Pattern[str], str]]:
    """All of them, compiled when first asked for: a run in Chinese never asks."""
    parts = (advice.PHRASES, runs.PHRASES, checks.PHRASES, restoration.PHRASES, lists.PHRASES, _REST)
    return [(_compiled(pattern), told) for phrases in parts for pattern, told in phrases]


_MOVED = re.compile(
    rf"向({'|'.join(_BEARINGS)})（方位角 (\d+)°）移 ([\d,.]+) 米，({'|'.join(re.escape(s.zh) for s in MoveState)})"
)
_MOVE_STATES = {state.zh: state.en for state in MoveState}
_SLOT = re.compile(r"\{\{(.)(\d)\}\}")
_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


@cache
def _longest_first(names: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(names, key=lambda pair: len(pair[0]), reverse=True))


def retell(text: str, names: Mapping[str, str] | None = None) -> str:
    """A composed sentence in English; ``names`` (Chinese to English: rules, plans) are put in first.

    >>> retell("向北（方位角 356°）移 6,469 米，移后不再触及，已计入误差；移后结论：待核实（26 条规则仍待核实）")
    'move 6,469 m north (bearing 356°): no rule touched, doubt counted; outcome there: undetermined (26 rules still open)'
    >>> retell("图层 a 的时点 2025-01-01 满 5 年"), retell("按河岸（演示）量 1,231 米不触及，以中心线为准")
    ('layer a of 2025-01-01 turns 5 years old', 'from the bank (demonstration) 1,231 m, miss, the centreline decides')
    >>> retell("距汾河河岸 1,500 米，在限值 2 公里以内 500 米；图层 demo-x 是演示数据")
    '1,500 m from 汾河 (bank), 500 m inside the limit of 2 km; the layer demo-x is demonstration data'
    """
    if not _CHINESE.search(text):
        return text
    for chinese, told in _longest_first(tuple((names or {}).items())):
        if chinese in text:
            text = text.replace(chinese, told)
    text = _MOVED.sub(
        lambda f: f"move {f[3]} m {_BEARINGS[f[1]]} (bearing {f[2]}°): {_MOVE_STATES[f[4]]}", text
    )
    for pattern, told in _phrases():
        if not _CHINESE.search(text):
            break
        if _SLOT.search(told):
            text = pattern.sub(lambda found, told=told: _filled(told, found), text)  # type: ignore[misc]
        else:
            text = pattern.sub(told, text)
    return text.strip()


def _filled(told: str, found: re.Match[str]) -> str:
    def word(slot: re.Match[str]) -> str:
        held = found[int(slot[2])] or ""
        words = _SLOTS[slot[1]]
        if slot[1] == "c" and held.startswith("（"):  # causes in brackets
            return f" ({_parts(held.strip('（）'), words)})"
        return words[held] if held in words else _parts(held, words)

    return _SLOT.sub(word, told)


def _parts(text: str, words: Mapping[str, str]) -> str:
    """Words joined by 、; what is no word of the vocabulary stays as it is."""
    parts = text.split("、")
    return ", ".join(words[part] for part in parts) if all(part in words for part in parts) else text
