"""How layers look: by name where a layer is known, sensibly by group and kind of geometry otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from geo.writers.content import Content, Kind
from geo.writers.qgis import tips
from geo.writers.qgis.looks import base, ground, sites, stages, zones
from geo.writers.qgis.looks.look import Look, look_by_group


def look_of(key: str, content: Content, frame: pd.DataFrame) -> Look:
    """The look of a layer of this content that shows these rows of it (``key``: the layer's fixed name)."""
    known = _KNOWN.get(content.name)
    if known is not None:
        return known(key, content, frame)
    if content.kind is Kind.TABLE:
        return Look(None, tip=tips.plain_tip(content))
    return look_by_group(key, content, frame)


_KNOWN: dict[str, Callable[[str, Content, pd.DataFrame], Look]] = {
    "sites": sites.sites_look,
    "site_lines": sites.site_lines_look,
    "site_areas": sites.site_areas_look,
    "zones": zones.zones_look,
    "references": zones.references_look,
    "reference_points": zones.reference_points_look,
    "rivers": base.rivers_look,
    "lakes": base.lakes_look,
    "cities": base.cities_look,
    "counties": base.counties_look,
    "places": base.places_look,
    "availability": ground.ground_look,
    "candidates": ground.candidates_look,
    "better_places": ground.better_look,
    "survey_needed": stages.survey_look,
    "conflicts": stages.conflicts_look,
    "conflict_points": stages.conflict_points_look,
    "moves": stages.moves_look,
    "moved_lines": stages.moved_look,
    "moved_areas": stages.moved_look,
    "moved_sites": stages.moved_look,
    "moved_points": stages.moved_look,
    "stay": stages.stay_look,
    "strips": stages.strips_look,
    "deficit": stages.deficit_look,
    "treatment": stages.treatment_look,
    "certificate": stages.certificate_look,
}
