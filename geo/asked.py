"""Sites as they are asked about: what has been measured of each is not measured again for another rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np

from geo.index import Places, ReferenceIndex
from geo.indexes import Indexes
from geo.measures import MEASURES, Measured
from geo.scope import shift_m
from geo.space import Floats, area_m2
from geo.terms import Measure


@dataclass
class AskedSites:
    """The sites as arrays, and what has been measured of them: many rules ask the same of a layer.

    ``place``: the place of each id among all in their order.
    """

    ids: np.ndarray
    place: np.ndarray
    places: Places
    areas: np.ndarray
    accuracy_m: Floats
    shift_m: Floats
    indexes: Indexes
    _measured: dict[Any, tuple[np.ndarray, list[np.ndarray]]] = field(default_factory=dict)

    @classmethod
    def of(cls, sites: gpd.GeoDataFrame, indexes: Indexes) -> AskedSites:
        """From the Sites frame."""
        ids = sites["site_id"].to_numpy(dtype=object)
        place = np.empty(len(ids), dtype=np.int64)
        place[np.argsort(ids, kind="stable")] = np.arange(len(ids))
        places = Places(sites.geometry.to_numpy()).prepared()
        return cls(
            ids, place, places, places.are_areas, sites["accuracy_m"].to_numpy(), shift_m(sites), indexes
        )

    def measured(self, index: ReferenceIndex, measure: Measure, rows: np.ndarray) -> Measured:
        """The measure of some sites; margins against a limit of nothing."""
        kind = MEASURES[measure]

        def ask(places: Places) -> tuple[np.ndarray, ...]:
            taken = kind.measure(index, places, 0.0)
            return taken.distance_m, taken.margin_m, taken.feature, taken.near

        distance, margin, feature, near = self._once((id(index), measure), rows, ask)
        return Measured(distance, margin, feature, near)

    def roomy(self, index: ReferenceIndex, limit_m: float, rows: np.ndarray) -> np.ndarray:
        """Which sites lie within an index all the way to a limit (:meth:`geo.index.ReferenceIndex.roomy`)."""
        key = (id(index), "roomy", limit_m)
        return self._once(key, rows, lambda places: (index.roomy(places, limit_m),))[0]

    def area_m2(self, rows: np.ndarray) -> Floats:
        """Square metres of some footprints."""
        return self._once("area", rows, lambda places: (area_m2(places.sites),))[0]

    def common_m2(self, index: ReferenceIndex, limit_m: float | None, rows: np.ndarray) -> Floats:
        """Square metres of some footprints within the features, or within a limit of them."""
        held = index if limit_m is None else self.indexes.drawn(index, limit_m)
        return self._once((id(index), "common", limit_m), rows, lambda places: (held.common_m2(places),))[0]

    def _once(
        self, key: Any, rows: np.ndarray, ask: Callable[[Places], tuple[np.ndarray, ...]]
    ) -> list[np.ndarray]:
        """What was asked of each row before, and what ``ask`` says of the others."""
        known, held = self._measured.get(key, (np.zeros(len(self.ids), dtype=bool), []))
        new = rows[~known[rows]]
        if len(new) or not held:
            for number, values in enumerate(ask(self.places.only(new))):
                if len(held) <= number:
                    held.append(np.zeros((len(self.ids), *values.shape[1:]), dtype=values.dtype))
                held[number][new] = values
            known[new] = True
            self._measured[key] = known, held
        return [values[rows] for values in held]
