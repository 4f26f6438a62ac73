"""What to do first: a score of stated parts for every strip, and how far it hangs on the weights.

The weights stand in ``geo/data/priority_weights.yaml`` or a file of the user's own. A part that is not known
is left out of the mean, and ``known_weight`` says how much was known.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import Field, model_validator

from geo.catalog import LayerCatalog
from geo.contracts import conform, empty
from geo.errors import Problem, RunError
from geo.restoration.courses import Courses
from geo.restoration.deficit import is_missing, is_present
from geo.restoration.frames import PRIORITIES
from geo.rulebook import RuleBook
from geo.space import Floats, LocalPlane
from geo.terms import Flow, Theme
from geo.yamls import Strict, parse, validate

PARTS = ("connectivity", "source_water", "slope", "deficit", "conflict")
#: Strips closer than this follow on one another (degrees, about a metre).
_NEXT_DEG = 1e-5
#: How far each weight is changed to see what hangs on it.
_CHANGE = 0.5

Weight = Annotated[float, Field(ge=0)]


class Weights(Strict):
    """Weights of the parts, and where two of them have their full score."""

    connectivity: Weight
    source_water: Weight
    slope: Weight
    deficit: Weight
    conflict: Weight
    downstream_km: Annotated[float, Field(gt=0)]
    steep_deg: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not sum(getattr(self, part) for part in PARTS):
            raise ValueError("五项权重不能都是 0")
        return self

    @property
    def of_parts(self) -> Floats:
        """The weights in the order of :data:`PARTS`."""
        return np.array([getattr(self, part) for part in PARTS])


def read_weights(path: Path | None = None) -> Weights:
    """The weights of a file, or those of the package. Raises :class:`~geo.errors.RunError` with every fault."""
    problems: list[Problem] = []
    own = Path(str(files("geo.data").joinpath("priority_weights.yaml"))) if path is None else path
    content = parse(own, problems)
    read = validate(Weights, content, own, problems) if not problems else None
    if read is None:
        raise RunError("权重文件不能用", problems)
    return read


def score_strips(
    strips: gpd.GeoDataFrame,
    strip_cover: pd.DataFrame,
    treatment: pd.DataFrame,
    strip_sites: pd.DataFrame,
    rulebook: RuleBook,
    catalog: LayerCatalog,
    courses: Courses,
    weights: Weights,
) -> pd.DataFrame:
    """A row a strip with something missing, the first first. Columns: :data:`geo.restoration.frames.PRIORITIES`."""
    own = strip_cover[strip_cover["counted"]]
    area = own["area_ha"]
    lacks = is_missing(own, rulebook)
    known = area.where(lacks | is_present(own, rulebook), 0.0).groupby(own["strip_id"]).sum()
    missing = area.where(lacks, 0.0).groupby(own["strip_id"]).sum()
    held = strips[strips["strip_id"].map(missing).fillna(0).to_numpy() > 0].reset_index(drop=True)
    if not len(held):
        return empty(PRIORITIES)
    ids = held["strip_id"]
    lacking = ids.map(missing).to_numpy(dtype=float)
    works = treatment[treatment["counted"]]
    by_strip = works.groupby("strip_id")
    slopes = works["slope_deg"] * works["area_ha"]
    weight = works["area_ha"].where(works["slope_deg"].notna())
    slope = slopes.groupby(works["strip_id"]).sum(min_count=1) / weight.groupby(works["strip_id"]).sum(
        min_count=1
    )
    built = (
        works["area_ha"]
        .where(works["cover"].isin(["built", "industrial"]), 0.0)
        .groupby(works["strip_id"])
        .sum()
    )
    in_way = built.add(by_strip["farmland_ha"].sum(), fill_value=0)
    if len(strip_sites):
        in_way = in_way.add(strip_sites.groupby("strip_id")["overlap_ha"].sum(), fill_value=0)
    parts = np.column_stack(
        [
            _neighbours(held, strips, 1 - (missing / known)),
            _source_water(held, catalog, courses, weights.downstream_km * 1000),
            np.minimum(1.0, ids.map(slope).to_numpy(dtype=float) / weights.steep_deg),
            lacking / ids.map(known).to_numpy(dtype=float),
            1 - np.minimum(1.0, ids.map(in_way).fillna(0).to_numpy(dtype=float) / lacking),
        ]
    )
    score, share = _mean(parts, weights.of_parts)
    ranks = np.stack([_ranks(_mean(parts, changed)[0]) for changed in _changed(weights.of_parts)])
    frame = held.assign(
        deficit_ha=lacking,
        **dict(zip(PARTS, parts.T, strict=True)),
        priority=score,
        known_weight=share,
        rank=_ranks(score),
        rank_best=ranks.min(axis=0),
        rank_worst=ranks.max(axis=0),
    )
    ordered = pd.DataFrame(frame.drop(columns="geometry")).sort_values(["rank", "strip_id"], kind="stable")
    return conform(ordered.reset_index(drop=True), PRIORITIES)


def _mean(parts: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The weighted mean of the parts that are known, and the share of the weights that is."""
    known = ~np.isnan(parts) * weights
    total = known.sum(axis=1)
    mean = np.nansum(parts * known, axis=1) / np.where(total > 0, total, 1.0)
    return np.where(total > 0, mean, 0.0), total / weights.sum()


