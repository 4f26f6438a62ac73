"""``report.html``: the document as one page that loads nothing and prints to A4."""

from __future__ import annotations

import base64
from pathlib import Path

import jinja2
from markupsafe import Markup

from geo.language import Lang
from geo.writers.report.document import Document

_FOLDER = Path(__file__).parent
_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=False,
)
_PAGES.filters["base64"] = lambda content: base64.b64encode(content).decode("ascii")


def write_page(document: Document, path: Path, lang: Lang) -> None:
    """Write the report as HTML; every text is escaped, figures stand in the file, no script, no request."""
    page = _PAGES.get_template("report.html.jinja").render(
        document=document,
        zh=lang is Lang.ZH,
        style=Markup((_FOLDER / "report.css").read_text(encoding="utf-8")),
        table_word=lang("表", "Table"),
        figure_word=lang("图", "Figure"),
    )
    path.write_text(page, encoding="utf-8", newline="\n")
