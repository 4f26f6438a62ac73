"""One workspace of deliberately awkward inputs: each is read right, refused with the right words, or asked about.

All that can be read is the same plot, 300 m by 200 m in Taiyuan: a rectangle of zone 38 whose corners pyproj
places. So one comparison, to the millimetre where the file itself is that good, tests every kind of file.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from pyproj import Geod, Transformer

from geo import read_sites
from geo.datum_params import DatumParameters
from geo.datums import bd09_from_wgs84, gcj02_from_wgs84
from geo.errors import SiteError
from geo.sitefiles.answers import Answers, IndustryAnswer
from geo.sites import read_files
from geo.writers import write_run
from tests.worlds import in_memory, judged, yuncheng

GEOD = Geod(a=6378137, rf=298.257222101)
NAME = "东厂焦化（一期）"
GIVEN = {"industry": "2521", "development": "新建"}
#: Easting, northing in zone 38, the corners in order.
PLANE = [(38385200.0, 4194600.0), (38385500.0, 4194600.0), (38385500.0, 4194400.0), (38385200.0, 4194400.0)]
LONLAT = [Transformer.from_crs("EPSG:4526", "EPSG:4490", always_xy=True).transform(*p) for p in PLANE]
PLOT = shapely.Polygon(LONLAT)
HOLE = [(38385300.0, 4194550.0), (38385300.0, 4194500.0), (38385400.0, 4194500.0), (38385400.0, 4194550.0)]
FIELDS = {"编号": ["A"], "项目名称": [NAME], "行业代码": ["2521"], "建设性质": ["新建"]}
ASCII_FIELDS = {"site_id": ["A"], "name": [NAME], "industry": ["2521"], "developmen": ["新建"]}
TXT_HEAD = "[属性描述]\n格式版本号=1.01\n坐标系=2000国家大地坐标系\n几度分带=3\n投影类型=高斯克吕格\n计量单位=米\n带号=38\n精度=0.001\n转换参数=,,,,,,\n[地块坐标]\n"
TXT_PLOT = f"5,6.0000,地块A,{NAME},面,,工业用地,地上,@\n"


@dataclass(frozen=True)
class Case:
    """``make`` writes the file; ``says``: words of the fault or, of what is read, of a remark; none: just read."""

    make: Callable[[Path], Path]
    says: tuple[str, ...] = ()
    good: bool = True
    tolerance_m: float = 0.001
    options: dict[str, Any] = field(default_factory=dict)


CASES: dict[str, Case] = {}


def case(
    name: str, *says: str, good: bool = True, tolerance_m: float = 0.001, **options: Any
) -> Callable[[Callable[[Path], Path]], Callable[[Path], Path]]:
    def add(make: Callable[[Path], Path]) -> Callable[[Path], Path]:
        CASES[name] = Case(make, says, good, tolerance_m, options)
        return make

    return add


def refused(name: str, *says: str, **options: Any) -> Callable[..., Any]:
    """A file that must be refused or asked about, in these words."""
    return case(name, *says, good=False, **options)


# Writers of files ----------------------------------------------------------------------------------------


def text(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def table(path: Path, *rows: list[str], encoding: str = "utf-8") -> Path:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return text(path, buffer.getvalue(), encoding)


def workbook(path: Path, merged: tuple[str, ...] = (), **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for span in merged:
            sheet.merge_cells(span)
    book.save(path)
    return path


def frame(
    crs: str | None = "EPSG:4490", fields: dict[str, Any] = FIELDS, shape: Any = PLOT
) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(fields, geometry=[shape] * len(next(iter(fields.values()))), crs=crs)


def shapefile(folder: Path, crs: str | None = "EPSG:4490", shape: Any = PLOT) -> Path:
    """A Shapefile in GBK without .cpg, as it comes from ArcGIS on a Chinese Windows."""
    path = folder / "红线.shp"
    pyogrio.write_dataframe(frame(crs, ASCII_FIELDS, shape), path, encoding="GBK")
    path.with_suffix(".cpg").unlink()
    return path


def dms(value: float, marks: str = "°′″") -> str:
    seconds = round(value * 3600, 5)
    whole, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{whole:.0f}{marks[0]}{minutes:02.0f}{marks[1]}{seconds:08.5f}{marks[2]}"


def corners(form: Callable[[float], str] = "{:.9f}".format, shift: Any = None) -> list[list[str]]:
    points = np.array(LONLAT)
    if shift is not None:
        points = np.column_stack(shift(points[:, 0], points[:, 1]))
    return [[form(float(x)), form(float(y))] for x, y in points]


def txt_points(points: list[tuple[float, float]] = PLANE, swapped: bool = False, ring: int = 1) -> str:
    """Points of a boundary-point file, northing first, closed."""
    lines = []
    for n, (east, north) in enumerate([*points, points[0]]):
        first, second = (east, north) if swapped else (north, east)
        lines.append(f"J{n % len(points) + 1},{ring},{first:.3f},{second:.3f}")
    return "\n".join(lines) + "\n"


HEAD = ["编号", "项目名称", "行业代码", "建设性质"]
ROW = ["A", NAME, "2521", "新建"]


def corner_rows(*columns: list[str]) -> list[list[str]]:
    """Rows of a corner table: the first names the site, the others leave it blank."""
    return [
        [*(ROW if n == 0 else [""] * 4), f"J{n + 1}", *values]
        for n, values in enumerate(zip(*columns, strict=True))
    ]


# Tables --------------------------------------------------------------------------------------------------


@case("CSV in GBK with corners in degrees, minutes and seconds")
def _(folder: Path) -> Path:
    rows = corner_rows(*zip(*corners(dms), strict=True))
    return table(folder / "a.csv", [*HEAD, "拐点号", "东经", "北纬"], *rows, encoding="gbk")


@case("full-width digits, 度分秒, 东经 in the cell")
def _(folder: Path) -> Path:
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    rows = corner_rows(
        *zip(*corners(lambda v: "东经" * (v > 90) + dms(v, "度分秒").translate(wide)), strict=True)
    )
    return table(folder / "a.csv", [*HEAD, "拐点编号", "经　度", "纬度（°）"], *rows)


@case("packed degrees, said to be packed", packed_dms=True)
def _(folder: Path) -> Path:
    rows = corner_rows(*zip(*corners(_packed), strict=True))
    return table(folder / "a.csv", [*HEAD, "点号", "经度", "纬度"], *rows)


def _packed(value: float) -> str:
    whole, minutes, seconds = dms(value, "   ").split()
    return f"{whole}.{minutes}{seconds.replace('.', '')}"


@case("packed degrees that nobody said are packed", "--packed-dms", tolerance_m=60_000)
def _(folder: Path) -> Path:
    places = [("112.3256", "37.5214"), ("112.3310", "37.5220"), ("112.3340", "37.5250")]
    rows = [[str(n), "厂", "2521", "新建", *place] for n, place in enumerate(places)]
    return table(folder / "a.csv", [*HEAD, "经度", "纬度"], *rows)


@case("workbook: titles, merged heading of two rows, a second sheet of remarks")
def _(folder: Path) -> Path:
    rows: list[list[Any]] = [
        ["某市建设项目一览表"],
        [],
        [*HEAD, "拐点号", "拐点坐标", None],
        [None] * 5 + ["X", "Y"],
    ]
    rows += corner_rows([f"{n:.3f}" for _, n in PLANE], [f"{e:.3f}" for e, _ in PLANE])
    return workbook(folder / "a.xlsx", 项目=rows, 说明=[["坐标单位为米"]])


@case(
    "two blocks below each other, 2000 metres and degrees, the site in the title",
    "另一组坐标核对",
    defaults=GIVEN,
)
def _(folder: Path) -> Path:
    rows: list[list[Any]] = [["项目名称：", NAME], ["2000国家大地坐标系（38带）"], ["点号", "X", "Y"]]
    rows += [
        [f"J{n}", f"{north:.3f}", f"{east - 38_000_000:.3f}"] for n, (east, north) in enumerate(PLANE, 1)
    ]
    rows += [[], ["经纬度坐标"], ["点号", "经度", "纬度"]]
    rows += [[f"J{n}", *values] for n, values in enumerate(corners(), 1)]
    return workbook(folder / "A.xlsx", 坐标=rows)


@refused("two blocks that contradict each other", "两组坐标相差", defaults=GIVEN)
def _(folder: Path) -> Path:
    rows: list[list[Any]] = [["点号", "X", "Y"]]
    rows += [[f"J{n}", f"{north:.3f}", f"{east:.3f}"] for n, (east, north) in enumerate(PLANE, 1)]
    rows += [[], ["点号", "经度", "纬度"]]
    rows += [[f"J{n}", f"{x + 0.01:.9f}", f"{y:.9f}"] for n, (x, y) in enumerate(LONLAT, 1)]
    return workbook(folder / "A.xlsx", 坐标=rows)


@case("all corners in one cell, numbered, degrees and minutes", tolerance_m=0.001)
def _(folder: Path) -> Path:
    cell = "；".join(f"{n}、{dms(x)}，{dms(y)}" for n, (x, y) in enumerate(LONLAT, 1))
    return table(folder / "a.csv", [*HEAD, "拐点坐标"], [*ROW, cell])


@case("all corners in one cell as survey metres", "北坐标在前")
def _(folder: Path) -> Path:
    cell = " ".join(f"J{n}(X={north:.3f},Y={east:.3f})" for n, (east, north) in enumerate(PLANE, 1))
    return table(folder / "a.csv", [*HEAD, "坐标系", "范围坐标"], [*ROW, "cgcs2000", cell])


@refused("a cell of corners that cannot be read", "坐标串", "读不懂")
def _(folder: Path) -> Path:
    return table(folder / "a.csv", [*HEAD, "拐点坐标"], [*ROW, "见附图，约112.5，37.8"])


@case("the bureau's own headings", headings={"工程": "name", "东": "lon", "北": "lat"})
def _(folder: Path) -> Path:
    rows = corner_rows(*zip(*corners(), strict=True))
    return table(folder / "a.csv", ["编号", "工程", "行业代码", "建设性质", "点号", "东", "北"], *rows)


@refused("a heading named by --map that is not there", "没有这个表头", headings={"工程名": "name"})
def _(folder: Path) -> Path:
    return table(folder / "a.csv", [*HEAD, "经度", "纬度"], [*ROW, "112.5", "37.8"])


@refused("longitude and latitude swapped", "经度、纬度颠倒", "交换")
def _(folder: Path) -> Path:
    return table(folder / "a.csv", [*HEAD, "经度", "纬度"], [*ROW, "37.87", "112.55"])


@refused("metres in columns of degrees", "3 度带第 38 带")
def _(folder: Path) -> Path:
    return table(folder / "a.csv", [*HEAD, "经度", "纬度"], [*ROW, "38385200.1", "4194600.2"])


@case("X and Y swapped", "东坐标在前")
def _(folder: Path) -> Path:
    rows = corner_rows([f"{e:.3f}" for e, _ in PLANE], [f"{n:.3f}" for _, n in PLANE])
    return table(folder / "a.csv", [*HEAD, "点号", "X", "Y"], *rows)


@case("6 degree zone with prefix", "中央经线 111")
def _(folder: Path) -> Path:
    to19 = Transformer.from_crs("EPSG:4490", "EPSG:4497", always_xy=True)
    points = [to19.transform(*p) for p in LONLAT]
    rows = corner_rows([f"{n:.4f}" for _, n in points], [f"{e:.4f}" for e, _ in points])
    return table(folder / "a.csv", [*HEAD, "点号", "X", "Y"], *rows)


@refused("no prefix and nothing that tells the meridian", "不知道是哪一条中央经线", "--zone")
def _(folder: Path) -> Path:
    rows = corner_rows([f"{n:.3f}" for _, n in PLANE], [f"{e - 38e6:.3f}" for e, _ in PLANE])
    return table(folder / "a.csv", [*HEAD, "点号", "X", "Y"], *rows)


@case("no prefix, the county tells", "按所报区划", defaults={"adcode": "140106"})
def _(folder: Path) -> Path:
    rows = corner_rows([f"{n:.3f}" for _, n in PLANE], [f"{e - 38e6:.3f}" for e, _ in PLANE])
    return table(folder / "a.csv", [*HEAD, "点号", "X", "Y"], *rows)


@case("GCJ-02 by a column", tolerance_m=0.001)
def _(folder: Path) -> Path:
    rows = corner_rows(*zip(*corners(shift=gcj02_from_wgs84), strict=True))
    return table(
        folder / "a.csv", [*HEAD, "点号", "经度", "纬度", "坐标系"], *[[*r, "火星坐标"] for r in rows]
    )


@case("BD-09 for this file only", datum={"百度.csv": "bd09"})
def _(folder: Path) -> Path:
    rows = corner_rows(*zip(*corners(shift=bd09_from_wgs84), strict=True))
    return table(folder / "百度.csv", [*HEAD, "点号", "经度", "纬度"], *rows)


@refused("a local grid", "不认识的坐标系", "地方独立坐标系")
def _(folder: Path) -> Path:
    rows = corner_rows(*zip(*corners(), strict=True))
    return table(
        folder / "a.csv", [*HEAD, "点号", "经度", "纬度", "坐标系"], *[[*r, "太原独立坐标系"] for r in rows]
    )


@refused("Xian 1980 without parameters", "不作近似换算", "--datum-params")
def _(folder: Path) -> Path:
    rows = corner_rows(*zip(*corners(), strict=True))
    return table(folder / "a.csv", [*HEAD, "点号", "经度", "纬度", "坐标系"], *[[*r, "西安80"] for r in rows])


#: Parameters that move nothing in the plane: a plot of the old plane is the same figures in the new.
STILL = DatumParameters.model_validate(
    {
        "from": "xian1980",
        "method": "four_parameter",
        "rotation": "clockwise",
        "source": "测试",
        "accuracy_m": 0.0,
        "scale_ppm": 0.0,
        "north_shift_m": 0.0,
        "east_shift_m": 0.0,
        "rotation_sec": 0.0,
        "central_meridian": 114,
        "false_easting_m": 500000,
    }
)


@case(
    "boundary points in Xian 1980 with four parameters",
    "四参数",
    parameters={STILL.datum: STILL},
    defaults=GIVEN,
)
def _(folder: Path) -> Path:
    head = TXT_HEAD.replace("2000国家大地坐标系", "1980西安坐标系")
    return text(folder / "a.txt", head + TXT_PLOT + txt_points(), "gbk")


@refused("a lost zero that could be another code", "丢了前导零")
def _(folder: Path) -> Path:
    return table(folder / "a.csv", [*HEAD, "经度", "纬度"], ["A", NAME, "131", "新建", "112.5", "37.8"])


@refused("words that leave the code open", "行业待确认", "0610", "建设性质待确认", "改建（rebuild）")
def _(folder: Path) -> Path:
    head = ["编号", "项目名称", "行业类别", "建设性质", "经度", "纬度"]
    return table(folder / "a.csv", head, ["A", NAME, "洗煤", "技改", "112.5", "37.8"])


@case(
    "the same words, answered",
    "用户对照表",
    answers=Answers(
        industries={"洗煤": IndustryAnswer(codes=["0610"])},
        developments={"技改": ["rebuild"]},  # type: ignore[list-item]
    ),
)
def _(folder: Path) -> Path:
    rows = corner_rows(*zip(*corners(), strict=True))
    rows[0][2:4] = ["洗煤", "技改"]
    return table(
        folder / "a.csv", ["编号", "项目名称", "行业类别", "建设性质", "点号", "经度", "纬度"], *rows
    )


@refused("a doubled number, a torn row and no industry, all at once", "重复", "格数多于表头", "没有行业代码")
def _(folder: Path) -> Path:
    good = ["112.55", "37.87"]
    rows = [
        [*ROW, *good],
        [*ROW, *good],
        ["B", "厂", "2521", "新建", *good, "6"],
        ["C", "厂", "", "新建", *good],
    ]
    return table(folder / "a.csv", [*HEAD, "经度", "纬度"], *rows)


# Boundary points -----------------------------------------------------------------------------------------


@case("TXT in GBK, closed, with blanks and full-width marks", defaults=GIVEN)
def _(folder: Path) -> Path:
    content = (
        " " + TXT_HEAD + TXT_PLOT.replace("@", "＠").replace(",工业", "，工业") + txt_points()
    ).replace("\n", "\r\n")
    return text(folder / "a.txt", content, "gbk")


@case(
    "TXT in UTF-8 with byte-order mark, not closed, swapped, header zone wrong",
    "带号（39）",
    "东坐标在前",
    defaults=GIVEN,
)
def _(folder: Path) -> Path:
    points = txt_points(swapped=True).splitlines()[:-1]
    head = TXT_HEAD.replace("带号=38", "带号=39")
    return text(folder / "a.txt", head + TXT_PLOT + "\n".join(points) + "\n", "utf-8-sig")


@case(
    "TXT whose closing row repeats X and whose area is in square metres", "闭合点", "平方米", defaults=GIVEN
)
def _(folder: Path) -> Path:
    points = txt_points().splitlines()
    points[-1] = "J1,1,4194600.000,4194600.000"
    head = TXT_HEAD + TXT_PLOT.replace("6.0000", "60000")
    return text(folder / "a.txt", head + "\n".join(points) + "\n", "gbk")


@refused("TXT that holds a line", "不是面", defaults=GIVEN)
def _(folder: Path) -> Path:
    return text(folder / "a.txt", TXT_HEAD + TXT_PLOT.replace(",面,", ",线,") + txt_points(), "gbk")


@refused("TXT with prefixes of two zones", "带号不一致", defaults=GIVEN)
def _(folder: Path) -> Path:
    return text(
        folder / "a.txt", TXT_HEAD + TXT_PLOT + txt_points([*PLANE[:3], (37385200.0, 4194400.0)]), "gbk"
    )


@refused("TXT in millimetres", "既不像经纬度", defaults=GIVEN)
def _(folder: Path) -> Path:
    return text(
        folder / "a.txt", TXT_HEAD + TXT_PLOT + txt_points([(e * 1000, n * 1000) for e, n in PLANE]), "gbk"
    )


# Shapes --------------------------------------------------------------------------------------------------


@case("Shapefile in GBK without .cpg")
def _(folder: Path) -> Path:
    return shapefile(folder)


@case("Shapefile without .prj, told by its numbers", "缺 .prj")
def _(folder: Path) -> Path:
    path = shapefile(folder, "EPSG:4526", shapely.Polygon(PLANE))
    path.with_suffix(".prj").unlink()
    return path


@case("zipped Shapefile in a folder with a Chinese name")
def _(folder: Path) -> Path:
    path = shapefile(folder)
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for part in folder.glob("红线.*"):
            archive.write(part, f"报件/{part.name}")
    return folder / path.with_name("a.zip").name


@refused("Shapefile in Xian 1980", "1980西安坐标系", "--datum-params")
def _(folder: Path) -> Path:
    return shapefile(folder, "EPSG:2362", shapely.Polygon(PLANE))


@refused("GeoPackage in Web Mercator", "Web 墨卡托")
def _(folder: Path) -> Path:
    frame().to_crs(3857).to_file(folder / "a.gpkg")
    return folder / "a.gpkg"


@case("file geodatabase with heights, one layer of several", layers=["红线"])
def _(folder: Path) -> Path:
    pyogrio.write_dataframe(
        frame(shape=shapely.force_3d(PLOT)), folder / "a.gdb", layer="红线", driver="OpenFileGDB"
    )
    other = gpd.GeoDataFrame({"备注": ["x"]}, geometry=[PLOT], crs=4490)
    pyogrio.write_dataframe(other, folder / "a.gdb", layer="道路", driver="OpenFileGDB", append=True)
    return folder / "a.gdb"


@case("a layer of land parcels, those of one class", where=["DLBM=06*"])
def _(folder: Path) -> Path:
    fields = {"编号": ["A", "B"], "项目名称": [NAME, "耕地"], "DLBM": ["0601", "0103"]}
    frame(fields={**fields, "行业代码": ["2521"] * 2, "建设性质": ["新建"] * 2}).to_file(folder / "a.gpkg")
    return folder / "a.gpkg"


@case("a table of corners, the sites of one county", where=["县=某县"])
def _(folder: Path) -> Path:
    rows = [
        [*row, "某县" if n == 0 else ""] for n, row in enumerate(corner_rows(*zip(*corners(), strict=True)))
    ]
    other = ["B", "别厂", "2521", "新建", "J1", "112.5", "37.8", "他县"]
    return table(folder / "a.csv", [*HEAD, "点号", "经度", "纬度", "县"], *rows, other, other, other)


@refused("a filter on a column that is not there", "没有筛选所用的列", where=["县=某县"])
def _(folder: Path) -> Path:
    return table(folder / "a.csv", [*HEAD, "经度", "纬度"], [*ROW, "112.5", "37.8"])


@refused("a class whose zero Excel took", "前导零", where=["DLBM=0103"])
def _(folder: Path) -> Path:
    frame(fields={**FIELDS, "DLBM": ["103"]}).to_file(folder / "a.gpkg")
    return folder / "a.gpkg"


KML = """<?xml version="1.0" encoding="{encoding}"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>{made}
<Placemark><name>{name}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>{points}</coordinates>
</LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"""


def kml(points: list[list[str]], made: str = "", encoding: str = "UTF-8") -> str:
    ring = " ".join(",".join([*p, "0"]) for p in [*points, points[0]])
    return KML.format(encoding=encoding, made=made, name=NAME, points=ring)


@case("KMZ in GBK", defaults=GIVEN)
def _(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", kml(corners(), encoding="GBK").encode("gbk"))
    return folder / "a.kmz"


@case("a renamed file of 奥维, GCJ-02", "GCJ-02", defaults=GIVEN)
def _(folder: Path) -> Path:
    return text(folder / "a.kml", kml(corners(shift=gcj02_from_wgs84), made="<name>奥维互动地图</name>"))


def dxf(*entities: str, blocks: str = "") -> str:
    head = "0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1015\n9\n$DWGCODEPAGE\n3\nANSI_936\n0\nENDSEC\n"
    return f"{head}0\nSECTION\n2\nBLOCKS\n{blocks}0\nENDSEC\n0\nSECTION\n2\nENTITIES\n{''.join(entities)}0\nENDSEC\n0\nEOF\n"


def polyline(points: list[tuple[float, float]], layer: str, closed: int = 1) -> str:
    middle = "".join(f"10\n{x:.3f}\n20\n{y:.3f}\n" for x, y in points)
    return f"0\nLWPOLYLINE\n8\n{layer}\n90\n{len(points)}\n70\n{closed}\n{middle}"


def note(at: tuple[float, float], words: str, layer: str = "注记") -> str:
    return f"0\nTEXT\n8\n{layer}\n10\n{at[0]:.3f}\n20\n{at[1]:.3f}\n40\n5\n1\n{words}\n"


@case("DXF in GBK, a plot in a block, its name and area written in it", defaults=GIVEN)
def _(folder: Path) -> Path:
    local = [(x - 38385200, y - 4194400) for x, y in PLANE]
    inside = polyline(local, "宗地") + polyline([(600, 0), (700, 50)], "宗地", closed=0)
    block = f"0\nBLOCK\n8\n0\n2\nPLOT\n70\n0\n10\n0\n20\n0\n{inside}0\nENDBLK\n8\n0\n"
    put = "0\nINSERT\n8\n宗地\n2\nPLOT\n10\n38385200\n20\n4194400\n"
    written = note((38385300, 4194500), NAME) + note((38385300, 4194450), "面积6.0公顷")
    return text(folder / "a.dxf", dxf(put, written, blocks=block), "gbk")


@case("DXF with a frame about the plot, filtered by layer", "没有读的图层", defaults=GIVEN, layers=["红线"])
def _(folder: Path) -> Path:
    around = [(38385000, 4194000), (38386000, 4194000), (38386000, 4195000), (38385000, 4195000)]
    named = note((38385300, 4194500), NAME)
    return text(folder / "a.dxf", dxf(polyline(around, "图框"), polyline(PLANE, "红线"), named), "utf-8")


@refused("the same drawing without the filter", "是扣除的部分，还是另一地块", defaults=GIVEN)
def _(folder: Path) -> Path:
    return text(folder / "a.dxf", dxf(polyline(PLANE, "红线"), polyline(HOLE, "红线")), "utf-8")


@refused("DWG", "DWG 不能直接读", "DXF")
def _(folder: Path) -> Path:
    return text(folder / "总图.dwg", "AC1032")


@refused("MDB", "MDB", ".gdb")
def _(folder: Path) -> Path:
    return text(folder / "二调.mdb", "x")


@refused("a bow-tie", "图形无效")
def _(folder: Path) -> Path:
    frame(shape=shapely.Polygon([LONLAT[0], LONLAT[2], LONLAT[1], LONLAT[3]])).to_file(folder / "a.geojson")
    return folder / "a.geojson"


# The tests -----------------------------------------------------------------------------------------------


def furthest_m(found: shapely.Geometry, expected: shapely.Geometry) -> float:
    """The greatest distance from a corner of one shape to the nearest corner of the other, both ways."""
    a, b = (np.unique(shapely.get_coordinates(shape), axis=0) for shape in (found, expected))
    pairs = np.array([[*p, *q] for p in a for q in b]).T
    metres = GEOD.inv(*pairs)[2].reshape(len(a), len(b))
    return float(max(metres.min(axis=0).max(), metres.min(axis=1).max()))


def made(name: str, folder: Path) -> tuple[Case, Path]:
    with np.errstate(invalid="ignore"):
        return CASES[name], CASES[name].make(folder)


@pytest.mark.parametrize("name", [name for name, c in CASES.items() if c.good])
def test_read_right(tmp_path: Path, name: str) -> None:
    awkward, path = made(name, tmp_path)
    read = read_sites(path, **{"datum": "cgcs2000", **awkward.options})
    said = "\n".join(note.what + note.to_do for note in read.notes)
    for words in awkward.says:
        assert words in said
    if awkward.tolerance_m < 1000:
        (shape,) = read.sites.geometry
        assert furthest_m(shape, PLOT) < awkward.tolerance_m
        assert read.sites["name"].tolist() == [NAME]  # Chinese text as it was
        assert read.sites["industry"].iloc[0] in ("2521", "0610")


@pytest.mark.parametrize("name", [name for name, c in CASES.items() if not c.good])
def test_refused_or_asked(tmp_path: Path, name: str) -> None:
    awkward, path = made(name, tmp_path)
    with pytest.raises(SiteError) as caught:
        read_sites(path, **{"datum": "cgcs2000", **awkward.options})
    problems = caught.value.problems
    said = "\n".join(p.what + p.to_do for p in problems)
    for words in awkward.says:
        assert words in said
    assert all(p.file and p.what and p.to_do for p in problems)
    assert all(p.where for p in problems if path.suffix not in (".dwg", ".mdb"))


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("system", range(4))
def test_every_zone_with_and_without_prefix(tmp_path: Path, system: int) -> None:
    """All 3 and 6 degree zones of China: EPSG's own planes give the figures, the reader finds the way back."""
    widths = {
        0: (range(25, 46), 4488),
        1: (range(25, 46), 4509),
        2: (range(13, 24), 4478),
        3: (range(13, 24), 4489),
    }
    zones, base = widths[system]
    head = ["编号", "行业代码", "建设性质", "X", "Y", "带号"]
    rows, expected = [], []
    for zone in zones:
        meridian = 3 * zone if zone > 24 else 6 * zone - 3
        there = Transformer.from_crs("EPSG:4490", f"EPSG:{base + zone}", always_xy=True)
        place = (meridian + 0.7, 36.1)
        east, north = there.transform(*place)
        expected.append(place)
        rows.append([str(zone), "2521", "新建", f"{north:.4f}", f"{east:.4f}", str(zone)])
    sites = read_sites(table(tmp_path / "a.csv", head, *rows), datum="cgcs2000").sites
    found = np.array([[p.x, p.y] for p in sites.geometry])
    assert GEOD.inv(found[:, 0], found[:, 1], *np.array(expected).T)[2].max() < 0.001


