"""The restoration ledger as a workbook, and a run of ``hongxian restore`` as a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook

from geo.catalog import Layer, LayerCatalog
from geo.frames import NUMBER
from geo.language import Lang
from geo.restoration.frames import INDICATORS, MUST_EXIT, PRIORITIES, RESTORATION, STRIP_SITES
from geo.restoration.plan import Restoration
from geo.rulebook import RuleBook
from geo.runs.fingerprint import layer_record, versions
from geo.writers.contents import restoration_contents, withheld_contents
from geo.writers.figures.pictures import restoration_pictures, write_pictures
from geo.writers.folders import whole_folder
from geo.writers.geopackage import write_geopackage
from geo.writers.packed import settle_dates
from geo.writers.redaction import withheld_note
from geo.writers.sheets import lines_sheet, table_sheet
from geo.writers.styles import DEMO_NOTE, PRELIMINARY_NOTE

#: Columns that are added up: figures of the ground that counts. Whole strips overlap and are not.
SUMMED = (
    "counted_ha",
    "present_ha",
    "deficit_ha",
    "deficit_mu",
    "unknown_ha",
    "cropland_ha",
    "built_ha",
    "industrial_ha",
    "bare_ha",
    "mine_ha",
    "farmland_ha",
    "cost_yuan",
)
#: Areas are written to the square metre, so that the sums written are the sums of what is written.
_DIGITS = 4
_NOTES = (
    "每行是一项任务在一个县、一条河、一岸。应修复带面积是整条带；计入面积只含没有更严条带占有的部分，合计只加计入面积，不重复。",
    "缺口：任务写明须清退哪些地类的，只计那些；治理修复类计全部；其余计林地、灌木、草地、湿地、水面以外的已知地类。",
    "上下限：地类像元和图层误差可能使多大面积判错；待核实的行只作参考。",
    "更严：约束力强者先，其次带宽者；演示数据不占真实条带。",
)


def restoration_record(
    restoration: Restoration,
    rulebook: RuleBook,
    catalog: LayerCatalog,
    on: date,
    crs: str,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """The content of ``run.json`` of a run of ``hongxian restore``."""
    return {
        "note": PRELIMINARY_NOTE,
        "on": on.isoformat(),
        "crs": crs,
        "options": dict(options),
        "rows": {"ledger": len(restoration.ledger), "strips": len(restoration.strips)},
        "states": restoration.ledger["state"].value_counts().to_dict(),
        "sensitivity": restoration.sensitivity,
        "rules": {"tasks": len(rulebook.tasks), "content_sha256": rulebook.content_hash},
        "layers": [
            layer_record(catalog, layer) for layer in catalog.layers if layer.key in restoration.layer_keys
        ],
        "repairs": catalog.log,
        "versions": versions(),
    }


def write_restoration(
    restoration: Restoration,
    folder: Path | str,
    on: date,
    crs: str = "EPSG:4490",
    record: Callable[[Path], None] = lambda path: None,
    progress: Callable[[str], None] = lambda stage: None,
    more: Callable[[Path], object] = lambda folder: None,
    figures: bool = True,
    withheld: Sequence[Layer] = (),
    last: Callable[[], None] = lambda: None,
) -> Path:
    """Write ``restoration.gpkg``, ``restoration.xlsx`` and ``figures/`` into a new folder, whole or not at all, and return it.

    ``record`` writes ``run.json`` at the path it is given, ``more`` what else belongs into the folder. ``withheld``: the
    layers whose shapes were taken out (:mod:`geo.writers.redaction`). ``last`` is asked before the folder takes its place.
    """
    target = Path(folder)
    with whole_folder(target, last) as partial:
        progress("写 GeoPackage")
        contents = [*restoration_contents(restoration), *withheld_contents(withheld)]
        write_geopackage(contents, partial / "restoration.gpkg", on, crs)
        progress("写台账")
        write_ledger(restoration, partial / "restoration.xlsx", withheld_note(withheld))
        settle_dates(partial / "restoration.xlsx", on)
        if figures:
            progress("绘图")
            write_pictures(restoration_pictures(restoration, Lang.ZH), partial / "figures")
        more(partial)
        record(partial / "run.json")
    return target


def write_ledger(restoration: Restoration, path: Path, note: str = "") -> None:
    """The workbook: the ledger by county and by task with subtotals, priorities, sites in the way, exits; ``note`` on its first sheet."""
    book = Workbook()
    notes = [
        *_NOTES,
        f"优先次序的敏感性：{restoration.sensitivity}",
        PRELIMINARY_NOTE,
        *([note] if note else []),
    ]
    lines_sheet(book.active, "说明", [*notes, *([DEMO_NOTE] if restoration.has_demo else [])])
    for title, key, label in (("按县", ["adcode"], "county"), ("按任务", ["rule_id"], "rule_id")):
        table_sheet(book.create_sheet(title), with_subtotals(restoration.ledger, key, label), RESTORATION)
    for title, frame, contract in (
        ("优先次序", restoration.priorities, PRIORITIES),
        ("条带内项目", restoration.strip_sites, STRIP_SITES),
        ("限期退出", restoration.exits, MUST_EXIT),
        ("规划指标", restoration.indicators, INDICATORS),
    ):
        table_sheet(book.create_sheet(title), frame, contract)
    book.save(path)


def with_subtotals(ledger: pd.DataFrame, by: Sequence[str], label: str) -> pd.DataFrame:
    """The ledger's rows rounded as written, a row 小计 after each group, a row 合计 at the end.

    Subtotals are sums of the rounded rows above them, column by column (:data:`SUMMED`).
    """
    figures = [name for name, column in RESTORATION.items() if column.kind == NUMBER]
    rounded = ledger.assign(**{name: ledger[name].round(_DIGITS) for name in figures})
    parts = []
    for _, rows in rounded.sort_values([*by, "rule_id", "adcode"], kind="stable").groupby(
        list(by), sort=False
    ):
        parts += [rows, _total(rows, label, f"{rows[label].iloc[0] or '（未分县）'} 小计")]
    return pd.concat([*parts, _total(rounded, label, "合计")], ignore_index=True)


def _total(rows: pd.DataFrame, label: str, name: str) -> pd.DataFrame:
    sums = {column: rows[column].sum(min_count=1).round(_DIGITS) for column in SUMMED}
    empty = {c: (None if spec.kind == NUMBER else "") for c, spec in RESTORATION.items()}
    frame = pd.DataFrame([{**empty, **sums, label: name, "demo": bool(rows["demo"].any())}])
    return frame.astype({c: float for c, spec in RESTORATION.items() if spec.kind == NUMBER})
