"""What the product promises, each promise a test.

The place is 河津 (140882) in 运城; the surveyed bank of the Fen runs along the meridian 110.70° E, so that
a site due east of it has the distance it is placed at, by geodesic, read from a CSV of 8 decimals (1 mm).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely
from worlds import (
    BANK_LAT,
    BANK_LON,
    Entry,
    check,
    coking,
    counties_entry,
    east_of_bank,
    entry,
    fen_bank,
    from_point,
    in_memory,
    judged,
    mapped_rules,
    on_disk,
    outcomes,
    river,
    site_frame,
    the_rules,
    verdict,
    write_csv,
    yuncheng,
)

from geo import Assessment, SiteList, load_layers, read_sites, starter_folder
from geo.contracts import split
from geo.terms import Measure, Outcome, strictness

NEAR_LIMIT = [(str(metres), east_of_bank(metres)) for metres in (1999, 2000, 2001)]


def county_of(point: tuple[float, float]) -> str:
    """The code of the real county that holds a point: shows that a test stands where it says."""
    counties = counties_entry().frame
    found = counties[counties.covers(shapely.Point(point))]
    return str(found["adcode"].item())


def listed(
    folder: Path,
    *sites: tuple[str, tuple[float, float]],
    datum: str | None = "cgcs2000",
    **columns: str,
) -> SiteList:
    """New coking projects, unless ``columns`` say otherwise, written as CSV and read again."""
    rows = [coking(site_id, at, **columns) for site_id, at in sites]
    return read_sites(write_csv(folder / "sites.csv", rows), datum=datum)


def judged_here(*replaced: Entry, sites: Any, **world: Any) -> Assessment:
    """By all rules that a map can settle, with all of Yuncheng's layers held."""
    return judged(in_memory(*yuncheng(*replaced, **world)), sites, mapped_rules())


# Two kilometres of the Fen ---------------------------------------------------------------------------


def test_a_metre_decides_for_a_coking_project(tmp_path: Path) -> None:
    layers = load_layers(on_disk(tmp_path / "layers", *yuncheng(fen_bank())))
    result = judged(layers, listed(tmp_path, *NEAR_LIMIT), mapped_rules())

    assert county_of(east_of_bank(2000)) == "140882"
    assert outcomes(result) == {"1999": "prohibited", "2000": "prohibited", "2001": "clear"}
    for site_id, margin in (("1999", -1.0), ("2000", 0.0), ("2001", 1.0)):
        found = check(result, site_id, "YC-15")
        assert found["distance_m"] == pytest.approx(float(site_id), abs=0.002)  # CSV decimals: 1 mm
        assert found["margin_m"] == margin
        assert found["limit_m"] == 2000
    assert list(result.verdicts["deciding_rule_ids"]) == ["YC-15", "YC-15", ""]
    assert list(result.verdicts["undetermined_rule_ids"]) == ["", "", ""]
    # it was really looked for: valleys, lakes, rivers, planning areas, levees, farmland …
    looked = set(result.findings["rule_id"])
    assert looked >= {f"YC-{n:02}" for n in (7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 43, 61, 62, 63, 72)}
    assert set(result.verdicts["checks"]) == {len(looked)}
    # ±0.1 m leaves the site on the very limit within its doubt, the others not
    assert list(result.verdicts["robustness"]) == ["robust", "fragile", "robust"]


def test_a_metre_decides_for_a_paper_mill_by_the_whole_rule_book(tmp_path: Path) -> None:
    """``clear`` is possible: where every layer is held and the project states what is asked of it."""
    layers = load_layers(on_disk(tmp_path / "layers", *yuncheng(fen_bank())))
    result = judged(layers, listed(tmp_path, *NEAR_LIMIT, industry="2221"))
    assert outcomes(result) == {"1999": "prohibited", "2000": "prohibited", "2001": "clear"}
    assert list(result.verdicts["deciding_rule_ids"]) == ["YC-15", "YC-15", ""]
    assert list(result.verdicts["undetermined_rule_ids"]) == ["", "", ""]


