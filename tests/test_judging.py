"""Judging all findings at once says, to the byte, what judging them one by one says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from rowwise import judge_rowwise
from seeded import parcels

from geo import load_layers, load_rulebook, read_sites, starter_folder
from geo.contracts import conform
from geo.findings import measure_sites
from geo.frames import SITES
from geo.kinds import Groups, kinds_of, told
from geo.scope import SiteScope, match_sites
from geo.sitefiles.alike import Alike
from geo.sites import read_files
from geo.verdicts import judge_checks, outcomes_of
from geo.wording import metres_text
from geo.zones import find_zones

DAY = date(2026, 1, 1)


def _same(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    assert list(ours.columns) == list(theirs.columns)
    for name in ours.columns:
        one, other = (frame[name].to_numpy(dtype=object) for frame in (ours, theirs))
        apart = [
            (a, b) for a, b in zip(one, other, strict=True) if not (a == b or (pd.isna(a) and pd.isna(b)))
        ]
        assert not apart, (name, apart[0])


def _many() -> pd.DataFrame:
    """Parcels that state much and little: datums, evidence, codes of other counties, points among the areas."""
    held = parcels(150, seed=3, existing=0.2).assign(
        purpose="project", facts="", evidence="", adcode="", basis="", source=""
    )
    rng = np.random.default_rng(5)
    held.loc[rng.random(150) < 0.2, "datum"] = "undeclared"
    held.loc[rng.random(150) < 0.1, "adcode"] = "140882"
    held.loc[rng.random(150) < 0.1, "accuracy_m"] = 900.0
    points = rng.random(150) < 0.2
    held.loc[points, "geometry"] = shapely.point_on_surface(held.geometry.to_numpy()[points])
    return conform(held, SITES)


@pytest.mark.parametrize("which", ["examples", "many"])
def test_every_text_equals_that_of_judging_row_by_row(which: str) -> None:
    book, layers = load_rulebook(), load_layers(starter_folder())
    sites = read_sites(starter_folder() / "example_sites.csv").sites if which == "examples" else _many()
    scope = match_sites(sites, book, layers, DAY)
    rules = [book[rule_id] for rule_id in dict.fromkeys(scope.rules["rule_id"])]
    measured = measure_sites(sites, scope, find_zones(rules, layers, DAY, sites), book, layers, DAY)
    for ours, theirs in zip(
        judge_checks(sites, scope, measured, book, DAY, 0.9),
        judge_rowwise(sites, scope, measured, book, DAY, 0.9),
        strict=True,
    ):
        _same(ours, theirs)
    silent = outcomes_of(sites, scope, measured, book)
    assert silent.tolist() == judge_checks(sites, scope, measured, book, DAY)[2]["outcome"].tolist()


def test_a_finding_stands_in_scope_once() -> None:
    book, layers, sites = load_rulebook(), load_layers(starter_folder()), _many().iloc[:3]
    scope = match_sites(sites, book, layers, DAY)
    rules = [book[rule_id] for rule_id in dict.fromkeys(scope.rules["rule_id"])]
    measured = measure_sites(sites, scope, find_zones(rules, layers, DAY, sites), book, layers, DAY)
    for held in (scope.rules.iloc[1:], pd.concat([scope.rules, scope.rules.iloc[:1]], ignore_index=True)):
        with pytest.raises(ValueError, match="more than once, or not at all"):
            judge_checks(sites, replace(scope, rules=held), measured, book, DAY)


def test_no_site_and_no_finding() -> None:
    book, layers = load_rulebook(), load_layers(starter_folder())
    sites = _many().iloc[:0]
    scope = match_sites(sites, book, layers, DAY)
    assert isinstance(scope, SiteScope)
    measured = measure_sites(sites, scope, find_zones([], layers, DAY, sites), book, layers, DAY)
    judged, checks, verdicts = judge_checks(sites, scope, measured, book, DAY)
    assert len(judged) == len(checks) == len(verdicts) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abc"), st.floats(-1e6, 1e6)), max_size=40))
def test_kinds_and_groups_say_what_loops_say(rows: list[tuple[int, str, float]]) -> None:
    numbers = np.array([row[0] for row in rows], dtype=np.int64)
    words = np.array([row[1] for row in rows], dtype=object)
    metres = np.array([row[2] for row in rows], dtype=float)
    kind, first = kinds_of(numbers, words)
    assert [(numbers[first[k]], words[first[k]]) for k in kind] == [row[:2] for row in rows]
    assert told(metres, metres_text).tolist() == [metres_text(row[2]) for row in rows]
    groups = Groups(numbers, 5)
    expected = [[row[1] for row in rows if row[0] == group] for group in range(5)]
    assert groups.joined(words, ";").tolist() == [";".join(held) for held in expected]
    assert groups.joined_once(words, ";").tolist() == [";".join(dict.fromkeys(held)) for held in expected]


def test_rows_that_state_the_same_read_as_if_each_were_read_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = parcels(120, seed=8, existing=0.2)
    held.loc[[3, 50], "name"] = [
        "某某焦化有限公司扩建项目",
        "地块（改扩建）",
    ]  # names that say something themselves
    held.loc[[7], "site_id"] = held.loc[0, "site_id"]
    held.loc[[9], "geometry"] = shapely.from_wkt(
        "POLYGON ((111 35, 111.01 35.01, 111.01 35, 111 35.01, 111 35))"
    )
    held.loc[[11], "industry"] = "2521;9999"
    path = tmp_path / "list.gpkg"
    held.to_file(path)
    at_once = read_files(path)[0]
    monkeypatch.setattr(Alike, "site", lambda *_: None)
    one_by_one = read_files(path)[0]
    assert at_once.problems == one_by_one.problems and at_once.notes == one_by_one.notes
    assert len(at_once.problems) == 3 and at_once.notes
    assert at_once.rows == one_by_one.rows
