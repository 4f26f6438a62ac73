"""Industry and kind of development from free Chinese words, each with how sure it is.

A code that is written is taken as it is. Words are looked up in the vocabularies of :mod:`geo.data` and in
the names of GB/T 4754-2017, the longest first. What could mean several things, what only the name of a
company says (××焦化有限公司办公楼) and what stands beside a word for something else (焦化废水) is unsure:
it is asked, never used.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from geo.industries import industries, normal_code
from geo.sitefiles.answers import Answers, plain
from geo.terms import Confidence, Development, Process

_CODE = re.compile(r"(?<![0-9A-Z.])(?:[A-T](\d{2,4})|(\d{4}))(?![0-9.])")
_TICKS = "☑■√✓✔☒▣"
_MARKED = re.compile(f"[{_TICKS}]")
_EMPTY_BOX = "□☐"


@dataclass(frozen=True)
class Reading:
    """What words say. Unsure readings have ``candidates`` and a ``question`` instead of ``values``.

    ``word`` is what was read, and the key under which a mapping file can answer.
    """

    values: tuple[str, ...]
    confidence: Confidence
    word: str
    candidates: tuple[str, ...] = ()
    question: str = ""
    processes: tuple[Process, ...] = ()


@dataclass(frozen=True)
class _Meaning:
    codes: tuple[str, ...]  # empty: a word for something beside the industry (余热, 办公 …)
    processes: tuple[Process, ...] = ()
    answered: bool = False


def read_industry(text: str, answers: Answers, cell: bool) -> Reading | None:
    """The industry that a text speaks of, None where no word of it is known.

    ``cell``: the text is a cell for the industry (``炼焦``, ``C2521 炼焦``), so that codes count and one
    word alone is sure; else it is a name or a description of the project.

    >>> read_industry("焦化", Answers(), cell=True).values, str(read_industry("焦化", Answers(), True).confidence)
    (('2521',), 'sure')
    >>> found = read_industry("某县焦化有限公司年产60万吨焦炭项目", Answers(), cell=False)
    >>> found.values, str(found.confidence)
    (('2521',), 'likely')
    >>> read_industry("某县焦化有限公司办公楼", Answers(), cell=False).candidates
    ('2521',)
    """
    text = plain(text)
    given = answers.industry_words()
    if text in given:
        return Reading(
            tuple(given[text].codes), Confidence.ANSWERED, text, processes=tuple(given[text].processes)
        )
    if cell and (codes := _codes(text)):
        return _coded(text, codes, answers)
    company, rest = ("", text) if cell else _split_company(text)
    found = _words(rest, given)
    meant = [(word, meaning) for word, meaning in found if meaning.codes]
    if not meant:
        behind = [(word, meaning) for word, meaning in _words(company, given) if meaning.codes]
        return _unsure(text, behind, "只有单位名称说到行业，项目本身没有写") if behind else None
    beside = [word for word, meaning in found if not meaning.codes]
    if beside and not all(meaning.answered for _, meaning in meant):
        return _unsure(text, meant, f"还写有“{'、'.join(dict.fromkeys(beside))}”，不一定是主业")
    found_codes = tuple(dict.fromkeys(code for _, meaning in meant for code in meaning.codes))
    words = "、".join(dict.fromkeys(word for word, _ in meant))
    same = len({meaning.codes for _, meaning in meant}) == 1
    processes = tuple(dict.fromkeys(p for _, meaning in meant for p in meaning.processes))
    if same and all(meaning.answered for _, meaning in meant):
        return Reading(found_codes, Confidence.ANSWERED, words, processes=processes)
    if len(found_codes) > 1 or len(found_codes[0]) < 4:
        single = len({word for word, _ in meant}) == 1
        what = "几个词所指行业不同"
        if single:
            what = "一词多码" if len(found_codes) > 1 else "只到大类或中类，不知是哪一小类"
        return _unsure(meant[0][0] if single else text, meant, what)
    whole = cell and len(found) == 1 and found[0][0] == _bare(text)
    return Reading(found_codes, Confidence.SURE if whole else Confidence.LIKELY, words, processes=processes)


@lru_cache(maxsize=64)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, words)))


def read_development(text: str, answers: Answers, cell: bool) -> Reading | None:
    """The kinds of development that a text speaks of, None where no word of it is known.

    改扩建 is both 改建 and 扩建, and is checked as both. ``cell`` as in :func:`read_industry`.

    >>> read_development("改扩建", Answers(), cell=True).values
    ('rebuild', 'expand')
    >>> read_development("□新建 ☑扩建 □改建", Answers(), cell=True).values
    ('expand',)
    >>> read_development("技改", Answers(), cell=True).candidates
    ('rebuild', 'expand')
    """
    text = plain(text)
    given = answers.development_words()
    if text in given:
        return Reading(tuple(map(str, given[text])), Confidence.ANSWERED, text)
    if cell:
        text = _ticked(text)
    words = _any_of(tuple(sorted({*_developments(), *given}, key=len, reverse=True)))
    found = list(dict.fromkeys(words.findall(text if cell else _split_company(text)[1])))
    if not found:
        return None
    answered = all(word in given for word in found)
    unsure = [word for word in found if word not in given and not _developments()[word].sure]
    kinds = [tuple(map(str, given[w])) if w in given else _developments()[w].kinds for w in found]
    values = tuple(dict.fromkeys(kind for each in kinds for kind in each))
    if unsure:
        return Reading((), Confidence.UNSURE, unsure[0], values, _developments()[unsure[0]].question)
    if len(values) > 1 and set(values) != {"rebuild", "expand"}:
        return Reading((), Confidence.UNSURE, text, values, "写有几种建设性质，是哪一种")
    if answered:
        return Reading(values, Confidence.ANSWERED, "、".join(found))
    rest = re.sub("|".join(map(re.escape, found)), "", text)
    whole = cell and not re.sub(r"[、,，;；/+和及与（）()]|项目|工程|性质|建设", "", rest)
    if not cell and found == ["现有"]:
        return None  # 利用现有厂房 says nothing of the project
    return Reading(values, Confidence.SURE if whole else Confidence.LIKELY, "、".join(found))


def _codes(text: str) -> list[str]:
    """Codes in a cell: with their letter, of four digits, or the cell alone."""
    if re.fullmatch(r"[A-Ta-t]?\d{2,4}", text):
        return [normal_code(text)]
    return [a or b for a, b in _CODE.findall(text.upper())]


def _coded(text: str, codes: list[str], answers: Answers) -> Reading:
    """A cell with codes and perhaps their names: the two must not contradict each other."""
    unknown = [code for code in codes if code not in industries()]
    if unknown:
        return Reading((), Confidence.UNSURE, text, (), f"GB/T 4754-2017 没有代码 {'、'.join(unknown)}")
    named = {
        code for _, meaning in _words(_CODE.sub("", text), answers.industry_words()) for code in meaning.codes
    }
    if named and not any(a.startswith(b) or b.startswith(a) for a in codes for b in named):
        both = (*codes, *sorted(named)[:3])
        return Reading((), Confidence.UNSURE, text, both, "所写代码与名称不符")
    return Reading(tuple(dict.fromkeys(codes)), Confidence.STATED, text)


def _unsure(word: str, meant: list[tuple[str, _Meaning]], why: str) -> Reading:
    codes = tuple(dict.fromkeys(code for _, meaning in meant for code in meaning.codes))
    return Reading((), Confidence.UNSURE, word, codes, why)


def _words(text: str, given: Mapping[str, object]) -> list[tuple[str, _Meaning]]:
    """The known words of a text, the longest first, none inside another."""
    known = _vocabulary()
    if given:
        own = {
            word: _Meaning(tuple(a.codes), tuple(a.processes), answered=True)  # type: ignore[attr-defined]
            for word, a in given.items()
        }
        known = {**known, **own}
    sizes = sorted({*_sizes(), *map(len, given)}, reverse=True)
    found, at = [], 0
    while at < len(text):
        word = next((text[at : at + size] for size in sizes if text[at : at + size] in known), "")
        if word:
            found.append((word, known[word]))
        at += len(word) or 1
    return found


@cache
def _sizes() -> frozenset[int]:
    """How many letters the words known to everybody have."""
    return frozenset(map(len, _vocabulary()))


@cache
def _vocabulary() -> Mapping[str, _Meaning]:
    """Everyday words, the standard's own names (also without 制造 …), and words beside the industry."""
    found: dict[str, _Meaning] = {}
    for code, industry in sorted(industries().items(), key=lambda item: len(item[0])):
        name = plain(industry.name)  # a class overrides the group of the same name
        found[name] = _Meaning((code,))
        stem = re.sub(r"(?:制造|加工|生产|养殖|治理)?(?:业)?$", "", name)
        if len(code) == 4 and len(stem) > 2 and not re.search("其他|[、和及]|设备", stem):
            found.setdefault(stem, _Meaning((code,)))
    for row in _table("project_words.csv"):
        if row["kind"] == "aside":
            found[row["word"]] = _Meaning(())
    for row in _table("industry_words.csv"):
        processes = tuple(Process(word) for word in row["processes"].split())
        found[plain(row["word"])] = _Meaning(_deepest(row["codes"].split()), processes)
    return found


