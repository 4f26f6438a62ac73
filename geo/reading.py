"""Reading and repairing the features of a file: nothing is dropped without a line in the log."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geo.crs import crs_of, to_working
from geo.errors import LayerError, Problem
from geo.gdal import CURVES, fine_arcs, heard, ill_encoded, remarks, remember, table_encoding
from geo.limits import MOST_LIST_BYTES, fault_of
from geo.space import WORKING_CRS, Geometries, without_empty_parts
from geo.streaming import frames_of, is_parquet

#: Containers that can hold arcs.
_WITH_ARCS = frozenset({".gpkg", ".gdb", ".sqlite", ".gml"})
_KIND, _MEASURED, _ARCS = "hongxian_kind", "measured", "arcs"


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
        with heard(said), fine_arcs():
            frame = pyogrio.read_dataframe(path, **_what(path, layer), encoding=table_encoding(path))
    except UnicodeDecodeError as error:
        raise ill_encoded(str(path), name) from error
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
    remember(frame, said)
    frame.attrs[_ARCS] = np.flatnonzero(kinds.isin(CURVES)).tolist()
    return frame


def _what(path: Path, layer: str | None) -> dict[str, Any]:
    """Which layer to read; of a container that can hold arcs, with each feature's own type, in one go."""
    if path.suffix.lower() not in _WITH_ARCS:
        return {"layer": layer}
    name = str(layer if layer is not None else pyogrio.list_layers(path)[0, 0]).replace('"', '\\"')
    return {"sql": f'SELECT *, OGR_GEOMETRY AS {_KIND} FROM "{name}"', "sql_dialect": "OGRSQL"}


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
