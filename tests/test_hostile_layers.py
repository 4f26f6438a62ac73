"""Degrees of failure: a layer that cannot be read is named, with what it leaves open; it never vanishes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
from docx import Document
from worlds import counties_entry, east_of_bank, entry, fen_bank, on_disk, rule, rulebook, site_frame

from geo import Assessment, assess, load_layers
from geo.catalog import LayerCatalog
from geo.errors import LayerError
from geo.runs.request import Request
from geo.starter import lay_out_workspace
from geo.terms import Outcome
from geo.writers import write_run
from geo.writers.outputs import Outputs

DAY = date(2026, 1, 1)
NEAR, FAR = east_of_bank(500), east_of_bank(5000)
SITES = [{"site_id": "near", "name": "焦化近", "at": NEAR}, {"site_id": "far", "name": "焦化远", "at": FAR}]


def world(folder: Path) -> Path:
    """A bank, a second bank of the same line (complete too), a park that holds both sites, counties."""
    park = entry("park", (shapely.box(110, 35, 113, 38), {"name": "园区", "kind": "chemical"}))
    again = entry(
        "river",
        (shapely.LineString([(112.9, 34.0), (112.9, 35.0)]), {"name": "汾河", "stem": "干流"}),
        key="other",
    )
    return on_disk(folder, counties_entry(), fen_bank(), again, park)


def screened(manifest: Path, *rules: object, keep_going: bool = True) -> Assessment:
    catalog = load_layers(manifest, keep_going=keep_going)
    return assess(rulebook(*rules), catalog, site_frame(*SITES), DAY, move_radius_m=0)  # type: ignore[arg-type]


def outcomes(result: Assessment) -> dict[str, str]:
    return dict(zip(result.verdicts["site_id"], result.verdicts["outcome"], strict=True))


def spoil(path: Path, how: str) -> None:
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:5000])
    elif how == "no layer":
        path.write_bytes(b"")
    elif how == "missing":
        path.unlink()
    else:
        frame = pyogrio.read_dataframe(path)
        moved = gpd.GeoDataFrame(
            frame.drop(columns="geometry"), geometry=frame.geometry.to_numpy(), crs="EPSG:3857"
        )
        path.unlink()
        pyogrio.write_dataframe(moved, path)


@pytest.mark.parametrize("how", ["truncated", "no layer", "missing", "wrong system"])
def test_a_layer_that_cannot_be_read_leaves_its_rules_open_and_nothing_else(tmp_path: Path, how: str) -> None:
    manifest = world(tmp_path)
    whole = screened(manifest, rule("AA-01"))
    assert outcomes(whole) == {"near": Outcome.PROHIBITED, "far": Outcome.CLEAR}
    assert whole.set_aside.empty
    spoil(tmp_path / "other.gpkg", how)
    with pytest.raises(LayerError) as caught:
        screened(manifest, rule("AA-01"), keep_going=False)
    assert all(problem.what and problem.to_do for problem in caught.value.problems)
    found = screened(manifest, rule("AA-01"))
    # what the other bank surely shows stays; what only its silence said is open now
    assert outcomes(found) == {"near": Outcome.PROHIBITED, "far": Outcome.UNDETERMINED}
    (row,) = found.set_aside.to_dict("records")
    assert [row["layer_key"], row["rule_ids"], row["site_ids"]] == ["other", "AA-01", "far"]
    assert row["what"] and row["to_do"]
    open_ = found.findings[(found.findings["site_id"] == "far") & (found.findings["reading"] == 1)]
    assert open_["cause"].tolist() == ["unreadable_layer"] and "读不了" in open_["reason"].iat[0]
    assert found.coverage["status"].tolist() == ["absent"] and "other" in found.coverage["note"].iat[0]
    assert (found.certificate["status"] == "absent").all() and found.certificate["note"].str.contains(
        "other"
    ).all()


def test_a_layer_of_another_river_is_not_blamed(tmp_path: Path) -> None:
    line = shapely.LineString([(112.9, 34.0), (112.9, 35.0)])
    other = entry("river", (line, {"name": "涑水河"}), key="other", where={"name": "涑水河"})
    manifest = on_disk(tmp_path, counties_entry(), fen_bank(), other)
    spoil(tmp_path / "other.gpkg", "missing")
    of_fen = {"theme": "river", "where": {"name": "汾河"}, "line": "bank"}
    found = screened(manifest, rule("AA-01", measured_from=of_fen))
    assert outcomes(found) == {"near": Outcome.PROHIBITED, "far": Outcome.CLEAR}
    assert found.set_aside["rule_ids"].tolist() == [""]


def test_every_fault_of_every_layer_is_told_at_once(tmp_path: Path) -> None:
    manifest = world(tmp_path)
    spoil(tmp_path / "other.gpkg", "truncated")
    spoil(tmp_path / "park.gpkg", "truncated")
    in_park = rule(
        "AA-02", effect="require", measure="outside", distance=None, measured_from={"theme": "park"}
    )
    with pytest.raises(LayerError) as caught:
        screened(manifest, rule("AA-01"), in_park, keep_going=False)
    assert {problem.where for problem in caught.value.problems} == {"other", "park"}
    assert "--keep-going" in caught.value.message


def test_a_layer_that_no_rule_needs_stops_nobody(tmp_path: Path) -> None:
    manifest = world(tmp_path)
    spoil(tmp_path / "park.gpkg", "truncated")
    assert outcomes(screened(manifest, rule("AA-01"), keep_going=False))["far"] == Outcome.CLEAR


def test_a_bad_manifest_stops_also_those_who_keep_going(tmp_path: Path) -> None:
    manifest = world(tmp_path)
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace("theme: park", "theme: parc"), encoding="utf-8"
    )
    with pytest.raises(LayerError):
        load_layers(manifest, keep_going=True)


def test_addresses_and_virtual_paths_are_refused(tmp_path: Path) -> None:
    manifest = world(tmp_path)
    for path in (
        "/vsicurl/http://example.org/a.gpkg",
        "https://example.org/a.gpkg",
        "PG:dbname=x",
        "/vsizip/a.zip",
    ):
        changed = manifest.read_text(encoding="utf-8").replace("path: other.gpkg", f"path: '{path}'")
        (tmp_path / "m.yaml").write_text(changed, encoding="utf-8")
        with pytest.raises(LayerError) as caught:
            load_layers(tmp_path / "m.yaml", keep_going=True)
        assert "不联网" in caught.value.problems[0].what


def test_what_was_set_aside_is_in_everything_that_is_written(tmp_path: Path) -> None:
    manifest = world(tmp_path / "layers")
    spoil(tmp_path / "layers" / "other.gpkg", "truncated")
    result = screened(manifest, rule("AA-01"))
    out = write_run(result, tmp_path / "run", outputs=Outputs(figures=False))
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert [row["layer_key"] for row in record["set_aside"]] == ["other"]
    table = pyogrio.read_dataframe(out / "screening.gpkg", layer="set_aside", read_geometry=False)
    assert table["layer_key"].tolist() == ["other"]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "个图层读不了，已搁置" in page and "搁置的图层" in page
    words = Document(str(out / "report.docx"))
    assert any("个图层读不了，已搁置" in paragraph.text for paragraph in words.paragraphs)


def test_a_raster_that_only_restoration_reads_is_set_aside_too(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    lay_out_workspace(folder)
    (folder / "layers" / "cover.tif").write_bytes(b"no raster")
    manifest = folder / "layers" / "manifest.yaml"
    entry_ = "  - {key: cover, theme: landcover, path: cover.tif, classes: worldcover, accuracy_m: 10, source: x, licence: x}\n"
    manifest.write_text(manifest.read_text(encoding="utf-8").rstrip("\n") + "\n" + entry_, encoding="utf-8")
    lines = (folder / "example_sites.csv").read_text(encoding="utf-8").splitlines()
    one = folder / "one.csv"
    one.write_text(
        "\n".join([lines[0], next(line for line in lines if line.startswith("S-03"))]), encoding="utf-8"
    )
    asked = Request((one,), manifest, DAY, keep_going=False, move_radius_m=0.0, restoration=True)
    with pytest.raises(LayerError):
        asked.screen()
    result = replace(asked, keep_going=True).screen()
    assert result.restoration is not None
    assert [(row["layer_key"], row["site_ids"]) for row in result.set_aside.to_dict("records")] == [
        ("cover", "")
    ]


def test_without_keeps_what_was_set_aside(tmp_path: Path) -> None:
    manifest = world(tmp_path)
    spoil(tmp_path / "other.gpkg", "missing")
    catalog = load_layers(manifest, keep_going=True)
    assert isinstance(catalog, LayerCatalog)
    assert list(catalog.without("park").set_aside) == ["other"]
