"""Frames as Parquet: the form in which parts are kept, sent and handed over. Needs pyarrow (extra ``big``)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import RunError
from geo.space import WORKING_CRS, Geometries


def has_pyarrow() -> bool:
    """Whether pyarrow is installed."""
    return find_spec("pyarrow") is not None


def refuse_without_pyarrow(what: str) -> None:
    """Raise :class:`~geo.errors.RunError` where ``what`` needs pyarrow and it is not installed."""
    if not has_pyarrow():
        raise RunError(f"{what}要用 pyarrow，没有安装；pip install 'hongxian[big]'")


def packed(frame: pd.DataFrame) -> bytes:
    """A frame as a Parquet file, one with geometry as GeoParquet 1.1 (WKB, with its coordinate system).

    >>> frame = pd.DataFrame({"site_id": pd.Series(["A"], dtype=object), "margin_m": [1.5]})
    >>> unpacked(packed(frame)).equals(frame)
    True
    """
    buffer = io.BytesIO()
    if isinstance(frame, gpd.GeoDataFrame):
        frame.to_parquet(buffer, index=False, compression="zstd", schema_version="1.1.0")
    else:
        frame.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def unpacked(content: bytes | Path) -> pd.DataFrame:
    """The frame in a Parquet file, with its geometry where it has one."""
    import pyarrow.parquet as pq

    source = io.BytesIO(content) if isinstance(content, bytes) else content
    spatial = b"geo" in (pq.read_schema(source).metadata or {})
    if isinstance(source, io.BytesIO):
        source.seek(0)
    return _plain(gpd.read_parquet(source) if spatial else pd.read_parquet(source))


def shapes_in(path: Path) -> Geometries:
    """The shapes of a GeoParquet file alone."""
    import pyarrow.parquet as pq

    return np.asarray(shapely.from_wkb(pq.read_table(path, columns=["geometry"]).column(0).to_numpy()))


def rows_of(path: Path, rows: Sequence[int]) -> gpd.GeoDataFrame:
    """Some rows of a GeoParquet file (EPSG:4490): only those become a frame."""
    import pyarrow.parquet as pq

    plain = pq.read_table(path).take(rows).to_pandas()
    shapes = shapely.from_wkb(plain.pop("geometry").to_numpy())
    return gpd.GeoDataFrame(_plain(plain), geometry=shapes, crs=WORKING_CRS)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose texts are plain Python texts, as in every frame of ours."""
    return frame.astype({name: object for name in frame if isinstance(frame.dtypes[name], pd.StringDtype)})
