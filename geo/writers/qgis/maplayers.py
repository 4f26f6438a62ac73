"""Map layers and style documents as QGIS holds them."""

from __future__ import annotations

from geo.writers.content import Content, Kind
from geo.writers.qgis.fields import SITE_TABS, display_column, field_elements, form_elements
from geo.writers.qgis.labels import labeling
from geo.writers.qgis.layers import MapLayer
from geo.writers.qgis.looks import look_of
from geo.writers.qgis.looks.look import Look
from geo.writers.qgis.markup import Element, Value, element, to_bytes
from geo.writers.qgis.reference_systems import spatial_reference

VERSION = "3.22.16-Białowieża"
GEOMETRY_COLUMN = "geom"

_GEOMETRY = {Kind.POINT: "Point", Kind.LINE: "Line", Kind.AREA: "Polygon", Kind.TABLE: "No geometry"}
_GEOMETRY_NUMBER = {Kind.POINT: "0", Kind.LINE: "1", Kind.AREA: "2", Kind.TABLE: "4"}


def datasource(layer: MapLayer) -> str:
    """Where QGIS finds a layer, relative to the project."""
    subset = f"|subset={layer.subset}" if layer.subset else ""
    return f"./{layer.file}|layername={layer.content.name}{subset}"


def maplayer(layer: MapLayer, crs: str) -> Element:
    """One vector layer or table of a project."""
    kind = layer.content.kind
    spatial = kind is not Kind.TABLE
    values: dict[str, Value] = {
        "type": "vector",
        "geometry": _GEOMETRY[kind],
        "styleCategories": "AllStyleCategories",
        **_layer_attributes(layer.look),
    }
    reference = spatial_reference(crs)
    head = [
        element("id", None, layer.id),
        element("datasource", None, datasource(layer)),
        element("keywordList"),
        element("layername", None, layer.title),
        element("srs", None, *([reference] if spatial else [])),
        element(
            "resourceMetadata",
            None,
            element("identifier", None, layer.content.name),
            element("language", None, layer.content.lang("ZHO", "ENG")),
            element("type", None, "dataset"),
            element("title", None, layer.title),
            element("encoding", None, "UTF-8"),
        ),
        element("provider", {"encoding": "UTF-8"}, "ogr"),
    ]
    return element("maplayer", values, *head, *_style(layer.key, layer.content, layer.look))


def style_document(content: Content) -> bytes:
    """The default style of a whole table, as a QML file holds it: a layer dragged in alone is styled."""
    look = look_of(content.name, content, content.frame)
    root = element(
        "qgis",
        {"version": VERSION, "styleCategories": "AllStyleCategories", **_layer_attributes(look)},
        *_style(content.name, content, look, alone=True),
        element("layerGeometryType", None, _GEOMETRY_NUMBER[content.kind]),
    )
    return to_bytes(root, "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>")


def _layer_attributes(look: Look) -> dict[str, Value]:
    return {
        "labelsEnabled": bool(look.labels),
        "hasScaleBasedVisibilityFlag": 0,
        "minScale": 100000000,
        "maxScale": 0,
        "simplifyDrawingHints": 1,
        "simplifyDrawingTol": 1,
        "simplifyMaxScale": 1,
        "simplifyAlgorithm": 0,
        "simplifyLocal": 1,
        "readOnly": 0,
    }


def _style(key: str, content: Content, look: Look, alone: bool = False) -> list[Element]:
    made = [
        element(
            "flags",
            None,
            element("Identifiable", None, "1"),
            element("Removable", None, "1"),
            element("Searchable", None, "1"),
            element("Private", None, "0"),
        )
    ]
    if look.renderer is not None:
        made.append(look.renderer)
    if look.labels:
        made.append(labeling(key, look.labels))
    made += [
        element("blendMode", None, "0"),
        element("featureBlendMode", None, "0"),
        element("layerOpacity", None, f"{look.opacity:g}"),
        *field_elements(content),
    ]
    if content.name in ("sites", "site_areas", "site_lines"):
        made += form_elements(content, SITE_TABS, "" if alone else f"{key}_findings")
    made += [
        element("previewExpression", None, f'"{display_column(content.contract)}"'),
        element("mapTip", None, look.tip),
    ]
    return made
