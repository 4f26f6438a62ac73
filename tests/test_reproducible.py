"""The same inputs give the same bytes, whatever the machine's language, clock, threads, hashing, home, folder, mask and row order."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from geo.runs.fingerprint import hash_sites
from geo.sites import read_sites
from tests.test_network import workspace

ROOT = Path(__file__).resolve().parents[1]

#: As different as two machines are. Engines agree to the last digit shown up to any rule's limit, and sites here are within it.
HERE = {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "1", "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
THERE = {
    "LC_ALL": "zh_CN.UTF-8",
    "LANG": "zh_CN.UTF-8",
    "TZ": "Asia/Shanghai",
    "PYTHONHASHSEED": "4711",
    "NUMBA_NUM_THREADS": "2",
    "OMP_NUM_THREADS": "2",
    "GDAL_NUM_THREADS": "2",
}
RUN = """
import os, sys, warnings
warnings.simplefilter("ignore")
os.umask(int(sys.argv[1], 8))
import geo.rulebook
from geo.cli import main
few = geo.rulebook.load_rulebook().only(["YC-15", "YC-72", "YC-61"])
geo.rulebook.load_rulebook = lambda *given, **named: few
sys.argv = ["hongxian", *sys.argv[2:]]
main()
"""


def run(folder: Path, own: dict[str, str], mask: str, *words: str) -> None:
    """One command in a process, home and working folder of its own."""
    home = folder / f"home-{own['TZ'].replace('/', '-')}"
    home.mkdir(exist_ok=True)
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "SOURCE_DATE"))}
    environment = {
        **plain,
        **own,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "c"),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, mask, *words],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def screened(folder: Path, out: str, own: dict[str, str], mask: str, *more: str) -> dict[str, bytes]:
    words = [
        "screen",
        str(folder / "in" / "sites.csv"),
        "--datum",
        "cgcs2000",
        "--on",
        "2026-01-01",
        "--no-cache",
    ]
    words += ["--layers", str(folder / "in" / "layers" / "manifest.yaml"), "--out", str(folder / out), *more]
    run(folder, own, mask, *words)
    return files(folder / out)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


EVERYTHING = ("--shapefile", "--rasters", "--resolution", "100m")


def test_two_machines_give_the_same_bytes(tmp_path: Path) -> None:
    workspace(tmp_path / "in")
    one = screened(tmp_path, "a", HERE, "022", *EVERYTHING)
    two = screened(tmp_path, "b", THERE, "077", *EVERYTHING)
    assert {
        "screening.gpkg",
        "map.html",
        "report.docx",
        "findings.xlsx",
        "constraints.tif",
        "shapefile/zones.shp",
    } <= set(one)
    assert set(one) == set(two)
    assert [name for name in one if one[name] != two[name]] == []
    # the folder is as open as its owner wants his files to be
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o755 and (
        tmp_path / "b"
    ).stat().st_mode & 0o777 == 0o700


def test_the_order_of_rows_shows_in_the_order_of_rows_only(tmp_path: Path) -> None:
    """Sites come out in the order of their list; by site, all is the same. Features of layers may stand in any order."""
    quick = ("--no-report", "--no-figures", "--no-restoration")
    workspace(tmp_path / "in")
    screened(tmp_path, "a", HERE, "022", *quick)
    path = tmp_path / "in" / "sites.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([head, *reversed(rows)]) + "\n", encoding="utf-8")
    screened(tmp_path, "b", THERE, "022", *quick)
    one, two = (tables(tmp_path / name / "screening.gpkg") for name in ("a", "b"))
    assert set(one) == set(two) and len(one) > 10
    assert [name for name in one if one[name] != two[name]] == []
    records = [json.loads((tmp_path / name / "run.json").read_text(encoding="utf-8")) for name in ("a", "b")]
    assert records[0] == records[1]
    assert len({hash_sites(read_sites(path, datum="cgcs2000").sites)}) == 1


def tables(package: Path) -> dict[str, list[str]]:
    """Rows of every table but for their number and the file that a row came from, sorted."""
    found = {}
    with sqlite3.connect(f"file:{package}?mode=ro", uri=True) as held:
        names = [name for (name,) in held.execute("SELECT table_name FROM gpkg_contents")]
        for name in names:
            columns = [
                row[1]
                for row in held.execute(f'PRAGMA table_info("{name}")')
                if row[1] not in ("fid", "source")
            ]
            listed = ", ".join(f'"{column}"' for column in columns)
            found[name] = sorted(map(repr, held.execute(f'SELECT {listed} FROM "{name}"')))
    return found


def test_a_stated_epoch_is_the_date_written(tmp_path: Path) -> None:
    """``SOURCE_DATE_EPOCH`` is the day in every file that bears one; without it, that is the run's day, never today's."""
    workspace(tmp_path / "in")
    quick = ("--no-figures", "--no-restoration")
    dated = screened(tmp_path, "a", {**HERE, "SOURCE_DATE_EPOCH": "1700000000"}, "022", *quick)
    plain = screened(tmp_path, "b", HERE, "022", *quick)
    for held, day in ((dated, "2023-11-14"), (plain, "2026-01-01")):
        place = tmp_path / "package"
        place.write_bytes(held["screening.gpkg"])
        with sqlite3.connect(place) as package:
            assert {row[0][:10] for row in package.execute("SELECT last_change FROM gpkg_contents")} == {day}
        place.write_bytes(held["report.docx"])
        with zipfile.ZipFile(place) as word:
            assert day.encode() in word.read("docProps/core.xml")
    shutil.rmtree(tmp_path / "in")


@pytest.mark.parametrize("engine", ["planar"])
def test_both_engines_give_the_same_figures(engine: str, tmp_path: Path) -> None:
    """Within a rule's limit the search tree and the compiled walks choose the same points."""
    workspace(tmp_path / "in")
    quick = ("--no-report", "--no-figures", "--no-restoration")
    screened(tmp_path, "a", HERE, "022", *quick)
    screened(tmp_path, "b", {**HERE, "HONGXIAN_ENGINE": engine}, "022", *quick)
    one, two = (tables(tmp_path / name / "screening.gpkg") for name in ("a", "b"))
    assert [name for name in one if one[name] != two[name]] == []
