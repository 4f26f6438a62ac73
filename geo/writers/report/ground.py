"""The report of a run of ``hongxian where``: question, basis, hectares, what rules cost, layers, candidates."""

from __future__ import annotations

import pandas as pd

from geo.availability.kinds import FREE, in_order
from geo.contracts import split
from geo.terms import Outcome, Theme
from geo.writers.figures.groundpictures import county_pictures, whole_pictures
from geo.writers.figures.pictures import Album
from geo.writers.ground_dossier import GroundDossier
from geo.writers.report.basis import write_basis
from geo.writers.report.cells import listed, outcome_cell
from geo.writers.report.closing import write_rules
from geo.writers.report.document import (
    Block,
    Cell,
    Document,
    Field,
    Heading,
    Items,
    Paragraph,
    Section,
    Style,
    Table,
    number_captions,
)
from geo.writers.report.groundplots import images, write_better, write_candidates
from geo.writers.styles import DEMO_NOTE, DEMO_NOTE_EN, PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN, aside_note

_RULES, _SETS, _LAYERS = 25, 15, 20


def compose_ground(dossier: GroundDossier, album: Album) -> Document:
    """The document of a run."""
    say, run = dossier.lang, dossier.run
    sections = [
        _summary(dossier, "1"),
        *write_basis(dossier, "2"),
        *_hectares(dossier, album, "3"),
        Section(_costs(dossier, "4"), wide=True),
        Section(_gains(dossier, "5"), wide=True),
        *write_candidates(dossier, album, "6"),
        *write_better(dossier, "7"),
        _limits(dossier, "8" if len(run.better) else "7"),
        write_rules(dossier, say("附录", "Annex")),
    ]
    notes = [say(PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN)]
    if run.has_demo:
        notes.append(say(DEMO_NOTE, DEMO_NOTE_EN))
    on = run.assessment.on
    return Document(
        title=say("可选址范围初步研判报告", "Preliminary study of the ground left for a use"),
        subtitle=say("依据生态环境规划空间管控要求", "by the spatial rules of environmental plans"),
        cover=[
            (say("用途", "Use"), dossier.use),
            (say("范围", "Area"), dossier.place),
            (say("研判日期", "As of"), f"{on:%Y-%m-%d}"),
            (say("备选地", "Candidates"), str(len(run.candidates))),
            (say("编制单位", "Prepared by"), "＿＿＿＿＿＿＿＿"),
            (say("密级", "Circulation"), say("内部资料", "internal")),
        ],
        notes=notes,
        sections=number_captions(sections),
    )


def _summary(dossier: GroundDossier, number: str) -> Section:
    say, run = dossier.lang, dossier.run
    sums, place = dossier.hectares(run.classes), dossier.hectares(run.place_classes)
    whole = float(sums.sum())
    usable = float(sums.get(FREE, 0.0) + sums.get(Outcome.ADVISED, 0.0))
    lead = say(
        f"问题：{dossier.use}，在{dossier.place}还能放在哪里？全域 {whole:,.0f} 公顷，按 {dossier.on_text} 有效的 {len(dossier.rule_ids)} 条适用规则，"
        f"可选（含仅有提示的）{usable:,.1f} 公顷，占 {usable / whole:.1%}；列出备选地 {len(run.candidates)} 处。",
        f"The question: where in {dossier.place} could it go ({dossier.use})? Of {whole:,.0f} ha, by {len(dossier.rule_ids)} rules in force on {dossier.on_text}, "
        f"{usable:,.1f} ha ({usable / whole:.1%}) are free or subject to advice only; {len(run.candidates)} candidates are listed.",
    )
    rows: list[list[str | Cell]] = []
    for word in in_order({*sums.index, *place.index}):
        outcome = Outcome.CLEAR if word == FREE else Outcome(word)
        held, alone = float(sums.get(word, 0.0)), float(place.get(word, 0.0))
        rows.append(
            [
                outcome_cell(outcome, dossier.word(word)),
                f"{held:,.1f}",
                f"{held / whole:.1%}",
                f"{alone:,.1f}",
                _MEANING[word][0 if say("中", "") else 1],
            ]
        )
    fields = [
        Field(say("类别", "Class"), say(2.8, 3.6)),
        Field(say("公顷", "ha"), 2.2, True),
        Field(say("占比", "Share"), 1.8, True),
        Field(say("只看位置（公顷）", "By place alone (ha)"), 2.4, True),
        Field(say("含义", "What it means"), say(8.0, 7.2)),
    ]
    blocks: list[Block] = [
        Heading(1, number, say("摘要", "Summary")),
        Paragraph(lead, Style.LEAD),
        Table(say("各类用地", "Ground by class"), fields, rows),
        Paragraph(
            say(
                "“只看位置”不计因项目情况不明（如工艺、指标、产能置换）或规划未给距离而待核实的规则：这些规则在辖区内处处一样。",
                "“By place alone” leaves out rules that are open for a fact of the project or a distance that the plan does not give: they are alike everywhere.",
            ),
            Style.NOTE,
        ),
        Items(_points(dossier, usable)),
    ]
    aside = aside_note(run.assessment.set_aside, say)
    if aside:
        blocks.append(Paragraph(aside + say("。", "."), Style.WARNING))
    if run.has_demo:
        blocks.append(Paragraph(say(DEMO_NOTE + "。", DEMO_NOTE_EN + "."), Style.WARNING))
    return Section(blocks)


