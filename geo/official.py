"""Official names: how planning databases call layers and fields, so that no manifest need repeat it.

The manifest always wins; an official name only serves where it says nothing. The table distinguishes
names that mean a theme (``layer``), names that only may stand for one and must be confirmed (``maybe``),
fields that only layers of one theme have (``mark``), and official layers that no rule uses (``other``).

>>> official_layers(Theme.RED_LINE)[:1]
['STBHHX']
>>> official_fields(Theme.CONTROL_UNIT)["class"][0].name
'ZHGKDYFL'
>>> recognise("STBHHX_2023", []).theme
<Theme.RED_LINE: 'red_line'>
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from geo.terms import Line, Theme


@dataclass(frozen=True)
class OfficialField:
    """A field's official name and what its codes stand for."""

    name: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Recognition:
    """What a layer's name and fields say of it.

    ``theme`` only where that is sure; ``maybe`` are themes to be confirmed by the user; ``unused`` names an
    official layer that no rule measures from. ``set_`` are attributes that the name implies.
    """

    theme: Theme | None = None
    maybe: tuple[Theme, ...] = ()
    unused: str = ""
    line: Line | None = None
    set_: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    partial: bool = False  # holds changes only: never complete anywhere


@cache
def _table() -> list[dict[str, str]]:
    text = files("geo.data").joinpath("official_names.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def official_layers(theme: Theme) -> list[str]:
    """The names that layers of a theme bear in planning databases; not those that only may stand for it."""
    return [row["name"] for row in _table() if row["kind"] == "layer" and row["theme"] == theme]


def official_fields(theme: Theme) -> dict[str, list[OfficialField]]:
    """Per attribute of a theme, the fields that hold it, the usual one first."""
    found: dict[str, list[OfficialField]] = {}
    for row in _table():
        if row["kind"] == "field" and row["theme"] in (theme, "*"):
            values = dict(pair.split("=") for pair in row["values"].split())
            found.setdefault(row["attribute"], []).append(OfficialField(row["name"], values))
    return found


def recognise(name: str, fields: Collection[str]) -> Recognition:
    """What an official name says: case, full width, years and codes before or after it do not matter.

    A name that is not official is recognised by fields that only one theme has; failing that, names that
    merely contain an official one give ``maybe``. GX marks yearly updates, which hold only what changed.

    >>> recognise("140100陆域生态保护红线", []).theme, recognise("单元", ["ZHGKDYFL"]).theme.zh
    (<Theme.RED_LINE: 'red_line'>, '环境管控单元')
    >>> recognise("YYSSYD", []).theme, recognise("YYSSYD", []).maybe
    (None, (<Theme.SOURCE_WATER: 'source_water'>,))
    """
    plain = _plain(name)
    row = _row(plain)
    if row is None and plain.endswith("GXGC"):
        return Recognition(unused="年度更新的过程图层") if _row(plain[:-4]) else Recognition()
    if row is None and plain.endswith("GX") and (row := _row(plain[:-2])):
        update = ("年度更新图层（GX）只含变化图斑，不完整，不能写 covers",)
        return _of_row(row, update, partial=True)
    if row is not None:
        return _of_row(row)
    upper = {field.upper() for field in fields}
    marked = _themes(r for r in _table() if r["kind"] == "mark" and r["name"].upper() in upper)
    if len(marked) == 1:
        found = "、".join(r["name"] for r in _table() if r["kind"] == "mark" and r["name"].upper() in upper)
        return Recognition(theme=marked[0], notes=(f"按字段识别：{found}",))
    similar = _themes(
        r
        for r in _table()
        if r["kind"] in ("layer", "maybe")
        and (r["name"] in plain if not r["name"].isascii() else r["name"] in re.split(r"[\W_\d]+", plain))
    )
    return Recognition(maybe=tuple(dict.fromkeys([*marked, *similar])))


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).strip().upper()
    # years and division codes before and after: 140100STBHHX_2023
    return re.sub(r"^[\d_\-\s.年]+|[\d_\-\s.年版]+$", "", text)


def _row(plain: str) -> dict[str, str] | None:
    named = (row for row in _table() if row["kind"] in ("layer", "maybe", "other"))
    return next((row for row in named if row["name"] == plain), None)


def _of_row(row: dict[str, str], notes: tuple[str, ...] = (), partial: bool = False) -> Recognition:
    said = (*((row["note"],) if row["note"] else ()), *notes)
    if row["kind"] == "other":
        return Recognition(unused=row["note"])
    theme = Theme(row["theme"])
    return Recognition(
        theme=theme if row["kind"] == "layer" else None,
        maybe=(theme,) if row["kind"] == "maybe" else (),
        line=Line(row["line"]) if row["line"] else None,
        set_=((row["attribute"], row["values"]),) if row["attribute"] else (),
        notes=said,
        partial=partial,
    )


def _themes(rows: Iterable[dict[str, str]]) -> list[Theme]:
    return list(dict.fromkeys(Theme(row["theme"]) for row in rows))