def test_beyond_the_limit_only_clauses_for_the_whole_city_are_left_for_coking(tmp_path: Path) -> None:
    stated = {"processes": "coal_offset", "coke_oven_height_m": "7.63", "capacity_ratio": "1.5"}
    layers = in_memory(*yuncheng(fen_bank()))
    result = judged(layers, listed(tmp_path, *NEAR_LIMIT, **stated))
    found = outcomes(result)
    assert (found["1999"], found["2000"]) == ("prohibited", "prohibited")
    assert strictness(Outcome(found["2001"])) < strictness(Outcome.UNDETERMINED)
    for rule_id in split(verdict(result, "2001")["deciding_rule_ids"]):
        assert the_rules()[rule_id].measure is Measure.IN_JURISDICTION


def test_the_starter_layers_decide_none_of_the_three(tmp_path: Path) -> None:
    result = judged(load_layers(starter_folder()), listed(tmp_path, *NEAR_LIMIT))
    assert set(outcomes(result).values()) == {"undetermined"}
    assert set(result.verdicts["worst_case"]) == {"prohibited"}


def test_a_shift_of_30_m_is_not_decided_20_m_from_the_limit(tmp_path: Path) -> None:
    places = [("in", east_of_bank(1980)), ("out", east_of_bank(2020)), ("deep", east_of_bank(1500))]
    result = judged_here(fen_bank(), sites=listed(tmp_path, *places, accuracy_m="30"))
    assert outcomes(result) == {"in": "undetermined", "out": "undetermined", "deep": "prohibited"}
    assert [check(result, s, "YC-15")["cause"] for s in ("in", "out", "deep")] == ["accuracy", "accuracy", ""]


# Whose rules ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("adcode", ["", "610581"])
def test_across_the_border_no_plan_applies(tmp_path: Path, adcode: str) -> None:
    place = (110.47, 35.48)
    assert county_of(place) == "610581"  # 韩城, Shaanxi
    result = judged_here(fen_bank(), sites=listed(tmp_path, ("韩城", place), adcode=adcode))
    assert outcomes(result) == {"韩城": "not_covered"}
    assert len(result.findings) == 0


def western_end(lat: float) -> tuple[float, float]:
    """Where 河津 meets Shaanxi on a parallel."""
    county = counties_entry().frame.set_index("adcode").geometry["140882"]
    return shapely.intersection(shapely.LineString([(110.0, lat), (110.7, lat)]), county).bounds[0], lat


def test_a_declared_code_decides_on_the_border(tmp_path: Path) -> None:
    # 50 m inside 河津 by polygons good to 100 m, 1 km from a bank: the position does not deny 韩城
    place = from_point(*western_end(35.65), 90.0, 50.0)
    lon, lat = from_point(*place, 90.0, 1000.0)
    bank = shapely.LineString([(lon, lat - 0.05), (lon, lat + 0.05)])
    fen = river((bank, {"name": "汾河", "stem": "干流"}))
    declared = {
        adcode: outcomes(judged_here(fen, sites=listed(tmp_path, ("A", place), adcode=adcode)))["A"]
        for adcode in ("610581", "140882", "")
    }
    assert declared == {"610581": "not_covered", "140882": "prohibited", "": "undetermined"}


def test_the_bank_of_the_yellow_river_in_shaanxi_counts_for_a_site_in_yuncheng(tmp_path: Path) -> None:
    site = (110.4563, 35.35)
    lon, lat = from_point(*site, 270.0, 900.0)
    bank = shapely.LineString([(lon, lat - 0.002), (lon, lat + 0.002)])
    assert county_of(site) == "140822"
    assert {county_of(end) for end in bank.coords} == {"610581"}

    yellow = river((bank, {"name": "黄河", "stem": "干流"}))
    result = judged_here(yellow, sites=listed(tmp_path, ("A", site)))
    assert outcomes(result) == {"A": "prohibited"}
    assert verdict(result, "A")["deciding_rule_ids"] == "YC-12"
    assert check(result, "A", "YC-12")["distance_m"] == pytest.approx(900.0, abs=0.002)


