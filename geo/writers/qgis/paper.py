"""Items of a print layout, in millimetres from the upper left corner of the page."""

from __future__ import annotations

from dataclasses import dataclass

from geo.writers.qgis import symbols
from geo.writers.qgis.labels import font_description, text_style
from geo.writers.qgis.markup import Element, Value, colour_element, element, fixed_id

PAGE, MAP, PICTURE, LABEL, LEGEND = 65638, 65639, 65640, 65641, 65642
SHAPE, SCALE_BAR, TABLE_FRAME, TABLE = 65643, 65646, 65647, 65649

Box = tuple[float, float, float, float]
Extent = tuple[float, float, float, float]


@dataclass
class Sheet:
    """A layout in the making: items are stacked in the order in which they are added."""

    name: str
    width: float
    height: float

    def __post_init__(self) -> None:
        self.items: list[Element] = []

    def id_of(self, what: str) -> str:
        """The fixed id of an item of this sheet."""
        return fixed_id("layout", self.name, what)

    def item(self, kind: int, what: str, box: Box, *inner: Element, **more: Value) -> Element:
        """Add an item of a kind; ``what`` is its name on the sheet."""
        x, y, width, height = box
        own = self.id_of(what)
        values: dict[str, Value] = {
            "type": kind,
            "id": what,
            "uuid": own,
            "templateUuid": own,
            "position": f"{x:g},{y:g},mm",
            "positionOnPage": f"{x:g},{y:g},mm",
            "size": f"{width:g},{height:g},mm",
            "zValue": len(self.items) + 1,
            "visibility": 1,
            "referencePoint": 0,
            "opacity": 1,
            "itemRotation": 0,
            "frame": "false",
            "background": "false",
            "outlineWidthM": "0.3,mm",
            "frameJoinStyle": "miter",
            "excludeFromExports": 0,
            "positionLock": "false",
            **more,
        }
        item = element(
            "LayoutItem",
            values,
            colour_element("FrameColor", "#000000"),
            colour_element("BackgroundColor", "#FFFFFF"),
            *inner,
        )
        self.items.append(item)
        return item

    def label(
        self,
        what: str,
        box: Box,
        text: str,
        size_pt: float = 9,
        bold: bool = False,
        colour: str = "#000000",
        align: str = "left",
        middle: bool = True,
    ) -> None:
        """Text; ``[% … %]`` within it is an expression."""
        horizontal = {"left": 1, "right": 2, "centre": 4}[align]
        self.item(
            LABEL,
            what,
            box,
            element("LabelFont", {"description": font_description(size_pt, bold), "style": ""}),
            colour_element("FontColor", colour),
            text_style(size_pt, colour, bold),
            labelText=text,
            htmlState=0,
            halign=horizontal,
            valign=128 if middle else 32,
            marginX=0,
            marginY=0,
        )

    def box(self, what: str, box: Box, width_mm: float = 0.3, ink: str = "#000000") -> None:
        """A rectangle without a fill."""
        symbol = symbols.fill("#FFFFFF", 0, ink, width_mm)
        self.item(SHAPE, what, box, symbol, shapeType=1, cornerRadiusMeasure="0,mm")

    def layout(self, atlas: Element | None = None) -> Element:
        """The finished layout."""
        page = element(
            "LayoutItem",
            {
                "type": PAGE,
                "uuid": self.id_of("page"),
                "templateUuid": self.id_of("page"),
                "position": "0,0,mm",
                "positionOnPage": "0,0,mm",
                "size": f"{self.width:g},{self.height:g},mm",
                "visibility": 1,
                "referencePoint": 0,
                "opacity": 1,
                "itemRotation": 0,
                "zValue": 0,
                "background": "true",
            },
            symbols.paper(),
        )
        # QGIS reads the items of a layout from the lowest up
        return element(
            "Layout",
            {"name": self.name, "units": "mm", "printResolution": 300, "worldFileMap": ""},
            element(
                "PageCollection", None, symbols.paper(), page, element("GuideCollection", {"visible": 1})
            ),
            *self.items,
            *([atlas] if atlas is not None else []),
        )
