"""Reading and repairing the features of a file: nothing is dropped without a line in the log."""

from __future__ import annotations

import json
import warnings
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geo.errors import LayerError, Problem
from geo.limits import MOST_LIST_BYTES, fault_of
from geo.space import WORKING_CRS, Geometries, without_empty_parts

# Nothing is fetched: no schema of a GML, no file behind an address, whatever a file asks for.
pyogrio.set_gdal_config_options(
    {
        "GML_DOWNLOAD_WFS_SCHEMA": "NO",
        "GML_SKIP_RESOLVE_ELEMS": "ALL",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".nothing",
        "GDAL_HTTP_MAX_RETRY": "0",
    }
)

#: Geodetic base systems that agree with CGCS2000 within planning accuracy (sub-metre).
_SAME_DATUM = frozenset({"EPSG:4490", "EPSG:4326", "EPSG:4479", "EPSG:4480", "EPSG:4979", "OGC:CRS84"})


def open_layer(path: Path, layer: str | None, name: str, usual: Collection[str] = ()) -> gpd.GeoDataFrame:
    """The raw features of one layer of any vector file that GDAL reads.

    Of a container with several layers, ``layer`` says which; else the only one that bears one of the
    ``usual`` names is read.

    A Shapefile without .cpg is read as GB18030 where its table is not UTF-8. Raises
    :class:`~geo.errors.LayerError` where the file or the layer is not there or cannot be read.
    """
    unfit = fault_of(path)
    if unfit is not None:
        raise LayerError("图层无法读取", [Problem(str(path), name, "path", "", *unfit)])
    if is_parquet(path):
        return gpd.GeoDataFrame(pd.concat(frames_of(path, None, 1 << 20), ignore_index=True))
    said: list[str] = []
    try:
        if layer is None:
            with heard(said):
                listed = pyogrio.list_layers(path)
            # a table beside the features, such as the layer_styles that QGIS adds, is no layer
            names = [str(n) for n, kind in listed if kind is not None] or [str(n) for n in listed[:, 0]]
            known = [n for n in names if n in usual]
            if not names:
                problem = Problem(str(path), name, "layer", "", "文件里没有图层", "核对文件，或重新导出")
                raise LayerError("图层无法读取", [problem])
            if len(names) == 1 < len(listed):
                layer = names[0]
            elif len(names) > 1 and len(known) == 1:
                layer = known[0]
            elif len(names) > 1:
                problem = Problem(
                    str(path), name, "layer", "", f"文件有多个图层：{'、'.join(names)}", "用 layer 指明一个"
                )
                raise LayerError("不知道读哪个图层", [problem])
        # a coordinate that is no number is told by who reads it; measures (M) are no part of a position
        with heard(said), _fine_arcs():
            frame = pyogrio.read_dataframe(path, **_what(path, layer), encoding=table_encoding(path))
    except UnicodeDecodeError as error:
        raise _ill_encoded(str(path), name) from error
    except (RuntimeError, ValueError, OSError, LookupError, TypeError, shapely.errors.GEOSException) as error:
        # pyogrio's own errors are of these kinds, and what a broken file makes of its arrays; GEOS has its own
        problem = Problem(str(path), name, "layer", layer or "", f"无法读取：{error}", "检查文件与图层名")
        raise LayerError("图层无法读取", [problem]) from error
    kinds = frame.pop(_KIND).astype(str) if _KIND in frame.columns else pd.Series([], dtype=str)
    if not isinstance(frame, gpd.GeoDataFrame):
        problem = Problem(
            str(path), name, "geometry", "", "表格没有几何", "改用矢量文件，或带 adcode 列的 CSV"
        )
        raise LayerError("图层没有几何", [problem])
    frame.attrs[_MEASURED] = any("Measured" in message for message in said)
    frame.attrs[_SAID] = _worth_telling(said)
    frame.attrs[_ARCS] = np.flatnonzero(kinds.isin(CURVES)).tolist()
    return frame


def _ill_encoded(file: str, name: str) -> LayerError:
    what = "字段名或文字的编码有误（SHP 的字段名最多 10 字节，UTF-8 汉字每个 3 字节，会被截断）"
    to_do = "导出为 GPKG，或字段名改用 site_id、industry、development"
    return LayerError("图层的文字无法读取", [Problem(file, name, "字段表", "", what, to_do)])


