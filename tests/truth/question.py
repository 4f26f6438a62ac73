"""A town as a question to other tools: plain files, and no more of the rule than a yes or no needs.

What the harness does for them, so that they are asked only what they are made for: it picks the rules in force that are about
such a project, the limit of the day, and the features that a rule means; reads a site written in zone metres; and names the
area a rule holds in. What it cannot do for them is listed in ``needs`` and ``ABILITIES``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely
from pyproj import Transformer

from geo.attributes import matches
from geo.rule import Rule
from geo.terms import Measure
from truth.town import Town

#: The CGCS2000 3-degree zone (without its number in the easting) by central meridian.
_METRES = {111: "EPSG:4546", 114: "EPSG:4547"}
#: What a tool can express beside "within so many metres of features" and "on features", of all that ``needs`` name.
ABILITIES: dict[str, set[str]] = {
    "revx": set(),
    "atlite": {"outside"},
    "glaes": {"outside"},
    "geopandas": {"outside"},
}

#: The words of ``needs``, for the README.
NEEDS = {
    "outside": ("只禁园外", "a rule about what lies outside"),
    "dates": ("日期", "days from and until which a rule holds"),
    "exceptions": ("例外", "exceptions"),
    "no limit": ("没有限值", "a rule without a number"),
    "open list": ("“等”字", "open lists"),
    "reach": ("条款所指的一段", "a reach that a clause names"),
    "degrees": ("禁止以外的结论", "outcomes other than yes and no"),
    "completeness": ("图层是否完整", "what a layer's silence means"),
    "lines": ("基准线", "which line a layer shows"),
    "accuracy": ("精度", "accuracy"),
    "datums": ("坐标偏移", "GCJ-02, undeclared datums"),
}

#: What a yes-or-no tool should say where the answer is one of these.
MAY_BUILD = {"prohibited": False, "clear": True, "not_covered": True}


def can_ask(town: Town, peer: str) -> bool:
    """Whether the peer has words for all that the town's answer hangs on."""
    return set(town.needs) <= ABILITIES[peer]


def write_question(town: Town, folder: Path) -> dict[str, Any]:
    """The files of a town's question, and what stands in the JSON of it."""
    folder.mkdir(parents=True)
    site = gpd.GeoDataFrame(geometry=[_site(town)], crs="EPSG:4490")
    pyogrio.write_dataframe(site, folder / "site.gpkg")
    rules = [r for r in town.each_rule() if r.in_force.holds(town.on) and _is_about(r, town)]
    return {
        "id": town.id,
        "crs": _METRES[round(town.origin[0] / 3) * 3],
        "site": str(folder / "site.gpkg"),
        "rules": [_write_rule(town, r, folder, number) for number, r in enumerate(rules)],
    }


def _is_about(rule: Rule, town: Town) -> bool:
    return town.site.get("development", "new") in rule.applies_to.developments


def _site(town: Town) -> shapely.Geometry:
    row = town.site_row()
    if "x" in row:  # northing first, as surveyors write it
        to_degrees = Transformer.from_crs("EPSG:4525", "EPSG:4490", always_xy=True)
        return shapely.Point(to_degrees.transform(float(row["y"]), float(row["x"])))
    return (
        shapely.from_wkt(row["wkt"]) if "wkt" in row else shapely.Point(float(row["lon"]), float(row["lat"]))
    )


def _write_rule(town: Town, rule: Rule, folder: Path, number: int) -> dict[str, Any]:
    counties, *layers = town.entries()
    (reference,) = rule.measured_from
    (held,) = [layer for layer in layers if layer.layer.theme is reference.theme]
    meant = held.frame[matches(held.frame, reference.where) == 1]
    codes = counties.frame["adcode"].astype(str).str.startswith(tuple(rule.jurisdiction.adcode))
    paths = {"features": meant[["geometry"]], "area": counties.frame.loc[codes, ["geometry"]]}
    written = {}
    for name, frame in paths.items():
        written[name] = str(folder / f"{name}{number}.gpkg")
        kind = None if len(frame) else "LineString"
        pyogrio.write_dataframe(frame, written[name], geometry_type=kind)
    limit = None if rule.measure is Measure.OUTSIDE else rule.limit_on(town.on)
    return {**written, "limit_m": limit}
