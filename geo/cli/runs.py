"""Verbs about finished runs: ``diff``, ``rerun``, ``portfolio``; and what ``screen`` says beside its verdicts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.cli.console import JsonOption, print_json, progress_shown, show_table

if TYPE_CHECKING:
    import pandas as pd

    from geo.assessment import Assessment
    from geo.runs.differences import Difference

WhatIfOption = Annotated[
    list[str] | None,
    typer.Option(
        "--what-if",
        help="假设：development=expand；industry=3120,process=short_process；rules=文件夹；on=2030-01-01；"
        "加 site=编号 只对该场地。可写几次，一次一种",
    ),
]
OverridesOption = Annotated[
    Path | None, typer.Option("--overrides", help="人工认定 overrides.yaml：与程序结论并列，不替代")
]
StaleOption = Annotated[
    float, typer.Option("--stale-after", min=0.1, help="图层时点超过几年算过时，须重新筛查")
]


def diff(
    run_a: Annotated[Path, typer.Argument(help="前一次的结果文件夹")],
    run_b: Annotated[Path, typer.Argument(help="后一次的结果文件夹")],
    out: Annotated[
        Path | None, typer.Option("--out", help="写出 .gpkg（图层）、.xlsx 或 .csv；不得已存在")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """两次筛查有何不同：哪些结论变了，为什么。Which verdicts flipped between two runs, and why."""
    from geo.runs.repeat import compare_folders
    from geo.runs.stored import read_run
    from geo.writers.differences import refuse_unwritable, write_difference

    if out is not None:
        refuse_unwritable(out)
    difference = compare_folders(run_a, run_b)
    if out is not None:
        write_difference(difference, out, date.fromisoformat(read_run(run_b)[2]["on"]))
    if as_json:
        print_json(_as_json(difference))
        return
    _show_difference(difference, "两次筛查相同")
    if out is not None:
        typer.echo(f"已写入 {out}")


def rerun(
    run: Annotated[Path, typer.Argument(help="结果文件夹")],
    out: Annotated[Path | None, typer.Option("--out", help="把重跑的结果写入新文件夹（不得已存在）")] = None,
    as_json: JsonOption = False,
) -> None:
    """按 run.json 重跑一次：相同，或列出每处不同（此时以 3 退出）。Repeat a run; exit 3 where it differs."""
    from geo.runs.repeat import repeat
    from geo.runs.stored import read_run, recorded_path
    from geo.writers import refuse_existing, write_run
    from geo.writers.outputs import recorded_outputs

    if out is not None:
        refuse_existing(out)
    with progress_shown(quiet=as_json) as progress:
        repeated = repeat(run, progress)
        if out is not None:
            recorded = read_run(run)[2].get("options", {})
            lang = repeated.request.lang
            outputs = recorded_outputs(recorded, lang, lambda stated: recorded_path(run, stated))
            options = {**repeated.request.options(), **outputs.record()}
            write_run(repeated.assessment, out, repeated.crs, options, progress, outputs, repeated.watch)
    if as_json:
        print_json(_as_json(repeated.difference))
    else:
        _show_difference(repeated.difference, "相同 same：输入、规则、图层与全部检查结果都一样")
        if out is not None:
            typer.echo(f"重跑的结果：{out}")
    if not repeated.difference.same:
        raise typer.Exit(3)


def portfolio(run: Annotated[Path, typer.Argument(help="结果文件夹")], as_json: JsonOption = False) -> None:
    """全部场地一起看：拦下最多的规则、先补哪个图层、已建项目的去留。All sites of a run together."""
    from geo.frames import EXISTING, EXITS, LAYERS_FIRST, PORTFOLIO
    from geo.runs.stored import read_table

    frames = {
        name: read_table(run, name, contract)
        for name, contract in {
            "portfolio": PORTFOLIO,
            "layers_first": LAYERS_FIRST,
            "existing": EXISTING,
            "exits": EXITS,
        }.items()
    }
    if as_json:
        print_json({name: _records(frame) for name, frame in frames.items()})
        return
    rules, layers = frames["portfolio"], frames["layers_first"]
    show_table(
        "规则：拦下最多的在前",
        [
            ["规则", "规则名称", "触及即", "检查", "触及", "待核实", "拦下", "独自拦下", "使待核实"],
            *[
                [r.rule_id, r.title, r.bites_as, *_whole(r, "checked hits open stops stops_alone holds_open")]
                for r in rules.head(40).itertuples()
            ],
        ],
    )
    if len(rules) > 40:
        typer.echo(f"……共 {len(rules)} 条规则，其余见表 portfolio")
    show_layers_first(layers, None)
    show_existing(frames["existing"], frames["exits"])


def show_notes(assessment: Assessment) -> None:
    """What ``screen`` says after its verdicts: suppositions, people's decisions, what stops most, when to rerun."""
    from geo.runs.portfolio import count_rules, rank_layers

    show_what_if(assessment.what_if)
    show_overrides(assessment.overrides)
    show_existing(assessment.existing, assessment.exits)
    rules = count_rules(assessment)
    stopping = rules[rules["stops"] > 0].head(3)
    if len(stopping):
        said = "；".join(f"{r.rule_id} {r.title}（{int(r.stops)} 个）" for r in stopping.itertuples())
        typer.echo(f"拦下最多的规则：{said}")
    show_layers_first(rank_layers(assessment), 3)
    show_expiry(assessment.expiry)


