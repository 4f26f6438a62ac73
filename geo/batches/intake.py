"""Site lists of any length to parts of neighbours: read in pieces, ordered along a Hilbert curve, kept as GeoParquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geo.batches.arrow import packed
from geo.batches.folder import PartsFolder
from geo.contracts import conform
from geo.errors import Problem, SiteError
from geo.frames import REJECTED, SITES
from geo.index.boxes import hilbert_order
from geo.sitefiles.columns import synonyms
from geo.sitefiles.vectors import STREAMED
from geo.sites import read_pieces
from geo.space import WORKING_CRS

if TYPE_CHECKING:
    import pyarrow as pa

#: Sites of a part, unless asked otherwise; lists of more are screened in parts.
PART_SITES = 10_000

Progress = Callable[[str], None]


def count_sites(paths: Iterable[Path]) -> int:
    """How many sites lists hold, told without reading them: features of shapes, lines of CSV.

    A CSV of corners, workbooks, KML, TXT and archives count nothing: those are short lists unless somebody says otherwise.
    """
    return sum(map(_count, paths))


def _count(path: Path) -> int:
    suffix = path.suffix.lower()
    try:
        if suffix == ".csv":
            return _lines(path)
        if suffix in (".parquet", ".geoparquet"):
            import pyarrow.parquet as pq

            return int(pq.read_metadata(path).num_rows)
        if suffix in STREAMED or suffix == ".gdb":
            names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
            return max((int(pyogrio.read_info(path, layer=name)["features"]) for name in names), default=0)
    except (OSError, ValueError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError):
        pass  # whoever reads the file tells what is wrong with it
    return 0


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        head = file.read(4096)
        shown = "".join(head.decode(name, errors="ignore") for name in ("utf-8", "gb18030", "utf-16"))
        if any(word in shown for word in ("vertex", *synonyms()["vertex"])):
            return 0
        return head.count(b"\n") + sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def take_in(
    paths: Iterable[Path], arguments: dict[str, Any], folder: PartsFolder, part_sites: int, progress: Progress
) -> None:
    """Read site lists, order the sites by place and keep them as parts in a folder.

    ``arguments`` as :func:`geo.sites.read_sites` takes them. Raises :class:`~geo.errors.SiteError` with every fault.
    """
    keep_going = arguments.pop("keep_going", False)
    problems: list[Problem] = []
    notes: list[Problem] = []
    tables: list[pa.Table] = []
    count = 0
    for reading in read_pieces(*paths, size=part_sites, **arguments):
        problems += reading.problems
        notes += reading.notes[: max(0, _NOTES_UP_TO - len(notes))]
        count += len(reading.rows)
        progress(f"读取场地（已读 {count:,} 个）")
        if reading.rows and (keep_going or not problems):
            columns = {name: [row[name] for row in reading.rows] for name in (*SITES, "geometry")}
            tables.append(_table(conform(gpd.GeoDataFrame(columns, crs=WORKING_CRS), SITES)))
    if problems and not keep_going:
        faulty = len({(p.file, p.where) for p in problems})
        raise SiteError(
            f"场地清单有 {faulty} 处（行）错误，未开始筛查；加 --keep-going 可先筛查其余各行", problems
        )
    if not tables:
        raise SiteError("没有可以筛查的场地", problems)
    progress("按位置分批")
    parts = keep_parts(tables, folder, part_sites)
    folder.say(
        {
            "sites": count,
            "parts": parts,
            "rejected": [list(problem.as_row()) for problem in problems],
            "notes": [asdict(note) for note in notes],
        }
    )


#: More remarks on how rows were read are not kept: a list of a million rows may have a million.
_NOTES_UP_TO = 10_000


def keep_parts(tables: list[pa.Table], folder: PartsFolder, part_sites: int) -> int:
    """Tables of sites (geometry as WKB) cut into parts of neighbours, kept as GeoParquet; how many there are."""
    import pyarrow as pa

    together = pa.concat_tables(tables)
    tables.clear()
    order = hilbert_order(_middles(together))
    parts = -(-len(order) // part_sites)
    for number in range(parts):
        rows = order[number * part_sites : (number + 1) * part_sites]
        folder.keep_sites(number, packed(_frame(together.take(rows))))
    return parts


def _middles(table: pa.Table) -> np.ndarray:
    """The middle of each footprint's box."""
    found = []
    for batch in table.select(["geometry"]).to_batches():
        box = shapely.bounds(shapely.from_wkb(batch.column(0).to_numpy(zero_copy_only=False)))
        found.append((box[:, :2] + box[:, 2:]) / 2)
    return np.concatenate(found)


def _table(sites: gpd.GeoDataFrame) -> pa.Table:
    import pyarrow as pa

    plain = pd.DataFrame(sites.drop(columns="geometry"))
    return pa.Table.from_pandas(plain.assign(geometry=sites.geometry.to_wkb()), preserve_index=False)


def _frame(table: pa.Table) -> gpd.GeoDataFrame:
    plain = table.to_pandas()
    shapes = shapely.from_wkb(plain.pop("geometry").to_numpy())
    return gpd.GeoDataFrame(plain, geometry=shapes, crs=WORKING_CRS)  # texts stay as Arrow holds them


def sites_as_parts(sites: Iterator[gpd.GeoDataFrame], folder: PartsFolder, part_sites: int) -> None:
    """Sites that are frames already, kept as parts: what programs hand over."""
    tables = [_table(conform(frame, SITES)) for frame in sites]
    count = sum(table.num_rows for table in tables)
    folder.say({"sites": count, "parts": keep_parts(tables, folder, part_sites), "rejected": [], "notes": []})


def rejected_frame(said: dict[str, Any]) -> pd.DataFrame:
    """The rows that were not screened, as :data:`geo.frames.REJECTED`."""
    return conform(pd.DataFrame(said["rejected"], columns=list(REJECTED)), REJECTED)
