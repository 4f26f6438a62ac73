"""A manifest entry for each layer of a container: what can be known is written down, the rest is asked.

Nothing is guessed that decides a verdict: accuracy, source, licence, completeness, date, the kind of line
of a river, and a coordinate system that the file does not carry are the user's to state.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from pydantic import ValidationError

from geo.containers import LayerFacts
from geo.crs import crs_of, to_working
from geo.divisions import read_divisions
from geo.errors import LayerError, Problem
from geo.layer import Layer
from geo.manifest.proposal import QUESTIONS, UNKNOWN, Proposal, Stated
from geo.official import Recognition, official_fields, recognise
from geo.terms import THEME_ATTRIBUTES, Line, Theme

#: Themes whose rules ask from which line a distance is measured.
LINES_ASKED = frozenset({Theme.RIVER, Theme.LEVEE, Theme.CANAL, Theme.RAILWAY, Theme.ROAD})
_SHANXI = shapely.box(110.2, 34.5, 114.6, 40.8)


def propose(
    facts: LayerFacts, manifest: Path, entries: Collection[Mapping[str, Any]], stated: Stated
) -> Proposal:
    """The entry of one layer for a manifest that already holds ``entries``.

    A layer without geometry, or an official one that no rule uses, is ``skipped`` unless a theme is stated.
    """
    known = recognise(facts.name, facts.field_names)
    path = Path(os.path.relpath(facts.path.resolve(), manifest.resolve().parent)).as_posix()
    made = Proposal(facts, {}, notes=list(known.notes))
    table = not facts.geometry
    if table and not (facts.path.suffix.lower() == ".csv" and "adcode" in facts.field_names):
        made.skipped = "没有几何的表"
        return made
    if known.unused and stated.theme is None:
        made.skipped = f"官方图层，规则不用：{known.unused}"
        return made
    layer = None if facts.alone and facts.name == facts.path.stem else facts.name
    theme = _theme(made, known, stated)
    held = [
        str(e.get("key"))
        for e in entries
        if posixpath.normpath(str(e.get("path"))) == path and e.get("layer") in (None, facts.name)
        if stated.theme is None or e.get("theme") == theme
    ]
    if held:  # the same theme twice from the same layer would only be read twice
        made.held, made.skipped, made.missing = True, f"清单里已有（键 {'、'.join(held)}）", {}
        return made
    if theme is not None:
        made.entry["key"] = _key(theme, facts.name, {str(e.get("key")) for e in entries})
        made.entry["theme"] = str(theme)
    made.entry["path"] = path
    if layer is not None:
        made.entry["layer"] = layer
    if theme is not None:
        _attributes(made, theme, known)
        _line(made, theme, known, stated)
    _figures(made, stated, known)
    if not table:
        _position(made, stated)
    _shape(made)
    if theme is not None and not made.missing and not made.problems:
        _validated(made)
    return made


def _theme(made: Proposal, known: Recognition, stated: Stated) -> Theme | None:
    if stated.theme is not None:
        chosen = next((t for t in Theme if stated.theme in (t.value, t.zh)), None)
        if chosen is None:
            made.fault("theme", stated.theme, "没有这个主题", f"可选：{_choices(Theme)}")
        elif known.theme is not None and chosen is not known.theme:
            made.notes.append(f"图层名像“{known.theme.zh}”，按您写的“{chosen.zh}”登记")
        return chosen
    if known.theme is None:
        likely = f"可能是 {_choices(known.maybe)}，须由您确认；" if known.maybe else "图层名不认识；"
        made.missing["theme"] = f"{QUESTIONS['theme']}{likely}可选：{_choices(Theme)}"
    return known.theme


def _choices(themes: Collection[Theme] | type[Theme]) -> str:
    return "、".join(f"{theme} {theme.zh}" for theme in themes)


def _key(theme: Theme, name: str, used: Collection[str]) -> str:
    """A key that the manifest does not hold yet."""
    key = plain = f"{theme}-{name.strip().lower().replace(' ', '-')}"
    number = 2
    while key in used:
        key, number = f"{plain}-{number}", number + 1
    return key


def _attributes(made: Proposal, theme: Theme, known: Recognition) -> None:
    """Fields and codes by their official names, and attributes that the layer's name implies."""
    columns = {name.upper(): name for name in made.facts.field_names}
    implied = {name: word for name, word in known.set_ if name in THEME_ATTRIBUTES[theme]}
    fields: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    for attribute in sorted(THEME_ATTRIBUTES[theme] - implied.keys()):
        if attribute in made.facts.field_names:
            continue  # read under its own name
        official = official_fields(theme).get(attribute, [])
        held = next((f for f in official if f.name.upper() in columns), None)
        if held is None:
            continue
        column = columns[held.name.upper()]
        fields[attribute] = column
        if held.values:
            words = made.facts.words(column)
            # of a large layer only some words were seen: all codes are written down
            if coded := {
                w: held.values[w] for w in (held.values if made.facts.large else words) if w in held.values
            }:
                values[attribute] = coded
            odd = [w for w in words if w not in held.values and w not in held.values.values()]
            if odd:
                made.notes.append(f"{column} 有不认识的代码：{'、'.join(odd)}；请在 values 里补上")
    if implied:
        # `where` as well as `set`: the layer's silence then speaks for this kind only
        made.entry["where"] = dict(implied)
    made.entry.update({k: v for k, v in {"fields": fields, "values": values}.items() if v})
    if implied:
        made.entry["set"] = dict(implied)
    bare = THEME_ATTRIBUTES[theme] - {"name"} - fields.keys() - implied.keys() - set(made.facts.field_names)
    if bare:
        made.notes.append(
            f"没有认出属性 {'、'.join(sorted(bare))} 的字段；有则在 fields 写明（现有字段：{'、'.join(made.facts.field_names)}）"
        )


