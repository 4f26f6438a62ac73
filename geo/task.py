"""A restoration task: what a plan wants restored, where, how wide, by what treatment, until when.

``restoration.yaml`` in a plan's folder holds its tasks by the register's id. A task whose place and width
a rule file states already says ``ground: rule`` and takes them from there: the law stands once.

>>> quantity("389 ha"), quantity("3000 亩"), quantity("0.06 km2")
((389.0, 'ha'), (200.0, 'ha'), (6.0, 'ha'))
>>> quantity("34 km"), quantity("88 %"), quantity("68 处")
((34.0, 'km'), (0.88, 'share'), (68.0, 'count'))
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from geo.rule import (
    NO_NOTES,
    Jurisdiction,
    Metres,
    NonEmpty,
    Notes,
    Overlay,
    Reference,
    Rule,
    RuleId,
    Span,
    Text,
)
from geo.terms import CoverClass, Strength, Term, Theme, Treatment
from geo.yamls import Strict

_QUANTITY = re.compile(r"(\d+(?:\.\d+)?) ?(ha|km2|m2|亩|km|%|处)")
#: What a unit of a target is counted in, and how many of that one of it is.
_UNITS = {
    "ha": ("ha", 1.0),
    "km2": ("ha", 100.0),
    "m2": ("ha", 1e-4),
    "亩": ("ha", 1 / 15),
    "km": ("km", 1.0),
    "%": ("share", 0.01),
    "处": ("count", 1.0),
}


def quantity(text: Any) -> tuple[float, str]:
    """A figure of a plan with its unit, in hectares, kilometres, a share or a count.

    Raises ValueError where the unit is missing or not known.
    """
    found = _QUANTITY.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"数量须带单位（ha、km2、m2、亩、km、%、处）：{text!r}")
    unit, each = _UNITS[found[2]]
    return round(float(found[1]) * each, 9), unit


Quantity = Annotated[tuple[float, str], BeforeValidator(quantity)]


class Ground(Term):
    """What kind of ground a task is about (范围类型)."""

    STRIP = "strip", "条带", "a strip along a line or around an area"
    AREA = "area", "地块", "the features themselves"
    LINE = "line", "沿线", "named lines; the plan gives no width and wants no strip"
    FOLLOWS = "follows", "并入", "the ground of other tasks"
    CRITERION = "criterion", "条件", "where grass is wanted rather than trees"


class Condition(Strict):
    """A condition on the ground, by a raster's values or by codes of land cover."""

    theme: Literal[Theme.SOIL_DEPTH, Theme.BARE_ROCK, Theme.LANDCOVER]
    below: NonEmpty | None = None  # 20 cm: less than
    min: NonEmpty | None = None  # 40 %: at least
    codes: list[NonEmpty] = []

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.theme is Theme.LANDCOVER) != bool(self.codes):
            raise ValueError("landcover 用 codes，其余用 below 或 min")
        if not self.codes and (self.below is None) == (self.min is None):
            raise ValueError("给出 below 或 min 其中之一")
        self.limit  # noqa: B018  a figure that cannot be read is a fault of the file
        return self

    @property
    def limit(self) -> float:
        """The figure in metres or as a share.

        >>> Condition(theme=Theme.SOIL_DEPTH, below="20 cm").limit
        0.2
        """
        text = self.below or self.min
        if text is None:
            return 0.0
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(cm|m|%)", text)
        if found is None:
            raise ValueError(f"须带单位（cm、m 或 %）：{text!r}")
        return float(found[1]) * {"cm": 0.01, "m": 1.0, "%": 0.01}[found[2]]

    @property
    def zh(self) -> str:
        """The condition in Chinese.

        >>> Condition(theme=Theme.BARE_ROCK, min="40 %").zh
        '岩石裸露率不低于40 %'
        """
        if self.codes:
            return f"地类编码 {'、'.join(self.codes)}"
        return f"{self.theme.zh}{'小于' if self.below else '不低于'}{self.below or self.min}"


class TaskExample(Strict):
    """A kilometre of the task's line, or a square of 1 ha, with one cover all over, and what comes of it."""

    cover: CoverClass
    strip_ha: Annotated[float, Field(ge=0)]  # of one bank, or of the square
    deficit_ha: Annotated[float, Field(ge=0)]
    treatment: Treatment | None = None
    on: date | None = None


class Target(Strict):
    """A figure that the plan promises: which of the task's figures it is compared with."""

    amount: Quantity
    of: Literal["treated", "required", "length", "features"] = "treated"
    what: NonEmpty = "修复面积"


class RestorationTask(Strict):
    """One task of one plan."""

    id: RuleId
    plan: NonEmpty
    title: Text
    section: NonEmpty
    key_terms: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=14)]], Field(min_length=1)
    ]
    strength: Strength
    jurisdiction: Jurisdiction
    in_force: Span
    ground: Ground
    place: list[Reference] = []
    width: Literal["not_given"] | dict[date, Metres] | None = None  # strips only
    follows: list[RuleId] = []
    any_of: list[Condition] = []  # criterion only
    missing: list[CoverClass] = []  # cover that has to go; none named = all but green and water
    treatments: Annotated[list[Treatment], Field(min_length=1)]
    targets: list[Target] = []
    deadline: date | None = None
    notes: Notes = Field(default_factory=lambda: NO_NOTES)
    overlay: Overlay | None = None
    examples: list[TaskExample] = []

    @model_validator(mode="before")
    @classmethod
    def _one_place_is_a_list_of_one(cls, content: Any) -> Any:
        if isinstance(content, dict) and isinstance(content.get("place"), dict):
            return {**content, "place": [content["place"]]}
        return content

    @model_validator(mode="after")
    def _ground_has_what_it_needs(self) -> Self:
        needs = {
            Ground.STRIP: {"place", "width"},
            Ground.AREA: {"place"},
            Ground.LINE: {"place"},
            Ground.FOLLOWS: {"follows"},
            Ground.CRITERION: {"any_of"},
        }[self.ground]
        for name in ("place", "width", "follows", "any_of"):
            given = getattr(self, name) not in (None, [], {})
            if given != (name in needs):
                raise ValueError(f"{self.ground.zh}（{self.ground}）{'须给' if not given else '不用'} {name}")
        if isinstance(self.width, dict) and min(self.width) > self.in_force.from_:
            raise ValueError("宽度的首个日期晚于生效日，中间没有宽度")
        return self

    def width_on(self, on: date) -> float | None:
        """The width in metres that holds on a day; None where the plan gives none."""
        if not isinstance(self.width, dict):
            return None
        days = [day for day in self.width if day <= on]
        return self.width[max(days)] if days else None


def filled_from(rule: Rule | None, content: Mapping[str, Any]) -> dict[str, Any]:
    """A task's mapping with what the rule file of the same id says already, where it asks for that.

    >>> filled_from(None, {"ground": "strip"})
    {'ground': 'strip'}
    """
    if content.get("ground") != "rule" or rule is None:
        return dict(content)
    distance = rule.distance
    stated = {
        "title": rule.title,
        "section": rule.section,
        "key_terms": rule.key_terms,
        "strength": rule.strength,
        "jurisdiction": rule.jurisdiction,
        "in_force": rule.in_force,
        "place": rule.measured_from,
        "notes": rule.notes,
        "deadline": rule.deadline,
        "width": {day: f"{metres} m" for day, metres in distance.items()}
        if isinstance(distance, dict)
        else distance,
    }
    return {**stated, **content, "ground": "strip"}
