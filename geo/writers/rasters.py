"""Rasters of a run: cloud-optimised GeoTIFFs with colours, categories and a style, and a table of what their cells add up to.

Each is computed and written tile by tile into a plain GeoTIFF, which GDAL then makes into a COG with overviews. Beside
``NAME.tif`` lie ``NAME.qml`` (QGIS) and, for categories, ``NAME.tif.aux.xml`` (GDAL: names and an attribute table).
"""

from __future__ import annotations

import colorsys
import csv
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import rasterio.shutil
import shapely

from geo.assessment import Assessment
from geo.catalog import LayerCatalog
from geo.errors import RunError
from geo.rasters.constraints import DEMO, NOTHING, Constraints
from geo.rasters.distance import Distances
from geo.rasters.grid import Grid, Tile, resolution_of
from geo.rasters.pieces import TREATMENTS, Pieces, priority_pieces, treatment_pieces
from geo.restoration.plan import Restoration, counties_of
from geo.terms import Outcome, strictness
from geo.writers.raster_styles import (
    Category,
    attribute_table,
    categories_style,
    colour_map,
    faded,
    ramp_style,
)
from geo.writers.styles import OUTCOMES, PRELIMINARY_NOTE
from geo.writers.styles import TREATMENTS as TREATMENTS_STYLE

Progress = Callable[[str], None]

#: GDAL's own cache of blocks, megabytes: more gains nothing when written tile by tile.
_GDAL_CACHE_MB = 64
_DISTANCE_STOPS = (
    (0.0, "#08306B"),
    (100.0, "#2171B5"),
    (500.0, "#6BAED6"),
    (1_000.0, "#C6DBEF"),
    (2_000.0, "#FDD0A2"),
    (5_000.0, "#FD8D3C"),
    (20_000.0, "#A63603"),
)
_PRIORITY_STOPS = (
    (0.0, "#FFFFCC"),
    (0.25, "#FED976"),
    (0.5, "#FD8D3C"),
    (0.75, "#E31A1C"),
    (1.0, "#800026"),
)


@dataclass(frozen=True)
class RasterOptions:
    """What the user asks for: cells (``10m``; empty = by how many counties there are) and divisions (none = those of the sites)."""

    resolution: str = ""
    adcodes: tuple[str, ...] = ()

    def refuse_unfit(self) -> None:
        """Raise :class:`~geo.errors.RunError` before any work where a resolution cannot be read."""
        resolution_of(self.resolution, 1)


@dataclass(frozen=True)
class _Band:
    """One raster to be painted: how, and how it looks. A tile of ``paint`` may be shared by several."""

    name: str
    title: str
    dtype: str
    nodata: float
    categories: Sequence[Category] = ()
    stops: Sequence[tuple[float, str]] = ()
    unit: str = ""


