"""What the searches came to, as frames and in words: arrows, footprints at their new place, what could stay."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.advice.acceptance import TIERS, Search, World
from geo.advice.moves import RADIUS_M, SITES_UP_TO, breached_sites, search_moves
from geo.advice.obstacles import is_curable, obstacle_of
from geo.contracts import conform, empty, split
from geo.frames import MOVES, STAY
from geo.rulebook import RuleBook
from geo.space import GEOD, WORKING_CRS, area_m2
from geo.terms import Measure, MoveState, Outcome, State
from geo.wording import heading, limit_text, metres_text

_BEARINGS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
#: Less ground than this is a sliver of the drawing.
_SLIVER_M2 = 1.0


@dataclass(frozen=True)
class Moves:
    """``moves``: a row a breached site, the arrow (empty where there is no place); ``moved``: footprints at
    the new place, the same columns; ``stay``: the part that could stay; ``texts``: per site, in Chinese."""

    moves: gpd.GeoDataFrame
    moved: gpd.GeoDataFrame
    stay: gpd.GeoDataFrame
    texts: dict[str, str]


def no_moves() -> Moves:
    """Moves that nobody asked for."""
    moves, stay = (
        gpd.GeoDataFrame(empty(contract, spatial=True), geometry="geometry", crs=WORKING_CRS)
        for contract in (MOVES, STAY)
    )
    return Moves(moves, moves, stay, {})


def propose_moves(
    sites: gpd.GeoDataFrame,
    measured: pd.DataFrame,
    verdicts: pd.DataFrame,
    world: World,
    radius_m: float = RADIUS_M,
) -> Moves:
    """The smallest move of every breached site within a radius in metres.

    Frames: :data:`geo.frames.MOVES` and :data:`geo.frames.STAY`, geometry in EPSG:4490.
    """
    searches = search_moves(sites, measured, verdicts, world, radius_m)
    left_out = breached_sites(verdicts)["site_id"].iloc[SITES_UP_TO:]
    texts = dict.fromkeys(left_out, f"未计算：触及规则的场地超过 {SITES_UP_TO} 个")
    if not searches:
        return replace(no_moves(), texts=texts)
    rows, arrows, places, stays, kept = [], [], [], [], []
    for search in searches:
        stay = _stay(search, world)
        row = _row(search, stay, world.rulebook, radius_m)
        rows.append(row)
        arrows.append(_arrow(search))
        places.append(search.moved(search.best) if search.best is not None else shapely.Polygon())
        texts[search.site["site_id"]] = str(row["note"])
        if stay is not None and not stay.ground.is_empty:
            share = stay.stay_ha / stay.whole_ha
            stays.append(
                {**row, "stay_ha": stay.stay_ha, "share": share, "binding_rule_ids": ";".join(stay.rule_ids)}
            )
            kept.append(stay.ground)
    table = pd.DataFrame(rows)
    found = np.array([search.best is not None for search in searches])
    return Moves(
        conform(gpd.GeoDataFrame(table, geometry=np.array(arrows, dtype=object), crs=WORKING_CRS), MOVES),
        conform(
            gpd.GeoDataFrame(table[found], geometry=np.array(places, dtype=object)[found], crs=WORKING_CRS),
            MOVES,
        ),
        conform(
            gpd.GeoDataFrame(
                pd.DataFrame(stays, columns=list(STAY)),
                geometry=np.array(kept, dtype=object),
                crs=WORKING_CRS,
            ),
            STAY,
        ),
        texts,
    )


@dataclass(frozen=True)
class _Stay:
    """The part of a footprint outside all zones that bite it, and whose zones take the rest."""

    ground: shapely.Geometry
    stay_ha: float
    whole_ha: float
    rule_ids: tuple[str, ...]


def _stay(search: Search, world: World) -> _Stay | None:
    """What could stay of an area; None of points and lines, and where nothing of place bites."""
    if shapely.get_dimensions(search.footprint) != 2:
        return None
    whole = float(area_m2(np.array([search.footprint]))[0]) / 10_000
    if search.everywhere:
        return _Stay(shapely.Polygon(), 0.0, whole, tuple(search.everywhere))
    sure = TIERS[search.tier] is not MoveState.BY_FIGURES
    obstacles = {}
    for rule_id, check in search.checks.items():
        rule = world.rulebook[rule_id]
        if rule.measure is Measure.IN_JURISDICTION or check[search.column] != State.HIT:
            continue
        for row in search.readings[rule_id]:
            if row["ground"] == State.HIT and is_curable(row, search.demo):
                obstacle = obstacle_of(row, rule, world.zones, world.catalog, world.confidence, sure)
                if obstacle is not None:
                    obstacles[obstacle.key] = obstacle
                break
    if not obstacles:
        return None
    zones = [obstacle.zone(search.footprint, search.plane) for obstacle in obstacles.values()]
    left = shapely.difference(search.plane.there(search.footprint), shapely.union_all(zones))
    areas = [p for p in shapely.get_parts(left) if shapely.get_dimensions(p) == 2 and p.area >= _SLIVER_M2]
    ground = search.plane.back(shapely.multipolygons(areas)) if areas else shapely.Polygon()
    stay = float(area_m2(np.array([ground]))[0]) / 10_000
    return _Stay(ground, stay, whole, tuple(sorted({key[0] for key in obstacles})))


def _arrow(search: Search) -> shapely.Geometry:
    if search.best is None:
        return shapely.LineString()
    return shapely.LineString([_middle(search.footprint), _middle(search.moved(search.best))])


def _middle(footprint: shapely.Geometry) -> tuple[float, float]:
    """The middle of the corners: the same of a footprint wherever it is shifted."""
    lon, lat = shapely.get_coordinates(footprint).mean(axis=0)
    return float(lon), float(lat)


def _row(search: Search, stay: _Stay | None, rulebook: RuleBook, radius_m: float) -> dict[str, object]:
    distance = bearing = np.nan
    if search.best is not None:
        arrow = shapely.get_coordinates(_arrow(search))
        azimuth, _, metres = GEOD.inv(*arrow[0], *arrow[1])
        distance, bearing = float(metres), float(azimuth) % 360.0
    return {
        "site_id": search.site["site_id"],
        "state": search.state,
        "state_zh": search.state.zh,
        "distance_m": distance,
        "bearing_deg": bearing,
        "outcome": search.verdict.get("outcome", "") if search.best is not None else "",
        "binding_rule_ids": ";".join(_binding(search)),
        "stay_ha": stay.stay_ha if stay is not None else np.nan,
        "demo": search.demo,
        "note": _note(search, stay, distance, bearing, rulebook, radius_m),
    }


def _binding(search: Search) -> list[str]:
    """The rules that hold the place found; without one, those that bite everywhere or that were asked for."""
    if search.best is not None:
        return [rule_id for rule_id in search.held if rule_id]
    if search.everywhere:
        return search.everywhere
    if not search.passed:
        return list(search.held)
    bites = [rule_id for rule_id, check in search.checks.items() if check[search.column] == State.HIT]
    return sorted(bites or {key[0] for key in search.obstacles if key[0]})


def _note(
    search: Search,
    stay: _Stay | None,
    distance_m: float,
    bearing_deg: float,
    rulebook: RuleBook,
    radius_m: float,
) -> str:
    """Such as 向东北（47°）移 512 米，移后不再触及，已计入误差；受 YC-15 … 限定；14.00 公顷中 4.10 公顷可留."""
    parts = []
    if search.best is not None:
        direction = _BEARINGS[round(bearing_deg / 45.0) % 8]
        parts.append(f"向{direction}（方位角 {bearing_deg:.0f}°）移 {_exact(distance_m)}，{search.state.zh}")
        held = [heading(rulebook[rule_id]) for rule_id in search.held if rule_id]
        if "" in search.held:
            held.append("县界（只在本县内移）")
        if held:
            parts.append(f"再近则触及：{'、'.join(held)}")
        parts.extend(_afterwards(search))
    elif search.everywhere:
        listed = "、".join(heading(rulebook[rule_id]) for rule_id in search.everywhere)
        parts.append(
            f"移址不能解决：{listed}在所在辖区一律适用，{limit_text(radius_m)}内没有此用途的可行位置"
        )
    else:
        listed = "、".join(heading(rulebook[rule_id]) for rule_id in _binding(search))
        where = "本县" if search.county is not None else ""
        parts.append(f"{where}{limit_text(radius_m)}内没有此用途的可行位置：{listed or '县界'}")
    if search.county is None:
        parts.append("没有县界图层，未限定在本县")
    if stay is not None:
        parts.append(
            f"用地 {stay.whole_ha:.2f} 公顷中 {stay.stay_ha:.2f} 公顷可留"
            if stay.stay_ha > 0
            else f"用地 {stay.whole_ha:.2f} 公顷都不能留"
        )
    return ("演示（假如演示图层是真的）：" if search.demo else "") + "；".join(parts)


def _exact(metres: float) -> str:
    return f"{metres:,.2f} 米" if metres < 100 else metres_text(metres)


def _afterwards(search: Search) -> list[str]:
    """The outcome of the site screened at its new place, and what is still open there."""
    verdict = search.verdict
    if not verdict:
        return []
    open_ = len(split(verdict["undetermined_rule_ids"]))
    told = f"移后结论：{Outcome(verdict['outcome']).zh}"
    return [f"{told}（{open_} 条规则仍待核实）" if open_ else told]
