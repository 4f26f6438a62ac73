"""No quadratic step: ten times the input is some ten times the work, in every stage. Work is counted, not timed.

Counted are the calls of functions, Python's and C's, and the most memory that was held: what compares everything with everything does
it in a loop, or in an array.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from seeded import parcels
from worlds import DAY, enlarged, entry, fen_bank, in_memory, judged, rule, site_frame

from geo import load_layers, read_sites
from geo.assessment import Assessment
from geo.availability.area import find_area
from geo.availability.places import Wanted, find_places
from geo.availability.screening import Setting
from geo.availability.use import Use
from geo.containers import look_into
from geo.restoration.plan import RestorationOptions, plan_restoration
from geo.runs.differences import compare_runs
from geo.runs.stored import read_stored
from geo.writers.contents import run_contents
from geo.writers.dossier import Dossier
from geo.writers.geopackage import write_geopackage
from geo.writers.provenance import write_provenance
from geo.writers.tables import write_findings
from geo.writers.webmap import write_map
from geo.writers.workbook import write_workbook
from tests.test_availability import inside_red_line, near_bank, rulebook, valley
from tests.valley import area, book, counties, county, line, task

#: Ten, and what a sort or a tree's depth adds. Growth by a tenth of what there is anyhow, or by some megabytes, is none.
MOST, FLOOR_BYTES = 13.0, 1_000_000
COUNTED: dict[str, tuple[float, float]] = {}


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    """How work grew with ten times the input, by stage."""
    yield
    print(
        "\nten times the input, times the calls and the memory:",
        {k: tuple(round(x, 1) for x in v) for k, v in COUNTED.items()},
    )


def work(act: Callable[[], Any]) -> tuple[int, int]:
    """How many functions an act calls, and how many bytes it holds at most."""
    calls = 0

    def event(frame: object, kind: str, arg: object) -> None:
        nonlocal calls
        calls += kind in ("call", "c_call")

    gc.collect()
    tracemalloc.start()
    sys.setprofile(event)
    try:
        act()
    finally:
        sys.setprofile(None)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return calls, peak


def grows_evenly(stage: str, act: Callable[[int], Callable[[], Any]], few: int) -> None:
    """Ten times ``few`` adds some ten times the work that ``few`` add; ``act`` prepares an act for a size."""
    act(few + 1)()  # what is made once, of other input
    least, some, many = (work(act(count)) for count in (1, few, 10 * few))
    grown = []
    for start, middle, end, floor in zip(least, some, many, (0.1 * least[0], FLOOR_BYTES), strict=True):
        grown.append((end - start) / max(middle - start, floor))
    COUNTED[stage] = (grown[0], grown[1])
    assert grown[0] < MOST and grown[1] < MOST, (stage, least, some, many)


# Reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gpkg", "csv"])
def test_reading_a_list(kind: str, tmp_path: Path) -> None:
    def act(count: int) -> Callable[[], Any]:
        path = tmp_path / f"{count}.{kind}"
        held = parcels(count, seed=3)
        if kind == "csv":
            middles = held.geometry.representative_point()
            held.drop(columns="geometry").assign(lon=middles.x, lat=middles.y).to_csv(path, index=False)
        elif not path.exists():
            pyogrio.write_dataframe(held, path)
        return lambda: read_sites(path)

    grows_evenly(f"read {kind}", act, 30)


def test_looking_into_a_container_and_reading_a_layer(tmp_path: Path) -> None:
    def act(count: int) -> Callable[[], Any]:
        folder = tmp_path / str(count)
        folder.mkdir(exist_ok=True)
        path = folder / "a.gpkg"
        if not path.exists():
            pyogrio.write_dataframe(parcels(count, seed=3)[["name", "geometry"]], path)
            (folder / "manifest.yaml").write_text(
                "layers:\n  - {key: a, theme: park, path: a.gpkg, accuracy_m: 5, source: s, licence: l}\n",
                encoding="utf-8",
            )

        def read() -> None:
            look_into(path)
            catalog = load_layers(folder)
            catalog.content_hash(catalog.layers[0])

        return read

    grows_evenly("layers add, a layer", act, 200)


# Writing ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Assessment:
    at = [(110.70 + 0.003 * k, 35.60) for k in range(12)]
    sites = site_frame(*[{"site_id": f"S{k}", "at": place} for k, place in enumerate(at)])
    outlines = counties((shapely.box(110.5, 35.4, 111.0, 35.9), {"adcode": "140882", "name": "河津市"}))
    catalog = in_memory(outlines, fen_bank(covers={"adcode": ["1408"]}))
    return judged(catalog, sites, rulebook(rule("AA-01"), rule("AA-02", measure="inside")))


def writer(name: str, held: Assessment, folder: Path) -> Callable[[], Any]:
    contents = run_contents(held)
    geopackage = folder / "screening.gpkg"
    geopackage.unlink(missing_ok=True)
    return {
        "GeoPackage": lambda: write_geopackage(contents, geopackage, held.on, "EPSG:4490"),
        "map": lambda: write_map(held, folder / "map.html", contents),
        "findings": lambda: write_findings(held, folder / "findings.csv"),
        "workbook": lambda: write_workbook(Dossier(held, contents), folder / "a.xlsx"),
    }[name]


@pytest.mark.parametrize("name", ["GeoPackage", "map", "findings", "workbook"])
def test_writing(name: str, small: Assessment, tmp_path: Path) -> None:
    grows_evenly(f"write {name}", lambda count: writer(name, enlarged(small, count), tmp_path), 10)


# Restoration, ground, comparison ----------------------------------------------------------------------


def test_restoration() -> None:
    def act(count: int) -> Callable[[], Any]:
        half = 1_000.0 * count
        plots = [(x, x + 500.0) for x in np.arange(-half, half, 1_000.0)]
        cover = entry("landcover", *[(_box(a, -300, b, 300), {"code": "0103"}) for a, b in plots], key="dltb")
        banks = [(line((-half - 2_000, y), (half + 2_000, y)), {"name": "汾河"}) for y in (-100, 100)]
        held = in_memory(
            counties(county(-half, half)),
            entry("river", *banks, line="bank", key="banks"),
            entry(
                "river",
                (line((-half - 2_000, 0), (half + 2_000, 0)), {"name": "汾河"}),
                line="centreline",
                key="course",
            ),
            cover,
        )
        tasks = book(task(), task("AA-02"))
        return lambda: plan_restoration(tasks, held, DAY, options=RestorationOptions(reach_m=1_000.0))

    grows_evenly("restore", act, 5)


def _box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    return area((west, south), (east, south), (east, north), (west, north))


def test_ground_for_a_use() -> None:
    """Patches of red line in a county, each apart from the others; the pieces of ground are as many."""

    def act(count: int) -> Callable[[], Any]:
        at = [(-4_500.0 + 900 * (k % 10), -9_500.0 + 1_900 * (k // 10)) for k in range(count)]
        red = entry(
            "red_line", *[(_box(x, y, x + 200, y + 150), {}) for x, y in at], covers={"adcode": ["1408"]}
        )
        catalog = in_memory(*valley(), red)
        setting = Setting(rulebook(near_bank(), inside_red_line()), catalog, DAY)
        wanted = Wanted(plot_ha=20)
        return lambda: find_places(Use("2521"), find_area(catalog, ["1408"]), setting, wanted)

    grows_evenly("where", act, 5)


def test_comparing_two_runs(small: Assessment, tmp_path: Path) -> None:
    def act(count: int) -> Callable[[], Any]:
        folder, held = tmp_path / str(count), enlarged(small, count)
        if not folder.exists():
            folder.mkdir()
            write_geopackage(run_contents(held), folder / "screening.gpkg", held.on, "EPSG:4490")
            write_provenance(held, folder / "run.json", "EPSG:4490", {"layers": "", "rules": ""})
        return lambda: compare_runs(read_stored(folder), read_stored(folder))

    grows_evenly("diff", act, 10)
