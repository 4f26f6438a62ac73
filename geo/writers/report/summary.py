"""Chapter 1, one page: how many sites end how, what stops most, what is undetermined and why."""

from __future__ import annotations

from collections import Counter

from geo.certificate import ORDER
from geo.contracts import split
from geo.language import Lang
from geo.terms import Cause, Outcome
from geo.writers.dossier import CONFLICTING, Dossier, natural
from geo.writers.figures.charts import open_causes
from geo.writers.report.cells import listed, outcome_cell, share_text
from geo.writers.report.document import Block, Field, Heading, Paragraph, Section, Style, Table
from geo.writers.styles import DEMO_NOTE, DEMO_NOTE_EN

_ROWS = 5

#: What each outcome asks of a planner.
_MEANING: dict[Outcome, tuple[str, str]] = {
    Outcome.PROHIBITED: ("已有规则确定禁止，须改址或放弃", "a rule surely prohibits it: move or give up"),
    Outcome.MUST_EXIT: ("现有项目须按期退出", "the existing use must leave"),
    Outcome.UNDETERMINED: (
        "有可能改变结论的检查尚未定论，先核实",
        "open checks could change the outcome: settle them first",
    ),
    Outcome.RESTRICTED: ("受限制，须从严论证", "limited: to be justified strictly"),
    Outcome.CONDITIONAL: ("满足条件方可", "only if a condition is met"),
    Outcome.ADVISED: ("仅有提示性要求", "advice only"),
    Outcome.CLEAR: ("已检查的规则均未触及", "none of the rules checked is touched"),
    Outcome.NOT_COVERED: ("不在已载入规划的辖区内，未研判", "outside the plans held: not screened"),
}

#: What settles each cause, in general; the sites' own pages say it in particular.
_SETTLED_BY: dict[Cause, tuple[str, str]] = {
    Cause.MISSING_LAYER: ("补充图层", "get the layer"),
    Cause.UNREADABLE: ("修好读不了的图层", "mend the layer that could not be read"),
    Cause.COVERAGE: (
        "补充覆盖此处的图层，或写明图层完整范围",
        "get a layer that covers the place, or state where it is complete",
    ),
    Cause.BASE_LINE: ("取得规划所指基准线的划定成果", "get the line that the plan means"),
    Cause.DISTANCE_NOT_GIVEN: ("请主管部门明确距离", "ask the authority for the distance"),
    Cause.REACH: ("请主管部门明确河段起止", "ask the authority for the reach"),
    Cause.OPEN_LIST: ("请主管部门认定是否属于名单", "ask the authority whether the list means it"),
    Cause.FEATURE_FACT: ("补全图层属性", "complete the layer's attributes"),
    Cause.SITE_FACT: ("项目单位补充说明", "the project states the missing facts"),
    Cause.EVIDENCE: ("项目单位提供佐证", "the project hands in evidence"),
    Cause.DATUM: ("申报坐标系", "declare the datum"),
    Cause.ACCURACY: ("现场测量基准线与场地边界", "survey the line and the site"),
    Cause.DRAFT_PLAN: ("以正式印发的规划为准", "wait for the plan as issued"),
    Cause.DEMO: ("用正式数据替换演示图层", "replace the demonstration layers"),
}


def write_summary(dossier: Dossier, number: str) -> Section:
    """The summary."""
    say, assessment = dossier.lang, dossier.assessment
    counts = assessment.verdicts["outcome"].value_counts()
    total, on = len(assessment.verdicts), assessment.on
    rejected = len(set(assessment.rejected["file"] + assessment.rejected["where"]))
    tail = say(
        f"；另有 {rejected} 行有错，未筛查" if rejected else "",
        f"; {rejected} rows with faults were not screened" if rejected else "",
    )
    blocks: list[Block] = [
        Heading(1, number, say("摘要", "Summary")),
        Paragraph(
            say(
                f"以 {on:%Y-%m-%d} 为研判日期，按 {len(_plans(dossier))} 部规划的 {len(dossier.rule_ids)} 条适用规则，对 {total} 个项目作初步研判{tail}。{_main_finding(dossier)}",
                f"As of {on:%Y-%m-%d}, {total} sites were screened against {len(dossier.rule_ids)} applicable rules of {len(_plans(dossier))} plans{tail}. {_main_finding(dossier)}",
            ),
            Style.LEAD,
        ),
        Table(
            say("研判结论", "Outcomes"),
            [
                Field(say("结论", "Outcome"), 2.4),
                Field(say("项目数", "Sites"), 1.4, True),
                Field(say("占比", "Share"), 1.4, True),
                Field(say("含义", "What it means"), 9),
            ],
            [
                [
                    outcome_cell(outcome, say.of(outcome)),
                    str(counts[outcome]),
                    share_text(int(counts[outcome]), total),
                    say(*_MEANING[outcome]),
                ]
                for outcome in Outcome
                if outcome in counts
            ],
            small=say is Lang.EN,  # English runs longer; the summary stays on one page
        ),
    ]
    blocks += _set_aside(dossier)
    blocks += _stopping(dossier)
    blocks += _open(dossier)
    blocks += _covered(dossier)
    if assessment.has_demo:
        blocks.append(Paragraph(say(DEMO_NOTE, DEMO_NOTE_EN) + say("。", "."), Style.WARNING))
    return Section(blocks)


