"""Sites × rules at a glance: what each rule does to each site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from geo.terms import Outcome, State
from geo.writers.dossier import Dossier, natural
from geo.writers.figures.canvas import WIDE_WIDTH_CM, new_figure
from geo.writers.figures.fonts import drawable
from geo.writers.styles import OUTCOMES

#: What one figure holds; the workbook has all.
SITES_UP_TO, RULES_UP_TO = 42, 84
#: What is open or passed stays in the background, so that what bites is seen.
_PALE = {Outcome.CLEAR: "#CDE8F8", Outcome.UNDETERMINED: "#C3B3DD"}


@dataclass(frozen=True)
class Matrix:
    """Sites (strictest first) by rules (those that bite or are open most): cells hold an outcome, or None.

    A rule that bites gives the outcome it leads to, one that is open *undetermined*, a miss *clear*.
    """

    site_ids: list[str]
    rule_ids: list[str]
    cells: list[list[Outcome | None]]
    sites_left_out: int
    rules_left_out: int


def make_matrix(dossier: Dossier, sites_up_to: int | None = None, rules_up_to: int | None = None) -> Matrix:
    """The matrix of a run; what does not fit is counted."""
    checks = dossier.checks
    site_ids = [str(site_id) for site_id in dossier.verdicts["site_id"]]
    weight = (
        checks["state"]
        .map({State.HIT: 1000, State.UNDETERMINED: 1, State.MISS: 0})
        .groupby(checks["rule_id"])
        .sum()
    )
    ranked = sorted(weight.index, key=lambda rule_id: (-weight[rule_id], natural(rule_id)))
    shown_sites, shown_rules = site_ids[:sites_up_to], sorted(ranked[:rules_up_to], key=natural)
    meaning = {State.UNDETERMINED: Outcome.UNDETERMINED, State.MISS: Outcome.CLEAR}
    rows, columns = {s: n for n, s in enumerate(shown_sites)}, {r: n for n, r in enumerate(shown_rules)}
    cells: list[list[Outcome | None]] = [[None] * len(columns) for _ in rows]
    for site_id, rule_id, state in checks[["site_id", "rule_id", "state"]].itertuples(index=False):
        if site_id in rows and rule_id in columns:
            hit = State(state) is State.HIT
            cells[rows[site_id]][columns[rule_id]] = (
                dossier.potential[rule_id] if hit else meaning[State(state)]
            )
    return Matrix(
        shown_sites, shown_rules, cells, len(site_ids) - len(shown_sites), len(ranked) - len(shown_rules)
    )


def draw_matrix(dossier: Dossier) -> Figure | None:
    """The matrix as a figure for a page on its side; None where nothing was checked."""
    say = dossier.lang
    matrix = make_matrix(dossier, SITES_UP_TO, RULES_UP_TO)
    if not matrix.rule_ids:
        return None
    outcomes = list(Outcome)
    values = np.array(
        [[-1 if cell is None else outcomes.index(cell) for cell in row] for row in matrix.cells]
    )
    top, bottom, left, pitch = 1.35, 1.35, 1.7, min(0.36, 10.4 / max(len(matrix.site_ids), 1))
    height = top + bottom + pitch * len(matrix.site_ids)
    figure = new_figure(WIDE_WIDTH_CM, height)
    wide = min(WIDE_WIDTH_CM - left - 0.2, 0.55 * len(matrix.rule_ids))
    axes = figure.add_axes(
        (left / WIDE_WIDTH_CM, bottom / height, wide / WIDE_WIDTH_CM, 1 - (top + bottom) / height)
    )
    colours = ["#F4F4F4", *(_PALE.get(o, OUTCOMES[o].colour) for o in outcomes)]
    axes.pcolormesh(
        values, cmap=ListedColormap(colours), vmin=-1.5, vmax=len(outcomes) - 0.5, edgecolors="white", lw=0.5
    )
    axes.set_ylim(len(matrix.site_ids), 0)
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(len(matrix.rule_ids)) + 0.5, matrix.rule_ids, rotation=90, fontsize=5.5)
    axes.set_yticks(
        np.arange(len(matrix.site_ids)) + 0.5, [drawable(s[:12]) for s in matrix.site_ids], fontsize=6
    )
    axes.tick_params(length=0, pad=1.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    present = [o for number, o in enumerate(outcomes) if (values == number).any()]
    x = left
    for outcome in [*present, None]:
        colour = colours[0] if outcome is None else colours[outcomes.index(outcome) + 1]
        mark = figure.add_axes((x / WIDE_WIDTH_CM, 0.75 / height, 0.5 / WIDE_WIDTH_CM, 0.3 / height))
        mark.set_facecolor(colour)
        mark.set_xticks([])
        mark.set_yticks([])
        for spine in mark.spines.values():
            spine.set_linewidth(0.4)
        text = say.of(outcome) if outcome is not None else say("不适用", "does not apply")
        figure.text((x + 0.65) / WIDE_WIDTH_CM, 0.9 / height, text, fontsize=7, va="center")
        x += 1.6 + 0.28 * len(text) * (1 if say("中", "") else 0.62)
    if matrix.sites_left_out or matrix.rules_left_out:
        note = say(
            f"另有 {matrix.sites_left_out} 个项目、{matrix.rules_left_out} 条规则未列入本图，全部见 findings.xlsx",
            f"{matrix.sites_left_out} sites and {matrix.rules_left_out} rules more in findings.xlsx",
        )
        figure.text(
            left / WIDE_WIDTH_CM, 0.3 / height, note, fontsize=6.5, ha="left", va="center", color="#555555"
        )
    return figure
