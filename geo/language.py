"""The language of a run's outputs: Chinese, or English on request.

Both versions of a sentence stand side by side where it is written, so that neither is forgotten:

>>> Lang.EN("共 3 个项目", "3 sites in all")
'3 sites in all'
>>> from geo.terms import Outcome
>>> Lang.ZH.of(Outcome.CLEAR), Lang.EN.of(Outcome.CLEAR)
('未触及', 'no rule touched')
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, TypeVar

Said = TypeVar("Said")


class Bilingual(Protocol):
    """Whatever carries a Chinese and an English text: terms, columns, titles of rules."""

    @property
    def zh(self) -> str:
        """Chinese."""

    @property
    def en(self) -> str:
        """English."""


class Lang(StrEnum):
    """Chinese or English; called with both versions of a text it gives its own."""

    ZH = "zh"
    EN = "en"

    def __call__(self, zh: Said, en: Said) -> Said:
        return zh if self is Lang.ZH else en

    def of(self, text: Bilingual) -> str:
        """The version of a term, column or title in this language."""
        return text.zh if self is Lang.ZH else text.en
