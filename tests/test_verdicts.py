"""Verdicts: findings turned into one outcome a site, strictest first, never clear out of silence.

The site lies 500 m from a bank. A rule of 1 km from it is hit, one of 100 m is missed, and one about lakes
is undetermined, as no layer of lakes is held.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from worlds import (
    check,
    coking,
    east_of_bank,
    entry,
    fen_bank,
    from_point,
    in_memory,
    judged,
    outcomes,
    rule,
    rulebook,
    site_frame,
    square_counties,
    the_rules,
    verdict,
    yuncheng,
)

from geo import Assessment, LayerCatalog
from geo.rule import Rule
from geo.terms import Development, Effect, Outcome, Strength, strictness
from geo.verdicts import outcome_of

COUNTIES = square_counties(c140882=(110, 35, 111, 36))
COMPLETE = {"covers": {"adcode": ["1408"]}}
BANK = shapely.LineString([(110.5, 35.1), (110.5, 35.9)])
SITE = {"site_id": "A", "at": from_point(110.5, 35.5, 90.0, 500.0)}


def world(*more: Any, **river: Any) -> LayerCatalog:
    return in_memory(COUNTIES, entry("river", (BANK, {"name": "汾河"}), **{**COMPLETE, **river}), *more)


def one(rule_id: str, effect: str, state: str, strength: str = "mandatory", **changes: Any) -> Rule:
    """A rule of an effect that the site hits, misses or leaves undetermined."""
    if effect == "require":
        # a requirement bites where the site is not in a park: no park at all, all parks known
        assert state == "hit"
        changes |= {"measure": "outside", "measured_from": {"theme": "park"}}
    elif state == "undetermined":
        changes |= {"measured_from": {"theme": "lake"}}
    else:
        changes |= {"distance": {date(2021, 1, 1): "1 km" if state == "hit" else "100 m"}}
    every = {"developments": list(Development), "industries": "any"}
    return rule(rule_id, effect=effect, strength=strength, applies_to=every, **changes)


def judge(*rules: Rule, catalog: LayerCatalog | None = None, **site: Any) -> pd.Series:
    """The verdict of the site under some rules."""
    held = catalog if catalog is not None else world(entry("park", **COMPLETE))
    return verdict(judged(held, site_frame({**SITE, **site}), rulebook(*rules)), "A")


# What a rule that bites gives ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "mandatory", "in_principle", "encouraged"),
    [
        ("prohibit", "prohibited", "restricted", "advised"),
        ("require", "prohibited", "conditional", "advised"),
        ("phase_out", "must_exit", "advised", "advised"),
        ("restrict", "restricted", "advised", "advised"),
        ("protect", "restricted", "advised", "advised"),
        ("restore", "advised", "advised", "advised"),
        ("inform", "advised", "advised", "advised"),
    ],
)
def test_only_mandatory_words_block(effect: str, mandatory: str, in_principle: str, encouraged: str) -> None:
    expected = {"mandatory": mandatory, "in_principle": in_principle, "encouraged": encouraged}
    for strength in Strength:
        one_rule = one("AA-01", effect, "hit", strength)
        assert outcome_of(one_rule) == expected[strength]
        assert judge(one_rule)["outcome"] == expected[strength]


def test_soft_words_of_any_effect_never_prohibit_nor_make_exit() -> None:
    blocking = strictness(Outcome.RESTRICTED)
    for effect in Effect:
        for strength in (Strength.IN_PRINCIPLE, Strength.ENCOURAGED):
            assert strictness(outcome_of(one("AA-01", effect, "hit", strength))) <= blocking


# Precedence -------------------------------------------------------------------------------------------

#: Checks as "effect:state" → outcome, best case, worst case, deciding rules (by position, from 1).
PRECEDENCE = [
    ("prohibit:miss", "clear", "clear", "clear", ""),
    ("prohibit:hit", "prohibited", "prohibited", "prohibited", "1"),
    ("prohibit:undetermined", "undetermined", "clear", "prohibited", "1"),
    # a sure prohibition stands, whatever else is open
    ("prohibit:hit prohibit:undetermined", "prohibited", "prohibited", "prohibited", "1"),
    ("phase_out:undetermined prohibit:hit", "prohibited", "prohibited", "prohibited", "2"),
    # must exit is stricter than undetermined, though a prohibition is still possible
    ("phase_out:hit prohibit:undetermined", "must_exit", "must_exit", "prohibited", "1"),
    ("phase_out:hit phase_out:undetermined", "must_exit", "must_exit", "must_exit", "1"),
    # anything softer gives way to what an open check could make of the site
    ("restrict:hit prohibit:undetermined", "undetermined", "restricted", "prohibited", "2"),
    ("restrict:hit phase_out:undetermined", "undetermined", "restricted", "must_exit", "2"),
    ("inform:hit restrict:undetermined", "undetermined", "advised", "restricted", "2"),
    # unless it could make it no stricter
    ("restrict:hit restrict:undetermined", "restricted", "restricted", "restricted", "1"),
    ("restrict:hit inform:undetermined", "restricted", "restricted", "restricted", "1"),
    # an open check that could only add advice does not stop anyone
    ("restore:undetermined", "advised", "clear", "advised", "1"),
    ("restore:undetermined prohibit:miss", "advised", "clear", "advised", "1"),
    ("inform:hit restore:undetermined", "advised", "advised", "advised", "1"),
    # and one that could only inform clouds nothing
    ("inform:undetermined", "clear", "clear", "clear", ""),
    ("inform:undetermined prohibit:miss", "clear", "clear", "clear", ""),
    ("inform:undetermined restore:undetermined", "advised", "clear", "advised", "2"),
    ("inform:undetermined prohibit:undetermined", "undetermined", "clear", "prohibited", "2"),
    # strictest first among the sure ones
    ("restrict:hit phase_out:hit prohibit:hit", "prohibited", "prohibited", "prohibited", "3"),
    ("inform:hit restrict:hit phase_out:hit", "must_exit", "must_exit", "must_exit", "3"),
    ("inform:hit restrict:hit", "restricted", "restricted", "restricted", "2"),
    ("prohibit:hit require:hit", "prohibited", "prohibited", "prohibited", "1 2"),
]


@pytest.mark.parametrize(("checks", "outcome", "best", "worst", "deciding"), PRECEDENCE)
def test_precedence(checks: str, outcome: str, best: str, worst: str, deciding: str) -> None:
    pairs = [pair.split(":") for pair in checks.split()]
    rules = [one(f"AA-{n:02}", effect, state) for n, (effect, state) in enumerate(pairs, start=1)]
    found = judge(*rules)
    assert (found["outcome"], found["best_case"], found["worst_case"]) == (outcome, best, worst)
    assert found["deciding_rule_ids"].split(";") == [f"AA-0{n}" for n in deciding.split()] or [""]
    undetermined = [f"AA-{n:02}" for n, pair in enumerate(pairs, start=1) if pair[1] == "undetermined"]
    assert found["undetermined_rule_ids"] == ";".join(undetermined)
    assert found["checks"] == len(rules)
    assert found["hits"] == sum(state == "hit" for _, state in pairs)


def test_an_open_check_is_told_and_how_to_settle_it_even_where_it_does_not_decide() -> None:
    found = judge(one("AA-01", "prohibit", "hit"), one("AA-02", "prohibit", "undetermined"))
    assert "AA-02" in found["reasons"]
    assert "缺少“湖泊及其保护修复区”图层" in found["reasons"]
    assert found["settle"] == "补充“湖泊及其保护修复区”图层"
    assert found["remedy"] == "按AA-01改"  # of the rules that decide


def test_a_site_no_rule_is_about_is_clear_where_a_plan_applies_and_says_so() -> None:
    about_new = rule("AA-01", applies_to={"developments": ["new"], "industries": "any"})
    found = judge(about_new, development="existing")
    assert (found["outcome"], found["checks"]) == ("clear", 0)
    assert found["reasons"] == "已载入的规则没有针对此类项目的"


def test_a_distance_that_the_plan_does_not_give_is_never_decided() -> None:
    for metres in (10.0, 40_000.0):
        site = {"at": from_point(110.5, 35.5, 90.0, metres)}
        result = judged(world(), site_frame({**SITE, **site}), rulebook(rule("AA-01", distance="not_given")))
        assert outcomes(result) == {"A": "undetermined"}
        assert check(result, "A", "AA-01")["cause"] == "distance_not_given"


def test_a_rule_with_two_references_takes_the_stricter() -> None:
    pair = [{"theme": "lake"}, {"theme": "reserve"}]
    inside = shapely.box(110.49, 35.49, 110.52, 35.52)
    both = rule("AA-01", measure="inside", measured_from=pair)
    lake, empty_lake = (entry("lake", *f, **COMPLETE) for f in ([(inside, {"name": "湖"})], []))
    reserve = entry("reserve", **COMPLETE)
    assert judge(both, catalog=world(lake, reserve))["outcome"] == "prohibited"
    assert judge(both, catalog=world(empty_lake, reserve))["outcome"] == "clear"
    assert judge(both, catalog=world(lake))["outcome"] == "prohibited"  # whatever the reserves are
    assert judge(both, catalog=world(empty_lake))["outcome"] == "undetermined"


def test_a_draft_is_open_where_it_bites_and_clear_where_it_does_not() -> None:
    def found(metres: float) -> str:
        site = site_frame({**SITE, "at": from_point(110.5, 35.5, 90.0, metres)})
        return outcomes(judged(world(), site, rulebook(rule("AA-01"), drafts=["plan-1408"])))["A"]

    assert (found(500.0), found(1500.0)) == ("undetermined", "clear")


# Robust or fragile -------------------------------------------------------------------------------------


def robustness(metres: float, layer_m: float, site_m: float = 0.0) -> tuple[str, str]:
    site = site_frame({**SITE, "at": from_point(110.5, 35.5, 90.0, metres), "accuracy_m": site_m})
    found = verdict(judged(world(accuracy_m=layer_m), site, rulebook(rule("AA-01"))), "A")
    return found["outcome"], found["robustness"]


@pytest.mark.parametrize(
    ("metres", "layer_m", "site_m", "expected"),
    [
        # at 95 %, one-sided, ±30 m reaches 49.3 m
        (950.0, 30.0, 0.0, ("prohibited", "robust")),
        (951.0, 30.0, 0.0, ("undetermined", "fragile")),
        (1049.0, 30.0, 0.0, ("undetermined", "fragile")),
        (1050.0, 30.0, 0.0, ("clear", "robust")),
        # site and layer together: √(30² + 40²) = 50, which reaches 82.2 m
        (917.0, 30.0, 40.0, ("prohibited", "robust")),
        (919.0, 30.0, 40.0, ("undetermined", "fragile")),
        # survey grade (0.3 m reaches 0.49 m) decides by its figure, and says so where it is close
        (999.0, 0.3, 0.0, ("prohibited", "robust")),
        (999.7, 0.3, 0.0, ("prohibited", "fragile")),
        (1000.3, 0.3, 0.0, ("clear", "fragile")),
        (1001.0, 0.3, 0.0, ("clear", "robust")),
        # a layer a little worse (0.31 m reaches 0.51 m) does not decide so close
        (999.7, 0.31, 0.0, ("undetermined", "fragile")),
    ],
)
def test_robust_is_what_the_doubt_cannot_turn(
    metres: float, layer_m: float, site_m: float, expected: tuple[str, str]
) -> None:
    assert robustness(metres, layer_m, site_m) == expected


def test_one_robust_hit_is_enough_but_a_clear_site_needs_every_check_robust() -> None:
    close = {"distance": {date(2021, 1, 1): "500.1 m"}}  # the site is 500 m away: a fragile hit at ±0.1 m
    edge = {"distance": {date(2021, 1, 1): "499.9 m"}}  # a fragile miss
    far = {"distance": {date(2021, 1, 1): "100 m"}}
    deep = {"distance": {date(2021, 1, 1): "1 km"}}

    def found(*distances: dict[str, Any]) -> tuple[str, str]:
        result = judge(*(rule(f"AA-{n:02}", **d) for n, d in enumerate(distances, start=1)))
        return result["outcome"], result["robustness"]

    assert found(close) == ("prohibited", "fragile")
    assert found(close, deep) == ("prohibited", "robust")
    assert found(far) == ("clear", "robust")
    assert found(far, edge) == ("clear", "fragile")


# Order changes nothing ---------------------------------------------------------------------------------


def _whole(order: np.random.Generator | None) -> Assessment:
    """Eight coking sites about the Fen by the whole rule book, everything in some order."""
    sites = [
        {**coking(f"S{n}", east_of_bank(metres)), "at": east_of_bank(metres)}
        for n, metres in enumerate((10, 500, 1999, 2000, 2001, 2500, 5000, 7000))
    ]
    sites[5] |= {"datum": "undeclared"}
    sites[6] |= {"development": "existing"}
    layers = yuncheng(fen_bank(), without=["red_line", "tourism_belt"])
    # the second layer of a theme, of another line and accuracy: which comes first must not matter
    second = shapely.LineString([(110.72, 35.60), (110.72, 35.70)])
    attributes = {"name": "汾河", "stem": "干流"}
    layers.append(entry("river", (second, attributes), key="second", line="centreline", accuracy_m=50))
    layers.append(entry("river", (second, attributes), key="third", line="waterline", accuracy_m=5))
    rules = the_rules()
    if order is not None:
        sites = [sites[i] for i in order.permutation(len(sites))]
        layers = [layers[i] for i in order.permutation(len(layers))]
        ids = order.permutation(np.array(list(rules.rules))).tolist()
        rules = type(rules)({i: rules.rules[i] for i in ids}, rules.plans, rules.groups, rules.sources)
    rows = [{key: value for key, value in site.items() if key not in ("lon", "lat")} for site in sites]
    return judged(in_memory(*layers), site_frame(*rows), rules)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rules_layers_and_sites_changes_nothing(seed: int) -> None:
    plain, shuffled = _whole(None), _whole(np.random.default_rng(seed))
    assert len(set(outcomes(plain).values())) >= 2
    by_site = [a.verdicts.sort_values("site_id", ignore_index=True) for a in (plain, shuffled)]
    assert_frame_equal(*by_site)
    keys = ["site_id", "rule_id", "theme", "reading", "layer_key"]
    by_check = [a.findings.sort_values(keys, ignore_index=True) for a in (plain, shuffled)]
    assert_frame_equal(*by_check)


def test_a_site_is_judged_alone_as_in_a_crowd() -> None:
    crowd = _whole(None)
    alone = site_frame({"site_id": "S3", "name": "焦化S3", "at": east_of_bank(2000)})
    layers = crowd.catalog
    assert_frame_equal(
        judged(layers, alone).verdicts,
        crowd.verdicts.query("site_id == 'S3'").reset_index(drop=True),
    )


# A larger limit never clears ----------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    metres=st.floats(0, 3000),
    limits=st.tuples(st.integers(1, 3000), st.integers(1, 3000)).map(sorted),
    accuracy=st.sampled_from([0.0, 0.1, 5.0, 100.0]),
    datum=st.sampled_from(["cgcs2000", "undeclared"]),
    line=st.sampled_from(["bank", "centreline"]),
)
def test_a_larger_limit_never_clears_a_site(
    metres: float, limits: list[int], accuracy: float, datum: str, line: str
) -> None:
    site = site_frame(
        {**SITE, "at": from_point(110.5, 35.5, 90.0, metres), "accuracy_m": accuracy, "datum": datum}
    )
    held = world(line=line, half_width_m=200)
    rank = {"clear": 0, "undetermined": 1, "prohibited": 2}
    smaller, larger = (
        rank[
            outcomes(judged(held, site, rulebook(rule("AA-01", distance={date(2021, 1, 1): f"{m} m"}))))["A"]
        ]
        for m in limits
    )
    assert larger >= smaller


@settings(max_examples=25, deadline=None)
@given(
    metres=st.floats(0, 2000),
    accuracies=st.tuples(st.floats(0, 300), st.floats(0, 300)).map(sorted),
)
def test_more_doubt_only_ever_opens_a_check(metres: float, accuracies: list[float]) -> None:
    """A worse survey may leave undetermined what a better one decides, but never decide otherwise."""
    place = {"at": from_point(110.5, 35.5, 90.0, metres)}
    better, worse = (
        judge(rule("AA-01"), catalog=world(), **place, accuracy_m=accuracy)["outcome"]
        for accuracy in accuracies
    )
    assert worse in (better, "undetermined")
