"""Burn, then scipy's Euclidean distance transform, tile by tile with room about each tile, by two threads."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import shapely
from metric import Clock, load, tell
from rasterio import Affine
from rasterio.features import rasterize
from scipy.ndimage import distance_transform_edt

what = os.environ["RASTER"]
TILE = 2048
folder, answer = Path(sys.argv[1]), Path(sys.argv[2])
work, shapes, transform, shape = load(folder)
cell = transform[0]
#: For distances: beyond this nothing is found.
REACH_M = 30_000.0
out = np.empty(shape, dtype=np.uint8 if what == "exclusion" else np.float32)
clock = Clock()
names = ("rivers", "polygons") if what == "exclusion" else ("rivers",)
limits = (
    {"rivers": work["river_m"], "polygons": work["polygon_m"]} if what == "exclusion" else {"rivers": REACH_M}
)


def cut(shapes_: np.ndarray) -> np.ndarray:
    """Lines and rings in runs of 32 segments, so that few are burned where few are near."""
    runs = []
    for part in shapely.get_parts(shapes_):
        xy = shapely.get_coordinates(part)
        runs += [shapely.LineString(xy[at : at + 33]) for at in range(0, len(xy) - 1, 32)]
    return np.array(runs, dtype=object)


lines = {name: cut(shapely.boundary(shapes[name]) if name == "polygons" else shapes[name]) for name in names}
trees = {name: shapely.STRtree(held) for name, held in lines.items()}
areas = shapely.STRtree(shapes["polygons"])


def paint(at: tuple[int, int]) -> None:
    """One tile."""
    row, column = at
    height, width = min(TILE, shape[0] - row), min(TILE, shape[1] - column)
    found = np.zeros((height, width), dtype=bool)
    for name in names:
        room = int(np.ceil(limits[name] / cell)) + 1
        at_ = Affine(
            cell, 0, transform[2] + (column - room) * cell, 0, -cell, transform[5] - (row - room) * cell
        )
        size = (height + 2 * room, width + 2 * room)
        box = shapely.box(at_.c, at_.f - size[0] * cell, at_.c + size[1] * cell, at_.f)
        near = lines[name][trees[name].query(box)]
        burned = rasterize(near, size, transform=at_, dtype="uint8", all_touched=True) if len(near) else None
        inner = (slice(room, room + height), slice(room, room + width))
        metres = None if burned is None else distance_transform_edt(burned == 0, sampling=cell)[inner]
        if what == "distance":
            out[row : row + height, column : column + width] = np.inf if metres is None else metres
            return
        if metres is not None:
            found |= metres <= limits[name]
        if name == "polygons":
            held = shapes["polygons"][areas.query(box)]
            if len(held):
                found |= rasterize(held, size, transform=at_, dtype="uint8")[inner] > 0
    out[row : row + height, column : column + width] = found


tiles = [(row, column) for row in range(0, shape[0], TILE) for column in range(0, shape[1], TILE)]
with ThreadPoolExecutor(2) as pool:
    list(pool.map(paint, tiles))
took = clock.read()
with answer.open("wb") as file:
    np.save(file, out)
tell(answer, work["metric_crs"], transform, took)
