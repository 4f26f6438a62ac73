"""Tables: the findings as CSV that Excel opens in Chinese."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from geo.assessment import Assessment

#: A cell that begins so would run as a formula in a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_findings(assessment: Assessment, path: Path) -> None:
    """Every check of every site, the misses too (columns: :data:`geo.frames.FINDINGS`)."""
    table = safe_text(assessment.findings).round(
        {c: 3 for c in assessment.findings if c.endswith("_m")} | {"probability": 4}
    )
    table.to_csv(path, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")


def safe_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with text that a spreadsheet would run made plain.

    >>> safe_text(pd.DataFrame({"name": ["=HYPERLINK(1)", "焦化"], "margin_m": [-1.0, 2.0]})).name.tolist()
    ["'=HYPERLINK(1)", '焦化']
    """
    result = frame.copy()
    for name in result.columns:
        if not pd.api.types.is_numeric_dtype(result[name]):
            result[name] = [plain_text(value) if isinstance(value, str) else value for value in result[name]]
    return result


def plain_text(value: str) -> str:
    """Text that a spreadsheet does not run.

    >>> plain_text("=HYPERLINK(1)"), plain_text("焦化")
    ("'=HYPERLINK(1)", '焦化')
    """
    return f"'{value}" if value.startswith(_FORMULA) else value
