"""Tables of sites as planners have them: workbooks, degrees and minutes, survey metres, corners."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely
from pyproj import Geod, Transformer
from worlds import write_csv

from geo.errors import Problem, SiteError
from geo.sitefiles.angles import read_angle
from geo.sites import SiteList, read_sites

HEAD = ["编号", "行业代码", "建设性质", "经度", "纬度"]
METRES = ["编号", "行业代码", "建设性质", "X", "Y", "行政区划代码", "坐标系"]
TAIYUAN = (112.5489, 37.8706)  # northing 4194266.245, easting 636286.530 about 111° E, see below


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def table(path: Path, head: list[str], *rows: list[str]) -> Path:
    return write_csv(path, [dict(zip(head, row, strict=True)) for row in rows])


def faults(path: Path, **options: Any) -> list[Problem]:
    with pytest.raises(SiteError) as caught:
        read_sites(path, **options)
    return caught.value.problems


def said(sites: SiteList) -> str:
    return "\n".join(note.what for note in sites.notes)


def metres_apart(point: shapely.Point, lonlat: tuple[float, float]) -> float:
    return float(Geod(ellps="GRS80").inv(point.x, point.y, *lonlat)[2])


# Degrees, minutes, seconds ---------------------------------------------------------------------------

SPELLINGS = [
    "112°32′56″",
    "112度32分56秒",
    "112°32'56\"",
    "112-32-56",
    "112°32′56″E",
    "东经112°32′56″",
    "１１２°３２′５６″",
    "112° 32′ 56″",
    "112º32’56”",
    "112°32'56''",
    "112:32:56",
    "112 32 56",
]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("lon", SPELLINGS)
def test_every_spelling_of_an_angle_reads_alike(tmp_path: Path, lon: str, kind: str) -> None:
    row = ["A", "2521", "新建", lon, "37°52′14″"]
    path = tmp_path / f"list.{kind}"
    path = table(path, HEAD, row) if kind == "csv" else workbook(path, 表=[HEAD, row])
    site = read_sites(path).sites.iloc[0]
    assert site.geometry.x == pytest.approx(112 + 32 / 60 + 56 / 3600, abs=1e-12)
    assert site.geometry.y == pytest.approx(37 + 52 / 60 + 14 / 3600, abs=1e-12)
    # a whole second of a degree of 111 km is 30.8 m: standard error 30.8 m / √12
    assert site["accuracy_m"] == pytest.approx(8.9, abs=0.01)


@pytest.mark.parametrize("wrong", ["112°72′56″", "112°32′66″", "112-32", "112°32′", "度分秒", ""])
def test_what_is_no_angle_is_refused(tmp_path: Path, wrong: str) -> None:
    (problem,) = faults(table(tmp_path / "list.csv", HEAD, ["A", "2521", "新建", wrong, "37.87"]))
    assert (problem.where, problem.field, problem.value) == ("第2行", "lon", wrong)


def test_packed_degrees_are_decimal_unless_asked_for(tmp_path: Path) -> None:
    path = table(tmp_path / "list.csv", HEAD, ["A", "2521", "新建", "112.3256", "37.5214"])
    assert read_sites(path).sites.geometry.iloc[0].coords[0] == (112.3256, 37.5214)
    point = read_sites(path, packed_dms=True).sites.geometry.iloc[0]
    assert point.x == pytest.approx(112 + 32 / 60 + 56 / 3600, abs=1e-12)
    assert point.y == pytest.approx(37 + 52 / 60 + 14 / 3600, abs=1e-12)


def test_a_packed_value_with_72_minutes_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "list.csv", HEAD, ["A", "2521", "新建", "112.7256", "37.5214"])
    (problem,) = faults(path, packed_dms=True)
    assert (problem.field, problem.what) == ("lon", "分、秒应小于 60")


def test_a_packed_value_whose_zeros_a_spreadsheet_cut_off_is_whole() -> None:
    short = read_angle("112.325", packed=True)
    assert not isinstance(short, str)
    assert short.degrees == pytest.approx(112 + 32 / 60 + 50 / 3600, abs=1e-12)


def test_a_list_in_which_all_could_be_packed_is_remarked_on(tmp_path: Path) -> None:
    rows = [[n, "2521", "新建", f"112.32{s}", f"37.52{s}"] for n, s in (("A", 10), ("B", 20), ("C", 30))]
    path = table(tmp_path / "list.csv", HEAD, *rows)
    assert "度.分秒" in said(read_sites(path))
    rows[1][3] = "112.7520"  # 75 minutes: surely decimal
    assert "度.分秒" not in said(read_sites(table(path, HEAD, *rows)))


# Workbooks -------------------------------------------------------------------------------------------


def test_the_heading_row_is_found_below_titles_in_every_sheet(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "场地.xlsx",
        一区=[["某市项目一览表"], [], HEAD, ["A", 2521, "新建", 112.5489, 37.8706]],
        二区=[["编号", "东经", "北纬", "建设性质", "行业代码"], ["B", "112.5", "37.8", "扩建", "C2521"]],
        说明=[["填表说明：经纬度为十进制度"]],
    )
    sites = read_sites(path).sites
    assert sites["site_id"].tolist() == ["A", "B"]
    assert sites["source"].tolist() == ["场地.xlsx 一区 第4行", "场地.xlsx 二区 第2行"]
    assert sites.geometry.iloc[1].coords[0] == (112.5, 37.8)


def test_a_workbook_without_any_list_says_so(tmp_path: Path) -> None:
    (problem,) = faults(workbook(tmp_path / "a.xlsx", 一=[["备注"], ["无"]]))
    assert "表头" in problem.what


def test_a_file_that_is_no_workbook_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"not a workbook")
    (problem,) = faults(path)
    assert "内容不是 XLSX" in problem.what


def test_a_number_format_keeps_its_zeros(tmp_path: Path) -> None:
    """112.5000 shown with four decimals is good to 3 m; the number 112.5 alone would be good to 3 km."""
    path = workbook(tmp_path / "a.xlsx", 一=[HEAD, ["A", 610, "新建", 112.5, 37.87]])
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet["B2"].number_format = "0000"
    sheet["D2"].number_format = sheet["E2"].number_format = "0.0000"
    book.save(path)
    site = read_sites(path).sites.iloc[0]
    assert site["industry"] == "0610"
    assert site["accuracy_m"] == pytest.approx(111_000 * 1e-4 / 12**0.5, abs=1e-3)


def test_a_zero_that_excel_ate_is_put_back_or_asked_for(tmp_path: Path) -> None:
    """610 can only be 0610; 711 is a group of its own, and 0711 is oil."""
    path = workbook(tmp_path / "a.xlsx", 一=[HEAD, ["A", 610, "新建", 112.5489, 37.8706]])
    sites = read_sites(path)
    assert sites.sites["industry"].tolist() == ["0610"]
    assert "0610" in said(sites)
    path = workbook(tmp_path / "b.xlsx", 一=[HEAD, ["A", 711, "新建", 112.5489, 37.8706]])
    (problem,) = faults(path)
    assert "0711" in problem.what and "中类 711" in problem.what


def test_merged_cells_and_headings_in_two_rows(tmp_path: Path) -> None:
    """The number is merged down the corners; X and Y stand under 拐点坐标."""
    corners = [(4194600, 38385200), (4194600, 38385500), (4194400, 38385500), (4194400, 38385200)]
    rows: list[list[Any]] = [
        ["编号", "行业代码", "建设性质", "拐点号", "拐点坐标", None, "坐标系"],
        [None, None, None, None, "X", "Y", None],
    ]
    for n, (x, y) in enumerate(corners):
        rows.append([*(["甲", 2521, "新建"] if n == 0 else [None] * 3), f"J{n + 1}", x, y, "CGCS2000"])
    path = workbook(tmp_path / "a.xlsx", 一=rows)
    book = openpyxl.load_workbook(path)
    for cells in ("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:F1", "G1:G2", "A3:A6", "B3:B6", "C3:C6"):
        book.active.merge_cells(cells)
    book.save(path)
    (site,) = read_sites(path).sites.itertuples()
    assert (site.site_id, site.datum, site.geometry.geom_type) == ("甲", "cgcs2000", "Polygon")
    assert area_ha(site.geometry) == pytest.approx(6.0, rel=1e-3)


# Metres ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "meridian"),
    [
        ("4194266.245", "37636286.530", 111),
        ("4194127.906", "38372319.291", 114),
        ("4194266.245", "19636286.530", 111),
        ("37636286.530", "4194266.245", 111),
        ("4,194,266.245", "37,636,286.530", 111),
    ],
)
def test_an_easting_with_a_prefix_is_read_by_its_zone(tmp_path: Path, x: str, y: str, meridian: int) -> None:
    sites = read_sites(
        table(tmp_path / "a.csv", METRES, ["A", "2521", "新建", x, y, "", "2000国家大地坐标系"])
    )
    assert metres_apart(sites.sites.geometry.iloc[0], TAIYUAN) < 0.01
    assert sites.sites["datum"].tolist() == ["cgcs2000"]
    assert f"中央经线 {meridian}°" in said(sites)
    assert ("东坐标在前" if x.startswith("37") else "北坐标在前") in said(sites)


def test_zone_20_is_about_117_degrees(tmp_path: Path) -> None:
    east, north = Transformer.from_crs(4490, 4498, always_xy=True).transform(*TAIYUAN)
    row = ["A", "2521", "新建", f"{north:.3f}", f"{east:.3f}", "", "cgcs2000"]
    site = read_sites(table(tmp_path / "a.csv", METRES, row)).sites.iloc[0]
    assert metres_apart(site.geometry, TAIYUAN) < 0.01


def test_an_easting_without_prefix_is_placed_by_the_declared_county(tmp_path: Path) -> None:
    row = ["A", "2521", "新建", "4194127.906", "372319.291", "140107", "cgcs2000"]
    sites = read_sites(table(tmp_path / "a.csv", METRES, row))
    assert metres_apart(sites.sites.geometry.iloc[0], TAIYUAN) < 0.01
    assert "按所报区划（140107）取中央经线 114°" in said(sites)


@pytest.mark.parametrize("adcode", ["", "140882"])
def test_an_easting_without_prefix_or_fitting_county_is_asked_about(tmp_path: Path, adcode: str) -> None:
    row = ["A", "2521", "新建", "4194127.906", "372319.291", adcode, "cgcs2000"]
    (problem,) = faults(table(tmp_path / "a.csv", METRES, row))
    assert "中央经线" in problem.what
    assert "111°" in problem.to_do and "114°" in problem.to_do


def test_a_stated_zone_places_an_easting_without_prefix(tmp_path: Path) -> None:
    row = ["A", "2521", "新建", "4194127.906", "372319.291", "", "cgcs2000"]
    path = table(tmp_path / "a.csv", METRES, row)
    for zone in ("38", "114", "中央经线114°"):
        point = read_sites(path, defaults={"zone": zone}).sites.geometry.iloc[0]
        assert metres_apart(point, TAIYUAN) < 0.01


@pytest.mark.parametrize(
    ("x", "y", "what"),
    [
        ("4194266245", "636286530", "不像"),  # millimetres
        ("4194266.245", "47636286.530", "不像"),
        ("4194266.245", "37036286.530", "带号 37"),  # 464 km west of its own meridian
        ("4194266.245", "24636286.530", "第 24 带"),
        ("abc", "37636286.530", "不是数字"),
    ],
)
def test_metres_that_cannot_be_are_refused(tmp_path: Path, x: str, y: str, what: str) -> None:
    (problem,) = faults(table(tmp_path / "a.csv", METRES, ["A", "2521", "新建", x, y, "", "cgcs2000"]))
    assert what in problem.what and problem.to_do


def test_metres_without_datum_are_not_taken_for_cgcs2000(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", METRES, ["A", "2521", "新建", "4194266.245", "37636286.530", "", ""])
    sites = read_sites(path)
    assert sites.sites["datum"].tolist() == ["undeclared"]
    assert "没有写明坐标系" in said(sites)
    assert read_sites(path, datum="gcj02").sites["datum"].tolist() == ["undeclared"]
    assert read_sites(path, datum="cgcs2000").sites["datum"].tolist() == ["cgcs2000"]


@pytest.mark.parametrize("datum", ["1980西安坐标系", "北京54", "太原2000独立坐标系", "gcj02"])
def test_metres_of_an_unfit_datum_are_refused(tmp_path: Path, datum: str) -> None:
    row = ["A", "2521", "新建", "4194266.245", "37636286.530", "", datum]
    (problem,) = faults(table(tmp_path / "a.csv", METRES, row))
    assert (problem.field, problem.value) == ("datum", datum)
    assert "cgcs2000" in problem.to_do


def test_degrees_under_x_and_y_are_told_by_magnitude(tmp_path: Path) -> None:
    """To a surveyor X is north: 37.87 can only be a latitude, 112.55 only a longitude."""
    for x, y in (("112.5489", "37.8706"), ("37.8706", "112.5489")):
        path = table(tmp_path / "a.csv", METRES, ["A", "2521", "新建", x, y, "", "cgcs2000"])
        assert read_sites(path).sites.geometry.iloc[0].coords[0] == TAIYUAN


def test_metres_and_degrees_of_one_row_must_agree(tmp_path: Path) -> None:
    head = [*METRES, "经度", "纬度"]
    row = ["A", "2521", "新建", "4194266.245", "37636286.530", "", "cgcs2000"]
    assert len(read_sites(table(tmp_path / "a.csv", head, [*row, "112.5489", "37.8706"])).sites) == 1
    (problem,) = faults(table(tmp_path / "a.csv", head, [*row, "112.5589", "37.8706"]))
    assert "相差 880 米" in problem.what  # 0.01° of longitude here


# Corners ---------------------------------------------------------------------------------------------

CORNERS = ["编号", "行业代码", "建设性质", "拐点号", "X", "Y", "坐标系"]
OUTER = [("4194600", "38385200"), ("4194600", "38385500"), ("4194400", "38385500"), ("4194400", "38385200")]
INNER = [("4194550", "38385300"), ("4194500", "38385300"), ("4194500", "38385400"), ("4194550", "38385400")]


def area_ha(shape: shapely.Geometry) -> float:
    return abs(Geod(ellps="GRS80").geometry_area_perimeter(shapely.orient_polygons(shape))[0]) / 10_000


def corner_rows(points: list[tuple[str, str]], number: str = "甲", start: int = 1) -> list[list[str]]:
    return [[number, "2521", "新建", f"J{n}", x, y, "cgcs2000"] for n, (x, y) in enumerate(points, start)]


def test_rows_of_one_number_go_round_one_polygon(tmp_path: Path) -> None:
    """300 m by 200 m: 6 hectares, closed or not."""
    for points in (OUTER, [*OUTER, OUTER[0]]):
        rows = [*corner_rows(points), *corner_rows(INNER, "乙")]
        sites = read_sites(table(tmp_path / "a.csv", CORNERS, *rows)).sites
        assert sites["site_id"].tolist() == ["甲", "乙"]
        assert [area_ha(shape) for shape in sites.geometry] == pytest.approx([6.0, 0.5], rel=1e-3)
        assert sites["source"].tolist() == ["a.csv 第2行", f"a.csv 第{len(points) + 2}行"]
        assert (
            metres_apart(shapely.Point(sites.geometry.iloc[0].exterior.coords[0]), (112.695178, 37.876565))
            < 0.1
        )


def test_a_second_ring_inside_is_a_hole_and_outside_a_part(tmp_path: Path) -> None:
    hole = read_sites(table(tmp_path / "a.csv", CORNERS, *corner_rows(OUTER), *corner_rows(INNER))).sites
    assert area_ha(hole.geometry.iloc[0]) == pytest.approx(5.5, rel=1e-3)
    far = [(x, str(int(y) + 1000)) for x, y in INNER]
    apart = read_sites(table(tmp_path / "a.csv", CORNERS, *corner_rows(OUTER), *corner_rows(far))).sites
    assert apart.geometry.iloc[0].geom_type == "MultiPolygon"
    # a closed ring ends there, though the numbers go on
    on = [*corner_rows([*OUTER, OUTER[0]]), *corner_rows(INNER, start=6)]
    assert area_ha(
        read_sites(table(tmp_path / "a.csv", CORNERS, *on)).sites.geometry.iloc[0]
    ) == pytest.approx(5.5, rel=1e-3)


def test_corners_in_degrees_minutes_and_seconds(tmp_path: Path) -> None:
    head = ["编号", "行业代码", "建设性质", "拐点", "东经", "北纬"]
    angles = [("112°32′00″", "37°52′00″"), ("112°33′00″", "37°52′00″"), ("112°33′00″", "37°53′00″")]
    rows = [["甲", "2521", "新建", str(n), *angle] for n, angle in enumerate(angles, 1)]
    shape = read_sites(table(tmp_path / "a.csv", head, *rows)).sites.geometry.iloc[0]
    assert shape.bounds == pytest.approx((112 + 32 / 60, 37 + 52 / 60, 112.55, 37 + 53 / 60))


def test_faults_of_corners_stand_in_their_rows(tmp_path: Path) -> None:
    rows = corner_rows(OUTER)
    rows[2][5] = "x"
    rows[3][1] = "3110"
    problems = faults(table(tmp_path / "a.csv", CORNERS, *rows))
    assert [(p.where, p.field) for p in problems] == [("第5行", "industry"), ("第4行", "y")]
    (problem,) = faults(table(tmp_path / "a.csv", CORNERS, *corner_rows(OUTER[:2])))
    assert "不足三个" in problem.what
    bow = [OUTER[0], OUTER[2], OUTER[1], OUTER[3]]
    (problem,) = faults(table(tmp_path / "a.csv", CORNERS, *corner_rows(bow)))
    assert "无效" in problem.what


def test_a_corner_left_out_is_remarked_on(tmp_path: Path) -> None:
    rows = corner_rows(OUTER)
    rows[3][3] = "J6"
    assert "J3 之后是 J6" in said(read_sites(table(tmp_path / "a.csv", CORNERS, *rows)))


@pytest.mark.parametrize("spoil", ["torn", "unlike", "doubtful"])
def test_keep_going_never_reads_a_site_that_has_a_fault_in_one_corner(tmp_path: Path, spoil: str) -> None:
    """Without the faulty corner the site would have another shape."""
    rows = corner_rows(OUTER)
    if spoil == "unlike":
        rows[2][1] = "3110"
    if spoil == "doubtful":
        rows[0][1] = "711"
    path = table(tmp_path / "a.csv", CORNERS, *rows, *corner_rows(INNER, "乙"))
    if spoil == "torn":
        lines = path.read_text(encoding="utf-8").splitlines()
        lines[3] += ",x"
        path.write_text("\n".join(lines), encoding="utf-8")
    result = read_sites(path, keep_going=True)
    assert result.sites["site_id"].tolist() == ["乙"]
    assert len(result.rejected) >= 1
