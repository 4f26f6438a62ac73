"""Chapter 2: plans and rules, layers with date, source and accuracy, what the layers cover, how it is decided."""

from __future__ import annotations

from functools import cache

import pandas as pd

from geo.certificate import ORDER, certify, rank_gaps
from geo.coverage import STATUS
from geo.divisions import read_divisions
from geo.layer import Covers, Layer
from geo.terms import Theme
from geo.writers.dossier import Dossier
from geo.writers.quantities import metres_in
from geo.writers.redaction import withheld_note
from geo.writers.report.cells import STATUS_EN, STATUS_FILLS, listed
from geo.writers.report.document import Block, Cell, Field, Heading, Items, Paragraph, Section, Style, Table

_GAPS = 10


def write_basis(dossier: Dossier, number: str) -> list[Section]:
    """The chapter on what the screening rests on; wide tables on pages on their side."""
    say = dossier.lang
    certificate = dossier.frame("certificate")
    if certificate is None:
        assessment = dossier.assessment
        certificate = certify(assessment.rulebook, assessment.catalog, assessment.on).drop(columns="geometry")
    gaps = dossier.frame("gaps")
    gaps = rank_gaps(certificate) if gaps is None else gaps
    upright: list[Block] = [
        Heading(1, number, say("研判依据", "Basis")),
        Heading(2, f"{number}.1", say("规划与规则", "Plans and rules")),
        _plans(dossier),
        Paragraph(
            say(
                f"规则册共 {len(dossier.assessment.rulebook)} 条，内容散列 {dossier.assessment.rulebook.content_hash[:12]}。规则为条款的转述，逐条摘要见附录B；原文以规划文本为准。",
                f"The rule book holds {len(dossier.assessment.rulebook)} rules, content hash {dossier.assessment.rulebook.content_hash[:12]}. Rules paraphrase the clauses (annex B); the plans' text prevails.",
            ),
            Style.NOTE,
        ),
        Heading(2, f"{number}.2", say("研判方法", "Method")),
        Items(_method(dossier)),
    ]
    withheld = withheld_note(dossier.assessment.withheld, say)
    wide: list[Block] = [
        Heading(2, f"{number}.3", say("数据图层", "Layers")),
        _layers(dossier),
        *([Paragraph(withheld, Style.WARNING)] if withheld else []),
        Heading(2, f"{number}.4", say("图层覆盖证明", "Coverage certificate")),
        Paragraph(
            say(
                "下表按图层主题和城市给出最差的覆盖状况，括号内为涉及的规则数。只有“完整”的，未查到才等于没有；其余状况下未查到一律待核实。",
                "By theme and city, the worst coverage of the rules that need it; in brackets the number of rules. Only where it is complete does nothing found mean nothing there; else it is undetermined.",
            )
        ),
        _certificate(dossier, certificate),
    ]
    wide += _gaps(dossier, gaps, f"{number}.5")
    return [Section(upright), Section(wide, wide=True)]


def _plans(dossier: Dossier) -> Table:
    say, book = dossier.lang, dossier.assessment.rulebook
    checked = [dossier.rule(rule_id).plan for rule_id in dossier.rule_ids]
    rows = []
    for plan in book.plans.values():
        in_force = sum(rule.plan == plan.id for rule in book.in_force(dossier.assessment.on))
        until = (
            f"{plan.period.until:%Y-%m-%d}" if plan.period.until else say("至有新规划替代", "until replaced")
        )
        rows.append(
            [
                say.of(plan.title),
                plan.issuer,
                say.of(plan.status),
                f"{plan.period.from_:%Y-%m-%d} {say('起', 'on')}，{until}",
                str(in_force),
                str(checked.count(plan.id)),
            ]
        )
    fields = [
        Field(say("规划", "Plan"), 5),
        Field(say("印发机关", "Issued by"), 3),
        Field(say("状态", "Status"), 1.7),
        Field(say("期限", "Period"), 3.2),
        Field(say("施行规则", "Rules in force"), 1.5, True),
        Field(say("本次适用", "Applied here"), 1.5, True),
    ]
    return Table(say("规划与规则", "Plans and rules"), fields, rows, small=True)


def _method(dossier: Dossier) -> list[str]:
    say, confidence = dossier.lang, dossier.assessment.confidence
    return [
        say(
            "按项目所在市选规则，不按行政区裁切基准要素：界外的河流照样量算。",
            "Rules are chosen by where a site lies; features are never cut at a border before they are measured.",
        ),
        say(
            "结论由量算距离得出，不由缓冲区得出；距离自用地范围边缘至基准线，为椭球面距离，面积为椭球面积。",
            "Verdicts rest on measured distances, not on buffers: from the edge of the footprint to the reference line, on the ellipsoid.",
        ),
        say(
            f"综合精度由项目位置精度与图层精度合成，按单侧 {confidence:.0%} 置信度判断；误差范围跨越限值的，列为待核实。",
            f"Accuracies of site and layer combine at one-sided {confidence:.0%} confidence; where the doubt straddles the limit the check is undetermined.",
        ),
        say(
            "图层缺失、覆盖不明、基准线不明、规划未给距离、项目事实不足的，一律待核实，不以沉默作结论。",
            "A missing layer, unknown coverage, an unclear base line, a distance not given or a fact not stated leaves a check undetermined: silence decides nothing.",
        ),
        say(
            "“原则上”“鼓励”等非强制用语不单独否定项目；征求意见稿不作否定依据。",
            "Words such as “in principle” never block by themselves; a draft does not bind.",
        ),
    ]


