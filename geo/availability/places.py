"""The story of the whole: an area and a use in, classes of ground, hectares, candidates and better places out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geo.assessment import Assessment, assess, serves, told_aside
from geo.availability.better import find_better
from geo.availability.candidates import choose_candidates
from geo.availability.classes import FREE, classify_ground
from geo.availability.frames import (
    AVAILABILITY,
    BETTER_PLACES,
    CANDIDATES,
    COUNTY_CLASSES,
    LAYER_GAINS,
    PARK_CLASSES,
    RULE_COST,
    RULE_SETS,
)
from geo.availability.ground import Ground, area_zones, tell_ground
from geo.availability.screening import Setting
from geo.availability.statistics import combine_rules, cost_rules, count_classes, count_parks, gain_layers
from geo.availability.use import Use
from geo.availability.weights import Weights, read_weights
from geo.contracts import check, empty
from geo.frames import SET_ASIDE, ZONES
from geo.space import WORKING_CRS
from geo.terms import Outcome

#: Classes of ground that a candidate may lie on, unless others are asked for.
ACCEPTED = (FREE, str(Outcome.ADVISED))


@dataclass(frozen=True)
class Wanted:
    """What candidates shall be: plots of so many hectares, on ground so wide, of these classes.

    ``land_only``: ground is chosen by ``place_class``, facts of the project and distances that plans do not give left open.
    """

    plot_ha: float = 20.0
    width_m: float = 0.0
    accepted: Sequence[str] = ACCEPTED
    land_only: bool = False
    weights: Weights | None = None

    @property
    def column(self) -> str:
        """The column of the ground that decides."""
        return "place_class" if self.land_only else "class"


@dataclass(frozen=True)
class Availability:
    """Everything ``hongxian where`` found (frames: :mod:`geo.availability.frames`)."""

    use: Use
    area: gpd.GeoDataFrame
    ground: Ground
    pieces: gpd.GeoDataFrame
    classes: pd.DataFrame
    place_classes: pd.DataFrame
    rules: pd.DataFrame
    layers: pd.DataFrame
    candidates: gpd.GeoDataFrame
    better: gpd.GeoDataFrame
    combinations: pd.DataFrame
    parks: pd.DataFrame
    weights: Weights
    assessment: Assessment  # the candidates screened as sites; zones of all the area

    @property
    def has_demo(self) -> bool:
        """Whether demonstration layers had a say."""
        return bool(self.ground.screened.checks["demo"].any())


def find_places(
    use: Use,
    area: gpd.GeoDataFrame,
    setting: Setting,
    wanted: Wanted = Wanted(),
    sites: gpd.GeoDataFrame | None = None,
    verdicts: pd.DataFrame | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> Availability:
    """Where a use could go in an area (:func:`geo.availability.area.find_area`).

    ``sites`` and ``verdicts`` of a run (:func:`geo.assess`): those that fail are sought other ground, and those of the same
    industry count as similar.
    """
    ground = tell_ground(use, area, setting, progress)
    pieces = classify_ground(ground, area)
    hectares = pieces["area_ha"].to_numpy()
    progress("统计面积")
    weights = wanted.weights or read_weights()
    similar = None if sites is None else sites.geometry.to_numpy()[(sites["industry"] == use.industry)]
    progress("选备选地")
    candidates = choose_candidates(
        use,
        pieces,
        wanted.accepted,
        setting,
        weights,
        wanted.plot_ha,
        wanted.width_m,
        wanted.column,
        similar,
    )
    better = gpd.GeoDataFrame(empty(BETTER_PLACES, spatial=True), geometry="geometry", crs=WORKING_CRS)
    if sites is not None and verdicts is not None:
        better = find_better(
            sites, verdicts, area, wanted.accepted, setting, wanted.plot_ha, wanted.column, progress
        )
    progress("复筛备选地")
    assessment = screen_candidates(use, candidates, area, setting)
    by_place = pieces.assign(**{"class": pieces["place_class"], "cause": ""})
    return Availability(
        use=use,
        area=area,
        ground=ground,
        pieces=check(pieces, AVAILABILITY),
        classes=check(count_classes(pieces), COUNTY_CLASSES),
        place_classes=check(count_classes(by_place), COUNTY_CLASSES),
        rules=check(cost_rules(ground, hectares, setting.rulebook), RULE_COST),
        layers=check(gain_layers(ground, hectares), LAYER_GAINS),
        candidates=check(candidates, CANDIDATES),
        better=check(better, BETTER_PLACES),
        combinations=check(combine_rules(ground, hectares), RULE_SETS),
        parks=check(count_parks(pieces, setting.catalog), PARK_CLASSES),
        weights=weights,
        assessment=assessment,
    )


def layers_aside(use: Use, area: gpd.GeoDataFrame, setting: Setting) -> pd.DataFrame:
    """The layers that could not be read, with the rules about the use that are undetermined for want of them."""
    rules = (
        setting.rules_of(setting.scope(use.sites(area.geometry.to_numpy())))
        if setting.catalog.set_aside
        else []
    )
    return told_aside(
        setting.catalog,
        lambda layer: ([rule.id for rule in rules if serves(layer, rule, setting.catalog)], []),
    )


def screen_candidates(
    use: Use, candidates: gpd.GeoDataFrame, area: gpd.GeoDataFrame, setting: Setting
) -> Assessment:
    """The candidates as an assessment of sites, every check of every plot; its zones are those of the whole area."""
    sites = use.sites(candidates.geometry.to_numpy())
    sites["site_id"] = candidates["candidate_id"].to_numpy()
    sites["name"] = [
        f"{park or county}，得分 {score:.2f}"
        for park, county, score in zip(
            candidates["park"], candidates["county"], candidates["score"], strict=True
        )
    ]
    run = assess(setting.rulebook, setting.catalog, sites, setting.on, setting.confidence, move_radius_m=0.0)
    zones, aside = area_zones(use, area, setting)[1], layers_aside(use, area, setting)
    return dataclasses.replace(run, zones=check(zones, ZONES), set_aside=check(aside, SET_ASIDE))
