"""The names that the plans' rules ask for, found again in the names that OpenStreetMap gives.

>>> match_name(["汾河（太原段）"], {"汾河", "潇河"}), match_name(["小汾河", "Xiaofen He"], {"汾河"})
('汾河', '')
>>> match_name(["Fen River", "汾河干流"], {"汾河"})
'汾河'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from geo.rulebook import RuleBook
from geo.terms import Theme

#: What may follow a river's or a railway's name without making it another one.
_TAIL = re.compile(r"(\(.*\)|主?河道|干流|[^河渠线路铁]{0,4}段)$")


def asked_names(rulebook: RuleBook, *themes: Theme) -> frozenset[str]:
    """The names by which rules pick features of some themes; of valleys and levees, their rivers' names."""
    found: set[str] = set()
    for rule in rulebook.rules.values():
        for reference in rule.measured_from:
            if reference.theme not in themes:
                continue
            for where in (reference.where, reference.maybe or {}):
                for names in (where.get("name"), where.get("river")):
                    found |= {names} if isinstance(names, str) else set()
                    found |= set(names) if isinstance(names, list) else set()
    return frozenset(found)


def match_name(names: Iterable[str], asked: Collection[str]) -> str:
    """The name asked for that one of an object's names is, sections and brackets aside; empty = none."""
    for name in names:
        plain = unicodedata.normalize("NFKC", name).strip().replace(" ", "")
        while plain:
            if plain in asked:
                return plain
            shorter = _TAIL.sub("", plain)
            if shorter == plain:
                break
            plain = shorter
    return ""
