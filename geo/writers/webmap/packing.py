"""What makes the page's data small: phrases once, coordinates as steps, long parts compressed."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

#: Steps of coordinates a degree: one is about 0.1 m.
STEPS_A_DEGREE = 1_000_000

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")
_HOLE = "\x01"


def as_json(value: object) -> str:
    """JSON that may stand inside a script element whatever text it holds.

    >>> as_json({"name": "</script><img src=x>"})
    '{"name":"\\\\u003c/script\\\\u003e\\\\u003cimg src=x\\\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def pack(value: object) -> str:
    """JSON, compressed (zlib) and written in base64; ``hongxian.unpack`` of ``data.js`` reads it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")


def steps(numbers: Iterable[float]) -> list[int]:
    """Degrees as whole millionths, each as the difference from the one before.

    >>> steps([111.5, 111.500002, 111.4])
    [111500000, 2, -100002]
    """
    whole = np.rint(np.asarray(list(numbers), dtype=float) * STEPS_A_DEGREE).astype(np.int64)
    result: list[int] = np.diff(whole, prepend=0).tolist()
    return result


def rings(geometry: shapely.Geometry) -> list[list[list[int]]]:
    """The rings or lines of a geometry, longitudes and latitudes as :func:`steps`.

    >>> rings(shapely.LineString([(1, 2), (1.000001, 2)]))
    [[[1000000, 1], [2000000, 0]]]
    """
    if shapely.get_dimensions(geometry) == 2:
        polygons = shapely.get_parts(geometry)
        lines = [line for polygon in polygons for line in shapely.get_rings(polygon)]
    else:
        lines = list(shapely.get_parts(geometry))
    points = [shapely.get_coordinates(line) for line in lines]
    return [[steps(at[:, 0]), steps(at[:, 1])] for at in points]


class Phrases:
    """Texts that differ in their numbers only, stored once with the numbers apart.

    >>> phrases = Phrases()
    >>> phrases.encode("距河岸 412 米，限值 2 公里"), phrases.encode("距河岸 18.5 米，限值 2 公里")
    ([0, '412', '2'], [0, '18.5', '2'])
    >>> len(phrases.table)
    1
    """

    def __init__(self) -> None:
        self.table: list[str] = []
        self._known: dict[str, int] = {}

    def encode(self, text: str) -> list[Any]:
        """Number of the phrase, then the numbers that fill it, as written."""
        parts = _NUMBER.split(text)
        phrase = _HOLE.join(parts[0::2])
        number = self._known.get(phrase)
        if number is None:
            number = self._known[phrase] = len(self.table)
            self.table.append(phrase)
        return [number, *parts[1::2]]
