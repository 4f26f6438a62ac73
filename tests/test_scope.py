"""Scope: which rules are about which sites, by place, development, industry, date and exception.

The counties are squares: 河津 (140882, 运城) lies east of the meridian 110° E, 韩城 (610581, Shaanxi) west of
it, 清徐 (140121, 太原) north of 36° N.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from worlds import (
    DAY,
    entry,
    from_point,
    in_memory,
    judged,
    outcomes,
    rule,
    rulebook,
    site_frame,
    square_counties,
    verdict,
)

from geo import LayerCatalog, RuleBook
from geo.scope import Membership, locate, match_sites
from geo.terms import Development

SQUARES = square_counties(c140882=(110, 35, 111, 36), c610581=(109, 35, 110, 36), c140121=(110, 36, 111, 37))
BORDER_LAT = 35.5


def at(metres_east: float) -> tuple[float, float]:
    """A place east (negative: west) of the border between 河津 and 韩城."""
    return from_point(110.0, BORDER_LAT, 90.0 if metres_east >= 0 else 270.0, abs(metres_east))


def where(*sites: dict[str, Any], codes: tuple[str, ...] = ("1408",), held: bool = True) -> Membership:
    catalog = in_memory(SQUARES) if held else in_memory()
    return locate(site_frame(*sites), codes, catalog)


def scope(book: RuleBook, *sites: dict[str, Any], on: date = DAY) -> pd.DataFrame:
    return match_sites(site_frame(*sites), book, in_memory(SQUARES), on).rules


def rules_of(frame: pd.DataFrame, site_id: str = "S0") -> list[str]:
    return frame.query("site_id == @site_id")["rule_id"].tolist()


def river_world(**manifest: Any) -> LayerCatalog:
    """A bank on the meridian 110.5° E, right through 河津."""
    bank = shapely.LineString([(110.5, 35.01), (110.5, 35.99)])
    complete = {"covers": {"adcode": ["14", "61"]}, **manifest}
    return in_memory(SQUARES, entry("river", (bank, {"name": "汾河"}), **complete))


# Place -----------------------------------------------------------------------------------------------


def test_a_position_decides_where_no_code_is_declared() -> None:
    found = where({"at": at(500)}, {"at": at(-500)}, {"at": at(-5000)})
    assert found.state.tolist() == ["hit", "miss", "miss"]
    # negative inside; far outside it is no matter how far
    assert found.border_m == pytest.approx([-500, 500, np.nan], abs=0.01, nan_ok=True)
    assert not found.contradicted.any()


def test_doubt_of_the_position_leaves_a_site_at_the_border_open() -> None:
    # ±30 m at 95 %, one-sided: 49 m
    sites = [{"at": at(metres), "accuracy_m": 30.0} for metres in (60, 40, -40, -60)]
    assert where(*sites).state.tolist() == ["hit", "undetermined", "undetermined", "miss"]


def test_an_undeclared_datum_may_move_a_site_over_the_border() -> None:
    """GCJ-02 shifts by 480 to 620 m in Shanxi."""
    sites = [{"at": at(metres), "datum": "undeclared"} for metres in (700, 600, -600, -700)]
    assert where(*sites).state.tolist() == ["hit", "undetermined", "undetermined", "miss"]


def test_a_declared_code_decides_at_the_border() -> None:
    place = {"at": at(20), "accuracy_m": 30.0}
    found = where({**place, "adcode": "140882"}, {**place, "adcode": "610581"}, place)
    assert found.state.tolist() == ["hit", "miss", "undetermined"]
    assert not found.contradicted.any()  # the position denies neither


def test_a_code_that_the_position_denies_is_marked_and_frees_from_no_rule() -> None:
    """Declaring 韩城 does not take a site in the middle of 河津 out of Yuncheng's rules, nor the reverse."""
    found = where({"at": at(5000), "adcode": "610581"}, {"at": at(-5000), "adcode": "140882"})
    assert found.state.tolist() == ["hit", "hit"]
    assert found.contradicted.tolist() == [True, True]


def test_a_denied_code_is_told_in_the_verdict() -> None:
    sites = site_frame(
        {"site_id": "denied", "at": at(5000), "adcode": "610581"},
        {"site_id": "agreed", "at": at(5000), "adcode": "140882"},
    )
    result = judged(river_world(), sites, rulebook(rule("AA-01")))
    assert "申报的区划代码与位置不符" in verdict(result, "denied")["jurisdictions"]
    assert verdict(result, "agreed")["jurisdictions"] == "《规划1408》"


