"""The restoration ledger as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from openpyxl import Workbook

from geo.contracts import NUMBER
from geo.language import Lang
from geo.restoration.frames import INDICATORS, MUST_EXIT, PRIORITIES, RESTORATION, STRIP_SITES
from geo.restoration.plan import Restoration
from geo.writers.sheets import lines_sheet, table_sheet
from geo.writers.styles import DEMO_NOTE, DEMO_NOTE_EN, PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN

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
_NOTES_EN = (
    "A row is a task in a county, on a river, on a bank. Required is the whole strip; counted only what no stricter strip holds: totals add only that, so nothing counts twice.",
    "Deficit: where a task names the cover that must go, only that; for remediation all; else known cover that is no forest, shrub, grass, wetland or water.",
    "Low and high: how much ground cells of land cover and errors of layers may misjudge; undetermined rows are for orientation only.",
    "Stricter: the more binding word first, then the wider strip; demonstration data take no ground from real strips.",
)
_NOTES = (
    "每行是一项任务在一个县、一条河、一岸。应修复带面积是整条带；计入面积只含没有更严条带占有的部分，合计只加计入面积，不重复。",
    "缺口：任务写明须清退哪些地类的，只计那些；治理修复类计全部；其余计林地、灌木、草地、湿地、水面以外的已知地类。",
    "上下限：地类像元和图层误差可能使多大面积判错；待核实的行只作参考。",
    "更严：约束力强者先，其次带宽者；演示数据不占真实条带。",
)


def write_ledger(
    restoration: Restoration, path: Path, lang: Lang = Lang.ZH, more: Sequence[str] = ()
) -> None:
    """The workbook: the ledger by county and by task with subtotals, priorities, sites in the way, exits; ``more`` notes on its first sheet."""
    book = Workbook()
    notes = [
        *lang(_NOTES, _NOTES_EN),
        lang("优先次序的敏感性：", "How sensitive the order is: ") + restoration.sensitivity,
        lang(PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN),
        *more,
        *([lang(DEMO_NOTE, DEMO_NOTE_EN)] if restoration.has_demo else []),
    ]
    lines_sheet(book.active, lang("说明", "Read me"), notes)
    for title, key, label in (
        (lang("按县", "By county"), ["adcode"], "county"),
        (lang("按任务", "By task"), ["rule_id"], "rule_id"),
    ):
        summed = with_subtotals(restoration.ledger, key, label, lang)
        table_sheet(book.create_sheet(title), summed, RESTORATION, lang)
    for title, frame, contract in (
        (lang("优先次序", "Order"), restoration.priorities, PRIORITIES),
        (lang("条带内项目", "Sites in the strips"), restoration.strip_sites, STRIP_SITES),
        (lang("限期退出", "Must leave"), restoration.exits, MUST_EXIT),
        (lang("规划指标", "Targets"), restoration.indicators, INDICATORS),
    ):
        table_sheet(book.create_sheet(title), frame, contract, lang)
    book.save(path)


def with_subtotals(ledger: pd.DataFrame, by: Sequence[str], label: str, lang: Lang = Lang.ZH) -> pd.DataFrame:
    """The ledger's rows rounded as written, a row 小计 after each group, a row 合计 at the end.

    Subtotals are sums of the rounded rows above them, column by column (:data:`SUMMED`).
    """
    figures = [name for name, column in RESTORATION.items() if column.kind == NUMBER]
    rounded = ledger.assign(**{name: ledger[name].round(_DIGITS) for name in figures})
    parts = []
    for _, rows in rounded.sort_values([*by, "rule_id", "adcode"], kind="stable").groupby(
        list(by), sort=False
    ):
        parts += [
            rows,
            _total(
                rows,
                label,
                f"{rows[label].iloc[0] or lang('（未分县）', '(no county)')} {lang('小计', 'subtotal')}",
            ),
        ]
    return pd.concat([*parts, _total(rounded, label, lang("合计", "total"))], ignore_index=True)


def _total(rows: pd.DataFrame, label: str, name: str) -> pd.DataFrame:
    sums = {column: rows[column].sum(min_count=1).round(_DIGITS) for column in SUMMED}
    empty = {c: (None if spec.kind == NUMBER else "") for c, spec in RESTORATION.items()}
    frame = pd.DataFrame([{**empty, **sums, label: name, "demo": bool(rows["demo"].any())}])
    return frame.astype({c: float for c, spec in RESTORATION.items() if spec.kind == NUMBER})
