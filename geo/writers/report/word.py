"""``report.docx``: the document as Word, with styles, fields, sections, in a bureau's template if one is given."""

from __future__ import annotations

import io
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.section import Section as WordSection
from docx.shared import Cm, Mm, Pt

from geo.errors import RunError
from geo.language import Lang
from geo.writers.packed import settle_dates
from geo.writers.report import word_styles as styles
from geo.writers.report.document import (
    Block,
    Document,
    Facts,
    Heading,
    Image,
    Items,
    Paragraph,
    Style,
    Table,
)
from geo.writers.report.word_xml import bookmarked, facts_table, paragraph, run, safe, simple_field, table

_SIDE_CM, _TOP_CM = 2.5, 2.3
_UPRIGHT_CM, _WIDE_CM = 16.0, 24.7


def write_word(document: Document, path: Path, on: date, lang: Lang, template: Path | None = None) -> None:
    """Write the report; the same document gives the same bytes.

    ``template`` is a bureau's own ``.docx``: its page, header, footer, heading styles and first pages stay, the
    report follows them. Raises :class:`~geo.errors.RunError` where it cannot be used.
    """
    word = open_template(template)
    styles.set_up_styles(word, own=template is None)
    writer = _Writer(word, document, lang, own=template is None)
    writer.write()
    properties = word.core_properties
    properties.title, properties.subject, properties.author = document.title, document.subtitle, "hongxian"
    properties.last_modified_by, properties.comments, properties.revision = (
        "hongxian",
        "；".join(document.notes),
        1,
    )
    properties.language = lang("zh-CN", "en")
    properties.created = properties.modified = datetime(on.year, on.month, on.day)
    word.save(str(path))
    settle_dates(path, on)


def open_template(template: Path | None) -> WordDocument:
    """An empty document, or the template; raises :class:`~geo.errors.RunError` where that is no .docx file."""
    if template is None:
        return docx.Document()
    try:
        return docx.Document(str(template))
    except (PackageNotFoundError, ValueError, KeyError, OSError) as error:
        raise RunError(
            f"不能用作报告模板：{template}；须为 Word 的 .docx 文件（.dotx、.doc 请另存为 .docx）"
        ) from error


