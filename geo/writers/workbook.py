"""``findings.xlsx``: sites × rules coloured by outcome, every check, the ledger, coverage, rejected rows.

Made row by row (openpyxl's write-only mode), so that large runs need little memory. Text stays text: what a
spreadsheet would take for a formula is neutralised.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from geo.contracts import FLAG, NUMBER, Column
from geo.labels import coded, told_code
from geo.language import Lang
from geo.terms import Outcome, State
from geo.writers.content import Content, Kind
from geo.writers.dossier import Dossier
from geo.writers.figures.matrix import make_matrix
from geo.writers.packed import settle_dates
from geo.writers.styles import DEMO_NOTE, DEMO_NOTE_EN, OUTCOMES, PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN
from geo.writers.tables import plain_text

#: Rows of one sheet and sites of the matrix; a workbook of more opens too slowly to be of use.
ROWS_UP_TO = 30_000
MATRIX_SITES_UP_TO = 5_000
#: A cell of Excel holds no more.
_LETTERS = 32_000

#: Columns of long text, in characters of width.
_WIDE = {
    "reasons": 60,
    "reason": 60,
    "settle": 44,
    "remedy": 44,
    "citations": 40,
    "outcome_zh": 22,
    "governing": 40,
    "note": 50,
    "what": 40,
}
_WIDE |= {
    "to_do": 36,
    "name": 28,
    "jurisdictions": 30,
    "layers": 32,
    "rule_ids": 32,
    "feature_name": 22,
    "layer_key": 22,
}

_UNITS = {
    "米": '#,##0.0" 米"',
    "公顷": '#,##0.00" 公顷"',
    "亩": '#,##0.0" 亩"',
    "度": '0.000000"°"',
    "平方米": '#,##0" 米²"',
}
_UNITS_EN = {
    "米": '#,##0.0" m"',
    "公顷": '#,##0.00" ha"',
    "亩": '#,##0.0" mu"',
    "度": '0.000000"°"',
    "平方米": '#,##0" m²"',
}
_LIGHT = (Outcome.PROHIBITED, Outcome.MUST_EXIT, Outcome.UNDETERMINED, Outcome.RESTRICTED, Outcome.ADVISED)
_THIN = Side(style="thin", color="D0D0D0")


def write_workbook(dossier: Dossier, path: Path) -> None:
    """Write the workbook; the same run gives the same bytes."""
    book = Workbook(write_only=True)
    sheets = _Sheets(book, dossier.lang)
    _notes(sheets, dossier)
    _matrix(sheets, dossier)
    _sites(sheets, dossier)
    for content in dossier.contents:
        if content.name in ("sites", "site_lines", "site_areas"):
            continue
        if content.kind is Kind.TABLE or content.name in _WITHOUT_SHAPE:
            _table(sheets, dossier, content)
    properties = book.properties
    properties.title = dossier.lang("项目选址初步研判", "Preliminary screening of project sites")
    properties.creator = properties.lastModifiedBy = "hongxian"
    on = dossier.assessment.on
    properties.created = properties.modified = datetime(on.year, on.month, on.day)
    book.save(path)
    settle_dates(path, on)


#: Layers whose attributes are worth a sheet of their own.
_WITHOUT_SHAPE = (
    "survey_needed",
    "conflicts",
    "conflict_points",
    "moves",
    "certificate",
    "restoration",
    "strips",
    "deficit",
)


@dataclass
class _Sheets:
    """The sheets of one workbook and the cells they share."""

    book: Workbook
    lang: Lang
    looks: dict[tuple[str, str], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for outcome, style in OUTCOMES.items():
            named = NamedStyle(f"outcome_{outcome}")
            named.fill = PatternFill("solid", fgColor=style.colour.lstrip("#"))
            named.font = Font(color="FFFFFF" if outcome in _LIGHT else "000000")
            named.alignment = Alignment(horizontal="center", vertical="center")
            named.border = Border(_THIN, _THIN, _THIN, _THIN)
            self.book.add_named_style(named)
        head = NamedStyle("head")
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="E9E4D8")
        head.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        head.border = Border(_THIN, _THIN, _THIN, _THIN)
        self.book.add_named_style(head)

    def open(self, title: str, widths: Sequence[float], freeze: str) -> WriteOnlyWorksheet:
        """A sheet with widths and frozen panes; its title is cut to what Excel takes."""
        sheet = self.book.create_sheet(title[:31])
        for number, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.freeze_panes = freeze
        return sheet

    def text(self, sheet: WriteOnlyWorksheet, value: str, style: str = "") -> Any:
        """A cell of text that no spreadsheet takes for a formula."""
        plain = plain_text(ILLEGAL_CHARACTERS_RE.sub("", value))
        plain = plain if len(plain) <= _LETTERS else plain[:_LETTERS] + "…"
        wrapped = not style and ("\n" in plain or len(plain) > 24)
        cell = self._styled(sheet, plain, style or ("wrapped" if wrapped else "top"), "")
        cell.data_type = "s"
        return cell

    def number(self, sheet: WriteOnlyWorksheet, value: float, format_: str) -> Any:
        """A number with its unit in the format; nothing where there is none."""
        if math.isnan(value) or math.isinf(value):
            return None
        return self._styled(sheet, int(value) if value == int(value) else value, "number", format_)

    def _styled(self, sheet: WriteOnlyWorksheet, value: Any, style: str, format_: str) -> Any:
        """A cell in one of the few looks there are; each is worked out once, as that takes longest."""
        cell = WriteOnlyCell(sheet, value)
        if (style, format_) not in self.looks:
            if style in ("wrapped", "top", "number"):
                cell.alignment = _WRAPPED if style == "wrapped" else _TOP
            else:
                cell.style = style
            if format_:
                cell.number_format = format_
            self.looks[style, format_] = copy(cell._style)
        cell._style = self.looks[style, format_]
        return cell

    def outcome(self, sheet: WriteOnlyWorksheet, outcome: Outcome, text: str) -> Any:
        """An outcome on its colour."""
        return self.text(sheet, text, f"outcome_{outcome}")


_TOP = Alignment(vertical="top")
_WRAPPED = Alignment(vertical="top", wrap_text=True)


def _notes(sheets: _Sheets, dossier: Dossier) -> None:
    """The first sheet: what this is, and how the colours read."""
    say, assessment = dossier.lang, dossier.assessment
    sheet = sheets.open(say("说明", "Read me"), [24, 16, 90], "A2")
    sheet.append(
        [sheets.text(sheet, say("项目选址初步研判", "Preliminary screening of project sites"), "head")]
    )
    lines = [
        (say("研判日期", "As of"), f"{assessment.on:%Y-%m-%d}"),
        (say("说明", "Note"), say(PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN)),
        (say("规则册散列", "Rule book hash"), assessment.rulebook.content_hash),
        (say("项目清单", "Site lists"), say("；", "; ").join(assessment.inputs)),
        (
            say("矩阵的读法", "The matrix"),
            say(
                "每格为一条规则对一个项目：触及的写该规则导致的结论，未定的写“待核实”，未触及的写“未触及”，空白为不适用。",
                "A cell is a rule on a site: a hit shows the outcome it leads to, an open check “undetermined”, a miss “no rule touched”; blank: the rule is not about the site.",
            ),
        ),
    ]
    if assessment.has_demo:
        lines.append((say("演示数据", "Demonstration"), say(DEMO_NOTE, DEMO_NOTE_EN)))
    lines += [(say("已截断", "Cut"), text) for text in _cuts(dossier)]
    for name, value in lines:
        sheet.append([sheets.text(sheet, name), None, sheets.text(sheet, value)])
    sheet.append([])
    sheet.append(
        [sheets.text(sheet, heading, "head") for heading in (say("结论", "Outcome"), say("项目数", "Sites"))]
    )
    counts = assessment.verdicts["outcome"].value_counts()
    for outcome in Outcome:
        if outcome in counts:
            sheet.append([sheets.outcome(sheet, outcome, say.of(outcome)), int(counts[outcome])])


def _cuts(dossier: Dossier) -> list[str]:
    """What did not fit, in words."""
    say, found = dossier.lang, []
    for content in dossier.contents:
        if content.kind is Kind.TABLE and len(content.frame) > ROWS_UP_TO:
            found.append(
                say(
                    f"“{content.zh}”共 {len(content.frame)} 行，此处列 {ROWS_UP_TO} 行（触及与待核实在先），全部见 findings.csv 和 screening.gpkg",
                    f"{content.name}: {ROWS_UP_TO} of {len(content.frame)} rows, hits and open checks first; all in findings.csv and screening.gpkg",
                )
            )
    if len(dossier.verdicts) > MATRIX_SITES_UP_TO:
        found.append(
            say(
                f"矩阵只列结论最严的 {MATRIX_SITES_UP_TO} 个项目（共 {len(dossier.verdicts)} 个）",
                f"the matrix has the {MATRIX_SITES_UP_TO} strictest of {len(dossier.verdicts)} sites",
            )
        )
    return found


def _matrix(sheets: _Sheets, dossier: Dossier) -> None:
    say = dossier.lang
    matrix = make_matrix(dossier, MATRIX_SITES_UP_TO)
    sheet = sheets.open(say("项目×规则", "Sites x rules"), [12, 28, 16, *[9.5] * len(matrix.rule_ids)], "D3")
    sheet.auto_filter.ref = f"A2:{get_column_letter(3 + len(matrix.rule_ids))}{2 + len(matrix.site_ids)}"
    titles = [say.of(dossier.rule(rule_id).title) for rule_id in matrix.rule_ids]
    sheet.row_dimensions[1].height = 110
    sheet.append(
        [
            None,
            None,
            sheets.text(sheet, say("规则内容", "What it says"), "head"),
            *(sheets.text(sheet, t, "head") for t in titles),
        ]
    )
    heads = (say("编号", "No."), say("项目名称", "Name"), say("结论", "Outcome"), *matrix.rule_ids)
    sheet.append([sheets.text(sheet, heading, "head") for heading in heads])
    verdicts = dossier.verdicts.head(len(matrix.site_ids))
    for verdict, cells in zip(verdicts.itertuples(), matrix.cells, strict=True):
        outcome = Outcome(verdict.outcome)
        text = dossier.outcome_text(verdict.outcome, verdict.demo_outcome)
        row = [
            sheets.text(sheet, str(verdict.site_id)),
            sheets.text(sheet, str(verdict.name)),
            sheets.outcome(sheet, outcome, text),
        ]
        sheet.append(
            [*row, *(None if cell is None else sheets.outcome(sheet, cell, say.of(cell)) for cell in cells)]
        )


def _sites(sheets: _Sheets, dossier: Dossier) -> None:
    content = next(content for content in dossier.contents if content.name == "sites")
    frame = content.frame.iloc[dossier.verdicts["number"].to_numpy()]
    _table(sheets, dossier, replace(content, kind=Kind.TABLE, frame=frame))


def _table(sheets: _Sheets, dossier: Dossier, content: Content) -> None:
    """A sheet with a contract's columns: headings, filters, formats with units."""
    columns = shown_columns(content)
    frame = pd.DataFrame(content.frame)[list(columns)]
    if "state" in frame and len(frame) > ROWS_UP_TO:
        frame = frame.iloc[
            frame["state"].map(list(State).index).replace({0: 0, 1: 2, 2: 1}).argsort(kind="stable")
        ]
    frame = frame.head(ROWS_UP_TO)
    widths = [_WIDE.get(name, 13 if column.kind == NUMBER else 15) for name, column in columns.items()]
    words = coded(content.contract)
    sheet = sheets.open(content.title, widths, "C2" if len(columns) > 4 else "A2")
    sheet.auto_filter.ref = f"A1:{get_column_letter(max(len(columns), 1))}{len(frame) + 1}"
    sheet.append([sheets.text(sheet, content.heading(words.get(name, name)), "head") for name in columns])
    outcomes = (
        pd.DataFrame(content.frame)["outcome"]
        if "outcome_zh" in columns and "outcome" in content.frame
        else None
    )
    for place, row in zip(frame.index, frame.itertuples(index=False, name=None), strict=True):
        outcome = Outcome(outcomes.loc[place]) if outcomes is not None and outcomes.loc[place] else None
        sheet.append(list(_row(sheets, sheet, row, columns, outcome)))


