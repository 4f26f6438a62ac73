"""The truth benchmark: the product's answer to every tiny town, from files, by its own readers."""

from __future__ import annotations

from pathlib import Path

import pytest
from truth.town import Town, load_towns

TOWNS = load_towns()


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
