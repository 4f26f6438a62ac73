"""Options of the command line on what a run writes for print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from geo.language import Lang
    from geo.rasters.resolution import RasterOptions
    from geo.writers.outputs import Outputs

QuickOption = Annotated[
    bool,
    typer.Option(
        "--quick",
        help="只要结论：GeoPackage、CSV 和运行记录，几秒即得；不写地图、报告、图件、工作簿和工程，不找最小移动，不做修复",
    ),
]
ReportOption = Annotated[
    bool, typer.Option("--report/--no-report", help="初步研判报告 report.docx 与 report.html")
]
FiguresOption = Annotated[
    bool, typer.Option("--figures/--no-figures", help="图件文件夹 figures（PNG、SVG、PDF）")
]
PdfOption = Annotated[bool, typer.Option("--pdf", help="另由 LibreOffice 生成 report.pdf")]
TemplateOption = Annotated[
    Path | None, typer.Option("--template", help="单位自己的 Word 模板（.docx），报告接在其后")
]
ReportSitesOption = Annotated[
    int, typer.Option("--report-sites", min=0, help="报告中逐个详述的项目数上限，其余列表")
]
RastersOption = Annotated[
    bool,
    typer.Option("--rasters", help="另写栅格（COG）：管控程度、决定规则、距基准线距离、修复措施与优先度"),
]
ResolutionOption = Annotated[
    str, typer.Option("--resolution", help="栅格像元大小，如 10m（默认：一个县 10m，更多 30m）")
]
RasterAdcodeOption = Annotated[
    list[str] | None,
    typer.Option("--raster-adcode", help="栅格画哪些区划，如 1408；可写几次（默认：场地所在县）"),
]
RedactOption = Annotated[
    list[str] | None,
    typer.Option(
        "--redact",
        help="略去这些图层的图形，写图层键或主题（中文、代码都行），逗号分开：farmland_permanent,生态保护红线；关系、距离和面积照列",
    ),
]
LangOption = Annotated[str, typer.Option("--lang", help="结果的语言：zh 中文，en 英文")]


def chosen_language(lang: str) -> Lang:
    """The language asked for. Raises :class:`~geo.errors.RunError` for another."""
    from geo.errors import RunError
    from geo.language import Lang

    if lang not in list(Lang):
        raise RunError(f"不认识的语言 --lang {lang}；可用：{'、'.join(Lang)}")
    return Lang(lang)


def chosen_outputs(
    report: bool,
    figures: bool,
    pdf: bool,
    template: Path | None,
    report_sites: int,
    lang: str,
    tiles: str,
    shapefile: bool = False,
    rasters: RasterOptions | None = None,
    redact: tuple[str, ...] = (),
    quick: bool = False,
) -> Outputs:
    """The outputs asked for; raises :class:`~geo.errors.RunError` before any work where they cannot be made."""
    from geo.writers.outputs import Outputs
    from geo.writers.tiles import read_tiles

    outputs = Outputs(
        quick,
        report and not quick,
        figures and not quick,
        pdf,
        template,
        report_sites,
        lang=chosen_language(lang),
        tiles=read_tiles(tiles) if tiles else None,
        shapefile=shapefile,
        rasters=rasters,
        redact=redact,
    )
    outputs.refuse_unfit()
    return outputs


def redacted_names(redact: list[str] | None, manifest: Path) -> tuple[str, ...]:
    """What is to be left out; raises :class:`~geo.errors.RunError` before any work where the manifest holds no such layer."""
    from geo.catalog import load_layers
    from geo.writers.redaction import layers_named, split_names

    names = tuple(split_names(redact or ()))
    if names:
        layers_named(names, load_layers(manifest))
    return names


def raster_options(
    rasters: bool, resolution: str, adcodes: list[str] | None, named: str = "--raster-adcode"
) -> RasterOptions | None:
    """What is asked of rasters; raises :class:`~geo.errors.RunError` where cells are stated but no rasters asked for."""
    from geo.errors import RunError
    from geo.rasters.resolution import RasterOptions

    if not rasters:
        if resolution or (adcodes and named == "--raster-adcode"):
            raise RunError("--resolution、--raster-adcode 是栅格的选项，要与 --rasters 同用；加上 --rasters")
        return None
    options = RasterOptions(resolution, tuple(adcodes or ()))
    options.refuse_unfit()
    return options
