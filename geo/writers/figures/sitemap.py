"""A map per site: its footprint, what it was measured from and how far, the zones it lies in or near."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from geo.space import metres_per_degree
from geo.terms import Effect, Line, Measure, Outcome, State, Theme
from geo.writers.dossier import Dossier
from geo.writers.figures.basemap import BaseMap, base_key, draw_base, draw_zones_on
from geo.writers.figures.canvas import PAGE_WIDTH_CM
from geo.writers.figures.labels import Labels
from geo.writers.figures.mapframe import draw_frame, furniture, imprint, map_size, open_sheet
from geo.writers.figures.overview import imprint_lines
from geo.writers.figures.plane import Plane, fit_plane
from geo.writers.figures.symbols import (
    MARKERS,
    KeyEntry,
    draw_areas,
    draw_key,
    draw_lines,
    draw_sites,
    fitting,
    marker_size,
)
from geo.writers.quantities import limit_in, metres_in
from geo.writers.styles import BORDER, EFFECTS, OUTCOMES

_HEIGHT_CM, _KEY_CM = 12.6, 4.2
#: Features farther off than this are listed in the table, not drawn.
REACH_M = 12_000.0
_DISTANCES = 5
_PITCH = 0.36
_NUMBERS = "①②③④⑤⑥⑦⑧⑨"
_REFERENCE = "#111111"


@dataclass(frozen=True)
class Measured:
    """A distance on the map: from the site to the nearest point of a feature."""

    text: str
    line: shapely.LineString
    state: State


def draw_site_map(dossier: Dossier, base: BaseMap, row: int) -> Figure:
    """The map of the site in this row of the list."""
    say = dossier.lang
    site = dossier.assessment.sites.iloc[row]
    outcome = Outcome(dossier.assessment.verdicts["outcome"].iloc[row])
    checks = dossier.checks_of(site["site_id"])
    measured = distances_shown(dossier, site.geometry, checks)
    extent = shapely.union_all([site.geometry, *(found.line for found in measured)])
    extent = _grown(extent, 0.22)
    plane = fit_plane(extent, *map_size(PAGE_WIDTH_CM, _HEIGHT_CM, _KEY_CM), smallest_m=1500)
    title = f"{site['site_id']} {site['name']}"
    title = (title if len(title) <= 30 else title[:29] + "…") + say(" 位置关系图", ": location")
    figure, view, key = open_sheet(title, plane, PAGE_WIDTH_CM, _HEIGHT_CM, _KEY_CM)
    zones = base.zones
    effects: list[Effect] = []
    demo = False
    if zones is not None:
        near = shapely.intersects(zones.geometry.to_numpy(), plane.window(0.0))
        zones = zones[near & zones["rule_id"].isin(set(checks["rule_id"])).to_numpy()]
        effects = draw_zones_on(view, zones, plane)
        demo = bool(zones["demo"].any())
    top = _locator(figure, key, base, site.geometry)
    entries = _key(dossier, base, plane, outcome, effects)
    top = draw_key(key, say("图例", "Key"), entries, top, pitch=_PITCH) - 0.1
    listed = [KeyEntry(found.text, number=sign) for sign, found in zip(_NUMBERS, measured, strict=False)]
    measured = measured[: fitting(key, listed, top, _PITCH)]
    if measured:
        draw_key(key, say("量算距离", "Distances"), listed[: len(measured)], top, pitch=_PITCH)
    labels = Labels(view, plane, furniture(plane))
    _footprint(view, plane, site.geometry, outcome)
    at = shapely.get_coordinates(plane.project(np.array([shapely.point_on_surface(site.geometry)])))
    draw_sites(view, at, outcome, 8)
    x, y = (float(value) for value in at[0])
    labels.keep_free(x, y, marker_size(outcome, 8) / 2)
    _references(view, dossier, plane, checks)
    _distances(view, plane, measured, labels)
    labels.place(x, y, str(site["site_id"])[:14], size=7.5, reach=6)
    draw_base(view, base, plane, labels)
    draw_frame(view, plane, say)
    imprint(figure, plane, imprint_lines(dossier, base), demo, say)
    return figure


def _key(
    dossier: Dossier, base: BaseMap, plane: Plane, outcome: Outcome, effects: list[Effect]
) -> list[KeyEntry]:
    say = dossier.lang
    this = say.of(outcome) + say("（本项目）", " (this site)")
    return [
        KeyEntry(this, marker=MARKERS[outcome], colour=OUTCOMES[outcome].colour),
        *(KeyEntry(say.of(effect) + say("类管控范围", " zone"), area=EFFECTS[effect]) for effect in effects),
        KeyEntry(say("量算基准线", "measured from"), line=_REFERENCE),
        *base_key(base, plane, dossier),
    ]


def distances_shown(dossier: Dossier, shape: shapely.Geometry, checks: pd.DataFrame) -> list[Measured]:
    """The distances that matter most: hits first, then what is open and nearest to its limit; once a feature."""
    say = dossier.lang
    order = {State.HIT: 0, State.UNDETERMINED: 1, State.MISS: 2}
    ranked = checks[
        checks["near_lon"].notna() & (checks["distance_m"] > 0) & (checks["distance_m"] <= REACH_M)
    ]
    ranked = ranked.assign(rank=ranked["state"].map(order), room=ranked["margin_m"].abs()).sort_values(
        ["rank", "room"]
    )
    ranked = ranked.drop_duplicates(["feature_name", "layer_key"]).head(_DISTANCES)
    found = []
    for row in ranked.to_dict("records"):
        rule = dossier.rule(row["rule_id"])
        line = Line(row["line"])
        name = row["feature_name"] or say.of(Theme(row["theme"]))
        kind = say.of(line) if line is not Line.BOUNDARY else ""
        text = say(f"距{name}{kind} ", f"{name} {kind}: ") + metres_in(say, row["distance_m"])
        if rule.measure is Measure.WITHIN_DISTANCE and not math.isnan(row["limit_m"]):
            text += say(
                f"（限 {limit_in(say, row['limit_m'])}）", f" (limit {limit_in(say, row['limit_m'])})"
            )
        found.append(Measured(text, _shortest(shape, row["near_lon"], row["near_lat"]), State(row["state"])))
    return found


def _shortest(shape: shapely.Geometry, lon: float, lat: float) -> shapely.LineString:
    """From the footprint to a point, the shortest way on the ground (drawn, not measured)."""
    east, north = metres_per_degree(lat)
    scale = np.array([float(east), float(north)])
    flat = shapely.shortest_line(
        shapely.transform(shape, lambda xy: xy * scale), shapely.Point(np.array([lon, lat]) * scale)
    )
    return shapely.transform(flat, lambda xy: xy / scale)


def _grown(extent: shapely.Geometry, share: float) -> shapely.Geometry:
    west, south, east, north = extent.bounds
    return shapely.box(
        west - (east - west) * share,
        south - (north - south) * share,
        east + (east - west) * share,
        north + (north - south) * share,
    )


def _footprint(view: Axes, plane: Plane, shape: shapely.Geometry, outcome: Outcome) -> None:
    flat = plane.project(np.array([shape], dtype=object))
    if shapely.get_dimensions(shape) == 2:
        draw_areas(view, flat, OUTCOMES[outcome].colour, 0.5, 20, 1.2)
    elif shapely.get_dimensions(shape) == 1:
        draw_lines(view, flat, OUTCOMES[outcome].colour, 2.2, 20)


def _references(view: Axes, dossier: Dossier, plane: Plane, checks: pd.DataFrame) -> None:
    """The lines that the site's rules measure from."""
    held = dossier.spatial("references")
    if held is None:
        return
    box = plane.window()
    near = held[
        shapely.intersects(held.geometry.to_numpy(), box)
        & held["layer_key"].isin(set(checks["layer_key"])).to_numpy()
    ]
    once = {shapely.to_wkb(shape): shape for shape in near.geometry}
    pieces = (
        shapely.intersection(np.array(list(once.values()), dtype=object), box)
        if once
        else np.array([], dtype=object)
    )
    draw_lines(
        view, shapely.simplify(plane.project(pieces), plane.metres_per_point * 0.35), _REFERENCE, 0.6, 8
    )