def write_run_rasters(
    assessment: Assessment, folder: Path, options: RasterOptions, progress: Progress
) -> list[str]:
    """Write ``constraints.tif`` (strictest outcome), ``constraints_known.tif`` (what surely bites), ``constraints_rules.tif`` (the rule
    that decides), ``distance.tif``, and of a run with restoration ``treatment.tif`` and ``priority.tif``; ``rasters.csv`` sums them up.

    Over the counties of the sites or those of ``options``. Raises :class:`~geo.errors.RunError` where there are none.
    """
    catalog = assessment.catalog
    area, grid = _area(catalog, options, counties_of(assessment.sites, catalog))
    rules = [assessment.rulebook[rule_id] for rule_id in dict.fromkeys(assessment.scope.rules["rule_id"])]
    constraints = Constraints(
        rules, assessment.rulebook, catalog, assessment.on, area, grid, assessment.confidence
    )
    book = _Sums(folder / "rasters.csv", grid)
    names = ("constraints", "constraints_known", "constraints_rules")
    titles = ("管控程度", "管控程度（只计确定触及）", "决定规则")
    classes = outcome_categories()
    held = [(code, rule) for code, rule in enumerate(constraints.rules, start=1)]
    listed = [Category(0, "无", "no rule", "#FFFFFF")] + [
        Category(code, f"{rule.id} {rule.title.zh}", rule.title.en, _rule_colour(code)) for code, rule in held
    ]
    bands = [
        _Band(names[0], titles[0], "uint8", NOTHING, classes),
        _Band(names[1], titles[1], "uint8", NOTHING, [c for c in classes if c.code < DEMO]),
        _Band(names[2], titles[2], "uint16", 65535, listed),
    ]

    def paint(tile: Tile) -> list[np.ndarray]:
        cells = constraints.paint(tile)
        rule = np.where(cells.outcome == NOTHING, 65535, cells.rule).astype(np.uint16)
        return [cells.outcome, cells.known, rule]

    _write(bands, grid, area, folder, paint, book, progress)
    written = list(names)
    distances = Distances(constraints.rules, constraints.cells)
    if distances:
        title = f"距基准线距离（{'、'.join(distances.layer_keys)}）"
        band = _Band("distance", title, "float32", -1.0, stops=_DISTANCE_STOPS, unit="米")
        _write([band], grid, area, folder, lambda tile: [distances.paint(tile)], book, progress)
        written.append("distance")
    else:
        book.say("distance", "没有写：没有按距离量的真实图层（演示图层不算）")
    if constraints.left_out:
        book.say(
            "constraints",
            f"全市通行、不分地点的规则不入栅格：{'、'.join(r.id for r in constraints.left_out)}",
        )
    if assessment.restoration is not None:
        written += _pieces(assessment.restoration.treatment, grid, folder, book, progress)
    book.write()
    return written


def write_restoration_rasters(
    restoration: Restoration, catalog: LayerCatalog, folder: Path, options: RasterOptions, progress: Progress
) -> list[str]:
    """Write ``treatment.tif`` and ``priority.tif`` over the counties that have work to do, or those of ``options``."""
    counties = tuple(sorted(set(restoration.treatment["adcode"]) - {""}))
    if not counties and not options.adcodes:
        book = _Sums(folder / "rasters.csv", None)
        book.say("treatment", "没有写：没有需要修复的地块")
        book.write()
        return []
    _, grid = _area(catalog, options, counties)
    book = _Sums(folder / "rasters.csv", grid)
    written = _pieces(restoration.treatment, grid, folder, book, progress)
    book.write()
    return written


def outcome_categories() -> list[Category]:
    """The codes of ``constraints.tif``, plain and of demonstration data, with the colours of outcomes."""
    plain = [
        Category(strictness(outcome), outcome.zh, outcome.en, OUTCOMES[outcome].colour)
        for outcome in reversed(Outcome)
    ]
    demo = [
        Category(DEMO + c.code, f"待核实（演示：{c.zh}）", f"undetermined (demo: {c.en})", faded(c.colour))
        for c in plain
        if c.code not in (strictness(Outcome.NOT_COVERED), strictness(Outcome.UNDETERMINED))
    ]
    return [*plain, *demo]


def _area(
    catalog: LayerCatalog, options: RasterOptions, counties: Sequence[str]
) -> tuple[shapely.Geometry, Grid]:
    codes = options.adcodes or tuple(counties)
    area = catalog.area_of(codes)
    if area is None:
        raise RunError(
            f"--rasters：行政区图层里没有 {'、'.join(codes)}，不知道栅格画在哪里；用 --raster-adcode 指定"
            if options.adcodes
            else "--rasters：场地不在行政区图层的任何县（市、区）内；用 --raster-adcode 指定范围"
        )
    divisions = catalog.divisions()
    assert divisions is not None
    several = sum(str(code).startswith(tuple(codes)) for code in divisions["adcode"].dropna())
    return area, Grid.over(area, resolution_of(options.resolution, several))


def _pieces(
    treatment: gpd.GeoDataFrame, grid: Grid, folder: Path, book: _Sums, progress: Progress
) -> list[str]:
    kinds = [Category(code, kind.zh, kind.en, TREATMENTS_STYLE[kind]) for kind, code in TREATMENTS.items()]
    planned: list[tuple[_Band, Pieces]] = [
        (_Band("treatment", "修复措施", "uint8", 0, kinds), treatment_pieces(treatment, grid)),
        (
            _Band("priority", "修复优先度", "float32", -1.0, stops=_PRIORITY_STOPS),
            priority_pieces(treatment, grid),
        ),
    ]
    written = []
    for band, pieces in planned:
        if not len(pieces):
            book.say(band.name, "没有写：没有需要修复的地块")
            continue

        def paint(tile: Tile, band: _Band = band, pieces: Pieces = pieces) -> list[np.ndarray]:
            return [pieces.paint(tile, band.nodata, band.dtype)]

        _write([band], grid, pieces.extent, folder, paint, book, progress)
        written.append(band.name)
    book.say("treatment", "面积以矢量为准：窄于像元的条带按所触像元画出，像元合计偏大")
    return written


