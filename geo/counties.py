"""Counties, and the areas of divisions made of them: what a code stands for on the ground."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.index import Kept, ReferenceIndex
from geo.space import Geometries

#: Outlines of counties with more corners together take longer to unite than to be read again.
_MANY_CORNERS = 100_000


@dataclass
class Counties:
    """County polygons (EPSG:4490; ``adcode``, ``name``, ``accuracy_m``); outlines of whole provinces are kept in ``kept``, if there is one.

    >>> plots = [shapely.box(111, 35, 112, 36), shapely.box(112, 35, 113, 36)]
    >>> held = Counties(gpd.GeoDataFrame({"adcode": ["140802", "140821"]}, geometry=plots, crs="EPSG:4490"))
    >>> held.area_of(["1408"]).bounds, held.area_of(["1409"])
    ((111.0, 35.0, 113.0, 36.0), None)
    """

    polygons: gpd.GeoDataFrame
    kept: Kept | None = None
    _areas: dict[tuple[str, ...], shapely.Geometry | None] = field(default_factory=dict, repr=False)
    _borders: dict[tuple[str, ...], ReferenceIndex | None] = field(default_factory=dict, repr=False)

    def area_of(self, adcodes: Iterable[str]) -> shapely.Geometry | None:
        """The union of the counties whose code begins with one of the given codes, or None."""
        codes = tuple(adcodes)
        if codes not in self._areas:
            chosen = [code is not None and str(code).startswith(codes) for code in self.polygons["adcode"]]
            shapes = self.polygons.geometry.to_numpy()[np.array(chosen, dtype=bool)]
            self._areas[codes] = self._together(shapes) if len(shapes) else None
        return self._areas[codes]

    def border_of(self, adcodes: Iterable[str]) -> ReferenceIndex | None:
        """The same union, ready to be measured from; built once."""
        codes = tuple(adcodes)
        if codes not in self._borders:
            area = self.area_of(codes)
            self._borders[codes] = None if area is None else ReferenceIndex(np.array([area]))
        return self._borders[codes]

    def _together(self, areas: Geometries) -> shapely.Geometry:
        """The union of counties; that of whole provinces is kept for another run."""
        if self.kept is None or shapely.get_num_coordinates(areas).sum() < _MANY_CORNERS:
            return united(areas)
        corners = [np.frombuffer(b"".join(shapely.to_wkb(areas)), dtype=np.uint8)]

        def make() -> dict[str, Any]:
            return {"outline": np.frombuffer(shapely.to_wkb(united(areas)), dtype=np.uint8)}

        found = self.kept.arrays(f"outline of counties {shapely.geos_version_string}", corners, make)
        outline: shapely.Geometry = shapely.from_wkb(found["outline"].tobytes())
        return outline


def united(areas: Geometries) -> shapely.Geometry:
    """The union of counties: where they neither overlap nor leave slivers, common edges need only be dropped.

    Told by the outcome, which is far shorter than what it was made of: valid, and as large as they are together.
    """
    try:
        outline = shapely.coverage_union_all(areas)
        together = shapely.area(areas).sum()
        if shapely.is_valid(outline) and np.isclose(shapely.area(outline), together, rtol=1e-12, atol=0.0):
            return outline
    except shapely.GEOSException:  # edges that do not fit each other
        pass
    return shapely.union_all(areas)
