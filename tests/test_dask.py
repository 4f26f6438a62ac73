"""The same parts on a Dask cluster: to the byte what one process says, whatever becomes of its workers."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from seeded import parcels

from geo import load_layers, load_rulebook, starter_folder
from geo.batches.engines import Dask, in_this_process, screen_on
from geo.batches.folder import PartsFolder
from geo.batches.intake import sites_as_parts
from geo.batches.job import Job
from geo.batches.run import screen_parts
from geo.contracts import conform
from geo.errors import RunError
from geo.frames import SITES

pytest.importorskip("pyarrow")
distributed = pytest.importorskip("distributed")

pytestmark = [
    # what distributed says of its own workers when they are killed is no matter of ours
    pytest.mark.filterwarnings("default"),
]

DAY = date(2026, 1, 1)
STATED = {"purpose": "project", "facts": "", "evidence": "", "adcode": "", "basis": "", "source": ""}


@pytest.fixture(scope="module")
def job() -> Job:
    return Job(
        load_rulebook().only(["YC-15", "TY-10", "TA-15"]), load_layers(starter_folder()), DAY, 0.95, 5.0
    )


def _parts(folder: Path, count: int, size: int, points: bool = False) -> PartsFolder:
    held = PartsFolder.open(folder, "key")

    def pieces() -> Iterator[gpd.GeoDataFrame]:
        for first in range(0, count, 100_000):
            own = parcels(min(100_000, count - first), seed=first + 1).assign(**STATED)
            own["site_id"] = [f"P-{first + number}" for number in range(len(own))]
            if points:
                own = own.set_geometry(own.representative_point())
            yield conform(own, SITES)

    sites_as_parts(pieces(), held, size)
    return held


def _same_files(one: PartsFolder, other: PartsFolder) -> None:
    names = [path.relative_to(one.path) for path in sorted(one.path.rglob("*")) if path.is_file()]
    assert names == [p.relative_to(other.path) for p in sorted(other.path.rglob("*")) if p.is_file()]
    for name in names:
        if name.suffix == ".parquet":
            assert (one.path / name).read_bytes() == (other.path / name).read_bytes(), name


def test_a_killed_worker_changes_nothing(job: Job, tmp_path: Path) -> None:
    here, there = (_parts(tmp_path / name, 120, 15) for name in ("here", "there"))
    screen_parts(job, here, in_this_process, lambda text: None)
    killed: list[int] = []
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):

        def engine(job: Job, numbers: object, sites_of: object) -> Iterator[tuple[int, dict[str, bytes]]]:
            for number, files in screen_on(client, job, numbers, sites_of):  # type: ignore[arg-type]
                if not killed:
                    victim = next(iter(client.run(os.getpid).values()))
                    os.kill(victim, signal.SIGKILL)
                    killed.append(victim)
                yield number, files

        screen_parts(job, there, engine, lambda text: None)
        assert killed and killed[0] not in client.run(os.getpid).values()
    _same_files(here, there)


def test_a_scheduler_that_is_not_there_is_a_clear_fault(job: Job, tmp_path: Path) -> None:
    folder = _parts(tmp_path / "run", 5, 5)
    with pytest.raises(RunError, match="连不上 Dask 调度器"):
        screen_parts(job, folder, Dask("tcp://127.0.0.1:9"), lambda text: None)


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("HONGXIAN_DASK_SITES"), reason="asked for by HONGXIAN_DASK_SITES=5000000"
)
def test_millions_of_points_on_a_local_cluster(job: Job, tmp_path: Path) -> None:
    count = int(os.environ["HONGXIAN_DASK_SITES"])
    folder = _parts(tmp_path / "run", count, 20_000, points=True)
    began = time.monotonic()
    screen_parts(job, folder, Dask(workers=2), lambda text: print(text, file=sys.stderr, flush=True))
    print(f"{count} points: {time.monotonic() - began:.0f} s", file=sys.stderr)
    parts = -(-count // 20_000)
    sites = sum(
        len(pd.read_parquet(path, columns=["site_id"])) for path in folder.files("sites.parquet", parts)
    )
    assert sites == count
