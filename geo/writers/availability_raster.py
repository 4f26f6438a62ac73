"""``availability.tif``: the classes of ground cell by cell, a cell by its middle, as a cloud-optimised GeoTIFF."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import rasterio.shutil
import shapely
from rasterio.features import rasterize

from geo.availability.classes import FREE, class_zh
from geo.rasters.grid import Grid
from geo.terms import Outcome
from geo.writers.styles import PRELIMINARY_NOTE

#: Codes of the classes; 0 = ground not asked about. Ground that several rules prohibit is 9.
CODES = {
    FREE: 1,
    str(Outcome.ADVISED): 2,
    str(Outcome.CONDITIONAL): 3,
    str(Outcome.RESTRICTED): 4,
    str(Outcome.UNDETERMINED): 5,
    str(Outcome.MUST_EXIT): 6,
    str(Outcome.NOT_COVERED): 7,
    str(Outcome.PROHIBITED): 8,
}
BY_SEVERAL = 9


def write_classes(pieces: gpd.GeoDataFrame, path: Path, resolution_m: float) -> None:
    """Write the classes of ground (:data:`geo.availability.frames.AVAILABILITY`) in cells of some ``resolution_m``, EPSG:4490."""
    shapes = pieces.geometry.to_numpy()
    codes = np.array([CODES[word] for word in pieces["class"]], dtype=np.uint8)
    codes[(codes == CODES["prohibited"]) & (pieces["prohibiting"].to_numpy() > 1)] = BY_SEVERAL
    grid = Grid.over(shapely.box(*shapely.total_bounds(shapes)), resolution_m)
    tree = shapely.STRtree(shapes)
    plain = path.with_suffix(".part")
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "nodata": 0, "crs": grid.crs}
    layout = {"tiled": True, "compress": "DEFLATE", "sparse_ok": True, "bigtiff": "IF_SAFER"}
    with rasterio.open(
        plain, "w", width=grid.columns, height=grid.rows, transform=grid.transform, **profile, **layout
    ) as file:
        file.update_tags(note=PRELIMINARY_NOTE, **{f"code_{c}": class_zh(w) for w, c in CODES.items()})
        file.update_tags(**{f"code_{BY_SEVERAL}": f"{Outcome.PROHIBITED.zh}（几条规则）"})
        for tile in grid.tiles():
            transform = rasterio.windows.transform(tile.window, grid.transform)
            height, width = int(tile.window.height), int(tile.window.width)
            bounds = rasterio.windows.bounds(tile.window, grid.transform)
            near = np.sort(tree.query(shapely.box(*bounds)))
            if len(near):
                held = list(zip(shapely.clip_by_rect(shapes[near], *bounds), codes[near], strict=True))
                held = [(shape, int(code)) for shape, code in held if not shape.is_empty]
                cells = rasterize(held, (height, width), transform=transform, dtype="uint8") if held else None
                if cells is not None:
                    file.write(cells, 1, window=tile.window)
    rasterio.shutil.copy(plain, path, driver="COG", compress="DEFLATE", overview_resampling="MODE")
    plain.unlink()
