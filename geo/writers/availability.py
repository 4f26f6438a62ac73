"""A run of ``hongxian where`` as a folder: GeoPackage, workbook and record."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from geo.availability.classes import merge_pieces
from geo.availability.frames import (
    AVAILABILITY,
    BETTER_PLACES,
    CANDIDATES,
    COUNTY_CLASSES,
    LAYER_GAINS,
    RULE_COST,
)
from geo.availability.places import Availability
from geo.availability.screening import Setting
from geo.runs.fingerprint import layer_record, versions
from geo.terms import Theme
from geo.writers.availability_raster import write_classes
from geo.writers.contents import Content, Group, Kind
from geo.writers.folders import whole_folder
from geo.writers.geopackage import write_geopackage
from geo.writers.packed import settle_dates
from geo.writers.sheets import lines_sheet, table_sheet
from geo.writers.styles import DEMO_NOTE, PRELIMINARY_NOTE

_NOTES = (
    "类别与逐个场地筛查的结论相同：“可选”＝没有规则触及，且规则需要的图层都在；缺图层、精度不够的地方是“待核实”，不会显示为可选。",
    "“只看位置的类别”不计因项目情况不明（如工艺、指标、产能置换）或规划未给距离而待核实的规则：这些规则在辖区内处处一样，另见规则代价表。",
    "单独代价：单单去掉这一条规则，类别会放宽的面积；几条规则共同压着的地，每条的单独代价都是 0。",
    "单凭它可定：补上这一类图层，这些地就能定；最多可释出：补上后若什么也没有，就成为可选地的面积。",
    "备选地逐块按场地重新筛查；复筛不通过的不应采用。",
)


def availability_contents(found: Availability) -> list[Content]:
    """The layers and tables of a run, in the order in which they lie on each other."""
    group = Group.OUTCOMES
    return [
        Content("better_places", "更好的位置", group, Kind.LINE, BETTER_PLACES, found.better),
        Content("candidates", "备选地", group, Kind.AREA, CANDIDATES, found.candidates),
        Content("availability", "可选址范围", group, Kind.AREA, AVAILABILITY, merge_pieces(found.pieces)),
        Content("county_classes", "分县面积", group, Kind.TABLE, COUNTY_CLASSES, found.classes),
        Content("county_place_classes", "分县面积（只看位置）", group, Kind.TABLE, COUNTY_CLASSES, found.place_classes),
        Content("rule_cost", "规则代价", group, Kind.TABLE, RULE_COST, found.rules),
        Content("layer_gains", "缺图层的影响", group, Kind.TABLE, LAYER_GAINS, found.layers),
    ]  # fmt: skip


def availability_record(
    found: Availability, setting: Setting, crs: str, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The content of ``run.json`` of a run of ``hongxian where``."""
    book, catalog = setting.rulebook, setting.catalog
    used = set(found.ground.screened.checks["layer_key"])
    layers = [layer for layer in catalog.layers if layer.key in used or layer.theme is Theme.ADMIN]
    return {
        "note": PRELIMINARY_NOTE,
        "demo": found.has_demo,
        "on": setting.on.isoformat(),
        "confidence": setting.confidence,
        "crs": crs,
        "use": asdict(found.use),
        "options": dict(options),
        "hectares": {
            str(word): round(float(ha), 4) for word, ha in found.classes.groupby("class")["area_ha"].sum().items()
        },
        "rows": {content.name: len(content.frame) for content in availability_contents(found)},
        "rules": {"count": len(book), "content_sha256": book.content_hash},
        "layers": [layer_record(catalog, layer) for layer in layers],
        "repairs": catalog.log,
        "versions": versions(),
    }  # fmt: skip


def write_availability(
    found: Availability,
    folder: Path | str,
    setting: Setting,
    crs: str = "EPSG:4490",
    options: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = lambda stage: None,
    resolution_m: float | None = None,
) -> Path:
    """Write ``availability.gpkg``, ``availability.xlsx`` and ``run.json`` into a new folder, whole or not at all.

    With ``resolution_m`` also ``availability.tif``, in cells of some so many metres.
    """
    target = Path(folder)
    contents = availability_contents(found)
    with whole_folder(target) as partial:
        progress("写 GeoPackage")
        write_geopackage(contents, partial / "availability.gpkg", setting.on, crs)
        if resolution_m is not None:
            progress("写栅格")
            write_classes(found.use, found.area, setting, partial, resolution_m, progress)
        progress("写表格与运行记录")
        _write_workbook(found, contents, partial / "availability.xlsx")
        settle_dates(partial / "availability.xlsx", setting.on)
        record = availability_record(found, setting, crs, options or {})
        (partial / "run.json").write_text(
            json.dumps(record, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8"
        )
    return target


def _write_workbook(found: Availability, contents: list[Content], path: Path) -> None:
    book = Workbook()
    lines_sheet(book.active, "说明", [*_NOTES, PRELIMINARY_NOTE, *([DEMO_NOTE] if found.has_demo else [])])
    for content in contents:
        table_sheet(book.create_sheet(content.zh), content.frame, content.contract)
    book.save(path)
