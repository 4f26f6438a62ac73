"""Which of forty rules bite at each of a million places, and how far the nearest feature is: ours and other tools."""

from __future__ import annotations

import argparse
import cProfile
import json
import pickle
import pstats
import tempfile
import time
from io import StringIO
from pathlib import Path

import numpy as np
import shapely

from benches import workload
from benches.results import machine
from benches.turns import Contestant, Told, in_turns, ratios

BY = Path(__file__).with_name("points_by")
_DUCKDB = "1.5.5"
#: Tools that would take very long are asked about fewer places.
FEWER = 100_000
NEAR_M = 2.0


def run(options: argparse.Namespace) -> str:
    """Ours, DuckDB, SedonaDB, PostGIS, shapely, dask-geopandas and GeoPandas on the same rules and places."""
    full = options.size == "full"
    count, fewer = (1_000_000, FEWER) if full else (20_000, 5_000)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        made = workload.lay_out(work, count, share=1.0 if full else 0.1)
        if options.profile:
            return _profile(work)
        bites, room = workload.truth(work)
        print(f"  {made}", flush=True)
        held = in_turns(_wanted(_rules(fewer), options), work, options.rounds, options.environments)
        wrong = {
            name: _wrong(work / f"{name}.answer", bites, room) for name, one in held.items() if one.turns
        }
        near = in_turns(_wanted(_nearest(fewer), options), work, options.rounds, options.environments)
        differ = _differ(work, fewer)
        slopes = _slopes(work, count)
    return "\n".join(
        [
            f"`scripts/bench points`: {count:,} places, 40 rules, vertices {made['vertices']}, {options.rounds} turns; "
            "2 threads or processes each. Wrong: of 2,000 places against 40 rules measured by brute-force geodesics, "
            f"half of the places within metres of a limit; in brackets those more than {NEAR_M:g} m from it.",
            "",
            "| places within the limit of, or inside, each of 40 rules | seconds | × ours | prepared, s | wrong |",
            "| --- | ---: | ---: | ---: | ---: |",
            *_rows(
                held,
                "ours",
                dict.fromkeys(("postgis", "dask-geopandas", "geopandas"), count / fewer),
                wrong,
                fewer,
            ),
            "",
            f"| uncapped nearest of {fewer:,} places to rivers and to areas | seconds | × ours | prepared, s | differs |",
            "| --- | ---: | ---: | ---: | ---: |",
            *_rows(near, "ours-nearest", {}, {"ours-nearest": "", "shapely-nearest": differ}, fewer),
            "",
            slopes,
            "",
            machine("numpy", "numba", "shapely", "geopandas", "pyproj"),
        ]
    )


def _rules(fewer: int) -> list[Contestant]:
    geopandas = ("geopandas==1.1.1", "dask-geopandas==0.5.0", "pyogrio")
    return [
        Contestant("ours", BY / "ours.py"),
        Contestant(
            "duckdb",
            BY / "duckdb_pieces.py",
            (f"duckdb=={_DUCKDB}", f"duckdb-extension-spatial=={_DUCKDB}", "numpy", "pyarrow"),
        ),
        Contestant("shapely-dwithin", BY / "shapely_pieces.py"),
        Contestant("shapely-query-nearest", BY / "shapely_pieces.py", variables={"HOW": "query_nearest"}),
        Contestant(
            "sedonadb", BY / "sedona_pieces.py", ("apache-sedona[db]", "geopandas", "pyarrow", "numpy")
        ),
        Contestant(
            "postgis",
            BY / "postgis_pieces.py",
            ("psycopg[binary]==3.3.*", "numpy"),
            {"COUNT": str(fewer)},
        ),
        Contestant(
            "dask-geopandas", BY / "geopandas_recipe.py", geopandas, {"HOW": "dask", "COUNT": str(fewer)}
        ),
        Contestant(
            "geopandas", BY / "geopandas_recipe.py", geopandas, {"HOW": "buffer", "COUNT": str(fewer)}
        ),
    ]


def _nearest(fewer: int) -> list[Contestant]:
    return [
        Contestant("ours-nearest", BY / "ours_nearest.py", variables={"COUNT": str(fewer)}),
        Contestant(
            "shapely-nearest", BY / "shapely_pieces.py", variables={"HOW": "nearest", "COUNT": str(fewer)}
        ),
    ]


def _wanted(contestants: list[Contestant], options: argparse.Namespace) -> list[Contestant]:
    kept = [c for c in contestants if not options.only or c.name in options.only]
    return kept if any(c.name.startswith("ours") for c in kept) else [contestants[0], *kept]


