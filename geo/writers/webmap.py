"""The map for reports and intranets: ``map.html``, one file that opens without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import folium
import shapely
from folium.elements import JSCSSMixin, MacroElement
from folium.map import Layer
from folium.plugins import Fullscreen, GroupedLayerControl, MeasureControl, MousePosition, Search
from folium.template import Template
from folium.utilities import JsCode

from geo.assessment import Assessment
from geo.frames import split
from geo.terms import Development, Effect, Outcome, State, Theme
from geo.wording import cite
from geo.writers import webmap_layers as layers
from geo.writers.styles import BORDER, DEMO_NOTE, PRELIMINARY_NOTE, WATER
from geo.writers.webmap_page import as_json, render_page
from geo.writers.webmap_symbols import effect_swatch, line_swatch, outcome_swatch, palette

#: Above this many features the map is drawn on a canvas: thousands of SVG elements are slow.
CANVAS_ABOVE = 5_000
#: Above this many sites their numbers would cover the map.
NUMBERS_UP_TO = 200


class Features(Layer):
    """Features of one kind; ``hongxian.<kind>`` in ``map.js`` draws them."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = hongxian.{{ this.kind }}({{ this.content }});"
        "{% endmacro %}"
    )

    def __init__(self, kind: str, name: str, content: Any, show: bool = True) -> None:
        super().__init__(name=name, overlay=True, show=show)
        self._name = "Features"
        self.kind = kind
        self.content = as_json(content)


