"""The verbs of ``hongxian layers``: list and check the layers of a workspace."""

from __future__ import annotations

import json
from datetime import date

import typer

from geo.console import (
    JsonOption,
    LayersOption,
    OnOption,
    RulesOption,
    find_manifest,
    print_json,
    progress_shown,
    read_book,
    show_table,
)
from geo.errors import HongxianError

layers_app = typer.Typer(help="图层：查看、检查。Layers.", no_args_is_help=True, rich_markup_mode=None)


@layers_app.command("list")
def layers_list(layers: LayersOption = None, as_json: JsonOption = False) -> None:
    """列出图层清单。List the layers."""
    from geo.catalog import load_layers

    catalog = load_layers(find_manifest(layers))
    if as_json:
        print_json([json.loads(layer.model_dump_json()) for layer in catalog.layers])
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
    show_table("图层", [["键", "主题", "基准线", "精度", "时点", "演示", "来源"], *rows])


@layers_app.command("check")
def layers_check(
    layers: LayersOption = None, rules: RulesOption = None, on: OnOption = None, as_json: JsonOption = False
) -> None:
    """读一遍全部图层，列出修复、剔除，以及哪条规则缺什么。Check the layers."""
    from geo.catalog import load_layers
    from geo.coverage import check_coverage
    from geo.frames import COVERAGE

    catalog = load_layers(find_manifest(layers))
    problems = []
    counts = []
    with progress_shown(quiet=as_json) as progress:
        for layer in catalog.layers:
            progress(f"读取 {layer.key}")
            try:
                counts.append([layer.key, layer.theme.zh, str(len(catalog.features(layer)))])
            except HongxianError as error:
                problems.extend(error.problems)
        if problems:
            raise HongxianError(f"{len(problems)} 个图层不能用", problems)
        progress("核对规则所需图层")
        coverage = check_coverage(read_book(rules), catalog, on.date() if on else date.today())
    if as_json:
        print_json({"repairs": catalog.log, "coverage": coverage.to_dict("records")})
        return
    show_table("图层要素数", [["键", "主题", "要素"], *counts])
    show_table(
        "修复与剔除",
        [["图层", "要素", "处理", "说明"], *[[str(v) for v in row.values()] for row in catalog.log]],
    )
    headings = [column.heading for name, column in COVERAGE.items() if name != "status"]
    shown = coverage.drop(columns="status")
    show_table("规则所需图层", [headings, *shown.astype(str).to_numpy().tolist()])
