"""What stages beyond the verdicts add: surveys, conflicts, moves, restoration, coverage."""

from __future__ import annotations

import pandas as pd

from geo.writers.contents import Content, Group, Kind
from geo.writers.qgis import symbols, tips
from geo.writers.qgis.labels import CURVED, HORIZONTAL, PERIMETER, Label
from geo.writers.qgis.looks.look import GROUPS, STATUS_COLOURS, Look, classed, name_of
from geo.writers.qgis.renderers import Class, categorised, single
from geo.writers.qgis.vocabulary import labels_of


def survey_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    where = Label(
        "须实测",
        '"site_id" || \' \' || "feature_name"',
        "#5D3A9B",
        7.5,
        from_scale=100_000,
        placement=CURVED,
        bold=True,
        priority=7,
    )
    return Look(
        single(symbols.line("#5D3A9B", 1.1, "2.5;1.2", casing="#FFFFFF")),
        (where,),
        tip=tips.plain_tip(content.contract),
    )


def conflicts_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    colour = GROUPS[Group.CONFLICTS]
    symbol = symbols.fill(colour, 60, colour, 0.6, hatch_deg=45, spacing_mm=1.2)
    number = Label(
        "冲突编号", '"conflict_id"', colour, 7.5, from_scale=100_000, placement=HORIZONTAL, priority=7
    )
    return classed(
        key,
        content,
        frame,
        lambda c: symbols.fill(c, 60, c, 0.6, hatch_deg=45, spacing_mm=1.2),
        symbol,
        (number,),
    )


def moves_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    said = "\"site_id\" || ' 移 ' || format_number(\"distance_m\",0) || ' m'"
    metres = Label(
        "移动距离", said, "#00695C", 7.5, from_scale=200_000, placement=CURVED, priority=7, distance_mm=1
    )
    arrow = symbols.line("#00796B", 0.7, casing="#FFFFFF", arrow=True)
    return Look(single(arrow), (metres,), tip=tips.plain_tip(content.contract))


def moved_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    if content.kind is Kind.POINT:
        symbol = symbols.marker("#00796B", 3.2, "circle", dashed=True)
    else:
        symbol = symbols.fill("#00796B", 30, "#00796B", 0.6, "2;1")
    return Look(single(symbol), tip=tips.plain_tip(content.contract))


def stay_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    symbol = symbols.fill("#56B4E9", 110, "#0072B2", 0.4)
    return Look(single(symbol), tip=tips.plain_tip(content.contract))


def strips_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    symbol = symbols.fill("#A6D8B0", 120, "#1B7837", 0.4, "3;1")
    names = Label(
        "修复带",
        name_of(content),
        "#1B5E2F",
        7,
        from_scale=100_000,
        placement=PERIMETER,
        repeat_mm=100,
        priority=4,
    )
    return Look(single(symbol), (names,), opacity=0.85, tip=tips.plain_tip(content.contract))


def deficit_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    symbol = symbols.fill("#D55E00", 60, "#B34700", 0.3, hatch_deg=135, spacing_mm=1.2, hatch_width_mm=0.25)
    return Look(single(symbol), tip=tips.plain_tip(content.contract))


def certificate_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Where the layers let rules decide; one area a rule and city, so the worst lies on top."""
    held = set(frame["status"])
    labels = labels_of("status")
    classes = [
        Class(
            status,
            labels.get(status, status),
            symbols.fill(colour, 200, "#FFFFFF", 0.3, hatch_deg=45 if status == "demonstration" else None),
        )
        for status, colour in STATUS_COLOURS.items()
        if status in held
    ]
    return Look(
        categorised("status", classes, on_top=list(reversed(STATUS_COLOURS))),
        opacity=0.8,
        tip=tips.plain_tip(content.contract),
    )
