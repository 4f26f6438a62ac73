"""Rasters of a province: what lies within limits of rivers and polygons, and how far each cell is from the nearest river.

Every contestant paints the grid it works on (ours: cells of one arc second; the others: 30 m in UTM 49N) and is checked at cells of its own, by the
geodesic distance of their middles. GLAES, another tool for such rasters, is not on PyPI and so takes no part.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyproj

from benches import raster_work
from benches.results import machine
from benches.turns import Contestant, Told, in_turns, ratios

SCRIPTS = Path(__file__).resolve().parent / "raster_contestants"
CHECKED = 4_000
#: A centimetre decides nothing: cells whose middle lies so near to a limit count as right either way.
EITHER_M = 0.01
#: Debian's Python, which has GDAL's own bindings (python3-gdal).
DEBIAN = "/usr/bin/python3"


def contestants(what: str) -> list[Contestant]:
    """Who takes part in a task."""
    told = {"RASTER": what}
    root = {"PYTHONPATH": str(SCRIPTS.parents[2])}
    ours = Contestant("ours", SCRIPTS / "ours.py", variables={**told, **root})
    scipy = ("numpy", "scipy", "shapely", "rasterio", "pyproj")
    tiles = Contestant("scipy-tiles", SCRIPTS / "transform_tiles.py", scipy, told)
    atlite = ("atlite", "geopandas", "pyproj")
    if what == "distance":
        return [ours, Contestant("gdal-proximity", SCRIPTS / "proximity.py", python=DEBIAN), tiles]
    return [
        ours,
        Contestant("buffers", SCRIPTS / "buffers.py", variables={**told, "HOW": "pieces"}),
        Contestant("buffers-tuned", SCRIPTS / "buffers.py", variables={**told, "HOW": "tuned"}),
        Contestant("atlite", SCRIPTS / "atlite_container.py", atlite, {**told, "HOW": "whole"}),
        Contestant("atlite-counties", SCRIPTS / "atlite_container.py", atlite, {**told, "HOW": "counties"}),
        tiles,
    ]


def run(options: argparse.Namespace) -> str:
    """Both tasks; a table in Markdown."""
    work = raster_work.SMALL if options.size == "small" else raster_work.FULL
    with tempfile.TemporaryDirectory(prefix="hongxian-rasters-") as name:
        folder = Path(name)
        vertices = raster_work.make(work, folder)
        if options.profile:
            return _profile(folder)
        points = raster_work.places(folder, CHECKED)
        parts = []
        for what in ("exclusion", "distance"):
            chosen = [c for c in contestants(what) if not options.only or c.name in (*options.only, "ours")]
            told = in_turns(chosen, folder, options.rounds, options.environments)
            checks = {c.name: _check(folder, c.name, what, points) for c in chosen if told[c.name].turns}
            parts.append(_table(what, told, checks))
            for c in chosen:
                (folder / f"{c.name}.answer").unlink(missing_ok=True)
        rows, columns = work.shape
        head = (
            f"{rows * columns / 1e6:,.0f} million cells of one arc second (30 m), 43 rivers with {vertices['rivers']:,} vertices, "
            f"3,000 polygons with holes with {vertices['polygons']:,} vertices (those of the points); within {work.river_m:,.0f} m of a river, in a polygon or within "
            f"{work.polygon_m:,.0f} m of one. {machine('numpy', 'numba', 'shapely', 'rasterio')}. Each contestant {options.rounds} turns, medians; seconds "
            f"hold the preparation (index, buffers), not reading and writing; CPU seconds are those of all threads and hardly mind who else uses the machine. Wrong: of {len(points):,} of its own cells, half of them about the limits, "
            "against geodesics. GLAES is not on PyPI."
        )
        return f"## Rasters of a province\n\n{head}\n\n" + "\n\n".join(parts)


def _table(what: str, told: Mapping[str, Told], checks: Mapping[str, str]) -> str:
    times = ratios(told, "ours")
    title = {"exclusion": "Exclusion raster", "distance": "Raster of distances to the nearest river"}[what]
    lines = [
        f"| {title} | seconds | × ours | CPU s | × ours | peak MB | against geodesics |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, one in told.items():
        if one.turns:
            cpu = one.median("cpu_s")
            figures = f"{one.median():.2f} | {times[name]:.1f} | {cpu:.2f} | {cpu / told['ours'].median('cpu_s'):.1f}"
            lines.append(f"| {name} | {figures} | {one.median('peak_mb'):,.0f} | {checks[name]} |")
        else:
            lines.append(f"| {name} | did not run: {one.failed} | | | | | |")
    return "\n".join(lines)


def _check(folder: Path, name: str, what: str, points: np.ndarray) -> str:
    """How many of the cells that hold the points are wrong; of distances how far off they are."""
    place = json.loads((folder / f"{name}.json").read_text())
    work = json.loads((folder / "work.json").read_text())
    cells = np.load(folder / f"{name}.answer", mmap_mode="r")
    step_x, _, west, _, step_y, north = place["transform"]
    own = pyproj.Transformer.from_crs("EPSG:4490", place["crs"], always_xy=True)
    x, y = own.transform(*points.T)
    column, row = np.floor((x - west) / step_x).astype(int), np.floor((y - north) / step_y).astype(int)
    middles = np.column_stack(
        own.transform(west + (column + 0.5) * step_x, north + (row + 0.5) * step_y, direction="INVERSE")
    )
    said = cells[row, column]
    rivers = raster_work.read(folder, "rivers")
    if what == "distance":
        middles, said = middles[:: len(middles) // 1_000], said[:: len(middles) // 1_000]
        truth = raster_work.true_distance_m(middles, rivers, 15_000.0)
        held = np.isfinite(truth) & np.isfinite(said)
        off = np.abs(said[held] - truth[held])
        return f"off by {np.median(off):.2f} m (median), {off.max():.2f} m at most; {(off > 1).mean():.1%} by more than 1 m"
    polygons = raster_work.read(folder, "polygons")
    inside = raster_work.holds(middles, polygons)
    river = raster_work.true_distance_m(middles, rivers, work["river_m"] + 100) - work["river_m"]
    rim = raster_work.true_distance_m(middles, polygons, work["polygon_m"] + 100) - work["polygon_m"]
    truth = inside | (river <= 0) | (rim <= 0)
    either = ~inside & (np.minimum(np.abs(river), np.abs(rim)) < EITHER_M)
    wrong = (truth != (said > 0)) & ~either
    return f"{int(wrong.sum())} of {len(points):,} wrong"


def _profile(folder: Path) -> str:
    """Where the product's own time goes, down one column of tiles."""
    import cProfile
    import io
    import pstats

    from geo.index import Cells, ReferenceIndex

    work = json.loads((folder / "work.json").read_text())
    lines, areas = (ReferenceIndex(raster_work.read(folder, name)) for name in ("rivers", "polygons"))
    profile = cProfile.Profile()
    profile.enable()
    for row in range(0, work["rows"], 1024):
        at = (work["west"], work["north"] - row * work["step"], work["step"], work["step"])
        cells = Cells(*at, 1024, 1024)
        lines.paint_within(cells, work["river_m"])
        areas.paint_within(cells, work["polygon_m"])
        areas.paint_inside(cells)
        lines.paint_distance(cells)
    profile.disable()
    out = io.StringIO()
    pstats.Stats(profile, stream=out).sort_stats("tottime").print_stats(12)
    return out.getvalue()