def _deepest(codes: list[str]) -> tuple[str, ...]:
    """Codes with a group that has only one class written as that class."""
    classes = _classes()
    return tuple(classes[code][0] if len(classes.get(code, ())) == 1 else code for code in codes)


@cache
def _classes() -> Mapping[str, tuple[str, ...]]:
    """The classes (four digits) of every division, group and class."""
    found: dict[str, tuple[str, ...]] = {}
    for code in industries():
        if len(code) == 4:
            for digits in (2, 3, 4):
                found[code[:digits]] = (*found.get(code[:digits], ()), code)
    return found


def _split_company(text: str) -> tuple[str, str]:
    """The name of the company that stands before the project's, and the rest.

    >>> _split_company("山西某焦化有限公司光伏发电项目")
    ('山西某焦化有限公司', '光伏发电项目')
    """
    words = [row["word"] for row in _table("project_words.csv") if row["kind"] == "company"]
    found = re.match(f".*(?:{'|'.join(words)})(?:（[^）]*）|\\([^)]*\\))?", text)
    return (found[0], text[found.end() :]) if found else ("", text)


def _bare(text: str) -> str:
    return re.sub(r"(?:建设)?(?:项目|工程)$", "", text)


@dataclass(frozen=True)
class _Kind:
    kinds: tuple[str, ...]
    sure: bool
    question: str


@cache
def _developments() -> Mapping[str, _Kind]:
    found = {plain(d.zh): _Kind((str(d),), True, "") for d in Development}
    found |= {str(d): _Kind((str(d),), True, "") for d in Development}
    for row in _table("development_words.csv"):
        kinds = tuple(str(Development(kind)) for kind in row["developments"].split())
        found[plain(row["word"])] = _Kind(kinds, row["sure"] == "yes", row["question"])
    return found


def _ticked(text: str) -> str:
    """Of a row of boxes (□新建 ☑扩建), what is ticked."""
    if not _MARKED.search(text) or not any(box in text for box in _EMPTY_BOX):
        return _MARKED.sub("", text)
    words = f"([^{_TICKS}{_EMPTY_BOX}]+)"
    first = text[0] in _TICKS + _EMPTY_BOX  # boxes stand before the words, else behind them
    return "、".join(re.findall(f"[{_TICKS}]{words}" if first else f"{words}[{_TICKS}]", text))


@cache
def _table(name: str) -> tuple[dict[str, str], ...]:
    text = files("geo.data").joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
