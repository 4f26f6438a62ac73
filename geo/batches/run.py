"""A large run from its site lists to its folder: taken in, screened in parts, streamed together."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geo.asides import unfinished
from geo.batches.arrow import refuse_without_pyarrow, rows_of, shapes_in, unpacked
from geo.batches.engines import Engine, in_this_process
from geo.batches.folder import PartsFolder
from geo.batches.intake import PART_SITES, take_in
from geo.batches.job import Job, digest, hash_files
from geo.batches.part import assess_part
from geo.batches.whole import Whole, outermost
from geo.cache import LayerCache
from geo.catalog import load_layers
from geo.contracts import conform, empty
from geo.english import in_english
from geo.frames import FINDINGS, SITES
from geo.language import Lang
from geo.rulebook import load_rulebook
from geo.runs.overrides import named_sites, read_decisions
from geo.runs.request import Request
from geo.runs.steady import unchanged
from geo.runs.variants import read_variants
from geo.runs.what_if import lay_all, refuse_unknown_sites
from geo.space import WORKING_CRS
from geo.terms import Outcome
from geo.writers.content import Content, Kind
from geo.writers.contents import PER_SITE, run_contents, told_in
from geo.writers.folders import refuse_existing, whole_folder
from geo.writers.geopackage import crs_transform, write_layer, written_aside
from geo.writers.qgis import write_project
from geo.writers.redaction import without_shapes

if TYPE_CHECKING:
    import pyarrow as pa

Progress = Callable[[str], None]

#: What a large run leaves out, and how to have it.
LEFT_OUT = (
    "大批量结果不含地图、报告、图件、工作簿、CSV、场地与规则矩阵、先补图层、最小移动和修复："
    "把要细看的场地另存一份清单再筛查；修复用 hongxian restore"
)
#: Rows written at once.
_ROWS = 20_000
#: Of so many sites a GeoPackage has tens of megabytes.
_MANY = 10_000


@dataclass(frozen=True)
class Large:
    """How a large run is made: ``part_sites`` sites a part, by which engine; which forms it is written in."""

    part_sites: int = PART_SITES
    engine: Engine = in_this_process
    geopackage: bool = True
    parquet: bool = False
    redact: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """What ``run.json`` holds of it."""
        return {
            "large": {
                "part_sites": self.part_sites,
                "geopackage": self.geopackage,
                "parquet": self.parquet,
                "redact": list(self.redact),
            }
        }


def screen_large(
    request: Request,
    target: Path,
    large: Large = Large(),
    crs: str = WORKING_CRS,
    options: dict[str, Any] | None = None,
    progress: Progress = lambda stage: None,
    cache: LayerCache | None = None,
) -> dict[str, Any]:
    """Screen site lists of any length into a new folder; its ``run.json`` is returned.

    Finished parts are kept in ``TARGET.parts`` until the folder is whole: asked again, the run goes on after the last of
    them, if sites, rules, layers and options are the same. Rows are in the order of parts, along a Hilbert curve. Memory:
    the layers, one part, and of all sites what their list states (some 400 bytes each). Raises
    :class:`~geo.errors.HongxianError` of the kind whose input is at fault.
    """
    refuse_without_pyarrow("分批筛查")
    refuse_existing(target)
    variants = tuple(read_variants(request.what_if))
    progress("读取规则册")
    book = load_rulebook(overlay=request.rules)
    watch = request.watch()
    layers = load_layers(request.layers, cache, progress, request.keep_going)
    if request.keep_going:
        layers.try_layers(layers.layers)
    stated = (request.on, request.confidence, request.stale_after)
    job = Job(book, layers, *stated, large.redact, request.lang, variants, lay_all(book, variants))
    progress("核对图层与场地文件")
    given = [*request.files, *request.reading.files, *([request.overrides] if request.overrides else [])]
    hashes = (
        hash_files(given) if all(path.exists() for path in given) else []
    )  # reading tells what is not there
    asked = {**request.options(), "part_sites": large.part_sites, "sites": hashes, "job": job.key}
    folder = PartsFolder.open(target, digest(asked))
    if folder.said is None:
        arguments = {"keep_going": request.keep_going, **request.reading.arguments()}
        with unfinished(folder.path):
            take_in(request.files, arguments, folder, large.part_sites, progress)
            watch.refuse_changed(layers)  # parts go by what the lists held before they were read
    job = _about_sites(job, folder, request.overrides)
    screen_parts(job, folder, large.engine, progress)
    whole = Whole(job, folder, tuple(map(str, request.files)))
    recorded = {**(options or request.options()), **large.record()}
    record = write_large(whole, target, large, crs, recorded, progress, unchanged(watch, layers))
    folder.remove()
    return record


def _about_sites(job: Job, folder: PartsFolder, overrides: Path | None) -> Job:
    """The job with what is said of single sites, all its faults told before any part is screened.

    Raises :class:`~geo.errors.RunError` for sites that a variant or a decision names and the list has not, and as
    :func:`geo.runs.overrides.read_decisions`.
    """
    if overrides is None and not any(variant.site_ids for variant in job.variants):
        return job
    import pyarrow.parquet as pq

    said = folder.said
    assert said is not None
    files = [folder.sites_of(number) for number in range(int(said["parts"]))]
    ids = [pq.read_table(path, columns=["site_id"]).column(0).to_pylist() for path in files]
    known = [site_id for part in ids for site_id in part]
    refuse_unknown_sites(job.variants, set(known))
    if overrides is None:
        return job
    named = set(named_sites(overrides))
    held = [unpacked(path) for path, part in zip(files, ids, strict=True) if named.intersection(part)]
    own = [frame[frame["site_id"].isin(named)] for frame in held] or [empty(SITES, spatial=True)]
    sites = conform(gpd.GeoDataFrame(pd.concat(own, ignore_index=True), crs=WORKING_CRS), SITES)
    decided = read_decisions(overrides, assess_part(replace(job, variants=()), sites), known)
    return replace(job, decisions=decided)


def screen_parts(job: Job, folder: PartsFolder, engine: Engine, progress: Progress) -> None:
    """Screen the parts of a folder that are not finished yet."""
    said = folder.said
    assert said is not None
    count = int(said["parts"])
    left = [number for number in range(count) if not folder.is_finished(number)]
    done = count - len(left)
    if not left:
        return
    progress(_told(done, count, 0.0, 0))
    began = time.monotonic()
    results = engine(job, left, lambda number: folder.sites_of(number).read_bytes())
    try:
        for finished, (number, files) in enumerate(results, start=1):
            folder.keep(number, files)
            progress(_told(done + finished, count, time.monotonic() - began, finished))
    finally:
        close = getattr(results, "close", None)
        if close is not None:
            close()  # workers are let go at once, not when memory is cleared


def _told(done: int, count: int, took_s: float, finished: int) -> str:
    """How far it is, and how long it may take yet.

    >>> _told(3, 10, 60.0, 2)
    '分批筛查：已完成 3/10 批，约还需 3 分 30 秒'
    """
    text = f"分批筛查：已完成 {done}/{count} 批"
    if not finished or done == count:
        return text
    left = round(took_s / finished * (count - done))
    hours, minutes, seconds = left // 3600, left // 60 % 60, left % 60
    return f"{text}，约还需 " + (
        f"{hours} 小时 {minutes} 分"
        if hours
        else f"{minutes} 分 {seconds} 秒"
        if minutes
        else f"{seconds} 秒"
    )


def write_large(
    whole: Whole,
    target: Path,
    large: Large,
    crs: str,
    options: dict[str, Any],
    progress: Progress,
    last: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Stream finished parts into a new folder: ``screening.gpkg`` with its project, ``parquet/``, ``run.json``.

    ``last`` is asked before the folder takes its place, and may raise.
    """
    made_of = whole.assessment()
    lang = whole.job.lang
    with whole_folder(target, last) as partial:
        if large.geopackage:
            # zones come from the parts, which hold none of what is withheld; layers beside them do not
            assessment = without_shapes(made_of, made_of.withheld)
            if lang is Lang.EN:
                spoke = assessment.findings  # which rules and layers spoke: sentences are those of the parts
                told = in_english(replace(assessment, findings=empty(FINDINGS)))
                assessment = replace(told, findings=spoke)
            contents = [_with_portfolio(content, whole) for content in run_contents(assessment, lang)]
            kept = [content for content in contents if content.name not in ("matrix", "layers_first")]
            path = partial / "screening.gpkg"
            with written_aside(path, assessment.on, large=int(whole.said["sites"]) >= _MANY):
                for content in kept:
                    progress(f"写 GeoPackage：{content.zh}")
                    _write_layer(whole, content, path, crs)
            progress("写 QGIS 工程")
            counted = np.repeat(np.array([*whole.outcomes], dtype=object), [*whole.outcomes.values()])
            # a project says how many
            summed = replace(assessment, verdicts=pd.DataFrame({"outcome": counted}))
            write_project(
                summed, [_standing_for(whole, content) for content in kept], partial, crs, lang=lang
            )
        if large.parquet:
            progress("写 GeoParquet")
            _write_parquet(whole, partial / "parquet")
        progress("写运行记录")
        record = whole.provenance(made_of, crs, options)
        text = json.dumps(record, ensure_ascii=False, indent=2)
        (partial / "run.json").write_text(text + "\n", encoding="utf-8")
    return record


