"""How large the cells of rasters shall be, as a user says it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo.errors import RunError

#: Metres of an arc second of latitude, about the middle of the province.
SECOND_M = 30.83
#: Resolutions without a wish: of one county, of more.
COUNTY_M, CITY_M = 10.0, 30.0


@dataclass(frozen=True)
class RasterOptions:
    """What the user asks for: cells (``10m``; empty = by how many counties there are) and divisions (none = those of the sites)."""

    resolution: str = ""
    adcodes: tuple[str, ...] = ()

    def refuse_unfit(self) -> None:
        """Raise :class:`~geo.errors.RunError` before any work where a resolution cannot be read."""
        resolution_of(self.resolution, 1)


def resolution_of(text: str, counties: int) -> float:
    """Metres of a cell as the user says them, else by how many counties there are.

    >>> resolution_of("", 1), resolution_of("", 3), resolution_of("25 m", 1), resolution_of("1秒", 1)
    (10.0, 30.0, 25.0, 30.83)
    """
    if not text.strip():
        return COUNTY_M if counties <= 1 else CITY_M
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(m|米|秒|)\s*", text)
    size = float(found[1]) * (SECOND_M if found[2] == "秒" else 1.0) if found else 0.0
    if not 1.0 <= size <= 10_000.0:
        raise RunError(f"看不懂 --resolution {text}；写成 10m、30m 等，1 米到 10 公里之间")
    return size
