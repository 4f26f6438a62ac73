"""Maps on a sheet, with what belongs to them: graticule, locator frame, scale bar, north arrow."""

from __future__ import annotations

from collections.abc import Mapping

from geo.language import Lang
from geo.space import WORKING_CRS
from geo.writers.qgis import symbols
from geo.writers.qgis.labels import text_style
from geo.writers.qgis.looks.base import LAND_BEYOND
from geo.writers.qgis.markup import Element, Value, colour_element, element
from geo.writers.qgis.paper import MAP, PICTURE, SCALE_BAR, Box, Extent, Sheet
from geo.writers.qgis.reference_systems import spatial_reference

#: From this scale on (denominator) minutes stand too close together.
_WIDE_SCALE = 100_000
NORTH_ARROW = ":/images/north_arrows/layout_default_north_arrow.svg"


def add_map(
    sheet: Sheet,
    what: str,
    box: Box,
    extent: Extent,
    crs: str,
    theme: str,
    *,
    atlas: bool = False,
    scale: str = "",
    grid_deg: float = 0.0,
    wide_grid_deg: float = 0.0,
    overview_of: str = "",
    say: Lang = Lang.ZH,
) -> None:
    """A map of a theme. With ``atlas`` it follows the page's site, at the scale of an expression; with
    ``grid_deg`` its border carries longitudes and latitudes (every ``wide_grid_deg`` at small scales); ``overview_of`` frames another map's place."""
    west, south, east, north = extent
    inner = [
        # first of its name: QGIS takes the first it meets, and the grid within has one of its own
        _data_defined({"dataDefinedMapScale": scale} if scale else {}),
        element("Extent", {"xmin": west, "ymin": south, "xmax": east, "ymax": north}),
        element("crs", None, spatial_reference(crs)),
        element("LayerSet"),
    ]
    if grid_deg:
        inner.append(_grid(sheet, what, grid_deg, wide_grid_deg, say))
    if overview_of:
        inner.append(_overview(sheet, what, overview_of, say))
    inner.append(element("AtlasMap", {"atlasDriven": atlas, "scalingMode": 0, "margin": 0.1}))
    inner.append(element("labelBlockingItems"))
    sheet.item(
        MAP,
        what,
        box,
        *inner,
        followPreset="true",
        followPresetName=theme,
        keepLayerSet="false",
        drawCanvasItems="true",
        mapRotation=0,
        mapFlags=0,
        labelMargin="1,mm",
    )
    sheet.items[-1].set("frame", "true")
    sheet.items[-1].set("background", "true")
    ground = sheet.items[-1].find("BackgroundColor")
    if ground is not None:
        ground.attrib.update(colour_element("BackgroundColor", LAND_BEYOND).attrib)


def _grid(sheet: Sheet, what: str, step_deg: float, wide_deg: float, say: Lang) -> Element:
    sides = ("left", "right", "top", "bottom")
    values: dict[str, Value] = {
        "uuid": sheet.id_of(f"{what}/grid"),
        "name": say("经纬网", "graticule"),
        "show": 1,
        "position": 3,
        "gridStyle": 3,  # frame and figures only
        "intervalX": step_deg,
        "intervalY": step_deg,
        "offsetX": 0,
        "offsetY": 0,
        "unit": 0,
        "gridFrameStyle": 3,  # ticks outside
        "gridFrameSideFlags": 15,
        "gridFrameWidth": 1.5,
        "gridFramePenThickness": 0.25,
        "gridFramePenColor": "0,0,0,255",
        "gridFrameMargin": 0,
        "showAnnotation": 1,
        "annotationFormat": 1,  # degrees and minutes with suffix
        "annotationPrecision": 0,
        "frameAnnotationDistance": 0.8,
        "crossLength": 3,
        "blendMode": 0,
    }
    for side in sides:
        values |= {
            f"{side}AnnotationDisplay": 1 if side in ("left", "right") else 2,  # latitudes, longitudes
            f"{side}AnnotationPosition": 1,
            f"{side}AnnotationDirection": 1 if side in ("left", "right") else 0,
            f"{side}FrameDivisions": 0,
        }
    made = element("ComposerMapGrid", values, text_style(6.5, "#333333"), spatial_reference(WORKING_CRS))
    if wide_deg:
        step = f"if(@map_scale>{_WIDE_SCALE},{wide_deg:.10g},{step_deg:.10g})"
        names = ("dataDefinedMapGridIntervalX", "dataDefinedMapGridIntervalY")
        made.append(_data_defined(dict.fromkeys(names, step)))
    return made


