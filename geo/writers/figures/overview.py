"""A map per city: its sites by outcome on borders, waters and zones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from geo.terms import Effect, Outcome
from geo.writers.dossier import Dossier
from geo.writers.figures.basemap import BaseMap, base_key, draw_base, draw_zones_on
from geo.writers.figures.canvas import PAGE_WIDTH_CM
from geo.writers.figures.labels import Labels
from geo.writers.figures.mapframe import draw_frame, furniture, imprint, map_size, open_sheet
from geo.writers.figures.plane import Plane, fit_plane
from geo.writers.figures.symbols import MARKERS, KeyEntry, draw_key, draw_sites, marker_size
from geo.writers.styles import EFFECTS, OUTCOMES

_HEIGHT_CM, _KEY_CM = 10.7, 3.6
#: Above this many sites numbers would hide the map.
NUMBERS_UP_TO = 120
#: What of all zones an overview shows: those that stop or limit.
_SHOWN = (Effect.PROHIBIT, Effect.PHASE_OUT, Effect.RESTRICT)


def cities_with_sites(dossier: Dossier, base: BaseMap) -> list[tuple[str, str, np.ndarray]]:
    """Code and name of each city with a plan that sites lie in, and which sites those are (rows of the list)."""
    planned = {plan.adcode[:4] for plan in dossier.assessment.rulebook.plans.values()}
    points = shapely.point_on_surface(dossier.assessment.sites.geometry.to_numpy())
    tree = shapely.STRtree(base.cities.geometry.to_numpy())
    rows, found = tree.query(points, predicate="intersects")
    cities = pd.DataFrame({"row": rows, "city": found}).drop_duplicates("row")
    return [
        (str(base.cities["adcode"][city])[:4], str(base.cities["name"][city]), part["row"].to_numpy())
        for city, part in sorted(cities.groupby("city"), key=lambda item: base.cities["adcode"][item[0]])
        if str(base.cities["adcode"][city])[:4] in planned
    ]


def draw_overview(dossier: Dossier, base: BaseMap, adcode: str, name: str, rows: np.ndarray) -> Figure:
    """The overview of one city; ``rows`` are its sites."""
    say = dossier.lang
    city = base.cities.geometry[base.cities["adcode"].str[:4] == adcode].iloc[0]
    plane = fit_plane(city, *map_size(PAGE_WIDTH_CM, _HEIGHT_CM, _KEY_CM))
    title = say(f"{name}项目选址初步研判分布图", f"Preliminary screening of sites, {name}")
    figure, view, key = open_sheet(title, plane, PAGE_WIDTH_CM, _HEIGHT_CM, _KEY_CM)
    effects: list[Effect] = []
    demo = False
    if base.zones is not None:
        zones = base.zones[base.zones["effect"].isin(_SHOWN)]
        effects = draw_zones_on(view, zones, plane, merged=True)
        demo = bool(zones["demo"][shapely.intersects(zones.geometry.to_numpy(), plane.window(0.0))].any())
    labels = Labels(view, plane, furniture(plane))
    outcomes = _sites(dossier, rows, plane, labels, view)
    draw_base(view, base, plane, labels)
    draw_frame(view, plane, say)
    entries = [
        KeyEntry(f"{say.of(outcome)} ({count})", marker=MARKERS[outcome], colour=OUTCOMES[outcome].colour)
        for outcome, count in outcomes.items()
    ]
    top = draw_key(key, say("研判结论", "Outcome"), entries, key.get_ylim()[1])
    if effects:
        held = [
            KeyEntry(say.of(effect) + say("类管控范围", " zone"), area=EFFECTS[effect]) for effect in effects
        ]
        top = draw_key(key, say("管控范围", "Zones"), held, top - 0.15)
    draw_key(key, say("底图", "Base map"), base_key(base, plane, dossier), top - 0.15)
    imprint(figure, plane, imprint_lines(dossier, base), demo, say)
    return figure


def imprint_lines(dossier: Dossier, base: BaseMap) -> list[str]:
    """Date and sources, as printed below each map."""
    say, on = dossier.lang, dossier.assessment.on
    return [
        say(
            f"研判日期 {on:%Y-%m-%d}；底图来源：{'；'.join(base.sources)}",
            f"As of {on:%Y-%m-%d}; base map: {'; '.join(base.sources)}",
        )
    ]


def _sites(
    dossier: Dossier, rows: np.ndarray, plane: Plane, labels: Labels, view: Axes
) -> dict[Outcome, int]:
    verdicts = dossier.assessment.verdicts.iloc[rows]
    shapes = shapely.point_on_surface(dossier.assessment.sites.geometry.to_numpy()[rows])
    xy = shapely.get_coordinates(plane.project(shapes))
    counts = {}
    for outcome in reversed(Outcome):  # the strictest on top
        own = (verdicts["outcome"] == outcome).to_numpy()
        if own.any():
            counts[outcome] = int(own.sum())
            draw_sites(view, xy[own], outcome, 6.5 if len(rows) <= NUMBERS_UP_TO else 3.5)
    for (x, y), outcome in zip(xy, verdicts["outcome"], strict=True):
        if len(rows) <= NUMBERS_UP_TO:
            labels.keep_free(x, y, marker_size(Outcome(outcome), 6.5) / 2)
    if len(rows) <= NUMBERS_UP_TO:
        for (x, y), site_id in zip(xy, verdicts["site_id"], strict=True):
            labels.place(x, y, str(site_id)[:14])
    return dict(reversed(counts.items()))
