"""The zones of the map: areas by effect, each with its rules and the days they hold; reference lines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assessment import Assessment
from geo.contracts import conform
from geo.language import Lang
from geo.rule import Rule
from geo.terms import Cause, Effect, Line, Measure, Theme
from geo.writers.contents import DRAWN_ZONES
from geo.writers.quantities import limit_in, metres_in
from geo.writers.webmap.topology import topology
from geo.zones import draw_zones, find_zones

#: About 20 m: what a screen shows of a zone at working scales.
STEP_M = 20.0
_FACTS = ("layer_key", "feature_name", "measure", "limit_m", "doubt")


@dataclass(frozen=True)
class Period:
    """A rule with one limit: the days from ``start`` to ``end``, both included, None = open."""

    rule_id: str
    start: date
    end: date | None

    def holds(self, on: date) -> bool:
        """Whether the rule holds, with this limit, on a day."""
        return self.start <= on and (self.end is None or on <= self.end)


def periods(rule: Rule) -> list[Period]:
    """A rule's time in force, cut where its distance changes."""
    start, end = rule.in_force.from_, rule.in_force.until
    changes = [day for day in rule.distance if start < day] if isinstance(rule.distance, dict) else []
    cuts = [start, *sorted(day for day in changes if end is None or day <= end)]
    last = [day - timedelta(days=1) for day in cuts[1:]]
    return [Period(rule.id, a, b) for a, b in zip(cuts, [*last, end], strict=True)]


@dataclass(frozen=True)
class ZoneData:
    """Zones by effect as ``layers.js`` draws them, and the days on which what is drawn changes."""

    effects: dict[Effect, dict[str, Any]]
    rule_ids: set[str]
    doubtful: bool
    days: list[date]


def zone_data(assessment: Assessment, drawn: gpd.GeoDataFrame, lang: Lang = Lang.ZH) -> ZoneData:
    """The run's drawn zones (columns ``DRAWN_ZONES``) and those of the rules' other periods.

    Zones alike for several rules are one feature.
    """
    book, on = assessment.rulebook, assessment.on
    parts = [drawn.assign(start=None, end=None)]
    for rule_id in drawn["rule_id"].unique():
        period = next(p for p in periods(book[rule_id]) if p.holds(on))
        own = drawn["rule_id"] == rule_id
        parts[0].loc[own, "start"], parts[0].loc[own, "end"] = str(period.start), str(period.end or "")
    parts += _other_periods(assessment, set(drawn["rule_id"]))
    zones = (
        pd.concat([part for part in parts if len(part)], ignore_index=True) if len(parts) > 1 else parts[0]
    )
    effects = {}
    for effect in Effect:
        own = zones[zones["effect"] == effect]
        if len(own):
            effects[effect] = _features(own, effect, lang)
    starts = {date.fromisoformat(day) for day in zones["start"]}
    ends = {date.fromisoformat(day) + timedelta(days=1) for day in zones["end"] if day}
    return ZoneData(
        effects, set(zones["rule_id"]), bool((zones["doubt"] != "").any()), sorted(starts | ends | {on})
    )


def _other_periods(assessment: Assessment, held: set[str]) -> list[gpd.GeoDataFrame]:
    """Drawn zones of the periods other than the run's day: of its rules, and of those out of force."""
    book, on = assessment.rulebook, assessment.on
    rules = [rule for rule in book.rules.values() if rule.id in held or not rule.in_force.holds(on)]
    by_start: dict[date, list[Period]] = defaultdict(list)
    for rule in rules:
        for period in periods(rule):
            if not period.holds(on):
                by_start[period.start].append(period)
    found = []
    for start, asked in sorted(by_start.items()):
        ends = {period.rule_id: str(period.end or "") for period in asked}
        own = [book[rule_id] for rule_id in ends]
        drawn = draw_zones(find_zones(own, assessment.catalog, start), own, assessment.catalog)
        drawn["title"] = [book[rule_id].title.zh for rule_id in drawn["rule_id"]]
        drawn["effect"] = [str(book[rule_id].effect) for rule_id in drawn["rule_id"]]
        shown = conform(drawn, DRAWN_ZONES)
        found.append(shown.assign(start=str(start), end=shown["rule_id"].map(ends)))
    return found


