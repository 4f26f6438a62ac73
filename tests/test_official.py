"""Official layer and field names are recognised where the manifest says nothing."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.catalog import load_layers
from geo.errors import LayerError

PLOT = shapely.box(111.0, 35.0, 111.1, 35.1)


def workspace(folder: Path, layers: dict[str, dict[str, list[object]]], entry: str) -> Path:
    for name, columns in layers.items():
        frame = gpd.GeoDataFrame(columns, geometry=[PLOT] * len(next(iter(columns.values()))), crs=4490)
        frame.to_file(folder / "data.gpkg", layer=name)
    common = "path: data.gpkg, accuracy_m: 5, source: 市局, licence: 内部"
    (folder / "manifest.yaml").write_text(f"layers:\n  - {{key: a, {entry}, {common}}}\n", encoding="utf-8")
    return folder / "manifest.yaml"


def test_the_layer_with_the_official_name_is_read(tmp_path: Path) -> None:
    layers = {"STBHHX": {"MC": ["太岳山"]}, "CZKFBJ": {"MC": ["城镇"]}}
    catalog = load_layers(workspace(tmp_path, layers, "theme: red_line"))
    assert catalog.features(catalog.layers[0])["name"].tolist() == ["太岳山"]


def test_two_layers_that_could_be_meant_are_asked_about(tmp_path: Path) -> None:
    layers = {"YJJBNT": {"MC": ["甲"]}, "YJJBNTTB": {"MC": ["乙"]}}
    catalog = load_layers(workspace(tmp_path, layers, "theme: farmland_permanent"))
    with pytest.raises(LayerError) as caught:
        catalog.features(catalog.layers[0])
    assert "YJJBNT、YJJBNTTB" in caught.value.problems[0].what


def test_official_fields_and_codes(tmp_path: Path) -> None:
    units = {"HJGKDYBM": ["ZH14010520001", "ZH14010530001"], "ZHGKDYFL": ["2", "一般管控单元"]}
    catalog = load_layers(workspace(tmp_path, {"units": units}, "theme: control_unit"))
    frame = catalog.features(catalog.layers[0])
    assert frame["code"].tolist() == units["HJGKDYBM"]
    assert frame["class"].tolist() == ["重点", "一般"]


def test_the_manifest_wins(tmp_path: Path) -> None:
    rivers = {"HLMC": ["汾河"], "BM": ["另一个名字"]}
    catalog = load_layers(workspace(tmp_path, {"r": rivers}, "theme: river, line: bank, fields: {name: BM}"))
    assert catalog.features(catalog.layers[0])["name"].tolist() == ["另一个名字"]
