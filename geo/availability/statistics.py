"""Hectares: by county and class, by rule, and by layer that is not there."""

from __future__ import annotations

from collections import defaultdict

import geopandas as gpd
import pandas as pd

from geo.availability.classes import class_zh, theme_zh
from geo.availability.frames import COUNTY_CLASSES, LAYER_GAINS, RULE_COST
from geo.availability.ground import Ground
from geo.frames import conform, empty, split
from geo.rulebook import RuleBook
from geo.space import Floats
from geo.terms import Outcome, State, strictness
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
        verdict = screened.verdicts.iloc[int(number)]
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


_COST = ("bites_ha", "open_ha", "marginal_ha", "frees_ha", "places")


def gain_layers(ground: Ground, area_ha: Floats) -> pd.DataFrame:
    """What each layer that is missing or not good enough could still change of the undetermined ground.

    Columns: :data:`geo.availability.frames.LAYER_GAINS`. A theme settles ground alone where no check that keeps it open
    hangs on anything else.
    """
    screened = ground.screened
    sums: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(_GAIN, 0.0))
    rules: dict[str, set[str]] = defaultdict(set)
    for number, ha in zip(ground.place, area_ha, strict=True):
        verdict = screened.verdicts.iloc[int(number)]
        if verdict["outcome"] != Outcome.UNDETERMINED:
            continue
        site_id = verdict["site_id"]
        open_rules = verdict["undetermined_rule_ids"].split(";")
        deciding = set(verdict["deciding_rule_ids"].split(";"))
        hangs = {rule_id: screened.open_themes.get((site_id, rule_id), frozenset()) for rule_id in open_rules}
        for theme in sorted({t for rule_id in deciding for t in hangs.get(rule_id, ()) if t}):
            mine = {rule_id for rule_id in open_rules if hangs[rule_id] == {theme}}
            rules[theme] |= {rule_id for rule_id in deciding if theme in hangs[rule_id]}
            sums[theme]["open_ha"] += ha
            without = screened.outcome_without(site_id, mine)
            sums[theme]["settles_ha"] += ha if without is not Outcome.UNDETERMINED else 0.0
            sums[theme]["could_free_ha"] += ha if without in _USABLE else 0.0
    if not sums:
        return empty(LAYER_GAINS)
    found = pd.DataFrame(
        [
            {**own, "theme": t, "theme_zh": theme_zh(t), "rule_ids": ";".join(sorted(rules[t]))}
            for t, own in sums.items()
        ]
    ).sort_values(["could_free_ha", "settles_ha", "open_ha", "theme"], ascending=[False, False, False, True])
    return conform(found, LAYER_GAINS)


_GAIN = ("open_ha", "settles_ha", "could_free_ha")
