"""How rasters look: colour tables, names of categories for GDAL, styles for QGIS."""

from __future__ import annotations

import colorsys
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo.language import Lang


@dataclass(frozen=True)
class Category:
    """A code of a raster, what it means, and its colour (#RRGGBB)."""

    code: int
    zh: str
    en: str
    colour: str

    def named(self, lang: Lang) -> str:
        """What it means, in a language."""
        return lang(self.zh, self.en)

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Its colour as three numbers.

        >>> Category(7, "禁止", "prohibited", "#8B0000").rgb
        (139, 0, 0)
        """
        return int(self.colour[1:3], 16), int(self.colour[3:5], 16), int(self.colour[5:7], 16)


def faded(colour: str) -> str:
    """A colour half way to white: of demonstration data.

    >>> faded("#8B0000")
    '#C57F7F'
    """
    return "#" + "".join(f"{(int(colour[at : at + 2], 16) + 255) // 2:02X}" for at in (1, 3, 5))


def rule_colour(code: int) -> str:
    """Colours that differ from one rule to the next: steps of the golden angle."""
    red, green, blue = colorsys.hls_to_rgb((code * 0.6180339887) % 1.0, 0.45 + 0.1 * (code % 3), 0.6)
    return f"#{round(255 * red):02X}{round(255 * green):02X}{round(255 * blue):02X}"


def colour_map(categories: Sequence[Category]) -> dict[int, tuple[int, int, int, int]]:
    """The colour table of a GeoTIFF; other codes are transparent."""
    return {c.code: (*c.rgb, 255) for c in categories}


def attribute_table(
    categories: Sequence[Category], held: Mapping[int, Sequence[float]], lang: Lang = Lang.ZH
) -> str:
    """The ``.aux.xml`` beside a GeoTIFF: a name for every code, and a table with colours, cells and hectares of those held."""
    root = ET.Element("PAMDataset")
    band = ET.SubElement(root, "PAMRasterBand", band="1")
    names = {c.code: c.named(lang) for c in categories}
    listed = ET.SubElement(band, "CategoryNames")
    for code in range(max(names, default=-1) + 1):
        ET.SubElement(listed, "Category").text = names.get(code, "")
    table = ET.SubElement(band, "GDALRasterAttributeTable", tableType="thematic")
    # type: 0 integer, 1 real, 2 text; usage: 5 value, 1 count, 2 name, 6 to 8 red, green, blue, 0 other
    columns = [("Value", 0, 5), ("Count", 1, 1), (lang("名称", "Meaning"), 2, 2)]
    columns += [(lang("Name", "Chinese"), 2, 0), (lang("公顷", "Hectares"), 1, 0)]
    columns += [("Red", 0, 6), ("Green", 0, 7), ("Blue", 0, 8)]
    for number, (name, kind, usage) in enumerate(columns):
        field = ET.SubElement(table, "FieldDefn", index=str(number))
        for tag, value in (("Name", name), ("Type", str(kind)), ("Usage", str(usage))):
            ET.SubElement(field, tag).text = value
    for number, c in enumerate([c for c in categories if c.code in held]):
        row = ET.SubElement(table, "Row", index=str(number))
        cells, hectares = held[c.code]
        names_of = (c.zh, c.en) if lang is Lang.ZH else (c.en, c.zh)
        for text in (str(c.code), f"{cells:.0f}", *names_of, f"{hectares:.4f}", *map(str, c.rgb)):
            ET.SubElement(row, "F").text = text
    return _text(root)


def categories_style(categories: Sequence[Category], lang: Lang = Lang.ZH) -> str:
    """A QGIS style (QML): a colour and a name each code."""
    renderer, root = _style("paletted")
    palette = ET.SubElement(renderer, "colorPalette")
    for c in categories:
        ET.SubElement(
            palette,
            "paletteEntry",
            value=str(c.code),
            color=c.colour.lower(),
            label=c.named(lang),
            alpha="255",
        )
    return _text(root)


def ramp_style(stops: Sequence[tuple[float, str]], unit: str = "") -> str:
    """A QGIS style (QML): colours between stops."""
    renderer, root = _style("singlebandpseudocolor")
    low, high = (f"{stops[at][0]:g}" for at in (0, -1))
    renderer.set("classificationMin", low)
    renderer.set("classificationMax", high)
    shader = ET.SubElement(
        ET.SubElement(renderer, "rastershader"),
        "colorrampshader",
        colorRampType="INTERPOLATED",
        classificationMode="1",
        minimumValue=low,
        maximumValue=high,
        clip="0",
        labelPrecision="4",
    )
    for value, colour in stops:
        label = f"{value:,g} {unit}".strip()
        ET.SubElement(shader, "item", value=f"{value:g}", color=colour.lower(), label=label, alpha="255")
    return _text(root)


def _style(kind: str) -> tuple[ET.Element, ET.Element]:
    root = ET.Element("qgis", version="3.22.16-Białowieża", styleCategories="AllStyleCategories")
    pipe = ET.SubElement(root, "pipe")
    renderer = ET.SubElement(
        pipe, "rasterrenderer", type=kind, band="1", opacity="1", alphaBand="-1", nodataColor=""
    )
    ET.SubElement(renderer, "rasterTransparency")
    ET.SubElement(root, "blendMode").text = "0"
    return renderer, root


def _text(root: ET.Element) -> str:
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"
