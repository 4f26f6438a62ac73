"""Rows that state the same but for their number, their name and their shape are read once.

A list of a hundred thousand parcels states a few dozen things. What the first row of a kind comes to holds for all of its
kind, and so does what is remarked on its words; every other row is read by itself (:class:`geo.sitefiles.row.RowReader`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from geo.sitefiles.answers import Answers
from geo.sitefiles.footprint import RawRow
from geo.sitefiles.options import ReadOptions
from geo.sitefiles.row import Numbers, RowReader
from geo.sitefiles.texts import looks, seen_text
from geo.terms import Datum

#: Within these degrees nothing is outside China or has its axes swapped.
_WITHIN = (73.0, 3.0, 136.0, 54.0)
_DIGITS = re.compile(r"\d+")
#: In remarks on what a name says.
_OF_NAME = "项目名称"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
#: Longer names are looked at one by one.
_SHORT = 60
#: Datums whose degrees are used as they are.
_AS_THEY_ARE = (Datum.CGCS2000, Datum.WGS84, Datum.UNDECLARED)


class Alike:
    """The kinds of row that a list has shown so far."""

    def __init__(self, options: ReadOptions) -> None:
        self._serves = options.answers == Answers() and not options.parameters
        self._kinds: dict[tuple[Any, ...], tuple[dict[str, Any], Sequence[str]]] = {}

    def site(self, raw: RawRow, file: str, seen: Numbers) -> tuple[dict[str, Any], Sequence[str]] | None:
        """The site of a row of a known kind, and the remarks on it; None where it has to be read by itself."""
        held = self._kinds.get(_kind(raw)) if self._kinds else None
        site_id, name = (raw.values.get(column, "").strip() for column in ("site_id", "name"))
        if held is None or not site_id or not all(map(_unremarkable, (site_id, name))):
            return None
        alike = looks(site_id)
        if alike in seen:  # told by whoever reads the row by itself
            return None
        seen[alike] = {site_id: f"{file} {raw.where}"}
        stated, notes = held
        own = {
            "site_id": site_id,
            "name": name,
            "source": f"{file} {raw.where}",
            "geometry": raw.geometry,
        }
        return {**stated, **own}, notes

    def remember(self, raw: RawRow, row: RowReader, site: dict[str, Any] | None) -> None:
        """Know the kind of a row, what it came to; not where anything was remarked on but what its columns state."""
        if not self._serves or site is None or row.notes != row.said or site["datum"] not in _AS_THEY_ARE:
            return
        if not any(_OF_NAME in note for note in row.said):  # a name may be quoted, with its figures
            self._kinds.setdefault(_kind(raw), (site, tuple(row.said)))


def _unremarkable(word: str) -> bool:
    """Whether nothing can be remarked on a number or name itself: no letter that nobody sees, no error cell, no date.

    >>> _unremarkable("P-1"), _unremarkable("P\\u200b1"), _unremarkable("#REF!"), _unremarkable("2026-01-02")
    (True, False, False, False)
    """
    told = seen_text(word) != word or "\ufffd" in word or len(word) > _SHORT or word.startswith("#")
    return not told and _DATE.fullmatch(word) is None


def _kind(raw: RawRow) -> tuple[Any, ...]:
    """All that a row states but its number; of its name the words, not the figures, which say nothing of a project."""
    values = {key: value for key, value in raw.values.items() if key not in ("site_id", "name")}
    name = _DIGITS.sub("0", raw.values.get("name", ""))
    return (name, raw.datum, *values.items())


def plainly_placed(rows: Sequence[RawRow]) -> np.ndarray:
    """Which rows have a valid shape of degrees that lies in China and states nothing else about its place."""
    shapes = np.array([raw.geometry for raw in rows], dtype=object)
    plain = np.array(
        [
            raw.shaped and not raw.plane and raw.stated_ha is None and not raw.notes and not raw.broken
            for raw in rows
        ],
        dtype=bool,
    )
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    west, south, east, north = _WITHIN
    with np.errstate(invalid="ignore"):
        within = (
            (bounds[:, 0] >= west)
            & (bounds[:, 1] >= south)
            & (bounds[:, 2] <= east)
            & (bounds[:, 3] <= north)
        )
    return plain & within & shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
