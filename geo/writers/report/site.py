"""Chapter 4, a section a site: profile, map, the rules checked, what to do and what to supply.

Sites that some rule surely stops or limits have pages of their own; the others follow each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geo.contracts import split
from geo.industries import industries
from geo.language import Lang
from geo.space import area_m2
from geo.terms import Datum, Development, Fact, Outcome, Process, Purpose, State
from geo.writers.dossier import CONFLICTING, SETTLED, Dossier
from geo.writers.figures.pictures import Album
from geo.writers.quantities import metres_in
from geo.writers.report.cells import listed
from geo.writers.report.checks import is_measured, write_checks
from geo.writers.report.document import (
    Block,
    Facts,
    Heading,
    Image,
    Items,
    Paragraph,
    Section,
    Style,
)
from geo.writers.styles import OUTCOMES

#: Beginnings of what is asked for, of several layers or facts alike.
_HEADS = (
    "说明项目是否属于",
    "说明项目是否满足",
    "用正式数据替换演示图层 ",
    "state whether it is ",
    "state whether it meets ",
    "Replace the demonstration layer ",
)
#: The map of a site that nothing surely stops, as a share of the page's width.
_SMALL_MAP = 0.62


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
    was_conflicting = False
    for place, row in enumerate(rows, start=1):
        conflicting = Outcome(dossier.assessment.verdicts["outcome"].iloc[row]) in CONFLICTING
        blocks_of = _site(dossier, album, f"{number}.{place}", row)
        sections.append(Section(blocks_of, new_page=place > 1 and (conflicting or was_conflicting)))
        was_conflicting = conflicting
    return sections


def _site(dossier: Dossier, album: Album, number: str, row: int) -> list[Block]:
    say, assessment = dossier.lang, dossier.assessment
    site = assessment.sites.iloc[row].to_dict()
    verdict = assessment.verdicts.iloc[row].to_dict()
    outcome = Outcome(verdict["outcome"])
    checks = dossier.checks_of(site["site_id"])
    blocks: list[Block] = [
        Heading(2, number, f"{site['site_id']} {site['name']}"),
        Paragraph(_lead(dossier, verdict, len(checks)), Style.LEAD, OUTCOMES[outcome].colour),
    ]
    if outcome in CONFLICTING:
        blocks.append(Facts(_profile(say, site)))
    else:
        stated = say("；", "; ").join(f"{name} {value}" for name, value in _profile(say, site))
        blocks.append(Paragraph(stated, Style.NOTE))
    if is_mapped(dossier, row):
        picture = album.of_site(row)
        image = album.image(picture)
        if image is not None:
            width = picture.width_cm if outcome in CONFLICTING else picture.width_cm * _SMALL_MAP
            blocks.append(Image(image, picture.caption, width))
    blocks += write_checks(dossier, str(site["site_id"]), checks)
    blocks += _doing(dossier, verdict)
    return blocks


def is_mapped(dossier: Dossier, row: int) -> bool:
    """Whether a map says something of the site: not where it only waits for layers or facts."""
    verdict = dossier.assessment.verdicts.iloc[row]
    checks = dossier.checks_of(verdict["site_id"]).to_dict("records")
    return Outcome(verdict["outcome"]) in CONFLICTING or any(
        is_measured(check) and State(check["state"]) is State.UNDETERMINED and check["layer_key"]
        for check in checks
    )


def _lead(dossier: Dossier, verdict: dict[str, Any], checks: int) -> str:
    say = dossier.lang
    best, worst = (say.of(Outcome(verdict[name])) for name in ("best_case", "worst_case"))
    robust = {
        "robust": say("结论稳健", "robust"),
        "fragile": say("结论不稳健", "fragile"),
    }[verdict["robustness"]]
    text = dossier.outcome_text(verdict["outcome"], verdict["demo_outcome"])
    rules = listed(say, split(verdict["deciding_rule_ids"]), 8)
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
        (say("行业（GB/T 4754-2017）", "Industry (GB/T 4754-2017)"), say("、", ", ").join(codes) or stated),
        (
            say("建设性质", "Development"),
            say("、", ", ").join(say.of(Development(kind)) for kind in split(site["development"]))
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


def _doing(dossier: Dossier, verdict: dict[str, Any]) -> list[Block]:
    """What to do, what to supply, how several plans go together."""
    say = dossier.lang
    items: list[str] = []
    for name, title in (
        ("move", say("最小移动", "Smallest move")),
        ("remedy", say("如何处理", "What to do")),
        ("settle", say("需补充、核实", "To supply")),
        ("governing", say("规划衔接", "Several plans")),
        ("jurisdictions", say("适用规划", "Plans that apply")),
        ("citations", say("依据条款", "Clauses")),
    ):
        lines = [line for line in str(verdict.get(name, "") or "").splitlines() if line.strip()]
        lines = grouped(say, lines) if name == "settle" else lines
        lines = _by_plan(dossier, lines) if name == "citations" else lines
        if name == "settle":
            items += [f"{title}{say('：', ': ')}{line}" for line in lines]
        elif lines:
            items.append(title + say("：", ": ") + say("；", "; ").join(lines))
    return [Heading(3, "", say("处理意见", "What to do")), Items(items, small=True)] if items else []


def _by_plan(dossier: Dossier, lines: list[str]) -> list[str]:
    """Clauses (``YC-15 《…》三（一）``) with each plan named once."""
    found: dict[str, list[str]] = {}
    for line in lines:
        rule_id, _, clause = line.partition(" ")
        plan, section, rest = clause.partition(dossier.rule(rule_id).section)
        found.setdefault(plan.rstrip(", "), []).append(f"{rule_id} {section}{rest}")
    say = dossier.lang
    return [plan + say("：", ": ") + say("，", ", ").join(held) for plan, held in found.items()]


def grouped(say: Lang, lines: list[str]) -> list[str]:
    """Lines that say the same of several layers or facts, as one.

    >>> grouped(Lang.ZH, ["用正式数据替换演示图层 a", "测量此处", "用正式数据替换演示图层 b"])
    ['测量此处', '用正式数据替换演示图层 a、b']
    >>> grouped(Lang.ZH, ["说明项目是否满足“甲”", "说明项目是否满足“乙”"])
    ['说明项目是否满足“甲”、“乙”']
    """
    kept = [line for line in lines if not line.startswith(_HEADS)]
    for head in _HEADS:
        same = [line.removeprefix(head) for line in lines if line.startswith(head)]
        kept += [head + say("、", ", ").join(same)] if same else []
    return kept
