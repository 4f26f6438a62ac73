"""The law review sheet, what changed between two rule books, and rule books of the user's own."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from geo.cli import app
from geo.errors import RuleBookError, RunError
from geo.governing import govern
from geo.review import difference, review_rows
from geo.rulebook import BUILT_IN, load_rulebook
from geo.terms import Outcome
from geo.writers.review_sheet import write_review

BOOK = load_rulebook()


def test_a_row_tells_a_reviewer_what_the_rule_says() -> None:
    (row,) = [row for row in review_rows(BOOK) if row["编号"] == "YC-15"]
    assert row["限值"] == "2 公里（2021-01-01 起）"
    assert row["建设性质"] == "新建"
    assert "炼焦[2521]" in row["行业"]
    assert row["基准"].startswith("河流（name=汾河，stem=干流）")
    assert "自河岸" in row["基准"]


def test_the_workbook_has_a_row_a_rule_and_text_stays_text(tmp_path: Path) -> None:
    write_review(BOOK, tmp_path / "rules.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "rules.xlsx").active
    assert sheet is not None
    assert sheet.max_row == len(BOOK) + 1
    assert sheet.freeze_panes == "C2"
    assert "f" not in {cell.data_type for line in sheet.iter_rows(min_row=2) for cell in line}  # no formula


def test_the_page_escapes_what_rules_say(tmp_path: Path) -> None:
    write_review(BOOK, tmp_path / "rules.html")
    page = (tmp_path / "rules.html").read_text(encoding="utf-8")
    assert page.count("<tr>") == len(BOOK) + 1
    with pytest.raises(RunError):
        write_review(BOOK, tmp_path / "rules.html")
    with pytest.raises(RunError):
        write_review(BOOK, tmp_path / "rules.pdf")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A rule book of the user's own: YC-15 with 3 km in place of 2 km."""
    folder = tmp_path / "own" / "yuncheng-14fyp"
    folder.mkdir(parents=True)
    text = (BUILT_IN / "yuncheng-14fyp" / "YC-15.yaml").read_text(encoding="utf-8")
    head, _, _ = text.partition("examples:")
    (folder / "YC-15.yaml").write_text(
        head.replace("{2021-01-01: 2 km}", "{2021-01-01: 3 km}")
        + "overlay: {author: 市局规划科, on: 2026-03-01, reason: 市局会议纪要}\n"
        + "examples:\n"
        + '  - {site: {industry: "2521", development: new, offset: 2500 m}, expect: prohibited}\n',
        encoding="utf-8",
    )
    return folder.parent


def test_a_rule_of_the_users_own_stands_in_place_of_the_plans(own: Path) -> None:
    book = load_rulebook(overlay=own)
    assert len(book) == len(BOOK)
    assert book["YC-15"].limit_on(date(2026, 1, 1)) == 3000.0
    changes = difference(BOOK, book)
    assert "YC-15 限值：由“2 公里（2021-01-01 起）”改为“3 公里（2021-01-01 起）”" in changes
    assert any("用户规则" in change and "市局规划科" in change for change in changes)
    assert all(change.startswith("YC-15") for change in changes)


def test_it_is_shown_as_theirs_in_the_outputs(own: Path, tmp_path: Path) -> None:
    sites = tmp_path / "sites.csv"
    sites.write_text("site_id,industry,development,lon,lat\nA,2521,new,110.7121,35.5966\n", encoding="utf-8")
    out = tmp_path / "out"
    arguments = ["screen", str(sites), "--datum", "cgcs2000", "--rules", str(own), "--out", str(out)]
    arguments += ["--no-report", "--no-figures"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    shown = CliRunner().invoke(app, ["explain", str(out), "A"]).output
    assert "用户规则：市局规划科，2026-03-01，市局会议纪要" in shown
    assert "3 公里" in shown


def test_a_rule_of_the_users_own_says_whose_it_is(own: Path) -> None:
    path = own / "yuncheng-14fyp" / "YC-15.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("overlay")), encoding="utf-8")
    with pytest.raises(RuleBookError) as caught:
        load_rulebook(overlay=own)
    assert "作者" in caught.value.problems[0].what


def test_the_plans_own_rules_carry_no_overlay(tmp_path: Path) -> None:
    copy = tmp_path / "book" / "yuncheng-14fyp"
    copy.mkdir(parents=True)
    for name in ("plan.yaml", "groups.yaml", "YC-15.yaml"):
        shutil.copy(BUILT_IN / "yuncheng-14fyp" / name, copy / name)
    path = copy / "YC-15.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\noverlay: {author: a, on: 2026-01-01, reason: b}\n")
    with pytest.raises(RuleBookError):
        load_rulebook(copy.parent)


# -- several plans on one site ----------------------------------------------------------------------------


def test_one_plan_alone_needs_no_word() -> None:
    meeting = [(BOOK["YC-15"], Outcome.PROHIBITED, True), (BOOK["YC-07"], Outcome.PROHIBITED, False)]
    assert govern(meeting, BOOK) == ""


def test_the_stricter_governs_and_the_office_is_named() -> None:
    meeting = [(BOOK["TY-04"], Outcome.RESTRICTED, True), (BOOK["TA-34"], Outcome.PROHIBITED, True)]
    said = govern(meeting, BOOK)
    assert "以 TA-34" in said
    assert "更严" in said
    assert "太原市生态环境局" in said


def test_a_plan_in_force_goes_before_a_draft() -> None:
    meeting = [(BOOK["JZ-09"], Outcome.PROHIBITED, False), (BOOK["TY-04"], Outcome.RESTRICTED, False)]
    said = govern(meeting, BOOK)
    assert "以 TY-04" in said
    assert "已印发施行" in said


def test_the_later_plan_governs_between_equals() -> None:
    meeting = [(BOOK["TY-07"], Outcome.PROHIBITED, True), (BOOK["TA-34"], Outcome.PROHIBITED, True)]
    assert "以 TA-34" in govern(meeting, BOOK)
    assert "更晚印发" in govern(list(reversed(meeting)), BOOK)
