"""Candidates: plots on free ground, ranked by stated criteria, apart from one another, each screened as a site."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.availability.classes import class_of, place_outcome
from geo.availability.frames import CANDIDATES
from geo.availability.room import Tract, radius_of, round_plot, tracts
from geo.availability.screening import Setting, screen_places
from geo.availability.use import Use
from geo.availability.weights import Weights
from geo.catalog import LayerCatalog
from geo.contracts import conform, empty
from geo.index import ReferenceIndex
from geo.restoration.terrain import terrain_of
from geo.space import WORKING_CRS, Floats, Geometries, area_m2, geodesic_m
from geo.terms import Outcome, Theme

#: Metres that a plot keeps from the edge of free ground: the edge is drawn within half a metre of the true limit.
EDGE_M = 1.0
_BLOCK_DEG = 0.005
_NEAR = {"railway": Theme.RAILWAY, "road": Theme.ROAD, "park": Theme.PARK}


def choose_candidates(
    use: Use,
    pieces: gpd.GeoDataFrame,
    accepted: Sequence[str],
    setting: Setting,
    weights: Weights,
    plot_ha: float,
    least_width_m: float,
    class_column: str = "class",
    similar: Geometries | None = None,
) -> gpd.GeoDataFrame:
    """Plots of ``plot_ha`` on ground of the accepted classes, best first (:data:`geo.availability.frames.CANDIDATES`).

    Ground smaller than a plot or narrower than ``least_width_m`` is left out; ground large enough in which no round plot
    fits is itself the plot. ``similar``: places of like projects (EPSG:4490).
    """
    good = pieces[pieces[class_column].isin(list(accepted))]
    plots: list[dict[str, object]] = []
    shapes: list[shapely.Geometry] = []
    radius = radius_of(plot_ha)
    for tract in tracts(good.geometry.to_numpy(), plot_ha, least_width_m):
        for shape, margin in _plots(tract, radius, weights.spread_m):
            shapes.append(shape)
            plots.append({"area_ha": tract.area_ha, "width_m": tract.width_m, "margin_m": margin})
    if not shapes:
        return gpd.GeoDataFrame(empty(CANDIDATES, spatial=True), geometry="geometry", crs=WORKING_CRS)
    frame = gpd.GeoDataFrame(pd.DataFrame(plots), geometry=np.array(shapes, dtype=object), crs=WORKING_CRS)
    distances = {f"{name}_m": held for name, held in _distances(frame, setting.catalog, similar).items()}
    frame = frame.assign(**distances)
    frame["slope_deg"] = _slopes(frame, setting.catalog)
    known = {name: frame[f"{name}_m"].to_numpy() for name in (*_NEAR, "similar", "margin")}
    known["slope"] = frame["slope_deg"].to_numpy()
    frame["score"] = weights.score(known)
    frame = _apart(frame, weights)
    return _screened(use, frame, good, accepted, setting, class_column)


def _plots(tract: Tract, radius: float, spread_m: float) -> list[tuple[shapely.Geometry, float]]:
    at, margin = tract.places(radius + EDGE_M, max(spread_m / 2, 50.0))
    if len(at) == 0:
        whole = shapely.buffer(tract.flat, -EDGE_M)
        return [(tract.plane.back(whole), EDGE_M)] if shapely.area(whole) > 0 else []
    return [
        (round_plot(tract.plane, x, y, radius), float(left) + EDGE_M)
        for (x, y), left in zip(at, margin, strict=True)
    ]


def _distances(
    frame: gpd.GeoDataFrame, catalog: LayerCatalog, similar: Geometries | None
) -> dict[str, Floats]:
    """Metres from each plot to what it should be near; NaN where nothing of the kind is held."""
    found = {}
    for name, theme in _NEAR.items():
        held = [catalog.features(layer) for layer in catalog.of_theme(theme) if not layer.is_raster]
        shapes = [f.geometry.to_numpy() for f in held if len(f)]
        found[name] = _nearest(frame, np.concatenate(shapes) if shapes else None)
    found["similar"] = _nearest(frame, similar)
    return found


def _slopes(frame: gpd.GeoDataFrame, catalog: LayerCatalog) -> Floats:
    """Mean slope of each plot; NaN without an elevation model of cells at most half as wide as a plot.

    Plots are tried close together: each is told by the block of some 500 m that its middle lies in.
    """
    middles = shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy()))
    blocks, own = np.unique(np.round(middles / _BLOCK_DEG).astype(int), axis=0, return_inverse=True)
    west, south = ((blocks - 0.5) * _BLOCK_DEG).T
    squares = shapely.box(west, south, west + _BLOCK_DEG, south + _BLOCK_DEG)
    widest = 2 * float(np.sqrt(area_m2(frame.geometry.to_numpy()).min() / np.pi))
    slopes, _ = terrain_of(gpd.GeoDataFrame(geometry=squares, crs=WORKING_CRS), catalog, widest / 2)
    return slopes[own.ravel()]


def _nearest(frame: gpd.GeoDataFrame, features: Geometries | None) -> Floats:
    if features is None or len(features) == 0:
        return np.full(len(frame), np.nan)
    return ReferenceIndex(features).nearest(frame.geometry.to_numpy()).distance_m


def _apart(frame: gpd.GeoDataFrame, weights: Weights) -> gpd.GeoDataFrame:
    """The best plots that keep apart from every better one."""
    frame = frame.sort_values(["score", "margin_m"], ascending=False, kind="stable", ignore_index=True)
    middles = shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy()))
    kept: list[int] = []
    for row, middle in enumerate(middles):
        others = middles[kept]
        if not kept or geodesic_m(np.repeat([middle], len(kept), axis=0), others).min() >= weights.spread_m:
            kept.append(row)
        if len(kept) == weights.most:
            break
    return frame.iloc[kept].reset_index(drop=True)


def _screened(
    use: Use,
    frame: gpd.GeoDataFrame,
    good: gpd.GeoDataFrame,
    accepted: Sequence[str],
    setting: Setting,
    class_column: str,
) -> gpd.GeoDataFrame:
    """The plots with county and outcome, screened as sites with their whole footprint."""
    screened = screen_places(use, frame.geometry.to_numpy(), setting)
    outcomes = screened.verdicts["outcome"].astype(str).to_numpy()
    if class_column == "place_class":
        decides = [class_of(place_outcome(screened, number)) for number in range(len(frame))]
    else:
        decides = [class_of(outcome) for outcome in outcomes]
    middles = shapely.point_on_surface(frame.geometry.to_numpy())
    _, own = shapely.STRtree(good.geometry.to_numpy()).query_nearest(middles, all_matches=False)
    place = good.iloc[own].reset_index(drop=True)
    at = shapely.get_coordinates(middles)
    frame = frame.assign(
        candidate_id=[f"C{number + 1}" for number in range(len(frame))],
        adcode=place["adcode"].to_numpy(),
        county=place["county"].to_numpy(),
        park=place["park"].to_numpy(),
        plot_ha=area_m2(frame.geometry.to_numpy()) / 10_000,
        outcome=outcomes,
        outcome_zh=[Outcome(outcome).zh for outcome in outcomes],
        passes=[word in accepted for word in decides],
        lon=at[:, 0],
        lat=at[:, 1],
    )
    return conform(frame, CANDIDATES)