def _wrong(answer: Path, bites: np.ndarray, room: np.ndarray) -> str:
    found = np.unpackbits(np.load(answer), axis=1)[:, : bites.shape[1]].astype(bool)
    wrong = found != bites
    return f"{int(wrong.sum())} ({int((wrong & (room > NEAR_M)).sum())})"


def _differ(work: Path, fewer: int) -> str:
    """How far the plane is off, as a share: the figures are not of one ellipsoid."""
    ours, other = work / "ours-nearest.answer", work / "shapely-nearest.answer"
    if not (ours.exists() and other.exists()):
        return ""
    a, b = np.load(ours)[:, :fewer], np.load(other)[:, :fewer]
    return f"{100 * float((np.abs(a - b) / np.maximum(a, 100.0)).max()):.2f} % at most"


def _rows(
    told: dict[str, Told], ours: str, scaled: dict[str, float], wrong: dict[str, str], fewer: int
) -> list[str]:
    times = ratios(told, ours)
    rows = []
    for name, one in told.items():
        if not one.turns:
            rows.append(f"| {name} | — | — | — | {one.failed} |")
            continue
        scale = scaled.get(name, 1.0)
        note = f" ({fewer:,} places, × {scale:g})" if scale != 1 else ""
        rows.append(
            f"| {name}{note} | {scale * one.median():.2f} | {scale * times[name]:.1f} | "
            f"{one.median('prepare_s'):.1f} | {wrong.get(name, '')} |"
        )
    return rows


def _slopes(work: Path, count: int) -> str:
    """How the cost of ours grows: exponents of seconds over places, rules and vertices (1 is linear)."""
    from geo.index import Places, ReferenceIndex

    shapes = shapely.from_wkb(pickle.loads((work / "drawn.pickle").read_bytes())["rivers"])
    sites = shapely.points(np.load(work / "points.npy"))

    def seconds(rivers: np.ndarray, places: Places, limits: list[float]) -> float:
        index = ReferenceIndex(rivers)
        for limit in limits:
            index.prepare(limit)
        _ = places.along
        best = []
        for _ in range(3):
            begin = time.perf_counter()
            index.within_each(places, limits)
            best.append(time.perf_counter() - begin)
        return min(best)

    few, many = Places(sites[: count // 10]), Places(sites)
    thin = np.array([shapely.LineString(shapely.get_coordinates(s)[::10]) for s in shapes[:5]])
    grown = {
        "places": seconds(shapes[:5], many, [1000.0]) / seconds(shapes[:5], few, [1000.0]),
        "rules (limits of one layer)": seconds(shapes[:1], many, [100.0 * k for k in range(1, 11)])
        / seconds(shapes[:1], many, [100.0]),
        "vertices": seconds(shapes[:5], many, [1000.0]) / seconds(thin, many, [1000.0]),
    }
    return "Ten times as many: " + ", ".join(
        f"{name} × {ratio:.1f} (slope {np.log10(ratio):.2f})" for name, ratio in grown.items()
    )


def _profile(work: Path) -> str:
    """The hottest lines of ours, by line where line_profiler is installed, else by function."""
    from geo.index import Places, ReferenceIndex

    shapes = {k: shapely.from_wkb(v) for k, v in pickle.loads((work / "drawn.pickle").read_bytes()).items()}
    asked = json.loads((work / "questions.json").read_text(encoding="utf-8"))
    sites = shapely.points(np.load(work / "points.npy"))

    def all_rules() -> None:
        places = Places(sites)
        for q in asked:
            index = ReferenceIndex(shapes[q["layer"]][q["rows"]])
            index.prepare(q["limit_m"])
            index.within(places, q["limit_m"])
            index.nearest(sites[:1_000])

    text = StringIO()
    try:
        from line_profiler import LineProfiler
    except ImportError:
        profile = cProfile.Profile()
        profile.runcall(all_rules)
        pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(15)
        return text.getvalue()
    import geo.index.near_ground as near_ground
    import geo.index.reference as reference

    lines = LineProfiler()
    lines.add_module(near_ground)
    lines.add_module(reference)
    lines.runcall(all_rules)
    held = lines.get_stats()
    hottest = []
    for (file, _, function), timings in held.timings.items():
        if not Path(file).is_file():  # made by a decorator
            continue
        source = Path(file).read_text(encoding="utf-8").splitlines()
        hottest += [
            (spent * held.unit, f"{Path(file).name}:{line} {function}", source[line - 1].strip())
            for line, _, spent in timings
        ]
    whole = sum(sorted((spent for spent, *_ in hottest), reverse=True)[:1])
    rows = [
        f"{spent:8.2f} s  {where:45} {code[:90]}" for spent, where, code in sorted(hottest, reverse=True)[:15]
    ]
    return "\n".join(["The hottest lines (with what they call):", *rows]) if whole else "nothing measured"
