"""What a run holds for a GIS: every layer and table once, with its Chinese title, group and columns.

The GeoPackage, the QGIS project and the workbook all go by this list, so that a layer that is added here
appears in each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assessment import Assessment
from geo.frames import (
    CERTIFICATE,
    CONFLICTS,
    COVERAGE,
    EXISTING,
    EXITS,
    EXPIRY,
    FINDINGS,
    FLAG,
    GAPS,
    LAYERS_FIRST,
    MOVES,
    OVERRIDES,
    PORTFOLIO,
    REJECTED,
    SET_ASIDE,
    SITE_NOTES,
    SITES,
    STAY,
    SURVEY_NEEDED,
    TEXT,
    VERDICTS,
    WHAT_IF,
    ZONES,
    Column,
    Contract,
)
from geo.restoration.frames import (
    DEFICIT,
    INDICATORS,
    MUST_EXIT,
    PRIORITIES,
    RESTORATION,
    STRIP_COVER,
    STRIP_SITES,
    STRIPS,
    TREATMENT,
)
from geo.restoration.plan import Restoration
from geo.runs.portfolio import count_rules, matrix, rank_layers
from geo.runs.rules_used import RULES_USED, list_rules
from geo.space import WORKING_CRS, Geometries
from geo.terms import Theme
from geo.verdicts import outcome_of
from geo.wording import cite
from geo.writers.basemap import (
    DIVISIONS,
    WATERS,
    city_of,
    divisions_concerned,
    drawn_divisions,
    place_names,
    rough_outlines,
    waters,
)
from geo.zones import draw_zones


class Group(StrEnum):
    """The groups of layers, in the order in which a planner meets them."""

    OUTCOMES = "结论"
    TO_SETTLE = "需核实"
    CONFLICTS = "冲突"
    ZONES = "管控范围"
    RESTORATION = "修复"
    REFERENCES = "参考线"
    BASE = "底图"
    COVERAGE = "数据覆盖"


class Kind(StrEnum):
    """What a layer holds; every layer holds one kind of geometry, so that every GIS opens it as one."""

    POINT = "MultiPoint"
    LINE = "MultiLineString"
    AREA = "MultiPolygon"
    TABLE = ""


@dataclass(frozen=True)
class Content:
    """One layer or table: ``frame`` has the columns of ``contract``, and a geometry in EPSG:4490 unless a table."""

    name: str
    zh: str
    group: Group
    kind: Kind
    contract: Contract
    frame: pd.DataFrame


#: Columns of Sites that stand beside the verdict in the layers of sites.
_OF_SITE = (
    "industry",
    "processes",
    "facts",
    "development",
    "purpose",
    "adcode",
    "datum",
    "accuracy_m",
    "evidence",
    "basis",
    "source",
)

#: A site with its verdict.
SITE_VERDICTS: Contract = {
    **VERDICTS,
    "city": Column(TEXT, "所在市", "city the site lies in"),
    **{name: SITES[name] for name in _OF_SITE},
}

#: What a rule is, beside a finding or a zone of it.
_OF_RULE: Contract = {
    "title": Column(TEXT, "规则名称", "title of the rule"),
    "effect": Column(TEXT, "管控方式", "effect of the rule"),
    "citation": Column(TEXT, "条款", "plan and section"),
}

#: A finding with the rule it is about.
CHECKS: Contract = {
    **FINDINGS,
    **_OF_RULE,
    "consequence": Column(TEXT, "触及则", "outcome where the rule bites"),
}

#: A zone as drawn.
DRAWN_ZONES: Contract = {
    "zone_id": ZONES["zone_id"],
    **_OF_RULE,
    **{name: column for name, column in ZONES.items() if name not in ("zone_id", "reference")},
}

#: What was measured from.
REFERENCES: Contract = {
    "feature_name": ZONES["feature_name"],
    "theme": ZONES["theme"],
    "line": ZONES["line"],
    "layer_key": ZONES["layer_key"],
    "layer_accuracy_m": ZONES["layer_accuracy_m"],
    "demo": Column(FLAG, "演示", "demonstration data"),
    "rule_ids": Column(TEXT, "规则", "rules that measure from it"),
}


def run_contents(assessment: Assessment) -> list[Content]:
    """Everything of a run that a GIS shows, points above lines above areas within each group."""
    return [content for part in _PARTS for content in part(assessment)]


def _sites(assessment: Assessment) -> list[Content]:
    """``sites``: a point for every site, within its footprint; ``site_lines`` and ``site_areas``: footprints as drawn."""
    merged = assessment.verdicts.merge(assessment.sites[["site_id", *_OF_SITE]], on="site_id", validate="1:1")
    merged["city"] = city_of(assessment.sites, divisions_concerned(assessment))
    merged = merged[list(SITE_VERDICTS)]
    shapes = assessment.sites.geometry.to_numpy()
    dimension = shapely.get_dimensions(shapes)
    points = np.where(dimension == 0, shapes, shapely.point_on_surface(shapes))
    sites = gpd.GeoDataFrame(merged, geometry=points, crs=WORKING_CRS)
    drawn = gpd.GeoDataFrame(merged, geometry=shapes, crs=WORKING_CRS)
    return [
        Content("sites", "项目选址结论", Group.OUTCOMES, Kind.POINT, SITE_VERDICTS, sites),
        Content("site_lines", "线状项目", Group.OUTCOMES, Kind.LINE, SITE_VERDICTS, drawn[dimension == 1]),
        Content(
            "site_areas", "项目用地范围", Group.OUTCOMES, Kind.AREA, SITE_VERDICTS, drawn[dimension == 2]
        ),
        Content("findings", "逐条检查", Group.OUTCOMES, Kind.TABLE, CHECKS, _checks(assessment)),
        Content("rejected", "未筛查的行", Group.OUTCOMES, Kind.TABLE, REJECTED, assessment.rejected),
        Content("set_aside", "搁置的图层", Group.OUTCOMES, Kind.TABLE, SET_ASIDE, assessment.set_aside),
        Content("site_notes", "清单读取说明", Group.OUTCOMES, Kind.TABLE, SITE_NOTES, assessment.site_notes),
    ]


def _beside(assessment: Assessment) -> list[Content]:
    """What stands beside the verdicts: suppositions, people's decisions, existing projects, all sites together."""
    states, contract = matrix(assessment)
    tables: list[tuple[str, str, Contract, pd.DataFrame]] = [
        ("what_if", "假设与变化", WHAT_IF, assessment.what_if),
        ("overrides", "人工认定", OVERRIDES, assessment.overrides),
        ("existing", "已建项目去留", EXISTING, assessment.existing),
        ("exits", "退出期限", EXITS, assessment.exits),
        ("matrix", "场地与规则", contract, states),
        ("portfolio", "规则统计", PORTFOLIO, count_rules(assessment)),
        ("layers_first", "先补图层", LAYERS_FIRST, rank_layers(assessment)),
        ("expiry", "到期与重跑", EXPIRY, assessment.expiry),
        ("rules", "所用规则", RULES_USED, list_rules(assessment)),
    ]
    return [Content(name, zh, Group.OUTCOMES, Kind.TABLE, held, frame) for name, zh, held, frame in tables]


