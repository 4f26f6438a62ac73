"""The rasters of a run in its project, with the styles that lie beside them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geo.language import Lang
from geo.writers.content import Group
from geo.writers.qgis.layers import Question
from geo.writers.qgis.markup import Element, element
from geo.writers.qgis.reference_systems import spatial_reference
from geo.writers.qgis.tree import Leaf

_KNOWN: dict[str, tuple[str, str, Group]] = {
    "constraints": ("管控程度栅格", "Degree of limits, raster", Group.ZONES),
    "constraints_known": (
        "管控程度栅格（只计确定触及）",
        "Degree of limits, only sure ones, raster",
        Group.ZONES,
    ),
    "constraints_rules": ("决定规则栅格", "Deciding rule, raster", Group.ZONES),
    "distance": ("距基准线距离栅格", "Distance from base lines, raster", Group.REFERENCES),
    "availability": ("可选址范围栅格", "Ground left for the use, raster", Group.GROUND),
    "treatment": ("修复措施栅格", "Treatment, raster", Group.RESTORATION),
    "priority": ("修复优先度栅格", "Priority of restoration, raster", Group.RESTORATION),
}
#: What of a style document describes the document and not the layer.
_NOT_OF_LAYER = {"layerGeometryType"}


@dataclass(frozen=True)
class Raster:
    """A GeoTIFF beside the GeoPackage."""

    path: Path
    lang: Lang = Lang.ZH

    @property
    def leaf(self) -> Leaf:
        """Its place in the tree."""
        name = self.path.stem
        zh, en, group = _KNOWN.get(name, (f"栅格 {name}", f"Raster {name}", Group.ZONES))
        question = {Group.RESTORATION: Question.RESTORATION}.get(group)
        shown = frozenset({question}) if question and name == "treatment" else frozenset()
        return Leaf(
            f"hongxian_raster_{name}",
            self.lang(zh, en),
            f"./{self.path.name}",
            "gdal",
            (self.lang.of(group),),
            False,
            shown,
        )


def rasters_in(folder: Path, lang: Lang = Lang.ZH) -> list[Raster]:
    """The GeoTIFFs of a run, by name."""
    return [Raster(path, lang) for path in sorted(folder.glob("*.tif"))]


def raster_layer(raster: Raster) -> Element:
    """The raster as a layer; its style from the QML beside it, else shades of grey."""
    import rasterio  # long to load, and most projects have no raster

    with rasterio.open(raster.path) as source:
        crs = source.crs.to_string() if source.crs else "EPSG:4490"
        values = source.read(1, masked=True, out_shape=(1, min(source.height, 512), min(source.width, 512)))
    leaf = raster.leaf
    style = raster.path.with_suffix(".qml")
    attributes, content = _styled(style) if style.exists() else ({}, _grey(values))
    head = [
        element("id", None, leaf.id),
        element("datasource", None, leaf.source),
        element("layername", None, leaf.title),
        element("srs", None, spatial_reference(crs)),
        element("provider", None, "gdal"),
    ]
    return element("maplayer", {**attributes, "type": "raster"}, *head, *content)


def _styled(path: Path) -> tuple[dict[str, str], list[Element]]:
    root = ET.parse(path).getroot()
    kept = {name: value for name, value in root.attrib.items() if name not in ("version", "styleCategories")}
    return kept, [child for child in root if child.tag not in _NOT_OF_LAYER]


def _grey(values: np.ma.MaskedArray) -> list[Element]:
    low, high = (float(values.min()), float(values.max())) if values.count() else (0.0, 1.0)
    renderer = element(
        "rasterrenderer",
        {"type": "singlebandgray", "grayBand": 1, "gradient": "BlackToWhite", "opacity": 1, "alphaBand": -1},
        element(
            "contrastEnhancement",
            None,
            element("minValue", None, f"{low:.10g}"),
            element("maxValue", None, f"{high:.10g}"),
            element("algorithm", None, "StretchToMinimumMaximum"),
        ),
    )
    return [element("pipe", None, renderer), element("blendMode", None, "0")]
