"""What covers the strips now: land cover by class, from polygons of the land survey or from rasters.

Cells are cut at the strip's edge, not counted by their middles; areas are true on the ellipsoid. Of several
layers the finest serves first, the next what it leaves open; the rest is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely

from geo.catalog import LayerCatalog
from geo.contracts import conform, empty
from geo.layer import Layer
from geo.restoration.frames import STRIP_COVER
from geo.restoration.rasters import Raster, areas_of, opened
from geo.restoration.schemes import ORDER, SURVEY, classed_cells, layer_classes, survey_class
from geo.restoration.strips import MU_PER_HA, settle_overlaps
from geo.space import WORKING_CRS, area_m2
from geo.terms import CoverClass, Theme

_WHERE = ["strip_id", "rule_id", "adcode", "county", "river", "bank", "bank_zh", "reach"]
#: Smaller than this is a rounding of two edges (square metres).
_SLIVER_M2 = 0.01


@dataclass
class CoverReader:
    """Reads land cover on any ground; the layers are looked up once."""

    catalog: LayerCatalog
    _polygons: dict[str, tuple[shapely.STRtree, np.ndarray]] = field(default_factory=dict)
    _cells: dict[str, float] = field(default_factory=dict)

    @property
    def layers(self) -> list[Layer]:
        """The layers of land cover that say what their codes mean: real before demonstration, polygons
        before cells, finer before coarser."""
        held = [layer for layer in self.catalog.of_theme(Theme.LANDCOVER) if self._says(layer)]
        return sorted(
            held, key=lambda layer: (layer.demo, self.cell_m(layer) or 0.0, layer.accuracy_m, layer.key)
        )

    def _says(self, layer: Layer) -> bool:
        """Whether codes are held: a layer that only names its features says nothing of cover."""
        if layer.is_raster:
            return True
        return bool(self.catalog.features(layer)["code"].notna().any())

    def cell_m(self, layer: Layer) -> float | None:
        """Side of a raster's cell in metres; None for polygons."""
        if not layer.is_raster:
            return None
        if layer.key not in self._cells:
            with opened(self.catalog, layer) as raster:
                self._cells[layer.key] = raster.cell_m
        return self._cells[layer.key]

    def read(
        self, grounds: list[shapely.Geometry]
    ) -> list[list[tuple[CoverClass, shapely.Geometry, Layer | None]]]:
        """Per ground its cover: class, the ground that has it, the layer; unknown ground has no layer."""
        left = list(grounds)
        found: list[list[tuple[CoverClass, shapely.Geometry, Layer | None]]] = [[] for _ in grounds]
        for layer in self.layers:
            for row, parts in self._on(layer, left):
                if not parts:
                    continue
                found[row] += [(word, shape, layer) for word, shape in parts.items()]
                held = shapely.union_all(list(parts.values()))
                left[row] = areas_of(np.array([shapely.difference(left[row], held)], dtype=object))[0]
        for row, rest in enumerate(left):
            if not rest.is_empty and area_m2(np.array([rest]))[0] > _SLIVER_M2:
                found[row].append((CoverClass.UNKNOWN, rest, None))
        return found

    def _on(
        self, layer: Layer, grounds: list[shapely.Geometry]
    ) -> Iterator[tuple[int, dict[CoverClass, shapely.Geometry]]]:
        if layer.is_raster:
            classes = layer_classes(layer)
            with opened(self.catalog, layer) as raster:
                extent = raster.extent
                for row, ground in enumerate(grounds):
                    if not ground.is_empty and shapely.intersects(ground, extent):
                        yield row, _from_cells(raster, ground, classes)
            return
        tree, words = self._survey(layer)
        for row, ground in enumerate(grounds):
            rows = tree.query(ground, predicate="intersects")
            parts = areas_of(shapely.intersection(tree.geometries[rows], ground))
            found: dict[CoverClass, shapely.Geometry] = {}
            taken: shapely.Geometry = shapely.Polygon()
            for word in ORDER:  # plots that overlap count once
                mine = parts[(words[rows] == word) & ~shapely.is_empty(parts)]
                if len(mine):
                    shape = areas_of(
                        np.array([shapely.difference(shapely.union_all(mine), taken)], dtype=object)
                    )[0]
                    taken = shapely.union(taken, shape)
                    if not shape.is_empty and word is not CoverClass.UNKNOWN:
                        found[word] = shape
            yield row, found

    def _survey(self, layer: Layer) -> tuple[shapely.STRtree, np.ndarray]:
        if layer.key not in self._polygons:
            frame = self.catalog.features(layer)
            own = layer_classes(layer) if layer.classes not in (None, SURVEY) else None
            words = np.empty(len(frame), dtype=object)
            words[:] = [
                own.get(str(code), CoverClass.UNKNOWN) if own is not None else survey_class(str(code or ""))
                for code in frame["code"]
            ]
            self._polygons[layer.key] = (shapely.STRtree(frame.geometry.to_numpy()), words)
        return self._polygons[layer.key]


def _from_cells(
    raster: Raster, ground: shapely.Geometry, classes: Mapping[str, CoverClass]
) -> dict[CoverClass, shapely.Geometry]:
    found = raster.classed(ground, lambda values: classed_cells(values, classes))
    parts = {ORDER[place - 1]: shape for place, shape in found.items()}
    parts.pop(CoverClass.UNKNOWN, None)
    return parts


def cover_strips(strips: gpd.GeoDataFrame, catalog: LayerCatalog) -> gpd.GeoDataFrame:
    """The cover of every strip by class: ground that counts (no stricter strip holds it) apart from ground
    that is shared. Columns: :data:`geo.restoration.frames.STRIP_COVER`."""
    if not len(strips):
        return empty(STRIP_COVER, spatial=True)
    reader = CoverReader(catalog)
    counted, _ = settle_overlaps(strips)
    whole = strips.geometry.to_numpy()
    parts = [(row, True, shape) for row, shape in enumerate(counted) if not shape.is_empty]
    has_shared = np.flatnonzero(strips["shared_with"].to_numpy() != "")
    parts += [
        (int(row), False, shape)
        for row in has_shared
        for shape in areas_of(np.array([shapely.difference(whole[row], counted[row])], dtype=object))
        if not shape.is_empty
    ]
    rows = []
    for (row, counts, _), held in zip(parts, reader.read([shape for _, _, shape in parts]), strict=True):
        strip = strips.iloc[row]
        for word, shape, layer in held:
            rows.append(
                {
                    **{name: strip[name] for name in _WHERE},
                    "counted": counts,
                    "cover": str(word),
                    "cover_zh": word.zh,
                    "layer_key": layer.key if layer is not None else "",
                    "cell_m": reader.cell_m(layer) if layer is not None else None,
                    "demo": bool(strip["demo"]) or (layer is not None and layer.demo),
                    "geometry": shape,
                }
            )
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=WORKING_CRS)
    frame["area_ha"] = area_m2(frame.geometry.to_numpy()) / 10_000.0
    frame["area_mu"] = frame["area_ha"] * MU_PER_HA
    return conform(frame[frame["area_ha"] * 10_000 > _SLIVER_M2].reset_index(drop=True), STRIP_COVER)
