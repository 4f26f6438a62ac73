"""What is said of a layer, and what is proposed for it: the parts that adding a layer passes around."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from geo.containers import LayerFacts
from geo.errors import Problem
from geo.terms import Line

#: What a user may state as not known; the entry then leaves it out.
UNKNOWN = frozenset({"none", "无", "不明"})

LINE_QUESTION = f"画的是哪种线？（{'、'.join(f'{line} {line.zh}' for line in Line)}）"

#: What is asked where neither the file nor the user says it, by field of a manifest.
QUESTIONS = {
    "theme": "主题是什么？",
    "crs": "文件没有坐标系：坐标系是什么（如 EPSG:4490、EPSG:4525）？",
    "line": LINE_QUESTION,
    "accuracy_m": "位置中误差是多少米？拿不准就写大",
    "source": "来源（单位、成果名称）？",
    "licence": "许可或密级（如 内部使用）？",
    "as_of": "数据时点（如 2024-06-30；确实不明写 none）？",
    "covers": "在哪些行政区完整（代码，如 1408,1401；不知道是否完整写 none）？",
}


@dataclass(frozen=True)
class Stated:
    """What the user says of a layer, as typed; None = not said. ``accuracy_m`` in metres, standard error."""

    theme: str | None = None
    line: str | None = None
    accuracy_m: str | None = None
    as_of: str | None = None
    source: str | None = None
    licence: str | None = None
    covers: str | None = None
    crs: str | None = None


@dataclass
class Proposal:
    """One layer: the entry as far as known, what is missing (field → question), notes and faults."""

    facts: LayerFacts
    entry: dict[str, Any]
    missing: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    skipped: str = ""  # why no entry is proposed
    held: bool = False  # the manifest has it already
    extent: tuple[float, ...] = ()  # degrees, EPSG:4490: west, south, east, north

    def fault(self, name: str, value: object, what: str, to_do: str) -> None:
        """Add a fault of this layer."""
        self.problems.append(Problem(str(self.facts.path), self.facts.name, name, str(value), what, to_do))
