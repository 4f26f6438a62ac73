"""The sites of the map: columns for symbols, table and filters; what popups say, compressed, by lots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assessment import Assessment
from geo.contracts import split
from geo.divisions import read_divisions
from geo.language import Lang
from geo.space import WORKING_CRS
from geo.terms import Outcome, State
from geo.writers.quantities import heading_in, metres_in
from geo.writers.webmap.packing import Phrases, pack, rings, steps

#: Sites whose popups are unpacked together.
LOT = 250
#: Footprints are drawn without detail smaller than this (degrees, about 0.5 m).
FOOTPRINT_STEP_DEG = 0.000005

_STATES = {state: rank for rank, state in enumerate(State)}
_OUTCOMES = {outcome: rank for rank, outcome in enumerate(Outcome)}


@dataclass(frozen=True)
class SiteData:
    """``columns`` as ``sites.js`` reads them; ``rule_ids``: what the numbers of rules mean; ``lots``: the popups."""

    columns: dict[str, Any]
    rule_ids: list[str]
    lots: list[str]
    phrases: str
    shapes: int


def site_data(assessment: Assessment, shown: np.ndarray, lang: Lang = Lang.ZH) -> SiteData:
    """The sites at the positions ``shown`` of the Sites frame."""
    sites = assessment.sites.iloc[shown].reset_index(drop=True)
    verdicts = assessment.verdicts.iloc[shown].reset_index(drop=True)
    findings = _ordered(assessment.findings, verdicts)
    rule_ids = sorted(
        {*findings["rule_id"], *(rule for ids in verdicts["deciding_rule_ids"] for rule in split(ids))}
    )
    number = {rule_id: at for at, rule_id in enumerate(rule_ids)}
    where = shapely.point_on_surface(sites.geometry.to_numpy())
    cities, city = city_of(sites, where)
    sets, own_set = _rule_sets(findings, number, len(sites))
    footprints = _footprints(sites.geometry.to_numpy())
    phrases = Phrases()
    heads = {rule_id: heading_in(lang, assessment.rulebook[rule_id]) for rule_id in rule_ids}
    columns = {
        "id": sites["site_id"].tolist(),
        "name": sites["name"].tolist(),
        "outcome": verdicts["outcome"].map(_OUTCOMES).tolist(),
        "demo": (verdicts["demo_outcome"] != "").astype(int).tolist(),
        "lon": steps(shapely.get_x(where)),
        "lat": steps(shapely.get_y(where)),
        "cities": cities,
        "city": city,
        "margin": _margins(findings, len(sites)),
        "sets": sets,
        "set": own_set,
        "shapes": footprints,
        "lot": LOT,
    }
    said = list(_said(sites, verdicts, findings, heads, number, phrases, lang))
    lots = [pack(said[start : start + LOT]) for start in range(0, len(said), LOT)]
    return SiteData(columns, rule_ids, lots, pack(phrases.table), len(footprints))


def _ordered(findings: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """The findings of these sites: by site, the deciding rules first, what bites before what does not."""
    at = pd.Series(np.arange(len(verdicts)), index=verdicts["site_id"].to_numpy())
    own = findings[findings["site_id"].isin(at.index)]
    own = own[["site_id", "rule_id", "state", "reason", "margin_m"]].assign(
        at=at.loc[own["site_id"]].to_numpy()
    )
    decides = verdicts["deciding_rule_ids"].map(split).explode().dropna()
    deciding = pd.MultiIndex.from_arrays([decides.index.to_numpy(), decides.to_numpy()])
    pairs = pd.MultiIndex.from_arrays([own["at"].to_numpy(), own["rule_id"].to_numpy()])
    own = own.assign(deciding=pairs.isin(deciding), rank=own["state"].map(_STATES))
    own["rule_rank"] = own.groupby(["at", "rule_id"])["rank"].transform("min")
    place = own["rule_id"].map({rule: k for k, rule in enumerate(dict.fromkeys(own["rule_id"]))})
    order = np.lexsort([np.arange(len(own)), place, own["rule_rank"], ~own["deciding"], own["at"]])
    return own.iloc[order].reset_index(drop=True)


def _margins(findings: pd.DataFrame, count: int) -> list[float | None]:
    """The least room (metres, negative = inside) of the deciding rules; of all where none decides."""
    deciding = findings[findings["deciding"]].groupby("at")["margin_m"].min()
    least = deciding.reindex(range(count)).fillna(findings.groupby("at")["margin_m"].min())
    return [None if np.isnan(value) or np.isinf(value) else round(float(value), 1) for value in least]


def _rule_sets(
    findings: pd.DataFrame, number: dict[str, int], count: int
) -> tuple[list[list[int]], list[int]]:
    """The rules that bite or are open, as sets that many sites share, and each site's set."""
    touched = findings[findings["state"] != State.MISS]
    own: list[set[int]] = [set() for _ in range(count)]
    for at, rule_id in touched[["at", "rule_id"]].drop_duplicates().itertuples(index=False):
        own[at].add(number[rule_id])
    keys = [tuple(sorted(rules)) for rules in own]
    known = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    return [list(key) for key in known], [known[key] for key in keys]


