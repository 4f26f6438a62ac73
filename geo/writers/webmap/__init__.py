"""The map for reports and intranets: ``map.html``, one file that opens without a network.

folium makes the map; the page's own scripts (``assets/js``) draw what this package packs:
:mod:`.sitedata` the sites, :mod:`.zonedata` zones and reference lines, :mod:`.morelayers` every further
layer of the run, :mod:`.basemap` borders, waters and names, :mod:`.crowd` a grid where sites are too many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import folium
import shapely
from folium.plugins import GroupedLayerControl
from folium.utilities import JsCode

from geo.assessment import Assessment
from geo.language import Lang
from geo.terms import Outcome
from geo.writers.content import Content, Group
from geo.writers.contents import run_contents
from geo.writers.redaction import withheld_note
from geo.writers.subject import SITES, About, Subject
from geo.writers.tiles import Tiles
from geo.writers.webmap import basemap
from geo.writers.webmap.crowd import SITES_UP_TO, crowd_grid, shown_sites
from geo.writers.webmap.elements import Features, SiteSearch, Start, controls
from geo.writers.webmap.legend import around, effect_names, legend_rows, words
from geo.writers.webmap.morelayers import look_of, more_layers
from geo.writers.webmap.page import render_page
from geo.writers.webmap.sitedata import SiteData, site_data
from geo.writers.webmap.symbols import effect_swatch, layer_swatch
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
    subject: Subject = SITES,
    panel: Mapping[str, Any] | None = None,
    searched: Sequence[Any] = (),
) -> None:
    """Write the assessment as an HTML map: sites by outcome, zones by rule and effect, every further layer.

    Headings, controls and notes of the page are in ``lang``; a Chinese page says the English beside it. One file, UTF-8, that loads nothing, unless ``tiles`` names a service; ``contents`` are the run's
    (:func:`~geo.writers.contents.run_contents`), made here where they are not given. Drawn shapes are
    simplified and never decide anything. ``subject`` names what the map is of; ``panel`` holds hectares of ground for the
    panel beside it, ``searched`` what the search finds beside sites (name, south, west, north, east). Text from users' files stays text.
    """
    held = run_contents(assessment, lang) if contents is None else contents
    of = {content.name: content.frame for content in held}
    drawn = of["zones"]
    zones = zone_data(assessment, drawn, lang)
    shown = shown_sites(assessment, SITES_UP_TO)
    sites = site_data(assessment, shown, lang)
    borders, places, box = basemap.borders(of["counties"], of["cities"], basemap.cities_concerned(assessment))
    frame = _frame(assessment, box)
    water, rivers = basemap.waters([of["rivers"], of["lakes"]], frame)
    references = reference_data(assessment, frame, lang)
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
        notes.append(_crowd_note(len(shown), len(assessment.sites), lang))

    notes += [
        _left_out_note(content, data["left_out"], subject) for content, data in more if data["left_out"]
    ]

    groups = _groups(zones, sites, len(shown), more, layers, subject, lang)
    features = [feature for group in groups.values() for feature in group]
    count = len(shown) + sites.shapes + sum(_size(layers.get(feature.key)) for feature in features)
    view = _view(frame, canvas=count > CANVAS_ABOVE)
    for feature in features:
        feature.add_to(view)
    _add_controls(view, groups, lang)
    view.add_child(Start(_opening(assessment, frame, subject)))

    figure = view.get_root()
    assert isinstance(figure, folium.Figure)
    page = {
        **around(assessment, zones, notes, lang, subject),
        "panel": panel,
        "legend": legend_rows(assessment, zones, layers, [content for content, _ in more], subject),
        "tile_hosts": tiles.hosts if tiles else [],
    }
    data = {
        "words": words(assessment, sites.rule_ids, zones, lang, subject),
        "places": list(searched),
        "sites": sites.columns,
        "lots": sites.lots,
        "phrases": sites.phrases,
        "layers": layers,
        "tiles": _tile_words(tiles, lang),
    }
    path.write_text(render_page(figure, page, data, lang), encoding="utf-8", newline="\n")


def _groups(
    zones: Any,
    sites: SiteData,
    count: int,
    more: list[tuple[Content, dict[str, Any]]],
    layers: dict[str, Any],
    subject: Subject,
    say: Lang,
) -> dict[str, list[Features]]:
    """The switches by group, in the order in which a planner meets them; none that would change nothing."""
    in_sites = say(f"{subject.things_zh} {subject.things_en.capitalize()}", subject.things_en.capitalize())
    in_ground, in_zones = say.of(Group.GROUND), say("管控区 Zones", "Zones")
    groups: dict[str, list[Features]] = {in_sites: [], in_ground: [], in_zones: []}
    if count:
        groups[in_sites] += [
            Features("sites", "sites", f"{in_sites}" + say(f"（{count:,}）", f" ({count:,})")),
            Features(
                "numbers",
                "numbers",
                say(f"{subject.things_zh}编号 numbers", "Numbers"),
                show=count <= NUMBERS_UP_TO,
            ),
        ]
    if "crowd" in layers:
        groups[in_sites].append(
            Features("crowd", "crowd", say("全部项目统计格网 all sites, counted", "All sites, counted"))
        )
    for effect, name, shapes in effect_names(zones, say):
        title = f"{effect_swatch(effect)}{name}" + say(f"（{shapes}）", f" ({shapes})")
        groups[in_zones].append(
            Features(
                "zones", f"zones-{effect}", title, show=effect == "prohibit" and subject.about is About.SITES
            )
        )
    opened = ("strips", "treatment_") if subject.about is About.RESTORATION else ()
    for content, _ in more:
        look = look_of(content)
        title = f"{layer_swatch(look, content.kind)}{content.title}" + say(
            f"（{len(content.frame):,}）", f" ({len(content.frame):,})"
        )
        ground = content.name.startswith("ground_")
        groups.setdefault(say.of(content.group), []).append(
            Features(
                "ground" if ground else "more",
                content.name,
                title,
                show=look.show or content.name.startswith(opened or ("-",)),
            )
        )
    if "references" in layers:
        lines = Features(
            "references", "references", say("量算基准线 measured from", "Lines measured from"), show=False
        )
        groups.setdefault(say.of(Group.REFERENCES), []).insert(0, lines)
    base = [
        ("borders", "borders", say("行政区界 borders", "Borders"), True),
        ("water", "water", say("河流湖泊 rivers, lakes", "Rivers, lakes"), True),
        ("names", "names", say("地名 place names", "Place names"), True),
    ]
    groups[say("底图 Base map", "Base map")] = [
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


def _add_controls(view: folium.Map, groups: dict[str, list[Features]], lang: Lang) -> None:
    view.add_child(SiteSearch())
    for control in controls(lang):
        view.add_child(control)
    switch = GroupedLayerControl(
        groups, exclusive_groups=False, collapsed=JsCode("hongxian.isLow()"), position="topright"
    )
    # layers not shown are never added to the map; taking them off again would be in a random order
    switch.layers_untoggle.clear()
    view.add_child(switch)


def _left_out_note(content: Content, left_out: int, subject: Subject) -> str:
    count = len(content.frame)
    return content.lang(
        f"图层“{content.title}”共 {count:,} 个，地图只画前 {count - left_out:,} 个，其余 {left_out:,} 个见 {subject.geopackage}",
        f"{content.title}: the first {count - left_out:,} of {count:,} are drawn, all are in {subject.geopackage}",
    )


def _crowd_note(shown: int, count: int, lang: Lang) -> str:
    return lang(
        f"共 {count:,} 个项目，超过 {SITES_UP_TO:,} 个：地图只逐个显示结论不是“未触及”的 {shown:,} 个"
        "（过多时从严到宽），全部项目按格网统计；逐个查看请用 QGIS 打开 screening.gpkg",
        f"{count:,} sites, more than {SITES_UP_TO:,}: the map shows the {shown:,} whose outcome is not “{Outcome.CLEAR.en}” "
        "(the strictest first where they are too many) and counts all in a grid; for each site open screening.gpkg in QGIS",
    )


def _tile_words(tiles: Tiles | None, lang: Lang) -> dict[str, Any] | None:
    if tiles is None:
        return None
    return {
        "urls": tiles.urls,
        "servers": tiles.servers,
        "gcj02": tiles.gcj02,
        "title": lang.of(tiles),
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


def _opening(assessment: Assessment, frame: shapely.Geometry, subject: Subject) -> list[list[float]]:
    """South-west and north-east corner of the opening view: the ground asked about, else the sites."""
    if subject.ground is not None:
        frame = subject.ground
    bounds = (
        assessment.sites.total_bounds if len(assessment.sites) and subject.ground is None else frame.bounds
    )
    west, south, east, north = (round(float(value), 5) for value in bounds)
    return [[south, west], [north, east]]
