"""Reading site lists: every fault of every row at once, nothing lost.

Tables (CSV, XLSX), boundary-point files (TXT), and whatever holds shapes: KML, SHP, GDB, GPKG, DXF …
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.contracts import conform
from geo.datum_params import DatumParameters
from geo.errors import Problem, SiteError
from geo.frames import REJECTED, SITES
from geo.limits import MOST_LIST_BYTES, fault_of
from geo.sitefiles.alike import Alike, plainly_placed
from geo.sitefiles.answers import Answers
from geo.sitefiles.boundary_txt import txt_rows
from geo.sitefiles.columns import Headings, synonyms
from geo.sitefiles.footprint import RawRow
from geo.sitefiles.options import ReadOptions, Where
from geo.sitefiles.row import Numbers, RowReader
from geo.sitefiles.sheets import csv_tables, xlsx_sheets
from geo.sitefiles.tables import sheet_rows
from geo.sitefiles.vectors import STREAMED, UNREADABLE, vector_pieces, vector_rows
from geo.space import WORKING_CRS
from geo.terms import Datum, Fact


@dataclass(frozen=True)
class SiteList:
    """The sites of one or several files, and the rows that were rejected (``--keep-going``).

    ``notes`` are remarks on how the files were read: nothing that keeps a site from being screened.
    """

    sites: gpd.GeoDataFrame
    rejected: pd.DataFrame
    inputs: tuple[Path, ...] = ()
    notes: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class FileReading:
    """What one file held: its good rows, all its faults, remarks, and how many sites it states."""

    path: Path
    rows: list[dict[str, Any]]
    problems: list[Problem]
    notes: list[Problem]
    stated: int


def read_sites(
    *paths: Path | str,
    datum: Datum | str | Mapping[str, str] | None = None,
    keep_going: bool = False,
    packed_dms: bool = False,
    defaults: Mapping[str, str] | None = None,
    headings: Mapping[str, str] | None = None,
    layers: Sequence[str] = (),
    where: Sequence[str] = (),
    answers: Answers | None = None,
    parameters: Mapping[Datum, DatumParameters] | None = None,
) -> SiteList:
    """Read site lists into one Sites frame (columns: :data:`geo.frames.SITES`; EPSG:4490).

    ``datum`` (cgcs2000, wgs84, gcj02, bd09, xian1980, beijing1954; or by file name, "" for the others) holds
    for table rows that state none; a file that carries
    a coordinate system of its own keeps it, unless a column ``datum`` says otherwise. A row without any is
    kept as undeclared, which widens its doubt by 640 m; it never silently becomes a datum. Xian 1980 and
    Beijing 1954 need ``parameters`` (:func:`geo.datum_params.read_parameters`). Needed
    columns: site_id, industry, development and lon, lat (or x, y in metres, coords, wkt, or a geometry);
    industry and development may be in words, which ``answers`` explain
    (:func:`geo.sitefiles.answers.read_answers`). ``headings`` are the list's own words for our columns
    (heading → column), ``layers`` the layers or sheets to read, ``where`` filters such as ``DLBM=06*,1001``.
    ``defaults`` are values of columns for rows that leave them blank, as a boundary-point file must;
    ``packed_dms`` reads 112.3256 in lon, lat as 112°32′56″.

    Raises :class:`~geo.errors.SiteError` with every fault (file, row, field, value, what, what to do);
    with ``keep_going`` the faults go to ``rejected`` and the good rows are read.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "sites.csv"
    ...     _ = path.write_text("编号,行业代码,建设性质,经度,纬度\\nA,C2521,新建,110°42′36″,35.59\\n")
    ...     sites = read_sites(path, datum="cgcs2000").sites
    >>> sites.loc[0, ["site_id", "industry", "development", "datum"]].tolist()
    ['A', '2521', 'new', 'cgcs2000']
    """
    files = read_files(
        *paths,
        datum=datum,
        packed_dms=packed_dms,
        defaults=defaults,
        headings=headings,
        layers=layers,
        where=where,
        answers=answers,
        parameters=parameters,
    )
    problems = [problem for file in files for problem in file.problems]
    rows = [row for file in files for row in file.rows]
    if problems and not keep_going:
        count = len({(p.file, p.where) for p in problems})
        raise SiteError(
            f"场地清单有 {count} 处（行）错误，未开始筛查；加 --keep-going 可先筛查其余各行", problems
        )
    if not rows:
        raise SiteError("没有可以筛查的场地", problems)
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=WORKING_CRS)
    rejected = pd.DataFrame([p.as_row() for p in problems], columns=list(REJECTED))
    return SiteList(
        conform(frame, SITES),
        conform(rejected, REJECTED),
        tuple(Path(p) for p in paths),
        tuple(note for file in files for note in file.notes),
    )


def read_files(
    *paths: Path | str,
    datum: Datum | str | Mapping[str, str] | None = None,
    packed_dms: bool = False,
    defaults: Mapping[str, str] | None = None,
    headings: Mapping[str, str] | None = None,
    layers: Sequence[str] = (),
    where: Sequence[str] = (),
    answers: Answers | None = None,
    parameters: Mapping[Datum, DatumParameters] | None = None,
) -> list[FileReading]:
    """Each file by itself, good rows and faults side by side; options as in :func:`read_sites`.

    Raises :class:`~geo.errors.SiteError` for options that cannot be meant only.
    """
    options = _options(paths, datum, packed_dms, defaults, headings, layers, where, answers, parameters)
    seen: Numbers = {}
    read = [_read_file(Path(path), options, seen) for path in paths]
    read[0].problems.extend(_unseen_headings(options, Path(paths[0]).name))
    return read


def read_pieces(
    *paths: Path | str,
    size: int,
    datum: Datum | str | Mapping[str, str] | None = None,
    packed_dms: bool = False,
    defaults: Mapping[str, str] | None = None,
    headings: Mapping[str, str] | None = None,
    layers: Sequence[str] = (),
    where: Sequence[str] = (),
    answers: Answers | None = None,
    parameters: Mapping[Datum, DatumParameters] | None = None,
) -> Iterator[FileReading]:
    """The same as :func:`read_files`, lists of shapes ``size`` features at a time: no file is in memory whole.

    Tables (CSV, XLSX), KML, TXT, DXF and archives come whole. Needs pyarrow.
    """
    options = _options(paths, datum, packed_dms, defaults, headings, layers, where, answers, parameters)
    seen: Numbers = {}
    alike = Alike(options)  # what one piece has shown holds for the next
    for path in map(Path, paths):
        # whether a filter lets anything through is known of a whole file only
        if path.suffix.lower() not in STREAMED or not path.exists() or options.where:
            yield _read_file(path, options, seen)
            continue
        piece = FileReading(path, [], [], [], 0)
        for rows in vector_pieces(path, options, piece.problems, piece.notes, size):
            yield _read_rows(piece, rows, options, seen, alike)
            piece = FileReading(path, [], [], [], 0)
        yield piece  # what was said after the last piece
    unseen = _unseen_headings(options, Path(paths[0]).name)
    yield FileReading(Path(paths[0]), [], unseen, [], 0)


def _options(
    paths: Sequence[Path | str],
    datum: Datum | str | Mapping[str, str] | None,
    packed_dms: bool,
    defaults: Mapping[str, str] | None,
    headings: Mapping[str, str] | None,
    layers: Sequence[str],
    where: Sequence[str],
    answers: Answers | None,
    parameters: Mapping[Datum, DatumParameters] | None,
) -> ReadOptions:
    return ReadOptions(
        _datums(datum, [Path(path).name for path in paths]),
        packed_dms,
        {k: v for k, v in (defaults or {}).items() if v},
        Headings(_checked(headings or {})),
        tuple(layers),
        tuple(map(_filter, where)),
        answers or Answers(),
        parameters or {},
    )


def _unseen_headings(options: ReadOptions, file: str) -> list[Problem]:
    what, to_do = "清单里没有这个表头或字段", "改正 --map 等号右边的名字"
    return [
        Problem(file, "--map", options.headings.given[heading], heading, what, to_do)
        for heading in sorted(set(options.headings.given) - options.headings_seen)
    ]


def _datums(datum: Datum | str | Mapping[str, str] | None, files: Sequence[str]) -> dict[str, Datum]:
    """The datum by file name, "" for the others."""
    stated = dict(datum) if isinstance(datum, Mapping) else {"": datum or Datum.UNDECLARED}
    absent = [name for name in stated if name and name not in files]
    if absent:
        raise SiteError(f"--datum 指的文件不在清单里：{'、'.join(absent)}；有 {'、'.join(files)}")
    found = {}
    for name, value in stated.items():
        try:
            found[name] = Datum(value)
        except ValueError:
            allowed = "、".join(d for d in Datum if d is not Datum.UNDECLARED)
            raise SiteError(f"不认识的坐标系 {value!r}；可用：{allowed}") from None
    return found


def _checked(headings: Mapping[str, str]) -> Mapping[str, str]:
    """The user's headings, each for one of our columns."""
    ours = {*synonyms(), *Fact, *(fact.zh for fact in Fact)}
    for heading, column in headings.items():
        if column not in ours:
            swapped = f"；是否写反了：--map {heading}={column}" if heading in ours else ""
            raise SiteError(
                f"--map 的左边要写本软件的列名，没有“{column}”{swapped}；可用：{'、'.join(synonyms())}"
            )
    return headings


