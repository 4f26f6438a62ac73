"""What of the inputs differs between two runs: day, options, rules, layers, sites, program, each in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from geo.frames import SITES, VERDICTS
from geo.runs.fingerprint import SITE_CONTENT
from geo.runs.rules_used import RULES_USED
from geo.runs.stored import Run
from geo.terms import Development, Line, Term, Theme

#: Moves and reshapings smaller than this are the rounding of coordinates.
MOVED_M = 0.01


@dataclass(frozen=True)
class InputChange:
    """One difference of the inputs: kind (date, option, rule, layer, site, program), of what, in words."""

    kind: str
    key: str
    what: str
    theme: str = ""  # of a layer


def compare_inputs(a: Run, b: Run) -> list[InputChange]:
    """Every difference between what two runs were made of, but for their sites."""
    return [*_dates(a, b), *_rules(a, b), *_layers(a, b), *_versions(a, b)]


def _dates(a: Run, b: Run) -> Iterator[InputChange]:
    if a.record["on"] != b.record["on"]:
        yield InputChange("date", "on", f"筛查日期 {a.record['on']} → {b.record['on']}")
    was, now = a.record.get("confidence"), b.record.get("confidence")
    if was != now:
        yield InputChange("option", "confidence", f"置信水平 {was} → {now}")
    was, now = a.record.get("move_radius_m"), b.record.get("move_radius_m")
    if was != now:  # moves no check, only the advice where to go
        yield InputChange("advice", "move_radius", f"移动范围 {was} → {now} 米")


def _rules(a: Run, b: Run) -> Iterator[InputChange]:
    was, now = (run.record["rules"].get("by_id") for run in (a, b))
    if was is None or now is None:
        if a.record["rules"]["content_sha256"] != b.record["rules"]["content_sha256"]:
            yield InputChange("rule", "", "规则册不同（较早版本的结果没有逐条记录）")
        return
    for rule_id in dict.fromkeys([*was, *now]):
        if rule_id not in now:
            yield InputChange("rule", rule_id, f"规则册不再有 {rule_id}")
        elif rule_id not in was:
            yield InputChange("rule", rule_id, f"规则册新增 {rule_id}")
        elif was[rule_id] != now[rule_id]:
            yield InputChange("rule", rule_id, f"{rule_id} 的内容不同{_cells(rule_id, a, b)}")


def _cells(rule_id: str, a: Run, b: Run) -> str:
    """Which parts of a rule differ, as far as both runs checked it."""
    rows = [_row(run.tables.get("rules"), rule_id) for run in (a, b)]
    if rows[0] is None or rows[1] is None:
        return ""
    parts = [
        f"{column.zh} “{_short(rows[0][name])}” → “{_short(rows[1][name])}”"
        for name, column in RULES_USED.items()
        if name != "content_sha256" and rows[0].get(name, "") != rows[1].get(name, "")
    ]
    return "：" + "，".join(parts) if parts else "（行业组或规划的说明不同）"


def _row(table: pd.DataFrame | None, rule_id: str) -> Mapping[str, str] | None:
    if table is None:
        return None
    rows = table[table["rule_id"] == rule_id].to_dict("records")
    return rows[0] if rows else None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:38] + "……"


#: What a layer's entry says that a verdict may hang on, and how a change is told.
_OF_LAYER = {
    "content_sha256": "要素内容不同",
    "covers": "完整范围（covers）不同",
    "covers_sha256": "完整范围的图形不同",
    "line": "基准线",
    "accuracy_m": "精度（米）",
    "half_width_m": "半宽（米）",
    "demo": "演示",
    "as_of": "时点",
}
_IN_WORDS_ONLY = frozenset({"content_sha256", "covers", "covers_sha256"})


def _layers(a: Run, b: Run) -> Iterator[InputChange]:
    was, now = ({layer["key"]: layer for layer in run.record["layers"]} for run in (a, b))
    for key in dict.fromkeys([*was, *now]):
        theme = str((was.get(key) or now[key])["theme"])
        zh = Theme(theme).zh
        if key not in now:
            yield InputChange("layer", key, f"不再用图层 {key}（{zh}）", theme)
            continue
        if key not in was:
            yield InputChange("layer", key, f"新用图层 {key}（{zh}）", theme)
            continue
        parts = []
        for name, words in _OF_LAYER.items():
            old, new = was[key].get(name), now[key].get(name)
            if old != new and not (
                name == "covers_sha256" and was[key].get("covers") != now[key].get("covers")
            ):
                shown = "" if name in _IN_WORDS_ONLY else f" {_value(name, old)} → {_value(name, new)}"
                parts.append(words + shown)
        if parts:
            yield InputChange("layer", key, f"图层 {key}（{zh}）：" + "，".join(parts), theme)


def _value(name: str, value: Any) -> str:
    if value is None:
        return "未写"
    if name == "line":
        return Line(value).zh
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)


def _versions(a: Run, b: Run) -> Iterator[InputChange]:
    was, now = a.record.get("versions", {}), b.record.get("versions", {})
    for name in dict.fromkeys([*was, *now]):
        if was.get(name) != now.get(name):
            yield InputChange("program", name, f"{name} {was.get(name, '无')} → {now.get(name, '无')}")


def site_changes(a: gpd.GeoDataFrame, b: gpd.GeoDataFrame) -> tuple[pd.Series, dict[str, list[str]]]:
    """Of the sites that both runs have: how far each moved in metres, and what it states otherwise, in words.

    A footprint that keeps its middle but not its shape counts as moved by how far its outline did.
    """
    old, new = a.set_index("site_id"), b.set_index("site_id")
    ids = [site_id for site_id in old.index if site_id in new.index]
    moved = _moved_m(old.loc[ids].geometry.to_numpy(), new.loc[ids].geometry.to_numpy())
    stated: dict[str, list[str]] = {}
    labels = {**VERDICTS, **SITES}
    for name in SITE_CONTENT:
        if name == "site_id" or name not in old or name not in new:
            continue
        was, now = old.loc[ids, name].to_numpy(), new.loc[ids, name].to_numpy()
        for row in np.flatnonzero([str(x) != str(y) for x, y in zip(was, now, strict=True)]):
            words = f"{labels[name].zh} {_word(name, was[row])} → {_word(name, now[row])}"
            stated.setdefault(ids[row], []).append(words)
    return pd.Series(moved, index=ids), stated


def _word(name: str, value: Any) -> str:
    words: dict[str, type[Term]] = {"development": Development}
    if value == "":
        return "未写"
    return words[name](value).zh if name in words else str(value)


def _moved_m(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The farthest any vertex lies from the other footprint, in metres; 0 where that is mere rounding."""
    if len(old) == 0:
        return np.zeros(0)
    moved = np.zeros(len(old))
    for row in np.flatnonzero(~shapely.equals_exact(shapely.normalize(old), shapely.normalize(new), 1e-8)):
        pairs = []
        for one, other in ((old[row], new[row]), (new[row], old[row])):
            corners = shapely.points(shapely.get_coordinates(one))
            pairs.append(shapely.get_coordinates(shapely.shortest_line(corners, other)).reshape(-1, 4))
        ends = np.vstack(pairs)
        lengths = Geod(ellps="GRS80").inv(ends[:, 0], ends[:, 1], ends[:, 2], ends[:, 3])[2]
        moved[row] = lengths.max()
    moved[moved < MOVED_M] = 0.0
    return moved
