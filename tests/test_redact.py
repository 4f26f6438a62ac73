"""--redact: no file of a run holds a shape that was to be left out; relations, distances and areas stay.

Two proofs. Every file is opened as far as it goes (zip, base64, zlib, GeoPackage, shapefile, TopoJSON of the map) and searched
for the vertices of the layers left out. And where only the hidden shape is another, in parts that no site measures from, all
files of a run come out the same to the byte, drawings and rasters too.
"""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from geo.cli import app, main
from tests.test_restoration_cli import box
from tests.valley import area, counties, county, line
from tests.worlds import Entry, entry, on_disk, yuncheng

HIDDEN = "farmland_permanent,生态保护红线"


def ragged(seed: int, west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """A plot whose western half is always the same, and whose eastern side is drawn by chance, 6 km or more off."""
    rng = np.random.default_rng(seed)
    own = np.random.default_rng(5)
    near = [(west + own.uniform(0, 3), y) for y in np.linspace(north, south, 9)]
    far = [(east + rng.uniform(0, 900), y) for y in np.linspace(south, north, 23)]
    return area(*near, (west + 900, south), *far, (west + 900, north))


def layers(seed: int) -> list[Entry]:
    """Farmland and a red line that two sites meet and others lie near, a river of 30 m, land cover; all real."""
    held = yuncheng(
        entry("farmland_permanent", (ragged(seed, -400, -2_500, 7_000, -300), {})),
        entry(
            "red_line",
            (ragged(seed + 100, -700, 900, 7_000, 3_100), {"name": "甲红线"}),
            (ragged(seed + 200, 9_000, 5_137, 16_000, 7_000), {"name": "乙红线"}),
        ),
        entry(
            "river",
            (line((-30_000, 4_011), (-812, 3_987), (30_000, 4_133)), {"name": "汾河", "stem": "干流"}),
            key="hedao",
            accuracy_m=30,
            half_width_m=300,
        ),
    )
    levee = entry("levee", (line((-30_000, 3_603), (0, 3_611), (30_000, 3_777)), {"river": "汾河"}))
    cover = entry(
        "landcover",
        (box(-9_000, -9_000, 1_234, 9_000), {"code": "0103"}),
        (box(1_234, -9_000, 9_000, 9_000), {"code": "0301"}),
    )
    square = counties(county(-8_000, 9_000, "140882"))
    return [square, *(e for e in held if e.layer.theme not in ("admin", "levee")), levee, cover]


def site_file(folder: Path) -> Path:
    """Areas that the hidden plots cut, one on the river's limit, and one clear of all."""
    places = {
        "A": (-600, -900),
        "B": (-900, 1_500),
        "C": (-3_000, -1_500),
        "D": (-500, 1_690),
        "E": (-5_000, -4_000),
    }
    rows = [
        {
            "site_id": f"S-{name}",
            "name": f"项目{name}",
            "industry": "2521",
            "development": "new",
            "datum": "cgcs2000",
            "geometry": area((x, y), (x + 400, y), (x + 400, y + 300), (x, y + 300)),
        }
        for name, (x, y) in places.items()
    ]  # fmt: skip
    path = folder / "sites.geojson"
    pyogrio.write_dataframe(gpd.GeoDataFrame(rows, crs="EPSG:4490"), path, driver="GeoJSON")
    return path


def run(*words: object) -> None:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def screen(folder: Path, seed: int, *more: object) -> Path:
    """A run; with every writer at work unless ``more`` says otherwise."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest = on_disk(folder / "layers", *layers(seed))
    # fmt: off
    run("screen", site_file(folder), "--layers", manifest, "--on", "2026-01-01", "--out", folder / "out", "--move-radius", 3,
        "--shapefile", "--rasters", "--resolution", "60m", "--no-cache", *more)
    # fmt: on
    return folder / "out"


#: What the search and the tables need, no more.
BARE = ("--no-figures", "--no-report")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return screen(tmp_path_factory.mktemp("plain"), 1, *BARE)


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return screen(tmp_path_factory.mktemp("hidden") / "w", 1, "--redact", HIDDEN)


# The search -------------------------------------------------------------------------------------------


def contents(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The bytes of a file and of all that is packed into it."""
    yield name, data
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as held:
            for info in held.infolist():
                yield from contents(f"{name}/{info.filename}", held.read(info))
        return
    for number, found in enumerate(re.finditer(rb"[A-Za-z0-9+/]{80,}={0,2}", data)):
        try:
            yield from contents(f"{name}#{number}", zlib.decompress(base64.b64decode(found[0])))
        except (ValueError, zlib.error):
            continue
    for number, found in enumerate(re.finditer(rb"stream\r?\n", data) if data[:4] == b"%PDF" else []):
        try:
            yield f"{name}#{number}", zlib.decompressobj().decompress(data[found.end() :])
        except zlib.error:
            continue


def coordinates(name: str, path: Path) -> Iterator[np.ndarray]:
    """Positions in degrees that a file holds in a form of its own."""
    if path.suffix in (".gpkg", ".shp"):
        for layer, kind in pyogrio.list_layers(path):
            frame = pyogrio.read_dataframe(path, layer=layer, read_geometry=kind is not None)
            if kind is not None:
                yield shapely.get_coordinates(frame.geometry.to_numpy())
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        if b"geo" in (pq.read_schema(path).metadata or {}):
            yield shapely.get_coordinates(gpd.read_parquet(path).geometry.to_numpy())
    if path.name == "map.html":
        text = path.read_text(encoding="utf-8")
        data = json.loads(
            re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1]
        )
        for part in parts(data):
            if isinstance(part.get("lon"), list) and part["lon"]:
                yield np.column_stack([np.cumsum(part[name]) / 1e6 for name in ("lon", "lat")])
            if part.get("type") != "Topology":
                continue
            topology = part
            scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
            for arc in topology["arcs"]:
                yield np.cumsum(np.array(arc), axis=0) * scale + shift


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping within JSON."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(part)


