"""The tree of groups, the map themes and bookmarks, and the relations between sites and findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geo.language import Lang
from geo.space import WORKING_CRS
from geo.writers.content import Group, Kind
from geo.writers.qgis.layers import MapLayer, Question, drawing_order, extent_of, group_rank
from geo.writers.qgis.maplayers import datasource
from geo.writers.qgis.markup import Element, element, fixed_id
from geo.writers.qgis.reference_systems import spatial_reference


@dataclass(frozen=True)
class Leaf:
    """A layer of the tree, vector or raster."""

    id: str
    title: str
    source: str
    provider: str
    path: tuple[str, ...]
    visible: bool
    questions: frozenset[Question] = frozenset()
    city: str = ""


def leaf_of(layer: MapLayer) -> Leaf:
    """The leaf of a vector layer or table."""
    return Leaf(
        layer.id,
        layer.title,
        datasource(layer),
        "ogr",
        layer.path,
        layer.visible,
        layer.questions,
        layer.city,
    )


def layer_tree(leaves: Sequence[Leaf], order: Sequence[str]) -> Element:
    """Groups in the order of :class:`~geo.writers.contents.Group`; drawn in ``order``, points above areas."""
    root = element("layer-tree-group", None, element("customproperties", None, element("Option")))
    groups: dict[tuple[str, ...], Element] = {(): root}
    for leaf in sorted(leaves, key=lambda leaf: (group_rank(leaf.path[0]), leaf.path[1:] != ())):
        for depth in range(1, len(leaf.path) + 1):
            path = leaf.path[:depth]
            if path not in groups:
                groups[path] = _group(path, leaves)
                groups[path[:-1]].append(groups[path])
        groups[leaf.path].append(tree_leaf(leaf))
    root.append(
        element("custom-order", {"enabled": 1}, *[element("item", None, layer_id) for layer_id in order])
    )
    return root


def _group(path: tuple[str, ...], leaves: Iterable[Leaf]) -> Element:
    open_ = len(path) == 1 and path[0] in {
        title
        for group in (Group.OUTCOMES, Group.GROUND, Group.CONFLICTS, Group.TO_SETTLE)
        for title in (group.zh, group.en)
    }
    return element(
        "layer-tree-group",
        {"name": path[-1], "checked": "Qt::Checked", "expanded": open_},
        element("customproperties", None, element("Option")),
    )


def tree_leaf(leaf: Leaf, name: str = "") -> Element:
    """A leaf as trees and legends hold it."""
    return element(
        "layer-tree-layer",
        {
            "id": leaf.id,
            "name": name or leaf.title,
            "source": leaf.source,
            "providerKey": leaf.provider,
            "checked": "Qt::Checked" if leaf.visible else "Qt::Unchecked",
            "expanded": 0,
        },
        element("customproperties", None, element("Option")),
    )


# ---- themes ----

#: The theme of the small map that shows where a page lies.
LOCATOR = ("位置图", "Locator")
_LOCATED = {"hongxian_cities", "hongxian_rivers"}


def themes(leaves: Sequence[Leaf], say: Lang) -> Element:
    """A theme a question and a city: which layers are shown."""
    presets = [_preset(say(*LOCATOR), [leaf for leaf in leaves if leaf.id in _LOCATED], say)]
    presets += [
        _preset(say.of(question), [leaf for leaf in leaves if question in leaf.questions], say)
        for question in Question
        if any(question in leaf.questions for leaf in leaves)
    ]
    whole = {"hongxian_sites", "hongxian_sites_open", "hongxian_sites_conflicting"}
    for city in dict.fromkeys(leaf.city for leaf in leaves if leaf.city):
        shown = [
            leaf
            for leaf in leaves
            if leaf.city == city or (Question.CONFLICTS in leaf.questions and leaf.id not in whole)
        ]
        presets.append(_preset(city, shown, say))
    return element("visibility-presets", None, *presets)


def _preset(name: str, shown: Sequence[Leaf], say: Lang) -> Element:
    paths = dict.fromkeys(
        "/".join(leaf.path[:depth]) for leaf in shown for depth in range(1, len(leaf.path) + 1)
    )
    return element(
        "visibility-preset",
        {"name": name, "has-expanded-info": 1, "has-checked-group-info": 1},
        *[
            element("layer", {"id": leaf.id, "visible": 1, "style": say("默认", "default"), "expanded": 0})
            for leaf in shown
        ],
        element(
            "checked-group-nodes", None, *[element("checked-group-node", {"id": path}) for path in paths]
        ),
        element("expanded-group-nodes"),
    )


def bookmarks(layers: Sequence[MapLayer], say: Lang) -> Element:
    """Where the sites of each city lie, to jump to."""
    marks = []
    for layer in layers:
        box = extent_of(layer.frame) if layer.city else None
        if box is not None:
            west, south, east, north = box
            pad = 0.1 + 0.05 * max(east - west, north - south)
            west, south, east, north = west - pad, south - pad, east + pad, north + pad
            marks.append(_bookmark(layer.city, say("各市", "Cities"), (west, south, east, north)))
    marks += [
        mark
        for layer in layers
        if layer.key == "availability" and layer.content.kind is not Kind.TABLE
        for mark in _of_counties(layer, say)
    ]
    return element("Bookmarks", None, *marks)


def _of_counties(layer: MapLayer, say: Lang) -> list[Element]:
    """The counties of the ground asked about, to jump to."""
    held = layer.frame.bounds.assign(county=layer.frame["county"].to_numpy())
    grouped = held.groupby("county", sort=True)
    boxes = grouped.agg({"minx": "min", "miny": "min", "maxx": "max", "maxy": "max"})
    return [
        _bookmark(str(county), say("各县（市、区）", "Counties"), tuple(float(v) for v in box))
        for county, box in zip(boxes.index, boxes.to_numpy(), strict=True)
    ]


def _bookmark(name: str, group: str, box: tuple[float, ...]) -> Element:
    west, south, east, north = box
    ring = f"{west:.6f} {south:.6f}, {east:.6f} {south:.6f}, {east:.6f} {north:.6f}, {west:.6f} {north:.6f}, {west:.6f} {south:.6f}"
    values = {"id": fixed_id("bookmark", name), "name": name, "group": group}
    return element("Bookmark", {**values, "extent": f"Polygon (({ring}))"}, spatial_reference(WORKING_CRS))


# ---- relations ----


def relation_id(layer: MapLayer) -> str:
    """The relation of a layer of sites to its findings."""
    return f"{layer.key}_findings"


def relations(layers: Sequence[MapLayer]) -> Element:
    """Every layer of sites knows the findings of its sites."""
    findings = next((layer for layer in layers if layer.key == "findings"), None)
    made = [
        element(
            "relation",
            {
                "id": relation_id(layer),
                "name": layer.content.lang(f"{layer.title}—逐条检查", f"{layer.title}: checks"),
                "referencedLayer": layer.id,
                "referencingLayer": findings.id,
                "strength": "Association",
            },
            element("fieldRef", {"referencedField": "site_id", "referencingField": "site_id"}),
        )
        for layer in layers
        if findings is not None and layer.content.name in ("sites", "site_areas", "site_lines")
    ]
    return element("relations", None, *made)


def drawn_ids(layers: Sequence[MapLayer]) -> list[str]:
    """Ids in drawing order, the topmost first."""
    return [layer.id for layer in drawing_order(layers)]
