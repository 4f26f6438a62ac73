"""Boundary-point files of land surveys (界址点坐标 TXT): plots with rings of survey coordinates.

There is no one national grammar; what agrees across writers is read, whatever differs is tolerated:
blanks, full-width commas and ＠, closed or open rings, any ring numbers, unknown keys. The file says
nothing of industry or kind of development: those are given for the whole file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from geo.errors import Problem
from geo.sitefiles.footprint import RawRow
from geo.sitefiles.rings import assemble, corners
from geo.sitefiles.texts import read_text
from geo.space import Floats

_FORM = "每个地块一行“点数,面积,编号,名称,面,,用途,,@”，其下每点一行“点号,圈号,X,Y”"


@dataclass
class _Plot:
    where: str
    fields: list[str]
    points: list[tuple[str, str, float, float]] = field(default_factory=list)  # point, ring, first, second
    step: float = 0.0
    notes: list[str] = field(default_factory=list)
    broken: bool = False


def is_boundary_txt(text: str) -> bool:
    """Whether a text has the plots of a boundary-point file.

    >>> is_boundary_txt("[地块坐标]"), is_boundary_txt("编号,经度,纬度")
    (True, False)
    """
    return "[地块坐标]" in text or re.search(r"[,，]\s*[@＠]", text) is not None


def txt_rows(path: Path, problems: list[Problem]) -> Iterable[RawRow]:
    """The plots of a file as sites; ``problems`` gets the faults of its lines, each with its number."""
    text = read_text(path, problems)
    if text is None:
        return []
    if not is_boundary_txt(text):
        what = "不是界址点坐标文件（没有 [地块坐标]，也没有以 @ 结尾的地块行）"
        problems.append(Problem(path.name, "", "", "", what, f"{_FORM}；表格请存为 CSV 或 XLSX"))
        return []
    keys, plots = _parse(text, path.name, problems)
    if not plots:
        problems.append(Problem(path.name, "", "", "", "没有地块", _FORM))
    return [
        _site(plot, n, keys, path)
        for n, plot in enumerate(plots, start=1)
        if _sound(plot, path.name, problems)
    ]


def _parse(text: str, file: str, problems: list[Problem]) -> tuple[dict[str, str], list[_Plot]]:
    keys: dict[str, str] = {}
    plots: list[_Plot] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.replace("，", ",").replace("＠", "@").replace("＝", "=").replace("\t", ",").strip()
        if not line or re.fullmatch(r"[\[【].*[\]】]", line):
            continue
        where = f"第{number}行"
        if line.rstrip(",").endswith("@"):
            plots.append(_Plot(where, [part.strip() for part in line.rstrip(",").rstrip("@").split(",")]))
        elif "=" in line:
            key, _, value = line.partition("=")
            keys[key.strip()] = value.strip()
        elif not plots:
            problems.append(Problem(file, where, "", line[:40], "点在地块行之前", _FORM))
        else:
            _point(
                plots[-1], line, Problem(file, where, "x, y", line[:60], "这一行不是界址点", _FORM), problems
            )
    return keys, plots


def _point(plot: _Plot, line: str, fault: Problem, problems: list[Problem]) -> None:
    parts = [part.strip() for part in line.rstrip(",").split(",")]
    try:
        number, ring, first, second = parts[0], parts[1], float(parts[2]), float(parts[3])
    except (IndexError, ValueError):
        first = second = math.nan
    if not (math.isfinite(first) and math.isfinite(second)):
        problems.append(fault)
        plot.broken = True
        return
    start = next((p for p in plot.points if p[0] == number), None) if first == second else None
    if start is not None:  # a public program writes X twice on the closing row
        plot.notes.append(f"{fault.where}的闭合点 X、Y 相同，按起点 {number} 闭合")
        ring, first, second = start[1:]
    plot.points.append((number, ring, first, second))
    decimals = min(len(part.partition(".")[2]) for part in parts[2:4])
    plot.step = max(plot.step, 10.0**-decimals)


def _sound(plot: _Plot, file: str, problems: list[Problem]) -> bool:
    if plot.broken:
        return False
    rings = _rings(plot)
    kind = plot.fields[4] if len(plot.fields) > 4 else ""
    if kind not in ("", "面"):
        what, to_do = f"图形属性是“{kind}”，不是面", "只提交面；线、点请用 SHP、GPKG 或表格"
        problems.append(Problem(file, plot.where, "记录图形属性", kind, what, to_do))
        return False
    if not rings or min(corners(ring) for ring in rings) < 3:
        what = "有一圈不足三个不同的点" if rings else "地块没有界址点"
        problems.append(Problem(file, plot.where, "", "", what, "补齐界址点"))
        return False
    return True


def _rings(plot: _Plot) -> list[Floats]:
    """Points by ring number; a number that goes on after its ring is closed begins another ring."""
    numbered: dict[str, list[list[tuple[float, float]]]] = {}
    for _, ring, first, second in plot.points:
        rings = numbered.setdefault(ring, [[]])
        if len(rings[-1]) > 3 and rings[-1][0] == rings[-1][-1]:
            if (first, second) == rings[-1][0]:
                continue  # closed twice
            rings.append([])
        rings[-1].append((first, second))
    # a closing row with the wrong ring number stands alone, on the first corner of some other ring
    starts = {points[0] for rings in numbered.values() for points in rings if len(points) > 2}
    return [
        np.array(points)
        for rings in numbered.values()
        for points in rings
        if not (len(points) == 1 and points[0] in starts)
    ]


def _site(plot: _Plot, n: int, keys: dict[str, str], path: Path) -> RawRow:
    fields = plot.fields + [""] * (9 - len(plot.fields))
    notes = list(plot.notes)
    if re.fullmatch(r"\d+", fields[0]) and int(fields[0]) != len(plot.points):
        notes.append(f"地块行写 {fields[0]} 点，实有 {len(plot.points)} 行")
    number = fields[2]
    if not number or re.fullmatch(r"\d{1,3}", number):  # a bare serial number is the same in every file
        number = f"{path.stem}-{number or n}"
        notes.append(f"地块编号只是序号，编号记为 {number}")
    codes = [value for key, value in keys.items() if re.search("区代码|区划代码|县代码", key)]
    adcode = next((code[:6] for code in codes if re.fullmatch(r"\d{6}(\d{3}|\d{6})?", code)), "")
    datum = keys.get("坐标系", "")
    if not datum:
        notes.append("文件没有写坐标系")
    values = {
        "site_id": number,
        "name": fields[3] or keys.get("项目名称", ""),
        "adcode": adcode,
        "datum": datum,
        "zone": keys.get("带号", ""),
    }
    return RawRow(
        plot.where,
        values,
        assemble(_rings(plot)),
        shaped=True,
        plane=True,
        step=plot.step,
        stated_ha=_hectares(fields[1]),
        notes=tuple(notes),
    )


def _hectares(text: str) -> float | None:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(公顷|平方米|㎡|m2|亩)?", text)
    if not found or float(found[1]) == 0:
        return None
    return float(found[1]) / {"平方米": 10_000, "㎡": 10_000, "m2": 10_000, "亩": 15}.get(found[2] or "", 1)
