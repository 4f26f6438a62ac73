"""Site lists: every fault of every row in one table, nothing lost, nothing guessed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer
from worlds import coking, write_csv

from geo.errors import Problem, SiteError
from geo.sites import SiteList, read_sites
from geo.terms import Datum, Process

GOOD = coking("A", (110.71, 35.59))
SQUARE = "POLYGON ((110.70 35.60, 110.71 35.60, 110.71 35.61, 110.70 35.61, 110.70 35.60))"
BOW_TIE = "POLYGON ((110.70 35.60, 110.71 35.61, 110.71 35.60, 110.70 35.61, 110.70 35.60))"


def read(folder: Path, *rows: dict[str, str], **options: Any) -> SiteList:
    return read_sites(write_csv(folder / "list.csv", rows), **{"datum": "cgcs2000", **options})


def faults(folder: Path, *rows: dict[str, str], **options: Any) -> list[Problem]:
    with pytest.raises(SiteError) as caught:
        read(folder, *rows, **options)
    return caught.value.problems


def with_wkt(wkt: str, **columns: str) -> dict[str, str]:
    row = {key: value for key, value in GOOD.items() if key not in ("lon", "lat")}
    return {**row, "wkt": wkt, **columns}


def metres(start: tuple[float, float], end: shapely.Point) -> float:
    return float(Geod(ellps="GRS80").inv(*start, end.x, end.y)[2])


# One fault a row ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "field", "what", "to_do"),
    [
        ({"site_id": ""}, "site_id", "没有编号", "编号"),
        ({"lon": "35.59", "lat": "110.71"}, "lon, lat", "颠倒", "交换"),
        ({"lon": "37452345.1", "lat": "3941234.5"}, "lon, lat", "3 度带第 37 带", "经纬度"),
        ({"lon": "19452345.1", "lat": "3941234.5"}, "lon, lat", "6 度带第 19 带", "经纬度"),
        ({"lon": "452345.1", "lat": "3941234.5"}, "lon, lat", "投影坐标", "经纬度"),
        ({"lon": "0", "lat": "0"}, "lon, lat", "不在中国", "改正坐标"),
        ({"lon": "110°42′"}, "lon", "不是数字", "十进制度"),
        ({"lat": ""}, "lat", "不是数字", "十进制度"),
        ({"lat": "nan"}, "lat", "不是数字", "十进制度"),
        ({"lon": "inf"}, "lon", "不是数字", "十进制度"),
        ({"industry": "", "name": "某厂"}, "industry", "没有行业代码", "2521"),
        ({"industry": "9999"}, "industry", "没有这个代码", "四位代码"),
        ({"industry": "钢铁"}, "industry", "行业待确认", "3110 炼铁"),
        ({"industry": "2521;2599x"}, "industry", "没有这个代码", "四位代码"),
        ({"development": ""}, "development", "没有填写", "新建（new）"),
        ({"development": "迁建"}, "development", "可能是 新建（new）、已建（existing）", "--words"),
        ({"development": "兴建"}, "development", "不在允许的词中", "已建（existing）"),
        ({"processes": "炼丹"}, "processes", "不认识的工艺特征", "短流程炼钢"),
        ({"purpose": "school"}, "purpose", "不在允许的词中", "产业园区（park）"),
        ({"datum": "北京54"}, "datum", "没有公开的精确转换参数", "--datum-params"),
        ({"datum": "城建坐标"}, "datum", "不认识的坐标系", "cgcs2000"),
        ({"adcode": "1408"}, "adcode", "六位数字", "140882"),
        ({"accuracy_m": "-5"}, "accuracy_m", "不小于零", "如 5"),
        ({"accuracy_m": "五米"}, "accuracy_m", "不小于零", "如 5"),
        ({"accuracy_m": "nan"}, "accuracy_m", "不小于零", "如 5"),
    ],
)
def test_a_bad_value_is_named_with_file_row_what_and_what_to_do(
    tmp_path: Path, changed: dict[str, str], field: str, what: str, to_do: str
) -> None:
    (problem,) = faults(tmp_path, GOOD, {**GOOD, "site_id": "B", **changed})
    assert (problem.file, problem.where, problem.field) == ("list.csv", "第3行", field)
    assert what in problem.what
    assert to_do in problem.to_do


@pytest.mark.parametrize(
    ("wkt", "what"),
    [
        ("POLYGON EMPTY", "几何为空"),
        ("not wkt", "不是 WKT"),
        ("POINT (35.59 110.71)", "颠倒"),
        (BOW_TIE, "无效"),
        ("POLYGON ((110.70 35.60, 110.71 35.60, 110.71 nan, 110.70 35.60))", ""),
        ("POINT (nan nan)", ""),
    ],
)
def test_a_bad_footprint_is_refused(tmp_path: Path, wkt: str, what: str) -> None:
    (problem,) = faults(tmp_path, with_wkt(wkt))
    assert problem.where == "第2行"
    assert what in problem.what
    assert problem.to_do


def test_a_row_tells_all_its_faults_at_once(tmp_path: Path) -> None:
    row = {**GOOD, "industry": "炼丹", "development": "迁建", "lon": "x"}
    assert [problem.field for problem in faults(tmp_path, row)] == ["lon", "industry", "development"]


def test_a_doubled_number_names_the_first_row(tmp_path: Path) -> None:
    (problem,) = faults(tmp_path, GOOD, GOOD)
    assert (problem.where, problem.field, problem.value) == ("第3行", "site_id", "A")
    assert "list.csv 第2行" in problem.what


def test_a_number_doubled_in_another_file_is_doubled(tmp_path: Path) -> None:
    first, second = (write_csv(tmp_path / name, [GOOD]) for name in ("one.csv", "two.csv"))
    with pytest.raises(SiteError) as caught:
        read_sites(first, second)
    (problem,) = caught.value.problems
    assert problem.file == "two.csv"
    assert "one.csv 第2行" in problem.what


@pytest.mark.parametrize("column", ["site_id", "industry", "development", "lon", "lat"])
def test_a_missing_column_is_named_with_the_words_it_may_bear(tmp_path: Path, column: str) -> None:
    row = {**GOOD, "name": "某厂"}  # a name that says the industry would do instead of a code
    (problem,) = faults(tmp_path, {key: value for key, value in row.items() if key != column})
    assert (problem.where, problem.field) == ("第1行", column)
    chinese = {
        "site_id": "编号",
        "industry": "行业代码",
        "development": "建设性质",
        "lon": "经度",
        "lat": "纬度",
    }
    assert chinese[column] in problem.to_do


def test_a_file_that_is_not_there_is_a_problem_too(tmp_path: Path) -> None:
    with pytest.raises(SiteError) as caught:
        read_sites(tmp_path / "none.csv")
    assert caught.value.problems[0].what == "文件不存在"


def test_a_list_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="文件里没有场地"):
        read_sites(write_csv(tmp_path / "list.csv", [GOOD][:0] or [dict.fromkeys(GOOD, "")]))


def test_an_unknown_datum_option_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="不认识的坐标系"):
        read(tmp_path, GOOD, datum="wgs72")


# A thousand rows -------------------------------------------------------------------------------------


WRONG = {
    17: {"lon": "35.59", "lat": "110.71"},
    133: {"industry": "9999"},
    256: {"development": "迁建"},
    400: {"site_id": "S0001"},
    512: {"lat": ""},
    777: {"datum": "xian80"},
    1000: {"processes": "炼丹"},
}


def thousand(folder: Path) -> Path:
    rows = [coking(f"S{n:04}", (110.6 + n / 1e5, 35.6)) for n in range(1, 1001)]
    for number, change in WRONG.items():
        rows[number - 1] |= change
    return write_csv(folder / "thousand.csv", rows)


def test_of_1000_rows_exactly_the_7_wrong_ones_are_listed(tmp_path: Path) -> None:
    with pytest.raises(SiteError) as caught:
        read_sites(thousand(tmp_path), datum="cgcs2000")
    problems = caught.value.problems
    assert [p.where for p in problems] == [f"第{number + 1}行" for number in WRONG]  # row 1 is the header
    assert {p.file for p in problems} == {"thousand.csv"}
    assert all(p.what and p.to_do for p in problems)
    assert "7 处" in caught.value.message


def test_keep_going_reads_the_other_993_and_lists_the_7(tmp_path: Path) -> None:
    result = read_sites(thousand(tmp_path), datum="cgcs2000", keep_going=True)
    assert len(result.sites) == 993
    wrong_ids = {f"S{number:04}" for number in WRONG}
    assert not set(result.sites["site_id"]) & wrong_ids
    assert list(result.rejected["where"]) == [f"第{number + 1}行" for number in WRONG]
    assert (result.rejected[["file", "what", "to_do"]] != "").all(axis=None)


def test_keep_going_with_no_good_row_still_stops(tmp_path: Path) -> None:
    (problem,) = faults(tmp_path, {**GOOD, "industry": "9999"}, keep_going=True)
    assert problem.field == "industry"


# What planners write ---------------------------------------------------------------------------------


CHINESE = {
    "编号": "甲-1",
    "项目名称": "焦化改造",
    "行业代码": "C２５２１",
    "建设性质": "改建",
    "工艺": "独立焦化；!新增产能",
    "项目类型": "建设项目",
    "行政区划代码": "140882",
    "坐标系": "2000国家大地坐标系",
    "经度": "110.7121",
    "纬度": "35.5900",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_chinese_headings_words_and_encodings_read_alike(tmp_path: Path, encoding: str) -> None:
    sites = read_sites(write_csv(tmp_path / "清单.csv", [CHINESE], encoding)).sites
    row = sites.iloc[0]
    assert row["site_id"] == "甲-1"
    assert row["name"] == "焦化改造"
    assert row["industry"] == "2521"
    assert row["development"] == "rebuild"
    assert row["processes"] == f"{Process.INDEPENDENT_COKING};!{Process.NEW_CAPACITY}"
    assert row["adcode"] == "140882"
    assert row["datum"] == Datum.CGCS2000
    assert (row.geometry.x, row.geometry.y) == (110.7121, 35.59)
    assert row["source"] == "清单.csv 第2行"


@pytest.mark.parametrize("written", ["2521", "C2521", "c2521", "２５２１", " C２５２１ "])
def test_a_code_reads_however_it_is_written(tmp_path: Path, written: str) -> None:
    assert read(tmp_path, {**GOOD, "industry": written}).sites["industry"].tolist() == ["2521"]


def test_several_codes_are_all_kept(tmp_path: Path) -> None:
    assert read(tmp_path, {**GOOD, "industry": "3110、3120"}).sites["industry"].tolist() == ["3110;3120"]


def test_blank_lines_are_no_rows_but_keep_their_number(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "list.csv", [GOOD, dict.fromkeys(GOOD, ""), {**GOOD, "site_id": "B"}])
    assert read_sites(path).sites["source"].tolist() == ["list.csv 第2行", "list.csv 第4行"]


def test_a_row_with_more_cells_than_headings_is_a_fault(tmp_path: Path) -> None:
    """A decimal comma (110,71,35,59) would else be read as 110° E, 71° N or worse, inside China."""
    path = tmp_path / "list.csv"
    path.write_text("site_id,industry,development,lon,lat\nA,2521,new,110,35,59,6\n", encoding="utf-8")
    with pytest.raises(SiteError) as caught:
        read_sites(path)
    assert caught.value.problems[0].where == "第2行"


def test_a_footprint_in_wkt_keeps_its_shape(tmp_path: Path) -> None:
    sites = read(tmp_path, with_wkt(SQUARE), with_wkt("POINT Z (110.7 35.6 400)", site_id="B")).sites
    assert sites.geometry.iloc[0].equals(shapely.from_wkt(SQUARE))
    assert not sites.geometry.has_z.any()


# Datum and accuracy ----------------------------------------------------------------------------------


def test_a_gcj02_column_moves_the_point_by_557_m(tmp_path: Path) -> None:
    """In 太原 the map's position lies 554.3 m east and 58.3 m north of the true one."""
    shown = {**GOOD, "lon": "112.55519933", "lat": "37.87112515", "datum": "gcj02"}
    point = read(tmp_path, shown).sites.geometry.iloc[0]
    assert metres((112.5489, 37.8706), point) < 0.01
    assert metres((112.55519933, 37.87112515), point) == pytest.approx(557.3, abs=0.05)
    assert 112.55519933 - point.x == pytest.approx(
        554.3 / (111_320 * math.cos(math.radians(37.87))), rel=2e-3
    )


