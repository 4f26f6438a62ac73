"""``--keep-going`` of ``restore`` and ``where``: an unreadable layer is set aside, named in all that is written, and leaves open
what it would have decided; nothing is measured or free for want of it."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pyogrio
import pytest
import rasterio
from test_restoration_cli import run, workspace
from worlds import entry, on_disk, yuncheng

from geo import load_layers
from geo.errors import LayerError, RunError
from geo.terms import Cause
from tests.test_availability import valley
from tests.valley import area

RESTORE = ("restore", "--on", "2026-01-01", "--adcode", "1408", "--no-figures")
WHERE = (
    "where",
    "--industry",
    "2221",
    "--adcode",
    "1408",
    "--on",
    "2026-01-01",
    "--land-only",
    "--no-figures",
    "--no-report",
)


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def aside_of(out: Path) -> dict[str, str]:
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    return {row["layer_key"]: row["rule_ids"] for row in record["set_aside"]}


@pytest.mark.parametrize("lost", ["levee", "landcover"])
def test_restoration_without_a_layer_measures_nothing_that_hangs_on_it(lost: str, tmp_path: Path) -> None:
    manifest = workspace(tmp_path / "layers")
    spoil(tmp_path / "layers" / f"{lost}.gpkg")
    with pytest.raises(LayerError):
        run(*RESTORE, "--layers", manifest, "--out", tmp_path / "no")
    assert not (tmp_path / "no").exists()
    out = tmp_path / "out"
    said = run(*RESTORE, "--layers", manifest, "--out", out, "--keep-going")
    assert "搁置的图层" in said
    aside = aside_of(out)
    assert list(aside) == [lost] and "YC-62" in aside[lost].split(";")
    ledger = pyogrio.read_dataframe(out / "restoration.gpkg", layer="restoration")
    own = ledger[ledger["rule_id"] == "YC-62"]
    assert len(own) and set(own["state"]) == {"undetermined"}
    assert own["cause"].str.split(";").map(lambda causes: Cause.UNREADABLE in causes).all()
    table = pyogrio.read_dataframe(out / "restoration.gpkg", layer="set_aside", read_geometry=False)
    assert table["layer_key"].tolist() == [lost]
    first = openpyxl.load_workbook(out / "restoration.xlsx").worksheets[0]
    assert any("读不了，已搁置" in str(cell.value) for row in first.iter_rows() for cell in row)


def test_restoration_in_english_names_what_was_set_aside(tmp_path: Path) -> None:
    manifest = workspace(tmp_path / "layers")
    spoil(tmp_path / "layers" / "landcover.gpkg")
    run(*RESTORE, "--layers", manifest, "--out", tmp_path / "out", "--keep-going", "--lang", "en")
    first = openpyxl.load_workbook(tmp_path / "out" / "restoration.xlsx").worksheets[0]
    assert any("were set aside: landcover" in str(cell.value) for row in first.iter_rows() for cell in row)


@pytest.fixture
def ground(tmp_path: Path) -> Path:
    admin, bank = valley()
    red = entry(
        "red_line",
        (area((1_500, -3_000), (4_000, -3_000), (4_000, 2_000), (1_500, 2_000)), {}),
        accuracy_m=20,
    )
    others = [e for e in yuncheng(bank, red) if e.layer.theme != "admin"]
    return on_disk(tmp_path / "layers", admin, *others)


def classes(out: Path) -> dict[str, float]:
    return json.loads((out / "run.json").read_text(encoding="utf-8"))["hectares"]


def test_ground_without_a_layer_is_never_free(ground: Path, tmp_path: Path) -> None:
    run(*WHERE, "--layers", ground, "--out", tmp_path / "whole")
    spoil(ground.parent / "red_line.gpkg")
    with pytest.raises(LayerError, match="--keep-going"):
        run(*WHERE, "--layers", ground, "--out", tmp_path / "no")
    out = tmp_path / "out"
    said = run(*WHERE, "--layers", ground, "--out", out, "--keep-going", "--report")
    assert "搁置的图层" in said
    aside = aside_of(out)
    assert list(aside) == ["red_line"] and aside["red_line"]
    # of the ground that was free something hangs on the red line: nothing is free, and no rule of the rest is milder
    whole, without = classes(tmp_path / "whole"), classes(out)
    assert sum(without.values()) == pytest.approx(sum(whole.values()), rel=1e-6)
    assert without.get("free", 0.0) == 0.0 and without["undetermined"] > whole.get("undetermined", 0.0)
    pieces = pyogrio.read_dataframe(out / "availability.gpkg", layer="availability")
    assert "free" not in set(pieces["place_class"])
    table = pyogrio.read_dataframe(out / "availability.gpkg", layer="set_aside", read_geometry=False)
    assert table["layer_key"].tolist() == ["red_line"]
    assert "个图层读不了，已搁置" in (out / "report.html").read_text(encoding="utf-8")
    first = openpyxl.load_workbook(out / "availability.xlsx").worksheets[0]
    assert any("读不了，已搁置" in str(cell.value) for row in first.iter_rows() for cell in row)


def test_cells_without_a_layer_are_never_free(ground: Path, tmp_path: Path) -> None:
    spoil(ground.parent / "red_line.gpkg")
    out = tmp_path / "cells"
    words = [word for word in WHERE if word not in ("--no-figures", "--no-report", "--land-only")]
    run(*words, "--layers", ground, "--out", out, "--keep-going", "--raster-only", "--resolution", "200m")
    assert list(aside_of(out)) == ["red_line"] and aside_of(out)["red_line"]
    with rasterio.open(out / "availability.tif") as file:
        assert not (file.read(1) == 1).any()


def test_ground_without_outlines_of_counties_is_told(ground: Path, tmp_path: Path) -> None:
    (outlines,) = [layer for layer in load_layers(ground).layers if layer.theme == "admin"]
    spoil(ground.parent / outlines.path)
    with pytest.raises(RunError, match="没有县界"):
        run(*WHERE, "--layers", ground, "--out", tmp_path / "out", "--keep-going")
