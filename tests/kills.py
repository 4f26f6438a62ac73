"""Run one command of hongxian again and again in forked processes, and end each at another moment.

A script, so that no thread of the test runner is forked: ``python tests/kills.py < spec.json`` prints what became of every
attempt as JSON. Modules and the rule book are loaded once, before forking, so that an attempt takes as long as its work.

``words``: the command; ``target``: what it makes; ``inputs``: folder whose files must stay; ``events`` and ``times``: at how many
file events and at which fractions of the time it is killed; ``signal``: by which signal (9 unless stated); ``uid``: as whom.
``rules``: the only rules, so that it is quick; ``cache_from``: bytes from
which layers are kept in the cache; ``fresh``: a folder emptied before each kill; ``warm``: a command run
before forking.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import multiprocessing.connection  # noqa: F401  (another user may not be allowed to read the standard library later)
import os
import random
import shutil
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import geo.cache
import geo.cli
import geo.rulebook
import geo.writers
import geo.writers.availability
import geo.writers.restoration
from geo.asides import MARK

#: What Python tells of work on files; libraries written in C are met by the kills in time.
EVENTS = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.chmod", "shutil.rmtree", "sqlite3.connect"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def digest(path: Path) -> dict[str, str]:
    """Every file under a path and its hash."""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return {str(p.relative_to(path)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def left_over(place: Path) -> list[str]:
    """Folders that a kill left, by their mark."""
    return sorted(p.name for p in place.iterdir() if MARK in p.name)


def attempt(spec: dict[str, Any], said: Path, at_event: int = 0, after_s: float = 0.0) -> dict[str, Any]:
    """One forked run; its exit code (negative: by a signal), how long it took, how many events it had."""
    number = spec.get("signal", signal.SIGKILL)
    read, write = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(read)
        _run(spec, said, write, at_event, number)
    os.close(write)
    if after_s:
        time.sleep(after_s)
        os.kill(child, number)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "s": time.monotonic() - started,
        "events": int(told or b"0"),
        "said": said.read_text(encoding="utf-8", errors="replace") if said.exists() else "",
    }


def _run(spec: dict[str, Any], said: Path, write: int, at_event: int, number: int) -> None:
    """The child: what it says goes into a file, and its events are counted."""
    count, on = 0, True

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if not on or not (event in EVENTS or (event == "open" and (arguments[2] or 0) & _WRITES)):
            return
        count += 1
        if count == at_event:
            os.kill(os.getpid(), number)

    for stopping in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # whoever runs the tests may ignore them
        signal.signal(stopping, signal.SIG_DFL)
    handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    if "uid" in spec:
        os.setgid(spec["uid"])
        os.setuid(spec["uid"])
    sys.argv = ["hongxian", *spec["words"]]
    sys.addaudithook(hook)
    code = 0
    try:
        geo.cli.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException as error:
        print(f"TRACEBACK {type(error).__name__}: {error}", flush=True)
        code = 99
    on = False
    sys.stdout.flush()
    os.write(write, str(count).encode())
    os._exit(code)


def killed(spec: dict[str, Any]) -> dict[str, Any]:
    """Whole runs first, to know the result, the events and the time; then the kills."""
    target, inputs = Path(spec["target"]), Path(spec["inputs"])
    place, said = target.parent, inputs.parent / "said.txt"
    before = digest(inputs)
    start = digest(target) if target.exists() else None  # a file that the command changes in place
    kept = target.with_name(f"{target.name}.before")
    if start is not None:
        shutil.copyfile(target, kept)
    attempt(spec, said)  # what is computed once and kept elsewhere is there from now on
    _reset(target, kept)
    if "fresh" in spec:
        _empty(Path(spec["fresh"]))
    first = attempt(spec, said)
    whole = digest(target)
    _reset(target, kept)
    chance = random.Random(7)
    late = range(max(1, first["events"] - 5), first["events"] + 1)
    events = sorted({*late, *(chance.randint(1, first["events"]) for _ in range(spec.get("events", 0)))})
    times = sorted(chance.uniform(0.05, 1.0) for _ in range(spec.get("times", 0)))
    moments = [(n, 0.0) for n in events[-spec.get("events", 0) or len(events) :]] + [(0, t) for t in times]
    found: dict[str, Any] = {"first": first, "whole": len(whole), "attempts": 0, "faults": [], "none": 0, "all": 0, "swept": 0}  # fmt: skip
    for at_event, fraction in moments:
        if "fresh" in spec:
            _empty(Path(spec["fresh"]))
        result = attempt(spec, said, at_event, fraction * first["s"])
        found["attempts"] += 1
        here = digest(target) if target.exists() else None
        if here == start:
            found["none"] += 1
        elif here == whole:
            found["all"] += 1
        else:
            found["faults"].append(f"{at_event or fraction}: half a result: {result}")
        unchanged = {name: value for name, value in digest(inputs).items() if name in before}
        if unchanged != before and not spec.get("changes"):
            found["faults"].append(f"{at_event or fraction}: an input changed")
        left = left_over(place)
        if len(left) > 1 or (left and result["code"] != -signal.SIGKILL):
            found["faults"].append(f"{at_event or fraction}: left over {left} after {result['code']}")
        found["swept"] += len(left)
        _reset(target, kept)
    last = attempt(spec, said)
    if last["code"] != 0 or digest(target) != whole or left_over(place):
        found["faults"].append(f"the next run: {last}, {left_over(place)}")
    return found


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _reset(target: Path, kept: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    if kept.exists():
        shutil.copyfile(kept, target)


def main() -> None:
    """What standard input asks for."""
    warnings.simplefilter("ignore")
    spec = json.load(sys.stdin)
    book = geo.rulebook.load_rulebook()
    few = book.only(spec["rules"]) if "rules" in spec else book
    geo.rulebook.load_rulebook = lambda *given, **named: few  # type: ignore[assignment]
    if "cache_from" in spec:
        geo.cache.LayerCache = functools.partial(geo.cache.LayerCache, from_bytes=spec["cache_from"])  # type: ignore[assignment,misc]
    if (
        "warm" in spec
    ):  # another user may not be allowed to read the interpreter's own modules: all are loaded now
        sys.argv = ["hongxian", *spec["warm"]]
        with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(SystemExit):
            geo.cli.main()
    told = killed(spec) if "target" in spec else attempt(spec, Path(spec["said"]), spec.get("at_event", 0))
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main()
