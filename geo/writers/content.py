"""One layer or table of a run: its name, titles, group, kind of geometry, columns and rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import geopandas as gpd
import pandas as pd

from geo.contracts import Contract
from geo.labels import heading_of, labels_of
from geo.language import Lang
from geo.terms import Term


class Group(Term):
    """The groups of layers, in the order in which a planner meets them."""

    OUTCOMES = "结论", "结论", "Outcomes"
    GROUND = "用地", "用地", "Ground"
    TO_SETTLE = "需核实", "需核实", "To be settled"
    CONFLICTS = "冲突", "冲突", "Conflicts"
    ZONES = "管控范围", "管控范围", "Zones"
    RESTORATION = "修复", "修复", "Restoration"
    REFERENCES = "参考线", "参考线", "Reference lines"
    BASE = "底图", "底图", "Base map"
    COVERAGE = "数据覆盖", "数据覆盖", "Data coverage"


class Kind(StrEnum):
    """What a layer holds; every layer holds one kind of geometry, so that every GIS opens it as one."""

    POINT = "MultiPoint"
    LINE = "MultiLineString"
    AREA = "MultiPolygon"
    TABLE = ""


@dataclass(frozen=True)
class Content:
    """One layer or table: ``frame`` has the columns of ``contract``, and a geometry in EPSG:4490 unless a table.

    Its title and headings are in ``lang``, as are the words that are made beside it: legends, forms, tips.
    """

    name: str
    zh: str
    group: Group
    kind: Kind
    contract: Contract
    frame: pd.DataFrame
    en: str = ""
    lang: Lang = Lang.ZH

    @property
    def title(self) -> str:
        """What the layer is called on screen."""
        return self.lang(self.zh, self.en or self.name.replace("_", " ").capitalize())

    def heading(self, column: str) -> str:
        """What a column is called on screen, with its unit."""
        return heading_of(column, self.contract[column], self.lang)

    def labels(self, column: str) -> Mapping[str, str]:
        """Code to label of a column of codes; empty for plain text."""
        return labels_of(column, self.lang)


def shapeless_as_table(content: Content) -> Content:
    """A layer of which every shape was left out is a table: its rows still say all but where."""
    frame = content.frame
    if not isinstance(frame, gpd.GeoDataFrame) or not len(frame) or not frame.geometry.is_empty.all():
        return content
    return replace(content, kind=Kind.TABLE, frame=pd.DataFrame(frame.drop(columns=frame.geometry.name)))
