"""Memory of large runs: seeded parcels screened in parts by four rules of the book, ever more of them, up to a million.

What a part takes hangs on the rules, what the run as a whole keeps of each site does not: it is this that must not grow.

Beside the time: the most memory that the run's processes held together and the parent alone, sampled five times a second (pages that
processes share count once), and what each further site added to it between one count and the next. The goal: a million sites
under 4 GB, in one process.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benches.parcels import write_parcels
from benches.results import machine

#: What the issue of long runs allows a million sites.
GOAL_MB = 4096
_RULES = "4"


def run(options: argparse.Namespace) -> str:
    """A table: sites, processes, seconds, megabytes at most, bytes a further site."""
    counts = (100_000, 200_000, 1_000_000) if options.size == "full" else (10_000, 20_000)
    if options.only:
        counts = tuple(int(count) for count in options.only)
    lines = [
        "### Memory",
        "",
        machine("numpy", "pandas", "pyarrow", "pyogrio"),
        "",
        "| sites | processes | seconds | peak of all, MB | peak of the parent, MB | bytes a further site |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for workers in (1, 2):
            before: tuple[int, float] | None = None
            for count in counts if workers == 1 else counts[:1]:
                lists = work / f"parcels-{count}.gpkg"
                if not lists.exists():
                    write_parcels(count, lists)
                seconds, together, parent = measured(lists, work / f"run-{workers}-{count}", workers)
                more = f"{(together - before[1]) * 2**20 / (count - before[0]):,.0f}" if before else ""
                before = (count, together)
                lines.append(
                    f"| {count:,} | {workers} | {seconds:.0f} | {together:,.0f} | {parent:,.0f} | {more} |"
                )
                print(lines[-1], flush=True)
    return "\n".join(lines)


def measured(lists: Path, out: Path, workers: int) -> tuple[float, float, float]:
    """Seconds of a run, and megabytes that its processes held at most together and the first alone."""
    began = time.monotonic()
    said = out.with_suffix(".txt")
    with said.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "benches.screen", str(lists), str(out), _RULES, str(workers)],
            cwd=Path(__file__).parents[1],
            stdout=file,
            stderr=file,
        )
        together = parent = 0.0
        while process.poll() is None:
            family = [process.pid, *_children(process.pid)]
            held = [_mb(pid) for pid in family]
            together, parent = max(together, sum(held)), max(parent, held[0])
            time.sleep(0.2)
    if process.returncode:
        raise RuntimeError(said.read_text(encoding="utf-8"))
    return time.monotonic() - began, together, parent


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    except OSError:
        return []
    return [*found, *(below for child in found for below in _children(child))]


def _mb(pid: int) -> float:
    """Memory of a process, its share of what is shared: proportional set size."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0
