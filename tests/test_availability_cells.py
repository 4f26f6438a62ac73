"""Where a use could go, cell by cell: a cell is called what a site in its middle is told, at every resolution."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from typer.testing import CliRunner

from geo.availability.area import find_area
from geo.availability.classes import class_of
from geo.availability.places import find_places
from geo.availability.screening import Setting
from geo.availability.use import Use
from geo.cli import app
from geo.terms import Outcome
from geo.writers.availability_raster import BY_SEVERAL, CODES, write_classes
from tests.test_availability import FEN, inside_red_line, near_bank, valley
from tests.valley import area, line
from tests.worlds import (
    DAY,
    assess,
    entry,
    fen_bank,
    in_memory,
    on_disk,
    river,
    rule,
    rulebook,
    site_frame,
    yuncheng,
)

OF_CENTRELINE = {"theme": "river", "line": "bank", "accept": ["centreline"]}


def busy_valley() -> tuple[Any, Setting]:
    """Lines that stand in for banks, red lines of 40 m, parks, a strict rule and a soft one."""
    red = entry(
        "red_line",
        (area((1_500, -3_000), (4_000, -3_500), (3_500, 2_000), (1_700, 1_500)), {}),
        accuracy_m=40,
        covers={"adcode": ["1408"]},
    )
    parks = entry(
        "park",
        (area((-4_500, -8_000), (-2_000, -8_000), (-2_000, 8_000), (-4_500, 8_000)), {"name": "东园"}),
        (area((500, -8_000), (4_500, -8_000), (4_500, 8_000), (500, 8_000)), {"name": "西园"}),
        covers={"adcode": ["1408"]},
    )
    book = rulebook(
        near_bank(measured_from=OF_CENTRELINE),
        inside_red_line(),
        rule("AA-03", effect="require", measure="outside", measured_from={"theme": "park"}),
        near_bank(
            "AA-04",
            strength="in_principle",
            distance={date(2021, 1, 1): "1500 m"},
            measured_from=OF_CENTRELINE,
        ),
    )
    catalog = in_memory(*valley(red, parks, accuracy_m=30, half_width_m=120, line="centreline"))
    return catalog, Setting(book, catalog, DAY)


def painted(
    setting: Setting, folder: Path, metres: float
) -> tuple[np.ndarray, rasterio.Affine, gpd.GeoDataFrame]:
    said = write_classes(Use("2521"), find_area(setting.catalog, ["1408"]), setting, folder, metres)
    with rasterio.open(folder / "availability.tif") as file:
        return file.read(1), file.transform, said


def code_of(outcome: str, deciding: str) -> int:
    several = outcome == Outcome.PROHIBITED and len(deciding.split(";")) > 1
    return BY_SEVERAL if several else CODES[class_of(outcome)]


def screened(setting: Setting, middles: np.ndarray) -> list[int]:
    """What the whole of assess() says of sites in the middle of cells, as codes."""
    sites = site_frame(*[{"geometry": shapely.Point(at), "industry": "2521"} for at in middles])
    told = assess(setting.rulebook, setting.catalog, sites, setting.on, move_radius_m=0.0).verdicts
    return [code_of(o, d) for o, d in zip(told["outcome"], told["deciding_rule_ids"], strict=True)]


def some_cells(cells: np.ndarray, transform: rasterio.Affine, count: int, seed: int) -> tuple[Any, ...]:
    """Cells anywhere, and as many with a neighbour of another class."""
    rng = np.random.default_rng(seed)
    edge = np.zeros(cells.shape, dtype=bool)
    edge[:, 1:] = cells[:, 1:] != cells[:, :-1]
    edge[1:] |= cells[1:] != cells[:-1]
    chosen = [rng.choice(np.flatnonzero(mask & (cells > 0)), count) for mask in (cells > 0, edge)]
    row, column = np.unravel_index(np.concatenate(chosen), cells.shape)
    xs, ys = rasterio.transform.xy(transform, row, column)
    return row, column, np.column_stack([xs, ys])


@pytest.mark.parametrize("metres", [100.0, 30.0])
def test_cells_are_called_what_sites_in_their_middle_are_told(metres: float, tmp_path: Path) -> None:
    _, setting = busy_valley()
    cells, transform, _ = painted(setting, tmp_path, metres)
    assert {1, 4, 5, 8} <= set(np.unique(cells).tolist())
    row, column, middles = some_cells(cells, transform, 500, int(metres))
    said = screened(setting, middles)
    wrong = [
        (tuple(m), int(c), s) for m, c, s in zip(middles, cells[row, column], said, strict=True) if c != s
    ]
    assert not wrong, wrong[:5]


def test_the_nearest_feature_s_own_width_counts(tmp_path: Path) -> None:
    # two lines 4 km apart that stand in for banks, one of a narrow river, one of a wide one: between them is no limit but the middle
    held = valley()
    lines = river(
        (line((-2_000, -12_000), (-2_000, 12_000)), {**FEN, "half_width_m": 50.0}),
        (line((2_000, -12_000), (2_000, 12_000)), {**FEN, "half_width_m": 2_500.0}),
        line="centreline",
        covers={"adcode": ["1408"]},
    )
    book = rulebook(near_bank(measured_from=OF_CENTRELINE))
    setting = Setting(book, in_memory(held[0], lines), DAY)
    cells, transform, _ = painted(setting, tmp_path, 100.0)
    row, column, middles = some_cells(cells, transform, 300, 5)
    assert cells[row, column].tolist() == screened(setting, middles)


def test_cells_and_polygons_agree_and_so_do_their_hectares(tmp_path: Path) -> None:
    _, setting = busy_valley()
    ground = find_area(setting.catalog, ["1408"])
    pieces = find_places(Use("2521"), ground, setting).pieces
    cells, transform, said = painted(setting, tmp_path, 100.0)
    row, column = np.nonzero(cells)
    middles = shapely.points(np.column_stack(rasterio.transform.xy(transform, row, column)))
    shapes = pieces.geometry.to_numpy()
    which, own = shapely.STRtree(shapes).query(middles, predicate="within")
    clear = shapely.distance(middles[which], shapely.boundary(shapes[own])) * 88_000 > 0.6
    expected = np.array([CODES[word] for word in pieces["class"]])
    several = (pieces["class"] == "prohibited") & (pieces["prohibiting"] > 1)
    expected[several.to_numpy()] = BY_SEVERAL
    assert clear.sum() > 15_000
    assert (cells[row[which], column[which]] == expected[own])[clear].all()
    by_cells, by_polygons = (f.groupby("class")["area_ha"].sum() for f in (said, pieces))
    for word, hectares in by_polygons.items():
        assert by_cells[word] == pytest.approx(
            hectares, abs=460.0
        )  # half a cell of 76 m along six edges of 20 km
    with (tmp_path / "availability_cells.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))[1:]
    assert sum(float(r[-1]) for r in rows) == pytest.approx(said["area_ha"].sum(), rel=1e-6)


def test_classes_are_the_same_at_all_resolutions_up_to_the_edge(tmp_path: Path) -> None:
    _, setting = busy_valley()
    seen = {}
    for metres in (100.0, 30.0, 10.0):
        folder = tmp_path / f"{metres:g}"
        folder.mkdir()
        seen[metres] = painted(setting, folder, metres)[:2]
    coarse, transform = seen[100.0]
    inner = np.ones(coarse.shape, dtype=bool)
    for row in (-1, 0, 1):
        for column in (-1, 0, 1):
            inner &= np.roll(coarse, (row, column), (0, 1)) == coarse
    at = np.random.default_rng(3).choice(np.flatnonzero(inner & (coarse > 0)), 4_000)
    row, column = np.unravel_index(at, coarse.shape)
    xs, ys = transform.c + (column + 0.3) * transform.a, transform.f + (row + 0.6) * transform.e
    for metres in (30.0, 10.0):
        cells, fine = seen[metres]
        own = cells[((ys - fine.f) / fine.e).astype(int), ((xs - fine.c) / fine.a).astype(int)]
        assert (own == coarse[row, column]).all()


def test_cells_come_with_names_colours_and_a_style(tmp_path: Path) -> None:
    _, setting = busy_valley()
    painted(setting, tmp_path, 100.0)
    for name in ("availability", "availability_rules", "availability_causes"):
        with rasterio.open(tmp_path / f"{name}.tif") as file:
            assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG" and file.nodata is not None
            assert file.colormap(1)
        assert "<paletteEntry" in (tmp_path / f"{name}.qml").read_text(encoding="utf-8")
        assert "GDALRasterAttributeTable" in (tmp_path / f"{name}.tif.aux.xml").read_text(encoding="utf-8")
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def test_the_command_writes_rasters_alone(tmp_path: Path) -> None:
    manifest = on_disk(tmp_path / "layers", *yuncheng(fen_bank()))
    out = tmp_path / "out"
    asked = ["where", "--industry", "2521", "--city", "河津", "--on", "2026-01-01", "--layers", str(manifest)]
    told = CliRunner().invoke(app, [*asked, "--raster-only", "--resolution", "100m", "--out", str(out)])
    assert told.exit_code == 0, told.output
    names = {path.name for path in out.iterdir()}
    assert {"availability.tif", "availability_rules.tif", "availability_causes.tif", "run.json"} <= names
    assert not {"availability.gpkg", "availability.xlsx"} & names
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert sum(record["hectares"].values()) > 50_000 and record["options"]["resolution_m"] == 100.0
