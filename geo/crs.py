"""Coordinate systems of files, and the way from them to longitude and latitude: exactly, or not at all."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geo.errors import LayerError, Problem
from geo.space import WORKING_CRS, Geometries

#: Geodetic base systems that agree with CGCS2000 within planning accuracy (sub-metre).
_SAME_DATUM = frozenset({"EPSG:4490", "EPSG:4326", "EPSG:4479", "EPSG:4480", "EPSG:4979", "OGC:CRS84"})


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
