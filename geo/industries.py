"""Industries: GB/T 4754-2017 codes, the plans' group words, and how a site falls under them.

Each plan's own list comes first. A list that ends in 等 is open: an industry it names takes the
rule's full force; one that is only similar is undetermined, never prohibited; any other is not meant.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Self

from pydantic import Field, model_validator

from geo.rule import IndustryCode, NonEmpty, Requirement, Text
from geo.terms import Fact, Match, Process, Purpose
from geo.yamls import Strict


@dataclass(frozen=True)
class Industry:
    """A class of GB/T 4754-2017: ``code`` of two to four digits, Chinese ``name``."""

    code: str
    name: str


@cache
def industries() -> Mapping[str, Industry]:
    """All divisions, groups and classes of GB/T 4754-2017 by code.

    >>> industries()["2521"].name
    '炼焦'
    """
    return {row["code"]: Industry(row["code"], row["name"]) for row in _table("gbt4754_2017.csv")}


def find_industries(word: str) -> list[Industry]:
    """Industries whose name or code holds a word, the closest first.

    >>> [industry.code for industry in find_industries("炼焦")]
    ['2521']
    """
    if not word.strip():
        return []
    wanted = normal_code(word) if word.strip()[-1:].isdigit() else word.strip()
    synonyms = _synonyms().get(wanted, ())
    found = [
        i
        for i in industries().values()
        if wanted in i.name or i.code.startswith(wanted) or i.code in synonyms
    ]
    return sorted(found, key=lambda i: (i.code not in synonyms, i.name != wanted, len(i.name), i.code))


@cache
def _synonyms() -> Mapping[str, tuple[str, ...]]:
    """Everyday words (焦化, 钢铁 …) that the standard's names do not hold."""
    return {row["word"]: tuple(row["codes"].split()) for row in _table("industry_words.csv")}


def _table(name: str) -> Iterable[dict[str, str]]:
    return csv.DictReader(files("geo.data").joinpath(name).read_text(encoding="utf-8").splitlines())


def normal_code(text: str) -> str:
    """A code as the standard writes it: ``C2521`` → ``2521``, full-width digits made plain.

    >>> normal_code(" C２５２１ ")
    '2521'
    """
    plain = text.strip().translate(_PLAIN).upper()
    return plain[1:] if plain[:1].isalpha() and plain[:1].isascii() else plain


_PLAIN = str.maketrans("０１２３４５６７８９", "0123456789")


class GroupBasis(StrEnum):
    """Where a group's list comes from."""

    PLAN = "plan"  # the plan's own list
    OFFICIAL = "official"  # a national paper's list, as the plan gives none
    JUDGEMENT = "judgement"  # ours, as neither gives one


class Entry(Strict):
    """One word of a list: codes (a prefix stands for all below), processes, purposes; all must fit."""

    word: NonEmpty
    codes: list[IndustryCode] = []
    processes: list[Process] = []
    purposes: list[Purpose] = []
    unless_denied: list[Process] = []  # a site that denies one of these is not meant
    only_if: list[Requirement] = []  # figures that the site must state to be meant

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not (self.codes or self.processes or self.purposes):
            raise ValueError("一个词须有 codes、processes 或 purposes")
        return self

    def match(self, facts: Facts) -> Match:
        """NAMED, UNSURE (a process is not stated, or the site's code is coarser than ours) or FOREIGN."""
        pointed = not self.codes or any(code.startswith(tuple(self.codes)) for code in facts.whole_codes)
        if not pointed and not any(own.startswith(facts.codes) for own in self.codes):
            return Match.FOREIGN
        if self.purposes and facts.purpose not in self.purposes:
            return Match.FOREIGN
        if facts.denied.intersection(self.processes) or facts.denied.intersection(self.unless_denied):
            return Match.FOREIGN
        figures = [facts.meets(requirement) for requirement in self.only_if]
        if any(met is False for met in figures):
            return Match.FOREIGN
        if pointed and all(process in facts.processes for process in self.processes) and all(figures):
            return Match.NAMED
        # an unstated process matters only where code or purpose already point that way
        return Match.UNSURE if self.codes or self.purposes else Match.FOREIGN


@dataclass(frozen=True)
class Facts:
    """What a site states of its industry."""

    codes: tuple[str, ...]
    processes: frozenset[Process] = frozenset()
    denied: frozenset[Process] = frozenset()
    purpose: Purpose = Purpose.PROJECT
    figures: tuple[tuple[Fact, float], ...] = ()

    @property
    def whole_codes(self) -> tuple[str, ...]:
        """The codes, a group with one class only also as that class (311 is 3110)."""
        return (*self.codes, *(f"{code}0" for code in self.codes if len(code) == 3))

    def meets(self, requirement: Requirement) -> bool | None:
        """Whether a requirement is met; None where the site does not state it.

        >>> oven = Facts(("2521",), figures=((Fact.COKE_OVEN_HEIGHT_M, 6.25),))
        >>> oven.meets(Requirement(fact=Fact.COKE_OVEN_HEIGHT_M, min=7)), oven.meets(
        ...     Requirement(process=Process.OPEN_PIT))
        (False, None)
        """
        if requirement.process is not None:
            stated = requirement.process in self.processes
            return stated if stated or requirement.process in self.denied else None
        figure = dict(self.figures).get(requirement.fact) if requirement.fact is not None else None
        if figure is None:
            return None
        return (
            (requirement.min is None or figure >= requirement.min)
            and (requirement.max is None or figure <= requirement.max)
            and (requirement.below is None or figure < requirement.below)
        )


class IndustryGroup(Strict):
    """A group word of a plan (两高一剩, 污染较重 …) and what stands behind it."""

    title: Text
    plan: NonEmpty
    section: NonEmpty
    basis: GroupBasis
    source: NonEmpty | None = None
    open: bool  # the list ends in 等
    named: Annotated[list[Entry], Field(min_length=1)]
    similar: list[Entry] = []
    note: str | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.basis is GroupBasis.OFFICIAL and self.source is None:
            raise ValueError("basis: official 须写明 source")
        if self.similar and not self.open:
            raise ValueError("封闭的名单没有 similar")
        return self

    def match(self, facts: Facts) -> tuple[Match, str]:
        """How a site falls under the group, and the word it matched.

        >>> coke = Entry(word="焦化", codes=["2521"])
        >>> text = {"zh": "污染较重项目", "en": "heavy polluters"}
        >>> group = IndustryGroup(title=text, plan="p", section="一", basis="plan", open=True,
        ...     named=[coke], similar=[Entry(word="铁合金", codes=["3140"])])
        >>> [str(group.match(Facts((code,)))[0]) for code in ("2521", "3140", "1411")]
        ['named', 'similar', 'foreign']
        """
        found = [(entry.match(facts), entry.word) for entry in self.named]
        for wanted in (Match.NAMED, Match.UNSURE):
            words = [word for match, word in found if match is wanted]
            if words:
                return wanted, words[0]
        for entry in self.similar:
            if entry.match(facts) is not Match.FOREIGN:
                return Match.SIMILAR, entry.word
        return Match.FOREIGN, ""


def match_groups(groups: Collection[IndustryGroup], facts: Facts) -> tuple[Match, str]:
    """The strongest match over several groups."""
    order = (Match.NAMED, Match.UNSURE, Match.SIMILAR, Match.FOREIGN)
    found = [group.match(facts) for group in groups]
    return min(found, key=lambda pair: order.index(pair[0]))