_MEANING = {
    FREE: (
        "没有规则触及，规则需要的图层都在",
        "no rule touches it and every layer that a rule needs is held",
    ),
    "advised": ("仅有提示性要求", "advice only"),
    "conditional": ("满足条件方可", "only if a condition is met"),
    "restricted": ("受限制，须从严论证", "limited: to be justified strictly"),
    "undetermined": (
        "缺图层、精度不足或情况不明，先核实；不当作可选",
        "layers, accuracy or facts are wanting: to be settled, not free",
    ),
    "must_exit": ("此处的现有项目须退出", "an existing use there must leave"),
    "prohibited": ("有规则确定禁止", "a rule surely prohibits it"),
    "not_covered": ("不在已载入规划的辖区内", "outside the plans held"),
}


def _points(dossier: GroundDossier, usable: float) -> list[str]:
    """What a planner should take away, in three or four sentences."""
    say, run = dossier.lang, dossier.run
    points = []
    biting = run.rules[run.rules["marginal_ha"] > 0]
    if len(biting):
        top = biting.iloc[0]
        title = say.of(dossier.rule(top["rule_id"]).title)
        points.append(
            say(
                f"单独代价最大的规则是 {top['rule_id']}（{title}）：去掉它，{top['marginal_ha']:,.1f} 公顷会放宽。",
                f"The rule that costs most alone is {top['rule_id']} ({title}): without it {top['marginal_ha']:,.1f} ha would be milder.",
            )
        )
    everywhere = run.rules[run.rules["everywhere"] & (run.rules["bites_ha"] > 0)]
    if len(everywhere):
        points.append(
            say(
                f"全域一律触及的规则：{listed(say, list(everywhere['rule_id']))}，换地方不能避开。",
                f"Rules that bite everywhere: {listed(say, list(everywhere['rule_id']))}; no other place avoids them.",
            )
        )
    if len(run.layers):
        last = run.layers.iloc[-1]
        points.append(
            say(
                f"缺或不够好的图层有 {len(run.layers)} 类；全部补齐，待核实地中 {last['together_settles_ha']:,.0f} 公顷可定，最多释出 {last['together_frees_ha']:,.0f} 公顷可选地（见第5章）。",
                f"{len(run.layers)} kinds of layers are absent or not good enough; with all of them {last['together_settles_ha']:,.0f} ha would be settled, at most {last['together_frees_ha']:,.0f} ha of it free (chapter 5).",
            )
        )
    if not len(run.candidates):
        points.append(
            say(
                "没有备选地：够大、够宽、类别合要求的地一块也没有；先补图层，或放宽所接受的类别。",
                "No candidates: no ground is large, wide and of an accepted class; get the layers first, or accept other classes.",
            )
        )
    return points


