"""An indicator: a target of a plan that a map can measure, and how.

``indicators.yaml`` in a plan's folder holds them by the register's id.
"""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import model_validator

from geo.rule import Jurisdiction, NonEmpty, Reference, RuleId, Span, Text
from geo.task import Quantity
from geo.terms import CoverClass, Term
from geo.yamls import Strict


class IndicatorKind(Term):
    """How an indicator is measured (量法)."""

    SHARE = "share", "占比", "share of the division, or of a theme's features, that is so covered"
    CHANGE = "change", "增减", "area in the newest layer less area in the oldest"
    STATUS = "status", "状态", "share of features whose status says done"


class Indicator(Strict):
    """One indicator of one plan."""

    id: RuleId
    plan: NonEmpty
    title: Text
    kind: IndicatorKind
    jurisdiction: Jurisdiction
    in_force: Span
    of: Reference
    cover: list[CoverClass] = []  # counted from land cover where no layer of the theme is held
    within: Reference | None = None  # features that are the whole; none = the division
    ground_by_user: bool = False  # the plan names ground that no layer theme draws
    done: list[NonEmpty] = []  # words of the status
    target: Quantity | None = None
    base: Quantity | None = None
    deadline: date | None = None
    note: NonEmpty | None = None

    @model_validator(mode="after")
    def _kind_has_what_it_needs(self) -> Self:
        if (self.kind is IndicatorKind.STATUS) != bool(self.done):
            raise ValueError("status 须给 done，其余不用")
        if self.within is not None and self.kind is not IndicatorKind.SHARE:
            raise ValueError("within 只用于 share")
        return self