def found_in(folder: Path, secret: np.ndarray) -> set[str]:
    """The files of a run that hold a vertex of a hidden layer."""
    tree = shapely.STRtree(shapely.points(secret))
    doubles = [struct.pack("<dd", *at) for at in secret]
    texts = [[f"{value:.7f}"[:-1].encode() for value in at] for at in secret]
    held: set[str] = set()
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = str(path.relative_to(folder))
        for part, data in contents(name, path.read_bytes()):
            if any(pair in data for pair in doubles) or any(written(data, lon, lat) for lon, lat in texts):
                held.add(part.split("#")[0])
        for points in coordinates(name, path):
            # the map's places are rounded and thinned: a vertex that is kept is within 3 m
            tolerance = 3e-5 if path.name == "map.html" else 1e-8
            near, _ = tree.query(shapely.points(points), predicate="dwithin", distance=tolerance)
            if len(near):
                held.add(name)
    return held


def written(data: bytes, lon: bytes, lat: bytes) -> bool:
    """Whether a longitude is written with its latitude beside it."""
    return any(
        lat in data[max(0, found.start() - 120) : found.end() + 120]
        for found in re.finditer(re.escape(lon), data)
    )


def vertices(folder: Path, *keys: str) -> np.ndarray:
    """The vertices of layers as their files hold them, in degrees."""
    shapes = [pyogrio.read_dataframe(folder / f"{key}.gpkg").geometry.to_numpy() for key in keys]
    return np.unique(shapely.get_coordinates(np.concatenate(shapes)), axis=0)


def test_the_search_finds_what_is_there(plain: Path) -> None:
    held = found_in(plain, vertices(plain.parent / "layers", "farmland_permanent", "red_line"))
    assert {"screening.gpkg", "map.html", "shapefile/zones.shp", "shapefile/references.shp"} <= held


def test_no_vertex_is_in_any_file(hidden: Path) -> None:
    secret = vertices(hidden.parent / "layers", "farmland_permanent", "red_line")
    assert len(secret) > 100
    assert found_in(hidden, secret) == set()


def test_no_point_of_an_outline_is_in_any_layer(hidden: Path) -> None:
    """Not its vertices alone: no point lies on the outlines, but the corners of moved sites, which tell a distance only."""
    outlines = shapely.boundary(
        shapely.union_all(
            [
                pyogrio.read_dataframe(hidden.parent / "layers" / f"{key}.gpkg").union_all()
                for key in ("farmland_permanent", "red_line")
            ]
        )
    )
    for layer, kind in pyogrio.list_layers(hidden / "screening.gpkg"):
        if kind is None or layer in ("moves", "moved_areas"):
            continue
        shapes = pyogrio.read_dataframe(hidden / "screening.gpkg", layer=layer).geometry.to_numpy()
        points = shapely.points(shapely.get_coordinates(shapes))
        assert not (shapely.distance(points, outlines) < 1e-6).any(), layer


