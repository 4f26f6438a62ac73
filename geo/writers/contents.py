"""What a run holds for a GIS: every layer and table once, with its Chinese title, group and columns.

The GeoPackage, the QGIS project and the workbook all go by this list, so that a layer that is added here
appears in each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assessment import Assessment
from geo.catalog import Layer
from geo.contracts import FLAG, TEXT, Column, Contract, framed, texts
from geo.frames import (
    CERTIFICATE,
    CONFLICTS,
    COVERAGE,
    EXISTING,
    EXITS,
    EXPIRY,
    FINDINGS,
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
    VERDICTS,
    WHAT_IF,
    ZONES,
)
from geo.kinds import codes_of
from geo.language import Lang
from geo.rulebook import RuleBook
from geo.runs.portfolio import count_rules, matrix, rank_layers
from geo.runs.rules_used import RULES_USED, list_rules
from geo.space import WORKING_CRS, Geometries
from geo.terms import Theme
from geo.verdicts import outcome_of
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
from geo.writers.content import Content, Group, Kind, shapeless_as_table
from geo.writers.quantities import cite_in
from geo.writers.redaction import WITHHELD, withheld_table
from geo.writers.restoration_contents import restoration_contents
from geo.zones import draw_zones

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


def run_contents(assessment: Assessment, lang: Lang = Lang.ZH, brief: bool = False) -> list[Content]:
    """Everything of a run that a GIS shows, points above lines above areas within each group; titles in ``lang``.

    ``brief``: without moves, which were not looked for, and without what is there for orientation alone.
    An assessment in English (:func:`geo.english.in_english`) goes with :attr:`Lang.EN`.
    """
    return [
        replace(shapeless_as_table(content), lang=lang)
        for part in _PARTS
        if not (brief and part is _base)
        for content in part(assessment, lang)
        if not (brief and content.name in _OF_MOVES)
    ]


#: Layers of the smallest moves.
_OF_MOVES = frozenset({"moves", "moved_points", "moved_lines", "moved_areas", "stay"})


def withheld_contents(layers: Sequence[Layer]) -> list[Content]:
    """The table of layers whose shapes were left out, where there are any."""
    if not layers:
        return []
    frame = withheld_table(layers)
    return [
        Content(
            "withheld", "略去图形的图层", Group.COVERAGE, Kind.TABLE, WITHHELD, frame, en="Shapes left out"
        )
    ]


def per_site_contents(assessment: Assessment, lang: Lang = Lang.ZH) -> list[Content]:
    """The layers and tables that have rows of their own for each site, whatever others are in the list."""
    parts = (_sites, _of_single_sites, _survey, _conflicts)
    held = [content for part in parts for content in part(assessment, lang)]
    return [replace(shapeless_as_table(content), lang=lang) for content in held if content.name in PER_SITE]


#: What :func:`per_site_contents` gives, in that order.
PER_SITE = (
    "sites",
    "site_lines",
    "site_areas",
    "findings",
    "what_if",
    "existing",
    "exits",
    "survey_needed",
    "conflict_points",
    "conflicts",
)


def _sites(assessment: Assessment, lang: Lang) -> list[Content]:
    """``sites``: a point for every site, within its footprint; ``site_lines`` and ``site_areas``: footprints as drawn."""
    merged = assessment.verdicts.merge(assessment.sites[["site_id", *_OF_SITE]], on="site_id", validate="1:1")
    shapes = assessment.sites.geometry.to_numpy()
    inside = shapely.point_on_surface(shapes)
    merged["city"] = texts(city_of(inside, divisions_concerned(assessment, inside)))
    merged = merged[list(SITE_VERDICTS)]
    dimension = shapely.get_dimensions(shapes)
    points = np.where(dimension == 0, shapes, inside)
    sites = gpd.GeoDataFrame(merged, geometry=points, crs=WORKING_CRS)
    drawn = gpd.GeoDataFrame(merged, geometry=shapes, crs=WORKING_CRS)
    return [
        Content(
            "sites", "项目选址结论", Group.OUTCOMES, Kind.POINT, SITE_VERDICTS, sites, en="Sites by outcome"
        ),
        Content(
            "site_lines",
            "线状项目",
            Group.OUTCOMES,
            Kind.LINE,
            SITE_VERDICTS,
            drawn[dimension == 1],
            en="Sites that are lines",
        ),
        Content(
            "site_areas",
            "项目用地范围",
            Group.OUTCOMES,
            Kind.AREA,
            SITE_VERDICTS,
            drawn[dimension == 2],
            en="Footprints of sites",
        ),
        Content(
            "findings", "逐条检查", Group.OUTCOMES, Kind.TABLE, CHECKS, _checks(assessment, lang), en="Checks"
        ),
        Content(
            "rejected",
            "未筛查的行",
            Group.OUTCOMES,
            Kind.TABLE,
            REJECTED,
            assessment.rejected,
            en="Rows not screened",
        ),
        Content(
            "site_notes",
            "清单读取说明",
            Group.OUTCOMES,
            Kind.TABLE,
            SITE_NOTES,
            assessment.site_notes,
            en="How the lists were read",
        ),
        Content(
            "set_aside",
            "搁置的图层",
            Group.OUTCOMES,
            Kind.TABLE,
            SET_ASIDE,
            assessment.set_aside,
            en="Layers set aside",
        ),
    ]


def _beside(assessment: Assessment, lang: Lang) -> list[Content]:
    """What stands beside the verdicts: what is of single sites, then all sites together."""
    states, contract = matrix(assessment)
    tables: list[tuple[str, str, str, Contract, pd.DataFrame]] = [
        ("matrix", "场地与规则", "Sites by rules", contract, states),
        ("portfolio", "规则统计", "Rules, counted", PORTFOLIO, count_rules(assessment)),
        ("layers_first", "先补图层", "Layers to get first", LAYERS_FIRST, rank_layers(assessment)),
        ("expiry", "到期与重跑", "Days to run again", EXPIRY, assessment.expiry),
        ("rules", "所用规则", "Rules used", RULES_USED, list_rules(assessment)),
    ]
    held = [
        Content(name, zh, Group.OUTCOMES, Kind.TABLE, of, told_in(lang, name, frame, assessment.rulebook), en)
        for name, zh, en, of, frame in tables
    ]
    return [*_of_single_sites(assessment, lang), *held]


def _of_single_sites(assessment: Assessment, lang: Lang) -> list[Content]:
    """Suppositions, people's decisions, and what becomes of projects that stand already."""
    tables: list[tuple[str, str, str, Contract, pd.DataFrame]] = [
        ("what_if", "假设与变化", "Suppositions", WHAT_IF, assessment.what_if),
        ("overrides", "人工认定", "Decided by people", OVERRIDES, assessment.overrides),
        ("existing", "已建项目去留", "Existing projects", EXISTING, assessment.existing),
        ("exits", "退出期限", "Deadlines to leave", EXITS, assessment.exits),
    ]
    return [
        Content(name, zh, Group.OUTCOMES, Kind.TABLE, of, told_in(lang, name, frame, assessment.rulebook), en)
        for name, zh, en, of, frame in tables
    ]


