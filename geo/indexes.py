"""Indexes of what rules measure from: selections of features, zones drawn about them, where layers are complete."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.catalog import LayerCatalog
from geo.index import ReferenceIndex
from geo.index.tiles import DrawnTiles
from geo.layer import Layer


@dataclass
class Indexes:
    """Indexes of feature selections and coverages, built once for all rules that share them."""

    catalog: LayerCatalog
    _built: dict[Any, ReferenceIndex] = field(default_factory=dict)
    _tiles: dict[Any, DrawnTiles] = field(default_factory=dict)

    def of(self, zones: pd.DataFrame) -> ReferenceIndex:
        """The index of some rows of the Zones frame."""
        near_only = bool(zones["near_only"].any())
        key = (near_only, *(zone_id.split("/", 2)[2] for zone_id in zones["zone_id"]), *zones["doubt"])
        if key not in self._built:
            # few of many are not joined, as all of them would not be
            kept = None if near_only else self.catalog.kept_trees(zones["layer_key"])
            self._built[key] = ReferenceIndex(
                zones["geometry"].to_numpy(), False if near_only else None, kept
            )
        return self._built[key]

    def forget_near(self) -> None:
        """Let go of indexes of few of many features: they were chosen for some sites and serve no others."""
        gone = {key: index for key, index in self._built.items() if key[0] is True}
        numbers = {id(index) for index in gone.values()}
        self._tiles = {key: tiles for key, tiles in self._tiles.items() if key[1] not in numbers}
        self._built = {key: index for key, index in self._built.items() if key not in gone}

    def drawn(self, index: ReferenceIndex, limit_m: float) -> DrawnTiles:
        """The zone about an index, for the area that footprints have in it."""
        key = ("drawn", id(index), limit_m)
        if key not in self._tiles:
            self._tiles[key] = DrawnTiles(index, limit_m)
        return self._tiles[key]

    def coverage(self, layers: list[Layer]) -> ReferenceIndex | None:
        """Where the layers together are complete, or None where nobody says."""
        key = ("coverage", *sorted({_extent(layer) for layer in layers}))
        if key not in self._built:
            parts = {id(part): part for part in map(self.catalog.coverage, layers) if part is not None}
            held = list(parts.values())
            joined = [shapely.union_all(held)] if len(held) > 1 else held
            self._built[key] = ReferenceIndex(np.array(joined, dtype=object))
        found = self._built[key]
        return found if len(found) else None


def _extent(layer: Layer) -> str:
    """What a layer says of where it is complete: layers that say the same share an index."""
    covers = layer.covers
    return "" if covers is None else f"{sorted(covers.adcode)} {covers.area or ''}"
