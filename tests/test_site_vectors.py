"""Sites as shapes from the programs that planners draw with."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Geod, Transformer

from geo.datums import gcj02_from_wgs84
from geo.errors import Problem, SiteError
from geo.sites import SiteList, read_sites

GIVEN = {"industry": "2521", "development": "新建"}
COLUMNS = {"site_id": ["A", "B"], "industry": ["2521", "0610"], "development": ["新建", "new"]}
HERE = (112.5489, 37.8706)
SHAPES = [shapely.box(112.70, 37.60, 112.71, 37.61), shapely.box(112.80, 37.60, 112.81, 37.61)]
PLACEMARK = """<Placemark><name>{name}</name>{extended}<Polygon><outerBoundaryIs><LinearRing><coordinates>
112.70,37.60,0 112.71,37.60,0 112.71,37.61,0 112.70,37.60,0
</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"""


def kml(*placemarks: str, remark: str = "", encoding: str = "UTF-8") -> bytes:
    head = f'<?xml version="1.0" encoding="{encoding}"?><kml xmlns="http://www.opengis.net/kml/2.2">'
    return f"{head}<Document>{remark}{''.join(placemarks)}</Document></kml>".encode(encoding)


def placemark(name: str = "东厂", **data: str) -> str:
    inner = "".join(f'<Data name="{k}"><value>{v}</value></Data>' for k, v in data.items())
    return PLACEMARK.format(name=name, extended=f"<ExtendedData>{inner}</ExtendedData>" if data else "")


def read(path: Path, **options: Any) -> SiteList:
    return read_sites(path, **{"defaults": GIVEN, **options})


def faults(path: Path, **options: Any) -> list[Problem]:
    with pytest.raises(SiteError) as caught:
        read(path, **options)
    return caught.value.problems


def said(sites: SiteList) -> str:
    return "\n".join(note.what for note in sites.notes)


def shift_m(shape: shapely.Geometry) -> float:
    lon, lat = shape.exterior.coords[0][:2]
    return float(Geod(ellps="GRS80").inv(lon, lat, 112.70, 37.60)[2])


# KML -------------------------------------------------------------------------------------------------


def test_kml_is_wgs84_and_named_by_its_placemarks_in_all_folders(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    folders = [f"<Folder><name>{n}</name>{placemark(n)}</Folder>" for n in ("甲", "乙")]
    path.write_bytes(kml(*folders))
    sites = read(path).sites
    assert sites["site_id"].tolist() == ["甲", "乙"]
    assert sites["datum"].tolist() == ["wgs84", "wgs84"]
    assert shift_m(sites.geometry.iloc[0]) == 0
    assert not sites.geometry.has_z.any()


def test_extended_data_are_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_bytes(kml(placemark(编号="S-1", 行业代码="0610", 建设性质="扩建")))
    (site,) = read(path, defaults={}).sites.itertuples()
    assert (site.site_id, site.name, site.industry, site.development) == ("S-1", "东厂", "0610", "expand")


@pytest.mark.parametrize(
    ("name", "remark"),
    [("a.ovkml", ""), ("a.kml", "<name>奥维互动地图</name>"), ("a.kml", "<description>Ovital</description>")],
)
def test_files_of_ovital_are_gcj02(tmp_path: Path, name: str, remark: str) -> None:
    path = tmp_path / name
    path.write_bytes(kml(placemark(), remark=remark))
    sites = read(path)
    assert sites.sites["datum"].tolist() == ["gcj02"]
    assert "奥维" in said(sites)
    lon, lat = (float(v) for v in sites.sites.geometry.iloc[0].exterior.coords[0])
    back = gcj02_from_wgs84(np.array([lon]), np.array([lat]))
    assert (back[0][0], back[1][0]) == pytest.approx((112.70, 37.60), abs=1e-9)
    assert 479 < shift_m(sites.sites.geometry.iloc[0]) < 616


@pytest.mark.parametrize(
    ("name", "inner", "datum"), [("a.kmz", "doc.kml", "wgs84"), ("a.ovkmz", "a.ovkml", "gcj02")]
)
def test_kmz_is_unpacked(tmp_path: Path, name: str, inner: str, datum: str) -> None:
    path = tmp_path / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(inner, kml(placemark()))
    assert read(path).sites["datum"].tolist() == [datum]


def test_kml_in_gbk(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_bytes(kml(placemark(), encoding="GBK"))
    assert read(path).sites["site_id"].tolist() == ["东厂"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not xml", kml()])
def test_a_kml_without_anything_to_read_is_a_fault(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.kml"
    path.write_bytes(content)
    assert faults(path)[0].file == "a.kml"


def test_a_kml_that_states_no_industry_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_bytes(kml(placemark()))
    problems = faults(path, defaults={})
    assert [p.field for p in problems] == ["industry", "development"]
    assert "--industry" in problems[0].to_do


# Shapefile, geodatabase, GML -------------------------------------------------------------------------


def shapefile(folder: Path, crs: int | None = 4490, shapes: list[Any] | None = None) -> Path:
    """As ArcMap writes it: names of 10 bytes, GBK."""
    folder.mkdir()
    frame = gpd.GeoDataFrame(COLUMNS, geometry=shapes or SHAPES, crs=crs or 4490)
    frame = frame.rename(columns={"development": "建设性质"})
    frame.to_file(folder / "plots.shp", encoding="GBK")
    if crs is None:
        (folder / "plots.prj").unlink()
    return folder


def zipped(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for part in folder.iterdir():
            archive.write(part, f"成果/{part.name}")
    return path


def test_a_zipped_shapefile_reads_like_the_folder(tmp_path: Path) -> None:
    sites = read(zipped(shapefile(tmp_path / "a")), defaults={}).sites
    assert sites["site_id"].tolist() == ["A", "B"]
    assert sites["industry"].tolist() == ["2521", "0610"]
    assert sites["source"].tolist() == ["a.zip 第1个要素", "a.zip 第2个要素"]


def test_a_shapefile_without_prj_is_placed_by_its_numbers(tmp_path: Path) -> None:
    there = Transformer.from_crs(4490, 4526, always_xy=True)
    metres = shapely.transform(np.array(SHAPES), lambda xy: np.column_stack(there.transform(*xy.T)))
    sites = read(shapefile(tmp_path / "a", None, list(metres)) / "plots.shp", datum="cgcs2000")
    assert "没有坐标系" in said(sites) and "中央经线 114°" in said(sites)
    assert sites.sites.geometry.iloc[0].symmetric_difference(SHAPES[0]).area < 1e-9


@pytest.mark.filterwarnings("ignore:Normalized/laundered field name")
@pytest.mark.filterwarnings("ignore:Column names longer than 10")
def test_field_names_cut_to_ten_bytes(tmp_path: Path) -> None:
    """development has eleven letters; 建设性质 in UTF-8 is cut in the middle of a character."""
    gpd.GeoDataFrame(COLUMNS, geometry=SHAPES, crs=4490).to_file(tmp_path / "a.shp", encoding="UTF-8")
    assert read(tmp_path / "a.shp", defaults={}).sites["development"].tolist() == ["new", "new"]
    table = tmp_path / "a.dbf"
    table.write_bytes(table.read_bytes().replace(b"developmen", "建设性质".encode()[:10]))
    (problem,) = faults(tmp_path / "a.shp", defaults={})
    assert "10 字节" in problem.what


@pytest.mark.parametrize("content", [b"no archive", None])
def test_an_archive_without_shapefile_is_a_fault(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.zip"
    if content is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "x")
    else:
        path.write_bytes(content)
    assert faults(path)[0].to_do


def test_of_a_geodatabase_the_layers_with_the_fields_of_a_list_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.gdb"
    gpd.GeoDataFrame(COLUMNS, geometry=SHAPES, crs=4490).to_file(path, driver="OpenFileGDB", layer="XM")
    other = gpd.GeoDataFrame({"MC": ["河"]}, geometry=SHAPES[:1], crs=4490)
    other.to_file(path, driver="OpenFileGDB", layer="HL")
    assert read(path, defaults={}).sites["site_id"].tolist() == ["A", "B"]
    pyogrio.write_dataframe(other, tmp_path / "b.gdb", driver="OpenFileGDB", layer="HL")
    pyogrio.write_dataframe(other, tmp_path / "b.gdb", driver="OpenFileGDB", layer="SX")
    (problem,) = faults(tmp_path / "b.gdb", defaults={})
    assert "HL、SX" in problem.what


def test_gml_keeps_its_codes_and_leaves_the_folder_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.gml"
    gpd.GeoDataFrame(COLUMNS, geometry=SHAPES, crs=4490).to_file(path, driver="GML")
    before = sorted(tmp_path.iterdir())
    sites = read(path, defaults={}).sites
    assert sites["industry"].tolist() == ["2521", "0610"]
    assert sites.geometry.iloc[0].symmetric_difference(SHAPES[0]).area < 1e-9
    assert sorted(tmp_path.iterdir()) == before


# Drawings --------------------------------------------------------------------------------------------


def dxf(path: Path, *lines: list[tuple[float, float]]) -> Path:
    frame = gpd.GeoDataFrame({"Layer": ["JZD"] * len(lines)}, geometry=[shapely.LineString(c) for c in lines])
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.write_dataframe(frame, path, driver="DXF")
    return path


def ring(east: float, north: float, width: float, height: float) -> list[tuple[float, float]]:
    return [*shapely.box(east, north, east + width, north + height).exterior.coords]


def test_closed_lines_of_a_drawing_are_plots_with_x_east(tmp_path: Path) -> None:
    outer, apart = ring(38385200, 4194400, 300, 200), ring(38386200, 4194400, 100, 100)
    path = dxf(tmp_path / "总图.dxf", outer, apart, outer[:3])
    sites = read(path, datum="cgcs2000")
    assert sites.sites["site_id"].tolist() == ["总图-1", "总图-2"]
    assert sites.sites["name"].tolist() == ["JZD", "JZD"]
    west, south, east, north = sites.sites.geometry.iloc[0].bounds
    assert (west, north) == pytest.approx((112.695178, 37.876565), abs=1e-4)
    assert (east - west) * 88_000 == pytest.approx(300, rel=0.02)
    assert (north - south) * 111_000 == pytest.approx(200, rel=0.03)
    assert "另有 1 个图元" in said(sites)


def test_a_drawing_without_prefix_is_asked_about_or_placed_by_its_county(tmp_path: Path) -> None:
    path = dxf(tmp_path / "a.dxf", ring(385200, 4194400, 300, 200))
    (problem,) = faults(path)
    assert "中央经线" in problem.what
    placed = read(path, defaults={**GIVEN, "zone": "38"}, datum="cgcs2000").sites.geometry.iloc[0]
    assert placed.bounds[0] == pytest.approx(112.695178, abs=1e-4)


def test_a_closed_line_in_another_and_a_drawing_without_any_are_refused(tmp_path: Path) -> None:
    path = dxf(tmp_path / "a.dxf", ring(38385200, 4194400, 300, 200), ring(38385300, 4194450, 50, 50))
    (problem,) = faults(path)
    assert "扣除" in problem.what
    with pytest.raises(SiteError, match="没有可以筛查的场地"):  # nor is the outer one read without its hole
        read(path, keep_going=True)
    (problem,) = faults(dxf(tmp_path / "b.dxf", ring(38385200, 4194400, 300, 200)[:3]))
    assert "没有闭合" in problem.what


@pytest.mark.parametrize(
    ("name", "instead"),
    [("a.dwg", "DXF"), ("a.mdb", ".gdb"), ("a.xls", ".xlsx"), ("a.RAR", "ZIP"), ("a.docx", "XLSX")],
)
def test_what_cannot_be_read_says_what_to_hand_in_instead(tmp_path: Path, name: str, instead: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    (problem,) = faults(tmp_path / name)
    assert "不能直接读" in problem.what
    assert instead in problem.to_do
