"""How long a long command takes to end when it is stopped, at random moments, and what it leaves behind.

Every verb runs once whole, to know how long it takes; then again and again, each time stopped by Ctrl-C (a signal to all its processes) or
by a signal to it alone, at another moment. Time runs from the signal until the command is gone, and until its helpers are. What must hold: exit
code 128 and the signal's number, inputs untouched, no result, no temporary file, nothing half-written in the cache.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benches.results import machine

ROOT = Path(__file__).resolve().parents[2]
#: What the issue of long runs asks for.
GOAL_S = 2.0


@dataclass(frozen=True)
class Verb:
    """A long command: its words with ``{work}`` and ``{out}``; ``kept`` what may stay beside the result."""

    words: tuple[str, ...]
    kept: tuple[str, ...] = ()
    changes: str = ""  # an input that it changes in place: as it was or as a whole run leaves it


VERBS = {
    "screen": Verb(("screen", "{work}/sites.csv", "--out", "{out}", "--rasters", "--raster-adcode", "140882")),
    "screen in parts": Verb(
        ("screen", "{work}/parcels.gpkg", "--out", "{out}", "--batch", "500", "--parquet"), (".parts",)
    ),
    "two workers": Verb(
        ("screen", "{work}/parcels.gpkg", "--out", "{out}", "--batch", "500", "--workers", "2"), (".parts",)
    ),
    "dask": Verb(
        ("screen", "{work}/parcels.gpkg", "--out", "{out}", "--batch", "500", "--engine", "dask", "--workers", "2"),
        (".parts",),
    ),
    "where": Verb(("where", "--industry", "2521", "--adcode", "140882", "--resolution", "20m", "--out", "{out}")),
    "where cells": Verb(
        ("where", "--industry", "2521", "--adcode", "1408", "--raster-only", "--resolution", "30m", "--out", "{out}")
    ),
    "restore": Verb(("restore", "--adcode", "1408", "--rasters", "--out", "{out}")),
    "layers add": Verb(
        ("layers", "add", "{work}/JBNT.gpkg", "--manifest", "{work}/manifest.yaml", "--theme", "farmland_permanent",
         "--accuracy", "1", "--as-of", "none", "--source", "s", "--licence", "l", "--covers", "1408", "--yes"),
        changes="manifest.yaml",
    ),
}  # fmt: skip


@dataclass
class Found:
    """Of a verb: seconds of a whole run, seconds from signal to end, faults."""

    whole_s: float
    seconds: list[float] = field(default_factory=list)
    helpers_s: list[float] = field(default_factory=list)  # until the last process that helped is gone too
    faults: list[str] = field(default_factory=list)
    finished: int = 0  # before the signal came


def lay_out(work: Path, parcels: int, plots: int) -> None:
    """The inputs: example sites, seeded parcels, a manifest and a large layer to be added to it."""
    from benches.parcels import write_parcels
    from geo.starter import starter_folder

    work.mkdir(parents=True)
    for held in starter_folder().iterdir():
        if held.suffix in (".gpkg", ".yaml", ".csv"):
            shutil.copyfile(held, work / held.name)
    shutil.copyfile(work / "example_sites.csv", work / "sites.csv")
    write_parcels(parcels, work / "parcels.gpkg")
    _plots(plots, work / "JBNT.gpkg")


def _plots(count: int, path: Path) -> None:
    import geopandas as gpd
    import numpy as np
    import pyogrio
    import shapely

    places = np.random.default_rng(3).uniform((110.4, 34.8), (111.2, 35.8), (count, 2))
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ring = 0.0005 * np.column_stack([np.cos(angles), np.sin(angles)])
    shapes = shapely.polygons(places[:, None, :] + ring)
    pyogrio.write_dataframe(
        gpd.GeoDataFrame({"DLMC": "水田"}, index=range(count), geometry=shapes, crs=4490), path
    )


def stopped(name: str, work: Path, times: int, seed: int = 1) -> Found:
    """A verb run whole, then stopped ``times`` times at moments spread at random over its length."""
    verb, place = VERBS[name], work.parent / name.replace(" ", "-")
    place.mkdir()
    for part in ("at", "temporary", "cache"):
        (place / part).mkdir()
    chance = random.Random(f"{seed} {name}")
    begin(verb, work, place).wait()  # what is compiled and cached once is there from now on
    manifest = (work / "manifest.yaml").read_bytes()
    found = Found(0.0)
    _clear(place, work)
    began = time.monotonic()
    if (code := begin(verb, work, place).wait()) != 0:
        raise RuntimeError(f"{name}: exit code {code}\n{(place / 'said').read_text(encoding='utf-8')}")
    found.whole_s, whole = time.monotonic() - began, _hashes(work)
    for number in range(times):
        _clear(place, work)
        before = _hashes(work)
        process = begin(verb, work, place)
        while not (place / "begun").exists() and process.poll() is None:
            time.sleep(0.01)  # until it listens, the interpreter answers in its own way
        time.sleep(0.05 + found.whole_s * chance.uniform(number, number + 1) / times)
        everyone = chance.random() < 0.7
        kind = chance.choice([signal.SIGINT, signal.SIGINT, signal.SIGTERM])
        if process.poll() is not None:
            found.finished += 1
            continue
        sent = time.monotonic()
        (os.killpg if everyone else os.kill)(process.pid, kind)
        code = process.wait(timeout=120)
        seconds = time.monotonic() - sent
        while alive(process.pid) and time.monotonic() - sent < 120:
            time.sleep(0.005)
        helpers_s = time.monotonic() - sent
        if code in (0, -kind):  # done, or done and the interpreter was about to go
            found.finished += 1
            _clear(place, work)
            continue
        found.seconds.append(seconds)
        found.helpers_s.append(helpers_s)
        faults = [] if code == 128 + kind else [f"exit code {code}"]
        said = (place / "said").read_text(encoding="utf-8", errors="replace")
        if "已中断" not in said or "Traceback" in said:
            faults.append(f"said {said[-600:]!r}")
        after = _hashes(work)
        if {**after, verb.changes: ""} != {**before, verb.changes: ""}:
            faults.append("an input changed")
        if verb.changes and after[verb.changes] not in (before[verb.changes], whole[verb.changes]):
            faults.append(f"{verb.changes} is half written")
        faults += [f"left {left}" for left in left(place, verb.kept)]
        if faults:
            found.faults.append(
                f"{name} {number}, {kind.name} to {'all' if everyone else 'one'}: {'; '.join(faults)}"
            )
    _clear(place, work)
    (work / "manifest.yaml").write_bytes(manifest)
    return found


def begin(verb: Verb, work: Path, place: Path) -> subprocess.Popen[bytes]:
    """A command in a process group of its own; what it says goes to ``said`` in a place of its own."""
    named = {"work": work, "out": place / "at" / "out"}
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(place / "temporary"),
        "HONGXIAN_CACHE": str(place / "cache"),
        "DASK_TEMPORARY_DIRECTORY": str(place / "temporary"),
    }
    if not (work / "manifest.before").exists():
        shutil.copyfile(work / "manifest.yaml", work / "manifest.before")

    def own() -> None:  # a process that the shell or the tests run in the background ignores signals
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)

    with (place / "said").open("wb") as said:
        return subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from geo.cli import main; open('begun', 'w').close(); main()",
                *(word.format(**named) for word in verb.words),
            ],
            stdout=said,
            stderr=said,
            cwd=place,
            env=environment,
            start_new_session=True,
            preexec_fn=own,
        )


def _clear(place: Path, work: Path) -> None:
    (place / "begun").unlink(missing_ok=True)
    for held in (place / "at").iterdir():
        shutil.rmtree(held)
    shutil.copyfile(work / "manifest.before", work / "manifest.yaml")


def alive(group: int) -> bool:
    """Whether a process of a group is at work still; one that has ended and is not yet fetched by its parent is not."""
    if not Path("/proc/self/stat").exists():
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        return True
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(") ")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(its_group) == group and state not in "ZX":
            return True
    return False


def _hashes(work: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in work.iterdir() if p.is_file()}


def left(place: Path, kept: tuple[str, ...]) -> Iterable[str]:
    """What a command left that it should not have."""
    allowed = {f"out{suffix}" for suffix in kept}
    yield from (held.name for held in (place / "at").iterdir() if held.name not in allowed)
    yield from (f"temporary {held.relative_to(place)}" for held in (place / "temporary").iterdir())
    unfinished = (
        p for p in (place / "cache").rglob("*") if p.name.startswith((".", "tmp")) or p.suffix == ".part"
    )
    yield from (f"half-written {held.relative_to(place)}" for held in unfinished)


def row(name: str, found: Found) -> str:
    """A verb in the table."""
    held = sorted(found.seconds)
    beyond = sum(seconds > GOAL_S for seconds in held)
    return (
        f"| {name} | {found.whole_s:.1f} | {len(held)} | {statistics.median(held or [0.0]):.2f} | "
        f"{held[int(0.9 * len(held))] if held else 0.0:.2f} | {max(held, default=0.0):.2f} | {beyond} | "
        f"{max(found.helpers_s, default=0.0):.2f} | {len(found.faults)} |"
    )


def run(options: argparse.Namespace) -> str:
    """A table: verb, seconds of a whole run, times stopped, seconds from signal to end."""
    times = 5 * options.rounds if options.size == "full" else options.rounds
    lines = [
        "### Stopping",
        "",
        machine("numba", "pyogrio", "distributed"),
        "",
        "| command | whole run, s | stopped | median, s | 90 %, s | longest, s | beyond 2 s | last helper, s | faults |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work"
        lay_out(work, *((3_000, 100_000) if options.size == "full" else (1_000, 5_000)))
        for name in options.only or VERBS:
            found = stopped(name, work, times)
            lines.append(row(name, found))
            faults += found.faults
            print(lines[-1], *found.faults, sep="\n", flush=True)
    return "\n".join(
        [
            *lines,
            "",
            "From the signal until the command is gone; last helper: until every process of it is, the longest.",
            *faults,
        ]
    )
