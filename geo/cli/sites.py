"""The verbs of ``hongxian sites``: look at site lists before screening."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from geo.cli.console import JsonOption, print_json, progress_shown, show_table
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
from geo.errors import PROBLEM_COLUMNS

sites_app = typer.Typer(help="场地清单：检查。Site lists.", no_args_is_help=True, rich_markup_mode=None)


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
    headings: MapOption = None,
    site_layer: SiteLayerOption = None,
    where: WhereOption = None,
    words: WordsOption = None,
    words_out: Annotated[
        Path | None,
        typer.Option("--words-out", help="把没有把握的行业、建设性质用词写成对照表，填好交 --words"),
    ] = None,
    datum_params: ParamsOption = None,
    as_json: JsonOption = False,
) -> None:
    """只读不筛：读出了哪些场地、什么坐标系、在哪里、有什么错。Read without screening."""
    from geo.site_check import HEADINGS, gather, summarise, wording
    from geo.sitefiles.answers import Answers, write_proposal
    from geo.sites import read_files

    defaults = {"industry": industry, "development": development, "adcode": adcode, "zone": zone}
    given = site_options(datum, defaults, packed_dms, headings, site_layer, where, words, datum_params)
    arguments = given.arguments()
    with progress_shown(quiet=as_json) as progress:
        progress("读取场地")
        read = read_files(*files, **arguments)
    summaries = [summarise(file) for file in read]
    problems = [problem for file in read for problem in file.problems]
    notes = [note for file in read for note in file.notes]
    if words_out is not None:
        asked = [p for p in problems if p.field in ("industry", "development") and p.value]
        write_proposal(words_out, asked, arguments["answers"] or Answers())
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
        if words_out is not None:
            typer.echo(f"词语对照表：{words_out}，填好后用 --words {words_out} 再读")
    if problems:
        raise typer.Exit(2)
