"""What to do with each missing piece, in the plans' words.

Cropland returns to forest or to grass, as the task says; buildings leave; bare and mined ground is greened;
ground that is mapped as wetland returns to wetland, flats within the river's management line to flats. Where
a plan's criterion holds (thin soil, bare rock, river flats) grass takes the place of trees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.catalog import LayerCatalog
from geo.contracts import conform, empty
from geo.layer import Layer
from geo.restoration.frames import TREATMENT
from geo.restoration.rasters import areas_of, opened
from geo.restoration.strips import MU_PER_HA
from geo.rulebook import RuleBook
from geo.space import WORKING_CRS, Geometries, area_m2
from geo.task import Condition, Ground, RestorationTask
from geo.terms import CoverClass, Line, Theme, Treatment

_SLIVER_M2 = 0.01
#: Ways of growing something on ground that is free of buildings.
_GROWING = (Treatment.AFFOREST, Treatment.GRASS, Treatment.WETLAND, Treatment.BEACH)
_UNITS = {"m": 1.0, "cm": 0.01, "%": 0.01, "share": 1.0}


@dataclass(frozen=True)
class _Place:
    """Ground on which something other than the task's first treatment is done, and why."""

    ground: shapely.Geometry
    why: str


def choose_treatments(
    deficit: gpd.GeoDataFrame, rulebook: RuleBook, catalog: LayerCatalog
) -> gpd.GeoDataFrame:
    """The deficit with what to do, pieces cut where the answer differs.

    Columns: :data:`geo.restoration.frames.TREATMENT`; slope, aspect, priority and rank stay empty.
    """
    if not len(deficit):
        return empty(TREATMENT, spatial=True)
    near = shapely.box(*deficit.total_bounds)
    wetlands = _union(_features(catalog, Theme.WETLAND, near))
    flats = _union(_features(catalog, Theme.RIVER, near, Line.MANAGEMENT))
    rows: list[dict[str, object]] = []
    for rule_id, mine in deficit.groupby("rule_id", sort=False):
        task = rulebook.tasks[str(rule_id)]
        grass = [
            (other, criterion)
            for other in rulebook.tasks.values()
            if other.ground is Ground.CRITERION and other.plan == task.plan
            for criterion in other.any_of
        ]
        rows += _of_task(task, mine, wetlands, flats, _grass(grass, mine, catalog))
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=WORKING_CRS)
    shapes = frame.geometry.to_numpy()
    frame["area_ha"] = area_m2(shapes) / 10_000
    frame["area_mu"] = frame["area_ha"] * MU_PER_HA
    frame = frame[frame["area_ha"] * 10_000 > _SLIVER_M2].reset_index(drop=True)
    frame["treatment_zh"] = [Treatment(word).zh for word in frame["treatment"]]
    frame["farmland_ha"] = _farmland(frame.geometry.to_numpy(), catalog)
    for name in ("slope_deg", "aspect_deg", "priority", "rank"):
        frame[name] = np.nan
    return conform(frame, TREATMENT)


def _of_task(
    task: RestorationTask,
    mine: gpd.GeoDataFrame,
    wetlands: shapely.Geometry,
    flats: shapely.Geometry,
    grass: list[_Place],
) -> Iterable[dict[str, object]]:
    for shape, piece in zip(mine.geometry, mine.drop(columns="geometry").to_dict("records"), strict=True):
        word = CoverClass(piece["cover"])
        if word in (CoverClass.BUILT, CoverClass.INDUSTRIAL):
            then = next((t for t in task.treatments if t in _GROWING), Treatment.REGREEN)
            yield _row(piece, shape, Treatment.EXIT, "建设用地先退出", then)
            continue
        if Treatment.REMEDIATE in task.treatments:
            yield _row(piece, shape, Treatment.REMEDIATE, "按规划治理修复")
            continue
        usual = _usual(task, word)
        left = shape
        for places, treatment in (
            ([_Place(wetlands, "湿地图层范围内")], Treatment.WETLAND),
            (
                grass,
                Treatment.GRASS if word in (CoverClass.CROPLAND, CoverClass.ORCHARD) else Treatment.ENCLOSE,
            ),
            ([_Place(flats, "河道管理范围内")], Treatment.BEACH),
        ):
            for place in places:
                if left.is_empty or place.ground.is_empty or word is CoverClass.MINE:
                    continue
                part = _area(shapely.intersection(left, place.ground))
                if part.is_empty:
                    continue
                yield _row(piece, part, treatment, place.why)
                left = _area(shapely.difference(left, place.ground))
        if not left.is_empty:
            yield _row(piece, left, usual, "任务所定措施")


