"""The error tree. An error carries every fault found at once, as a table of problems.

>>> error = SiteError("2 faults", [Problem("a.csv", "第3行", "lon", "3.5", "经纬度颠倒", "交换两列")])
>>> print(error.problems[0].to_do)
交换两列
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields


@dataclass(frozen=True)
class Problem:
    """One fault: where it stands, what was found, what is wrong, what to do."""

    file: str
    where: str  # a row, a line, a layer
    field: str
    value: str
    what: str
    to_do: str

    def as_row(self) -> tuple[str, ...]:
        """The values in the order of :data:`PROBLEM_COLUMNS`."""
        return astuple(self)


#: Chinese headings of a table of problems, by field.
PROBLEM_COLUMNS = dict(
    zip([f.name for f in fields(Problem)], ["文件", "位置", "字段", "值", "问题", "怎么办"], strict=True)
)


class HongxianError(Exception):
    """Any fault that a user can mend. ``problems`` lists all of them."""

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        self.message = message
        self.problems = list(problems)
        super().__init__(self._text())

    def _text(self) -> str:
        lines = [f"{p.file} {p.where} {p.field}={p.value!r}: {p.what}；{p.to_do}" for p in self.problems]
        return "\n".join([self.message, *lines])


class RuleBookError(HongxianError):
    """A rule, plan or group file cannot be read as it stands. The run stops: a rule is never skipped."""


class LayerError(HongxianError):
    """A manifest or a layer cannot be used as it stands."""


class SiteError(HongxianError):
    """A site list has faults."""


class RunError(HongxianError):
    """A run cannot start or finish (output folder exists, wrong options …)."""