def _hectares(dossier: GroundDossier, album: Album, number: str) -> list[Section]:
    say, run = dossier.lang, dossier.run
    blocks: list[Block] = [Heading(1, number, say("还剩哪里", "What is left"))]
    blocks += images(album, whole_pictures(dossier, album))
    wide: list[Block] = [
        Heading(2, f"{number}.1", say("分县面积", "Hectares by county")),
        _by_place(
            dossier,
            run.classes.assign(place=_names(run.classes)),
            say("分县（市、区）各类面积（公顷）", "Ground by county and class (ha)"),
            say("县（市、区）", "County"),
        ),
    ]
    if len(run.parks):
        marks = run.parks["park"] + run.parks["demo"].map(
            {True: say("（演示）", " (demonstration)"), False: ""}
        )
        wide += [
            Heading(2, f"{number}.2", say("各园区面积", "Hectares by park")),
            _by_place(
                dossier,
                run.parks.assign(place=marks + " " + run.parks["county"]),
                say("园区各类面积（公顷）", "Parks by class (ha)"),
                say("园区", "Park"),
            ),
        ]
    sections = [Section(blocks), Section(wide, wide=True)]
    maps = images(album, county_pictures(dossier, album))
    if maps:
        place = f"{number}.{3 if len(run.parks) else 2}"
        sections.append(Section([Heading(2, place, say("各县图", "Maps by county")), *maps]))
    return sections


def _names(classes: pd.DataFrame) -> pd.Series:
    return (classes["county"] + " " + classes["park"]).str.strip()


def _by_place(dossier: GroundDossier, classes: pd.DataFrame, caption: str, head: str) -> Table:
    """Places by class, with the sum of each and of all."""
    say = dossier.lang
    sums = classes.groupby(["place", "class"], sort=False)["area_ha"].sum().unstack(fill_value=0.0)
    words = in_order(sums.columns)
    rows: list[list[str | Cell]] = [
        [str(place), *(f"{row[word]:,.1f}" for word in words), f"{row.sum():,.1f}"]
        for place, row in sums.iterrows()
    ]
    total = [*(f"{sums[word].sum():,.1f}" for word in words), f"{float(sums.to_numpy().sum()):,.1f}"]
    rows.append([Cell(say("合计", "Total"), bold=True), *(Cell(text, bold=True) for text in total)])
    fields = [Field(head, 4), *(Field(dossier.word(word), 2.2, True) for word in words)]
    return Table(caption, [*fields, Field(say("合计", "Total"), 2.4, True)], rows, small=True)


def _costs(dossier: GroundDossier, number: str) -> list[Block]:
    say, run = dossier.lang, dossier.run
    costs = run.rules[run.rules["bites_ha"] + run.rules["open_ha"] > 0]
    rows: list[list[str | Cell]] = [
        [
            row.rule_id,
            say.of(dossier.rule(row.rule_id).title),
            outcome_cell(row.outcome, say.of(Outcome(row.outcome))),
            *(f"{value:,.1f}" for value in (row.bites_ha, row.open_ha, row.marginal_ha, row.frees_ha)),
            say("是", "yes") if row.everywhere else "",
        ]
        for row in costs.head(_RULES).itertuples()
    ]
    fields = [
        Field(say("规则", "Rule"), 1.6),
        Field(say("名称", "Title"), 8.5),
        Field(say("触及则", "Outcome"), 2.2),
        Field(say("触及", "Bites"), 2.2, True),
        Field(say("待核实", "Open"), 2.2, True),
        Field(say("单独代价", "Alone"), 2.2, True),
        Field(say("去掉后可用", "Usable without"), 2.2, True),
        Field(say("全域一律", "Everywhere"), say(1.4, 2.2)),
    ]
    blocks: list[Block] = [
        Heading(1, number, say("规则的代价", "What the rules cost")),
        Paragraph(
            say(
                "单独代价：单单去掉这一条，类别会放宽的面积；几条规则共同压着的地，每条的单独代价都是 0，见第二张表。",
                "Alone: ground whose class would be milder without this one rule. Where several decide alike none is missed if it goes: see the second table.",
            )
        ),
        Table(say("各规则占用面积（公顷）", "Ground by rule (ha)"), fields, rows, small=True),
    ]
    if len(costs) > _RULES:
        blocks.append(_rest(dossier, len(costs) - _RULES, "rule_cost"))
    sets = run.combinations
    if len(sets):
        rows = [
            [
                outcome_cell(row["class"], dossier.word(row["class"])),
                f"{row['rules']:.0f}",
                listed(say, split(row["rule_ids"]), 14),
                f"{row['area_ha']:,.1f}",
                f"{row['frees_ha']:,.1f}",
            ]
            for row in sets.head(_SETS).to_dict("records")
        ]
        fields = [
            Field(say("类别", "Class"), 2.6),
            Field(say("规则数", "Rules"), 1.3, True),
            Field(say("共同决定的规则", "Rules that decide together"), 14),
            Field(say("面积", "ha"), 2.4, True),
            Field(say("同时去掉后可用", "Usable without all"), 2.6, True),
        ]
        caption = say("规则共同占用面积（公顷）", "Ground by rules together (ha)")
        blocks.append(Table(caption, fields, rows, small=True))
        if len(sets) > _SETS:
            blocks.append(_rest(dossier, len(sets) - _SETS, "rule_combinations"))
    return blocks


