"""The coverage certificate: rule by city, what the layers at hand let each rule decide."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from worlds import (
    DAY,
    Entry,
    entry,
    in_memory,
    judged,
    on_disk,
    rule,
    rulebook,
    site_frame,
    square_counties,
    the_rules,
)

from geo.certificate import certify, count_by_city, missing_for, rank_gaps
from geo.cli import main
from geo.contracts import check
from geo.coverage import STATUS, check_coverage
from geo.errors import RunError
from geo.frames import CERTIFICATE, COVERAGE, GAPS
from geo.rule import Rule
from geo.terms import Theme
from geo.writers.certificate import write_certificate
from geo.writers.content import Kind
from geo.writers.contents import run_contents

#: Two cities of one county each, side by side; the real outlines play no part.
COUNTIES = square_counties(c140802=(110.0, 35.0, 111.0, 36.0), c140105=(112.0, 37.0, 113.0, 38.0))
INSIDE = {"measure": "inside", "measured_from": {"theme": "red_line"}}
PLOT = (shapely.box(110.2, 35.2, 110.3, 35.3), {"name": "甲"})


def status(rules: list[Rule], *entries: Entry, **options: Any) -> dict[tuple[str, str, str], str]:
    """Status by rule, city and theme."""
    frame = certify(rulebook(*rules), in_memory(COUNTIES, *entries), DAY, **options)
    keys = zip(frame["rule_id"], frame["adcode"], frame["theme"], strict=True)
    return dict(zip(keys, frame["status"], strict=True))


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({"covers": {"adcode": ["1408"]}}, "present"),
        ({"covers": {"adcode": ["1401"]}}, "partial"),
        ({"covers": None}, "unknown"),
        ({"covers": {"adcode": ["1408"]}, "demo": True}, "demonstration"),
        ({"covers": {"adcode": ["1408"]}, "as_of": date(2021, 1, 1)}, "present"),  # five years to the day
        ({"covers": {"adcode": ["1408"]}, "as_of": date(2020, 12, 31)}, "stale"),
        ({"covers": None, "as_of": date(2020, 12, 31)}, "unknown"),
    ],
)
def test_the_status_of_one_layer(manifest: dict[str, Any], expected: str) -> None:
    held = status([rule("AA-01", **INSIDE)], entry("red_line", PLOT, **manifest))
    assert held == {("AA-01", "1408", "red_line"): expected}


def test_no_layer_is_absent() -> None:
    assert status([rule("AA-01", **INSIDE)]) == {("AA-01", "1408", "red_line"): "absent"}


def test_when_stale_is_the_users_to_say() -> None:
    layer = entry("red_line", PLOT, covers={"adcode": ["1408"]}, as_of=date(2024, 6, 30))
    rules = [rule("AA-01", **INSIDE)]
    assert set(status(rules, layer).values()) == {"present"}
    assert set(status(rules, layer, stale_after=1).values()) == {"stale"}
    assert set(status(rules, layer, stale_after=1.5).values()) == {"stale"}  # since 2024-07-01
    assert set(status(rules, layer, stale_after=2).values()) == {"present"}


def test_a_fresh_layer_beside_an_old_one_is_enough() -> None:
    old = entry("red_line", PLOT, key="old", covers={"adcode": ["1408"]}, as_of=date(1990, 1, 1))
    new = entry("red_line", PLOT, key="new", covers={"adcode": ["1408"]}, as_of=date(2025, 1, 1))
    frame = certify(rulebook(rule("AA-01", **INSIDE)), in_memory(COUNTIES, old, new), DAY)
    assert frame.loc[0, "status"] == "present"
    assert (frame.loc[0, "layers"], frame.loc[0, "as_of"]) == ("new;old", "1990-01-01")
    assert frame.loc[0, "note"] == f"{STATUS['present'][1]}。过时：old"


def test_a_layer_without_a_date_is_not_called_stale_but_said() -> None:
    frame = certify(
        rulebook(rule("AA-01", **INSIDE)),
        in_memory(COUNTIES, entry("red_line", PLOT, covers={"adcode": ["14"]})),
        DAY,
    )
    assert frame.loc[0, "status"] == "present"
    assert "没有写时点：red_line" in frame.loc[0, "note"]


def test_a_rule_of_two_cities_is_certified_for_each() -> None:
    both = rule("AA-01", **INSIDE, jurisdiction={"adcode": ["1408", "140105"]})
    layer = entry("red_line", PLOT, covers={"adcode": ["1408"]})
    assert status([both], layer) == {
        ("AA-01", "1408", "red_line"): "present",
        ("AA-01", "1401", "red_line"): "partial",
    }


def test_a_rule_of_the_province_is_certified_for_all_its_cities() -> None:
    province = rule("AA-01", **INSIDE, jurisdiction={"adcode": ["14"]})
    held = status([province])
    assert len(held) == 11  # the prefecture-level cities of Shanxi
    assert ("AA-01", "1401", "red_line") in held


def test_the_worst_of_several_references_counts_and_all_are_named() -> None:
    where = [{"theme": "river", "where": {"name": "汾河"}}, {"theme": "river", "where": {"name": "涑水河"}}]
    layer = entry(
        "river",
        (shapely.box(110.2, 35.2, 110.3, 35.3), {"name": "汾河"}),
        where={"name": "汾河"},
        covers={"adcode": ["1408"]},
    )
    frame = certify(rulebook(rule("AA-01", measured_from=where)), in_memory(COUNTIES, layer), DAY)
    assert frame["status"].tolist() == ["absent"]
    assert "汾河：完整；涑水河：缺" in frame.loc[0, "note"]


def test_rules_for_whole_districts_need_their_outlines_only() -> None:
    whole = rule("AA-01", measure="in_jurisdiction")
    assert status([whole]) == {("AA-01", "1408", "admin"): "present"}
    elsewhere = rule("AA-02", measure="in_jurisdiction", jurisdiction={"adcode": ["1403"]})
    assert status([elsewhere]) == {("AA-02", "1403", "admin"): "absent"}


def test_the_city_is_drawn_and_the_contract_kept() -> None:
    frame = certify(rulebook(rule("AA-01", **INSIDE)), in_memory(COUNTIES), DAY)
    check(frame, CERTIFICATE)
    assert isinstance(frame, gpd.GeoDataFrame) and frame.crs.to_epsg() == 4490
    assert frame.loc[0, "city"] == "运城市"
    assert frame.geometry.iloc[0].equals(shapely.box(110.0, 35.0, 111.0, 36.0))


def test_get_this_layer_first() -> None:
    park = {"measure": "outside", "measured_from": {"theme": "park"}}
    rules = [
        rule("AA-01", **INSIDE),
        rule("AA-02", **INSIDE, jurisdiction={"adcode": ["1408", "1401"]}),
        rule("AA-03", **park),
        rule("AA-04", measure="in_jurisdiction"),
    ]
    layer = entry("park", PLOT, covers=None)
    gaps = rank_gaps(certify(rulebook(*rules), in_memory(COUNTIES, layer), DAY))
    check(gaps, GAPS)
    assert gaps[["theme", "rules", "rule_ids", "cities", "statuses"]].to_numpy().tolist() == [
        ["red_line", 2.0, "AA-01;AA-02", "太原市;运城市", "缺 3"],
        ["park", 1.0, "AA-03", "运城市", "范围不明 1"],
    ]
    assert rank_gaps(certify(rulebook(rules[3]), in_memory(COUNTIES), DAY)).empty


def test_it_agrees_with_the_coverage_table() -> None:
    """The same statuses as the frame of a run, for rules with one reference a theme in one city."""
    layers = [entry("red_line", PLOT, covers={"adcode": ["1408"]}), entry("lake", PLOT, covers=None)]
    catalog = in_memory(COUNTIES, *layers, entry("park", PLOT, demo=True))
    table = check(check_coverage(the_rules(), catalog, DAY), COVERAGE)
    simple = table.groupby(["rule_id", "theme"]).filter(lambda rows: len(rows) == 1)
    frame = certify(the_rules(), catalog, DAY)
    merged = simple.merge(frame, on=["rule_id", "theme"], suffixes=("", "_city"))
    assert len(merged) == len(simple) > 150
    assert merged["status"].tolist() == merged["status_city"].tolist()
    assert {"present", "partial", "unknown", "demonstration", "absent"} >= set(merged["status"])


def test_every_run_carries_the_certificate() -> None:
    """In the assessment, and among the layers of a run: the cities as areas, the gaps as a table."""
    lake = entry("lake", PLOT, covers={"adcode": ["1408"]}, as_of=date(2012, 1, 1))
    book = rulebook(rule("AA-01", **INSIDE), rule("AA-02", measure="inside", measured_from={"theme": "lake"}))
    result = judged(in_memory(COUNTIES, lake), site_frame({"at": (110.5, 35.5)}), book)
    assert dict(zip(result.certificate["rule_id"], result.certificate["status"], strict=True)) == {
        "AA-01": "absent",
        "AA-02": "stale",
    }
    assert count_by_city(result.certificate).to_dict("records") == [
        {"城市": "运城市", "过时": 1, "缺": 1, "合计": 2}
    ]
    assert missing_for(result.gaps, most=1) == [
        "湖泊及其保护修复区（过时 1）：运城市 1 条规则未决：AA-02",
        "……另有 1 类图层，见 gaps 表",
    ]
    held = {content.name: content for content in run_contents(result)}
    assert held["certificate"].kind is Kind.AREA and len(held["certificate"].frame) == 2
    assert held["gaps"].frame["rule_ids"].tolist() == ["AA-02", "AA-01"]


# Files and the command --------------------------------------------------------------------------------


def test_written_as_csv_and_geopackage(tmp_path: Path) -> None:
    frame = certify(rulebook(rule("AA-01", **INSIDE)), in_memory(COUNTIES), DAY)
    gaps = rank_gaps(frame)
    write_certificate(frame, gaps, tmp_path / "a.csv")
    table = pd.read_csv(tmp_path / "a.csv", dtype=str, encoding="utf-8-sig")
    assert table.columns.tolist() == list(CERTIFICATE)
    assert table.loc[0, ["rule_id", "adcode", "status"]].tolist() == ["AA-01", "1408", "absent"]
    write_certificate(frame, gaps, tmp_path / "a.gpkg")
    drawn = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="certificate")
    assert drawn.crs.to_epsg() == 4490
    assert drawn.total_bounds.tolist() == [110.0, 35.0, 111.0, 36.0]
    ranked = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="gaps")
    assert ranked["theme_zh"].tolist() == [Theme.RED_LINE.zh]
    write_certificate(frame, gaps, tmp_path / "a.xlsx")
    book = pd.read_excel(tmp_path / "a.xlsx", sheet_name=None, dtype=str)
    assert list(book) == ["各市", "覆盖证明", "先补哪个图层"]
    assert book["各市"].to_dict("records") == [{"城市": "运城市", "缺": "1", "合计": "1"}]
    assert book["覆盖证明"].loc[0, ["规则", "城市代码", "状况（中文）"]].tolist() == ["AA-01", "1408", "缺"]
    assert book["先补哪个图层"]["未决规则"].tolist() == ["AA-01"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "a.gpkg", "a.xlsx"]
    for name, what in {"a.csv": "已存在", "a.shp": "须以"}.items():
        with pytest.raises(RunError, match=what):
            write_certificate(frame, gaps, tmp_path / name)


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    layer = entry("red_line", PLOT, covers={"adcode": ["1408"]}, as_of=date(2024, 6, 30))
    manifest = on_disk(tmp_path / "layers", COUNTIES, layer)
    book = rulebook(rule("AA-01", **INSIDE), rule("AA-02", measure="inside", measured_from={"theme": "park"}))
    monkeypatch.setattr("geo.rulebook.load_rulebook", lambda folder=None, overlay=None: book)

    def run(*args: object) -> int:
        given = ["hongxian", "layers", "check", "--layers", manifest, "--on", "2026-01-01", *args]
        monkeypatch.setattr(sys, "argv", [str(arg) for arg in given])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    assert run("--out", tmp_path / "cov.gpkg") == 0
    assert "先补哪个图层" in capsys.readouterr().out
    assert len(pyogrio.read_dataframe(tmp_path / "cov.gpkg", layer="certificate")) == 2
    assert run("--out", tmp_path / "cov.gpkg") == 2
    assert "未覆盖" in capsys.readouterr().err
    assert run("--json", "--stale-after", "1") == 0
    said = json.loads(capsys.readouterr().out)
    assert {row["rule_id"]: row["status"] for row in said["certificate"]} == {
        "AA-01": "stale",
        "AA-02": "absent",
    }
    assert [row["theme"] for row in said["gaps"]] == ["park", "red_line"]
    assert {row["status"] for row in said["coverage"]} == {"present", "absent"}
