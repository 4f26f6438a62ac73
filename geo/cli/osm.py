"""``hongxian layers import-osm``: layers from an OpenStreetMap extract."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.cli.console import JsonOption, RulesOption, print_json, progress_shown, read_book, show_table


def layers_import_osm(
    file: Annotated[Path, typer.Argument(help="OSM 数据，如 shanxi.osm.pbf（自备；软件不联网下载）")],
    out: Annotated[Path, typer.Option("--out", help="写出的 GeoPackage（不得已存在）")] = Path(
        "layers/osm.gpkg"
    ),
    manifest: Annotated[Path, typer.Option("--manifest", help="要补的图层清单")] = Path(
        "layers/manifest.yaml"
    ),
    rules: RulesOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="同时登记到图层清单")] = False,
    as_json: JsonOption = False,
) -> None:
    """没有官方图层时，从 OSM 数据做河流、湖库、铁路、学校、医院、居民区图层应急。Layers from OpenStreetMap."""
    from geo.manifest.add import add_layers
    from geo.manifest.file import as_yaml
    from geo.osm.extract import read_extract
    from geo.osm.layers import LICENCE, propose_osm, write_layers
    from geo.osm.names import asked_names
    from geo.terms import Theme

    with progress_shown(quiet=as_json) as progress:
        progress("读取规则所指的河渠、铁路名称")
        book = read_book(rules)
        rivers = asked_names(book, Theme.RIVER, Theme.CANAL, Theme.LEVEE, Theme.VALLEY)
        railways = asked_names(book, Theme.RAILWAY)
        progress("读取 OSM 数据（全省约需几分钟）")
        extract = read_extract(file, rivers, railways)
        progress("写出图层")
        write_layers(extract, out)
        proposals = propose_osm(out, manifest, extract)
        keys = add_layers(manifest, proposals) if yes and proposals else []
    named = sorted({str(n) for layer in ("river", "canal") for n in extract.layers[layer]["name"]} & rivers)
    lacking = sorted(rivers - set(named))
    counts = {name: len(frame) for name, frame in extract.layers.items()}
    dated = str(extract.as_of or "")
    if as_json:
        said = {
            "out": str(out),
            "as_of": dated,
            "licence": LICENCE,
            "counts": counts,
            "broken": extract.broken,
        }
        print_json(
            {
                **said,
                "named": named,
                "lacking": lacking,
                "added": keys,
                "entries": [p.entry for p in proposals],
            }
        )
        return
    show_table("OSM 图层", [["图层", "要素"], *[[name, str(count)] for name, count in counts.items()]])
    typer.echo(f"数据时点：{dated or '不明'}。{LICENCE}")
    typer.echo(f"规划所指的河渠，找到：{'、'.join(named) or '无'}；没找到：{'、'.join(lacking) or '无'}")
    if extract.broken:
        typer.echo(f"{extract.broken} 个要素几何不全（多在数据边缘），没有写出")
    typer.echo("志愿者数据，各处是否齐全不知道：找到的算数，没找到不等于没有。工业用地只供查看，不作园区")
    if keys:
        typer.echo(f"已写入 {manifest}：{'、'.join(keys)}。精度是估计，可在清单里改")
    else:
        typer.echo("".join(as_yaml(p.entry) for p in proposals))
        typer.echo(f"已写出 {out}；以上条目未登记，用 hongxian layers add 登记，或换 --out 加 --yes 重来")
