"""Figures of restoration: a bar a county, deficit by bank along a river, and the ground before and after."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from geo.language import Lang
from geo.terms import Treatment
from geo.writers.figures.canvas import PAGE_WIDTH_CM, new_figure
from geo.writers.figures.fonts import drawable
from geo.writers.figures.symbols import text_width_cm
from geo.writers.quantities import deficit_words
from geo.writers.styles import TREATMENTS

_PRESENT, _DEFICIT, _UNKNOWN = "#5AAE61", "#D6604D", "#DDDDDD"
_MOST_COUNTIES, _MOST_RIVERS = 30, 8
#: Columns of the ledger that are parts of the deficit: colour, label.
_BEFORE = (
    ("present_ha", "#5AAE61", ("现有绿地与水面", "green or water")),
    ("cropland_ha", "#F6E8C3", ("耕地园地", "cropland")),
    ("built_ha", "#B2182B", ("建设用地", "built")),
    ("industrial_ha", "#7F3B08", ("工业仓储", "industry")),
    ("bare_ha", "#DFC27D", ("裸地", "bare")),
    ("mine_ha", "#8073AC", ("采矿用地", "mines")),
)


def draw_counties(ledger: pd.DataFrame, say: Lang) -> Figure | None:
    """Of every county what is required, and in it what is green, missing and unknown; hectares of counted ground."""
    parts = ["counted_ha", "present_ha", "deficit_ha", "unknown_ha"]
    sums = ledger[ledger["county"] != ""].groupby("county")[parts].sum()
    sums = sums[sums["counted_ha"] > 0].sort_values(["deficit_ha", "counted_ha"], ascending=False)
    if not len(sums):
        return None
    left_out, sums = len(sums) - _MOST_COUNTIES, sums.head(_MOST_COUNTIES)
    height, left = 2.9 + 0.62 * len(sums), 2.8
    figure = new_figure(PAGE_WIDTH_CM, height)
    axes = figure.add_axes(
        (left / PAGE_WIDTH_CM, 1.4 / height, 1 - (left + 1.8) / PAGE_WIDTH_CM, 1 - 2.3 / height)
    )
    places = np.arange(len(sums))
    axes.barh(places, sums["counted_ha"], 0.8, color="none", edgecolor="#444444", lw=0.8)
    start = np.zeros(len(sums))
    for name, colour, hatch in (
        ("present_ha", _PRESENT, ""),
        ("deficit_ha", _DEFICIT, ""),
        ("unknown_ha", _UNKNOWN, "////"),
    ):
        axes.barh(places, sums[name], 0.5, left=start, color=colour, hatch=hatch, edgecolor="white", lw=0.3)
        start += sums[name].to_numpy()
    for place, row in enumerate(sums.itertuples()):
        said = deficit_words(row.deficit_ha, row.unknown_ha, row.counted_ha, say)
        axes.text(row.counted_ha, place, f" {said}", va="center", fontsize=7, color="#8B0000")
    axes.set_yticks(places, [drawable(str(name)) for name in sums.index], fontsize=7.5)
    axes.set_ylim(len(sums) - 0.4, -0.6)
    axes.set_xlim(0, float(sums["counted_ha"].max()) * 1.08)
    note = say(
        f"；另有 {left_out} 个县未画" if left_out > 0 else "", f"; {left_out} more" if left_out > 0 else ""
    )
    axes.set_xlabel(
        say("计入面积（公顷）；红字为缺口", "counted area (ha); in red the deficit") + note, fontsize=7.5
    )
    _clean(axes)
    figure.legend(
        handles=[
            Patch(fc="none", ec="#444444", label=say("应修复", "required")),
            Patch(fc=_PRESENT, label=say("现有绿地与水面", "green or water")),
            Patch(fc=_DEFICIT, label=say("缺口", "deficit")),
            Patch(fc=_UNKNOWN, hatch="////", ec="white", label=say("地类不明", "cover unknown")),
        ],
        loc="upper left",
        bbox_to_anchor=(left / PAGE_WIDTH_CM - 0.01, 1.0),
        ncols=4,
        fontsize=7.5,
        frameon=False,
    )
    return figure


def reaches(strips: pd.DataFrame, deficit: pd.DataFrame) -> pd.DataFrame:
    """By river, bank and reach: hectares of deficit that count, and length in kilometres; rivers with the most deficit first.

    Reaches are in the order that strips have them: downstream where the flow is known, county by county.
    """
    rivers = strips[(strips["ground"] == "strip") & strips["bank"].isin(["left", "right"])]
    own = deficit[deficit["counted"].astype(bool)].groupby("strip_id")["area_ha"].sum()
    rows = rivers.assign(
        deficit_ha=rivers["strip_id"].map(own).fillna(0.0), length_km=rivers["length_m"] / 1000
    )
    keys = ["river", "adcode", "county", "reach", "bank"]
    rows = rows.groupby(keys, sort=False).agg(
        deficit_ha=("deficit_ha", "sum"), length_km=("length_km", "max")
    )
    rows = rows.reset_index()
    # reaches are numbered through both banks: the first of the left stands beside the first of the right
    rows["reach"] = rows.groupby(["river", "adcode", "bank"])["reach"].rank(method="dense")
    rows["total"] = rows.groupby("river")["deficit_ha"].transform("sum")
    return rows.sort_values(["total", "river", "adcode", "reach"], ascending=[False, True, True, True])


def draw_banks(strips: pd.DataFrame, deficit: pd.DataFrame, say: Lang) -> Figure | None:
    """Along each river, reach by reach, hectares of deficit a kilometre: left bank upward, right bank downward."""
    rows = reaches(strips, deficit)
    rows = rows[rows["total"] > 0]
    rivers = list(dict.fromkeys(rows["river"]))
    if not rivers:
        return None
    left_out, rivers = len(rivers) - _MOST_RIVERS, rivers[:_MOST_RIVERS]
    each, head, foot, left = 3.6, 1.2, 1.0, 1.7
    height = head + foot + each * len(rivers)
    figure = new_figure(PAGE_WIDTH_CM, height)
    for number, river in enumerate(rivers):
        own = rows[rows["river"] == river]
        below = foot + each * (len(rivers) - 1 - number) + 0.9
        axes = figure.add_axes(
            (
                left / PAGE_WIDTH_CM,
                below / height,
                1 - (left + 0.5) / PAGE_WIDTH_CM,
                (each - 1.5) / height,
            )
        )
        start = 0.0
        for (_, county), part in own.groupby(["adcode", "county"], sort=False):
            first = start
            for _, both in part.groupby("reach", sort=True):
                wide = max(float(both["length_km"].max()), 1e-6)
                for bank, sign in (("left", 1), ("right", -1)):
                    value = float(both.loc[both["bank"] == bank, "deficit_ha"].sum()) / wide
                    axes.bar(
                        start,
                        sign * value,
                        wide,
                        align="edge",
                        color=_DEFICIT if sign > 0 else "#4393C3",
                        edgecolor="white",
                        lw=0.3,
                    )
                start += wide
            axes.axvline(start, color="#AAAAAA", lw=0.5, ls=":")
            axes.text((first + start) / 2, 1.02, drawable(str(county)), transform=axes.get_xaxis_transform(), ha="center", fontsize=6.5)  # fmt: skip
        axes.axhline(0, color="#333333", lw=0.8)
        top = max(abs(value) for value in axes.get_ylim()) * 1.05
        axes.set_ylim(-top, top)
        axes.set_xlim(0, start)
        axes.set_yticks(axes.get_yticks(), [f"{abs(tick):g}" for tick in axes.get_yticks()])
        axes.set_ylim(-top, top)
        axes.set_title(drawable(f"{river}"), fontsize=8.5, loc="left", pad=12)
        axes.set_ylabel(say("公顷/公里", "ha/km"), fontsize=7)
        _clean(axes)
    note = say(f"；另有 {left_out} 条河未画", f"; {left_out} rivers more") if left_out > 0 else ""
    figure.text(
        0.5,
        0.25 / height,
        say("沿河里程（公里），县内顺流排列", "kilometres along the river, downstream in each county") + note,
        ha="center",
        fontsize=7.5,
    )
    figure.legend(
        handles=[
            Patch(fc=_DEFICIT, label=say("左岸缺口（向上）", "deficit, left bank (up)")),
            Patch(fc="#4393C3", label=say("右岸缺口（向下）", "deficit, right bank (down)")),
        ],
        loc="upper left",
        bbox_to_anchor=(0.02, 1.0),
        ncols=2,
        fontsize=7.5,
        frameon=False,
    )
    return figure


def draw_before_after(ledger: pd.DataFrame, treatment: pd.DataFrame, say: Lang) -> Figure | None:
    """Two bars: what the counted ground is now, and what it is to become; hectares."""
    before = [
        (say(*label), float(ledger[name].fillna(0).sum()), colour, "") for name, colour, label in _BEFORE
    ]
    known = sum(value for _, value, _, _ in before)
    whole = float(ledger[["present_ha", "deficit_ha"]].fillna(0).sum().sum())
    unknown = float(ledger["unknown_ha"].fillna(0).sum())
    before += [
        (say("其他", "other"), max(whole - known, 0.0), "#C7A7C7", ""),
        (say("地类不明", "unknown"), unknown, _UNKNOWN, "////"),
    ]
    counted = treatment[treatment["counted"].astype(bool)]
    works = counted.groupby("treatment")["area_ha"].sum()
    present = float(ledger["present_ha"].fillna(0).sum())
    planned = [(say.of(kind), float(works.get(str(kind), 0.0)), TREATMENTS[kind], "") for kind in Treatment]
    after = [(say("保留绿地与水面", "kept green or water"), present, _PRESENT, ""), *planned]
    after += [
        (
            say("未定", "undecided"),
            max(whole - present - sum(v for _, v, _, _ in planned), 0.0),
            "#C7A7C7",
            "",
        ),
        (say("地类不明", "unknown"), unknown, _UNKNOWN, "////"),
    ]
    total = whole + unknown
    if total <= 0 or not works.sum():
        return None
    height, left = 5.6, 1.9
    figure = new_figure(PAGE_WIDTH_CM, height)
    axes = figure.add_axes((left / PAGE_WIDTH_CM, 0.36, 1 - (left + 0.5) / PAGE_WIDTH_CM, 0.58))
    legends: list[list[Patch]] = []
    for place, parts in enumerate((before, after)):
        start, handles = 0.0, []
        for label, value, colour, hatch in parts:
            if value <= 0.005 * total and value < 0.005:
                continue
            axes.barh(place, value, 0.62, left=start, color=colour, hatch=hatch, edgecolor="white", lw=0.4)
            text = f"{value:,.1f}"
            if value / total * (PAGE_WIDTH_CM - left - 0.5) > text_width_cm(text, 6.5) + 0.15:
                axes.text(
                    start + value / 2,
                    place,
                    text,
                    ha="center",
                    va="center",
                    fontsize=6.5,
                    bbox={"fc": "white", "ec": "none", "alpha": 0.75, "pad": 0.8},
                )
            handles.append(Patch(fc=colour, hatch=hatch, ec="white", label=label))
            start += value
        legends.append(handles)
    axes.set_yticks([0, 1], [say("修复前", "before"), say("修复后", "after")], fontsize=8)
    axes.set_ylim(1.5, -0.5)
    axes.set_xlim(0, total)
    axes.set_xlabel(say("计入面积（公顷）", "counted area (ha)"), fontsize=7.5)
    _clean(axes)
    for row, handles in enumerate(legends):
        figure.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0.1, 0.105 - 0.095 * row),
            ncols=7,
            fontsize=6.3,
            frameon=False,
            handlelength=1.1,
            columnspacing=0.9,
            handletextpad=0.4,
        )
        figure.text(0.02, 0.155 - 0.095 * row, (say("前", "before"), say("后", "after"))[row], fontsize=6.8)
    return figure


def _clean(axes) -> None:  # type: ignore[no-untyped-def]
    axes.tick_params(labelsize=7)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
