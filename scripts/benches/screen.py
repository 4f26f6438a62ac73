"""End to end: ``hongxian screen`` of seeded parcels to a GeoPackage with verdicts and reasons.

Two workloads: 40 rules of the book and all of them, on the starter layers. Time is split by stage (processor seconds and seconds on the
wall), peak memory is the child's own; beside it ten sites with the whole book, and the growth of time from a tenth of the parcels.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from benches.parcels import write_parcels
from benches.results import machine
from benches.turns import peak_mb

DAY = date(2026, 1, 1)
#: Stages that measure; the others are what the goal calls outside measuring.
MEASURING = ("match", "zones", "measure")


def run(options: argparse.Namespace) -> str:
    """A table: workload, parcels, seconds by stage, peak memory, share outside measuring."""
    count = 100_000 if options.size == "full" else 2_000
    lines = [
        "### End to end",
        "",
        machine("numpy", "pandas", "shapely", "numba", "pyarrow", "pyogrio"),
        "",
        "| workload | sites | seconds | processor s | peak MB | read | match | measure | judge | advice | write | outside measuring |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for rules, sites, workers in (
            ("40", count // 10, 1),
            ("40", count, 1),
            ("40", count, 2),
            ("all", 10, 1),
            ("all", count // 10, 1),
        ):
            lists = work / f"parcels-{sites}.gpkg"
            if not lists.exists():
                write_parcels(sites, lists)
            told = _child(lists, work / f"run-{rules}-{sites}-{workers}", rules, workers)
            spent = told["stages"]
            one = workers == 1  # stages within other processes are not seen
            outside = 1 - sum(spent.get(name, 0.0) for name in MEASURING) / max(told["processor_s"], 1e-9)
            cells = [f"{spent.get(name, 0.0):.1f}" for name in ("read", "match")]
            cells.append(f"{spent.get('zones', 0.0) + spent.get('measure', 0.0):.1f}")
            cells += [f"{spent.get(name, 0.0):.1f}" for name in ("judge", "advice", "write")]
            lines.append(
                f"| {rules} rules, {workers} process{'es' if workers > 1 else ''} | {sites:,} | {told['seconds']:.1f} | "
                f"{told['processor_s']:.1f} | {told['peak_mb']:,.0f} | "
                + (f"{' | '.join(cells)} | {outside:.0%} |" if one else "| | | | | | |")
            )
            print(lines[-1], flush=True)
    lines += [
        "",
        "Stages in processor seconds; `advice`: surveys, conflicts, existing projects, days of expiry.",
    ]
    return "\n".join(lines)


def _child(lists: Path, out: Path, rules: str, workers: int) -> dict[str, Any]:
    """The run in a process of its own, so that its memory and start-up are its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benches.screen", str(lists), str(out), rules, str(workers)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def forty(book: Any, count: int = 40) -> Any:
    """Forty rules of the book that measure from layers, taken evenly."""
    mapped = [rule.id for rule in book.in_force(DAY) if rule.measured_from]
    return book.only(mapped[:: max(1, len(mapped) // count)][:count])


def main() -> None:
    """One run, its stages timed; the last line printed is JSON."""
    began, spent_before = time.perf_counter(), sum(os.times()[:4])
    lists, out, rules = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    sys.path.insert(0, str(Path(__file__).parents[2]))
    import geo.assessment
    import geo.batches.engines
    import geo.batches.part
    import geo.batches.run
    from geo.garbage import rarely_collected
    from geo.runs.request import Request
    from geo.starter import starter_folder

    stages: dict[str, float] = {}

    @contextmanager
    def timed(stage: str) -> Any:
        start = time.process_time()
        inner = sum(stages.values())
        yield
        # a stage within a stage counts once
        spent = time.process_time() - start - (sum(stages.values()) - inner)
        stages[stage] = stages.get(stage, 0.0) + spent

    def watch(module: Any, name: str, stage: str) -> None:
        function = getattr(module, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            with timed(stage):
                return function(*arguments, **named)

        setattr(module, name, watched)

    for name, stage in {
        "match_sites": "match",
        "find_zones": "zones",
        "measure_sites": "measure",
        "judge_findings": "judge",
        "list_surveys": "advice",
        "list_conflicts": "advice",
    }.items():
        watch(geo.assessment, name, stage)
    for name in ("add_existing", "add_expiry"):
        watch(geo.batches.part, name, "advice")
    watch(geo.batches.run, "take_in", "read")
    watch(geo.batches.run, "write_large", "write")
    if rules != "all":
        load = geo.batches.run.load_rulebook
        geo.batches.run.load_rulebook = lambda **named: forty(load(**named), int(rules))
    request = Request((lists,), starter_folder() / "manifest.yaml", DAY, move_radius_m=0.0)
    workers = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    engine = geo.batches.engines.Processes(workers) if workers > 1 else geo.batches.engines.in_this_process
    with rarely_collected():  # as the command line does
        record = geo.batches.run.screen_large(request, out, geo.batches.run.Large(engine=engine))
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - began,
                "processor_s": sum(os.times()[:4]) - spent_before,
                "peak_mb": peak_mb() + workers * peak_mb(children=True) * (workers > 1),
                "stages": stages,
                "outcomes": record["outcomes"],
            }
        )
    )


if __name__ == "__main__":
    main()