def test_a_plot_with_a_hole_and_an_island_keeps_them(tmp_path: Path) -> None:
    """Ring numbers say nothing: what lies in what does."""
    island = [(38385900.0, 4194600.0), (38386000.0, 4194600.0), (38386000.0, 4194500.0)]
    content = TXT_HEAD + TXT_PLOT + txt_points() + txt_points(HOLE, ring=2) + txt_points(island, ring=3)
    (shape,) = read_sites(text(tmp_path / "a.txt", content, "gbk"), defaults=GIVEN).sites.geometry
    assert len(shape.geoms) == 2
    assert sorted(len(part.interiors) for part in shape.geoms) == [0, 1]


def test_what_is_read_and_written_back_is_the_same(tmp_path: Path) -> None:
    """Through a run into its GeoPackage and out again: geometry to 1 mm, Chinese text to the letter."""
    _, first = made("Shapefile in GBK without .cpg", tmp_path)
    second = text(tmp_path / "b.txt", TXT_HEAD + TXT_PLOT + txt_points(), "gbk")
    rows = [*ROW[:1], "　全角 空格、“引号”㎡", *ROW[2:], *corners()[0]]
    third = table(tmp_path / "c.csv", [*HEAD, "经度", "纬度"], ["C", *rows[1:]])
    read = read_sites(first, second, third, datum="cgcs2000", defaults=GIVEN)
    out = write_run(judged(in_memory(*yuncheng()), read), tmp_path / "run")
    areas = pyogrio.read_dataframe(out / "screening.gpkg", layer="site_areas")
    assert areas["name"].tolist() == [NAME, NAME]
    assert all(furthest_m(shape, PLOT) < 0.001 for shape in areas.geometry)
    points = pyogrio.read_dataframe(out / "screening.gpkg", layer="sites").set_index("site_id")
    assert points.loc["C", "name"] == rows[1].strip()
    again = read_sites(out / "screening.gpkg", layers=["site_areas"]).sites
    for before, after in zip(read.sites.geometry[:2], again.geometry, strict=True):
        assert furthest_m(before, after) < 0.001


def test_the_whole_workspace_at_once_keeps_going(tmp_path: Path) -> None:
    """What is good is read, every fault of the rest stands in one table with file, place, what and what to do."""
    paths = []
    for n, name in enumerate(name for name, c in CASES.items() if not c.options):
        folder = tmp_path / f"{n:02}"
        folder.mkdir()
        paths.append(made(name, folder)[1])
    files = read_files(*paths, datum="cgcs2000")
    assert len(files) == len(paths)
    faulty = [file for file in files if file.problems]
    refused_here = [name for name, c in CASES.items() if not c.options and not c.good]
    assert len(faulty) >= len(refused_here)
    for file in faulty:
        assert all(p.file == file.path.name and p.what and p.to_do for p in file.problems)
