"""A rule and its parts, read from one mapping.

One YAML file a rule; the format is described in CONTRIBUTING.md. Everything is strict: a distance
without a unit, a code without quotes, an unknown key or theme is an error.

>>> metres("2 km"), metres("50 m"), metres("-12.5 m")
(2000.0, 50.0, -12.5)
>>> metres("2")
Traceback (most recent call last):
ValueError: 距离须带单位（如 2 km、50 m）：'2'
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from geo.terms import (
    THEME_ATTRIBUTES,
    Cause,
    Datum,
    Development,
    Effect,
    Fact,
    Line,
    Measure,
    Outcome,
    PlanStatus,
    Process,
    Purpose,
    Strength,
    Theme,
)
from geo.yamls import Strict

_DISTANCE = re.compile(r"(-?\d+(?:\.\d+)?) ?(km|m)")


def metres(text: Any) -> float:
    """A distance with its unit, in metres. Raises ValueError where the unit is missing."""
    found = _DISTANCE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"距离须带单位（如 2 km、50 m）：{text!r}")
    return float(found[1]) * (1000.0 if found[2] == "km" else 1.0)


Metres = Annotated[float, BeforeValidator(metres)]
NonEmpty = Annotated[str, StringConstraints(strict=True, min_length=1, strip_whitespace=True)]
Adcode = Annotated[str, StringConstraints(strict=True, pattern=r"^\d{2}(\d{2}(\d{2})?)?$")]
IndustryCode = Annotated[str, StringConstraints(strict=True, pattern=r"^\d{2,4}$")]
RuleId = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}-\d{2,3}$")]


class Text(Strict):
    """A text in Chinese and English."""

    zh: NonEmpty
    en: NonEmpty


class Span(Strict):
    """A period; ``until`` is its last day, None = open."""

    from_: date = Field(alias="from")
    until: date | None = None

    def holds(self, on: date) -> bool:
        """Whether ``on`` lies in the period, both ends included."""
        return self.from_ <= on and (self.until is None or on <= self.until)


class Plan(Strict):
    """A planning document: who issued it, where and when it applies, whether it binds."""

    id: NonEmpty
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    title: Text
    issuer: NonEmpty
    office: NonEmpty  # whom to ask
    status: PlanStatus
    adcode: Adcode
    period: Span
    printed: date | None = None
    notes: str | None = None


class Bounds(Strict):
    """A condition on a number: at least ``min``, at most ``max``."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("至少给出 min 或 max")
        return self


Condition = NonEmpty | list[NonEmpty] | Bounds


class Reference(Strict):
    """The features a rule measures from, picked from a theme by attribute."""

    theme: Theme
    where: dict[str, Condition] = {}
    #: features that an open list of places may mean: near one, the check is undetermined
    maybe: dict[str, Condition] | None = None
    #: division codes of the reach the clause names; what lies outside it only makes undetermined
    reach: list[Adcode] | None = None
    term: NonEmpty | None = None  # the plan's own word for the line or place
    line: Line | None = None  # the reading preferred
    accept: list[Line] = []  # other readings, in order of preference

    @model_validator(mode="after")
    def _attributes_known(self) -> Self:
        unknown = ({*self.where} | {*(self.maybe or {})}) - THEME_ATTRIBUTES[self.theme]
        if unknown:
            known = "、".join(sorted(THEME_ATTRIBUTES[self.theme]))
            raise ValueError(f"主题 {self.theme} 没有属性 {'、'.join(sorted(unknown))}（可用：{known}）")
        if self.accept and self.line is None:
            raise ValueError("有 accept 时须先给 line")
        return self

    @property
    def lines(self) -> list[Line]:
        """Accepted readings, the preferred one first; empty = any line."""
        return [self.line, *self.accept] if self.line is not None else []


class Jurisdiction(Strict):
    """Where the rule applies: division codes, a prefix stands for all below it."""

    adcode: Annotated[list[Adcode], Field(min_length=1)]


class Groups(Strict):
    """Industry groups of ``groups.yaml``; a site of any of them is meant."""

    group: NonEmpty | None = None
    groups: list[NonEmpty] = []

    @model_validator(mode="after")
    def _some(self) -> Self:
        if (self.group is None) == (not self.groups):
            raise ValueError("给出 group 或 groups 其中之一")
        return self

    @property
    def names(self) -> list[str]:
        """The groups' names."""
        return [self.group] if self.group is not None else self.groups


class Requirement(Strict):
    """Something a site states: a process (true where declared) or a figure between bounds.

    ``min`` and ``max`` are inclusive, ``below`` is not.
    """

    process: Process | None = None
    fact: Fact | None = None
    min: float | None = None
    max: float | None = None
    below: float | None = None
    developments: list[Development] = []  # asked of these only; none named = of all

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.process is None) == (self.fact is None):
            raise ValueError("给出 process 或 fact 其中之一")
        bounds = [self.min, self.max, self.below]
        if (self.fact is not None) == all(bound is None for bound in bounds):
            raise ValueError("fact 须有 min、max 或 below；process 不用")
        return self

    @property
    def zh(self) -> str:
        """The requirement in Chinese.

        >>> Requirement(fact=Fact.COKE_OVEN_HEIGHT_M, min=7).zh
        '炭化室高度（米）不低于 7'
        """
        if self.process is not None:
            return self.process.zh
        words = {"不低于": self.min, "不高于": self.max, "低于": self.below}
        parts = [f"{word} {bound:g}" for word, bound in words.items() if bound is not None]
        return (self.fact.zh if self.fact else "") + "、".join(parts)

    @property
    def en(self) -> str:
        """The requirement in English.

        >>> Requirement(fact=Fact.COKE_OVEN_HEIGHT_M, min=7).en
        'coke-oven chamber height, m: at least 7'
        """
        if self.process is not None:
            return self.process.en
        words = {"at least": self.min, "at most": self.max, "below": self.below}
        parts = [f"{word} {bound:g}" for word, bound in words.items() if bound is not None]
        return (self.fact.en if self.fact else "") + ": " + ", ".join(parts)


