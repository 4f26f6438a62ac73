"""The footprint of a site: from what a row holds to a shape in longitude and latitude."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
import shapely

from geo.sitefiles.angles import read_angle
from geo.sitefiles.coordinate_text import read_points
from geo.sitefiles.gauss_kruger import Placed, Unplaced, place
from geo.sitefiles.rings import assemble, corners
from geo.space import Floats, geodesic_m
from geo.terms import Datum

#: Longitudes and latitudes of China, for telling a swapped pair or a projected easting.
_LON, _LAT = (73.0, 136.0), (3.0, 54.0)
#: How far two statements of one place may differ before they contradict each other.
_SAME_PLACE_M = 50.0
#: A multipolygon has three brackets in one another; a collection of collections some more.
_DEEPEST = 20
#: How far a stated centre may lie outside the plot that its corners draw.
_NEAR_CENTRE_M = 500.0

Fault = Callable[[str, str, str, str, str], None]  # where, column, value, what, what to do


@dataclass(frozen=True)
class Corner:
    """One row of a table, as the file holds it: a site of its own or a corner of one."""

    where: str
    values: Mapping[str, str]

    def text(self, column: str) -> str:
        """What the row holds in a column, without blanks about it."""
        return self.values.get(column, "").strip()


@dataclass(frozen=True)
class RawRow:
    """One site as the file holds it, its position in one of three ways.

    A ``geometry``, in degrees of ``datum`` or, where ``plane``, in whatever coordinates the file has;
    ``corners``, rows of a table that go round the site; or columns of ``values``. ``step`` is the unit of
    the last digit of a plane geometry's coordinates, ``stated_ha`` the area that the file states.
    """

    where: str
    values: Mapping[str, str]
    geometry: shapely.Geometry | None = None
    datum: Datum | None = None  # what the container says
    shaped: bool = False  # the file is one of shapes: a row without one is a fault
    plane: bool = False
    corners: Sequence[Corner] = ()
    step: float = 0.0
    stated_ha: float | None = None
    notes: tuple[str, ...] = ()
    broken: bool = False  # a fault was told already: never a site, whatever else can be read


@dataclass
class Footprint:
    """A shape in degrees of its own datum, the standard error of its rounding (metres), how it was read."""

    geometry: shapely.Geometry
    rounding_m: float = 0.0
    metric: bool = False  # the file gives metres
    notes: list[str] = field(default_factory=list)


def read_footprint(
    raw: RawRow, packed: bool, fault: Fault, datum: Datum = Datum.UNDECLARED
) -> Footprint | None:
    """The footprint of a row in degrees of its ``datum``, or None after telling ``fault`` what is wrong with it."""
    here = Corner(raw.where, raw.values)
    if raw.shaped:
        if raw.geometry is None or raw.geometry.is_empty:
            fault(raw.where, "geometry", "", "几何为空", "补上地块图形")
            return None
        if not raw.plane:
            return Footprint(raw.geometry)
        return _placed(raw.geometry, raw.step, here, fault, datum)
    if here.text("wkt"):
        return _wkt(here, "wkt", fault)
    if here.text("coords") and not raw.corners:
        return _string(here, packed, fault, datum)
    rows = raw.corners or [here]
    found: Footprint | None = None
    for pair in (("x", "y"), ("lon", "lat")):
        stated = any(row.text(column) for row in rows for column in pair)
        if not stated and (pair == ("x", "y") or found is not None):
            continue
        read = _rows(rows, pair, bool(raw.corners), packed, fault)
        if read is None:
            return None
        geometry, step, notes = read
        if pair == ("x", "y"):
            found = _placed(geometry, step, here, fault, datum)
            if found is None:
                return None
            found.notes.extend(notes)
        elif found is None:
            return Footprint(geometry, _rounding(step, 111_000.0), notes=notes)
        elif not _agree(found, geometry, step, here, fault):
            return None
    return found


def _wkt(row: Corner, column: str, fault: Fault) -> Footprint | None:
    shown = row.text(column)[:40]
    if _deepest(row.text(column)) > _DEEPEST:  # GEOS breaks off the whole program
        fault(row.where, column, shown, "不是 WKT（括号嵌套太深）", "如 POLYGON ((经度 纬度, …))")
        return None
    try:
        with np.errstate(invalid="ignore", over="ignore"):  # a coordinate that is no number is told later
            geometry = shapely.from_wkt(row.text(column))
    except NotImplementedError:
        fault(
            row.where, column, shown, "是圆弧图形（CIRCULARSTRING 等），不能读", "在 GIS 里拉直为折线后提交"
        )
        return None
    except shapely.errors.GEOSException:
        fault(row.where, column, shown, "不是 WKT", "如 POLYGON ((经度 纬度, …))")
        return None
    if geometry is None or geometry.is_empty:
        fault(row.where, column, shown, "几何为空", "补上地块图形")
        return None
    return Footprint(geometry)


def _deepest(text: str) -> int:
    """How deep the brackets of a text are nested.

    >>> _deepest("POLYGON ((1 2, 3 4))"), _deepest("POINT (1 2)")
    (2, 1)
    """
    steps = [1 if letter == "(" else -1 for letter in re.findall("[()]", text)]
    return max(accumulate(steps), default=0)


def _string(row: Corner, packed: bool, fault: Fault, datum: Datum) -> Footprint | None:
    """A cell that holds all points: one is a point, three and more go round the site."""
    text = row.text("coords")
    if re.match(r"(MULTI)?(POINT|LINESTRING|POLYGON)\b", text, re.IGNORECASE):
        return _wkt(row, "coords", fault)
    read = read_points(text, packed)
    if isinstance(read, str):
        fault(row.where, "coords", text[:40], f"坐标串{read}", "如 110.71,35.59；110.72,35.59；110.72,35.60")
        return None
    points = np.array([[first.degrees, second.degrees] for first, second in read.pairs])
    step = max(angle.step for pair in read.pairs for angle in pair)
    geometry: shapely.Geometry = shapely.Point(points[0])
    if len(points) > 1:
        rings, _ = _rings([Corner(row.where, {})] * len(points), points)
        if min(corners(ring) for ring in rings) < 3:
            what = "坐标串的点不足三个，围不成地块"
            fault(row.where, "coords", text[:40], what, "补齐拐点，或只写一个中心点")
            return None
        geometry = assemble(rings)
    found = _placed(geometry, step, row, fault, datum)
    beside = [read_angle(row.text(column), packed) for column in ("lon", "lat")]
    if found is not None and all(not isinstance(angle, str) for angle in beside):
        stated = shapely.Point([angle.degrees for angle in beside if not isinstance(angle, str)])
        ends = shapely.get_coordinates(shapely.shortest_line(found.geometry, stated))
        if np.abs(ends).max() > 180 or geodesic_m(ends[:1], ends[1:])[0] > _NEAR_CENTRE_M:
            what = "坐标串与经度、纬度两列不在一处"
            fault(row.where, "coords, lon, lat", text[:40], what, "核对坐标系，或只留一种写法")
            return None
    return found


def _rows(
    rows: Sequence[Corner], pair: tuple[str, str], ring: bool, packed: bool, fault: Fault
) -> tuple[shapely.Geometry, float, list[str]] | None:
    """Shape, step of the coarsest digit and notes, from a pair of columns."""
    points, steps = [], [0.0]
    for row in rows:
        point = []
        for column in pair:
            text = row.text(column)
            if pair == ("x", "y") and re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
                text = text.replace(",", "")
            angle = read_angle(text, packed and column in ("lon", "lat"))
            if isinstance(angle, str):
                to_do = "写十进制度，如 110.7121，或 110°42′43.6″"
                if column in ("x", "y"):
                    to_do = "写数字（米），如 4194600.000、38385200.000"
                fault(row.where, column, row.text(column), angle, to_do)
            else:
                point.append(angle.degrees)
                steps.append(angle.step)
        points.append(point)
    if any(len(point) != 2 for point in points):
        return None
    if not ring:
        return shapely.Point(points[0]), max(steps), []
    rings, notes = _rings(rows, np.array(points))
    short = [n for n in rings if corners(n) < 3]
    if short:
        what = f"拐点不足三个（只有 {corners(short[0])} 个不同的点）"
        fault(rows[0].where, "vertex", rows[0].text("vertex"), what, "补齐这一圈的拐点，或按点位每行一个编号")
        return None
    return assemble(rings), max(steps), notes


def _rings(rows: Sequence[Corner], points: Floats) -> tuple[list[Floats], list[str]]:
    """The corners ring by ring: a new ring number, a restarted count or a closed ring begins another."""
    rings: list[list[int]] = []
    notes = []
    previous = None
    for n, row in enumerate(rows):
        number = _trailing_number(row.text("vertex"))
        ring = rings[-1] if rings else []
        other = bool(ring) and row.text("ring") != rows[ring[0]].text("ring")
        whole = len(ring) > 3 and bool((points[ring[0]] == points[ring[-1]]).all())
        closing = len(ring) > 2 and bool((points[ring[0]] == points[n]).all())
        restarted = number is not None and previous is not None and number <= previous and not closing
        if not ring or other or whole or restarted:
            rings.append([n])
        else:
            if number is not None and previous is not None and number > previous + 1:
                notes.append(
                    f"拐点号不连续：{rows[n - 1].text('vertex')} 之后是 {row.text('vertex')}，是否漏行"
                )
            ring.append(n)
        previous = number
    return [points[ring] for ring in rings], notes


def _trailing_number(text: str) -> int | None:
    found = re.search(r"(\d+)\D*$", text)
    return int(found[1]) if found else None


def _placed(
    geometry: shapely.Geometry, step: float, row: Corner, fault: Fault, datum: Datum
) -> Footprint | None:
    try:
        placed: Placed = place(geometry, row.text("zone"), row.text("adcode")[:6], datum)
    except Unplaced as question:
        shown = "{:.10g}, {:.10g}".format(*shapely.get_coordinates(geometry)[0])
        fault(row.where, "x, y", shown, question.what, question.to_do)
        return None
    return Footprint(placed.geometry, _rounding(step, placed.metre), placed.metre == 1.0, list(placed.notes))


def _agree(found: Footprint, other: shapely.Geometry, step: float, row: Corner, fault: Fault) -> bool:
    """Whether longitude and latitude beside metres say the same place."""
    first, second = shapely.get_coordinates(found.geometry), shapely.get_coordinates(other)
    apart = math.inf
    if len(first) == len(second) and np.abs(second).max() <= 180:
        apart = float(geodesic_m(first, second).max())
    if apart <= _SAME_PLACE_M + 3 * _rounding(step, 111_000.0):
        return True
    far = f"相差 {apart:,.0f} 米" if math.isfinite(apart) else "不是同一形状"
    fault(row.where, "x, y, lon, lat", "", f"两组坐标{far}", "核对坐标系与带号，或只留一组")
    return False


def _rounding(step: float, unit_m: float) -> float:
    """A coordinate cut to a digit is uniformly off by half its step: standard error step / √12."""
    return unit_m * step / math.sqrt(12)


def place_fault(geometry: shapely.Geometry) -> tuple[str, str, str, str] | None:
    """Column, value, what and what to do, where a shape in degrees cannot be a site in China.

    >>> place_fault(shapely.Point(35.59, 110.71))[2]
    '经度、纬度颠倒'
    """
    bounds = np.array(geometry.bounds)
    shown = f"{bounds[0]:.6g}, {bounds[1]:.6g}"
    if not np.isfinite(shapely.get_coordinates(geometry)).all():  # bounds pass over a corner that is none
        return "lon, lat", shown, "坐标不是有限数", "改正坐标"
    if _outside(bounds[[0, 2]], _LON) or _outside(bounds[[1, 3]], _LAT):
        if not _outside(bounds[[1, 3]], _LON) and not _outside(bounds[[0, 2]], _LAT):
            return "lon, lat", shown, "经度、纬度颠倒", "交换两列"
        if np.abs(bounds).max() > 1000:
            to_do = "列名改为 X、Y，或换算成经纬度，或用带坐标系的 SHP、GPKG 提交"
            return "lon, lat", shown, _projected(bounds), to_do
        return "lon, lat", shown, "不在中国境内", "改正坐标（经度在前，十进制度）"
    if len({int(kind) for kind in shapely.get_dimensions([*getattr(geometry, "geoms", [])])}) > 1:
        return (
            "geometry",
            geometry.geom_type,
            "一个场地里混有点、线、面",
            "拆成几个场地，各有编号；或只留一种图形",
        )
    if not shapely.is_valid(geometry):
        reason = shapely.is_valid_reason(geometry)
        return "geometry", reason, "图形无效（自相交等）", "在 GIS 里修复图形后再提交"
    return None


def _outside(values: np.ndarray, span: tuple[float, float]) -> bool:
    return bool(values.min() < span[0] or values.max() > span[1])


def _projected(bounds: np.ndarray) -> str:
    """What a coordinate in metres looks like."""
    zone = next((int(v // 1_000_000) for v in bounds if 13_000_000 <= v < 46_000_000), None)
    if zone is not None:
        width = "3 度" if zone >= 25 else "6 度"
        return f"像是{width}带第 {zone} 带的投影坐标（米），不是经纬度"
    return "像是投影坐标（米），不是经纬度"
