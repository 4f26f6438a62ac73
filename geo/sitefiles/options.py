"""What holds for every row of a site list that does not say otherwise: the options of a reading."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from geo.datum_params import DatumParameters
from geo.sitefiles.answers import Answers
from geo.sitefiles.columns import Headings
from geo.terms import Datum


@dataclass(frozen=True)
class Where:
    """A filter on a field: only rows with one of ``values`` are sites; a value ending in * is a prefix."""

    heading: str
    values: tuple[str, ...]

    def holds(self, value: str) -> bool:
        """Whether a value is one of those wanted; codes are text, 0103 is not 103.

        >>> Where("DLBM", ("06*", "1001")).holds("0601"), Where("DLBM", ("0103",)).holds("103")
        (True, False)
        """
        plain = value.strip()
        return any(
            plain.startswith(want[:-1]) if want.endswith("*") else plain == want for want in self.values
        )

    def keep(self, names: Collection[str], values: list[str] | None) -> list[bool] | tuple[str, str]:
        """Which rows are let through, or in Chinese what is wrong and what to do.

        ``values`` are those of the column, None where the list has no such column; ``names`` its columns.
        A filter that lets nothing through is a fault: it never leaves a list empty in silence.
        """
        if values is None:
            return f"没有筛选所用的列；有：{'、'.join(names)}", "改正 --where 的列名"
        held = [self.holds(value) for value in values]
        if values and not any(held):
            some = "、".join(sorted(set(values))[:8])
            what = f"没有一行符合 {self.heading}={','.join(self.values)}；该列的值有 {some}"
            return what, "代码是文字，前导零不能少（0103 不是 103）；前几位相同的写成 06*"
        return held


@dataclass(frozen=True)
class ReadOptions:
    """``datum`` by file name, "" for all others; ``defaults``: values of columns (industry, zone …).

    ``packed_dms`` reads ``112.3256`` in columns of longitude and latitude as 112°32′56″. ``layers`` are the
    layers of drawings and containers, or sheets of workbooks, that are read: none named, all that fit.
    """

    datums: Mapping[str, Datum] = field(default_factory=dict)
    packed_dms: bool = False
    defaults: Mapping[str, str] = field(default_factory=dict)
    headings: Headings = field(default_factory=Headings)
    layers: tuple[str, ...] = ()
    where: tuple[Where, ...] = ()
    answers: Answers = field(default_factory=Answers)
    parameters: Mapping[Datum, DatumParameters] = field(default_factory=dict)

    headings_seen: set[str] = field(default_factory=set, compare=False)  # the user's own, as they are met

    def columns(self, names: list[str]) -> list[str]:
        """Our names of the columns of a table."""
        self.headings_seen.update(self.headings.used(names))
        return self.headings.columns(names)

    def datum_of(self, file: str) -> Datum:
        """What the rows of a file that state no datum are taken for."""
        return self.datums.get(file, self.datums.get("", Datum.UNDECLARED))
