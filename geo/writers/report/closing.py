"""The end of a report: limits and disclaimer; boundary points in CGCS2000; the rules as paraphrased."""

from __future__ import annotations

import shapely
from pyproj import Transformer

import geo.english as english
from geo.language import Lang
from geo.rule import Rule
from geo.space import WORKING_CRS
from geo.terms import Measure
from geo.wording import cite
from geo.writers.dossier import Dossier
from geo.writers.figures.plane import central_meridian
from geo.writers.quantities import limit_in
from geo.writers.report.document import Block, Field, Heading, Items, Paragraph, Section, Style, Table
from geo.writers.styles import DEMO_NOTE, DEMO_NOTE_EN, PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN

#: Points of one site that are printed.
_POINTS = 80
_ZONES = {111: (37, "EPSG:4525"), 114: (38, "EPSG:4526")}


def write_limits(dossier: Dossier, number: str) -> Section:
    """What this report is not, and what it cannot know."""
    say, assessment = dossier.lang, dossier.assessment
    open_ = int((assessment.verdicts["outcome"] == "undetermined").sum())
    items = [
        say(
            "本报告为初步研判和辅助分析，不是规划选址、环评审批或分区管控符合性分析的结论，不替代主管部门的审查。",
            "This is a preliminary screening; it is no siting permit, no environmental approval and no statement of conformity, and does not replace the authorities' review.",
        ),
        say(
            "管控单元和准入要求以山西省生态环境分区管控平台查询结果为准；规则为条款转述，以规划原文为准。",
            "Control units and access conditions are as the province's platform gives them; rules paraphrase clauses, whose text prevails.",
        ),
        say(
            f"“待核实”（{open_} 个）既不是否定，也不是通过：须按各项目所列材料核实后再研判。",
            f"“Undetermined” ({open_} sites) is neither a refusal nor a pass: supply what each site's section lists, and screen again.",
        ),
        say(
            "“未触及”只表示已检查的规则在现有图层上未触及，不表示不存在其他限制。",
            "“No rule touched” speaks of the rules checked on the layers at hand, of nothing else.",
        ),
        say(
            "项目位置、行业、工艺和指标以提交的清单为准，未经现场核实。",
            "Position, industry, processes and figures are as the site list states them; nothing was verified on the ground.",
        ),
        say(
            "图件为内部资料，未经地图审核，不得公开；公开使用前须依法送审并取得审图号。",
            "Maps are internal and not reviewed; publishing them needs map review and its number.",
        ),
    ]
    if assessment.has_demo:
        items.insert(2, say(DEMO_NOTE, DEMO_NOTE_EN) + say("。", "."))
    blocks: list[Block] = [
        Heading(1, number, say("局限性与声明", "Limits and disclaimer")),
        Items(items),
        Paragraph(say(PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN) + say("。", "."), Style.WARNING),
    ]
    if len(assessment.set_aside):
        heads = [
            ("图层", "Layer", 2.5),
            ("文件", "File", 3),
            ("问题", "Fault", 4),
            ("怎么办", "What to do", 3),
            ("因此待核实的规则", "Rules left open", 3),
            ("因此待核实的场地", "Sites left open", 3),
        ]
        rows = [
            [r.layer_key, r.file, r.what, r.to_do, r.rule_ids.replace(";", " "), r.site_ids.replace(";", " ")]
            for r in assessment.set_aside.itertuples()
        ]
        fields = [Field(say(zh, en), width) for zh, en, width in heads]
        blocks.append(Table(say("搁置的图层", "Layers set aside"), fields, rows, small=True))
    if len(assessment.rejected):
        rows = [
            [r.file, r.where, r.field, r.value, r.what, r.to_do]
            for r in assessment.rejected.head(200).itertuples()
        ]
        heads = [
            ("文件", "File", 3),
            ("位置", "Where", 2),
            ("字段", "Field", 2),
            ("值", "Value", 2.5),
            ("问题", "Fault", 4),
            ("怎么办", "What to do", 4),
        ]
        fields = [Field(say(zh, en), width) for zh, en, width in heads]
        blocks.append(Table(say("未筛查的行", "Rows not screened"), fields, rows, small=True))
    return Section(blocks)


