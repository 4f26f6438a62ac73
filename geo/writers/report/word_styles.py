"""Styles of the Word report: real ones, with Chinese fonts beside the Latin, which a bureau can change."""

from __future__ import annotations

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from geo.writers.report.document import Style

SONG, HEI, KAI = "宋体", "黑体", "楷体"

#: Names of the styles that the report adds, by purpose; a template that has them keeps its own.
BODY, LEAD, NOTE, WARNING, CELL, SMALL, FIGURE, COVER, POINT = (
    "研判正文",
    "研判结论",
    "研判注释",
    "研判警示",
    "研判表文",
    "研判小表文",
    "研判图",
    "研判封面",
    "研判要点",
)
STYLE_OF = {Style.BODY: BODY, Style.LEAD: LEAD, Style.NOTE: NOTE, Style.WARNING: WARNING}


def set_up_styles(word: WordDocument, own: bool) -> None:
    """Add what the report needs. ``own``: no template was given, so headings and body get our look too."""
    if own:
        _set(word, "Normal", SONG, "Times New Roman", 12)
        for level, size in ((1, 16), (2, 14), (3, 12)):
            style = _set(word, f"Heading {level}", HEI, "Arial", size)
            style.font.bold = level == 3
            style.paragraph_format.space_before = Pt(14 if level < 3 else 8)
            style.paragraph_format.space_after = Pt(8 if level < 3 else 4)
            style.paragraph_format.keep_with_next = True
        _set(word, "Title", HEI, "Arial", 26).paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _drop_border(word.styles["Title"])
        _set(word, "Header", SONG, "Times New Roman", 9)
        _set(word, "Footer", SONG, "Times New Roman", 9)
    if own or "Caption" not in [style.name for style in word.styles]:
        caption = _set(word, "Caption", HEI, "Arial", 10)
        caption.font.bold = False
        caption.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        caption.paragraph_format.space_before = Pt(6)
        caption.paragraph_format.space_after = Pt(4)
    for level, indent in ((1, 0.0), (2, 0.75)):
        style = _set(word, f"TOC {level}", SONG, "Times New Roman", 11)
        style.paragraph_format.left_indent = Cm(indent)
        style.paragraph_format.space_after = Pt(2)
    _add_own(word)


def _add_own(word: WordDocument) -> None:
    body = _set(word, BODY, SONG, "Times New Roman", 12)
    body.paragraph_format.line_spacing = 1.5
    _indent_two_characters(body)
    body.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    lead = _set(word, LEAD, HEI, "Arial", 12)
    lead.paragraph_format.line_spacing = 1.4
    lead.paragraph_format.space_after = Pt(6)
    note = _set(word, NOTE, SONG, "Times New Roman", 9)
    note.paragraph_format.space_before = Pt(3)
    note.paragraph_format.space_after = Pt(6)
    note.font.color.rgb = RGBColor(0x55, 0x55, 0x55)
    warning = _set(word, WARNING, KAI, "Times New Roman", 11)
    warning.font.color.rgb = RGBColor(0xB2, 0x18, 0x2B)
    warning.paragraph_format.space_before = Pt(4)
    warning.paragraph_format.space_after = Pt(4)
    for name, size in ((CELL, 10), (SMALL, 8)):
        cell = _set(word, name, SONG, "Times New Roman", size)
        cell.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        cell.paragraph_format.space_after = Pt(0)
    point = _set(word, POINT, SONG, "Times New Roman", 9)
    point.paragraph_format.left_indent = Cm(0.35)
    point.paragraph_format.first_line_indent = Cm(-0.35)
    point.paragraph_format.space_after = Pt(2)
    figure = _set(word, FIGURE, SONG, "Times New Roman", 10)
    figure.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    figure.paragraph_format.keep_with_next = True
    cover = _set(word, COVER, SONG, "Times New Roman", 13)
    cover.paragraph_format.line_spacing = 1.3


def _set(word: WordDocument, name: str, asian: str, latin: str, size: float) -> ParagraphStyle:
    """A paragraph style with its fonts; made where the document has none of that name."""
    if name in [style.name for style in word.styles]:
        style = word.styles[name]
    else:
        style = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = word.styles["Normal"]
        style.hidden = False
        style.quick_style = True
    style.font.name = latin
    style.font.size = Pt(size)
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(attribute), None)  # a theme's font would win over the font named
    fonts.set(qn("w:eastAsia"), asian)
    fonts.set(qn("w:cs"), latin)
    return style


def _indent_two_characters(style: ParagraphStyle) -> None:
    """Chinese paragraphs begin two characters in, whatever their size."""
    properties = style.element.get_or_add_pPr()
    indent = properties.find(qn("w:ind"))
    if indent is None:
        indent = OxmlElement("w:ind")
        properties.append(indent)
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), "480")


def _drop_border(style: ParagraphStyle) -> None:
    border = style.element.get_or_add_pPr().find(qn("w:pBdr"))
    if border is not None:
        border.getparent().remove(border)
