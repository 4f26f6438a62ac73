"""Coordinates of survey papers: Gauss-Krüger metres or degrees, told apart and placed by magnitude.

A northing in China lies between 1.5 and 6 million metres. An easting with a zone prefix (37,
38 … in 3° zones, 19, 20 … in 6° zones) says its own zone; one without could belong to any central
meridian, some 264 km apart, so the list or the declared county must say which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import CRS

from geo.crs import to_own_degrees
from geo.divisions import read_divisions
from geo.errors import LayerError
from geo.space import Floats
from geo.terms import Datum

_NORTHING = (1_500_000.0, 6_000_000.0)
_PREFIXED = (13_000_000.0, 46_000_000.0)
_PLAIN = (100_000.0, 900_000.0)
_LON, _LAT = (73.0, 136.0), (3.0, 54.0)
_MERIDIANS = range(75, 136, 3)
#: EPSG of the plane without prefix about the meridian 3 n, less n, by datum: its ellipsoid differs.
_PLANES = {Datum.XIAN1980: 2345, Datum.BEIJING1954: 2397}
_CGCS2000_PLANES = 4509
_NEAR_DEG = 0.02  # the outlines of counties are good to 100 m, and a site may lie on the border


class Unplaced(Exception):
    """Coordinates that cannot be placed: what is wrong, and what is asked of the planner."""

    def __init__(self, what: str, to_do: str) -> None:
        super().__init__(what)
        self.what, self.to_do = what, to_do


@dataclass(frozen=True)
class Placed:
    """A geometry in longitude and latitude (degrees, in its own datum), and how it was read.

    ``metre``: the length of one unit of the file's coordinates, in metres.
    """

    geometry: shapely.Geometry
    notes: tuple[str, ...]
    metre: float


def place(
    geometry: shapely.Geometry, zone: str = "", adcode: str = "", datum: Datum = Datum.CGCS2000
) -> Placed:
    """A geometry whose coordinate system the file does not name, in longitude and latitude of its datum.

    ``zone`` is what the list states: a zone (37) or a central meridian (111). ``adcode`` is the
    declared division, which chooses among central meridians. Raises :class:`Unplaced`.

    >>> there = place(shapely.Point(4194266.245, 37636286.530))
    >>> [round(v, 6) for v in there.geometry.coords[0]]
    [112.5489, 37.8706]
    >>> place(shapely.Point(4194127.906, 372319.291), adcode="140107").notes[0]
    '横坐标没有带号，按所报区划（140107）取中央经线 114°'
    """
    points = shapely.get_coordinates(geometry)
    if not np.isfinite(points).all():
        raise Unplaced("坐标不是有限数", "改正坐标")
    first, second = points.T
    if _within(first, _LON) and _within(second, _LAT):
        return Placed(geometry, (), 111_000.0)
    if _within(first, _LAT) and _within(second, _LON):
        return Placed(_swapped(geometry), ("第一列是纬度、第二列是经度，按数值大小读",), 111_000.0)
    northing_first = _within(first, _NORTHING)
    if not northing_first and not _within(second, _NORTHING):
        raise Unplaced("坐标既不像经纬度（度），也不像高斯投影坐标（米）", "核对单位（米，不是毫米）与列")
    east = second if northing_first else first
    if northing_first:
        geometry = _swapped(geometry)
    meridian, false_easting, notes = _zone_of(east, zone)
    if meridian is None:
        if not _within(east, _PLAIN):
            raise Unplaced("横坐标（东）不像高斯投影坐标", "核对横坐标，应如 37512345.678 或 512345.678")
        meridian, notes = _meridian(geometry, zone, adcode, datum)
    moved = shapely.transform(geometry, lambda xy: xy - [false_easting - 500_000.0, 0.0])
    order = "北坐标在前" if northing_first else "东坐标在前"
    return Placed(
        _lonlat(moved, meridian, datum), (*notes, f"按数值大小读：{order}，中央经线 {meridian}°"), 1.0
    )


def _zone_of(east: Floats, stated: str) -> tuple[int | None, float, tuple[str, ...]]:
    """Central meridian and false easting by the prefix of the eastings."""
    if not _within(east, _PREFIXED):
        return None, 500_000.0, ()
    zones = sorted({int(value // 1_000_000) for value in east})
    if len(zones) > 1:
        raise Unplaced(f"横坐标的带号不一致：{'、'.join(map(str, zones))}", "全部换算到同一带")
    zone = zones[0]
    if not _within(east - zone * 1_000_000, _PLAIN):
        raise Unplaced(f"横坐标去掉带号 {zone} 后不像高斯投影坐标", "核对横坐标")
    meridian = 3 * zone if zone >= 25 else 6 * zone - 3
    if zone not in range(13, 24) and zone not in range(25, 46):
        raise Unplaced(f"中国没有第 {zone} 带", "核对横坐标的带号")
    notes: tuple[str, ...] = ()
    if stated and meridian_of(stated) not in (None, meridian):
        notes = (f"所写带号（{stated}）与横坐标的带号 {zone} 不符，按横坐标读",)
    return meridian, zone * 1_000_000 + 500_000.0, notes


def meridian_of(stated: str) -> int | None:
    """The central meridian (degrees) that a zone number or a meridian stands for, None where it is neither.

    >>> meridian_of("37"), meridian_of("38带"), meridian_of("19"), meridian_of("中央经线114°"), meridian_of("3")
    (111, 114, 111, 114, None)
    """
    for number in (int(n) for n in re.findall(r"\d+", stated)):
        if number in range(25, 46):
            return 3 * number
        if number in range(13, 24):
            return 6 * number - 3
        if number in _MERIDIANS:
            return number
    return None


def _meridian(
    geometry: shapely.Geometry, stated: str, adcode: str, datum: Datum
) -> tuple[int, tuple[str, ...]]:
    if stated:
        meridian = meridian_of(stated)
        if meridian is None:
            raise Unplaced(
                f"不认识的带号或中央经线“{stated}”", "写 37、38（3 度带）、19、20（6 度带）或 111、114"
            )
        return meridian, (f"横坐标没有带号，按所写带号（{stated}）取中央经线 {meridian}°",)
    asked = "横坐标没有带号，不知道是哪一条中央经线（相邻两条差约 260 公里）"
    to_do = "是 111°（37 带）还是 114°（38 带）？补上带号或中央经线（zone 列、--zone），或行政区划代码"
    if not adcode:
        raise Unplaced(asked, to_do)
    divisions = read_divisions((adcode[:2],))
    area = divisions.loc[divisions["adcode"] == adcode]
    if area.empty:
        raise Unplaced(f"{asked}，也没有区划 {adcode} 的界线", to_do)
    where = area.geometry.iloc[0].buffer(_NEAR_DEG)
    fitting = [m for m in _MERIDIANS if where.intersects(_lonlat(geometry, m, datum))]
    if len(fitting) != 1:
        found = "没有一条" if not fitting else "有几条"
        raise Unplaced(f"{asked}；{found}中央经线落在所报区划 {adcode} 之内", to_do)
    return fitting[0], (f"横坐标没有带号，按所报区划（{adcode}）取中央经线 {fitting[0]}°",)


def _lonlat(geometry: shapely.Geometry, meridian: int, datum: Datum) -> shapely.Geometry:
    """From a plane with false easting 500 km to longitude and latitude of its datum."""
    try:
        crs = CRS.from_epsg(_PLANES.get(datum, _CGCS2000_PLANES) + meridian // 3)
        return to_own_degrees(np.array([geometry], dtype=object), crs, "")[0]
    except LayerError as error:
        raise Unplaced(error.problems[0].what, "核对坐标与带号") from error


def _swapped(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(geometry, lambda xy: xy[:, ::-1])


def _within(values: Floats, span: tuple[float, float]) -> bool:
    return len(values) > 0 and bool(values.min() >= span[0] and values.max() <= span[1])
