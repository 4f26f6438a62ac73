"""The closed table of measures: how place and site are compared, and how the place is drawn.

Each measure gives a margin in metres: the room left before the rule bites. Zero or less: it bites.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from geo.index import Places, ReferenceIndex
from geo.space import Floats, draw_buffer
from geo.terms import Measure


@dataclass(frozen=True)
class Measured:
    """Per site: footprint to reference, margin, row of the nearest feature, nearest point of it."""

    distance_m: Floats
    margin_m: Floats
    feature: np.ndarray
    near: Floats


@dataclass(frozen=True)
class MeasureKind:
    """How a measure is taken and drawn; ``silence_hits``: where no feature is, the rule bites."""

    measure: Callable[[ReferenceIndex, Places, float], Measured]
    draw: Callable[[shapely.Geometry, float], shapely.Geometry]
    silence_hits: bool = False


def _within_distance(index: ReferenceIndex, sites: Places, limit_m: float) -> Measured:
    near = index.nearest(sites)
    return Measured(near.distance_m, near.distance_m - limit_m, near.feature, near.on_reference)


def _inside(index: ReferenceIndex, sites: Places, limit_m: float) -> Measured:
    near = index.nearest(sites)
    margin = near.distance_m.copy()
    if index.is_area:
        meets = np.flatnonzero(near.distance_m == 0)  # only they can overlap
        inside = meets[index.overlaps(sites.sites[meets])]
        margin[meets] = 0.01  # they touch, without a common part
        margin[inside] = -index.depth_m(sites.only(inside))
    return Measured(near.distance_m, margin, near.feature, near.on_reference)


def _outside(index: ReferenceIndex, sites: Places, limit_m: float) -> Measured:
    near = index.nearest(sites)
    return Measured(near.distance_m, -index.protrusion_m(sites), near.feature, near.on_reference)


def _as_it_is(reference: shapely.Geometry, limit_m: float) -> shapely.Geometry:
    return reference


#: How each measure is taken. ``in_jurisdiction`` needs no reference: the site's scope says it.
MEASURES: dict[Measure, MeasureKind] = {
    Measure.WITHIN_DISTANCE: MeasureKind(_within_distance, draw_buffer),
    Measure.INSIDE: MeasureKind(_inside, _as_it_is),
    Measure.OUTSIDE: MeasureKind(_outside, _as_it_is, silence_hits=True),
}
