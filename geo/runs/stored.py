"""A finished run read back from its folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geo.contracts import Contract, conform
from geo.errors import Problem, RunError
from geo.frames import FINDINGS
from geo.gdal import heard
from geo.runs.record import refuse_odd
from geo.space import WORKING_CRS
from geo.terms import Outcome

#: Columns of the sites table that later commands cannot do without.
_NEEDED = (
    "site_id",
    "name",
    "outcome",
    "outcome_zh",
    "best_case",
    "worst_case",
    "deciding_rule_ids",
    "settle",
)


@dataclass(frozen=True)
class Run:
    """A run: ``sites`` with verdicts and footprints (EPSG:4490), findings, tables by name, ``run.json``."""

    sites: gpd.GeoDataFrame
    findings: pd.DataFrame
    record: dict[str, Any]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)


def read_run(folder: Path | str) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Sites (with verdicts), findings and ``run.json`` of a run.

    Raises :class:`~geo.errors.RunError` where the folder holds no run, or one that cannot be read.
    """
    package = _package(folder)
    record = Path(folder) / "run.json"
    with _whole(folder):
        sites = pyogrio.read_dataframe(package, layer="sites", read_geometry=False)
        findings = pyogrio.read_dataframe(package, layer="findings", read_geometry=False)
        stated = json.loads(record.read_text(encoding="utf-8"))
    refuse_odd(stated, record)
    words = {str(outcome) for outcome in Outcome}
    lacking = [name for name in _NEEDED if name not in sites] + [
        n for n in ("site_id", "rule_id", "state") if n not in findings
    ]
    if lacking or not all(sites[name].isin(words).all() for name in ("outcome", "best_case", "worst_case")):
        what = f"缺少 {'、'.join(lacking)}" if lacking else "有不认识的结论"
        raise RunError(f"{folder} 里的结果不完整（{what}），或被改过；重新筛查一次")
    return _plain(sites), _typed(findings), stated


def read_stored(folder: Path | str, tables: Iterable[str] = ()) -> Run:
    """A run with the footprints of its sites, and the tables named as far as it holds them.

    Raises :class:`~geo.errors.RunError` as :func:`read_run`.
    """
    package = _package(folder)
    sites, findings, record = read_run(folder)
    shapes: dict[str, Any] = {}
    with _whole(folder):
        held = {str(name) for name in pyogrio.list_layers(package)[:, 0]}
        for name in ("sites", "site_lines", "site_areas"):  # the footprint as drawn, where it is not a point
            if name in held:
                layer = pyogrio.read_dataframe(package, layer=name, columns=["site_id"])
                drawn = layer.to_crs(WORKING_CRS) if layer.crs != WORKING_CRS else layer
                shapes.update(zip(drawn["site_id"], drawn.geometry, strict=True))
    geometry = gpd.GeoSeries([shapes.get(s) for s in sites["site_id"]], crs=WORKING_CRS)
    read = {name: read_table(folder, name) for name in tables if name in held}
    return Run(gpd.GeoDataFrame(sites, geometry=geometry), findings, record, read)


def read_table(folder: Path | str, name: str, contract: Contract | None = None) -> pd.DataFrame:
    """A table of a run, missing text empty.

    Raises :class:`~geo.errors.RunError` where the run has none: one of an earlier version.
    """
    package = _package(folder)
    with _whole(folder):
        held = {str(layer) for layer in pyogrio.list_layers(package)[:, 0]}
    if name not in held:
        raise RunError(
            f"{folder} 没有表 {name}（较早版本的结果）；用 hongxian rerun {folder} --out 新文件夹 重做"
        )
    with _whole(folder):
        frame = _plain(pyogrio.read_dataframe(package, layer=name, read_geometry=False))
    return frame if contract is None else conform(frame, contract)


def recorded_path(folder: Path | str, stated: str) -> Path:
    """A path of ``run.json``: where it was, else where it now lies about a run that was moved with it.

    The longest end of the path that exists under the run's folder or one above it, the nearest first: a
    workspace that was moved or copied as a whole can still be run again. Whether the content is the same,
    its hash tells.
    """
    there = Path(stated)
    if there.exists():
        return there
    run = Path(folder).absolute()
    for above in [run, *run.parents]:
        for start in range(1, len(there.parts)):
            moved = above.joinpath(*there.parts[start:])
            if moved.exists():
                return moved
    return there


def refuse_missing(folder: Path | str, paths: Iterable[Path]) -> None:
    """Raise :class:`~geo.errors.RunError` with every input of a run that is no longer there."""
    gone = [
        Problem(str(folder), "run.json", "", str(path), "文件已不在", "放回原处，或改用 screen 重新筛查")
        for path in paths
        if not path.exists()
    ]
    if gone:
        raise RunError("这次筛查的输入有的已不在，不能重跑", gone)


@contextmanager
def _whole(folder: Path | str) -> Iterator[None]:
    """What reading a damaged run raises, in the user's words; what GDAL only warns of is no matter of theirs."""
    try:
        with heard([]):
            yield
    except RecursionError as error:
        raise RunError(f"{folder} 里的 run.json 嵌套太深，不是本软件写的；重新筛查一次") from error
    except (RuntimeError, ValueError, OSError, LookupError, TypeError, AttributeError) as error:
        # pyogrio's own errors are RuntimeErrors; a layer without geometry is a frame without to_crs
        raise RunError(f"{folder} 里的结果不能读：{error}；重新筛查一次") from error


def _package(folder: Path | str) -> Path:
    package, record = Path(folder) / "screening.gpkg", Path(folder) / "run.json"
    if not package.is_file() or not record.is_file():
        raise RunError(
            f"{folder} 不是一次筛查的结果文件夹（缺 screening.gpkg 或 run.json）；指明 --out 写出的文件夹"
        )
    return package


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    text = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    frame[text] = frame[text].astype(object).fillna("")
    return frame


def _typed(findings: pd.DataFrame) -> pd.DataFrame:
    """Findings as their contract has them; a column that an earlier version did not write is empty."""
    for name, column in FINDINGS.items():
        if name not in findings:
            findings[name] = {"text": "", "number": float("nan"), "flag": False}[column.kind]
    return conform(findings, FINDINGS)
