"""The report: real Word structure, the numbers of the frames, the same in Word and HTML, text that stays text."""

from __future__ import annotations

import dataclasses
import html
import re
import shutil
import zipfile
from itertools import pairwise
from pathlib import Path

import docx
import pandas as pd
import pytest
import shapely
from docx.oxml.ns import qn
from worlds import DAY, east_of_bank, fen_bank, in_memory, judged, site_frame, yuncheng

from geo.assessment import Assessment
from geo.errors import RunError
from geo.language import Lang
from geo.terms import Outcome, State
from geo.writers.content import Content, Group, Kind
from geo.writers.contents import run_contents
from geo.writers.dossier import Dossier
from geo.writers.figures.pictures import Album
from geo.writers.outputs import Outputs
from geo.writers.report.checks import write_checks
from geo.writers.report.closing import boundary_points
from geo.writers.report.compose import compose_report
from geo.writers.report.document import (
    Cell,
    Document,
    Field,
    Heading,
    Image,
    Items,
    Paragraph,
    Section,
    Style,
    Table,
)
from geo.writers.report.page import write_page
from geo.writers.report.pdf import find_office, write_pdf
from geo.writers.report.site import sites_detailed
from geo.writers.report.summary import stopping_rules
from geo.writers.report.word import write_word
from geo.writers.report.word_xml import table

HOSTILE = "<img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://x","y")'


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    """Paper mills 1,500 m (twice), 2,001 m from the Fen's bank, hostile names, one of them an area."""
    lon, lat = east_of_bank(1500)
    area = shapely.box(lon, lat, lon + 0.002, lat + 0.001)
    sites = site_frame(
        {"site_id": "A", "name": HOSTILE, "industry": "2221", "geometry": area},
        {"site_id": "B", "name": FORMULA, "industry": "2221", "at": east_of_bank(1500)},
        {"site_id": "C", "name": "造纸\x07厂 $x^2$ 𘠀", "industry": "2221", "at": east_of_bank(2001)},
    )
    return judged(in_memory(*yuncheng(fen_bank())), sites)


@pytest.fixture(scope="module")
def dossier(assessment: Assessment) -> Dossier:
    return Dossier(assessment, run_contents(assessment))


@pytest.fixture(scope="module")
def document(dossier: Dossier) -> Document:
    return compose_report(dossier, Album(dossier), detailed_up_to=10)


