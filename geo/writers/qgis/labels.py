"""Labels by rule and scale, in fonts that Chinese Windows and Linux have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geo.writers.qgis.markup import Element, Value, element, fixed_id, rgba

#: In this order: Windows, then the free fonts of Linux.
FONTS = ("Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "SimHei")

_NORMAL, _BOLD = 50, 75
#: Placement modes of QGIS.
AROUND_POINT, CURVED, ORDERED, PERIMETER, OVER_POINT, HORIZONTAL = 0, 3, 6, 7, 1, 4


@dataclass(frozen=True)
class Label:
    """One rule: what is written for which features between which scales (denominators), and how."""

    title: str
    expression: str
    colour: str
    size_pt: float = 8.0
    filter: str = ""
    from_scale: float = 0  # shown when zoomed in beyond 1:from_scale; 0 = at all small scales
    until_scale: float = 0  # hidden when zoomed in beyond 1:until_scale; 0 = never
    placement: int = ORDERED
    bold: bool = False
    italic: bool = False
    priority: int = 5
    spacing: float = 0.0
    repeat_mm: float = 0.0
    merge: bool = False
    obstacle: bool = True
    buffer_mm: float = 0.7
    distance_mm: float = 1.2


def families() -> Element:
    """The list of fonts, first found first used."""
    return element("families", None, *[element("family", {"name": name}) for name in FONTS])


def text_style(size_pt: float, colour: str = "#000000", bold: bool = False, **more: Value) -> Element:
    """A text format as layouts and labels hold it."""
    values: dict[str, Value] = {
        "fontFamily": FONTS[0],
        "namedStyle": "Bold" if bold else "Regular",
        "fontSize": size_pt,
        "fontSizeUnit": "Point",
        "textColor": rgba(colour),
        "fontWeight": _BOLD if bold else _NORMAL,
        "textOpacity": 1,
        "multilineHeight": 1,
        "textOrientation": "horizontal",
        "allowHtml": 0,
        "capitalization": 0,
        **more,
    }
    return element("text-style", values, families())


def font_description(size_pt: float, bold: bool = False) -> str:
    """A font as QGIS 3.22 writes it in layouts."""
    return f"{FONTS[0]},{size_pt:g},-1,5,{_BOLD if bold else _NORMAL},0,0,0,0,0"


def labeling(key: str, labels: Sequence[Label]) -> Element:
    """Rule-based labels."""
    rules = [_rule(key, label) for label in labels]
    return element(
        "labeling", {"type": "rule-based"}, element("rules", {"key": fixed_id(key, "labels")}, *rules)
    )


def _rule(key: str, label: Label) -> Element:
    values: dict[str, Value] = {"key": fixed_id(key, "label", label.title), "description": label.title}
    if label.filter:
        values["filter"] = label.filter
    if label.from_scale or label.until_scale:
        values |= {"scalemaxdenom": label.from_scale or 100_000_000, "scalemindenom": label.until_scale or 1}
    return element("rule", values, _settings(label))


def _settings(label: Label) -> Element:
    style = text_style(
        label.size_pt,
        label.colour,
        label.bold,
        fieldName=label.expression,
        isExpression=1,
        fontItalic=label.italic,
        fontLetterSpacing=label.spacing,
    )
    style.append(
        element(
            "text-buffer",
            {
                "bufferDraw": label.buffer_mm > 0,
                "bufferSize": label.buffer_mm,
                "bufferSizeUnits": "MM",
                "bufferColor": "255,255,255,255",
                "bufferOpacity": 0.85,
                "bufferNoFill": 1,
                "bufferJoinStyle": 128,
            },
        )
    )
    placement: dict[str, Value] = {
        "placement": label.placement,
        "priority": label.priority,
        "dist": label.distance_mm,
        "distUnits": "MM",
        "placementFlags": 10,
        "polygonPlacementFlags": 2,
        "centroidInside": 1,
        "predefinedPositionOrder": "R,TR,BR,L,TL,BL,TSR,BSR",
        "offsetType": 1,
        "quadOffset": 4,
        "repeatDistance": label.repeat_mm,
        "repeatDistanceUnits": "MM",
        "maxCurvedCharAngleIn": 25,
        "maxCurvedCharAngleOut": -25,
        "overrunDistance": 0,
    }
    rendering: dict[str, Value] = {
        "drawLabels": 1,
        "obstacle": label.obstacle,
        "obstacleFactor": 1,
        "obstacleType": 1,
        "mergeLines": label.merge,
        "scaleVisibility": 0,
        "labelPerPart": 0,
        "limitNumLabels": 0,
        "maxNumLabels": 2000,
        "upsidedownLabels": 0,
        "minFeatureSize": 0,
    }
    return element(
        "settings",
        {"calloutType": "simple"},
        style,
        element("text-format", {"multilineAlign": 0, "wrapChar": "", "autoWrapLength": 0}),
        element("placement", placement),
        element("rendering", rendering),
    )
