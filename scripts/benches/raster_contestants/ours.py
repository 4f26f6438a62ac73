"""The product: bands of rows painted straight into the raster by two threads; distances tile by tile. RASTER says which raster."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import shapely

from geo.index import Cells, ReferenceIndex
from geo.space import Geometries

TILE, BAND = 1024, 1024


def main(folder: Path, answer: Path, what: str) -> None:
    work = json.loads((folder / "work.json").read_text())
    rivers, polygons = (read(folder / f"{name}.wkb") for name in ("rivers", "polygons"))
    step, rows, columns = work["step"], work["rows"], work["columns"]
    warm(what)
    kind = np.uint8 if what == "exclusion" else np.float32
    out = np.zeros((rows, columns), dtype=kind)
    began, cpu = time.perf_counter(), time.process_time()
    lines, areas = ReferenceIndex(rivers), ReferenceIndex(polygons)
    here = Cells(work["west"], work["north"], step, step, 1, 1)
    # whatever is built when first asked for; one after the other, as it is mostly done under the interpreter's lock
    if what == "exclusion":
        areas.paint_within(here, 1.0)
        areas.paint_inside(here)
        lines.paint_within(here, 1.0)
    else:
        lines.paint_distance(here)
    prepared = time.perf_counter() - began

    def paint(at: tuple[int, int]) -> None:
        row, column = at
        height, width = min(TILE, rows - row), min(TILE, columns - column)
        cells = Cells(work["west"] + column * step, work["north"] - row * step, step, step, height, width)
        out[row : row + height, column : column + width] = lines.paint_distance(cells)

    def exclude(row: int) -> None:
        height = min(BAND, rows - row)
        cells = Cells(work["west"], work["north"] - row * step, step, step, height, columns)
        band = out[row : row + height].view(bool)
        areas.paint_inside(cells, onto=band)
        areas.paint_within(cells, work["polygon_m"], onto=band)
        lines.paint_within(cells, work["river_m"], onto=band)

    tiles = [(row, column) for row in range(0, rows, TILE) for column in range(0, columns, TILE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(paint, tiles) if what == "distance" else pool.map(exclude, range(0, rows, BAND)))
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    with answer.open("wb") as file:
        np.save(file, out)
    place = {"crs": "EPSG:4490", "transform": [step, 0, work["west"], 0, -step, work["north"]]}
    answer.with_suffix(".json").write_text(json.dumps(place))
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "prepare_s": prepared}))


def read(path: Path) -> Geometries:
    return shapely.from_wkb(np.array(path.read_text(encoding="ascii").split()))


def warm(what: str) -> None:
    """Compiled code is loaded, as an import is."""
    box = ReferenceIndex(np.array([shapely.box(111, 35, 111.001, 35.001)]))
    cells = Cells(111.0, 35.0, 0.001, 0.001, 8, 8)
    for limit in (50.0, 50_000.0):
        box.paint_within(cells, limit)
    box.paint_inside(cells)
    box.paint_distance(cells)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), os.environ["RASTER"])