def test_without_county_polygons_only_a_declared_code_is_known() -> None:
    sites = [{"at": at(5000), "adcode": code} for code in ("140882", "610581", "")]
    found = where(*sites, held=False)
    assert found.state.tolist() == ["hit", "miss", "undetermined"]
    assert np.isnan(found.border_m).all()


def test_a_prefix_stands_for_all_below_it_and_a_code_for_itself_alone() -> None:
    site = {"at": at(5000)}
    assert where(site, codes=("14",)).state.tolist() == ["hit"]
    assert where(site, codes=("140882",)).state.tolist() == ["hit"]
    assert where(site, codes=("140881", "140121")).state.tolist() == ["miss"]


def test_a_plot_across_the_border_belongs_to_both_sides() -> None:
    plot = shapely.box(109.99, 35.5, 110.01, 35.51)
    assert where({"geometry": plot}).state.tolist() == ["hit"]
    assert where({"geometry": plot}, codes=("61",)).state.tolist() == ["hit"]


def test_a_plot_that_only_shares_the_border_lies_on_its_own_side() -> None:
    plot = {"geometry": shapely.box(109.99, 35.5, 110.0, 35.51)}
    assert where(plot, codes=("61",)).state.tolist() == ["hit"]
    found = where(plot)
    assert found.border_m == pytest.approx([0.0], abs=1e-6)


def test_a_site_within_the_doubt_of_a_border_gets_the_rules_of_both_cities() -> None:
    book = rulebook(
        rule("AA-01"), rule("BB-01", plan="plan-1401", jurisdiction={"adcode": ["1401"]}), rule("AA-02")
    )
    north = {"at": from_point(110.5, 36.0, 180.0, 20.0), "accuracy_m": 30.0}
    found = scope(book, north)
    assert sorted(rules_of(found)) == ["AA-01", "AA-02", "BB-01"]
    assert not found["in_jurisdiction"].any()

    said = verdict(judged(river_world(), site_frame(north), book), "S0")["jurisdictions"].split("\n")
    assert said == [
        "《规划1408》：位于市界附近（20 米），两市规则均列出",
        "《规划1401》：位于市界附近（20 米），两市规则均列出",
    ]


def test_a_hit_of_a_rule_that_may_not_apply_is_open() -> None:
    book = rulebook(rule("AA-01", measure="in_jurisdiction"))
    catalog = in_memory(SQUARES)
    sites = site_frame({"at": at(20), "accuracy_m": 30.0}, {"at": at(5000)}, {"at": at(-5000)})
    result = judged(catalog, sites, book)
    assert outcomes(result) == {"S0": "undetermined", "S1": "prohibited", "S2": "not_covered"}
    assert result.findings["cause"].tolist() == ["accuracy", ""]


# Development, industry, date ----------------------------------------------------------------------------


@pytest.mark.parametrize("named", list(Development))
def test_a_rule_is_about_the_developments_it_names_only(named: Development) -> None:
    book = rulebook(rule("AA-01", applies_to={"developments": [named], "industries": "any"}))
    sites = [{"site_id": str(d), "at": at(5000), "development": d} for d in Development]
    assert scope(book, *sites)["site_id"].tolist() == [named]


@pytest.mark.parametrize(
    ("industry", "match"),
    [("2521", "named"), ("2511", "similar"), ("2511;2521", "named"), ("1411", None)],
)
def test_an_industry_is_named_similar_or_foreign(industry: str, match: str | None) -> None:
    found = scope(rulebook(rule("AA-01")), {"at": at(5000), "industry": industry})
    assert found["match"].tolist() == ([] if match is None else [match])


def test_a_similar_industry_in_the_zone_is_open_never_prohibited() -> None:
    near = {"at": from_point(110.5, BORDER_LAT, 90.0, 500.0), "industry": "2511"}
    far = {**near, "at": from_point(110.5, BORDER_LAT, 90.0, 1500.0)}
    result = judged(river_world(), site_frame(near, far), rulebook(rule("AA-01")))
    assert outcomes(result) == {"S0": "undetermined", "S1": "clear"}
    assert result.findings["cause"].tolist() == ["open_list", ""]


