"""The story of restoration: tasks → strips → cover → deficit → treatment → priority → ledger, and who is in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.catalog import LayerCatalog
from geo.contracts import check, empty
from geo.doubt import CONFIDENCE
from geo.errors import RunError
from geo.frames import FINDINGS, SITES
from geo.restoration.conflicts import find_strip_sites, list_exits
from geo.restoration.cover import cover_strips
from geo.restoration.deficit import cover_doubt, doubt_causes, find_deficit
from geo.restoration.frames import (
    DEFICIT,
    INDICATORS,
    MUST_EXIT,
    PRIORITIES,
    RESTORATION,
    STRIP_COVER,
    STRIP_SITES,
    STRIPS,
    TREATMENT,
)
from geo.restoration.indicators import measure_indicators
from geo.restoration.ledger import keep_ledger
from geo.restoration.listed import list_tasks
from geo.restoration.priority import Weights, read_weights, score_strips, sensitivity
from geo.restoration.strips import REACH_M, StripMaker
from geo.restoration.terrain import terrain_of
from geo.restoration.treatment import choose_treatments
from geo.rulebook import RuleBook
from geo.task import RestorationTask
from geo.terms import Treatment

#: Cells of an elevation model wider than this level every slope beside a river.
_COARSEST_DEM_M = 100.0


@dataclass(frozen=True)
class RestorationOptions:
    """What a user may choose: widths of tasks whose plan gives none, prices (yuan a hectare), weights, reaches,
    and the divisions to look at (none = all)."""

    widths: Mapping[str, float] = field(default_factory=dict)
    prices: Mapping[Treatment, float] | None = None
    weights: Weights | None = None
    reach_m: float = REACH_M
    adcodes: tuple[str, ...] = ()
    indicators: bool = True  # measure the plans' targets too, over whole cities


@dataclass(frozen=True)
class Restoration:
    """All frames of restoration; their columns are in :mod:`geo.restoration.frames`."""

    strips: gpd.GeoDataFrame
    strip_cover: gpd.GeoDataFrame
    deficit: gpd.GeoDataFrame
    treatment: gpd.GeoDataFrame
    ledger: pd.DataFrame
    priorities: pd.DataFrame
    strip_sites: pd.DataFrame
    exits: pd.DataFrame
    indicators: pd.DataFrame
    sensitivity: str

    @property
    def layer_keys(self) -> set[str]:
        """Keys of the layers that strips and their cover come from."""
        return {*self.strips["layer_key"], *self.strip_cover["layer_key"]} - {""}

    @property
    def has_demo(self) -> bool:
        """Whether demonstration layers were drawn or read."""
        return bool(self.ledger["demo"].any())


def plan_restoration(
    rulebook: RuleBook,
    catalog: LayerCatalog,
    on: date,
    sites: gpd.GeoDataFrame | None = None,
    findings: pd.DataFrame | None = None,
    options: RestorationOptions | None = None,
    confidence: float = CONFIDENCE,
    progress: Callable[[str], None] = lambda stage: None,
) -> Restoration:
    """Plan restoration for every task in force on a day.

    ``sites`` and ``findings`` are those of a screening (:data:`geo.frames.SITES`, :data:`geo.frames.FINDINGS`); without
    them nobody is in the way. Raises :class:`~geo.errors.LayerError` where a layer cannot be used and
    :class:`~geo.errors.RunError` where a width is given for a task that has one or does not exist.
    """
    chosen = options or RestorationOptions()
    tasks = [task for task in _in(chosen.adcodes, rulebook) if task.in_force.holds(on)]
    refuse_widths(chosen.widths, rulebook, on)
    progress("画修复条带")
    maker = StripMaker(rulebook, catalog, on, chosen.widths, chosen.reach_m, confidence, chosen.adcodes)
    strips = maker.draw(tasks)
    progress("量条带内地类")
    strip_cover = cover_strips(strips, catalog)
    doubt = cover_doubt(strip_cover, strips, catalog, confidence)
    deficit = find_deficit(strip_cover, strips, doubt, rulebook)
    progress("定修复措施")
    treatment = choose_treatments(deficit, rulebook, catalog)
    slope, aspect = terrain_of(treatment, catalog, _COARSEST_DEM_M)
    treatment = treatment.assign(slope_deg=slope, aspect_deg=aspect)
    progress("查带内项目，排优先次序")
    listed_sites = sites if sites is not None else empty(SITES, spatial=True)
    strip_sites = find_strip_sites(listed_sites, strips)
    weights = chosen.weights or read_weights()
    priorities = score_strips(
        strips, strip_cover, treatment, strip_sites, rulebook, catalog, maker.courses, weights
    )
    by_strip = priorities.set_index("strip_id")
    for name in ("priority", "rank"):
        treatment[name] = treatment["strip_id"].map(by_strip[name]).astype(float)
    ledger = keep_ledger(
        strips,
        strip_cover,
        doubt,
        doubt_causes(strip_cover, doubt),
        treatment,
        list_tasks(tasks, maker, strips),
        rulebook,
        chosen.prices,
        _ids(strip_sites),
    )
    exits = list_exits(
        listed_sites, findings if findings is not None else empty(FINDINGS), strip_sites, rulebook, on
    )
    progress("量规划指标")
    indicators = (
        measure_indicators(rulebook, catalog, on, chosen.adcodes) if chosen.indicators else empty(INDICATORS)
    )
    return Restoration(
        strips=check(strips, STRIPS),
        strip_cover=check(strip_cover, STRIP_COVER),
        deficit=check(deficit, DEFICIT),
        treatment=check(treatment, TREATMENT),
        ledger=check(ledger, RESTORATION),
        priorities=check(priorities, PRIORITIES),
        strip_sites=check(strip_sites, STRIP_SITES),
        exits=check(exits, MUST_EXIT),
        indicators=check(indicators, INDICATORS),
        sensitivity=sensitivity(priorities),
    )


def counties_of(sites: gpd.GeoDataFrame, catalog: LayerCatalog) -> tuple[str, ...]:
    """Codes of the counties that sites lie in; a code that stands for none where they lie in none."""
    held = catalog.divisions()
    if held is None or not len(sites):
        return ("00",)
    rows = shapely.STRtree(held.geometry.to_numpy()).query(sites.geometry.to_numpy(), predicate="intersects")[
        1
    ]
    codes = held["adcode"].iloc[np.unique(rows)]
    return tuple(sorted(set(codes.dropna().astype(str)))) or ("00",)


def refuse_widths(widths: Mapping[str, float], rulebook: RuleBook, on: date) -> None:
    """Raise :class:`~geo.errors.RunError` for a width that no task asks for: the plan's own is never replaced."""
    for task_id in widths:
        task = rulebook.tasks.get(task_id)
        if task is None:
            raise RunError(f"--width {task_id}：没有这个修复任务；改正任务编号")
        if task.width != "not_given":
            raise RunError(f"--width {task_id}：规划已定宽度或不按条带，不能自定；去掉这一项")


def _in(adcodes: tuple[str, ...], rulebook: RuleBook) -> list[RestorationTask]:
    """The tasks whose jurisdiction meets the divisions asked for."""
    return [
        task
        for task in rulebook.tasks.values()
        if not adcodes
        or any(a.startswith(own) or own.startswith(a) for own in task.jurisdiction.adcode for a in adcodes)
    ]


def _ids(strip_sites: pd.DataFrame) -> dict[tuple[str, ...], str]:
    """Sites by task, county, river and bank."""
    grouped = strip_sites.groupby(["rule_id", "adcode", "river", "bank"])["site_id"]
    return {key: ";".join(sorted(set(ids))) for key, ids in grouped}
