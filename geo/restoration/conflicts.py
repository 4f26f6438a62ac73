"""Who is in the way: sites in strips, both ways; what must leave by when; strips that a project would cut."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.contracts import conform, empty
from geo.restoration.frames import MUST_EXIT, STRIP_SITES
from geo.restoration.rasters import areas_of
from geo.rulebook import RuleBook
from geo.space import area_m2
from geo.terms import Development, Effect, State

#: A strip's part smaller than this (square metres) is no part of its own.
_SLIVER_M2 = 1.0


def find_strip_sites(sites: gpd.GeoDataFrame, strips: gpd.GeoDataFrame) -> pd.DataFrame:
    """A row a site and strip that meet. Columns: :data:`geo.restoration.frames.STRIP_SITES`.

    ``cuts``: a proposed site that leaves the strip in more parts than it was in.
    """
    if not len(sites) or not len(strips):
        return empty(STRIP_SITES)
    shapes, grounds = sites.geometry.to_numpy(), strips.geometry.to_numpy()
    a, b = shapely.STRtree(grounds).query(shapes, predicate="intersects")
    real = (shapely.get_dimensions(shapes[a]) < 2) | ~shapely.touches(shapes[a], grounds[b])
    a, b = a[real], b[real]
    if not len(a):
        return empty(STRIP_SITES)
    site, strip = sites.iloc[a].reset_index(drop=True), strips.iloc[b].reset_index(drop=True)
    is_area = shapely.get_dimensions(shapes[a]) == 2
    common = areas_of(shapely.intersection(shapes[a], grounds[b]))
    existing = (site["development"] == Development.EXISTING).to_numpy()
    parts = _parts(areas_of(shapely.difference(grounds[b], shapes[a])))
    cuts = ~existing & is_area & (parts > _parts(grounds[b]))
    frame = strip[[name for name in STRIP_SITES if name in strip]].assign(
        site_id=site["site_id"].to_numpy(),
        name=site["name"].to_numpy(),
        development=site["development"].to_numpy(),
        overlap_ha=np.where(is_area, area_m2(common) / 10_000, np.nan),
        cuts=cuts,
        what=np.select([existing, cuts], ["已建，占用条带", "拟建，会截断条带"], "拟建，占用条带"),
    )
    return conform(frame, STRIP_SITES)


def _parts(shapes: np.ndarray) -> np.ndarray:
    pieces, owner = shapely.get_parts(shapes, return_index=True)
    real = area_m2(pieces) > _SLIVER_M2 if len(pieces) else np.array([], dtype=bool)
    return np.bincount(owner[real], minlength=len(shapes))


def list_exits(
    sites: gpd.GeoDataFrame, findings: pd.DataFrame, strip_sites: pd.DataFrame, rulebook: RuleBook, on: date
) -> pd.DataFrame:
    """Existing sites that a clause makes leave, the nearest deadline first; those whose check is open too.

    Columns: :data:`geo.restoration.frames.MUST_EXIT`.
    """
    rules = [rule_id for rule_id, rule in rulebook.rules.items() if rule.effect is Effect.PHASE_OUT]
    hits = findings[
        findings["rule_id"].isin(rules)
        & (findings["reading"] == 1)
        & findings["state"].isin([State.HIT, State.UNDETERMINED])
    ]
    existing = sites[sites["development"] == Development.EXISTING]
    held = hits.merge(existing[["site_id", "name"]], on="site_id").drop_duplicates(["site_id", "rule_id"])
    if not len(held):
        return empty(MUST_EXIT)
    strips = (
        strip_sites.groupby("site_id")["strip_id"].agg(";".join)
        if len(strip_sites)
        else pd.Series(dtype=object)
    )
    deadlines = [rulebook[rule_id].deadline for rule_id in held["rule_id"]]
    frame = held.assign(
        title=[rulebook[rule_id].title.zh for rule_id in held["rule_id"]],
        strength=[str(rulebook[rule_id].strength) for rule_id in held["rule_id"]],
        deadline=[str(day or "") for day in deadlines],
        days_left=[(day - on).days if day is not None else np.nan for day in deadlines],
        state_zh=[State(state).zh for state in held["state"]],
        strip_ids=[strips.get(site, "") for site in held["site_id"]],
        remedy=[rulebook[rule_id].remedy.zh for rule_id in held["rule_id"]],
    )
    order = frame.assign(last=frame["deadline"].replace("", "9999"), open=frame["state"] != State.HIT)
    frame = frame.loc[order.sort_values(["last", "open", "site_id", "rule_id"], kind="stable").index]
    return conform(frame.reset_index(drop=True), MUST_EXIT)
