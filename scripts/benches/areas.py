"""How much of each of many polygons lies in zones: ours and other tools.

The zones are those of the workload of points, as protection areas are in fact: a kind of area is hundreds of polygons with holes, a city is a
group of counties. 14 kinds of the 3,000 polygons (600,000 vertices) and 8 groups of the 117 counties make the 22; the 100,000 polygons are plots of
50 to 300 m about places anywhere in the province, half of the first 2,000 (the sample that is also measured) across the edge of a zone.

The clock of every tool stops when its figures are there, before they are set into a table for the answers to be compared.
"""

from __future__ import annotations

import argparse
import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Geod

from benches import workload
from benches.results import machine
from benches.turns import Contestant, Told, in_turns, ratios

BY = Path(__file__).with_name("areas_by")
_DUCKDB = "1.5.5"
FEWER = 2_000
SAMPLE = 2_000
#: Zones: kinds of areas, and groups of counties.
KINDS, GROUPS = 14, 8
ZONES = KINDS + GROUPS


def run(options: argparse.Namespace) -> str:
    """Ours, shapely, DuckDB and PostGIS on subdivided zones, ``geopandas.overlay`` on fewer polygons."""
    full = options.size == "full"
    count, fewer = (100_000, FEWER) if full else (5_000, 200)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _lay_out(work, count)
        if options.profile:
            return _profile(work)
        contestants = [
            Contestant("ours", BY / "ours.py"),
            Contestant("shapely", BY / "shapely_pieces.py"),
            Contestant(
                "duckdb",
                BY / "duckdb_pieces.py",
                (f"duckdb=={_DUCKDB}", f"duckdb-extension-spatial=={_DUCKDB}", "numpy", "pyarrow"),
            ),
            Contestant("postgis", BY / "postgis_pieces.py", ("psycopg[binary]==3.3.*", "numpy")),
            Contestant("geopandas-overlay", BY / "overlay.py", (), {"COUNT": str(fewer)}),
        ]
        chosen = [c for c in contestants if not options.only or c.name in {"ours", *options.only}]
        told = in_turns(chosen, work, options.rounds, options.environments)
        truth = _truth(work)
        off = {name: _off(work / f"{name}.answer", truth) for name, one in told.items() if one.turns}
    return "\n".join(
        [
            f"`scripts/bench areas`: {count:,} polygons × {ZONES} zones, square metres of each polygon in the zones, "
            f"{options.rounds} turns, 2 threads or processes each. Off: at most, of {SAMPLE:,} polygons against areas of "
            "their intersection by geodesics (edges cut to 20 m).",
            "",
            "| | seconds | × ours | prepared, s | off |",
            "| --- | ---: | ---: | ---: | ---: |",
            *_rows(told, {"geopandas-overlay": count / fewer}, off, fewer),
            "",
            machine("numpy", "numba", "shapely", "geopandas"),
        ]
    )


def _lay_out(work: Path, count: int) -> None:
    rng = np.random.default_rng(20260102)
    drawn = workload.layers()
    kinds = [drawn["areas"][kind::KINDS] for kind in range(KINDS)]
    groups = np.array_split(np.array(drawn["counties"], dtype=object), GROUPS)
    # what two of a kind have in common is one area: other tools would count it twice
    zones = [shapely.get_parts(shapely.union_all(kind)) for kind in kinds] + list(groups)
    at = rng.uniform((workload.WEST, workload.SOUTH), (workload.EAST, workload.NORTH), (count, 2))
    for k in range(SAMPLE // 2):
        parts = zones[k % ZONES]
        corners = shapely.get_coordinates(parts[rng.integers(len(parts))])
        at[k] = corners[rng.integers(len(corners))] + rng.normal(0, 0.001, 2)
    sites = []
    for lon, lat in at:
        turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        far = rng.uniform(0.0005, 0.003) * rng.uniform(0.6, 1.0, 12)
        sites.append(
            shapely.Polygon(np.column_stack([lon + far * np.cos(turn), lat + 0.8 * far * np.sin(turn)]))
        )
    held = {
        "zones": [shapely.to_wkb(zone).tolist() for zone in zones],
        "sites": shapely.to_wkb(sites).tolist(),
    }
    (work / "drawn.pickle").write_bytes(pickle.dumps(held))

    def flat(shapes: Any) -> Any:
        return shapely.transform(shapes, lambda xy: np.column_stack(workload._TO_PLANE.transform(*xy.T)))

    owner, pieces, whole = [], [], []
    for row, zone in enumerate(zones):
        plane = flat(zone)
        whole.append(shapely.to_wkb(shapely.union_all(plane)))
        for one in plane:
            parts = workload.subdivided(one)
            owner += [row] * len(parts)
            pieces += [shapely.to_wkb(part) for part in parts]
    plane_sites = shapely.to_wkb(flat(np.array(sites, dtype=object))).tolist()
    held = {"sites": plane_sites, "owner": owner, "pieces": pieces, "zones": whole}
    (work / "flat.pickle").write_bytes(pickle.dumps(held))


def _truth(work: Path) -> np.ndarray:
    """Square metres (SAMPLE, ZONES) by geodesics."""
    geod = Geod(ellps="GRS80")
    drawn = pickle.loads((work / "drawn.pickle").read_bytes())
    sites = shapely.from_wkb(drawn["sites"])[:SAMPLE]
    found = np.zeros((len(sites), len(drawn["zones"])))
    for column, zone in enumerate(drawn["zones"]):
        parts = shapely.from_wkb(zone)  # none lies over another
        for row, part in shapely.STRtree(parts).query(sites, predicate="intersects").T:
            common = shapely.segmentize(shapely.intersection(sites[row], parts[part]), 0.0002)
            area, _ = geod.geometry_area_perimeter(shapely.orient_polygons(common))
            found[row, column] += abs(area)
    return found


def _off(answer: Path, truth: np.ndarray) -> str:
    found = np.load(answer)[: len(truth)]
    part = truth[: len(found)]
    worst = np.abs(found - part).max()
    share = (np.abs(found - part) / np.maximum(part, 100.0)).max()
    return f"{worst:.3g} m², {100 * share:.2g} %"


def _rows(told: dict[str, Told], scaled: dict[str, float], off: dict[str, str], fewer: int) -> list[str]:
    times = ratios(told, "ours")
    rows = []
    for name, one in told.items():
        if not one.turns:
            rows.append(f"| {name} | — | — | — | {one.failed} |")
            continue
        scale = scaled.get(name, 1.0)
        note = f" ({fewer:,} polygons, × {scale:g})" if scale != 1 else ""
        rows.append(
            f"| {name}{note} | {scale * one.median():.2f} | {scale * times[name]:.1f} | "
            f"{one.median('prepare_s'):.1f} | {off[name]} |"
        )
    return rows


def _profile(work: Path) -> str:
    import cProfile
    import pstats
    from io import StringIO

    from geo.index import Places, ReferenceIndex

    drawn = pickle.loads((work / "drawn.pickle").read_bytes())
    sites = shapely.from_wkb(drawn["sites"])
    indexes = [ReferenceIndex(shapely.from_wkb(zone)) for zone in drawn["zones"]]
    places = Places(sites)
    profile, text = cProfile.Profile(), StringIO()
    profile.runcall(lambda: [index.common_m2(places) for index in indexes])
    pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(12)
    return text.getvalue()
