"""Hectares: by county and class, by rule, and by layer that is not there."""

from __future__ import annotations

from collections import defaultdict

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.availability.classes import class_zh, of_project, theme_zh
from geo.availability.frames import (
    COUNTY_CLASSES,
    LAYER_GAINS,
    PARK_CLASSES,
    RULE_COST,
    RULE_SETS,
)
from geo.availability.ground import Ground
from geo.catalog import LayerCatalog
from geo.contracts import conform, empty, split
from geo.rulebook import RuleBook
from geo.space import Floats, area_m2
from geo.terms import Outcome, State, Theme, strictness
from geo.verdicts import outcome_of

_USABLE = (Outcome.CLEAR, Outcome.ADVISED)


def count_classes(pieces: gpd.GeoDataFrame) -> pd.DataFrame:
    """Hectares by county (park), class and main cause (columns: :data:`geo.availability.frames.COUNTY_CLASSES`)."""
    keys = ["adcode", "county", "park", "class", "cause"]
    if not len(pieces):
        return empty(COUNTY_CLASSES)
    found = pieces.groupby(keys, sort=True)["area_ha"].sum().reset_index()
    whole = found.groupby(["adcode", "park"])["area_ha"].transform("sum")
    found["share"] = found["area_ha"] / whole
    found["class_zh"] = [class_zh(word) for word in found["class"]]
    return conform(found, COUNTY_CLASSES)


def cost_rules(ground: Ground, area_ha: Floats, rulebook: RuleBook) -> pd.DataFrame:
    """What each rule takes, alone and beside the others (columns: :data:`geo.availability.frames.RULE_COST`).

    ``marginal_ha``: ground that would have a milder class, were this rule alone not there.
    """
    screened = ground.screened
    sums: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(_COST, 0.0))
    alike: dict[str, set[str]] = defaultdict(set)
    covered = 0
    for number, ha in zip(ground.place, area_ha, strict=True):
        verdict = screened.told[int(number)]
        outcome, site_id = Outcome(verdict["outcome"]), verdict["site_id"]
        if outcome is Outcome.NOT_COVERED:
            continue
        covered += 1
        for check in screened.checks_of(site_id):
            alike[check.rule_id].add(str(check.state))
            own = sums[check.rule_id]
            own["places"] += 1
            if check.state is not State.MISS:
                own["bites_ha" if check.state is State.HIT else "open_ha"] += ha
        deciding = split(verdict["deciding_rule_ids"])
        if len(deciding) != 1:
            continue  # where several decide alike, none is missed
        without = screened.outcome_without(site_id, set(deciding))
        if strictness(without) < strictness(outcome):
            sums[deciding[0]]["marginal_ha"] += ha
            sums[deciding[0]]["frees_ha"] += ha if without in _USABLE else 0.0
    rows_out = [
        {
            **own,
            "rule_id": rule_id,
            "title": rulebook[rule_id].title.zh,
            "outcome": outcome_of(rulebook[rule_id]),
            "everywhere": len(alike[rule_id]) == 1
            and own["places"] == covered
            and alike[rule_id] != {State.MISS},
        }
        for rule_id, own in sums.items()
    ]
    if not rows_out:
        return empty(RULE_COST)
    found = pd.DataFrame(rows_out).sort_values(
        ["marginal_ha", "bites_ha", "open_ha", "rule_id"], ascending=[False, False, False, True]
    )
    return conform(found, RULE_COST)


def combine_rules(ground: Ground, area_ha: Floats) -> pd.DataFrame:
    """Which rules take ground together (columns: :data:`geo.availability.frames.RULE_SETS`), the most ground first.

    Each piece counts once, for the set of rules that decide its class.
    """
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    screened = ground.screened
    for number, ha in zip(ground.place, area_ha, strict=True):
        verdict = screened.told[int(number)]
        deciding = set(split(verdict["deciding_rule_ids"]))
        if not deciding or verdict["outcome"] in (*_USABLE, Outcome.NOT_COVERED):
            continue
        own = sums[verdict["outcome"], ";".join(sorted(deciding))]
        own[0] += ha
        own[1] += ha if screened.outcome_without(verdict["site_id"], deciding) in _USABLE else 0.0
    if not sums:
        return empty(RULE_SETS)
    found = pd.DataFrame(
        [
            {
                "class": outcome,
                "class_zh": class_zh(outcome),
                "rules": float(len(split(rule_ids))),
                "rule_ids": rule_ids,
                "area_ha": area,
                "frees_ha": frees,
            }
            for (outcome, rule_ids), (area, frees) in sums.items()
        ]
    ).sort_values(["area_ha", "rule_ids"], ascending=[False, True])
    return conform(found, RULE_SETS)


