"""Lint: traps of our own field that a readable rule can still fall into."""

from __future__ import annotations

from collections.abc import Iterable

from geo.errors import Problem
from geo.examples import EXAMPLE_DAY
from geo.rule import Rule, RuleException
from geo.rulebook import RuleBook
from geo.terms import Development, Measure, Outcome, Theme

_LONGEST_TERM = 14
#: Themes that come as rasters: no rule can be decided from their features.
_RASTERS = frozenset({Theme.DEM, Theme.SOIL_DEPTH, Theme.BARE_ROCK})


def lint(rulebook: RuleBook) -> list[Problem]:
    """Doubtful places of a rule book: a limit without examples on both sides, an exception or a group
    that no example or rule uses, key terms that are sentences, developments without an example."""
    problems = [problem for rule in rulebook.rules.values() for problem in _rule(rule, rulebook)]
    used = {
        name
        for rule in rulebook.rules.values()
        if rule.applies_to.industries != "any"
        for name in rule.applies_to.industries.names
    }
    problems += _same_scope(rulebook)
    for name in sorted(set(rulebook.groups) - used):
        problems.append(
            Problem("groups.yaml", "", name, "", "没有规则使用这个行业组", "删去，或在规则中使用")
        )
    return problems


def _rule(rule: Rule, rulebook: RuleBook) -> Iterable[Problem]:
    file = str(rulebook.sources[rule.id].name)

    def fault(field: str, value: str, what: str, to_do: str) -> Problem:
        return Problem(file, "", field, value, what, to_do)

    for reference in rule.measured_from:
        if reference.theme in _RASTERS:
            yield fault("measured_from", reference.theme, "这种图层是栅格，判不了场地", "改用面或线图层")
    for term in rule.key_terms:
        if len(term) > _LONGEST_TERM:
            yield fault("key_terms", term, "关键词像是句子", f"改用不超过 {_LONGEST_TERM} 字的词")
    limit = rule.limit_on(EXAMPLE_DAY)
    offsets = [example.site.offset for example in rule.examples if example.site.offset is not None]
    if rule.measure is not Measure.IN_JURISDICTION and limit is not None:
        if not any(offset <= limit for offset in offsets):
            yield fault("examples", "", "限值以内没有例子", "补一个")
        if not any(offset > limit for offset in offsets):
            yield fault("examples", "", "限值以外没有例子", "补一个")
        if rule.measure is Measure.WITHIN_DISTANCE and limit not in offsets:
            yield fault("examples", "", "限值上没有例子", f"补 offset: {limit:g} m")
    shown = {example.site.development for example in rule.examples}
    for development in sorted(set(Development) - shown):
        yield fault("examples", development, "这种建设性质没有例子", "补一个")
    if isinstance(rule.distance, dict) and rule.in_force.until is not None:
        late = [day for day in rule.distance if day > rule.in_force.until]
        for day in late:
            yield fault("distance", f"{day}", "限值的日期在规则失效之后", "改正日期")
    for exception in rule.exceptions:
        if exception.until is not None and exception.until < rule.in_force.from_:
            yield fault("exceptions", exception.id, "例外在规则生效前已到期，永不适用", "改正日期或删去")
        if not _can_fire(exception, rule, rulebook):
            yield fault("exceptions", exception.id, "例外所指行业不在规则范围内，永不适用", "改正行业或删去")
        if not any(exception.id in example.site.evidence for example in rule.examples) and exception.evidence:
            yield fault("exceptions", exception.id, "没有例子持有这个例外的佐证", "补一个")
    if all(example.expect is Outcome.CLEAR for example in rule.examples):
        yield fault("examples", "", "没有例子触及规则", "补一个")


def _can_fire(exception: RuleException, rule: Rule, rulebook: RuleBook) -> bool:
    """Whether some industry of the rule falls under an exception that names industries."""
    if not exception.when.industries or rule.applies_to.industries == "any":
        return True
    entries = [
        entry
        for name in rule.applies_to.industries.names
        for entry in [*rulebook.groups[name].named, *rulebook.groups[name].similar]
    ]
    return any(
        not entry.codes
        or any(a.startswith(b) or b.startswith(a) for a in entry.codes for b in exception.when.industries)
        for entry in entries
    )


def _same_scope(rulebook: RuleBook) -> list[Problem]:
    """Rules of one plan that say the same of the same sites."""
    seen: dict[str, str] = {}
    problems = []
    for rule in rulebook.rules.values():
        said = rule.model_dump_json(
            include={
                "plan",
                "effect",
                "strength",
                "jurisdiction",
                "in_force",
                "measure",
                "distance",
                "measured_from",
                "applies_to",
                "requires",
                "deadline",
            }
        )
        if said in seen:
            what = f"与 {seen[said]} 范围相同"
            problems.append(
                Problem(rulebook.sources[rule.id].name, "", "", rule.id, what, "合并，或写明区别")
            )
        seen.setdefault(said, rule.id)
    return problems
