"""Restoration over ever larger ground with land cover of 10 m: time should grow as the area does, memory should not.

Each area is planned in a process of its own: the starter layers (strips of demonstration banks, levees and railways, areas)
over a seeded land cover in the classes of ESA WorldCover, coherent over some hundred metres, so that strips are cut through many edges.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from benches.results import machine
from benches.turns import Contestant, in_turns
from geo import load_layers, starter_folder

HERE = Path(__file__).resolve().parent
#: What is planned: a county, part of a city, a whole city.
AREAS = {
    "平遥县 a county": ("140728",),
    "晋中市西部 five counties": ("140702", "140703", "140726", "140727", "140728"),
    "晋中市 a city": ("1407",),
    "晋中、阳泉、运城 three cities": ("1407", "1403", "1408"),
}
SMALL = ("平遥县 a county",)
_STEP = 1 / 10800  # a third of a second: some 10 m
_CLASSES = np.array([10, 20, 30, 40, 50, 60, 80, 90], dtype=np.uint8)
_SHARES = (0.25, 0.1, 0.2, 0.3, 0.06, 0.04, 0.03, 0.02)


def write_cover(path: Path, bounds: tuple[float, float, float, float], seed: int = 7) -> int:
    """A land cover of 10 m over a box, patches of some ten cells; returns its cells."""
    west, south, east, north = bounds
    columns, rows = int((east - west) / _STEP) + 1, int((north - south) / _STEP) + 1
    chance = np.random.default_rng(seed)
    profile = {
        "driver": "GTiff", "dtype": "uint8", "count": 1, "width": columns, "height": rows, "nodata": 0,
        "crs": "EPSG:4326", "transform": from_origin(west, north, _STEP, _STEP), "tiled": True,
        "blockxsize": 512, "blockysize": 512, "compress": "deflate", "zlevel": 1,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as file:
        for top in range(0, rows, 512):
            high = min(512, rows - top)
            patches = chance.choice(_CLASSES, (high // 11 + 2, columns // 11 + 2), p=_SHARES)
            cells = np.repeat(np.repeat(patches, 11, axis=0), 11, axis=1)[:high, :columns]
            file.write(cells, 1, window=rasterio.windows.Window(0, top, columns, high))
    return rows * columns


def run(options: argparse.Namespace) -> str:
    """Plan each area in turns and say how time and memory grow."""
    wanted = {name: codes for name, codes in AREAS.items() if options.size == "full" or name in SMALL}
    catalog = load_layers(starter_folder())
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        whole = catalog.area_of([code for codes in wanted.values() for code in codes])
        cells = write_cover(work / "cover.tif", whole.bounds)
        script = HERE / "restore_area.py"
        contestants = [
            Contestant(f"area{number}", script, variables={"ADCODES": ",".join(codes)})
            for number, codes in enumerate(wanted.values())
        ]
        told = in_turns(contestants, work, options.rounds, options.environments)
    lines = [
        "Restoration over growing ground (`scripts/bench restore`); medians of "
        f"{options.rounds} turns; land cover of 10 m, {cells / 1e6:,.0f} million cells in the file. "
        "`targets` are the plans' shares of whole cities, measured over every cell of them.",
        "",
        "| area | km² | strips ha | pieces of cover | strips s | s per 10,000 ha of strips | targets s | peak MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, contestant in zip(wanted, contestants, strict=True):
        mine = told[contestant.name]
        if mine.failed:
            lines.append(f"| {name} | failed: {mine.failed} | | | | | | |")
            continue
        hectares, seconds = mine.median("strips_ha"), mine.median()
        lines.append(
            f"| {name} | {mine.median('km2'):,.0f} | {hectares:,.0f} | {mine.median('pieces'):,.0f} | {seconds:.1f} | "
            f"{10_000 * seconds / hectares:.1f} | {mine.median('targets_s'):.1f} | {mine.median('peak_mb'):,.0f} |"
        )
    return "\n".join([*lines, "", machine("hongxian", "rasterio", "exactextract", "shapely", "numpy")])
