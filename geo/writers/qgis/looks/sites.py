"""Sites: colour and shape by outcome, number and outcome beside them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from geo.terms import Outcome
from geo.writers.content import Content
from geo.writers.qgis import symbols, tips
from geo.writers.qgis.labels import Label
from geo.writers.qgis.looks.look import Look
from geo.writers.qgis.markup import Element
from geo.writers.qgis.renderers import Class, categorised, single
from geo.writers.styles import OUTCOMES

#: A second cue beside colour: the shape of a site's marker, its size in millimetres, hollow or full.
_MARKERS: dict[Outcome, tuple[str, float, bool]] = {
    Outcome.PROHIBITED: ("square", 3.2, False),
    Outcome.MUST_EXIT: ("diamond", 3.8, False),
    Outcome.UNDETERMINED: ("circle", 2.8, True),
    Outcome.RESTRICTED: ("triangle", 3.8, False),
    Outcome.CONDITIONAL: ("pentagon", 3.6, False),
    Outcome.ADVISED: ("hexagon", 3.2, False),
    Outcome.CLEAR: ("circle", 2.8, False),
    Outcome.NOT_COVERED: ("circle", 2.4, True),
}

#: Beyond so many sites a small scale names only those that surely conflict.
MANY_SITES = 300


def _outcome_classes(
    content: Content, frame: pd.DataFrame, symbol: Callable[[Outcome], Element]
) -> list[Class]:
    held = set(frame["outcome"])
    return [Class(str(o), content.lang.of(o), symbol(o)) for o in Outcome if o in held]


def site_marker(outcome: Outcome) -> Element:
    """The marker of a site with this outcome."""
    shape, size, hollow = _MARKERS[outcome]
    return symbols.marker(OUTCOMES[outcome].colour, size, shape, dashed=hollow)


def site_area(outcome: Outcome) -> Element:
    """The footprint of a site with this outcome."""
    style = OUTCOMES[outcome]
    return symbols.fill(
        style.colour,
        90 if style.hatch or style.dashed else 170,
        ink=style.colour,
        width_mm=0.5,
        dash="2;1" if style.dashed else "",
        hatch_deg=135 if style.hatch else None,
        hatch_width_mm=0.2,
        spacing_mm=1.4,
    )


def _site_line(outcome: Outcome) -> Element:
    style = OUTCOMES[outcome]
    return symbols.line(style.colour, 0.9, "3;1.5" if style.dashed or style.hatch else "", casing="#FFFFFF")


def sites_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """A marker a site, its number at every scale, its outcome near by."""
    strict = "\"outcome\" IN ('prohibited','must_exit','restricted')"
    many = len(frame) > MANY_SITES
    labels = (
        Label(
            content.lang("编号与结论", "number and outcome"),
            '"site_id" || \'\\n\' || "outcome_zh"',
            "#1A1A1A",
            8,
            from_scale=250_000,
            bold=True,
            priority=10,
        ),
        Label(
            content.lang("编号（结论已定）", "number (decided)"),
            '"site_id"',
            "#1A1A1A",
            7.5,
            strict,
            4_000_000,
            250_000,
            bold=True,
            priority=9,
        ),
        Label(
            content.lang("编号", "number"),
            '"site_id"',
            "#444444",
            7,
            f"NOT ({strict})",
            400_000 if many else 4_000_000,
            250_000,
            priority=6,
        ),
    )
    return Look(
        categorised("outcome", _outcome_classes(content, frame, site_marker), on_top=[*Outcome]),
        labels,
        tip=tips.site_tip(f"{key}_findings", content.lang),
    )


def site_areas_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Footprints by outcome."""
    return Look(
        categorised("outcome", _outcome_classes(content, frame, site_area)),
        tip=tips.site_tip(f"{key}_findings", content.lang),
    )


def site_lines_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Lines by outcome."""
    return Look(
        categorised("outcome", _outcome_classes(content, frame, _site_line)),
        tip=tips.site_tip(f"{key}_findings", content.lang),
    )


def ringed(key: str, content: Content, colour: str) -> Look:
    """Sites ringed, beneath the markers that show their outcome."""
    return Look(single(symbols.ring(colour, 5.6, 0.6)), tip=tips.site_tip(f"{key}_findings", content.lang))