class Scope(Strict):
    """Which sites a rule is about."""

    developments: Annotated[list[Development], Field(min_length=1)]
    industries: Literal["any"] | Groups
    only_if: list[Requirement] = []  # all must hold; unstated = undetermined


class When(Strict):
    """Sites that an exception is about: all the conditions given must hold."""

    industries: list[IndustryCode] = []
    processes: list[Process] = []
    names: list[NonEmpty] = []  # words in the site's name

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not (self.industries or self.processes or self.names):
            raise ValueError("例外须说明适用于谁（industries、processes 或 names）")
        return self


class RuleException(Strict):
    """Who the rule leaves out, and by which evidence; without the evidence it is undetermined."""

    id: NonEmpty
    title: Text
    when: When
    evidence: Text | None = None
    until: date | None = None  # the last day of the exception


class Notes(Strict):
    """What a reviewer should know."""

    ambiguity: str | None = None  # what the plan leaves open
    differs: str | None = None  # where the register and the plan's text differ, and which won
    judgement: str | None = None  # what we decided, and why


#: Shared by all that have none.
NO_NOTES = Notes()


class ExampleSite(Strict):
    """A site of an inline example; ``offset`` is its distance from the synthetic reference."""

    development: Development
    industry: IndustryCode | None = None
    offset: Metres | None = None  # negative = inside a polygon
    accuracy: Metres | None = None
    # by the thousand as well: a default is copied at length, what a factory makes is not
    processes: list[str] = Field(default_factory=list)  # a leading ! denies the process
    facts: dict[Fact, float] = Field(default_factory=dict)
    purpose: Purpose = Purpose.PROJECT
    evidence: list[NonEmpty] = Field(default_factory=list)
    adcode: Adcode | None = None
    datum: Datum = Datum.CGCS2000
    name: NonEmpty = "例"


class ExampleWorld(Strict):
    """What the synthetic layer of an example holds, where it is not simply what the rule asks for."""

    theme: Theme | None = None  # which of several references
    feature: dict[str, str | float | None] = {}  # attributes in place of the rule's own
    line: Line | None = None
    accuracy: Metres = 0.0
    half_width: Metres | None = None
    missing: bool = False  # no layer at all
    covered: bool = True
    demo: bool = False
    in_reach: bool = True


#: Examples by the thousand share it: a default that is no factory would be copied for each.
_AS_ASKED = ExampleWorld()


class Example(Strict):
    """A site and the outcome that the rule alone gives it."""

    site: ExampleSite
    expect: Outcome
    cause: Cause | None = None
    world: ExampleWorld = Field(default_factory=lambda: _AS_ASKED)
    on: date | None = None
    worst: Outcome | None = None  # the worst case, where the outcome stays open
    says: NonEmpty | None = None  # words that the reasons hold
    because: NonEmpty | None = None


class Overlay(Strict):
    """Who put a rule beside or in place of the plans' own, when and why."""

    author: NonEmpty
    on: date
    reason: NonEmpty


class Rule(Strict):
    """One spatial rule of one plan, with citation, scope, dates, remedy and examples."""

    id: RuleId
    title: Text
    plan: NonEmpty
    section: NonEmpty
    key_terms: Annotated[list[NonEmpty], Field(min_length=1)]
    effect: Effect
    strength: Strength
    jurisdiction: Jurisdiction
    in_force: Span
    measure: Measure
    distance: Literal["not_given"] | dict[date, Metres] | None = None
    measured_from: list[Reference] = []
    inclusive: bool = True
    applies_to: Scope
    requires: list[Requirement] = []  # where all are met the rule does not bite
    exceptions: list[RuleException] = []
    deadline: date | None = None  # the day by which existing projects leave
    remedy: Text
    notes: Notes = Field(default_factory=lambda: NO_NOTES)
    overlay: Overlay | None = None  # only in a user's own rule book
    examples: Annotated[list[Example], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _one_reference_is_a_list_of_one(cls, content: Any) -> Any:
        if isinstance(content, dict) and isinstance(content.get("measured_from"), dict):
            return {**content, "measured_from": [content["measured_from"]]}
        return content

    @model_validator(mode="after")
    def _measure_has_what_it_needs(self) -> Self:
        if self.measure is Measure.WITHIN_DISTANCE:
            if self.distance is None or self.distance == {}:
                raise ValueError("within_distance 须给 distance（规划未给距离时写 not_given）")
        elif self.distance is not None:
            raise ValueError(f"{self.measure} 不用 distance")
        if self.measure is Measure.IN_JURISDICTION:
            if self.measured_from:
                raise ValueError("in_jurisdiction 不用 measured_from")
        elif not self.measured_from:
            raise ValueError(f"{self.measure} 须给 measured_from")
        if isinstance(self.distance, dict) and min(self.distance) > self.in_force.from_:
            raise ValueError("距离的首个日期晚于规则生效日，中间没有限值")
        return self

    def limit_on(self, on: date) -> float | None:
        """The distance in metres that holds on a day; None where the plan gives none.

        Polygons and jurisdictions have the limit 0.
        """
        if self.measure is not Measure.WITHIN_DISTANCE:
            return 0.0
        if not isinstance(self.distance, dict):
            return None
        days = [day for day in self.distance if day <= on]
        return self.distance[max(days)] if days else None
