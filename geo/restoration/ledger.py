"""The restoration ledger: per task, county, river and bank what is required, present, missing, done and paid.

Everything but ``required_ha`` and ``whole_deficit_ha`` is of the ground that counts, so that sums over tasks
count no ground twice.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geo.contracts import conform
from geo.restoration.deficit import UNKNOWN, is_missing, is_present
from geo.restoration.frames import RESTORATION
from geo.restoration.strips import MU_PER_HA
from geo.rulebook import RuleBook
from geo.space import Floats
from geo.terms import Cause, Treatment

KEYS = ["rule_id", "adcode", "county", "river", "bank", "bank_zh"]
#: Columns of the ledger by class of cover; orchards go with cropland.
_SPLIT = {
    "cropland_ha": ("cropland", "orchard"),
    "built_ha": ("built",),
    "industrial_ha": ("industrial",),
    "bare_ha": ("bare",),
    "mine_ha": ("mine",),
}
STATES = {"measured": "已量算", "undetermined": "待核实", "listed": "只列名"}


def keep_ledger(
    strips: pd.DataFrame,
    strip_cover: pd.DataFrame,
    doubt: Floats,
    causes: pd.Series,
    treatment: pd.DataFrame,
    listed: pd.DataFrame,
    rulebook: RuleBook,
    prices: Mapping[Treatment, float] | None = None,
    site_ids: Mapping[tuple[str, ...], str] | None = None,
) -> pd.DataFrame:
    """The ledger. Columns: :data:`geo.restoration.frames.RESTORATION`.

    ``listed`` are rows of tasks without drawn ground (same keys); ``prices`` are yuan a hectare by treatment.
    """
    # plain tables: cutting a frame with geometry row by row costs more than all the sums
    plain, cover, works = (
        pd.DataFrame(frame.drop(columns="geometry")) for frame in (strips, strip_cover, treatment)
    )
    rows = [
        _row(key, mine, cover, doubt, causes, works, rulebook, prices)
        for key, mine in plain.groupby(KEYS, sort=True)
    ]
    frame = pd.DataFrame([*rows, *listed.to_dict("records")])
    for name in RESTORATION:
        if name not in frame:
            frame[name] = None
    tasks = [rulebook.tasks[rule_id] for rule_id in frame["rule_id"]]
    frame["title"] = [task.title.zh for task in tasks]
    frame["plan"] = [rulebook.plan_of(task).title.zh for task in tasks]
    frame["section"] = [task.section for task in tasks]
    frame["deadline"] = [str(task.deadline or "") for task in tasks]
    frame["target"] = ["；".join(f"{t.what} {_figure(*t.amount)}" for t in task.targets) for task in tasks]
    promised = [sum(t.amount[0] for t in task.targets if t.amount[1] == "ha") for task in tasks]
    frame["target_ha"] = [figure or None for figure in promised]
    numbers = {
        name: pd.to_numeric(frame[name]) for name, column in RESTORATION.items() if column.kind == "number"
    }
    frame = frame.assign(**numbers)
    frame["share_of_target"] = frame["deficit_ha"] / frame["target_ha"]
    frame["demo"] = frame["demo"].fillna(False).astype(bool)
    frame["state_zh"] = frame["state"].map(STATES)
    if site_ids is not None:
        frame["site_ids"] = [
            site_ids.get(tuple(key), "") for key in frame[["rule_id", "adcode", "river", "bank"]].to_numpy()
        ]
    return conform(frame.reset_index(drop=True), RESTORATION)


def _row(
    key: tuple[str, ...],
    mine: pd.DataFrame,
    strip_cover: pd.DataFrame,
    doubt: Floats,
    causes: pd.Series,
    treatment: pd.DataFrame,
    rulebook: RuleBook,
    prices: Mapping[Treatment, float] | None,
) -> dict[str, object]:
    held = strip_cover["strip_id"].isin(mine["strip_id"]).to_numpy()
    cover, share = strip_cover[held], doubt[held]
    counted = cover["counted"].to_numpy(dtype=bool)
    area = cover["area_ha"].to_numpy()
    missing, green, unknown = (
        is_missing(cover, rulebook),
        is_present(cover, rulebook),
        (cover["cover"] == UNKNOWN).to_numpy(),
    )
    deficit = area[missing & counted].sum()
    known = (missing | green) & counted
    # what may be other ground than it is read as, and what nobody knows
    low = (area * np.where(missing & counted, 1 - share, 0)).sum()
    high = deficit + (area * np.where(green & counted, share, 0)).sum() + area[unknown & counted].sum()
    works = treatment[treatment["strip_id"].isin(mine["strip_id"]) & treatment["counted"]]
    sums = works.groupby("treatment")["area_ha"].sum() if len(works) else pd.Series(dtype=float)
    why = dict.fromkeys(
        cause
        for own, strip_id in zip(mine["cause"], mine["strip_id"], strict=True)
        for cause in [*own.split(";"), *causes.get(strip_id, "").split(";")]
        if cause
    )
    task = rulebook.tasks[key[0]]
    cost, cost_note = cost_of(sums, prices)
    width = mine["width_m"].iloc[0]
    return {
        **dict(zip(KEYS, key, strict=True)),
        "ground": str(task.ground),
        "width_m": width,
        "length_m": mine["area_ha"].sum() * 10_000 / width if width == width else None,
        "required_ha": mine["area_ha"].sum(),
        "required_mu": mine["area_ha"].sum() * MU_PER_HA,
        "counted_ha": mine["counted_ha"].sum(),
        "present_ha": area[green & counted].sum(),
        "deficit_ha": deficit,
        "deficit_mu": deficit * MU_PER_HA,
        "deficit_low_ha": low,
        "deficit_high_ha": high,
        "unknown_ha": area[unknown & counted].sum(),
        **{
            name: area[missing & counted & cover["cover"].isin(words).to_numpy()].sum()
            for name, words in _SPLIT.items()
        },
        "farmland_ha": works["farmland_ha"].sum() if len(works) else 0.0,
        "treatment": "；".join(f"{Treatment(word).zh} {area_:.2f} 公顷" for word, area_ in sums.items()),
        "cost_yuan": cost,
        "cost_note": cost_note,
        "whole_deficit_ha": area[missing].sum(),
        "features": None,
        "priority": _weighted(works),
        "state": "undetermined" if why or not known.any() else "measured",
        "cause": ";".join(why),
        "demo": bool(mine["demo"].any() or cover["demo"].any()),
        "note": ledger_note(why, cover, share, mine),
    }


def _weighted(works: pd.DataFrame) -> float | None:
    held = works[works["priority"].notna()] if len(works) else works
    if not len(held) or held["area_ha"].sum() == 0:
        return None
    return float((held["priority"] * held["area_ha"]).sum() / held["area_ha"].sum())


def cost_of(sums: pd.Series, prices: Mapping[Treatment, float] | None) -> tuple[float | None, str]:
    """Yuan for hectares by treatment, and what has no price. None where the user gives no prices.

    >>> cost_of(pd.Series({"afforest": 2.0, "exit": 1.0}), {Treatment.AFFOREST: 30000.0})
    (60000.0, '未给单价：退出')
    """
    if prices is None:
        return None, ""
    known = {word: area for word, area in sums.items() if Treatment(word) in prices}
    without = [Treatment(word).zh for word in sums.index if Treatment(word) not in prices]
    note = f"未给单价：{'、'.join(without)}" if without else ""
    return float(sum(area * prices[Treatment(word)] for word, area in known.items())), note


def ledger_note(why: Mapping[str, None], cover: pd.DataFrame, share: Floats, mine: pd.DataFrame) -> str:
    """In words why a row is open, with the figures that make it so."""
    said = list(dict.fromkeys(note for note in mine["note"] if note))
    width = float(mine["across_m"].median())
    cells = cover["cell_m"].dropna()
    if len(cells) and cells.max() > 0.1 * width:
        known = "不能判断" if cells.max() >= width else "有误差"
        said.append(f"地类像元 {cells.max():.0f} 米，带宽 {width:.0f} 米：{known}")
    if mine["doubt_share"].max() >= 1:
        said.append(f"图层中误差 {mine['accuracy_m'].max():g} 米，不小于带宽所容，带的位置不明")
    if mine["is_proxy"].any():
        said.append("以代用线画带，水边未测")
    said += [Cause(cause).zh for cause in why if cause not in (Cause.ACCURACY, Cause.BASE_LINE)]
    return "；".join(said)


_COUNTED_IN = {"ha": "公顷", "km": "公里", "count": "处"}


def _figure(amount: float, unit: str) -> str:
    return f"{amount:.0%}" if unit == "share" else f"{amount:g} {_COUNTED_IN[unit]}"
