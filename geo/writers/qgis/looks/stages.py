"""What stages beyond the verdicts add: surveys, conflicts, moves, restoration, coverage."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from geo.writers.content import Content, Group, Kind
from geo.writers.qgis import symbols, tips
from geo.writers.qgis.labels import CURVED, HORIZONTAL, PERIMETER, Label
from geo.writers.qgis.looks.look import GROUPS, STATUS_COLOURS, Look, classed, name_of
from geo.writers.qgis.markup import Element
from geo.writers.qgis.renderers import Class, by_rule, categorised, single
from geo.writers.styles import TREATMENTS


def survey_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Stretches of a line that a survey would have to settle."""
    where = Label(
        content.lang("须实测", "to be surveyed"),
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
        tip=tips.plain_tip(content),
    )


def conflicts_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Areas where rules meet, by kind."""
    colour = GROUPS[Group.CONFLICTS]
    symbol = symbols.fill(colour, 60, colour, 0.6, hatch_deg=45, spacing_mm=1.2)
    number = Label(
        content.lang("冲突编号", "number of the conflict"),
        '"conflict_id"',
        colour,
        7.5,
        from_scale=100_000,
        placement=HORIZONTAL,
        priority=7,
    )
    return classed(
        key,
        content,
        frame,
        lambda c: symbols.fill(c, 60, c, 0.6, hatch_deg=45, spacing_mm=1.2),
        symbol,
        (number,),
    )


def conflict_points_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Rings by kind, about the markers of the sites that they are conflicts of."""

    def ring(colour: str) -> Element:
        return symbols.ring(colour, 7.4, 0.7)

    return classed(key, content, frame, ring, ring(GROUPS[Group.CONFLICTS]), ())


def _real_or_demo(
    key: str,
    content: Content,
    frame: pd.DataFrame,
    make: Callable[[bool], Element],
    labels: tuple[Label, ...] = (),
) -> Look:
    """What rests on demonstration layers is dashed and says so."""
    tip = tips.plain_tip(content)
    if "demo" not in content.contract:
        return Look(single(make(False)), labels, tip=tip)
    classes = [
        Class(
            '"demo"' if demo else 'NOT "demo"',
            content.title + (content.lang("（演示）", " (demonstration)") if demo else ""),
            make(demo),
        )
        for demo in (False, True)
        if (frame["demo"] == demo).any()
    ]
    return Look(by_rule(key, classes), labels, tip=tip)


def moves_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Arrows from a site to the nearest place where it could stand, with their length."""
    said = f"\"site_id\" || ' {content.lang('移', 'by')} ' || format_number(\"distance_m\",0) || ' m'"
    metres = Label(
        content.lang("移动距离", "length of the move"),
        said,
        "#00695C",
        7.5,
        from_scale=200_000,
        placement=CURVED,
        priority=7,
        distance_mm=1,
    )

    def arrow(demo: bool) -> Element:
        return symbols.line("#00796B", 0.7, "2;1" if demo else "", casing="#FFFFFF", arrow=True)

    return _real_or_demo(key, content, frame, arrow, (metres,))


def moved_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """A site at its new place."""

    def symbol(demo: bool) -> Element:
        if content.kind is Kind.POINT:
            return symbols.marker("#00796B", 2.8, "cross_fill" if demo else "circle", dashed=True)
        if content.kind is Kind.LINE:
            return symbols.line("#00796B", 0.8, "2;1" if demo else "", casing="#FFFFFF")
        return symbols.fill(
            "#00796B",
            0 if demo else 40,
            "#00796B",
            0.5,
            "2;1" if demo else "",
            hatch_deg=45 if demo else None,
        )

    return _real_or_demo(key, content, frame, symbol)


def stay_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """The part of a footprint that lies outside every zone that bites."""

    def symbol(demo: bool) -> Element:
        return symbols.fill(
            "#56B4E9",
            0 if demo else 110,
            "#0072B2",
            0.4,
            "2;1" if demo else "",
            hatch_deg=135 if demo else None,
        )

    return _real_or_demo(key, content, frame, symbol)


def strips_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Strips to be restored, named along their edge."""
    symbol = symbols.fill("#A6D8B0", 120, "#1B7837", 0.4, "3;1")
    names = Label(
        content.lang("修复带", "strip to restore"),
        name_of(content),
        "#1B5E2F",
        7,
        from_scale=100_000,
        placement=PERIMETER,
        repeat_mm=100,
        priority=4,
    )
    return Look(single(symbol), (names,), opacity=0.85, tip=tips.plain_tip(content))


def deficit_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """What is missing in the strips."""
    symbol = symbols.fill("#D55E00", 60, "#B34700", 0.3, hatch_deg=135, spacing_mm=1.2, hatch_width_mm=0.25)
    return Look(single(symbol), tip=tips.plain_tip(content))


def treatment_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """What to do on the missing ground, a colour a treatment; only those that are there."""
    held, labels = set(frame["treatment"]), content.labels("treatment")
    classes = [
        Class(str(kind), labels.get(str(kind), kind.zh), symbols.fill(colour, 190, colour, 0.2))
        for kind, colour in TREATMENTS.items()
        if str(kind) in held
    ]
    return Look(categorised("treatment", classes), opacity=0.85, tip=tips.plain_tip(content))


def certificate_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Where the layers let rules decide; one area a rule and city, so the worst lies on top."""
    held = set(frame["status"])
    labels = content.labels("status")
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
        tip=tips.plain_tip(content),
    )
