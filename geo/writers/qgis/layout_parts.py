"""What all layouts share: the words of the margin, round scales, legends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from geo.language import Lang
from geo.writers.qgis.layers import MapLayer, Question
from geo.writers.qgis.markup import Element, element
from geo.writers.qgis.paper import Extent
from geo.writers.qgis.tree import leaf_of, tree_leaf
from geo.writers.styles import DEMO_NOTE, DEMO_NOTE_EN, PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN
from geo.writers.subject import SITES, Subject

REVIEW_NUMBER = ("审图号：________", "Map review number: ________")
#: Layers that need no line in a legend, and those whose parts repeat another's.
_NOT_IN_LEGEND = {"places", "site_areas", "site_lines", "sites_open", "counties"}


@dataclass(frozen=True)
class Margin:
    """What the margin of every map says."""

    on: str
    crs_words: str
    sources: str
    counts: str
    has_demo: bool
    lang: Lang = Lang.ZH
    subject: Subject = SITES
    question: Question = Question.OVERVIEW

    @property
    def note(self) -> str:
        """That the output is a preliminary screening, and whether demonstration data are in it."""
        say = self.lang
        demo = "\n" + say(DEMO_NOTE, DEMO_NOTE_EN) if self.has_demo else ""
        return say(PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN) + demo


def fit(extent: Extent, width_mm: float, height_mm: float, metres_per_unit: float) -> tuple[Extent, int]:
    """The extent widened to a frame, at a round scale (denominator).

    >>> fit((0, 0, 100_000, 50_000), 200, 200, 1.0)
    ((-10000.0, -35000.0, 110000.0, 85000.0), 600000)
    """
    west, south, east, north = extent
    need = max((east - west) / width_mm, (north - south) / height_mm, 1e-9) * 1.02 * 1000 * metres_per_unit
    power = 10 ** math.floor(math.log10(need))
    step = next(s for s in (1, 1.2, 1.5, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 10) if s * power >= need * 0.999999)
    scale = round(step * power)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    half_x = width_mm / 2000 * scale / metres_per_unit
    half_y = height_mm / 2000 * scale / metres_per_unit
    return (middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y), scale


def legend_tree(
    layers: Sequence[MapLayer], question: Question, without: frozenset[str] | set[str] = frozenset()
) -> Element:
    """The legend of a theme: its groups and layers, without those that repeat another."""
    root = element("layer-tree-group", None, element("customproperties", None, element("Option")))
    groups: dict[str, Element] = {}
    for layer in layers:
        if (
            question not in layer.questions
            or layer.look.renderer is None
            or layer.key in _NOT_IN_LEGEND | without
        ):
            continue
        group = layer.path[0]
        if group not in groups:
            groups[group] = element(
                "layer-tree-group",
                {"name": group, "checked": "Qt::Checked", "expanded": 1},
                element("customproperties", None, element("Option")),
            )
            root.append(groups[group])
        groups[group].append(tree_leaf(leaf_of(layer)))
    return root
