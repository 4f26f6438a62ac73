"""The coverage ledger: every row of the register has a use, a rule file or a reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from geo.errors import RuleBookError
from geo.ledger import Use, count_uses, load_ledger
from geo.rulebook import BUILT_IN, load_rulebook
from geo.terms import Effect

SHARED = Path(__file__).parents[2] / "shared"
BOOK = load_rulebook()
LEDGER = load_ledger(BOOK)


@pytest.mark.shared
def test_every_row_of_the_register_once() -> None:
    if not SHARED.is_dir():
        pytest.skip("the register of rules is not beside this checkout")
    with (SHARED / "reference" / "rule-register.csv").open(encoding="utf-8-sig", newline="") as table:
        register = [row["id"] for row in csv.DictReader(table)]
    assert len(register) == 417
    assert sorted(LEDGER) == sorted(register)


def test_the_ledger_has_417_rows() -> None:
    assert len(LEDGER) == 417
    assert {plan: sum(uses.values()) for plan, uses in count_uses(LEDGER).items()} == {
        "YC": 110,
        "TY": 103,
        "TA": 39,
        "YQ": 94,
        "JZ": 71,
    }


def test_every_rule_of_the_book_is_a_row_and_what_decides_is_executable() -> None:
    assert {entry.rule for entry in LEDGER.values() if entry.rule} == set(BOOK.rules)
    for row, entry in LEDGER.items():
        if entry.use in (Use.SCREEN, Use.ZONE):
            assert entry.rule == row, row
        if entry.use is Use.CONTEXT:
            assert entry.rule is None, row
            assert entry.reason, row
        if entry.use is Use.ZONE:
            assert BOOK[row].effect is Effect.INFORM, row


def test_a_row_that_names_no_rule_file_is_refused(tmp_path: Path) -> None:
    ledger = tmp_path / "coverage.yaml"
    text = (BUILT_IN / "coverage.yaml").read_text(encoding="utf-8")
    ledger.write_text(text.replace("rule: YC-15,", "rule: YC-999,").replace("rule: YC-15}", "rule: YC-999}"))
    with pytest.raises(RuleBookError) as caught:
        load_ledger(BOOK, ledger)
    assert {(problem.where, problem.value) for problem in caught.value.problems} == {
        ("YC-15", "YC-999"),
        ("YC-15", ""),
    }


def test_a_doubled_row_is_refused(tmp_path: Path) -> None:
    ledger = tmp_path / "coverage.yaml"
    text = (BUILT_IN / "coverage.yaml").read_text(encoding="utf-8")
    ledger.write_text(text + "\nYC-15: {use: context, reason: 又写了一次}\n", encoding="utf-8")
    with pytest.raises(RuleBookError) as caught:
        load_ledger(BOOK, ledger)
    assert "重复的键" in caught.value.problems[0].what
