"""The restoration profile: by river and bank, what is green, what is missing, what nobody knows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from geo.writers.dossier import Dossier
from geo.writers.figures.canvas import PAGE_WIDTH_CM, new_figure
from geo.writers.figures.fonts import drawable
from geo.writers.figures.symbols import text_width_cm

_ROWS = 26
#: Column of the ledger → colour, hatch, label.
_PARTS = (
    ("present_ha", "#5AAE61", "", ("现有绿地与水面", "green or water")),
    ("deficit_ha", "#D6604D", "", ("缺口", "deficit")),
    ("unknown_ha", "#DDDDDD", "////", ("地类不明", "cover unknown")),
)


def profile_rows(dossier: Dossier) -> pd.DataFrame | None:
    """Hectares by river and bank, summed over tasks (counted ground only, so that none counts twice)."""
    ledger = dossier.frame("restoration")
    wanted = {"river", "bank_zh", *(name for name, *_ in _PARTS)}
    if ledger is None or not wanted <= set(ledger.columns):
        return None
    sums = ledger.groupby(["river", "bank_zh"], sort=True)[[name for name, *_ in _PARTS]].sum().reset_index()
    sums = sums[sums[[name for name, *_ in _PARTS]].sum(axis=1) > 0]
    return sums if len(sums) else None


def draw_profile(dossier: Dossier) -> Figure | None:
    """Bars of hectares by river and bank; None where the run holds no ledger."""
    say, rows = dossier.lang, profile_rows(dossier)
    if rows is None:
        return None
    rows = rows.sort_values(["deficit_ha", "river", "bank_zh"], ascending=[False, True, True]).head(_ROWS)
    height, left_cm = 2.4 + 0.55 * len(rows), 3.6
    figure = new_figure(PAGE_WIDTH_CM, height)
    axes = figure.add_axes(
        (left_cm / PAGE_WIDTH_CM, 1.2 / height, 1 - (left_cm + 1.6) / PAGE_WIDTH_CM, 1 - 2.0 / height)
    )
    start = np.zeros(len(rows))
    places = np.arange(len(rows))
    for name, colour, hatch, label in _PARTS:
        values = rows[name].fillna(0.0).to_numpy(dtype=float)
        axes.barh(
            places,
            values,
            0.66,
            left=start,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            lw=0.4,
            label=say(*label),
        )
        start += values
    for place, total, deficit in zip(places, start, rows["deficit_ha"].fillna(0.0), strict=True):
        axes.text(total, float(place), f" {deficit:,.1f}", va="center", fontsize=7, color="#8B0000")
    names = [f"{river} {bank}".strip() for river, bank in zip(rows["river"], rows["bank_zh"], strict=True)]
    axes.set_yticks(places, [drawable(_fit(name, left_cm - 0.3)) for name in names], fontsize=7.5)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, max(float(start.max()), 1e-9) * 1.12)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=7)
    axes.set_xlabel(
        say("计入面积（公顷）；红字为缺口", "counted area (ha); in red the deficit"), fontsize=7.5
    )
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, fontsize=7.5, frameon=False, borderaxespad=0.2
    )
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure


def _fit(text: str, width_cm: float) -> str:
    while text_width_cm(text, 7.5) > width_cm:
        text = text[:-2] + "…"
    return text
