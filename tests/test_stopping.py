"""A signal ends the program within two seconds and leaves nothing, wherever it strikes: in a long call in C, where nothing may
be raised, in a library that answers with an error of its own.

``scripts/bench stops`` measures whole commands at random moments; some of them are stopped here too. Times allow for a busy machine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import seeded  # noqa: F401  (puts scripts on the path)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent to processes as Unix has it")

ROOT = Path(__file__).resolve().parents[1]
#: Two seconds, and what a busy machine may add.
AT_MOST_S = 6.0
BEGIN = """
import contextlib, gc, hashlib, os, signal, sys, time, weakref
from pathlib import Path
import geo.cli
from geo.asides import aside
signal.signal(signal.SIGINT, signal.SIG_DFL)

def strike(after=0.2):
    import threading
    threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT)).start()

def work():
    with aside(Path(sys.argv[1]), "result") as folder:
        (folder / "half.txt").write_text("half")
        body(folder)
        print("came to its end", flush=True)

geo.cli.app = work
"""
BODIES = {
    "a long call in C": """
def body(folder):
    strike()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)
""",
    "a loop": """
def body(folder):
    strike()
    while True:
        pass
""",
    "where nothing may be raised": """
class Dying:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass

def body(folder):
    dying = Dying()
    del dying
    end = time.monotonic() + 30
    while time.monotonic() < end:
        pass
""",
    "a library with an answer of its own": """
@contextlib.contextmanager
def library():
    try:
        yield
    finally:
        raise ValueError("inconsistent exit action")

def body(folder):
    strike()
    with library():
        while True:
            pass
""",
    "a library that takes it for a fault": """
def body(folder):
    strike()
    from geo.errors import LayerError
    try:
        while True:
            pass
    except BaseException as error:
        raise LayerError("图层读不了；核对图层")
""",
    "helping processes that do not listen": """
import multiprocessing

def deaf():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)

def body(folder):
    helper = multiprocessing.get_context("fork").Process(target=deaf)
    helper.start()
    (folder.parent / "pid").write_text(str(helper.pid))
    strike(0.5)
    try:
        time.sleep(30)
    finally:
        helper.join()
""",
}


def at_work(pid: int) -> bool:
    """Whether a process is there still, one that ended and waits to be fetched (a zombie) not counted."""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(") ")[2][:1] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("where", BODIES)
def test_a_signal_ends_the_program_wherever_it_strikes(where: str, tmp_path: Path) -> None:
    code = f"{BEGIN}{BODIES[where]}\ngeo.cli.main()"
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert time.monotonic() - began < AT_MOST_S + 2
    assert done.returncode == 130, done.stderr
    assert "已中断，没有留下半成品" in done.stderr and "Traceback" not in done.stderr
    assert "came to its end" not in done.stdout
    helper = tmp_path / "pid"
    if helper.exists():
        ends = time.monotonic() + 2  # it was killed; the system may take a moment
        while at_work(int(helper.read_text())) and time.monotonic() < ends:
            time.sleep(0.01)
        assert not at_work(int(helper.read_text()))
        helper.unlink()
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_ends_all_the_same_is_whole(tmp_path: Path) -> None:
    """The signal comes as the work is done: what is there is there, and nobody says otherwise."""
    code = f"""{BEGIN}
def body(folder):
    folder.rename(folder.parent / "whole")
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):
        pass

def late():
    try:
        work()
    except BaseException:
        pass

geo.cli.app = late
geo.cli.main()
time.sleep(1.5)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0 and "已中断" not in done.stderr, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]


def test_a_long_command_stops_at_any_moment() -> None:
    """One of those that ``scripts/bench stops`` measures, the shortest."""
    from benches import stops

    with tempfile.TemporaryDirectory(prefix="hongxian-stops-") as folder:
        work = Path(folder) / "work"
        stops.lay_out(work, parcels=2, plots=5_000)
        found = stops.stopped("layers add", work, times=3)
    print(f"\n{stops.row('layers add', found)}")
    assert found.faults == []
    assert found.seconds and max(found.seconds) < AT_MOST_S


@pytest.mark.parametrize("name", ["two workers", "dask"])
def test_helping_processes_stop_too_and_leave_nothing(name: str) -> None:
    """Stopped once, when its sites are in parts and processes have begun."""
    pytest.importorskip("distributed" if name == "dask" else "pyarrow")
    from benches import stops

    with tempfile.TemporaryDirectory(prefix="hongxian-stops-") as folder:
        work, place = Path(folder) / "work", Path(folder) / "place"
        stops.lay_out(work, parcels=60, plots=2)
        for part in ("at", "temporary", "cache"):
            (place / part).mkdir(parents=True)
        process = stops.begin(stops.VERBS[name], work, place)
        parts = place / "at" / "out.parts"
        until = time.monotonic() + 120
        while not (parts / "read.json").exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1.0)
        assert process.poll() is None, (place / "said").read_text(encoding="utf-8")
        sent = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        code = process.wait(timeout=60)
        took = time.monotonic() - sent
        while stops.alive(process.pid) and time.monotonic() < sent + 30:
            time.sleep(0.05)
        print(
            f"\n{name}: {took:.2f} s to the end, {time.monotonic() - sent:.2f} s to that of its last process"
        )
        said = (place / "said").read_text(encoding="utf-8", errors="replace")
        assert code == 130 and "已完成的各批留在" in said and "Traceback" not in said, said
        assert took < AT_MOST_S and not stops.alive(process.pid)
        assert list(stops.left(place, (".parts",))) == []
