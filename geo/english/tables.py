"""The frames beside findings and verdicts in English: labels beside codes, and sentences that stages composed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pandas as pd

from geo.assessment import Assessment
from geo.english.words import cite, heading, survey
from geo.labels import coded, labels_of
from geo.language import Lang
from geo.phrases import retell
from geo.rulebook import RuleBook
from geo.terms import Outcome, Strength
from geo.wording import cite as cite_zh
from geo.wording import heading as heading_zh

Frame = TypeVar("Frame", bound=pd.DataFrame)
Told = Callable[[str], str]

#: Columns of an assessment's frames that hold sentences composed in Chinese (:mod:`geo.phrases`).
_COMPOSED: dict[str, tuple[str, ...]] = {
    "moves": ("note",),
    "moved": ("note",),
    "stay": (),
    "conflicts": ("governing", "note"),
    "survey_needed": ("what",),
    "expiry": ("what",),
    "certificate": ("note",),
    "gaps": ("statuses",),
    "exits": ("reason", "remedy", "citation"),
    "existing": ("note",),
    "what_if": ("variant", "why", "outcome_from_zh", "outcome_zh"),
    "overrides": (),
    "sites": ("basis", "source"),
    "site_notes": ("where", "what", "to_do"),
    "rejected": ("where", "what", "to_do"),
}

#: Why one rule governs another (:mod:`geo.governing`).
REASONS = {
    "已确定触及": "it surely bites",
    "已印发施行": "it is in force",
    "更严": "it is stricter",
    "更具体": "it is more specific",
    "更晚印发": "it is later",
    "各自有效，须同时满足": "each holds, all are to be met",
}


def told_frames(assessment: Assessment, names: Names) -> dict[str, pd.DataFrame]:
    """The frames beside findings and verdicts, by their name in the assessment; ``names`` as :func:`names_in`."""
    return {
        name: told_frame(getattr(assessment, name), columns, names) for name, columns in _COMPOSED.items()
    }


def told_frame(frame: Frame, composed: Iterable[str], names: Names) -> Frame:
    """A frame whose labels beside codes (``X_zh`` of ``X``) and ``composed`` columns are English.

    >>> told_frame(pd.DataFrame({"state": ["none"], "state_zh": ["范围内没有可行位置"]}), (), Names())["state_zh"].item()
    'no compliant place within the radius'
    """
    held = set(composed)
    labels = {
        words: told_labels(frame[code], code)
        for words, code in coded(frame.columns).items()
        if words not in held
    }
    sentences = {
        name: told_texts(frame[name], lambda text: tell(text, names)) for name in held & {*frame.columns}
    }
    return frame.assign(**labels, **sentences)


def told_labels(codes: pd.Series, column: str) -> pd.Series:
    """The English labels of a column of codes; a code that no vocabulary has stays."""
    labels = labels_of(column, Lang.EN)
    return codes.map(lambda code: labels.get(code, code))


def told_texts(texts: pd.Series, told: Told) -> pd.Series:
    """A column told text by text; what repeats is told once."""
    once = {text: told(text) for text in texts.unique()}
    return texts.map(once)


@dataclass(frozen=True)
class Names:
    """Chinese to English: ``within`` sentences (titles of rules and plans), ``whole`` cells (remedies, citations), and
    what is ``quoted`` after 是否属于, 是否满足, 例外 and 条件 (short words, which would be found anywhere)."""

    within: Mapping[str, str] = field(default_factory=dict)
    whole: Mapping[str, str] = field(default_factory=dict)
    quoted: Mapping[str, str] = field(default_factory=dict)


def tell(text: str, names: Names) -> str:
    """A composed text in English, line by line: a whole name, a survey, or phrase by phrase."""
    if text in names.whole:
        return names.whole[text]
    return "\n".join(
        names.whole.get(line) or survey(line) or retell(_with_quoted(line, names.quoted), names.within)
        for line in text.splitlines()
    )


def _with_quoted(line: str, quoted: Mapping[str, str]) -> str:
    return _QUOTED.sub(
        lambda found: found[1] + "、".join(quoted.get(part, part) for part in found[2].split("、")), line
    )


_QUOTED = re.compile(r"(是否属于“|是否满足“|例外“|条件已满足：|条件不满足：)([^”；]+)")


def names_in(rulebook: RuleBook) -> Names:
    """What rules, plans, their exceptions, conditions and remedies are called."""
    rules = list(rulebook.rules.values())
    plans = rulebook.plans.values()
    return Names(
        within={
            **{rule.title.zh: rule.title.en for rule in rules},
            **{heading_zh(rule): heading(rule) for rule in rules},
            **{f"《{plan.title.zh}》": f"“{plan.title.en}” " for plan in plans},
            **{f"（{strength.zh}）": f" ({strength.en})" for strength in Strength},
            **REASONS,
        },
        whole={
            **{plan.title.zh: plan.title.en for plan in plans},
            **{rule.remedy.zh: rule.remedy.en for rule in rules},
            **{cite_zh(rulebook.plan_of(rule), rule): cite(rulebook.plan_of(rule), rule) for rule in rules},
        },
        quoted={
            **{r.zh: r.en for rule in rules for r in (*rule.requires, *rule.applies_to.only_if)},
            **{exception.title.zh: exception.title.en for rule in rules for exception in rule.exceptions},
        },
    )


def told_outcome(row: Mapping[str, Any]) -> str:
    """The outcome of a verdict in words, and what demonstration data would make of it."""
    said = Outcome(row["outcome"]).en
    return said + (f" (demonstration: {Outcome(row['demo_outcome']).en})" if row["demo_outcome"] else "")


def told_override(text: str) -> str:
    """A person's decision beside a finding or verdict: its first word is ours, the rest theirs."""
    return "\n".join(_override_line(line) for line in text.splitlines())


def _override_line(line: str) -> str:
    said, bracket, rest = line.partition("（")
    rule_id, _, decided = said.rpartition(" ")
    told = f"{rule_id} {retell(decided)}".strip()
    return told + (f" ({rest.removesuffix('）')})" if bracket else "")
