"""The command line: each verb is one library call.

Heavy modules are imported inside the verbs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo.errors import PROBLEM_COLUMNS, HongxianError

if TYPE_CHECKING:
    import pandas as pd

    from geo.rulebook import RuleBook

app = typer.Typer(
    name="hongxian",
    help="红线：按生态环境规划筛查项目选址。Screens project sites against the spatial rules of environmental plans.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
rules_app = typer.Typer(help="规则：查看、检查、测试。Rules.", no_args_is_help=True, rich_markup_mode=None)
layers_app = typer.Typer(help="图层：查看、检查。Layers.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(rules_app, name="rules")
app.add_typer(layers_app, name="layers")

RulesOption = Annotated[
    Path | None, typer.Option("--rules", help="用户规则文件夹，叠加在随软件的规则册上（同号替换，新号增加）")
]
LayersOption = Annotated[
    Path | None, typer.Option("--layers", help="图层清单 manifest.yaml（默认：./layers 或随软件的起始图层）")
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序使用")]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="筛查日期，决定适用的规则与限值（默认：今天）"),
]


def main() -> None:
    """Run the command line; a fault of the input ends with exit code 2 and a table of all faults."""
    try:
        app()
    except HongxianError as error:
        _show_error(error)
        sys.exit(2)


@app.command()
def screen(
    files: Annotated[list[Path], typer.Argument(help="场地清单：CSV、GeoJSON、GPKG、SHP …")],
    out: Annotated[Path, typer.Option("--out", help="结果文件夹（不得已存在）")],
    layers: LayersOption = None,
    rules: RulesOption = None,
    on: OnOption = None,
    datum: Annotated[
        str | None,
        typer.Option("--datum", help="经纬度的坐标系：cgcs2000、wgs84、gcj02、bd09；不写即为未申报"),
    ] = None,
    crs: Annotated[str, typer.Option("--crs", help="结果 GeoPackage 的坐标系")] = "EPSG:4490",
    keep_going: Annotated[bool, typer.Option("--keep-going", help="有错的行列入结果，其余照常筛查")] = False,
    fail_on: Annotated[
        str | None, typer.Option("--fail-on", help="有这种结论（如 prohibited）时以 3 退出")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """筛查场地，写出 GeoPackage、地图和表格。Screen sites."""
    from geo.assessment import assess
    from geo.catalog import load_layers
    from geo.errors import RunError
    from geo.rulebook import load_rulebook
    from geo.sites import read_sites
    from geo.terms import Outcome
    from geo.writers import refuse_existing, write_run
    from geo.writers.provenance import provenance

    refuse_existing(out)
    if fail_on is not None and fail_on not in list(Outcome):
        raise RunError(f"不认识的结论 --fail-on {fail_on}；可用：{'、'.join(Outcome)}")
    day = on.date() if on else date.today()
    manifest = _manifest(layers)
    options = {
        "layers": str(manifest),
        "rules": str(rules or ""),
        "datum": datum or "",
        "keep_going": str(keep_going),
    }
    with _progress(quiet=as_json) as progress:
        progress("读取规则册")
        book = load_rulebook(overlay=rules)
        progress("读取场地")
        sites = read_sites(*files, datum=datum, keep_going=keep_going)
        result = assess(book, load_layers(manifest), sites, day, progress=progress)
        write_run(result, out, crs, options, progress)
    if as_json:
        summary = {
            "out": str(out),
            "run": provenance(result, crs, options),
            "verdicts": result.verdicts.to_dict("records"),
            "rejected": result.rejected.to_dict("records"),
        }
        _print_json(summary)
    else:
        _show_verdicts(result.verdicts, result.has_demo)
        if len(result.rejected):
            _table(f"未筛查的行（{len(result.rejected)} 处错误，已列入结果）", _headed(result.rejected))
        typer.echo(f"结果：{out}（screening.gpkg、map.html、findings.csv、run.json）")
    if fail_on is not None and (result.verdicts["outcome"] == fail_on).any():
        raise typer.Exit(3)


@app.command()
def explain(
    run: Annotated[Path, typer.Argument(help="结果文件夹")],
    site_id: Annotated[str, typer.Argument(help="场地编号")],
    plans: Annotated[
        Path | None, typer.Option("--plans", help="存放规划原文 TXT 的文件夹，印出原文段落")
    ] = None,
    rules: RulesOption = None,
    as_json: JsonOption = False,
) -> None:
    """说明一个场地为何得此结论。Explain a verdict."""
    from geo.explain import explain as explain_site
    from geo.explain import read_run
    from geo.rulebook import load_rulebook

    book = load_rulebook(overlay=rules or _recorded_rules(read_run(run)[2]))
    lines = explain_site(run, site_id, book, plans)
    if as_json:
        _print_json({"site_id": site_id, "lines": lines})
    else:
        typer.echo("\n".join(lines))


@app.command()
def industries(
    word: Annotated[str, typer.Argument(help="词或代码，如 炼焦、C2521")], as_json: JsonOption = False
) -> None:
    """按词查 GB/T 4754-2017 行业代码。Find an industry code."""
    from geo.industries import find_industries

    found = find_industries(word)
    if as_json:
        _print_json([{"code": industry.code, "name": industry.name} for industry in found])
    elif found:
        _table("行业代码（GB/T 4754-2017）", [["代码", "名称"], *[[i.code, i.name] for i in found]])
    else:
        typer.echo(f"没有找到与“{word}”有关的行业；换一个词试试")


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="新工作文件夹")]) -> None:
    """建立工作文件夹：起始图层与示例场地。Lay out a workspace."""
    from geo.starter import lay_out_workspace

    for path in lay_out_workspace(folder):
        typer.echo(str(path))
    typer.echo(
        f"下一步：cd {folder} && hongxian screen example_sites.csv --layers layers/manifest.yaml "
        "--out outputs/first"
    )


@rules_app.command("list")
def rules_list(rules: RulesOption = None, as_json: JsonOption = False) -> None:
    """列出全部规则。List the rules."""
    book = _book(rules)
    if as_json:
        _print_json([json.loads(rule.model_dump_json(exclude={"examples"})) for rule in book.rules.values()])
        return
    rows = [
        [rule.id, rule.title.zh, rule.effect.zh, rule.strength.zh, rule.measure.zh, str(len(rule.examples))]
        for rule in book.rules.values()
    ]
    _table(f"规则册：{len(book)} 条", [["编号", "规则", "效力", "约束力", "判定方式", "例子"], *rows])


@rules_app.command("show")
def rules_show(
    rule_id: Annotated[str, typer.Argument(help="编号，如 YC-15")], rules: RulesOption = None
) -> None:
    """显示一条规则的全文。Show a rule."""
    from geo.wording import cite

    book = _book(rules)
    rule = book[rule_id]
    plan = book.plan_of(rule)
    typer.echo(f"# {rule.id} {rule.title.zh}\n# {rule.title.en}\n# {cite(plan, rule)}（{plan.status.zh}）\n")
    typer.echo(book.sources[rule_id].read_text(encoding="utf-8"))


@rules_app.command("lint")
def rules_lint(rules: RulesOption = None, as_json: JsonOption = False) -> None:
    """检查规则册：格式错误与常见疏漏。Lint the rule book."""
    from geo.lint import lint

    book = _book(rules)
    found = lint(book)
    if as_json:
        _print_json([dict(zip(PROBLEM_COLUMNS, problem.as_row(), strict=True)) for problem in found])
    elif found:
        _table(f"{len(found)} 处疏漏", [[*PROBLEM_COLUMNS.values()], *[list(p.as_row()) for p in found]])
    else:
        typer.echo(f"{len(book)} 条规则，没有发现疏漏")
    if found:
        raise typer.Exit(2)


@rules_app.command("test")
def rules_test(
    rule_ids: Annotated[list[str] | None, typer.Argument(help="编号；不写即全部")] = None,
    rules: RulesOption = None,
    as_json: JsonOption = False,
) -> None:
    """运行规则自带的例子。Run the rules' inline examples."""
    from geo.examples import run_examples

    book = _book(rules)
    with _progress(quiet=as_json) as progress:
        results = []
        for rule_id in rule_ids or book.rules:
            progress(f"{rule_id} 的例子")
            results += run_examples(book, [rule_id])
    failed = [result for result in results if not result.passed]
    if as_json:
        _print_json(
            [
                {"rule_id": r.rule_id, "number": r.number, "passed": r.passed, "outcome": r.outcome}
                for r in results
            ]
        )
    else:
        for result in failed:
            typer.echo(
                f"{result.rule_id} 第 {result.number} 例：应为 {result.example.expect}"
                f"{' ' + result.example.cause if result.example.cause else ''}，"
                f"得到 {result.outcome} {'、'.join(result.causes)}：{result.reasons}"
            )
        _show_counts(book, [result.rule_id for result in results])
        count = len({result.rule_id for result in results})
        typer.echo(
            f"{count} 条规则，{len(results)} 个例子：{len(results) - len(failed)} 个通过，{len(failed)} 个不符"
        )
    if failed:
        raise typer.Exit(2)


