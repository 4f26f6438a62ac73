"""Shapefiles of a run: GBK, names of ten bytes, nothing lost without being told."""

from __future__ import annotations

import csv
from pathlib import Path

import pyogrio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from test_qgis_project import small

from geo.frames import VERDICTS
from geo.writers import write_run
from geo.writers.outputs import Outputs
from geo.writers.shapefiles import NAME_BYTES, TEXT_BYTES, cut_text, short_names

SHAPES = Outputs(report=False, figures=False, shapefile=True)


def test_a_run_comes_as_shapefiles_with_a_table_of_names(tmp_path: Path) -> None:
    folder = write_run(small(), tmp_path / "run", outputs=SHAPES) / "shapefile"
    with (folder / "字段对照表.csv").open(encoding="utf-8-sig", newline="") as file:
        names = list(csv.DictReader(file))
    sites = pyogrio.read_dataframe(folder / "sites.shp")
    assert sites["outcome_zh"].tolist() == small().verdicts["outcome_zh"].tolist()
    assert (folder / "sites.cpg").read_text() == "GBK"
    assert set(shapely.get_type_id(sites.geometry.to_numpy())) == {0}
    listed = [row["字段名"] for row in names if row["文件"] == "sites.shp"]
    assert listed == [name for name in sites.columns if name != "geometry"]
    assert all(len(name.encode("gbk")) <= NAME_BYTES for name in listed)
    whole = {row["原字段名"]: row for row in names if row["文件"] == "sites.shp"}
    assert whole["undetermined_rule_ids"]["中文名"] == VERDICTS["undetermined_rule_ids"].zh
    long = small().verdicts["reasons"].str.encode("gbk").str.len() > TEXT_BYTES
    assert ("已截断" in whole["reasons"]["备注"]) == bool(long.any())


def test_the_same_run_gives_the_same_shapefiles(tmp_path: Path) -> None:
    runs = [write_run(small(), tmp_path / name, outputs=SHAPES) / "shapefile" for name in ("a", "b")]
    held = sorted(path.name for path in runs[0].iterdir())
    assert [(runs[0] / name).read_bytes() for name in held] == [
        (runs[1] / name).read_bytes() for name in held
    ]


@given(st.lists(st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1), unique=True))
def test_short_names_are_short_and_each_once(columns: list[str]) -> None:
    names = short_names(columns)
    assert list(names) == columns
    assert all(1 <= len(name) <= NAME_BYTES for name in names.values())
    assert len({name.lower() for name in names.values()}) == len(columns)


@given(st.text(max_size=400))
def test_cut_text_fits_a_field_and_never_ends_in_half_a_character(text: str) -> None:
    cut = cut_text(text)
    assert len(cut.encode("gbk")) <= TEXT_BYTES
    assert text.encode("gbk", "replace").decode("gbk").startswith(cut)
