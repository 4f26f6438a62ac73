"""The verbs of ``hongxian sites``: look at site lists before screening."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from geo.cli.console import JsonOption, print_json, progress_shown, show_table
from geo.errors import PROBLEM_COLUMNS

sites_app = typer.Typer(help="场地清单：检查。Site lists.", no_args_is_help=True, rich_markup_mode=None)

DatumOption = Annotated[
    str | None,
    typer.Option("--datum", help="没有写坐标系的行按什么算：cgcs2000、wgs84、gcj02、bd09；不写即为未申报"),
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


@sites_app.callback()
def sites() -> None:
    """场地清单：检查。Site lists."""


@sites_app.command("check")
def sites_check(
    files: Annotated[
        list[Path],
        typer.Argument(help="场地清单：CSV、XLSX、界址点 TXT、KML、SHP（可压成 ZIP）、GDB、GPKG、GML、DXF …"),
    ],
    datum: DatumOption = None,
    industry: IndustryOption = "",
    development: DevelopmentOption = "",
    adcode: AdcodeOption = "",
    zone: ZoneOption = "",
    packed_dms: PackedOption = False,
    as_json: JsonOption = False,
) -> None:
    """只读不筛：读出了哪些场地、什么坐标系、在哪里、有什么错。Read without screening."""
    from geo.site_check import HEADINGS, gather, summarise, wording
    from geo.sites import read_files

    defaults = {"industry": industry, "development": development, "adcode": adcode, "zone": zone}
    with progress_shown(quiet=as_json) as progress:
        progress("读取场地")
        read = read_files(*files, datum=datum, packed_dms=packed_dms, defaults=defaults)
    summaries = [summarise(file) for file in read]
    problems = [problem for file in read for problem in file.problems]
    notes = [note for file in read for note in file.notes]
    if as_json:
        listed = [
            {**{k: v for k, v in row.items() if k != "geometry"}, "wkt": row["geometry"].wkt}
            for file in read
            for row in file.rows
        ]
        print_json(
            {
                "files": summaries,
                "sites": listed,
                "notes": [asdict(note) for note in notes],
                "faults": [asdict(problem) for problem in problems],
            }
        )
    else:
        show_table("场地清单", [[*HEADINGS.values()], *map(wording, summaries)])
        heads = [*PROBLEM_COLUMNS.values()]
        show_table("说明（不妨碍筛查）", [["文件", "位置", "说明", "怎么办"], *gather(notes)])
        show_table("错误", [heads, *[list(p.as_row()) for p in problems]])
    if problems:
        raise typer.Exit(2)
