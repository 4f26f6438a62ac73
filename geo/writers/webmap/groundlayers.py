"""The ground left for a use, as the map shows it: a switch a kind of ground, simplified all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.availability.frames import AVAILABILITY
from geo.availability.kinds import class_in, in_order, kind_in
from geo.contracts import NUMBER, TEXT, Column, Contract, split
from geo.language import Lang
from geo.rulebook import RuleBook
from geo.space import WORKING_CRS, Geometries
from geo.terms import Cause, Theme
from geo.writers.content import Content, Group, Kind

#: What layers of ground are called; ``ground_free``, ``ground_undetermined_coverage`` …
PREFIX = "ground_"
#: Points that all ground together may have; beyond it, it is simplified more.
POINTS_UP_TO = 160_000
_STEP_M, _WIDEST_M, _DEGREE_M = 5.0, 320.0, 100_000.0
_RULES = 8

_SHOWN: Contract = {
    "county": Column(TEXT, "县（市、区）", "county"),
    "class": Column(TEXT, "类别", "class"),
    "place": Column(TEXT, "只看位置", "class by place alone"),
    "demo": Column(TEXT, "演示数据若属实", "were demonstration data real"),
    "area_ha": Column(NUMBER, "面积", "area", "公顷"),
    "rules": Column(TEXT, "决定规则", "deciding rules"),
    "causes": Column(TEXT, "待核实原因", "why undetermined"),
    "themes": Column(TEXT, "涉及图层", "layers it hangs on"),
    "note": Column(TEXT, "说明", "note"),
}
_SHOWN_EN: Contract = {
    name: Column(column.kind, column.en, column.en, "ha" if column.unit else "")
    for name, column in _SHOWN.items()
}


def ground_layers(ground: gpd.GeoDataFrame, rulebook: RuleBook, lang: Lang) -> list[Content]:
    """A layer a kind of ground (``ground``: merged pieces), from what can be built on to what cannot.

    Borders between kinds are thinned together, so that they coincide; ``frame.attrs["thinned_m"]`` says by how much.
    """
    shapes, step_m = thin_together(ground.geometry.to_numpy())
    drawn = ground.set_geometry(gpd.GeoSeries(shapes, index=ground.index, crs=WORKING_CRS))
    contents = []
    for kind in in_order(ground["kind"]):
        own = drawn[(drawn["kind"] == kind).to_numpy() & ~shapely.is_empty(shapes)]
        if not len(own):
            continue
        frame = gpd.GeoDataFrame(
            pd.DataFrame([_said(row, rulebook, lang) for row in own[list(AVAILABILITY)].to_dict("records")]),
            geometry=own.geometry.to_numpy(),
            crs=WORKING_CRS,
        )
        frame.attrs["thinned_m"] = step_m
        contract = _SHOWN if lang is Lang.ZH else _SHOWN_EN
        contents.append(Content(PREFIX + kind, kind_in(lang, kind), Group.GROUND, Kind.AREA, contract, frame))
    return contents


def thin_together(shapes: Geometries) -> tuple[Geometries, float]:
    """Areas that adjoin, thinned for display so that shared borders stay shared, and the metres thinned by."""
    step_m = _STEP_M
    while True:
        thinned = np.asarray(shapely.coverage_simplify(shapes, step_m / _DEGREE_M), dtype=object)
        if shapely.get_num_coordinates(thinned).sum() <= POINTS_UP_TO or step_m >= _WIDEST_M:
            return thinned, step_m
        step_m *= 2


def _said(row: dict[str, Any], rulebook: RuleBook, lang: Lang) -> dict[str, Any]:
    """What a popup says of a piece of ground."""
    ids = split(row["rule_ids"])
    titles = [f"{rule_id} {lang.of(rulebook[rule_id].title)}" for rule_id in ids[:_RULES]]
    if len(ids) > _RULES:
        titles.append(lang(f"等 {len(ids)} 条", f"{len(ids)} in all"))
    comma = lang("、", ", ")
    return {
        "county": "，".join(part for part in (row["park"], row["county"]) if part),
        "class": kind_in(lang, row["kind"]),
        "place": class_in(lang, row["place_class"]) if row["place_class"] != row["class"] else "",
        "demo": class_in(lang, row["demo_class"]) if row["demo_class"] else "",
        "area_ha": row["area_ha"],
        "rules": lang("；", "; ").join(titles),
        "causes": comma.join(lang.of(cause) for cause in Cause if cause.zh in split_zh(row["cause_zh"])),
        "themes": comma.join(lang.of(Theme(theme)) for theme in split(row["themes"])),
        "note": lang(
            "面积按未简化的图形量算；图形为显示用简化",
            "hectares are of the true outline; what is drawn is simplified",
        ),
    }


def split_zh(text: str) -> list[str]:
    """A list joined in Chinese.

    >>> split_zh("缺少图层、精度不足"), split_zh("")
    (['缺少图层', '精度不足'], [])
    """
    return text.split("、") if text else []


def ground_table(classes: pd.DataFrame, lang: Lang) -> dict[str, Any]:
    """Hectares by class, in all and by county (park), for the panel beside the map."""
    words = in_order(classes["class"])
    place = [
        " ".join(part for part in pair if part)
        for pair in zip(classes["county"], classes["park"], strict=True)
    ]
    sums = classes.assign(place=place).groupby(["place", "class"])["area_ha"].sum().unstack(fill_value=0.0)
    whole = float(classes["area_ha"].sum())
    total = sums.sum()
    return {
        "title": lang("用地（公顷）", "Ground (ha)"),
        "classes": [
            (class_in(lang, word), f"{total[word]:,.1f}", f"{total[word] / whole:.1%}" if whole else "")
            for word in words
        ],
        "heads": [class_in(lang, word) for word in words],
        "rows": [(name, [f"{row[word]:,.1f}" for word in words]) for name, row in sums.iterrows()],
    }


def search_places(area: gpd.GeoDataFrame) -> Sequence[list[Any]]:
    """Counties and parks that the search finds: name, south, west, north, east."""
    rows = []
    for name, part in area.groupby((area["county"] + " " + area["park"]).str.strip()):
        west, south, east, north = (round(float(value), 5) for value in part.total_bounds)
        rows.append([str(name), south, west, north, east])
    return rows
