"""``hongxian where --raster-only`` over ever larger ground: time a cell should not depend on how large the area is.

A county, a city and the four cities in cells of 30 m, a county in cells of 10 m; a use that many rules are about (coking), and one
that few are about (bakery). How the painting compares with other tools is in the benchmark ``rasters``.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benches.results import machine
from benches.turns import Contestant, in_turns

HERE = Path(__file__).resolve().parent
#: Name, divisions, metres of a cell, industry.
RUNS = (
    ("河津市 a county", "140882", "30", "2521"),
    ("运城市 a city", "1408", "30", "2521"),
    ("四市 four cities", "1401,1403,1407,1408", "30", "2521"),
    ("四市 four cities, few rules", "1401,1403,1407,1408", "30", "1411"),
    ("河津市 a county", "140882", "10", "2521"),
)


def run(options: argparse.Namespace) -> str:
    """Each area in turns, in a process of its own."""
    wanted = RUNS if options.size == "full" else RUNS[:1]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        contestants = [
            Contestant(
                f"run{number}",
                HERE / "where_area.py",
                variables={"ADCODES": codes, "CELL_M": metres, "INDUSTRY": industry},
            )
            for number, (_, codes, metres, industry) in enumerate(wanted)
        ]
        told = in_turns(contestants, work, options.rounds, options.environments)
    lines = [
        f"`hongxian where --raster-only` on the starter layers, whole rule book (`scripts/bench where`); medians of {options.rounds} turns.",
        "",
        "| area | cell m | rules about the use | million cells inside | kinds screened | seconds | s per million cells | peak MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (name, _, metres, _), contestant in zip(wanted, contestants, strict=True):
        mine = told[contestant.name]
        if mine.failed:
            lines.append(f"| {name} | {metres} | failed: {mine.failed} | | | | | |")
            continue
        cells, seconds = mine.median("cells") / 1e6, mine.median()
        lines.append(
            f"| {name} | {metres} | {mine.median('rules'):.0f} | {cells:,.1f} | {mine.median('kinds'):,.0f} | {seconds:.1f} "
            f"| {seconds / cells:.2f} | {mine.median('peak_mb'):,.0f} |"
        )
    return "\n".join([*lines, "", machine("hongxian", "rasterio", "numba", "shapely", "numpy")])
