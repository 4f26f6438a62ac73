"""Pieces of WordprocessingML that python-docx has no words for: fields, tables with repeating headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.xmlchemy import BaseOxmlElement

from geo.writers.report.document import Cell, Field

_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_TWIPS_PER_CM = 567
#: So many rows at a table's end stay on one page.
_LAST = 3


def safe(text: str) -> str:
    """Text as XML; what XML cannot hold is left out.

    >>> safe("<b>&\x07")
    '&lt;b&gt;&amp;'
    """
    return escape(_UNFIT.sub("", text), {'"': "&quot;"})


def run(text: str, bold: bool = False, colour: str = "") -> str:
    """A run of text; line breaks are kept."""
    format_ = ("<w:b/>" if bold else "") + (f'<w:color w:val="{colour}"/>' if colour else "")
    properties = f"<w:rPr>{format_}</w:rPr>" if format_ else ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{safe(line)}</w:t>' for line in text.split("\n"))
    return f"<w:r>{properties}{lines}</w:r>"


def simple_field(code: str, result: str) -> str:
    """A field with the result shown until a word processor renews it."""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(result)}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def paragraph(content: str, style_id: str, properties: str = "") -> BaseOxmlElement:
    """A paragraph of a style from runs."""
    return parse_xml(_paragraph(content, style_id, properties, nsdecls("w")))


def _paragraph(content: str, style_id: str, properties: str = "", declared: str = "") -> str:
    return f'<w:p {declared}><w:pPr><w:pStyle w:val="{style_id}"/>{properties}</w:pPr>{content}</w:p>'


def bookmarked(content: str, name: str, number: int) -> str:
    """Runs within a bookmark, for links and page references."""
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{content}<w:bookmarkEnd w:id="{number}"/>'


def table(
    fields: Sequence[Field], rows: Sequence[Sequence[str | Cell]], width_cm: float, cell_style: str
) -> BaseOxmlElement:
    """A ruled table of a width; its heading row repeats, no row breaks across pages, and no page gets one of its rows alone."""
    total = sum(field.width for field in fields)
    widths = [round(field.width / total * width_cm * _TWIPS_PER_CM) for field in fields]
    parts = [_opening(widths), _heading_row(fields, widths, cell_style)]
    together = {0, *range(len(rows) - _LAST, len(rows) - 1)}  # each with the row after it
    for number, cells in enumerate(rows):
        keep = number in together and number < len(rows) - 1
        inner = "".join(
            _cell(cell if isinstance(cell, Cell) else Cell(cell), width, cell_style, field.number, keep=keep)
            for cell, width, field in zip(cells, widths, fields, strict=True)
        )
        parts.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{inner}</w:tr>")
    parts.append("</w:tbl>")
    return parse_xml("".join(parts))


def facts_table(pairs: Sequence[tuple[str, str]], width_cm: float, cell_style: str) -> BaseOxmlElement:
    """Names and values, two pairs a row."""
    shares = (0.19, 0.31, 0.19, 0.31)
    widths = [round(share * width_cm * _TWIPS_PER_CM) for share in shares]
    parts = [_opening(widths)]
    for place in range(0, len(pairs), 2):
        row = [*pairs[place : place + 2], ("", "")][:2]
        cells = [part for name, value in row for part in (Cell(name, "#F2F2F2"), Cell(value))]
        inner = "".join(
            _cell(cell, width, cell_style, False) for cell, width in zip(cells, widths, strict=True)
        )
        parts.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{inner}</w:tr>")
    parts.append("</w:tbl>")
    return parse_xml("".join(parts))


def _opening(widths: Sequence[int]) -> str:
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{colour}"/>'
        for side, size, colour in (
            ("top", 8, "333333"),
            ("left", 4, "BFBFBF"),
            ("bottom", 8, "333333"),
            ("right", 4, "BFBFBF"),
            ("insideH", 4, "BFBFBF"),
            ("insideV", 4, "BFBFBF"),
        )
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="70" w:type="dxa"/><w:bottom w:w="30" w:type="dxa"/>'
        f'<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
    )


def _heading_row(fields: Sequence[Field], widths: Sequence[int], cell_style: str) -> str:
    cells = "".join(
        _cell(Cell(field.heading, "#E9E4D8", bold=True), width, cell_style, False, centred=True, keep=True)
        for field, width in zip(fields, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{cells}</w:tr>"


def _cell(cell: Cell, width: int, style: str, number: bool, centred: bool = False, keep: bool = False) -> str:
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{cell.fill.lstrip("#")}"/>' if cell.fill else ""
    side = "center" if centred else "right" if number else ""
    properties = ("<w:keepNext/>" if keep else "") + (f'<w:jc w:val="{side}"/>' if side else "")
    content = _paragraph(run(cell.text, cell.bold, "FFFFFF" if cell.light else ""), style, properties)
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{fill}<w:vAlign w:val="center"/></w:tcPr>{content}</w:tc>'
