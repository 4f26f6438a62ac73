"""The further layers of a run (restoration, conflicts, survey stretches, coverage …), whatever they hold.

Each spatial content that no other part of the map draws becomes a switch of its group, with a popup
of its columns; a name that is known gets its own look, any other that of its group.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.contracts import FLAG, NUMBER
from geo.labels import coded, told_code
from geo.language import Lang
from geo.terms import Treatment
from geo.writers.content import Content, Group, Kind
from geo.writers.styles import TREATMENTS, ground_colour
from geo.writers.webmap.packing import pack, steps
from geo.writers.webmap.topology import topology

#: Contents that the map draws in its own way, or that repeat what it draws.
DRAWN_ELSEWHERE = frozenset({"sites", "site_lines", "site_areas", "zones", "references"})
#: Rows a layer may have; a map with more of one kind of thing shows nothing.
ROWS_UP_TO = 20_000
_STEP_M = 5.0
#: Works by treatment: what their names begin with.
_TREATMENT = "treatment_"


@dataclass(frozen=True)
class Look:
    """Colour, width and dash of the line, share of the fill; whether the layer is shown at first."""

    colour: str
    weight: float = 1.5
    dash: str = ""
    fill: float = 0.25
    show: bool = False


_GROUPS: dict[Group, Look] = {
    Group.OUTCOMES: Look("#333333"),
    Group.GROUND: Look("#1A1A1A", 2, "", 0.05, show=True),
    Group.TO_SETTLE: Look("#5D3A9B", 4, "2 5", show=True),
    Group.CONFLICTS: Look("#8B0000", 1.5, "", 0.45, show=True),
    Group.ZONES: Look("#B2182B"),
    Group.RESTORATION: Look("#1B7837", 1.2, "", 0.3),
    Group.REFERENCES: Look("#1A1A1A", 1.5),
    Group.BASE: Look("#7A7A7A", 1, "", 0.05),
    Group.COVERAGE: Look("#666666", 1, "4 4", 0.1),
}

#: Looks of the layers that have a look of their own, by name.
_NAMED: dict[str, Look] = {
    "candidates": Look("#1A1A1A", 1.5, "4 3", 0.05),
    "better_places": Look("#0B5394", 2.5, show=True),
    "moves": Look("#0B5394", 2.5, show=True),
    "moved_lines": Look("#0B5394", 2, "5 4", show=True),
    "moved_areas": Look("#0B5394", 1.5, "5 4", 0.1, show=True),
    "moved_points": Look("#0B5394", 1.5, "3 2", 0.1, show=True),
    "stay": Look("#2E8B7A", 1.5, "", 0.35),
    "strips": Look("#1B7837", 1.2, "", 0.2),
    "strip_cover": Look("#7A9A3C", 0.6, "", 0.45),
    "deficit": Look("#B8860B", 1, "", 0.5),
    "certificate": Look("#666666", 1, "4 4", 0.12),
}


def look_of(content: Content) -> Look:
    """How a layer is drawn."""
    if content.name.startswith("ground_"):
        colour = ground_colour(content.name.removeprefix("ground_"))
        return Look(colour, 0.7, "", 0.5, show=True)
    if content.name.startswith(_TREATMENT):
        return Look(TREATMENTS[Treatment(content.name.removeprefix(_TREATMENT))], 0.7, "", 0.6)
    return _NAMED.get(content.name) or _GROUPS.get(content.group, Look("#444444"))


def by_treatment(contents: list[Content]) -> list[Content]:
    """The contents with restoration's works as a layer a treatment, so that each has its colour and switch."""
    found: list[Content] = []
    for content in contents:
        if content.name != "treatment" or content.kind is Kind.TABLE:
            found.append(content)
            continue
        for kind in Treatment:
            own = content.frame[content.frame["treatment"] == str(kind)]
            if len(own):
                name, zh = f"{_TREATMENT}{kind}", f"{content.zh}：{kind.zh}"
                found.append(replace(content, name=name, zh=zh, en=f"{content.en}: {kind.en}", frame=own))
    return found


def more_layers(contents: list[Content]) -> list[tuple[Content, dict[str, Any]]]:
    """The spatial contents that nothing else draws, and each as ``layers.js`` draws it.

    The base map's own layers (底图) are drawn by :mod:`geo.writers.webmap.basemap`.
    """
    return [
        (content, _layer(content))
        for content in by_treatment(contents)
        if content.kind is not Kind.TABLE
        and content.group is not Group.BASE
        and content.name not in DRAWN_ELSEWHERE
        and len(content.frame)
    ]


def _layer(content: Content) -> dict[str, Any]:
    frame = content.frame.head(ROWS_UP_TO).reset_index(drop=True)
    look = look_of(content)
    shapes = frame.geometry.to_numpy()
    words = coded(content.contract)  # of a code and the words beside it, the words
    named = [
        (name, column)
        for name, column in content.contract.items()
        if name in frame.columns and name not in words.values()
    ]
    rows = zip(*(_words(frame[name], column.kind, content.lang) for name, column in named), strict=True)
    drawn: dict[str, Any] = {}
    if content.kind is Kind.POINT:
        points, at = shapely.get_coordinates(shapes, return_index=True)
        drawn = {"lon": steps(points[:, 0]), "lat": steps(points[:, 1]), "at": at.tolist()}
    else:
        thinned_m = float(content.frame.attrs.get("thinned_m", 0.0))  # together with other layers already
        drawn["shapes"], step_m = topology(shapes, 0.0 if thinned_m else _STEP_M)
        drawn["step_m"] = thinned_m or step_m
    return {
        "name": content.name,
        "title": content.title,
        "columns": [content.heading(words.get(name, name)) for name, _ in named],
        "rows": pack([list(row) for row in rows]),
        "look": {
            "color": look.colour,
            "weight": look.weight,
            "dashArray": look.dash or None,
            "fillOpacity": look.fill,
        },
        "arrow": content.name in ("moves", "better_places"),
        "left_out": len(content.frame) - len(frame),
        **drawn,
    }


def _words(values: pd.Series, kind: str, lang: Lang) -> list[Any]:
    """A column as a popup shows it; empty where there is nothing to say."""
    if kind == NUMBER:
        return [
            "" if np.isnan(value) else f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
            for value in values
        ]
    if kind == FLAG:
        return [lang("是", "yes") if value else "" for value in values]
    name = str(values.name)
    return [told_code(name, value, lang) for value in values]
