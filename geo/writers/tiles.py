"""An online base map under the data, only where the user asks for one: ``--tiles tianditu:KEY``, ``--tiles gaode``.

A map that keeps silence offline is the rule; with tiles the page may load pictures from the service
named, and from nowhere else. AMap's tiles are in GCJ-02, some 500 m off: the page shifts the tiles,
never the data. 天地图 is in CGCS2000 and stays where it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo.errors import RunError


@dataclass(frozen=True)
class Tiles:
    """A tile service: address templates from below to above, servers for ``{s}``, whether in GCJ-02."""

    name: str
    zh: str
    en: str
    urls: tuple[str, ...]
    servers: str
    gcj02: bool
    credit: str

    @property
    def hosts(self) -> list[str]:
        """Where pictures may come from, for the page's security policy.

        >>> read_tiles("gaode").hosts[0]
        'https://webrd01.is.autonavi.com'
        """
        roots = [url.split("/", 3)[2] for url in self.urls]
        return sorted({f"https://{root.replace('{s}', server)}" for root in roots for server in self.servers})


_TIANDITU = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
_GAODE = "https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}"
#: Services that ask for no key.
KEYLESS = frozenset({"gaode"})
_KEY = re.compile(r"[0-9A-Za-z]{8,64}")


def read_tiles(text: str) -> Tiles:
    """The tile service that ``--tiles`` names.

    Raises :class:`~geo.errors.RunError` for a service that is not known, or 天地图 without a key.

    >>> read_tiles("tianditu:0123456789abcdef").gcj02, read_tiles("gaode").gcj02
    (False, True)
    """
    name, _, key = text.strip().partition(":")
    if name == "tianditu":
        if not _KEY.fullmatch(key):
            raise RunError("--tiles tianditu 要带密钥；写成 --tiles tianditu:您的密钥（在天地图网站申请）")
        urls = tuple(_TIANDITU.format(layer=layer, key=key) for layer in ("vec", "cva"))
        return Tiles(name, "天地图（在线）", "Tianditu (online)", urls, "01234567", False, "天地图")
    if name == "gaode" and not key:
        return Tiles(
            name, "高德地图（在线，已纠偏）", "AMap (online, shifted)", (_GAODE,), "1234", True, "高德地图"
        )
    raise RunError(f"不认识的在线底图 --tiles {text}；可用：tianditu:密钥、gaode；不写则不联网")
