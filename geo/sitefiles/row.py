"""One row of a site list as a row of the Sites frame, with every fault that it has."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import shapely

from geo.datums import unshift
from geo.errors import Problem
from geo.industries import find_industries, industries, normal_code
from geo.sitefiles.footprint import RawRow, place_fault, read_footprint
from geo.space import area_m2
from geo.terms import Datum, Development, Fact, Process, Purpose, Term

Vocabulary = TypeVar("Vocabulary", bound=Term)

#: Systems whose exact parameters are not public; without them a site is some 100 m off.
_OLD_DATUM = re.compile(r"西安|1980|XIAN|XI'AN|北京|1954|BEIJING|BJ-?54")
_DATUM_WORDS = [
    (re.compile(r"2000|CGCS"), Datum.CGCS2000),
    (re.compile(r"WGS"), Datum.WGS84),
    (re.compile(r"GCJ|火星"), Datum.GCJ02),
    (re.compile(r"BD-?09|百度"), Datum.BD09),
]


@dataclass(frozen=True)
class ReadOptions:
    """What holds for every row that does not say otherwise.

    ``defaults`` are values of columns (industry, development, adcode, zone …); ``packed_dms`` reads
    ``112.3256`` in columns of longitude and latitude as 112°32′56″.
    """

    datum: Datum = Datum.UNDECLARED
    packed_dms: bool = False
    defaults: Mapping[str, str] = field(default_factory=dict)


class RowReader:
    """Reads one row, collecting its faults."""

    def __init__(self, raw: RawRow, file: str, options: ReadOptions) -> None:
        given = {key: value for key, value in raw.values.items() if value.strip()}
        self.raw = replace(raw, values={**options.defaults, **given})
        self.file = file
        self.options = options
        self.problems: list[Problem] = []
        self.notes: list[str] = list(raw.notes)

    def site(self, seen: dict[str, str]) -> dict[str, Any] | None:
        """The row as a row of the Sites frame, or None where it has faults."""
        site_id = self._text("site_id")
        if not site_id:
            self._fault("site_id", "", "没有编号", "给每个场地一个编号")
        elif site_id in seen:
            self._fault("site_id", site_id, f"编号与 {seen[site_id]} 重复", "改用唯一编号")
        else:
            seen[site_id] = f"{self.file} {self.raw.where}"  # also where the row has other faults
        datum = self._datum()
        geometry, rounding_m, datum = self._footprint(datum)
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
        if self.problems or self.raw.broken:
            return None
        return site

    def _text(self, column: str) -> str:
        return self.raw.values.get(column, "").strip()

    def _fault(self, column: str, value: str, what: str, to_do: str) -> None:
        self._fault_at(self.raw.where, column, value, what, to_do)

    def _fault_at(self, where: str, column: str, value: str, what: str, to_do: str) -> None:
        self.problems.append(Problem(self.file, where, column, value, what, to_do))

    def _datum(self) -> Datum:
        stated = self._text("datum")
        if not stated:
            return self.raw.datum or self.options.datum
        plain = unicodedata.normalize("NFKC", stated).upper()
        if _OLD_DATUM.search(plain):
            self._fault(
                "datum",
                stated,
                "不认识的坐标系：1980 西安、1954 北京坐标系没有公开的精确转换参数",
                "先用当地四参数或七参数转换成 CGCS2000 再提交，坐标系写 cgcs2000",
            )
            return Datum.UNDECLARED
        found = _term(Datum, stated.lower())
        if found is None and not re.search("独立|地方|自定义", plain):  # 太原2000独立坐标系 is not CGCS2000
            found = next((datum for words, datum in _DATUM_WORDS if words.search(plain)), None)
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
                "写 GB/T 4754-2017 代码，如 2521（hongxian industries 炼焦 可查），或用 --industry 给出",
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
            option = f"，或用 --{column} 给出" if column == "development" and not stated else ""
            what = "没有填写" if not stated else "不在允许的词中"
            self._fault(column, stated, what, f"可写：{allowed}{option}")
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

    def _footprint(self, datum: Datum) -> tuple[shapely.Geometry | None, float, Datum]:
        """The footprint in the working datum, the standard error of its rounding, and its datum."""
        found = read_footprint(self.raw, self.options.packed_dms, self._fault_at)
        if found is None:
            return None, 0.0, datum
        self.notes.extend(found.notes)
        if found.metric:
            datum = self._metric_datum(datum)
        fault = place_fault(found.geometry)
        if fault is not None:
            self._fault(*fault)
            return None, found.rounding_m, datum
        geometry = shapely.transform(
            shapely.force_2d(found.geometry),
            lambda xy: np.column_stack(unshift(xy[:, 0], xy[:, 1], datum)),
        )
        self._compare_area(geometry)
        return geometry, found.rounding_m, datum

    def _metric_datum(self, datum: Datum) -> Datum:
        """The datum of metres: no GCJ-02 or BD-09, and not taken for CGCS2000 unless somebody says so."""
        if datum in (Datum.GCJ02, Datum.BD09):
            if self._text("datum"):
                what = "米制坐标没有 GCJ-02、BD-09"
                self._fault("datum", self._text("datum"), what, "写明测量所用坐标系，如 cgcs2000")
            datum = Datum.UNDECLARED
        if datum is Datum.UNDECLARED:
            self.notes.append(
                "米制坐标没有写明坐标系，按未申报处理（放宽 640 米）：确是 CGCS2000 请写明；"
                "若是 1980 西安、1954 北京，须先转换"
            )
        return datum

    def _compare_area(self, geometry: shapely.Geometry) -> None:
        stated, found = self.raw.stated_ha, float(area_m2(np.array([geometry]))[0]) / 10_000
        if stated is None or found == 0 or abs(stated - found) <= 0.01 * found:
            return
        units = {10_000: "像是把平方米写成了公顷", 15: "像是把亩写成了公顷"}
        hint = next((words for k, words in units.items() if abs(stated / found / k - 1) < 0.02), "核对图形")
        self.notes.append(f"所报面积 {stated:.4f} 公顷，按坐标算得 {found:.4f} 公顷，{hint}")


def read_attributes(values: Mapping[str, str], file: str) -> tuple[dict[str, Any], list[Problem]]:
    """What a few columns state of a site, without a position: columns of Sites, and every fault.

    >>> read_attributes({"development": "扩建", "processes": "短流程炼钢"}, "")
    ({'processes': 'short_process', 'development': 'expand'}, [])
    """
    row = RowReader(RawRow("", values), file, ReadOptions())
    read: dict[str, Callable[[], Any]] = {
        "industry": row._industry,
        "processes": row._processes,
        "development": lambda: row._word("development", Development, None),
        "purpose": lambda: row._word("purpose", Purpose, Purpose.PROJECT),
        "adcode": row._adcode,
        "accuracy_m": lambda: row._accuracy(0.0),
        "evidence": lambda: ";".join(_items(row._text("evidence"))),
    }
    found = {column: reader() for column, reader in read.items() if column in values}
    if any(str(fact) in values or fact.zh in values for fact in Fact):
        found["facts"] = row._figures()
    return found, row.problems


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
