"""Charts of a run: outcomes and what keeps sites open; distances against their limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from geo.contracts import split
from geo.terms import Cause, Measure, Outcome, State
from geo.writers.dossier import Dossier, natural
from geo.writers.figures.canvas import PAGE_WIDTH_CM, new_figure
from geo.writers.figures.fonts import drawable
from geo.writers.figures.symbols import text_width_cm
from geo.writers.quantities import limit_in
from geo.writers.styles import OUTCOMES

#: Distances beyond this many times the limit are counted, not drawn.
FAR = 3.0
_RULES = 24
STATE_COLOURS = {State.HIT: "#8B0000", State.UNDETERMINED: "#5D3A9B", State.MISS: "#56B4E9"}
_STATE_MARKERS = {State.HIT: "s", State.UNDETERMINED: "D", State.MISS: "o"}


def draw_outcomes(dossier: Dossier) -> Figure:
    """Sites by outcome, and by what keeps the undetermined ones open."""
    say, verdicts = dossier.lang, dossier.assessment.verdicts
    counts = verdicts["outcome"].value_counts()
    outcomes = [outcome for outcome in Outcome if outcome in counts.index]
    causes = open_causes(dossier)
    rows = max(len(outcomes), len(causes), 3)
    height = 1.9 + 0.62 * rows
    figure = new_figure(PAGE_WIDTH_CM, height)
    names = [say.of(outcome) for outcome in outcomes]
    whys = [_short(say.of(cause), 34) for cause, _ in causes]
    first, second = (
        0.3 + max((text_width_cm(name, 8) for name in held), default=1.0) for held in (names, whys)
    )
    bars = (PAGE_WIDTH_CM - first - second - 1.6) / 2
    left = _panel(figure, first, bars, height, rows, say("研判结论（项目数）", "Outcomes (sites)"))
    for number, outcome in enumerate(outcomes):
        style = OUTCOMES[outcome]
        left.barh(
            number,
            counts[outcome],
            0.62,
            color=style.colour,
            hatch="////" if style.hatch else None,
            edgecolor="white",
            lw=0,
        )
        left.text(counts[outcome], number, f" {counts[outcome]}", va="center", fontsize=8)
    _names(left, names, int(counts.max()) if len(counts) else 1)
    start = first + bars + 1.2 + second
    right = _panel(
        figure, start, bars, height, rows, say("待核实原因（涉及项目数）", "Why undetermined (sites)")
    )
    for number, (_, count) in enumerate(causes):
        right.barh(number, count, 0.62, color="#8E7CC3")
        right.text(count, number, f" {count}", va="center", fontsize=8)
    _names(right, whys, max((count for _, count in causes), default=1))
    return figure


def open_causes(dossier: Dossier) -> list[tuple[Cause, int]]:
    """How many undetermined sites each cause keeps open, the most frequent first.

    Counted over the rules that decide those sites (``deciding_rule_ids`` of an undetermined site).
    """
    open_ = dossier.assessment.verdicts.query("outcome == 'undetermined'")
    pairs = {(v.site_id, rule_id) for v in open_.itertuples() for rule_id in split(v.deciding_rule_ids)}
    sites: dict[Cause, set[str]] = {}
    asked = dossier.checks[dossier.checks["cause"] != ""][["site_id", "rule_id", "cause"]]
    for site_id, rule_id, causes in asked.itertuples(index=False):
        if (site_id, rule_id) in pairs:
            for cause in split(causes):
                sites.setdefault(Cause(cause), set()).add(site_id)
    order = list(Cause)
    return sorted(
        ((cause, len(found)) for cause, found in sites.items()),
        key=lambda item: (-item[1], order.index(item[0])),
    )


def _panel(figure: Figure, left: float, width: float, height: float, rows: int, title: str) -> Axes:
    axes = figure.add_axes((left / PAGE_WIDTH_CM, 0.35 / height, width / PAGE_WIDTH_CM, 1 - 1.35 / height))
    axes.set_ylim(rows - 0.4, -0.6)
    axes.set_title(title, fontsize=9, loc="left", pad=6)
    axes.set_xticks([])
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    return axes


def _names(axes: Axes, names: list[str], largest: int) -> None:
    axes.set_yticks(range(len(names)), [drawable(name) for name in names], fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, max(largest, 1) * 1.18)


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def near_checks(dossier: Dossier) -> pd.DataFrame:
    """Checks of distance rules that measured something: with ``times``, the distance over the limit."""
    checks = dossier.checks
    distance = [dossier.rule(rule_id).measure is Measure.WITHIN_DISTANCE for rule_id in checks["rule_id"]]
    held = checks[np.array(distance, dtype=bool) & checks["limit_m"].gt(0) & checks["distance_m"].notna()]
    return held.assign(times=held["distance_m"] / held["limit_m"])


def draw_distances(dossier: Dossier) -> Figure | None:
    """A strip a distance rule: its sites by distance over the limit; None where no site is near any."""
    say = dossier.lang
    checks = near_checks(dossier)
    near = checks[checks["times"] <= FAR]
    rules = sorted(
        set(near["rule_id"]), key=lambda rule_id: (-(near["rule_id"] == rule_id).sum(), natural(rule_id))
    )[:_RULES]
    if not rules:
        return None
    rules.sort(key=natural)
    height = 3.0 + 0.72 * len(rules)
    figure = new_figure(PAGE_WIDTH_CM, height)
    left_cm = 5.6
    axes = figure.add_axes(
        (left_cm / PAGE_WIDTH_CM, 1.6 / height, 1 - (left_cm + 1.5) / PAGE_WIDTH_CM, 1 - 2.4 / height)
    )
    axes.set_xlim(-0.06, FAR)
    axes.set_ylim(len(rules) - 0.4, -0.6)
    axes.axvspan(-0.06, 1, color="#F6E3E1", zorder=0, lw=0)
    axes.axvline(1, color="#8B0000", lw=1.1, zorder=1)
    axes.text(1, -0.66, say("限值", "limit"), fontsize=7, color="#8B0000", ha="center", va="bottom")
    for number, rule_id in enumerate(rules):
        own = near[near["rule_id"] == rule_id]
        _strip(axes, number, own)
        rule = dossier.rule(rule_id)
        limit = limit_in(say, float(own["limit_m"].iloc[0]))
        axes.text(
            -0.12, number - 0.19, drawable(f"{rule_id} ({limit})"), fontsize=7.5, ha="right", va="center"
        )
        axes.text(
            -0.12,
            number + 0.2,
            drawable(_fit(say.of(rule.title), 6.2, left_cm - 0.45)),
            fontsize=6.2,
            ha="right",
            va="center",
            color="#555555",
        )
        far = int((checks["rule_id"] == rule_id).sum() - len(own))
        axes.text(FAR * 1.02, number, str(far) if far else "–", fontsize=7, va="center", color="#555555")
    axes.text(FAR * 1.02, -0.66, say(f"＞{FAR:g}倍", f">{FAR:g}×"), fontsize=7, va="bottom", color="#555555")
    axes.set_yticks([])
    axes.set_xticks([0, 0.5, 1, 1.5, 2, 2.5, 3])
    axes.set_xlabel(
        say("实测距离与限值之比（横线为精度范围）", "distance over limit (bar: accuracy)"), fontsize=7.5
    )
    axes.tick_params(labelsize=7)
    axes.grid(axis="y", lw=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    _state_key(figure, dossier, height)
    return figure


def _strip(axes: Axes, number: int, own: pd.DataFrame) -> None:
    ordered = own.sort_values("times")
    for place, row in enumerate(ordered.to_dict("records")):
        state = State(row["state"])
        y = number + (-0.22, 0.0, 0.22)[place % 3]
        low, high = (row["limit_m"] + row[name] for name in ("margin_low_m", "margin_high_m"))
        if np.isfinite([low, high]).all():
            axes.plot(
                np.clip([low / row["limit_m"], high / row["limit_m"]], -0.05, FAR),
                [y, y],
                color=STATE_COLOURS[state],
                lw=0.7,
                alpha=0.45,
            )
        axes.plot(
            [row["times"]],
            [y],
            ls="none",
            marker=_STATE_MARKERS[state],
            ms=4.5,
            mfc=STATE_COLOURS[state],
            mec="white",
            mew=0.4,
            zorder=5,
        )
        if len(ordered) <= 6:
            axes.annotate(
                drawable(str(row["site_id"])[:10]),
                (row["times"], y),
                (4.5, 0),
                textcoords="offset points",
                fontsize=5.5,
                va="center",
                zorder=6,
                path_effects=[withStroke(linewidth=1.4, foreground="white")],
            )


def _state_key(figure: Figure, dossier: Dossier, height: float) -> None:
    x = 5.6
    for state in State:
        mark = figure.add_axes((x / PAGE_WIDTH_CM, 0.08 / height, 0.3 / PAGE_WIDTH_CM, 0.3 / height))
        mark.plot([0], [0], marker=_STATE_MARKERS[state], ms=4.5, mfc=STATE_COLOURS[state], mec="white")
        mark.axis("off")
        text = dossier.lang.of(state)
        figure.text((x + 0.4) / PAGE_WIDTH_CM, 0.23 / height, text, fontsize=7, va="center")
        x += 1.0 + text_width_cm(text, 7)


def _fit(text: str, size: float, width_cm: float) -> str:
    while text_width_cm(text, size) > width_cm:
        text = text[:-2] + "…"
    return text
