"""Doubt: what a margin with its errors leaves certain, and that doubt never decides anything."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.doubt import SURVEY_GRADE_M, Interval
from geo.terms import Cause, State

HIT, MISS, OPEN = State.HIT, State.MISS, State.UNDETERMINED
PROPERTY = settings(deadline=None, max_examples=300, derandomize=True, database=None)

#: One-sided 95 % of a normal error: 1.645 standard errors.
Z95 = 1.6448536269514722

MARGINS = st.floats(-5000.0, 5000.0)
DOUBTS = st.floats(0.0, 3000.0)


def interval(
    margin_m: float, accuracy_m: float = 0.0, shift_m: float = 0.0, nearer_m: float = 0.0
) -> Interval:
    return Interval.of(np.array([margin_m]), np.array([accuracy_m]), shift_m, nearer_m)


def state(*args: float, inclusive: bool = True) -> str:
    return str(interval(*args).state(inclusive)[0])


def cause(*args: float, inclusive: bool = True) -> str:
    return str(interval(*args).cause(inclusive)[0])


def robust(*args: float, inclusive: bool = True) -> bool:
    return bool(interval(*args).robust(inclusive)[0])


def test_the_spread_is_the_one_sided_quantile() -> None:
    one = interval(100.0, 30.0, 5.0, 7.0)
    assert one.spread_m[0] == pytest.approx(30 * Z95)
    assert one.low_m[0] == pytest.approx(100 - 30 * Z95 - 5 - 7)
    assert one.high_m[0] == pytest.approx(100 + 30 * Z95 + 5)  # the true line is only ever nearer
    surer = Interval.of(np.array([100.0]), np.array([30.0]), confidence=0.99)
    assert surer.spread_m[0] == pytest.approx(30 * 2.3263478740408408)


@pytest.mark.parametrize(
    ("margin_m", "accuracy_m", "expected"),
    [
        (-412.0, 30.0, HIT),  # inside by 412 m: 49 m of doubt do not reach
        (-18.0, 30.0, OPEN),
        (18.0, 30.0, OPEN),
        (412.0, 30.0, MISS),
        (-49.35, 30.0, HIT),  # 30 m x 1.645 = 49.35 m, compared to the centimetre
        (-49.33, 30.0, OPEN),
        (49.34, 30.0, OPEN),
        (49.36, 30.0, MISS),
    ],
)
def test_inside_outside_and_in_between(margin_m: float, accuracy_m: float, expected: State) -> None:
    assert state(margin_m, accuracy_m) == expected


def test_on_the_limit_inclusive_rules_bite_and_others_do_not() -> None:
    assert state(0.0) == HIT
    assert state(0.0, inclusive=False) == MISS
    # 0.004 m is on the limit: margins are compared to the centimetre
    assert state(0.004) == state(-0.004) == HIT
    assert state(0.004, inclusive=False) == state(-0.004, inclusive=False) == MISS
    assert state(0.01) == MISS
    assert state(-0.01, inclusive=False) == HIT


def test_survey_grade_decides_and_is_called_fragile() -> None:
    # 0.1 m x 1.645 = 0.16 m: the surveyed figure decides at 0.05 m from the limit, though it is fragile
    assert (state(-0.05, 0.1), robust(-0.05, 0.1)) == (HIT, False)
    assert (state(0.05, 0.1), robust(0.05, 0.1)) == (MISS, False)
    assert (state(-1.0, 0.1), robust(-1.0, 0.1)) == (HIT, True)
    assert (state(1.0, 0.1), robust(1.0, 0.1)) == (MISS, True)


def test_just_beyond_survey_grade_doubt_counts() -> None:
    grade = SURVEY_GRADE_M / Z95
    assert state(-0.1, grade * 0.999) == HIT
    assert state(-0.1, grade * 1.01) == OPEN


def test_survey_grade_does_not_hide_other_doubts() -> None:
    assert state(-0.05, 0.1, 600.0) == OPEN
    assert state(100.0, 0.1, 0.0, 300.0) == OPEN


def test_an_undeclared_datum_opens_600_metres_to_either_side() -> None:
    assert state(-601.0, 0.0, 600.0) == HIT
    assert state(-599.0, 0.0, 600.0) == OPEN
    assert state(599.0, 0.0, 600.0) == OPEN
    assert state(601.0, 0.0, 600.0) == MISS


def test_a_stand_in_line_only_ever_brings_the_true_one_nearer() -> None:
    # 300 m of river on this side of the centreline: the bank is that much nearer, never farther
    assert state(-1.0, 0.0, 0.0, 300.0) == HIT
    assert state(299.0, 0.0, 0.0, 300.0) == OPEN
    assert state(301.0, 0.0, 0.0, 300.0) == MISS


@pytest.mark.parametrize(
    ("doubts", "expected"),
    [
        ((100.0, 30.0, 0.0, 0.0), ""),  # nothing is open
        ((20.0, 30.0, 0.0, 0.0), Cause.ACCURACY),
        ((20.0, 0.0, 0.0, 300.0), Cause.BASE_LINE),
        ((20.0, 0.0, 600.0, 0.0), Cause.DATUM),
        ((20.0, 30.0, 600.0, 300.0), Cause.ACCURACY),  # accuracy alone would leave it open
        ((200.0, 30.0, 600.0, 300.0), Cause.BASE_LINE),  # accuracy would not, the base line does
        ((400.0, 30.0, 600.0, 300.0), Cause.DATUM),  # neither would, the datum does
        ((330.0, 30.0, 0.0, 300.0), Cause.BASE_LINE),  # both together reach: 49 + 300 m
        ((-20.0, 30.0, 0.0, 300.0), Cause.ACCURACY),
        ((-200.0, 30.0, 600.0, 300.0), Cause.DATUM),  # inside, the base line cannot open it
        ((-0.05, 0.1, 600.0, 0.0), Cause.DATUM),  # survey grade is no doubt
        ((-0.05, 0.1, 0.0, 0.0), ""),
    ],
)
def test_the_first_cause_that_opens_it_is_named(doubts: tuple[float, ...], expected: str) -> None:
    assert cause(*doubts) == expected


def test_no_reference_at_all_is_a_miss_not_a_guess() -> None:
    assert state(math.inf, 30.0, 600.0, 8000.0) == MISS


def test_a_margin_that_is_not_known_decides_nothing() -> None:
    assert state(math.nan, 0.0) == OPEN
    assert not robust(math.nan, 0.0)


def test_many_sites_at_once_are_judged_as_each_alone() -> None:
    margins = np.array([-412.0, -18.0, 18.0, 412.0, 0.0])
    accuracy = np.array([30.0, 30.0, 30.0, 30.0, 0.0])
    together = Interval.of(margins, accuracy)
    assert together.state(True).tolist() == [HIT, OPEN, OPEN, MISS, HIT]
    assert together.cause(True).tolist() == ["", Cause.ACCURACY, Cause.ACCURACY, "", ""]
    assert together.robust(True).tolist() == [True, False, False, True, True]
    assert Interval.of(np.array([]), np.array([])).state(True).tolist() == []


# --- what must hold for any numbers ----------------------------------------------------------------


@PROPERTY
@given(MARGINS, st.tuples(DOUBTS, DOUBTS, DOUBTS), st.tuples(DOUBTS, DOUBTS, DOUBTS), st.booleans())
def test_more_doubt_only_moves_towards_undetermined(
    margin_m: float, doubts: tuple[float, ...], more: tuple[float, ...], inclusive: bool
) -> None:
    first = state(margin_m, *doubts, inclusive=inclusive)
    second = state(margin_m, *[a + b for a, b in zip(doubts, more, strict=True)], inclusive=inclusive)
    assert second in (first, OPEN)


@PROPERTY
@given(MARGINS, st.floats(0.0, 5000.0), st.tuples(DOUBTS, DOUBTS, DOUBTS), st.booleans())
def test_farther_never_turns_a_miss_into_a_hit(
    margin_m: float, farther_m: float, doubts: tuple[float, ...], inclusive: bool
) -> None:
    order = [HIT, OPEN, MISS]
    near = state(margin_m, *doubts, inclusive=inclusive)
    far = state(margin_m + farther_m, *doubts, inclusive=inclusive)
    assert order.index(far) >= order.index(near)


@PROPERTY
@given(MARGINS, DOUBTS, DOUBTS, DOUBTS, st.booleans())
def test_a_cause_is_given_exactly_where_it_is_open(
    margin_m: float, accuracy_m: float, shift_m: float, nearer_m: float, inclusive: bool
) -> None:
    doubts = (margin_m, accuracy_m, shift_m, nearer_m)
    assert (cause(*doubts, inclusive=inclusive) != "") == (state(*doubts, inclusive=inclusive) == OPEN)


@PROPERTY
@given(MARGINS, DOUBTS, DOUBTS, DOUBTS, st.booleans())
def test_robust_is_never_said_of_what_is_open(
    margin_m: float, accuracy_m: float, shift_m: float, nearer_m: float, inclusive: bool
) -> None:
    doubts = (margin_m, accuracy_m, shift_m, nearer_m)
    if robust(*doubts, inclusive=inclusive):
        assert state(*doubts, inclusive=inclusive) != OPEN


@PROPERTY
@given(MARGINS, DOUBTS, DOUBTS, DOUBTS, st.floats(-1.0, 1.0), st.booleans())
def test_what_is_decided_holds_for_every_margin_in_the_interval(
    margin_m: float, accuracy_m: float, shift_m: float, nearer_m: float, place: float, inclusive: bool
) -> None:
    one = interval(margin_m, accuracy_m, shift_m, nearer_m)
    if not one.robust(inclusive)[0]:
        return
    # a margin somewhere in the interval, taken as exact, is decided the same
    low, high = float(one.low_m[0]), float(one.high_m[0])
    exact = low + (high - low) * (place + 1) / 2
    bites = exact <= 0 if inclusive else exact < 0
    assert one.state(inclusive)[0] == (HIT if bites else MISS)


@PROPERTY
@given(MARGINS, DOUBTS, DOUBTS, DOUBTS)
def test_an_inclusive_rule_never_spares_what_an_exclusive_one_bites(
    margin_m: float, accuracy_m: float, shift_m: float, nearer_m: float
) -> None:
    doubts = (margin_m, accuracy_m, shift_m, nearer_m)
    if state(*doubts, inclusive=False) == HIT:
        assert state(*doubts, inclusive=True) == HIT
    if state(*doubts, inclusive=True) == MISS:
        assert state(*doubts, inclusive=False) == MISS


# --- the probability that a rule bites --------------------------------------------------------------


def chance(*args: float, inclusive: bool = True) -> float:
    return float(interval(*args).probability(inclusive)[0])


def test_probabilities_that_a_reader_can_check() -> None:
    assert chance(0.0, 30.0) == pytest.approx(0.5)
    assert chance(-30.0, 30.0) == pytest.approx(0.8413, abs=1e-4)  # one standard error inside
    assert chance(30.0 * Z95, 30.0) == pytest.approx(0.05, abs=1e-4)  # where 95 % stops being sure
    assert chance(320.0, 0.0, 640.0) == pytest.approx(0.25)  # -640 … +640 m, at or below -320
    assert chance(75.0, 0.0, 0.0, 300.0) == pytest.approx(0.75)  # the bank is nearer by 75 m or more
    assert chance(-1.0, 0.0, 0.0, 300.0) == 1.0  # a stand-in is never farther
    assert (chance(0.0), chance(0.0, inclusive=False)) == (1.0, 0.0)
    assert math.isnan(chance(math.nan, 30.0))
    assert chance(math.inf, 30.0, 640.0, 8000.0) == 0.0


SIMULATED = 200_000


@settings(deadline=None, max_examples=60, derandomize=True, database=None)
@given(
    st.floats(-2000.0, 2000.0),
    st.sampled_from([0.0, 0.1, 5.0, 30.0, 800.0]),
    st.sampled_from([0.0, 640.0]),
    st.sampled_from([0.0, 60.0, 300.0, 8000.0]),
)
def test_the_probability_agrees_with_simulation_within_1_percent(
    margin_m: float, accuracy_m: float, shift_m: float, nearer_m: float
) -> None:
    random = np.random.default_rng(20260101)
    true = (
        round(margin_m, 2)
        + random.normal(0.0, 1.0, SIMULATED) * accuracy_m
        + random.uniform(-1.0, 1.0, SIMULATED) * shift_m
        - random.uniform(0.0, 1.0, SIMULATED) * nearer_m
    )
    assert chance(margin_m, accuracy_m, shift_m, nearer_m) == pytest.approx((true <= 0).mean(), abs=0.01)


@PROPERTY
@given(MARGINS, st.floats(0.0, 500.0), DOUBTS, DOUBTS, DOUBTS)
def test_farther_is_never_likelier_and_what_is_robust_is_likely_or_not(
    margin_m: float, farther_m: float, accuracy_m: float, shift_m: float, nearer_m: float
) -> None:
    doubts = (accuracy_m, shift_m, nearer_m)
    near = chance(margin_m, *doubts)
    assert 0.0 <= near <= 1.0
    assert chance(margin_m + farther_m, *doubts) <= near + 1e-6
    if robust(margin_m, *doubts):
        assert near >= 0.95 - 1e-6 if state(margin_m, *doubts) == HIT else near <= 0.05 + 1e-6
