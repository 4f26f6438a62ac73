"""Who screens the parts: this process, several on this machine, or the workers of a Dask cluster."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import geopandas as gpd

from geo.asides import aside
from geo.batches.arrow import unpacked
from geo.batches.job import Job
from geo.batches.part import screen_part
from geo.errors import RunError

if TYPE_CHECKING:
    from distributed import Client

Files = dict[str, bytes]
#: Asked for the sites of a part, as GeoParquet, when its turn has come.
SitesOf = Callable[[int], bytes]
#: The parts to screen, whose sites they are, the job → each part as it is finished.
Engine = Callable[[Job, Iterable[int], SitesOf], Iterator[tuple[int, Files]]]

#: Processes of a cluster on this machine, unless asked otherwise.
DASK_WORKERS = 2

#: A part that so many workers were lost with is given up: it takes more memory than a worker has.
_LOST_UP_TO = 5


def in_this_process(job: Job, numbers: Iterable[int], sites_of: SitesOf) -> Iterator[tuple[int, Files]]:
    """Part after part; the measuring itself uses all processors."""
    for number in numbers:
        yield number, screen_part(job, _sites(sites_of(number)))


def _sites(content: bytes) -> gpd.GeoDataFrame:
    return cast(gpd.GeoDataFrame, unpacked(content))


@dataclass(frozen=True)
class Processes:
    """Several processes on this machine, each with all layers: faster where memory allows."""

    count: int

    def __call__(self, job: Job, numbers: Iterable[int], sites_of: SitesOf) -> Iterator[tuple[int, Files]]:
        """Parts as they are finished; never more than two a process are under way."""
        # in a file: handed over at their birth, it would have each process wait for the one before
        with aside() as scratch:
            job.pack_into(scratch / "job")
            yield from self._screen(scratch / "job", numbers, sites_of)

    def _screen(self, job: Path, numbers: Iterable[int], sites_of: SitesOf) -> Iterator[tuple[int, Files]]:
        ahead = iter(numbers)
        threads = max(1, (os.cpu_count() or 1) // self.count)
        others = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(
            self.count,
            multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(job, threads),
        )
        running: dict[Future[Files], int] = {}
        try:
            for number in islice(ahead, 2 * self.count):
                with _unbroken():  # processes begin at the first of these
                    running[pool.submit(_screen, sites_of(number))] = number
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
                    for number in islice(ahead, 1):
                        running[pool.submit(_screen, sites_of(number))] = number
        except BrokenProcessPool as error:
            raise RunError(
                "一个筛查进程被系统终止（多半是内存不够）；已完成的各批保留，减小 --workers 或 --batch 再运行即续算"
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(multiprocessing.active_children()) - others:
                child.terminate()  # nobody waits for a part that is no longer wanted


@contextmanager
def _deaf() -> Iterator[None]:
    """What begins while it lasts, threads and the processes that they begin, does not hear Ctrl-C: that is for who asked."""
    if sys.platform == "win32":
        yield
        return
    from multiprocessing.resource_tracker import ensure_running

    ensure_running()  # begun with the first process, it would undo what follows
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _unbroken() -> Iterator[None]:
    """While processes begin, Ctrl-C waits. Half begun, each would complain on the screen."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    heard = [number for number, held in before.items() if callable(held)]
    for number in heard:
        signal.signal(number, lambda number, frame: came.append(number))
    try:
        with _deaf():
            yield
    finally:
        for number in heard:
            signal.signal(number, before[number])
        if came:
            signal.raise_signal(signal.Signals(came[0]))


_job: Job | None = None


def _begin(job: Path, threads: int) -> None:
    """What a process does first: Ctrl-C is for the process that asked."""
    global _job
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.setdefault("NUMBA_NUM_THREADS", str(threads))
    _job = Job.unpacked_from(job)


