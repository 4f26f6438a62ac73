"""Suppositions (``--what-if``): what of the sites, the rules or the day is supposed to be otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from geo.contracts import split
from geo.errors import Problem, RunError
from geo.sitefiles.columns import Headings
from geo.sitefiles.row import read_attributes
from geo.terms import Fact

#: Columns of Sites that may be supposed to be otherwise, as a site list calls them.
SUPPOSABLE = ("industry", "processes", "development", "purpose", "adcode", "accuracy_m", "evidence")

_ALIASES = {"process": "processes", "accuracy": "accuracy_m"}


@dataclass(frozen=True)
class Variant:
    """One supposition: columns of Sites, and perhaps other rules, another day, only some sites."""

    label: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    rules: Path | None = None
    on: date | None = None
    site_ids: tuple[str, ...] = ()


def read_variants(specs: Iterable[str]) -> list[Variant]:
    """Suppositions as written on the command line: ``key=value`` joined by commas.

    Keys are columns of a site list in Chinese or English (several values joined by ``;``), figures by their
    name, ``rules`` (folder laid over the rule book), ``on`` (day) and ``site`` (only these sites). What is
    stated of processes, figures and evidence comes on top of what the site states; all else replaces it.
    Raises :class:`~geo.errors.RunError` with every fault of all of them.

    >>> variant = read_variants(["industry=3120,process=short_process"])[0]
    >>> variant.attributes
    {'industry': '3120', 'processes': 'short_process'}
    """
    problems: list[Problem] = []
    variants = [_read(spec, problems) for spec in specs]
    if problems:
        raise RunError(f"--what-if 有 {len(problems)} 处错误，未开始筛查", problems)
    return variants


def _read(spec: str, problems: list[Problem]) -> Variant:
    def fault(key: str, value: str, what: str, to_do: str) -> None:
        problems.append(Problem(f"--what-if {spec}", "", key, value, what, to_do))

    values: dict[str, str] = {}
    rules: Path | None = None
    on: date | None = None
    site_ids: tuple[str, ...] = ()
    for item in spec.replace("，", ",").split(","):
        key, equals, value = (part.strip() for part in item.partition("="))
        name = _ALIASES.get(key, Headings().column(key)) if key else ""
        if not equals or not value:
            fault(key, value, "应为 键=值", "如 development=expand；几项用逗号分开")
        elif (
            name in values
            or (name == "rules" and rules)
            or (name == "on" and on)
            or (key == "site" and site_ids)
        ):
            fault(key, value, "同一项写了两次", "几种假设分开写几个 --what-if")
        elif name == "rules":
            rules = Path(value)
            if not rules.is_dir():
                fault(key, value, "规则文件夹不存在", "改正路径")
        elif name == "on":
            try:
                on = date.fromisoformat(value)
            except ValueError:
                fault(key, value, "应为日期", "如 on=2030-01-01")
        elif name in ("site", "site_id"):
            site_ids = tuple(part for part in value.replace("；", ";").split(";") if part)
        elif name in SUPPOSABLE or key in {str(fact) for fact in Fact} | {fact.zh for fact in Fact}:
            values[name if name in SUPPOSABLE else key] = value
        else:
            known = "、".join([*SUPPOSABLE, "rules", "on", "site"])
            fault(key, value, "不认识的键", f"可用：{known}，以及项目指标的列名（如 coke_oven_height_m）")
    attributes, faults = read_attributes(values, f"--what-if {spec}")
    problems.extend(faults)
    if not (attributes or rules or on) and not any(p.file == f"--what-if {spec}" for p in problems):
        fault("", "", "没有假设什么", "写 development=expand、rules=文件夹 或 on=日期")
    # a folder goes by its name: where it lies is of no account, and may be elsewhere when it is run again
    label = spec.replace(str(rules), rules.name) if rules is not None else spec
    return Variant(label, attributes, rules, on, site_ids)


def suppose(sites: pd.DataFrame, attributes: Mapping[str, Any]) -> pd.DataFrame:
    """The sites with what is supposed in place of, or on top of, what they state.

    >>> sites = pd.DataFrame({"development": ["new"], "processes": ["!short_process;discharge"]})
    >>> suppose(sites, {"processes": "short_process"})["processes"].tolist()
    ['discharge;short_process']
    """
    changed = sites.copy()
    for name, value in attributes.items():
        if name == "processes":
            changed[name] = [_on_top(held, value, lambda item: item.lstrip("!")) for held in changed[name]]
        elif name == "facts":
            changed[name] = [
                _on_top(held, value, lambda item: item.partition("=")[0]) for held in changed[name]
            ]
        elif name == "evidence":
            changed[name] = [_on_top(held, value, str) for held in changed[name]]
        else:
            changed[name] = value if isinstance(value, float) else str(value)  # a plain text, not a term
    return changed


def _on_top(held: str, stated: str, subject: Any) -> str:
    """A joined list with the items of another in place of those about the same thing."""
    new = split(stated)
    about = {subject(item) for item in new}
    return ";".join([item for item in split(held) if subject(item) not in about] + new)