def _features(zones: gpd.GeoDataFrame, effect: Effect, lang: Lang) -> dict[str, Any]:
    """One topology a step; ``facts`` of each shape; ``rules``: number, first and last day."""
    limits = zones["limit_m"].to_numpy(dtype=float)
    step_m = np.where(limits > 0, np.clip(limits * 0.02, 3.0, STEP_M), STEP_M)
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    shapes: dict[float, list[shapely.Geometry]] = defaultdict(list)
    facts: dict[float, list[dict[str, Any]]] = defaultdict(list)
    for zone, step in zip(zones.to_dict("records"), step_m.tolist(), strict=True):
        key = (step, *(zone[name] for name in _FACTS), shapely.to_wkb(zone["geometry"]))
        if key not in merged:
            merged[key] = _zone_facts(zone, lang)
            shapes[step].append(zone["geometry"])
            facts[step].append(merged[key])
        term = [zone["rule_id"], zone["start"], zone["end"]]
        if term not in merged[key]["rules"]:
            merged[key]["rules"].append(term)
    parts = []
    for step, own in sorted(shapes.items()):
        content, used_m = topology(own, step)
        parts.append({"shapes": content, "facts": facts[step], "step_m": used_m})
    return {"effect": effect, "parts": parts}


def _zone_facts(zone: dict[str, Any], lang: Lang) -> dict[str, Any]:
    line = Line(zone["line"])
    limit = {
        Measure.WITHIN_DISTANCE: lang(
            f"距{line.zh} {limit_in(lang, zone['limit_m'])}以内",
            f"within {limit_in(lang, zone['limit_m'])} of the {line.en}",
        ),
        Measure.INSIDE: lang("此范围之内", "within this area"),
        Measure.OUTSIDE: lang("须全部位于此范围之内", "to lie wholly within this area"),
    }.get(Measure(zone["measure"]), lang.of(Measure(zone["measure"])))
    doubt = lang.of(Cause(zone["doubt"])) if zone["doubt"] else ""
    return {"rules": [], "limit": limit, "doubt": doubt, **_layer_facts(zone, lang)}


def _layer_facts(zone: dict[str, Any], lang: Lang) -> dict[str, Any]:
    return {
        "name": zone["feature_name"],
        "theme": lang.of(Theme(zone["theme"])),
        "layer": zone["layer_key"],
        "line": lang.of(Line(zone["line"])),
        "accuracy": metres_in(lang, zone["layer_accuracy_m"]),
        "proxy": bool(zone["is_proxy"]),
        "demo": bool(zone["demo"]),
    }


def reference_data(
    assessment: Assessment, frame: shapely.Geometry, lang: Lang = Lang.ZH
) -> dict[str, Any] | None:
    """The lines that rules measure from, each once, cut at the frame of the map; None where there is none."""
    zones = assessment.zones[shapely.get_dimensions(assessment.zones.geometry.to_numpy()) == 1]
    shapes: dict[tuple[str, bytes], shapely.Geometry] = {}
    facts: dict[tuple[str, bytes], dict[str, Any]] = {}
    for zone in zones.to_dict("records"):
        key = (zone["layer_key"], shapely.to_wkb(zone["geometry"]))
        if key not in shapes:
            shapes[key] = shapely.intersection(zone["geometry"], frame)
            facts[key] = {"rules": [], **_layer_facts(zone, lang)}
        if zone["rule_id"] not in facts[key]["rules"]:
            facts[key]["rules"].append(zone["rule_id"])
    kept = [key for key, shape in shapes.items() if not shape.is_empty]
    if not kept:
        return None
    content, used_m = topology([shapes[key] for key in kept], 10.0)
    return {"shapes": content, "facts": [facts[key] for key in kept], "step_m": used_m}
