"""The parts of the folium map: layers whose content our script draws, and controls of our own."""

from __future__ import annotations

from folium.elements import JSCSSMixin, MacroElement
from folium.map import Layer
from folium.plugins import Fullscreen, MeasureControl, MousePosition, Search
from folium.template import Template

from geo.language import Lang


class Features(Layer):
    """Features of one kind; ``hongxian.kinds[kind]`` of the page's script draws what the page's data hold
    under ``key``, which also names the layer in the legend and in links to a view.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "var {{ this.get_name() }} = hongxian.layer({{ this.kind|tojson }}, {{ this.key|tojson }});"
        "{% endmacro %}"
    )

    def __init__(self, kind: str, key: str, name: str, show: bool = True) -> None:
        super().__init__(name=name, overlay=True, show=show)
        self._name = "Features"
        self.kind = kind
        self.key = key


class SiteSearch(JSCSSMixin, MacroElement):
    """Search of sites by number or name: folium's own searches one GeoJson only and has no Chinese."""

    _template = Template(
        "{% macro script(this, kwargs) %}hongxian.search({{ this._parent.get_name() }});{% endmacro %}"
    )
    default_js = Search.default_js
    default_css = Search.default_css

    def __init__(self) -> None:
        super().__init__()
        self._name = "SiteSearch"


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


def controls(lang: Lang) -> list[MacroElement]:
    """Full screen, measuring in metres, hectares and 亩, and the position under the pointer."""
    return [
        Fullscreen(
            position="topleft",
            title=lang("全屏", "full screen"),
            title_cancel=lang("退出全屏", "leave full screen"),
            force_separate_button=True,
        ),
        MeasureControl(
            position="topleft",
            primary_length_unit="meters",
            secondary_length_unit="kilometers",
            primary_area_unit="hectares",
            secondary_area_unit="mu",
            units={"mu": {"factor": 0.0015, "display": lang("亩", "mu"), "decimals": 2}},
            active_color="#B2182B",
            completed_color="#B2182B",
        ),
        # what it says is ours: degrees and metres of the 3° zone (controls.js)
        MousePosition(
            position="bottomleft", separator="，", empty_string=lang("坐标", "position"), lng_first=True
        ),
    ]