def _checks(assessment: Assessment) -> pd.DataFrame:
    book = assessment.rulebook
    rules = [book[rule_id] for rule_id in assessment.findings["rule_id"]]
    return assessment.findings.assign(
        title=[rule.title.zh for rule in rules],
        effect=[str(rule.effect) for rule in rules],
        citation=[cite(book.plan_of(rule), rule) for rule in rules],
        consequence=[str(outcome_of(rule)) for rule in rules],
    )


def _zones(assessment: Assessment) -> list[Content]:
    book = assessment.rulebook
    rules = [book[rule_id] for rule_id in dict.fromkeys(assessment.zones["rule_id"])]
    drawn = draw_zones(assessment.zones, rules, assessment.catalog)
    drawn["title"] = [book[rule_id].title.zh for rule_id in drawn["rule_id"]]
    drawn["effect"] = [str(book[rule_id].effect) for rule_id in drawn["rule_id"]]
    drawn["citation"] = [cite(book.plan_of(book[rule_id]), book[rule_id]) for rule_id in drawn["rule_id"]]
    frame = drawn[[*DRAWN_ZONES, "geometry"]]
    return [Content("zones", "管控范围", Group.ZONES, Kind.AREA, DRAWN_ZONES, frame)]


def _restoration(assessment: Assessment) -> list[Content]:
    """Restoration but for who must leave: a screening lists that among its exits."""
    if assessment.restoration is None:
        return []
    return [held for held in restoration_contents(assessment.restoration) if held.name != "must_exit"]


def restoration_contents(restoration: Restoration) -> list[Content]:
    """The layers and tables of restoration, in the order in which they lie on each other."""
    group = Group.RESTORATION
    return [
        Content("treatment", "修复措施", group, Kind.AREA, TREATMENT, restoration.treatment),
        Content("deficit", "条带缺口", group, Kind.AREA, DEFICIT, restoration.deficit),
        Content("strip_cover", "条带内地类", group, Kind.AREA, STRIP_COVER, restoration.strip_cover),
        Content("strips", "修复条带", group, Kind.AREA, STRIPS, restoration.strips),
        Content("restoration", "修复台账", group, Kind.TABLE, RESTORATION, restoration.ledger),
        Content("priorities", "修复优先次序", group, Kind.TABLE, PRIORITIES, restoration.priorities),
        Content("strip_sites", "条带内项目", group, Kind.TABLE, STRIP_SITES, restoration.strip_sites),
        Content("must_exit", "限期退出", group, Kind.TABLE, MUST_EXIT, restoration.exits),
        Content("indicators", "规划指标", group, Kind.TABLE, INDICATORS, restoration.indicators),
    ]