def _with_portfolio(content: Content, whole: Whole) -> Content:
    """The table of rules with the counts of all parts."""
    if content.name != "portfolio":
        return content
    return replace(content, frame=told_in(content.lang, "portfolio", whole.portfolio(), whole.job.rulebook))


def _standing_for(whole: Whole, content: Content) -> Content:
    """A layer of single sites as the project is laid out by: some rows that stand for all.

    Of the layers of sites one a part, city and outcome, and the outermost; of others the rows of the first part that has any.
    """
    if content.name not in PER_SITE:
        return content
    import pyarrow.parquet as pq

    kinds = ["city", "outcome"]
    held: list[gpd.GeoDataFrame] = []
    for path in whole.folder.files(f"{content.name}.parquet", whole.parts):
        if not set(kinds) <= set(pq.read_schema(path).names):
            return replace(content, frame=unpacked(path))
        kind = pq.read_table(path, columns=kinds).to_pandas()
        rows = outermost(shapes_in(path)) | set(np.flatnonzero(~kind.duplicated()).tolist())
        held.append(rows_of(path, sorted(rows)))
    if not held:
        return content
    together = pd.concat(held, ignore_index=True)
    return replace(content, frame=gpd.GeoDataFrame(together, geometry="geometry", crs=WORKING_CRS))


