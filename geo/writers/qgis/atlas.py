"""Atlases: an A4 page for every site that conflicts, and for every site that is to be settled."""

from __future__ import annotations

from collections.abc import Sequence

from geo.terms import Outcome, State
from geo.writers.qgis import tips
from geo.writers.qgis.layers import MapLayer, Question
from geo.writers.qgis.layout_parts import REVIEW_NUMBER, Margin, fit, legend_tree
from geo.writers.qgis.maplayers import datasource
from geo.writers.qgis.markup import Element, element
from geo.writers.qgis.paper import Extent, Sheet
from geo.writers.qgis.paper_lists import add_legend, add_table
from geo.writers.qgis.paper_maps import add_map, add_north_arrow, add_scale_bar
from geo.writers.qgis.tree import LOCATOR, relation_id

#: Name of the layout and key of the layer whose sites have a page each.
ATLASES = {"冲突项目图册（A4）": "sites_conflicting", "待核实项目图册（A4）": "sites_open"}

#: The atlas of a project about ground: a page a candidate.
CANDIDATES = "备选地图册（A4）"

#: The scale of a page where the site is small: the usual one of a surroundings map.
PAGE_SCALE = 50_000
#: And where what bites is an area such as a district.
AREA_SCALE = 300_000
_MOST_ROWS = 9


def atlas(
    name: str,
    coverage: MapLayer,
    layers: Sequence[MapLayer],
    extent: Extent,
    crs: str,
    margin: Margin,
    metres_per_unit: float,
) -> Element:
    """An A4 page for every site of ``coverage``: its map, its place, why, and its findings."""
    sheet = Sheet(name, 210, 297)
    width, height = 140.0, 122.0
    middle = ((extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2)
    half = (width / 2000 * PAGE_SCALE / metres_per_unit, height / 2000 * PAGE_SCALE / metres_per_unit)
    framed = (middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1])
    sheet.box("图廓", (5, 5, 200, 287), 0.5)
    sheet.label("图名", (10, 8, 150, 9), '[% "site_id" || \'　\' || "name" %]', 14, bold=True)
    sheet.label(
        "页码",
        (160, 8, 40, 9),
        "第 [% @atlas_featurenumber %] 页，共 [% @atlas_totalfeatures %] 页",
        8,
        align="right",
    )
    facts = (
        '结论：[% "outcome_zh" %]　[% {robust} %]　|　[% "city" %]　|　[% {development} %]　|　'
        '行业代码 [% "industry" %]　|　位置精度 [% coalesce(format_number("accuracy_m",0),\'—\') %] 米'
    ).format(robust=tips.words("robustness"), development=tips.words("development"))
    sheet.label("要点", (10, 17, 190, 6), facts, 9, bold=True, colour="#8B0000")
    by_key = {layer.key: layer for layer in layers}
    question = margin.question if margin.question is Question.GROUND else Question.CONFLICTS
    add_map(
        sheet,
        "主图",
        (13, 29, width, height),
        framed,
        crs,
        question,
        atlas=True,
        scale=_scale_expression(by_key["findings"], by_key.get("site_areas"), width, height),
        grid_deg=1 / 60,
        wide_grid_deg=5 / 60,
    )
    add_map(
        sheet,
        "位置图",
        (160, 26, 40, 44),
        fit(extent, 40, 44, metres_per_unit)[0],
        crs,
        LOCATOR,
        overview_of="主图",
    )
    add_north_arrow(sheet, "指北针", (188, 72, 11, 13), "主图")
    add_scale_bar(sheet, "比例尺", (159, 78, 28, 9), "主图")
    sheet.label(
        "数字比例尺",
        (160, 73, 28, 4.5),
        "1:[% format_number(round(map_get(item_variables('主图'),'map_scale'),-2),0) %]",
        8,
        bold=True,
    )
    add_legend(
        sheet,
        "图例",
        (158, 88, 44, 66),
        "主图",
        legend_tree(layers, question, without={"cities"}),
        size_pt=6.5,
        only_drawn=True,
    )
    to_do = "如何核实" if coverage.key == "sites_open" else "如何处理"
    column = "settle" if coverage.key == "sites_open" else "remedy"
    said = f"理由：[% {_shortened('reasons', 260)} %]\n{to_do}：[% {_shortened(column, 200)} %]\n依据：[% {_shortened('citations', 160)} %]"
    sheet.label("理由", (10, 157, 190, 31), said, 7.5, middle=False)
    _findings_table(sheet, coverage)
    counted = (
        '共检查 [% "checks" %] 条规则，触及 [% "hits" %] 条；表中先列触及的、再列待核实的，按触及后的结论由严到宽，'
        f"至多 {_MOST_ROWS} 条，其余见逐条检查表"
    )
    sheet.label("表注", (10, 266, 190, 4), counted, 6.5, colour="#444444")
    sheet.label(
        "说明",
        (10, 270.5, 190, 11),
        f"坐标系：{margin.crs_words}　研判日期：{margin.on}\n数据来源：{margin.sources}",
        6,
        middle=False,
    )
    sheet.label("初步研判", (10, 282.5, 140, 8), margin.note, 7, colour="#8B0000", middle=False)
    sheet.label("审图号", (150, 283, 50, 5), REVIEW_NUMBER + "　内部资料", 8, align="right")
    return sheet.layout(_atlas_settings(coverage))


