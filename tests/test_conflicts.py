"""Conflicts: what meets on one site, on which ground, and what governs."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from worlds import DAY, entry, from_point, in_memory, rule, rulebook, site_frame, square_counties

from geo import Assessment, assess
from geo.terms import Development

COUNTIES = square_counties(c140882=(110, 35, 111, 36))
COMPLETE = {"covers": {"adcode": ["1408"]}}
BANK = shapely.LineString([(110.5, 35.1), (110.5, 35.9)])
EVERY = {"developments": list(Development), "industries": "any"}


def river(**manifest: Any) -> Any:
    return entry("river", (BANK, {"name": "汾河"}), **{**COMPLETE, **manifest})


def plot(metres_east: float, wide: float, high: float) -> shapely.Geometry:
    lon, lat = from_point(110.5, 35.5, 90, metres_east)
    return shapely.box(lon, lat, from_point(lon, lat, 90, wide)[0], from_point(lon, lat, 0, high)[1])


def run(catalog: Any, *rules: Any, **site: Any) -> Assessment:
    book = rulebook(*rules, drafts=[r.plan for r in rules if r.plan.endswith("9")])
    return assess(book, catalog, site_frame({"site_id": "A", **site}), DAY, move_radius_m=0)


def two_rules(**second: Any) -> list[Any]:
    first = rule("AA-01", distance={"2021-01-01": "1 km"})
    return [first, rule("AA-02", **{"distance": {"2021-01-01": "800 m"}, "effect": "restrict", **second})]


def test_two_outcomes_meet_on_the_ground_that_both_zones_take() -> None:
    # 600 m to 1100 m east: the first zone takes 400 m of the plot, the second 200 m, both 200 m
    row = run(in_memory(COUNTIES, river()), *two_rules(), geometry=plot(600, 500, 300)).conflicts.iloc[0]
    assert (row["kind"], row["rule_ids"]) == ("outcomes", "AA-01;AA-02")
    assert row["area_ha"] == pytest.approx(200 * 300 / 10_000, abs=0.01)
    assert row["governing"].startswith("以 AA-01 规则AA-01 为准（更严）")
    assert "AA-01 规则AA-01：禁止（确定触及）；AA-02 规则AA-02：限制（确定触及）" in row["note"]


def test_two_plans_meet_and_the_governing_one_is_stated_with_its_reason() -> None:
    rules = [
        rule("AA-01", effect="restrict", applies_to=EVERY),
        rule("BB-01", plan="plan-14", jurisdiction={"adcode": ["14"]}, applies_to=EVERY),
    ]
    result = run(in_memory(COUNTIES, river()), *rules, geometry=plot(600, 100, 100))
    row = result.conflicts.iloc[0]
    assert (row["kind"], row["rule_ids"]) == ("plans", "BB-01;AA-01")
    assert row["governing"] == "以 BB-01 规则BB-01 为准（更严）；如何衔接请市生态环境局裁定"
    assert row["area_ha"] == pytest.approx(1.0, abs=0.01)
    assert "以 BB-01" in result.verdicts["governing"].iat[0]


def test_rules_that_say_the_same_do_not_conflict() -> None:
    rules = two_rules(effect="prohibit")
    assert len(run(in_memory(COUNTIES, river()), *rules, geometry=plot(600, 100, 100)).conflicts) == 0


def test_a_point_has_a_point_and_no_hectares() -> None:
    at = from_point(110.5, 35.5, 90, 500)
    row = run(in_memory(COUNTIES, river()), *two_rules(), at=at).conflicts.iloc[0]
    assert row.geometry.geom_type == "Point" and row["area_ha"] != row["area_ha"]


def test_a_strip_to_be_restored_under_a_use_that_is_not_prohibited() -> None:
    strip = rule("AA-09", effect="restore", strength="mandatory", distance={"2021-01-01": "100 m"})
    # of another industry: no rule is about the site, yet the strip is under it
    site = {"geometry": plot(40, 200, 300), "industry": "1411"}
    row = run(in_memory(COUNTIES, river()), strip, **site).conflicts.iloc[0]
    assert (row["kind"], row["conflict_id"], row["rule_ids"]) == (
        "restoration",
        "A/restoration/AA-09",
        "AA-09",
    )
    assert row["area_ha"] == pytest.approx(60 * 300 / 10_000, abs=0.01)
    assert row["governing"].startswith("以 AA-09 规则AA-09 为准（强制）：带内用地留作修复")
    assert "按现有规则此用途为“未触及”，并未禁止" in row["note"]


def test_no_strip_conflict_where_the_use_is_prohibited_anyway() -> None:
    strip = rule("AA-09", effect="restore", distance={"2021-01-01": "100 m"})
    rules = [strip, rule("AA-01", distance={"2021-01-01": "1 km"})]
    found = run(in_memory(COUNTIES, river()), *rules, geometry=plot(40, 200, 300)).conflicts
    assert "restoration" not in set(found["kind"])


def test_a_site_across_a_city_border_shows_its_part_beyond() -> None:
    counties = square_counties(c140882=(110, 35, 110.5, 36), c141002=(110.5, 35, 111, 36))
    rules = [
        rule("AA-01", distance={"2021-01-01": "1 km"}, applies_to=EVERY),
        rule("BB-01", plan="plan-1410", jurisdiction={"adcode": ["1410"]}, applies_to=EVERY),
    ]
    wide = shapely.union(plot(-300, 300, 200), plot(0, 100, 200))
    found = run(in_memory(counties, river(covers={"adcode": ["14"]})), *rules, geometry=wide).conflicts
    row = found[found["kind"] == "border"].iloc[0]
    assert row["area_ha"] == pytest.approx(2.0, abs=0.02)  # 100 m × 200 m lie in the other city
    assert "《规划1408》《规划1410》" in row["note"]
    assert "取其严" in row["governing"]