def test_a_bank_outside_the_yuncheng_reach_of_the_fen_leaves_the_rule_open(tmp_path: Path) -> None:
    # YC-15 names the Yuncheng reach; this bank lies in 襄汾 (临汾), the site 1 km south of it in 新绛
    middle = (111.21, 35.7140)
    bank = shapely.LineString([(111.20, middle[1]), (111.22, middle[1])])
    site = from_point(*middle, 180.0, 1000.0)
    assert {county_of(end) for end in bank.coords} == {"141023"}
    assert county_of(site) == "140825"

    upstream = river((bank, {"name": "汾河", "stem": "干流"}))
    result = judged_here(upstream, sites=listed(tmp_path, ("A", site)))
    found = check(result, "A", "YC-15")
    assert (found["state"], found["cause"]) == ("undetermined", "reach")
    assert found["distance_m"] == pytest.approx(1000.0, abs=0.01)
    assert outcomes(result) == {"A": "undetermined"}
    assert verdict(result, "A")["undetermined_rule_ids"] == "YC-15"


def test_a_site_on_the_border_of_two_cities_gets_the_rules_of_both_and_says_so(tmp_path: Path) -> None:
    place = (112.5, 37.4773)  # 清徐 (太原), 35 m from 祁县 (晋中) by polygons good to 100 m
    assert county_of(place) == "140121"
    result = judged(in_memory(*yuncheng(fen_bank())), listed(tmp_path, ("A", place)))
    cities = {rule_id[:2] for rule_id in result.scope.rules["rule_id"]}
    assert cities == {"TY", "TA", "JZ"}
    assert not result.scope.rules["in_jurisdiction"].any()
    notes = verdict(result, "A")["jurisdictions"]
    for plan_id in ("taiyuan-14fyp", "taiyuan-air-2024", "jinzhong-14fyp-draft"):
        assert f"《{the_rules().plans[plan_id].title.zh}》：位于市界附近" in notes
    assert "两市规则均列出" in notes
    assert outcomes(result) == {"A": "undetermined"}


# Never clear out of silence ---------------------------------------------------------------------------


def test_without_the_red_line_a_clear_open_pit_is_undetermined() -> None:
    pit = site_frame(
        {
            "site_id": "矿",
            "industry": "1011",
            "processes": "open_pit;!unlawful_quarrying;!discharge",
            "at": (BANK_LON + 0.05, BANK_LAT),
        }
    )
    held = in_memory(*yuncheng(fen_bank()))
    assert outcomes(judged(held, pit, mapped_rules())) == {"矿": "clear"}

    result = judged(held.without("red_line"), pit, mapped_rules())
    assert outcomes(result) == {"矿": "undetermined"}
    assert "YC-100" in split(verdict(result, "矿")["deciding_rule_ids"])
    rows = result.findings.query("rule_id == 'YC-100'").set_index("theme")
    assert rows.loc["red_line", ["state", "cause"]].tolist() == ["undetermined", "missing_layer"]
    assert rows.loc["reserve", "state"] == "miss"
    assert "生态保护红线" in verdict(result, "矿")["settle"]


BLOCKING = ["river", "lake", "spring", "valley", "tourism_belt", "sensitive_area", "planning_area"]
BLOCKING += ["source_water", "farmland_permanent"]
ADVISING = ["levee", "canal"]  # forest strips


def test_without_any_one_of_its_layers_a_coking_project_is_never_clear() -> None:
    """Each theme by turns: what is not held cannot be silent."""
    site = site_frame({"site_id": "A", "at": east_of_bank(2500)})
    held = in_memory(*yuncheng(fen_bank()))
    complete = judged(held, site, mapped_rules())
    assert outcomes(complete) == {"A": "clear"}
    assert set(complete.findings["theme"]) >= {*BLOCKING, *ADVISING}
    without = {
        theme: outcomes(judged(held.without(theme), site, mapped_rules()))["A"]
        for theme in (*BLOCKING, *ADVISING)
    }
    assert without == {**dict.fromkeys(BLOCKING, "undetermined"), **dict.fromkeys(ADVISING, "advised")}


def test_a_layer_that_does_not_cover_the_place_is_not_silence() -> None:
    sites = site_frame(
        {"site_id": "near", "at": east_of_bank(1900)}, {"site_id": "far", "at": east_of_bank(2500)}
    )
    result = judged_here(fen_bank(covers={"adcode": ["1401"]}), sites=sites)
    # what the layer shows counts all the same; what it does not show is unknown
    assert outcomes(result) == {"near": "prohibited", "far": "undetermined"}
    found = check(result, "far", "YC-15")
    assert (found["state"], found["cause"]) == ("undetermined", "coverage")


