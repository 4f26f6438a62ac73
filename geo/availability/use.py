"""The use that ground is sought for, and sites that stand for it anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from geo.contracts import conform, split
from geo.errors import Problem, RunError
from geo.frames import SITES
from geo.industries import industries
from geo.space import WORKING_CRS, Geometries
from geo.terms import Datum, Development, Fact, Process, Purpose


@dataclass(frozen=True)
class Use:
    """What is to be built: the facts of a site but its place.

    ``datum`` other than CGCS2000 or ``accuracy_m`` above 0 say how well the place of the later project will be
    known: the ground in doubt about each limit widens by it.
    """

    industry: str
    development: str = Development.NEW
    processes: str = ""
    purpose: str = Purpose.PROJECT
    facts: str = ""
    name: str = ""
    evidence: str = ""
    datum: str = Datum.CGCS2000
    accuracy_m: float = 0.0

    def sites(self, geometries: Geometries, prefix: str = "P") -> gpd.GeoDataFrame:
        """The use at places (EPSG:4490), as the Sites frame; no division declared, so that the place decides.

        >>> import shapely
        >>> Use("2521").sites(np.array([shapely.Point(111, 35)]))["site_id"].tolist()
        ['P0']
        """
        stated = {
            **dict.fromkeys(SITES, ""),
            "industry": self.industry,
            "development": self.development,
            "processes": self.processes,
            "purpose": self.purpose,
            "facts": self.facts,
            "evidence": self.evidence,
            "datum": self.datum,
            "accuracy_m": self.accuracy_m,
        }
        ids = [f"{prefix}{number}" for number in range(len(geometries))]
        columns = {**{key: [value] * len(geometries) for key, value in stated.items()}, "site_id": ids}
        columns["name"] = [self.name or site_id for site_id in ids]
        return conform(
            gpd.GeoDataFrame(columns, geometry=np.asarray(geometries, dtype=object), crs=WORKING_CRS), SITES
        )


def stated_use(
    industry: str,
    development: str,
    processes: Iterable[str] = (),
    purpose: str = Purpose.PROJECT,
    facts: Iterable[str] = (),
    datum_less: bool = False,
    accuracy_m: float = 0.0,
) -> Use:
    """A use as a planner states it. Raises :class:`~geo.errors.RunError` with every word that is not known.

    >>> stated_use("2521", "new").development
    'new'
    """
    known = {entry.code for entry in industries().values()}
    problems = []

    def refuse(option: str, value: str, what: str, to_do: str) -> None:
        problems.append(Problem("", "", option, value, what, to_do))

    codes = split(industry)
    for code in codes or [""]:
        if not code.isdigit() or not (code in known or any(each.startswith(code) for each in known)):
            refuse("--industry", code, "不是 GB/T 4754-2017 代码", "用 hongxian industries 查代码")
    for word in split(development) or [""]:
        if word not in list(Development):
            refuse("--development", word, "不认识的建设性质", "、".join(Development))
    for word in processes:
        if word.removeprefix("!") not in list(Process):
            refuse("--process", word, "不认识的工艺特征", "、".join(Process))
    if purpose not in list(Purpose):
        refuse("--purpose", purpose, "不认识的项目类型", "、".join(Purpose))
    for item in facts:
        key, _, value = item.partition("=")
        if key not in list(Fact) or re.fullmatch(r"\d+(\.\d+)?", value) is None:
            refuse("--fact", item, "不认识的项目指标", f"写成 指标=数值；指标：{'、'.join(Fact)}")
    if problems:
        raise RunError("用途没有说清", problems)
    return Use(
        industry,
        development,
        ";".join(processes),
        purpose,
        ";".join(facts),
        datum=Datum.UNDECLARED if datum_less else Datum.CGCS2000,
        accuracy_m=accuracy_m,
    )
