"""The Dask engine with one and with two workers, beside one process: the same parts, the same bytes."""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from benches.parcels import parcels
from benches.results import machine
from benches.screen import forty
from geo.batches.engines import Dask, in_this_process
from geo.batches.folder import PartsFolder
from geo.batches.intake import sites_as_parts
from geo.batches.job import Job
from geo.batches.run import screen_parts
from geo.catalog import load_layers
from geo.contracts import conform
from geo.frames import SITES
from geo.rulebook import load_rulebook
from geo.starter import starter_folder

STATED = {"purpose": "project", "facts": "", "evidence": "", "adcode": "", "basis": "", "source": ""}


def run(options: argparse.Namespace) -> str:
    """A table: engine, seconds, sites a second, ratio to one worker."""
    count, size = (100_000, 5_000) if options.size == "full" else (1_000, 250)
    engines: dict[str, Any] = {
        "one process, no Dask": in_this_process,
        "Dask, 1 worker": Dask(workers=1),
        "Dask, 2 workers": Dask(workers=2),
    }
    job = Job(forty(load_rulebook()), load_layers(starter_folder()), date(2026, 1, 1), 0.95, 5.0)
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    said: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(options.rounds):
            for number, (name, engine) in enumerate(engines.items()):
                held = PartsFolder.open(Path(folder) / f"run-{turn}-{number}", "key")
                sites = conform(parcels(count, seed=21).assign(**STATED), SITES)
                sites_as_parts(iter([sites]), held, size)
                began = time.perf_counter()
                screen_parts(job, held, engine, lambda text: None)
                seconds[name].append(time.perf_counter() - began)
                said.add(_digest(held))
                print(f"  {turn + 1}/{options.rounds} {name}: {seconds[name][-1]:.1f} s", flush=True)
                held.remove()
    if len(said) != 1:
        raise RuntimeError("the engines do not say the same")
    one = statistics.median(seconds["Dask, 1 worker"])
    lines = [
        "### Dask",
        "",
        machine("dask", "distributed", "pyarrow", "numba"),
        "",
        f"{count:,} parcels, 40 rules, parts of {size:,}; all engines gave the same bytes. Start of the cluster included.",
        "",
        "| engine | seconds (median) | sites a second | × one worker |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, turns in seconds.items():
        middle = statistics.median(turns)
        lines.append(f"| {name} | {middle:.1f} | {count / middle:,.0f} | {one / middle:.2f} |")
    return "\n".join(lines)


def _digest(folder: PartsFolder) -> str:
    def parts() -> Iterator[bytes]:
        for path in sorted(folder.path.rglob("*.parquet")):
            yield path.read_bytes()

    together = hashlib.sha256()
    for content in parts():
        together.update(content)
    return together.hexdigest()
