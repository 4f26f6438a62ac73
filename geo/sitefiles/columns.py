"""What the columns of a site list are called."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

#: Columns that every list must have, unless a default is given for all its rows.
REQUIRED = ("site_id", "industry", "development")

#: Columns whose words can say what a missing column would.
SAID_BY = {"industry": ("industry_name", "name", "products"), "development": ("name",)}


@cache
def synonyms() -> dict[str, list[str]]:
    """Our columns and the words they may bear instead.

    >>> synonyms()["lon"][0]
    '经度'
    """
    table = files("geo.data").joinpath("site_columns.csv").read_text(encoding="utf-8").splitlines()
    return {row["column"]: row["synonyms"].split() for row in csv.DictReader(table)}


@dataclass(frozen=True)
class Headings:
    """The headings of a list; ``given`` are the user's own words for our columns (heading → column)."""

    given: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """Our name of a column, or its own name, plain, where it is none of ours.

        Full-width letters, blanks and a unit in brackets do not matter. A heading that the user gives to a
        column takes it from any other.

        >>> plain = Headings()
        >>> plain.column(" 经度（°）"), plain.column("Ｘ坐标(m)"), plain.column("炭化室高度（米）")
        ('lon', 'x', '炭化室高度（米）')
        >>> Headings({"工程": "name"}).column("工程"), Headings({"工程": "name"}).column("名称")
        ('name', '名称')
        """
        own = _plain(name)
        for heading, ours in self.given.items():
            if _plain(heading) == own:
                return ours
        found = _column(name)
        return name.strip().lower() if found in self.given.values() else found

    def is_known(self, name: str) -> bool:
        """Whether a heading is one of ours."""
        column = self.column(name)
        return column in synonyms() or column in self.given.values()

    def columns(self, names: list[str]) -> list[str]:
        """Our names of all columns of a table.

        序号 is the number of a site only where no other column is; beside one it counts rows or corners.

        >>> Headings().columns(["序号", "编号", "经度"]), Headings().columns(["序号", "经度"])
        (['序号', 'site_id', 'lon'], ['site_id', 'lon'])
        """
        found = [self.column(name) for name in names]
        serial = [name.strip() == "序号" for name in names]
        if found.count("site_id") > 1 and any(serial):
            found = [name.strip() if s else ours for name, ours, s in zip(names, found, serial, strict=True)]
        return found

    def used(self, names: Collection[str]) -> set[str]:
        """The user's headings that a table has."""
        own = {_plain(name) for name in names}
        return {heading for heading in self.given if _plain(heading) in own}


def _plain(name: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name.strip().lower()))


@cache
def _column(name: str) -> str:
    own = name.strip().lower()
    plain = _plain(name)
    bare = re.sub(r"\((?:m|米|°|度|单位.*|度分秒|十进制|wgs84|cgcs2000)\)$", "", plain)
    for ours, words in synonyms().items():
        if any(form == ours or form in words for form in (own, plain, bare)):
            return ours
    return own


def missing(header: Collection[str], defaults: Mapping[str, str], positions: bool) -> list[str]:
    """The columns that a list lacks; ``positions``: it needs columns of coordinates too.

    Industry and development may be said by words in other columns.

    >>> missing(["site_id", "x", "y"], {"industry": "2521", "development": "new"}, positions=True)
    []
    >>> missing(["site_id", "name", "lon", "lat"], {}, positions=True)
    []
    """
    absent = [
        name
        for name in REQUIRED
        if name not in header
        and not defaults.get(name)
        and not any(other in header for other in SAID_BY.get(name, ()))
    ]
    if positions and not {"wkt", "coords"} & set(header) and not {"x", "y"} <= set(header):
        absent += [name for name in ("lon", "lat") if name not in header]
    return absent
