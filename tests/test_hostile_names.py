"""Names that would be markup, script or a formula stay text in every output of a run."""

from __future__ import annotations

import csv
import re
import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import openpyxl
import pyogrio
import pytest
from worlds import east_of_bank, fen_bank, in_memory, judged, site_frame, yuncheng

from geo.writers import write_run
from geo.writers.outputs import Outputs

IMAGE = "<img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://x")'
ESCAPE = "--><script>alert(2)</script>]]>"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = zip("ABC", (IMAGE, FORMULA, ESCAPE), strict=True)
    sites = site_frame(
        *(
            {"site_id": key, "name": name, "industry": "2221", "at": east_of_bank(1500)}
            for key, name in named
        ),
        {"site_id": FORMULA, "name": IMAGE, "industry": "2221", "at": east_of_bank(1200)},
    )
    folder = tmp_path_factory.mktemp("hostile") / "run"
    write_run(judged(in_memory(*yuncheng(fen_bank())), sites), folder, outputs=Outputs(shapefile=True))
    return folder


def test_the_map_holds_them_as_data_only(run: Path) -> None:
    page = (run / "map.html").read_text(encoding="utf-8")
    assert "\\u003cimg src=x onerror=alert(1)\\u003e" in page
    assert "<img src=x" not in page and "<script>alert(2)" not in page


def test_the_page_of_the_report_escapes_them(run: Path) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<img src=x" not in page and "<script>alert(2)" not in page


def test_the_word_report_makes_no_link_of_them(run: Path) -> None:
    with zipfile.ZipFile(run / "report.docx") as word:
        body = ET.fromstring(word.read("word/document.xml"))
        links = [
            name for name in word.namelist() if name.endswith(".rels") and b"http://x" in word.read(name)
        ]
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    assert links == []
    assert not any("HYPERLINK" in (field.text or "") for field in body.iter(f"{space}instrText"))
    said = "".join(text.text or "" for text in body.iter(f"{space}t"))
    assert IMAGE in said and FORMULA in said


def test_no_cell_is_a_formula(run: Path) -> None:
    book = openpyxl.load_workbook(run / "findings.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any(IMAGE in str(cell.value) for cell in cells) and any(
        FORMULA in str(cell.value) for cell in cells
    )
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    for name in ("findings.csv",):
        with (run / name).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert not [value for row in rows for value in row if value.startswith(("=", "+", "@"))]


def test_layers_hold_them_letter_by_letter(run: Path) -> None:
    sites = pyogrio.read_dataframe(run / "screening.gpkg", layer="sites", read_geometry=False)
    assert set(sites["name"]) == {IMAGE, FORMULA, ESCAPE}
    with sqlite3.connect(run / "screening.gpkg") as file:
        styles = file.execute("SELECT styleQML FROM layer_styles").fetchall()
    assert not any(IMAGE in style for (style,) in styles)


def test_the_project_shows_them_escaped(run: Path) -> None:
    with zipfile.ZipFile(run / "screening.qgz") as project:
        text = project.read(project.namelist()[0]).decode("utf-8")
    ET.fromstring(text)
    assert IMAGE not in text
    tips = re.findall(r"<mapTip>(.*?)</mapTip>", text, re.DOTALL)
    assert any(
        "replace(replace(replace(coalesce(&quot;name&quot;" in tip or 'coalesce("name"' in tip for tip in tips
    )


def test_figures_are_drawings_of_them(run: Path) -> None:
    drawn = sorted((run / "figures").glob("*.svg"))
    assert drawn
    for path in drawn:
        tags = {element.tag.rpartition("}")[2] for element in ET.parse(path).getroot().iter()}
        assert not tags & {"img", "script", "a"}, path.name
