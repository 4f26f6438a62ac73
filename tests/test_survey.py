"""What to survey: which stretch of which line, and to what accuracy."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from pyproj import Geod
from worlds import (
    DAY,
    entry,
    from_point,
    in_memory,
    rule,
    rulebook,
    site_frame,
    square_counties,
    verdict,
)

from geo import Assessment, assess

COUNTIES = square_counties(c140882=(110, 35, 111, 36))
BANK = shapely.LineString([(110.5, 35.1), (110.5, 35.9)])
TWO_KM = rule("AA-01", distance={"2021-01-01": "2 km"})
Z95 = 1.6448536269514722


def river(**manifest: Any) -> Any:
    return entry("river", (BANK, {"name": "汾河"}), **{"covers": {"adcode": ["1408"]}, **manifest})


def run(*layers: Any, metres: float, confidence: float = 0.95, **site: Any) -> Assessment:
    sites = site_frame({"site_id": "A", "at": from_point(110.5, 35.5, 90, metres), **site})
    catalog = in_memory(COUNTIES, *layers)
    return assess(rulebook(TWO_KM), catalog, sites, DAY, confidence, move_radius_m=0)


def test_the_stretch_is_where_the_limit_could_be_reached() -> None:
    row = run(river(accuracy_m=30), metres=1982).survey_needed.iloc[0]
    # the chord of a circle of 2000 + 30 × 1.645 m about a point 1982 m off the line
    half = ((2000 + 30 * Z95) ** 2 - 1982**2) ** 0.5
    assert row["length_m"] == pytest.approx(2 * half, rel=1e-3)
    south, north = row.geometry.bounds[1], row.geometry.bounds[3]
    _, _, up = Geod(ellps="GRS80").inv(110.5, 35.5, 110.5, north)
    _, _, down = Geod(ellps="GRS80").inv(110.5, 35.5, 110.5, south)
    assert (up, down) == (pytest.approx(half, rel=1e-3), pytest.approx(half, rel=1e-3))
    assert shapely.distance(row.geometry, BANK) < 1e-9


def test_the_accuracy_would_settle_it() -> None:
    open_ = run(river(accuracy_m=30), metres=1982)
    row = open_.survey_needed.iloc[0]
    assert row["accuracy_needed_m"] == pytest.approx(18 / Z95, rel=1e-3)
    assert row["probability"] == pytest.approx(0.7257, abs=2e-3)
    assert "测量汾河河岸" in verdict(open_, "A")["settle"] and "10.9 米" in verdict(open_, "A")["settle"]
    # surveyed so and no finer, the check decides; a little coarser, it does not
    needed = float(row["accuracy_needed_m"])
    assert verdict(run(river(accuracy_m=needed * 0.99), metres=1982), "A")["outcome"] == "prohibited"
    assert verdict(run(river(accuracy_m=needed * 1.01), metres=1982), "A")["outcome"] == "undetermined"


def test_the_sites_own_error_leaves_less_for_the_line() -> None:
    row = run(river(accuracy_m=30), metres=1982, accuracy_m=6.0).survey_needed.iloc[0]
    assert row["accuracy_needed_m"] == pytest.approx(((18 / Z95) ** 2 - 36) ** 0.5, rel=1e-2)
    rough = run(river(accuracy_m=30), metres=1982, accuracy_m=20.0).survey_needed.iloc[0]
    assert rough["accuracy_needed_m"] == pytest.approx(18 / Z95 / 2**0.5, rel=1e-2)
    assert "场地位置（现 ±20.0 米）也须测到 7.7 米" in rough["what"]


def test_a_stand_in_asks_for_the_line_meant() -> None:
    row = run(river(line="centreline", half_width_m=300), metres=2100).survey_needed.iloc[0]
    assert row["line"] == "bank" and "测量汾河河岸" in row["what"]
    # the bank is expected 150 m nearer: 50 m inside
    assert row["accuracy_needed_m"] == pytest.approx(50 / Z95, rel=1e-2)


def test_an_undeclared_datum_is_declared_first() -> None:
    row = run(river(), metres=2300, datum="undeclared").survey_needed.iloc[0]
    assert row["what"].startswith("先申报坐标系；仍待核实时，测量汾河河岸")


def test_what_is_decided_and_demonstration_data_need_no_survey() -> None:
    assert len(run(river(accuracy_m=30), metres=1500).survey_needed) == 0
    assert len(run(river(accuracy_m=30, demo=True), metres=1982).survey_needed) == 0


def test_more_confidence_asks_for_a_longer_stretch_and_a_finer_survey() -> None:
    rows = [
        run(river(accuracy_m=30), metres=1982, confidence=c).survey_needed.iloc[0] for c in (0.9, 0.95, 0.99)
    ]
    assert rows[0]["length_m"] < rows[1]["length_m"] < rows[2]["length_m"]
    assert rows[0]["accuracy_needed_m"] > rows[1]["accuracy_needed_m"] > rows[2]["accuracy_needed_m"]
    # at 60 % the 18 m are enough
    assert len(run(river(accuracy_m=30), metres=1982, confidence=0.6).survey_needed) == 0


def test_a_border_that_decides_which_rules_apply_is_surveyed_too() -> None:
    rough = square_counties(c140882=(110, 35, 111, 36), c141002=(111, 35, 112, 36))
    rough.frame["level"] = "county"
    layer = rough.layer.model_copy(update={"accuracy_m": 100.0})
    bank = entry(
        "river",
        (shapely.LineString([(111.0, 35.1), (111.0, 35.9)]), {"name": "汾河"}),
        covers={"adcode": ["14"]},
    )
    catalog = in_memory(type(rough)(layer, rough.frame), bank)
    sites = site_frame({"site_id": "A", "at": from_point(111.0, 35.5, 270, 50)})
    result = assess(rulebook(TWO_KM), catalog, sites, DAY, move_radius_m=0)
    border = result.survey_needed[result.survey_needed["feature_name"] == "辖区界"].iloc[0]
    assert border["rule_id"] == "AA-01"
    assert border["length_m"] == pytest.approx(2 * ((100 * Z95) ** 2 - 50**2) ** 0.5, rel=5e-3)
    assert border["accuracy_needed_m"] == pytest.approx(50 / Z95, rel=1e-2)
    assert border["probability"] == pytest.approx(0.6915, abs=2e-3)  # half a standard error inside
