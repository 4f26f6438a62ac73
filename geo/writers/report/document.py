"""What a report consists of, whatever it is written as: chapters of headings, paragraphs, tables, figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Style(StrEnum):
    """What a paragraph is for."""

    BODY = "body"
    LEAD = "lead"  # the verdict of a site, the first sentence of the summary
    NOTE = "note"  # small print below a table
    WARNING = "warning"


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3; ``number`` as printed (``4.12``)."""

    level: int
    number: str
    text: str

    @property
    def printed(self) -> str:
        """Number and text."""
        return f"{self.number}　{self.text}" if self.number else self.text

    @property
    def anchor(self) -> str:
        """A name for links within the document."""
        return "h" + self.number.replace(".", "_")


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str
    style: Style = Style.BODY
    colour: str = ""  # of a mark before the text, such as an outcome's


@dataclass(frozen=True)
class Items:
    """A list of points; ``small``: in the size of a table, for lists that only complete a page."""

    items: Sequence[str]
    small: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table; ``fill`` colours it, ``light`` text stands on dark fills."""

    text: str
    fill: str = ""
    light: bool = False
    bold: bool = False


@dataclass(frozen=True)
class Field:
    """A column of a table: heading, share of the width, whether it holds numbers."""

    heading: str
    width: float
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a caption (empty = none); its heading row repeats on each page."""

    caption: str
    fields: Sequence[Field]
    rows: Sequence[Sequence[str | Cell]]
    small: bool = False
    number: int = 0


@dataclass(frozen=True)
class Facts:
    """Pairs of name and value, two pairs a row: what a form says of a project."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Image:
    """A figure with its caption below."""

    png: bytes
    caption: str
    width_cm: float
    number: int = 0


Block = Heading | Paragraph | Items | Table | Facts | Image


@dataclass(frozen=True)
class Section:
    """Blocks on pages of one orientation; ``wide``: on their side."""

    blocks: Sequence[Block]
    wide: bool = False
    new_page: bool = True


@dataclass(frozen=True)
class Document:
    """A report: cover, then sections."""

    title: str
    subtitle: str
    cover: Sequence[tuple[str, str]]
    notes: Sequence[str]
    sections: Sequence[Section] = field(default_factory=list)

    def headings(self, deepest: int = 2) -> Iterator[Heading]:
        """The headings that a table of contents lists."""
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Heading) and block.level <= deepest:
                    yield block


def number_captions(sections: Sequence[Section]) -> list[Section]:
    """The sections with tables and figures numbered through the document.

    >>> table = Table("甲", [Field("列", 1)], [])
    >>> [block.number for block in number_captions([Section([table, table])])[0].blocks]
    [1, 2]
    """
    tables = figures = 0
    numbered = []
    for section in sections:
        blocks: list[Block] = []
        for block in section.blocks:
            if isinstance(block, Table) and block.caption:
                tables += 1
                block = Table(block.caption, block.fields, block.rows, block.small, tables)
            elif isinstance(block, Image):
                figures += 1
                block = Image(block.png, block.caption, block.width_cm, figures)
            blocks.append(block)
        numbered.append(Section(blocks, section.wide, section.new_page))
    return numbered
