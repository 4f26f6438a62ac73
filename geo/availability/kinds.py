"""Kinds of ground as maps tell them apart: a class, prohibition by one or by several rules, openness by its cause.

>>> kind_of("prohibited", 2, ""), kind_of("undetermined", 0, "missing_layer"), kind_of("free", 0, "")
('prohibited_several', 'undetermined_missing_layer', 'free')
"""

from __future__ import annotations

from collections.abc import Iterable

from geo.language import Lang
from geo.terms import Cause, Outcome

#: What ground is called whose outcome is *clear*: no rule touches it, and no layer that a rule needs is absent.
FREE = "free"
_SEVERAL = "prohibited_several"
_OPEN = "undetermined_"
#: From what can be built on to what cannot.
_ORDER = (
    FREE,
    *(str(o) for o in (Outcome.ADVISED, Outcome.CONDITIONAL, Outcome.RESTRICTED)),
    *(f"{_OPEN}{cause}" for cause in Cause),
    str(Outcome.UNDETERMINED),
    *(str(o) for o in (Outcome.MUST_EXIT, Outcome.PROHIBITED)),
    _SEVERAL,
    str(Outcome.NOT_COVERED),
)


def kind_of(word: str, prohibiting: float, cause: str) -> str:
    """The kind of ground of a class, with so many rules that prohibit, or open for this main cause."""
    if word == Outcome.PROHIBITED and prohibiting > 1:
        return _SEVERAL
    return f"{_OPEN}{cause}" if word == Outcome.UNDETERMINED and cause else word


def class_of_kind(kind: str) -> str:
    """The class that a kind belongs to.

    >>> class_of_kind("prohibited_several"), class_of_kind("undetermined_coverage")
    ('prohibited', 'undetermined')
    """
    if kind.startswith(_OPEN):
        return str(Outcome.UNDETERMINED)
    return str(Outcome.PROHIBITED) if kind == _SEVERAL else kind


def class_in(lang: Lang, word: str) -> str:
    """A class in words.

    >>> class_in(Lang.ZH, "free"), class_in(Lang.EN, "restricted")
    ('可选', 'restricted')
    """
    return lang("可选", "free") if word == FREE else lang.of(Outcome(word))


def kind_in(lang: Lang, kind: str) -> str:
    """A kind in words.

    >>> kind_in(Lang.ZH, "prohibited_several"), kind_in(Lang.ZH, "undetermined_missing_layer")
    ('禁止（几条规则）', '待核实：缺少图层')
    """
    word = class_in(lang, class_of_kind(kind))
    if kind == _SEVERAL:
        return word + lang("（几条规则）", " by several rules")
    if kind == Outcome.PROHIBITED:
        return word + lang("（一条规则）", " by one rule")
    if kind.startswith(_OPEN):
        return word + lang("：", ": ") + lang.of(Cause(kind.removeprefix(_OPEN)))
    return word


def in_order(kinds: Iterable[str]) -> list[str]:
    """Kinds each once, from what can be built on to what cannot.

    >>> in_order(["prohibited", "free", "undetermined_coverage", "free"])
    ['free', 'undetermined_coverage', 'prohibited']
    """
    held = set(kinds)
    return [kind for kind in _ORDER if kind in held]
