"""CSV and workbooks of Excel as tables: headings found by their words, blocks below each other, titles read.

A sheet is read as text, as it shows: merged cells count for every row that they cover, and a number keeps the
decimals that it is shown with. What a title above a block says (项目名称：…, 2000国家大地坐标系, 37带) holds
for its rows.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from geo.errors import Problem
from geo.sitefiles.columns import Headings
from geo.sitefiles.options import ReadOptions
from geo.sitefiles.texts import read_text

if TYPE_CHECKING:
    import openpyxl

#: Rows in which the first headings are looked for: titles and remarks may stand above them.
_TOP = 30

#: A cell with the outline of 100,000 corners has 4 million letters.
_MOST_CELL = 16_000_000
#: Cells that merging, or a lone cell far off, may fill; and faults of one kind told of one sheet.
_MOST_MERGED, _MOST_FILLED, _MOST_TOLD = 2_000_000, 20_000_000, 50

_DATUM = re.compile(
    r"(?:\d{4}年?)?西安(?:80|1980)?|1980年?西安|(?:\d{4}年?)?北京(?:54|1954)|1954年?北京|2000国家大地|国家2000|CGCS ?2000|"
    r"WGS-?84|GCJ-?02|BD-?09|火星坐标|百度坐标",
    re.IGNORECASE,
)
_ZONE = re.compile(
    r"(?:第|带号[:：]?|[^\d])(\d{2})\s*(?:度?带|号带)|带号[:：]?\s*(\d{2})|中央(?:子午线|经线)[:：]?\s*(\d{2,3})"
)
_FACTS = ("site_id", "name", "industry", "industry_name", "development", "adcode", "datum", "zone")


@dataclass(frozen=True)
class Table:
    """Headings and rows of a block; ``prefix`` names the sheet, ``first`` is the row of the headings.

    ``facts`` are values of columns that a title above the block states for all its rows.
    """

    prefix: str
    first: int
    names: list[str]
    rows: list[tuple[int, list[str]]]
    facts: Mapping[str, str] = field(default_factory=dict)


def csv_tables(path: Path, options: ReadOptions, problems: list[Problem]) -> list[Table]:
    """A CSV, in UTF-8, UTF-16 or the code page of a Chinese Windows, with commas, semicolons or tabs."""
    text = read_text(path, problems)
    if text is None:
        return []
    top = text.split("\n", 1)[0]
    delimiter = "," if "," in top else next((mark for mark in "\t;，；" if mark in top), ",")
    rows = _csv_rows(path, text, delimiter, problems)
    if rows is None:
        return []
    found = _tables(rows, "", options.headings)
    return found or [Table("", 1, rows.get(1, []), [(n, values) for n, values in rows.items() if n > 1])]


def _csv_rows(path: Path, text: str, delimiter: str, problems: list[Problem]) -> dict[int, list[str]] | None:
    """The rows by number; None where a quote is never closed: all that follows would be one cell."""
    lines = io.StringIO(text, newline="")
    usual = csv.field_size_limit(_MOST_CELL)
    try:
        reader = csv.reader(lines, delimiter=delimiter)
        rows, begun, last = {}, 0, 0
        for number, row in enumerate(reader, start=1):
            rows[number] = row
            begun, last = last, reader.line_num
        if last - begun > 1 and _is_open(text, begun, delimiter):
            what = f"第{begun + 1}行的引号没有配对，其后 {last - begun - 1} 行都读进了同一格"
            problems.append(Problem(path.name, f"第{begun + 1}行", "", "", what, "补上或删去引号"))
            return None
        return rows
    except csv.Error as error:
        what = f"有一格超过 {_MOST_CELL:,} 个字，或表格不完整（{error}）"
        problems.append(Problem(path.name, "", "", "", what, "核对引号与分行；很大的图形请用 SHP、GPKG"))
        return None
    finally:
        csv.field_size_limit(usual)


def _is_open(text: str, from_line: int, delimiter: str) -> bool:
    """Whether the last row ends inside quotes."""
    rest = "".join(io.StringIO(text, newline="").readlines()[from_line:])
    try:
        list(csv.reader(io.StringIO(rest, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def xlsx_sheets(
    path: Path, options: ReadOptions, problems: list[Problem], notes: list[Problem]
) -> list[list[Table]]:
    """The visible sheets of a workbook that hold a site list, each with its blocks."""
    import openpyxl  # only for workbooks: other lists need not wait for it to be loaded

    try:
        survey = _Survey(path)
        if survey.filled > _MOST_MERGED:
            what = f"合并单元格（或链接）占 {survey.filled:,} 格，太多"
            problems.append(Problem(path.name, "", "", "", what, "取消整行、整列的合并"))
            return []
        book = openpyxl.load_workbook(path, data_only=True)
        formulas = _uncomputed(path, book) if survey.formulas else {}
    except Exception as error:  # openpyxl lets errors of zipfile, xml and its own through
        problems.append(Problem(path.name, "", "", "", f"无法读取：{error}", "在 Excel 里另存为 .xlsx"))
        return []
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    titles = [sheet.title for sheet in shown]
    hidden = "、".join(sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible")
    if hidden:
        what = f"隐藏的工作表没有读：{hidden}"
        notes.append(Problem(path.name, "文件", "", "", what, "要读，请在 Excel 里取消隐藏"))
    if options.layers and set(options.layers) & set(titles):
        shown = [sheet for sheet in shown if sheet.title in options.layers]
    sheets = []
    for sheet in shown:
        prefix = f"{sheet.title} " if len(titles) > 1 else ""
        cells = _cells(sheet, path, problems)
        tables = _tables(cells, prefix, options.headings) if cells is not None else []
        if tables:
            sheets.append(tables)
            for at in formulas.get(sheet.title, [])[:_MOST_TOLD]:
                what = "公式没有算出的值（文件由程序写出，没有在 Excel 里算过）"
                problems.append(
                    Problem(
                        path.name, f"{prefix}{at}", "", "", what, "在 Excel 或 WPS 里打开后保存，或粘贴为数值"
                    )
                )
        elif cells and len(titles) > 1:
            what = f"工作表“{sheet.title}”没有场地清单的表头，没有读"
            notes.append(Problem(path.name, "文件", "", "", what, "是场地清单，请写表头，或用 --map 指明"))
    if not sheets and not problems:
        to_do = "表头写 编号、行业代码、建设性质、经度、纬度（或 X、Y），或用 --map 列=表头 指明"
        problems.append(Problem(path.name, "", "", "", "没有一张工作表有场地清单的表头", to_do))
    return sheets


class _Survey:
    """What the sheets of a workbook claim, told before openpyxl makes a cell of every claim."""

    def __init__(self, path: Path) -> None:
        self.filled, self.formulas = 0, False
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    parser = expat.ParserCreate(namespace_separator=" ")
                    parser.StartElementHandler = self._element
                    parser.Parse(archive.read(name), True)

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(" ")[2]
        if kind == "f":
            self.formulas = True
        elif kind in ("mergeCell", "hyperlink"):  # openpyxl goes through every cell of these
            from openpyxl.utils.cell import range_boundaries

            left, top, right, bottom = range_boundaries(attributes.get("ref", "A1"))
            self.filled += ((right or 16_384) - (left or 1) + 1) * ((bottom or 1_048_576) - (top or 1) + 1)


def _uncomputed(path: Path, book: openpyxl.Workbook) -> dict[str, list[str]]:
    """By sheet, the cells with a formula and no value: read as they are, they would be blank."""
    import openpyxl

    written = openpyxl.load_workbook(path)
    return {
        sheet.title: [
            cell.coordinate
            for cell in cells_of(sheet)
            if cell.data_type == "f" and book[sheet.title].cell(cell.row, cell.column).value is None
        ]
        for sheet in written.worksheets
    }


def cells_of(sheet: Any) -> list[Any]:
    """The cells that a sheet holds: never all that its dimension claims, which may be 17 thousand million."""
    return list(sheet._cells.values()) if hasattr(sheet, "_cells") else []  # a chart sheet has none


def _cells(sheet: Any, path: Path, problems: list[Problem]) -> dict[int, list[str]] | None:
    """The rows that hold something, by number, each as wide as the widest; None where merging fills too much."""
    cells = {(c.row, c.column): _shown(c) for c in cells_of(sheet) if c.value is not None}
    merged = sheet.merged_cells.ranges if hasattr(sheet, "merged_cells") else []
    rows, width = {r for r, _ in cells}, max((c for _, c in cells), default=0)
    if len(rows) * width > _MOST_FILLED:
        what = f"工作表“{sheet.title}”的列数太多（{len(rows):,} 行乘 {width:,} 列）"
        problems.append(Problem(path.name, sheet.title, "", "", what, "删去远处的单元格、整列的内容"))
        return None
    for area in merged:
        text = cells.get((area.min_row, area.min_col), "")
        for r in range(area.min_row, area.max_row + 1):
            for c in range(area.min_col, area.max_col + 1):
                cells.setdefault((r, c), text)
    width = max((c for _, c in cells), default=0)
    if len(rows) * width > _MOST_FILLED:
        width = max((c for (_, c), text in cells.items() if text), default=0)
    return {
        r: [cells.get((r, c), "").strip() for c in range(1, width + 1)] for r in sorted({r for r, _ in cells})
    }


def _tables(rows: dict[int, list[str]], prefix: str, headings: Headings) -> list[Table]:
    """The blocks of a sheet: the best row of headings near its top, and every row of headings below."""
    known = {
        r: len({headings.column(name) for name in rows[r] if headings.is_known(name)})
        for r in list(rows)[:_TOP]
    }
    if not known or max(known.values()) < 2:
        return []
    first = max(known, key=lambda r: known[r])  # the first of equals
    starts = [first, *[r for r in rows if r > first + 1 and _is_heading(rows[r], headings)]]
    tables = []
    above = 0  # the last row of the block before
    for n, start in enumerate(starts):
        following = starts[n + 1] if n + 1 < len(starts) else max(rows) + 1
        end = following - _title_rows(rows, start, following)
        names, heading = _names(rows, start, headings)
        held = [(r, rows[r]) for r in rows if heading < r < end]
        titles = [rows[r] for r in rows if above < r < start]
        tables.append(Table(prefix, heading, names, held, _facts(titles, headings)))
        above = end - 1
    return tables


def _names(rows: dict[int, list[str]], start: int, headings: Headings) -> tuple[list[str], int]:
    """The headings, over one row or two, and the row of the lower one."""
    names, below = rows[start], rows.get(start + 1, [])
    if any(below) and all(headings.is_known(name) for name in below if name):  # X and Y under 拐点坐标
        return [low or high for low, high in zip(below, names, strict=False)], start + 1
    if start > 1 and len(rows.get(start - 1, [])) == len(names):
        above = [name if headings.is_known(name) else "" for name in rows[start - 1]]
        return [name or high for name, high in zip(names, above, strict=True)], start
    return names, start


def _is_heading(cells: list[str], headings: Headings) -> bool:
    """Whether a row below the first headings begins another block."""
    stated = [cell for cell in cells if cell.strip()]
    known = {headings.column(cell) for cell in stated if headings.is_known(cell)}
    return len(known) > 1 and len(known) * 2 > len(stated) and not any(re.search(r"\d{3}", c) for c in stated)


def _title_rows(rows: dict[int, list[str]], start: int, following: int) -> int:
    """How many rows before another block's headings are its title: a cell or two, without numbers to place."""
    count = 0
    for r in range(following - 1, start, -1):
        stated = {cell.strip() for cell in rows.get(r, []) if cell.strip()}
        if following > max(rows) or len(stated) > 2 or any(re.fullmatch(r"[\d.\s]+", c) for c in stated):
            break
        count += 1
    return count


