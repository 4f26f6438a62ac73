"""Coverage: for each rule, which layers serve it and what their state leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from geo.catalog import LayerCatalog
from geo.contracts import conform
from geo.frames import COVERAGE
from geo.layer import Layer
from geo.rule import Reference, Rule
from geo.rulebook import RuleBook
from geo.terms import Measure
from geo.zones import Reading, lost_to, readings_of

#: status → (Chinese, what it means)
STATUS = {
    "present": ("完整", "没有查到即没有"),
    "partial": ("部分", "只在一部分辖区或对一部分要素完整；其余未查到时待核实"),
    "unknown": ("范围不明", "清单没有写明完整范围；查到的算数，未查到时待核实"),
    "demonstration": ("演示", "只有演示数据；结论不作数"),
    "absent": ("缺", "没有图层；一律待核实"),
}


def check_coverage(rulebook: RuleBook, catalog: LayerCatalog, on: date) -> pd.DataFrame:
    """A row a rule and theme (columns: :data:`geo.frames.COVERAGE`); the status is of :data:`STATUS`."""
    rows = []
    for rule in rulebook.in_force(on):
        if rule.measure is Measure.IN_JURISDICTION:
            held = catalog.area_of(rule.jurisdiction.adcode) is not None
            rows.append(_row(rule, "admin", ["行政区"] if held else [], "present" if held else "absent"))
            continue
        for reference in rule.measured_from:
            readings = readings_of(reference, catalog, rule.measure)
            keys = [reading.layer.key for reading in readings]
            lost = [layer.key for layer in lost_to(reference, catalog)]
            status = "absent" if lost else _status(rule, reference, readings, catalog)
            rows.append(_row(rule, reference.theme, keys, status, lost_note(lost)))
    return conform(pd.DataFrame(rows, columns=list(COVERAGE)), COVERAGE)


def lost_note(keys: Sequence[str]) -> str:
    """What is said of layers set aside.

    >>> lost_note(["parks"])
    '图层 parks 读不了，已搁置；一律待核实'
    """
    return f"图层 {'、'.join(keys)} 读不了，已搁置；一律待核实" if keys else ""


def _row(rule: Rule, theme: str, keys: list[str], status: str, lost: str = "") -> dict[str, str]:
    zh, note = STATUS[status]
    return {
        "rule_id": rule.id,
        "theme": theme,
        "layers": ";".join(keys),
        "status": status,
        "status_zh": zh,
        "note": lost or note,
    }


def _status(rule: Rule, reference: Reference, readings: list[Reading], catalog: LayerCatalog) -> str:
    return status_in(rule.jurisdiction.adcode, reference, [r.layer for r in readings], catalog)


def status_in(
    adcodes: Sequence[str], reference: Reference, layers: Sequence[Layer], catalog: LayerCatalog
) -> str:
    """What the layers that serve a reference leave open over some divisions: a key of :data:`STATUS`."""
    real = [layer for layer in layers if not layer.demo]
    if not layers:
        return "absent"
    if not real:
        return "demonstration"
    whole = [layer for layer in real if layer.knows_all(reference.where)]
    area = catalog.area_of(adcodes)
    if area is not None and any(_says(layer, adcodes) for layer in whole):
        return "present"
    complete = catalog.complete_over(whole, adcodes)
    if complete is None:
        return "partial" if any(layer.covers is not None for layer in real) else "unknown"
    return "present" if complete else "partial"


def _says(layer: Layer, adcodes: Sequence[str]) -> bool:
    """Whether a layer's own codes hold all of some divisions: no polygons need be compared."""
    stated = tuple(layer.covers.adcode) if layer.covers is not None else ()
    return bool(stated) and all(code.startswith(stated) for code in adcodes)
