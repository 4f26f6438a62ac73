"""Tables to sites: a site a row, or a corner a row and consecutive rows of one number a site."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from geo.errors import Problem
from geo.industries import industries
from geo.sitefiles.angles import looks_packed
from geo.sitefiles.columns import SAID_BY, missing, synonyms
from geo.sitefiles.footprint import Corner, RawRow
from geo.sitefiles.options import ReadOptions
from geo.sitefiles.sheets import Table
from geo.sitefiles.words import read_development, read_industry

_PLACE = ("x", "y", "lon", "lat", "coords", "wkt")


def sheet_rows(
    tables: Sequence[Table],
    path: Path,
    options: ReadOptions,
    problems: list[Problem],
    notes: list[Problem],
) -> list[RawRow]:
    """The sites of the blocks of a sheet; faults of a table go to ``problems``, remarks to ``notes``.

    A block that gives the same sites in the other kind of coordinates (metres, then degrees) belongs to
    the one above it: both must say the same place.
    """
    sites: list[RawRow] = []
    for table in tables:
        above = {row.values.get("site_id"): n for n, row in enumerate(sites)}
        for row in _table_rows(table, path, options, problems, notes):
            twin = above.get(row.values.get("site_id"))
            if twin is not None and _same_site(sites[twin], row):
                sites[twin] = _joined(sites[twin], row)
            else:
                sites.append(row)
    return sites


def _same_site(one: RawRow, other: RawRow) -> bool:
    """Whether two rows of one number give one site, each in coordinates that the other lacks."""
    return len(one.corners) == len(other.corners) and not (_stated(one) & _stated(other))


def _stated(row: RawRow) -> set[str]:
    rows = row.corners or [Corner(row.where, row.values)]
    return {column for corner in rows for column in _PLACE if corner.text(column)}


def _joined(one: RawRow, other: RawRow) -> RawRow:
    corners = [
        Corner(a.where, {**b.values, **{k: v for k, v in a.values.items() if v}})
        for a, b in zip(one.corners, other.corners, strict=True)
    ]
    values = {**other.values, **{key: value for key, value in one.values.items() if value}}
    note = f"与{other.where}起的另一组坐标核对"
    return replace(
        one, values=values, corners=corners, notes=(*one.notes, note), broken=one.broken or other.broken
    )


def _table_rows(
    table: Table,
    path: Path,
    options: ReadOptions,
    problems: list[Problem],
    notes: list[Problem],
) -> Iterable[RawRow]:
    file = path.name
    header = options.columns(table.names)
    place = f"{table.prefix}第{table.first}行"
    doubled = sorted(name for name, count in Counter(header).items() if name and count > 1)
    for name in doubled:
        problems.append(Problem(file, place, name, "", "有两列是同一内容", "删去一列或改列名"))
    stated = {**options.defaults, **table.facts}
    absent = [] if doubled else missing(header, stated, positions=True)
    absent = [] if doubled else _still_missing(absent, header, table, options)
    if "vertex" in header and "site_id" in absent:
        absent.remove("site_id")  # a table of corners alone: the file is the site
    for name in absent:
        known = "、".join(synonyms()[name])
        problems.append(Problem(file, place, name, "", "缺少这一列", f"补上该列（也可写作：{known}）"))
    if doubled or absent:
        return []
    rows = []
    torn = set()
    for number, values in table.rows:
        where = f"{table.prefix}第{number}行"
        if not any(value.strip() for value in values):
            continue
        if any(value.strip() for value in values[len(header) :]):
            extra = "、".join(values[len(header) :])
            what = "这一行的格数多于表头"
            problems.append(Problem(file, where, "", extra, what, "含逗号的文字加上引号"))
            torn.add(where)
            if "vertex" not in header:
                continue
        named = dict(zip(header, (value.strip() for value in values), strict=False))
        rows.append(Corner(where, {**table.facts, **{k: v for k, v in named.items() if v}}))
    rows = _filtered(rows, header, file, place, options, problems)
    doubtful = _restore_zeros(rows, file, problems, notes)
    degrees = [row.text(name) for row in rows for name in ("lon", "lat")]
    if not options.packed_dms and len(rows) > 2 and all(looks_packed(text) for text in degrees):
        what = "全部经纬度也都像“度.分秒”（112.3256 即 112°32′56″），现按十进制度读"
        notes.append(Problem(file, place, "lon, lat", degrees[0], what, "确是度.分秒，请加 --packed-dms"))
    if "vertex" in header:
        if not {"site_id", "name"} & set(header):
            known = stated.get("site_id") or path.stem
            rows = [replace(row, values={**row.values, "site_id": known}) for row in rows]
            what = f"表里没有编号，编号记为 {known}"
            notes.append(Problem(file, place, "site_id", known, what, "有几个项目时，请加“编号”一列"))
        elif "site_id" not in header:
            rows = [replace(row, values={**row.values, "site_id": row.text("name")}) for row in rows]
        return _blocks(rows, file, torn, doubtful, problems)
    return [RawRow(row.where, row.values, broken=row.where in doubtful) for row in rows]


def _still_missing(absent: list[str], header: list[str], table: Table, options: ReadOptions) -> list[str]:
    """With the columns whose words could say it, but never do."""
    found = list(absent)
    for column, read in (("industry", read_industry), ("development", read_development)):
        if column in header or column in found or options.defaults.get(column) or table.facts.get(column):
            continue
        at = [n for n, name in enumerate(header) if name in SAID_BY[column]]
        texts = {values[n] for _, values in table.rows for n in at if n < len(values) and values[n].strip()}
        texts |= {table.facts[name] for name in SAID_BY[column] if name in table.facts}
        if "industry_name" in header and column == "industry":
            continue
        if not any(read(text, options.answers, cell=False) for text in texts):
            found.append(column)
    return [name for name in (*synonyms(),) if name in found]


def _filtered(
    rows: list[Corner],
    header: list[str],
    file: str,
    place: str,
    options: ReadOptions,
    problems: list[Problem],
) -> list[Corner]:
    """The rows that the filters let through; a corner without a value is of the one above it."""
    for where in options.where:
        column = options.headings.column(where.heading)
        values: list[str] = []
        for row in rows:
            blank = "vertex" in header and values and not row.text(column)
            values.append(values[-1] if blank else row.text(column))
        held = where.keep(header, values if column in header else None)
        if isinstance(held, tuple):
            problems.append(Problem(file, place, where.heading, "", *held))
            return []
        rows = [row for row, kept in zip(rows, held, strict=True) if kept]
    return rows


def _restore_zeros(rows: list[Corner], file: str, problems: list[Problem], notes: list[Problem]) -> set[str]:
    """Excel takes the zero from 0610: put back where only that can be meant, asked where not: those rows."""
    doubtful = set()
    for n, row in enumerate(rows):
        code = row.text("industry")
        if not re.fullmatch(r"[1-9]\d{2}", code) or f"0{code}" not in industries():
            continue
        if code in industries():
            what = f"可能是丢了前导零的 0{code}（{industries()[f'0{code}'].name}），也可能是中类 {code}（{industries()[code].name}）"
            problems.append(
                Problem(file, row.where, "industry", code, what, f"写成文字 0{code} 或 C{code} 以示区别")
            )
            doubtful.add(row.where)
        else:
            rows[n] = Corner(row.where, {**row.values, "industry": f"0{code}"})
            notes.append(Problem(file, row.where, "industry", code, f"补回前导零：0{code}", ""))
    return doubtful


def _blocks(
    rows: Sequence[Corner], file: str, torn: set[str], doubtful: set[str], problems: list[Problem]
) -> list[RawRow]:
    """Consecutive rows of one number, or without any after the first, are the corners of one site.

    A site with a torn row is left out whole: without that corner it would have another shape.
    """
    blocks: list[list[Corner]] = []
    for row in rows:
        first = blocks[-1][0] if blocks else None
        if first is not None and row.text("site_id") in ("", first.text("site_id")):
            blocks[-1].append(row)
        else:
            blocks.append([row])
    own = {"vertex", "ring", "x", "y", "lon", "lat", "序号"}
    sites = []
    for block in blocks:
        first = block[0]
        if any(row.where in torn for row in block):
            continue
        broken = any(row.where in doubtful for row in block)
        values = {key: value for key, value in first.values.items() if key in synonyms() or key not in own}
        for row in block[1:]:
            for key, value in row.values.items():
                if key not in own and key in synonyms() and value.strip() not in ("", first.text(key)):
                    what = f"同一地块的各行不一致：{first.where}写的是“{first.text(key)}”"
                    problems.append(Problem(file, row.where, key, value, what, "改成一致，或另起编号"))
                    broken = True
        sites.append(RawRow(first.where, values, corners=block, broken=broken))
    return sites