def _ranks(score: Floats) -> Floats:
    """1 = the highest score; equals share the better rank."""
    ranks = pd.Series(np.round(score, 9)).rank(method="min", ascending=False)
    return ranks.to_numpy(dtype=float)


def _changed(weights: Floats) -> list[Floats]:
    """The weights, and again with each one in turn smaller and larger."""
    factors = np.vstack([np.ones(len(weights)), *(np.ones((2, len(weights))) for _ in weights)])
    for part in range(len(weights)):
        factors[1 + 2 * part, part] = 1 - _CHANGE
        factors[2 + 2 * part, part] = 1 + _CHANGE
    return [row * weights for row in factors if (row * weights).sum() > 0]


def sensitivity(priorities: pd.DataFrame) -> str:
    """How far the ranks hang on the weights, in words.

    >>> sensitivity(pd.DataFrame({"rank": [1.0, 2.0], "rank_best": [1.0, 1.0], "rank_worst": [1.0, 2.0]}))
    '每项权重增减 50%：2 段中 1 段名次不变，最大变动 1 名'
    """
    same = (priorities["rank_best"] == priorities["rank_worst"]).sum()
    moved = np.maximum(
        priorities["rank"] - priorities["rank_best"], priorities["rank_worst"] - priorities["rank"]
    )
    most = int(moved.max()) if len(moved) else 0
    return f"每项权重增减 {_CHANGE:.0%}：{len(priorities)} 段中 {same} 段名次不变，最大变动 {most} 名"


def _neighbours(held: gpd.GeoDataFrame, strips: gpd.GeoDataFrame, green: pd.Series) -> Floats:
    """Mean green share of the strips that a strip of the same task, river and bank follows on; nan without any."""
    a, b = shapely.STRtree(strips.geometry.to_numpy()).query(
        held.geometry.to_numpy(), predicate="dwithin", distance=_NEXT_DEG
    )
    same = np.ones(len(a), dtype=bool)
    for name in ("rule_id", "river", "bank"):
        same &= held[name].to_numpy()[a] == strips[name].to_numpy()[b]
    same &= held["strip_id"].to_numpy()[a] != strips["strip_id"].to_numpy()[b]
    a, b = a[same], b[same]
    shares = strips["strip_id"].map(green).to_numpy(dtype=float)[b]
    real = ~np.isnan(shares)
    count = np.bincount(a[real], minlength=len(held))
    total = np.bincount(a[real], shares[real], minlength=len(held))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _source_water(held: gpd.GeoDataFrame, catalog: LayerCatalog, courses: Courses, reach_m: float) -> Floats:
    """1 in a source-water zone, less the farther it lies down the river, 0 beyond the reach; nan where no zone is
    held or nobody knows which way the water runs."""
    layers = [layer for layer in catalog.of_theme(Theme.SOURCE_WATER) if not layer.demo]
    result = np.full(len(held), np.nan)
    if not layers:
        return result
    zones = shapely.union_all(
        np.concatenate([catalog.features(layer).geometry.to_numpy() for layer in layers])
    )
    shapes = held.geometry.to_numpy()
    for river in held["river"].unique():
        mine = np.flatnonzero((held["river"] == river).to_numpy())
        course = courses.of_river(river)
        if course.flow not in (Flow.STATED, Flow.DEM):
            continue
        west, south, east, north = shapely.total_bounds(shapes[mine])
        plane = LocalPlane((west + east) / 2, (south + north) / 2)
        lines = [plane.straight(line) for line in course.lines]
        below = [
            shapely.line_locate_point(line, shapely.points(shapely.get_coordinates(common)))
            for line, whole in zip(lines, course.lines, strict=True)
            for common in [plane.straight(shapely.intersection(whole, zones))]
        ]
        places = plane.straight(shapely.point_on_surface(shapes[mine]))
        apart = np.array([shapely.distance(line, places) for line in lines])
        for n, row in enumerate(mine):
            line = int(apart[:, n].argmin())
            at = float(shapely.line_locate_point(lines[line], places[n]))
            ahead = below[line][below[line] >= at] - at
            result[row] = max(0.0, 1 - ahead.min() / reach_m) if len(ahead) else 0.0
    result[shapely.intersects(shapes, zones)] = 1.0
    return result
