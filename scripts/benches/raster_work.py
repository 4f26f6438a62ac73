"""A province's work for rasters: the rivers and polygons with holes of the other benchmarks (:mod:`benches.workload`) over a grid of one arc
second, and cells whose answers are known.

Truth is worked out by geodesics (pyproj), independently of the product: of a place the segments about it, on each the nearest point by
golden sections of the geodesic itself.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyproj
import shapely

from benches import workload

GEOD = pyproj.Geod(ellps="GRS80")
#: Metres from a river, from a polygon, within which nothing may be built.
RIVER_M, POLYGON_M = 1_000.0, 200.0


@dataclass(frozen=True)
class Work:
    """What is to be painted: cells of ``step`` degrees over a box, about rivers and polygons with this ``share`` of their vertices."""

    west: float
    south: float
    east: float
    north: float
    step: float
    share: float
    metric_crs: str = "EPSG:32649"
    river_m: float = RIVER_M
    polygon_m: float = POLYGON_M

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return round((self.north - self.south) / self.step), round((self.east - self.west) / self.step)


FULL = Work(110.4, 34.6, 114.4, 40.14, 1 / 3600, 1.0)
SMALL = Work(111.0, 35.0, 111.8, 35.7, 1 / 3600, 0.1)


def make(work: Work, folder: Path) -> dict[str, int]:
    """Write ``rivers.wkb``, ``polygons.wkb`` and ``counties.wkb`` (a geometry a line, hexadecimal) and ``work.json``; returns how many vertices."""
    drawn = workload.layers(share=work.share)
    vertices = {}
    for name, shapes in (
        ("rivers", drawn["rivers"]),
        ("polygons", drawn["areas"]),
        ("counties", drawn["counties"]),
    ):
        held = np.array(shapes, dtype=object)
        lines = shapely.to_wkb(held, hex=True)
        (folder / f"{name}.wkb").write_text("\n".join(lines) + "\n", encoding="ascii")
        vertices[name] = int(shapely.get_num_coordinates(held).sum())
    (folder / "work.json").write_text(
        json.dumps({**asdict(work), "rows": work.shape[0], "columns": work.shape[1]})
    )
    return vertices


def read(folder: Path, name: str) -> np.ndarray:
    """The geometries written by :func:`make`."""
    return shapely.from_wkb(np.array((folder / f"{name}.wkb").read_text(encoding="ascii").split()))


def places(folder: Path, count: int, seed: int = 7) -> np.ndarray:
    """Places (n, 2) to be checked: half anywhere, half some metres about the limits."""
    work, rng = json.loads((folder / "work.json").read_text()), np.random.default_rng(seed)
    half = count // 2
    anywhere = np.column_stack(
        [rng.uniform(work["west"], work["east"], half), rng.uniform(work["south"], work["north"], half)]
    )
    near = []
    for name, limit in (("rivers", work["river_m"]), ("polygons", work["polygon_m"]), ("polygons", 0.0)):
        shapes = read(folder, name)
        xy = shapely.get_coordinates(shapes[rng.integers(0, len(shapes), 200)])
        chosen = xy[rng.integers(0, len(xy), half // 3 + 1)]
        metres = np.abs(limit + rng.normal(0, 20, len(chosen)))
        lon, lat, _ = GEOD.fwd(chosen[:, 0], chosen[:, 1], rng.uniform(0, 360, len(chosen)), metres)
        near.append(np.column_stack([lon, lat]))
    every = np.concatenate([anywhere, *near])
    low, high = (work["west"], work["south"]), (work["east"], work["north"])
    return every[((every > np.array(low) + 0.01) & (every < np.array(high) - 0.01)).all(axis=1)]


def true_distance_m(points: np.ndarray, shapes: np.ndarray, reach_m: float) -> np.ndarray:
    """Metres from each point to the nearest line or ring by geodesics; infinite beyond ``reach_m``."""
    segments = _segments(shapes)
    low, high = np.minimum(segments[:, :2], segments[:, 2:]), np.maximum(segments[:, :2], segments[:, 2:])
    found = np.full(len(points), np.inf)
    # a degree is never shorter than 80 km here
    reach = reach_m / 80_000
    order = np.argsort(low[:, 1])
    tallest = float((high - low)[:, 1].max())
    souths = low[order, 1]
    for number, point in enumerate(points):
        begin, end = np.searchsorted(souths, [point[1] - reach - tallest, point[1] + reach])
        rows = order[begin:end]
        rows = rows[(low[rows] <= point + reach).all(axis=1) & (high[rows] >= point - reach).all(axis=1)]
        if len(rows):
            own = segments[rows]
            rough = _rough_m(point, own)
            own = own[rough <= rough.min() * 1.02 + 5.0]
            found[number] = _to_segments_m(point, own).min()
    found[found > reach_m] = np.inf  # of what lies farther not all was looked at
    return found


def holds(points: np.ndarray, polygons: np.ndarray) -> np.ndarray:
    """Whether each point lies in a polygon."""
    found = np.zeros(len(points), dtype=bool)
    found[shapely.STRtree(polygons).query(shapely.points(points), predicate="intersects")[0]] = True
    return found


def _segments(shapes: np.ndarray) -> np.ndarray:
    lines = shapely.get_parts(shapely.boundary(shapes)) if shapely.get_dimensions(shapes[0]) == 2 else shapes
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    same = owner[1:] == owner[:-1]
    return np.hstack([xy[:-1], xy[1:]])[same]


def _rough_m(point: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """In a plane about the point: only to leave out what is far."""
    scale = np.array([111_320 * np.cos(np.radians(point[1])), 111_000])
    start, along = (segments[:, :2] - point) * scale, (segments[:, 2:] - segments[:, :2]) * scale
    share = np.clip(-(start * along).sum(axis=1) / np.maximum((along * along).sum(axis=1), 1e-12), 0.0, 1.0)
    return np.hypot(*(start + share[:, None] * along).T)


def _to_segments_m(point: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Golden sections of the geodesic distance along each segment."""
    ratio = (np.sqrt(5) - 1) / 2
    low, high = np.zeros(len(segments)), np.ones(len(segments))

    def metres(share: np.ndarray) -> np.ndarray:
        at = segments[:, :2] + share[:, None] * (segments[:, 2:] - segments[:, :2])
        here = np.broadcast_to(point, at.shape)
        return np.asarray(GEOD.inv(here[:, 0], here[:, 1], at[:, 0], at[:, 1])[2])

    for _ in range(40):
        one, two = high - ratio * (high - low), low + ratio * (high - low)
        nearer = metres(one) < metres(two)
        high, low = np.where(nearer, two, high), np.where(nearer, low, one)
    return np.minimum(
        np.minimum(metres(low), metres((low + high) / 2)), np.minimum(metres(low * 0), metres(low * 0 + 1))
    )