def _overview(sheet: Sheet, what: str, other: str, say: Lang) -> Element:
    symbol = symbols.fill("#D7191C", 60, "#D7191C", 0.5)
    values: dict[str, Value] = {
        "uuid": sheet.id_of(f"{what}/overview"),
        "name": say("位置", "place"),
        "show": 1,
        "position": 3,
        "frameMap": sheet.id_of(other),
        "blendMode": 0,
        "inverted": 0,
        "centered": 0,
    }
    return element("ComposerMapOverview", values, symbol)


def add_scale_bar(sheet: Sheet, what: str, box: Box, of_map: str, say: Lang) -> None:
    """A bar in kilometres that fits its box at any scale."""
    ink = [
        colour_element("strokeColor", "#000000"),
        element(
            "numericFormat",
            {"id": "basic"},
            element(
                "Option",
                {"type": "Map"},
                element("Option", {"type": "int", "name": "decimals", "value": 2}),
                element("Option", {"type": "int", "name": "rounding_type", "value": 0}),
                element("Option", {"type": "bool", "name": "show_thousand_separator", "value": "true"}),
                element("Option", {"type": "bool", "name": "show_trailing_zeros", "value": "false"}),
            ),
        ),
        colour_element("fillColor", "#000000"),
        colour_element("fillColor2", "#FFFFFF"),
    ]
    sheet.item(
        SCALE_BAR,
        what,
        box,
        text_style(7.5),
        *ink,
        mapUuid=sheet.id_of(of_map),
        style="Single Box",
        unitType="km",
        unitLabel=say("公里", "km"),
        numMapUnitsPerScaleBarUnit=1,
        numUnitsPerSegment=1,
        numSegments=2,
        numSegmentsLeft=0,
        segmentSizeMode=1,
        minBarWidth=0.55 * box[2],
        maxBarWidth=0.8 * box[2],
        segmentMillimeters=20,
        height=2,
        labelBarSpace=1,
        boxContentSpace=0.5,
        outlineWidth=0.2,
        alignment=0,
        labelVerticalPlacement=0,
        labelHorizontalPlacement=0,
        lineJoinStyle="miter",
        lineCapStyle="square",
    )


def add_north_arrow(sheet: Sheet, what: str, box: Box, of_map: str) -> None:
    """The arrow that comes with QGIS, turned to grid north."""
    sheet.item(
        PICTURE,
        what,
        box,
        file=NORTH_ARROW,
        mode=2,
        mapUuid=sheet.id_of(of_map),
        northMode=0,
        northOffset=0,
        pictureRotation=0,
        pictureWidth=box[2],
        pictureHeight=box[3],
        resizeMode=0,
        anchorPoint=4,
        svgFillColor="40,40,40,255",
        svgBorderColor="40,40,40,255",
        svgBorderWidth=0.2,
    )


def _data_defined(expressions: Mapping[str, str]) -> Element:
    rows = [
        element(
            "Option",
            {"type": "Map", "name": name},
            element("Option", {"type": "bool", "name": "active", "value": "true"}),
            element("Option", {"type": "QString", "name": "expression", "value": expression}),
            element("Option", {"type": "int", "name": "type", "value": 3}),
        )
        for name, expression in expressions.items()
    ]
    return element(
        "LayoutObject",
        None,
        element(
            "dataDefinedProperties",
            None,
            element(
                "Option",
                {"type": "Map"},
                element("Option", {"type": "QString", "name": "name", "value": ""}),
                element("Option", {"type": "Map", "name": "properties"}, *rows),
                element("Option", {"type": "QString", "name": "type", "value": "collection"}),
            ),
        ),
    )
