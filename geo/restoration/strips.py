"""Strips: the ground each task is about, by county, river, bank and reach.

Drawn from the whole feature in a plane about each county, then cut at the county: measured first, cut after.
Known water is left out. Of strips that overlap the stricter keeps the ground; both are listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import NormalDist

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.catalog import LayerCatalog
from geo.contracts import conform, empty
from geo.doubt import CONFIDENCE
from geo.index import segments
from geo.restoration.axes import nearest_line, sides
from geo.restoration.banks import Piece, along_lines, around_water, beside_banks, named_bank
from geo.restoration.courses import Course, Courses
from geo.restoration.frames import STRIPS
from geo.restoration.ground import Feature, GroundFinder
from geo.restoration.lost import leaves_open
from geo.restoration.rasters import areas_of
from geo.rulebook import RuleBook
from geo.space import WORKING_CRS, Geometries, LocalPlane, area_m2, geodesic_m
from geo.task import Ground, RestorationTask
from geo.terms import PROXY_LINES, Bank, Cause, Flow, Line, PlanStatus, Theme

#: Length of a reach along a river.
REACH_M = 5_000.0
#: Ground smaller than this is a rounding of two lines, no piece of a strip.
_SLIVER_M2 = 1.0
_HA = 10_000.0
MU_PER_HA = 15.0


@dataclass(frozen=True)
class County:
    """A county: its code, name, ground (longitude, latitude) and local plane."""

    adcode: str
    name: str
    area: shapely.Geometry
    plane: LocalPlane
    own: shapely.Geometry  # the ground in the plane


@dataclass
class StripMaker:
    """Draws strips; keeps what every task needs: counties, courses, known water."""

    rulebook: RuleBook
    catalog: LayerCatalog
    on: date
    widths: Mapping[str, float] = field(default_factory=dict)
    reach_m: float = REACH_M
    confidence: float = CONFIDENCE
    adcodes: tuple[str, ...] = ()  # only these divisions; none = all

    def __post_init__(self) -> None:
        self.courses = Courses(self.catalog)
        self.ground = GroundFinder(self.catalog)
        self._waters: dict[tuple[str, bool], shapely.Geometry | None] = {}
        self._counties: dict[str, County] = {}

    def counties(self, adcodes: Iterable[str]) -> list[County]:
        """The counties of a jurisdiction, in the order of their codes."""
        held = self.catalog.divisions()
        if held is None:
            return []
        wanted = tuple(adcodes)
        codes = held["adcode"].fillna("").astype(str)
        mine = codes.map(lambda code: code.startswith(wanted) and code.startswith(self.adcodes or ""))
        found = []
        for code in sorted(set(codes[mine])):
            if code not in self._counties:
                rows = held[(codes == code).to_numpy()]
                area = shapely.union_all(rows.geometry.to_numpy())
                west, south, east, north = area.bounds
                plane = LocalPlane((west + east) / 2, (south + north) / 2)
                name = str(rows["name"].iloc[0] or code)
                self._counties[code] = County(code, name, area, plane, plane.straight(area))
            found.append(self._counties[code])
        return found

    def draw(self, tasks: Iterable[RestorationTask]) -> gpd.GeoDataFrame:
        """The strips of tasks, overlaps settled. Columns: :data:`geo.restoration.frames.STRIPS`."""
        rows: list[dict[str, object]] = []
        for task in tasks:
            if task.ground not in (Ground.STRIP, Ground.AREA):
                continue
            for county in self.counties(task.jurisdiction.adcode):
                width = self.width_of(task)
                if task.ground is Ground.STRIP and width is None:
                    continue
                for features in self.ground.near(task, county.area, width or 0.0):
                    rows += self._strips(task, county, features)
        if not rows:
            return empty(STRIPS, spatial=True)
        frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=WORKING_CRS)
        frame["area_ha"] = area_m2(frame.geometry.to_numpy()) / _HA
        frame = frame[frame["area_ha"] * _HA > _SLIVER_M2].reset_index(drop=True)
        if not len(frame):
            return empty(STRIPS, spatial=True)
        frame = _numbered(frame)
        return conform(self._described(frame), STRIPS)

    def width_of(self, task: RestorationTask) -> float | None:
        """The plan's width, else the user's, else None."""
        given = task.width_on(self.on)
        return given if given is not None else self.widths.get(task.id)

    def _strips(self, task: RestorationTask, county: County, held: list[Feature]) -> list[dict[str, object]]:
        """The strips of one river, lake or kind of area in one county."""
        first = held[0]
        row = {
            "rule_id": task.id,
            "adcode": county.adcode,
            "county": county.name,
            "river": first.name,
            "title": task.title.zh,
            "ground": str(task.ground),
            "width_m": self.width_of(task) if task.ground is Ground.STRIP else None,
            "width_by_user": task.ground is Ground.STRIP and task.width_on(self.on) is None,
            "strength": str(task.strength),
            "line": str(first.layer.line or Line.BOUNDARY),
            "layer_key": first.layer.key,
            "accuracy_m": first.layer.accuracy_m,
            "is_proxy": first.is_proxy,
            "demo": first.layer.demo,
            "doubt": ";".join(dict.fromkeys(f.doubt for f in held if f.doubt)),
        }
        shapes = np.array([feature.geometry for feature in held], dtype=object)
        if task.ground is Ground.AREA:
            drawn = [(Bank.WHOLE, 1, county.plane.straight(shape)) for shape in shapes]
            flow, note, known = Flow.NONE, "", True
            if len({f.name for f in held}) == 1:
                drawn = [(Bank.WHOLE, 1, shapely.union_all([shape for _, _, shape in drawn]))]
        else:
            width = self.width_of(task)
            if width is None:
                return []
            drawn, flow, note, known = self._banks(first, county, shapes, width)
        water = self._water(county, first.layer.demo) if task.ground is Ground.STRIP else None
        found: dict[tuple[Bank, int], list[shapely.Geometry]] = {}
        for bank, reach, shape in drawn:
            found.setdefault((bank, reach), []).append(shape)
        rows = []
        for (bank, reach), shapes_ in found.items():
            ground = shapely.intersection(shapely.union_all(shapes_), county.own)
            if water is not None:
                ground = shapely.difference(ground, water)
            ground = areas_of(np.array([ground], dtype=object))[0]
            if ground.is_empty:
                continue
            rows.append(
                {
                    **row,
                    "bank": str(bank),
                    "bank_zh": bank.zh,
                    "reach": reach,
                    "flow": str(flow),
                    "note": note,
                    "side_known": known,
                    "geometry": county.plane.back(ground),
                }
            )
        return rows

    def _banks(
        self, feature: Feature, county: County, shapes: Geometries, width: float
    ) -> tuple[list[tuple[Bank, int, shapely.Geometry]], Flow, str, bool]:
        """Ground by bank and reach in the county's plane, how the flow is known, a note, and whether the
        landward side is."""
        near = shapely.box(*county.area.bounds)
        margin = 2 * width / 80_000 + 0.02
        near = shapely.buffer(near, margin, join_style="mitre")
        layer = feature.layer
        is_area = shapely.get_dimensions(shapes) == 2
        if is_area.any():
            own = county.plane.straight(shapely.intersection(shapes[is_area], near))
            own = shapely.get_parts(areas_of(own))
            if layer.theme is not Theme.RIVER:
                ring = shapely.difference(
                    shapely.buffer(shapely.union_all(own), width, quad_segs=64), shapely.union_all(own)
                )
                return [(Bank.SHORE, 1, ring)], Flow.NONE, "", True
            course = self.courses.of_river(feature.name)
            hints = _clipped(course.lines, near, county.plane)
            pieces, axes, ordered = around_water(own, width, self.reach_m, hints)
            flow = course.flow if ordered and len(hints) else Flow.UNKNOWN
            known = True
        else:
            is_bank = layer.line not in PROXY_LINES and layer.theme in (Theme.RIVER, Theme.LEVEE, Theme.CANAL)
            course = self.courses.of_lines(shapes, layer)
            axes = _clipped(course.lines, near, county.plane)
            if not len(axes):
                return [], course.flow, "", True
            if is_bank:
                river = self.courses.of_river(feature.name)
                flow, known = river.flow, True
                hints = _clipped(river.lines, near, county.plane)
                pieces, known = beside_banks(axes, width, self.reach_m, hints if len(hints) else axes)
                return (
                    _by_river(pieces, axes, hints, flow),
                    flow if len(hints) else Flow.UNKNOWN,
                    _bank_note(known, river, width),
                    known,
                )
            pieces, flow, known = along_lines(axes, width, self.reach_m), course.flow, True
        told = flow in (Flow.STATED, Flow.DEM)
        drawn = [
            (named_bank(p.side, axes, p.line, told), p.line * 10_000 + p.reach, p.geometry) for p in pieces
        ]
        return drawn, flow, course.note, known

    def _water(self, county: County, with_demo: bool) -> shapely.Geometry | None:
        """Water that layers know as areas, in the county's plane; demonstration water only for its like."""
        key = (county.adcode, with_demo)
        if key not in self._waters:
            parts: list[shapely.Geometry] = []
            near = shapely.buffer(county.area, 0.001)
            for layer in [*self.catalog.of_theme(Theme.RIVER), *self.catalog.of_theme(Theme.LAKE)]:
                if layer.line not in (Line.WATERLINE, Line.BANK) or (layer.demo and not with_demo):
                    continue
                shapes = self.catalog.features(layer).geometry.to_numpy()
                areas = shapes[(shapely.get_dimensions(shapes) == 2) & shapely.intersects(shapes, near)]
                parts += list(areas)
            held = np.array([county.plane.straight(part) for part in parts], dtype=object)
            self._waters[key] = shapely.union_all(held) if len(held) else None
        return self._waters[key]

    def _described(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Figures and states of strips that are drawn, overlaps settled."""
        shapes = frame.geometry.to_numpy()
        perimeter = _perimeter_m(shapes)
        area = frame["area_ha"].to_numpy() * _HA
        width = pd.to_numeric(frame["width_m"]).to_numpy(dtype=float)
        across = np.where(np.isnan(width), 2 * area / perimeter, width)
        shift = NormalDist().inv_cdf(self.confidence) * frame["accuracy_m"].to_numpy(dtype=float)
        frame["across_m"] = across
        frame["doubt_share"] = np.minimum(1.0, shift / across)
        frame["length_m"] = area / width
        frame["area_mu"] = frame["area_ha"] * MU_PER_HA
        counted, shared = settle_overlaps(frame)
        frame["counted_ha"] = area_m2(counted) / _HA
        frame["shared_with"] = shared
        causes = []
        tasks = self.rulebook.tasks
        lost = {i for i in frame["rule_id"].unique() if leaves_open(tasks[i], self.rulebook, self.catalog)}
        for row in frame.itertuples():
            plan = self.rulebook.plan_of(self.rulebook.tasks[row.rule_id])
            causes.append(
                [
                    *([str(Cause.DEMO)] if row.demo else []),
                    *([str(Cause.DRAFT_PLAN)] if plan.status is PlanStatus.DRAFT else []),
                    *([str(Cause.DISTANCE_NOT_GIVEN)] if row.width_by_user else []),
                    *([str(Cause.BASE_LINE)] if row.is_proxy or not row.side_known else []),
                    *([str(Cause.ACCURACY)] if row.doubt_share >= 1 else []),
                    *([str(Cause.UNREADABLE)] if row.rule_id in lost else []),
                    *[cause for cause in row.doubt.split(";") if cause],
                ]
            )
        frame["cause"] = [";".join(dict.fromkeys(found)) for found in causes]
        frame["state"] = ["undetermined" if found else "measured" for found in causes]
        return frame


def settle_overlaps(strips: gpd.GeoDataFrame) -> tuple[Geometries, list[str]]:
    """Per strip the ground that no stricter strip holds, and the ids of those that hold the rest.

    Stricter: the more binding word, then the wider strip, then the lower number; areas come after strips.
    Demonstration ground never takes from real ground.
    """
    strength = strips["strength"].map({"mandatory": 0, "in_principle": 1, "encouraged": 2}).to_numpy()
    width = -pd.to_numeric(strips["width_m"]).fillna(0.0).to_numpy(dtype=float)
    demo = strips["demo"].to_numpy(dtype=bool)
    order = np.lexsort((np.arange(len(strips)), width, strength, demo))
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    shapes = strips.geometry.to_numpy()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    before = rank[b] < rank[a]
    a, b = a[before], b[before]
    common = areas_of(shapely.intersection(shapes[a], shapes[b]))
    real = area_m2(common) > _SLIVER_M2 if len(common) else np.array([], dtype=bool)
    ids = strips["strip_id"].to_numpy()
    counted = shapes.copy()
    shared = [""] * len(strips)
    for row in np.unique(a[real]):
        others = b[real & (a == row)]
        counted[row] = areas_of(
            np.array([shapely.difference(shapes[row], shapely.union_all(shapes[others]))], dtype=object)
        )[0]
        shared[row] = ";".join(sorted(ids[others]))
    counted[area_m2(counted) < _SLIVER_M2] = shapely.Polygon()
    return counted, shared


def _numbered(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Reaches counted from 1 within each task, county and river; ids."""
    place = ["rule_id", "adcode", "river"]
    frame["reach"] = frame.groupby(place)["reach"].rank(method="dense").astype(int)
    frame = frame.sort_values([*place, "reach", "bank"], kind="stable").reset_index(drop=True)
    ids = [
        f"{r.rule_id}/{r.adcode}/{r.river or '未名'}/{r.bank}/{r.reach}"
        for r in frame[[*place, "bank", "reach"]].itertuples()
    ]
    again = pd.Series(ids).groupby(ids).cumcount()
    frame["strip_id"] = [i if not n else f"{i}.{n + 1}" for i, n in zip(ids, again, strict=True)]
    return frame


def _clipped(lines: Geometries, near: shapely.Geometry, plane: LocalPlane) -> Geometries:
    """The parts of lines near a county, each still running its own way, in the county's plane."""
    found = []
    for line in lines:
        for part in shapely.get_parts(shapely.intersection(line, near)):
            if shapely.get_type_id(part) != 1 or part.length == 0:
                continue
            at = shapely.line_locate_point(line, shapely.get_point(np.array([part, part]), [0, -1]))
            found.append(shapely.reverse(part) if at[0] > at[1] else part)
    return plane.straight(np.array(found, dtype=object)) if found else np.array([], dtype=object)


def _by_river(
    pieces: list[Piece], lines: Geometries, course: Geometries, flow: Flow
) -> list[tuple[Bank, int, shapely.Geometry]]:
    """Pieces beside bank lines by the bank of the river that they are on."""
    if not pieces:
        return []
    places = shapely.point_on_surface(np.array([piece.geometry for piece in pieces], dtype=object))
    told = flow in (Flow.STATED, Flow.DEM) and len(course) > 0
    axes = course if len(course) else lines
    owner = nearest_line(axes, places)
    side = sides(axes, places) if len(course) else np.array([piece.side for piece in pieces])
    owner = owner if len(course) else np.array([piece.line for piece in pieces])
    return [
        (
            named_bank(int(side[n]), axes, int(owner[n]), told),
            piece.line * 10_000 + piece.reach,
            piece.geometry,
        )
        for n, piece in enumerate(pieces)
    ]


def _bank_note(known: bool, river: Course, width: float) -> str:
    if not known:
        return "不知哪一侧临水，两侧都画出；补上河流中心线或对岸的线"
    if river.layer is not None and river.layer.accuracy_m > width:
        return f"岸别按中误差 {river.layer.accuracy_m:g} 米的中心线判定"
    return ""


def _perimeter_m(shapes: Geometries) -> np.ndarray:
    starts, ends, owner = segments(shapes)
    return np.bincount(owner, geodesic_m(starts, ends), minlength=len(shapes))
