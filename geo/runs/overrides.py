"""Overrides (人工认定): what a person decided of a site or a check, shown beside what the program found.

An override never takes the place of a verdict: outcomes, counts and maps stay as the program found them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from geo.assessment import Assessment
from geo.contracts import check, conform
from geo.errors import Problem, RunError
from geo.frames import FINDINGS, OVERRIDES, VERDICTS
from geo.rule import NonEmpty, RuleId
from geo.rulebook import RuleBook
from geo.runs.checks import deciding_checks
from geo.terms import Outcome, State
from geo.yamls import Strict, line_of, parse, validate

#: Words of a decision: outcomes of a site, states of a check; 无适用规划 is no decision about a site.
_OF_SITE = {word: o for o in Outcome if o is not Outcome.NOT_COVERED for word in (str(o), o.zh)}
_OF_CHECK = {word: s for s in State for word in (str(s), s.zh)}


def _past_day(value: Any) -> Any:
    """A day as YAML reads it, or as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


class Override(Strict):
    """One decision; without ``rule`` it is about the site as a whole."""

    site: NonEmpty
    rule: RuleId | None = None
    decision: NonEmpty
    reason: NonEmpty
    who: NonEmpty
    date_: Annotated[date, Field(alias="date"), BeforeValidator(_past_day)]
    evidence: Annotated[list[NonEmpty], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _one_paper_is_a_list_of_one(cls, content: Any) -> Any:
        if isinstance(content, dict) and isinstance(content.get("evidence"), str):
            return {**content, "evidence": [content["evidence"]]}
        return content

    @field_validator("decision")
    @classmethod
    def _word_known(cls, word: str, others: ValidationInfo) -> str:
        of_site = others.data.get("rule") is None
        words: Mapping[str, Outcome | State] = _OF_SITE if of_site else _OF_CHECK
        if word not in words:
            what = "整个场地的认定（没有写 rule）" if of_site else "单条规则的认定"
            allowed = "、".join(dict.fromkeys(known.zh for known in words.values()))
            raise ValueError(f"“{word}”不是可用的词；{what}可写：{allowed}")
        return word

    @property
    def decided(self) -> Outcome | State:
        """The decision as a word of the vocabulary."""
        return _OF_SITE[self.decision] if self.rule is None else _OF_CHECK[self.decision]


class _File(Strict):
    overrides: Annotated[list[Override], Field(min_length=1)]


def add_overrides(assessment: Assessment, path: Path | None) -> Assessment:
    """The assessment with the decisions of a file beside it (columns: :data:`geo.frames.OVERRIDES`).

    Findings and Verdicts get their column ``override``; nothing else of them changes. Raises
    :class:`~geo.errors.RunError` with every fault and its line: an unreadable file, an unknown word, a
    site that was not screened, a rule that was not checked on the site, the same decided twice.
    """
    return assessment if path is None else with_decisions(assessment, read_decisions(path, assessment))


@dataclass(frozen=True)
class Decisions:
    """What people decided: the frame Overrides, and what is noted beside each site and each check."""

    frame: pd.DataFrame
    of_site: dict[str, str]
    of_check: dict[tuple[str, str], str]


def named_sites(path: Path) -> list[str]:
    """The sites that a file of overrides names, whatever its faults."""
    return list(dict.fromkeys(site for _, site, _ in _stated(parse(path, []))))


def read_decisions(path: Path, assessment: Assessment, known: Sequence[str] | None = None) -> Decisions:
    """The decisions of a file about sites of an assessment; ``known``: all sites of the run, where these are but some.

    Raises :class:`~geo.errors.RunError` as :func:`add_overrides`.
    """
    problems: list[Problem] = []
    content = parse(path, problems)
    file = validate(_File, content, path, problems) if not problems else None
    listed = file.overrides if file is not None else []
    checks = deciding_checks(assessment.findings).set_index(["site_id", "rule_id"])["state"].to_dict()
    listed_ids = list(assessment.verdicts["site_id"]) if known is None else known
    problems.extend(_unmatched(list(_stated(content)), path, assessment.rulebook, listed_ids, checks))
    if problems:
        raise RunError(f"人工认定有 {len(problems)} 处错误，未写出任何结果", problems)
    verdicts = assessment.verdicts.set_index("site_id")
    rows = [_row(override, verdicts.loc[override.site], checks) for override in listed]
    frame = check(conform(pd.DataFrame(rows, columns=list(OVERRIDES)), OVERRIDES), OVERRIDES)
    return Decisions(frame, *_notes(frame))


def with_decisions(assessment: Assessment, decisions: Decisions) -> Assessment:
    """The assessment with decisions beside its verdicts and checks, as far as it has the sites."""
    of_site, of_check = decisions.of_site, decisions.of_check
    shown = assessment.verdicts.assign(
        override=[of_site.get(site_id, "") for site_id in assessment.verdicts["site_id"]]
    )
    findings = assessment.findings
    pairs = zip(findings["site_id"], findings["rule_id"], strict=True)
    noted = findings.assign(override=[of_check.get(pair, "") for pair in pairs])
    return replace(
        assessment,
        overrides=decisions.frame,
        verdicts=check(conform(shown, VERDICTS), VERDICTS),
        findings=check(conform(noted, FINDINGS), FINDINGS),
    )


def _stated(content: Any) -> Iterator[tuple[int, str, str]]:
    """Number, site and rule of every entry, also of those with faults of form."""
    entries = content.get("overrides") if isinstance(content, dict) else None
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict) and isinstance(entry.get("site"), str):
            rule = entry.get("rule")
            yield number, entry["site"].strip(), rule.strip() if isinstance(rule, str) else ""


