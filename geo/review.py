"""The law review sheet: one row a rule with everything a legal reviewer needs; and what changed in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from geo.rule import Bounds, Condition, Reference, Requirement, Rule
from geo.rulebook import RuleBook
from geo.terms import Measure
from geo.wording import limit_text


def review_rows(rulebook: RuleBook) -> list[dict[str, str]]:
    """A mapping of Chinese headings to text for each rule, sorted by plan and number."""
    ordered = sorted(
        rulebook.rules.values(), key=lambda rule: (rule.plan, list(rulebook.rules).index(rule.id))
    )
    return [{heading: show(rule, rulebook) for heading, show in _COLUMNS.items()} for rule in ordered]


def difference(old: RuleBook, new: RuleBook) -> list[str]:
    """What changed from one rule book to another, in words, a line a change.

    >>> from geo.rulebook import load_rulebook
    >>> book = load_rulebook()
    >>> difference(book, book)
    []
    """
    lines = [f"删去 {i} {old[i].title.zh}" for i in old.rules if i not in new.rules]
    lines += [f"增加 {i} {new[i].title.zh}" for i in new.rules if i not in old.rules]
    for rule_id in old.rules:
        if rule_id not in new.rules:
            continue
        before, after = old[rule_id], new[rule_id]
        for heading, show in _COLUMNS.items():
            was, is_ = show(before, old), show(after, new)
            if was != is_:
                lines.append(f"{rule_id} {heading}：由“{was or '（无）'}”改为“{is_ or '（无）'}”")
    return lines


def _condition(condition: Condition) -> str:
    if isinstance(condition, Bounds):
        least = [f"≥ {condition.min:g}"] if condition.min is not None else []
        most = [f"≤ {condition.max:g}"] if condition.max is not None else []
        return " ".join(least + most)
    return condition if isinstance(condition, str) else "、".join(condition)


def _selection(where: Mapping[str, Condition]) -> str:
    return "，".join(f"{attribute}={_condition(condition)}" for attribute, condition in where.items())


def _reference(reference: Reference) -> str:
    parts = [reference.theme.zh]
    if reference.where:
        parts.append(f"（{_selection(reference.where)}）")
    if reference.maybe is not None:
        parts.append(f"；存疑：{_selection(reference.maybe) or '其余全部'}")
    if reference.reach:
        parts.append(f"；限 {'、'.join(reference.reach)} 段")
    if reference.lines:
        parts.append(f"；自{'、'.join(line.zh for line in reference.lines)}量起")
    return "".join(parts)


def _references(rule: Rule, rulebook: RuleBook) -> str:
    if rule.measure is Measure.IN_JURISDICTION:
        return "辖区"
    return "\n".join(_reference(reference) for reference in rule.measured_from)


def _limit(rule: Rule, rulebook: RuleBook) -> str:
    if rule.distance == "not_given":
        return "规划未给出"
    if isinstance(rule.distance, dict):
        return "；".join(
            f"{limit_text(value)}（{day:%Y-%m-%d} 起）" for day, value in sorted(rule.distance.items())
        )
    return ""


def _industries(rule: Rule, rulebook: RuleBook) -> str:
    if rule.applies_to.industries == "any":
        return "任何项目"
    lines = []
    for name in rule.applies_to.industries.names:
        group = rulebook.groups[name]
        text = f"{group.title.zh}：" + "、".join(_entry(entry) for entry in group.named)
        if group.open:
            text += "，等"
        if group.similar:
            text += "；相近（待核实）：" + "、".join(_entry(entry) for entry in group.similar)
        lines.append(text)
    return "\n".join(lines)


def _entry(entry: Any) -> str:
    details = [*entry.codes, *(process.zh for process in entry.processes), *(p.zh for p in entry.purposes)]
    return f"{entry.word}[{' '.join(details)}]"


def _requirements(stated: Iterable[Requirement]) -> str:
    return "；".join(requirement.zh for requirement in stated)


def _exceptions(rule: Rule, rulebook: RuleBook) -> str:
    lines = []
    for exception in rule.exceptions:
        evidence = f"（凭{exception.evidence.zh}）" if exception.evidence else "（无须佐证）"
        until = f"，至 {exception.until:%Y-%m-%d}" if exception.until else ""
        lines.append(f"{exception.title.zh}{evidence}{until}")
    return "\n".join(lines)


def _day(day: date | None) -> str:
    return f"{day:%Y-%m-%d}" if day is not None else ""


def _own(rule: Rule, rulebook: RuleBook) -> str:
    own = rule.overlay
    return f"{own.author}，{own.on:%Y-%m-%d}：{own.reason}" if own is not None else ""


_COLUMNS: dict[str, Callable[[Rule, RuleBook], str]] = {
    "编号": lambda rule, book: rule.id,
    "规则": lambda rule, book: rule.title.zh,
    "Rule": lambda rule, book: rule.title.en,
    "规划": lambda rule, book: book.plan_of(rule).title.zh,
    "规划状态": lambda rule, book: book.plan_of(rule).status.zh,
    "条款": lambda rule, book: rule.section,
    "关键词": lambda rule, book: "、".join(rule.key_terms),
    "效力": lambda rule, book: rule.effect.zh,
    "约束力": lambda rule, book: rule.strength.zh,
    "辖区": lambda rule, book: "、".join(rule.jurisdiction.adcode),
    "施行": lambda rule, book: f"{_day(rule.in_force.from_)} 至 {_day(rule.in_force.until) or '另有规定'}",
    "判定方式": lambda rule, book: rule.measure.zh,
    "限值": _limit,
    "含界": lambda rule, book: "含" if rule.inclusive else "不含",
    "基准": _references,
    "建设性质": lambda rule, book: "、".join(d.zh for d in rule.applies_to.developments),
    "行业": _industries,
    "仅当": lambda rule, book: _requirements(rule.applies_to.only_if),
    "条件": lambda rule, book: _requirements(rule.requires),
    "例外": _exceptions,
    "期限": lambda rule, book: _day(rule.deadline),
    "如何处理": lambda rule, book: rule.remedy.zh,
    "原文未明": lambda rule, book: rule.notes.ambiguity or "",
    "与登记册不同": lambda rule, book: rule.notes.differs or "",
    "编者判断": lambda rule, book: rule.notes.judgement or "",
    "用户规则": _own,
    "例子": lambda rule, book: str(len(rule.examples)),
}
