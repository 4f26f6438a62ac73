"""Whether the lines that a rule may be measured from agree, and if not, which decides and by how much.

No plan says from which line 沿岸 is measured. Each accepted line that the layers hold is a reading of its own;
the rule file gives their order, and the first that decides goes before the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.contracts import split
from geo.kinds import MARKS, Groups, Ints, Texts, codes_of, kinds_of, set_in, told
from geo.rulebook import RuleBook
from geo.space import Floats
from geo.terms import Cause, Line, Measure, State
from geo.wording import heading, metres_text

_SAID = {State.HIT: "触及", State.MISS: "不触及", State.UNDETERMINED: "待核实"}


def compare_readings(findings: pd.DataFrame, rulebook: RuleBook) -> dict[str, str]:
    """Per site, in Chinese: whether its readings agree, then a line a rule with several lines.

    ``findings`` with the columns of :data:`geo.frames.FINDINGS`. Rules whose lines disagree come first. Demonstration
    layers are read only where fewer than two real lines are held, and are called 演示.
    """
    site, ids = codes_of(findings["site_id"].to_numpy())
    count = len(ids)
    several = _several(findings)
    held = np.zeros(count, dtype=bool)
    held[site[findings["layer_key"].to_numpy() != ""]] = True
    if len(several.rows):
        sentences, agree, own = _sentences(findings, several, rulebook, site)
    else:
        sentences, agree, own = (
            np.zeros(0, dtype=object),
            np.zeros(0, dtype=bool),
            np.zeros(0, dtype=np.int64),
        )
    apart, alike = (np.bincount(own[chosen], minlength=count) for chosen in (~agree, agree))
    kind, first = kinds_of(apart, alike, held)
    summaries = np.empty(len(first), dtype=object)
    summaries[:] = [_summary(int(apart[row]), int(alike[row]), bool(held[row])) for row in first]
    order = np.argsort(agree, kind="stable")
    listed = Groups(own[order], count).joined(sentences[order], "\n")
    texts = summaries[kind] + np.where(listed != "", "\n", "").astype(object) + listed
    return dict(zip(ids, texts, strict=True))


def _summary(apart: int, alike: int, held: bool) -> str:
    if apart:
        return f"读法不一：{apart} 条规则因基准线而异" + (f"，另 {alike} 条一致" if alike else "")
    if alike:
        return f"各读法一致：{alike} 条规则有几种基准线，结论相同"
    return "每条规则只有一种基准线可量" if held else ""


@dataclass(frozen=True)
class _Several:
    """The readings of checks that have several lines: a row a line, in runs (``begins``), the first of each decides."""

    rows: Ints
    check: Ints
    begins: Ints


def _several(findings: pd.DataFrame) -> _Several:
    """Of each check (site, rule, theme) that has several lines, the first reading of each."""
    rows = np.flatnonzero(findings["layer_key"].to_numpy() != "")
    of = findings[["site_id", "rule_id", "theme", "line", "demo", "reading"]].iloc[rows]
    check = np.zeros(len(rows), dtype=np.int64)
    for name in ("site_id", "rule_id", "theme"):
        codes, distinct = pd.factorize(of[name].to_numpy(), sort=True)
        check = check * (len(distinct) + 1) + codes
    line, lines = codes_of(of["line"].to_numpy())
    demo = of["demo"].to_numpy(dtype=bool)
    reading = of["reading"].to_numpy()
    drawn = check * (len(lines) + 1) + line
    order = np.lexsort([np.arange(len(rows)), reading, drawn * 2 + demo])
    first = order[_starts((drawn * 2 + demo)[order])]
    kept = first[_distinct(check[first], line[first]) > 1]
    # demonstration layers are read only where fewer than two real lines are held
    real = ~demo[kept]
    many = np.zeros(len(kept), dtype=np.int64)
    many[real] = _distinct(check[kept][real], line[kept][real])
    most = pd.Series(many).groupby(check[kept]).transform("max").to_numpy() if len(kept) else many
    kept = kept[real | (most < 2)]
    kept = kept[np.lexsort([kept, reading[kept], check[kept]])]
    return _Several(rows[kept], check[kept], np.flatnonzero(_starts(check[kept])))


def _starts(keys: Ints) -> np.ndarray:
    """Where a run of equal keys begins."""
    return np.append(True, keys[1:] != keys[:-1])[: len(keys)]


def _distinct(groups: Ints, values: Ints) -> Ints:
    """Of each row how many distinct values its group has."""
    order = np.lexsort([values, groups])
    new = _starts(groups[order]) | _starts(values[order])
    number = np.cumsum(_starts(groups[order])) - 1
    result = np.empty(len(groups), dtype=np.int64)
    result[order] = np.bincount(number[new], minlength=number.max(initial=-1) + 1)[number]
    return result


#: What is told of a reading.
_TOLD = ["rule_id", "distance_m", "ground", "cause", "line", "demo"]


def _sentences(
    findings: pd.DataFrame, several: _Several, rulebook: RuleBook, site: Ints
) -> tuple[Texts, np.ndarray, Ints]:
    """A sentence a check, whether its lines agree, and the site it is of.

    按河岸量 1,980 米触及，按管理范围线量 2,210 米不触及，相差 230 米，以河岸为准.
    """
    of, begins = findings[_TOLD].iloc[several.rows], several.begins
    number = np.cumsum(_starts(several.check)) - 1
    first = of.iloc[begins]
    distance = of["distance_m"].to_numpy()
    ground, _ = codes_of(of["ground"].to_numpy())
    agree = _distinct(number, ground)[begins] == 1
    known = np.bincount(number[~np.isnan(distance)], minlength=len(begins))
    least, most = np.fmin.reduceat(distance, begins), np.fmax.reduceat(distance, begins)
    apart = np.where(known > 1, most - least, np.nan)
    parts = Groups(number, len(begins)).joined(_told(of, distance, rulebook), "，")
    differ = told(apart, lambda metres: "" if np.isnan(metres) else f"相差 {metres_text(metres)}")
    differ = np.where(differ == "", "", np.where(known > 2, "，最多", "，").astype(object) + differ)
    ids = first["rule_id"].to_numpy()
    contested = (
        told(first["cause"].to_numpy(), lambda cause: "!" if Cause.BASE_LINE in split(cause) else "") == "!"
    )
    contested &= first["ground"].to_numpy() != State.UNDETERMINED
    sentences = (
        told(ids, lambda rule_id: f"{heading(rulebook[rule_id])}：")
        + parts
        + differ
        + np.where(agree, "，结论一致，以", "，以").astype(object)
        + _lines(first)
        + np.where(contested, "为准（结论因基准线而异，故列为待核实）", "为准").astype(object)
    )
    return sentences, agree, site[several.rows[begins]]


def _lines(rows: pd.DataFrame) -> Texts:
    named = told(rows["line"].to_numpy(), lambda line: Line(line).zh)
    return named + np.where(rows["demo"].to_numpy(dtype=bool), "（演示）", "").astype(object)


def _told(of: pd.DataFrame, distance: Floats, rulebook: RuleBook) -> Texts:
    """What each reading says: 按河岸量 1,980 米触及."""
    ids, states = of["rule_id"].to_numpy(), of["ground"].to_numpy()
    kind, first = kinds_of(ids, states, np.isnan(distance), distance == 0)
    composed = [
        _measured(rulebook[ids[row]].measure, distance[row]) + _SAID[State(states[row])] for row in first
    ]
    return "按" + _lines(of) + set_in(composed, kind, {"distance": told(distance, metres_text)})


def _measured(measure: Measure, distance_m: float) -> str:
    if np.isnan(distance_m):
        return "未见所指要素，"
    if measure is not Measure.WITHIN_DISTANCE:
        return "" if distance_m == 0 else f"相距 {MARKS['distance']}，"
    return f"量 {MARKS['distance']}"