def _shortened(column: str, most: int) -> str:
    plain = f"replace(coalesce(\"{column}\",''),'\\n','；')"
    return f"if(length({plain})>{most}, left({plain},{most}) || '……', if(length({plain})=0,'—',{plain}))"


def _folded(expression: str, length: int) -> str:
    """Chinese has no spaces to break a line at: a break after so many characters."""
    return f"trim(regexp_replace({expression},'(.{{{length}}})','\\\\1\\n'))"


def _scale_expression(findings: MapLayer, areas: MapLayer | None, width_mm: float, height_mm: float) -> str:
    """1:50 000 where a distance matters, else smaller, to show the area that does; smaller also for a large footprint."""
    close = (
        '"state"<>\'miss\' AND "limit_m">0 AND "distance_m"<2*"limit_m"+500'
        " AND \"site_id\"=attribute(@parent,'site_id')"
    )
    near = f"aggregate(layer:='{findings.id}',aggregate:='count',expression:=\"rule_id\",filter:={close})"
    scale = f"if(coalesce({near},0)>0,{PAGE_SCALE},{AREA_SCALE})"
    if areas is None:
        return scale
    footprint = f"geometry(get_feature('{areas.id}','site_id',\"site_id\"))"
    wide = f"bounds_width({footprint})*91000/{width_mm / 1000}"
    high = f"bounds_height({footprint})*111000/{height_mm / 1000}"
    return f"max({scale}, coalesce(ceil(max({wide},{high})*1.6/10000)*10000, 0))"


def _findings_table(sheet: Sheet, coverage: MapLayer) -> None:
    strict = ",".join(f"'{outcome}'" for outcome in Outcome)
    states = f"CASE WHEN \"state\"='{State.HIT}' THEN 0 ELSE 1 END"
    figures = (
        f"{tips.metres('distance_m')} || if(\"limit_m\">0, '\\n（限 ' || {tips.metres('limit_m')} || '）','')"
    )
    reason = _folded("regexp_replace(\"reason\",'^[^：]*：','')", 42)
    add_table(
        sheet,
        "逐条检查",
        (10, 190, 190, 75.5),
        relation_id(coverage),
        [
            ("规则", _folded('"rule_id" || \' \' || "title"', 19), 43),
            ("状态", tips.words("state"), 11),
            ("触及则", tips.words("consequence"), 11),
            ("距离（限值）", figures, 22),
            ("说明", reason, 94.5),
        ],
        [states, f'array_find(array({strict}),"consequence")', '"rule_id"'],
        f"\"state\"<>'{State.MISS}'",
        _MOST_ROWS,
        6.3,
    )


def _atlas_settings(coverage: MapLayer) -> Element:
    strict = ",".join(f"'{outcome}'" for outcome in Outcome)
    return element(
        "Atlas",
        {
            "enabled": 1,
            "coverageLayer": coverage.id,
            "coverageLayerName": coverage.zh,
            "coverageLayerProvider": "ogr",
            "coverageLayerSource": datasource(coverage),
            "hideCoverage": 0,
            "filterFeatures": 1,
            "featureFilter": coverage.subset,
            "sortFeatures": 1,
            "sortAscending": 1,
            "sortKey": f'lpad(to_string(array_find(array({strict}),"outcome")),2,\'0\') || "site_id"',
            "pageNameExpression": '"site_id"',
            "filenamePattern": "'研判_' || \"site_id\"",
        },
    )
