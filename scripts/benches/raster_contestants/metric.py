"""What the other tools' scripts share: the work in a projected system, and a grid of 30 m cells over it. For numpy, shapely, pyproj."""

import json
import time
from pathlib import Path

import numpy as np
import pyproj
import shapely

CELL_M = 30.0


def load(folder: Path) -> tuple[dict, dict[str, np.ndarray], list[float], tuple[int, int]]:
    """The work, its geometries in metres, and the grid's GDAL-like transform and shape."""
    work = json.loads((folder / "work.json").read_text())
    carry = pyproj.Transformer.from_crs("EPSG:4490", work["metric_crs"], always_xy=True).transform
    shapes = {name: shapes_of(folder, name) for name in ("rivers", "polygons")}
    ring = shapely.segmentize(shapely.box(work["west"], work["south"], work["east"], work["north"]), 0.1)
    west, south, east, north = shapely.transform(ring, lambda xy: np.column_stack(carry(*xy.T))).bounds
    rows, columns = int(np.ceil((north - south) / CELL_M)), int(np.ceil((east - west) / CELL_M))
    return work, shapes, [CELL_M, 0, west, 0, -CELL_M, north], (rows, columns)


def shapes_of(folder: Path, name: str) -> np.ndarray:
    """Geometries of the work in metres."""
    crs = json.loads((folder / "work.json").read_text())["metric_crs"]
    carry = pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True).transform
    held = shapely.from_wkb(np.array((folder / f"{name}.wkb").read_text(encoding="ascii").split()))
    return shapely.transform(held, lambda xy: np.column_stack(carry(*xy.T)))


class Clock:
    """Seconds since it was made, on the wall and of the processor (all threads)."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        """How long it took until now."""
        return {"seconds": time.perf_counter() - self.wall, "cpu_s": time.process_time() - self.cpu}


def tell(answer: Path, crs: str, transform: list[float], took: dict[str, float]) -> None:
    """Say where the cells lie and how long it took."""
    answer.with_suffix(".json").write_text(json.dumps({"crs": crs, "transform": transform}))
    print(json.dumps(took))