def test_coverage_must_reach_to_the_limit_not_only_to_the_site() -> None:
    """A layer complete for 河津 only says nothing of a bank across its border, 2 km around the site."""
    sites = site_frame({"site_id": "border", "at": from_point(*western_end(35.65), 90.0, 1000.0)})
    for adcode, state in ((["140882"], "undetermined"), (["140882", "61"], "miss")):
        bank = fen_bank(covers={"adcode": adcode})
        assert check(judged_here(bank, sites=sites), "border", "YC-15")["state"] == state


def test_an_undeclared_datum_leaves_a_site_near_the_limit_open(tmp_path: Path) -> None:
    places = [("deep", east_of_bank(1300)), ("near", east_of_bank(2300)), ("far", east_of_bank(2700))]
    result = judged_here(fen_bank(), sites=listed(tmp_path, *places, datum=None))
    # GCJ-02 is up to 620 m off: 1,300 + 620 < 2,000; 2,300 − 620 < 2,000; 2,700 − 620 > 2,000
    assert [check(result, s, "YC-15")["state"] for s in ("deep", "near", "far")] == [
        "hit",
        "undetermined",
        "miss",
    ]
    assert check(result, "near", "YC-15")["cause"] == "datum"
    assert outcomes(result) == {"deep": "prohibited", "near": "undetermined", "far": "clear"}
    assert "申报坐标系" in verdict(result, "near")["settle"]


# Demonstration data and drafts ------------------------------------------------------------------------


def test_demonstration_data_never_give_a_bare_prohibited_or_clear() -> None:
    sites = site_frame(
        {"site_id": "near", "at": east_of_bank(500)}, {"site_id": "far", "at": east_of_bank(2500)}
    )
    result = judged_here(fen_bank(demo=True), sites=sites, demo=True)
    assert outcomes(result) == {"near": "undetermined", "far": "undetermined"}
    assert list(result.verdicts["outcome_zh"]) == ["待核实（演示：禁止）", "待核实（演示：未触及）"]
    assert list(result.verdicts["demo_outcome"]) == ["prohibited", "clear"]
    assert result.has_demo
    assert check(result, "near", "YC-15")["cause"] == "demo"


def test_one_demonstration_layer_among_real_ones_is_enough_to_keep_a_site_from_clear() -> None:
    sites = site_frame({"site_id": "far", "at": east_of_bank(2500)})
    for theme in ("valley", "planning_area", "source_water", "farmland_permanent"):
        result = judged_here(fen_bank(), entry(theme, demo=True), sites=sites)
        assert outcomes(result) == {"far": "undetermined"}, theme
        assert verdict(result, "far")["outcome_zh"] == "待核实（演示：未触及）"


def test_a_real_prohibition_stands_beside_demonstration_data() -> None:
    """Only the demonstration layer is fiction: the surveyed bank still decides."""
    sites = site_frame({"site_id": "near", "at": east_of_bank(500)})
    result = judged_here(fen_bank(), sites=sites, demo=True)
    assert outcomes(result) == {"near": "prohibited"}
    assert verdict(result, "near")["outcome_zh"] == "禁止"


def test_a_draft_plan_decides_nothing() -> None:
    """JZ-09: no new steel in the planning areas of 晋中, by a plan that is a consultation draft."""
    town = shapely.box(112.70, 37.65, 112.80, 37.75)
    site = site_frame(
        {"site_id": "钢", "industry": "3120", "processes": "!short_process", "at": (112.75, 37.70)}
    )
    assert county_of((112.75, 37.70)) == "140702"
    area = entry("planning_area", (town, {"name": "榆次", "level": "城市"}))
    result = judged(in_memory(counties_entry(), area), site, the_rules().only(["JZ-09"]))
    assert outcomes(result) == {"钢": "undetermined"}
    found = check(result, "钢", "JZ-09")
    assert (found["ground"], found["state"], found["cause"]) == ("hit", "undetermined", "draft_plan")
    assert "draft_plan" in split(found["cause"])
    assert verdict(result, "钢")["worst_case"] == "prohibited"
