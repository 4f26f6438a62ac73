"""Sheets of a workbook: notes, and tables with the headings of their contract."""

from __future__ import annotations

import pandas as pd
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from geo.frames import Contract
from geo.writers.tables import safe_text


def lines_sheet(sheet: Worksheet, title: str, lines: list[str]) -> None:
    """A sheet of notes, one a row."""
    sheet.title = title
    for line in lines:
        sheet.append([line])
    sheet.column_dimensions["A"].width = 110
    for row in sheet.iter_rows():
        row[0].alignment = Alignment(wrap_text=True, vertical="top")


def table_sheet(sheet: Worksheet, frame: pd.DataFrame, contract: Contract) -> None:
    """A sheet with Chinese headings and a row a row of the frame; subtotals bold, formulas neutralised."""
    names = list(contract)
    sheet.append([contract[name].heading for name in names])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E9E4D8")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for row in safe_text(frame[names]).itertuples(index=False):
        sheet.append([_plain(value) for value in row])
        if any(isinstance(value, str) and value.endswith(("小计", "合计")) for value in row):
            for cell in sheet[sheet.max_row]:
                cell.font = Font(bold=True)
    for number, name in enumerate(names, start=1):
        wide = 40 if name in ("title", "note", "treatment", "remedy", "strip_id") else 13
        sheet.column_dimensions[get_column_letter(number)].width = wide
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = sheet.dimensions


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return None if value != value else value
    return value
