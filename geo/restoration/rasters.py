"""Cells of a raster layer: windows, samples, and cells as polygons on the ground they cover.

Rasters stay in their own coordinates: ground is carried over to them and what is found is carried back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.features
import rasterio.windows
import shapely
from pyproj import CRS, Transformer
from rasterio.errors import RasterioIOError

from geo.catalog import LayerCatalog
from geo.errors import LayerError, Problem
from geo.layer import Layer
from geo.limits import fault_of
from geo.space import GEOD, WORKING_CRS, Floats, Geometries

#: Cells read at a time: a window larger than this is read in parts.
MOST_CELLS = 4_000_000
#: GDAL's own cache of blocks, megabytes; it would else take a twentieth of the machine's memory.
GDAL_CACHE_MB = 64


@dataclass(frozen=True)
class Window:
    """Cells of a raster: values (nan where there are none) and where they lie."""

    values: Floats
    transform: rasterio.Affine


@dataclass
class Raster:
    """An open raster layer."""

    layer: Layer
    source: rasterio.DatasetReader
    _there: Transformer
    _back: Transformer

    @property
    def cell_m(self) -> float:
        """Side of a cell in metres (the longer one), at the raster's middle, to the centimetre."""
        west, south, east, north = self.source.bounds
        width, height = abs(self.source.transform.a), abs(self.source.transform.e)
        x, y = (west + east) / 2, (south + north) / 2
        corner = np.array([[x, y], [x + width, y], [x, y + height]])
        lon, lat = self._back.transform(corner[:, 0], corner[:, 1])
        _, _, sides = GEOD.inv(lon[[0, 0]], lat[[0, 0]], lon[1:], lat[1:])
        return round(float(np.max(sides)), 2)

    @property
    def is_geographic(self) -> bool:
        """Whether the raster's coordinates are degrees."""
        return bool(self._there.target_crs is not None and self._there.target_crs.is_geographic)

    @property
    def extent(self) -> shapely.Geometry:
        """The box of the raster in longitude and latitude."""
        return self.to_lonlat(shapely.segmentize(shapely.box(*self.source.bounds), self.source.width * 0.05))

    def to_own(self, geometry: shapely.Geometry) -> shapely.Geometry:
        """Ground in the raster's coordinates."""
        return _moved(shapely.segmentize(geometry, 0.002), self._there)

    def to_lonlat(self, geometry: shapely.Geometry) -> shapely.Geometry:
        """Ground of the raster in longitude and latitude."""
        return _moved(geometry, self._back)

    def windows(self, ground: shapely.Geometry, margin: int = 1) -> Iterator[Window]:
        """The cells about ground given in the raster's coordinates and some more, in parts that memory can hold."""
        asked = rasterio.windows.from_bounds(*ground.bounds, transform=self.source.transform)
        # some cells more, so that rounding loses no edge
        left = max(0, math.floor(asked.col_off) - margin)
        right = min(self.source.width, math.ceil(asked.col_off + asked.width) + margin)
        top = max(0, math.floor(asked.row_off) - margin)
        bottom = min(self.source.height, math.ceil(asked.row_off + asked.height) + margin)
        if left >= right:
            return
        rows = max(1, MOST_CELLS // (right - left))
        for first in range(top, bottom, rows):
            part = rasterio.windows.Window(left, first, right - left, min(rows, bottom - first))
            read = self.source.read(1, window=part, masked=True).astype(float)
            yield Window(read.filled(np.nan), self.source.window_transform(part))

    def classed(
        self, ground: shapely.Geometry, classify: Callable[[Floats], npt.NDArray[np.uint8]]
    ) -> dict[int, shapely.Geometry]:
        """Ground (longitude, latitude) by class of its cells: exact parts of cells, nothing rounded.

        ``classify`` gives each cell's class from 1 up; 0 leaves it out.
        """
        own = self.to_own(ground)
        found: dict[int, list[shapely.Geometry]] = {}
        for window in self.windows(own):
            classes = classify(window.values)
            outside = rasterio.features.geometry_mask(
                [own], classes.shape, window.transform, all_touched=True, invert=False
            )
            classes = np.where(outside & ~_edges(~outside), 0, classes).astype(np.uint8)
            for shape, value in rasterio.features.shapes(classes, classes > 0, transform=window.transform):
                cells = shapely.Polygon(shape["coordinates"][0], shape["coordinates"][1:])
                part = _areas(shapely.intersection(cells, own))
                if not part.is_empty:
                    found.setdefault(int(value), []).append(part)
        return {value: self.to_lonlat(shapely.union_all(parts)) for value, parts in found.items()}

    def sample(self, points: Floats) -> Floats:
        """Values at points given as (n, 2) longitude, latitude; nan where there are none."""
        x, y = self._there.transform(points[:, 0], points[:, 1])
        inside = [v[0] for v in self.source.sample(np.column_stack([x, y]), indexes=1, masked=True)]
        return np.array([np.nan if np.ma.is_masked(v) else float(v) for v in inside])


@contextmanager
def opened(catalog: LayerCatalog, layer: Layer) -> Iterator[Raster]:
    """Open a raster layer. Raises :class:`~geo.errors.LayerError` where the file cannot be read or does not
    say where it lies."""
    path = Path(catalog.root) / layer.path
    unfit = fault_of(path)
    if unfit is not None:
        raise LayerError("栅格图层无法读取", [Problem(str(path), layer.key, "path", layer.path, *unfit)])
    with rasterio.Env(GDAL_CACHEMAX=GDAL_CACHE_MB):
        yield from _open(path, layer)


def _open(path: Path, layer: Layer) -> Iterator[Raster]:
    try:
        source = rasterio.open(path)
    except RasterioIOError as error:
        problem = Problem(str(path), layer.key, "path", layer.path, f"无法读取栅格：{error}", "检查文件")
        raise LayerError("栅格图层无法读取", [problem]) from error
    with source:
        stated = layer.crs or (source.crs.to_wkt() if source.crs else None)
        if stated is None:
            problem = Problem(str(path), layer.key, "crs", "", "栅格没有坐标系", "在清单里写明 crs")
            raise LayerError("栅格图层没有坐标系", [problem])
        own, lonlat = CRS.from_user_input(stated), CRS.from_user_input(WORKING_CRS)
        yield Raster(
            layer,
            source,
            Transformer.from_crs(lonlat, own, always_xy=True),
            Transformer.from_crs(own, lonlat, always_xy=True),
        )


def _moved(geometry: shapely.Geometry, by: Transformer) -> shapely.Geometry:
    return shapely.transform(geometry, lambda xy: np.column_stack(by.transform(xy[:, 0], xy[:, 1])))


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    """The areas of a shape, without the points and lines of a touch."""
    parts = shapely.get_parts(shape)
    while (shapely.get_type_id(parts) > 3).any():
        parts = shapely.get_parts(parts)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _edges(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The cells about those inside: a ring that rounding may have left out."""
    wide = inside.copy()
    wide[1:] |= inside[:-1]
    wide[:-1] |= inside[1:]
    wide[:, 1:] |= wide[:, :-1].copy()
    wide[:, :-1] |= wide[:, 1:].copy()
    return wide


def areas_of(shapes: Geometries) -> Geometries:
    """Each shape's areas, without the points and lines of a touch."""
    return np.array([_areas(shape) for shape in shapes], dtype=object)
