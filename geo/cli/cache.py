"""``hongxian layers cache``: what the cache of large layers holds, and emptying it."""

from __future__ import annotations

from typing import Annotated

import typer

from geo.cli.console import CacheOption, JsonOption, print_json, show_table


def layers_cache(
    cache: CacheOption = None,
    clear: Annotated[bool, typer.Option("--clear", help="清空缓存，删去所有图层副本")] = False,
    as_json: JsonOption = False,
) -> None:
    """看大图层的缓存里有什么；--clear 清空。The cache of large layers."""
    from geo.cache import LayerCache
    from geo.parsed import cache_folder

    kept = LayerCache(cache or cache_folder())
    entries = kept.entries()
    removed = kept.clear() if clear else 0
    if as_json:
        held = [
            {"source": e.about["source"], "features": e.about["features"], "bytes": e.size} for e in entries
        ]
        print_json({"folder": str(kept.folder), "removed": removed, "layers": [] if clear else held})
    elif clear:
        typer.echo(f"已清空 {kept.folder}：删去 {removed} 个图层副本")
    else:
        rows = [
            [str(e.about["source"]), f"{e.about['features']:,}", f"{e.size / 1e6:,.1f} MB"] for e in entries
        ]
        show_table(f"缓存 {kept.folder}", [["来源", "要素", "大小"], *rows])
        typer.echo("副本里有图层的几何和属性；涉密或内部数据用完请 hongxian layers cache --clear")