def _layers(dossier: Dossier) -> Table:
    say, assessment = dossier.lang, dossier.assessment
    used = set(assessment.zones["layer_key"]) | set(assessment.findings["layer_key"])
    held = [*assessment.catalog.layers, *assessment.withheld]
    rows = [_layer_row(dossier, layer) for layer in held if layer.key in used]
    fields = [
        # as wide as it takes that a layer with the cities it is complete in mostly has one line
        Field(say("图层", "Layer"), 4.9),
        Field(say("主题", "Theme"), 3.0),
        Field(say("基准线", "Line"), say(2.0, 2.2)),
        Field(say("时点", "As of"), 1.9),
        Field(say("精度", "Accuracy"), 1.7, True),
        Field(say("写明完整的范围", "Stated complete in"), say(4.9, 4.4)),
        Field(say("来源与许可", "Source, licence"), say(6.3, 6.6)),
    ]
    return Table(say("本次使用的图层", "Layers consulted"), fields, rows, small=True)


def _layer_row(dossier: Dossier, layer: Layer) -> list[str | Cell]:
    say = dossier.lang
    covers = say("未写明", "not stated")
    if layer.covers is not None:
        covers = _covers(dossier, layer.covers)
    key = (
        Cell(layer.key + say("（演示）", " (demonstration)"), STATUS_FILLS["demonstration"])
        if layer.demo
        else layer.key
    )
    return [
        key,
        say.of(layer.theme),
        say.of(layer.line) if layer.line is not None else "",
        f"{layer.as_of:%Y-%m-%d}" if layer.as_of else say("未写明", "not stated"),
        f"±{metres_in(say, layer.accuracy_m)}",
        covers,
        f"{layer.source}；{layer.licence}",
    ]


def _covers(dossier: Dossier, covers: Covers) -> str:
    """Divisions by name, the file of an area, and the features that alone are meant."""
    say = dossier.lang
    names = _division_names()
    places = [names.get(code, code) for code in covers.adcode] + ([covers.area] if covers.area else [])
    text = listed(say, places, 6)
    return text + (say("（{}）", " ({})").format(listed(say, covers.names, 4)) if covers.names else "")


@cache
def _division_names() -> dict[str, str]:
    divisions = read_divisions()
    cut = {"province": 2, "city": 4, "county": 6}
    return {
        str(code)[: cut[level]]: str(name)
        for code, name, level in divisions[["adcode", "name", "level"]].itertuples(index=False)
    }


def _certificate(dossier: Dossier, certificate: pd.DataFrame) -> Table:
    say = dossier.lang
    cities = certificate[["adcode", "city"]].drop_duplicates().sort_values("adcode")
    rank = {status: place for place, status in enumerate(ORDER)}
    rows: list[list[str | Cell]] = []
    for theme in [theme for theme in Theme if theme in set(certificate["theme"])]:
        part = certificate[certificate["theme"] == theme]
        row: list[str | Cell] = [say.of(theme), str(part["rule_id"].nunique())]
        for adcode in cities["adcode"]:
            held = part[part["adcode"] == adcode]
            if held.empty:
                row.append("–")
                continue
            worst = max(held["status"], key=lambda status: rank[status])
            row.append(
                Cell(
                    status_text(dossier, worst) + dossier.lang("（{}）", " ({})").format(len(held)),
                    STATUS_FILLS[worst],
                )
            )
        rows.append(row)
    names = [str(city) for city in cities["city"]]
    fields = [
        Field(say("主题", "Theme"), 5),
        Field(say("规则数", "Rules"), 1.6, True),
        *(Field(name, 3) for name in names),
    ]
    return Table(
        say("图层覆盖证明（主题 × 城市）", "Coverage certificate (theme by city)"), fields, rows, small=True
    )


def status_text(dossier: Dossier, status: str) -> str:
    """A status of coverage in words."""
    zh = "过时" if status == "stale" else STATUS[status][0]
    return dossier.lang(zh, STATUS_EN[status])


def _gaps(dossier: Dossier, gaps: pd.DataFrame, number: str) -> list[Block]:
    say = dossier.lang
    if not len(gaps):
        return []
    rows = [
        [
            str(place),
            say.of(Theme(gap.theme)),
            f"{gap.rules:.0f}",
            gap.cities.replace(";", say("、", ", ")),
            gap.rule_ids.replace(";", " "),
        ]
        for place, gap in enumerate(gaps.head(_GAPS).itertuples(), start=1)
    ]
    fields = [
        Field(say("次序", "Rank"), 1.2, True),
        Field(say("图层主题", "Theme"), 4.5),
        Field(say("未决规则", "Rules open"), 1.8, True),
        Field(say("城市", "Cities"), 5),
        Field(say("规则", "Which rules"), 11),
    ]
    return [
        Heading(2, number, say("应优先取得的图层", "Which layer to get first")),
        Paragraph(
            say(
                "按取得后可使多少条规则定论排序。",
                "Ranked by the number of rules that the layer would let decide.",
            )
        ),
        Table(say("应优先取得的图层", "Layers to get first"), fields, rows, small=True),
    ]
