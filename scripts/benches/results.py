"""What benchmarks found, kept in ``scripts/bench_results.md`` between marks; the machine it was found on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[1] / "bench_results.md"
_HEAD = (
    "# Results of the benchmarks\n\nWritten by `scripts/bench NAME`; each says its machine and versions.\n"
)


def keep(name: str, text: str) -> None:
    """Replace what is kept of a benchmark, or add it."""
    before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else _HEAD
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    block = f"{begin}\n{text.strip()}\n{end}"
    if begin in before:
        head, rest = before.split(begin, 1)
        after = head + block + rest.split(end, 1)[1]
    else:
        after = f"{before.rstrip()}\n\n{block}\n"
    RESULTS.write_text(after, encoding="utf-8")


def machine(*packages: str) -> str:
    """The processor, how many of them, Python and the versions of packages of this environment."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [
            line for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name")
        ]
        model = named[0].split(":", 1)[1].strip() if named else model
    held = []
    for package in packages:
        try:
            held.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            held.append(f"{package} not installed")
    return ", ".join([f"{os.cpu_count()} × {model}", f"Python {platform.python_version()}", *held])
