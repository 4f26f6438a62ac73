"""Rasters and figures of restoration, as a user gets them; real QGIS opens the rasters with their style."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from PIL import Image

from geo.rasters.grid import Grid
from geo.terms import Treatment
from geo.writers.figures.restoration import reaches
from geo.writers.qgis.rasters import rasters_in
from geo.writers.raster_styles import Category, attribute_table
from tests.test_restoration_cli import box, run, site_list
from tests.valley import EASTWARD, counties, county, line
from tests.worlds import DAY, entry, on_disk

SYSTEM_PYTHON = Path("/usr/bin/python3")


def workspace(folder: Path) -> Path:
    """The Fen through two counties, levees 300 m from its middle; cropland, a town on the left bank, trees upstream."""
    return on_disk(
        folder,
        counties(county(-5_000, 0, "140881"), county(0, 5_000, "140882")),
        entry(
            "river", (line(*EASTWARD), {"name": "汾河", "stem": "干流"}), line="centreline", flow="digitised"
        ),
        entry(
            "levee",
            (line((-30_000, 300), (30_000, 300)), {"river": "汾河"}),
            (line((-30_000, -300), (30_000, -300)), {"river": "汾河"}),
        ),
        entry(
            "landcover",
            (box(-9_000, -9_000, -2_000, 9_000), {"code": "0301"}),
            (box(-2_000, -9_000, 9_000, 0), {"code": "0103"}),
            (box(-2_000, 0, 1_000, 9_000), {"code": "0103"}),
            (box(1_000, 0, 3_000, 9_000), {"code": "0601"}),
            (box(3_000, 0, 9_000, 9_000), {"code": "0103"}),
        ),
    )


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("restored")
    manifest = workspace(folder / "layers")
    run(
        "restore", "--layers", manifest, "--on", DAY, "--adcode", "1408", "--rasters", "--resolution", "10m",
        "--out", folder / "out",
    )  # fmt: skip
    return folder / "out"


def test_treatment_agrees_with_the_vectors_within_the_cells(restored: Path) -> None:
    pieces = pyogrio.read_dataframe(restored / "restoration.gpkg", layer="treatment")
    own = pieces[pieces["counted"]]
    with rasterio.open(restored / "treatment.tif") as source:
        cells = source.read(1)
        assert source.crs.to_epsg() == 4490 and source.nodata == 0
        assert source.block_shapes == [(512, 512)] and source.compression.name == "deflate"
        assert source.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        colours = source.colormap(1)
        bounds = source.bounds
    grid = Grid.over(shapely.box(*bounds), 10)
    assert (grid.rows, grid.columns) == cells.shape
    for code, treatment in enumerate(Treatment, start=1):
        vector = float(own.loc[own["treatment"] == treatment, "area_ha"].sum())
        raster = float(((cells == code).sum(axis=1) * grid.cell_areas_m2).sum()) / 1e4
        # 50 m of a straight strip are 4.9 rows of cells: four or five
        assert raster == pytest.approx(vector, rel=0.2, abs=0.01)
        assert colours[code][3] == 255 and vector + raster >= 0
    assert (cells > 0).any()


def test_priority_is_that_of_the_strip(restored: Path) -> None:
    pieces = pyogrio.read_dataframe(restored / "restoration.gpkg", layer="treatment").dropna(
        subset="priority"
    )
    with rasterio.open(restored / "priority.tif") as source:
        assert source.dtypes == ("float32",) and source.nodata == -1
        middle = shapely.point_on_surface(pieces.geometry.to_numpy())
        found = [v[0] for v in source.sample(shapely.get_coordinates(middle))]
    assert np.allclose(found, pieces["priority"], atol=1e-6)


def test_a_table_says_what_the_cells_add_up_to(restored: Path) -> None:
    with (restored / "rasters.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert any("像元" in row["说明"] for row in rows)
    with rasterio.open(restored / "treatment.tif") as source:
        counted = {
            str(c): int(n) for c, n in zip(*np.unique(source.read(1), return_counts=True), strict=True)
        }
    told = {row["编码"]: int(row["像元数"]) for row in rows if row["栅格"] == "treatment" and row["编码"]}
    assert told == {code: count for code, count in counted.items() if code != "0"}
    names = (restored / "treatment.tif.aux.xml").read_text(encoding="utf-8")
    assert "<Category>还林</Category>" in names


def test_nothing_is_left_of_the_work(restored: Path) -> None:
    assert sorted(path.name for path in restored.iterdir()) == [
        "figures", "map.html", "priority.qml", "priority.tif", "rasters.csv", "restoration.gpkg", "restoration.qgz",
        "restoration.xlsx", "run.json", "treatment.qml", "treatment.tif", "treatment.tif.aux.xml",
    ]  # fmt: skip


def test_figures_of_restoration_are_drawn(restored: Path) -> None:
    names = {path.name for path in (restored / "figures").iterdir()}
    for stem in ("restoration_counties", "restoration_banks", "restoration_before_after"):
        assert {f"{stem}.png", f"{stem}.svg", f"{stem}.pdf"} <= names
        image = np.asarray(Image.open(restored / f"figures/{stem}.png").convert("L"))
        assert (image < 128).mean() > 0.005  # not an empty page


def test_reaches_of_both_banks_stand_side_by_side(restored: Path) -> None:
    layers = {
        name: pyogrio.read_dataframe(restored / "restoration.gpkg", layer=name)
        for name in ("strips", "deficit")
    }
    rows = reaches(layers["strips"], layers["deficit"])
    assert rows.groupby("bank")["deficit_ha"].sum().to_dict() == pytest.approx(
        {"left": 35.0, "right": 35.0}, rel=1e-2
    )
    pairs = rows.groupby(["river", "adcode", "reach"])["length_km"].agg(["size", "min", "max"])
    assert (pairs["size"] == 2).all() and np.allclose(pairs["min"], pairs["max"], rtol=0.02)


def test_screen_writes_rasters_that_the_project_shows(tmp_path: Path) -> None:
    manifest = workspace(tmp_path / "layers")
    run(
        "screen", site_list(tmp_path), "--layers", manifest, "--on", DAY, "--datum", "cgcs2000", "--rasters",
        "--resolution", "30m", "--no-report", "--no-figures", "--no-moves", "--out", tmp_path / "out",
    )  # fmt: skip
    found = {raster.path.stem for raster in rasters_in(tmp_path / "out")}
    assert {"constraints", "constraints_known", "constraints_rules", "distance", "treatment"} <= found
    script = (
        "import sys, json\nfrom qgis.core import QgsApplication, QgsProject\n"
        "a = QgsApplication([], False); a.initQgis(); p = QgsProject.instance(); p.read(sys.argv[1])\n"
        "print('SAID' + json.dumps({l.source().split('/')[-1]: [l.isValid(), l.renderer().type()]"
        " for l in p.mapLayers().values() if l.type() == 1}))"
    )
    asked = subprocess.run(
        [SYSTEM_PYTHON, "-c", script, tmp_path / "out/screening.qgz"],
        capture_output=True, text=True, env={"QT_QPA_PLATFORM": "offscreen"}, check=False,
    )  # fmt: skip
    if "No module named" in asked.stderr:
        pytest.skip("no PyQGIS for the system's python3")
    said = json.loads(next(row for row in asked.stdout.splitlines() if row.startswith("SAID"))[4:])
    kinds = {"distance.tif": "singlebandpseudocolor", "priority.tif": "singlebandpseudocolor"}
    assert said == {f"{stem}.tif": [True, kinds.get(f"{stem}.tif", "paletted")] for stem in found}


def test_rasters_of_an_english_run_are_in_english(tmp_path: Path) -> None:
    """Names of classes, remarks and titles; layer keys and the Chinese name beside the English one aside."""
    manifest = workspace(tmp_path / "layers")
    words = [
        "screen",
        site_list(tmp_path),
        "--layers",
        manifest,
        "--on",
        DAY,
        "--datum",
        "cgcs2000",
        "--lang",
        "en",
    ]
    words += ["--rasters", "--resolution", "100m", "--no-report", "--no-figures", "--no-moves"]
    run(*words, "--out", tmp_path / "out")
    chinese = re.compile("[\u4e00-\u9fff]")
    styles = sorted((tmp_path / "out").glob("*.qml"))
    assert {"constraints.qml", "constraints_rules.qml", "treatment.qml"} <= {path.name for path in styles}
    for path in [*styles, tmp_path / "out/rasters.csv"]:
        text = path.read_text(encoding="utf-8-sig")
        assert not chinese.search(text), f"{path.name}: {chinese.findall(text)[:20]}"
    with rasterio.open(tmp_path / "out/constraints.tif") as file:
        assert file.descriptions == ("Degree of limits",)
    named = (tmp_path / "out/treatment.tif.aux.xml").read_text(encoding="utf-8")
    assert "<Category>plant trees</Category>" in named


def test_cells_without_rasters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="要与 --rasters 同用"):
        run("screen", site_list(tmp_path), "--out", tmp_path / "out", "--resolution", "10m")


def test_an_attribute_table_names_every_code_up_to_the_last() -> None:
    text = attribute_table([Category(2, "二", "two", "#010203")], {2: [5, 0.5]})
    assert text.count("<Category") == 4 and "<F>二</F>" in text and "<F>0.5000</F>" in text
