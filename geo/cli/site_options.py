"""The options by which site lists are read, shared by ``screen`` and ``sites check``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from geo.site_options import SiteOptions

DatumOption = Annotated[
    list[str] | None,
    typer.Option(
        "--datum",
        help="没有写坐标系的行按什么算：cgcs2000、wgs84、gcj02、bd09、xian1980、beijing1954；"
        "只指一个文件写 文件名=gcj02（可重复）；不写即为未申报",
    ),
]
IndustryOption = Annotated[
    str, typer.Option("--industry", help="没有写行业代码的场地用这个（GB/T 4754-2017，如 2521）")
]
DevelopmentOption = Annotated[
    str, typer.Option("--development", help="没有写建设性质的场地用这个：新建、改建、扩建、已建")
]
AdcodeOption = Annotated[
    str, typer.Option("--adcode", help="没有写行政区划代码的场地用这个，如 140882；横坐标没有带号时据此判断")
]
ZoneOption = Annotated[
    str, typer.Option("--zone", help="横坐标没有带号时的带号或中央经线：37、38、19、20 或 111、114")
]
PackedOption = Annotated[
    bool, typer.Option("--packed-dms", help="经纬度列的 112.3256 是 112°32′56″，不是十进制度")
]
MapOption = Annotated[
    list[str] | None, typer.Option("--map", help="列名对照，如 --map name=工程名称（可重复）")
]
SiteLayerOption = Annotated[
    list[str] | None,
    typer.Option("--site-layer", help="只读场地文件的这个图层或工作表（DXF、GDB、GPKG、XLSX；可重复）"),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", help="只读字段等于这些值的行，如 --where DLBM=0601,0602 或 DLBM=06*（可重复）"),
]
WordsOption = Annotated[
    Path | None, typer.Option("--words", help="词语对照表 YAML：清单里的行业、建设性质用词是什么意思")
]
ParamsOption = Annotated[
    Path | None,
    typer.Option("--datum-params", help="1980西安、1954北京坐标系到 CGCS2000 的四参数或七参数（YAML）"),
]


def site_options(
    datum: list[str] | None,
    defaults: dict[str, str],
    packed_dms: bool,
    headings: list[str] | None,
    layers: list[str] | None,
    where: list[str] | None,
    words: Path | None,
    parameters: Path | None,
) -> SiteOptions:
    """The options as they were given on the command line."""
    from geo.site_options import SiteOptions

    return SiteOptions(
        tuple(datum or ()),
        defaults,
        packed_dms,
        tuple(headings or ()),
        tuple(layers or ()),
        tuple(where or ()),
        words,
        parameters,
    )