def told_in(lang: Lang, name: str, frame: pd.DataFrame, rulebook: RuleBook) -> pd.DataFrame:
    """A table that stands beside the verdicts, its words in a language."""
    if lang is Lang.EN:
        from geo.english.portfolio import told_beside

        return told_beside(name, frame, rulebook)
    return frame


def _checks(assessment: Assessment, lang: Lang) -> pd.DataFrame:
    book, ids = assessment.rulebook, assessment.findings["rule_id"].to_numpy(dtype=object)
    words: dict[str, Callable[[str], str]] = {
        "title": lambda rule_id: lang.of(book[rule_id].title),
        "effect": lambda rule_id: str(book[rule_id].effect),
        "citation": lambda rule_id: cite_in(lang, book.plan_of(book[rule_id]), book[rule_id]),
        "consequence": lambda rule_id: str(outcome_of(book[rule_id])),
    }
    rule, distinct = codes_of(ids)
    columns = {name: np.array([*map(say, distinct), ""], dtype=object)[rule] for name, say in words.items()}
    return assessment.findings.assign(**framed(columns, assessment.findings.index))


def _zones(assessment: Assessment, lang: Lang) -> list[Content]:
    book = assessment.rulebook
    rules = [book[rule_id] for rule_id in dict.fromkeys(assessment.zones["rule_id"])]
    drawn = draw_zones(assessment.zones, rules, assessment.catalog)
    drawn["title"] = [lang.of(book[rule_id].title) for rule_id in drawn["rule_id"]]
    drawn["effect"] = [str(book[rule_id].effect) for rule_id in drawn["rule_id"]]
    drawn["citation"] = [
        cite_in(lang, book.plan_of(book[rule_id]), book[rule_id]) for rule_id in drawn["rule_id"]
    ]
    frame = drawn[[*DRAWN_ZONES, "geometry"]]
    return [Content("zones", "管控范围", Group.ZONES, Kind.AREA, DRAWN_ZONES, frame, en="Zones")]


def _restoration(assessment: Assessment, lang: Lang) -> list[Content]:
    """Restoration but for who must leave: a screening lists that among its exits."""
    if assessment.restoration is None:
        return []
    return [held for held in restoration_contents(assessment.restoration) if held.name != "must_exit"]


