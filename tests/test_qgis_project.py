"""The QGIS project as written: the same every time, complete, relative, and safe against what users write."""

from __future__ import annotations

import dataclasses
import io
import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from worlds import east_of_bank, entry, fen_bank, in_memory, judged, site_frame, yuncheng

from geo import Assessment
from geo.contracts import NUMBER, TEXT, Column
from geo.english import in_english
from geo.language import Lang
from geo.writers import write_run
from geo.writers.content import Content, Group, Kind
from geo.writers.contents import run_contents
from geo.writers.outputs import Outputs
from geo.writers.qgis.layers import drawing_order, plan_layers
from geo.writers.qgis.maplayers import style_document
from geo.writers.qgis.project import project_document, zipped
from geo.writers.qgis.rasters import rasters_in

#: Neither report nor figures: other tests look at those.
PLAIN = Outputs(report=False, figures=False)


@cache
def small() -> Assessment:
    """Two sites at the Fen in 河津, one of them with a name that a page could run, and a demonstration layer."""
    lake = (shapely.box(110.6, 35.5, 110.65, 35.55), {"name": "演示湖"})
    catalog = in_memory(*yuncheng(fen_bank(), entry("lake", lake, demo=True)))
    west, south = 110.72, 35.66
    return judged(
        catalog,
        site_frame(
            {"site_id": "A", "name": "<script>alert(1)</script>\x07", "at": east_of_bank(1000)},
            {"site_id": "B", "geometry": shapely.box(west, south, west + 0.01, south + 0.01)},
        ),
    )


@cache
def document() -> bytes:
    return project_document(small(), run_contents(small()), [], "EPSG:4490")


def root() -> ET.Element:
    return ET.fromstring(document())


def test_the_same_run_gives_the_same_project(tmp_path: Path) -> None:
    runs = [write_run(small(), tmp_path / name, outputs=PLAIN) for name in ("a", "b")]
    assert runs[0].joinpath("screening.qgz").read_bytes() == runs[1].joinpath("screening.qgz").read_bytes()
    assert runs[0].joinpath("screening.gpkg").read_bytes() == runs[1].joinpath("screening.gpkg").read_bytes()


