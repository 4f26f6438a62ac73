"""Large layers: converted once, read by place, the findings those of the whole layer."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from worlds import (
    COUNTIES,
    DAY,
    coking,
    counties_entry,
    entry,
    in_memory,
    on_disk,
    rule,
    rulebook,
    site_frame,
    write_csv,
)

import geo.catalog
from geo import load_layers
from geo.cache import CachedFeatures, LayerCache
from geo.catalog import LayerCatalog
from geo.cli import main
from geo.features import FeaturesInMemory
from geo.findings import measure_sites
from geo.parsed import cache_folder
from geo.rule import Rule
from geo.scope import match_sites
from geo.zones import find_zones

FARMLAND = {"measure": "inside", "measured_from": {"theme": "farmland_permanent"}}


def measured(rules: list[Rule], catalog: LayerCatalog, sites: gpd.GeoDataFrame, near: bool) -> pd.DataFrame:
    """Findings, from features near the sites or from all."""
    book = rulebook(*rules)
    scope = match_sites(sites, book, catalog, DAY)
    zones = find_zones(rules, catalog, DAY, sites if near else None)
    return measure_sites(sites, scope, zones, book, catalog, DAY)


# Windows ----------------------------------------------------------------------------------------------

SIZES = [0.0005, 0.003, 0.02, 0.3]


def plots(rng: np.random.Generator, number: int) -> list[shapely.Geometry]:
    """Boxes and triangles of all sizes, many of them over one another; to 1e-3 degrees, so that some are alike."""
    made = []
    for _ in range(number):
        x, y = round(rng.uniform(110.2, 111.8), 3), round(rng.uniform(34.7, 35.7), 3)
        w, h = rng.choice(SIZES, 2)
        corners = [(x, y), (x + w, y + h / 3), (x + w / 2, y + h)]
        made.append(shapely.box(x, y, x + w, y + h) if rng.random() < 0.5 else shapely.Polygon(corners))
    return made


def footprints(rng: np.random.Generator, number: int) -> list[shapely.Geometry]:
    """Points, lines and areas among the plots, and points far away."""
    made = []
    for _ in range(number):
        x, y, w = round(rng.uniform(110.2, 111.8), 3), round(rng.uniform(34.7, 35.7), 3), rng.choice(SIZES)
        made.append(
            [
                shapely.Point(x, y),
                shapely.LineString([(x, y), (x + w, y - w / 2), (x + w, y - w)]),
                shapely.box(x, y, x + w / 2, y + w),
                shapely.Point(x, 38.5),
            ][rng.integers(4)]
        )
    return made


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller seed is no simpler world
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 2**32 - 1))
def test_findings_from_a_window_are_those_from_the_whole(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    rng = np.random.default_rng(seed)
    held = [(shape, rng.choice(["甲", "乙", None])) for shape in plots(rng, rng.integers(4, 60))]
    lines = [shapely.boundary(plot) for plot in plots(rng, rng.integers(4, 30))]
    for module in ("geo.index.reference", "geo.zones"):  # so that four features are very many
        monkeypatch.setattr(f"{module}.JOINABLE", 3)
    wide = {"distance": {date(2021, 1, 1): "3 km"}}
    lakes = {"theme": "lake", "where": {"name": "甲"}, "maybe": {"name": "乙"}}
    rules = [
        rule("AA-01", measure="inside", measured_from={"theme": "lake"}),
        rule("AA-02", measured_from=lakes, **wide),
        rule("AA-03", measured_from={"theme": "river", "line": "bank"}, **wide),
        rule("AA-04", measure="inside", measured_from=lakes),
        rule("AA-05", measure="inside", measured_from={"theme": "river", "line": "bank"}),
        rule("AA-06", effect="require", measure="outside", measured_from={"theme": "lake"}),
    ]
    catalog = in_memory(
        entry("lake", *[(shape, {"name": name}) for shape, name in held], line="waterline"),
        entry("river", *[(line, {}) for line in lines]),
    )
    sites = site_frame(*[{"geometry": shape, "adcode": "140882"} for shape in footprints(rng, 6)])
    whole = measured(rules, catalog, sites, near=False)
    pd.testing.assert_frame_equal(measured(rules, catalog, sites, near=True), whole, check_exact=True)


def test_a_window_widens_to_the_nearest_however_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.zones.JOINABLE", 3)
    squares = [shapely.box(x, 34.9, x + 0.01, 34.91) for x in np.arange(110.5, 111.5, 0.1)]
    catalog = in_memory(entry("farmland_permanent", *[(square, {}) for square in squares]))
    sites = site_frame({"at": (110.505, 35.91), "adcode": "140882"})
    zones = find_zones([rule("AA-01", **FARMLAND)], catalog, DAY, sites)
    assert len(zones) < 10 and zones["near_only"].all()
    found = measured([rule("AA-01", **FARMLAND)], catalog, sites, near=True)
    assert found["distance_m"].tolist() == pytest.approx([110_950], rel=1e-3)  # one degree of latitude


# The cache --------------------------------------------------------------------------------------------

BOWTIE = shapely.Polygon([(111, 35), (111.01, 35.01), (111.01, 35), (111, 35.01)])


def reserve(folder: Path, name: str = "甲") -> Path:
    """A layer with a fault to repair, a missing name and a code."""
    frame = gpd.GeoDataFrame(
        {"mc": [name, None, "丙"], "kd": [1.0, np.nan, 2.0]},
        geometry=[shapely.box(111.1, 35, 111.2, 35.1), BOWTIE, shapely.box(110.9, 35, 110.95, 35.1)],
        crs=4490,
    )
    folder.mkdir(exist_ok=True)
    pyogrio.write_dataframe(frame, folder / "a.shp", encoding="UTF-8")
    (folder / "manifest.yaml").write_text(
        "layers:\n  - {key: r, theme: reserve, path: a.shp, line: boundary, accuracy_m: 1, source: 局, licence: 内部,\n"
        "     fields: {name: mc, kind: kd}, values: {kind: {1: 自然保护区}}}\n",
        encoding="utf-8",
    )
    return folder / "manifest.yaml"


@pytest.fixture
def cache(tmp_path: Path) -> LayerCache:
    return LayerCache(tmp_path / "cache", from_bytes=0)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Sources that are read whole, once a time."""
    seen: list[Path] = []
    real = geo.catalog.open_layer

    def counted(path: Path, *args: Any) -> gpd.GeoDataFrame:
        seen.append(path)
        return real(path, *args)

    monkeypatch.setattr("geo.catalog.open_layer", counted)
    return seen


