"""Official names: how planning databases call layers and fields, so that no manifest need repeat it.

The manifest always wins; an official name only serves where it says nothing.

>>> official_layers(Theme.RED_LINE)[:1]
['STBHHX']
>>> official_fields(Theme.CONTROL_UNIT)["class"][0].name
'ZHGKDYFL'
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from geo.terms import Theme


@dataclass(frozen=True)
class OfficialField:
    """A field's official name and what its codes stand for."""

    name: str
    values: Mapping[str, str]


@cache
def _table() -> list[dict[str, str]]:
    text = files("geo.data").joinpath("official_names.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def official_layers(theme: Theme) -> list[str]:
    """The names that layers of a theme bear in planning databases."""
    return [row["name"] for row in _table() if row["kind"] == "layer" and row["theme"] == theme]


def official_fields(theme: Theme) -> dict[str, list[OfficialField]]:
    """Per attribute of a theme, the fields that hold it, the usual one first."""
    found: dict[str, list[OfficialField]] = {}
    for row in _table():
        if row["kind"] == "field" and row["theme"] in (theme, "*"):
            values = dict(pair.split("=") for pair in row["values"].split())
            found.setdefault(row["attribute"], []).append(OfficialField(row["name"], values))
    return found
