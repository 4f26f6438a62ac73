"""How long it takes to begin: ``hongxian --help``, ten sites with the whole rule book, and what imports alone cost."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from benches.results import machine

ROOT = Path(__file__).resolve().parents[2]
HONGXIAN = str(Path(sys.executable).with_name("hongxian"))
EXAMPLES = ROOT / "layers" / "example_sites.csv"
_ASSESS = """
from datetime import date
from geo import assess, load_layers, load_rulebook, read_sites, starter_folder
sites = read_sites(FILE)
assert len(assess(load_rulebook(), load_layers(starter_folder()), sites, on=date(2026, 1, 1)).verdicts) == 10
"""
_PYTHON = [sys.executable, "-c"]


def run(options: argparse.Namespace) -> str:
    """Whole processes, in turns; the first turn fills the caches and is not counted."""
    if options.profile:
        with tempfile.TemporaryDirectory() as folder:
            return _profile(_ten_sites(Path(folder)))
    work = {
        "python alone": [*_PYTHON, "pass"],
        "`hongxian --help`": [HONGXIAN, "--help"],
        "imports of numpy and pyproj": [*_PYTHON, "import numpy, pyproj"],
        "imports of geopandas, rasterio and folium": [*_PYTHON, "import geopandas, rasterio, folium"],
        "rule book read": [*_PYTHON, "from geo import load_rulebook; load_rulebook()"],
        "ten sites, whole rule book, verdicts (Python)": [*_PYTHON, _ASSESS.replace("FILE", "'{sites}'")],
        "ten sites, `screen --quick`": [HONGXIAN, "screen", "{sites}", "--out", "{out}", "--quick"],
        "ten sites, `screen --no-report --no-figures --no-moves --no-restoration`": [
            *(HONGXIAN, "screen", "{sites}", "--out", "{out}"),
            *("--no-report", "--no-figures", "--no-moves", "--no-restoration"),
        ],
        "ten sites, `screen --no-report --no-figures`": [
            *(HONGXIAN, "screen", "{sites}", "--out", "{out}", "--no-report", "--no-figures")
        ],
    }
    # Python keeps what it has compiled, as it does unless it is told not to
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in work}
    with tempfile.TemporaryDirectory() as folder:
        sites = _ten_sites(Path(folder))
        for turn in range(options.rounds + 1):
            for number, (name, command) in enumerate(work.items()):
                out = str(Path(folder) / f"{turn}-{number}")
                begin, before = time.perf_counter(), os.times()
                subprocess.run(
                    [part.replace("{out}", out).replace("{sites}", sites) for part in command],
                    check=True,
                    capture_output=True,
                    cwd=folder,
                    env=own,
                )
                after = os.times()
                used = (
                    after.children_user
                    + after.children_system
                    - before.children_user
                    - before.children_system
                )
                if turn:
                    seconds[name].append((time.perf_counter() - begin, used))
    rows = [
        f"| {name} | {statistics.median(wall for wall, _ in held):.2f} | {statistics.median(used for _, used in held):.2f} |"
        for name, held in seconds.items()
    ]
    return "\n".join(
        [
            f"`scripts/bench start`: whole processes, {options.rounds} turns after one that fills the caches; medians.",
            "",
            f"Installed of what pandas imports where it is there (some tenths of a second): {'pyarrow' if find_spec('pyarrow') else 'nothing'}.",
            "",
            "| | seconds | processor seconds |",
            "| --- | ---: | ---: |",
            *rows,
            "",
            machine("numpy", "pandas", "geopandas", "typer", "numba"),
        ]
    )


def _ten_sites(folder: Path) -> str:
    """The first ten of the example sites, as a list of their own."""
    lines = EXAMPLES.read_text(encoding="utf-8").splitlines()[:11]
    (folder / "ten.csv").write_text("\n".join(lines), encoding="utf-8")
    return str(folder / "ten.csv")


def _profile(sites: str) -> str:
    """Where ten sites spend their time, by function."""
    said = subprocess.run(
        [
            *_PYTHON,
            f"import cProfile; cProfile.run({_ASSESS.replace('FILE', repr(sites))!r}, sort='tottime')",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n".join(said.stdout.splitlines()[:35])
