"""Boundary-point files (界址点 TXT), as strict and as loose as they are found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely
from pyproj import Geod

from geo.errors import Problem, SiteError
from geo.sites import SiteList, read_sites

HEAD = """[属性描述]
格式版本号=1.01
坐标系=2000国家大地坐标系
几度分带=3
投影类型=高斯克吕格
计量单位=米
带号=38
精度=0.001
转换参数=,,,,,,
[地块坐标]
"""
#: 300 m by 200 m with a hole of 100 m by 50 m: 5.5 hectares.
OUTER = [("J1", 1, 4194600, 38385200), ("J2", 1, 4194600, 38385500), ("J3", 1, 4194400, 38385500)]
OUTER += [("J4", 1, 4194400, 38385200)]
INNER = [("J5", 2, 4194550, 38385300), ("J6", 2, 4194500, 38385300), ("J7", 2, 4194500, 38385400)]
INNER += [("J8", 2, 4194550, 38385400)]
CLOSED = [*OUTER, OUTER[0], *INNER, INNER[0]]
PLOT = "{n},5.5000,地块A,东厂,面,,工业用地,地上,@\n"
GIVEN = {"industry": "2521", "development": "新建"}


def lines(points: list[tuple[str, int, int, int]]) -> str:
    return "".join(f"{p},{ring},{x}.000,{y}.000\n" for p, ring, x, y in points)


def text(points: list[tuple[str, int, int, int]] = CLOSED, head: str = HEAD, plot: str = PLOT) -> str:
    return head + plot.format(n=len(points)) + lines(points)


def read(folder: Path, content: str, encoding: str = "gbk", **options: Any) -> SiteList:
    path = folder / "红线.txt"
    path.write_bytes(content.encode(encoding))
    return read_sites(path, **{"defaults": GIVEN, **options})


def faults(folder: Path, content: str, **options: Any) -> list[Problem]:
    with pytest.raises(SiteError) as caught:
        read(folder, content, **options)
    return caught.value.problems


def said(sites: SiteList) -> str:
    return "\n".join(note.what for note in sites.notes)


def area_ha(sites: SiteList) -> float:
    (shape,) = sites.sites.geometry
    return abs(Geod(ellps="GRS80").geometry_area_perimeter(shapely.orient_polygons(shape))[0]) / 10_000


def test_the_strict_form_reads_with_hole_name_datum_and_place(tmp_path: Path) -> None:
    sites = read(tmp_path, text())
    (site,) = sites.sites.itertuples()
    assert (site.site_id, site.name, site.industry, site.development) == ("地块A", "东厂", "2521", "new")
    assert (site.datum, site.source) == ("cgcs2000", "红线.txt 第11行")
    assert len(site.geometry.interiors) == 1
    assert area_ha(sites) == pytest.approx(5.4982, abs=1e-4)
    first = shapely.Point(site.geometry.exterior.coords[0])
    assert (first.x, first.y) == pytest.approx((112.695178, 37.876565), abs=1e-6)
    assert site.accuracy_m == pytest.approx(0.001 / 12**0.5)
    assert "面积" not in said(sites) and "实有" not in said(sites)


@pytest.mark.parametrize(
    ("change", "encoding"),
    [
        (lambda t: t, "gbk"),
        (lambda t: t, "utf-8"),
        (lambda t: t, "utf-8-sig"),
        (lambda t: t.replace("\n", "\r\n"), "gbk"),
        (lambda t: t.replace(",", "，").replace("@", "＠"), "gbk"),
        (lambda t: t.replace(",", " , "), "gbk"),
        (lambda t: " " + t.replace(".000\n", ".000,\n"), "gbk"),
        (lambda t: "[项目信息]\n项目名称=某厂\n自定=1\n" + t, "gbk"),
        (lambda t: t.replace("J", ""), "gbk"),
        (lambda t: t[t.index("坐标系=") : t.index("几度")] + t[t.index("[地块") :], "gbk"),
    ],
)
def test_what_writers_do_differently_makes_no_difference(tmp_path: Path, change: Any, encoding: str) -> None:
    sites = read(tmp_path, change(text()), encoding)
    assert area_ha(sites) == pytest.approx(5.4982, abs=1e-4)
    assert sites.sites["datum"].tolist() == ["cgcs2000"]


@pytest.mark.parametrize(
    "points",
    [
        [*OUTER, *INNER],  # open
        [*INNER, INNER[0], *OUTER, OUTER[0]],  # the hole first
        [(p, 1, x, y) for p, _, x, y in CLOSED],  # one number for all rings
        [(p, 7 if r == 1 else 3, x, y) for p, r, x, y in CLOSED],
        [*OUTER, (*OUTER[0][:1], 9, *OUTER[0][2:]), *INNER, INNER[0]],  # closing row, wrong ring
        [(p, r, y, x) for p, r, x, y in CLOSED],  # columns swapped
        [*OUTER, ("J1", 1, 4194600, 4194600), *INNER, INNER[0]],  # a writer's bug: X,X
    ],
)
def test_rings_are_told_by_containment_and_columns_by_magnitude(
    tmp_path: Path, points: list[tuple[str, int, int, int]]
) -> None:
    sites = read(tmp_path, text(points))
    assert area_ha(sites) == pytest.approx(5.4982, abs=1e-4)
    assert len(sites.sites.geometry.iloc[0].interiors) == 1


def test_a_ring_apart_is_a_part_not_a_hole(tmp_path: Path) -> None:
    apart = [(p, r, x, y + 1000) for p, r, x, y in INNER]
    sites = read(tmp_path, text([*OUTER, *apart]))
    assert sites.sites.geometry.iloc[0].geom_type == "MultiPolygon"
    assert area_ha(sites) == pytest.approx(6.5, rel=1e-3)


def test_a_header_zone_that_contradicts_the_eastings_is_noted_and_not_heeded(tmp_path: Path) -> None:
    right, wrong = read(tmp_path, text()), read(tmp_path, text(head=HEAD.replace("带号=38", "带号=37")))
    assert wrong.sites.geometry.iloc[0].equals(right.sites.geometry.iloc[0])
    assert "带号（37）与横坐标的带号 38 不符" in said(wrong)
    assert "不符" not in said(right)


def test_eastings_without_prefix_take_the_headers_zone_or_ask(tmp_path: Path) -> None:
    right = read(tmp_path, text()).sites.geometry.iloc[0]
    bare = text([(p, r, x, y - 38_000_000) for p, r, x, y in CLOSED])
    assert read(tmp_path, bare).sites.geometry.iloc[0].equals_exact(right, 1e-12)
    (problem,) = faults(tmp_path, bare.replace("带号=38\n", ""))
    assert "中央经线" in problem.what and "111°" in problem.to_do
    declared = bare.replace("带号=38", "项目所在县区代码=140106001")  # 迎泽区, where it lies
    assert read(tmp_path, declared).sites.geometry.iloc[0].equals_exact(right, 1e-12)
    declared = bare.replace("带号=38", "项目所在县区代码=140121")  # 清徐, where no meridian brings it
    assert "没有一条中央经线" in faults(tmp_path, declared)[0].what


@pytest.mark.parametrize(
    ("stated", "remark"),
    [
        ("5.5000", ""),
        ("5.4500", ""),  # within 1 %
        ("5.4982公顷", ""),
        ("54982平方米", ""),
        ("82.47亩", ""),
        ("", ""),
        ("5.4000", "核对图形"),
        ("54982", "平方米"),
        ("82.47", "亩"),
    ],
)
def test_a_stated_area_that_differs_is_a_note_never_a_fault(tmp_path: Path, stated: str, remark: str) -> None:
    notes = said(read(tmp_path, text(plot=PLOT.replace("5.5000", stated))))
    assert ("所报面积" in notes) == bool(remark)
    assert remark in notes


def test_a_wrong_count_of_points_is_a_note(tmp_path: Path) -> None:
    assert "写 8 点，实有 10 行" in said(read(tmp_path, text(plot=PLOT.replace("{n}", "8"))))


@pytest.mark.parametrize("datum", ["1980西安坐标系", "1980西安国家大地坐标系", "1954年北京坐标系"])
def test_old_datums_are_refused_with_what_to_supply(tmp_path: Path, datum: str) -> None:
    (problem,) = faults(tmp_path, text(head=HEAD.replace("2000国家大地坐标系", datum)))
    assert problem.value == datum
    assert "四参数或七参数" in problem.to_do


def test_a_file_without_datum_is_undeclared_unless_somebody_says(tmp_path: Path) -> None:
    bare = text(head=HEAD.replace("坐标系=2000国家大地坐标系\n", ""))
    assert read(tmp_path, bare).sites["datum"].tolist() == ["undeclared"]
    assert read(tmp_path, bare, datum="cgcs2000").sites["datum"].tolist() == ["cgcs2000"]


def test_industry_and_development_come_from_elsewhere_or_are_asked_for(tmp_path: Path) -> None:
    problems = faults(tmp_path, text(), defaults={})
    assert [p.field for p in problems] == ["industry", "development"]
    assert "--industry" in problems[0].to_do
    assert "--development" in problems[1].to_do


def test_plots_with_bare_serial_numbers_are_named_after_their_file(tmp_path: Path) -> None:
    two = text(plot=PLOT.replace("地块A", "1")) + PLOT.replace("地块A", "").format(n=5) + lines(OUTER)
    sites = read(tmp_path, two)
    assert sites.sites["site_id"].tolist() == ["红线-1", "红线-2"]
    assert "编号记为 红线-1" in said(sites)


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (text() + "J9,2,abc,38385400\n", "第22行", "不是界址点"),
        (HEAD + lines(OUTER) + PLOT, "第11行", "点在地块行之前"),
        (text(OUTER[:2]), "第11行", "不足三个"),
        (text([]), "第11行", "没有界址点"),
        (text(plot=PLOT.replace("面", "线")), "第11行", "不是面"),
        (text([OUTER[0], OUTER[2], OUTER[1], OUTER[3]]), "第11行", "无效"),
        (text([*OUTER[:3], ("J4", 1, 4194400, 37385200)]), "第11行", "带号不一致"),
        ("编号 经度 纬度\nA 112 37\n", "", "不是界址点坐标文件"),
    ],
)
def test_faults_name_the_line(tmp_path: Path, content: str, where: str, what: str) -> None:
    problem = faults(tmp_path, content)[0]
    assert problem.file == "红线.txt"
    assert problem.where == where
    assert what in problem.what
    assert problem.to_do


def test_degrees_instead_of_metres(tmp_path: Path) -> None:
    points = "J1,1,37.87,112.69\nJ2,1,37.87,112.70\nJ3,1,37.88,112.70\nJ1,1,37.87,112.69\n"
    (site,) = read(tmp_path, PLOT.format(n=4) + points).sites.itertuples()
    assert site.geometry.bounds == (112.69, 37.87, 112.70, 37.88)
    assert site.accuracy_m == pytest.approx(320.4, abs=0.1)  # two decimals of a degree
