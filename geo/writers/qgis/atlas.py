"""Atlases: an A4 page for every site that conflicts, and for every site that is to be settled."""

from __future__ import annotations

from collections.abc import Sequence

from geo.language import Lang
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
ATLASES = {
    ("冲突项目图册（A4）", "Atlas of sites in conflict (A4)"): "sites_conflicting",
    ("待核实项目图册（A4）", "Atlas of undetermined sites (A4)"): "sites_open",
}

#: The atlas of a project about ground: a page a candidate.
CANDIDATES = ("备选地图册（A4）", "Atlas of candidates (A4)")

#: The scale of a page where the site is small: the usual one of a surroundings map.
PAGE_SCALE = 50_000
#: And where what bites is an area such as a district.
AREA_SCALE = 300_000
_MOST_ROWS = 9


def atlas(
    name: tuple[str, str],
    coverage: MapLayer,
    layers: Sequence[MapLayer],
    extent: Extent,
    crs: str,
    margin: Margin,
    metres_per_unit: float,
) -> Element:
    """An A4 page for every site of ``coverage``: its map, its place, why, and its findings."""
    say = margin.lang
    sheet = Sheet(say(*name), 210, 297)
    main = say("主图", "main map")
    width, height = 140.0, 122.0
    middle = ((extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2)
    half = (width / 2000 * PAGE_SCALE / metres_per_unit, height / 2000 * PAGE_SCALE / metres_per_unit)
    framed = (middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1])
    sheet.box(say("图廓", "neat line"), (5, 5, 200, 287), 0.5)
    sheet.label(say("图名", "title"), (10, 8, 150, 9), '[% "site_id" || \' \' || "name" %]', 14, bold=True)
    sheet.label(
        say("页码", "page number"),
        (160, 8, 40, 9),
        say(
            "第 [% @atlas_featurenumber %] 页，共 [% @atlas_totalfeatures %] 页",
            "page [% @atlas_featurenumber %] of [% @atlas_totalfeatures %]",
        ),
        8,
        align="right",
    )
    outcome, industry, accuracy, metre = say(
        ("结论：", "行业代码 ", "位置精度 ", " 米"), ("Outcome: ", "industry ", "accuracy ", " m")
    )
    facts = (
        f'{outcome}[% "outcome_zh" %]  [% {tips.words("robustness", say)} %]  |  [% "city" %]  |  '
        f'[% {tips.words("development", say)} %]  |  {industry}[% "industry" %]  |  '
        f"{accuracy}[% coalesce(format_number(\"accuracy_m\",0),'—') %]{metre}"
    )
    sheet.label(say("要点", "key facts"), (10, 17, 190, 6), facts, 9, bold=True, colour="#8B0000")
    by_key = {layer.key: layer for layer in layers}
    question = margin.question if margin.question is Question.GROUND else Question.CONFLICTS
    add_map(
        sheet,
        main,
        (13, 29, width, height),
        framed,
        crs,
        say.of(question),
        atlas=True,
        scale=_scale_expression(by_key["findings"], by_key.get("site_areas"), width, height),
        grid_deg=1 / 60,
        wide_grid_deg=5 / 60,
        say=say,
    )
    add_map(
        sheet,
        say("位置图", "locator"),
        (160, 26, 40, 44),
        fit(extent, 40, 44, metres_per_unit)[0],
        crs,
        say(*LOCATOR),
        overview_of=main,
        say=say,
    )
    add_north_arrow(sheet, say("指北针", "north arrow"), (188, 72, 11, 13), main)
    add_scale_bar(sheet, say("比例尺", "scale bar"), (159, 78, 28, 9), main, say)
    sheet.label(
        say("数字比例尺", "scale"),
        (160, 73, 28, 4.5),
        f"1:[% format_number(round(map_get(item_variables('{main}'),'map_scale'),-2),0) %]",
        8,
        bold=True,
    )
    add_legend(
        sheet,
        say("图例", "legend"),
        (158, 88, 44, 66),
        main,
        legend_tree(layers, question, without={"cities", "rivers", "lakes"}),
        size_pt=6.5,
        only_drawn=True,
        title=say("图例", "Legend"),
    )
    settling = coverage.key == "sites_open"
    to_do = say("如何核实", "What settles it") if settling else say("如何处理", "What to do")
    column = "settle" if settling else "remedy"
    mark = say("：", ": ")
    said = "\n".join(
        f"{title}{mark}[% {_shortened(name, most, say)} %]"
        for title, name, most in (
            (say("理由", "Reasons"), "reasons", say(260, 520)),
            (to_do, column, say(200, 400)),
            (say("依据", "Basis"), "citations", say(160, 320)),
        )
    )
    sheet.label(say("理由", "reasons"), (10, 157, 190, 31), said, 7.5, middle=False)
    _findings_table(sheet, coverage, say)
    counted = say(
        '共检查 [% "checks" %] 条规则，触及 [% "hits" %] 条；表中先列触及的、再列待核实的，按触及后的结论由严到宽，'
        f"至多 {_MOST_ROWS} 条，其余见逐条检查表",
        '[% "checks" %] rules checked, [% "hits" %] touched; first those touched, then those open, the strictest '
        f"outcome first, at most {_MOST_ROWS}; all in the table of findings",
    )
    sheet.label(say("表注", "table note"), (10, 266, 190, 4), counted, 6.5, colour="#444444")
    sheet.label(
        say("说明", "notes"),
        (10, 270.5, 190, 11),
        say(
            f"坐标系：{margin.crs_words}　研判日期：{margin.on}\n数据来源：{margin.sources}",
            f"Coordinates: {margin.crs_words}; as of {margin.on}\nSources: {margin.sources}",
        ),
        6,
        middle=False,
    )
    sheet.label(
        say("初步研判", "preliminary"),
        (10, 282.5, 145, 8),
        margin.note,
        say(7, 6),
        colour="#8B0000",
        middle=False,
    )
    sheet.label(
        say("审图号", "review number"),
        (150, 283, 50, 5),
        say(*REVIEW_NUMBER) + say("　内部资料", "  internal"),
        say(8, 6.5),
        align="right",
    )
    return sheet.layout(_atlas_settings(coverage))


