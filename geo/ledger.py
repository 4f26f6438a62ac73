"""The coverage ledger: every row of the register of rules, and what the package does with it.

Nothing of the plans is lost: each row decides on sites, feeds the restoration ledger, is a target that
a map measures, binds an activity in a zone, or is not decidable by a map, and says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from geo.errors import Problem, RuleBookError
from geo.rule import RuleId
from geo.rulebook import BUILT_IN, RuleBook
from geo.terms import Term
from geo.yamls import Strict, parse, validate


class Use(Term):
    """What becomes of a row of the register (用途)."""

    SCREEN = "screen", "研判", "decides on a project site"
    RESTORE = "restore", "修复", "feeds the restoration ledger"
    MEASURE = "measure", "指标", "a target that a map can measure"
    ZONE = "zone", "区域提示", "binds an activity: sites in its zone are told"
    CONTEXT = "context", "背景", "not decidable by a map"


class LedgerEntry(Strict):
    """One row of the register: its use, the rule file or the reason."""

    use: Use
    rule: RuleId | None = None
    reason: Annotated[str, StringConstraints(min_length=2)] | None = None

    @model_validator(mode="after")
    def _rule_or_reason(self) -> Self:
        if self.use in (Use.SCREEN, Use.ZONE) and self.rule is None:
            raise ValueError(f"{self.use.zh}须有规则文件")
        if self.rule is None and self.reason is None:
            raise ValueError("没有规则文件时须写明理由")
        return self


class _Ledger(Strict):
    rows: dict[RuleId, LedgerEntry]


def load_ledger(rulebook: RuleBook, path: Path | str | None = None) -> Mapping[str, LedgerEntry]:
    """Read ``coverage.yaml``. Raises :class:`~geo.errors.RuleBookError` with every fault: a rule file
    that is not there, a rule that no row names.

    >>> from geo.rulebook import load_rulebook
    >>> str(load_ledger(load_rulebook())["YC-15"].use)
    'screen'
    """
    file = BUILT_IN / "coverage.yaml" if path is None else Path(path)
    problems: list[Problem] = []
    content = parse(file, problems)
    ledger = validate(_Ledger, {"rows": content}, file, problems) if not problems else None
    if ledger is not None:
        for row, entry in ledger.rows.items():
            if (entry.use is Use.RESTORE) != (row in rulebook.tasks):
                what = (
                    "用途是修复，但没有修复任务" if entry.use is Use.RESTORE else "有修复任务，用途却不是修复"
                )
                problems.append(
                    Problem(str(file), row, "use", str(entry.use), what, "改正用途或 restoration.yaml")
                )
            if (entry.use is Use.MEASURE) != (row in rulebook.indicators):
                what = (
                    "用途是指标，但没有写明量法" if entry.use is Use.MEASURE else "写了量法，用途却不是指标"
                )
                problems.append(
                    Problem(str(file), row, "use", str(entry.use), what, "改正用途或 indicators.yaml")
                )
            if entry.rule is not None and entry.rule not in rulebook.rules:
                problems.append(
                    Problem(str(file), row, "rule", entry.rule, "没有这个规则文件", "改正或补上规则")
                )
        named = {entry.rule for entry in ledger.rows.values()}
        for rule in rulebook.rules.values():
            if rule.id not in named and rule.overlay is None:
                problems.append(Problem(str(file), rule.id, "rule", "", "台账没有这条规则", "补上一项"))
    if problems or ledger is None:
        raise RuleBookError(f"覆盖台账有 {len(problems)} 处错误", problems)
    return ledger.rows


def count_uses(ledger: Mapping[str, LedgerEntry]) -> Mapping[str, Mapping[Use, int]]:
    """Per plan code, the number of rows of each use."""
    counts: dict[str, Counter[Use]] = {}
    for row, entry in ledger.items():
        counts.setdefault(row.partition("-")[0], Counter())[entry.use] += 1
    return counts
