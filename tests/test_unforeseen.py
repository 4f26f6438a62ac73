"""An error that nobody foresaw, in any command: words to act on, a report that quotes no data, an exit code of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from worlds import the_rules

from geo.cli import main
from geo.cli.unforeseen import DEBUG, UNFORESEEN, report
from geo.starter import starter_folder

ROOT = Path(__file__).resolve().parents[1]
SECRET = "绝密厂 111.234567 35.654321 Hongxian Steel"
#: A command, and what breaks in the midst of it.
VERBS = {
    "screen": ("geo.assessment.match_sites", ["screen", "{sites}", "--out", "{out}"]),
    "screen writing": (
        "geo.writers.presenting.write_project",
        ["screen", "{one}", "--out", "{out}", "--no-report", "--no-figures", "--no-moves", "--no-restoration"],
    ),
    "screen in parts": ("geo.batches.engines.screen_part", ["screen", "{sites}", "--out", "{out}", "--batch", "30"]),
    "where": ("geo.availability.area.find_area", ["where", "--industry", "2521", "--adcode", "140882", "--out", "{out}"]),
    "restore": ("geo.restoration.plan.plan_restoration", ["restore", "--out", "{out}"]),
    "layers check": ("geo.catalog.load_layers", ["layers", "check"]),
    "layers list": ("geo.catalog.load_layers", ["layers", "list"]),
    "sites check": ("geo.sites.read_files", ["sites", "check", "{sites}"]),
    "rules lint": ("geo.rulebook.load_rulebook", ["rules", "lint"]),
    "industries": ("geo.industries.find_industries", ["industries", "炼焦"]),
    "init": ("geo.starter.lay_out_workspace", ["init", "{out}"]),
    "explain": ("geo.runs.stored.read_run", ["explain", "{sites}", "某场地"]),
    "diff": ("geo.runs.repeat.compare_folders", ["diff", "{sites}", "{sites}"]),
    "rerun": ("geo.runs.repeat.repeat", ["rerun", "{sites}"]),
}  # fmt: skip


@pytest.fixture
def broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, list[Path]]]:
    """Runs a command in which something raises; its exit code, what it said, the reports it left."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    monkeypatch.chdir(tmp_path)

    def run(target: str, words: list[str], error: BaseException) -> tuple[int, str, list[Path]]:
        def fail(*given: Any, **named: Any) -> Any:
            raise error

        if not target.endswith("load_rulebook"):
            monkeypatch.setattr("geo.rulebook.load_rulebook", lambda *given, **named: the_rules())
        monkeypatch.setattr(target, fail)
        named = {
            "sites": starter_folder() / "example_sites.csv",
            "one": tmp_path / "one.csv",
            "out": tmp_path / "out",
        }
        named["one"].write_text(
            "".join(named["sites"].read_text("utf-8").splitlines(True)[:2]), encoding="utf-8"
        )
        monkeypatch.setattr("sys.argv", ["hongxian", *(word.format(**named) for word in words)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not (tmp_path / "out").exists()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err, sorted(place.iterdir())

    return run


@pytest.mark.parametrize("verb", VERBS)
def test_an_error_that_nobody_foresaw_is_told_with_a_report(
    verb: str, broken: Callable[..., tuple[int, str, list[Path]]]
) -> None:
    code, said, left = broken(*VERBS[verb], RuntimeError(SECRET))
    assert code == UNFORESEEN and "程序内部出错（RuntimeError）" in said
    assert "Traceback" not in said and SECRET not in said and 'File "' not in said
    assert len(left) == 1 and str(left[0]) in said, "the report, and nothing else, lies there"
    held = left[0].read_text(encoding="utf-8")
    assert "builtins.RuntimeError" in held and "geo/cli/" in held and "shapely 2" in held
    assert not any(word in held for word in SECRET.split()) and "某场地" not in held and "140882" not in held
    assert str(Path.home()) + "/" not in held
    if os.name != "nt":
        assert left[0].stat().st_mode & 0o077 == 0, "its owner's alone"


def test_the_debugging_switch_shows_the_traceback(
    broken: Callable[..., tuple[int, str, list[Path]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DEBUG, "1")
    code, said, _ = broken(*VERBS["industries"], RuntimeError(SECRET))
    assert code == UNFORESEEN and "Traceback" in said and SECRET in said


def test_want_of_memory_says_what_to_do(broken: Callable[..., tuple[int, str, list[Path]]]) -> None:
    code, said, _ = broken(*VERBS["screen"], MemoryError())
    assert code == UNFORESEEN and "内存不够" in said and "--batch" in said


def test_an_error_of_the_system_is_told_as_such_and_a_library_s_own_is_not(
    broken: Callable[..., tuple[int, str, list[Path]]],
) -> None:
    code, said, left = broken(*VERBS["industries"], PermissionError(13, "denied", "rules.yaml"))
    assert code == 2 and "rules.yaml 没有写入权限" in said and left == []
    code, _, left = broken(*VERBS["industries"], OSError("cannot identify image file"))
    assert code == UNFORESEEN and len(left) == 1


def test_a_report_that_cannot_be_written_hides_nothing(
    broken: Callable[..., tuple[int, str, list[Path]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "mkstemp", lambda **named: (_ for _ in ()).throw(OSError(28, "full")))
    code, said, _ = broken(*VERBS["industries"], RuntimeError(SECRET))
    assert code == UNFORESEEN and "程序内部出错" in said and DEBUG in said and "出错报告" not in said


def test_an_error_of_a_helping_process_is_reported_with_its_steps() -> None:
    remote = type("_RemoteTraceback", (Exception,), {})(
        f'\nTraceback (most recent call last):\n  File "/home/u/geo/batches/part.py", line 9, in screen_part\n    x\nValueError: {SECRET}'
    )
    error = ValueError(SECRET)
    error.__cause__ = remote
    told = report(error, ["screen", "--tiles=tianditu:0123abcd", "--lang", "en", "/no/such/file.csv"])
    assert "geo/batches/part.py:9 screen_part" in told and "/home/u" not in told
    assert "screen --tiles=… --lang … …" in told and not any(word in told for word in SECRET.split())


def test_a_pipe_that_is_closed_ends_the_command_quietly() -> None:
    """``hongxian rules list | head -1`` is no error."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    words = [sys.executable, "-m", "geo", "rules", "show", "YC-15"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        words, stdout=write, stderr=subprocess.PIPE, text=True, env=environment, check=False
    )
    os.close(write)
    assert done.returncode == 1 and not re.search("Traceback|内部出错", done.stderr), done.stderr
