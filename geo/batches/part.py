"""One part of a large run: some sites through the stages, what they found as files by name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.advice.move_frames import no_moves
from geo.assessment import Assessment, screen_sites
from geo.batches.arrow import packed
from geo.batches.job import Job
from geo.contracts import empty
from geo.english import in_english
from geo.frames import CERTIFICATE, COVERAGE, GAPS, REJECTED, SITE_NOTES
from geo.garbage import rarely_collected
from geo.kinds import kinds_of
from geo.language import Lang
from geo.runs.existing import add_existing
from geo.runs.expiry import add_expiry
from geo.runs.overrides import with_decisions
from geo.runs.portfolio import count_rules
from geo.runs.variants import Variant
from geo.runs.what_if import add_what_if
from geo.writers.content import Content, Kind
from geo.writers.contents import per_site_contents
from geo.writers.redaction import without_shapes

#: Columns of a finding by which rules and layers are known to have spoken.
_SPOKE = ["rule_id", "layer_key", "demo"]


def screen_part(job: Job, sites: gpd.GeoDataFrame) -> dict[str, bytes]:
    """What some sites (columns: :data:`geo.frames.SITES`, EPSG:4490) come to, as files by name.

    ``NAME.parquet`` a layer or table of :func:`geo.writers.contents.per_site_contents`; ``zones.parquet`` what they were
    measured from; ``portfolio.parquet``, ``expiry.parquet``, ``spoke.parquet`` for the run as a whole; ``tally.json`` counts.
    """
    with rarely_collected():
        return _screened(job, sites)


def _screened(job: Job, sites: gpd.GeoDataFrame) -> dict[str, bytes]:
    part = without_shapes(assess_part(job, sites), job.withheld)
    # counts and days of the run as a whole are put into words once they are those of all parts
    told = part if job.lang is Lang.ZH else in_english(part)
    contents = per_site_contents(told, job.lang)
    files = {f"{content.name}.parquet": packed(_plain(content)) for content in contents if len(content.frame)}
    files["zones.parquet"] = packed(part.zones)
    files["portfolio.parquet"] = packed(count_rules(part).assign(site_ids=""))
    files["expiry.parquet"] = packed(part.expiry.assign(site_ids=""))
    _, first = kinds_of(*(part.findings[name].to_numpy() for name in _SPOKE))
    files["spoke.parquet"] = packed(part.findings.iloc[first])
    files["tally.json"] = json.dumps(_tally(part, contents)).encode()
    return files


def assess_part(job: Job, sites: gpd.GeoDataFrame) -> Assessment:
    """The assessment of some sites: no moves, and nothing that is of the whole run."""
    book, catalog, indexes = job.rulebook, job.catalog, job.indexes
    screened = screen_sites(book, catalog, sites, job.on, job.confidence, lambda stage: None, 0.0, indexes)
    moves = no_moves()
    part = Assessment(
        rulebook=book,
        catalog=catalog,
        on=job.on,
        confidence=job.confidence,
        sites=sites,
        rejected=empty(REJECTED),
        scope=screened.scope,
        zones=screened.zones,
        findings=screened.findings,
        verdicts=screened.verdicts,
        coverage=empty(COVERAGE),
        certificate=empty(CERTIFICATE, spatial=True),
        gaps=empty(GAPS),
        site_notes=empty(SITE_NOTES),
        moves=moves.moves,
        moved=moves.moved,
        stay=moves.stay,
        survey_needed=screened.surveys,
        conflicts=screened.conflicts,
        move_radius_m=0.0,
        indexes=indexes,
    )
    told = add_expiry(part, job.stale_after)
    if job.decisions is not None:
        told = with_decisions(told, job.decisions)
    told = add_what_if(add_existing(told), _about(job.variants, sites), laid=job.laid)
    indexes.forget_near()
    return told


def _about(variants: Iterable[Variant], sites: gpd.GeoDataFrame) -> list[Variant]:
    """The variants as far as they are about these sites."""
    held = set(sites["site_id"])
    here = [(variant, tuple(i for i in variant.site_ids if i in held)) for variant in variants]
    return [replace(variant, site_ids=own) for variant, own in here if own or not variant.site_ids]


def _plain(content: Content) -> pd.DataFrame:
    """A layer's frame as it is written: one kind of geometry, always of several parts."""
    frame = content.frame
    if content.kind is Kind.TABLE or not isinstance(frame, gpd.GeoDataFrame):
        return frame
    shapes = frame.geometry.to_numpy()
    several = {
        Kind.POINT: shapely.multipoints,
        Kind.LINE: shapely.multilinestrings,
        Kind.AREA: shapely.multipolygons,
    }[content.kind]
    single = shapely.get_type_id(shapes) < 4
    shapes = shapes.copy()
    shapes[single] = several(shapes[single], indices=np.arange(single.sum()))
    return frame.set_geometry(shapes, crs=frame.crs)


def _tally(part: Assessment, contents: list[Content]) -> dict[str, Any]:
    outcomes = part.verdicts["outcome"].value_counts()
    return {
        "sites": len(part.sites),
        "outcomes": {str(name): int(count) for name, count in outcomes.items()},
        "rows": {content.name: len(content.frame) for content in contents},
        "log": part.catalog.log,
    }
