"""The ground left for a use: classes filled, candidates outlined and numbered, arrows to better places."""

from __future__ import annotations

import pandas as pd

from geo.availability.kinds import class_of_kind, in_order, kind_in
from geo.terms import Outcome
from geo.writers.content import Content
from geo.writers.qgis import symbols, tips
from geo.writers.qgis.labels import CURVED, Label
from geo.writers.qgis.looks.look import Look
from geo.writers.qgis.renderers import Class, categorised, single
from geo.writers.styles import ground_colour


def ground_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """A fill a kind of ground, what is open hatched; only kinds that are there."""
    classes = [
        Class(
            kind,
            kind_in(content.lang, kind),
            symbols.fill(
                ground_colour(kind),
                140 if class_of_kind(kind) == Outcome.UNDETERMINED else 185,
                "#FFFFFF",
                0.12,
                hatch_deg=45 if class_of_kind(kind) == Outcome.UNDETERMINED else None,
            ),
        )
        for kind in in_order(frame["kind"])
    ]
    return Look(categorised("kind", classes), opacity=0.85, tip=tips.plain_tip(content))


def candidates_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Outlines of the plots; their numbers stand at the points of the candidates."""
    return Look(single(symbols.fill("#FFFFFF", 40, "#000000", 0.6)), tip=tips.plain_tip(content))


def better_look(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """Arrows from projects that fail to the nearest ground that would do."""
    said = "\"site_id\" || ' → ' || format_number(\"distance_m\"/1000,1) || ' km'"
    label = Label(
        content.lang("去处", "better place"),
        said,
        "#0B5394",
        7.5,
        from_scale=600_000,
        placement=CURVED,
        priority=7,
        distance_mm=1,
    )
    return Look(
        single(symbols.line("#0B5394", 0.6, casing="#FFFFFF", arrow=True)),
        (label,),
        tip=tips.plain_tip(content),
    )
