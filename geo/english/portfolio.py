"""All sites of a run together, in English: the matrix, rules counted, layers to get first, the rules used."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from geo.english.tables import Names, names_in, tell, told_frame, told_texts
from geo.industries import Entry
from geo.phrases import retell
from geo.rule import Bounds, Condition, Reference, Rule
from geo.rulebook import RuleBook
from geo.terms import Development, Effect, Measure, Outcome, PlanStatus, State, Strength

_RULE = re.compile(r"[A-Z]{2,}-\d+")


def told_beside(name: str, frame: pd.DataFrame, rulebook: RuleBook) -> pd.DataFrame:
    """A table that is made from a whole run (``matrix``, ``portfolio``, ``layers_first``, ``rules``); others as they are.

    What a plan says stays in its own words: places, industries, what it leaves open.
    """
    names = names_in(rulebook)
    if name == "matrix":
        states = {state.zh: state.en for state in State}
        rules = [column for column in frame if _RULE.fullmatch(column)]
        return frame.assign(**{column: frame[column].replace(states) for column in rules})
    if name == "portfolio":
        outcomes = {outcome.zh: outcome.en for outcome in Outcome}
        titles = [rulebook[rule_id].title.en for rule_id in frame["rule_id"]]
        return frame.assign(title=titles, bites_as=frame["bites_as"].replace(outcomes))
    if name == "layers_first":
        return told_frame(frame, ("what",), names)
    return _rules(frame, rulebook, names) if name == "rules" else frame


def _rules(frame: pd.DataFrame, rulebook: RuleBook, names: Names) -> pd.DataFrame:
    words = {
        term.zh: term.en
        for vocabulary, column in (
            (PlanStatus, "plan_status"),
            (Effect, "effect"),
            (Strength, "strength"),
            (Measure, "measure"),
        )
        for term in vocabulary
        if column in frame
    }
    rules = [rulebook[rule_id] for rule_id in frame["rule_id"]]
    both = {**names.quoted, **names.whole}
    told = {
        "title": [rule.title.en for rule in rules],
        "plan": [rulebook.plan_of(rule).title.en for rule in rules],
        "remedy": [rule.remedy.en for rule in rules],
        **{name: frame[name].replace(words) for name in ("plan_status", "effect", "strength", "measure")},
        "in_force": [
            text.replace(" 至 ", " to ").replace("另有规定", "further notice") for text in frame["in_force"]
        ],
        "inclusive": frame["inclusive"].replace({"含": "yes", "不含": "no"}),
        "developments": [
            ", ".join(Development(kind).en for kind in rule.applies_to.developments) for rule in rules
        ],
        "limit": told_texts(
            frame["limit"], lambda text: retell(text.replace("规划未给出", "not given").replace(" 起", " on"))
        ),
        "measured_from": [
            "jurisdiction"
            if rule.measure is Measure.IN_JURISDICTION
            else "\n".join(_reference(reference) for reference in rule.measured_from)
            for rule in rules
        ],
        "only_if": told_texts(frame["only_if"], lambda text: _each(text, both)),
        "requirements": told_texts(frame["requirements"], lambda text: _each(text, both)),
        "exceptions": told_texts(
            frame["exceptions"], lambda text: tell(_exceptions(text, both, rulebook), names)
        ),
        "industries": [_industries(rule, rulebook) for rule in rules],
    }
    return frame.assign(**told)


def _each(text: str, told: dict[str, str]) -> str:
    return "; ".join(told.get(part, part) for part in text.split("；"))


def _reference(reference: Reference) -> str:
    parts = [reference.theme.en]
    if reference.where:
        parts.append(f" ({_selection(reference.where)})")
    if reference.maybe is not None:
        parts.append(f"; in doubt: {_selection(reference.maybe) or 'all others'}")
    if reference.reach:
        parts.append(f"; only the reach {', '.join(reference.reach)}")
    if reference.lines:
        parts.append(f"; measured from the {', '.join(line.en for line in reference.lines)}")
    return "".join(parts)


def _selection(where: Mapping[str, Condition]) -> str:
    return ", ".join(f"{attribute}={_condition(condition)}" for attribute, condition in where.items())


def _condition(condition: Condition) -> str:
    if isinstance(condition, Bounds):
        least = [f"≥ {condition.min:g}"] if condition.min is not None else []
        most = [f"≤ {condition.max:g}"] if condition.max is not None else []
        return " ".join(least + most)
    return condition if isinstance(condition, str) else ", ".join(condition)


def _exceptions(text: str, told: dict[str, str], rulebook: RuleBook) -> str:
    evidence = {
        exception.evidence.zh: exception.evidence.en
        for rule in rulebook.rules.values()
        for exception in rule.exceptions
        if exception.evidence
    }
    text = text.replace("（无须佐证）", " (no evidence needed)")
    text = re.sub(r"（凭(.+?)）(?=$|，|\n)", lambda found: f" (by {evidence.get(found[1], found[1])})", text)
    text = re.sub(r"，至 (\d{4}-\d\d-\d\d)", r", until \1", text)
    return "\n".join(_first_told(line, told) for line in text.splitlines())


def _first_told(line: str, told: dict[str, str]) -> str:
    head, bracket, rest = line.partition(" (")
    return told.get(head, head) + bracket + rest


def _industries(rule: Rule, rulebook: RuleBook) -> str:
    if rule.applies_to.industries == "any":
        return "any project"
    lines = []
    for name in rule.applies_to.industries.names:
        group = rulebook.groups[name]
        text = f"{group.title.en}: " + ", ".join(_entry(entry) for entry in group.named)
        text += ", and so on" if group.open else ""
        if group.similar:
            text += "; similar (open): " + ", ".join(_entry(entry) for entry in group.similar)
        lines.append(text)
    return "\n".join(lines)


def _entry(entry: Entry) -> str:
    """A word of the plan, and what it stands for."""
    details = [*entry.codes, *(process.en for process in entry.processes), *(p.en for p in entry.purposes)]
    return f"{entry.word} [{'; '.join(details)}]"
