"""Doubt: how far a measured margin may be off, and what that leaves certain.

The position errors of site and layer combine as independent normal errors; an undeclared datum and a
line that stands in for another widen the interval by a bound. A margin is the room left before a
rule bites: negative or zero = it bites.

>>> interval = Interval.of(margin_m=np.array([-412.0, -18.0]), accuracy_m=np.array([30.0, 30.0]))
>>> interval.state(inclusive=True).tolist()
['hit', 'undetermined']
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from geo.space import Floats
from geo.terms import Cause, State

CONFIDENCE = 0.95
#: Survey grade: where the doubt is no larger, the surveyed figure decides, and is called fragile
#: when it lies within its doubt of the limit.
SURVEY_GRADE_M = 0.5
#: Upper bound of half a river's width where nobody states one: no reach in Shanxi is wider than 15 km.
WIDEST_HALF_M = 8000.0

Words = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Interval:
    """A margin with its doubt, per site, in metres.

    ``spread_m`` is the normal doubt at the confidence asked for, ``shift_m`` the bound for an undeclared
    datum, ``nearer_m`` the bound by which the true line may be nearer than the one measured.
    """

    margin_m: Floats
    spread_m: Floats
    shift_m: Floats
    nearer_m: Floats

    @classmethod
    def of(
        cls,
        margin_m: Floats,
        accuracy_m: Floats,
        shift_m: Floats | float = 0.0,
        nearer_m: Floats | float = 0.0,
        confidence: float = CONFIDENCE,
    ) -> Interval:
        """An interval from standard errors, at a one-sided confidence."""
        spread = NormalDist().inv_cdf(confidence) * np.asarray(accuracy_m, dtype=float)
        like = np.asarray(margin_m, dtype=float)
        return cls(
            np.round(like, 2),  # compared to the centimetre: on the limit is on the limit
            np.broadcast_to(spread, like.shape),
            np.broadcast_to(np.asarray(shift_m, dtype=float), like.shape),
            np.broadcast_to(np.asarray(nearer_m, dtype=float), like.shape),
        )

    @property
    def low_m(self) -> Floats:
        """The smallest margin that is possible."""
        return self.margin_m - self.spread_m - self.shift_m - self.nearer_m

    @property
    def high_m(self) -> Floats:
        """The largest margin that is possible."""
        return self.margin_m + self.spread_m + self.shift_m

    def state(self, inclusive: bool) -> Words:
        """Hit or miss where the whole interval agrees, else undetermined."""
        return self._state(self._deciding_spread(), self.shift_m, self.nearer_m, inclusive)

    def cause(self, inclusive: bool) -> Words:
        """The first doubt that makes the state undetermined; empty where it is not."""
        zero = np.zeros_like(self.margin_m)
        spread = self._deciding_spread()
        causes = np.full(len(self.margin_m), "", dtype=object)
        steps = [
            (Cause.ACCURACY, self._state(spread, zero, zero, inclusive)),
            (Cause.BASE_LINE, self._state(spread, zero, self.nearer_m, inclusive)),
            (Cause.DATUM, self.state(inclusive)),
        ]
        for cause, state in steps:
            causes[(causes == "") & (state == State.UNDETERMINED)] = cause
        return causes

    def robust(self, inclusive: bool) -> npt.NDArray[np.bool_]:
        """Whether the state holds even with survey-grade doubt counted."""
        full = self._state(self.spread_m, self.shift_m, self.nearer_m, inclusive)
        return np.asarray(full != State.UNDETERMINED)

    def _deciding_spread(self) -> Floats:
        return np.where(self.spread_m <= SURVEY_GRADE_M, 0.0, self.spread_m)

    def _state(self, spread: Floats, shift: Floats, nearer: Floats, inclusive: bool) -> Words:
        low = self.margin_m - spread - shift - nearer
        high = self.margin_m + spread + shift
        hit = high <= 0 if inclusive else high < 0
        miss = low > 0 if inclusive else low >= 0
        return np.where(hit, State.HIT, np.where(miss, State.MISS, State.UNDETERMINED)).astype(object)
