"""The map for reports and intranets: ``map.html``, one file that opens without a network.

folium makes the map; the page's own scripts (``assets/js``) draw what this package packs:
:mod:`.sitedata` the sites, :mod:`.zonedata` zones and reference lines, :mod:`.morelayers` every further
layer of the run, :mod:`.basemap` borders, waters and names, :mod:`.crowd` a grid where sites are too many.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import folium
import shapely
from folium.plugins import GroupedLayerControl
from folium.utilities import JsCode

from geo.assessment import Assessment
from geo.language import Lang
from geo.writers.contents import Content, Group, run_contents
from geo.writers.redaction import withheld_note
from geo.writers.webmap import basemap
from geo.writers.webmap.crowd import SITES_UP_TO, crowd_grid, shown_sites
from geo.writers.webmap.elements import Features, SiteSearch, Start, controls
from geo.writers.webmap.legend import around, effect_names, legend_rows, words
from geo.writers.webmap.morelayers import look_of, more_layers
from geo.writers.webmap.page import render_page
from geo.writers.webmap.sitedata import SiteData, site_data
from geo.writers.webmap.symbols import effect_swatch, layer_swatch
from geo.writers.webmap.tiles import Tiles
from geo.writers.webmap.zonedata import reference_data, zone_data

#: Above this many features the map is drawn on a canvas: thousands of SVG elements are slow.
CANVAS_ABOVE = 2_500
#: Above this many sites their numbers would cover the map.
NUMBERS_UP_TO = 200

__all__ = ["CANVAS_ABOVE", "NUMBERS_UP_TO", "write_map"]


def write_map(
    assessment: Assessment,
    path: Path,
    contents: list[Content] | None = None,
    tiles: Tiles | None = None,
    lang: Lang = Lang.ZH,
) -> None:
    """Write the assessment as an HTML map: sites by outcome, zones by rule and effect, every further layer.

    The page's heading and notes are in ``lang``; its controls say both languages. One file, UTF-8, that loads nothing, unless ``tiles`` names a service; ``contents`` are the run's
    (:func:`~geo.writers.contents.run_contents`), made here where they are not given. Drawn shapes are
    simplified and never decide anything. Text from users' files stays text.
    """
    held = run_contents(assessment) if contents is None else contents
    of = {content.name: content.frame for content in held}
    drawn = of["zones"]
    zones = zone_data(assessment, drawn)
    shown = shown_sites(assessment, SITES_UP_TO)
    sites = site_data(assessment, shown)
    borders, places, box = basemap.borders(of["counties"], of["cities"], basemap.cities_concerned(assessment))
    frame = _frame(assessment, box)
    water, rivers = basemap.waters([of["rivers"], of["lakes"]], frame)
    references = reference_data(assessment, frame)
    more = more_layers(held)

    layers: dict[str, Any] = {f"zones-{effect}": data for effect, data in zones.effects.items()}
    layers |= {content.name: data for content, data in more}
    layers |= {"references": references} if references else {}
    layers |= {"borders": borders} if borders["features"] else {}
    layers |= {"water": water} if water["features"] else {}
    names = [[label.kind, label.text, label.lat, label.lon] for label in [*places, *rivers]]
    layers |= {"names": names} if names else {}
    notes = [note] if (note := withheld_note(assessment.withheld, lang)) else []
    if len(shown) < len(assessment.sites):
        layers["crowd"] = crowd_grid(assessment)
        notes.append(_crowd_note(len(shown), len(assessment.sites)))

    notes += [_left_out_note(content, data["left_out"]) for content, data in more if data["left_out"]]

    groups = _groups(zones, sites, len(shown), more, layers)
    features = [feature for group in groups.values() for feature in group]
    count = len(shown) + sites.shapes + sum(_size(layers.get(feature.key)) for feature in features)
    view = _view(frame, canvas=count > CANVAS_ABOVE)
    for feature in features:
        feature.add_to(view)
    _add_controls(view, groups)
    view.add_child(Start(_opening(assessment, frame)))

    figure = view.get_root()
    assert isinstance(figure, folium.Figure)
    page = {
        **around(assessment, zones, notes, lang),
        "legend": legend_rows(assessment, zones, layers, [content for content, _ in more]),
        "tile_hosts": tiles.hosts if tiles else [],
    }
    data = {
        "words": words(assessment, sites.rule_ids, zones),
        "sites": sites.columns,
        "lots": sites.lots,
        "phrases": sites.phrases,
        "layers": layers,
        "tiles": _tile_words(tiles),
    }
    path.write_text(render_page(figure, page, data), encoding="utf-8", newline="\n")


def _groups(
    zones: Any,
    sites: SiteData,
    count: int,
    more: list[tuple[Content, dict[str, Any]]],
    layers: dict[str, Any],
) -> dict[str, list[Features]]:
    """The switches by group, in the order in which a planner meets them; none that would change nothing."""
    groups: dict[str, list[Features]] = {"项目 Sites": [], "管控区 Zones": []}
    if count:
        groups["项目 Sites"] += [
            Features("sites", "sites", f"项目 sites（{count:,}）"),
            Features("numbers", "numbers", "项目编号 site numbers", show=count <= NUMBERS_UP_TO),
        ]
    if "crowd" in layers:
        groups["项目 Sites"].append(Features("crowd", "crowd", "全部项目统计格网 all sites, counted"))
    for effect, name, shapes in effect_names(zones):
        title = f"{effect_swatch(effect)}{name}（{shapes}）"
        groups["管控区 Zones"].append(Features("zones", f"zones-{effect}", title, show=effect == "prohibit"))
    for content, _ in more:
        look = look_of(content)
        title = f"{layer_swatch(look, content.kind)}{content.zh}（{len(content.frame):,}）"
        groups.setdefault(str(content.group), []).append(
            Features("more", content.name, title, show=look.show)
        )
    if "references" in layers:
        lines = Features("references", "references", "量算基准线 measured from", show=False)
        groups.setdefault(str(Group.REFERENCES), []).insert(0, lines)
    base = [
        ("borders", "borders", "行政区界 borders", True),
        ("water", "water", "河流湖泊 rivers, lakes", True),
        ("names", "names", "地名 place names", True),
    ]
    groups["底图 Base map"] = [
        Features(kind, key, name, show) for kind, key, name, show in base if key in layers
    ]
    return {group: found for group, found in groups.items() if found}


def _size(content: Any) -> int:
    """How many shapes a layer draws, about."""
    if not isinstance(content, dict):
        return 0
    parts = content.get("parts", [content])
    return sum(len(part.get("facts", part.get("lon", part.get("features", [])))) for part in parts)


def _view(frame: shapely.Geometry, canvas: bool) -> folium.Map:
    centre = frame.centroid
    return folium.Map(
        location=[centre.y, centre.x],
        zoom_start=7,
        tiles=None,
        prefer_canvas=canvas,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
        max_zoom=18,
    )


def _add_controls(view: folium.Map, groups: dict[str, list[Features]]) -> None:
    view.add_child(SiteSearch())
    for control in controls():
        view.add_child(control)
    switch = GroupedLayerControl(
        groups, exclusive_groups=False, collapsed=JsCode("hongxian.isLow()"), position="topright"
    )
    # layers not shown are never added to the map; taking them off again would be in a random order
    switch.layers_untoggle.clear()
    view.add_child(switch)


def _left_out_note(content: Content, left_out: int) -> str:
    count = len(content.frame)
    return (
        f"图层“{content.zh}”共 {count:,} 个，地图只画前 {count - left_out:,} 个，其余 {left_out:,} 个见 "
        f"screening.gpkg（{content.name}: the first {count - left_out:,} of {count:,} are drawn）"
    )


def _crowd_note(shown: int, count: int) -> str:
    return (
        f"共 {count:,} 个项目，超过 {SITES_UP_TO:,} 个：地图只逐个显示结论不是“未触及”的 {shown:,} 个"
        "（过多时从严到宽），全部项目按格网统计；逐个查看请用 QGIS 打开 screening.gpkg"
    )


def _tile_words(tiles: Tiles | None) -> dict[str, Any] | None:
    if tiles is None:
        return None
    return {
        "urls": tiles.urls,
        "servers": tiles.servers,
        "gcj02": tiles.gcj02,
        "title": tiles.zh,
        "credit": tiles.credit,
    }


def _frame(assessment: Assessment, box: shapely.Geometry) -> shapely.Geometry:
    """The box of the map: the cities concerned and all sites, with some room."""
    boxes = [box] if not box.is_empty else []
    if len(assessment.sites):
        boxes.append(shapely.box(*assessment.sites.total_bounds))
    if not boxes:
        return shapely.box(110.2, 34.5, 114.6, 40.8)  # Shanxi
    west, south, east, north = shapely.total_bounds(boxes)
    return shapely.box(west - 0.3, south - 0.3, east + 0.3, north + 0.3)


def _opening(assessment: Assessment, frame: shapely.Geometry) -> list[list[float]]:
    """South-west and north-east corner of the opening view: the sites."""
    bounds = assessment.sites.total_bounds if len(assessment.sites) else frame.bounds
    west, south, east, north = (round(float(value), 5) for value in bounds)
    return [[south, west], [north, east]]