def _line(made: Proposal, theme: Theme, known: Recognition, stated: Stated) -> None:
    if stated.line is not None:
        chosen = next((ln for ln in Line if stated.line in (ln.value, ln.zh)), None)
        if chosen is None:
            allowed = "、".join(f"{line} {line.zh}" for line in Line)
            made.fault("line", stated.line, "没有这种线", f"可选：{allowed}")
            return
        if known.line is not None and chosen is not known.line:
            made.notes.append(f"图层名像“{known.line.zh}”，按您写的“{chosen.zh}”登记")
        made.entry["line"] = str(chosen)
    elif known.line is not None and known.theme is theme:
        made.entry["line"] = str(known.line)
    elif theme in LINES_ASKED:
        made.missing["line"] = QUESTIONS["line"]
    else:
        made.entry["line"] = str(Line.BOUNDARY)
    if made.entry.get("line") in (Line.CENTRELINE, Line.SCHEMATIC):
        made.notes.append("中心线、示意线可再写 half_width_m（半河宽上限，米），否则按 8 公里算")


def _figures(made: Proposal, stated: Stated, known: Recognition) -> None:
    """Accuracy, date, source, licence and completeness, as stated."""
    if stated.accuracy_m is None:
        made.missing["accuracy_m"] = QUESTIONS["accuracy_m"]
    else:
        try:
            figure = float(stated.accuracy_m)
        except ValueError:
            figure = -1.0
        if not 0 <= figure < float("inf"):
            made.fault("accuracy_m", stated.accuracy_m, "不是零以上的米数", "写成数字，如 0.25")
        made.entry["accuracy_m"] = int(figure) if np.isfinite(figure) and figure == int(figure) else figure
    if stated.as_of is None:
        made.missing["as_of"] = QUESTIONS["as_of"]
    elif stated.as_of not in UNKNOWN:
        try:
            made.entry["as_of"] = date.fromisoformat(stated.as_of)
        except ValueError:
            made.fault("as_of", stated.as_of, "不是日期", "写成 2024-06-30")
    for name in ("source", "licence"):
        said = (getattr(stated, name) or "").strip()
        if said:
            made.entry[name] = said
        else:
            made.missing[name] = QUESTIONS[name]
    if stated.covers is None:
        if not known.partial:
            made.missing["covers"] = QUESTIONS["covers"]
    elif stated.covers not in UNKNOWN:
        _covers(made, stated.covers, known)


