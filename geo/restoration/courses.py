"""The course of a river: the lines it runs along, turned downstream where the direction is known.

A manifest says that a layer's lines run with the water (``flow: digitised``) or against it; else an
elevation model decides where the fall is plain; else the direction stays unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from geo.catalog import LayerCatalog
from geo.layer import Layer
from geo.restoration.axes import merged
from geo.restoration.rasters import opened
from geo.space import Geometries
from geo.terms import PROXY_LINES, Flow, Theme

#: Places along a line whose height is read, and how well height must fall with distance (rank
#: correlation) and by how much for the direction to be plain.
_SAMPLES = 60
_RANKS = 0.7
_FALL_M = 5.0


@dataclass(frozen=True)
class Course:
    """Lines in longitude, latitude; ``flow`` says how it is known that they run downstream."""

    lines: Geometries
    flow: Flow
    layer: Layer | None = None
    note: str = ""


@dataclass
class Courses:
    """The courses of the rivers of a catalogue, found once each."""

    catalog: LayerCatalog
    _known: dict[tuple[str, str], Course] = field(default_factory=dict)

    def of_river(self, name: str) -> Course:
        """The course of a river by its name: a centreline if one is held, the more accurate first; empty if none."""
        if ("", name) not in self._known:
            held = [layer for layer in self.catalog.of_theme(Theme.RIVER) if layer.line in PROXY_LINES]
            found = Course(np.array([], dtype=object), Flow.UNKNOWN)
            for layer in sorted(held, key=lambda one: (one.demo, one.accuracy_m)):
                features = self.catalog.features(layer)
                lines = features.geometry.to_numpy()[(features["name"] == name).to_numpy(bool)]
                lines = lines[shapely.get_dimensions(lines) == 1]
                if len(lines):
                    found = self.of_lines(lines, layer)
                    break
            self._known["", name] = found
        return self._known["", name]

    def of_lines(self, lines: Geometries, layer: Layer) -> Course:
        """Lines of a layer as one course."""
        if layer.theme is not Theme.RIVER:
            return Course(merged(lines, directed=False), Flow.NONE, layer)
        if layer.flow is not None:
            ordered = merged(lines, directed=True)
            turned = ordered if layer.flow == "digitised" else shapely.reverse(ordered)
            against = self._falls(turned) == -1
            note = "高程与图层清单说明的流向相反，请核对" if against.any() else ""
            return Course(turned, Flow.STATED, layer, note)
        joined = merged(lines, directed=False)
        falls = self._falls(joined)
        if len(joined) and (falls != 0).all():
            return Course(np.where(falls == 1, joined, shapely.reverse(joined)), Flow.DEM, layer)
        return Course(joined, Flow.UNKNOWN, layer)

    def _falls(self, lines: Geometries) -> np.ndarray:
        """Per line 1 = falls from start to end, -1 = rises, 0 = cannot be told."""
        result = np.zeros(len(lines), dtype=int)
        models = sorted(self.catalog.of_theme(Theme.DEM), key=lambda one: (one.demo, one.accuracy_m))
        for layer in models:
            with opened(self.catalog, layer) as model:
                for row in np.flatnonzero(result == 0):
                    shares = np.linspace(0, 1, _SAMPLES)
                    places = shapely.line_interpolate_point(lines[row], shares, normalized=True)
                    result[row] = _falls(model.sample(shapely.get_coordinates(places)))
        return result


def _falls(heights: np.ndarray) -> int:
    """1 where heights fall along the way, -1 where they rise, 0 where it is not plain."""
    known = np.flatnonzero(~np.isnan(heights))
    if len(known) < _SAMPLES // 2:
        return 0
    held = heights[known]
    if np.ptp(held) == 0:
        return 0
    ranks = np.argsort(np.argsort(held, kind="stable"), kind="stable").astype(float)
    third = max(len(held) // 3, 1)
    fall = held[:third].mean() - held[-third:].mean()
    correlation = np.corrcoef(known, ranks)[0, 1]
    if abs(fall) < _FALL_M or abs(correlation) < _RANKS or np.sign(fall) == np.sign(correlation):
        return 0
    return 1 if fall > 0 else -1
