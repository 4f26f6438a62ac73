"""Repeating a run from its ``run.json``, and saying whether it comes out the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.assessment import Assessment, Progress
from geo.frames import SITES
from geo.runs.differences import TABLES, Difference, compare_runs
from geo.runs.fingerprint import fingerprint
from geo.runs.request import Request, recorded_request
from geo.runs.rules_used import list_rules
from geo.runs.steady import Watch
from geo.runs.stored import Run, read_stored
from geo.space import WORKING_CRS

#: Tables that a run is read with to compare it.
COMPARED = ("rules", *TABLES)


@dataclass(frozen=True)
class Repeated:
    """A run as repeated: what was asked, what came out, and what differs (A: as stored, B: now)."""

    request: Request
    assessment: Assessment
    crs: str
    difference: Difference
    watch: Watch


def repeat(folder: Path | str, progress: Progress = lambda stage: None) -> Repeated:
    """Screen again by the inputs and options that a run recorded, on its day, and compare.

    Raises :class:`~geo.errors.RunError` where it recorded none or they are gone, and whatever its inputs as
    they now are raise.
    """
    request = recorded_request(folder)
    stored = read_stored(folder, COMPARED)
    watch = request.watch()
    assessment = request.screen(progress)
    progress("与前次比较")
    now = run_of(assessment)
    return Repeated(request, assessment, stored.record["crs"], compare_runs(stored, now), watch)


def compare_folders(a: Path | str, b: Path | str) -> Difference:
    """What differs between two finished runs. Raises :class:`~geo.errors.RunError` where one is none."""
    return compare_runs(read_stored(a, COMPARED), read_stored(b, COMPARED))


def run_of(assessment: Assessment) -> Run:
    """An assessment as a run that needs no folder."""
    stated = assessment.sites[[name for name in SITES if name not in ("name",)]]
    merged = assessment.verdicts.merge(stated, on="site_id", validate="1:1")
    sites = gpd.GeoDataFrame(merged, geometry=assessment.sites.geometry.to_numpy(), crs=WORKING_CRS)
    tables: dict[str, pd.DataFrame] = {name: getattr(assessment, name) for name in TABLES}
    record: dict[str, Any] = fingerprint(assessment)
    return Run(sites, assessment.findings, record, {"rules": list_rules(assessment), **tables})
