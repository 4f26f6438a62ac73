"""What the verbs of the command line share: options, tables, progress, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from geo.cache import LayerCache
    from geo.rulebook import RuleBook

RulesOption = Annotated[
    Path | None, typer.Option("--rules", help="用户规则文件夹，叠加在随软件的规则册上（同号替换，新号增加）")
]
LayersOption = Annotated[
    Path | None, typer.Option("--layers", help="图层清单 manifest.yaml（默认：./layers 或随软件的起始图层）")
]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON，供程序使用")]
NoCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="不用缓存：大图层每次整读，不在缓存文件夹留副本")
]
CacheOption = Annotated[
    Path | None,
    typer.Option("--cache", help="缓存文件夹（默认：环境变量 HONGXIAN_CACHE，再不然用户缓存下的 hongxian）"),
]
KeepGoingOption = Annotated[
    bool,
    typer.Option("--keep-going", help="读不了的图层列入结果，其余照常（需要该图层的规则、任务待核实）"),
]
OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="筛查日期，决定适用的规则与限值（默认：今天）"),
]


def read_book(rules: Path | None) -> RuleBook:
    """The built-in rule book with the user's own laid over it."""
    from geo.rulebook import load_rulebook

    return load_rulebook(overlay=rules)


def find_manifest(layers: Path | None) -> Path:
    """The manifest named, else that of the folder at hand, else the starter layers'."""
    if layers is not None:
        return layers
    from geo.starter import starter_folder

    here = Path("layers/manifest.yaml")
    return here if here.is_file() else starter_folder() / "manifest.yaml"


def layer_cache(folder: Path | None, no_cache: bool = False) -> LayerCache | None:
    """The cache of large layers, or None where none is wanted."""
    from geo.cache import LayerCache
    from geo.parsed import cache_folder

    return None if no_cache else LayerCache(folder or cache_folder())


@contextmanager
def progress_shown(quiet: bool) -> Iterator[Any]:
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


def print_json(value: Any) -> None:
    """JSON on standard output, Chinese as it is."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def show_set_aside(frame: pd.DataFrame) -> None:
    """The layers that could not be read, and what they leave open."""
    if not len(frame):
        return
    heads = {
        "layer_key": "图层", "file": "文件", "what": "问题", "to_do": "怎么办",
        "rule_ids": "待核实的规则", "site_ids": "待核实的场地",
    }  # fmt: skip
    rows = [list(row) for row in zip(*(frame[name].astype(str) for name in heads), strict=True)]
    title = f"搁置的图层（{len(frame)} 个读不了，需要它们的规则待核实，已列入结果）"
    show_table(title, [[*heads.values()], *rows])


def show_table(title: str, rows: list[list[str]], error: bool = False) -> None:
    """A table with headings; on a pipe wide enough not to break words."""
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