def test_a_rule_holds_from_its_first_day_to_its_last() -> None:
    book = rulebook(rule("AA-01", in_force={"from": date(2022, 3, 1), "until": date(2025, 12, 31)}))
    site = {"at": at(5000)}
    days = [date(2022, 2, 28), date(2022, 3, 1), date(2025, 12, 31), date(2026, 1, 1)]
    assert [len(scope(book, site, on=day)) for day in days] == [0, 1, 1, 0]


def test_a_limit_that_changes_with_a_day_is_the_days_own() -> None:
    dated = {date(2021, 1, 1): "1 km", date(2024, 1, 1): "500 m"}
    site = site_frame({"at": from_point(110.5, BORDER_LAT, 90.0, 700.0)})
    found = {
        day: outcomes(judged(river_world(), site, rulebook(rule("AA-01", distance=dated)), day))["S0"]
        for day in (date(2023, 12, 31), date(2024, 1, 1))
    }
    assert list(found.values()) == ["prohibited", "clear"]


# Exceptions -------------------------------------------------------------------------------------------


WORDS = {"zh": "批文", "en": "permit"}
BY_PERMIT = {"id": "permit", "title": {"zh": "许可", "en": "permit"}, "evidence": WORDS}
NEAR = {"at": from_point(110.5, BORDER_LAT, 90.0, 500.0)}


def excepted(exception: dict[str, Any], on: date = DAY, **site: Any) -> tuple[str, str]:
    """Outcome and cause of a site 500 m from the bank under a rule of 1 km with one exception."""
    book = rulebook(rule("AA-01", exceptions=[exception]))
    result = judged(river_world(), site_frame({**NEAR, **site}), book, on)
    return outcomes(result)["S0"], result.findings["cause"].item()


def test_an_exception_with_its_evidence_is_granted() -> None:
    exception = {**BY_PERMIT, "when": {"industries": ["2521"]}}
    assert excepted(exception, evidence="permit") == ("clear", "")


def test_an_exception_without_its_evidence_is_open() -> None:
    exception = {**BY_PERMIT, "when": {"industries": ["2521"]}}
    assert excepted(exception) == ("undetermined", "evidence")
    assert excepted(exception, evidence="other") == ("undetermined", "evidence")


def test_an_exception_that_is_not_about_the_site_changes_nothing() -> None:
    for when in ({"industries": ["3120"]}, {"processes": ["chp"]}, {"names": ["东山"]}):
        assert excepted({**BY_PERMIT, "when": when}, evidence="permit") == ("prohibited", "")


def test_all_conditions_of_an_exception_must_hold() -> None:
    exception = {**BY_PERMIT, "when": {"industries": ["2521"], "processes": ["chp"], "names": ["东山"]}}
    told = {"evidence": "permit", "processes": "chp", "name": "东山一厂"}
    assert excepted(exception, **told) == ("clear", "")
    assert excepted(exception, **{**told, "name": "西山一厂"}) == ("prohibited", "")
    assert excepted(exception, **{**told, "processes": "!chp"}) == ("prohibited", "")


def test_an_exception_that_needs_no_evidence_is_granted_by_the_facts() -> None:
    exception = {"id": "chp", "title": WORDS, "when": {"processes": ["chp"]}}
    assert excepted(exception, processes="chp") == ("clear", "")


def test_an_exception_ends_with_its_last_day() -> None:
    exception = {**BY_PERMIT, "when": {"industries": ["2521"]}, "until": date(2025, 12, 31)}
    assert excepted(exception, date(2025, 12, 31), evidence="permit") == ("clear", "")
    assert excepted(exception, date(2026, 1, 1), evidence="permit") == ("prohibited", "")


def test_a_site_outside_the_zone_needs_no_exception() -> None:
    far = {"at": from_point(110.5, BORDER_LAT, 90.0, 1500.0)}
    exception = {**BY_PERMIT, "when": {"industries": ["2521"]}}
    assert excepted(exception, **far) == ("clear", "")


def test_what_is_granted_is_told_with_the_exceptions_name() -> None:
    exception = {**BY_PERMIT, "when": {"industries": ["2521"]}}
    book = rulebook(rule("AA-01", exceptions=[exception]))
    result = judged(river_world(), site_frame({**NEAR, "evidence": "permit"}), book)
    assert "属例外“许可”" in result.findings["reason"].item()
    needed = judged(river_world(), site_frame(NEAR), book)
    assert verdict(needed, "S0")["settle"] == "提供批文"
