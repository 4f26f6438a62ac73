"""The GeoPackage of a run: every layer and table that :mod:`geo.writers.contents` lists."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import geopandas as gpd
import pyogrio
from pyproj.exceptions import CRSError, ProjError

from geo.errors import RunError
from geo.space import WORKING_CRS, Geometries
from geo.writers.content import Content, Kind
from geo.writers.packed import written_on

#: Of fewer features a layer is looked through sooner than an index of theirs is made.
_INDEXED = 1_000


def write_geopackage(contents: Sequence[Content], path: Path, on: date, crs: str = WORKING_CRS) -> None:
    """Write ``screening.gpkg``; geometry in ``crs`` (EPSG:4490 unless another is asked for).

    ``on`` is the day written into the file where ``SOURCE_DATE_EPOCH`` names none: the same run gives
    the same file.
    """
    with written_aside(path, on):
        for content in contents:
            write_layer(path, content, crs)


def write_layer(path: Path, content: Content, crs: str) -> None:
    """Write one layer or table into a GeoPackage, within :func:`written_aside`."""
    frame = content.frame
    if isinstance(frame, gpd.GeoDataFrame):
        frame = _in_crs(frame, crs)
    spatial, few = content.kind is not Kind.TABLE, len(frame) < _INDEXED
    pyogrio.write_dataframe(
        frame,
        path,
        layer=content.name,
        driver="GPKG",
        append=False,
        dataset_options={"VERSION": "1.2"} if not path.exists() else {},
        layer_options={"IDENTIFIER": content.title} | ({"SPATIAL_INDEX": "NO"} if few and spatial else {}),
        geometry_type=str(content.kind) if spatial else None,
        promote_to_multi=True if spatial else None,
    )


def crs_transform(crs: str) -> Callable[[Geometries], Geometries] | None:
    """What carries shapes from EPSG:4490 to another coordinate system; None where it is the same."""
    if crs == WORKING_CRS:
        return None
    return lambda shapes: _in_crs(gpd.GeoDataFrame(geometry=shapes, crs=WORKING_CRS), crs).geometry.to_numpy()


def _in_crs(frame: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    if crs == WORKING_CRS:
        return frame
    try:
        return frame.to_crs(crs)
    except (CRSError, ProjError, ValueError) as error:
        raise RunError(
            f"不认识或不能转换的坐标系 --crs {crs}：{error}；写成 EPSG:4490、EPSG:4546 等"
        ) from error


@contextmanager
def written_aside(path: Path, on: date, large: bool = False) -> Iterator[None]:
    """A GeoPackage that nobody sees before it is whole: it goes to the disk once, at the end, not after every layer.

    GeoPackages carry the time of writing; the same run shall give the same file. A file that becomes ``large`` is begun with
    the longest pages that SQLite has: a row with its reasons fits into one, and does not go over several.
    """
    options = {
        "OGR_CURRENT_DATE": f"{written_on(on).isoformat()}T00:00:00.000Z",
        "OGR_SQLITE_SYNCHRONOUS": "OFF",
        "OGR_SQLITE_JOURNAL": "OFF",
        "OGR_SQLITE_PRAGMA": f"{'page_size=65536,' if large else ''}locking_mode=EXCLUSIVE",
    }
    pyogrio.set_gdal_config_options(options)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(options))
    with path.open("rb+") as file:
        os.fsync(file.fileno())