def only(manifest: Path, cache: LayerCache | None) -> tuple[LayerCatalog, Any]:
    catalog = load_layers(manifest, cache)
    return catalog, catalog.layers[0]


def test_what_comes_from_the_cache_is_what_went_in(
    tmp_path: Path, cache: LayerCache, reads: list[Path]
) -> None:
    manifest = reserve(tmp_path / "data")
    plain, layer = only(manifest, None)
    first, _ = only(manifest, cache)
    again, _ = only(manifest, cache)
    for catalog in (first, again):
        assert isinstance(catalog.held(layer), CachedFeatures)
        pd.testing.assert_frame_equal(catalog.features(layer), plain.features(layer), check_exact=True)
        assert catalog.content_hash(layer) == plain.content_hash(layer)
        assert catalog.log == plain.log and len(plain.log) == 1
        held, read = catalog.held(layer), plain.held(layer)
        assert (held.dimension, held.longest_edge_m) == (read.dimension, read.longest_edge_m)
        assert held.boxes.tolist() == read.boxes.tolist()
        assert shapely.equals(held.shapes(np.array([2, 0])), read.shapes(np.array([2, 0]))).all()
        assert len(held.shapes(np.array([], dtype=int))) == 0
    assert reads == [tmp_path / "data" / "a.shp"] * 2  # plain, and the first time with the cache
    assert sorted(p.name for p in (tmp_path / "data").iterdir()) == [
        "a.cpg", "a.dbf", "a.prj", "a.shp", "a.shx", "manifest.yaml",
    ]  # fmt: skip


def test_a_changed_file_or_entry_is_read_anew_and_the_old_copy_goes(
    tmp_path: Path, cache: LayerCache, reads: list[Path]
) -> None:
    manifest = reserve(tmp_path / "data")

    def names() -> list[str]:
        catalog, layer = only(manifest, cache)
        return [str(name) for name in catalog.features(layer)["name"]]

    assert names() == ["甲", "None", "丙"]
    reserve(tmp_path / "data", "乙")
    assert names() == ["乙", "None", "丙"] and len(reads) == 2
    assert len(cache.entries()) == 1
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("name: mc, ", ""), encoding="utf-8")
    assert names() == ["None"] * 3 and len(reads) == 3


