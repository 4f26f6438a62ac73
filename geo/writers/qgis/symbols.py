"""Symbols: markers, lines, fills and hatches. Hatches are line patterns, which stay sharp and coloured in a PDF."""

from __future__ import annotations

from geo.writers.qgis.markup import Element, Value, element, options, rgba

_INK = "#333333"


def _layer(kind: str, values: dict[str, Value], *inner: Element, rank: int = 0) -> Element:
    return element("layer", {"class": kind, "pass": rank, "locked": 0, "enabled": 1}, options(values), *inner)


def _symbol(kind: str, *layers: Element) -> Element:
    return element(
        "symbol", {"type": kind, "name": "", "alpha": 1, "clip_to_extent": 1, "force_rhr": 0}, *layers
    )


def marker(
    colour: str, size_mm: float = 3.0, shape: str = "circle", ink: str = "#FFFFFF", dashed: bool = False
) -> Element:
    """A point with a rim that keeps it apart from what it lies on."""
    face = "#FFFFFF" if dashed else colour
    values: dict[str, Value] = {
        "name": shape,
        "color": rgba(face),
        "outline_color": rgba(colour if dashed else ink),
        "outline_style": "solid",
        "outline_width": 0.6 if dashed else 0.35,
        "outline_width_unit": "MM",
        "joinstyle": "round",
        "size": size_mm,
        "size_unit": "MM",
    }
    return _symbol("marker", _layer("SimpleMarker", values))


def ring(colour: str, size_mm: float = 5.0, width_mm: float = 0.5) -> Element:
    """A ring about a point: a second remark on what another layer draws."""
    values: dict[str, Value] = {
        "name": "circle",
        "color": "0,0,0,0",
        "outline_color": rgba(colour),
        "outline_style": "solid",
        "outline_width": width_mm,
        "outline_width_unit": "MM",
        "size": size_mm,
        "size_unit": "MM",
    }
    return _symbol("marker", _layer("SimpleMarker", values))


def line(
    colour: str,
    width_mm: float = 0.4,
    dash: str = "",
    casing: str = "",
    alpha: int = 255,
    arrow: bool = False,
) -> Element:
    """A line; ``dash`` in millimetres ("3;1.5"), ``casing`` a pale rim below it, ``arrow`` a head at its end."""
    layers = [_stroke(casing, width_mm + 0.8)] if casing else []
    layers.append(_stroke(colour, width_mm, dash, alpha))
    if arrow:
        head = marker(colour, 2.6, "filled_arrowhead", colour)
        values: dict[str, Value] = {"placement": "lastvertex", "rotate": 1}
        layers.append(_layer("MarkerLine", values, _named(head, "@0@1")))
    return _symbol("line", *layers)


def _stroke(colour: str, width_mm: float, dash: str = "", alpha: int = 255) -> Element:
    values: dict[str, Value] = {
        "line_color": rgba(colour, alpha),
        "line_style": "solid",
        "line_width": width_mm,
        "line_width_unit": "MM",
        "capstyle": "flat" if dash else "round",
        "joinstyle": "round",
        "use_custom_dash": bool(dash),
    }
    if dash:
        values |= {"customdash": dash, "customdash_unit": "MM"}
    return _layer("SimpleLine", values)


def fill(
    colour: str,
    alpha: int = 255,
    ink: str = _INK,
    width_mm: float = 0.2,
    dash: str = "",
    hatch_deg: float | None = None,
    spacing_mm: float = 1.8,
    hatch_width_mm: float = 0.25,
) -> Element:
    """An area: a wash of colour (``alpha`` 0 = none), a hatch on it where an angle is given, an outline."""
    layers = [_layer("SimpleFill", {"color": rgba(colour, alpha), "style": "solid", "outline_style": "no"})]
    if not alpha:
        layers = []
    if hatch_deg is not None:
        layers.append(_hatch(ink if ink != _INK else colour, hatch_deg, spacing_mm, hatch_width_mm))
    if width_mm:
        layers.append(_layer_of_outline(ink, width_mm, dash))
    return _symbol("fill", *layers)


def _layer_of_outline(ink: str, width_mm: float, dash: str) -> Element:
    layer = _stroke(ink, width_mm, dash)
    layer.set("pass", "1")  # above every wash of the layer, so that a border is never covered by a neighbour
    return layer


def _hatch(colour: str, angle: float, spacing_mm: float, width_mm: float) -> Element:
    values: dict[str, Value] = {
        "angle": angle,
        "distance": spacing_mm,
        "distance_unit": "MM",
        "line_width": width_mm,
        "line_width_unit": "MM",
        "color": rgba(colour),
    }
    return _layer("LinePatternFill", values, _named(_symbol("line", _stroke(colour, width_mm)), "@0@1"))


def _named(symbol: Element, name: str) -> Element:
    symbol.set("name", name)
    return symbol


def paper() -> Element:
    """A white page without a border, for layouts."""
    return _symbol("fill", _layer("SimpleFill", {"color": "255,255,255,255", "outline_style": "no"}))
