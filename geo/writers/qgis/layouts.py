"""Print layouts of a project."""

from __future__ import annotations

from collections.abc import Sequence

from geo.writers.qgis.atlas import ATLASES, CANDIDATES, atlas
from geo.writers.qgis.layers import MapLayer, Question
from geo.writers.qgis.layout_parts import Margin
from geo.writers.qgis.markup import Element, element
from geo.writers.qgis.overview import overview
from geo.writers.qgis.paper import Extent


def layouts(
    layers: Sequence[MapLayer], extent: Extent, crs: str, margin: Margin, metres_per_unit: float = 1.0
) -> Element:
    """All print layouts of a project."""
    made = [overview(layers, extent, crs, margin, metres_per_unit)]
    by_key = {layer.key: layer for layer in layers}
    atlases = {CANDIDATES: "sites"} if margin.question is Question.GROUND else ATLASES
    for name, key in atlases.items():
        if key in by_key and "findings" in by_key:
            made.append(atlas(name, by_key[key], layers, extent, crs, margin, metres_per_unit))
    return element("Layouts", None, *made)