def _unmatched(
    stated: list[tuple[int, str, str]],
    path: Path,
    rulebook: RuleBook,
    known: Sequence[str],
    checks: Mapping[Any, Any],
) -> Iterator[Problem]:
    held = set(known)
    seen: dict[tuple[str, str], str] = {}
    for number, site, rule in stated:
        where = line_of(path, "overrides", number, "site")
        if (site, rule) in seen:
            what = f"与{seen[site, rule]}说的是同一{'条检查' if rule else '场地'}"
            yield Problem(str(path), where, "site", site, what, "只留一条")
        seen.setdefault((site, rule), where)
        if site not in held:
            some = "、".join(known[:10]) + ("……" if len(known) > 10 else "")
            yield Problem(str(path), where, "site", site, "这次筛查里没有这个场地", f"改正编号；有：{some}")
        elif rule and (site, rule) not in checks:
            where = line_of(path, "overrides", number, "rule")
            if rule not in rulebook.rules:
                what, to_do = "规则册里没有这一条", "hongxian rules list 可查编号"
            else:
                own = [r for s, r in checks if s == site]
                what, to_do = (
                    f"这条规则没有用于场地 {site}",
                    f"改正编号；用到的有：{'、'.join(own[:15]) or '无'}",
                )
            yield Problem(str(path), where, "rule", rule, what, to_do)


def _row(override: Override, verdict: Any, checks: Mapping[Any, Any]) -> dict[str, Any]:
    if override.rule is None:
        machine, machine_zh = verdict["outcome"], verdict["outcome_zh"]
    else:
        state = State(checks[override.site, override.rule])
        machine, machine_zh = str(state), state.zh
    return {
        "site_id": override.site,
        "name": verdict["name"],
        "rule_id": override.rule or "",
        "machine": machine,
        "machine_zh": machine_zh,
        "decision": override.decided,
        "decision_zh": override.decided.zh,
        "agrees": str(override.decided) == machine,
        "reason": override.reason,
        "who": override.who,
        "decided_on": override.date_.isoformat(),
        "evidence": "；".join(override.evidence),
    }


def _notes(overrides: pd.DataFrame) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """What stands beside verdicts (of the site, and how many of its checks) and beside checks."""
    of_site: dict[str, list[str]] = {}
    of_check: dict[tuple[str, str], str] = {}
    for row in overrides.to_dict("records"):
        note = f"{row['decision_zh']}（{row['who']}，{row['decided_on']}：{row['reason']}）"
        if row["rule_id"]:
            of_check[row["site_id"], row["rule_id"]] = note
            note = f"{row['rule_id']} {note}"
        of_site.setdefault(row["site_id"], []).append(note)
    return {site_id: "\n".join(notes) for site_id, notes in of_site.items()}, of_check