@rules_app.command("coverage")
def rules_coverage(
    as_csv: Annotated[bool, typer.Option("--csv", help="输出 CSV")] = False, as_json: JsonOption = False
) -> None:
    """登记册每一行的去向：研判、修复、指标、区域提示或背景。What becomes of every row of the register."""
    import csv

    from geo.ledger import Use, count_uses, load_ledger

    book = _book(None)
    ledger = load_ledger(book)
    headings = ["编号", "用途", "规则文件", "规则", "理由"]
    rows = [
        [
            row,
            entry.use.zh,
            entry.rule or "",
            book[entry.rule].title.zh if entry.rule else "",
            entry.reason or "",
        ]
        for row, entry in ledger.items()
    ]
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerows([headings, *rows])
        return
    if as_json:
        _print_json([dict(zip(headings, row, strict=True)) for row in rows])
        return
    _table(f"覆盖台账：{len(rows)} 行", [headings, *rows])
    counts = count_uses(ledger)
    summary = [
        [plan, *[str(uses[use]) for use in Use], str(sum(uses.values()))] for plan, uses in counts.items()
    ]
    _table("合计", [["规划", *[use.zh for use in Use], "合计"], *summary])


@rules_app.command("export")
def rules_export(
    out: Annotated[Path, typer.Option("--out", help="审核表文件：.xlsx 或 .html")], rules: RulesOption = None
) -> None:
    """导出规则审核表，供法规审核。Export the law review sheet."""
    from geo.writers.review_sheet import write_review

    book = _book(rules)
    write_review(book, out)
    typer.echo(f"{len(book)} 条规则已写入 {out}")


