"""Readings: from which line is measured, whether the lines agree, and how much apart they are."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from worlds import check, entry, from_point, in_memory, judged, rule, rulebook, site_frame, square_counties
from worlds import verdict as verdict_of

from geo import Assessment

COUNTIES = square_counties(c140882=(110, 35, 111, 36))
#: A river whose bank runs along 110.5°E and whose management line lies 230 m west of it.
MERIDIAN = shapely.LineString([(110.5, 35.1), (110.5, 35.9)])
WEST = from_point(110.5, 35.5, 270.0, 230.0)[0]
MANAGEMENT = shapely.LineString([(WEST, 35.1), (WEST, 35.9)])
COMPLETE = {"covers": {"adcode": ["1408"]}}
RULE = rule(
    "AA-01",
    distance={"2021-01-01": "2 km"},
    measured_from={"theme": "river", "line": "bank", "accept": ["management", "centreline"]},
)


def river(key: str, line: str, geometry: shapely.Geometry, **manifest: object) -> object:
    return entry("river", (geometry, {"name": "汾河"}), key=key, line=line, **{**COMPLETE, **manifest})


def run(*layers: object, metres: float) -> Assessment:
    at = from_point(110.5, 35.5, 90.0, metres)
    return judged(in_memory(COUNTIES, *layers), site_frame({"site_id": "A", "at": at}), rulebook(RULE))


BANK = river("bank", "bank", MERIDIAN)
LINE = river("line", "management", MANAGEMENT)


def test_a_finding_for_every_accepted_line() -> None:
    rows = run(BANK, LINE, metres=1980).findings
    assert rows[["reading", "line", "ground"]].to_numpy().tolist() == [
        [1.0, "bank", "hit"],
        [2.0, "management", "miss"],
    ]
    assert rows["distance_m"].round(1).tolist() == [1980.0, 2210.0]
    assert rows["probability"].tolist() == [1.0, 0.0]


def test_lines_that_disagree_are_told_with_the_metres_between_them() -> None:
    told = verdict_of(run(BANK, LINE, metres=1980), "A")["readings"].split("\n")
    assert told == [
        "读法不一：1 条规则因基准线而异",
        "AA-01 规则AA-01：按河岸量 1,980 米触及，按管理范围线量 2,210 米不触及，相差 230 米，以河岸为准"
        "（结论因基准线而异，故列为待核实）",
    ]


@pytest.mark.parametrize(("metres", "word"), [(1000, "触及"), (5000, "不触及")])
def test_lines_that_agree_are_told_to(metres: float, word: str) -> None:
    told = verdict_of(run(BANK, LINE, metres=metres), "A")["readings"].split("\n")
    assert told[0] == "各读法一致：1 条规则有几种基准线，结论相同"
    assert told[1].endswith(
        f"按河岸量 {metres:,} 米{word}，按管理范围线量 {metres + 230:,} 米{word}，相差 230 米，结论一致，以河岸为准"
    )


def test_one_line_only_is_said_to_be_one() -> None:
    assert verdict_of(run(BANK, metres=1000), "A")["readings"] == "每条规则只有一种基准线可量"


def test_a_demonstration_line_never_disagrees_with_two_real_ones() -> None:
    demo = river("demo", "centreline", MANAGEMENT, demo=True, half_width_m=10)
    told = verdict_of(run(BANK, LINE, demo, metres=1000), "A")["readings"]
    assert "演示" not in told
    told = verdict_of(run(BANK, demo, metres=1980), "A")["readings"]
    assert "按中心线（演示）量 2,210 米不触及" in told and told.startswith("读法不一")


def test_a_stand_in_of_known_width_widens_the_doubt_by_it_and_of_unknown_width_says_so() -> None:
    known = run(river("centre", "centreline", MERIDIAN, half_width_m=300), metres=2100)
    row = check(known, "A", "AA-01")
    assert row["half_width_m"] == 300
    assert row["margin_low_m"] == pytest.approx(100 - 300 - 0.164, abs=0.01)
    assert "至多近 300 米，触及概率 67%" in row["reason"]  # 100 m or more of 0 … 300 m
    unknown = run(river("centre", "centreline", MERIDIAN), metres=2100)
    row = check(unknown, "A", "AA-01")
    assert np.isnan(row["half_width_m"])
    assert "半河宽不明，按至多 8 公里计" in row["reason"]


def test_an_open_check_tells_its_probability() -> None:
    rough = run(river("bank", "bank", MERIDIAN, accuracy_m=30), metres=1982)
    row = check(rough, "A", "AA-01")
    assert (row["state"], row["cause"]) == ("undetermined", "accuracy")
    assert row["probability"] == pytest.approx(0.7257, abs=2e-3)  # 18 m inside, 30 m: 0.6 standard errors
    assert "触及概率 73%" in row["reason"]


def test_no_probability_is_made_up_where_a_layer_may_be_incomplete() -> None:
    row = check(run(river("bank", "bank", MERIDIAN, covers=None), metres=5000), "A", "AA-01")
    assert row["cause"] == "coverage" and np.isnan(row["probability"])