def _shortened(column: str, most: int, say: Lang) -> str:
    plain = f"replace(coalesce(\"{column}\",''),'\\n','{say('；', '; ')}')"
    return f"if(length({plain})>{most}, left({plain},{most}) || '…', if(length({plain})=0,'—',{plain}))"


def _broken(expression: str, length: int, say: Lang) -> str:
    """Chinese has no spaces to break a line at: a break after so many characters; English breaks at its own."""
    return _folded(expression, length) if say is Lang.ZH else expression


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


def _findings_table(sheet: Sheet, coverage: MapLayer, say: Lang) -> None:
    strict = ",".join(f"'{outcome}'" for outcome in Outcome)
    states = f"CASE WHEN \"state\"='{State.HIT}' THEN 0 ELSE 1 END"
    before, after = say(("（限 ", "）"), ("(limit ", ")"))
    figures = (
        f"{tips.metres('distance_m', say)} || if(\"limit_m\">0, '\\n{before}' || "
        f"{tips.metres('limit_m', say)} || '{after}','')"
    )
    reason = _broken("regexp_replace(\"reason\",'^[^：:]*[：:] ?','')", 42, say)
    add_table(
        sheet,
        say("逐条检查", "checks"),
        (10, 190, 190, 75.5),
        relation_id(coverage),
        [
            (say("规则", "Rule"), _broken('"rule_id" || \' \' || "title"', 19, say), 43),
            (say("状态", "State"), tips.words("state", say), say(11, 18)),
            (say("触及则", "If touched"), tips.words("consequence", say), say(11, 18)),
            (say("距离（限值）", "Distance (limit)"), figures, 22),
            (say("说明", "In words"), reason, say(94.5, 80.5)),
        ],
        [states, f'array_find(array({strict}),"consequence")', '"rule_id"'],
        f"\"state\"<>'{State.MISS}'",
        _MOST_ROWS,
        say("没有触及或待核实的规则", "no rule is touched or open"),
        6.3,
    )


def _atlas_settings(coverage: MapLayer) -> Element:
    strict = ",".join(f"'{outcome}'" for outcome in Outcome)
    return element(
        "Atlas",
        {
            "enabled": 1,
            "coverageLayer": coverage.id,
            "coverageLayerName": coverage.title,
            "coverageLayerProvider": "ogr",
            "coverageLayerSource": datasource(coverage),
            "hideCoverage": 0,
            "filterFeatures": 1,
            "featureFilter": coverage.subset,
            "sortFeatures": 1,
            "sortAscending": 1,
            "sortKey": f'lpad(to_string(array_find(array({strict}),"outcome")),2,\'0\') || "site_id"',
            "pageNameExpression": '"site_id"',
            "filenamePattern": f"'{coverage.content.lang('研判', 'screening')}_' || \"site_id\"",
        },
    )
