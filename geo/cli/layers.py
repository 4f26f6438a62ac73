"""The verbs of ``hongxian layers``: list and check the layers of a workspace."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo.cli.console import (
    CacheOption,
    JsonOption,
    LayersOption,
    NoCacheOption,
    OnOption,
    RulesOption,
    find_manifest,
    layer_cache,
    print_json,
    progress_shown,
    read_book,
    show_table,
)
from geo.errors import HongxianError

if TYPE_CHECKING:
    from geo.manifest.proposal import Proposal, Stated

layers_app = typer.Typer(help="图层：查看、登记、检查。Layers.", no_args_is_help=True, rich_markup_mode=None)


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


@layers_app.command("add")
def layers_add(
    file: Annotated[Path, typer.Argument(help="GPKG、SHP、FileGDB 等；也可以是一个放 SHP 的文件夹")],
    layer: Annotated[list[str] | None, typer.Option("--layer", help="只登记这个图层；可写几次")] = None,
    theme: Annotated[str | None, typer.Option("--theme", help="主题，如 red_line 或 生态保护红线")] = None,
    line: Annotated[str | None, typer.Option("--line", help="画的是哪种线，如 bank 或 河岸")] = None,
    accuracy: Annotated[str | None, typer.Option("--accuracy", help="位置中误差，米")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="数据时点，如 2024-06-30；不明写 none")] = None,
    source: Annotated[str | None, typer.Option("--source", help="来源")] = None,
    licence: Annotated[str | None, typer.Option("--licence", help="许可或密级")] = None,
    covers: Annotated[
        str | None, typer.Option("--covers", help="完整的行政区，如 1408,1401；不知道写 none")
    ] = None,
    crs: Annotated[str | None, typer.Option("--crs", help="坐标系，只在文件没有时写")] = None,
    manifest: Annotated[Path, typer.Option("--manifest", help="要补的图层清单")] = Path(
        "layers/manifest.yaml"
    ),
    yes: Annotated[bool, typer.Option("--yes", help="都清楚了就写入清单，不再问")] = False,
    as_json: JsonOption = False,
) -> None:
    """认出文件里的图层，写进图层清单；不清楚的先问。Add layers to the manifest."""
    from geo.manifest.add import add_layers, propose_layers
    from geo.manifest.proposal import Stated

    said = Stated(theme, line, accuracy, as_of, source, licence, covers, crs)
    names = layer or []
    proposals = propose_layers(file, manifest, said, names)
    if not as_json:
        _show_proposals(proposals)
    if not yes and not as_json and sys.stdin.isatty():
        proposals = propose_layers(file, manifest, said, names, _asked(proposals, said))
        _show_proposals(proposals)
        # with faults left there is nothing to confirm: they are listed instead
        sound = not any(p.problems or p.missing for p in proposals if not p.skipped)
        if sound and not typer.confirm(f"写入 {manifest}？"):
            return
        yes = True
    keys = add_layers(manifest, proposals) if yes else []
    if as_json:
        print_json({"manifest": str(manifest), "added": keys, "layers": [_as_json(p) for p in proposals]})
    elif keys:
        typer.echo(f"已写入 {manifest}：{'、'.join(keys)}。下一步：hongxian layers check --layers {manifest}")
    elif yes:
        typer.echo("没有新的图层可写，清单未改动")
    else:
        typer.echo("以上只是建议，清单未改动；补齐后加 --yes 写入")


def _asked(proposals: list[Proposal], said: Stated) -> dict[str, Stated]:
    """What a terminal answers: common figures once, the theme and line of each layer apart."""
    from geo.manifest.add import answered
    from geo.manifest.entry import LINES_ASKED
    from geo.manifest.proposal import LINE_QUESTION

    apart = ("theme", "line")
    common = {n: q for p in proposals if not p.skipped for n, q in p.missing.items() if n not in apart}
    for name, question in common.items():
        said = answered(said, name, typer.prompt(question))
    answers = {}
    for proposal in proposals:
        own = said
        missing = {} if proposal.skipped else proposal.missing
        for name in [n for n in apart if n in missing]:
            own = answered(own, name, typer.prompt(f"{proposal.facts.name}：{missing[name]}"))
        if "theme" in missing and own.line is None and own.theme in LINES_ASKED:
            own = answered(own, "line", typer.prompt(f"{proposal.facts.name}：{LINE_QUESTION}"))
        answers[proposal.facts.name] = own
    return answers


def _show_proposals(proposals: list[Proposal]) -> None:
    from geo.manifest.file import as_yaml

    rows = [
        [
            p.facts.name,
            f"{p.facts.geometry or '表'}{' Z' * p.facts.has_z}{' M' * p.facts.has_m}",
            str(p.facts.count),
            p.facts.crs.to_string() if p.facts.crs is not None else "无",
            " ".join(f"{v:g}" for v in p.extent),
            p.skipped or str(p.entry.get("theme", "？")),
        ]
        for p in proposals
    ]
    show_table("文件里的图层", [["图层", "几何", "要素", "坐标系", "范围（度）", "主题"], *rows])
    for p in proposals:
        if p.skipped:
            continue
        typer.echo(as_yaml(p.entry))
        for note in p.notes:
            typer.echo(f"    注意：{note}")
        for problem in p.problems:
            typer.echo(f"    有错：{problem.field} {problem.value}：{problem.what}；{problem.to_do}")
        for name, question in p.missing.items():
            typer.echo(f"    还缺：{name}：{question}")


def _as_json(p: Proposal) -> dict[str, Any]:
    facts = p.facts
    return {
        "layer": facts.name,
        "driver": facts.driver,
        "encoding": facts.encoding,
        "geometry": facts.geometry,
        "z_dropped": facts.has_z,
        "m_dropped": facts.has_m,
        "curves_linearised": facts.has_curves,
        "crs": facts.crs.to_string() if facts.crs is not None else "",
        "extent_deg": list(p.extent),
        "features": facts.count,
        "fields": dict(facts.fields),
        "skipped": p.skipped,
        "entry": p.entry,
        "missing": p.missing,
        "notes": p.notes,
        "problems": [asdict(problem) for problem in p.problems],
    }


@layers_app.command("check")
def layers_check(
    layers: LayersOption = None,
    rules: RulesOption = None,
    on: OnOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="写出覆盖证明：coverage.gpkg（附城市面）、coverage.xlsx 或 coverage.csv"),
    ] = None,
    stale_after: Annotated[
        float, typer.Option("--stale-after", min=0, help="时点早于这么多年的图层算过时")
    ] = 5.0,
    cache: CacheOption = None,
    no_cache: NoCacheOption = False,
    as_json: JsonOption = False,
) -> None:
    """读一遍全部图层，列出修复、剔除，哪条规则在哪个市缺什么，先补哪个图层。Check the layers."""
    from geo.catalog import load_layers
    from geo.certificate import certify, count_by_city, rank_gaps
    from geo.coverage import check_coverage
    from geo.frames import COVERAGE, GAPS
    from geo.writers.certificate import refuse_unfit, write_certificate

    if out is not None:
        refuse_unfit(out)
    problems = []
    counts = []
    with progress_shown(quiet=as_json) as progress:
        catalog = load_layers(find_manifest(layers), layer_cache(cache, no_cache), progress)
        for layer in catalog.layers:
            progress(f"读取 {layer.key}")
            try:
                held = "栅格" if layer.is_raster else str(len(catalog.held(layer).attributes))
                counts.append([layer.key, layer.theme.zh, held])
            except HongxianError as error:
                problems.extend(error.problems)
        if problems:
            raise HongxianError(f"{len(problems)} 个图层不能用", problems)
        progress("核对规则所需图层")
        book = read_book(rules)
        day = on.date() if on else date.today()
        coverage = check_coverage(book, catalog, day)
        certificate = certify(book, catalog, day, stale_after)
        gaps = rank_gaps(certificate)
        if out is not None:
            write_certificate(certificate, gaps, out)
    if as_json:
        said = {
            "repairs": catalog.log,
            "coverage": coverage.to_dict("records"),
            "certificate": certificate.drop(columns="geometry").to_dict("records"),
            "gaps": gaps.to_dict("records"),
        }
        print_json(said)
        return
    show_table("图层要素数", [["键", "主题", "要素"], *counts])
    show_table(
        "修复与剔除",
        [["图层", "要素", "处理", "说明"], *[[str(v) for v in row.values()] for row in catalog.log]],
    )
    headings = [column.heading for name, column in COVERAGE.items() if name != "status"]
    shown = coverage.drop(columns="status")
    show_table("规则所需图层", [headings, *shown.astype(str).to_numpy().tolist()])
    by_city = count_by_city(certificate)
    counted = by_city.astype(str).to_numpy().tolist()
    show_table("各市的规则与主题（项数）", [[*map(str, by_city.columns)], *counted])
    ranked = gaps.assign(rules=gaps["rules"].astype(int), rule_ids=gaps["rule_ids"].str.replace(";", " "))
    headings = [column.heading for name, column in GAPS.items() if name != "theme"]
    show_table("先补哪个图层", [headings, *ranked.drop(columns="theme").astype(str).to_numpy().tolist()])
    if out is not None:
        typer.echo(f"覆盖证明：{out}")
