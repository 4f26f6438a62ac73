"""The features a task is about, near a county: of each river the best reading that is held there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import shapely

from geo.catalog import LayerCatalog
from geo.layer import Layer
from geo.rule import Reference
from geo.space import Geometries
from geo.task import Ground, RestorationTask
from geo.terms import Cause, Measure, Theme
from geo.zones import Part, Reading, features_of, readings_of

#: Dimension of the features that ground of a kind is made of; None = lines and areas.
_DIMENSION = {Ground.AREA: 2, Ground.LINE: 1}


@dataclass(frozen=True)
class Feature:
    """One feature, whole (longitude, latitude); a levee bears its river's name."""

    name: str
    geometry: shapely.Geometry
    layer: Layer
    is_proxy: bool
    doubt: str


@dataclass
class GroundFinder:
    """Finds features; keeps those of every reference, so that counties ask in turn at no cost."""

    catalog: LayerCatalog
    _held: dict[str, list[tuple[Reading, list[Feature], Geometries]]] = field(default_factory=dict)

    def near(self, task: RestorationTask, area: shapely.Geometry, width_m: float) -> list[list[Feature]]:
        """The features of a task whose strip can reach an area, one list a river, lake or name.

        Real layers before demonstration data, then the line that the plan means, then the more accurate:
        the first that holds anything of the name near the area serves it alone.
        """
        chosen: dict[str, list[Feature]] = {}
        for number, reference in enumerate(task.place):
            served: set[str] = set()
            for features, shapes in self._readings(task, number, reference):
                close = shapely.dwithin(shapes, area, width_m / 80_000 + 1e-9)
                found: dict[str, list[Feature]] = {}
                for row in np.flatnonzero(close):
                    found.setdefault(features[row].name, []).append(features[row])
                for name, mine in found.items():
                    if name not in served:
                        chosen.setdefault(name, []).extend(mine)
                served |= set(found)
        return [chosen[name] for name in sorted(chosen)]

    def all_of(self, task: RestorationTask) -> list[Feature]:
        """Every feature of a task, of whatever dimension and layer."""
        return [
            feature
            for number, reference in enumerate(task.place)
            for features, _ in self._readings(task, number, reference, any_kind=True)
            for feature in features
        ]

    def _readings(
        self, task: RestorationTask, number: int, reference: Reference, any_kind: bool = False
    ) -> Iterable[tuple[list[Feature], Geometries]]:
        key = f"{task.id}/{number}/{any_kind}"
        if key not in self._held:
            readings = readings_of(reference, self.catalog, Measure.WITHIN_DISTANCE)
            readings.sort(key=lambda reading: reading.layer.demo)  # stable: the plan's line first in each
            held = []
            for reading in readings:
                parts = [
                    part
                    for part in features_of(reference, reading, self.catalog)
                    if part.doubt != Cause.REACH
                ]
                features = [
                    Feature(
                        self._name(part, reading), part.geometry, reading.layer, reading.is_proxy, part.doubt
                    )
                    for part in parts
                ]
                dimension = _DIMENSION.get(task.ground)
                kept = [
                    feature
                    for feature in features
                    if any_kind
                    or (dimension is None and shapely.get_dimensions(feature.geometry) > 0)
                    or shapely.get_dimensions(feature.geometry) == dimension
                ]
                held.append((reading, kept, np.array([feature.geometry for feature in kept], dtype=object)))
            self._held[key] = held
        return [(features, shapes) for _, features, shapes in self._held[key] if features]

    def _name(self, part: Part, reading: Reading) -> str:
        """A levee is known by its river, everything else by its own name."""
        if reading.layer.theme is Theme.LEVEE:
            rivers = self.catalog.features(reading.layer)["river"]
            return str(rivers.iat[part.row] or part.name)
        return part.name
