"""What the columns of a site list are called."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files

#: Columns that every list must have, unless a default is given for all its rows.
REQUIRED = ("site_id", "industry", "development")


@cache
def synonyms() -> dict[str, list[str]]:
    """Our columns and the words they may bear instead.

    >>> synonyms()["lon"][0]
    '经度'
    """
    table = files("geo.data").joinpath("site_columns.csv").read_text(encoding="utf-8").splitlines()
    return {row["column"]: row["synonyms"].split() for row in csv.DictReader(table)}


@cache
def column(name: str) -> str:
    """Our name of a column, or its own name, plain, where it is none of ours.

    Full-width letters, blanks and a unit in brackets do not matter.

    >>> column(" 经度（°）"), column("Ｘ坐标(m)"), column("炭化室高度（米）")
    ('lon', 'x', '炭化室高度（米）')
    """
    own = name.strip().lower()
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", own))
    bare = re.sub(r"\((?:m|米|°|度|单位.*|度分秒|十进制|wgs84|cgcs2000)\)$", "", plain)
    for ours, words in synonyms().items():
        if any(form == ours or form in words for form in (own, plain, bare)):
            return ours
    return own


def is_known(name: str) -> bool:
    """Whether a heading is one of ours."""
    return column(name) in synonyms()


def columns(names: list[str]) -> list[str]:
    """Our names of all columns of a table.

    序号 is the number of a site only where no other column is; beside one it counts rows or corners.

    >>> columns(["序号", "编号", "经度"]), columns(["序号", "经度"])
    (['序号', 'site_id', 'lon'], ['site_id', 'lon'])
    """
    found = [column(name) for name in names]
    serial = [name.strip() == "序号" for name in names]
    if found.count("site_id") > 1 and any(serial):
        found = [name.strip() if s else ours for name, ours, s in zip(names, found, serial, strict=True)]
    return found


def missing(header: Collection[str], defaults: Mapping[str, str], positions: bool) -> list[str]:
    """The columns that a list lacks; ``positions``: it needs columns of coordinates too.

    >>> missing(["site_id", "x", "y"], {"industry": "2521", "development": "new"}, positions=True)
    []
    """
    absent = [name for name in REQUIRED if name not in header and not defaults.get(name)]
    if positions and "wkt" not in header and not {"x", "y"} <= set(header):
        absent += [name for name in ("lon", "lat") if name not in header]
    return absent