@rules_app.command("diff")
def rules_diff(
    old: Annotated[Path, typer.Argument(help="旧规则册文件夹")],
    new: Annotated[Path | None, typer.Argument(help="新规则册文件夹（默认：随软件的规则册）")] = None,
) -> None:
    """两个规则册有何不同，逐条用文字说明。What changed between two rule books, in words."""
    from geo.review import difference
    from geo.rulebook import load_rulebook

    changes = difference(load_rulebook(old), load_rulebook(new))
    typer.echo("\n".join(changes) if changes else "两个规则册没有不同")


@layers_app.command("list")
def layers_list(layers: LayersOption = None, as_json: JsonOption = False) -> None:
    """列出图层清单。List the layers."""
    from geo.catalog import load_layers

    catalog = load_layers(_manifest(layers))
    if as_json:
        _print_json([json.loads(layer.model_dump_json()) for layer in catalog.layers])
        return
    rows = [
        [
            layer.key,
            layer.theme.zh,
            layer.line.zh if layer.line else "",
            f"±{layer.accuracy_m:g} 米",
            str(layer.as_of or ""),
            "演示" if layer.demo else "",
            layer.source,
        ]
        for layer in catalog.layers
    ]
    _table("图层", [["键", "主题", "基准线", "精度", "时点", "演示", "来源"], *rows])


