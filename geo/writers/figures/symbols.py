"""Outcomes, zones and lines as matplotlib draws them, and the key that explains them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from geo.space import Geometries
from geo.terms import Outcome
from geo.writers.figures.fonts import drawable
from geo.writers.styles import OUTCOMES

#: A shape for each outcome beside its colour, the same as on the map in HTML.
MARKERS: dict[Outcome, str] = {
    Outcome.PROHIBITED: "s",
    Outcome.MUST_EXIT: "v",
    Outcome.UNDETERMINED: "D",
    Outcome.RESTRICTED: "^",
    Outcome.CONDITIONAL: "*",
    Outcome.ADVISED: "P",
    Outcome.CLEAR: "o",
    Outcome.NOT_COVERED: "h",
}


#: Height of a key's title and of a further line of an entry.
_TITLE_CM, _LINE_CM = 0.68, 0.3

#: An ideograph or sign by itself, or a run of digits and Latin letters.
_WORD = re.compile(r"[0-9A-Za-z.,°′-]+ ?|.", re.DOTALL)


@dataclass(frozen=True)
class KeyEntry:
    """A line of the key: an area, a line or a marker, and what it means."""

    text: str
    area: str = ""
    line: str = ""
    dash: bool = False
    marker: str = ""
    colour: str = ""
    hatch: str = ""
    number: str = ""


def marker_size(outcome: Outcome, size: float) -> float:
    """Markers of equal weight: a star or a diamond fills less of its box than a square."""
    return size * {Outcome.CONDITIONAL: 1.5, Outcome.UNDETERMINED: 0.85, Outcome.ADVISED: 1.15}.get(
        outcome, 1.0
    )


def draw_sites(view: Axes, xy: np.ndarray, outcome: Outcome, size: float = 6.0) -> None:
    """Points of one outcome."""
    view.plot(
        xy[:, 0],
        xy[:, 1],
        ls="none",
        marker=MARKERS[outcome],
        ms=marker_size(outcome, size),
        mfc=OUTCOMES[outcome].colour,
        mec="#5A4500" if outcome is Outcome.CONDITIONAL else "white",
        mew=0.5 if size > 4 else 0.15,  # many sites: no white halo over their neighbours
        zorder=30,
    )


def draw_areas(
    view: Axes, shapes: Geometries, colour: str, alpha: float, zorder: float, width: float = 0.7
) -> None:
    """Areas, pale within and firm at their border."""
    patches = [
        PathPatch(_path(part))
        for shape in shapes
        for part in shapely.get_parts(shape)
        if part.geom_type == "Polygon"
    ]
    if patches:
        view.add_collection(
            PatchCollection(
                patches, facecolor=(*_rgb(colour), alpha), edgecolor=colour, linewidth=width, zorder=zorder
            )
        )


def draw_lines(
    view: Axes, shapes: Geometries, colour: str, width: float, zorder: float, dash: bool = False
) -> None:
    """Lines, and the outlines of areas."""
    outlines = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    parts = [shapely.get_coordinates(part) for part in shapely.get_parts(outlines)]
    if parts:
        style = (0, (4, 2)) if dash else "-"
        view.add_collection(
            LineCollection(
                parts,
                colors=colour,
                linewidths=width,
                zorder=zorder,
                linestyles=[style],
                capstyle="round" if not dash else "butt",
            )
        )


def draw_key(key: Axes, title: str, entries: Sequence[KeyEntry], top: float, pitch: float = 0.44) -> float:
    """The key from ``top`` (cm) downwards; returns where it ends."""
    key.text(0, top, title, fontsize=8, va="top")
    y = top - _TITLE_CM
    wide = key.get_xlim()[1]
    for entry in entries:
        _swatch(key, entry, y)
        for number, text in enumerate(_lines(entry, wide)):
            key.text(0.95, y - _LINE_CM * number, drawable(text), fontsize=6.5, va="center")
        y -= _height(entry, wide, pitch)
    return y


def fitting(key: Axes, entries: Sequence[KeyEntry], top: float, pitch: float = 0.44) -> int:
    """How many entries find room below ``top``."""
    left, wide = top - _TITLE_CM, key.get_xlim()[1]
    for number, entry in enumerate(entries):
        left -= _height(entry, wide, pitch)
        if left < -pitch / 2:
            return number
    return len(entries)


def _lines(entry: KeyEntry, wide: float) -> list[str]:
    return fold(entry.text, wide - 1.0, 6.5)


def _height(entry: KeyEntry, wide: float, pitch: float) -> float:
    return pitch + _LINE_CM * (len(_lines(entry, wide)) - 1)


def _swatch(key: Axes, entry: KeyEntry, y: float) -> None:
    if entry.area:
        key.add_patch(
            Rectangle(
                (0.05, y - 0.12),
                0.7,
                0.24,
                fc=(*_rgb(entry.area), 0.25),
                ec=entry.area,
                lw=0.8,
                hatch=entry.hatch or None,
            )
        )
    if entry.line:
        key.add_line(
            Line2D([0.05, 0.75], [y, y], color=entry.line, lw=1.4, ls=(0, (3, 2)) if entry.dash else "-")
        )
    if entry.marker:
        key.plot([0.4], [y], ls="none", marker=entry.marker, ms=6, mfc=entry.colour, mec="white", mew=0.4)
    if entry.number:
        key.text(0.4, y, entry.number, fontsize=7, ha="center", va="center", color=entry.colour or "black")


def text_width_cm(text: str, size: float) -> float:
    """About how wide a text is: an ideograph is as wide as it is high, a Latin letter a little over half.

    >>> round(text_width_cm("汾河ab", 10), 2)
    1.11
    """
    units = sum(1.0 if ord(sign) > 0x2E7F else 0.575 for sign in text)
    return units * size * 2.54 / 72


def fold(text: str, width_cm: float, size: float, lines: int = 3) -> list[str]:
    """The text broken into lines of a width, the last one cut with … where there are too many.

    >>> fold("汾河中心线一千五百米", 1.2, 10, lines=2)
    ['汾河中', '心线…']
    """
    found, line = [], ""
    for word in _WORD.findall(text):  # numbers and Latin words stay whole
        if line and text_width_cm(line + word, size) > width_cm:
            found.append(line)
            line = ""
        line += word
    found.append(line)
    if len(found) > lines:
        found = [*found[: lines - 1], found[lines - 1][:-1] + "…"]
    return [part.strip() for part in found]


def _rgb(colour: str) -> tuple[float, float, float]:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def _path(polygon: shapely.Polygon) -> Path:
    rings = [
        shapely.get_coordinates(polygon.exterior),
        *(shapely.get_coordinates(ring) for ring in polygon.interiors),
    ]
    codes = [
        code for ring in rings for code in (Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY)
    ]
    return Path(np.concatenate(rings), codes)
