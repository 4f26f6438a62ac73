"""``hongxian where``: the ground left for a use, the best plots on it, other places for projects that fail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    PdfOption,
    RedactOption,
    ReportOption,
    TemplateOption,
    chosen_outputs,
    redacted_names,
)
from geo.cli.sites import DatumOption

if TYPE_CHECKING:
    from geo.availability.places import Availability
    from geo.availability.use import Use

_HECTARES = {"": 1.0, "ha": 1.0, "公顷": 1.0, "亩": 1 / 15, "km2": 100.0, "平方公里": 100.0}
_METRES = {"": 1.0, "m": 1.0, "米": 1.0, "km": 1000.0, "公里": 1000.0}
Names = list[str] | None


def where(
    industry: Annotated[str, typer.Option("--industry", help="行业代码（GB/T 4754-2017），如 2521")],
    out: Annotated[Path, typer.Option("--out", help="结果文件夹（不得已存在）")],
    development: Annotated[
        str,
        typer.Option("--development", help="建设性质：new 新建、rebuild 改建、expand 扩建、existing 已建"),
    ] = "new",
    process: Annotated[Names, typer.Option("--process", help="工艺特征，前加 ! 表示没有；可写几次")] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="project 项目、park 园区、town 城镇")] = "project",
    facts: Annotated[Names, typer.Option("--fact", help="项目指标，如 capacity_ratio=1.5；可写几次")] = None,
    city: Annotated[Names, typer.Option("--city", help="市或县，如 运城；可写几次")] = None,
    adcode: Annotated[Names, typer.Option("--adcode", help="区划代码，如 1408、140882；可写几次")] = None,
    county: Annotated[Names, typer.Option("--county", help="县（市、区），如 河津市；可写几次")] = None,
    park: Annotated[Names, typer.Option("--park", help="园区名称（园区图层中的）；可写几次")] = None,
    layers: LayersOption = None,
    rules: RulesOption = None,
    on: OnOption = None,
    min_area: Annotated[str, typer.Option("--min-area", help="备选地面积，如 20ha、300亩")] = "20ha",
    min_width: Annotated[
        str, typer.Option("--min-width", help="可选地最窄处能放下的圆的直径，如 200m")
    ] = "0m",
    accept: Annotated[
        Names, typer.Option("--accept", help="备选地可落在哪些类别：free、advised、conditional、restricted")
    ] = None,
    land_only: Annotated[
        bool, typer.Option("--land-only", help="备选地只看位置：项目情况不明而待核实的规则不计")
    ] = False,
    weights: Annotated[
        Path | None, typer.Option("--weights", help="备选地排序的权重文件（默认用随软件的）")
    ] = None,
    sites: Annotated[
        list[Path] | None, typer.Option("--sites", help="项目清单：为其中不可行的找最近的可选地；可写几次")
    ] = None,
    datum: DatumOption = None,
    datum_less: Annotated[
        bool, typer.Option("--datum-less", help="日后项目坐标系可能未申报：限线两侧按最大偏移存疑")
    ] = False,
    accuracy: Annotated[str, typer.Option("--accuracy", help="日后项目的位置精度（标准差），如 5m")] = "0m",
    confidence: Annotated[float, typer.Option("--confidence", help="单侧置信度，0.5–0.9999")] = 0.95,
    resolution: Annotated[
        str, typer.Option("--resolution", help="另写栅格 availability.tif，像元多大，如 10m（不写则不画）")
    ] = "",
    raster_only: Annotated[
        bool, typer.Option("--raster-only", help="只写栅格与分县面积，不切多边形：几个市、全省时用")
    ] = False,
    crs: Annotated[str, typer.Option("--crs", help="结果 GeoPackage 的坐标系")] = "EPSG:4490",
    report: ReportOption = True,
    figures: FiguresOption = True,
    pdf: PdfOption = False,
    template: TemplateOption = None,
    lang: LangOption = "zh",
    tiles: Annotated[str, typer.Option("--tiles", help="在线底图：gaode 或 tianditu:密钥")] = "",
    redact: RedactOption = None,
    keep_going: KeepGoingOption = False,
    as_json: JsonOption = False,
) -> None:
    """找地：一种用途在一市一县还能放在哪里，哪几块最好。Where a use could go."""
    from datetime import date

    from geo.assessment import assess
    from geo.availability.area import find_area
    from geo.availability.places import ACCEPTED, Wanted, find_places, layers_aside
    from geo.availability.screening import Setting
    from geo.availability.use import stated_use
    from geo.availability.weights import read_weights
    from geo.catalog import load_layers
    from geo.errors import RunError
    from geo.rulebook import load_rulebook
    from geo.runs.steady import Watch, unchanged
    from geo.site_options import SiteOptions
    from geo.sites import read_sites
    from geo.writers import refuse_existing, refuse_unknown_crs, refuse_unusable_numbers
    from geo.writers.availability import availability_record, write_availability
    from geo.writers.availability_raster import write_cells
    from geo.writers.redaction import layers_named
    from geo.zones import try_needed

    refuse_existing(out)
    refuse_unknown_crs(crs)
    refuse_unusable_numbers(confidence, 1.0)
    wanted = Wanted(
        plot_ha=amount(min_area, _HECTARES, "--min-area", above_zero=True),
        width_m=amount(min_width, _METRES, "--min-width"),
        accepted=_classes(accept, ACCEPTED),
        land_only=land_only,
        weights=read_weights(weights),
    )
    outputs = chosen_outputs(report, figures, pdf, template, 0, lang, tiles)
    cells_m = amount(resolution, _METRES, "--resolution", above_zero=True) if resolution else None
    use = stated_use(
        industry=industry,
        development=development,
        processes=process or [],
        purpose=purpose,
        facts=facts or [],
        datum_less=datum_less,
        accuracy_m=amount(accuracy, _METRES, "--accuracy"),
    )
    manifest = find_manifest(layers)
    hidden = redacted_names(redact, manifest)
    if raster_only and hidden:
        raise RunError("--raster-only 与 --redact 不能同用：栅格上看得出图层的形状；不写栅格，或不略去")
    reading = SiteOptions(datum=tuple(datum or ()))
    watch = Watch(manifest, [*(sites or ()), rules, weights])
    with progress_shown(quiet=as_json) as progress:
        progress("读取规则册")
        catalog = load_layers(manifest, keep_going=keep_going)
        setting = Setting(
            load_rulebook(overlay=rules), catalog, on.date() if on else date.today(), confidence
        )
        area = catalog.keep_on(lambda: find_area(catalog, city or (), adcode or (), county or (), park or ()))
        try_needed(setting.rules_of(setting.scope(use.sites(area.geometry.to_numpy()))), catalog)
        if raster_only:
            counties = {
                "layers": str(manifest),
                "rules": str(rules or ""),
                "area": sorted(set(area["county"])),
            }
            asked = {**counties, "park": list(park or ()), "resolution_m": cells_m or 30.0}
            cells = catalog.keep_on(
                lambda: write_cells(use, area, setting, out, cells_m or 30.0, asked, progress, outputs.lang)
            )
            show_cells(cells, use, out, as_json)
            if not as_json:
                show_set_aside(layers_aside(use, area, setting))
            return
        listed = verdicts = None
        inputs: tuple[str, ...] = ()
        if sites:
            progress("筛查清单")
            run = assess(
                setting.rulebook,
                setting.catalog,
                read_sites(*sites, **reading.arguments()),
                setting.on,
                confidence,
                move_radius_m=0.0,
            )
            listed, verdicts, inputs = run.sites, run.verdicts, run.inputs
        found = catalog.keep_on(lambda: find_places(use, area, setting, wanted, listed, verdicts, progress))
        stated = {
            "layers": str(manifest),
            "rules": str(rules or ""),
            "area": sorted(set(area["county"])),
            "park": list(park or ()),
            "min_area_ha": wanted.plot_ha,
            "min_width_m": wanted.width_m,
            "accept": list(wanted.accepted),
            "land_only": land_only,
            "resolution_m": cells_m,
            "weights": str(weights or ""),
            "sites": list(inputs),
            **reading.record(),
            **outputs.record(),
            "lang": lang,
            "redact": list(hidden),
            "keep_going": str(keep_going),
        }
        withheld = layers_named(hidden, setting.catalog)
        last = unchanged(watch, setting.catalog)
        write_availability(found, out, setting, crs, stated, progress, cells_m, outputs, withheld, last)
    if as_json:
        record = availability_record(found, setting, crs, stated)
        print_json({"out": str(out), "run": record, "classes": found.classes.to_dict("records")})
        return
    show_availability(found, use)
    show_set_aside(found.assessment.set_aside)
    typer.echo(f"结果：{out}（{'、'.join(sorted(path.name for path in out.iterdir()))}）")


def amount(text: str, units: dict[str, float], option: str, above_zero: bool = False) -> float:
    """An amount with its unit, in the first unit of the table.

    >>> amount("300亩", _HECTARES, "--min-area"), amount("0.2 km", _METRES, "--min-width")
    (20.0, 200.0)
    """
    from geo.errors import RunError

    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(\S*)\s*", text)
    if found is None or found[2] not in units or (above_zero and float(found[1]) <= 0):
        example = "20ha、300亩" if units is _HECTARES else "200m、1.5km"
        raise RunError(f"{option} {text} 看不懂；写成 {example}")
    return float(found[1]) * units[found[2]]


def shortened(rule_ids: str, most: int = 6) -> str:
    """A joined list of rules, the first few of many.

    >>> shortened("A-1;A-2;A-3", 2)
    'A-1、A-2 等 3 条'
    """
    listed = rule_ids.split(";")
    return "、".join(listed[:most]) + (f" 等 {len(listed)} 条" if len(listed) > most else "")


def _classes(asked: Names, default: Any) -> tuple[str, ...]:
    from geo.availability.classes import FREE
    from geo.errors import RunError
    from geo.terms import Outcome

    known = [FREE, Outcome.ADVISED, Outcome.CONDITIONAL, Outcome.RESTRICTED]
    unknown = [word for word in asked or () if word not in known]
    if unknown:
        raise RunError(f"--accept {unknown[0]} 不能作为可落地的类别；可用：{'、'.join(map(str, known))}")
    return tuple(asked) if asked else tuple(default)


def show_cells(cells: Any, use: Use, out: Path, as_json: bool) -> None:
    """Hectares by class of a run of rasters alone."""
    from geo.availability.classes import class_zh
    from geo.writers.styles import PRELIMINARY_NOTE

    sums = cells.groupby("class")["area_ha"].sum()
    if as_json:
        print_json({"out": str(out), "hectares": {str(word): float(ha) for word, ha in sums.items()}})
        return
    rows = [[class_zh(str(word)), f"{ha:,.1f}"] for word, ha in sums.items()]
    show_table(f"行业 {use.industry} 的用地（公顷，按像元合计）", [["类别", "面积"], *rows])
    typer.echo(PRELIMINARY_NOTE)
    typer.echo(f"结果：{out}（{'、'.join(sorted(path.name for path in out.iterdir()))}）")


def show_availability(found: Availability, use: Use) -> None:
    """Hectares by class, the rules that cost most, what layers would settle, candidates: in a terminal."""
    from geo.availability.classes import class_zh
    from geo.writers.styles import DEMO_NOTE, PRELIMINARY_NOTE

    by_class = found.classes.groupby("class")["area_ha"].sum()
    by_place = found.place_classes.groupby("class")["area_ha"].sum()
    words = [*dict.fromkeys([*by_class.index, *by_place.index])]
    rows = [[class_zh(w), f"{by_class.get(w, 0.0):,.1f}", f"{by_place.get(w, 0.0):,.1f}"] for w in words]
    show_table(f"行业 {use.industry} 的用地（公顷）", [["类别", "按全部规则", "只看位置"], *rows])
    costs = found.rules[found.rules["bites_ha"] + found.rules["open_ha"] > 0].head(12)
    rows = [
        [r.rule_id, r.title, *(f"{v:,.1f}" for v in (r.bites_ha, r.open_ha, r.marginal_ha, r.frees_ha))]
        for r in costs.itertuples()
    ]
    show_table("规则代价（公顷）", [["规则", "名称", "触及", "待核实", "单独代价", "去掉后可用"], *rows])
    together = found.combinations[found.combinations["rules"] > 1].head(6)
    if len(together):
        rows = [
            [r.class_zh, shortened(r.rule_ids), f"{r.area_ha:,.1f}", f"{r.frees_ha:,.1f}"]
            for r in together.itertuples()
        ]
        heads = ["类别", "共同决定的规则", "面积", "同时去掉后可用"]
        show_table("几条规则共同占用（公顷）", [heads, *rows])
    if len(found.layers):
        rows = [
            [f"{r.step:.0f}", r.theme_zh, *(f"{v:,.1f}" for v in (r.open_ha, r.settles_ha, r.together_settles_ha, r.together_frees_ha))]
            for r in found.layers.head(15).itertuples()
        ]  # fmt: skip
        heads = ["次序", "图层", "涉及待核实", "单凭它可定", "补到此步可定", "其中最多可选"]
        show_table("补图层能改变什么（公顷；只看位置）", [heads, *rows])
    if len(found.candidates):
        rows = [
            [r.candidate_id, r.county, f"{r.score:.2f}", f"{r.width_m:,.0f}", f"{r.margin_m:,.0f}", r.outcome_zh]
            for r in found.candidates.itertuples()
        ]  # fmt: skip
        show_table("备选地", [["编号", "县", "得分", "地块宽（米）", "距限线（米）", "复筛"], *rows])
    else:
        typer.echo("备选地：没有；待核实的规则见上表，也可试 --land-only 或 --accept conditional")
    if len(found.better):
        told = found.better[found.better["distance_m"].notna()]["site_id"].nunique()
        typer.echo(f"不可行项目：{found.better['site_id'].nunique()} 个，{told} 个有别处可去")
    typer.echo(PRELIMINARY_NOTE)
    if found.has_demo:
        typer.echo(DEMO_NOTE)