def test_what_is_hidden_changes_no_byte(hidden: Path, tmp_path: Path) -> None:
    """The same run again on layers whose hidden shapes are others; so ``rerun`` too leaves the same out."""
    shutil.copytree(hidden.parent, tmp_path / "w")
    on_disk(tmp_path / "w" / "layers", *layers(2))
    shutil.rmtree(hidden.parent / "layers")
    (hidden.parent / "sites.geojson").rename(hidden.parent / "away")
    try:
        done = CliRunner().invoke(
            app, ["rerun", str(tmp_path / "w" / "out"), "--out", str(tmp_path / "w" / "again")]
        )
    finally:
        on_disk(hidden.parent / "layers", *layers(1))
        (hidden.parent / "away").rename(hidden.parent / "sites.geojson")
    assert done.exit_code == 3, done.output  # the layers differ, and rerun says so
    one, two = (files(folder) for folder in (hidden, tmp_path / "w" / "again"))
    assert set(one) == set(two)
    # the hash of what was measured from is another, and nothing else
    assert [name for name in one if one[name] != two[name]] == ["findings.xlsx", "run.json"]
    one["findings.xlsx"], two["findings.xlsx"] = (unhashed(held["findings.xlsx"]) for held in (one, two))
    assert one["findings.xlsx"] == two["findings.xlsx"]
    records = [json.loads(held["run.json"]) for held in (one, two)]
    for record in records:
        del record["options"]["files"], record["options"]["layers"], record["sites"]["inputs"]
        for layer in record["layers"]:
            if layer["theme"] in ("farmland_permanent", "red_line"):
                del layer["content_sha256"]
    assert records[0] == records[1]


