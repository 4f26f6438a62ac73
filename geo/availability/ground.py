"""The ground of an area, cut at every limit; pieces alike for every rule, screened by points within them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from geo.availability.limits import Doubts, Limit, border_limits, find_limits
from geo.availability.nearer import Nearer
from geo.availability.screening import Screened, Setting, screen_places
from geo.availability.use import Use
from geo.datums import UNDECLARED_SHIFT_M
from geo.scope import SiteScope
from geo.space import Geometries
from geo.terms import Datum

#: Ground is cut tile by tile: figures that many limits cross stay small. Degrees.
TILE_DEG = 0.25
#: A point nearer to the edge of its piece than this may lie beyond the true limit, metres.
CLEARANCE_M = 1.0
_DEGREE_M = 90_000.0
#: Points screened of a piece that falls into several parts, where parts may differ.
_PROBES = 3


@dataclass(frozen=True)
class Ground:
    """Pieces of ground: shape, row of the area it belongs to, and the place that was screened for it.

    ``place`` numbers the places of ``screened`` (site P0, P1 …). Pieces share no ground and fill the area.
    """

    shapes: Geometries
    rows: np.ndarray
    place: np.ndarray
    screened: Screened


def tell_ground(
    use: Use,
    area: gpd.GeoDataFrame,
    setting: Setting,
    progress: Callable[[str], None] = lambda stage: None,
) -> Ground:
    """Cut the area (a row a county) at the limits of all rules about the use, and screen every piece."""
    progress("读取图层，确定限线")
    limits, uneven = area_limits(use, area, setting)
    shapes, rows, alike = cut_ground(area.geometry.to_numpy(), limits, progress)
    if not uneven:  # the same limits, the same checks, whatever the county
        largest = np.lexsort((-shapely.area(shapes), alike))
        first = largest[np.unique(alike[largest], return_index=True)[1]]
        progress(f"研判 {len(first)} 种地")
        probes, _ = _probes(shapes[first], 1)
        return Ground(shapes, rows, alike, screen_places(use, probes, setting))
    progress(f"研判 {len(shapes)} 块地")
    probes, piece = _probes(shapes, _PROBES)
    screened = screen_places(use, probes, setting)
    outcome = screened.verdicts["outcome"].to_numpy()
    first = np.flatnonzero(np.r_[True, piece[1:] != piece[:-1]]) if len(piece) else piece
    differing = {
        int(p)
        for p, o, f in zip(
            piece, outcome, np.repeat(outcome[first], np.diff(np.r_[first, len(piece)])), strict=True
        )
        if o != f
    }
    if not differing:
        return Ground(shapes, rows, first, screened)
    # parts of a piece that are not told alike (features that differ in width): each part for itself
    apart: list[tuple[shapely.Geometry, int]] = []
    for number, (shape, row) in enumerate(zip(shapes, rows, strict=True)):
        own = shapely.get_parts(shape) if number in differing else [shape]
        apart += [(part, int(row)) for part in own]
    shapes, rows = np.array([s for s, _ in apart], dtype=object), np.array([r for _, r in apart])
    probes = np.array([_inner_point(_largest(shape, 1)[0])[0] for shape in shapes], dtype=object)
    return Ground(shapes, rows, np.arange(len(shapes)), screen_places(use, probes, setting))


def area_zones(use: Use, area: gpd.GeoDataFrame, setting: Setting) -> tuple[SiteScope, gpd.GeoDataFrame]:
    """The rules that may be about the use anywhere in an area, and the features they measure from there."""
    sites = use.sites(area.geometry.to_numpy())
    scope = setting.scope(sites)
    return scope, setting.zones(sites, scope, moved_m=1.0)


def area_limits(use: Use, area: gpd.GeoDataFrame, setting: Setting) -> tuple[list[Limit | Nearer], bool]:
    """The limits of every rule that may be about the use anywhere in an area, and whether parts alike may differ.

    They may where features of one layer differ in half width: the nearest one's counts.
    """
    scope, zones = area_zones(use, area, setting)
    shift = UNDECLARED_SHIFT_M if use.datum == Datum.UNDECLARED else 0.0
    doubts = Doubts(use.accuracy_m, shift, setting.confidence)
    limits = find_limits(setting.rules_of(scope), zones, setting.catalog, setting.on, doubts)
    held = {limit.key for limit in limits}
    plans = {(plan.adcode,) for plan in setting.rulebook.plans.values()}
    for codes in sorted(plans):
        limits += [limit for limit in border_limits(codes, setting.catalog, doubts) if limit.key not in held]
    widths = zones.groupby(["rule_id", "reference", "layer_key", "doubt"])["half_width_m"].nunique(
        dropna=False
    )
    return limits, bool((widths > 1).any())


def cut_ground(
    areas: Geometries, limits: Sequence[Limit | Nearer], progress: Callable[[str], None] = lambda stage: None
) -> tuple[Geometries, np.ndarray, np.ndarray]:
    """Pieces of ground within and outside each limit alike, the row of ``areas`` each belongs to, and a number
    that pieces within the same limits share.

    Pieces share no ground; together they are the areas.
    """
    whole = shapely.box(*shapely.total_bounds(areas))
    drawn = []
    for number, limit in enumerate(limits):
        if number % 20 == 0:
            progress(f"画限线 {number}/{len(limits)}")
        drawn.append(limit.draw(whole))
    found: dict[tuple[int, frozenset[int]], list[shapely.Geometry]] = {}
    tiles = list(_tiles(shapely.total_bounds(areas)))
    for number, tile in enumerate(tiles):
        if number % 10 == 0:
            progress(f"切分 {number}/{len(tiles)} 格")
        near = [(i, shapely.intersection(zone, tile)) for i, zone in enumerate(drawn)]
        near = [(i, zone) for i, zone in near if shapely.get_dimensions(zone) == 2]
        for row, area in enumerate(areas):
            ground = _areal(shapely.intersection(area, tile))
            if ground.is_empty:
                continue
            for inside, piece in _cut(ground, near):
                found.setdefault((row, inside), []).append(piece)
    shapes = np.array([_areal(shapely.union_all(parts)) for parts in found.values()], dtype=object)
    numbers: dict[frozenset[int], int] = {}
    alike = [numbers.setdefault(inside, len(numbers)) for _, inside in found]
    return shapes, np.array([row for row, _ in found], dtype=np.int64), np.array(alike, dtype=np.int64)


def _cut(
    ground: shapely.Geometry, zones: list[tuple[int, shapely.Geometry]]
) -> list[tuple[frozenset[int], shapely.Geometry]]:
    pieces = [(frozenset[int](), ground)]
    for number, zone in zones:
        shapely.prepare(zone)
        cut: list[tuple[frozenset[int], shapely.Geometry]] = []
        for inside, piece in pieces:
            if not shapely.intersects(zone, piece):
                cut.append((inside, piece))
                continue
            if shapely.covers(zone, piece):
                cut.append((inside | {number}, piece))
                continue
            halves = [
                (inside | {number}, shapely.intersection(piece, zone)),
                (inside, shapely.difference(piece, zone)),
            ]
            cut += [(key, areal) for key, half in halves if not (areal := _areal(half)).is_empty]
        pieces = cut
    return pieces


def _tiles(bounds: np.ndarray) -> Iterator[shapely.Geometry]:
    west, south, east, north = np.floor(bounds / TILE_DEG).astype(int)
    for column in range(west, east + 1):
        for row in range(south, north + 1):
            yield shapely.box(*(TILE_DEG * np.array([column, row, column + 1, row + 1])))


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """The areas of a shape; lines and points at which shapes merely touch left out."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [part for part in _flat(shape) if part.geom_type == "Polygon" and not part.is_empty]
    return shapely.multipolygons(parts) if parts else shapely.Polygon()


