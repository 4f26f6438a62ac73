"""``availability.tif``: the classes of ground cell by cell, a cell by its middle; beside it the strictest rule and why ground is undetermined."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely

from geo.availability.cells import GroundCells
from geo.availability.classes import FREE, class_zh
from geo.availability.places import layers_aside
from geo.availability.screening import Setting
from geo.availability.use import Use
from geo.language import Lang
from geo.rasters.grid import Grid, Tile
from geo.runs.fingerprint import layer_record, versions
from geo.terms import Cause, Outcome
from geo.writers.cogs import Band, Progress, Sums, ahead, number_type, write_cogs
from geo.writers.folders import whole_folder
from geo.writers.raster_styles import Category, rule_colour
from geo.writers.styles import OUTCOMES, PRELIMINARY_NOTE

#: Codes of the classes; 0 = ground not asked about. Ground that several rules prohibit is 9.
CODES = {
    FREE: 1,
    str(Outcome.ADVISED): 2,
    str(Outcome.CONDITIONAL): 3,
    str(Outcome.RESTRICTED): 4,
    str(Outcome.UNDETERMINED): 5,
    str(Outcome.MUST_EXIT): 6,
    str(Outcome.NOT_COVERED): 7,
    str(Outcome.PROHIBITED): 8,
}
BY_SEVERAL = 9
_SEVERAL_COLOUR = "#4A0000"


def write_classes(
    use: Use,
    area: gpd.GeoDataFrame,
    setting: Setting,
    folder: Path,
    resolution_m: float,
    progress: Progress = lambda stage: None,
    say: Lang = Lang.ZH,
) -> gpd.GeoDataFrame:
    """Write ``availability.tif`` (classes), ``availability_rules.tif`` (the strictest rule), ``availability_causes.tif`` (why undetermined) in
    cells of some ``resolution_m``, EPSG:4490, with their styles; ``availability_cells.csv`` sums them up by county.

    Memory is that of some tiles. Returns the kinds of ground (:meth:`geo.availability.cells.GroundCells.screen`).
    """
    progress("读取图层，确定限线")
    whole = shapely.union_all(area.geometry.to_numpy())
    grid = Grid.over(whole, resolution_m)
    ground = GroundCells(use, area, setting, grid)
    numbered = folder / ".kinds.part"
    _number(ground, whole, numbered, progress)
    progress("研判各类地")
    said = ground.screen()
    bands, tables = _bands(said, setting, say)
    book = Sums(folder / "availability_rasters.csv", grid, say)
    with rasterio.open(numbered) as file:

        def paint(tile: Tile) -> list[np.ndarray]:
            kinds = file.read(1, window=tile.window)
            return [table[kinds] for table in tables]

        write_cogs(bands, grid, whole, folder, paint, book, progress)
    numbered.unlink()
    book.write()
    _sum_up(said, folder / "availability_cells.csv")
    return said


def write_cells(
    use: Use,
    area: gpd.GeoDataFrame,
    setting: Setting,
    folder: Path | str,
    resolution_m: float,
    options: Mapping[str, Any],
    progress: Progress = lambda stage: None,
    say: Lang = Lang.ZH,
) -> gpd.GeoDataFrame:
    """Write the rasters of :func:`write_classes` and ``run.json`` into a new folder, whole or not at all; no polygons are cut."""
    with whole_folder(Path(folder)) as partial:
        said = write_classes(use, area, setting, partial, resolution_m, progress, say)
        by_class = said.groupby("class")["area_ha"].sum()
        record = {
            "note": PRELIMINARY_NOTE,
            "on": setting.on.isoformat(),
            "confidence": setting.confidence,
            "use": asdict(use),
            "options": dict(options),
            "hectares": {str(word): round(float(ha), 4) for word, ha in by_class.items()},
            "rules": {"count": len(setting.rulebook), "content_sha256": setting.rulebook.content_hash},
            "layers": [layer_record(setting.catalog, layer) for layer in setting.catalog.used()],
            "set_aside": layers_aside(use, area, setting).to_dict("records"),
            "repairs": setting.catalog.log,
            "versions": versions(),
        }
        text = json.dumps(record, ensure_ascii=False, indent=2, default=str)
        (partial / "run.json").write_text(text + "\n", encoding="utf-8")
    return said


def _number(ground: GroundCells, whole: shapely.Geometry, path: Path, progress: Progress) -> None:
    """The numbers of kinds, tile by tile, into a file."""
    grid = ground.grid
    place = {"crs": grid.crs, "transform": grid.transform}
    layout = {
        **place,
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "compress": "DEFLATE",
        "zlevel": 1,
    }
    size = {"width": grid.columns, "height": grid.rows, "count": 1, "dtype": "uint32"}
    shapely.prepare(whole)
    tiles = list(grid.tiles(whole))
    with rasterio.open(
        path, "w", driver="GTiff", **size, **layout, sparse_ok=True, bigtiff="IF_SAFER"
    ) as file:
        for number, (tile, kinds) in enumerate(ahead(tiles, ground.look), start=1):
            progress(f"画可选址栅格 {number}/{len(tiles)}")
            file.write(kinds, 1, window=tile.window)


def _bands(said: gpd.GeoDataFrame, setting: Setting, say: Lang) -> tuple[list[Band], list[np.ndarray]]:
    """How the rasters look, and of each what it says of each kind's number."""
    classes = np.array([0, *(CODES[word] for word in said["class"])], dtype=np.uint8)
    several = np.r_[False, said["prohibiting"].to_numpy() > 1]
    classes[(classes == CODES["prohibited"]) & several] = BY_SEVERAL
    rule_ids = sorted(set(said["strictest_rule_id"]) - {""})
    kind, nothing = number_type(len(rule_ids))
    rules = np.array([0, *(rule_ids.index(r) + 1 if r else 0 for r in said["strictest_rule_id"])], kind)
    rules[0] = nothing
    causes = list(Cause)
    why = np.array([0, *(causes.index(Cause(c)) + 1 if c else 0 for c in said["cause"])], dtype=np.uint8)
    why[0] = 255
    titles = {rule_id: setting.rulebook[rule_id].title for rule_id in rule_ids}
    none = Category(0, "无", "none", "#FFFFFF")
    bands = [
        Band("availability", say("可选址范围", "Ground left for the use"), "uint8", 0, class_categories()),
        Band(
            "availability_rules",
            say("最严的决定规则", "Strictest deciding rule"),
            kind,
            nothing,
            [none]
            + [
                Category(n, f"{r} {titles[r].zh}", f"{r} {titles[r].en}", rule_colour(n))
                for n, r in enumerate(rule_ids, 1)
            ],
        ),
        Band(
            "availability_causes",
            say("待核实的首要原因", "First cause why undetermined"),
            "uint8",
            255,
            [none] + [Category(n, cause.zh, cause.en, rule_colour(n)) for n, cause in enumerate(causes, 1)],
        ),
    ]
    return bands, [classes, rules, why]


def class_categories() -> list[Category]:
    """The codes of ``availability.tif`` with the colours of outcomes."""
    shown = []
    for word, code in CODES.items():
        outcome = Outcome.CLEAR if word == FREE else Outcome(word)
        english = "free" if word == FREE else outcome.en
        shown.append(Category(code, class_zh(word), english, OUTCOMES[outcome].colour))
    prohibited = Outcome.PROHIBITED
    return [
        *shown,
        Category(
            BY_SEVERAL, f"{prohibited.zh}（几条规则）", f"{prohibited.en} (several rules)", _SEVERAL_COLOUR
        ),
    ]


def _sum_up(said: gpd.GeoDataFrame, path: Path) -> None:
    """Hectares by county, class and cause, by cells."""
    keys = ["adcode", "county", "park", "class_zh", "cause_zh"]
    sums = said.groupby(keys, sort=True)["area_ha"].sum()
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["区划代码", "县（市、区）", "园区", "类别", "待核实原因", "公顷（按像元合计）"])
        for key, hectares in sums.items():
            table.writerow([*key, f"{hectares:.4f}"])
