"""Renderers: one symbol, one a value, or one a rule; legends name only what a layer holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geo.writers.qgis.markup import Element, element, fixed_id


@dataclass(frozen=True)
class Class:
    """One entry of a legend: a value (or a filter expression), its Chinese label and its symbol."""

    match: str
    label: str
    symbol: Element


def single(symbol: Element, levels: bool = False) -> Element:
    """Every feature alike."""
    return _renderer({"type": "singleSymbol"}, [symbol], levels)


def categorised(
    column: str, classes: Sequence[Class], levels: bool = False, on_top: Sequence[str] = ()
) -> Element:
    """A symbol for each value of a column; of features that overlap, those first in ``on_top`` lie uppermost."""
    rows = [
        element(
            "category",
            {
                "value": entry.match,
                "label": entry.label,
                "symbol": number,
                "render": "true",
                "type": "string",
            },
        )
        for number, entry in enumerate(classes)
    ]
    made = _renderer(
        {"type": "categorizedSymbol", "attr": column},
        [entry.symbol for entry in classes],
        levels,
        element("categories", None, *rows),
    )
    if on_top:
        listed = ",".join(f"'{value}'" for value in on_top)
        clause = f'array_find(array({listed}),"{column}")'
        made.set("enableorderby", "1")
        made.append(element("orderby", None, element("orderByClause", {"asc": 0, "nullsFirst": 1}, clause)))
    return made


def by_rule(key: str, classes: Sequence[Class], levels: bool = False) -> Element:
    """A symbol for each filter expression."""
    rules = [
        element(
            "rule",
            {
                "key": fixed_id(key, "rule", entry.label, str(number)),
                "filter": entry.match,
                "label": entry.label,
                "symbol": number,
            },
        )
        for number, entry in enumerate(classes)
    ]
    root = element("rules", {"key": fixed_id(key, "rules")}, *rules)
    return _renderer({"type": "RuleRenderer"}, [entry.symbol for entry in classes], levels, root)


def _renderer(kind: dict[str, str], symbols: list[Element], levels: bool, *before: Element) -> Element:
    for number, symbol in enumerate(symbols):
        symbol.set("name", str(number))
        for index, layer in enumerate(symbol.findall("layer")):
            for inner in layer.findall("symbol"):
                inner.set("name", f"@{number}@{index}")
    base = {"enableorderby": "0", "symbollevels": "1" if levels else "0", "forceraster": "0"}
    return element("renderer-v2", {**kind, **base}, *before, element("symbols", None, *symbols))
