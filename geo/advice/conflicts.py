"""Conflicts: where two plans, two rules with different outcomes, two cities or a strip to be restored and a use
that nobody prohibits meet on one site; with the ground on which they meet and what governs, and why.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.catalog import LayerCatalog
from geo.contracts import conform, empty
from geo.frames import CONFLICTS
from geo.governing import govern_outcomes, govern_plans
from geo.ground import area_ha, taken_ground
from geo.index import Places, ReferenceIndex
from geo.rule import Rule
from geo.rulebook import RuleBook
from geo.scope import SiteScope, locate
from geo.space import WORKING_CRS, Geometries
from geo.terms import ConflictKind, Effect, Measure, Outcome, State, Strength, strictness
from geo.verdicts import outcome_of
from geo.wording import heading, metres_text
from geo.zones import find_zones

Meeting = tuple[Rule, Outcome, bool]

_OUTCOME_FIRST = {State.HIT: 0, State.UNDETERMINED: 1, State.MISS: 2}


@dataclass(frozen=True)
class _Case:
    """All that is asked of while conflicts are listed."""

    footprints: dict[str, shapely.Geometry]
    zones: dict[tuple[str, str, str], Geometries]  # features by rule, layer and theme
    rulebook: RuleBook
    grounds: dict[tuple[str, str, str, str], shapely.Geometry] = field(default_factory=dict)
    joined: dict[tuple[str, ...], Geometries] = field(default_factory=dict)

    @classmethod
    def of(cls, sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, rulebook: RuleBook) -> _Case:
        """From the frames."""
        shapes = zones.geometry.to_numpy()
        grouped = zones.groupby(["rule_id", "layer_key", "theme"], sort=False).indices
        features = {key: shapes[rows] for key, rows in grouped.items()}
        ids = sites["site_id"].to_numpy(dtype=object)
        return cls(dict(zip(ids, sites.geometry.to_numpy(), strict=True)), features, rulebook)

    def cities(self, adcodes: tuple[str, ...], catalog: LayerCatalog) -> Geometries:
        """The areas of some cities, then all of them together: joined once, not for every site at their border."""
        if adcodes not in self.joined:
            areas = [area for adcode in adcodes if (area := catalog.area_of((adcode,))) is not None]
            self.joined[adcodes] = np.array([*areas, shapely.union_all(areas)] if areas else [], dtype=object)
        return self.joined[adcodes]

    def ground(self, site_id: str, row: dict[str, Any]) -> shapely.Geometry:
        """The part of a site's footprint that a finding's zone takes; all of it for a rule of a whole city."""
        footprint = self.footprints[site_id]
        rule = self.rulebook[row["rule_id"]]
        if rule.measure is Measure.IN_JURISDICTION or shapely.get_dimensions(footprint) < 2:
            return footprint
        key = (row["rule_id"], row["layer_key"], row["theme"])
        if (site_id, *key) not in self.grounds:
            limit = 0.0 if np.isnan(row["limit_m"]) else row["limit_m"]
            features = self.zones.get(key, np.zeros(0, dtype=object))
            self.grounds[(site_id, *key)] = taken_ground(footprint, rule.measure, features, limit)
        return self.grounds[(site_id, *key)]


def list_conflicts(
    sites: gpd.GeoDataFrame,
    scope: SiteScope,
    findings: pd.DataFrame,
    verdicts: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    rulebook: RuleBook,
    catalog: LayerCatalog,
    on: date,
) -> gpd.GeoDataFrame:
    """A row a site and kind of conflict (columns: :data:`geo.frames.CONFLICTS`), EPSG:4490.

    The geometry is the ground of an area's footprint on which they meet, its hectares measured on the
    ellipsoid; of points and lines a point of the site, without hectares.
    """
    case = _Case.of(sites, zones, rulebook)
    rows = [
        *_of_rules(case, _biting(findings, rulebook)),
        *_of_borders(case, sites, scope, catalog),
        *_of_restoration(case, sites, verdicts, catalog, on),
    ]
    if not rows:
        return gpd.GeoDataFrame(empty(CONFLICTS, spatial=True), geometry="geometry", crs=WORKING_CRS)
    order = {site_id: number for number, site_id in enumerate(sites["site_id"])}
    rows.sort(key=lambda row: order[row["site_id"]])
    return conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=WORKING_CRS), CONFLICTS)


def _biting(findings: pd.DataFrame, rulebook: RuleBook) -> dict[str, list[dict[str, Any]]]:
    """Per site that several rules stop or limit, a row a rule that bites or would bite, were its open questions answered
    against the site."""
    strict = [
        rule_id
        for rule_id in findings["rule_id"].unique()
        if strictness(outcome_of(rulebook[rule_id])) > strictness(Outcome.ADVISED)
    ]
    state, ground = findings["state"].to_numpy(), findings["ground"].to_numpy()
    bites = (state == State.HIT) | ((ground == State.HIT) & (state != State.MISS))
    first = findings[bites & (findings["reading"].to_numpy() == 1)]
    first = first[first["rule_id"].isin(strict)]
    ordered = first.assign(_order=first["state"].map(_OUTCOME_FIRST)).sort_values(
        ["site_id", "rule_id", "_order"], kind="stable"
    )
    once = ordered.drop_duplicates(["site_id", "rule_id"])
    found: dict[str, list[dict[str, Any]]] = {}
    for row in once[once["site_id"].duplicated(keep=False)].to_dict("records"):
        found.setdefault(row["site_id"], []).append(row)
    return found


def _of_rules(case: _Case, biting: dict[str, list[dict[str, Any]]]) -> Iterable[dict[str, Any]]:
    """Several plans, or several outcomes of one plan."""
    for site_id, strict in biting.items():
        meeting = [_meeting(case, row) for row in strict]
        found = govern_plans(meeting, case.rulebook)
        kind = ConflictKind.PLANS
        if found is None:
            found, kind = govern_outcomes(meeting, case.rulebook), ConflictKind.OUTCOMES
        if found is None:
            continue
        rule, why = found
        apart = [row for row in strict if _differs(case, rule, row, kind)]
        own = [row for row in strict if row["rule_id"] == rule.id]
        office = case.rulebook.plan_of(rule).office
        governing = f"以 {heading(rule)} 为准（{why}）"
        if kind is ConflictKind.PLANS:
            offices = dict.fromkeys(case.rulebook.plan_of(case.rulebook[r["rule_id"]]).office for r in strict)
            governing += f"；如何衔接请{'、'.join(offices)}裁定"
        else:
            governing += f"；同一规划内取严，有疑请{office}解释"
        meet, where = _where(case, site_id, own, apart)
        note = "；".join([*(_told(case, row) for row in [*own, *apart]), *where])
        yield _row(case, kind, site_id, [*own, *apart], meet, governing, note)


def _differs(case: _Case, governing: Rule, row: dict[str, Any], kind: ConflictKind) -> bool:
    rule = case.rulebook[row["rule_id"]]
    if kind is ConflictKind.PLANS:
        return rule.plan != governing.plan
    return outcome_of(rule) is not outcome_of(governing)


def _meeting(case: _Case, row: dict[str, Any]) -> Meeting:
    rule = case.rulebook[row["rule_id"]]
    return rule, outcome_of(rule), row["state"] == State.HIT


def _told(case: _Case, row: dict[str, Any]) -> str:
    """Such as YC-15 …：禁止（确定触及）."""
    rule = case.rulebook[row["rule_id"]]
    sure = "确定触及" if row["state"] == State.HIT else "演示图层上触及" if row["demo"] else "触及待核实"
    return f"{heading(rule)}：{outcome_of(rule).zh}（{sure}）"


def _where(
    case: _Case, site_id: str, own: list[dict[str, Any]], others: list[dict[str, Any]]
) -> tuple[shapely.Geometry, list[str]]:
    """The ground that the governing rule shares with the others; where they share none, all of theirs."""
    footprint = case.footprints[site_id]
    if shapely.get_dimensions(footprint) < 2:
        return footprint, []
    mine = shapely.union_all([case.ground(site_id, row) for row in own])
    theirs = shapely.union_all([case.ground(site_id, row) for row in others])
    shared = _areas(shapely.intersection(mine, theirs))
    if not shared.is_empty:
        return shared, []
    return _areas(shapely.union(mine, theirs)), ["各规则触及场地的不同部分"]


def _of_borders(
    case: _Case, sites: gpd.GeoDataFrame, scope: SiteScope, catalog: LayerCatalog
) -> Iterable[dict[str, Any]]:
    """Sites to which the rules of two cities apply, or of one that nobody is sure they lie in."""
    plans = list(scope.plans)
    if not plans or len(sites) == 0:
        return
    member = np.array([scope.plans[plan_id].state != State.MISS for plan_id in plans])
    unsure = np.array([scope.plans[plan_id].state == State.UNDETERMINED for plan_id in plans])
    border = np.abs([scope.plans[plan_id].border_m for plan_id in plans])
    cities = [case.rulebook.plans[plan_id].adcode for plan_id in plans]
    several = np.array([member[[c == city for c in cities]].any(axis=0) for city in dict.fromkeys(cities)])
    chosen = (several.sum(axis=0) > 1) | unsure.any(axis=0)
    numbers = np.flatnonzero(chosen & (member & ~np.isnan(border)).any(axis=0))
    ids = sites["site_id"].to_numpy(dtype=object)
    of_these = scope.rules[scope.rules["site_id"].isin(ids[numbers])]
    rules = of_these.groupby("site_id")["rule_id"].agg(list).to_dict()
    for number in numbers:
        site_id = ids[number]
        members = [plan_id for plan_id, held in zip(plans, member[:, number], strict=True) if held]
        adcodes = {case.rulebook.plans[plan_id].adcode for plan_id in members}
        distances = border[member[:, number], number]
        titles = "".join(f"《{case.rulebook.plans[plan_id].title.zh}》" for plan_id in members)
        footprint = case.footprints[site_id]
        across = _across(footprint, case.cities(tuple(sorted(adcodes)), catalog))
        governing = (
            "以场地确实所在市的规划为准：申报区划代码，或以勘界成果核定；核定以前各市规则都适用，取其严"
        )
        note = f"距市界 {metres_text(float(np.nanmin(distances)))}；适用{titles}" + (
            "；能否适用未定" if len(adcodes) == 1 else ""  # two cities, or one of which nobody is sure
        )
        yield _row(case, ConflictKind.BORDER, str(site_id), rules.get(site_id, []), across, governing, note)


def _across(footprint: shapely.Geometry, cities: Geometries) -> shapely.Geometry:
    """The part of a footprint beyond the border, seen from its larger part; all of it where it lies on one side."""
    if shapely.get_dimensions(footprint) < 2 or not len(cities):
        return footprint
    held = [_areas(part) for part in shapely.intersection(footprint, cities[:-1])]
    outside = _areas(shapely.difference(footprint, cities[-1]))
    parts = sorted([p for p in [*held, outside] if not p.is_empty], key=area_ha)
    return shapely.union_all(parts[:-1]) if len(parts) > 1 else footprint


def _of_restoration(
    case: _Case, sites: gpd.GeoDataFrame, verdicts: pd.DataFrame, catalog: LayerCatalog, on: date
) -> Iterable[dict[str, Any]]:
    """Strips that a plan wants restored, under sites whose use no rule forbids, whatever their industry."""
    permitted = ~verdicts["outcome"].isin([Outcome.PROHIBITED, Outcome.MUST_EXIT, Outcome.NOT_COVERED])
    chosen = sites[permitted.to_numpy()]
    rules = [
        rule
        for rule in case.rulebook.in_force(on)
        if rule.effect is Effect.RESTORE and rule.measure is not Measure.IN_JURISDICTION
    ]
    if len(chosen) == 0 or not rules:
        return
    # selected from sooner than with a geometry of its own
    strips = pd.DataFrame(find_zones(rules, catalog, on))
    geometries, ids = chosen.geometry.to_numpy(), chosen["site_id"].to_numpy()
    places = Places(geometries)
    outcomes = dict(zip(verdicts["site_id"], verdicts["outcome"], strict=True))
    for rule in rules:
        limit = rule.limit_on(on)
        own = strips[(strips["rule_id"] == rule.id) & (strips["doubt"] == "") & ~strips["is_proxy"]]
        if limit is None or len(own) == 0:
            continue
        told: set[str] = set()
        for demo in (False, True):  # a demonstration strip speaks only where no real one does
            layer = own[own["demo"] == demo]
            features = layer["geometry"].to_numpy()
            index = ReferenceIndex(features)
            if len(index) == 0:
                continue
            rows = np.flatnonzero(index.within(places, limit))
            # only of the few that lie in a strip it matters in which city
            inside = locate(chosen.iloc[rows], rule.jurisdiction.adcode, catalog).state != State.MISS
            for row in rows[inside]:
                site_id, footprint = str(ids[row]), geometries[row]
                if site_id in told:
                    continue
                told.add(site_id)
                area = shapely.get_dimensions(footprint) == 2
                ground = _areas(taken_ground(footprint, rule.measure, features, limit)) if area else footprint
                use = f"按现有规则此用途为“{Outcome(outcomes[site_id]).zh}”，并未禁止"
                yield _row(
                    case,
                    ConflictKind.RESTORATION,
                    site_id,
                    [rule.id],
                    footprint if ground.is_empty else ground,
                    _restored(case, rule),
                    f"{'演示：' if demo else ''}{heading(rule)}；{use}",
                )


def _restored(case: _Case, rule: Rule) -> str:
    office = case.rulebook.plan_of(rule).office
    if rule.strength is Strength.MANDATORY:
        return f"以 {heading(rule)} 为准（{rule.strength.zh}）：带内用地留作修复，项目避让；请{office}确认"
    return f"{heading(rule)} 不挡项目（{rule.strength.zh}）：宜避让修复带；请{office}确认"


def _areas(geometry: shapely.Geometry) -> shapely.Geometry:
    """The parts that have an area."""
    parts = [part for part in shapely.get_parts(geometry) if shapely.get_dimensions(part) == 2]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _row(
    case: _Case,
    kind: ConflictKind,
    site_id: str,
    rules: Iterable[Any],
    ground: shapely.Geometry,
    governing: str,
    note: str,
) -> dict[str, Any]:
    footprint = case.footprints[site_id]
    area = shapely.get_dimensions(footprint) == 2 and not ground.is_empty
    rule_ids = [rule["rule_id"] if isinstance(rule, dict) else rule for rule in rules]
    return {
        "conflict_id": "/".join([site_id, kind, *(rule_ids if kind is ConflictKind.RESTORATION else [])]),
        "kind": kind,
        "kind_zh": kind.zh,
        "site_id": site_id,
        "rule_ids": ";".join(dict.fromkeys(rule_ids)),
        "area_ha": area_ha(ground) if area else float("nan"),
        "governing": governing,
        "note": note,
        "geometry": ground if area else shapely.point_on_surface(footprint),
    }
