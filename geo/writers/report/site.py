"""Chapter 4, a section a site: profile, map, the rules checked one by one, what to do and what to supply."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import shapely

import geo.english as english
from geo.frames import split
from geo.industries import industries
from geo.language import Lang
from geo.rule import Rule
from geo.space import area_m2
from geo.terms import Datum, Development, Fact, Line, Measure, Outcome, Process, Purpose, State, Theme
from geo.wording import heading
from geo.writers.dossier import SETTLED, Dossier
from geo.writers.figures.pictures import Album
from geo.writers.quantities import limit_in, metres_in
from geo.writers.report.cells import state_cell
from geo.writers.report.document import (
    Block,
    Cell,
    Facts,
    Field,
    Heading,
    Image,
    Items,
    Paragraph,
    Section,
    Style,
    Table,
)
from geo.writers.styles import OUTCOMES


def sites_detailed(dossier: Dossier, up_to: int) -> list[int]:
    """Rows of the sites that get a section of their own: those that are not clear, the strictest first."""
    open_ = ~dossier.verdicts["outcome"].map(Outcome).isin(SETTLED)
    return [int(row) for row in dossier.verdicts.loc[open_, "number"].head(up_to)]


def write_sites(dossier: Dossier, album: Album, number: str, rows: list[int]) -> list[Section]:
    """The chapter: each site on a page of its own."""
    say = dossier.lang
    open_ = int((~dossier.verdicts["outcome"].map(Outcome).isin(SETTLED)).sum())
    settled = len(dossier.verdicts) - open_
    text = say(
        f"本章逐个说明未定为“{Outcome.CLEAR.zh}”或“{Outcome.NOT_COVERED.zh}”的项目，按结论由严到宽排列，共 {len(rows)} 个；其余 {settled} 个见“结论一览”。",
        f"This chapter covers the sites that are neither clear nor outside the plans, the strictest first: {len(rows)}. The other {settled} are in the table of all sites.",
    )
    blocks: list[Block] = [Heading(1, number, say("逐项目研判", "Site by site")), Paragraph(text)]
    if open_ > len(rows):
        blocks.append(
            Paragraph(
                say(
                    f"这类项目共 {open_} 个，本报告只详列前 {len(rows)} 个；其余 {open_ - len(rows)} 个列于“结论一览”，逐条检查见 findings.xlsx 和 screening.gpkg。",
                    f"There are {open_} such sites; this report details the first {len(rows)}. The other {open_ - len(rows)} are in the table of all sites; every check is in findings.xlsx and screening.gpkg.",
                ),
                Style.WARNING,
            )
        )
    sections = [Section(blocks)]
    for place, row in enumerate(rows, start=1):
        sections.append(Section(_site(dossier, album, f"{number}.{place}", row), new_page=place > 1))
    return sections


def _site(dossier: Dossier, album: Album, number: str, row: int) -> list[Block]:
    say, assessment = dossier.lang, dossier.assessment
    site = assessment.sites.iloc[row].to_dict()
    verdict = assessment.verdicts.iloc[row].to_dict()
    outcome = Outcome(verdict["outcome"])
    checks = dossier.checks_of(site["site_id"])
    picture = album.of_site(row)
    image = album.image(picture)
    blocks: list[Block] = [
        Heading(2, number, f"{site['site_id']} {site['name']}"),
        Paragraph(_lead(dossier, verdict, len(checks)), Style.LEAD, OUTCOMES[outcome].colour),
        Facts(_profile(say, site)),
    ]
    if image is not None:
        blocks.append(Image(image, picture.caption, picture.width_cm))
    if len(checks):
        caption = say(f"{site['site_id']} 规则逐条对照", f"{site['site_id']}: rules checked")
        blocks.append(
            Table(
                caption,
                _check_fields(say),
                [_check(dossier, row) for row in checks.to_dict("records")],
                small=True,
            )
        )
    blocks += _doing(say, verdict)
    return blocks


def _lead(dossier: Dossier, verdict: dict[str, Any], checks: int) -> str:
    say = dossier.lang
    best, worst = (say.of(Outcome(verdict[name])) for name in ("best_case", "worst_case"))
    robust = {
        "robust": say("结论稳健", "robust"),
        "fragile": say("结论不稳健", "fragile"),
    }[verdict["robustness"]]
    text = dossier.outcome_text(verdict["outcome"], verdict["demo_outcome"])
    rules = say("、", ", ").join(split(verdict["deciding_rule_ids"]))
    parts = [
        say(f"初步研判结论：{text}，{robust}。", f"Preliminary outcome: {text}, {robust}."),
        say(
            f"共核对 {checks} 条规则，触及 {verdict['hits']:.0f} 条，待核实 {len(split(verdict['undetermined_rule_ids']))} 条",
            f"{checks} rules checked, {verdict['hits']:.0f} touched, {len(split(verdict['undetermined_rule_ids']))} open",
        )
        + (say(f"；决定规则：{rules}。", f"; deciding: {rules}.") if rules else say("。", ".")),
    ]
    if best != worst:
        parts.append(
            say(
                f"待核实事项全部有利时为“{best}”，全部不利时为“{worst}”。",
                f"At best: {best}; at worst: {worst}.",
            )
        )
    return "".join(parts) if say is Lang.ZH else " ".join(parts)


def _profile(say: Lang, site: dict[str, Any]) -> list[tuple[str, str]]:
    """What a form asks of a project, in pairs."""
    shape = site["geometry"]
    point = shapely.point_on_surface(shape)
    hectares = float(area_m2(np.array([shape], dtype=object))[0]) / 1e4
    size = {
        0: say("点", "a point"),
        1: say("线", "a line"),
        2: say(f"{hectares:,.4f} 公顷", f"{hectares:,.4f} ha"),
    }[int(shapely.get_dimensions(shape))]
    codes = [
        f"{code} {industries()[code].name}" if code in industries() else code
        for code in split(site["industry"])
    ]
    stated = say("未说明", "not stated")
    return [
        (say("行业（GB/T 4754-2017）", "Industry (GB/T 4754-2017)"), "、".join(codes) or stated),
        (
            say("建设性质", "Development"),
            "、".join(say.of(Development(kind)) for kind in split(site["development"]))
            if site["development"]
            else stated,
        ),
        (
            say("工艺特征", "Processes"),
            say("、", ", ").join(_process(say, p) for p in split(site["processes"])) or stated,
        ),
        (
            say("项目指标", "Figures"),
            say("、", ", ").join(_fact(say, f) for f in split(site["facts"])) or stated,
        ),
        (say("用地规模", "Footprint"), size),
        (say("项目类型", "Kind"), say.of(Purpose(site["purpose"])) if site["purpose"] else stated),
        (say("位置（经度，纬度）", "Position (lon, lat)"), f"{point.x:.6f}°，{point.y:.6f}°"),
        (
            say("坐标系；位置精度", "Datum; accuracy"),
            f"{say.of(Datum(site['datum']))}；±{metres_in(say, site['accuracy_m'])}",
        ),
        (say("行政区划代码", "Division code"), site["adcode"] or say("按位置判定", "by location")),
        (say("资料来源", "Source"), site["source"]),
    ]


def _process(say: Lang, word: str) -> str:
    denied = word.startswith("!")
    name = word.lstrip("!")
    text = say.of(Process(name)) if name in list(Process) else name
    return say("非", "not ") + text if denied else text


def _fact(say: Lang, stated: str) -> str:
    name, _, value = stated.partition("=")
    return f"{say.of(Fact(name)) if name in list(Fact) else name} {value}"


def _check_fields(say: Lang) -> list[Field]:
    return [
        Field(say("规则", "Rule"), 3.3),
        Field(say("距离", "Distance"), 1.75, True),
        Field(say("限值", "Limit"), 1.25, True),
        Field(say("余量", "Margin"), 1.9, True),
        Field(say("读法（基准线、图层、精度）", "Reading (line, layer, accuracy)"), 2.5),
        Field(say("判定", "Verdict"), 1.75),
        Field(say("理由", "Reason"), 4.1),
    ]


def _check(dossier: Dossier, row: dict[str, Any]) -> list[str | Cell]:
    say, rule = dossier.lang, dossier.rule(row["rule_id"])
    state = State(row["state"])
    verdict = say.of(state)
    if state is State.HIT:
        verdict = say(f"触及：{dossier.potential[rule.id].zh}", f"hit: {dossier.potential[rule.id].en}")
    by_distance = rule.measure is Measure.WITHIN_DISTANCE
    inside = rule.measure in (Measure.INSIDE, Measure.OUTSIDE)
    metres = partial(metres_in, say)
    return [
        Cell(f"{rule.id} {say.of(rule.title)}"),
        metres(row["distance_m"]) if by_distance or inside else "–",
        limit_in(say, row["limit_m"]) if by_distance and not math.isnan(row["limit_m"]) else "–",
        _margin(dossier, rule, row),
        _reading(say, row),
        state_cell(state, verdict),
        reason_only(rule, row["reason"]),
    ]


def _margin(dossier: Dossier, rule: Rule, row: dict[str, Any]) -> str:
    """The room left, negative = inside; for an area that is met the overlap."""
    say = dossier.lang
    if rule.measure is Measure.IN_JURISDICTION or math.isnan(row["margin_m"]):
        return "–"
    text = metres_in(say, row["margin_m"])
    if not math.isnan(row["overlap_ha"]) and row["overlap_ha"] > 0:
        text += say(f"；重叠 {row['overlap_ha']:,.2f} 公顷", f"; overlap {row['overlap_ha']:,.2f} ha")
        text += f"（{row['share']:.0%}）"
    return text


def _reading(say: Lang, row: dict[str, Any]) -> str:
    if not row["layer_key"]:
        theme = say.of(Theme(row["theme"])) if row["theme"] else ""
        return say(f"无图层（{theme}）", f"no layer ({theme})") if theme and theme != Theme.ADMIN.zh else "–"
    line = say.of(Line(row["line"])) if row["line"] else ""
    accuracy = f" ±{metres_in(say, row['accuracy_m'])}" if not math.isnan(row["accuracy_m"]) else ""
    return f"{line} {row['layer_key']}{accuracy}".strip()


def reason_only(rule: Rule, reason: str) -> str:
    """The reason without the number and title of the rule, which stand beside it."""
    return reason.removeprefix(f"{heading(rule)}：").removeprefix(f"{english.heading(rule)}: ")


def _doing(say: Lang, verdict: dict[str, Any]) -> list[Block]:
    """What to do, what to supply, how several plans go together."""
    blocks: list[Block] = []
    for name, title in (
        ("move", say("最小移动", "Smallest move")),
        ("remedy", say("如何处理", "What to do")),
        ("settle", say("需补充、核实的材料", "What to supply")),
        ("governing", say("规划衔接", "Several plans")),
        ("jurisdictions", say("适用规划", "Plans that apply")),
        ("citations", say("依据条款", "Clauses")),
    ):
        lines = [line for line in str(verdict.get(name, "") or "").splitlines() if line.strip()]
        if lines:
            blocks += [Heading(3, "", title), Items(grouped(say, lines))]
    return blocks


def grouped(say: Lang, lines: list[str]) -> list[str]:
    """Lines that say the same of several layers, as one.

    >>> grouped(Lang.ZH, ["用正式数据替换演示图层 a", "说明项目是否排污", "用正式数据替换演示图层 b"])
    ['说明项目是否排污', '用正式数据替换演示图层 a、b']
    """
    heads = ("用正式数据替换演示图层 ", "Replace the demonstration layer ")
    kept = [line for line in lines if not line.startswith(heads)]
    for head in heads:
        layers = [line.removeprefix(head) for line in lines if line.startswith(head)]
        kept += [head + say("、", ", ").join(layers)] if layers else []
    return kept
