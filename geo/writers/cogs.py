"""Cloud-optimised GeoTIFFs written tile by tile: each cell computed once, packed while the next tile is computed.

A plain GeoTIFF takes the tiles; GDAL then makes it a COG with overviews. Beside ``NAME.tif`` lie ``NAME.qml`` (QGIS) and, for categories,
``NAME.tif.aux.xml`` (GDAL: names and an attribute table).
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import rasterio
import rasterio.shutil
import shapely

from geo.language import Lang
from geo.rasters.grid import Grid, Tile
from geo.writers.raster_styles import Category, attribute_table, categories_style, colour_map, ramp_style
from geo.writers.styles import PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN

Progress = Callable[[str], None]
Painted = TypeVar("Painted")

#: GDAL's own cache of blocks, megabytes: more gains nothing when written tile by tile.
_GDAL_CACHE_MB = 64


@dataclass(frozen=True)
class Band:
    """One raster to be painted: how, and how it looks. A tile of ``paint`` may be shared by several."""

    name: str
    title: str
    dtype: str
    nodata: float
    categories: Sequence[Category] = ()
    stops: Sequence[tuple[float, str]] = ()
    unit: str = ""


def number_type(most: int) -> tuple[str, int]:
    """The type of cells that number up to ``most`` things from 1, and what stands for none: colour tables of two bytes are large.

    >>> number_type(54), number_type(300)
    (('uint8', 255), ('uint16', 65535))
    """
    return ("uint8", 255) if most < 255 else ("uint16", 65535)


def write_cogs(
    bands: Sequence[Band],
    grid: Grid,
    area: shapely.Geometry,
    folder: Path,
    paint: Callable[[Tile], list[np.ndarray]],
    book: Sums,
    progress: Progress,
) -> None:
    """Paint tile by tile, then make each band a COG with its companions."""
    shapely.prepare(area)
    tiles = list(grid.tiles(area))
    with rasterio.Env(GDAL_CACHEMAX=_GDAL_CACHE_MB, GDAL_NUM_THREADS="2"):
        parts = [folder / f".{band.name}.part" for band in bands]
        with ExitStack() as stack:
            files = [
                stack.enter_context(_plain(path, band, grid, book.lang))
                for path, band in zip(parts, bands, strict=True)
            ]
            for number, (tile, painted) in enumerate(ahead(tiles, paint), start=1):
                progress(f"画栅格 {bands[0].name} {number}/{len(tiles)}")
                for band, file, cells in zip(bands, files, painted, strict=True):
                    file.write(cells, 1, window=tile.window)
                    book.count(band, tile, cells)
        for path, band in zip(parts, bands, strict=True):
            progress(f"整理栅格 {band.name}")
            _finish(path, band, folder, book)
            path.unlink()


def ahead(tiles: Sequence[Tile], paint: Callable[[Tile], Painted]) -> Iterator[tuple[Tile, Painted]]:
    """Tiles and what is painted of them: the next is painted while one is packed and written."""
    with ThreadPoolExecutor(1) as pool:
        waiting: deque[tuple[Tile, Future[Painted]]] = deque()
        for tile in tiles:
            waiting.append((tile, pool.submit(paint, tile)))
            if len(waiting) > 2:
                done, painted = waiting.popleft()
                yield done, painted.result()
        for done, painted in waiting:
            yield done, painted.result()


def _plain(path: Path, band: Band, grid: Grid, lang: Lang) -> rasterio.io.DatasetWriter:
    file = rasterio.open(
        path,
        "w",
        driver="GTiff",
        dtype=band.dtype,
        count=1,
        width=grid.columns,
        height=grid.rows,
        crs=grid.crs,
        transform=grid.transform,
        nodata=band.nodata,
        tiled=True,
        blockxsize=512,
        blockysize=512,
        compress="DEFLATE",
        zlevel=1,
        bigtiff="IF_SAFER",
        sparse_ok=True,
    )
    file.set_band_description(1, band.title)
    file.update_tags(title=band.title, note=lang(PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN))
    if band.unit:
        file.update_tags(1, unit=band.unit)
    if band.categories:
        file.write_colormap(1, colour_map(band.categories))
    return file


def _finish(path: Path, band: Band, folder: Path, book: Sums) -> None:
    target = folder / f"{band.name}.tif"
    rasterio.shutil.copy(
        path,
        target,
        driver="COG",
        compress="DEFLATE",
        blocksize=512,
        predictor="YES" if band.stops else "NO",
        overview_resampling="AVERAGE" if band.stops else "MODE",
        bigtiff="IF_SAFER",
    )
    if band.categories:
        held = book.cells_of(band.name)
        table = attribute_table(band.categories, held, book.lang)
        target.with_name(f"{target.name}.aux.xml").write_text(table, encoding="utf-8")
        shown = [c for c in band.categories if c.code in held] or list(band.categories)
        style = categories_style(shown, book.lang)
    else:
        style = ramp_style(band.stops, band.unit)
    target.with_suffix(".qml").write_text(style, encoding="utf-8")


class Sums:
    """Cells and hectares by raster and class, and what is to be said: ``rasters.csv``."""

    def __init__(self, path: Path, grid: Grid | None, lang: Lang = Lang.ZH) -> None:
        self._path = path
        self.lang = lang
        self._areas = grid.cell_areas_m2 if grid is not None else np.zeros(0)
        self._held: dict[str, dict[int, list[float]]] = {}
        self._bands: dict[str, Band] = {}
        self._said: list[tuple[str, str]] = []
        if grid is not None:
            seconds, high, cells = (
                f"{grid.step_deg * 3600:g}",
                f"{grid.height_m:.1f}",
                f"{grid.columns}×{grid.rows}",
            )
            self.say(
                "",
                lang(
                    f"EPSG:4490，像元 {seconds} 角秒（南北 {high} 米），{cells}",
                    f"EPSG:4490, cells of {seconds} arc seconds ({high} m from south to north), {cells}",
                ),
            )

    def count(self, band: Band, tile: Tile, cells: np.ndarray) -> None:
        """Add a tile."""
        self._bands[band.name] = band
        held = self._held.setdefault(band.name, {})
        if not band.categories:
            return
        top = int(tile.window.row_off)
        areas = self._areas[top : top + tile.cells.rows]
        for code in np.unique(cells):
            if code == band.nodata:
                continue
            rows = (cells == code).sum(axis=1)
            entry = held.setdefault(int(code), [0.0, 0.0])
            entry[0] += float(rows.sum())
            entry[1] += float((rows * areas).sum()) / 10_000

    def cells_of(self, name: str) -> dict[int, list[float]]:
        """By code: cells and hectares."""
        return self._held.get(name, {})

    def say(self, name: str, text: str) -> None:
        """A remark."""
        self._said.append((name, text))

    def write(self) -> None:
        """The table."""
        with self._path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            heads = ("栅格", "编码", "含义", "颜色", "像元数", "公顷（按像元合计）", "说明")
            english = ("Raster", "Code", "Meaning", "Colour", "Cells", "Hectares (sum of cells)", "Remark")
            table.writerow(self.lang(heads, english))
            for name, text in self._said:
                table.writerow([name, "", "", "", "", "", text])
            for name, band in self._bands.items():
                held = self._held[name]
                for c in band.categories:
                    if c.code in held:
                        cells, hectares = held[c.code]
                        table.writerow(
                            [name, c.code, c.named(self.lang), c.colour, int(cells), f"{hectares:.4f}", ""]
                        )
