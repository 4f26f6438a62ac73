"""Frames as Parquet: the form in which parts are kept, sent and handed over. Needs pyarrow (extra ``big``)."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geo.errors import RunError


def has_pyarrow() -> bool:
    """Whether pyarrow is installed."""
    return find_spec("pyarrow") is not None


def refuse_without_pyarrow(what: str) -> None:
    """Raise :class:`~geo.errors.RunError` where ``what`` needs pyarrow and it is not installed."""
    if not has_pyarrow():
        raise RunError(f"{what}要用 pyarrow，没有安装；pip install 'hongxian[big]'")


def packed(frame: pd.DataFrame) -> bytes:
    """A frame as a Parquet file, one with geometry as GeoParquet 1.1 (WKB, with its coordinate system).

    >>> frame = pd.DataFrame({"site_id": ["A"], "margin_m": [1.5]})
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
    read: pd.DataFrame = gpd.read_parquet(source) if spatial else pd.read_parquet(source)
    return read
