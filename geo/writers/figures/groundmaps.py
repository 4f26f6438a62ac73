"""Maps of the ground left for a use, by kind, with the candidates on it; and a bar a county."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from geo.availability.kinds import in_order
from geo.space import Geometries
from geo.writers.figures.basemap import BaseMap, base_key, cut, draw_base
from geo.writers.figures.canvas import PAGE_WIDTH_CM, new_figure
from geo.writers.figures.fonts import drawable
from geo.writers.figures.labels import Labels
from geo.writers.figures.mapframe import draw_frame, furniture, imprint, map_size, open_sheet
from geo.writers.figures.overview import imprint_lines
from geo.writers.figures.plane import Plane, fit_plane
from geo.writers.figures.symbols import KeyEntry, draw_areas, draw_key, draw_lines
from geo.writers.ground_dossier import GroundDossier
from geo.writers.styles import ground_colour

_HEIGHT_CM, _KEY_CM = 10.6, 4.3
_STRENGTH = 0.62  # how much of its colour a fill keeps on white
_INK, _OWN = "#111111", "#FFD400"
_MOST_BARS = 30
#: A candidate's map: height, least width of ground, and up to which distance the nearest limit is brought in.
_SMALL_CM, _NEAR_M, _FAR_M = 7.4, 6_000.0, 12_000.0


def draw_ground(
    dossier: GroundDossier,
    base: BaseMap,
    rows: np.ndarray,
    shape: shapely.Geometry,
    title: str,
    smallest_m: float = 2_000.0,
    height_cm: float = _HEIGHT_CM,
    own: int | None = None,
) -> Figure:
    """The ground in these rows of ``dossier.ground``, with candidates; ``shape`` fills the map (EPSG:4490).

    ``smallest_m``: the least width of ground shown; ``own``: the row of the candidate that the map is of.
    """
    say = dossier.lang
    plane = fit_plane(shape, *map_size(PAGE_WIDTH_CM, height_cm, _KEY_CM), smallest_m=smallest_m)
    figure, view, key = open_sheet(title, plane, PAGE_WIDTH_CM, height_cm, _KEY_CM)
    ground = dossier.ground.iloc[rows]
    near, shown = cut(ground.geometry.to_numpy(), plane)
    ground = ground[near]
    kinds = ground["kind"].to_numpy()
    order = in_order(kinds)
    for kind in order:
        draw_areas(view, shown[kinds == kind], on_white(ground_colour(kind)), 1.0, 3, 0.3)
    labels = Labels(view, plane, furniture(plane))
    _candidates(dossier, plane, view, labels, own)
    draw_base(view, base, plane, labels)
    draw_frame(view, plane, say)
    hectares = ground.groupby("kind")["area_ha"].sum()
    counted = own is None  # of a detail the hectares of whole counties would mislead
    entries = [
        KeyEntry(
            dossier.kind(kind) + (f" {hectares[kind]:,.0f} {say('公顷', 'ha')}" if counted else ""),
            marker="s",
            colour=on_white(ground_colour(kind)),
        )
        for kind in order
    ]
    top = draw_key(key, say("用地分类", "Ground"), entries, key.get_ylim()[1], pitch=0.4)
    held = base_key(base, plane, dossier)
    if _candidates_near(dossier, plane).any():
        held = [KeyEntry(say("备选地及编号", "candidate, number"), line=_INK), *held]
    if own is not None:
        held = [KeyEntry(say("本备选地", "this candidate"), marker="s", colour=_OWN), *held]
    draw_key(key, say("底图", "Base map"), held, top - 0.1, pitch=0.4)
    imprint(figure, plane, imprint_lines(dossier, base), dossier.run.has_demo, say)
    return figure


def draw_candidate(dossier: GroundDossier, base: BaseMap, row: int) -> Figure:
    """The candidate in a row and the ground about it, as far as to the nearest limit where that is near."""
    candidate = dossier.run.candidates.iloc[row]
    margin = float(candidate["margin_m"])
    wide = 2.6 * margin + 1_000 if margin < _FAR_M else 0.0
    title = dossier.lang(
        f"{candidate['candidate_id']} {candidate['county']}备选地位置图",
        f"Candidate {candidate['candidate_id']}, {candidate['county']}",
    )
    rows = np.arange(len(dossier.ground))
    return draw_ground(dossier, base, rows, candidate.geometry, title, max(_NEAR_M, wide), _SMALL_CM, row)


def on_white(colour: str, share: float = _STRENGTH) -> str:
    """A colour thinned on white paper.

    >>> on_white("#000000", 0.5)
    '#808080'
    """
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * share):02X}" for part in parts)


def _candidates_near(dossier: GroundDossier, plane: Plane) -> np.ndarray:
    near: np.ndarray = shapely.intersects(dossier.run.candidates.geometry.to_numpy(), plane.window(0.0))
    return near


def _candidates(dossier: GroundDossier, plane: Plane, view: Axes, labels: Labels, own: int | None) -> None:
    candidates = dossier.run.candidates
    shapes: Geometries = candidates.geometry.to_numpy()
    near = _candidates_near(dossier, plane)
    flat = plane.project(shapes[near])
    draw_lines(view, flat, _INK, 1.0, 22)
    if own is not None:
        draw_areas(view, plane.project(shapes[own : own + 1]), _OWN, 1.0, 21.5, 0.0)
    middles = shapely.get_coordinates(shapely.point_on_surface(flat))
    rows = np.flatnonzero(near)
    for (x, y), row, number in zip(middles, rows, candidates["candidate_id"][near], strict=True):
        if plane.metres_per_point > 60:  # a plot is a dot there
            view.plot(
                [x],
                [y],
                ls="none",
                marker="o",
                ms=4,
                mfc=_OWN if row == own else "white",
                mec=_INK,
                mew=0.9,
                zorder=23,
            )
        labels.keep_free(x, y, 3.0)
        labels.place(x, y, str(number), size=7.5, reach=6)


def draw_county_bars(dossier: GroundDossier) -> Figure | None:
    """A bar a county, its ground by kind: shares of the county."""
    say = dossier.lang
    ground = dossier.ground
    sums = ground.groupby(["county", "kind"])["area_ha"].sum().unstack(fill_value=0.0)
    if len(sums) < 2:
        return None
    kinds = in_order(sums.columns)
    best = sums.div(sums.sum(axis=1), axis=0)[kinds]
    best = best.sort_values(kinds, ascending=False).head(_MOST_BARS)
    height = 2.6 + 0.52 * len(best) + 0.4 * ((len(kinds) - 1) // 3)
    figure = new_figure(PAGE_WIDTH_CM, height)
    left, head = 2.8, 0.9 + 0.4 * ((len(kinds) - 1) // 3)
    axes = figure.add_axes(
        (left / PAGE_WIDTH_CM, 1.2 / height, 1 - (left + 0.6) / PAGE_WIDTH_CM, 1 - (1.2 + head) / height)
    )
    places, start = np.arange(len(best)), np.zeros(len(best))
    for kind in kinds:
        axes.barh(places, best[kind] * 100, 0.7, left=start, color=on_white(ground_colour(kind)), lw=0)
        start += best[kind].to_numpy() * 100
    axes.set_yticks(places, [drawable(str(name)) for name in best.index], fontsize=7.5)
    axes.set_ylim(len(best) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel(say("占全县（市、区）面积的百分比", "per cent of the county's ground"), fontsize=7.5)
    axes.tick_params(axis="x", labelsize=7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.legend(
        handles=[Patch(fc=on_white(ground_colour(kind)), label=dossier.kind(kind)) for kind in kinds],
        loc="upper left",
        bbox_to_anchor=(0.02, 1.0),
        ncols=3,
        fontsize=7,
        frameon=False,
    )
    return figure


def county_rows(ground: gpd.GeoDataFrame) -> list[tuple[str, str, np.ndarray]]:
    """Code, name and rows of each county of the ground."""
    numbered = ground.assign(row=np.arange(len(ground)))
    return [
        (str(code), str(part["county"].iloc[0]), part["row"].to_numpy())
        for code, part in numbered.groupby("adcode", sort=True)
    ]