def _write_layer(whole: Whole, content: Content, path: Path, crs: str) -> None:
    files = list(whole.folder.files(f"{content.name}.parquet", whole.parts))
    if content.name not in PER_SITE or not files:
        write_layer(path, content, crs)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    spatial = content.kind is not Kind.TABLE
    schema = pq.read_schema(files[0])
    columns = [*content.contract, *(["geometry"] if spatial else [])]
    fields = pa.schema([schema.field(name).remove_metadata() for name in columns])

    def batches() -> Iterator[pa.RecordBatch]:
        move = crs_transform(crs) if spatial else None
        for file in files:
            for batch in pq.ParquetFile(file).iter_batches(_ROWS, columns=columns):
                held = pa.RecordBatch.from_arrays(batch.columns, schema=fields)
                yield held if move is None else _moved(held, move)

    pyogrio.write_arrow(
        pa.RecordBatchReader.from_batches(fields, batches()),
        path,
        layer=content.name,
        driver="GPKG",
        geometry_name="geometry" if spatial else None,
        geometry_type=str(content.kind) if spatial else None,
        crs=crs if spatial else None,
        append=False,
        dataset_options={"VERSION": "1.2"} if not path.exists() else {},
        layer_options={"IDENTIFIER": content.title},
    )


def _moved(batch: pa.RecordBatch, move: Callable[[Any], Any]) -> pa.RecordBatch:
    import pyarrow as pa

    number = batch.schema.get_field_index("geometry")
    shapes = shapely.to_wkb(move(shapely.from_wkb(batch.column(number).to_numpy(zero_copy_only=False))))
    columns = batch.columns
    columns[number] = pa.array(shapes, type=batch.schema.field(number).type)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _write_parquet(whole: Whole, folder: Path) -> None:
    """A folder a layer or table, a file a part: what readers of partitioned Parquet take as one."""
    for name in PER_SITE:
        for file in whole.folder.files(f"{name}.parquet", whole.parts):
            there = folder / name / f"part-{file.parent.name}.parquet"
            there.parent.mkdir(parents=True, exist_ok=True)
            try:
                there.hardlink_to(file)
            except OSError:  # file systems without links
                there.write_bytes(file.read_bytes())


def strictest(record: dict[str, Any]) -> list[tuple[Outcome, int]]:
    """Sites by outcome, the strictest first, those that occur."""
    return [(outcome, count) for outcome in Outcome if (count := record["outcomes"].get(outcome, 0))]
