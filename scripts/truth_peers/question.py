"""What every peer is asked, and how it answers: JSON in, JSON out. Runs in the peer's own environment.

A town comes as files: the site, and for each rule the features it measures from (only those it means), the area it
holds in, its limit in metres (0: inside the features; None: outside them). The question is: may the site be built on, as far as
these rules go? True = no rule stops it.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import version

import geopandas as gpd
import shapely

#: The projected system that a user of metres would take in western Shanxi: UTM 49N.
CRS = "EPSG:32649"


def read(path: str) -> gpd.GeoDataFrame:
    """A layer in metres, its geometries made valid, as every peer's guide advises."""
    frame = gpd.read_file(path).to_crs(CRS)
    return frame.set_geometry(shapely.make_valid(frame.geometry.to_numpy()), crs=CRS)


def bound(rule: dict, site: shapely.Geometry) -> shapely.Geometry:
    """The part of the site where the rule holds; features are not cut."""
    return site.intersection(shapely.union_all(read(rule["area"]).geometry.to_numpy()))


def answer(may_build: Callable[[dict, shapely.Geometry], bool], *packages: str) -> None:
    """Answer all questions of the file named first, rule by rule, into the file named second."""
    with open(sys.argv[1], encoding="utf-8") as file:
        towns = json.load(file)
    said: dict[str, dict] = {}
    for town in towns:
        try:
            (site,) = read(town["site"]).geometry
            parts = [(rule, bound(rule, site)) for rule in town["rules"]]
            free = [part.is_empty or may_build(rule, part) for rule, part in parts]
            said[town["id"]] = {"may_build": bool(all(free))}
        except Exception as error:  # whatever a peer raises is its answer
            traceback.print_exc()
            said[town["id"]] = {"failed": f"{type(error).__name__}: {error}"[:200]}
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump({"versions": {p: version(p) for p in packages}, "towns": said}, file, ensure_ascii=False)
