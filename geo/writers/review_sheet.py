"""The law review sheet as a workbook or a page for a legal reviewer."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from geo.errors import RunError
from geo.review import review_rows
from geo.rulebook import RuleBook
from geo.writers.folders import whole_file

#: Columns of long text, in characters of width.
_WIDE = {
    "规则": 34,
    "Rule": 34,
    "基准": 40,
    "行业": 60,
    "如何处理": 40,
    "原文未明": 44,
    "编者判断": 44,
    "与登记册不同": 40,
}

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>规则审核表</title>
<style>
body {font: 14px/1.5 "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif; margin: 24px}
table {border-collapse: collapse; font-size: 12px}
th, td {border: 1px solid #999; padding: 4px 6px; vertical-align: top; white-space: pre-line; min-width: 4em}
th {background: #e9e4d8; position: sticky; top: 0}
td.wide {min-width: 22em}
</style></head><body>
<h1>规则审核表</h1>
<p>{{ rows|length }} 条规则，{{ plans }} 部规划；规则册内容散列 {{ digest }}</p>
<table><thead><tr>{% for heading in headings %}<th>{{ heading }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in rows %}<tr>{% for heading in headings %}
<td{% if heading in wide %} class="wide"{% endif %}>{{ row[heading] }}</td>{% endfor %}</tr>{% endfor %}</tbody>
</table></body></html>
"""


def write_review(rulebook: RuleBook, path: Path) -> None:
    """Write the review sheet; the name's ending (.xlsx or .html) says which.

    Raises :class:`~geo.errors.RunError` for another ending or an existing file.
    """
    if path.suffix.lower() not in (".xlsx", ".html"):
        raise RunError(f"不认识的文件类型 {path.suffix or path}；写 .xlsx 或 .html")
    rows = review_rows(rulebook)
    with whole_file(path) as made:
        if path.suffix.lower() == ".xlsx":
            _workbook(rows).save(made)
        else:
            page = Environment(autoescape=True).from_string(_PAGE)
            text = page.render(
                rows=rows,
                headings=list(rows[0]),
                wide=set(_WIDE),
                plans=len(rulebook.plans),
                digest=rulebook.content_hash[:12],
            )
            made.write_text(text, encoding="utf-8")


def _workbook(rows: list[dict[str, str]]) -> Workbook:
    book = Workbook()
    sheet = book.active
    sheet.title = "规则审核表"
    headings = list(rows[0])
    sheet.append(headings)
    for row in rows:
        sheet.append([row[heading] for heading in headings])
    for number, heading in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDE.get(heading, 14)
        cell = sheet.cell(1, number)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E9E4D8")
    for line in sheet.iter_rows(min_row=2):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.data_type = "s"  # text stays text, whatever it begins with
    sheet.freeze_panes = "C2"
    sheet.auto_filter.ref = sheet.dimensions
    return book