def _references(assessment: Assessment) -> list[Content]:
    """What was measured from, once a feature: outlines of areas and lines; points apart."""
    zones = assessment.zones
    feature = zones["zone_id"].str.split("/", n=2).str[2]
    grouped = zones.assign(feature=feature, wkb=zones.geometry.to_wkb()).groupby(
        ["feature", "wkb"], sort=False
    )
    once = zones.loc[grouped.head(1).index, [name for name in REFERENCES if name != "rule_ids"]]
    rule_ids = grouped["rule_id"].agg(lambda ids: ";".join(sorted(set(ids)))).to_numpy()
    frame = gpd.GeoDataFrame(
        once.assign(rule_ids=rule_ids), geometry=zones.geometry.loc[once.index], crs=WORKING_CRS
    ).reset_index(drop=True)
    geometries = frame.geometry.to_numpy()
    dimension = shapely.get_dimensions(geometries)
    lines = geometries.copy()
    lines[dimension == 2] = shapely.boundary(geometries[dimension == 2])
    drawn = frame.set_geometry(_multi(lines), crs=WORKING_CRS)
    points, outlines = frame[dimension == 0], drawn[dimension > 0]
    return [
        Content("reference_points", "量算基准点", Group.REFERENCES, Kind.POINT, REFERENCES, points),
        Content("references", "量算基准线", Group.REFERENCES, Kind.LINE, REFERENCES, outlines),
    ]


def _survey(assessment: Assessment) -> list[Content]:
    """The stretches of reference lines that a survey would have to settle."""
    frame = assessment.survey_needed
    return [Content("survey_needed", "需测量的线段", Group.TO_SETTLE, Kind.LINE, SURVEY_NEEDED, frame)]


def _conflicts(assessment: Assessment) -> list[Content]:
    """Where rules meet, and the smallest moves: arrows, footprints at their new place, what could stay."""
    conflicts, moves, moved = assessment.conflicts, assessment.moves, assessment.moved
    area = shapely.get_dimensions(conflicts.geometry.to_numpy()) == 2
    footprint = shapely.get_dimensions(moved.geometry.to_numpy())
    arrows = moves[~moves.geometry.is_empty]
    group = Group.CONFLICTS
    return [
        Content("conflict_points", "冲突（点、线状项目）", group, Kind.POINT, CONFLICTS, conflicts[~area]),
        Content("moved_points", "移后位置（点）", group, Kind.POINT, MOVES, moved[footprint == 0]),
        Content("moves", "最小移动", group, Kind.LINE, MOVES, arrows),
        Content("moved_lines", "移后位置（线）", group, Kind.LINE, MOVES, moved[footprint == 1]),
        Content("conflicts", "冲突范围", group, Kind.AREA, CONFLICTS, conflicts[area]),
        Content("moved_areas", "移后用地范围", group, Kind.AREA, MOVES, moved[footprint == 2]),
        Content("stay", "可留用地", group, Kind.AREA, STAY, assessment.stay),
    ]


def _base(assessment: Assessment) -> list[Content]:
    """For orientation: names, rivers and lakes, county and city borders."""
    divisions = divisions_concerned(assessment)
    rivers, lakes = waters(assessment.catalog, Theme.RIVER), waters(assessment.catalog, Theme.LAKE)
    counties, cities = drawn_divisions(divisions)
    return [
        Content("places", "地名", Group.BASE, Kind.POINT, DIVISIONS, place_names(divisions)),
        Content("rivers", "河流", Group.BASE, Kind.LINE, WATERS, _of_dimension(rivers, 1)),
        Content("lakes", "湖泊", Group.BASE, Kind.AREA, WATERS, _of_dimension(lakes, 2)),
        Content("cities", "市界", Group.BASE, Kind.AREA, DIVISIONS, cities),
        Content("counties", "县（市、区）", Group.BASE, Kind.AREA, DIVISIONS, counties),
    ]


def _of_dimension(frame: gpd.GeoDataFrame, dimension: int) -> gpd.GeoDataFrame:
    return frame[shapely.get_dimensions(frame.geometry.to_numpy()) == dimension]


def _coverage(assessment: Assessment) -> list[Content]:
    certificate = rough_outlines(assessment.certificate, "adcode")
    return [
        Content("coverage", "图层覆盖", Group.COVERAGE, Kind.TABLE, COVERAGE, assessment.coverage),
        Content(
            "certificate",
            "覆盖证明（规则×城市）",
            Group.COVERAGE,
            Kind.AREA,
            CERTIFICATE,
            certificate,
        ),
        Content("gaps", "先补哪个图层", Group.COVERAGE, Kind.TABLE, GAPS, assessment.gaps),
    ]


#: One function a part of the run, in the order of the groups.
_PARTS: tuple[Callable[[Assessment], list[Content]], ...] = (
    _sites,
    _beside,
    _survey,
    _conflicts,
    _zones,
    _restoration,
    _references,
    _base,
    _coverage,
)


def _multi(lines: Geometries) -> Geometries:
    return np.array(
        [
            shapely.multilinestrings(list(shapely.get_parts(line)))
            if line.geom_type.endswith("LineString")
            else line
            for line in lines
        ],
        dtype=object,
    )
