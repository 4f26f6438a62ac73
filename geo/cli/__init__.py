"""The command line: each verb is one library call.

Heavy modules are imported inside the verbs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo.asides import sweep, why_unwritten
from geo.cli.cache import layers_cache
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
    show_set_aside,
    show_table,
)
from geo.cli.large import (
    BatchOption,
    EngineOption,
    GeopackageOption,
    ParquetOption,
    SchedulerOption,
    WorkersOption,
    asked_large,
    run_large,
    show_large,
)
from geo.cli.layers import layers_app
from geo.cli.osm import layers_import_osm
from geo.cli.outputs import (
    FiguresOption,
    LangOption,
    PdfOption,
    QuickOption,
    RasterAdcodeOption,
    RastersOption,
    RedactOption,
    ReportOption,
    ReportSitesOption,
    ResolutionOption,
    TemplateOption,
    chosen_outputs,
    raster_options,
    redacted_names,
)
from geo.cli.restore import restore
from geo.cli.rules import rules_app
from geo.cli.runs import OverridesOption, StaleOption, WhatIfOption, diff, portfolio, rerun
from geo.cli.site_options import (
    AdcodeOption,
    DatumOption,
    DevelopmentOption,
    IndustryOption,
    MapOption,
    PackedOption,
    ParamsOption,
    SiteLayerOption,
    WhereOption,
    WordsOption,
    ZoneOption,
    site_options,
)
from geo.cli.sites import sites_app
from geo.cli.stopping import Stopped, parting_words, stoppable
from geo.cli.unforeseen import UNFORESEEN, tell_unforeseen
from geo.cli.where import where
from geo.errors import PROBLEM_COLUMNS, HongxianError

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    name="hongxian",
    help="红线：按生态环境规划筛查项目选址。Screens project sites against the spatial rules of environmental plans.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(rules_app, name="rules")
layers_app.command("cache")(layers_cache)
layers_app.command("import-osm")(layers_import_osm)
app.add_typer(layers_app, name="layers")
app.add_typer(sites_app, name="sites")
for verb in (restore, where, diff, rerun, portfolio):
    app.command()(verb)


def main() -> None:
    """Run the command line; a fault of the input ends with exit code 2 and a table of all faults, one of ours with 70."""
    try:
        with stoppable():
            sweep(Path(tempfile.gettempdir()))  # copies that a killed run left behind
            app()
    except HongxianError as error:
        _show_error(error)
        sys.exit(2)
    except Stopped:
        typer.echo(parting_words(), err=True)
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno:  # else a library's own, whatever it means by it
            place = Path(error.filename) if isinstance(error.filename, str) else Path()
            typer.echo(f"文件不能读写：{error.filename or ''} {why_unwritten(error, place)}", err=True)
            sys.exit(2)
        tell_unforeseen(error, sys.argv[1:])
        sys.exit(UNFORESEEN)


@app.command()
def screen(
    files: Annotated[
        list[Path], typer.Argument(help="场地清单：CSV、XLSX、界址点 TXT、KML、SHP、GPKG、DXF …")
    ],
    out: Annotated[Path, typer.Option("--out", help="结果文件夹（不得已存在）")],
    layers: LayersOption = None,
    rules: RulesOption = None,
    on: OnOption = None,
    datum: DatumOption = None,
    industry: IndustryOption = "",
    development: DevelopmentOption = "",
    adcode: AdcodeOption = "",
    zone: ZoneOption = "",
    packed_dms: PackedOption = False,
    headings: MapOption = None,
    site_layer: SiteLayerOption = None,
    where: WhereOption = None,
    words: WordsOption = None,
    datum_params: ParamsOption = None,
    confidence: Annotated[
        float, typer.Option("--confidence", help="单侧置信度，0.5–0.9999：误差算到多大才下结论")
    ] = 0.95,
    move_radius: Annotated[
        float, typer.Option("--move-radius", help="触及规则的场地最多移多远找可行位置，公里")
    ] = 10.0,
    no_moves: Annotated[bool, typer.Option("--no-moves", help="不找可行位置（场地很多时较快）")] = False,
    what_if: WhatIfOption = None,
    overrides: OverridesOption = None,
    stale_after: StaleOption = 5.0,
    crs: Annotated[str, typer.Option("--crs", help="结果 GeoPackage 的坐标系")] = "EPSG:4490",
    tiles: Annotated[
        str, typer.Option("--tiles", help="地图加在线底图：tianditu:密钥 或 gaode；不写则地图不联网")
    ] = "",
    cache: CacheOption = None,
    no_cache: NoCacheOption = False,
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going", help="有错的行、读不了的图层列入结果，其余照常筛查（需要该图层的规则待核实）"
        ),
    ] = False,
    fail_on: Annotated[
        str | None, typer.Option("--fail-on", help="有这种结论（如 prohibited）时以 3 退出")
    ] = None,
    restoration: Annotated[
        bool, typer.Option("--restoration/--no-restoration", help="项目所在县（市、区）的修复条带和台账")
    ] = True,
    quick: QuickOption = False,
    report: ReportOption = True,
    figures: FiguresOption = True,
    pdf: PdfOption = False,
    template: TemplateOption = None,
    report_sites: ReportSitesOption = 60,
    lang: LangOption = "zh",
    shapefile: Annotated[
        bool, typer.Option("--shapefile", help="另写一套 Shapefile（GBK、十字节字段名，附字段对照表）")
    ] = False,
    rasters: RastersOption = False,
    resolution: ResolutionOption = "",
    raster_adcode: RasterAdcodeOption = None,
    redact: RedactOption = None,
    engine: EngineOption = "local",
    scheduler: SchedulerOption = "",
    workers: WorkersOption = None,
    batch: BatchOption = None,
    parquet: ParquetOption = False,
    geopackage: GeopackageOption = None,
    as_json: JsonOption = False,
) -> None:
    """筛查场地，写出 GeoPackage、地图、表格和报告。Screen sites."""
    from geo.cli.runs import show_notes
    from geo.errors import Problem, RunError
    from geo.runs.request import Request
    from geo.site_check import gather
    from geo.terms import Outcome
    from geo.writers import refuse_existing, refuse_unknown_crs, refuse_unusable_numbers, write_run
    from geo.writers.provenance import provenance

    refuse_existing(out)
    refuse_unknown_crs(crs)
    if fail_on is not None and fail_on not in list(Outcome):
        raise RunError(f"不认识的结论 --fail-on {fail_on}；可用：{'、'.join(Outcome)}")
    asked = raster_options(rasters, resolution, raster_adcode)
    manifest = find_manifest(layers)
    hidden = redacted_names(redact, manifest)
    outputs = chosen_outputs(
        report, figures, pdf, template, report_sites, lang, tiles, shapefile, asked, hidden, quick
    )
    refuse_unusable_numbers(confidence, move_radius)
    request = Request(
        files=tuple(files),
        layers=manifest,
        on=on.date() if on else date.today(),
        rules=rules,
        reading=site_options(
            datum,
            {"industry": industry, "development": development, "adcode": adcode, "zone": zone},
            packed_dms,
            headings,
            site_layer,
            where,
            words,
            datum_params,
        ),
        keep_going=keep_going,
        confidence=confidence,
        move_radius_m=0.0 if no_moves or quick else 1000.0 * move_radius,
        what_if=tuple(what_if or ()),
        overrides=overrides,
        stale_after=stale_after,
        lang=outputs.lang,
        restoration=restoration and not quick,
    )
    large = asked_large(engine, scheduler, workers, batch, parquet, geopackage, files)
    if large is not None:
        request = replace(request, move_radius_m=0.0, restoration=False)
        large = replace(large, redact=hidden)
        with progress_shown(quiet=as_json) as progress:
            options, held = request.options(), layer_cache(cache, no_cache)
            record = run_large(request, out, large, crs, options, progress, held)
        show_large(record, out, as_json)
        if fail_on is not None and record["outcomes"].get(fail_on, 0):
            raise typer.Exit(3)
        return
    with progress_shown(quiet=as_json) as progress:
        watch = request.watch()
        result = request.screen(progress, layer_cache(cache, no_cache))
        options = {**request.options(), **outputs.record()}
        write_run(result, out, crs, options, progress, outputs, watch)
    if as_json:
        summary = {
            "out": str(out),
            "run": provenance(result, crs, options),
            "verdicts": result.verdicts.to_dict("records"),
            "what_if": result.what_if.to_dict("records"),
            "overrides": result.overrides.to_dict("records"),
            "rejected": result.rejected.to_dict("records"),
            "set_aside": result.set_aside.to_dict("records"),
        }
        print_json(summary)
    else:
        if len(result.site_notes):
            heads = ["文件", "位置", "说明", "怎么办"]
            read_so = [Problem(**note) for note in result.site_notes.to_dict("records")]
            show_table("清单是这样读的（不妨碍筛查，已记入结果）", [heads, *gather(read_so)])
        _show_verdicts(result.verdicts, result.has_demo)
        show_notes(result)
        if len(result.rejected):
            show_table(f"未筛查的行（{len(result.rejected)} 处错误，已列入结果）", _headed(result.rejected))
        show_set_aside(result.set_aside)
        _show_moves(result.moves)
        typer.echo(f"结果：{out}（{'、'.join(sorted(path.name for path in out.iterdir()))}）")
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
    from geo.rulebook import load_rulebook
    from geo.runs.stored import read_run

    book = load_rulebook(overlay=rules or _recorded_rules(read_run(run)[2]))
    lines = explain_site(run, site_id, book, plans)
    if as_json:
        print_json({"site_id": site_id, "lines": lines})
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
        print_json([{"code": industry.code, "name": industry.name} for industry in found])
    elif found:
        show_table("行业代码（GB/T 4754-2017）", [["代码", "名称"], *[[i.code, i.name] for i in found]])
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


def _recorded_rules(record: dict[str, Any]) -> Path | None:
    stated = record.get("options", {}).get("rules", "")
    return Path(stated) if stated else None


def _headed(frame: pd.DataFrame) -> list[list[str]]:
    return [[*PROBLEM_COLUMNS.values()], *frame.astype(str).to_numpy().tolist()]


def _show_verdicts(verdicts: pd.DataFrame, has_demo: bool) -> None:
    from geo.terms import Outcome
    from geo.writers.styles import DEMO_NOTE, PRELIMINARY_NOTE

    shown = verdicts.head(60)
    decided = (verdicts["override"] != "").any()
    rows = [
        [
            v.site_id,
            v.name,
            v.outcome_zh,
            v.deciding_rule_ids.replace(";", " "),
            v.robustness.replace("robust", "稳健").replace("fragile", "不稳健"),
            *([v.override] if decided else []),
        ]
        for v in shown.itertuples()
    ]
    headings = ["编号", "项目名称", "结论", "决定规则", "稳健性", *(["人工认定"] if decided else [])]
    show_table("研判结果", [headings, *rows])
    if len(verdicts) > len(shown):
        typer.echo(f"……共 {len(verdicts)} 个场地，其余见结果文件")
    counts = verdicts["outcome"].value_counts()
    typer.echo("合计：" + "，".join(f"{o.zh} {counts[o]}" for o in Outcome if o in counts))
    typer.echo(PRELIMINARY_NOTE)
    if has_demo:
        typer.echo(DEMO_NOTE)


def _show_moves(moves: pd.DataFrame) -> None:
    """How many breached sites have a place to go, and which of demonstration data."""
    if len(moves) == 0:
        return
    found = moves[moves["state"] != "none"]
    demo = int(found["demo"].sum())
    typer.echo(
        f"最小移动：{len(moves)} 个触及规则的场地，{len(found)} 个有可行位置"
        + (f"（其中 {demo} 个只按演示图层）" if demo else "")
    )


def _show_error(error: HongxianError) -> None:
    typer.echo(error.message, err=True)
    if error.problems:
        show_table("", [[*PROBLEM_COLUMNS.values()], *[list(p.as_row()) for p in error.problems]], error=True)
