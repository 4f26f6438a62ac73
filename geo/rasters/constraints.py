"""The strictest outcome per cell: what a project would get that all the rules at hand are about, and by which rule.

Codes are the strictness of outcomes (:func:`geo.terms.strictness`): 7 prohibited … 5 undetermined … 1 no rule touched, 0 no plan;
:data:`NOTHING` outside the area. Demonstration data decide nothing: where they alone say so, a cell is undetermined, told apart as
:data:`DEMO` plus the code were they real.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt
import shapely

from geo.catalog import LayerCatalog
from geo.doubt import CONFIDENCE
from geo.rasters.alike import Kinds, masks_of
from geo.rasters.grid import Grid, Tile
from geo.rasters.shapes import CellShapes, Mask
from geo.rasters.states import HIT, OPEN, RuleCells
from geo.rule import Rule
from geo.rulebook import RuleBook
from geo.terms import Effect, Measure, Outcome, strictness
from geo.verdicts import outcome_of

#: Outside the area asked for.
NOTHING = 255
#: Added to a code that only demonstration data give.
DEMO = 10
_CLEAR, _OPEN, _ADVISED = (
    strictness(outcome) for outcome in (Outcome.CLEAR, Outcome.UNDETERMINED, Outcome.ADVISED)
)


@dataclass(frozen=True)
class ConstraintCells:
    """A tile: ``outcome`` what would be said there, ``known`` the strictest that surely bites, ``rule`` the number (1 …) of the
    rule that decides ``outcome`` in :attr:`Constraints.rules`, 0 = none."""

    outcome: npt.NDArray[np.uint8]
    known: npt.NDArray[np.uint8]
    rule: npt.NDArray[np.uint16]


class Constraints:
    """Rules against cells. ``rules`` are those that tell places apart, the strictest first."""

    def __init__(
        self,
        rules: Iterable[Rule],
        rulebook: RuleBook,
        catalog: LayerCatalog,
        on: date,
        area: shapely.Geometry,
        grid: Grid,
        confidence: float = CONFIDENCE,
    ) -> None:
        listed = sorted(rules, key=lambda rule: (-strictness(outcome_of(rule)), rule.id))
        self.rules = [rule for rule in listed if tells_places_apart(rule)]
        #: Rules that hold alike over whole cities: they are of every project and are left to its verdict.
        self.left_out = [rule for rule in listed if not tells_places_apart(rule)]
        self.cells = RuleCells(rulebook, catalog, on, area, grid.diagonal_m, confidence)
        self._area = CellShapes(np.array([area], dtype=object), 0.0).mask("inside")
        held = [catalog.area_of([plan.adcode]) for plan in rulebook.plans.values()]
        planned = [part for part in held if part is not None and shapely.intersects(part, area)]
        self._planned = CellShapes(np.array(planned, dtype=object), 0.0).mask("inside")

    @cached_property
    def _masks(self) -> list[tuple[Mask | None, list[Mask]]]:
        """Of every rule where it holds, and the masks that its states hang on."""
        places = [self.cells.place(rule) for rule in self.rules]
        return [
            (None if place is None else place.mask("inside"), masks_of(partial(self.cells.see, rule)))
            for rule, place in zip(self.rules, places, strict=True)
        ]

    def paint(self, tile: Tile) -> ConstraintCells:
        """The cells of a tile."""
        told, labels = self.tell(kinds := self.kinds(tile)), kinds.labels
        return ConstraintCells(told.outcome[labels], told.known[labels], told.rule[labels])

    def kinds(self, tile: Tile) -> Kinds:
        """The kinds of cells of a tile, told apart by all that rules which hold there hang on."""
        kinds = Kinds(tile, [self._area, self._planned])
        if kinds.ask(self._area).any():
            kinds.add(place for place, _ in self._masks if place is not None)
            held = [m for place, masks in self._masks if place and kinds.ask(place).any() for m in masks]
            kinds.add(held)
        return kinds

    def tell(self, kinds: Kinds) -> ConstraintCells:
        """What is said of each kind of cells."""
        area, unplanned = kinds.ask(self._area), ~kinds.ask(self._planned)
        n = kinds.count
        known, worst, as_known, as_worst = (np.full(n, _CLEAR, dtype=np.uint8) for _ in range(4))
        by_known, by_worst = np.zeros(n, dtype=np.uint16), np.zeros(n, dtype=np.uint16)
        for number, (rule, (place, _)) in enumerate(zip(self.rules, self._masks, strict=True), start=1):
            if place is None or not area.any() or not kinds.ask(place).any():
                continue
            code = strictness(outcome_of(rule))
            seen = self.cells.see(rule, kinds)
            # strictest rules come first: what is set already is as strict
            hit = (seen.real == HIT) & (known == _CLEAR)
            known[hit], by_known[hit] = code, number
            # an open check that could only inform clouds nothing
            least = HIT if rule.effect is Effect.INFORM else OPEN
            may = (seen.real >= least) & (worst == _CLEAR)
            worst[may], by_worst[may] = code, number
            as_known[(seen.as_if == HIT) & (as_known == _CLEAR)] = code
            as_worst[(seen.as_if >= least) & (as_worst == _CLEAR)] = code
        outcome, pretended = _stand(known, worst), _stand(as_known, as_worst)
        decided = outcome == known
        demo = (outcome == _OPEN) & (pretended != _OPEN)
        outcome[demo] = DEMO + pretended[demo]
        for codes in (outcome, known):
            codes[unplanned] = strictness(Outcome.NOT_COVERED)
            codes[~area] = NOTHING
        rule_number = np.where(decided, by_known, by_worst)
        rule_number[~area | unplanned] = 0
        return ConstraintCells(outcome, known, rule_number)


def _stand(known: npt.NDArray[np.uint8], worst: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The outcome of what surely bites and what may, as :mod:`geo.verdicts` has it."""
    open_ = np.where(worst == _ADVISED, _ADVISED, _OPEN)
    return np.where((known > _OPEN) | (worst == known), known, open_).astype(np.uint8)


def tells_places_apart(rule: Rule) -> bool:
    """Whether a rule says different things of places in one city: not one that holds over all of it."""
    if rule.measure is not Measure.IN_JURISDICTION:
        return True
    return all(len(code) == 6 and not code.endswith("00") for code in rule.jurisdiction.adcode)
