"""Classes of ground: the outcome a project there gets, in the words of a planner who looks for ground."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.availability.frames import AVAILABILITY
from geo.availability.ground import Ground
from geo.availability.kinds import FREE, class_in, kind_in, kind_of
from geo.availability.room import join_ground
from geo.availability.screening import Screened
from geo.contracts import conform, split
from geo.language import Lang
from geo.rule import Rule
from geo.rulebook import RuleBook
from geo.space import WORKING_CRS, area_m2
from geo.terms import Cause, Measure, Outcome, Theme, strictness
from geo.verdicts import outcome_of

#: Causes that another place does not change, where the rule holds for all of a jurisdiction.
_OF_PROJECT = frozenset(
    {Cause.SITE_FACT, Cause.EVIDENCE, Cause.OPEN_LIST, Cause.DISTANCE_NOT_GIVEN, Cause.DRAFT_PLAN}
)


def class_of(outcome: str) -> str:
    """The class of ground with an outcome.

    >>> class_of("clear"), class_of("prohibited")
    ('free', 'prohibited')
    """
    return FREE if outcome == Outcome.CLEAR else str(outcome)


def class_zh(word: str) -> str:
    """A class in Chinese.

    >>> class_zh("free"), class_zh("undetermined")
    ('可选', '待核实')
    """
    return class_in(Lang.ZH, word)


def place_outcome(screened: Screened, number: int) -> str:
    """The outcome of a place but for checks that are open wherever in a jurisdiction the project stands.

    Those ask for a fact of the project (the height of an oven, capacity replaced) or lack a distance in the plan. What bites
    stays, wherever it bites.
    """
    verdict = screened.told[number]
    if verdict["outcome"] == Outcome.NOT_COVERED:
        return str(verdict["outcome"])
    return str(screened.outcome_without(verdict["site_id"], of_project(screened, verdict["site_id"])))


def of_project(screened: Screened, site_id: str) -> set[str]:
    """The rules whose checks at a place are open for what only the project or the plan can answer, wherever it stands."""
    return {
        check.rule_id
        for check in screened.checks_of(site_id)
        if check.cause
        and _everywhere(screened.rulebook[check.rule_id])
        and set(split(check.cause)) <= _OF_PROJECT
    }


def _everywhere(rule: Rule) -> bool:
    return rule.measure is Measure.IN_JURISDICTION or rule.distance == "not_given"


def classify_ground(ground: Ground, area: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A row a piece of ground (columns: :data:`geo.availability.frames.AVAILABILITY`)."""
    told = [_told(ground.screened, int(number)) for number in ground.place]
    own = area.iloc[ground.rows].reset_index(drop=True)
    frame = pd.DataFrame(told, index=range(len(told)))
    for name in ("adcode", "county", "park"):
        frame[name] = own[name]
    frame["area_ha"] = area_m2(ground.shapes) / 10_000
    frame["piece_id"] = [f"G{number + 1}" for number in range(len(frame))]
    return conform(gpd.GeoDataFrame(frame, geometry=np.asarray(ground.shapes), crs=WORKING_CRS), AVAILABILITY)


def _told(screened: Screened, number: int) -> dict[str, object]:
    verdict = screened.told[number]
    outcome = str(verdict["outcome"])
    deciding = split(verdict["deciding_rule_ids"])
    cause_of = {check.rule_id: check.cause for check in screened.checks_of(verdict["site_id"])}
    causes: list[str] = []
    themes: set[str] = set()
    if outcome == Outcome.UNDETERMINED:
        found = {cause for rule_id in deciding for cause in split(cause_of[rule_id])}
        causes = [cause for cause in Cause if cause in found]
        for rule_id in deciding:
            themes |= screened.open_themes.get((verdict["site_id"], rule_id), frozenset())
    word, cause = class_of(outcome), str(causes[0]) if causes else ""
    prohibiting = float(len(deciding)) if outcome == Outcome.PROHIBITED else 0.0
    kind = kind_of(word, prohibiting, cause)
    return {
        "class": word,
        "class_zh": class_zh(word),
        "kind": kind,
        "kind_zh": kind_in(Lang.ZH, kind),
        "place_class": class_of(place_outcome(screened, number)),
        "demo_class": class_of(verdict["demo_outcome"]) if verdict["demo_outcome"] else "",
        "prohibiting": prohibiting,
        "strictest_rule_id": strictest(deciding, screened.rulebook),
        "rule_ids": ";".join(deciding),
        "cause": cause,
        "cause_zh": "、".join(Cause(cause).zh for cause in causes),
        "themes": ";".join(sorted(theme for theme in themes if theme)),
    }


def strictest(rule_ids: Iterable[str], rulebook: RuleBook) -> str:
    """Of rules that decide the one with the strictest outcome; of several the one that reaches farthest, then the first."""

    def rank(rule_id: str) -> tuple[int, float, str]:
        rule = rulebook[rule_id]
        reach = max(rule.distance.values()) if isinstance(rule.distance, dict) else 0.0
        return (-strictness(outcome_of(rule)), -float(reach), rule_id)

    return min(rule_ids, key=rank, default="")


def theme_zh(theme: str) -> str:
    """A theme in Chinese."""
    return Theme(theme).zh


def merge_pieces(pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Ground of a county of which all the same is said, as one row: limits that change nothing leave no edge."""
    said = [name for name in AVAILABILITY if name not in ("piece_id", "area_ha")]
    rows, shapes = [], []
    for _, own in pieces.groupby(said, sort=True):
        rows.append({**own.iloc[0][said].to_dict(), "area_ha": own["area_ha"].sum()})
        shapes.append(join_ground(own.geometry.to_numpy()))
    frame = pd.DataFrame(rows, columns=[*said, "area_ha"])
    frame["piece_id"] = [f"G{number + 1}" for number in range(len(frame))]
    return conform(
        gpd.GeoDataFrame(frame, geometry=np.array(shapes, dtype=object), crs=WORKING_CRS), AVAILABILITY
    )