class SiteSearch(JSCSSMixin, MacroElement):
    """Search of sites by number or name: folium's own searches one GeoJson only and has no Chinese."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "hongxian.search({{ this._parent.get_name() }}, {{ this.sites.get_name() }});"
        "{% endmacro %}"
    )
    default_js = Search.default_js
    default_css = Search.default_css

    def __init__(self, sites: Features) -> None:
        super().__init__()
        self._name = "SiteSearch"
        self.sites = sites


class Start(MacroElement):
    """What the page does once all layers and controls are there."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "hongxian.start({{ this._parent.get_name() }}, {{ this.bounds|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, bounds: list[list[float]]) -> None:
        super().__init__()
        self._name = "Start"
        self.bounds = bounds


def write_map(assessment: Assessment, path: Path) -> None:
    """Write the assessment as an HTML map: sites by outcome, zones by effect, what they are measured from.

    One file, UTF-8, that loads nothing; drawn shapes are simplified and never decide anything. Text from
    users' files stays text.
    """
    zones = layers.zone_layers(assessment)
    borders, places, box = layers.borders(assessment.catalog, layers.cities_concerned(assessment))
    frame = _frame(assessment, box)
    references = layers.reference_lines(assessment, frame)
    water, rivers = layers.waters(assessment.catalog, frame)
    points, shapes = layers.site_points(assessment), layers.site_shapes(assessment)

    count = sum(len(part["features"]) for part in (*zones.values(), references, water, points, shapes))
    centre = frame.centroid
    view = folium.Map(
        location=[centre.y, centre.x],
        zoom_start=7,
        tiles=None,
        prefer_canvas=count > CANVAS_ABOVE,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
        max_zoom=18,
    )
    sites = Features(
        "sites", f"项目 sites（{len(points['features'])}）", {"points": points, "shapes": shapes}
    )
    numbers = [
        layers.Label("site", feature["properties"]["id"], *feature["geometry"]["coordinates"])
        for feature in points["features"]
    ]
    groups: dict[str, list[Features | None]] = {
        "项目 Sites": [
            sites if points["features"] else None,
            _labels("项目编号 site numbers", numbers, show=len(numbers) <= NUMBERS_UP_TO),
        ],
        "管控区 Zones": [
            Features(
                "zones",
                f"{effect_swatch(effect)}{effect.zh} {effect.en}（{len(found['features'])}）",
                {"effect": effect, "features": found},
                show=effect is Effect.PROHIBIT,
            )
            for effect, found in zones.items()
        ],
        "底图与基准 Base map, reference lines": [
            _some("references", "量算基准线 measured from", references, show=False),
            _some("borders", "行政区界 borders", borders),
            _some("water", "河流湖泊 rivers, lakes", water),
            _labels("地名 place names", [*places, *rivers], show=True),
        ],
    }
    held = {group: [layer for layer in found if layer is not None] for group, found in groups.items()}
    for group in held.values():
        for layer in group:
            layer.add_to(view)
    _add_controls(view, sites, {group: found for group, found in held.items() if found})
    view.add_child(Start(_opening(assessment, frame)))

    figure = view.get_root()
    assert isinstance(figure, folium.Figure)
    page = render_page(figure, _around(assessment, zones, references, water))
    path.write_text(page, encoding="utf-8", newline="\n")


def _some(kind: str, name: str, found: layers.Collection, show: bool = True) -> Features | None:
    """A switch that changes nothing is not offered."""
    return Features(kind, name, found, show) if found["features"] else None


def _labels(name: str, labels: list[layers.Label], show: bool) -> Features | None:
    content = [[label.kind, label.text, label.lat, label.lon] for label in labels]
    return Features("labels", name, content, show) if content else None


def _add_controls(view: folium.Map, sites: Features, groups: dict[str, list[Features]]) -> None:
    view.add_child(SiteSearch(sites))
    view.add_child(
        Fullscreen(position="topleft", title="全屏", title_cancel="退出全屏", force_separate_button=True)
    )
    view.add_child(
        MeasureControl(
            position="topleft",
            primary_length_unit="meters",
            secondary_length_unit="kilometers",
            primary_area_unit="hectares",
            secondary_area_unit="mu",
            units={"mu": {"factor": 0.0015, "display": "亩", "decimals": 2}},
            active_color="#B2182B",
            completed_color="#B2182B",
        )
    )
    view.add_child(
        MousePosition(
            position="bottomleft", separator="，", empty_string="经纬度", lng_first=True, prefix="经纬度"
        )
    )
    switch = GroupedLayerControl(
        groups, exclusive_groups=False, collapsed=JsCode("hongxian.isLow()"), position="topright"
    )
    # layers not shown are never added to the map; taking them off again would be in a random order
    switch.layers_untoggle.clear()
    view.add_child(switch)


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


def _around(
    assessment: Assessment,
    zones: dict[Effect, layers.Collection],
    references: layers.Collection,
    water: layers.Collection,
) -> dict[str, Any]:
    """What the page shows around the map: title, notes, legend; and the words that popups share."""
    book, verdicts = assessment.rulebook, assessment.verdicts
    counts = verdicts["outcome"].value_counts()
    present = [outcome for outcome in Outcome if outcome in counts.index]
    lines = [
        (line_swatch(BORDER, 2.2), "市界", "city border"),
        (line_swatch(BORDER, 1, "4 3"), "县界", "county border"),
    ]
    if water["features"]:
        lines.append((line_swatch(WATER, 2), "河流湖泊", "rivers, lakes"))
    if any(feature["properties"]["schematic"] for feature in water["features"]):
        lines.append((line_swatch(WATER, 2, "5 4"), "示意河道", "schematic river"))
    if references["features"]:
        lines.append((line_swatch("#1A1A1A", 1.5), "量算基准线", "measured from"))
    sources = dict.fromkeys(
        layer.source
        for theme in (Theme.ADMIN, Theme.RIVER, Theme.LAKE)
        for layer in assessment.catalog.of_theme(theme)
        if not layer.demo
    )
    return {
        "date": f"{assessment.on:%Y}年{assessment.on.month}月{assessment.on.day}日",
        "date_iso": assessment.on.isoformat(),
        "plans": [
            (plan.title.zh, plan.title.en, plan.status == "draft")
            for plan in book.plans.values()
            if any(rule.plan == plan.id for rule in book.rules.values())
        ],
        "rule_count": len(book),
        "book_hash": book.content_hash[:12],
        "note": PRELIMINARY_NOTE,
        "demo_note": DEMO_NOTE if assessment.has_demo else "",
        "outcomes": [(outcome_swatch(o), o.zh, o.en, int(counts[o])) for o in present],
        "demo_sites": int((verdicts["demo_outcome"] != "").sum()),
        "effects": [(effect_swatch(effect), effect.zh, effect.en) for effect in zones],
        "lines": lines,
        "doubtful": any(f["properties"]["doubt"] for found in zones.values() for f in found["features"]),
        "sources": list(sources),
        "data": as_json(_words(assessment)),
    }


def _words(assessment: Assessment) -> dict[str, Any]:
    book = assessment.rulebook
    asked = {
        *assessment.findings["rule_id"],
        *assessment.zones["rule_id"],
        *(rule_id for ids in assessment.verdicts["deciding_rule_ids"] for rule_id in split(ids)),
    }
    return {
        **palette(),
        "states": {state: {"zh": state.zh, "en": state.en} for state in State},
        "developments": {development: development.zh for development in Development},
        "rules": {
            rule_id: {
                "title": book[rule_id].title.zh,
                "cite": cite(book.plan_of(book[rule_id]), book[rule_id]),
                "effect": book[rule_id].effect,
                "strength": book[rule_id].strength.zh,
            }
            for rule_id in sorted(asked)
        },
        "border": BORDER,
        "water": WATER,
    }