def _end_with_parent() -> None:
    """Where the process that asked is killed, nobody takes what is worked out here, and nobody else ends this one."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _screen(sites: bytes) -> Files:
    assert _job is not None
    return screen_part(_job, _sites(sites))


@dataclass(frozen=True)
class Dask:
    """The workers of a Dask cluster: at ``scheduler`` (``tcp://…``), else a cluster of ``workers`` processes here.

    Rules, layers and their indexes are sent once to each worker, also to one that joins later. A worker that is lost
    costs the parts it had under way; others screen them again.
    """

    scheduler: str = ""
    workers: int = DASK_WORKERS

    def __call__(self, job: Job, numbers: Iterable[int], sites_of: SitesOf) -> Iterator[tuple[int, Files]]:
        """Parts as they are finished; never more than two a worker's thread are under way."""
        refuse_without_dask()
        import dask
        from distributed import Client, LocalCluster

        if not self.scheduler:
            with ExitStack() as held:
                scratch = held.enter_context(aside())  # what workers put on disk goes with them
                held.enter_context(dask.config.set({"temporary-directory": str(scratch)}))
                with _deaf():
                    cluster = held.enter_context(
                        LocalCluster(
                            n_workers=self.workers,
                            threads_per_worker=1,
                            dashboard_address=None,
                            processes=True,
                            local_directory=str(scratch),
                            silence_logs=logging.CRITICAL,
                        )
                    )
                    client = held.enter_context(Client(cluster))
                yield from screen_on(client, job, numbers, sites_of)
            return
        try:
            client = Client(self.scheduler, timeout="10s")
        except (OSError, ValueError) as error:
            raise RunError(
                f"连不上 Dask 调度器 {self.scheduler}：{error}；核对地址，确认调度器已启动"
            ) from error
        with client:
            yield from screen_on(client, job, numbers, sites_of)


def refuse_without_dask() -> None:
    """Raise :class:`~geo.errors.RunError` where dask.distributed is not installed."""
    if find_spec("distributed") is None:
        raise RunError("--engine dask 要用 dask.distributed，没有安装；pip install 'hongxian[dask]'")


def screen_on(
    client: Client, job: Job, numbers: Iterable[int], sites_of: SitesOf
) -> Iterator[tuple[int, Files]]:
    """Screen parts on the workers that a client of dask.distributed has; what is under way goes when nobody listens."""
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    client.register_plugin(_brings(job))
    ahead = iter(numbers)
    run = uuid.uuid4().hex[:8]

    def submit(number: int) -> Any:
        content = sites_of(number)
        return client.submit(
            _screen_there, job.key, content, key=f"part-{run}-{number}", retries=_LOST_UP_TO, pure=False
        )

    threads = max(sum(client.nthreads().values()), 1)
    running = {future: number for number in islice(ahead, 2 * threads) for future in [submit(number)]}
    finished = as_completed(list(running))
    try:
        for future in finished:
            number = running.pop(future)
            try:
                files = future.result()
            except KilledWorker as error:
                raise RunError(
                    f"第 {number + 1} 批几次使工作进程终止（多半是内存不够）；减小 --batch 再运行即续算：{error}"
                ) from error
            future.release()
            yield number, files
            for more in islice(ahead, 1):
                another = submit(more)
                running[another] = more
                finished.add(another)
    finally:
        with suppress(Exception):  # a cluster that is gone has nothing to cancel
            client.cancel(list(running))


#: What a worker was sent, by key.
_jobs: dict[str, Job] = {}


def _screen_there(key: str, sites: bytes) -> Files:
    """A task on a worker."""
    return screen_part(_jobs[key], _sites(sites))


def _keep_job(key: str, content: bytes) -> None:
    _jobs.setdefault(key, Job.unpacked(content))


def _brings(job: Job) -> Any:
    """What brings a job to every worker, those that join later too."""
    from distributed import WorkerPlugin

    key, content = job.key, job.packed()

    class Brings(WorkerPlugin):
        name = f"hongxian-{key[:16]}"

        def setup(self, worker: Any) -> None:
            _keep_job(key, content)

    return Brings()