def show_what_if(what_if: pd.DataFrame) -> None:
    """What changes under each supposition, and how many sites it leaves as they are."""
    for variant, part in what_if.groupby("variant", sort=False):
        changed = part[part["outcome_from_zh"] != part["outcome_zh"]]
        rows = [
            [
                r.site_id,
                r.name,
                r.outcome_from_zh,
                r.outcome_zh,
                r.change_zh,
                _some(r.deciding_from),
                _some(r.deciding_rule_ids),
                _first_lines(r.why, 3),
            ]
            for r in changed.head(40).itertuples()
        ]
        headings = ["编号", "项目名称", "原结论", "假设下", "变化", "原决定规则", "假设下决定规则", "为什么"]
        show_table(f"假设 {variant}", [headings, *rows])
        others = int((part["change"] == "rules").sum()) - int((changed["change"] == "rules").sum())
        typer.echo(
            f"共 {len(part)} 个场地：结论变化 {len(changed)} 个，结论不变 {len(part) - len(changed)} 个"
            + (f"（其中 {others} 个换了依据，见表 what_if）" if others else "")
        )


def show_overrides(overrides: pd.DataFrame) -> None:
    """The decisions of people beside what the program found, counted apart."""
    if len(overrides) == 0:
        return
    rows = [
        [
            r.site_id,
            r.rule_id or "（整个场地）",
            r.machine_zh,
            r.decision_zh,
            r.who,
            r.decided_on,
            r.reason,
            r.evidence,
        ]
        for r in overrides.itertuples()
    ]
    headings = ["编号", "规则", "程序结论", "人工认定", "认定人", "日期", "理由", "依据材料"]
    show_table("人工认定（与程序结论并列，不替代）", [headings, *rows])
    differ = int((~overrides["agrees"].astype(bool)).sum())
    typer.echo(f"人工认定 {len(overrides)} 条，与程序不同 {differ} 条；上面的合计只计程序结论")


def show_existing(existing: pd.DataFrame, exits: pd.DataFrame) -> None:
    """Projects that stand: which leave by when, which stay, which may be rebuilt."""
    if len(existing) == 0:
        return
    # of a site that surely leaves, only the rules that make it
    own = exits.merge(existing[["site_id", "standing"]], on=["site_id", "standing"])
    rules = own.groupby("site_id")["rule_id"].agg(";".join).to_dict() if len(own) else {}
    rows = [
        [
            r.site_id,
            r.name,
            r.standing_zh,
            r.deadline_on,
            _some(rules.get(r.site_id, "")),
            r.rebuild_zh,
            r.note,
        ]
        for r in existing.head(40).itertuples()
    ]
    show_table("已建项目", [["编号", "项目名称", "处置", "退出期限", "退出规则", "能否改建", "说明"], *rows])
    if len(existing) > len(rows):
        typer.echo(f"……共 {len(existing)} 个已建项目，其余见表 existing、exits")


