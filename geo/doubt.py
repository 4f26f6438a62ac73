"""Doubt: how far a measured margin may be off, and what that leaves certain.

The position errors of site and layer combine as independent normal errors; an undeclared datum and a
line that stands in for another widen the interval by a bound. A margin is the room left before a
rule bites: negative or zero = it bites.

The probability that a rule bites is that of a margin ``m + N + U − V`` at or below zero, its parts independent:
``N`` normal with the combined standard error, ``U`` uniform within ± the bound of an undeclared datum (no direction
goes before another), ``V`` uniform from 0 to the bound by which a true line may be nearer. It is the
chance of one edge: corners, several rivers and errors that several corners share are not in it. It
tells how open a check is; it never decides one.

>>> interval = Interval.of(margin_m=np.array([-412.0, -18.0]), accuracy_m=np.array([30.0, 30.0]))
>>> interval.state(inclusive=True).tolist()
['hit', 'undetermined']
>>> interval.probability(inclusive=True).round(3).tolist()  # 412 m inside: surely; 18 m inside of ±30 m: 0.6 σ
[1.0, 0.726]
"""

from __future__ import annotations

import math
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

#: Confidences that can be asked for: 0.5 counts no normal doubt at all.
CONFIDENCES = (0.5, 0.9999)

Words = npt.NDArray[np.object_]


#: What a state may be, as plain texts.
_STATES = np.array([str(State.HIT), str(State.MISS), str(State.UNDETERMINED)], dtype=object)


def quantile(confidence: float) -> float:
    """Standard errors within a one-sided confidence.

    >>> round(quantile(0.95), 3)
    1.645
    """
    return NormalDist().inv_cdf(confidence)


def accuracy_that_settles(margin_m: float, confidence: float = CONFIDENCE) -> float:
    """The combined standard error (m) at which a margin, were it to stay as measured, would decide.

    Never finer than survey grade, at which the surveyed figure decides whatever it is.

    >>> round(accuracy_that_settles(-18.0), 2), round(accuracy_that_settles(0.0), 2)
    (10.94, 0.3)
    """
    z = quantile(confidence)
    return max(abs(margin_m), SURVEY_GRADE_M) / z if z > 0 else float("inf")


@dataclass(frozen=True)
class Interval:
    """A margin with its doubt, per site, in metres.

    ``accuracy_m`` is the standard error, ``spread_m`` the normal doubt at the confidence asked for, ``shift_m`` the bound for an undeclared
    datum, ``nearer_m`` the bound by which the true line may be nearer than the one measured.
    """

    margin_m: Floats
    accuracy_m: Floats
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
        accuracy = np.asarray(accuracy_m, dtype=float)
        like = np.asarray(margin_m, dtype=float)
        return cls(
            np.round(like, 2),  # compared to the centimetre: on the limit is on the limit
            np.broadcast_to(accuracy, like.shape),
            np.broadcast_to(quantile(confidence) * accuracy, like.shape),
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
            causes[(causes == "") & (state == State.UNDETERMINED)] = str(cause)
        return causes

    def robust(self, inclusive: bool) -> npt.NDArray[np.bool_]:
        """Whether the state holds even with survey-grade doubt counted."""
        full = self._state(self.spread_m, self.shift_m, self.nearer_m, inclusive)
        return np.asarray(full != State.UNDETERMINED)

    def probability(self, inclusive: bool) -> Floats:
        """The probability that the rule bites, under the model that the module states; NaN where the margin is.

        Closed form: the normal distribution function, integrated once for each uniform part.
        """
        margin, sigma = self.margin_m, self.accuracy_m
        certain = (margin <= 0) if inclusive else (margin < 0)
        result = np.where(np.isnan(margin), np.nan, certain.astype(float))
        reach = 9.0 * sigma + self.shift_m + self.nearer_m  # beyond 9 standard errors nothing is open
        rows = np.flatnonzero((reach > 0) & (np.abs(margin) <= reach))
        if len(rows):
            result[rows] = _chance(margin[rows], sigma[rows], self.shift_m[rows], self.nearer_m[rows])
        return result

    def _deciding_spread(self) -> Floats:
        return np.where(self.spread_m <= SURVEY_GRADE_M, 0.0, self.spread_m)

    def _state(self, spread: Floats, shift: Floats, nearer: Floats, inclusive: bool) -> Words:
        low = self.margin_m - spread - shift - nearer
        high = self.margin_m + spread + shift
        hit = high <= 0 if inclusive else high < 0
        miss = low > 0 if inclusive else low >= 0
        return _STATES[np.where(hit, 0, np.where(miss, 1, 2))]


def _chance(margin: Floats, sigma: Floats, shift: Floats, nearer: Floats) -> Floats:
    """P(margin + N + U − V <= 0) of each margin; at least one of its doubts is more than zero."""
    # a doubt far below another changes nothing, but would cost all digits of the difference below
    largest = np.maximum(np.maximum(sigma, shift), nearer)
    shift, nearer = (np.where(doubt > 1e-4 * largest, doubt, 0.0) for doubt in (shift, nearer))
    sigma = np.maximum(sigma, 1e-6 * largest)
    centre = -(margin - nearer / 2) / sigma
    a, b = shift / sigma, nearer / 2 / sigma
    result = np.empty(len(margin))
    plain, both = (a == 0) & (b == 0), (a > 0) & (b > 0)
    one = ~plain & ~both
    result[plain] = _cdf(centre[plain])
    c, wide = centre[one], np.where(a > 0, a, b)[one]
    result[one] = (_integral(c + wide) - _integral(c - wide)) / (2 * wide)
    c, a, b = centre[both], a[both], b[both]
    corners = _twice(c + a + b) - _twice(c + a - b) - _twice(c - a + b) + _twice(c - a - b)
    result[both] = corners / (4 * a * b)
    return np.clip(result, 0.0, 1.0)


# of the standard library, so that every system gives the same digits
_erf, _exp = np.frompyfunc(math.erf, 1, 1), np.frompyfunc(math.exp, 1, 1)


def _cdf(x: Floats) -> Floats:
    """The normal distribution function."""
    return np.asarray(0.5 * (1.0 + np.asarray(_erf(x / math.sqrt(2.0)), dtype=float)))


def _pdf(x: Floats) -> Floats:
    """The normal density."""
    return np.asarray(_exp(x * x / -2.0), dtype=float) / math.sqrt(math.tau)


def _integral(x: Floats) -> Floats:
    """The integral of the normal distribution function up to x."""
    return x * _cdf(x) + _pdf(x)


def _twice(x: Floats) -> Floats:
    """The integral of that integral."""
    return ((x * x + 1) * _cdf(x) + x * _pdf(x)) / 2
