"""Site lists as tables: CSV and workbooks of Excel, a site a row or a corner a row.

A sheet is read as text, as it shows: the heading row is found by its words, merged cells count for
every row that they cover, and a number keeps the decimals that it is shown with.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl

from geo.errors import Problem
from geo.industries import industries
from geo.sitefiles.angles import looks_packed
from geo.sitefiles.columns import column, columns, is_known, missing, synonyms
from geo.sitefiles.footprint import Corner, RawRow

#: Rows in which the headings are looked for: titles and remarks may stand above them.
_TOP = 30


@dataclass(frozen=True)
class Table:
    """Headings and rows of a sheet; ``prefix`` names the sheet, ``first`` is the row of the headings."""

    prefix: str
    first: int
    names: list[str]
    rows: list[tuple[int, list[str]]]


def csv_table(path: Path) -> Table:
    """A CSV, in UTF-8 or the code page of a Chinese Windows; its first row holds the headings."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    reader = csv.reader(io.StringIO(text))
    names = next(reader, [])
    return Table("", 1, names, [(number, values) for number, values in enumerate(reader, start=2)])


def xlsx_tables(path: Path, problems: list[Problem]) -> list[Table]:
    """The sheets of a workbook that hold a site list. A sheet without known headings is passed over."""
    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except Exception as error:  # openpyxl lets errors of zipfile, xml and its own through
        problems.append(Problem(path.name, "", "", "", f"无法读取：{error}", "在 Excel 里另存为 .xlsx"))
        return []
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    found = [_sheet_table(sheet, f"{sheet.title} " if len(shown) > 1 else "") for sheet in shown]
    tables = [table for table in found if table is not None]
    if not tables:
        to_do = "表头写 编号、行业代码、建设性质、经度、纬度（或 X、Y）"
        problems.append(Problem(path.name, "", "", "", "没有一张工作表有场地清单的表头", to_do))
    return tables


def _sheet_table(sheet: Any, prefix: str) -> Table | None:
    cells = {(c.row, c.column): _shown(c) for row in sheet.iter_rows() for c in row if c.value is not None}
    for merged in sheet.merged_cells.ranges:
        text = cells.get((merged.min_row, merged.min_col), "")
        for at in (
            (r, c)
            for r in range(merged.min_row, merged.max_row + 1)
            for c in range(merged.min_col, merged.max_col + 1)
        ):
            cells.setdefault(at, text)
    width = max((c for _, c in cells), default=0)
    height = max((r for r, _ in cells), default=0)
    rows = {r: [cells.get((r, c), "").strip() for c in range(1, width + 1)] for r in range(1, height + 1)}
    known = {r: len({column(name) for name in rows[r] if is_known(name)}) for r in list(rows)[:_TOP]}
    if not known or max(known.values()) < 2:
        return None
    first = max(known, key=lambda r: known[r])  # the first of equals
    names = rows[first]
    below = rows.get(first + 1, [])
    if any(below) and all(is_known(name) for name in below if name):  # X and Y under 拐点坐标
        names = [low or high for low, high in zip(below, names, strict=True)]
        first += 1
    elif first > 1:
        above = [name if is_known(name) else "" for name in rows[first - 1]]
        names = [name or high for name, high in zip(names, above, strict=True)]
    return Table(prefix, first, names, [(r, rows[r]) for r in rows if r > first])


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


def table_rows(
    table: Table,
    file: str,
    defaults: Mapping[str, str],
    packed: bool,
    problems: list[Problem],
    notes: list[Problem],
) -> Iterable[RawRow]:
    """The sites of a table; faults of the table itself go to ``problems``, remarks to ``notes``."""
    header = columns(table.names)
    place = f"{table.prefix}第{table.first}行"
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    for name in doubled:
        problems.append(Problem(file, place, name, "", "有两列是同一内容", "删去一列或改列名"))
    absent = [] if doubled else missing(header, defaults, positions=True)
    for name in absent:
        known = "、".join(synonyms()[name])
        problems.append(Problem(file, place, name, "", "缺少这一列", f"补上该列（也可写作：{known}）"))
    if doubled or absent:
        return []
    rows = []
    torn = set()
    for number, values in table.rows:
        where = f"{table.prefix}第{number}行"
        if not any(value.strip() for value in values):
            continue
        if any(value.strip() for value in values[len(header) :]):
            extra = "、".join(values[len(header) :])
            what = "这一行的格数多于表头"
            problems.append(Problem(file, where, "", extra, what, "含逗号的文字加上引号"))
            torn.add(where)
            if "vertex" not in header:
                continue
        named = dict(zip(header, (value.strip() for value in values), strict=False))
        rows.append(Corner(where, named))
    doubtful = _restore_zeros(rows, file, problems, notes)
    degrees = [row.text(name) for row in rows for name in ("lon", "lat")]
    if not packed and len(rows) > 2 and all(looks_packed(text) for text in degrees):
        what = "全部经纬度也都像“度.分秒”（112.3256 即 112°32′56″），现按十进制度读"
        notes.append(Problem(file, place, "lon, lat", degrees[0], what, "确是度.分秒，请加 --packed-dms"))
    if "vertex" in header:
        return _blocks(rows, file, torn, doubtful, problems)
    return [RawRow(row.where, row.values, broken=row.where in doubtful) for row in rows]


def _restore_zeros(rows: list[Corner], file: str, problems: list[Problem], notes: list[Problem]) -> set[str]:
    """Excel takes the zero from 0610: put back where only that can be meant, asked where not: those rows."""
    doubtful = set()
    for n, row in enumerate(rows):
        code = row.text("industry")
        if not re.fullmatch(r"[1-9]\d{2}", code) or f"0{code}" not in industries():
            continue
        if code in industries():
            what = f"可能是丢了前导零的 0{code}（{industries()[f'0{code}'].name}），也可能是中类 {code}（{industries()[code].name}）"
            problems.append(
                Problem(file, row.where, "industry", code, what, f"写成文字 0{code} 或 C{code} 以示区别")
            )
            doubtful.add(row.where)
        else:
            rows[n] = Corner(row.where, {**row.values, "industry": f"0{code}"})
            notes.append(Problem(file, row.where, "industry", code, f"补回前导零：0{code}", ""))
    return doubtful


def _blocks(
    rows: Sequence[Corner], file: str, torn: set[str], doubtful: set[str], problems: list[Problem]
) -> list[RawRow]:
    """Consecutive rows of one number, or without any after the first, are the corners of one site.

    A site with a torn row is left out whole: without that corner it would have another shape.
    """
    blocks: list[list[Corner]] = []
    for row in rows:
        first = blocks[-1][0] if blocks else None
        if first is not None and row.text("site_id") in ("", first.text("site_id")):
            blocks[-1].append(row)
        else:
            blocks.append([row])
    own = {"vertex", "ring", "x", "y", "lon", "lat", "序号"}
    sites = []
    for block in blocks:
        first = block[0]
        if any(row.where in torn for row in block):
            continue
        broken = any(row.where in doubtful for row in block)
        values = {key: value for key, value in first.values.items() if key in synonyms() or key not in own}
        for row in block[1:]:
            for key, value in row.values.items():
                if key not in own and key in synonyms() and value.strip() not in ("", first.text(key)):
                    what = f"同一地块的各行不一致：{first.where}写的是“{first.text(key)}”"
                    problems.append(Problem(file, row.where, key, value, what, "改成一致，或另起编号"))
                    broken = True
        sites.append(RawRow(first.where, values, corners=block, broken=broken))
    return sites