def _footprints(shapes: np.ndarray) -> list[list[Any]]:
    """Position of the site, 1 where it is an area, its rings: of the sites that are more than a point."""
    wide = np.flatnonzero(shapely.get_dimensions(shapes) > 0)
    simple = shapely.simplify(shapely.force_2d(shapes[wide]), FOOTPRINT_STEP_DEG)
    return [
        [int(at), int(shapely.get_dimensions(shape) == 2), rings(shape)]
        for at, shape in zip(wide, simple, strict=True)
    ]


def city_of(sites: gpd.GeoDataFrame, where: np.ndarray) -> tuple[list[str], list[int]]:
    """Names of the cities the sites lie in, and each site's (-1 = in none that is known)."""
    cities = read_divisions(level="city")
    points = gpd.GeoDataFrame(geometry=where, crs=WORKING_CRS)
    joined = gpd.sjoin(points, cities[["name", "geometry"]], predicate="intersects")
    names = joined[~joined.index.duplicated()]["name"].reindex(range(len(sites)))
    listed = sorted(names.dropna().unique())
    place = {name: at for at, name in enumerate(listed)}
    return listed, [place.get(name, -1) for name in names]


def _said(
    sites: gpd.GeoDataFrame,
    verdicts: pd.DataFrame,
    findings: pd.DataFrame,
    heads: dict[str, str],
    number: dict[str, int],
    phrases: Phrases,
    lang: Lang,
) -> Iterator[dict[str, Any]]:
    """What each popup says beside the columns; texts as phrases."""
    titles = _checks(findings, heads, number, phrases, len(sites))
    rows = zip(sites.to_dict("records"), verdicts.to_dict("records"), titles, strict=True)
    for site, verdict, checks in rows:
        lines = {
            "settle": verdict["settle"],
            "remedy": verdict["remedy"],
            "move": verdict["move"],
            "readings": verdict["readings"],
            "where": verdict["jurisdictions"],
            "governing": verdict["governing"],
        }
        yield {
            "robust": verdict["robustness"],
            "best": _OUTCOMES[Outcome(verdict["best_case"])],
            "worst": _OUTCOMES[Outcome(verdict["worst_case"])],
            "label": phrases.encode(verdict["outcome_zh"]),
            "industry": site["industry"],
            "development": site["development"],
            "accuracy": metres_in(lang, site["accuracy_m"]),
            "deciding": [number[rule] for rule in split(verdict["deciding_rule_ids"])],
            "checks": checks,
            **{
                key: [phrases.encode(line) for line in text.splitlines()]
                for key, text in lines.items()
                if text
            },
        }


def _checks(
    findings: pd.DataFrame, heads: dict[str, str], number: dict[str, int], phrases: Phrases, count: int
) -> list[list[list[Any]]]:
    """Per site: rule, then state and relation in words of every reading."""
    checks: list[list[list[Any]]] = [[] for _ in range(count)]
    last: tuple[int, str] | None = None
    for at, rule_id, state, reason in findings[["at", "rule_id", "state", "reason"]].itertuples(index=False):
        if (at, rule_id) != last:
            checks[at].append([number[rule_id], []])
            last = (at, rule_id)
        # the rule's number and title head the popup's paragraph already
        said = reason.removeprefix(heads[rule_id])
        checks[at][-1][1].append([_STATES[state], phrases.encode(said)])
    return checks
