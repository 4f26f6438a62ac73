"""The rule book: one folder a plan with ``plan.yaml``, ``groups.yaml`` and a YAML file a rule.

The plans' rules stand beside this module.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from geo.errors import Problem, RuleBookError
from geo.indicator import Indicator
from geo.industries import Facts, IndustryGroup, match_groups
from geo.parsed import ParsedFolder
from geo.rule import Plan, Rule
from geo.task import RestorationTask, filled_from
from geo.terms import Match
from geo.yamls import Strict, validate

#: The rule book that travels with the package.
BUILT_IN = Path(__file__).parent


@dataclass(frozen=True)
class RuleBook:
    """Rules, plans and industry groups, read and checked together."""

    rules: Mapping[str, Rule]
    plans: Mapping[str, Plan]
    groups: Mapping[str, IndustryGroup]
    sources: Mapping[str, Path]
    tasks: Mapping[str, RestorationTask] = field(default_factory=dict)
    indicators: Mapping[str, Indicator] = field(default_factory=dict)

    def __getitem__(self, rule_id: str) -> Rule:
        try:
            return self.rules[rule_id]
        except KeyError:
            raise RuleBookError(f"规则册里没有 {rule_id}；用 hongxian rules list 查看全部编号") from None

    def __len__(self) -> int:
        return len(self.rules)

    def in_force(self, on: date) -> list[Rule]:
        """The rules that hold on a day, in the order of their ids."""
        return [rule for rule in self.rules.values() if rule.in_force.holds(on)]

    def plan_of(self, rule: Rule | RestorationTask | Indicator) -> Plan:
        """The plan a rule belongs to."""
        return self.plans[rule.plan]

    def match(self, rule: Rule, facts: Facts) -> tuple[Match, str]:
        """How a site's industry falls under a rule, and the word of the plan that it matched."""
        stated = [(facts.meets(requirement), requirement) for requirement in rule.applies_to.only_if]
        if any(met is False for met, _ in stated):
            return Match.FOREIGN, ""
        if rule.applies_to.industries == "any":
            match, word = Match.NAMED, "任何项目"
        else:
            match, word = match_groups(
                [self.groups[name] for name in rule.applies_to.industries.names], facts
            )
        unstated = [requirement.zh for met, requirement in stated if met is None]
        if match is Match.NAMED and unstated:
            return Match.UNSURE, unstated[0]
        return match, word

    def only(self, rule_ids: Iterable[str]) -> RuleBook:
        """The book with some of its rules and their plans."""
        rules = {rule_id: self[rule_id] for rule_id in rule_ids}
        plans = {rule.plan: self.plans[rule.plan] for rule in rules.values()}
        tasks = {rule_id: self.tasks[rule_id] for rule_id in rules if rule_id in self.tasks}
        return RuleBook(rules, plans, self.groups, self.sources, tasks)

    def hash_of(self, rule_id: str) -> str:
        """SHA-256 of all that one rule says: its own words, its plan's and its industry groups'."""
        rule = self[rule_id]
        parts = [rule.model_dump_json(exclude={"examples"}), self.plan_of(rule).model_dump_json()]
        if rule.applies_to.industries != "any":
            parts += [self.groups[name].model_dump_json() for name in rule.applies_to.industries.names]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of what the rules say, whatever their files look like."""
        digest = hashlib.sha256()
        for part in (self.plans, self.groups, self.rules, self.tasks, self.indicators):
            for key in sorted(part):
                digest.update(f"{key}\n{part[key].model_dump_json()}\n".encode())
        return digest.hexdigest()


def load_rulebook(folder: Path | str | None = None, overlay: Path | str | None = None) -> RuleBook:
    """Read a rule book; without a folder, the one that travels with the package.

    It holds a folder a plan with ``plan.yaml``, ``groups.yaml`` (the plan's industry groups) and a
    file a rule, named by its id. ``overlay`` is a rule book of the user's own: its rules stand beside the
    others or, with the same id, in their place; each says by ``overlay: {author, on, reason}`` whose it
    is. Raises :class:`~geo.errors.RuleBookError` with every fault of every file, by line.

    >>> book = load_rulebook()
    >>> book["YC-15"].limit_on(date(2026, 1, 1))
    2000.0
    """
    problems: list[Problem] = []
    book = _read(BUILT_IN if folder is None else Path(folder), None, problems)
    if overlay is not None:
        book = _read(Path(overlay), book, problems)
    if problems:
        raise RuleBookError(f"规则册有 {len(problems)} 处错误，已停止（规则不会被跳过）", problems)
    return book


def lay_over(book: RuleBook, folder: Path | str) -> RuleBook:
    """A rule book with a user's own laid over it, as ``overlay`` of :func:`load_rulebook` does.

    Raises :class:`~geo.errors.RuleBookError` with every fault of every file, by line.
    """
    problems: list[Problem] = []
    laid = _read(Path(folder), book, problems)
    if problems:
        raise RuleBookError(f"规则册有 {len(problems)} 处错误，已停止（规则不会被跳过）", problems)
    return laid


def _read(root: Path, under: RuleBook | None, problems: list[Problem]) -> RuleBook:
    """The rule book of a folder, laid over another one if there is one."""
    if not root.is_dir():
        raise RuleBookError(f"规则册文件夹不存在：{root}；改正 --rules 的路径")
    files = ParsedFolder(root, kept=root == BUILT_IN)
    groups = dict(under.groups) if under is not None else {}
    plans = dict(under.plans) if under is not None else {}
    rules = dict(under.rules) if under is not None else {}
    sources = dict(under.sources) if under is not None else {}
    groups |= _read_groups(root, files, problems)
    seen: dict[str, Path] = {}
    for path in sorted(root.glob("*/plan.yaml")):
        plan = validate(Plan, files.parse(path, problems), path, problems)
        if plan is None:
            continue
        plans[plan.id] = plan
        if plan.id != path.parent.name:
            problems.append(
                Problem(str(path), "", "id", plan.id, "与文件夹名不同", f"改为 {path.parent.name}")
            )
    for path in sorted(root.glob("**/*.yaml")):
        if path.name in _NOT_RULES:
            continue
        content = files.parse(path, problems)
        rule = validate(Rule, content, path, problems) if content is not None else None
        if rule is None:
            continue
        if rule.id in seen:
            problems.append(Problem(str(path), "", "id", rule.id, f"与 {seen[rule.id]} 重复", "改用唯一编号"))
        seen[rule.id] = sources[rule.id] = path
        rules[rule.id] = rule
        problems.extend(_across(rule, path, plans, groups))
        if (rule.overlay is None) != (under is None):
            problems.append(_overlay_fault(path, rule.id, rule.overlay is None))
    if not seen and not problems:
        problems.append(Problem(str(root), "", "", "", "没有任何规则文件", "指定含规则册的文件夹"))
    tasks = dict(under.tasks) if under is not None else {}
    tasks |= _read_tasks(root, files, rules, plans, under, problems)
    ordered = dict(sorted(rules.items(), key=_natural))
    indicators = dict(under.indicators) if under is not None else {}
    indicators |= _read_indicators(root, files, plans, problems)
    files.keep()
    return RuleBook(ordered, plans, groups, sources, dict(sorted(tasks.items(), key=_natural)), indicators)


def _overlay_fault(path: Path, number: str, bare: bool) -> Problem:
    what = "用户规则没有写明作者、日期和理由" if bare else "只有用户规则可写 overlay"
    to_do = "补上 overlay: {author, on, reason}" if bare else "删去 overlay"
    return Problem(str(path), "", "overlay", number if path.name == "restoration.yaml" else "", what, to_do)


#: Files of a rule book that are not rules.
_NOT_RULES = frozenset({"plan.yaml", "groups.yaml", "coverage.yaml", "restoration.yaml", "indicators.yaml"})


def _natural(item: tuple[str, object]) -> tuple[str, int]:
    letters, digits = item[0].split("-")
    return letters, int(digits)


def _read_groups(root: Path, files: ParsedFolder, problems: list[Problem]) -> dict[str, IndustryGroup]:
    groups: dict[str, IndustryGroup] = {}
    for path in sorted(root.glob("*/groups.yaml")):
        content = files.parse(path, problems)
        if content is None:
            continue
        book = validate(_Groups, {"groups": content}, path, problems)
        if book is None:
            continue
        for name, group in book.groups.items():
            if name in groups:
                problems.append(Problem(str(path), "", name, "", "行业组重名", "改用唯一的名字"))
            if group.plan != path.parent.name:
                problems.append(Problem(str(path), "", f"{name}.plan", group.plan, "与文件夹名不同", "改正"))
            groups[name] = group
    return groups


def _read_tasks(
    root: Path,
    files: ParsedFolder,
    rules: Mapping[str, Rule],
    plans: Mapping[str, Plan],
    under: RuleBook | None,
    problems: list[Problem],
) -> dict[str, RestorationTask]:
    tasks: dict[str, RestorationTask] = {}
    known = set(under.tasks) if under is not None else set()
    for path in sorted(root.glob("*/restoration.yaml")):
        content = files.parse(path, problems)
        plan = plans.get(path.parent.name)
        if not isinstance(content, dict) or plan is None:
            what = "不是以编号为键的任务" if plan is not None else "文件夹里没有可用的 plan.yaml"
            problems.append(Problem(str(path), "", "", "", what, "见 CONTRIBUTING.md 的修复任务一节"))
            continue
        for task_id, stated in content.items():
            if not isinstance(stated, dict):
                problems.append(Problem(str(path), "", str(task_id), "", "任务应是一组键", "补上各项"))
                continue
            if stated.get("ground") == "rule" and task_id not in rules:
                what = "ground: rule，但没有这个编号的规则文件"
                problems.append(
                    Problem(str(path), "", str(task_id), "", what, "补上规则，或写明 place 和 width")
                )
                continue
            usual = {"in_force": plan.period, "jurisdiction": {"adcode": [plan.adcode]}}
            whole = {"id": task_id, "plan": plan.id, **usual, **filled_from(rules.get(task_id), stated)}
            task = validate(RestorationTask, whole, path, problems, (task_id,))
            if task is None:
                continue
            if not task.id.startswith(plan.code + "-"):
                problems.append(
                    Problem(str(path), "", "id", task.id, "编号前缀与规划不符", f"应以 {plan.code}- 开头")
                )
            tasks[task.id] = task
            if (task.overlay is None) != (under is None):
                problems.append(_overlay_fault(path, task.id, task.overlay is None))
        for task in [tasks[task_id] for task_id in content if task_id in tasks]:
            for other in task.follows:
                if other not in tasks and other not in known:
                    problems.append(
                        Problem(str(path), "", f"{task.id}.follows", other, "没有这个任务", "改正编号")
                    )
    return tasks


def _read_indicators(
    root: Path, files: ParsedFolder, plans: Mapping[str, Plan], problems: list[Problem]
) -> dict[str, Indicator]:
    found: dict[str, Indicator] = {}
    for path in sorted(root.glob("*/indicators.yaml")):
        content = files.parse(path, problems)
        plan = plans.get(path.parent.name)
        if not isinstance(content, dict) or plan is None:
            what = "不是以编号为键的指标" if plan is not None else "文件夹里没有可用的 plan.yaml"
            problems.append(Problem(str(path), "", "", "", what, "见 CONTRIBUTING.md 的指标一节"))
            continue
        usual = {"plan": plan.id, "in_force": plan.period, "jurisdiction": {"adcode": [plan.adcode]}}
        for number, stated in content.items():
            whole = {"id": number, **usual, **(stated if isinstance(stated, dict) else {})}
            read = validate(Indicator, whole, path, problems, (str(number),))
            if read is not None:
                found[read.id] = read
    return found


class _Groups(Strict):
    groups: dict[str, IndustryGroup]


def _across(
    rule: Rule, path: Path, plans: Mapping[str, Plan], groups: Mapping[str, IndustryGroup]
) -> Iterable[Problem]:
    """Faults of a rule that only show beside its plan, the groups and its file name."""
    if path.stem != rule.id:
        yield Problem(str(path), "", "id", rule.id, "与文件名不同", f"文件改名为 {rule.id}.yaml")
    if rule.plan not in plans:
        yield Problem(str(path), "", "plan", rule.plan, "没有这个规划", "改为某个 plan.yaml 的 id")
    elif not rule.id.startswith(plans[rule.plan].code + "-"):
        yield Problem(
            str(path), "", "id", rule.id, "编号前缀与规划不符", f"应以 {plans[rule.plan].code}- 开头"
        )
    if rule.applies_to.industries != "any":
        for name in rule.applies_to.industries.names:
            if name not in groups:
                yield Problem(
                    str(path), "", "industries", name, "各规划的 groups.yaml 里没有这个行业组", "补上或改名"
                )
