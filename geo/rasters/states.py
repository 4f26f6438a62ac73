"""What a rule says of each kind of cells: the states that findings would give a surveyed point in the middle of one.

The same readings, doubts, order of readings and coverage as :mod:`geo.findings`, for cells instead of sites. States are numbers so that
the stricter of two is the larger: :data:`MISS`, :data:`OPEN`, :data:`HIT`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.catalog import LayerCatalog
from geo.doubt import SURVEY_GRADE_M, WIDEST_HALF_M, quantile
from geo.findings import selections
from geo.layer import Layer
from geo.measures import MEASURES
from geo.rasters.alike import Asked
from geo.rasters.shapes import CellShapes
from geo.rule import Reference, Rule
from geo.rulebook import RuleBook
from geo.terms import Effect, Measure, PlanStatus
from geo.zones import Reading, features_of, lost_to, readings_of

States = npt.NDArray[np.uint8]
MISS, OPEN, HIT = np.uint8(0), np.uint8(1), np.uint8(2)


@dataclass(frozen=True)
class Seen:
    """A rule in each kind of cells: ``real`` without demonstration data, ``as_if`` were these real."""

    real: States
    as_if: States


@dataclass(frozen=True)
class _Group:
    """Features of a reading alike in doubt and half width."""

    shapes: CellShapes
    doubt: str
    nearer_m: float


@dataclass
class RuleCells:
    """What rules say of kinds of cells (:mod:`geo.rasters.alike`) of one area; features and masks of them are shared by rules.

    ``narrow_m``: a cell from corner to corner.
    """

    rulebook: RuleBook
    catalog: LayerCatalog
    on: date
    area: shapely.Geometry
    narrow_m: float
    confidence: float
    _groups: dict[Any, list[_Group]] = field(default_factory=dict)
    _shapes: dict[Any, CellShapes] = field(default_factory=dict)
    _readings: dict[Any, list[Reading]] = field(default_factory=dict)

    @property
    def painting_work(self) -> int:
        """What painting has taken so far for all rules."""
        distinct = {id(shapes): shapes for shapes in self._shapes.values()}
        return sum(shapes.painting_work for shapes in distinct.values())

    def place(self, rule: Rule) -> CellShapes | None:
        """The jurisdiction of a rule; None where no layer holds it."""
        place = self.catalog.area_of(rule.jurisdiction.adcode)
        return None if place is None else self._area_shapes(place)

    def see(self, rule: Rule, kinds: Asked) -> Seen:
        """The states of a rule in kinds of cells, as if all that is built there fell under it.

        Asks for the same masks whatever they answer.
        """
        place = self.place(rule)
        if place is None:
            return Seen(_all(kinds, MISS), _all(kinds, MISS))
        there = kinds.ask(place.mask("inside"))
        seen = self._on_the_ground(rule, kinds)
        if self.rulebook.plan_of(rule).status is PlanStatus.DRAFT and rule.effect is not Effect.INFORM:
            seen = Seen(np.minimum(seen.real, OPEN), np.minimum(seen.as_if, OPEN))
        return Seen(np.where(there, seen.real, MISS), np.where(there, seen.as_if, MISS))

    def reference_shapes(self, rule: Rule) -> list[tuple[Layer, CellShapes]]:
        """What a rule surely measures from, reading by reading."""
        return [
            (reading.layer, group.shapes)
            for number, reference in enumerate(rule.measured_from)
            for reading in self._readings_of(rule, number, reference)
            for group in self._groups_of(rule, number, reference, reading)
            if not group.doubt
        ]

    def _on_the_ground(self, rule: Rule, kinds: Asked) -> Seen:
        if rule.measure is Measure.IN_JURISDICTION:
            return Seen(_all(kinds, HIT), _all(kinds, HIT))
        limit = rule.limit_on(self.on)
        if limit is None:
            return Seen(_all(kinds, OPEN), _all(kinds, OPEN))
        real, as_if = _all(kinds, MISS), _all(kinds, MISS)
        for number, reference in enumerate(rule.measured_from):
            readings = self._readings_of(rule, number, reference)
            states = [(r, self._state(rule, number, reference, r, limit, kinds)) for r in readings]
            own = _first([s for s in states if not s[0].layer.demo], rule, kinds)
            demo = _first([s for s in states if s[0].layer.demo], rule, kinds)
            if lost_to(reference, self.catalog):  # a layer that could not be read may undo all but this
                stands = MISS if MEASURES[rule.measure].silence_hits else HIT
                own, demo = (np.where(found == stands, found, OPEN) for found in (own, demo))
            real = np.maximum(real, own)
            as_if = np.maximum(as_if, np.where(own == OPEN, demo, own))
        return Seen(real, as_if)

    def _state(
        self, rule: Rule, number: int, reference: Reference, reading: Reading, limit: float, kinds: Asked
    ) -> States:
        silence = HIT if MEASURES[rule.measure].silence_hits else MISS
        state = _all(kinds, silence)
        spread = quantile(self.confidence) * reading.layer.accuracy_m
        spread = 0.0 if spread <= SURVEY_GRADE_M else spread
        groups = self._groups_of(rule, number, reference, reading)
        sure = [group for group in groups if not group.doubt]
        if sure:
            state = np.maximum.reduce([_bites(rule, group, limit, spread, kinds) for group in sure])
            if rule.measure is Measure.OUTSIDE:  # one that holds the cell is enough
                state = np.minimum.reduce([_bites(rule, group, limit, spread, kinds) for group in sure])
        for group in groups:
            if group.doubt:
                near = _bites(rule, group, limit, spread, kinds) != MISS
                state = np.where(near & (state != HIT), OPEN, state)
        return self._mind_coverage(reference, reading, limit, silence, state, kinds)

    def _mind_coverage(
        self,
        reference: Reference,
        reading: Reading,
        limit: float,
        silence: np.uint8,
        state: States,
        kinds: Asked,
    ) -> States:
        """Silence says something only where the layers are complete all the way to the limit."""
        for where in selections(reference):
            alike = [
                layer
                for layer in self.catalog.of_theme(reading.layer.theme)
                if layer.line == reading.layer.line
                and layer.demo == reading.layer.demo
                and layer.knows_all(where)
            ]
            held = [part for layer in alike if (part := self.catalog.coverage(layer)) is not None]
            known = np.zeros(kinds.count, dtype=bool)
            if held:
                shapes = self._covered(held)
                known = kinds.ask(shapes.mask("inside"))
                if limit > 0:
                    known = known & ~kinds.ask(shapes.mask("within", limit))
            state = np.where((state == silence) & ~known, OPEN, state)
        return state

    def _readings_of(self, rule: Rule, number: int, reference: Reference) -> list[Reading]:
        """The readings that hold a feature or whose silence means something; if none does, the first."""
        key = (rule.id, number)
        if key not in self._readings:
            held = readings_of(reference, self.catalog, rule.measure)
            speaking = [
                reading
                for reading in held
                if self._groups_of(rule, number, reference, reading)
                or any(reading.layer.knows_all(where) for where in selections(reference))
            ]
            self._readings[key] = speaking or held[:1]
        return self._readings[key]

    def _groups_of(self, rule: Rule, number: int, reference: Reference, reading: Reading) -> list[_Group]:
        """The features of a reading that can matter to the area, by doubt and half width."""
        asked = reading
        if np.isnan(reading.half_width_m):
            asked = replace(reading, half_width_m=WIDEST_HALF_M)
        limit = rule.limit_on(self.on)
        what = reference.model_dump_json(include={"theme", "where", "maybe", "reach"})
        key = (reading.layer.key, what, rule.measure, limit, asked.half_width_m)
        if key not in self._groups:
            about, room = np.array([self.area], dtype=object), 1_000.0 + 3 * reading.layer.accuracy_m
            found: dict[tuple[str, float], list[Any]] = {}
            for part in features_of(reference, asked, self.catalog, rule.measure, about, limit, room):
                nearer = part.half_width_m if reading.is_proxy else 0.0
                nearer = WIDEST_HALF_M if np.isnan(nearer) else float(nearer)
                found.setdefault((part.doubt, nearer), []).append(part)
            cut = tuple(reference.reach or ())  # features cut at a reach are others
            self._groups[key] = [
                _Group(self._features((reading.layer.key, cut, doubt), parts), doubt, nearer)
                for (doubt, nearer), parts in sorted(found.items())
            ]
        return self._groups[key]

    def _features(self, key: Any, parts: Sequence[Any]) -> CellShapes:
        """The same features are painted once for all rules that measure from them."""
        whole = (*key, tuple(part.row for part in parts))
        if whole not in self._shapes:
            shapes = np.array([part.geometry for part in parts], dtype=object)
            self._shapes[whole] = CellShapes(shapes, self.narrow_m)
        return self._shapes[whole]

    def _covered(self, held: Sequence[shapely.Geometry]) -> CellShapes:
        """Where layers are complete together; most say the same shape."""
        distinct = {id(area): area for area in held}
        if len(distinct) == 1:
            return self._area_shapes(held[0])
        key = tuple(sorted(distinct))
        if key not in self._shapes:
            self._shapes[key] = self._area_shapes(shapely.union_all(list(distinct.values())))
        return self._shapes[key]

    def _area_shapes(self, area: shapely.Geometry) -> CellShapes:
        """An area as a rule's place or a layer's cover: the catalogue has one shape for all who say the same."""
        if id(area) not in self._shapes:
            self._shapes[id(area)] = CellShapes(np.array([area], dtype=object), 0.0)
        return self._shapes[id(area)]


def _bites(rule: Rule, group: _Group, limit: float, spread: float, kinds: Asked) -> States:
    """The state of a measure about one group of features, its doubt counted."""
    shapes, wide = group.shapes, spread + group.nearer_m

    def within(metres: float) -> npt.NDArray[np.bool_]:
        return kinds.ask(shapes.mask("within", metres))

    if rule.measure is Measure.WITHIN_DISTANCE:
        inside = kinds.ask(shapes.mask("inside"))
        hit = within(limit - spread) | (inside if spread <= limit else False)
        if 2 * limit < shapes.narrow_m and spread <= limit:
            hit = hit | kinds.ask(shapes.mask("touched"))  # a strip between two middles
        maybe = hit | inside | within(limit + wide)
    elif rule.measure is Measure.INSIDE:
        inside = kinds.ask(shapes.mask("inside" if shapes.is_area else "touched"))
        hit = inside if spread == 0 else inside & ~within(spread) & shapes.is_area
        maybe = inside if wide == 0 else inside | within(wide)
    else:
        inside = kinds.ask(shapes.mask("inside"))
        hit = ~inside if spread == 0 else ~inside & ~within(spread)
        maybe = hit if wide == 0 else ~inside | within(wide)
    return np.where(hit, HIT, np.where(maybe, OPEN, MISS))


def _first(states: list[tuple[Reading, States]], rule: Rule, kinds: Asked) -> States:
    """Of several readings the one that goes first in each cell, as :func:`geo.findings.measure_sites` ranks them."""
    if not states:
        return _all(kinds, OPEN)
    if len(states) == 1:
        return states[0][1]
    better = MISS if MEASURES[rule.measure].silence_hits else HIT
    best = np.full(kinds.count, np.inf)
    chosen, line, proxy = _all(kinds, OPEN), np.full(kinds.count, -1), np.zeros(kinds.count, dtype=bool)
    lines = sorted({reading.layer.line or "" for reading, _ in states})
    by_accuracy = sorted({reading.layer.accuracy_m for reading, _ in states})
    for reading, state in sorted(states, key=lambda item: item[0].layer.key):
        rank = reading.order * 100 + by_accuracy.index(reading.layer.accuracy_m) / 100
        own = rank + np.where(state == OPEN, 1e5, 0) + np.where(state == better, 0, 10)
        wins = own < best
        best = np.where(wins, own, best)
        chosen = np.where(wins, state, chosen)
        line = np.where(wins, lines.index(reading.layer.line or ""), line)
        proxy = np.where(wins, reading.is_proxy, proxy)
    for reading, state in states:  # two lines, neither a stand-in, that decide differently
        if not reading.is_proxy and len(lines) > 1:
            other = (state != OPEN) & (state != chosen) & (line != lines.index(reading.layer.line or ""))
            chosen = np.where(other & ~proxy, OPEN, chosen)
    return chosen


def _all(kinds: Asked, state: np.uint8) -> States:
    return np.full(kinds.count, state, dtype=np.uint8)