def _set_aside(dossier: Dossier) -> list[Block]:
    """The layers that could not be read, and what they leave open: a warning, not a footnote."""
    aside, say = dossier.assessment.set_aside, dossier.lang
    if aside.empty:
        return []
    parts = [
        say(
            f"{row.theme_zh}图层 {row.layer_key}（{row.what}），{len(split(row.rule_ids))} 条规则、{len(split(row.site_ids))} 个项目因此待核实",
            f"{row.layer_key} ({row.what}): {len(split(row.rule_ids))} rules and {len(split(row.site_ids))} sites are undetermined for want of it",
        )
        for row in aside.itertuples()
    ]
    text = say(
        f"有 {len(aside)} 个图层读不了，已搁置：{'；'.join(parts)}。",
        f"{len(aside)} layers could not be read and were set aside: {'; '.join(parts)}.",
    )
    return [Paragraph(text, Style.WARNING)]


def _covered(dossier: Dossier) -> list[Block]:
    """The certificate in a line: how many checks of a rule in a city the layers let decide."""
    certificate, say = dossier.assessment.certificate, dossier.lang
    if certificate.empty:
        return []
    counts = certificate["status"].value_counts()
    words = dict(zip(certificate["status"], certificate["status_zh"], strict=True))
    parts = [f"{say(words[status], status)} {counts[status]}" for status in ORDER if status in counts]
    text = say(
        f"图层覆盖（规则×城市，共 {len(certificate)} 项）：{'、'.join(parts)}；见“图层覆盖证明”。",
        f"Coverage (rule by city, {len(certificate)} in all): {', '.join(parts)}; see the certificate of coverage.",
    )
    return [Paragraph(text)]


def _plans(dossier: Dossier) -> set[str]:
    return {dossier.rule(rule_id).plan for rule_id in dossier.rule_ids}


def _main_finding(dossier: Dossier) -> str:
    say = dossier.lang
    counts = dossier.assessment.verdicts["outcome"].value_counts()
    stopped = sum(int(counts.get(o, 0)) for o in (Outcome.PROHIBITED, Outcome.MUST_EXIT))
    limited = sum(int(counts.get(o, 0)) for o in (Outcome.RESTRICTED, Outcome.CONDITIONAL))
    open_, clear = int(counts.get(Outcome.UNDETERMINED, 0)), int(counts.get(Outcome.CLEAR, 0))
    return say(
        f"确定禁止或须退出的 {stopped} 个，受限制或附条件的 {limited} 个，未触及任何规则的 {clear} 个，尚不能定论的 {open_} 个。",
        f"{stopped} are surely prohibited or must leave, {limited} limited or conditional, {clear} touch no rule, {open_} are still open.",
    )


def stopping_rules(dossier: Dossier) -> list[tuple[str, list[str]]]:
    """The rules that decide sites which are prohibited, must exit, are restricted or conditional, with those sites; most first."""
    sites: dict[str, list[str]] = {}
    for verdict in dossier.verdicts.itertuples():
        if Outcome(verdict.outcome) in CONFLICTING:
            for rule_id in split(verdict.deciding_rule_ids):
                sites.setdefault(rule_id, []).append(str(verdict.site_id))
    return sorted(sites.items(), key=lambda item: (-len(item[1]), natural(item[0])))


def _stopping(dossier: Dossier) -> list[Block]:
    say, rules = dossier.lang, stopping_rules(dossier)
    if not rules:
        return [Paragraph(say("没有确定阻止或限制项目的规则。", "No rule surely stops or limits a site."))]
    rows = [
        [
            rule_id,
            say.of(dossier.rule(rule_id).title),
            say.of(dossier.potential[rule_id]),
            str(len(sites)),
            listed(say, sites, 5),
        ]
        for rule_id, sites in rules[:_ROWS]
    ]
    fields = [
        Field(say("规则", "Rule"), 1.5),
        Field(say("内容", "What it says"), say(6.4, 5.9)),
        Field(say("结论", "Outcome"), say(1.5, 2.3)),
        Field(say("项目数", "Sites"), 1.3, True),
        Field(say("项目", "Which"), say(3.5, 3.2)),
    ]
    more = len(rules) - _ROWS
    caption = say("阻止或限制项目最多的规则", "Rules that stop or limit most sites")
    if more > 0:
        caption += say(f"（前 {_ROWS} 条，另有 {more} 条）", f" (the first {_ROWS}; {more} more)")
    return [Table(caption, fields, rows, small=say is Lang.EN)]


def _open(dossier: Dossier) -> list[Block]:
    say, causes = dossier.lang, open_causes(dossier)
    if not causes:
        return []
    only = _only_cause(dossier)
    rows = [
        [say.of(cause), str(count), str(only.get(cause, 0)), say(*_SETTLED_BY[cause])]
        for cause, count in causes[: _ROWS + 1]
    ]
    fields = [
        Field(say("待核实原因", "Why"), 3.2),
        Field(say("涉及项目", "Sites"), 1.8, True),
        Field(say("仅因此", "Only this"), 1.6, True),
        Field(say("如何核实", "What settles it"), 7.6),
    ]
    return [
        Table(say("待核实的项目及原因", "What is undetermined, and why"), fields, rows, small=say is Lang.EN),
        Paragraph(
            say(
                "一个项目可有多个原因；“仅因此”指只剩这一个原因的项目数。",
                "A site may have several causes; “only this”: sites with no other.",
            ),
            Style.NOTE,
        ),
    ]


def _only_cause(dossier: Dossier) -> Counter[Cause]:
    """Undetermined sites whose deciding checks are open for one cause alone."""
    open_ = dossier.assessment.verdicts.query("outcome == 'undetermined'")
    counts: Counter[Cause] = Counter()
    for verdict in open_.itertuples():
        checks = dossier.checks_of(verdict.site_id)
        deciding = checks[checks["rule_id"].isin(split(verdict.deciding_rule_ids))]
        causes = {cause for joined in deciding["cause"] for cause in split(joined)}
        if len(causes) == 1:
            counts[Cause(causes.pop())] += 1
    return counts
