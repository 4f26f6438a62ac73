"""Pieces of ground painted with a number: treatment and priority, where no strip is too thin to be seen."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from rasterio import features

from geo.rasters.grid import Grid, Tile
from geo.rasters.shapes import mean_width_m
from geo.terms import Treatment

#: Codes of treatments, in the order of the vocabulary, from 1; 0 = nothing to be done there.
TREATMENTS = {treatment: code for code, treatment in enumerate(Treatment, start=1)}


class Pieces:
    """Areas and their values. A cell has the value of the piece that holds its middle, of several the later one.

    Pieces narrower than a cell from corner to corner have every cell that they touch, over their neighbours too. So a
    strip is never lost; what its cells add up to is then too much, and areas are those of the vectors.
    """

    def __init__(self, shapes: npt.NDArray[np.object_], values: npt.NDArray[np.float64], grid: Grid) -> None:
        held = np.array([s is not None and not s.is_empty for s in shapes], dtype=bool) & ~np.isnan(values)
        self._shapes, self._values = shapes[held], values[held]
        self._narrow = mean_width_m(self._shapes) < grid.diagonal_m if held.any() else np.zeros(0, bool)
        self._tree = shapely.STRtree(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)

    @property
    def extent(self) -> shapely.Geometry:
        """The box about all pieces."""
        return shapely.box(*shapely.total_bounds(self._shapes))

    def paint(self, tile: Tile, nothing: float, dtype: str) -> np.ndarray:
        """The cells of a tile."""
        out = np.full(tile.cells.shape, nothing, dtype=dtype)
        rows = np.sort(self._tree.query(tile.box, predicate="intersects"))
        for chosen, all_touched in ((rows, False), (rows[self._narrow[rows]], True)):
            if len(chosen):
                features.rasterize(
                    zip(self._shapes[chosen], self._values[chosen].tolist(), strict=True),
                    out=out,
                    transform=tile.transform,
                    all_touched=all_touched,
                )
        return out


def treatment_pieces(treatment: gpd.GeoDataFrame, grid: Grid) -> Pieces:
    """What is to be done: counted ground last, so that where strips overlap the stricter one shows."""
    ordered = treatment.sort_values("counted", kind="stable")
    codes = ordered["treatment"].map({str(t): code for t, code in TREATMENTS.items()}).astype(float)
    return Pieces(ordered.geometry.to_numpy(), codes.to_numpy(), grid)


def priority_pieces(treatment: gpd.GeoDataFrame, grid: Grid) -> Pieces:
    """How urgent, 0 to 1: of several pieces the most urgent shows."""
    ordered = treatment.sort_values("priority", kind="stable")
    return Pieces(ordered.geometry.to_numpy(), ordered["priority"].to_numpy(dtype=float), grid)