def _covers(made: Proposal, said: str, known: Recognition) -> None:
    codes = [code for code in said.replace("，", ",").replace("、", ",").replace(" ", "").split(",") if code]
    real = read_divisions()["adcode"].tolist()
    wrong = [
        c
        for c in codes
        if len(c) not in (2, 4, 6) or not c.isdigit() or not any(a.startswith(c) for a in real)
    ]
    for code in wrong:
        made.fault(
            "covers", code, "不是山西及邻省的区划代码", "写 2、4 或 6 位代码，用逗号分开，如 1408,140121"
        )
    if known.partial:
        made.fault("covers", said, "年度更新图层不完整", "改用全量图层，或写 --covers none")
    elif not codes:
        made.fault("covers", said, "没有代码", "写 1408,1401；不知道写 none")
    elif not wrong:
        made.entry["covers"] = {"adcode": codes}


def _position(made: Proposal, stated: Stated) -> None:
    """The coordinate system, and the extent in degrees; refused where distances could not be true."""
    facts = made.facts
    if facts.crs is None and stated.crs is None:
        made.missing["crs"] = QUESTIONS["crs"] + _signature(facts.bounds)
        return
    try:
        crs = crs_of(gpd.GeoDataFrame(geometry=[], crs=facts.crs), stated.crs, facts.name)
        if facts.crs is None:
            made.entry["crs"] = stated.crs
        if facts.bounds is None:
            made.notes.append("没有要素，或算不出范围")
        boxes = (
            [shapely.box(*facts.bounds)] if facts.bounds is not None else []
        )  # the system must be fit anyhow
        moved = to_working(np.array(boxes, dtype=object), crs, facts.name)
    except LayerError as error:
        made.problems += [
            Problem(str(facts.path), facts.name, p.field, p.value, p.what, p.to_do) for p in error.problems
        ]
        return
    if facts.bounds is not None:
        made.extent = tuple(round(float(v), 5) for v in moved[0].bounds)
        if not shapely.intersects(shapely.box(*made.extent), _SHANXI):
            made.notes.append(f"范围 {made.extent} 不在山西：请核对坐标系、带号")


def _signature(bounds: tuple[float, float, float, float] | None) -> str:
    """What the numbers look like; the datum is not in them, so it stays a question."""
    if bounds is None:
        return ""
    west, south, east, north = bounds
    if max(map(abs, bounds)) <= 180:
        return "坐标像经纬度，基准看不出（CGCS2000 为 EPSG:4490）"
    for zone, code in {37: 4525, 38: 4526, 19: 4497, 20: 4498}.items():
        if zone * 1e6 <= west and east < (zone + 1) * 1e6 and south > 3.8e6 and north < 4.6e6:
            return f"坐标像 {zone} 带（带号在前），基准看不出；若为 CGCS2000 则 EPSG:{code}"
    return "坐标像不带带号的高斯投影：中央经线（111°、114°）和基准都看不出"


def _shape(made: Proposal) -> None:
    facts = made.facts
    dropped = "、".join(
        name for name, has in {"Z（高程）": facts.has_z, "M（度量）": facts.has_m}.items() if has
    )
    if dropped:
        made.notes.append(f"读取时去掉 {dropped}：量算只用平面位置")
    if facts.has_curves:
        made.notes.append("有圆弧：读取时拉直为短折线")
    if facts.large:
        made.notes.append(
            "数据大，没有逐个要素看：有无圆弧、少见的代码要到第一次读取才知道（那时存入缓存，以后只读场地附近）"
        )
    if facts.driver in ("KML", "LIBKML"):
        made.notes.append("KML 按 WGS 84 读；奥维导出的其实是 GCJ-02，偏约 500 米，请核实")
    if facts.encoding:
        made.notes.append(f"没有 .cpg，按 {facts.encoding} 读字段")
    if facts.count == 0:
        made.notes.append("没有要素：写了 covers 就等于声明那里一个也没有")


def _validated(made: Proposal) -> None:
    """The entry must be one that the manifest's own model reads."""
    try:
        Layer.model_validate(made.entry)
    except ValidationError as error:
        for fault in error.errors():
            where = ".".join(str(part) for part in fault["loc"])
            made.fault(where, fault["input"], str(fault["msg"]), "改正该值")
