"""The verbs of ``hongxian rules``: look at, check, test, account for and export the rule book."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.cli.console import JsonOption, RulesOption, print_json, progress_shown, read_book, show_table
from geo.errors import PROBLEM_COLUMNS

if TYPE_CHECKING:
    from geo.rulebook import RuleBook

rules_app = typer.Typer(help="规则：查看、检查、测试。Rules.", no_args_is_help=True, rich_markup_mode=None)


@rules_app.command("list")
def rules_list(rules: RulesOption = None, as_json: JsonOption = False) -> None:
    """列出全部规则。List the rules."""
    book = read_book(rules)
    if as_json:
        print_json([json.loads(rule.model_dump_json(exclude={"examples"})) for rule in book.rules.values()])
        return
    rows = [
        [rule.id, rule.title.zh, rule.effect.zh, rule.strength.zh, rule.measure.zh, str(len(rule.examples))]
        for rule in book.rules.values()
    ]
    show_table(f"规则册：{len(book)} 条", [["编号", "规则", "效力", "约束力", "判定方式", "例子"], *rows])


@rules_app.command("show")
def rules_show(
    rule_id: Annotated[str, typer.Argument(help="编号，如 YC-15")], rules: RulesOption = None
) -> None:
    """显示一条规则的全文。Show a rule."""
    from geo.wording import cite

    book = read_book(rules)
    rule = book[rule_id]
    plan = book.plan_of(rule)
    typer.echo(f"# {rule.id} {rule.title.zh}\n# {rule.title.en}\n# {cite(plan, rule)}（{plan.status.zh}）\n")
    typer.echo(book.sources[rule_id].read_text(encoding="utf-8"))


@rules_app.command("lint")
def rules_lint(rules: RulesOption = None, as_json: JsonOption = False) -> None:
    """检查规则册：格式错误与常见疏漏。Lint the rule book."""
    from geo.lint import lint
    from geo.restoration.task_examples import lint_tasks

    book = read_book(rules)
    found = [*lint(book), *lint_tasks(book)]
    if as_json:
        print_json([dict(zip(PROBLEM_COLUMNS, problem.as_row(), strict=True)) for problem in found])
    elif found:
        show_table(f"{len(found)} 处疏漏", [[*PROBLEM_COLUMNS.values()], *[list(p.as_row()) for p in found]])
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
    from geo.restoration.task_examples import in_words, run_task_examples

    book = read_book(rules)
    chosen = list(rule_ids or [*book.rules, *(number for number in book.tasks if number not in book.rules)])
    with progress_shown(quiet=as_json) as progress:
        results = []
        tasks = []
        for rule_id in chosen:
            progress(f"{rule_id} 的例子")
            if rule_id in book.rules or rule_id not in book.tasks:
                results += run_examples(book, [rule_id])
            if rule_id in book.tasks:
                tasks += run_task_examples(book, [rule_id])
    failed = [result for result in results if not result.passed]
    failed_tasks = [task for task in tasks if not task.passed]
    if as_json:
        print_json(
            [
                {"rule_id": r.rule_id, "number": r.number, "passed": r.passed, "outcome": r.outcome}
                for r in results
            ]
            + [
                {
                    "task_id": t.task_id,
                    "number": t.number,
                    "passed": t.passed,
                    "strip_ha": t.strip_ha,
                    "deficit_ha": t.deficit_ha,
                    "treatments": list(t.treatments),
                }
                for t in tasks
            ]
        )
    else:
        for result in failed:
            typer.echo(
                f"{result.rule_id} 第 {result.number} 例：应为 {result.example.expect}"
                f"{' ' + result.example.cause if result.example.cause else ''}，"
                f"得到 {result.outcome} {'、'.join(result.causes)}：{result.reasons}"
            )
        for task in failed_tasks:
            typer.echo(in_words(task))
        _show_counts(book, [result.rule_id for result in results])
        count = len({result.rule_id for result in results})
        typer.echo(
            f"{count} 条规则，{len(results)} 个例子：{len(results) - len(failed)} 个通过，{len(failed)} 个不符"
        )
        if tasks:
            count = len({task.task_id for task in tasks})
            typer.echo(f"{count} 个修复任务，{len(tasks)} 个例子：{len(failed_tasks)} 个不符")
    if failed or failed_tasks:
        raise typer.Exit(2)


@rules_app.command("coverage")
def rules_coverage(
    as_csv: Annotated[bool, typer.Option("--csv", help="输出 CSV")] = False, as_json: JsonOption = False
) -> None:
    """登记册每一行的去向：研判、修复、指标、区域提示或背景。What becomes of every row of the register."""
    import csv

    from geo.ledger import Use, count_uses, load_ledger

    book = read_book(None)
    ledger = load_ledger(book)
    headings = ["编号", "用途", "规则文件", "规则", "理由", "修复任务或指标"]
    rows = [
        [
            row,
            entry.use.zh,
            entry.rule or "",
            book[entry.rule].title.zh if entry.rule else "",
            entry.reason or "",
            _restored(book, row),
        ]
        for row, entry in ledger.items()
    ]
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerows([headings, *rows])
        return
    if as_json:
        print_json([dict(zip(headings, row, strict=True)) for row in rows])
        return
    show_table(f"覆盖台账：{len(rows)} 行", [headings, *rows])
    counts = count_uses(ledger)
    summary = [
        [plan, *[str(uses[use]) for use in Use], str(sum(uses.values()))] for plan, uses in counts.items()
    ]
    show_table("合计", [["规划", *[use.zh for use in Use], "合计"], *summary])


def _restored(book: RuleBook, row: str) -> str:
    """How restoration deals with a row of the register: the ground of its task, the measure of its indicator."""
    if row in book.indicators:
        return f"量{book.indicators[row].kind.zh}"
    if row not in book.tasks:
        return ""
    task = book.tasks[row]
    return task.ground.zh + ("（规划未给宽度，用 --width 自定）" if task.width == "not_given" else "")


@rules_app.command("export")
def rules_export(
    out: Annotated[Path, typer.Option("--out", help="审核表文件：.xlsx 或 .html")], rules: RulesOption = None
) -> None:
    """导出规则审核表，供法规审核。Export the law review sheet."""
    from geo.writers.review_sheet import write_review

    book = read_book(rules)
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
    show_table("规则与例子", [["规划", *[effect.zh for effect in Effect], "规则", "例子"], *rows])
