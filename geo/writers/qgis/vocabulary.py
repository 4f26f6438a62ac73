"""What codes mean on screen: the closed vocabulary behind a column, its value map, and what forms leave out."""

from __future__ import annotations

from geo.coverage import STATUS
from geo.frames import Contract
from geo.terms import (
    Cause,
    Datum,
    Development,
    Effect,
    Line,
    Measure,
    Outcome,
    PlanStatus,
    Purpose,
    State,
    Term,
    Theme,
)

_TERMS: dict[str, type[Term]] = {
    "outcome": Outcome,
    "demo_outcome": Outcome,
    "best_case": Outcome,
    "worst_case": Outcome,
    "consequence": Outcome,
    "state": State,
    "ground": State,
    "cause": Cause,
    "doubt": Cause,
    "effect": Effect,
    "development": Development,
    "purpose": Purpose,
    "datum": Datum,
    "line": Line,
    "theme": Theme,
    "measure": Measure,
    "plan_status": PlanStatus,
}
_WORDS: dict[str, dict[str, str]] = {
    "robustness": {"robust": "稳健", "fragile": "不稳健"},
    "status": {code: zh for code, (zh, _) in STATUS.items()} | {"stale": "时点过旧"},
    "within": {"county": "本县", "city": "本市", "park": "园区"},
    "level": {"city": "市", "county": "县（市、区）"},
}

#: Bookkeeping of the program: in the tables, not in forms.
_TECHNICAL = {"fid", "zone_id", "near_lon", "near_lat", "half_width_m", "is_proxy"}


def labels_of(column: str) -> dict[str, str]:
    """Code to Chinese label for a column of codes; empty for a column of plain text.

    >>> labels_of("development")["new"], labels_of("name")
    ('新建', {})
    """
    if column in _TERMS:
        return {str(term): term.zh for term in _TERMS[column]}
    return _WORDS.get(column, {})


def is_hidden(column: str, contract: Contract) -> bool:
    """Whether a form leaves a column out: bookkeeping, or a code beside its own Chinese label."""
    return column in _TECHNICAL or f"{column}_zh" in contract
