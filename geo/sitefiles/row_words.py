"""What the words of one row say of its industry and kind of development; what is unsure becomes a fault."""

from __future__ import annotations

import re
from collections.abc import Callable

from geo.industries import find_industries, industries, normal_code
from geo.sitefiles.answers import Answers, plain
from geo.sitefiles.footprint import RawRow
from geo.sitefiles.words import Reading, read_development, read_industry
from geo.terms import Confidence, Development, Process

Fault = Callable[[str, str, str, str], None]  # column, value, what, what to do

_ANSWER = "或用 --words 对照表一次答清（hongxian sites check … --words-out 对照表.yaml 会列出要答的词）"
_HEADINGS = {"industry": "行业代码列", "industry_name": "行业类别", "name": "项目名称", "products": "产品"}


def items(text: str) -> list[str]:
    """The items of a cell.

    >>> items("3110、3120")
    ['3110', '3120']
    """
    return [item.strip() for item in re.split(r"[;；、,，/]", text) if item.strip()]


class WordsOfRow:
    """Reads the words of one row; ``notes`` and ``basis`` say what they were taken for, and how surely."""

    def __init__(self, raw: RawRow, answers: Answers, fault: Fault) -> None:
        self._values = raw.values
        self._answers = answers
        self._fault = fault
        self._basis: dict[str, str] = {}
        self.notes: list[str] = []

    @property
    def basis(self) -> str:
        """How industry and development were read, in Chinese."""
        return "；".join(f"{what}：{how}" for what, how in self._basis.items())

    def _text(self, column: str) -> str:
        return self._values.get(column, "").strip()

    def industry(self) -> tuple[str, tuple[Process, ...]]:
        """Codes joined by ;, and the processes that the words name. Nothing where it is asked."""
        stated = items(self._text("industry"))
        codes = [normal_code(item) for item in stated]
        if stated and all(code in industries() for code in codes):
            self._basis["行业"] = Confidence.STATED.zh
            self._compare_name(codes)
            return ";".join(codes), ()
        answered = plain(self._text("industry")) in self._answers.industry_words()
        if stated and not answered and all(re.fullmatch(r"[A-Za-z]?[\dA-Za-z]+", code) for code in codes):
            for item, code in zip(stated, codes, strict=True):
                if code not in industries():
                    self._unknown_code(item)
            return "", ()
        source, reading = self._industry_reading()
        if reading is None:
            self._no_industry(stated)
            return "", ()
        if reading.confidence is Confidence.UNSURE:
            listed = "、".join(
                f"{code} {industries()[code].name}" for code in reading.candidates if code in industries()
            )
            what = f"行业待确认：{_HEADINGS[source]}的“{reading.word}”{reading.question}"
            to_do = f"写明 GB/T 4754-2017 代码{f'，如 {listed}' if listed else ''}；{_ANSWER}"
            self._fault("industry", reading.word, what, to_do)
            return "", ()
        said = f"{_HEADINGS[source]}“{reading.word}”"
        if reading.confidence is Confidence.STATED:
            self._basis["行业"] = f"{Confidence.STATED.zh}（{said}）"
        else:
            self._basis["行业"] = f"{reading.confidence.zh}（{said}）"
            names = "、".join(f"{code} {industries()[code].name}" for code in reading.values)
            self.notes.append(f"行业据{said}读作 {names}（{reading.confidence.zh}），请核对")
        return ";".join(reading.values), reading.processes

    def development(self) -> str:
        """Kinds of development joined by ;, or nothing where it is asked."""
        cell, name = self._text("development"), self._text("name")
        reading = read_development(cell, self._answers, cell=True) if cell else None
        source = "建设性质列"
        if not cell:
            source, reading = "项目名称", read_development(name, self._answers, cell=False)
        allowed = "、".join(f"{kind.zh}（{kind}）" for kind in Development)
        if reading is None:
            what = "不在允许的词中" if cell else "没有填写"
            option = "" if cell else "，或用 --development 给出"
            self._fault(
                "development", cell, what, f"可写：{allowed}{option}" + (f"；{_ANSWER}" if cell else "")
            )
            return ""
        if reading.confidence is Confidence.UNSURE:
            listed = "、".join(f"{Development(kind).zh}（{kind}）" for kind in reading.candidates)
            what = f"建设性质待确认：{source}的“{reading.word}”可能是 {listed}：{reading.question}"
            self._fault("development", reading.word, what, f"改写成其中一种；{_ANSWER}")
            return ""
        as_ours = cell in {d.zh for d in Development} | set(map(str, Development))
        confidence = Confidence.STATED if as_ours else reading.confidence
        self._basis["建设性质"] = confidence.zh if as_ours else f"{confidence.zh}（{source}“{reading.word}”）"
        if not as_ours:
            names = "、".join(Development(kind).zh for kind in reading.values)
            both = "，各按其规则检查" if len(reading.values) > 1 else ""
            self.notes.append(
                f"建设性质据{source}“{reading.word}”读作 {names}（{confidence.zh}）{both}，请核对"
            )
        elif cell:
            self._compare_development(reading, name)
        return ";".join(reading.values)

    def _industry_reading(self) -> tuple[str, Reading | None]:
        """The surest reading: of the cells for the industry, then of the project's name and products."""
        found: list[tuple[str, Reading]] = []
        for source in ("industry", "industry_name", "name", "products"):
            text = self._text(source)
            cell = source in ("industry", "industry_name")
            reading = read_industry(text, self._answers, cell) if text else None
            if reading is None and cell and text:
                break  # a cell that says something unknown is asked about, not overruled by the name
            if reading is None:
                continue
            if reading.confidence is not Confidence.UNSURE and not self._coarse(reading):
                if found and not self._fits(reading, found[0][1]):
                    break  # the name says something else than the cell: the cell is asked about
                return source, reading
            found.append((source, reading))
        return found[0] if found else ("industry", None)

    @staticmethod
    def _coarse(reading: Reading) -> bool:
        return reading.confidence is Confidence.STATED and all(len(code) < 4 for code in reading.values)

    @staticmethod
    def _fits(fine: Reading, coarse: Reading) -> bool:
        allowed = coarse.candidates or coarse.values
        return all(code.startswith(allowed) for code in fine.values)

    def _compare_name(self, codes: list[str]) -> None:
        reading = read_industry(self._text("name"), Answers(), cell=False)
        if reading is None or reading.confidence is Confidence.UNSURE:
            return
        if not any(a.startswith(b) or b.startswith(a) for a in codes for b in reading.values):
            named = "、".join(f"{code} {industries()[code].name}" for code in reading.values)
            self.notes.append(f"项目名称像是 {named}，行业代码写的是 {'、'.join(codes)}，请核对")

    def _compare_development(self, stated: Reading, name: str) -> None:
        said = read_development(name, Answers(), cell=False)
        if said is not None and not set(stated.values) & set(said.values or said.candidates):
            kind = Development(stated.values[0]).zh
            self.notes.append(f"项目名称写“{said.word}”，建设性质是{kind}，请核对")

    def _no_industry(self, stated: list[str]) -> None:
        if not stated:
            named = self._text("industry_name") or self._text("name")
            seen = f"，“{named}”里也没有认得的行业词" if named else ""
            to_do = "写 GB/T 4754-2017 代码，如 2521（hongxian industries 炼焦 可查），或用 --industry 给出"
            self._fault("industry", named, f"没有行业代码{seen}", f"{to_do}；{_ANSWER}")
        for item in stated:
            self._unknown_code(item)

    def _unknown_code(self, item: str) -> None:
        like = "、".join(f"{i.code} {i.name}" for i in find_industries(item)[:3]) if item else ""
        to_do = f"改为四位代码{'，是否 ' + like if like else ''}；{_ANSWER}"
        self._fault("industry", item, "GB/T 4754-2017 没有这个代码", to_do)
