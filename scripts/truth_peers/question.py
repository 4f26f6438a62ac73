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
from pathlib import Path

import geopandas as gpd
import shapely


def read(path: str, crs: str) -> gpd.GeoDataFrame:
    """A layer in metres, its geometries made valid, as a careful user of any tool would have it."""
    frame = gpd.read_file(path).to_crs(crs)
    return frame.set_geometry(shapely.make_valid(frame.geometry.to_numpy()), crs=crs)


def bound(rule: dict, site: shapely.Geometry, crs: str) -> shapely.Geometry:
    """The part of the site where the rule holds; features are not cut."""
    return site.intersection(shapely.union_all(read(rule["area"], crs).geometry.to_numpy()))


def answer(
    may_build: Callable[[dict, shapely.Geometry, str], bool], *packages: str, crs: str | None = None
) -> None:
    """Answer all questions of the file named first, rule by rule, into the file named second.

    Metres are those of ``crs``, else of the CGCS2000 3-degree zone that each town names: the nearest to true metres.
    """
    towns = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    said: dict[str, dict] = {}
    for town in towns:
        metres = crs or town["crs"]
        try:
            (site,) = read(town["site"], metres).geometry
            parts = [(rule, bound(rule, site, metres)) for rule in town["rules"]]
            free = [part.is_empty or may_build(rule, part, metres) for rule, part in parts]
            said[town["id"]] = {"may_build": bool(all(free))}
        except Exception as error:  # whatever a peer raises is its answer
            traceback.print_exc()
            said[town["id"]] = {"failed": f"{type(error).__name__}: {error}"[:200]}
    said_by = {"versions": {p: version(p) for p in packages}, "towns": said}
    Path(sys.argv[2]).write_text(json.dumps(said_by, ensure_ascii=False), encoding="utf-8")
