"""The README's numbers are those of the rule book, and its commands exist."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from geo.cli import app
from geo.rulebook import load_rulebook
from geo.terms import Effect

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BOOK = load_rulebook()
COLUMNS = [
    Effect.PROHIBIT,
    Effect.PHASE_OUT,
    Effect.RESTRICT,
    Effect.REQUIRE,
    Effect.PROTECT,
    Effect.RESTORE,
    Effect.INFORM,
]


@pytest.mark.parametrize("plan", BOOK.plans)
def test_rules_and_examples_by_plan_and_effect(plan: str) -> None:
    rules = [rule for rule in BOOK.rules.values() if rule.plan == plan]
    effects = Counter(rule.effect for rule in rules)
    numbers = [effects[effect] for effect in COLUMNS] + [
        len(rules),
        sum(len(rule.examples) for rule in rules),
    ]
    (line,) = [line for line in README.splitlines() if f"`{BOOK.plans[plan].code}` |" in line]
    assert [int(cell.strip() or 0) for cell in line.split("|")[2:-1]] == numbers


def test_the_totals() -> None:
    examples = sum(len(rule.examples) for rule in BOOK.rules.values())
    assert f"**{len(BOOK)}** | **{examples}** |" in README


def test_every_verb_is_in_the_readme() -> None:
    command = get_command(app)
    verbs = []
    for name, sub in command.commands.items():  # type: ignore[attr-defined]
        nested = getattr(sub, "commands", None)
        verbs += [f"{name} {inner}" for inner in nested] if nested else [name]
    documents = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [
        verb for verb in verbs if f"`{verb}" not in documents and f"hongxian {verb}" not in documents
    ] == []


FENCED = "\n".join(re.findall(r"```\n(.*?)```", README, re.S))


@pytest.mark.parametrize("verb", sorted(set(re.findall(r"^hongxian ([a-z]+)", FENCED, re.M))))
def test_commands_of_the_readme_exist(verb: str) -> None:
    assert CliRunner().invoke(app, [verb, "--help"]).exit_code == 0
