"""What a search for another place asks for, and whether a place that it came to may stand.

Three questions, the next only where the one before has no answer within the radius: a place clear of all
that another place can cure, doubt counted (``clear``); one where no rule bites and what was open may stay
open (``open``); one that is clear by the figures alone and needs a survey (``by_figures``). A move never
leads onto ground where a rule that was surely missed becomes open, for want of coverage or of accuracy.
Demonstration layers count only where the breach itself is one of demonstration data, and the move says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.advice.obstacles import CENTIMETRE, Obstacle, asked_margin_m, is_curable, obstacle_of
from geo.advice.shift import KeepAway, Shift
from geo.catalog import LayerCatalog
from geo.indexes import Indexes
from geo.rulebook import RuleBook
from geo.scope import SiteScope
from geo.space import LocalPlane
from geo.terms import Cause, Measure, MoveState, State

#: The questions, in the order in which they are asked.
TIERS = (MoveState.CLEAR, MoveState.OPEN, MoveState.BY_FIGURES)

Row = dict[str, Any]


@dataclass(frozen=True)
class World:
    """What sites are screened against; the same for every round."""

    scope: SiteScope
    zones: gpd.GeoDataFrame
    rulebook: RuleBook
    catalog: LayerCatalog
    on: date
    confidence: float
    indexes: Indexes


@dataclass
class Search:
    """The search for one site; ``breached``: obstacles of the rules that bite where it stands."""

    site: Row
    demo: bool
    plane: LocalPlane
    county: Obstacle | None
    checks: dict[str, Row]
    readings: dict[str, list[Row]]
    tier: int = 0
    obstacles: dict[tuple[str, ...], Obstacle] = field(default_factory=dict)
    extra_m: dict[tuple[str, ...], float] = field(default_factory=dict)
    shapes: dict[tuple[Any, ...], KeepAway] = field(default_factory=dict)
    shift: Shift | None = None
    best: Shift | None = None
    held: tuple[str, ...] = ()
    rounds: int = 0
    sharpened: int = 0
    everywhere: list[str] = field(default_factory=list)
    verdict: Row = field(default_factory=dict)
    passed: bool = True

    @property
    def column(self) -> str:
        """Where the state that counts stands: the real one, or that were demonstration data real."""
        return "as_if" if self.demo else "state"

    @property
    def state(self) -> MoveState:
        """What the search came to."""
        return MoveState.NONE if self.best is None else TIERS[self.tier]

    @property
    def footprint(self) -> shapely.Geometry:
        """As drawn, EPSG:4490."""
        return self.site["geometry"]

    def moved(self, shift: Shift) -> shapely.Geometry:
        """The footprint shifted, EPSG:4490."""
        by = np.array([shift.east_m, shift.north_m])
        return self.plane.back(shapely.transform(self.plane.there(self.footprint), lambda xy: xy + by))


def ask(search: Search, checks: Mapping[str, Row], readings: Mapping[str, list[Row]], world: World) -> bool:
    """Add what bites in a screening to what is asked for; False where another place cannot cure it, or
    where nothing bites."""
    asked = False
    for rule_id, check in checks.items():
        rule = world.rulebook[rule_id]
        if rule.measure is Measure.IN_JURISDICTION or is_accepted(search, check, readings[rule_id], world):
            continue
        culprits = _culprits(search, check, readings[rule_id])
        if not culprits:
            return False
        for row in culprits:
            sure = TIERS[search.tier] is not MoveState.BY_FIGURES
            obstacle = obstacle_of(row, rule, world.zones, world.catalog, world.confidence, sure)
            if obstacle is None:
                return False
            if obstacle.key in search.obstacles:
                lacking = asked_margin_m(row, rule, world.confidence, sure) - row["margin_m"]
                extra = min(max(lacking if lacking > 0 else 0.0, CENTIMETRE), 5.0)
                search.extra_m[obstacle.key] = search.extra_m.get(obstacle.key, 0.0) + extra
            else:
                search.obstacles[obstacle.key] = obstacle
            asked = True
    return asked


def is_accepted(search: Search, check: Row, readings: list[Row], world: World) -> bool:
    """Whether a check may stand as it is at a new place."""
    state = check[search.column]
    if state == State.MISS:
        return True
    if state == State.HIT:
        return False
    tier = TIERS[search.tier]
    was_open = search.checks[check["rule_id"]][search.column] == State.UNDETERMINED
    if tier is MoveState.CLEAR:
        return was_open and not _culprits(search, check, readings)
    if was_open or tier is MoveState.OPEN:
        return was_open
    rule = world.rulebook[check["rule_id"]]
    culprits = _culprits(search, check, readings)
    return bool(culprits) and all(
        row["margin_m"] >= asked_margin_m(row, rule, world.confidence, sure=False) for row in culprits
    )


def _culprits(search: Search, check: Row, readings: list[Row]) -> list[Row]:
    """The readings because of which a check bites or is open, as far as another place cures them."""
    curable = [row for row in readings if is_curable(row, search.demo)]
    hits = [row for row in curable if row["ground"] == State.HIT]
    open_ = [row for row in curable if row["ground"] == State.UNDETERMINED]
    was_open = search.checks[check["rule_id"]][search.column] == State.UNDETERMINED
    unknown = [
        row
        for row in readings
        if not was_open and row["reading"] == 1 and Cause.COVERAGE in row["cause"].split(";")
    ]
    ranked = [hits, open_] if check[search.column] == State.HIT else [[*hits, *open_]]
    for group in ranked:
        first = [row for row in group if row["reading"] == 1]
        if first or group:
            return first or group
    return unknown


def sharpen(search: Search, readings: Mapping[str, list[Row]], world: World) -> bool:
    """Take back what the plane asked for beyond the metres measured; False where it is within a centimetre."""
    sure = TIERS[search.tier] is not MoveState.BY_FIGURES
    sharper = False
    assert search.shift is not None
    keys = list(search.obstacles)
    for key in (keys[number] for number in search.shift.held_by):
        for row in readings.get(key[0], []):
            if (row["layer_key"], row["theme"]) != key[1:3] or len(key) > 3 or np.isnan(row["margin_m"]):
                continue
            left = row["margin_m"] - asked_margin_m(row, world.rulebook[key[0]], world.confidence, sure)
            if CENTIMETRE < left < 5.0:
                search.extra_m[key] = search.extra_m.get(key, 0.0) - (left - CENTIMETRE / 4)
                sharper = True
    return sharper
