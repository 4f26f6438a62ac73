"""What lies under every map: borders, rivers, lakes and drawn zones, and how little of it a frame needs."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes

from geo.contracts import conform
from geo.space import WORKING_CRS, Geometries
from geo.terms import Effect, Line, Measure, Theme
from geo.writers.basemap import DIVISIONS
from geo.writers.dossier import Dossier
from geo.writers.figures.labels import Labels
from geo.writers.figures.plane import Plane
from geo.writers.figures.symbols import KeyEntry, draw_areas, draw_lines
from geo.writers.styles import BORDER, EFFECTS, WATER


@dataclass(frozen=True)
class BaseMap:
    """Borders with their names, waters with theirs, zones as the run draws them. Longitude and latitude."""

    cities: gpd.GeoDataFrame
    counties: gpd.GeoDataFrame
    waters: list[tuple[str, bool, shapely.Geometry]]  # name, schematic, shape
    zones: gpd.GeoDataFrame | None
    sources: list[str]


def gather_base(dossier: Dossier) -> BaseMap:
    """The base map of a run as its contents hold it, and its zones."""
    catalog = dossier.assessment.catalog
    zones = dossier.spatial("zones")
    if zones is not None:
        zones = zones[zones["measure"] != Measure.IN_JURISDICTION].reset_index(drop=True)
    layers = [
        layer
        for theme in (Theme.ADMIN, Theme.RIVER, Theme.LAKE)
        for layer in catalog.of_theme(theme)
        if not layer.demo
    ]
    columns: dict[str, list[object]] = {name: [] for name in DIVISIONS}
    nothing = conform(gpd.GeoDataFrame(columns, geometry=[], crs=WORKING_CRS), DIVISIONS)
    withheld = dossier.assessment.withheld
    cities, counties = (dossier.spatial(name) for name in ("cities", "counties"))
    return BaseMap(
        nothing if cities is None else cities.reset_index(drop=True),
        nothing if counties is None else counties.reset_index(drop=True),
        [found for name in ("rivers", "lakes") for found in _waters(dossier.spatial(name))],
        zones,
        [
            *dict.fromkeys(layer.source for layer in layers),
            *(
                [dossier.lang("有图层按要求略去图形", "some layers are left out as asked")]
                if withheld
                else []
            ),
        ],
    )


def _waters(held: gpd.GeoDataFrame | None) -> list[tuple[str, bool, shapely.Geometry]]:
    if held is None:
        return []
    return [
        (name or "", line == Line.SCHEMATIC, shape)
        for name, line, shape in zip(held["name"], held["line"], held.geometry, strict=True)
    ]


def cut(shapes: Geometries, plane: Plane) -> tuple[np.ndarray, Geometries]:
    """Which shapes reach into the frame, and those in the plane, no finer than print shows."""
    box = plane.window()
    near = shapely.intersects(shapes, box)
    if not near.any():
        return near, shapes[near]
    pieces = shapely.intersection(shapes[near], box)
    return near, shapely.simplify(plane.project(pieces), plane.metres_per_point * 0.35)


def draw_base(view: Axes, base: BaseMap, plane: Plane, labels: Labels, county_names: bool = True) -> None:
    """Borders and waters on a map; names go where room is left."""
    _, counties = cut(base.counties.geometry.to_numpy(), plane)
    draw_lines(view, counties, BORDER, 0.45, 5, dash=True)
    _, cities = cut(base.cities.geometry.to_numpy(), plane)
    draw_lines(view, cities, "#555555", 1.1, 6)
    for name, schematic, shape in base.waters:
        near, shown = cut(np.array([shape], dtype=object), plane)
        if not near.any() or shown[0].is_empty:
            continue
        if shapely.get_dimensions(shown[0]) == 2:
            draw_areas(view, shown, WATER, 0.45, 7, 0.4)
        else:
            draw_lines(view, shown, WATER, 1.1, 7, dash=schematic)
        part = max(shapely.get_parts(shown[0]), key=lambda piece: piece.length)
        at = (
            part.interpolate(0.5, normalized=True)
            if part.geom_type == "LineString"
            else part.representative_point()
        )
        if name:
            labels.place(at.x, at.y, name, size=6.5, colour="#1F5F99", reach=3)
    if county_names:
        _county_names(base, plane, labels)


def _county_names(base: BaseMap, plane: Plane, labels: Labels) -> None:
    near, shown = cut(base.counties.geometry.to_numpy(), plane)
    for name, shape in zip(base.counties["name"][near], shown, strict=True):
        if not shape.is_empty and shape.area > 0:
            at = shape.representative_point()
            labels.place(at.x, at.y, str(name), size=6.5, colour="#6B6B6B", centred=True)


def draw_zones_on(view: Axes, zones: gpd.GeoDataFrame, plane: Plane, merged: bool = False) -> list[Effect]:
    """Zones on a map by effect, the strictest on top; returns the effects that are there to see.

    ``merged``: zones of one effect are one area, as a map of a whole city needs it.
    """
    near, shown = cut(zones.geometry.to_numpy(), plane)
    effects = zones["effect"].to_numpy()[near]
    present = [effect for effect in Effect if (effects == effect).any()]
    for rank, effect in enumerate(reversed(present)):
        # alike for several rules: drawn once, or the fill would grow darker with each
        once = {shapely.to_wkb(shape): shape for shape in shown[effects == effect]}
        shapes = np.array(list(once.values()), dtype=object)
        if merged:
            shapes = np.array([shapely.union_all(shapely.buffer(shapes, 0))], dtype=object)
        draw_areas(view, shapes, EFFECTS[effect], 0.22 if merged else 0.16, 3 + rank * 0.1, 0.6)
    return present


def base_key(base: BaseMap, plane: Plane, dossier: Dossier) -> list[KeyEntry]:
    """The key of what the base map shows in this frame."""
    say, box = dossier.lang, plane.window(0.0)
    entries = []
    if shapely.intersects(shapely.boundary(base.cities.geometry.to_numpy()), box).any():
        entries.append(KeyEntry(say("市界", "city border"), line="#555555"))
    if shapely.intersects(shapely.boundary(base.counties.geometry.to_numpy()), box).any():
        entries.append(KeyEntry(say("县界", "county border"), line=BORDER, dash=True))
    near = [(schematic, shape) for _, schematic, shape in base.waters if shapely.intersects(shape, box)]
    if any(not schematic for schematic, _ in near):
        entries.append(KeyEntry(say("河流、湖泊", "rivers, lakes"), line=WATER))
    if any(schematic for schematic, _ in near):
        entries.append(KeyEntry(say("示意河道", "schematic river"), line=WATER, dash=True))
    return entries
