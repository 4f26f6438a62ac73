"""What a map of a bureau has about it: frame, graticule with its degrees, north arrow, scale, imprint."""

from __future__ import annotations

import math

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from geo.language import Lang
from geo.writers.figures.canvas import new_figure
from geo.writers.figures.fonts import drawable
from geo.writers.figures.plane import Plane
from geo.writers.figures.symbols import fold
from geo.writers.styles import DEMO_NOTE, DEMO_NOTE_EN

#: Steps of a graticule in seconds of arc.
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_INK = "#222222"
_GRID = "#9AA5AE"

#: Room on the sheet in centimetres: title above, imprint below, key at the right, degrees at the left.
_TOP, _BOTTOM, _LEFT, _GAP, _EDGE = 0.95, 1.75, 0.55, 0.35, 0.1


def map_size(width_cm: float, height_cm: float, key_cm: float) -> tuple[float, float]:
    """Width and height of the map itself on a sheet of this size."""
    return width_cm - key_cm - _LEFT - _GAP - _EDGE, height_cm - _TOP - _BOTTOM


def open_sheet(
    title: str, plane: Plane, width_cm: float, height_cm: float, key_cm: float
) -> tuple[Figure, Axes, Axes]:
    """A sheet with its title, the axes of the map and those of the key beside it (in centimetres)."""
    figure = new_figure(width_cm, height_cm)
    wide, high = map_size(width_cm, height_cm, key_cm)
    view = figure.add_axes((_LEFT / width_cm, _BOTTOM / height_cm, wide / width_cm, high / height_cm))
    view.set_xlim(plane.west, plane.east)
    view.set_ylim(plane.south, plane.north)
    view.set_xticks([])
    view.set_yticks([])
    for spine in view.spines.values():
        spine.set_linewidth(1.2)
        spine.set_color(_INK)
        spine.set_zorder(50)
    key = figure.add_axes(
        ((_LEFT + wide + _GAP) / width_cm, _BOTTOM / height_cm, key_cm / width_cm, high / height_cm)
    )
    key.set_xlim(0, key_cm)
    key.set_ylim(0, high)
    key.axis("off")
    figure.text(
        (_LEFT + wide / 2) / width_cm,
        1 - 0.42 / height_cm,
        drawable(title),
        ha="center",
        va="center",
        fontsize=11,
    )
    return figure, view, key


def draw_frame(view: Axes, plane: Plane, lang: Lang) -> None:
    """Graticule, scale bar and north arrow on a map."""
    _graticule(view, plane)
    _scale_bar(view, plane, lang)
    _north_arrow(view, plane, lang)


def imprint(figure: Figure, plane: Plane, lines: list[str], demo: bool, lang: Lang) -> None:
    """Coordinate system, scale, dates and sources below the map; nothing invented: the review number is left open."""
    width, height = figure.get_size_inches() * 2.54
    system = lang(
        f"2000国家大地坐标系，高斯-克吕格3°带投影，中央经线{plane.central_meridian}°；比例尺1∶{plane.scale:,.0f}（按原尺寸打印）",
        f"CGCS2000, 3° Gauss-Kruger, central meridian {plane.central_meridian}°E; scale 1:{plane.scale:,.0f} as printed",
    )
    mark = lang("内部资料　审图号：＿＿＿＿＿＿", "Internal. Map review no.: ________")
    folded = [part for text in lines for part in fold(text, width - _LEFT - 0.3, 6, lines=2)]
    printed = [system, *folded, mark]
    for number, text in enumerate(printed):
        figure.text(
            _LEFT / width,
            (_BOTTOM - 0.55 - 0.32 * number) / height,
            drawable(text),
            fontsize=6,
            color="#444444",
        )
    if demo:
        figure.text(
            1 - 0.1 / width,
            (_BOTTOM - 0.55 - 0.32 * (len(printed) - 1)) / height,
            lang(DEMO_NOTE, DEMO_NOTE_EN),
            fontsize=6,
            color="#B2182B",
            ha="right",
        )


def degrees_text(value: float, step_seconds: float) -> str:
    """A graticule's label: degrees and minutes, seconds where the step needs them.

    >>> degrees_text(112.5, 600), degrees_text(112.50416666666667, 15)
    ('112°30′', '112°30′15″')
    """
    seconds = round(value * 3600)
    degrees, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{degrees}°{minutes:02d}′" + (f"{left:02d}″" if step_seconds < 60 else "")


