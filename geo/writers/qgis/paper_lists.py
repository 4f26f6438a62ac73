"""Legends and tables on a sheet."""

from __future__ import annotations

from collections.abc import Sequence

from geo.writers.qgis.labels import font_description, text_style
from geo.writers.qgis.markup import Element, Value, colour_element, element
from geo.writers.qgis.paper import LEGEND, TABLE, TABLE_FRAME, Box, Sheet


def add_legend(
    sheet: Sheet,
    what: str,
    box: Box,
    of_map: str,
    tree: Element,
    *,
    size_pt: float = 8,
    only_drawn: bool = False,
    columns: int = 1,
    title: str,
) -> None:
    """A legend of chosen layers; ``only_drawn`` leaves out what the map does not show."""
    sizes = {
        "title": size_pt + 3,
        "group": size_pt + 1,
        "subgroup": size_pt + 0.5,
        "symbol": size_pt,
        "symbolLabel": size_pt,
    }
    margins: dict[str, dict[str, Value]] = {
        "title": {"marginBottom": 1.5},
        "group": {"marginTop": 2, "marginBottom": 0.5},
        "subgroup": {"marginTop": 1.2, "marginBottom": 0.3},
        "symbol": {"marginTop": 0.9},
        "symbolLabel": {"marginTop": 0.9, "marginLeft": 1.5},
    }
    styles = [
        element(
            "style",
            {"name": name, "alignment": 1, "indent": 0, **margins[name]},
            element(
                "styleFont",
                {"description": font_description(size, name in ("title", "group")), "style": ""},
            ),
            text_style(size, "#000000", name in ("title", "group")),
        )
        for name, size in sizes.items()
    ]
    sheet.item(
        LEGEND,
        what,
        box,
        element("styles", None, *styles),
        tree,
        title=title,
        map_uuid=sheet.id_of(of_map),
        linked_map=sheet.id_of(of_map),
        symbolWidth=6,
        symbolHeight=3.2,
        columnCount=columns,
        equalColumnWidth=1,
        splitLayer=1,
        columnSpace=3,
        boxSpace=1.5,
        lineSpacing=0.8,
        titleAlignment=1,
        symbolAlignment=1,
        wrapChar="",
        fontColor="#000000",
        legendFilterByMap=only_drawn,
        legendFilterByAtlas=0,
        resizeToContents=1,
        rasterBorder=0,
        wmsLegendWidth=30,
        wmsLegendHeight=12,
    )


def add_table(
    sheet: Sheet,
    what: str,
    box: Box,
    relation: str,
    columns: Sequence[tuple[str, str, float]],
    sort: Sequence[str],
    filter_: str,
    most: int,
    empty: str,
    size_pt: float = 7,
) -> None:
    """The children of the page's feature: (heading, expression, width), sorted, at most so many rows; ``empty``: what stands there without any."""
    own = sheet.id_of(f"{what}/rows")

    def column(heading: str, expression: str, width: float) -> Element:
        values: dict[str, Value] = {
            "heading": heading,
            "attribute": expression,
            "width": width,
            "sortOrder": 0,
            "sortByRank": 0,
            "hAlignment": 1,
            "vAlignment": 128,
        }
        return element("column", values, colour_element("backgroundColor", "#FFFFFF", 0))

    cells = (
        "oddColumns",
        "evenColumns",
        "oddRows",
        "evenRows",
        "firstColumn",
        "lastColumn",
        "headerRow",
        "firstRow",
        "lastRow",
    )
    sheet.items.append(
        element(
            "LayoutMultiFrame",
            {
                "type": TABLE,
                "uuid": own,
                "templateUuid": own,
                "source": 2,
                "relationId": relation,
                "maxFeatures": most,
                "filterFeatures": "true",
                "featureFilter": filter_,
                "filterToAtlasIntersection": 0,
                "showOnlyVisibleFeatures": 0,
                "showUniqueRowsOnly": 0,
                "useConditionalStyling": 0,
                "wrapBehavior": 1,
                "wrapString": "",
                "resizeMode": 0,
                "emptyTableMode": 2,
                "emptyTableMessage": empty,
                "showEmptyRows": 0,
                "headerMode": 0,
                "headerHAlignment": 0,
                "cellMargin": 0.8,
                "showGrid": 1,
                "horizontalGrid": 1,
                "verticalGrid": 1,
                "gridStrokeWidth": 0.15,
                "gridColor": "120,120,120,255",
                "backgroundColor": "255,255,255,255",
            },
            element("childFrame", {"uuid": sheet.id_of(what), "templateUuid": sheet.id_of(what)}),
            element("headerTextFormat", None, text_style(size_pt, bold=True)),
            element("contentTextFormat", None, text_style(size_pt)),
            element("displayColumns", None, *[column(*each) for each in columns]),
            element("sortColumns", None, *[column("", each, 0) for each in sort]),
            element(
                "cellStyles",
                None,
                *[
                    element(
                        cell,
                        {"enabled": int(cell == "headerRow"), "cellBackgroundColor": "232,232,226,255"},
                    )
                    for cell in cells
                ],
            ),
        )
    )
    sheet.item(
        TABLE_FRAME,
        what,
        box,
        multiFrame=own,
        multiFrameTemplateUuid=own,
        sectionX=0,
        sectionY=0,
        sectionWidth=box[2],
        sectionHeight=box[3],
        hidePageIfEmpty=0,
        hideBackgroundIfEmpty=0,
    )