@pytest.mark.parametrize("datum", ["cgcs2000", "wgs84", "undeclared"])
def test_other_datums_leave_the_point_where_it_is(tmp_path: Path, datum: str) -> None:
    options = {"datum": None if datum == "undeclared" else datum}
    sites = read(tmp_path, GOOD, **options).sites
    assert (sites.geometry.iloc[0].x, sites.geometry.iloc[0].y) == (110.71, 35.59)
    assert sites["datum"].tolist() == [datum]


def test_a_row_with_its_own_datum_does_not_heed_the_option(tmp_path: Path) -> None:
    sites = read(tmp_path, {**GOOD, "datum": "wgs84"}, {**GOOD, "site_id": "B", "datum": ""}).sites
    assert sites["datum"].tolist() == ["wgs84", "cgcs2000"]


def test_few_decimals_are_an_inaccuracy_of_their_own(tmp_path: Path) -> None:
    def accuracy(lon: str, lat: str, stated: str = "") -> float:
        row = {**GOOD, "lon": lon, "lat": lat, "accuracy_m": stated}
        return float(read(tmp_path, row).sites["accuracy_m"].iloc[0])

    # a degree is 111 km: of 2 decimals the last unit is 1.11 km, its standard error 1.11 km / √12 = 320 m
    assert accuracy("110.71", "35.59") == pytest.approx(320.4, abs=0.1)
    assert accuracy("110.7100", "35.5900") == pytest.approx(3.2, abs=0.01)
    assert accuracy("110.7100", "35.59") == accuracy("110.71", "35.59")  # the coarser of the two
    assert accuracy("110.71000000", "35.59000000") < 0.001
    # what is stated counts where it is larger; nobody surveys to 5 m and writes kilometres
    assert accuracy("110.7100", "35.5900", "30") == 30
    assert accuracy("110.71", "35.59", "5") == pytest.approx(320.4, abs=0.1)


