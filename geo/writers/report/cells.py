"""Cells that several chapters share: outcomes, states, counts, numbers with their units."""

from __future__ import annotations

import math

from geo.language import Lang
from geo.terms import Outcome, State
from geo.writers.report.document import Cell
from geo.writers.styles import OUTCOMES

#: Fills on which black text could not be read.
_DARK = (Outcome.PROHIBITED, Outcome.MUST_EXIT, Outcome.UNDETERMINED, Outcome.RESTRICTED, Outcome.ADVISED)
_STATE_FILLS = {State.HIT: "#F3D4D1", State.UNDETERMINED: "#E4DBF0", State.MISS: ""}

#: Colours of the statuses of coverage, and a letter beside each for print in grey.
STATUS_FILLS = {
    "present": "#D7ECD9",
    "stale": "#FFF0C9",
    "partial": "#FFE3B8",
    "unknown": "#F1E4CF",
    "demonstration": "#E4DBF0",
    "absent": "#F3D4D1",
}
STATUS_EN = {
    "present": "complete",
    "stale": "out of date",
    "partial": "partial",
    "unknown": "extent unknown",
    "demonstration": "demonstration",
    "absent": "none",
}


def outcome_cell(outcome: str, text: str) -> Cell:
    """An outcome on its colour."""
    known = Outcome(outcome)
    return Cell(text, OUTCOMES[known].colour, light=known in _DARK, bold=True)


def state_cell(state: str, text: str) -> Cell:
    """What a check found."""
    return Cell(text, _STATE_FILLS[State(state)], bold=State(state) is State.HIT)


def share_text(part: int, whole: int) -> str:
    """A share of a count.

    >>> share_text(1, 3), share_text(0, 0)
    ('33.3%', '–')
    """
    return f"{part / whole:.1%}" if whole else "–"


def plain_number(value: float, decimals: int = 1) -> str:
    """A number, or a dash where there is none.

    >>> plain_number(1234.56), plain_number(float("nan"))
    ('1,234.6', '–')
    """
    return "–" if math.isnan(value) else f"{value:,.{decimals}f}"


def listed(lang: Lang, items: list[str], up_to: int = 6) -> str:
    """Some items and how many more there are.

    >>> listed(Lang.ZH, ["a", "b", "c"], 2)
    'a、b 等 3 个'
    """
    joined = lang("、", ", ").join(items[:up_to])
    if len(items) <= up_to:
        return joined
    return lang(f"{joined} 等 {len(items)} 个", f"{joined} and {len(items) - up_to} more")
