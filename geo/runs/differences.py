"""Two runs beside each other: which verdicts flipped, and what of their inputs accounts for it.

What accounts for a check that changed is what of its own inputs differs: the site, the rule, the layers of
its theme, the day. Where several differ, all are named, and that no single one was tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.contracts import check, conform, split
from geo.frames import CHECK_CHANGES, FLIPS, RUN_CHANGES, VERDICTS
from geo.runs.checks import Change, change_of, compare_checks, ingredient_words, state_words
from geo.runs.inputs import InputChange, compare_inputs, site_changes
from geo.runs.stored import Run
from geo.space import WORKING_CRS
from geo.terms import Theme

#: Kinds of causes on screen.
CAUSES = {
    "site_moved": "场地位置或范围不同",
    "site_facts": "场地信息不同",
    "rule": "规则不同",
    "layer": "图层不同",
    "date": "日期不同",
    "option": "选项不同",
    "advice": "移动范围不同",
    "program": "程序或库的版本不同",
    "unknown": "输入相同而结果不同",
}


@dataclass(frozen=True)
class Difference:
    """What differs between run A and run B.

    ``inputs`` (:data:`geo.frames.RUN_CHANGES`), ``flips`` (:data:`geo.frames.FLIPS`, a row a site whose
    verdict or any check is another; a point in it as it lies in B, else A), ``checks``
    (:data:`geo.frames.CHECK_CHANGES`), ``moves`` (FLIPS columns, a line from place to place).
    """

    inputs: pd.DataFrame
    flips: gpd.GeoDataFrame
    checks: pd.DataFrame
    moves: gpd.GeoDataFrame

    @property
    def same(self) -> bool:
        """Whether nothing differs but versions of the program and its libraries."""
        return (
            len(self.flips) == 0 and len(self.checks) == 0 and bool((self.inputs["kind"] == "program").all())
        )


def compare_runs(a: Run, b: Run) -> Difference:
    """Every difference between two runs; figures that agree to the centimetre are the same."""
    inputs = compare_inputs(a, b)
    moved, stated = site_changes(a.sites, b.sites)
    checks = _checks(a, b, inputs, moved, stated)
    flips, moves = _flips(a, b, checks, moved, stated, inputs)
    of_sites = [InputChange("site", s, "；".join(words)) for s, words in stated.items()]
    of_sites += [InputChange("site", str(s), f"移动 {m:,.2f} 米") for s, m in moved.items() if m > 0]
    listed = [(change.kind, change.key, change.what) for change in [*inputs, *of_sites, *_tables(a, b)]]
    return Difference(
        check(conform(pd.DataFrame(listed, columns=list(RUN_CHANGES)), RUN_CHANGES), RUN_CHANGES),
        check(flips, FLIPS),
        check(checks, CHECK_CHANGES),
        moves,
    )


def _checks(
    a: Run, b: Run, inputs: list[InputChange], moved: pd.Series, stated: Mapping[str, list[str]]
) -> pd.DataFrame:
    both = set(a.sites["site_id"]) & set(b.sites["site_id"])
    compared = compare_checks(a.findings, b.findings)
    compared = compared[compared["site_id"].isin(both)]
    figures = [
        ~np.isclose(compared[f"{n}_a"], compared[f"{n}_b"], rtol=0, atol=0.01, equal_nan=True)
        for n in ("distance_m", "limit_m", "margin_m", "accuracy_m")
    ]
    words = [
        (compared[f"{n}_a"] != compared[f"{n}_b"]).to_numpy()
        for n in ("feature_name", "line", "layer_key", "demo")
    ]
    touched = compared[np.logical_or.reduce([compared["changed"].to_numpy(), *figures, *words])]
    period = {
        side: dict(zip(table["rule_id"], zip(table["from_on"], table["until_on"], strict=True), strict=True))
        for side, table in (("a", a.tables.get("rules")), ("b", b.tables.get("rules")))
        if table is not None
    }
    rows = []
    for row in touched.to_dict("records"):
        causes = _causes(row, a, b, inputs, moved, stated, period)
        rows.append(
            {
                "site_id": row["site_id"],
                "rule_id": row["rule_id"],
                "state_a": row["state_a"],
                "state_b": row["state_b"],
                **{f"{n}_{side}_m": row[f"{n}_m_{side}"] for n in ("limit", "distance") for side in "ab"},
                "layer_a": row["layer_key_a"],
                "layer_b": row["layer_key_b"],
                "causes": ";".join(dict.fromkeys(kind for kind, _ in causes)),
                "why": _why(row, [what for _, what in causes]),
            }
        )
    return conform(pd.DataFrame(rows, columns=list(CHECK_CHANGES)), CHECK_CHANGES)


def _why(row: Mapping[str, Any], causes: list[str]) -> str:
    turned = state_words(row) if row["changed"] else "状态不变"
    several = "（几项都不同，没有逐项试算）" if len(causes) > 1 else ""
    return "；".join(
        [f"{row['rule_id']} {turned}", *ingredient_words(row), "因为" + "、".join(causes) + several]
    )


def _causes(
    row: Mapping[str, Any],
    a: Run,
    b: Run,
    inputs: list[InputChange],
    moved: pd.Series,
    stated: Mapping[str, list[str]],
    period: Mapping[str, Mapping[str, tuple[str, str]]],
) -> list[tuple[str, str]]:
    """What of the inputs of one check differs: kind and words."""
    rule_id, site_id = row["rule_id"], row["site_id"]
    appears = not row["state_a"] or not row["state_b"]
    found = [("rule", c.what) for c in inputs if c.kind == "rule" and c.key in (rule_id, "")]
    if appears and (by_date := _out_of_force(row, a, b, period)):
        return [*found, ("date", by_date)]  # nothing else can have let it in or out
    if moved[site_id] > 0:
        found.append(("site_moved", f"场地移动 {moved[site_id]:,.1f} 米"))
    if site_id in stated:
        found.append(("site_facts", "场地" + "，".join(stated[site_id])))
    # whether a rule is about a site at all hangs on no layer but the divisions
    themes = {str(Theme.ADMIN)} | (set() if appears else {row["theme_a"], row["theme_b"]})
    own = set() if appears else {row["layer_key_a"], row["layer_key_b"]}
    found += [("layer", c.what) for c in inputs if c.kind == "layer" and (c.theme in themes or c.key in own)]
    dated = not appears and row["limit_m_a"] != row["limit_m_b"] and not _both_missing(row)
    if a.record["on"] != b.record["on"] and ((dated and not any(k == "rule" for k, _ in found)) or not found):
        found.append(("date", f"日期由 {a.record['on']} 到 {b.record['on']}"))
    found += [("option", c.what) for c in inputs if c.kind == "option"]
    if not found:
        versions = [("program", c.what) for c in inputs if c.kind == "program"]
        found = versions or [("unknown", CAUSES["unknown"])]
    return found


def _both_missing(row: Mapping[str, Any]) -> bool:
    return bool(np.isnan(row["limit_m_a"]) and np.isnan(row["limit_m_b"]))


def _out_of_force(
    row: Mapping[str, Any], a: Run, b: Run, period: Mapping[str, Mapping[str, tuple[str, str]]]
) -> str:
    """Why the day alone keeps a rule out of one run, from its period as the other run has it."""
    holder, other = ("b", a) if not row["state_a"] else ("a", b)
    span = period.get(holder, {}).get(row["rule_id"])
    if span is None:
        return ""
    on = date.fromisoformat(other.record["on"])
    if on < date.fromisoformat(span[0]):
        return f"{row['rule_id']} 自 {span[0]} 起施行，{on} 时尚未施行"
    if span[1] and on > date.fromisoformat(span[1]):
        return f"{row['rule_id']} 施行至 {span[1]}，{on} 时已失效"
    return ""


def _flips(
    a: Run,
    b: Run,
    checks: pd.DataFrame,
    moved: pd.Series,
    stated: Mapping[str, list[str]],
    inputs: list[InputChange],
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    old, new = a.sites.set_index("site_id"), b.sites.set_index("site_id")
    of_site = dict(tuple(checks.groupby("site_id")))
    rows = []
    for site_id in dict.fromkeys([*new.index, *old.index]):
        own = of_site.get(site_id)
        change = _change(site_id, old, new, own)
        if change is Change.SAME:
            continue
        was = old.loc[site_id] if site_id in old.index else None
        now = new.loc[site_id] if site_id in new.index else None
        here = new.loc[site_id] if site_id in new.index else old.loc[site_id]
        flipped = checks.iloc[:0] if own is None else own[own["state_a"] != own["state_b"]]
        # what moved a figure without moving a state does not account for a flip
        telling = flipped if len(flipped) else (checks.iloc[:0] if own is None else own)
        kinds = [kind for causes in telling["causes"] for kind in split(causes)]
        if own is None and change not in (Change.ADDED, Change.REMOVED):
            kinds = _without_check(site_id, moved, stated, inputs)
        rows.append(
            {
                "site_id": site_id,
                "name": here["name"],
                "change": change,
                "change_zh": change.zh,
                "outcome_a": "" if was is None else was["outcome"],
                "outcome_a_zh": "" if was is None else was["outcome_zh"],
                "outcome_b": "" if now is None else now["outcome"],
                "outcome_b_zh": "" if now is None else now["outcome_zh"],
                "rule_ids": ";".join(flipped["rule_id"]),
                "causes": ";".join(dict.fromkeys(kinds)),
                "moved_m": moved.get(site_id, 0.0),
                "why": _site_why(change, own, kinds, _words_changed(was, now)),
                "geometry": shapely.point_on_surface(here["geometry"]),
                "_from": None if was is None else was["geometry"],
            }
        )
    order = list(Change)
    rows.sort(key=lambda row: order.index(row["change"]))
    frame = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=[*FLIPS, "geometry", "_from"]), geometry="geometry", crs=WORKING_CRS
    )
    shifted = frame[frame["moved_m"].astype(float) > 0]
    lines = [
        shapely.linestrings([shapely.get_coordinates(shapely.point_on_surface(f))[0], (p.x, p.y)])
        for f, p in zip(shifted["_from"], shifted.geometry, strict=True)
    ]
    moves = gpd.GeoDataFrame(shifted.drop(columns="geometry"), geometry=lines, crs=WORKING_CRS)
    return conform(frame, FLIPS), conform(moves, FLIPS)


def _change(site_id: str, old: pd.DataFrame, new: pd.DataFrame, checks: pd.DataFrame | None) -> Change:
    if site_id not in old.index:
        return Change.ADDED
    if site_id not in new.index:
        return Change.REMOVED
    was, now = old.loc[site_id], new.loc[site_id]
    change = change_of(was, now)
    if change is Change.SAME and checks is not None:
        return Change.CHECKS
    return Change.WORDS if change is Change.SAME and _words_changed(was, now) else change


def _words_changed(was: Any, now: Any) -> list[str]:
    """The columns of two verdicts that differ, by their Chinese names."""
    if was is None or now is None:
        return []
    return [
        column.zh
        for name, column in VERDICTS.items()
        if name in was and name in now and str(was[name]) != str(now[name])
    ]


def _without_check(
    site_id: str, moved: pd.Series, stated: Mapping[str, list[str]], inputs: list[InputChange]
) -> list[str]:
    """Kinds of causes where the verdict differs though no check does: in words, precedence or place."""
    kinds = [
        kind for kind, so in (("site_moved", moved[site_id] > 0), ("site_facts", site_id in stated)) if so
    ]
    kinds += [c.kind for c in inputs if c.kind in ("date", "rule", "layer", "option", "advice")]
    return list(dict.fromkeys(kinds)) or [c.kind for c in inputs if c.kind == "program"][:1] or ["unknown"]


def _site_why(change: Change, checks: pd.DataFrame | None, kinds: list[str], columns: list[str]) -> str:
    if change in (Change.ADDED, Change.REMOVED):
        return "只在后一次的清单里" if change is Change.ADDED else "只在前一次的清单里"
    if checks is not None:
        flipped = checks[checks["state_a"] != checks["state_b"]]
        return "\n".join((flipped if len(flipped) else checks)["why"])
    causes = "、".join(CAUSES[kind] for kind in dict.fromkeys(kinds))
    return f"没有检查改变；不同的是{'、'.join(columns)}；两次之间{causes}"


#: Tables of a run that follow from inputs of their own, compared row by row.
TABLES = ("overrides", "what_if", "existing", "exits")


def _tables(a: Run, b: Run) -> list[InputChange]:
    found = []
    for name in TABLES:
        if name not in a.tables or name not in b.tables:
            continue
        old, new = (set(map(tuple, t.tables[name].astype(str).to_numpy())) for t in (a, b))
        if old != new:
            what = f"表 {name}：{len(old - new)} 行不再有，{len(new - old)} 行是新的"
            found.append(InputChange("table", name, what))
    return found