# GIS files -------------------------------------------------------------------------------------------


COLUMNS = {"site_id": ["A", "B"], "industry": ["2521", "2521"], "development": ["new", "新建"]}
CORNER, FAR = shapely.Point(110.71, 35.59), shapely.box(110.70, 35.60, 110.71, 35.61)


def test_a_gpkg_in_a_gauss_kruger_zone_reads_to_a_millimetre(tmp_path: Path) -> None:
    there = Transformer.from_crs(4490, 4546, always_xy=True)  # the 3° zone about 111° E
    geometry = shapely.transform(
        np.array([CORNER, FAR]), lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1]))
    )
    path = tmp_path / "plots.gpkg"
    gpd.GeoDataFrame(COLUMNS, geometry=geometry, crs="EPSG:4546").to_file(path)
    sites = read_sites(path).sites
    got, meant = (shapely.get_coordinates(shapes) for shapes in (sites.geometry.to_numpy(), [CORNER, FAR]))
    assert len(got) == 6
    assert Geod(ellps="GRS80").inv(*got.T, *meant.T)[2].max() < 0.001
    assert sites["datum"].tolist() == ["cgcs2000", "cgcs2000"]  # the file says so itself
    assert sites["accuracy_m"].tolist() == [0.0, 0.0]
    assert sites["source"].tolist() == ["plots.gpkg 第1个要素", "plots.gpkg 第2个要素"]


