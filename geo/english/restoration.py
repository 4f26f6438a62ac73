"""Restoration in English: strips, ledger, priorities, who is in the way, the plans' targets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from geo.english.tables import names_in, tell, told_frame, told_texts
from geo.labels import labels_of
from geo.language import Lang
from geo.rulebook import RuleBook

if TYPE_CHECKING:
    from geo.restoration.plan import Restoration

#: Columns of each frame that hold sentences composed in Chinese; titles and plans are names of the rule book.
_COMPOSED: dict[str, tuple[str, ...]] = {
    "strips": ("title", "note"),
    "strip_cover": (),
    "deficit": (),
    "treatment": ("why",),
    "ledger": ("title", "plan", "treatment", "cost_note", "target", "note"),
    "priorities": ("title",),
    "strip_sites": ("title", "what"),
    "exits": ("title", "remedy"),
    "indicators": ("title", "plan", "unit", "note"),
}
#: Columns of keys in which a river without a name is called 未名.
_KEYS = ("strip_id", "strip_ids", "shared_with")


def restoration_in_english(restoration: Restoration, rulebook: RuleBook) -> Restoration:
    """The same rows and figures; their labels, titles and notes in English.

    >>> from datetime import date
    >>> from geo import load_layers, load_rulebook, starter_folder
    >>> from geo.restoration.plan import RestorationOptions, plan_restoration
    >>> book, layers = load_rulebook(), load_layers(starter_folder())
    >>> asked = RestorationOptions(adcodes=("140882",), indicators=False)
    >>> told = restoration_in_english(plan_restoration(book, layers, date(2026, 1, 1), options=asked), book)
    >>> set(told.ledger["state_zh"]) <= {"measured", "undetermined", "listed only"}
    True
    """
    held = names_in(rulebook)
    titles = [task.title for task in rulebook.tasks.values()]
    titles += [indicator.title for indicator in rulebook.indicators.values()]
    names = dataclasses.replace(held, whole={**held.whole, **{title.zh: title.en for title in titles}})
    frames = {
        name: _named(told_frame(getattr(restoration, name), columns, names))
        for name, columns in _COMPOSED.items()
    }
    return dataclasses.replace(restoration, **frames, sensitivity=tell(restoration.sensitivity, names))


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in _KEYS if name in frame]
    told = {name: frame[name].str.replace("/未名/", "/unnamed/", regex=False) for name in keys}
    if "bank_zh" in frame:
        told["bank_zh"] = _banks(frame, labels_of("bank", Lang.EN))
    return frame.assign(**told)


def _banks(frame: pd.DataFrame, labels: Mapping[str, str]) -> pd.Series:
    """The bank of a row; a row of the ledger that is not divided into banks has none."""
    return told_texts(frame["bank"], lambda bank: labels.get(bank, bank or "not by bank"))
