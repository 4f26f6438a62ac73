"""The workbook: the frames' numbers, frozen panes and filters, text that no spreadsheet runs."""

from __future__ import annotations

import math
from pathlib import Path

import openpyxl
import pytest
from worlds import DAY, east_of_bank, fen_bank, in_memory, judged, site_frame, yuncheng

from geo.language import Lang
from geo.writers import workbook
from geo.writers.contents import CHECKS, run_contents
from geo.writers.dossier import Dossier
from geo.writers.styles import OUTCOMES
from geo.writers.workbook import write_workbook

HOSTILE = ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "<img src=x onerror=alert(1)>"]


@pytest.fixture(scope="module")
def dossier() -> Dossier:
    rows = [
        {"site_id": f"S{n}", "name": name, "industry": "2221", "at": east_of_bank(1500 + 300 * n)}
        for n, name in enumerate(HOSTILE)
    ]
    found = judged(in_memory(*yuncheng(fen_bank())), site_frame(*rows))
    return Dossier(found, run_contents(found))


@pytest.fixture(scope="module")
def path(dossier: Dossier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("workbook") / "findings.xlsx"
    write_workbook(dossier, target)
    return target


def test_sheets_hold_what_the_run_holds(path: Path, dossier: Dossier) -> None:
    names = openpyxl.load_workbook(path).sheetnames
    assert names[:3] == ["说明", "项目×规则", "项目选址结论"]
    assert {"逐条检查", "未筛查的行", "图层覆盖"} <= set(names)


def test_the_matrix_is_coloured_by_what_a_rule_leads_to(path: Path) -> None:
    sheet = openpyxl.load_workbook(path)["项目×规则"]
    heads = [cell.value for cell in sheet[2]]
    column = heads.index("YC-15") + 1
    cells = {sheet.cell(row, 1).value: sheet.cell(row, column) for row in range(3, sheet.max_row + 1)}
    assert [cells[f"S{n}"].value for n in range(5)] == ["禁止", "禁止", "未触及", "未触及", "未触及"]
    assert cells["S0"].fill.fgColor.rgb[-6:] == OUTCOMES["prohibited"].colour.lstrip("#")  # type: ignore[index]
    assert sheet.freeze_panes == "D3"
    assert sheet.auto_filter.ref is not None


def test_findings_are_the_frame(path: Path, dossier: Dossier) -> None:
    sheet = openpyxl.load_workbook(path)["逐条检查"]
    heads = [cell.value for cell in sheet[1]]
    assert heads == [column.heading for column in CHECKS.values()]
    frame = dossier.assessment.findings
    assert sheet.max_row == len(frame) + 1
    for name in ("distance_m", "margin_m", "limit_m"):
        column = list(CHECKS).index(name) + 1
        for row, value in enumerate(frame[name], start=2):
            cell = sheet.cell(row, column)
            assert cell.value == pytest.approx(value) if not math.isnan(value) else cell.value is None
            if cell.value is not None:
                assert cell.number_format == '#,##0.0" 米"'
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == f"A1:{openpyxl.utils.get_column_letter(len(CHECKS))}{len(frame) + 1}"


def test_no_cell_is_a_formula(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    seen = set()
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.coordinate
                if isinstance(cell.value, str):
                    assert not cell.value.startswith(("=", "+", "-", "@")), cell.value
                    seen.add(cell.value)
    assert {f"'{HOSTILE[0]}", "'+1", HOSTILE[4]} <= seen


def test_two_runs_give_the_same_bytes(path: Path, dossier: Dossier, tmp_path: Path) -> None:
    write_workbook(dossier, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()
    assert openpyxl.load_workbook(path).properties.modified.date() == DAY


def test_rows_left_out_are_told_and_hits_are_kept(
    dossier: Dossier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "ROWS_UP_TO", 3)
    write_workbook(dossier, tmp_path / "short.xlsx")
    book = openpyxl.load_workbook(tmp_path / "short.xlsx")
    sheet = book["逐条检查"]
    assert sheet.max_row == 4
    assert [sheet.cell(row, 3).value for row in (2, 3)] == ["触及", "触及"]
    said = " ".join(str(cell.value) for row in book["说明"].iter_rows() for cell in row)
    assert f"共 {len(dossier.assessment.findings)} 行，此处列 3 行" in said


def test_english_headings_on_request(dossier: Dossier, tmp_path: Path) -> None:
    contents = run_contents(dossier.assessment, Lang.EN)
    write_workbook(Dossier(dossier.assessment, contents, Lang.EN), tmp_path / "en.xlsx")
    book = openpyxl.load_workbook(tmp_path / "en.xlsx")
    assert book.sheetnames[:3] == ["Read me", "Sites x rules", "Sites by outcome"]
    heads = [cell.value for cell in book["Checks"][1]]
    assert "Margin (m)" in heads and "Base line" in heads