def _references(assessment: Assessment, lang: Lang) -> list[Content]:
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
        Content(
            "reference_points",
            "量算基准点",
            Group.REFERENCES,
            Kind.POINT,
            REFERENCES,
            points,
            en="Points measured from",
        ),
        Content(
            "references",
            "量算基准线",
            Group.REFERENCES,
            Kind.LINE,
            REFERENCES,
            outlines,
            en="Lines measured from",
        ),
    ]


def _survey(assessment: Assessment, lang: Lang) -> list[Content]:
    """The stretches of reference lines that a survey would have to settle."""
    frame = assessment.survey_needed
    return [
        Content(
            "survey_needed",
            "需测量的线段",
            Group.TO_SETTLE,
            Kind.LINE,
            SURVEY_NEEDED,
            frame,
            en="Stretches to survey",
        )
    ]


def _conflicts(assessment: Assessment, lang: Lang) -> list[Content]:
    """Where rules meet, and the smallest moves: arrows, footprints at their new place, what could stay."""
    conflicts, moves, moved = assessment.conflicts, assessment.moves, assessment.moved
    area = shapely.get_dimensions(conflicts.geometry.to_numpy()) == 2
    footprint = shapely.get_dimensions(moved.geometry.to_numpy())
    arrows = moves[~moves.geometry.is_empty]
    group = Group.CONFLICTS
    return [
        Content(
            "conflict_points",
            "冲突（点、线状项目）",
            group,
            Kind.POINT,
            CONFLICTS,
            conflicts[~area],
            en="Conflicts (points, lines)",
        ),
        Content(
            "moved_points",
            "移后位置（点）",
            group,
            Kind.POINT,
            MOVES,
            moved[footprint == 0],
            en="Places after the move (points)",
        ),
        Content("moves", "最小移动", group, Kind.LINE, MOVES, arrows, en="Smallest moves"),
        Content(
            "moved_lines",
            "移后位置（线）",
            group,
            Kind.LINE,
            MOVES,
            moved[footprint == 1],
            en="Places after the move (lines)",
        ),
        Content(
            "conflicts", "冲突范围", group, Kind.AREA, CONFLICTS, conflicts[area], en="Ground in conflict"
        ),
        Content(
            "moved_areas",
            "移后用地范围",
            group,
            Kind.AREA,
            MOVES,
            moved[footprint == 2],
            en="Footprints after the move",
        ),
        Content("stay", "可留用地", group, Kind.AREA, STAY, assessment.stay, en="Ground that could stay"),
    ]


def _base(assessment: Assessment, lang: Lang) -> list[Content]:
    """For orientation: names, rivers and lakes, county and city borders."""
    divisions = divisions_concerned(assessment)
    rivers, lakes = waters(assessment.catalog, Theme.RIVER), waters(assessment.catalog, Theme.LAKE)
    counties, cities = drawn_divisions(divisions)
    return [
        Content(
            "places", "地名", Group.BASE, Kind.POINT, DIVISIONS, place_names(divisions), en="Place names"
        ),
        Content("rivers", "河流", Group.BASE, Kind.LINE, WATERS, _of_dimension(rivers, 1), en="Rivers"),
        Content("lakes", "湖泊", Group.BASE, Kind.AREA, WATERS, _of_dimension(lakes, 2), en="Lakes"),
        Content("cities", "市界", Group.BASE, Kind.AREA, DIVISIONS, cities, en="City borders"),
        Content("counties", "县（市、区）", Group.BASE, Kind.AREA, DIVISIONS, counties, en="Counties"),
    ]


def _of_dimension(frame: gpd.GeoDataFrame, dimension: int) -> gpd.GeoDataFrame:
    return frame[shapely.get_dimensions(frame.geometry.to_numpy()) == dimension]


def _coverage(assessment: Assessment, lang: Lang) -> list[Content]:
    certificate = rough_outlines(assessment.certificate, "adcode")
    return [
        Content(
            "coverage",
            "图层覆盖",
            Group.COVERAGE,
            Kind.TABLE,
            COVERAGE,
            assessment.coverage,
            en="Layers by rule",
        ),
        Content(
            "certificate",
            "覆盖证明（规则×城市）",
            Group.COVERAGE,
            Kind.AREA,
            CERTIFICATE,
            certificate,
            en="Certificate of coverage (rule by city)",
        ),
        Content(
            "gaps",
            "先补哪个图层",
            Group.COVERAGE,
            Kind.TABLE,
            GAPS,
            assessment.gaps,
            en="Which layer to get first",
        ),
        *withheld_contents(assessment.withheld),
    ]


#: One function a part of the run, in the order of the groups.
_PARTS: tuple[Callable[[Assessment, Lang], list[Content]], ...] = (
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
