"""Longitudes and latitudes as people write them: decimal degrees, or degrees, minutes and seconds.

Every usual spelling is read; the packed one (``112.3256`` for 112°32′56″) only where it is asked for,
since it cannot be told from decimal degrees.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

_MARKS = str.maketrans(
    {"º": "°", "˚": "°", "度": "°", "分": "'", "秒": '"'}
    | dict.fromkeys("′’‘´`｀＇", "'")
    | dict.fromkeys("″”“＂〃", '"')
    | dict.fromkeys("–—−－", "-")
)
_LONGEST = 64  # no angle is as long; patterns over endless digits would take for ever
_WORDS = re.compile(r"^(?:东经|北纬|经度|纬度|[EN])[:：]?|[EN]$", re.IGNORECASE)
_DECIMAL = re.compile(r"^([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?|[+-]?\d+\.)°?$")
_SEXAGESIMAL = re.compile(r"""^(\d{1,3})(?:°|[-: ])(\d{1,2})(?:'|[-: ])(\d{1,2}(?:\.\d+)?)(?:"|'')?$""")
_MINUTES = re.compile(r"^(\d{1,3})°(\d{1,2}(?:\.\d+)?)'?$")
_PACKED = re.compile(r"^(\d{1,3})\.(\d{2})(\d{2})(\d*)$")


@dataclass(frozen=True)
class Angle:
    """An angle and the step of its last digit, both in degrees."""

    degrees: float
    step: float


def read_angle(text: str, packed: bool = False) -> Angle | str:
    """The angle that a cell states, or in Chinese what is wrong with it.

    ``packed`` reads a plain decimal as degrees.minutes-seconds. Degrees and whole minutes alone are
    refused: they leave a kilometre open.

    >>> read_angle("112°32′56″") == read_angle("１１２度32分56秒") == read_angle("东经112-32-56")
    True
    >>> round(read_angle("112°32'56\\"").degrees, 6), round(read_angle("112.3256").degrees, 6)
    (112.548889, 112.3256)
    >>> round(read_angle("112.3256", packed=True).degrees, 6)
    112.548889
    >>> read_angle("112°72′56″")
    '分、秒应小于 60'
    """
    if len(text) > _LONGEST:
        return "不是数字"
    plain = unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS).strip()
    plain = _WORDS.sub("", plain).strip()
    plain = re.sub(r"\s*([°'\"])\s*", r"\1", plain)
    if packed and (found := _PACKED.match(_padded(plain))):
        whole, minutes, seconds, more = found.groups()
        return _sexagesimal(whole, minutes, f"{seconds}.{more}")
    if found := _DECIMAL.match(plain):
        value = float(found[1])
        if packed:
            return "不是“度.分秒”的写法"
        return Angle(value, 10.0 ** -_decimals(found[1])) if math.isfinite(value) else "不是数字"
    if found := _SEXAGESIMAL.match(plain):
        return _sexagesimal(*found.groups())
    if found := _MINUTES.match(plain):
        if "." not in found[2]:
            return "不是数字（只写到分，约差 1 公里）"
        if float(found[2]) >= 60:
            return "分、秒应小于 60"
        return Angle(int(found[1]) + float(found[2]) / 60, 10.0 ** -_decimals(found[2]) / 60)
    return "不是数字"


def plain_marks() -> dict[int, str]:
    """Every sign for degrees, minutes, seconds and minus, to the plain one, for ``str.translate``."""
    return _MARKS


def looks_packed(text: str) -> bool:
    """Whether a decimal could as well be degrees.minutes-seconds.

    >>> looks_packed("112.3256"), looks_packed("112.5489"), looks_packed("112.7256")
    (True, False, False)
    """
    found = _PACKED.match(text.strip())
    return found is not None and int(found[2]) < 60 and int(found[3]) < 60


def _sexagesimal(whole: str, minutes: str, seconds: str) -> Angle | str:
    if int(minutes) >= 60 or float(seconds) >= 60:
        return "分、秒应小于 60"
    value = int(whole) + int(minutes) / 60 + float(seconds) / 3600
    return Angle(value, 10.0 ** -_decimals(seconds) / 3600)


def _padded(text: str) -> str:
    """A packed value with the zeros that a spreadsheet cut off its end."""
    whole, dot, rest = text.partition(".")
    return f"{whole}.{rest:0<4}" if dot or whole.isdigit() else text


def _decimals(number: str) -> int:
    return len(re.split("[eE]", number)[0].partition(".")[2])
