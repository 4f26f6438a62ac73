"""All sites of a run together, in English: the matrix, rules counted, layers to get first, the rules used."""

from __future__ import annotations

import re

import pandas as pd

from geo.english.tables import Names, names_in, tell, told_frame, told_texts
from geo.phrases import retell
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
        "measured_from": told_texts(frame["measured_from"], _reference),
        "only_if": told_texts(frame["only_if"], lambda text: _each(text, both)),
        "requirements": told_texts(frame["requirements"], lambda text: _each(text, both)),
        "exceptions": told_texts(
            frame["exceptions"], lambda text: tell(_exceptions(text, both, rulebook), names)
        ),
        "industries": told_texts(frame["industries"], _industries),
    }
    return frame.assign(**told)


def _each(text: str, told: dict[str, str]) -> str:
    return "; ".join(told.get(part, part) for part in text.split("；"))


def _reference(text: str) -> str:
    text = (
        text.replace("其余全部", "all others").replace("存疑：", "in doubt: ").replace("辖区", "jurisdiction")
    )
    text = re.sub(r"；限 (.+?) 段", r"; only the reach \1", text)
    return retell(re.sub(r"自([^；\n]+?)量起", r"measured from the \1", text))


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


def _industries(text: str) -> str:
    text = text.replace("相近（待核实）：", "similar (open): ").replace("，等", ", and so on")
    return text.replace("任何项目", "any project")