def unhashed(workbook: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as held:
        return [
            re.sub(rb"[0-9a-f]{64}|/[^<]*/sites.geojson", b"", held.read(name)) for name in held.namelist()
        ]


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# What stays -------------------------------------------------------------------------------------------


def table(folder: Path, name: str) -> pd.DataFrame:
    return pyogrio.read_dataframe(folder / "screening.gpkg", layer=name, read_geometry=False)


def test_relations_distances_and_areas_stay(plain: Path, hidden: Path) -> None:
    for name in (
        "sites",
        "findings",
        "conflicts",
        "conflict_points",
        "survey_needed",
        "moves",
        "matrix",
        "restoration",
    ):
        one, two = (table(folder, name) for folder in (plain, hidden))
        if name.startswith("conflict"):
            continue
        two = two[one.columns]
        if name == "findings":
            kept = ~one["layer_key"].isin(["farmland_permanent", "red_line"])
            assert one.loc[~kept, "near_lon"].notna().any() and two.loc[~kept, "near_lon"].isna().all()
            pd.testing.assert_series_equal(one.loc[kept, "near_lon"], two.loc[kept, "near_lon"])
            one, two = (frame.drop(columns=["near_lon", "near_lat"]) for frame in (one, two))
        if name == "sites":
            one, two = (frame.drop(columns="source") for frame in (one, two))
        pd.testing.assert_frame_equal(one, two)
    both = [pd.concat([table(f, "conflicts"), table(f, "conflict_points")]) for f in (plain, hidden)]
    one, two = (frame.sort_values("conflict_id", ignore_index=True).astype(object) for frame in both)
    assert len(one)
    pd.testing.assert_frame_equal(one, two)


def test_every_output_says_what_is_missing(hidden: Path) -> None:
    listed = table(hidden, "withheld")
    assert sorted(listed["layer_key"]) == ["farmland_permanent", "red_line"]
    record = json.loads((hidden / "run.json").read_text(encoding="utf-8"))
    assert {layer["key"] for layer in record["withheld"]} == {"farmland_permanent", "red_line"}
    said = "按要求略去"
    for name in ("map.html", "report.html", "rasters.csv", "shapefile/字段对照表.csv"):
        assert said in (hidden / name).read_text(encoding="utf-8-sig"), name
    for name in ("report.docx", "findings.xlsx", "screening.qgz"):
        with zipfile.ZipFile(hidden / name) as held:
            assert any("略去" in held.read(part).decode("utf-8", "ignore") for part in held.namelist()), name


# Other layers, other commands -------------------------------------------------------------------------


def test_river_and_land_cover_go_with_all_that_is_cut_at_them(plain: Path, tmp_path: Path) -> None:
    out = screen(tmp_path / "w", 1, "--redact", "hedao", "--redact", "堤防、landcover", *BARE)
    secret = vertices(tmp_path / "w" / "layers", "hedao", "levee")
    assert found_in(out, secret) == set()
    kinds = dict(pyogrio.list_layers(out / "screening.gpkg"))
    assert [kinds[name] for name in ("strips", "treatment", "survey_needed", "rivers")][:3] == [None] * 3
    assert len(table(plain, "survey_needed")) and len(table(plain, "strips"))
    for name in ("strips", "treatment", "survey_needed", "restoration"):
        pd.testing.assert_frame_equal(table(plain, name), table(out, name))


def test_restore_leaves_out(tmp_path: Path) -> None:
    manifest = on_disk(tmp_path / "layers", *layers(1))
    for name, more in (("plain", []), ("hidden", ["--redact", "地类,hedao，堤防"])):
        run("restore", "--layers", manifest, "--on", "2026-01-01", "--adcode", "1408", "--rasters", "--out", tmp_path / name, *more)  # fmt: skip
    secret = vertices(tmp_path / "layers", "hedao", "landcover", "levee")
    assert "restoration.gpkg" in found_in(tmp_path / "plain", secret)
    assert found_in(tmp_path / "hidden", secret) == set()
    one, two = (
        pyogrio.read_dataframe(tmp_path / n / "restoration.gpkg", layer="treatment", read_geometry=False)
        for n in ("plain", "hidden")
    )
    assert len(one)
    pd.testing.assert_frame_equal(one, two)
    assert not (tmp_path / "hidden" / "treatment.tif").exists()


def test_where_leaves_out(tmp_path: Path) -> None:
    manifest = on_disk(tmp_path / "layers", *layers(1))
    for name, more in (("plain", []), ("hidden", ["--redact", HIDDEN])):
        run("where", "--industry", "2521", "--adcode", "140882", "--layers", manifest, "--on", "2026-01-01", "--land-only",
            "--resolution", "200m", "--out", tmp_path / name, *more)  # fmt: skip
    secret = vertices(tmp_path / "layers", "farmland_permanent", "red_line")
    assert "availability.gpkg" in found_in(tmp_path / "plain", secret)
    assert found_in(tmp_path / "hidden", secret) == set()
    for layer in ("availability", "county_classes", "rule_cost"):
        one, two = (
            pyogrio.read_dataframe(tmp_path / n / "availability.gpkg", layer=layer, read_geometry=False)
            for n in ("plain", "hidden")
        )
        pd.testing.assert_frame_equal(one, two)
    assert not (tmp_path / "hidden" / "availability.tif").exists()


@pytest.mark.parametrize(("name", "says"), [("yongjiu", "没有这个图层或主题"), ("counties", "略不去")])
def test_what_cannot_be_left_out_is_refused_before_any_work(
    name: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = on_disk(tmp_path / "layers", *layers(1))
    out = tmp_path / "out"
    words = ["hongxian", "screen", str(tmp_path / "none.csv"), "--layers", str(manifest), "--out", str(out)]
    monkeypatch.setattr("sys.argv", [*words, "--redact", name])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2 and says in capsys.readouterr().err and not out.exists()


def test_parts_hold_no_shape_either(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    for name, more in (("plain", []), ("hidden", ["--redact", HIDDEN])):
        folder = tmp_path / name
        folder.mkdir()
        manifest = on_disk(folder / "layers", *layers(1))
        run(
            *("screen", site_file(folder), "--layers", manifest, "--on", "2026-01-01"),
            *("--out", folder / "out", "--batch", 2, "--parquet", "--no-cache", *more),
        )
    secret = vertices(tmp_path / "plain" / "layers", "farmland_permanent", "red_line")
    assert "screening.gpkg" in found_in(tmp_path / "plain" / "out", secret)
    assert found_in(tmp_path / "hidden" / "out", secret) == set()
    record = json.loads((tmp_path / "hidden" / "out" / "run.json").read_text(encoding="utf-8"))
    assert {held["theme"] for held in record["withheld"]} == {"farmland_permanent", "red_line"}
    # relations and distances are those of the whole data
    told = [
        pyogrio.read_dataframe(tmp_path / name / "out" / "screening.gpkg", layer="findings")
        for name in ("plain", "hidden")
    ]
    columns = ["site_id", "rule_id", "state", "distance_m", "overlap_ha"]
    pd.testing.assert_frame_equal(*(pd.DataFrame(frame)[columns] for frame in told))