def _usual(task: RestorationTask, word: CoverClass) -> Treatment:
    if word in (CoverClass.BARE, CoverClass.MINE):
        return Treatment.REGREEN
    return next((t for t in task.treatments if t in _GROWING), task.treatments[0])


def _row(
    piece: dict[str, object],
    shape: shapely.Geometry,
    treatment: Treatment,
    why: str,
    then: Treatment | None = None,
) -> dict[str, object]:
    return {
        **piece,
        "geometry": shape,
        "treatment": str(treatment),
        "why": why,
        "then": then.zh if then is not None else "",
    }


def _grass(
    criteria: list[tuple[RestorationTask, Condition]], mine: pd.DataFrame, catalog: LayerCatalog
) -> list[_Place]:
    """Where a plan wants grass rather than trees, about the pieces of a task."""
    ground = shapely.union_all(mine.geometry.to_numpy())
    return [
        _Place(place, f"{task.id}：{criterion.zh}")
        for task, criterion in criteria
        for layer in sorted(catalog.of_theme(criterion.theme), key=lambda one: (one.demo, one.accuracy_m))
        for place in [_holds(criterion, layer, ground, catalog)]
        if not place.is_empty
    ]


def _holds(
    condition: Condition, layer: Layer, ground: shapely.Geometry, catalog: LayerCatalog
) -> shapely.Geometry:
    """The ground on which a condition holds, as one layer has it."""
    if condition.codes:
        if layer.is_raster:
            return shapely.Polygon()
        frame = catalog.features(layer)
        fits = frame["code"].astype(str).str.startswith(tuple(condition.codes)).to_numpy(bool)
        return _area(shapely.intersection(shapely.union_all(frame.geometry.to_numpy()[fits]), ground))
    if not layer.is_raster:
        return shapely.Polygon()
    each = _UNITS[layer.unit or "m"]

    def fit(values: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            held = values * each < condition.limit if condition.below else values * each >= condition.limit
        return np.where(held & ~np.isnan(values), 1, 0).astype(np.uint8)

    with opened(catalog, layer) as raster:
        return raster.classed(ground, fit).get(1, shapely.Polygon())


def _features(
    catalog: LayerCatalog, theme: Theme, near: shapely.Geometry, line: Line | None = None
) -> Geometries:
    """Real areas of a theme near the ground."""
    found = []
    for layer in catalog.of_theme(theme):
        if layer.demo or layer.is_raster or (line is not None and layer.line is not line):
            continue
        shapes = catalog.features(layer).geometry.to_numpy()
        found += list(shapes[(shapely.get_dimensions(shapes) == 2) & shapely.intersects(shapes, near)])
    return np.array(found, dtype=object)


def _farmland(shapes: Geometries, catalog: LayerCatalog) -> np.ndarray:
    """Permanent basic farmland in each piece, hectares."""
    result = np.zeros(len(shapes))
    farmland = _features(catalog, Theme.FARMLAND_PERMANENT, shapely.box(*shapely.total_bounds(shapes)))
    if len(farmland):
        tree = shapely.STRtree(farmland)
        rows, plots = tree.query(shapes, predicate="intersects")
        for row in np.unique(rows):
            common = shapely.intersection(shapes[row], shapely.union_all(farmland[plots[rows == row]]))
            result[row] = area_m2(areas_of(np.array([common], dtype=object)))[0] / 10_000
    return result


def _union(shapes: Geometries) -> shapely.Geometry:
    return shapely.union_all(shapes) if len(shapes) else shapely.Polygon()


def _area(shape: shapely.Geometry) -> shapely.Geometry:
    return areas_of(np.array([shape], dtype=object))[0]