def _facts(titles: list[list[str]], headings: Headings) -> dict[str, str]:
    """What the rows above a block say for all of it.

    >>> _facts([["某项目拐点坐标（2000国家大地坐标系，37带）"], ["项目名称：", "东厂"]], Headings())
    {'datum': '2000国家大地', 'zone': '37', 'name': '东厂'}
    """
    found: dict[str, str] = {}
    for cells in titles:
        stated = list(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))
        for cell, value in zip(stated, [*stated[1:], ""], strict=False):
            label, colon, rest = re.sub("：", ":", cell).partition(":")
            column = headings.column(label)
            if column in _FACTS and (colon or len(stated) < 7):
                value = rest.strip() or value
                if value and not headings.is_known(value):
                    found.setdefault(column, value)
        text = " ".join(stated)
        if datum := _DATUM.search(text):
            found.setdefault("datum", datum[0])
        if zone := _ZONE.search(text):
            found.setdefault("zone", next(part for part in zone.groups() if part))
    return found


def _shown(cell: Any) -> str:
    """A cell as text: what a number format pads (0610, 112.50) is kept, since it is meant."""
    value, form = cell.value, str(cell.number_format)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value.date().isoformat() if isinstance(value, datetime) else str(value)
    if re.fullmatch("0+", form):
        return f"{value:0{len(form)}.0f}" if float(value).is_integer() else f"{value:.15g}"
    text = f"{value:.15f}".rstrip("0").rstrip(".") if abs(value) < 1 else f"{value:.15g}"
    decimals = re.fullmatch(r"[#,]*0\.(0+)(?:_.*)?", form)
    if decimals and "e" not in text:
        whole, _, rest = text.partition(".")
        text = f"{whole}.{rest:0<{len(decimals[1])}}"
    return text