@layers_app.command("check")
def layers_check(
    layers: LayersOption = None, rules: RulesOption = None, on: OnOption = None, as_json: JsonOption = False
) -> None:
    """读一遍全部图层，列出修复、剔除，以及哪条规则缺什么。Check the layers."""
    from geo.catalog import load_layers
    from geo.coverage import check_coverage
    from geo.frames import COVERAGE

    catalog = load_layers(_manifest(layers))
    problems = []
    counts = []
    with _progress(quiet=as_json) as progress:
        for layer in catalog.layers:
            progress(f"读取 {layer.key}")
            try:
                counts.append([layer.key, layer.theme.zh, str(len(catalog.features(layer)))])
            except HongxianError as error:
                problems.extend(error.problems)
        if problems:
            raise HongxianError(f"{len(problems)} 个图层不能用", problems)
        progress("核对规则所需图层")
        coverage = check_coverage(_book(rules), catalog, on.date() if on else date.today())
    if as_json:
        _print_json({"repairs": catalog.log, "coverage": coverage.to_dict("records")})
        return
    _table("图层要素数", [["键", "主题", "要素"], *counts])
    _table(
        "修复与剔除",
        [["图层", "要素", "处理", "说明"], *[[str(v) for v in row.values()] for row in catalog.log]],
    )
    headings = [column.heading for name, column in COVERAGE.items() if name != "status"]
    shown = coverage.drop(columns="status")
    _table("规则所需图层", [headings, *shown.astype(str).to_numpy().tolist()])


def _show_counts(book: RuleBook, of_examples: list[str]) -> None:
    """Rules by plan and effect, and the examples run, as a table."""
    from collections import Counter

    from geo.terms import Effect

    chosen = [book[rule_id] for rule_id in dict.fromkeys(of_examples)]
    examples = Counter(book[rule_id].plan for rule_id in of_examples)
    rows = []
    for plan in dict.fromkeys(rule.plan for rule in chosen):
        effects = Counter(rule.effect for rule in chosen if rule.plan == plan)
        numbers = [str(effects[effect]) for effect in Effect]
        rows.append([book.plans[plan].title.zh, *numbers, str(effects.total()), str(examples[plan])])
    _table("规则与例子", [["规划", *[effect.zh for effect in Effect], "规则", "例子"], *rows])


def _book(rules: Path | None) -> RuleBook:
    from geo.rulebook import load_rulebook

    return load_rulebook(overlay=rules)


def _recorded_rules(record: dict[str, Any]) -> Path | None:
    stated = record.get("options", {}).get("rules", "")
    return Path(stated) if stated else None


def _manifest(layers: Path | None) -> Path:
    if layers is not None:
        return layers
    from geo.starter import starter_folder

    here = Path("layers/manifest.yaml")
    return here if here.is_file() else starter_folder() / "manifest.yaml"


@contextmanager
def _progress(quiet: bool) -> Iterator[Any]:
    """Names the stage at work on the error stream."""
    if quiet:
        yield lambda stage: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("开始") as status:

        def show(stage: str) -> None:
            if console.is_terminal:
                status.update(stage)
            else:
                console.print(stage)

        yield show


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _headed(frame: pd.DataFrame) -> list[list[str]]:
    return [[*PROBLEM_COLUMNS.values()], *frame.astype(str).to_numpy().tolist()]


def _table(title: str, rows: list[list[str]], error: bool = False) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=error, width=None if sys.stdout.isatty() else 200)
    if len(rows) == 1:
        console.print(f"{title}：无")
        return
    table = Table(title=title, title_justify="left")
    for heading in rows[0]:
        table.add_column(heading, overflow="fold")
    for row in rows[1:]:
        table.add_row(*[value.replace("[", r"\[") for value in row])
    console.print(table)


def _show_verdicts(verdicts: pd.DataFrame, has_demo: bool) -> None:
    from geo.terms import Outcome
    from geo.writers.styles import DEMO_NOTE, PRELIMINARY_NOTE

    shown = verdicts.head(60)
    rows = [
        [
            v.site_id,
            v.name,
            v.outcome_zh,
            v.deciding_rule_ids.replace(";", " "),
            v.robustness.replace("robust", "稳健").replace("fragile", "不稳健"),
        ]
        for v in shown.itertuples()
    ]
    _table("研判结果", [["编号", "项目名称", "结论", "决定规则", "稳健性"], *rows])
    if len(verdicts) > len(shown):
        typer.echo(f"……共 {len(verdicts)} 个场地，其余见结果文件")
    counts = verdicts["outcome"].value_counts()
    typer.echo("合计：" + "，".join(f"{o.zh} {counts[o]}" for o in Outcome if o in counts))
    typer.echo(PRELIMINARY_NOTE)
    if has_demo:
        typer.echo(DEMO_NOTE)


def _show_error(error: HongxianError) -> None:
    typer.echo(error.message, err=True)
    if error.problems:
        _table("", [[*PROBLEM_COLUMNS.values()], *[list(p.as_row()) for p in error.problems]], error=True)