def _flat(shape: shapely.Geometry) -> Iterator[shapely.Geometry]:
    for part in shapely.get_parts(shape):
        yield from (_flat(part) if part.geom_type.startswith(("Multi", "Geometry")) else [part])


def _largest(shape: shapely.Geometry, count: int) -> Geometries:
    parts = shapely.get_parts(shape)
    return parts[np.argsort(-shapely.area(parts), kind="stable")[:count]]


def _probes(shapes: Geometries, most: int) -> tuple[Geometries, np.ndarray]:
    """Points well inside each piece, at most so many, and the piece of each; of slivers only the best point."""
    probes, pieces = [], []
    for number, shape in enumerate(shapes):
        inner = [_inner_point(part) for part in _largest(shape, most)]
        deep = [point for point, clearance in inner if clearance >= CLEARANCE_M]
        deep = deep or [max(inner, key=lambda pair: pair[1])[0]]
        probes += deep
        pieces += [number] * len(deep)
    return np.array(probes, dtype=object), np.array(pieces, dtype=np.int64)


def _inner_point(part: shapely.Geometry) -> tuple[shapely.Geometry, float]:
    """A point inside a polygon and some metres that it keeps from the edge at least."""
    point = shapely.point_on_surface(part)
    clearance = shapely.distance(point, shapely.boundary(part)) * _DEGREE_M
    if clearance < 50.0:
        # a tenth of about its mean width: of a long thin piece that is much less than of its size
        tolerance = max(0.2 * part.area / max(part.length, 1e-12), 1e-9)
        circle = shapely.maximum_inscribed_circle(part, tolerance)
        point = shapely.Point(shapely.get_coordinates(circle)[0])
        clearance = shapely.length(circle) * _DEGREE_M
    return point, float(clearance)