def shown_columns(content: Content) -> dict[str, Column]:
    """The columns of a content that a sheet shows: of a code and the words beside it, the words."""
    codes = set(coded(content.contract).values())
    return {
        name: column
        for name, column in content.contract.items()
        if name in content.frame and name not in codes
    }


def _row(
    sheets: _Sheets,
    sheet: WriteOnlyWorksheet,
    row: Iterable[Any],
    columns: dict[str, Column],
    outcome: Outcome | None,
) -> Iterable[Any]:
    say = sheets.lang
    for value, (name, column) in zip(row, columns.items(), strict=True):
        if column.kind == NUMBER:
            yield sheets.number(sheet, float(value), number_format(name, column, say))
        elif column.kind == FLAG:
            yield sheets.text(sheet, say("是", "yes") if value else say("否", "no"))
        elif name == "outcome_zh" and outcome is not None:
            yield sheets.outcome(sheet, outcome, str(value))
        elif name == "outcome" and value in list(Outcome):
            yield sheets.outcome(sheet, Outcome(value), say.of(Outcome(value)))
        else:
            yield sheets.text(sheet, told_code(name, str(value), say))


def number_format(name: str, column: Column, lang: Lang) -> str:
    """The format of a number: its unit, a share as per cent, else a plain figure.

    >>> from geo.frames import FINDINGS
    >>> number_format("margin_m", FINDINGS["margin_m"], Lang.ZH), number_format("share", FINDINGS["share"], Lang.ZH)
    ('#,##0.0" 米"', '0.0%')
    """
    if name == "share" or name.endswith("_share"):
        return "0.0%"
    return (lang(_UNITS.get(column.unit, ""), _UNITS_EN.get(column.unit, ""))) or "General"