def _graticule(view: Axes, plane: Plane) -> None:
    west, south, east, north = plane.window(0.0).bounds
    step = next((s for s in _STEPS if (east - west) * 3600 / s <= 5), _STEPS[-1])
    room = plane.metres_per_point
    for lon in _between(west, east, step):
        line = plane.project(
            np.array([shapely.linestrings([[lon, y] for y in np.linspace(south - 0.1, north + 0.1, 40)])])
        )[0]
        x, y = shapely.get_coordinates(line).T
        view.plot(x, y, color=_GRID, lw=0.35, zorder=2, ls=(0, (6, 4)))
        at = float(np.interp(plane.south, y, x))
        if plane.west + 22 * room < at < plane.east - 22 * room:
            view.text(
                at,
                plane.south - 3 * room,
                degrees_text(lon, step),
                fontsize=5.5,
                ha="center",
                va="top",
                color=_INK,
            )
            view.plot([at, at], [plane.south, plane.south - 2 * room], color=_INK, lw=0.6, clip_on=False)
    for lat in _between(south, north, step):
        line = plane.project(
            np.array([shapely.linestrings([[x, lat] for x in np.linspace(west - 0.1, east + 0.1, 40)])])
        )[0]
        x, y = shapely.get_coordinates(line).T
        view.plot(x, y, color=_GRID, lw=0.35, zorder=2, ls=(0, (6, 4)))
        at = float(np.interp(plane.west, x, y))
        if plane.south + 22 * room < at < plane.north - 22 * room:
            view.text(
                plane.west - 3 * room,
                at,
                degrees_text(lat, step),
                fontsize=5.5,
                ha="right",
                va="center",
                rotation=90,
                color=_INK,
            )
            view.plot([plane.west, plane.west - 2 * room], [at, at], color=_INK, lw=0.6, clip_on=False)


def _between(low: float, high: float, step_seconds: float) -> list[float]:
    first, last = math.ceil(low * 3600 / step_seconds), math.floor(high * 3600 / step_seconds)
    return [number * step_seconds / 3600 for number in range(first, last + 1)]


def bar_length(width_m: float) -> float:
    """A round length of about a quarter of the map's width.

    >>> bar_length(100_000), bar_length(2_300)
    (20000.0, 500.0)
    """
    goal = width_m / 4
    power = 10.0 ** math.floor(math.log10(goal))
    return next(factor * power for factor in (5, 2, 1) if factor * power <= goal)


def furniture(plane: Plane) -> list[tuple[float, float, float, float]]:
    """Where scale bar and north arrow lie, so that names keep off them."""
    point = plane.metres_per_point
    length = bar_length(plane.east - plane.west)
    return [
        (plane.west, plane.south, plane.west + length + 36 * point, plane.south + 24 * point),
        (plane.east - 28 * point, plane.north - 44 * point, plane.east, plane.north),
    ]


def _scale_bar(view: Axes, plane: Plane, lang: Lang) -> None:
    length = bar_length(plane.east - plane.west)
    unit, per = (lang("公里", "km"), 1000.0) if length >= 1000 else (lang("米", "m"), 1.0)
    point = plane.metres_per_point
    left, low, high = plane.west + 9 * point, plane.south + 8 * point, 3 * point
    view.add_patch(
        Rectangle(
            (left - 5 * point, low - 4 * point),
            length + 30 * point,
            19 * point,
            fc="white",
            alpha=0.8,
            ec="none",
            zorder=40,
        )
    )
    for part in range(4):
        view.add_patch(
            Rectangle(
                (left + part * length / 4, low),
                length / 4,
                high,
                fc=_INK if part % 2 == 0 else "white",
                ec=_INK,
                lw=0.5,
                zorder=41,
            )
        )
    for share in (0, 0.5, 1):
        text = f"{length * share / per:g}" + (f" {unit}" if share == 1 else "")
        view.text(
            left + share * length,
            low + high + 2 * point,
            text,
            fontsize=5.5,
            ha="left" if share == 1 else "center",
            zorder=41,
        )


def _north_arrow(view: Axes, plane: Plane, lang: Lang) -> None:
    point = plane.metres_per_point
    x, top = plane.east - 16 * point, plane.north - 18 * point
    low, half = top - 20 * point, 5 * point
    view.add_patch(
        Rectangle(
            (x - 10 * point, low - 3 * point),
            20 * point,
            36 * point,
            fc="white",
            alpha=0.8,
            ec="none",
            zorder=40,
        )
    )
    view.add_patch(Polygon([(x, top), (x - half, low), (x, low + half)], fc=_INK, ec=_INK, lw=0.5, zorder=41))
    view.add_patch(
        Polygon([(x, top), (x + half, low), (x, low + half)], fc="white", ec=_INK, lw=0.5, zorder=41)
    )
    view.text(x, top + 2 * point, lang("北", "N"), fontsize=7, ha="center", zorder=41)
