"""Large runs on the command line: options, when a list is large, what is said at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo.cli.console import print_json, show_table
from geo.cli.stopping import says_at_parting

if TYPE_CHECKING:
    from geo.batches.run import Large
    from geo.cache import LayerCache
    from geo.runs.request import Request

EngineOption = Annotated[
    str, typer.Option("--engine", help="local 本机，或 dask（分批交给 Dask 的工作进程）")
]
SchedulerOption = Annotated[
    str, typer.Option("--scheduler", help="Dask 调度器，tcp://主机:8786；不写则在本机起一个小集群")
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, help="分批筛查用几个进程（各占一份图层的内存）；不写则按处理器和内存自定"
    ),
]
BatchOption = Annotated[
    int | None,
    typer.Option(
        "--batch", min=0, help="每批几个场地，默认 10000；写明即分批，0 为不分批；场地多于一批时自动分批"
    ),
]
ParquetOption = Annotated[bool, typer.Option("--parquet", help="分批筛查时另写 GeoParquet（每批一个文件）")]
GeopackageOption = Annotated[
    bool | None,
    typer.Option("--geopackage/--no-geopackage", help="分批筛查时写 GeoPackage（默认写；dask 默认不写）"),
]


def asked_large(
    engine: str,
    scheduler: str,
    workers: int | None,
    batch: int | None,
    parquet: bool,
    geopackage: bool | None,
    files: list[Path],
) -> Large | None:
    """How a list is screened in parts; None where it is not: few sites, and nothing asks for parts.

    Raises :class:`~geo.errors.RunError` where options contradict each other or a package is not installed.
    """
    from geo.batches.arrow import has_pyarrow, refuse_without_pyarrow
    from geo.batches.intake import PART_SITES, count_sites
    from geo.errors import RunError

    if engine not in ("local", "dask"):
        raise RunError(f"不认识的 --engine {engine}；可用：local、dask")
    if scheduler and engine != "dask":
        raise RunError("--scheduler 只与 --engine dask 同用；加 --engine dask")
    asked = engine == "dask" or bool(batch) or parquet or (workers or 1) > 1
    size = batch or PART_SITES
    if asked:
        refuse_without_pyarrow("分批筛查")
        if geopackage is False and not parquet and engine == "local":
            raise RunError("--no-geopackage 要与 --parquet 同用，否则没有结果可写；加 --parquet")
    elif batch == 0 or not has_pyarrow() or count_sites(files) <= size:
        return None
    # loaded only where it is asked for: most lists are short
    from geo.batches.engines import (
        DASK_WORKERS,
        Dask,
        Processes,
        in_this_process,
        refuse_without_dask,
    )
    from geo.batches.machine import fitting_processes
    from geo.batches.run import Large

    if engine == "dask":
        refuse_without_dask()
        # a cluster's result is Parquet; a GeoPackage is made where it is asked for
        return Large(
            size, Dask(scheduler, workers or DASK_WORKERS), bool(geopackage), parquet or not geopackage
        )
    count = workers or fitting_processes(count_sites(files) // PART_SITES)
    several = Processes(count) if count > 1 else in_this_process
    return Large(size, several, geopackage is not False, parquet)


def run_large(
    request: Request,
    out: Path,
    large: Large,
    crs: str,
    options: dict[str, Any],
    progress: Any,
    cache: LayerCache | None,
) -> dict[str, Any]:
    """Screen in parts; where it is broken off, say what is kept."""
    from geo.batches.folder import SUFFIX
    from geo.batches.run import screen_large

    kept = out.with_name(out.name + SUFFIX)
    says_at_parting(
        lambda: (
            f"已中断。已完成的各批留在 {kept}：再运行同样的命令即从那里续算；不要了就删去这个文件夹"
            if kept.exists()
            else ""
        )
    )
    return screen_large(request, out, large, crs, options, progress, cache)


def show_large(record: dict[str, Any], out: Path, as_json: bool) -> None:
    """Counts and what a large run leaves out."""
    from geo.batches.run import LEFT_OUT, strictest
    from geo.writers.styles import PRELIMINARY_NOTE

    if as_json:
        print_json({"out": str(out), "run": record})
        return
    rows = [[outcome.zh, f"{count:,}"] for outcome, count in strictest(record)]
    show_table(
        f"研判结果（{record['sites']['read']:,} 个场地，{record['parts']} 批）", [["结论", "场地数"], *rows]
    )
    if record["sites"]["rejected"]:
        typer.echo(f"未筛查的行：{record['sites']['rejected']:,}（已列入结果）")
    for row in record["set_aside"]:
        rules = row["rule_ids"].replace(";", "、") or "无"
        typer.echo(f"搁置的图层：{row['layer_key']}（{row['what']}；{row['to_do']}），待核实的规则：{rules}")
    typer.echo(PRELIMINARY_NOTE)
    typer.echo(LEFT_OUT)
    typer.echo(f"结果：{out}（{'、'.join(sorted(path.name for path in out.iterdir()))}）")
