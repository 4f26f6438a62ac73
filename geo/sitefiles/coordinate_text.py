"""A whole coordinate string in one cell: several points, in whatever punctuation.

``1、112°32′56″,37°52′14″；2、…``, ``J1(37512345.6, 4194600.1) J2(…)``, ``[[112.5,37.8],[112.6,37.8]]`` …
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from geo.sitefiles.angles import Angle, plain_marks, read_angle

_ANGLE = r"""\d{1,3}°\d{1,2}'\d{1,2}(?:\.\d+)?(?:"|''|')?|\d{1,3}°\d{1,2}(?:\.\d+)?'|[-+]?\d+(?:\.\d+)?°?"""
_LETTERS = re.compile(
    r"(?:东经|北纬|经度|纬度|[ENXY](?:坐标)?)\s*[=:]?\s*(?=\d)|(?<=[\d\"'°])\s*[EN](?![A-Za-z])", re.I
)
_LABEL = re.compile(
    r"(?:[A-Z]{1,3}-?|点|拐点|界址点|第)\s*(\d{1,3})\s*(?:点|号点|号)?(?=[^\d.°])[:、.)]?", re.I
)
_SERIAL = re.compile(r"(^|;)\s*\d{1,3}\s*[、:)]\s*(?=[\d(;])")


@dataclass(frozen=True)
class Points:
    """The points of a string as pairs of angles or metres, in the order written."""

    pairs: list[tuple[Angle, Angle]]


def read_points(text: str, packed: bool = False) -> Points | str:
    """The points of a cell, or in Chinese what is wrong.

    >>> found = read_points("1、112°32′56″,37°52′14″；2、112°33′00″，37°52′14″")
    >>> [round(a.degrees, 4) for a, _ in found.pairs]
    [112.5489, 112.55]
    >>> read_points("J1(4194600.000,38385200.000)J2(4194600.000,38385500.000)").pairs[1][1].degrees
    38385500.0
    >>> read_points("112.5,37.8;112.6")
    '第2点不是两个数'
    """
    plain = re.sub("[①-⑳]", ";", text.translate(plain_marks()))
    plain = unicodedata.normalize("NFKC", plain).translate(plain_marks())
    plain = re.sub(r"\s*([°'\"])\s*", r"\1", plain)
    plain = re.sub(r"[\[\](){}<>|。\n\r]+", ";", plain)
    plain = _SERIAL.sub(r"\1", _LABEL.sub(";", _LETTERS.sub(" ", plain)))
    segments = [part for part in (part.strip(" ,、\t") for part in plain.split(";")) if part]
    numbers = [re.findall(_ANGLE, part) for part in segments]
    for part, found in zip(segments, numbers, strict=True):
        left = re.sub(r"[\s,、/_]", "", re.sub(_ANGLE, "", part))
        if left:
            return f"读不懂“{left[:12]}”"
        if not found:
            return f"读不懂“{part[:12]}”"
    if len(numbers) == 1 and len(numbers[0]) > 2:
        (only,) = numbers
        width = 3 if len(only) % 3 == 0 and only[::3] == [str(n + 1) for n in range(len(only) // 3)] else 2
        numbers = [only[n : n + width] for n in range(0, len(only), width)]
    if len(numbers) > 1 and [n[0] for n in numbers if len(n) == 3] == [
        str(k + 1) for k in range(len(numbers))
    ]:
        numbers = [found[1:] for found in numbers]
    pairs = []
    for count, found in enumerate(numbers, start=1):
        if len(found) != 2:
            return f"第{count}点不是两个数"
        first, second = (read_angle(value, packed and "." in value) for value in found)
        if isinstance(first, str) or isinstance(second, str):
            return f"第{count}点：{first if isinstance(first, str) else second}"
        pairs.append((first, second))
    return Points(pairs) if pairs else "没有坐标"