#: Geometry types drawn with arcs.
CURVES = frozenset({"CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MULTISURFACE"})
#: Containers that can hold arcs.
_WITH_ARCS = frozenset({".gpkg", ".gdb", ".sqlite", ".gml"})
_KIND, _MEASURED, _ARCS, _SAID = "hongxian_kind", "measured", "arcs", "said"


@contextmanager
def heard(said: list[str]) -> Iterator[None]:
    """What GDAL and numpy warn of while a file is read goes to ``said``: it belongs in the log, not on the screen."""
    with np.errstate(invalid="ignore", over="ignore"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    said.extend(str(warning.message) for warning in caught)


def _worth_telling(said: list[str]) -> list[str]:
    """Each remark once; that measures (M) are left out is told with the features."""
    return [message for message in dict.fromkeys(said) if "Measured" not in message]


def remarks(frame: gpd.GeoDataFrame) -> list[str]:
    """What was warned of while :func:`open_layer` read a layer."""
    return list(frame.attrs.get(_SAID, []))


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
                with heard(said), _fine_arcs():  # not while somebody else works on what was read
                    batch = next(batches, None)
                if batch is None:
                    return
                name = meta["geometry_name"] or "wkb_geometry"
                frame = _frame(pa.Table.from_batches([batch]), name, meta["crs"])
                frame.attrs[_SAID] = _worth_telling(said)
                said.clear()
                yield frame
    except LayerError:
        raise
    except Exception as error:  # what libraries say of a damaged file is of any kind
        if isinstance(error, UnicodeDecodeError) or "UTF8" in str(error):
            raise _ill_encoded(path.name, "") from error
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


def _what(path: Path, layer: str | None) -> dict[str, Any]:
    """Which layer to read; of a container that can hold arcs, with each feature's own type, in one go."""
    if path.suffix.lower() not in _WITH_ARCS:
        return {"layer": layer}
    name = str(layer if layer is not None else pyogrio.list_layers(path)[0, 0]).replace('"', '\\"')
    return {"sql": f'SELECT *, OGR_GEOMETRY AS {_KIND} FROM "{name}"', "sql_dialect": "OGRSQL"}


@contextmanager
def _fine_arcs() -> Iterator[None]:
    """Arcs in chords of half a degree: at a radius of 500 m, 5 mm off; GDAL's own four degrees are 30 cm off."""
    pyogrio.set_gdal_config_options({"OGR_ARC_STEPSIZE": "0.5"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_ARC_STEPSIZE": None})


def table_encoding(path: Path) -> str | None:
    """The encoding of a Shapefile's table where no .cpg says it: UTF-8 if it is that, else GB18030."""
    if path.suffix.lower() != ".shp" or not path.exists():
        return None
    # by name in any case: files from Windows are often in capitals
    parts = {part.suffix.lower(): part for part in path.parent.iterdir() if part.stem == path.stem}
    if ".cpg" in parts or ".dbf" not in parts:
        return None
    table = parts[".dbf"]
    try:
        table.read_bytes()[32:].decode("utf-8")
    except UnicodeDecodeError:
        return "GB18030"
    return "UTF-8"


def read_table(path: Path, name: str) -> pd.DataFrame:
    """A CSV as text, blanks about words gone. Raises :class:`~geo.errors.LayerError` where it is none."""
    unfit = fault_of(path, MOST_LIST_BYTES)
    if unfit is not None:
        raise LayerError("表格无法读取", [Problem(str(path), name, "path", "", *unfit)])
    try:
        try:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        except UnicodeDecodeError:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="gb18030")
    except UnicodeDecodeError as error:
        problem = Problem(str(path), name, "", "", "文字既不是 UTF-8，也不是 GBK", "另存为 UTF-8 编码的 CSV")
        raise LayerError("表格无法读取", [problem]) from error
    except (ValueError, OSError) as error:  # pandas' own errors are ValueErrors
        problem = Problem(
            str(path), name, "", "", f"不是完整的 CSV：{error}", "每行格数相同；含逗号的文字加引号"
        )
        raise LayerError("表格无法读取", [problem]) from error
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes what is too many for names of rows
        problem = Problem(
            str(path), name, "", "", "不是完整的 CSV：各行的格数多于表头", "补上表头，或删去多余的格"
        )
        raise LayerError("表格无法读取", [problem])
    table.columns = table.columns.astype(str).str.strip()
    return table.apply(lambda column: column.str.strip()) if len(table) else table


def read_features(
    raw: gpd.GeoDataFrame, name: str, declared_crs: str | None, dimension: int | None
) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """Features in EPSG:4490, repaired, and the log: rows in = rows out + rows dropped.

    ``dimension`` 2 keeps only polygons. Raises :class:`~geo.errors.LayerError` for a missing or unfit
    coordinate system: none at all, degrees declared as metres or the reverse, Web Mercator, an old
    datum without parameters.
    """
    log: list[dict[str, Any]] = [
        {"layer_key": name, "row": 0, "kind": "remark", "what": f"读取时的提示：{message}"}
        for message in remarks(raw)
    ]
    geometries = raw.geometry.to_numpy()
    gone = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    _note(log, name, np.flatnonzero(gone), "drop", "几何为空，已剔除")
    _note(log, name, np.array(raw.attrs.get(_ARCS, []), dtype=int), "flatten", "有圆弧，已拉直为短折线")
    for what, has in {
        "Z（高程）": shapely.has_z(geometries).any(),
        "M（度量）": raw.attrs.get(_MEASURED),
    }.items():
        if has:  # of the whole layer: row 0
            log.append(
                {"layer_key": name, "row": 0, "kind": "flatten", "what": f"带 {what}，已去掉，只用平面位置"}
            )
    finite = finite_coordinates(geometries)
    _note(log, name, np.flatnonzero(~finite), "drop", "坐标不是有限数，已剔除")
    keep = ~gone & finite
    rows = np.flatnonzero(keep)
    geometries = shapely.force_2d(geometries[keep])  # finite, so it warns of nothing
    lonlat = to_working(geometries, crs_of(raw, declared_crs, name), name)
    lonlat = without_empty_parts(lonlat)
    invalid = ~shapely.is_valid(lonlat)
    lonlat[invalid] = without_empty_parts(shapely.make_valid(lonlat[invalid]))
    _note(log, name, rows[invalid], "repair", "几何无效（自相交等），已修复")
    if dimension == 2:
        lonlat = np.array([_areas(geometry) for geometry in lonlat], dtype=object)
        flat = shapely.is_empty(lonlat)
        _note(log, name, rows[flat], "drop", "不是面，已剔除")
        lonlat, rows = lonlat[~flat], rows[~flat]
    attributes = pd.DataFrame(raw).drop(columns=raw.geometry.name)
    attributes = attributes.iloc[rows] if len(rows) < len(raw) else attributes
    attributes = attributes.reset_index(drop=True)
    return gpd.GeoDataFrame(attributes, geometry=lonlat, crs=WORKING_CRS), log


def finite_coordinates(geometries: Geometries) -> np.ndarray:
    """Which geometries have only finite coordinates: bounds pass over a corner that is no number.

    >>> with np.errstate(invalid="ignore", over="ignore"):
    ...     line = shapely.LineString([(111, 35), (np.nan, np.nan), (112, 36)])
    >>> finite_coordinates(np.array([line, shapely.Point(111, 35), None], dtype=object)).tolist()
    [False, True, True]
    """
    points, owner = shapely.get_coordinates(geometries, return_index=True)
    good = np.ones(len(geometries), dtype=bool)
    good[owner[~np.isfinite(points).all(axis=1)]] = False
    return good


def _note(log: list[dict[str, Any]], name: str, rows: np.ndarray, kind: str, what: str) -> None:
    log.extend({"layer_key": name, "row": int(row) + 1, "kind": kind, "what": what} for row in rows)


def _areas(geometry: shapely.Geometry) -> shapely.Geometry:
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = [part for part in shapely.get_parts(geometry) if shapely.get_dimensions(part) == 2]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def crs_of(frame: gpd.GeoDataFrame, declared: str | None, name: str) -> CRS:
    """The coordinate system of a file, or the one declared where it has none. Raises LayerError."""
    if declared is not None:
        try:
            stated = CRS.from_user_input(declared)
        except CRSError as error:
            raise LayerError(
                "坐标系无法识别", [Problem("", name, "crs", declared, str(error), "写成 EPSG:4490 等")]
            ) from error
        if frame.crs is not None and CRS(frame.crs) != stated:
            problem = Problem(
                "",
                name,
                "crs",
                declared,
                f"文件自带坐标系 {frame.crs.to_string()} 与清单不同",
                "删去清单的 crs",
            )
            raise LayerError("坐标系互相矛盾", [problem])
        return stated
    if frame.crs is None:
        problem = Problem("", name, "crs", "", "文件没有坐标系", "在清单写明 crs（如 EPSG:4490、EPSG:4525）")
        raise LayerError("图层没有坐标系，不能用于量算", [problem])
    return CRS(frame.crs)


def to_working(geometries: Geometries, crs: CRS, name: str) -> Geometries:
    """Geometries of a coordinate system in longitude, latitude of the working datum, exactly.

    Raises :class:`~geo.errors.LayerError`; never uses a ballpark transformation.
    """
    base = crs.geodetic_crs
    code = base.to_authority() if base is not None else None
    same = code is not None and ":".join(code) in _SAME_DATUM
    return _moved(geometries, crs, base if same and base is not None else CRS(WORKING_CRS), name)


def to_own_degrees(geometries: Geometries, crs: CRS, name: str) -> Geometries:
    """Geometries in longitude, latitude of their own coordinate system's datum: no datum is changed.

    Raises :class:`~geo.errors.LayerError`.
    """
    return _moved(geometries, crs, crs.geodetic_crs or crs, name)


def _moved(geometries: Geometries, crs: CRS, target: CRS, name: str) -> Geometries:
    _refuse_unfit(geometries, crs, name)
    base = crs.geodetic_crs
    try:
        moved = geometries if crs.is_geographic and crs == target else _through(geometries, crs, target)
    except ProjError as error:
        label = base.name if base is not None else crs.name
        problem = Problem(
            "",
            name,
            "crs",
            crs.to_string(),
            f"没有从 {label} 到 CGCS2000 的精确转换参数",
            "先用当地四参数或七参数转换成 CGCS2000",
        )
        raise LayerError("坐标系不能精确转换，未作近似处理", [problem]) from error
    bounds = shapely.bounds(moved)
    if len(moved) and not (np.isfinite(bounds).all() and (np.abs(bounds) <= [180, 90, 180, 90]).all()):
        problem = Problem(
            "",
            name,
            "crs",
            crs.to_string(),
            "坐标换算后不是有效的经纬度（可能 X、Y 颠倒或带号不符）",
            "核对坐标系",
        )
        raise LayerError("坐标与坐标系不符", [problem])
    return np.asarray(moved, dtype=object)


def _through(geometries: Geometries, crs: CRS, target: CRS) -> Geometries:
    there = Transformer.from_crs(crs, target, always_xy=True, allow_ballpark=False)
    moved: Geometries = shapely.transform(
        geometries, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1], errcheck=True))
    )
    return moved


def _refuse_unfit(geometries: Geometries, crs: CRS, name: str) -> None:
    if crs.to_epsg() in (3857, 900913) or "Pseudo-Mercator" in crs.name:
        problem = Problem(
            "",
            name,
            "crs",
            crs.to_string(),
            "Web 墨卡托坐标不能量距（此处 1 公里只有约 790 米）",
            "导出为 EPSG:4490",
        )
        raise LayerError("不接受 Web 墨卡托图层", [problem])
    if len(geometries) == 0:
        return
    bounds = shapely.total_bounds(geometries)
    looks_like_degrees = bool(np.abs(bounds).max() <= 180)
    if crs.is_geographic and not looks_like_degrees:
        problem = Problem(
            "",
            name,
            "crs",
            crs.to_string(),
            "声明为经纬度，坐标却是米",
            "改正 crs（如 EPSG:4525、EPSG:4546）",
        )
        raise LayerError("坐标与坐标系不符", [problem])
    if crs.is_projected and looks_like_degrees:
        problem = Problem(
            "",
            name,
            "crs",
            crs.to_string(),
            "声明为投影坐标（米），坐标却是经纬度",
            "改正 crs（如 EPSG:4490）",
        )
        raise LayerError("坐标与坐标系不符", [problem])
