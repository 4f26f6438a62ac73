"""One row of a site list as a row of the Sites frame, with every fault that it has."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import shapely

from geo.datums import unshift
from geo.errors import Problem
from geo.industries import find_industries, industries, normal_code
from geo.terms import Datum, Development, Fact, Process, Purpose, Term

Vocabulary = TypeVar("Vocabulary", bound=Term)

#: Longitudes and latitudes of China, for telling a swapped pair or a projected easting.
_LON, _LAT = (73.0, 136.0), (3.0, 54.0)


@dataclass(frozen=True)
class RawRow:
    """One row as the file holds it."""

    where: str
    values: Mapping[str, str]
    geometry: shapely.Geometry | None = None
    datum: Datum | None = None  # what the container says


class RowReader:
    """Reads one row, collecting its faults."""

    def __init__(self, raw: RawRow, file: str, default: Datum) -> None:
        self.raw = raw
        self.file = file
        self.default = default
        self.problems: list[Problem] = []

    def site(self, seen: dict[str, str]) -> dict[str, Any] | None:
        """The row as a row of the Sites frame, or None where it has faults."""
        site_id = self._text("site_id")
        if not site_id:
            self._fault("site_id", "", "没有编号", "给每个场地一个编号")
        elif site_id in seen:
            self._fault("site_id", site_id, f"编号与 {seen[site_id]} 重复", "改用唯一编号")
        datum = self._datum()
        geometry, rounding_m = self._geometry(datum)
        site = {
            "site_id": site_id,
            "name": self._text("name"),
            "industry": self._industry(),
            "processes": self._processes(),
            "facts": self._figures(),
            "development": self._word("development", Development, None),
            "purpose": self._word("purpose", Purpose, Purpose.PROJECT),
            "adcode": self._adcode(),
            "datum": datum,
            "accuracy_m": self._accuracy(rounding_m),
            "evidence": ";".join(_items(self._text("evidence"))),
            "source": f"{self.file} {self.raw.where}",
            "geometry": geometry,
        }
        if self.problems:
            return None
        seen[site_id] = str(site["source"])
        return site

    def _text(self, column: str) -> str:
        return self.raw.values.get(column, "").strip()

    def _fault(self, column: str, value: str, what: str, to_do: str) -> None:
        self.problems.append(Problem(self.file, self.raw.where, column, value, what, to_do))

    def _datum(self) -> Datum:
        stated = self._text("datum")
        if not stated:
            return self.raw.datum or self.default
        found = _term(Datum, stated.lower())
        if found is None:
            self._fault("datum", stated, "不认识的坐标系", "写 cgcs2000、wgs84、gcj02 或 bd09，不知道就留空")
        return found or Datum.UNDECLARED

    def _industry(self) -> str:
        stated = _items(self._text("industry"))
        if not stated:
            self._fault(
                "industry",
                "",
                "没有行业代码",
                "写 GB/T 4754-2017 代码，如 2521（hongxian industries 炼焦 可查）",
            )
        codes = []
        for item in stated:
            code = normal_code(item)
            if code in industries():
                codes.append(code)
                continue
            like = "、".join(f"{i.code} {i.name}" for i in find_industries(item)[:3]) if item else ""
            self._fault(
                "industry",
                item,
                "GB/T 4754-2017 没有这个代码",
                f"改为四位代码{'，是否 ' + like if like else ''}",
            )
        return ";".join(codes)

    def _processes(self) -> str:
        found = []
        for item in _items(self._text("processes")):
            denied = item[0] in "!！非"
            process = _term(Process, item[1:] if denied else item)
            if process is None:
                words = "、".join(p.zh for p in Process)
                self._fault("processes", item, "不认识的工艺特征", f"可写：{words}（前加 ! 表示没有）")
            else:
                found.append(f"!{process}" if denied else str(process))
        return ";".join(found)

    def _figures(self) -> str:
        """Figures from columns named like the fact, in English or Chinese."""
        found = []
        for fact in Fact:
            stated = self._text(str(fact)) or self._text(fact.zh)
            if not stated:
                continue
            value = _number(stated)
            if value is None:
                self._fault(fact.zh, stated, "不是数字", "写数字，不带单位；不知道就留空")
            else:
                found.append(f"{fact}={value:.15g}")
        return ";".join(found)

    def _word(self, column: str, words: type[Vocabulary], default: Vocabulary | None) -> str:
        stated = self._text(column)
        if not stated and default is not None:
            return str(default)
        found = _term(words, stated)
        if found is None:
            allowed = "、".join(f"{w.zh}（{w}）" for w in words)
            self._fault(column, stated, "没有填写" if not stated else "不在允许的词中", f"可写：{allowed}")
        return str(found or "")

    def _adcode(self) -> str:
        stated = self._text("adcode")
        if stated and not re.fullmatch(r"\d{6}(\d{6})?", stated):
            self._fault("adcode", stated, "行政区划代码应为六位数字", "如 140882（河津市）；不知道就留空")
        return stated[:6]

    def _accuracy(self, rounding_m: float) -> float:
        stated = self._text("accuracy_m")
        if not stated:
            return rounding_m
        value = _number(stated)
        if value is None or value < 0:
            self._fault("accuracy_m", stated, "精度应为不小于零的米数", "如 5；不知道就留空")
            return rounding_m
        return max(value, rounding_m)

    def _geometry(self, datum: Datum) -> tuple[shapely.Geometry | None, float]:
        """The footprint in the working datum, and the standard error of its rounded coordinates."""
        rounding_m = 0.0
        if self.raw.datum is not None:
            geometry = self.raw.geometry
            if geometry is None or geometry.is_empty:
                self._fault("geometry", "", "几何为空", "补上地块图形")
                return None, rounding_m
        elif self._text("wkt"):
            try:
                with np.errstate(invalid="ignore"):  # a coordinate that is no number is told below
                    geometry = shapely.from_wkt(self._text("wkt"))
            except shapely.errors.GEOSException:
                self._fault("wkt", self._text("wkt")[:40], "不是 WKT", "如 POLYGON ((经度 纬度, …))")
                return None, rounding_m
            if geometry is None or geometry.is_empty:
                self._fault("wkt", self._text("wkt")[:40], "几何为空", "补上地块图形")
                return None, rounding_m
        else:
            point = self._point()
            if point is None:
                return None, rounding_m
            geometry, rounding_m = point
        return self._sound(geometry, datum), rounding_m

    def _point(self) -> tuple[shapely.Point, float] | None:
        lon, lat = (_number(self._text(column)) for column in ("lon", "lat"))
        for column, value in (("lon", lon), ("lat", lat)):
            if value is None:
                self._fault(column, self._text(column), "不是数字", "写十进制度，如 110.7121")
        if lon is None or lat is None:
            return None
        decimals = min(len(self._text(c).partition(".")[2]) for c in ("lon", "lat"))
        # a coordinate cut to d decimals is uniformly off by half a unit: standard error unit / √12
        return shapely.Point(lon, lat), 111_000 * 10.0**-decimals / math.sqrt(12)

    def _sound(self, geometry: shapely.Geometry, datum: Datum) -> shapely.Geometry | None:
        bounds = np.array(geometry.bounds)
        shown = f"{bounds[0]:.6g}, {bounds[1]:.6g}"
        if not np.isfinite(bounds).all():
            self._fault("lon, lat", shown, "坐标不是有限数", "改正坐标")
        elif _outside(bounds[[0, 2]], _LON) or _outside(bounds[[1, 3]], _LAT):
            if not _outside(bounds[[1, 3]], _LON) and not _outside(bounds[[0, 2]], _LAT):
                self._fault("lon, lat", shown, "经度、纬度颠倒", "交换两列")
            elif np.abs(bounds).max() > 1000:
                self._fault(
                    "lon, lat", shown, _projected(bounds), "换算成经纬度，或用带坐标系的 SHP、GPKG 提交"
                )
            else:
                self._fault("lon, lat", shown, "不在中国境内", "改正坐标（经度在前，十进制度）")
        elif not shapely.is_valid(geometry):
            reason = shapely.is_valid_reason(geometry)
            self._fault("geometry", reason, "图形无效（自相交等）", "在 GIS 里修复图形后再提交")
        else:
            return shapely.transform(
                shapely.force_2d(geometry),
                lambda xy: np.column_stack(unshift(xy[:, 0], xy[:, 1], datum)),
            )
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


def _term(words: type[Vocabulary], stated: str) -> Vocabulary | None:
    return next((word for word in words if stated in (str(word), word.zh)), None)


def _items(text: str) -> list[str]:
    return [item.strip() for item in re.split(r"[;；、,，/]", text) if item.strip()]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