class _Writer:
    """Puts the blocks of a document into a Word file, one after the other."""

    def __init__(self, word: WordDocument, document: Document, lang: Lang, own: bool) -> None:
        self.word = word
        self.document = document
        self.lang = lang
        self.own = own
        self.width_cm = _UPRIGHT_CM
        self.bookmarks = 0
        self.ids = {style.name: style.style_id for style in word.styles}

    def write(self) -> None:
        first = self.word.sections[0]
        if self.own:
            _page(first, wide=False)
            first.different_first_page_header_footer = True
            self._running_titles(first)
        elif self.word.paragraphs and any(p.text.strip() for p in self.word.paragraphs):
            self.word.add_page_break()
        self._cover()
        self._contents()
        wide = False
        for section in self.document.sections:
            if section.wide != wide:
                self._turn(section.wide)
            elif section.new_page:
                self._break_page()
            wide = section.wide
            for block, after in zip_longest(section.blocks, section.blocks[1:]):
                self._put(block, introduces=isinstance(after, Table))
        self._renew_on_opening()

    def _put(self, block: Block, introduces: bool) -> None:
        """Add a block; a sentence that ``introduces`` a table stays on its page."""
        match block:
            case Heading():
                self._heading(block)
            case Paragraph():
                mark = run("■ ", colour=block.colour.lstrip("#")) if block.colour else ""
                keep = "<w:keepNext/>" if introduces and block.style is Style.BODY else ""
                self._add(paragraph(mark + run(block.text), self.ids[styles.STYLE_OF[block.style]], keep))
            case Items(small=True):
                for item in block.items:
                    self._add(paragraph(run(f"•\u00a0{item}"), self.ids[styles.POINT]))
            case Items():
                for item in block.items:
                    self._add(
                        paragraph(
                            run(item),
                            self.ids["List Bullet"] if "List Bullet" in self.ids else self.ids[styles.BODY],
                        )
                    )
            case Table():
                if block.caption:
                    self._add(
                        self._caption(self.lang("表", "Table"), block.number, block.caption, above=True)
                    )
                style = self.ids[styles.SMALL if block.small else styles.CELL]
                self._add(table(block.fields, block.rows, self.width_cm, style))
                self._add(paragraph("", self.ids[styles.NOTE]))
            case Facts():
                self._add(facts_table(block.pairs, self.width_cm, self.ids[styles.SMALL]))
                self._add(paragraph("", self.ids[styles.NOTE]))
            case Image():
                self._image(block)

    def _heading(self, heading: Heading) -> None:
        content = run(heading.printed)
        if heading.number:
            self.bookmarks += 1
            content = bookmarked(content, _bookmark(heading), self.bookmarks)
        self._add(paragraph(content, self.ids[f"Heading {heading.level}"]))

    def _image(self, image: Image) -> None:
        shown = self.word.add_paragraph(style=styles.FIGURE)
        width = min(image.width_cm, self.width_cm)
        picture = shown.add_run().add_picture(io.BytesIO(image.png), width=Cm(width))
        picture._inline.docPr.set("descr", image.caption)  # what a screen reader says
        self._add(self._caption(self.lang("图", "Figure"), image.number, image.caption, above=False))

    def _caption(self, word: str, number: int, text: str, above: bool) -> BaseOxmlElement:
        """A numbered caption that stays with what it belongs to."""
        content = run(f"{word} ") + simple_field(f"SEQ {word} \\* ARABIC", str(number)) + run(f"　{text}")
        return paragraph(content, self.ids["Caption"], "<w:keepNext/>" if above else "")

    def _cover(self) -> None:
        word = self.word
        for _ in range(3 if self.own else 1):
            word.add_paragraph(style=styles.COVER)
        word.add_paragraph(self.document.title, style="Title")
        subtitle = word.add_paragraph(self.document.subtitle, style=styles.COVER)
        subtitle.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for _ in range(2):
            word.add_paragraph(style=styles.COVER)
        for name, value in self.document.cover:
            self._add(
                paragraph(
                    run(f"{name}：" if self.lang is Lang.ZH else f"{name}: ", bold=True) + run(value),
                    self.ids[styles.COVER],
                    '<w:ind w:left="1700" w:hanging="0"/>',
                )
            )
        word.add_paragraph(style=styles.COVER)
        for note in self.document.notes:
            self._add(paragraph(run(note), self.ids[styles.WARNING]))
        self._break_page()

    def _contents(self) -> None:
        """A table of contents that a word processor renews, filled in already so that it is never empty."""
        title = self.word.add_paragraph(style=styles.FIGURE)
        title.add_run(self.lang("目　录", "Contents")).font.size = Pt(16)
        headings = list(self.document.headings())
        opening = (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u '
            '</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        )
        for place, heading in enumerate(headings):
            name = _bookmark(heading)
            page = simple_field(f"PAGEREF {name} \\h", " ")
            link = (
                f'<w:hyperlink w:anchor="{name}" w:history="1">{run(heading.printed)}<w:r><w:tab/></w:r>'
                f"{page}</w:hyperlink>"
            )
            closing = '<w:r><w:fldChar w:fldCharType="end"/></w:r>' if place == len(headings) - 1 else ""
            tab = f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{round(_UPRIGHT_CM * 567)}"/></w:tabs>'
            content = (opening if place == 0 else "") + link + closing
            self._add(paragraph(content, self.ids[f"TOC {heading.level}"], tab))

    def _running_titles(self, section: WordSection) -> None:
        head = section.header.paragraphs[0]
        head.text = (
            f"{self.document.title}　{self.document.notes[0][:4]}"
            if self.lang is Lang.ZH
            else self.document.title
        )
        head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        parts = self.lang("第 | 页　共 | 页", "Page | of |").split("|")
        content = f"{run(parts[0])}{simple_field('PAGE', '1')}{run(parts[1])}{simple_field('NUMPAGES', '1')}{run(parts[2])}"
        for element in list(parse_xml(f"<w:p {nsdecls('w')}>{content}</w:p>")):
            foot._p.append(element)

    def _turn(self, wide: bool) -> None:
        """Begin pages of the other orientation."""
        section = self.word.add_section(WD_SECTION.NEW_PAGE)
        section.different_first_page_header_footer = False
        if self.own:
            _page(section, wide)
        else:
            long, short = (
                max(section.page_width, section.page_height),
                min(section.page_width, section.page_height),
            )
            section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
            section.page_width, section.page_height = (long, short) if wide else (short, long)
        inside = section.page_width - section.left_margin - section.right_margin
        self.width_cm = min(inside / Cm(1), _WIDE_CM if wide else _UPRIGHT_CM)

    def _break_page(self) -> None:
        """A page break in a paragraph that takes no room."""
        last = self.word.add_paragraph(style=styles.SMALL)
        last.add_run().add_break(WD_BREAK.PAGE)

    def _add(self, element: BaseOxmlElement) -> None:
        body = self.word.element.body
        body.insert(len(body) - 1, element)  # before the section's properties

    def _renew_on_opening(self) -> None:
        """Word renews page numbers and the table of contents when the file is opened."""
        settings = self.word.settings.element
        if settings.find(qn("w:updateFields")) is None:
            settings.append(parse_xml(f'<w:updateFields {nsdecls("w")} w:val="true"/>'))


def _page(section: WordSection, wide: bool) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Mm(297), Mm(210)) if wide else (Mm(210), Mm(297))
    section.left_margin = section.right_margin = Cm(_SIDE_CM)
    section.top_margin = section.bottom_margin = Cm(_TOP_CM)


def _bookmark(heading: Heading) -> str:
    """A bookmark's name: letters, digits, underscores."""
    return "_Toc" + "".join(
        sign if sign.isascii() and sign.isalnum() else f"{ord(sign):x}_" for sign in safe(heading.number)
    )
