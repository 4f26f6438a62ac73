"""What makes the look of a layer, and a sensible one for any layer that nobody has described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from geo.writers.content import Content, Group, Kind
from geo.writers.qgis import symbols, tips
from geo.writers.qgis.labels import AROUND_POINT, CURVED, HORIZONTAL, Label
from geo.writers.qgis.markup import Element
from geo.writers.qgis.renderers import Class, categorised, single
from geo.writers.styles import EFFECTS, OUTCOMES

#: Colour-blind safe, one after the other, where values have no colours of their own.
_SERIES = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#8C6D31",
    "#5D3A9B",
    "#999999",
    "#F0C808",
)
STATUS_COLOURS = {
    "present": "#1F5A8C",
    "stale": "#5FA2C9",
    "partial": "#A9D0E3",
    "unknown": "#F2D9A6",
    "demonstration": "#9B7FC0",
    "absent": "#B5483A",
}
GROUPS: dict[Group, str] = {
    Group.OUTCOMES: "#5D3A9B",
    Group.GROUND: "#2E8B7A",
    Group.TO_SETTLE: "#5D3A9B",
    Group.CONFLICTS: "#A50F15",
    Group.ZONES: "#B2182B",
    Group.RESTORATION: "#1B7837",
    Group.REFERENCES: "#4A6FA5",
    Group.BASE: "#8A8A8A",
    Group.COVERAGE: "#1F5A8C",
}
_NONE = "#6B6B6B"
_MOST_CLASSES = 12


@dataclass(frozen=True)
class Look:
    """Renderer, labels, opacity and map tip of one layer; a table has no renderer."""

    renderer: Element | None
    labels: tuple[Label, ...] = ()
    opacity: float = 1.0
    tip: str = ""


_CLASSING = (
    "outcome",
    "state",
    "treatment",
    "class",
    "cover",
    "kind",
    "status",
    "effect",
    "priority",
    "theme",
    "line",
)


def look_by_group(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """A look for a layer that nobody has described: the colour of its group, a class a value where a column sorts it."""
    colour = GROUPS[content.group]
    plain: dict[Kind, Callable[[str], Element]] = {
        Kind.POINT: lambda c: symbols.marker(c, 2.4),
        Kind.LINE: lambda c: symbols.line(c, 0.6),
        Kind.AREA: lambda c: symbols.fill(c, 90, c, 0.35),
    }
    make = plain[content.kind]
    names = Label(
        content.lang("名称", "name"),
        name_of(content),
        "#333333",
        7,
        from_scale=150_000,
        priority=3,
        placement=_placement(content.kind),
    )
    return classed(key, content, frame, make, make(colour), (names,) if name_of(content) != "''" else ())


def _placement(kind: Kind) -> int:
    return {Kind.POINT: AROUND_POINT, Kind.LINE: CURVED}.get(kind, HORIZONTAL)


def classed(
    key: str,
    content: Content,
    frame: pd.DataFrame,
    make: Callable[[str], Element],
    plain: Element,
    labels: tuple[Label, ...],
) -> Look:
    """A colour a value of the first column that sorts the features into a few classes; else one symbol."""
    tip = tips.plain_tip(content)
    for column in _CLASSING:
        if column not in content.contract:
            continue
        values = sorted({str(value) for value in frame[column].dropna()})
        if not 2 <= len(values) <= _MOST_CLASSES:
            continue
        words = {**content.labels(column), **_words_beside(column, frame)}
        colours = _colours_of(column)
        classes = [
            Class(
                value,
                words.get(value, value) or content.lang("未注明", "not stated"),
                make(colours.get(value, _SERIES[n % len(_SERIES)] if value else _NONE)),
            )
            for n, value in enumerate(values)
        ]
        return Look(categorised(column, classes), labels, tip=tip)
    return Look(single(plain), labels, tip=tip)


def _words_beside(column: str, frame: pd.DataFrame) -> dict[str, str]:
    zh = f"{column}_zh"
    return dict(zip(frame[column].astype(str), frame[zh].astype(str), strict=True)) if zh in frame else {}


def _colours_of(column: str) -> dict[str, str]:
    if column == "outcome":
        return {str(outcome): style.colour for outcome, style in OUTCOMES.items()}
    if column == "effect":
        return {str(effect): colour for effect, colour in EFFECTS.items()}
    return STATUS_COLOURS if column == "status" else {}


def name_of(content: Content) -> str:
    """The expression that names a feature of a layer on the map."""
    for name in ("feature_name", "river", "name", "rule_id"):
        if name in content.contract:
            return f'"{name}"'
    return "''"
