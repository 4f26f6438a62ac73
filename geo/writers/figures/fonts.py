"""Chinese type in figures: the font that travels with the package, then what the system has.

No character is ever drawn as an empty box: what no font holds becomes 〓, the printers' sign for a missing sort.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

_BUNDLED = Path(__file__).parent / "font" / "HongxianSansSC.ttf"

#: Wide-covering fonts asked for rare characters, such as those of names outside GB 2312.
_SYSTEM = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "SimSun",
    "SimSun-ExtB",
    "WenQuanYi Micro Hei",
    "PingFang SC",
)

MISSING = "〓"


@cache
def families() -> tuple[str, ...]:
    """Font families to draw with, in order of preference."""
    font_manager.fontManager.addfont(str(_BUNDLED))
    bundled = font_manager.FontProperties(fname=str(_BUNDLED)).get_name()
    held = {entry.name for entry in font_manager.fontManager.ttflist}
    return (bundled, *(name for name in _SYSTEM if name in held))


@cache
def _characters() -> frozenset[int]:
    paths = {font_manager.findfont(font_manager.FontProperties(family=[name])) for name in families()}
    return frozenset(code for path in paths for code in FT2Font(path).get_charmap())


def drawable(text: str) -> str:
    """The text as it can be drawn.

    >>> drawable("焦化厂 A-1"), drawable("甲\U00018800乙")
    ('焦化厂 A-1', '甲〓乙')
    """
    plain = " ".join(text.split())
    return "".join(sign if ord(sign) in _characters() else MISSING for sign in plain)
