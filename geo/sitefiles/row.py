"""One row of a site list as a row of the Sites frame, with every fault that it has."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import shapely

from geo.datum_params import WHAT_TO_SUPPLY
from geo.datums import unshift
from geo.divisions import holds_in
from geo.errors import Problem
from geo.sitefiles.footprint import RawRow, place_fault, read_footprint
from geo.sitefiles.options import ReadOptions
from geo.sitefiles.row_words import WordsOfRow, items
from geo.sitefiles.texts import looks, seen_text, unseen_letters
from geo.space import Floats, area_m2, without_empty_parts
from geo.terms import OLD_DATUMS, Datum, Fact, Process, Purpose, Term

#: The numbers of sites met so far: by what they look like, each with where it stands.
Numbers = dict[str, dict[str, str]]

_LONGEST_ID, _LONGEST_NAME = 200, 2_000
_ERROR_CELL = re.compile(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!)")

Vocabulary = TypeVar("Vocabulary", bound=Term)

_XIAN = re.compile(r"西安|1980|XIAN|XI'AN|(?<!\d)80坐标")
_BEIJING = re.compile(r"北京|1954|BEIJING|BJ-?54|(?<!\d)54坐标")
_DATUM_WORDS = [
    (re.compile(r"2000|CGCS"), Datum.CGCS2000),
    (re.compile(r"WGS"), Datum.WGS84),
    (re.compile(r"GCJ|火星"), Datum.GCJ02),
    (re.compile(r"BD-?09|百度"), Datum.BD09),
]


class RowReader:
    """Reads one row, collecting its faults."""

    def __init__(self, raw: RawRow, file: str, options: ReadOptions) -> None:
        self.file = file
        self.options = options
        self.problems: list[Problem] = []
        self.notes: list[str] = list(raw.notes)
        self.said: list[str] = []  # of the notes those on its words
        shown = {key: self._seen(key, value, raw.where) for key, value in raw.values.items()}
        given = {key: value for key, value in shown.items() if value.strip()}
        defaults = dict(options.defaults)
        if "industry_name" in given:  # a row that says its industry in words does state it
            defaults.pop("industry", None)
        self.raw = replace(raw, values={**defaults, **given})

    def site(self, seen: Numbers) -> dict[str, Any] | None:
        """The row as a row of the Sites frame, or None where it has faults."""
        site_id = self._text("site_id")
        if not site_id:
            self._fault("site_id", "", "没有编号", "给每个场地一个编号")
        elif len(site_id) > _LONGEST_ID:
            self._fault(
                "site_id", f"{site_id[:20]}…", f"编号有 {len(site_id):,} 个字", "核对列与引号，写短些"
            )
        else:
            self._number(site_id, seen)
        datum = self._datum()
        geometry, rounding_m, datum = self._footprint(datum)
        words = WordsOfRow(self.raw, self.options.answers, self._fault)
        industry, stated = words.industry()
        processes = self._processes()
        denied = {item[1:] for item in processes if item.startswith("!")}
        processes += [str(p) for p in stated if str(p) not in {*processes, *denied}]
        development = words.development()
        self.said = words.notes
        self.notes.extend(words.notes)
        site = {
            "site_id": site_id,
            "name": self._text("name"),
            "industry": industry,
            "processes": ";".join(processes),
            "facts": self._figures(),
            "development": development,
            "purpose": self._word("purpose", Purpose, Purpose.PROJECT),
            "adcode": self._adcode(),
            "datum": datum,
            "accuracy_m": self._accuracy(rounding_m),
            "evidence": ";".join(items(self._text("evidence"))),
            "basis": words.basis,
            "source": f"{self.file} {self.raw.where}",
            "geometry": geometry,
        }
        if self.problems or self.raw.broken:
            return None
        return site

    def _number(self, site_id: str, seen: Numbers) -> None:
        """The number among all others: the same twice is a fault, one that looks like another is told."""
        alike = seen.setdefault(looks(site_id), {})
        if site_id in alike:
            self._fault("site_id", site_id, f"编号与 {alike[site_id]} 重复", "改用唯一编号")
        elif alike:
            other, where = next(iter(alike.items()))
            self.notes.append(f"编号“{site_id}”与 {where} 的“{other}”看起来一样，按两个场地读，请核对")
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", site_id):
            self.notes.append(f"编号 {site_id} 是日期：是否被表格软件改写（如 1-2 变成日期）")
        alike.setdefault(site_id, f"{self.file} {self.raw.where}")  # also where the row has other faults

    def _seen(self, column: str, value: str, where: str) -> str:
        """A value without letters that nobody sees; what is no value at all is a fault."""
        plain = seen_text(value)
        if plain != value:
            self.notes.append(f"{column} 有看不见的字符（{unseen_letters(value)}），已去掉")
        if "\ufffd" in plain:
            what = "文字的编码有误（有读不出的字）"
            self._fault_at(where, column, plain[:40], what, "重新导出，编码用 UTF-8")
        elif _ERROR_CELL.fullmatch(plain.strip()):
            self._fault_at(where, column, plain.strip(), "单元格是公式的错误值", "改正公式，或粘贴为数值")
        elif column == "name" and len(plain) > _LONGEST_NAME:
            what = f"名称有 {len(plain):,} 个字"
            self._fault_at(
                where, column, f"{plain[:20]}…", what, "核对列与引号（引号没有配对会并入后面的行）"
            )
        return plain

    def _text(self, column: str) -> str:
        return self.raw.values.get(column, "").strip()

    def _fault(self, column: str, value: str, what: str, to_do: str) -> None:
        self._fault_at(self.raw.where, column, value, what, to_do)

    def _fault_at(self, where: str, column: str, value: str, what: str, to_do: str) -> None:
        self.problems.append(Problem(self.file, where, column, value, what, to_do))

    def _datum(self) -> Datum:
        stated = self._text("datum")
        if not stated:
            found = self.raw.datum or self.options.datum_of(self.file)
            return self._with_parameters(found, found.zh)
        plain = unicodedata.normalize("NFKC", stated).upper()
        for old, words in ((Datum.XIAN1980, _XIAN), (Datum.BEIJING1954, _BEIJING)):
            if words.search(plain):
                if re.search("2000|CGCS|WGS", plain):
                    what = "一格写了两种坐标系"
                    self._fault("datum", stated, what, "写坐标现在所用的那一种")
                    return Datum.UNDECLARED
                if self.raw.datum not in (None, old):
                    what = f"文件自带的坐标系是{self.raw.datum.zh}，这一行写的不同"
                    self._fault("datum", stated, what, "改正文件的坐标系，或去掉这一格")
                    return Datum.UNDECLARED
                return self._with_parameters(old, stated)
        found_word = _term(Datum, stated.lower())
        if found_word is None and not re.search(
            "独立|地方|自定义", plain
        ):  # 太原2000独立坐标系 is not CGCS2000
            found_word = next((datum for words, datum in _DATUM_WORDS if words.search(plain)), None)
        if found_word is None:
            what, to_do = "不认识的坐标系", "写 cgcs2000、wgs84、gcj02 或 bd09，不知道就留空"
            if re.search("独立|地方|自定义", plain):
                to_do = "地方独立坐标系请测绘单位先转换，坐标系写 cgcs2000"
            self._fault("datum", stated, what, to_do)
        return found_word or Datum.UNDECLARED

    def _with_parameters(self, datum: Datum, stated: str) -> Datum:
        """The datum; one whose parameters nobody gave is a fault."""
        if datum in OLD_DATUMS and datum not in self.options.parameters:
            what = f"{datum.zh}没有公开的精确转换参数，不作近似换算（会差几十到一百多米）"
            self._fault("datum", stated, what, WHAT_TO_SUPPLY)
        return datum

    def _processes(self) -> list[str]:
        found = []
        for item in items(self._text("processes")):
            denied = item[0] in "!！非"
            process = _term(Process, item[1:] if denied else item)
            if process is None:
                words = "、".join(p.zh for p in Process)
                self._fault("processes", item, "不认识的工艺特征", f"可写：{words}（前加 ! 表示没有）")
            else:
                found.append(f"!{process}" if denied else str(process))
        return found

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

    def _word(self, column: str, words: type[Vocabulary], default: Vocabulary) -> str:
        stated = self._text(column)
        found = _term(words, stated) if stated else default
        if found is None:
            allowed = "、".join(f"{w.zh}（{w}）" for w in words)
            self._fault(column, stated, "不在允许的词中", f"可写：{allowed}")
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
        found = read_footprint(self.raw, self.options.packed_dms, self._fault_at, datum)
        if found is None:
            return None, 0.0, datum
        self.notes.extend(found.notes)
        if found.metric:
            datum = self._metric_datum(datum)
        with np.errstate(invalid="ignore", over="ignore"):  # a coordinate that is no number is told next
            geometry = shapely.force_2d(found.geometry)
        if hasattr(geometry, "geoms"):
            geometry = without_empty_parts(np.array([geometry], dtype=object))[0]
        fault = place_fault(geometry)
        if fault is not None:
            self._fault(*fault)
            return None, found.rounding_m, datum
        accuracy_m = found.rounding_m
        there: Callable[[Floats, Floats], tuple[Floats, Floats]] = partial(unshift, datum=datum)
        if datum in OLD_DATUMS:
            parameters = self.options.parameters.get(datum)
            if parameters is None:
                return None, accuracy_m, datum  # told with the datum
            there = parameters.to_cgcs2000
            accuracy_m = math.hypot(accuracy_m, parameters.accuracy_m)
            self.notes.append(parameters.wording)
        try:
            geometry = shapely.transform(geometry, lambda xy: np.column_stack(there(xy[:, 0], xy[:, 1])))
        except ValueError as error:
            self._fault("datum", datum.zh, str(error), "核对参数文件与坐标")
            return None, accuracy_m, datum
        if datum in OLD_DATUMS and not self._in_reach(geometry, datum):
            return None, accuracy_m, datum
        self._compare_area(geometry)
        return geometry, accuracy_m, datum

    def _in_reach(self, geometry: shapely.Geometry, datum: Datum) -> bool:
        """Whether a site lies where the parameters hold; a fault where not."""
        codes = self.options.parameters[datum].adcode
        if not codes or holds_in(codes, geometry):
            return True
        what = f"位置不在转换参数适用的区划（{'、'.join(codes)}）之内"
        self._fault("datum", datum.zh, what, "换用当地的参数，或核对坐标")
        return False

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
        stated = self.raw.stated_ha
        if stated is None:
            return
        found = float(area_m2(np.array([geometry]))[0]) / 10_000
        if found == 0 or abs(stated - found) <= 0.01 * found:
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
    words = WordsOfRow(row.raw, row.options.answers, row._fault)
    read: dict[str, Callable[[], Any]] = {
        "industry": lambda: words.industry()[0],
        "processes": lambda: ";".join(row._processes()),
        "development": words.development,
        "purpose": lambda: row._word("purpose", Purpose, Purpose.PROJECT),
        "adcode": row._adcode,
        "accuracy_m": lambda: row._accuracy(0.0),
        "evidence": lambda: ";".join(items(row._text("evidence"))),
    }
    found = {column: reader() for column, reader in read.items() if column in values}
    if any(str(fact) in values or fact.zh in values for fact in Fact):
        found["facts"] = row._figures()
    return found, row.problems


def _term(words: type[Vocabulary], stated: str) -> Vocabulary | None:
    return next((word for word in words if stated in (str(word), word.zh)), None)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
