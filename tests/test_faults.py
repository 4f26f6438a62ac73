"""Faults: a run that is killed, that finds no room, no right or a lock, or whose inputs change, leaves a whole result or none.

``HONGXIAN_FAULTS=10`` makes ten times as many kills. What was survived is printed at the end (``-rA`` or ``-s`` shows it).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from kills import digest, left_over

import geo.batches.run
import geo.runs.request
import geo.writers.presenting
from geo.asides import MARK, aside, sweep
from geo.cli import main
from tests.worlds import coking, east_of_bank, entry, fen_bank, on_disk, square_counties, write_csv

ROOT = Path(__file__).resolve().parents[1]
MORE = int(os.environ.get("HONGXIAN_FAULTS", "1"))
NOBODY = 65534
QUICK = ["--no-report", "--no-figures", "--no-moves", "--no-restoration"]
RULES = ["YC-15", "YC-72"]
SURVIVED: dict[str, int] = {}


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    """The count of faults survived."""
    yield
    print("\nfaults survived:", sum(SURVIVED.values()), SURVIVED)


@pytest.fixture()
def room() -> Iterator[Path]:
    """A place that others may read too: pytest's own is the user's alone."""
    place = Path(tempfile.mkdtemp(prefix="hongxian-faults-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place, ignore_errors=True)


def workspace(room: Path) -> Path:
    """``in``: three layers, a manifest, two sites."""
    held = {"covers": {"adcode": ["1408"]}}
    manifest = on_disk(
        room / "in" / "layers",
        square_counties(c140882=(110.5, 35.4, 111.0, 35.9)),
        fen_bank(**held),
        entry("farmland_permanent", (shapely.box(110.71, 35.60, 110.73, 35.62), {}), **held),
    )
    write_csv(room / "in" / "sites.csv", [coking("A", east_of_bank(500)), coking("B", east_of_bank(1800))])
    return manifest


def screening(room: Path, out: Path, *more: str) -> list[str]:
    manifest = workspace(room)
    sites = str(room / "in" / "sites.csv")
    words = ["screen", sites, "--datum", "cgcs2000", "--layers", str(manifest), "--on", "2026-01-01"]
    return [*words, "--out", str(out), *QUICK, *(more or ("--no-cache",))]


def kills(**spec: Any) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "kills.py")],
        input=json.dumps({"rules": RULES, **spec}),
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def survive(name: str, found: dict[str, Any]) -> None:
    assert found["first"]["code"] == 0, found["first"]
    assert found["faults"] == []
    assert found["whole"] > 0 and found["none"] > 0
    SURVIVED[name] = found["attempts"]


# Kills ------------------------------------------------------------------------------------------------


def test_a_killed_screening_leaves_a_whole_result_or_none(room: Path) -> None:
    out = room / "out" / "first"
    words = screening(room, out)
    found = kills(words=words, target=str(out), inputs=str(room / "in"), events=30 * MORE, times=20 * MORE)
    assert found["attempts"] >= 50 and found["swept"] > 0
    survive("screen", found)


def test_a_killed_restoration_leaves_a_whole_result_or_none(room: Path) -> None:
    manifest, out = workspace(room), room / "out" / "restored"
    words = ["restore", "--layers", str(manifest), "--on", "2026-01-01", "--out", str(out), "--no-figures"]
    survive(
        "restore",
        kills(words=words, target=str(out), inputs=str(room / "in"), events=4 * MORE, times=2 * MORE),
    )


def test_a_killed_search_for_ground_leaves_a_whole_result_or_none(room: Path) -> None:
    manifest, out = workspace(room), room / "out" / "where"
    words = [
        "where",
        "--industry",
        "2521",
        "--adcode",
        "140882",
        "--layers",
        str(manifest),
        "--on",
        "2026-01-01",
    ]
    spec = {"words": [*words, "--out", str(out)], "target": str(out), "inputs": str(room / "in")}
    survive("where", kills(**spec, events=3 * MORE, times=2 * MORE))


def test_a_killed_addition_leaves_the_manifest_old_or_new(room: Path) -> None:
    manifest = workspace(room)
    shutil.move(room / "in" / "layers" / "farmland_permanent.gpkg", room / "in" / "layers" / "JBNT.gpkg")
    manifest.write_text(manifest.read_text(encoding="utf-8").split("- accuracy_m: 0.1\n  covers:\n    adcode: ['1408']\n  key: farm")[0], encoding="utf-8")  # fmt: skip
    words = [
        "layers",
        "add",
        str(room / "in" / "layers" / "JBNT.gpkg"),
        "--theme",
        "farmland_permanent",
        "--accuracy",
        "1",
    ]
    words += [
        "--manifest",
        str(manifest),
        "--as-of",
        "none",
        "--source",
        "s",
        "--licence",
        "l",
        "--covers",
        "1408",
        "--yes",
    ]
    found = kills(
        words=words, target=str(manifest), inputs=str(room / "in"), events=8 * MORE, times=2, changes=True
    )
    survive("layers add", found)


def test_a_kill_while_the_cache_is_filled_harms_no_later_run(room: Path) -> None:
    out = room / "out" / "first"
    words = screening(room, out, "--cache", str(room / "cache"))
    (room / "cache").mkdir()
    spec = {
        "words": words,
        "target": str(out),
        "inputs": str(room / "in"),
        "cache_from": 1,
        "fresh": str(room / "cache"),
    }
    survive("cache", kills(**spec, events=10 * MORE, times=2 * MORE))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_run_and_cleans_up(number: signal.Signals, room: Path) -> None:
    out = room / "out" / "first"
    words = screening(room, out)
    for at_event in (3, 30, 60):
        ended = kills(words=words, said=str(room / "said"), at_event=at_event, signal=int(number))
        assert ended["code"] == 128 + number and "已中断，没有留下半成品" in ended["said"], ended
        assert not out.exists() and (not out.parent.exists() or list(out.parent.iterdir()) == [])
    SURVIVED[number.name] = 3


def test_what_a_kill_left_is_swept_and_what_is_at_work_is_not(tmp_path: Path) -> None:
    dead = tmp_path / f".first{MARK}0123abcd"
    dead.mkdir()
    (dead / "screening.gpkg").write_bytes(b"half")
    (tmp_path / ".other").mkdir()
    with aside(tmp_path, "second") as alive:
        assert not dead.exists() and alive.exists()
        assert sweep(tmp_path) == 0 and alive.exists()
    assert [p.name for p in tmp_path.iterdir()] == [".other"]


# No room, no right ------------------------------------------------------------------------------------


@pytest.fixture()
def mounted(room: Path) -> Iterator[Path]:
    place = room / "small"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True)
    if done.returncode != 0:
        pytest.skip("a small disk needs root and the right to mount")
    place.chmod(0o777)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def refused(ended: dict[str, Any], *words: str) -> None:
    """Exit code 2, a message in Chinese, no traceback."""
    assert ended["code"] == 2, ended
    assert "Traceback" not in ended["said"] and "TRACEBACK" not in ended["said"], ended["said"]
    assert all(word in ended["said"] for word in words), ended["said"]


def test_a_full_disk_is_told_and_leaves_nothing(mounted: Path, room: Path) -> None:
    out = mounted / "first"
    words = screening(room, out)
    sizes = [16, 64, 160, 320, 640, 1280, 2560, 5120]
    whole = refusals = 0
    for size in sizes:
        subprocess.run(["mount", "-o", f"remount,size={size}k", str(mounted)], check=True)
        ended = kills(words=words, said=str(room / "said"))
        if ended["code"] == 0:
            whole += 1
            with sqlite3.connect(out / "screening.gpkg") as package:
                assert package.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            shutil.rmtree(out)
        else:
            refusals += 1
            refused(ended, "磁盘已满", "没有留下半成品")
        assert list(mounted.iterdir()) == []
    assert refusals >= 3 and whole >= 1
    SURVIVED["disk full"] = refusals


def test_a_full_disk_under_the_cache_costs_time_only(mounted: Path, room: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=16k", str(mounted)], check=True)
    words = screening(room, room / "first", "--cache", str(mounted))
    ended = kills(words=words, said=str(room / "said"), cache_from=1)
    assert ended["code"] == 0, ended["said"]
    assert not [p for p in mounted.rglob("*") if p.is_dir() and MARK in p.name]
    SURVIVED["cache disk full"] = 1


def test_a_read_only_disk_is_told(mounted: Path, room: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    refused(kills(words=screening(room, mounted / "first"), said=str(room / "said")), "只读")
    SURVIVED["read-only disk"] = 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs root, to become another user")
def test_a_folder_one_may_not_write_is_told(room: Path) -> None:
    words = screening(room, room / "closed" / "first")
    (room / "closed").mkdir(mode=0o555)
    (room / "said").touch()
    (room / "said").chmod(0o666)
    warm = screening(room, room / "warm")
    refused(kills(words=words, said=str(room / "said"), uid=NOBODY, warm=warm), "没有写入权限")
    assert list((room / "closed").iterdir()) == []
    SURVIVED["no right to write"] = 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs root, to become another user")
@pytest.mark.parametrize("name", ["sites.csv", "layers/river.gpkg", "layers/manifest.yaml"])
def test_a_file_one_may_not_read_is_told(name: str, room: Path) -> None:
    words = screening(room, room / "open" / "first")
    (room / "open").mkdir()
    (room / "open").chmod(0o777)
    (room / "said").touch()
    (room / "said").chmod(0o666)
    (room / "in" / name).chmod(0o000)
    warm = [*words[: words.index("--out") + 1], str(room / "warm"), *QUICK, "--no-cache"]
    refused(kills(words=words, said=str(room / "said"), uid=NOBODY, warm=warm), Path(name).name)
    assert list((room / "open").iterdir()) == []
    SURVIVED[f"no right to read {name}"] = 1


def test_a_locked_layer_is_told(room: Path) -> None:
    out = room / "out" / "first"
    words = screening(room, out)
    package = sqlite3.connect(room / "in" / "layers" / "river.gpkg", isolation_level=None)
    package.execute("BEGIN EXCLUSIVE")
    try:
        refused(kills(words=words, said=str(room / "said")), "river.gpkg")
    finally:
        package.close()
    assert not out.exists()
    SURVIVED["locked"] = 1


# Under the run ----------------------------------------------------------------------------------------


def meanwhile(monkeypatch: pytest.MonkeyPatch, words: list[str], where: str, act: Any) -> int:
    """Run the command, and do something when it comes to write its project (``late``) or to assess (``early``)."""
    module, name = {
        "late": (geo.writers.presenting, "write_project"),
        "early": (geo.runs.request, "assess"),
        "late in parts": (geo.batches.run, "write_project"),
        "reading parts": (geo.batches.run, "take_in"),
    }[where]
    own = getattr(module, name)

    def then(*given: Any, **named: Any) -> Any:
        act()
        return own(*given, **named)

    monkeypatch.setattr(module, name, then)
    monkeypatch.setattr("sys.argv", ["hongxian", *words])
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


CHANGES = {
    "sites.csv": lambda p: p.write_text(p.read_text() + "C,焦化C,2521,new,110.8,35.6\n"),
    "layers/manifest.yaml": lambda p: p.write_text(p.read_text().replace("0.1", "0.2")),
    "layers/river.gpkg": lambda p: _shift(p),
}  # fmt: skip


def _shift(path: Path) -> None:
    import pyogrio

    frame = pyogrio.read_dataframe(path)
    pyogrio.write_dataframe(frame.set_geometry(frame.translate(0.001)), path)


@pytest.mark.parametrize("what", ["changed", "removed"])
@pytest.mark.parametrize("name", sorted(CHANGES))
def test_an_input_that_changes_under_the_run_ends_it(
    name: str, what: str, room: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = room / "out" / "first"
    path = room / "in" / name
    act = path.unlink if what == "removed" else lambda: CHANGES[name](path)
    assert meanwhile(monkeypatch, screening(room, out), "late", act) == 2
    said = capsys.readouterr().err
    assert "运行中有输入文件变了" in said and path.name in said.replace("\n", "")
    assert list(out.parent.iterdir()) == []
    SURVIVED[f"{name} {what}"] = 1


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_an_input_that_changes_under_a_run_in_parts_ends_it(
    name: str, room: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyarrow")
    out, path = room / "out" / "first", room / "in" / name
    words = screening(room, out, "--no-cache", "--batch", "1")
    assert meanwhile(monkeypatch, words, "late in parts", lambda: CHANGES[name](path)) == 2
    said = capsys.readouterr().err
    assert "运行中有输入文件变了" in said and path.name in said.replace("\n", "")
    assert not out.exists() and left_over(out.parent) == []
    SURVIVED[f"{name} changed, in parts"] = 1


def test_parts_of_a_list_that_changed_as_it_was_read_are_not_kept(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the list as it was before, put back, would find the parts of another."""
    pytest.importorskip("pyarrow")
    out, path = room / "out" / "first", room / "in" / "sites.csv"
    words = screening(room, out, "--no-cache", "--batch", "1")
    assert meanwhile(monkeypatch, words, "reading parts", lambda: CHANGES["sites.csv"](path)) == 2
    assert list(out.parent.iterdir()) == []
    SURVIVED["list changed while it is read in parts"] = 1