def test_the_datum_option_does_not_move_a_file_that_states_its_own(tmp_path: Path) -> None:
    """``--datum gcj02`` is for the list beside it: no GCJ-02 position comes in a CGCS2000 zone."""
    path = tmp_path / "plots.gpkg"
    gpd.GeoDataFrame(COLUMNS, geometry=[CORNER, CORNER], crs=4490).to_crs(4546).to_file(path)
    site = read_sites(path, datum="gcj02").sites.iloc[0]
    assert metres((CORNER.x, CORNER.y), site.geometry) < 0.001
    assert site["datum"] == "cgcs2000"


def test_an_empty_or_missing_footprint_of_a_gpkg_is_a_fault_of_its_row(tmp_path: Path) -> None:
    path = tmp_path / "plots.gpkg"
    table = {key: [*values, values[0]] for key, values in COLUMNS.items()} | {"site_id": ["A", "B", "C"]}
    gpd.GeoDataFrame(table, geometry=[CORNER, None, shapely.Point()], crs=4490).to_file(path)
    with pytest.raises(SiteError) as caught:
        read_sites(path)
    assert [(p.where, p.what) for p in caught.value.problems] == [
        ("第2个要素", "几何为空"),
        ("第3个要素", "几何为空"),
    ]
    assert read_sites(path, keep_going=True).sites["site_id"].tolist() == ["A"]