def write_points(dossier: Dossier, letter: str, rows: list[int]) -> Section:
    """Annex: the boundary points of the sites that are detailed, northing first as surveyors write them."""
    say = dossier.lang
    found: list[list[str]] = []
    cut = 0
    for row in rows:
        site = dossier.assessment.sites.iloc[row]
        points, more = boundary_points(site.geometry)
        cut += more > 0
        found += [[str(site["site_id"]), *point] for point in points]
    fields = [
        Field(say("项目编号", "Site"), 2.4),
        Field(say("点号", "Point"), 1.6),
        Field(say("纵坐标 X（米）", "X north (m)"), 3, True),
        Field(say("横坐标 Y（米）", "Y east (m)"), 3, True),
        Field(say("经度", "Longitude"), 2.8, True),
        Field(say("纬度", "Latitude"), 2.8, True),
    ]
    note = say(
        "2000国家大地坐标系，高斯-克吕格3°带投影，横坐标含带号（37带中央经线111°，38带114°）；Z 为中心点或点状项目，J 为界址点，带序号的环依次列出。",
        "CGCS2000, 3° Gauss-Kruger, eastings with zone prefix (37: 111°E, 38: 114°E). Z: a point site; J: boundary points, ring by ring.",
    )
    blocks: list[Block] = [
        Heading(1, letter, say("界址点坐标", "Boundary points")),
        Paragraph(note, Style.NOTE),
        Table(say("界址点坐标", "Boundary points"), fields, found, small=True),
    ]
    if cut:
        text = say(
            f"其中 {cut} 个项目的点数超过 {_POINTS} 个，只列前 {_POINTS} 个，其余见 screening.gpkg。",
            f"{cut} sites have more than {_POINTS} points; the rest is in screening.gpkg.",
        )
        blocks.append(Paragraph(text, Style.WARNING))
    return Section(blocks)


def boundary_points(shape: shapely.Geometry) -> tuple[list[list[str]], int]:
    """Name, X (north), Y (east with zone), longitude, latitude of each point, and how many are left out.

    A ring's closing point is not repeated.

    >>> rows, more = boundary_points(shapely.Point(112.5489, 37.8706))
    >>> rows, more
    ([['Z', '4194127.906', '38372319.291', '112.5489000', '37.8706000']], 0)
    """
    zone = central_meridian(shape.representative_point().x)
    transformer = Transformer.from_crs(WORKING_CRS, _ZONES[zone][1], always_xy=True)
    rows = []
    counter = 0
    for part in shapely.get_parts(shape):
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            points = shapely.get_coordinates(ring)
            if part.geom_type == "Polygon":
                points = points[:-1]
            for lon, lat in points:
                counter += 1
                east, north = transformer.transform(lon, lat)
                name = "Z" if part.geom_type == "Point" else f"J{counter}"
                rows.append([name, f"{north:.3f}", f"{east:.3f}", f"{lon:.7f}", f"{lat:.7f}"])
    return rows[:_POINTS], max(len(rows) - _POINTS, 0)


def write_rules(dossier: Dossier, letter: str) -> Section:
    """Annex: every rule that was checked, as paraphrased, with its section."""
    say, book = dossier.lang, dossier.assessment.rulebook
    rows = []
    for rule_id in dossier.rule_ids:
        rule = dossier.rule(rule_id)
        rows.append(
            [
                rule_id,
                say.of(rule.title),
                (cite if say is Lang.ZH else english.cite)(book.plan_of(rule), rule),
                f"{say.of(rule.effect)}；{say.of(rule.strength)}",
                _measure(dossier, rule),
                say("、", ", ").join(say.of(development) for development in rule.applies_to.developments),
                say.of(rule.remedy),
            ]
        )
    fields = [
        Field(say("规则", "Rule"), 1.5),
        Field(say("内容（转述）", "Paraphrase"), 5.5),
        Field(say("条款", "Clause"), 5),
        Field(say("效力", "Effect"), 2),
        Field(say("判定方式", "Measure"), 3.4),
        Field(say("建设性质", "Development"), 2),
        Field(say("如何处理", "What to do"), 5.3),
    ]
    return Section(
        [
            Heading(1, letter, say("规则摘要", "The rules")),
            Table(say("本次适用的规则", "Rules applied"), fields, rows, small=True),
        ],
        wide=True,
    )


def _measure(dossier: Dossier, rule: Rule) -> str:
    say = dossier.lang
    limit = rule.limit_on(dossier.assessment.on)
    places = list(dict.fromkeys(say.of(reference.theme) for reference in rule.measured_from))
    text = say("、", ", ").join(places) + (say("：", ": ") if places else "") + say.of(rule.measure)
    if rule.measure is Measure.WITHIN_DISTANCE:
        text += " " + (
            limit_in(say, limit) if limit is not None else say("（规划未给距离）", "(no distance given)")
        )
    return text