def _rest(dossier: GroundDossier, count: int, table: str) -> Paragraph:
    text = dossier.lang(
        f"另有 {count} 行，见 availability.xlsx。", f"{count} more rows in availability.gpkg, table {table}."
    )
    return Paragraph(text, Style.NOTE)


def _gains(dossier: GroundDossier, number: str) -> list[Block]:
    say, run = dossier.lang, dossier.run
    blocks: list[Block] = [Heading(1, number, say("缺图层还能改变什么", "What missing layers could change"))]
    if not len(run.layers):
        text = say("没有待核实的地取决于图层。", "No undetermined ground hangs on a layer.")
        return [*blocks, Paragraph(text)]
    rows: list[list[str | Cell]] = [
        [
            f"{row.step:.0f}",
            say.of(Theme(row.theme)),
            *(
                f"{value:,.1f}"
                for value in (
                    row.open_ha,
                    row.settles_ha,
                    row.could_free_ha,
                    row.together_settles_ha,
                    row.together_frees_ha,
                )
            ),
            listed(say, split(row.rule_ids), 8),
        ]
        for row in run.layers.head(_LAYERS).itertuples()
    ]
    fields = [
        Field(say("次序", "Step"), 1.1, True),
        Field(say("图层", "Layer"), 4),
        Field(say("涉及待核实", "Open for it"), 2.4, True),
        Field(say("单凭它可定", "Settled by it alone"), 2.2, True),
        Field(say("单凭它最多释出", "Free at most"), 2.2, True),
        Field(say("补到此步累计可定", "Settled so far"), 2.6, True),
        Field(say("累计最多释出", "Free so far"), 2.4, True),
        Field(say("规则", "Rules"), 6),
    ]
    return [
        *blocks,
        Paragraph(
            say(
                "按补齐的次序列出：每一步取当时能定下最多面积的图层。“可定”不计项目情况（工艺、指标、产能置换）；“最多释出”是图层补上后什么也没有时的上限，不是预计。",
                "In the order in which getting layers settles most. Facts of the project are left out; what is freed is the most there could be, did the layers hold nothing.",
            )
        ),
        Table(say("补图层能改变的面积（公顷）", "What layers could change (ha)"), fields, rows, small=True),
    ]


def _limits(dossier: GroundDossier, number: str) -> Section:
    say, run = dossier.lang, dossier.run
    items = [
        say(
            "本报告为初步研判和辅助分析，不是规划选址、环评审批或分区管控符合性分析的结论，不替代主管部门的审查。",
            "This is a preliminary study; it is no siting permit, no environmental approval and no statement of conformity, and does not replace the authorities' review.",
        ),
        say(
            "“可选”只表示已编入的规则在现有图层上未触及，不表示不存在其他限制（地形、权属、用地指标、国家和省的规定均未查）。",
            "“Free” speaks of the rules encoded and the layers at hand only: terrain, ownership, land quotas, national and provincial law were not checked.",
        ),
        say(
            "“待核实”的地既不是可选，也不是禁止；补齐第5章所列图层后再研判。",
            "Undetermined ground is neither free nor prohibited: get the layers of chapter 5 and study it again.",
        ),
        say(
            "类别界线由量算的限值画出，图上误差不超过 0.5 米；图形不替代逐个场地的量算。",
            "Borders between classes are drawn from measured limits within 0.5 m; the drawing does not replace screening a site.",
        ),
        say(
            "图件为内部资料，未经地图审核，不得公开；公开使用前须依法送审并取得审图号。",
            "Maps are internal and not reviewed; publishing them needs map review and its number.",
        ),
    ]
    if run.has_demo:
        items.insert(2, say(DEMO_NOTE + "。", DEMO_NOTE_EN + "."))
    return Section(
        [
            Heading(1, number, say("局限性与声明", "Limits and disclaimer")),
            Items(items),
            Paragraph(say(PRELIMINARY_NOTE + "。", PRELIMINARY_NOTE_EN + "."), Style.WARNING),
        ]
    )
