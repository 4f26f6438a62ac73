"""``hongxian sites check``: what was understood, before anything is screened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result
from worlds import coking, write_csv

from geo.cli import app


def check(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["sites", "check", *map(str, arguments)])


def understood(*arguments: object) -> dict[str, list[dict[str, object]]]:
    answer: dict[str, list[dict[str, object]]] = json.loads(check(*arguments, "--json").stdout)
    return answer


def test_a_sound_list_is_shown_in_figures(tmp_path: Path) -> None:
    square = "POLYGON ((110.70 35.60, 110.71 35.60, 110.71 35.61, 110.70 35.61, 110.70 35.60))"
    rows = [
        {**coking("A", (110.71, 35.59)), "lat": "35.5900", "lon": "110.7100", "wkt": "", "datum": "gcj02"},
        {**coking("B", (110.71, 35.59)), "lon": "", "lat": "", "wkt": square, "datum": "cgcs2000"},
    ]
    path = write_csv(tmp_path / "list.csv", rows)
    assert check(path).exit_code == 0
    (file,) = understood(path)["files"]
    assert (file["stated"], file["read"], file["faults"]) == (2, 2, 0)
    assert file["datums"] == {"gcj02": 1, "cgcs2000": 1}
    assert file["kinds"] == {"点": 1, "面": 1}
    # 0.01° by 0.01° at 35.605° N: 905.9 m by 1109.5 m, a little over 100 ha
    assert file["area_ha"] == pytest.approx(100.5, abs=0.1)
    # four decimals: 11.1 m / √12; a shape has no rounding of its own
    assert file["accuracy_m"] == pytest.approx([0.0, 3.2], abs=0.01)
    west, south, east, north = file["extent"]  # type: ignore[misc]
    assert (east, north) == (110.71, 35.61)
    assert 110.70 <= west < 110.71 and 35.58 < south < 35.60


def test_all_faults_of_all_files_are_shown_and_the_exit_code_is_2(tmp_path: Path) -> None:
    good = write_csv(tmp_path / "good.csv", [coking("A", (110.71, 35.59))])
    bad = write_csv(tmp_path / "bad.csv", [{**coking("B", (35.59, 110.71)), "industry": "9999"}])
    ran = check(good, bad, tmp_path / "none.csv")
    assert ran.exit_code == 2
    for words in ("颠倒", "没有这个代码", "文件不存在", "good.csv"):
        assert words in ran.stdout
    assert [file["read"] for file in understood(good, bad)["files"]] == [1, 0]


def test_nothing_is_written(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "list.csv", [coking("A", (110.71, 35.59))])
    check(path)
    assert list(tmp_path.iterdir()) == [path]


def test_options_fill_what_rows_leave_blank_and_only_that(tmp_path: Path) -> None:
    rows = [{**coking("A", (110.71, 35.59)), "industry": ""}, coking("B", (110.71, 35.59))]
    path = write_csv(tmp_path / "list.csv", rows)
    sites = understood(path, "--industry", "3110")["sites"]
    assert [site["industry"] for site in sites] == ["3110", "2521"]


def test_screen_takes_the_same_options(tmp_path: Path) -> None:
    """A boundary-point file states neither industry nor development; the run's record says who did."""
    corners = ["4194600,38385200", "4194600,38385500", "4194400,38385500", "4194600,38385200"]
    path = tmp_path / "红线.txt"
    rows = "".join(f"J{n},1,{corner}\n" for n, corner in enumerate(corners, 1))
    path.write_text(f"坐标系=2000国家大地坐标系\n[地块坐标]\n4,3,厂,厂,面,,,,@\n{rows}", encoding="gbk")
    given = ["--industry", "2521", "--development", "新建", "--on", "2026-01-01"]
    out = tmp_path / "run"
    ran = CliRunner().invoke(
        app, ["screen", str(path), "--out", str(out), "--no-report", "--no-figures", *given]
    )
    assert ran.exit_code == 0, ran.output
    options = json.loads((out / "run.json").read_text(encoding="utf-8"))["options"]
    assert (options["industry"], options["development"]) == ("2521", "新建")
