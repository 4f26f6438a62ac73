"""The layers and tables of restoration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geo.language import Lang
from geo.restoration.frames import (
    DEFICIT,
    INDICATORS,
    MUST_EXIT,
    PRIORITIES,
    RESTORATION,
    STRIP_COVER,
    STRIP_SITES,
    STRIPS,
    TREATMENT,
)
from geo.writers.content import Content, Group, Kind, shapeless_as_table

if TYPE_CHECKING:
    from geo.restoration.plan import Restoration


def restoration_contents(restoration: Restoration, lang: Lang = Lang.ZH) -> list[Content]:
    """The layers and tables of restoration, in the order in which they lie on each other; titles in ``lang``."""
    group = Group.RESTORATION
    held = [
        Content("treatment", "修复措施", group, Kind.AREA, TREATMENT, restoration.treatment, en="Treatment"),
        Content(
            "deficit", "条带缺口", group, Kind.AREA, DEFICIT, restoration.deficit, en="Deficit in the strips"
        ),
        Content(
            "strip_cover",
            "条带内地类",
            group,
            Kind.AREA,
            STRIP_COVER,
            restoration.strip_cover,
            en="Land cover in the strips",
        ),
        Content("strips", "修复条带", group, Kind.AREA, STRIPS, restoration.strips, en="Strips to restore"),
        Content(
            "restoration",
            "修复台账",
            group,
            Kind.TABLE,
            RESTORATION,
            restoration.ledger,
            en="Restoration ledger",
        ),
        Content(
            "priorities",
            "修复优先次序",
            group,
            Kind.TABLE,
            PRIORITIES,
            restoration.priorities,
            en="Order of restoration",
        ),
        Content(
            "strip_sites",
            "条带内项目",
            group,
            Kind.TABLE,
            STRIP_SITES,
            restoration.strip_sites,
            en="Sites in the strips",
        ),
        Content(
            "must_exit",
            "限期退出",
            group,
            Kind.TABLE,
            MUST_EXIT,
            restoration.exits,
            en="Uses that must leave",
        ),
        Content(
            "indicators",
            "规划指标",
            group,
            Kind.TABLE,
            INDICATORS,
            restoration.indicators,
            en="Targets of the plans",
        ),
    ]
    return [replace(shapeless_as_table(content), lang=lang) for content in held]