def _write(
    bands: Sequence[_Band],
    grid: Grid,
    area: shapely.Geometry,
    folder: Path,
    paint: Callable[[Tile], list[np.ndarray]],
    book: _Sums,
    progress: Progress,
) -> None:
    """Paint tile by tile, then make each band a COG with its companions."""
    shapely.prepare(area)
    tiles = list(grid.tiles(area))
    with rasterio.Env(GDAL_CACHEMAX=_GDAL_CACHE_MB, GDAL_NUM_THREADS="2"):
        parts = [folder / f".{band.name}.part" for band in bands]
        with ExitStack() as stack:
            files = [
                stack.enter_context(_plain(path, band, grid)) for path, band in zip(parts, bands, strict=True)
            ]
            for number, tile in enumerate(tiles, start=1):
                progress(f"画栅格 {bands[0].name} {number}/{len(tiles)}")
                for band, file, cells in zip(bands, files, paint(tile), strict=True):
                    file.write(cells, 1, window=tile.window)
                    book.count(band, tile, cells)
        for path, band in zip(parts, bands, strict=True):
            progress(f"整理栅格 {band.name}")
            _finish(path, band, folder, book)
            path.unlink()


def _plain(path: Path, band: _Band, grid: Grid) -> rasterio.io.DatasetWriter:
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
    file.update_tags(title=band.title, note=PRELIMINARY_NOTE)
    if band.unit:
        file.update_tags(1, unit=band.unit)
    if band.categories:
        file.write_colormap(1, colour_map(band.categories))
    return file


def _finish(path: Path, band: _Band, folder: Path, book: _Sums) -> None:
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
        table = attribute_table(band.categories, held)
        target.with_name(f"{target.name}.aux.xml").write_text(table, encoding="utf-8")
        shown = [c for c in band.categories if c.code in held] or list(band.categories)
        style = categories_style(shown)
    else:
        style = ramp_style(band.stops, band.unit)
    target.with_suffix(".qml").write_text(style, encoding="utf-8")


class _Sums:
    """Cells and hectares by raster and class, and what is to be said: ``rasters.csv``."""

    def __init__(self, path: Path, grid: Grid | None) -> None:
        self._path = path
        self._areas = grid.cell_areas_m2 if grid is not None else np.zeros(0)
        self._held: dict[str, dict[int, list[float]]] = {}
        self._bands: dict[str, _Band] = {}
        self._said: list[tuple[str, str]] = []
        if grid is not None:
            size = f"{grid.step_deg * 3600:g} 角秒"
            self.say("", f"EPSG:4490，像元 {size}（南北 {grid.height_m:.1f} 米），{grid.columns}×{grid.rows}")

    def count(self, band: _Band, tile: Tile, cells: np.ndarray) -> None:
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
            table.writerow(["栅格", "编码", "含义", "颜色", "像元数", "公顷（按像元合计）", "说明"])
            for name, text in self._said:
                table.writerow([name, "", "", "", "", "", text])
            for name, band in self._bands.items():
                held = self._held[name]
                for c in band.categories:
                    if c.code in held:
                        cells, hectares = held[c.code]
                        table.writerow([name, c.code, c.zh, c.colour, int(cells), f"{hectares:.4f}", ""])


def _rule_colour(code: int) -> str:
    """Colours that differ from one rule to the next: steps of the golden angle."""
    red, green, blue = colorsys.hls_to_rgb((code * 0.6180339887) % 1.0, 0.45 + 0.1 * (code % 3), 0.6)
    return f"#{round(255 * red):02X}{round(255 * green):02X}{round(255 * blue):02X}"
