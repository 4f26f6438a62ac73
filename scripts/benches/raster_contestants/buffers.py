"""Buffers by two threads, burned with rasterio: lines and rings in pieces of 32 segments (HOW=pieces), which is the recipe for geometry of any size;
or, tuned to this work, rivers in pieces and polygons whole (HOW=tuned)."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import shapely
from metric import Clock, load, tell
from rasterio import Affine
from rasterio.features import rasterize

PIECE = 32


def pieces(lines: np.ndarray) -> np.ndarray:
    """Lines cut into runs of 32 segments."""
    cut = []
    for line in lines:
        xy = shapely.get_coordinates(line)
        cut += [shapely.LineString(xy[at : at + PIECE + 1]) for at in range(0, len(xy) - 1, PIECE)]
    return np.array(cut, dtype=object)


folder, answer = Path(sys.argv[1]), Path(sys.argv[2])
work, shapes, transform, shape = load(folder)
clock = Clock()
with ThreadPoolExecutor(2) as pool:
    whole = os.environ["HOW"] == "tuned"
    rims = shapes["polygons"] if whole else pieces(shapely.get_parts(shapely.boundary(shapes["polygons"])))
    parts = [(p, work["river_m"]) for p in np.array_split(pieces(shapes["rivers"]), 16)]
    parts += [(p, work["polygon_m"]) for p in np.array_split(rims, 16)]
    drawn = np.concatenate(list(pool.map(lambda one: shapely.buffer(one[0], one[1], quad_segs=16), parts)))
if not whole:
    drawn = np.concatenate([drawn, shapes["polygons"]])
found = rasterize(drawn, shape, transform=Affine(*transform), dtype="uint8")
took = clock.read()
np.save(answer.with_suffix(".npy"), found)
answer.with_suffix(".npy").rename(answer)
tell(answer, work["metric_crs"], transform, took)
