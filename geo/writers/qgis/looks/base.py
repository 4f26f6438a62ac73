"""The base map: quiet enough for everything that lies on it."""

from __future__ import annotations

import pandas as pd

from geo.writers.content import Content
from geo.writers.qgis import symbols, tips
from geo.writers.qgis.labels import AROUND_POINT, CURVED, OVER_POINT, Label
from geo.writers.qgis.looks.look import Look
from geo.writers.qgis.markup import Element
from geo.writers.qgis.renderers import Class, by_rule, single
from geo.writers.styles import WATER

#: The ground of the plans' cities, and of what lies about them, which is also the paper of a map.
LAND, LAND_BEYOND = "#FDFCF8", "#F1EEE7"


def rivers_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Surveyed and schematic courses apart, names along them."""

    def stream(schematic: bool) -> Element:
        return symbols.line(WATER, 0.55, "2;1" if schematic else "")

    drawn = [
        Class("\"line\"<>'schematic'", content.lang("河流", "river"), stream(False)),
        Class(
            "\"line\"='schematic'",
            content.lang("河流（示意线，非实测）", "river (schematic, not surveyed)"),
            stream(True),
        ),
    ]
    held = (frame["line"] != "schematic").any(), (frame["line"] == "schematic").any()
    classes = [entry for entry, present in zip(drawn, held, strict=True) if present]
    name = Label(
        content.lang("河名", "names of rivers"),
        '"name"',
        "#1F5F99",
        8.5,
        from_scale=4_500_000,
        italic=True,
        placement=CURVED,
        spacing=2.0,
        repeat_mm=110,
        merge=True,
        priority=8,
        distance_mm=0.6,
    )
    return Look(by_rule(key, classes), (name,), tip=tips.plain_tip(content))


def lakes_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Lakes, named."""
    name = Label(
        content.lang("湖名", "names of lakes"),
        '"name"',
        "#1F5F99",
        7.5,
        from_scale=1_500_000,
        placement=OVER_POINT,
        italic=True,
        priority=6,
    )
    return Look(single(symbols.fill("#BFDDF2", 255, WATER, 0.25)), (name,), tip=tips.plain_tip(content))


def cities_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """City borders, those of the plans' cities stronger."""
    own = symbols.fill("#FFFFFF", 0, "#7D7466", 0.45, "4;1;1;1")
    other = symbols.fill("#FFFFFF", 0, "#A59C8C", 0.25, "4;1;1;1")
    return Look(
        by_rule(
            key,
            _by_plan(
                frame,
                content.lang("市界", "city border"),
                own,
                content.lang("其他市界", "border of another city"),
                other,
            ),
        )
    )


def counties_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """The ground: counties of the plans' cities lighter than the others."""
    own = symbols.fill(LAND, 255, "#BDB4A2", 0.18, "2;1")
    other = symbols.fill(LAND_BEYOND, 255, "#D2CBBD", 0.14, "2;1")
    return Look(
        by_rule(
            key,
            _by_plan(
                frame,
                content.lang("规划所在市各县", "counties of the plans' cities"),
                own,
                content.lang("其他县", "other counties"),
                other,
            ),
        )
    )


def _by_plan(
    frame: pd.DataFrame, own_title: str, own: Element, other_title: str, other: Element
) -> list[Class]:
    held = frame["planned"].any(), (~frame["planned"]).any()
    classes = [Class('"planned"', own_title, own), Class('NOT "planned"', other_title, other)]
    return [entry for entry, present in zip(classes, held, strict=True) if present]


def places_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Names only; the points are not seats."""
    city, county = "\"level\"='city'", "\"level\"='county'"
    labels = (
        Label(
            content.lang("市名", "names of cities"),
            '"name"',
            "#6B6454",
            11,
            f'{city} AND "planned"',
            6_000_000,
            500_000,
            AROUND_POINT,
            bold=True,
            spacing=3,
            priority=8,
            distance_mm=3,
        ),
        Label(
            content.lang("其他市名", "names of other cities"),
            '"name"',
            "#A39C8D",
            9,
            f'{city} AND NOT "planned"',
            3_000_000,
            500_000,
            OVER_POINT,
            spacing=2,
            priority=2,
        ),
        Label(
            content.lang("县名", "names of counties"),
            '"name"',
            "#857D6B",
            7.5,
            f'{county} AND "planned"',
            2_200_000,
            0,
            OVER_POINT,
            priority=1,
        ),
        Label(
            content.lang("其他县名", "names of other counties"),
            '"name"',
            "#ABA496",
            7,
            f'{county} AND NOT "planned"',
            600_000,
            0,
            OVER_POINT,
            priority=0,
        ),
    )
    dot = symbols.marker("#EFEBE0", 0.5, "circle", "#EFEBE0")
    return Look(single(dot), labels, tip=tips.plain_tip(content))
