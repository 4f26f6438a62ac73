"""Numbers with their units in the language of a report; Chinese as :mod:`geo.wording` says them."""

from __future__ import annotations

import math

import geo.english as english
from geo.language import Lang
from geo.rule import Plan, Rule
from geo.wording import cite, heading, limit_text, metres_text


def metres_in(lang: Lang, value: float) -> str:
    """Metres, decimals only where they matter; empty where there is no figure.

    >>> metres_in(Lang.ZH, 1588.4), metres_in(Lang.EN, 18.26), metres_in(Lang.EN, float("nan"))
    ('1,588 米', '18.3 m', '')
    """
    if math.isnan(value) or math.isinf(value):
        return ""
    return lang(metres_text(value), english.metres(value))


def limit_in(lang: Lang, value: float) -> str:
    """A limit.

    >>> limit_in(Lang.ZH, 2000.0), limit_in(Lang.EN, 50.0)
    ('2 公里', '50 m')
    """
    return lang(limit_text(value), english.limit(value))


def deficit_words(deficit_ha: float, unknown_ha: float, counted_ha: float, say: Lang, digits: int = 1) -> str:
    """A deficit as it may be said: ground whose cover nobody knows is never taken for ground that lacks nothing.

    >>> deficit_words(0, 12, 12, Lang.ZH), deficit_words(3, 2, 12, Lang.ZH), deficit_words(3, 0, 12, Lang.ZH)
    ('不明', '≥ 3.0', '3.0')
    """
    if unknown_ha >= 0.999 * counted_ha > 0:
        return say("不明", "unknown")
    at_least = "≥ " if unknown_ha > 0.001 * counted_ha else ""
    return f"{at_least}{deficit_ha:,.{digits}f}"


def cite_in(lang: Lang, plan: Plan, rule: Rule) -> str:
    """Plan and section of a rule; the section as the plan numbers it."""
    return lang(cite(plan, rule), english.cite(plan, rule))


def heading_in(lang: Lang, rule: Rule) -> str:
    """Number and title of a rule as they stand before a reason, with the mark that divides them."""
    return lang(f"{heading(rule)}：", f"{english.heading(rule)}: ")