def test_a_run_in_parts_keeps_going_without_a_layer(room: Path) -> None:
    pytest.importorskip("pyarrow")
    out = room / "out" / "first"
    words = screening(room, out, "--no-cache", "--batch", "1")
    (room / "in" / "layers" / "river.gpkg").write_bytes(b"no layer")
    ended = kills(words=[*words, "--keep-going"], said=str(room / "said"))
    assert ended["code"] == 0 and "搁置的图层：river" in ended["said"], ended["said"]
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    ((key, rules),) = [(row["layer_key"], row["rule_ids"]) for row in record["set_aside"]]
    assert key == "river" and "YC-15" in rules.split(";")
    assert record["outcomes"]["clear"] == 0
    with sqlite3.connect(out / "screening.gpkg") as package:
        assert package.execute("SELECT layer_key FROM set_aside").fetchall() == [("river",)]
    SURVIVED["unreadable layer, in parts"] = 1


def test_a_layer_removed_before_it_is_read_is_told(
    room: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = screening(room, room / "out" / "first")
    act = (room / "in" / "layers" / "river.gpkg").unlink
    assert meanwhile(monkeypatch, words, "early", act) == 2
    assert "river" in capsys.readouterr().err


def test_a_layer_that_only_looks_changed_is_the_same(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """QGIS alters a GeoPackage by opening it; its features stay."""

    def open_in_qgis() -> None:
        with sqlite3.connect(room / "in" / "layers" / "river.gpkg") as package:
            package.execute("CREATE TABLE seen (x INTEGER)")

    out = room / "out" / "first"
    assert meanwhile(monkeypatch, screening(room, out), "late", open_in_qgis) == 0
    assert (out / "run.json").exists()


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_a_result_that_appears_meanwhile_is_never_overwritten(
    kind: str, room: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = room / "out" / "first"

    def appear() -> None:
        if kind == "folder":
            out.mkdir()
            (out / "own.txt").write_text("mine")
        elif kind == "file":
            out.write_text("mine")
        else:
            out.symlink_to(room / "nowhere")

    assert meanwhile(monkeypatch, screening(room, out), "late", appear) == 2
    assert "已存在，未覆盖" in capsys.readouterr().err
    held = {"folder": {"own.txt"}, "file": {"."}, "link": set()}[kind]
    assert set(digest(out) if kind != "link" else ()) == held and left_over(out.parent) == []
    SURVIVED[f"{kind} appears"] = 1
