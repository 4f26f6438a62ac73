"""Features read some at a time, by Arrow: lists of any length, and GeoParquet, which the GDAL of the wheels lacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely

from geo.errors import LayerError, Problem
from geo.gdal import fine_arcs, heard, ill_encoded, remember, table_encoding
from geo.limits import fault_of


def is_parquet(path: Path) -> bool:
    """Whether a file is named as GeoParquet."""
    return path.suffix.lower() in (".parquet", ".geoparquet")


_WRITTEN_BY = "用 GeoPandas、QGIS 等写成 GeoParquet"


def frames_of(path: Path, layer: str | None, size: int) -> Iterator[gpd.GeoDataFrame]:
    """The raw features of a layer, so many at a time, by Arrow; GeoParquet too, which the GDAL of the wheels lacks.

    Needs pyarrow. Raises :class:`~geo.errors.LayerError` where it is not installed or the file cannot be read.
    """
    try:
        import pyarrow as pa
    except ImportError:
        problem = Problem(
            path.name, "", "", "", "读 GeoParquet 要用 pyarrow，没有安装", "pip install 'hongxian[big]'"
        )
        raise LayerError("没有 pyarrow", [problem]) from None
    unfit = fault_of(path)
    if unfit is not None:
        raise LayerError("图层无法读取", [Problem(path.name, "", "path", "", *unfit)])
    try:
        if is_parquet(path):
            yield from _parquet_frames(path, size)
            return
        encoding = table_encoding(path)
        with ExitStack() as opened:
            said: list[str] = []
            with heard(said):
                meta, batches = opened.enter_context(
                    pyogrio.open_arrow(
                        path, layer=layer, encoding=encoding, batch_size=size, use_pyarrow=True
                    )
                )
            while True:
                with heard(said), fine_arcs():  # not while somebody else works on what was read
                    batch = next(batches, None)
                if batch is None:
                    return
                name = meta["geometry_name"] or "wkb_geometry"
                frame = _frame(pa.Table.from_batches([batch]), name, meta["crs"])
                remember(frame, said)
                said.clear()
                yield frame
    except LayerError:
        raise
    except Exception as error:  # what libraries say of a damaged file is of any kind
        if isinstance(error, UnicodeDecodeError) or "UTF8" in str(error):
            raise ill_encoded(path.name, "") from error
        problem = Problem(path.name, "", "", "", f"无法读取：{error}", "检查文件")
        raise LayerError("图层无法读取", [problem]) from error


def _parquet_frames(path: Path, size: int) -> Iterator[gpd.GeoDataFrame]:
    """The features of a GeoParquet file, so many at a time; of a file without any one frame without rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    name, column = _geometry_column(path, (file.schema_arrow.metadata or {}).get(b"geo"))
    if name not in file.schema_arrow.names:
        what = f"Parquet 文件没有它所说的几何列 {name}"
        raise LayerError(what, [Problem(path.name, "", "geo", "", what, _WRITTEN_BY)])
    if len(set(names := file.schema_arrow.names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        problem = Problem(path.name, "", "字段表", "、".join(twice), "有字段重名", "改名后重新导出")
        raise LayerError("图层的字段重名", [problem])
    if column.get("encoding") != "WKB":
        yield gpd.read_parquet(path)
        return
    crs = column.get("crs", "OGC:CRS84")
    if file.metadata.num_rows == 0:
        yield _frame(file.schema_arrow.empty_table(), name, crs)
    for batch in file.iter_batches(size):
        yield _frame(pa.Table.from_batches([batch]), name, crs)


def _geometry_column(path: Path, told: bytes | None) -> tuple[str, dict[str, Any]]:
    """The column of shapes and what is said of it: the metadata ``geo``."""
    if told is None:
        what = "Parquet 文件没有几何（不是 GeoParquet）"
        raise LayerError(what, [Problem(path.name, "", "geo", "", what, _WRITTEN_BY)])
    what = "GeoParquet 的元数据 geo 不能读"
    unread = LayerError(what, [Problem(path.name, "", "geo", "", what, _WRITTEN_BY)])
    try:
        said = json.loads(told)
        name = said["primary_column"]
        column = said["columns"][name]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise unread from error
    if not isinstance(name, str) or not isinstance(column, dict):
        raise unread
    return name, column


def _frame(table: Any, geometry: str, crs: Any) -> gpd.GeoDataFrame:
    """A piece of a layer, its geometry decoded."""
    table.validate(full=True)  # texts are decoded when they are looked at: here a file's faults are its own
    try:
        shapes = shapely.from_wkb(table.column(geometry).to_numpy(zero_copy_only=False))
    except shapely.errors.GEOSException as error:
        what = f"有的图形不能读（弧线等）：{error}"
        raise LayerError(
            "图形不能读", [Problem("", "", "geometry", "", what, "先把弧线打断为折线")]
        ) from error
    return gpd.GeoDataFrame(table.drop_columns([geometry]).to_pandas(), geometry=shapes, crs=crs)