@pytest.fixture(scope="module")
def word(document: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.docx"
    write_word(document, path, DAY, Lang.ZH)
    return path


@pytest.fixture(scope="module")
def page(document: Document, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_page(document, path, Lang.ZH)
    return path.read_text(encoding="utf-8")


def tables(document: Document, caption: str) -> list[Table]:
    return [b for s in document.sections for b in s.blocks if isinstance(b, Table) and caption in b.caption]


def plain(cell: str | Cell) -> str:
    return cell.text if isinstance(cell, Cell) else cell


# what it says ---------------------------------------------------------------------------------------------


def test_chapters_come_in_the_order_of_a_review(document: Document) -> None:
    chapters = [heading.text for heading in document.headings(1)]
    assert chapters == [
        "摘要",
        "研判依据",
        "总体结果",
        "逐项目研判",
        "生态修复",
        "局限性与声明",
        "界址点坐标",
        "规则摘要",
    ]


def test_the_summary_counts_what_the_verdicts_hold(document: Document, assessment: Assessment) -> None:
    (table,) = tables(document, "研判结论")[:1]
    counted = {plain(row[0]): int(plain(row[1])) for row in table.rows}
    held = assessment.verdicts["outcome"].value_counts()
    assert counted == {Outcome(name).zh: count for name, count in held.items()}
    assert sum(counted.values()) == 3


def test_what_stops_most_is_the_rule_of_the_bank(dossier: Dossier) -> None:
    assert stopping_rules(dossier) == [("YC-15", ["A", "B"])]


def test_each_check_has_the_figures_of_its_finding(document: Document, dossier: Dossier) -> None:
    (table,) = tables(document, "B 规则逐条对照")
    checks = dossier.checks_of("B")
    row = next(r for r in table.rows if plain(r[0]).startswith("YC-15 "))
    assert [plain(cell) for cell in row[1:4]] == ["1,500 米", "2 公里", "-500 米"]
    assert plain(row[5]) == "触及：禁止"
    finding = checks.set_index("rule_id").loc["YC-15"]
    assert round(finding["distance_m"]) == 1500
    assert "在限值 2 公里以内 500 米" in plain(row[6])
    assert not plain(row[6]).startswith("YC-15")  # its title stands in the first column


def test_every_check_of_a_site_is_named_in_its_section(dossier: Dossier) -> None:
    for site_id in ("A", "B", "C"):
        checks = dossier.checks_of(site_id)
        blocks = write_checks(dossier, site_id, checks)
        cells = [plain(c) for b in blocks if isinstance(b, Table) for row in b.rows for c in row]
        said = " ".join(cells + [b.text for b in blocks if isinstance(b, Paragraph)])
        assert {rule_id for rule_id in checks["rule_id"] if rule_id not in said} == set()
        in_full = {plain(row[0]).split()[0] for b in blocks[:1] if isinstance(b, Table) for row in b.rows}
        assert in_full >= set(checks.loc[checks["state"] == State.HIT, "rule_id"])


def test_hits_come_before_what_is_open_and_passed(dossier: Dossier) -> None:
    order = {State.HIT: 0, State.UNDETERMINED: 1, State.MISS: 2}
    for site_id in ("A", "B", "C"):
        ranks = [order[State(state)] for state in dossier.checks_of(site_id)["state"]]
        assert ranks == sorted(ranks)


def test_it_never_calls_a_site_compliant_or_approved(page: str) -> None:
    said = re.sub(r"<[^>]+>|base64,[^\"]+", "", page)
    own = re.sub(r"合规园区|批准的规划", "", said)  # words of the rules' own remedies
    assert "合规" not in own
    assert "批准" not in own
    assert "初步研判" in said


def test_clear_sites_are_listed_and_not_detailed(document: Document, dossier: Dossier) -> None:
    assert [dossier.assessment.sites["site_id"].iloc[row] for row in sites_detailed(dossier, 10)] == [
        "A",
        "B",
    ]
    (table,) = tables(document, "全部项目")
    assert [plain(row[0]) for row in table.rows] == ["A", "B", "C"]
    assert [plain(row[-1]) for row in table.rows] == ["4.1", "4.2", "–"]


def test_more_sites_than_asked_for_are_named_as_left_out(dossier: Dossier) -> None:
    short = compose_report(dossier, Album(dossier), detailed_up_to=1)
    said = [
        b.text
        for s in short.sections
        for b in s.blocks
        if isinstance(b, Paragraph) and b.style is Style.WARNING
    ]
    assert any("共 2 个，本报告只详列前 1 个；其余 1 个" in text for text in said)


def test_boundary_points_are_northing_first_with_the_zone() -> None:
    rows, left_out = boundary_points(shapely.box(112.5489, 37.8706, 112.5499, 37.8716))
    assert left_out == 0
    assert [row[0] for row in rows] == ["J1", "J2", "J3", "J4"]  # the closing point is not repeated
    corner = next(row for row in rows if row[3:] == ["112.5489000", "37.8706000"])
    assert corner[1:3] == ["4194127.906", "38372319.291"]  # as PROJ gives it, EPSG:4526


def test_without_a_ledger_it_says_so(document: Document) -> None:
    said = " ".join(b.text for s in document.sections for b in s.blocks if isinstance(b, Paragraph))
    assert "没有修复台账" in said


def test_no_figure_is_drawn_that_the_report_does_not_show(dossier: Dossier) -> None:
    album = Album(dossier)
    shown = compose_report(dossier, album, detailed_up_to=60)
    drawn = [png for png in album._images.values() if png is not None]
    images = [block for s in shown.sections for block in s.blocks if isinstance(block, Image)]
    assert 0 < len(images) == len(drawn)


def test_with_a_ledger_the_chapter_shows_it(dossier: Dossier) -> None:
    from geo.contracts import NUMBER, TEXT, Column

    contract = {
        "river": Column(TEXT, "河流", "river"),
        "bank_zh": Column(TEXT, "岸别", "bank"),
        "present_ha": Column(NUMBER, "现有绿地与水面", "green", "公顷"),
        "deficit_ha": Column(NUMBER, "缺口", "deficit", "公顷"),
        "unknown_ha": Column(NUMBER, "地类不明", "unknown", "公顷"),
    }
    rows = [("汾河", "左岸", 12.5, 3.25, 0.0), ("汾河", "右岸", 8.0, 1234.5, 2.0)]
    ledger = pd.DataFrame(rows, columns=list(contract))
    content = Content("restoration", "修复台账", Group.RESTORATION, Kind.TABLE, contract, ledger)
    fuller = Dossier(dossier.assessment, [*dossier.contents, content])
    shown = compose_report(fuller, Album(fuller), detailed_up_to=0)
    (table,) = tables(shown, "修复台账")
    assert [plain(cell) for cell in table.rows[1]] == ["汾河", "右岸", "8.00", "1,234.50", "2.00"]
    captions = [getattr(b, "caption", "") for s in shown.sections for b in s.blocks]
    assert "修复条带现状与缺口" in captions


# Word -------------------------------------------------------------------------------------------------------


def test_word_has_real_headings_captions_and_contents(word: Path, document: Document) -> None:
    opened = docx.Document(str(word))
    styles = [paragraph.style.name for paragraph in opened.paragraphs]
    headings = [p.text for p in opened.paragraphs if p.style.name in ("Heading 1", "Heading 2")]
    assert headings == [heading.printed for heading in document.headings()]
    assert styles.count("Caption") >= 8
    body = opened.element.body.xml
    codes = re.findall(r"<w:instrText[^>]*>([^<]*)</w:instrText>", body)
    assert any(code.strip().startswith("TOC") for code in codes)
    assert sum(code.strip().startswith("SEQ 表") for code in codes) == len(tables(document, ""))
    entries = [p.text.split("\t")[0] for p in opened.paragraphs if p.style.name in ("TOC 1", "TOC 2")]
    assert entries == headings  # filled in, not waiting to be renewed
    anchors = set(re.findall(r'w:anchor="([^"]+)"', body))
    assert anchors and anchors <= set(re.findall(r'<w:bookmarkStart[^>]*w:name="([^"]+)"', body))


def test_every_data_table_repeats_its_heading_row(word: Path, document: Document) -> None:
    held = docx.Document(str(word)).element.body.findall(qn("w:tbl"))
    repeated = [
        table.find(qn("w:tr")).find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for table in held
    ]
    assert sum(repeated) == len([b for s in document.sections for b in s.blocks if isinstance(b, Table)])


def test_no_page_gets_one_row_of_a_table_alone() -> None:
    fields = [Field("名称", 1), Field("数", 1, number=True)]
    for count, together in (
        (0, []),
        (1, []),
        (2, [0]),
        (3, [0, 1]),
        (7, [0, 4, 5]),
    ):  # each with the row after it
        made = table(fields, [[f"行{row}", str(row)] for row in range(count)], 16.0, "Normal")
        rows = made.findall(qn("w:tr"))[1:]
        kept = [place for place, row in enumerate(rows) if row.findall(f".//{qn('w:keepNext')}")]
        assert kept == together
        assert all(len(rows[place].findall(f".//{qn('w:keepNext')}")) == 2 for place in kept)


def test_a_sentence_that_introduces_a_table_stays_with_it(word: Path, document: Document) -> None:
    introducing = {
        one.text
        for section in document.sections
        for one, after in pairwise(section.blocks)
        if isinstance(one, Paragraph) and one.style is Style.BODY and isinstance(after, Table)
    }
    found = {p.text for p in docx.Document(str(word)).paragraphs if p.paragraph_format.keep_with_next}
    assert introducing and introducing <= found


def test_every_style_in_use_names_a_chinese_font(word: Path) -> None:
    opened = docx.Document(str(word))
    used = {paragraph.style.name for paragraph in opened.paragraphs} - {"List Bullet"}
    for name in used:
        fonts = opened.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) in ("宋体", "黑体", "楷体"), name
        assert fonts.get(qn("w:eastAsiaTheme")) is None, name
    assert opened.styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == "宋体"


def test_wide_tables_stand_on_pages_on_their_side(word: Path) -> None:
    sections = docx.Document(str(word)).sections
    sides = ["wide" if section.page_width > section.page_height else "upright" for section in sections]
    assert sides[0] == "upright"
    assert "wide" in sides
    for section in sections:
        text = section.footer._element.xml if not section.footer.is_linked_to_previous else "PAGE"
        assert "PAGE" in text


def test_a_template_keeps_its_styles_and_its_first_page(document: Document, tmp_path: Path) -> None:
    own = docx.Document()
    own.add_paragraph("某某市生态环境局文件")
    own.styles["Heading 1"].font.name = "方正小标宋"
    own.sections[0].header.paragraphs[0].text = "某某局"
    own.save(str(tmp_path / "own.docx"))
    write_word(document, tmp_path / "report.docx", DAY, Lang.ZH, tmp_path / "own.docx")
    opened = docx.Document(str(tmp_path / "report.docx"))
    assert opened.paragraphs[0].text == "某某市生态环境局文件"
    assert opened.styles["Heading 1"].font.name == "方正小标宋"
    assert opened.sections[0].header.paragraphs[0].text == "某某局"
    assert any(paragraph.text == "1　摘要" for paragraph in opened.paragraphs)


def test_a_template_that_is_none_is_told_before_any_work(tmp_path: Path) -> None:
    bad = tmp_path / "模板.docx"
    bad.write_text("no Word file", encoding="utf-8")
    with pytest.raises(RunError, match="不能用作报告模板"):
        Outputs(template=bad).refuse_unfit()
    with pytest.raises(RunError, match="no-report"):
        Outputs(report=False, pdf=True).refuse_unfit()


def test_the_same_run_gives_the_same_bytes(dossier: Dossier, word: Path, page: str, tmp_path: Path) -> None:
    again = compose_report(dossier, Album(dossier), detailed_up_to=10)
    write_word(again, tmp_path / "report.docx", DAY, Lang.ZH)
    write_page(again, tmp_path / "report.html", Lang.ZH)
    assert (tmp_path / "report.docx").read_bytes() == word.read_bytes()
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page
    with zipfile.ZipFile(word) as held:
        assert {info.date_time for info in held.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2026-01-01T00:00:00Z" in held.read("docProps/core.xml")


# HTML, and both ----------------------------------------------------------------------------------------------


def test_word_and_page_say_the_same(word: Path, page: str, document: Document) -> None:
    said = docx.Document(str(word))
    in_word = "".join(said.element.body.itertext())
    in_page = html.unescape(re.sub(r"<[^>]+>", "", page))
    for section in document.sections:
        for block in section.blocks:
            texts: list[str] = []
            if isinstance(block, Heading):
                texts = [block.printed]
            elif isinstance(block, Paragraph):
                texts = [block.text]
            elif isinstance(block, Items):
                texts = list(block.items)
            elif isinstance(block, Table):
                texts = [plain(cell) for row in block.rows for cell in row]
            for text in texts:
                kept = text.replace("\x07", "")
                assert all(line in in_word for line in kept.split("\n")), text
                assert text in in_page, text


def test_hostile_names_stay_text(word: Path, page: str) -> None:
    assert "<img src=x" not in page
    assert html.escape(HOSTILE) in page
    opened = docx.Document(str(word))
    assert any(HOSTILE in paragraph.text for paragraph in opened.paragraphs)
    assert not opened.element.body.findall(f".//{qn('w:instrText')}[@x]")


def test_the_page_loads_nothing(page: str) -> None:
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page) == []
    assert "default-src 'none'" in page


@pytest.mark.slow
def test_libreoffice_opens_it_and_makes_a_pdf(word: Path, tmp_path: Path) -> None:
    if find_office() is None:
        pytest.skip("LibreOffice is not installed")
    write_pdf(word, tmp_path / "report.pdf")
    content = (tmp_path / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    if (reader := shutil.which("pdftotext")) is not None:
        import subprocess

        text = subprocess.run(
            [reader, "-layout", str(tmp_path / "report.pdf"), "-"], capture_output=True, text=True
        ).stdout
        assert re.search(r"摘要\.{5,} ?\d", text), "the table of contents has page numbers"


def test_no_sites_is_a_report_all_the_same(assessment: Assessment, tmp_path: Path) -> None:
    nothing = dataclasses.replace(
        assessment,
        sites=assessment.sites.iloc[:0],
        verdicts=assessment.verdicts.iloc[:0],
        findings=assessment.findings.iloc[:0],
    )
    dossier = Dossier(nothing, run_contents(nothing))
    document = compose_report(dossier, Album(dossier), 5)
    write_word(document, tmp_path / "r.docx", DAY, Lang.ZH)
    write_page(document, tmp_path / "r.html", Lang.ZH)
    assert "对 0 个项目" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_sections_turn_and_break() -> None:
    assert Section([]).new_page
    assert not Section([], new_page=False).wide