def test_a_bow_tie_of_a_gpkg_is_refused_not_repaired(tmp_path: Path) -> None:
    """Which of two shapes a planner meant, only the planner knows."""
    path = tmp_path / "plots.gpkg"
    frame = gpd.GeoDataFrame(COLUMNS, geometry=[shapely.from_wkt(BOW_TIE), FAR], crs=4490)
    frame.to_file(path)
    with pytest.raises(SiteError) as caught:
        read_sites(path)
    (problem,) = caught.value.problems
    assert (problem.where, problem.what) == ("第1个要素", "图形无效（自相交等）")


def test_a_corner_that_is_not_a_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plots.gpkg"
    with np.errstate(invalid="ignore"):  # shapely's own way to say what this test is about
        broken = shapely.LineString([(110.70, 35.60), (110.71, math.nan)])
    gpd.GeoDataFrame(COLUMNS, geometry=[broken, FAR], crs=4490).to_file(path)
    with pytest.raises(SiteError) as caught:
        read_sites(path)
    (problem,) = caught.value.problems
    assert problem.where == "第1个要素"


def test_a_gis_file_without_a_needed_field_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plots.gpkg"
    gpd.GeoDataFrame({"site_id": ["A"], "industry": ["2521"]}, geometry=[FAR], crs=4490).to_file(path)
    with pytest.raises(SiteError) as caught:
        read_sites(path)
    (problem,) = caught.value.problems
    assert (problem.where, problem.field) == ("字段表", "development")


def test_a_gis_file_in_web_mercator_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plots.gpkg"
    gpd.GeoDataFrame(COLUMNS, geometry=[CORNER, CORNER], crs=4490).to_crs(3857).to_file(path)
    with pytest.raises(SiteError) as caught:
        read_sites(path)
    assert "墨卡托" in caught.value.problems[0].what


def test_geojson_is_wgs84_unless_its_rows_say_otherwise(tmp_path: Path) -> None:
    """RFC 7946 says WGS 84, but Chinese web maps write GCJ-02 into GeoJSON: then a column must say so."""
    path = tmp_path / "plots.geojson"
    point = shapely.Point(112.55519933, 37.87112515)
    table = {**COLUMNS, "坐标系": ["", "gcj02"]}
    gpd.GeoDataFrame(table, geometry=[point, point], crs=4326).to_file(path)
    sites = read_sites(path).sites
    assert sites["datum"].tolist() == ["wgs84", "gcj02"]
    assert sites.geometry.iloc[0].equals_exact(point, 1e-9)
    assert metres((112.5489, 37.8706), sites.geometry.iloc[1]) < 0.02


def test_a_figure_keeps_all_its_digits(tmp_path: Path) -> None:
    """Rules compare figures with limits: 7,654,321 m² must not become 7.65432e+06."""
    row = {**GOOD, "site_area_m2": "7654321", "炭化室高度（米）": "6.9999999"}
    stated = dict(item.split("=") for item in read(tmp_path, row).sites["facts"].item().split(";"))
    assert float(stated["site_area_m2"]) == 7654321
    assert float(stated["coke_oven_height_m"]) == 6.9999999


def test_a_figure_that_is_no_number_is_a_fault(tmp_path: Path) -> None:
    (problem,) = faults(tmp_path, {**GOOD, "coke_oven_height_m": "7米"})
    assert problem.value == "7米"
    assert problem.to_do


def test_a_number_is_doubled_also_where_the_first_row_has_another_fault(tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    rows = ["site_id,industry,development,lon,lat", "A,2521,new,35.6,110.7", "A,2521,new,110.7,35.6"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(SiteError) as caught:
        read_sites(path, datum="cgcs2000")
    assert [(p.where, p.field) for p in caught.value.problems] == [
        ("第2行", "lon, lat"),
        ("第3行", "site_id"),
    ]