def show_layers_first(layers: pd.DataFrame, most: int | None) -> None:
    """Get this layer first."""
    if len(layers) == 0:
        return
    rows = [
        [r.theme_zh, r.what, *_whole(r, "settles contributes together"), _some(r.rule_ids)]
        for r in layers.head(most or len(layers)).itertuples()
    ]
    show_table(
        "先补哪个图层",
        [["图层主题", "要什么", "可定案", "另有助于", "累计可定案", "涉及规则"], *rows],
    )


def show_expiry(expiry: pd.DataFrame) -> None:
    """The day after which the verdicts should be run again, and why."""
    from geo.runs.expiry import PAST, first_expiry

    day, why = first_expiry(expiry)
    if day:
        typer.echo(f"有效期：{day} 起应重新筛查（{why}）")
    else:
        typer.echo("有效期：规则和图层里没有已知的到期日；规划被替代或图层更新时重新筛查")
    old = expiry[expiry["kind"].isin(PAST)]
    if len(old):
        typer.echo(f"已过时的图层：{'；'.join(old['what'])}")


def _whole(row: object, names: str) -> list[str]:
    return [str(int(getattr(row, name))) for name in names.split()]


def _some(rule_ids: str) -> str:
    """The first rules of a list, and how many more there are."""
    listed = rule_ids.split(";")
    return " ".join(listed[:6]) + (f" 等 {len(listed)} 条" if len(listed) > 6 else "")


def _first_lines(text: str, most: int) -> str:
    lines = text.split("\n")
    more = [f"……另 {len(lines) - most} 条检查有变，见表 what_if"] if len(lines) > most else []
    return "\n".join(lines[:most] + more)


def _as_json(difference: Difference) -> dict[str, object]:
    return {
        "same": difference.same,
        "inputs": _records(difference.inputs),
        "flips": _records(difference.flips.drop(columns="geometry")),
        "checks": _records(difference.checks),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Rows for JSON: a missing number is null."""
    return [
        {key: None if value != value else value for key, value in row.items()}
        for row in frame.to_dict("records")
    ]


def _show_difference(difference: Difference, nothing: str) -> None:
    from geo.contracts import split
    from geo.runs.differences import CAUSES

    if difference.same:
        typer.echo(nothing)
    if len(difference.inputs):
        inputs = difference.inputs
        rows = [[r.kind, r.key, r.what] for r in inputs.head(60).itertuples()]
        show_table("输入不同", [["类别", "对象", "不同"], *rows])
        if len(inputs) > len(rows):
            typer.echo(f"……共 {len(inputs)} 处")
    flips = difference.flips
    if len(flips):
        rows = [
            [
                r.site_id,
                r.name,
                r.outcome_a_zh,
                r.outcome_b_zh,
                r.change_zh,
                _some(r.rule_ids),
                "、".join(CAUSES[c] for c in split(r.causes)),
                _first_lines(r.why, 3).replace("见表 what_if", "见 --out 或 --json"),
            ]
            for r in flips.head(60).itertuples()
        ]
        headings = ["编号", "项目名称", "前次", "本次", "变化", "变化的规则", "原因", "为什么"]
        show_table("结论变化", [headings, *rows])
        if len(flips) > len(rows):
            typer.echo(f"……共 {len(flips)} 个场地")
    if not difference.same:
        counts = flips["change_zh"].value_counts()
        said = "，".join(f"{zh} {n}" for zh, n in counts.items()) or "结论和检查都不变，只是输入不同"
        typer.echo(f"不同：{said}；检查变化 {len(difference.checks)} 处")
