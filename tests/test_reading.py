"""Reading layers: whatever a file holds is read exactly, repaired with a log, or refused with a reason."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from pyproj import CRS, Transformer

from geo.errors import LayerError
from geo.reading import open_layer, read_features
from geo.space import GEOD

SQUARE = shapely.box(112.54, 37.86, 112.56, 37.88)
BOW_TIE = shapely.Polygon([(112.54, 37.86), (112.56, 37.88), (112.56, 37.86), (112.54, 37.88)])
#: Taiyuan in 3 degree zones about 111 E (without and with the zone's number) and in UTM 49N.
TAIYUAN = (112.5489, 37.8706)
TAIYUAN_4546 = (636286.530, 4194266.245)
TAIYUAN_4525 = (37636286.530, 4194266.245)


def frame(*geometries: shapely.Geometry | None, crs: str | None = "EPSG:4490") -> gpd.GeoDataFrame:
    names = [f"要素{number}" for number in range(1, len(geometries) + 1)]
    return gpd.GeoDataFrame({"name": names}, geometry=np.array(geometries, dtype=object), crs=crs)


def saved(path: Path, content: gpd.GeoDataFrame, **options: object) -> Path:
    pyogrio.write_dataframe(content, path, **options)
    return path


def read(path: Path, crs: str | None = None, dimension: int | None = None) -> gpd.GeoDataFrame:
    features, _ = read_features(open_layer(path, None, "test"), "test", crs, dimension)
    return features


def refusal(path: Path, crs: str | None = None) -> str:
    """The message of the refusal, with what to do."""
    with pytest.raises(LayerError) as caught:
        read(path, crs)
    assert caught.value.problems[0].to_do
    return str(caught.value)


def metres_apart(point: shapely.Point, lonlat: tuple[float, float]) -> float:
    return float(GEOD.inv(point.x, point.y, *lonlat)[2])


# --- repair and drop -------------------------------------------------------------------------------


def test_a_bow_tie_is_repaired_and_logged(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", frame(SQUARE, BOW_TIE))
    features, log = read_features(open_layer(path, None, "test"), "test", None, 2)
    assert features.geometry.is_valid.all()
    # two triangles of 0.02 by 0.01 degrees, half the square
    assert features.geometry.iat[1].area == pytest.approx(SQUARE.area / 2)
    assert [(entry["kind"], entry["row"], entry["layer_key"]) for entry in log] == [("repair", 2, "test")]
    assert features["name"].tolist() == ["要素1", "要素2"]


def test_rows_in_are_rows_out_and_rows_dropped() -> None:
    raw = frame(
        SQUARE,
        None,
        shapely.Polygon(),
        shapely.Point(112.5, 37.9),
        shapely.Point(np.inf, 37.9),
        BOW_TIE,
        shapely.Polygon([(112.5, 37.8), (112.6, 37.8), (112.5, 37.8)]),  # no area: nothing left of it
    )
    features, log = read_features(raw, "test", None, 2)
    assert features["name"].tolist() == ["要素1", "要素6"]
    drops = sorted(entry["row"] for entry in log if entry["kind"] == "drop")
    assert drops == [2, 3, 4, 5, 7]
    assert len(raw) == len(features) + len(drops)
    assert all(entry["what"] for entry in log)


def test_null_and_empty_geometries_of_a_file(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", frame(None, SQUARE, shapely.Polygon()))
    features, log = read_features(open_layer(path, None, "test"), "test", None, None)
    assert features["name"].tolist() == ["要素2"]
    assert [(entry["row"], entry["kind"]) for entry in log] == [(1, "drop"), (3, "drop")]


def test_lines_and_points_stay_where_any_kind_is_meant() -> None:
    line, point = shapely.LineString([(112, 37), (113, 38)]), shapely.Point(112.5, 37.9)
    features, log = read_features(frame(line, point, SQUARE), "test", None, None)
    assert features.geometry.tolist() == [line, point, SQUARE]
    assert log == []


def test_of_a_mixed_collection_the_areas_are_kept() -> None:
    mixed = shapely.GeometryCollection([SQUARE, shapely.LineString([(112.56, 37.88), (112.6, 37.9)])])
    features, log = read_features(frame(mixed), "test", None, 2)
    assert features.geometry.iat[0].equals(SQUARE)
    assert [entry["kind"] for entry in log if entry["kind"] == "drop"] == []


def test_heights_are_let_go(tmp_path: Path) -> None:
    high = shapely.force_3d(np.array([SQUARE], dtype=object), 780.0)
    features = read(saved(tmp_path / "a.gpkg", frame(*high)))
    assert not features.has_z.any()
    assert features.geometry.iat[0].equals(SQUARE)


def test_a_file_without_rows_is_an_empty_layer(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", frame(SQUARE).iloc[:0], geometry_type="Polygon")
    assert len(read(path)) == 0


def test_a_layer_of_nothing_but_null_geometries_reads_as_empty() -> None:
    features, log = read_features(frame(None, None), "test", None, 2)
    assert len(features) == 0
    assert len(log) == 2


# --- coordinate systems ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "xy"), [("EPSG:4546", TAIYUAN_4546), ("EPSG:4525", TAIYUAN_4525), ("EPSG:4490", TAIYUAN)]
)
def test_known_coordinates_of_taiyuan(tmp_path: Path, code: str, xy: tuple[float, float]) -> None:
    features = read(saved(tmp_path / "a.gpkg", frame(shapely.Point(xy), crs=code)))
    assert features.crs == CRS("EPSG:4490")
    assert metres_apart(features.geometry.iat[0], TAIYUAN) < 0.001


SYSTEMS = ["EPSG:4546", "EPSG:4547", "EPSG:4525", "EPSG:4526", "EPSG:4326", "EPSG:32649"]
CONTAINERS = [(code, suffix) for code in SYSTEMS for suffix in (".gpkg", ".shp")] + [
    ("EPSG:4326", ".geojson")
]


@pytest.mark.parametrize(("code", "suffix"), CONTAINERS)
def test_every_usual_system_reads_to_a_millimetre(tmp_path: Path, code: str, suffix: str) -> None:
    system = CRS(code)
    assert system.geodetic_crs is not None
    # the longitude and latitude of the system's own datum: to CGCS2000 within planning accuracy
    there = Transformer.from_crs(system.geodetic_crs, system, always_xy=True)
    places = [(112.5489, 37.8706), (110.7121, 35.5966), (113.5805, 37.8567)]
    points = [shapely.Point(there.transform(*place)) for place in places]
    features = read(saved(tmp_path / f"a{suffix}", frame(*points, crs=code)))
    for point, place in zip(features.geometry, places, strict=True):
        assert metres_apart(point, place) < 0.001


def test_the_zone_number_makes_no_difference(tmp_path: Path) -> None:
    one = read(saved(tmp_path / "a.gpkg", frame(shapely.Point(TAIYUAN_4546), crs="EPSG:4546")))
    other = read(saved(tmp_path / "b.gpkg", frame(shapely.Point(TAIYUAN_4525), crs="EPSG:4525")))
    assert metres_apart(one.geometry.iat[0], (other.geometry.x[0], other.geometry.y[0])) < 1e-6


def test_a_file_without_a_system_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.shp", frame(SQUARE))
    path.with_suffix(".prj").unlink()
    assert "没有坐标系" in refusal(path)


def test_a_system_may_be_declared_for_a_file_without_one(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.shp", frame(shapely.Point(TAIYUAN_4525), crs="EPSG:4525"))
    path.with_suffix(".prj").unlink()
    assert metres_apart(read(path, crs="EPSG:4525").geometry.iat[0], TAIYUAN) < 0.001


def test_a_declared_system_that_the_file_denies_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", frame(SQUARE))
    assert "EPSG:4490" in refusal(path, crs="EPSG:4546")


def test_a_declared_system_that_is_none_is_refused(tmp_path: Path) -> None:
    assert "EPSG:99999" in refusal(saved(tmp_path / "a.gpkg", frame(SQUARE)), crs="EPSG:99999")


def test_metres_declared_as_degrees_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", frame(shapely.Point(TAIYUAN_4546), crs="EPSG:4490"))
    assert "坐标却是米" in refusal(path)


def test_degrees_declared_as_metres_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", frame(SQUARE, crs="EPSG:4546"))
    assert "坐标却是经纬度" in refusal(path)


@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
def test_web_mercator_is_refused(tmp_path: Path, suffix: str) -> None:
    # its metres are 1.27 times too long here
    path = saved(tmp_path / f"a{suffix}", frame(SQUARE).to_crs("EPSG:3857"))
    assert "墨卡托" in refusal(path)


@pytest.mark.parametrize(
    ("code", "xy"),
    [
        ("EPSG:2383", (372319.0, 4194128.0)),  # Xian 1980, about 114 E
        ("EPSG:2361", (37636286.0, 4194266.0)),  # Xian 1980, zone 37
        ("EPSG:4610", TAIYUAN),  # Xian 1980, degrees
        ("EPSG:2434", (636286.0, 4194266.0)),  # Beijing 1954, about 111 E
        ("EPSG:4214", TAIYUAN),  # Beijing 1954, degrees
    ],
)
def test_old_datums_are_refused(tmp_path: Path, code: str, xy: tuple[float, float]) -> None:
    # pyproj would hand back the same longitude and latitude; the true shift is tens of metres and secret
    path = saved(tmp_path / "a.gpkg", frame(shapely.Point(xy), crs=code))
    assert "参数" in refusal(path)


def test_swapped_northing_and_easting_are_refused(tmp_path: Path) -> None:
    swapped = shapely.Point(TAIYUAN_4525[::-1])
    refusal(saved(tmp_path / "a.gpkg", frame(swapped, crs="EPSG:4525")))


def test_swapped_longitude_and_latitude_are_refused(tmp_path: Path) -> None:
    # 112.5 degrees north is no place
    refusal(saved(tmp_path / "a.gpkg", frame(shapely.Point(TAIYUAN[::-1]))))


# --- containers ------------------------------------------------------------------------------------


def without_encoding(path: Path) -> Path:
    """As it comes from Chinese Windows: no .cpg, and no language byte in the table."""
    path.with_suffix(".cpg").unlink(missing_ok=True)
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[29] = 0
    table.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_chinese_in_a_shapefile_without_an_encoding(tmp_path: Path, encoding: str) -> None:
    rows = gpd.GeoDataFrame({"名称": ["生态保护红线", "汾河"]}, geometry=[SQUARE, SQUARE], crs="EPSG:4490")
    path = without_encoding(saved(tmp_path / "红线.shp", rows, encoding=encoding))
    assert read(path)["名称"].tolist() == ["生态保护红线", "汾河"]


def test_a_shapefile_in_capitals(tmp_path: Path) -> None:
    rows = gpd.GeoDataFrame({"名称": ["汾河"]}, geometry=[SQUARE], crs="EPSG:4490")
    path = without_encoding(saved(tmp_path / "a.shp", rows, encoding="GBK"))
    for part in list(tmp_path.iterdir()):
        part.rename(tmp_path / part.name.upper())
    assert read(path.with_name("A.SHP"))["名称"].tolist() == ["汾河"]


def test_a_shapefile_that_says_its_encoding(tmp_path: Path) -> None:
    rows = gpd.GeoDataFrame({"名称": ["汾河"]}, geometry=[SQUARE], crs="EPSG:4490")
    for encoding in ["GBK", "UTF-8"]:
        path = saved(tmp_path / f"{encoding}.shp", rows, encoding=encoding)
        assert path.with_suffix(".cpg").exists()
        assert read(path)["名称"].tolist() == ["汾河"]


def test_one_of_several_layers_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    saved(path, frame(SQUARE), layer="红线")
    saved(path, frame(BOW_TIE, SQUARE), layer="耕地", append=True)
    message = refusal(path)
    assert "红线" in message
    assert "耕地" in message
    assert len(open_layer(path, "耕地", "test")) == 2


def test_a_layer_or_file_that_is_not_there(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.gpkg", frame(SQUARE), layer="红线")
    with pytest.raises(LayerError, match="耕地"):
        open_layer(path, "耕地", "test")
    with pytest.raises(LayerError, match=r"none\.gpkg"):
        open_layer(tmp_path / "none.gpkg", None, "test")
    (tmp_path / "broken.gpkg").write_bytes(b"not a database")
    with pytest.raises(LayerError, match="broken"):
        open_layer(tmp_path / "broken.gpkg", None, "test")


def test_a_table_without_geometry_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "a.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"name": ["汾河"], "length": [716]}), table)
    refusal(table)


def test_attributes_keep_their_values(tmp_path: Path) -> None:
    rows = gpd.GeoDataFrame(
        {"名称": ["汾河", None], "code": [7, 8], "mw": [350.5, None]},
        geometry=[SQUARE, SQUARE],
        crs="EPSG:4490",
    )
    features = read(saved(tmp_path / "a.gpkg", rows))
    assert features["名称"].isna().tolist() == [False, True]
    assert features["code"].tolist() == [7, 8]
    assert features["mw"].iat[0] == 350.5
