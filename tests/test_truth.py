"""The truth benchmark: the product's answer to every tiny town, from files, by its own readers."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyproj import Geod
from truth.question import ABILITIES, MAY_BUILD, NEEDS, can_ask, write_question
from truth.scores import BEGIN, CANNOT, END, NAMES, RIGHT, WRONG, read_said, render, score_ours, score_peer
from truth.town import Town, load_towns

TOWNS = load_towns()
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("town", TOWNS, ids=lambda town: town.id)
def test_the_answer_is_the_one_worked_out_by_hand(tmp_path: Path, town: Town) -> None:
    result = town.screen(tmp_path)
    (verdict,) = result.verdicts.to_dict("records")
    assert verdict["outcome"] == town.answer, verdict["reasons"]
    assert verdict["deciding_rule_ids"] == ";".join(town.by)
    if town.answer == "undetermined":
        causes = {cause for row in result.findings["cause"] for cause in row.split(";")}
        assert town.cause in causes


def test_there_are_enough_towns_and_each_has_its_own_name() -> None:
    assert len(TOWNS) >= 24
    assert len({town.id for town in TOWNS}) == len(TOWNS)
    assert {town.answer for town in TOWNS} >= {"prohibited", "clear", "undetermined", "not_covered"}


def test_metres_of_a_town_are_metres_on_the_ellipsoid() -> None:
    (town,) = [town for town in TOWNS if town.id == "point-at-999.9-m"]
    site, bank = town.place(town.site["at"]), town.place("POINT (0 0)")
    assert Geod(ellps="GRS80").inv(bank.x, bank.y, site.x, site.y)[2] == pytest.approx(999.9, abs=1e-3)


# The table in the README --------------------------------------------------------------------------------


def test_the_readme_names_every_town_and_ours_is_right_on_all() -> None:
    table = README.split(BEGIN)[1].split(END)[0]
    rows = {cells[1]: cells for row in table.splitlines() if len(cells := row.split("|")) > 5}
    for town in TOWNS:
        (cells,) = [cells for title, cells in rows.items() if f"(`{town.id}`)" in title]
        assert f"`{town.answer}`" in cells[2]
        assert cells[3].strip().startswith("✓")
    assert f"{len(TOWNS)} 个小镇，100% 对" in table
    assert table.strip() == render(TOWNS, read_said()).strip()


def test_what_was_kept_of_ours_is_what_ours_says() -> None:
    said = read_said()["ours"]["towns"]
    assert {town.id: score_ours(town, said[town.id]) for town in TOWNS} == dict.fromkeys(
        (town.id for town in TOWNS), RIGHT
    )
    assert set(said) == {town.id for town in TOWNS}


def test_every_peer_was_asked_all_that_it_can_express_or_did_not_install() -> None:
    said = read_said()
    for peer in NAMES:
        if "not_installed" in said[peer]:
            assert said[peer]["not_installed"]
            continue
        assert said[peer]["versions"]
        assert set(said[peer]["towns"]) == {town.id for town in TOWNS if can_ask(town, peer)}


def test_a_yes_or_no_is_asked_only_where_the_answer_is_one() -> None:
    assert {need for town in TOWNS for need in town.needs} == set(NEEDS)
    for town in TOWNS:
        for peer in ABILITIES:
            if can_ask(town, peer):
                assert town.answer in MAY_BUILD, f"{town.id}: {peer} cannot say {town.answer}"


def test_no_answer_is_no_fault() -> None:
    by_id = {town.id: town for town in TOWNS}
    near, late = by_id["on-the-line"], by_id["date-boundary"]
    assert score_peer(near, "atlite", {"may_build": False}) == RIGHT
    assert score_peer(near, "atlite", {"may_build": True}) == WRONG
    assert score_peer(near, "atlite", {"failed": "ValueError"}) == CANNOT
    assert score_peer(near, "atlite", {}) == CANNOT
    assert score_peer(late, "atlite", {"may_build": True}) == CANNOT
    assert score_ours(near, "clear") == WRONG


def test_a_question_holds_what_its_rules_need(tmp_path: Path) -> None:
    by_id = {town.id: town for town in TOWNS}
    asked = write_question(by_id["laxer-local-rule"], tmp_path / "a")
    assert [rule["limit_m"] for rule in asked["rules"]] == [1000.0, 500.0]
    assert write_question(by_id["last-day"], tmp_path / "b")["rules"] == []
    (rule,) = write_question(by_id["bow-tie-park"], tmp_path / "c")["rules"]
    assert rule["limit_m"] is None
    assert write_question(by_id["far-from-the-meridian"], tmp_path / "d")["crs"] == "EPSG:4547"
