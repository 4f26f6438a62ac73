"""Sheets of a workbook: notes, and tables with the headings of their contract."""

from __future__ import annotations

import pandas as pd
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from geo.contracts import Contract
from geo.labels import coded, heading_of, told_code
from geo.language import Lang
from geo.writers.tables import safe_text

#: How the rows of sums end, in both languages.
SUMS = ("小计", "合计", "subtotal", "total")


def lines_sheet(sheet: Worksheet, title: str, lines: list[str]) -> None:
    """A sheet of notes, one a row."""
    sheet.title = title
    for line in lines:
        sheet.append([line])
    sheet.column_dimensions["A"].width = 110
    for row in sheet.iter_rows():
        row[0].alignment = Alignment(wrap_text=True, vertical="top")


def table_sheet(sheet: Worksheet, frame: pd.DataFrame, contract: Contract, lang: Lang = Lang.ZH) -> None:
    """A sheet with headings in ``lang`` and a row a row of the frame; subtotals bold, formulas neutralised.

    Codes are told in words; where a contract has words beside a code, only those are shown.
    """
    beside = coded(contract)
    names = [name for name in contract if name not in beside.values()]
    sheet.append([heading_of(beside.get(name, name), contract[name], lang) for name in names])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E9E4D8")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for row in safe_text(frame[names]).itertuples(index=False):
        sheet.append([_plain(value, name, lang) for value, name in zip(row, names, strict=True)])
        if any(isinstance(value, str) and value.endswith(SUMS) for value in row):
            for cell in sheet[sheet.max_row]:
                cell.font = Font(bold=True)
    for number, name in enumerate(names, start=1):
        wide = 40 if name in ("title", "note", "treatment", "remedy", "strip_id") else 13
        sheet.column_dimensions[get_column_letter(number)].width = wide
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = sheet.dimensions


def _plain(value: object, name: str, lang: Lang) -> object:
    if isinstance(value, bool):
        return lang("是", "yes") if value else lang("否", "no")
    if isinstance(value, str):
        return told_code(name, value, lang)
    if isinstance(value, float):
        return None if value != value else value
    return value