def _distances(view: Axes, plane: Plane, measured: list[Measured], labels: Labels) -> None:
    for number, found in enumerate(measured):
        line = plane.project(np.array([found.line]))[0]
        x, y = shapely.get_coordinates(line).T
        colour = {State.HIT: "#B2182B", State.UNDETERMINED: "#5D3A9B"}.get(found.state, "#333333")
        view.plot(x, y, color=colour, lw=1.0, ls=(0, (3, 1.5)), zorder=25)
        view.plot(x[-1:], y[-1:], ls="none", marker="o", ms=3, mfc="white", mec=colour, zorder=26)
        middle = line.interpolate(0.55, normalized=True)
        labels.place(middle.x, middle.y, _NUMBERS[number], size=8.5, colour=colour, reach=2)


def _locator(figure: Figure, key: Axes, base: BaseMap, shape: shapely.Geometry) -> float:
    """Where in its city the site lies, top right; returns where the key begins."""
    point = shape.representative_point()
    top, side = key.get_ylim()[1], 2.0
    inside = shapely.intersects(base.cities.geometry.to_numpy(), point)
    if not inside.any():
        return top
    city = base.cities[inside].iloc[0]
    box = key.get_position()
    width, height = figure.get_size_inches() * 2.54
    inset = figure.add_axes((box.x0, box.y1 - side / height, (key.get_xlim()[1]) / width, side / height))
    adcodes = base.counties["adcode"].astype(str).str[:4] == str(city["adcode"])[:4]
    plane_scale = 1 / math.cos(math.radians(point.y))
    rough = shapely.simplify(base.counties.geometry.to_numpy()[adcodes.to_numpy(bool)], 0.01)
    draw_lines(inset, rough, BORDER, 0.4, 2)
    inset.plot([point.x], [point.y], ls="none", marker="s", ms=4.5, mfc="#B2182B", mec="white", mew=0.5)
    inset.set_aspect(plane_scale)
    inset.set_xticks([])
    inset.set_yticks([])
    inset.set_title(str(city["name"]), fontsize=7, pad=2)
    for spine in inset.spines.values():
        spine.set_linewidth(0.6)
        spine.set_color("#888888")
    return top - side - 0.7
