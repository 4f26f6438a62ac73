"""``hongxian restore``: strips, what is missing in them, what to do, who is in the way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.cli.console import (
    JsonOption,
    KeepGoingOption,
    LayersOption,
    OnOption,
    RulesOption,
    find_manifest,
    print_json,
    progress_shown,
    show_set_aside,
    show_table,
)
from geo.cli.outputs import (
    FiguresOption,
    LangOption,
    RastersOption,
    RedactOption,
    ResolutionOption,
    chosen_outputs,
    raster_options,
    redacted_names,
)
from geo.cli.sites import DatumOption

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.restoration.plan import Restoration

WidthsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--width", help="规划未给宽度的任务由您定宽，如 JZ-60=50m；可写几次，结果一律注明自定、待核实"
    ),
]
PricesOption = Annotated[
    Path | None, typer.Option("--prices", help="单价文件 prices.yaml，如 还林: {元每亩: 3000}")
]
WeightsOption = Annotated[Path | None, typer.Option("--weights", help="优先度权重文件（默认用随软件的）")]


def restore(
    out: Annotated[Path, typer.Option("--out", help="结果文件夹（不得已存在）")],
    layers: LayersOption = None,
    rules: RulesOption = None,
    on: OnOption = None,
    sites: Annotated[
        list[Path] | None,
        typer.Option("--sites", help="已建或拟建项目清单：查谁占了条带、谁须退出；可写几次"),
    ] = None,
    datum: DatumOption = None,
    adcode: Annotated[
        list[str] | None, typer.Option("--adcode", help="只看这些区划，如 1408、140882；可写几次（默认全部）")
    ] = None,
    width: WidthsOption = None,
    prices: PricesOption = None,
    weights: WeightsOption = None,
    reach_km: Annotated[float, typer.Option("--reach-km", min=0.1, help="一段河的长度，公里")] = 5.0,
    crs: Annotated[str, typer.Option("--crs", help="结果 GeoPackage 的坐标系")] = "EPSG:4490",
    figures: FiguresOption = True,
    rasters: RastersOption = False,
    resolution: ResolutionOption = "",
    lang: LangOption = "zh",
    redact: RedactOption = None,
    tiles: Annotated[str, typer.Option("--tiles", help="在线底图：gaode 或 tianditu:密钥")] = "",
    keep_going: KeepGoingOption = False,
    as_json: JsonOption = False,
) -> None:
    """生态修复：条带、缺口、措施、台账、优先次序，谁在带内。Restoration."""
    from dataclasses import replace
    from datetime import date

    from geo.assessment import assess, list_set_aside
    from geo.catalog import load_layers
    from geo.contracts import empty
    from geo.english import in_english
    from geo.frames import SITES
    from geo.language import Lang
    from geo.restoration.plan import RestorationOptions, plan_restoration
    from geo.restoration.prices import read_prices
    from geo.restoration.priority import read_weights
    from geo.rulebook import load_rulebook
    from geo.runs.steady import Watch, unchanged
    from geo.site_options import SiteOptions
    from geo.sites import SiteList, read_sites
    from geo.writers import refuse_existing, refuse_unknown_crs
    from geo.writers.restoration_run import restoration_record, write_restoration

    refuse_existing(out)
    refuse_unknown_crs(crs)
    manifest = find_manifest(layers)
    outputs = chosen_outputs(
        report=False,
        figures=figures,
        pdf=False,
        template=None,
        report_sites=0,
        lang=lang,
        tiles=tiles,
        rasters=raster_options(rasters, resolution, adcode, "--adcode"),
        redact=redacted_names(redact, manifest),
    )
    day = on.date() if on else date.today()
    options = RestorationOptions(
        widths=stated_widths(width or []),
        prices=read_prices(prices) if prices is not None else None,
        weights=read_weights(weights),
        reach_m=reach_km * 1000,
        adcodes=tuple(adcode or ()),
    )
    reading = SiteOptions(datum=tuple(datum or ()))
    watch = Watch(manifest, [*(sites or ()), rules, prices, weights])
    with progress_shown(quiet=as_json) as progress:
        progress("读取规则册")
        book = load_rulebook(overlay=rules)
        catalog = load_layers(manifest, keep_going=keep_going)
        listed: SiteList | gpd.GeoDataFrame = empty(SITES, spatial=True)
        if sites:
            progress("读取项目")
            listed = read_sites(*sites, **reading.arguments())
        screened = assess(book, catalog, listed, day, progress=progress, move_radius_m=0.0)
        at, findings = screened.sites, screened.findings
        planned = catalog.keep_on(
            lambda: plan_restoration(book, catalog, day, at, findings, options, progress=progress)
        )
        aside = list_set_aside(findings, book, catalog, planned)
        run = replace(screened, restoration=planned, set_aside=aside)
        stated = {
            "layers": str(manifest),
            "rules": str(rules or ""),
            "sites": list(screened.inputs),
            **reading.record(),
            "widths": dict(options.widths),
            "prices": str(prices or ""),
            "weights": str(weights or ""),
            "reach_km": reach_km,
            "adcode": list(options.adcodes),
            "lang": outputs.lang,
            "keep_going": str(keep_going),
            **outputs.record(),
        }
        told = in_english(run) if outputs.lang is Lang.EN else run
        write_restoration(told, out, crs, stated, progress, outputs, unchanged(watch, catalog))
    if as_json:
        record = restoration_record(told, planned, crs, stated)
        print_json({"out": str(out), "run": record, "restoration": planned.ledger.to_dict("records")})
        return
    show_restoration(planned)
    show_set_aside(run.set_aside)
    typer.echo(f"结果：{out}（{'、'.join(sorted(path.name for path in out.iterdir()))}）")


def stated_widths(stated: list[str]) -> dict[str, float]:
    """Widths of tasks as given on the command line, in metres.

    >>> stated_widths(["JZ-60=50m", "YQ-26=0.1 km"])
    {'JZ-60': 50.0, 'YQ-26': 100.0}
    """
    from geo.errors import RunError
    from geo.rule import metres

    widths = {}
    for text in stated:
        task, _, width = text.partition("=")
        try:
            widths[task.strip()] = metres(width.strip())
        except ValueError as error:
            raise RunError(f"看不懂 --width {text}（{error}）；写成 任务=宽度，如 JZ-60=50m") from error
        if widths[task.strip()] <= 0:
            raise RunError(f"--width {text}：宽度须大于 0；改正宽度")
    return widths


def show_restoration(result: Restoration) -> None:
    """The ledger by task, who must leave, and how sure it is, in a terminal."""
    from geo.language import Lang
    from geo.writers.quantities import deficit_words
    from geo.writers.styles import DEMO_NOTE, PRELIMINARY_NOTE

    ledger = result.ledger
    rows = []
    for rule_id, mine in ledger.groupby("rule_id", sort=False):
        states = mine["state_zh"].value_counts()
        required, counted, deficit, unknown = (
            float(mine[name].sum()) for name in ("required_ha", "counted_ha", "deficit_ha", "unknown_ha")
        )
        drawn = [f"{required:.2f}", f"{counted:.2f}"] if required else ["", ""]
        missing = [deficit_words(deficit, unknown, counted, Lang.ZH, 2), f"{unknown:.2f}"]
        rows.append(
            [
                str(rule_id),
                mine["title"].iloc[0],
                *drawn,
                *(missing if counted else ["", ""]),
                "、".join(f"{word} {count}" for word, count in states.items()),
            ]
        )
    show_table(
        "修复台账（公顷）", [["任务", "名称", "应修复", "计入", "缺口", "地类不明", "状态（行数）"], *rows]
    )
    if len(result.exits):
        listed = result.exits[["site_id", "name", "rule_id", "deadline", "state_zh"]].head(30)
        show_table(
            "限期退出", [["编号", "项目", "规则", "期限", "状态"], *listed.astype(str).to_numpy().tolist()]
        )
    if len(result.priorities):
        typer.echo(f"优先次序：{result.sensitivity}")
    typer.echo(PRELIMINARY_NOTE)
    if result.has_demo:
        typer.echo(DEMO_NOTE)