def _filter(text: str) -> Where:
    heading, sign, values = text.replace("＝", "=").partition("=")
    wanted = tuple(value.strip() for value in values.replace("，", ",").split(",") if value.strip())
    if not sign or not heading.strip() or not wanted:
        raise SiteError(f"看不懂筛选条件 --where {text}；写成 字段=值，如 DLBM=0601,0602 或 DLBM=06*")
    return Where(heading.strip(), wanted)


def _read_file(path: Path, options: ReadOptions, seen: Numbers) -> FileReading:
    file = FileReading(path, [], [], [], 0)
    return _read_rows(file, _raw_rows(path, options, file.problems, file.notes), options, seen)


def _read_rows(
    file: FileReading,
    rows: Iterable[RawRow],
    options: ReadOptions,
    seen: Numbers,
    alike: Alike | None = None,
) -> FileReading:
    listed, path = list(rows), file.path
    alike = Alike(options) if alike is None else alike
    for raw, plain in zip(listed, plainly_placed(listed), strict=True):
        site: dict[str, Any] | None
        notes: Sequence[str]
        known = alike.site(raw, path.name, seen) if plain else None
        if known is not None:
            site, notes = known
        else:
            row = RowReader(raw, path.name, options)
            site, notes = row.site(seen), row.notes
            if plain:
                alike.remember(raw, row, site)
            file.problems.extend(row.problems)
        file.notes.extend(Problem(path.name, raw.where, "", "", note, "") for note in notes)
        if site is not None:
            file.rows.append(site)
    if not listed and not file.problems:
        file.problems.append(Problem(path.name, "", "", "", "文件里没有场地", "核对文件；不要的文件不必列出"))
    return FileReading(path, file.rows, file.problems, file.notes, len(listed))


def _raw_rows(
    path: Path, options: ReadOptions, problems: list[Problem], notes: list[Problem]
) -> Iterable[RawRow]:
    suffix = path.suffix.lower()
    if not path.is_file() and suffix != ".gdb":
        problems.append(Problem(str(path), "", "", "", "文件不存在", "改正路径"))
        return []
    if suffix in UNREADABLE:
        problems.append(Problem(path.name, "", "", "", *UNREADABLE[suffix]))
        return []
    unfit = fault_of(path, MOST_LIST_BYTES)
    if unfit is not None:
        problems.append(Problem(path.name, "", "", "", *unfit))
        return []
    if suffix == ".txt":
        return txt_rows(path, problems)
    if suffix in (".csv", ".xlsx", ".xlsm"):
        sheets = (
            [csv_tables(path, options, problems)]
            if suffix == ".csv"
            else xlsx_sheets(path, options, problems, notes)
        )
        return [row for tables in sheets for row in sheet_rows(tables, path, options, problems, notes)]
    return vector_rows(path, options, problems, notes)