def test_the_geopackage_alone_holds_project_and_styles(tmp_path: Path) -> None:
    run = write_run(small(), tmp_path / "run", outputs=PLAIN)
    with sqlite3.connect(run / "screening.gpkg") as file:
        name, content = file.execute("SELECT name, content FROM qgis_projects").fetchone()
        tables = {row[0] for row in file.execute("SELECT table_name FROM gpkg_contents")}
        styled = dict(file.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
        version = file.execute("PRAGMA user_version").fetchone()[0]
    assert name == "选址研判"
    assert bytes.fromhex(content.decode()) == (run / "screening.qgz").read_bytes()
    assert set(styled) == tables - {"layer_styles"}
    for qml in styled.values():
        assert ET.fromstring(qml).tag == "qgis"
    assert version == 10200


def test_the_zip_has_no_clock() -> None:
    archive = zipfile.ZipFile(io.BytesIO(zipped(b"x")))
    assert [info.date_time for info in archive.infolist()] == [(1980, 1, 1, 0, 0, 0)]


def test_every_source_is_relative_and_every_id_in_the_tree() -> None:
    project = root()
    sources = {e.findtext("id"): e.findtext("datasource") or "" for e in project.iter("maplayer")}
    assert all(source.startswith("./screening.gpkg|layername=") for source in sources.values())
    tree = project.find("layer-tree-group")
    assert tree is not None
    assert {leaf.get("id") for leaf in tree.iter("layer-tree-layer")} == set(sources)
    for preset in project.iter("visibility-preset"):
        assert {layer.get("id") for layer in preset.iter("layer")} <= set(sources)


def test_groups_are_in_the_order_of_a_planner_s_questions() -> None:
    tree = root().find("layer-tree-group")
    assert tree is not None
    groups = [group.get("name") for group in tree.findall("layer-tree-group")]
    order = [str(group) for group in Group]
    assert groups == sorted(groups, key=lambda name: order.index(str(name)))


def test_real_zones_and_demonstration_zones_are_layers_of_their_own() -> None:
    layers = {layer.key: layer for layer in plan_layers(run_contents(small()))}
    assert not layers["zones_prohibit"].frame["demo"].any()
    assert layers["zones_prohibit_demo"].frame["demo"].all()
    assert "演示" in layers["zones_prohibit_demo"].title and "演示" in layers["zones_prohibit_demo"].path[1]
    hatched = layers["zones_prohibit_demo"].look.renderer
    plain = layers["zones_prohibit"].look.renderer
    assert hatched is not None and hatched.find(".//layer[@class='LinePatternFill']") is not None
    assert plain is not None and plain.find(".//layer[@class='LinePatternFill']") is None


def test_a_project_in_english_names_groups_themes_and_layouts() -> None:
    run = in_english(small())
    text = project_document(run, run_contents(run, Lang.EN), [], "EPSG:4490", say=Lang.EN).decode("utf-8")
    project = ET.fromstring(text)
    groups = [g.get("name") for g in project.iter("layer-tree-group") if g.get("name")]
    assert groups[0] == "Outcomes" and "Base map" in groups
    presets = [preset.get("name") for preset in project.iter("visibility-preset")]
    assert presets[:3] == ["Locator", "Overview", "Conflicts of sites"]
    assert next(layout.get("name") for layout in project.iter("Layout")) == "Overview (A3)"
    followed = {item.get("followPresetName") for item in project.iter("LayoutItem")} - {None, ""}
    assert followed <= set(presets)


def test_what_a_user_names_a_site_stays_text() -> None:
    assert b"\x07" not in document()
    tip = next(e.findtext("mapTip") for e in root().iter("maplayer") if e.findtext("id") == "hongxian_sites")
    assert tip is not None and "replace(replace(replace(coalesce(\"name\",''),'&','&amp;'),'<','&lt;')" in tip


def test_a_layer_nobody_described_is_styled_by_its_group_and_kind() -> None:
    contract = {
        "name": Column(TEXT, "名称", "name"),
        "kind": Column(TEXT, "类型", "kind"),
        "area_ha": Column(NUMBER, "面积", "area", "公顷"),
    }
    frame = gpd.GeoDataFrame(
        {"name": ["一", "二"], "kind": ["林", "草"], "area_ha": [1.0, 2.0]},
        geometry=[shapely.box(110, 35, 110.1, 35.1), shapely.box(110.2, 35, 110.3, 35.1)],
        crs="EPSG:4490",
    )
    content = Content("news", "新图层", Group.RESTORATION, Kind.AREA, contract, frame)
    layers = plan_layers([*run_contents(small()), content])
    layer = next(layer for layer in layers if layer.key == "news")
    assert layer.path == ("修复",)
    assert layer.look.renderer is not None and layer.look.renderer.get("attr") == "kind"
    aliases = {a.get("field"): a.get("name") for a in ET.fromstring(style_document(content)).iter("alias")}
    assert aliases["area_ha"] == "面积（公顷）"
    empty = dataclasses.replace(content, frame=frame.iloc[:0])
    assert "news" not in {layer.key for layer in plan_layers([empty])}


@pytest.mark.parametrize(
    "name", ["survey_needed", "conflicts", "moves", "moved_areas", "stay", "strips", "deficit", "certificate"]
)
def test_layers_of_stages_to_come_have_a_look_and_survive_missing_columns(name: str) -> None:
    kind = {"survey_needed": Kind.LINE, "moves": Kind.LINE}.get(name, Kind.AREA)
    column = Column(TEXT, "字段", "a column")
    columns = ("site_id", "feature_name", "conflict_id", "kind", "status", "status_zh")
    shape = (
        shapely.box(110, 35, 110.1, 35.1) if kind is Kind.AREA else shapely.LineString([(110, 35), (111, 35)])
    )
    values = {key: ["absent" if key == "status" else "x"] for key in columns}
    frame = gpd.GeoDataFrame(values, geometry=[shape], crs="EPSG:4490")
    content = Content(name, "图层", Group.CONFLICTS, kind, dict.fromkeys(columns, column), frame)
    (layer,) = plan_layers([content])
    assert layer.look.renderer is not None and layer.look.tip


def test_points_lie_above_lines_above_areas_and_the_counties_lowest() -> None:
    order = drawing_order([layer for layer in plan_layers(run_contents(small())) if layer.look.renderer])
    kinds = [layer.content.kind for layer in order]
    rank = {Kind.POINT: 0, Kind.LINE: 1, Kind.AREA: 2}
    assert [rank[kind] for kind in kinds] == sorted(rank[kind] for kind in kinds)
    assert order[-1].key == "counties"


def test_a_raster_of_the_run_is_a_layer_with_its_style(tmp_path: Path) -> None:
    profile = {"driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "uint8", "crs": "EPSG:4490"}
    for name in ("constraints", "own"):
        with rasterio.open(
            tmp_path / f"{name}.tif", "w", transform=rasterio.Affine(0.1, 0, 110, 0, -0.1, 36), **profile
        ) as target:
            target.write(np.array([[[0, 1], [2, 3]]], dtype="uint8"))
    style = "<qgis version='3.22'><pipe><rasterrenderer type='paletted' band='1'/></pipe></qgis>"
    (tmp_path / "constraints.qml").write_text(style, encoding="utf-8")
    project = ET.fromstring(
        project_document(small(), run_contents(small()), rasters_in(tmp_path), "EPSG:4490")
    )
    found = {e.findtext("layername"): e for e in project.iter("maplayer") if e.get("type") == "raster"}
    assert found["管控程度栅格"].find("pipe/rasterrenderer[@type='paletted']") is not None
    assert found["管控程度栅格"].findtext("datasource") == "./constraints.tif"
    assert found["栅格 own"].find("pipe/rasterrenderer[@type='singlebandgray']") is not None


def test_the_project_is_in_the_zone_asked_for() -> None:
    asked = ET.fromstring(project_document(small(), run_contents(small()), [], "EPSG:4547"))
    assert asked.findtext("projectCrs/spatialrefsys/authid") == "EPSG:4547"
    assert root().findtext("projectCrs/spatialrefsys/authid") == "EPSG:4546"  # 河津 lies at 110.7° E


def test_layouts_say_what_a_map_must_say() -> None:
    texts = "\n".join(label.get("labelText") or "" for label in root().iter("LayoutItem"))
    for said in ("审图号：________", "初步研判", "2000国家大地坐标系", "数据来源", "1:", "演示", "制图单位"):
        assert said in texts
    assert len(list(root().iter("Layout"))) >= 2
