"""One HTML file out of a folium map: nothing is loaded from outside, two runs give the same bytes.

folium links scripts and styles on the web. Each link is replaced by the file that travels with the
package (``assets/manifest.json``); a link that the manifest does not know is refused.
"""

from __future__ import annotations

import base64
import json
import mimetypes
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from branca.element import CssLink, Element, Figure, JavascriptLink

from geo.language import Lang
from geo.writers.webmap.packing import as_json

ASSETS = Path(__file__).parents[1] / "assets"

#: The page's own scripts, in the order in which they build on each other.
SCRIPTS = (
    "data",
    "position",
    "cards",
    "symbols",
    "layers",
    "sites",
    "names",
    "controls",
    "panel",
    "timeline",
    "print",
    "tiles",
    "view",
    "start",
)

_DATA_MARK = "@@data@@"
_URL = re.compile(r"""url\(\s*(["']?)([^"')]+)\1\s*\)""")
#: folium forbids to enlarge the page on a phone; who sees badly must be able to.
_FIXED_ZOOM = re.compile(r",\s*maximum-scale=1\.0,\s*user-scalable=no")
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ASSETS), autoescape=True, undefined=jinja2.StrictUndefined
)


class UnknownLinkError(LookupError):
    """folium asks for something from the web that ``assets/manifest.json`` neither holds nor leaves out."""


@cache
def _manifest(lang: Lang) -> tuple[dict[str, str], frozenset[str]]:
    manifest = json.loads((ASSETS / "manifest.json").read_text(encoding="utf-8"))
    held = {
        asset["replaces"]: asset["file"]
        for asset in manifest["assets"]
        if "replaces" in asset and asset.get("lang", lang) == lang
    }
    return held, frozenset(manifest["omitted"])


def render_page(
    figure: Figure, content: Mapping[str, Any], data: Mapping[str, Any], lang: Lang = Lang.ZH
) -> str:
    """The whole page of a figure; ``content`` is what ``page.html.jinja`` shows around the map, ``data``
    what the page's scripts draw and say, in ``lang``.
    """
    for child in figure._children.values():
        child.render()
    names = {element._id: number for number, element in enumerate(_elements(figure), start=1)}
    page = _PAGES.get_template("page.html.jinja").render(
        head=inline_links(figure.header, lang) + _own_libraries(),
        style=_own("map.css"),
        map=figure.html.render(),
        code="\n".join(_own(f"js/{name}.js") for name in SCRIPTS),
        script=figure.script.render(),
        zh=lang is Lang.ZH,
        **content,
    )
    # folium names its elements at random: numbered by their place, the same map is the same file
    page = re.sub("|".join(names), lambda found: f"{names[found[0]]:03d}", page)
    before, after = page.split(_DATA_MARK)  # put in last: it is long, and text of users
    return f"{before}{as_json(data)}{after}"


def inline_links(header: Element, lang: Lang = Lang.ZH) -> str:
    """What folium puts into the head, with every link replaced by the file itself.

    Raises :class:`UnknownLinkError` for a link that the manifest does not know.
    """
    held, omitted = _manifest(lang)
    parts = []
    for name, child in header._children.items():
        if not isinstance(child, (JavascriptLink, CssLink)):
            parts.append(_FIXED_ZOOM.sub("", child.render()))
        elif name in held:
            parts.append(_inline(held[name], isinstance(child, CssLink)))
        elif name not in omitted:
            raise UnknownLinkError(f"{name}: {child.url} is not in {ASSETS.name}/manifest.json")
    return "\n".join(parts)


def _own_libraries() -> str:
    """The vendored libraries that our scripts use and folium does not know."""
    manifest = json.loads((ASSETS / "manifest.json").read_text(encoding="utf-8"))
    return "\n".join(_inline(asset["file"], False) for asset in manifest["assets"] if asset.get("own"))


def _inline(file: str, is_style: bool) -> str:
    text = (ASSETS / file).read_text(encoding="utf-8")
    if not is_style:
        return f"<script>{_SOURCE_MAP.sub('', text)}</script>"
    return f"<style>{_URL.sub(lambda found: _data_uri(found, (ASSETS / file).parent), text)}</style>"


def _data_uri(found: re.Match[str], folder: Path) -> str:
    if found[2].startswith(("#", "data:")):
        return found[0]
    image = folder / found[2]
    if not image.is_file():
        raise UnknownLinkError(f"{image.name} is not among the assets")
    kind = mimetypes.guess_type(image.name)[0] or "application/octet-stream"
    return f"url(data:{kind};base64,{base64.b64encode(image.read_bytes()).decode('ascii')})"


def _own(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _elements(element: Element) -> Iterator[Element]:
    """The element and all below it, in the order they were added."""
    yield element
    for part in ("header", "html", "script"):
        if isinstance(element, Figure):
            yield from _elements(getattr(element, part))
    for child in element._children.values():
        yield from _elements(child)