def count_parks(pieces: gpd.GeoDataFrame, catalog: LayerCatalog) -> pd.DataFrame:
    """Hectares by class of every industrial park held, as far as it lies in the area asked about.

    Columns: :data:`geo.availability.frames.PARK_CLASSES`.
    """
    rows: list[pd.DataFrame] = []
    shapes = pieces.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    for layer in catalog.of_theme(Theme.PARK):
        if layer.is_raster:
            continue
        parks = catalog.features(layer)
        parks = parks[shapely.get_dimensions(parks.geometry.to_numpy()) == 2]
        for name, shape in zip(parks["name"], parks.geometry.to_numpy(), strict=True):
            near = np.sort(tree.query(shape, predicate="intersects"))
            own = pieces.iloc[near][["county", "class"]].assign(
                area_ha=area_m2(shapely.intersection(shapes[near], shape)) / 10_000
            )
            rows.append(own[own["area_ha"] > 0].assign(park=name or layer.key, demo=layer.demo))
    held = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
    if not len(held):
        return empty(PARK_CLASSES)
    found = held.groupby(["demo", "park", "county", "class"], sort=True)["area_ha"].sum().reset_index()
    found["share"] = found["area_ha"] / found.groupby(["park", "county"])["area_ha"].transform("sum")
    found["class_zh"] = [class_zh(word) for word in found["class"]]
    return conform(found, PARK_CLASSES)


_COST = ("bites_ha", "open_ha", "marginal_ha", "frees_ha", "places")


def gain_layers(ground: Ground, area_ha: Floats) -> pd.DataFrame:
    """What each layer that is missing or not good enough could still change of the undetermined ground.

    Columns: :data:`geo.availability.frames.LAYER_GAINS`. A theme settles ground alone where no check that keeps it open
    hangs on anything else but the project itself (:func:`geo.availability.classes.of_project`).
    """
    screened = ground.screened
    sums: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(_GAIN, 0.0))
    rules: dict[str, set[str]] = defaultdict(set)
    for number, ha in zip(ground.place, area_ha, strict=True):
        verdict = screened.told[int(number)]
        if verdict["outcome"] != Outcome.UNDETERMINED:
            continue
        site_id = verdict["site_id"]
        project = of_project(screened, site_id)
        open_rules = set(split(verdict["undetermined_rule_ids"])) - project
        deciding = set(split(verdict["deciding_rule_ids"])) - project
        hangs = {rule_id: screened.open_themes.get((site_id, rule_id), frozenset()) for rule_id in open_rules}
        for theme in sorted({t for rule_id in deciding for t in hangs.get(rule_id, ()) if t}):
            mine = {rule_id for rule_id in open_rules if hangs[rule_id] == {theme}}
            rules[theme] |= {rule_id for rule_id in deciding if theme in hangs[rule_id]}
            sums[theme]["open_ha"] += ha
            without = screened.outcome_without(site_id, mine | project)
            sums[theme]["settles_ha"] += ha if without is not Outcome.UNDETERMINED else 0.0
            sums[theme]["could_free_ha"] += ha if without in _USABLE else 0.0
    if not sums:
        return empty(LAYER_GAINS)
    found = pd.DataFrame(
        [
            {**own, "theme": t, "theme_zh": theme_zh(t), "rule_ids": ";".join(sorted(rules[t]))}
            for t, own in sums.items()
        ]
    )
    steps = _steps(_needs(ground, area_ha), list(found["theme"]))
    return conform(found.merge(steps, on="theme").sort_values("step"), LAYER_GAINS)


def _needs(ground: Ground, area_ha: Floats) -> dict[tuple[frozenset[str], bool], float]:
    """Hectares of undetermined ground by the themes that it needs all of to be settled, and whether it is usable then.

    Ground that hangs on anything but layers is left out.
    """
    screened = ground.screened
    needs: dict[tuple[frozenset[str], bool], float] = defaultdict(float)
    for number, ha in zip(ground.place, area_ha, strict=True):
        verdict = screened.told[int(number)]
        if verdict["outcome"] != Outcome.UNDETERMINED:
            continue
        site_id = verdict["site_id"]
        project = of_project(screened, site_id)
        deciding = set(split(verdict["deciding_rule_ids"])) - project
        hangs = [screened.open_themes.get((site_id, rule_id), frozenset({""})) for rule_id in deciding]
        themes = frozenset().union(*hangs)
        if themes and "" not in themes:
            without = screened.outcome_without(site_id, deciding | project)
            if without is not Outcome.UNDETERMINED:
                needs[themes, without in _USABLE] += ha
    return needs


def _steps(needs: dict[tuple[frozenset[str], bool], float], themes: list[str]) -> pd.DataFrame:
    """The order in which getting layers settles most ground: at each step the one that settles most at once, else comes nearest to it."""
    held: set[str] = set()
    rows = []

    def worth(theme: str) -> tuple[float, float, str]:
        at_once = sum(ha for (need, _), ha in needs.items() if theme in need and need <= held | {theme})
        nearer = sum(ha / len(need - held) for (need, _), ha in needs.items() if theme in need - held)
        return (-at_once, -nearer, theme)

    while left := [theme for theme in themes if theme not in held]:
        chosen = min(left, key=worth)
        held.add(chosen)
        settled = [(frees, ha) for (need, frees), ha in needs.items() if need <= held]
        rows.append(
            {
                "theme": chosen,
                "step": float(len(held)),
                "together_settles_ha": float(sum(ha for _, ha in settled)),
                "together_frees_ha": float(sum(ha for frees, ha in settled if frees)),
            }
        )
    return pd.DataFrame(rows, columns=["theme", "step", "together_settles_ha", "together_frees_ha"])


_GAIN = ("open_ha", "settles_ha", "could_free_ha")