def test_a_file_that_was_only_touched_or_moved_is_not_read_anew(
    tmp_path: Path, cache: LayerCache, reads: list[Path]
) -> None:
    manifest = reserve(tmp_path / "data")
    only(manifest, cache)[0].held(only(manifest, cache)[1])
    os.utime(tmp_path / "data" / "a.shp", (1, 1))
    (tmp_path / "data").rename(tmp_path / "moved")
    catalog, layer = only(tmp_path / "moved" / "manifest.yaml", cache)
    assert isinstance(catalog.held(layer), CachedFeatures) and len(reads) == 1


def test_the_hash_is_remembered_once_the_file_has_settled(
    tmp_path: Path, cache: LayerCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = reserve(tmp_path / "data")
    hashed: list[Path] = []
    real = geo.cache.content_of
    monkeypatch.setattr("geo.cache.content_of", lambda path: (hashed.append(path), real(path))[1])

    def hold() -> int:
        catalog, layer = only(manifest, cache)
        catalog.held(layer)
        return len(hashed)

    just_written = hold()
    assert hold() > just_written  # within the coarseness of file times it may change unseen
    for part in (tmp_path / "data").iterdir():
        os.utime(part, (1_000_000_000, 1_000_000_000))
    settled = hold()
    assert hold() == settled


def test_half_made_and_damaged_entries_are_made_anew(
    tmp_path: Path, cache: LayerCache, reads: list[Path]
) -> None:
    manifest = reserve(tmp_path / "data")
    catalog, layer = only(manifest, cache)
    catalog.held(layer)
    copy = cache.entries()[0].folder / "features.fgb"
    copy.write_bytes(copy.read_bytes()[:-10])
    catalog, layer = only(manifest, cache)
    assert len(catalog.features(layer)) == 3 and len(reads) == 2
    # the same length, another content: the damaged copy goes, the layer is read
    (cache.entries()[0].folder / "features.fgb").write_bytes(b"\0" * copy.stat().st_size)
    catalog, layer = only(manifest, cache)
    assert len(catalog.features(layer)) == 3 and len(reads) == 3 and cache.entries() == []
    assert len(only(manifest, cache)[0].features(layer)) == 3 and len(reads) == 4
    assert cache.clear() == 1 and cache.entries() == []


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    tmp_path: Path, cache: LayerCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = reserve(tmp_path / "data")
    real = geo.catalog.open_layer

    def changing(path: Path, *args: Any) -> gpd.GeoDataFrame:
        frame = real(path, *args)
        reserve(tmp_path / "data", "变")
        return frame

    monkeypatch.setattr("geo.catalog.open_layer", changing)
    catalog, layer = only(manifest, cache)
    assert isinstance(catalog.held(layer), FeaturesInMemory)
    assert cache.entries() == []
    assert any(row["kind"] == "cache" for row in catalog.log)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    catalog, layer = only(reserve(tmp_path / "data"), LayerCache(tmp_path / "cache", from_bytes=0))
    assert len(catalog.features(layer)) == 3
    assert [row["kind"] for row in catalog.log] == ["cache", "repair"]


def test_small_sources_leave_no_copy(tmp_path: Path) -> None:
    cache = LayerCache(tmp_path / "cache")
    catalog, layer = only(reserve(tmp_path / "data"), cache)
    assert len(catalog.features(layer)) == 3
    assert not (tmp_path / "cache").exists()


def test_where_the_cache_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HONGXIAN_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert cache_folder() == tmp_path / "hongxian"
    monkeypatch.setenv("HONGXIAN_CACHE", str(tmp_path / "other"))
    assert cache_folder() == tmp_path / "other"


def test_clearing_touches_nothing_but_copies(tmp_path: Path) -> None:
    """A user may name any folder, also one with layers in it."""
    cache = LayerCache(tmp_path, from_bytes=0)
    catalog, layer = only(reserve(tmp_path / "layers"), cache)
    catalog.held(layer)
    assert cache.clear() == 1
    assert [p.name for p in tmp_path.iterdir()] == ["layers"]
    assert len(list((tmp_path / "layers").iterdir())) == 6


# 300,000 plots ----------------------------------------------------------------------------------------


def farmland(path: Path, number: int) -> Path:
    """Plots of some 60 m in a grid over 盐湖 and 夏县, as a planning database delivers them."""
    side = int(np.ceil(np.sqrt(number)))
    x, y = np.meshgrid(110.8 + np.arange(side) * 0.001, 34.9 + np.arange(side) * 0.001)
    x, y = x.ravel()[:number], y.ravel()[:number]
    frame = gpd.GeoDataFrame(
        {"YJJBNTTBBH": [f"{n:08d}" for n in range(number)], "DLBM": "0103"},
        geometry=shapely.box(x, y, x + 0.0007, y + 0.0007),
        crs=4490,
    )
    pyogrio.write_dataframe(frame, path, layer="YJJBNTBHHX", driver="GPKG")
    return path


def command(monkeypatch: pytest.MonkeyPatch, *args: object) -> int:
    monkeypatch.setattr(sys, "argv", ["hongxian", *map(str, args)])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def bytes_read() -> int:
    """Bytes that this process has read from files so far."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["rchar"])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts bytes as Linux does")
def test_a_layer_of_300_000_plots(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reads: list[Path],
) -> None:
    monkeypatch.setenv("HONGXIAN_CACHE", str(tmp_path / "cache"))
    workspace = tmp_path / "layers"
    manifest = on_disk(workspace, counties_entry())
    source = farmland(tmp_path / "永久基本农田.gpkg", 300_000)
    os.utime(source, (1_600_000_000, 1_600_000_000))
    size = source.stat().st_size
    book = rulebook(rule("AA-01", **FARMLAND))
    monkeypatch.setattr("geo.rulebook.load_rulebook", lambda folder=None, overlay=None: book)

    load_layers(manifest).features(COUNTIES)  # what is read once a process anyhow
    before = bytes_read()
    stated = {"accuracy": 1, "as-of": "2023-12-31", "source": "局", "licence": "内部", "covers": "1408"}
    options = [text for name, value in stated.items() for text in (f"--{name}", value)]
    assert command(monkeypatch, "layers", "add", source, "--manifest", manifest, "--yes", *options) == 0
    assert bytes_read() - before < size / 4 and reads == []

    sites = write_csv(
        tmp_path / "sites.csv",
        [
            coking("in", (110.8003, 34.9003), adcode="140802"),  # in the first plot
            coking("between", (110.80085, 34.90035), adcode="140802"),  # 0.00015° beside two
            coking("far", (110.7, 34.95), adcode="140802"),
        ],
    )

    def screened(name: str, *more: object) -> tuple[pd.DataFrame, dict[str, Any]]:
        run = tmp_path / name
        assert (
            command(
                monkeypatch, "screen", sites, "--datum", "cgcs2000", "--layers", manifest,
                "--on", "2026-01-01", "--no-moves", "--no-report", "--no-figures", "--no-restoration",
                "--out", run, *more,
            )
            == 0
        )  # fmt: skip
        return pd.read_csv(run / "findings.csv"), json.loads((run / "run.json").read_text(encoding="utf-8"))

    begun = time.perf_counter()
    first, said = screened("first")
    once = time.perf_counter() - begun
    assert reads == [workspace / ".." / "永久基本农田.gpkg"]  # converted, once
    before = bytes_read()
    begun = time.perf_counter()
    second, again = screened("second")
    quick = time.perf_counter() - begun
    assert len(reads) == 1
    assert bytes_read() - before < size  # neither the source nor all of the copy
    pd.testing.assert_frame_equal(first, second)
    assert first.set_index("site_id")["state"].to_dict() == {"in": "hit", "between": "miss", "far": "miss"}
    distance = first.set_index("site_id")["distance_m"]
    assert distance["between"] == pytest.approx(13.7, abs=0.1)
    assert distance["far"] == pytest.approx(9138, abs=5)
    # without the cache: read whole again, the same findings and the same hash
    monkeypatch.undo()
    monkeypatch.setenv("HONGXIAN_CACHE", str(tmp_path / "none"))
    monkeypatch.setattr("geo.rulebook.load_rulebook", lambda folder=None, overlay=None: book)
    third, plain = screened("third", "--no-cache")
    pd.testing.assert_frame_equal(first, third)
    assert said["layers"] == again["layers"] == plain["layers"]
    assert not (tmp_path / "none").exists()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with capsys.disabled():
        print(f"\n{size / 1e6:.0f} MB: first {once:.1f} s, then {quick:.1f} s, peak {peak:.0f} MB")
    assert command(monkeypatch, "layers", "cache", "--cache", tmp_path / "cache") == 0
    assert "300,000" in capsys.readouterr().out
    assert command(monkeypatch, "layers", "cache", "--cache", tmp_path / "cache", "--clear") == 0
    assert "删去 1 个图层副本" in capsys.readouterr().out
