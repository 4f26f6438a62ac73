"""OpenStreetMap as a stopgap, on a small extract made here."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from worlds import COUNTIES, counties_entry, judged, on_disk, rule, rulebook, site_frame, the_rules

from geo import load_layers
from geo.cli import main
from geo.errors import LayerError
from geo.osm.extract import Extract, read_extract
from geo.osm.layers import propose_osm, write_layers
from geo.osm.names import asked_names, match_name
from geo.terms import Theme

osmium = pytest.importorskip("osmium")
from osmium.osm import mutable  # noqa: E402

NODES = {
    1: (110.70, 35.60), 2: (110.70, 35.65), 3: (110.70, 35.70), 4: (110.75, 35.65),
    5: (110.80, 35.60), 6: (110.81, 35.60), 7: (110.81, 35.61), 8: (110.80, 35.61),
    9: (110.803, 35.603), 10: (110.806, 35.603), 11: (110.806, 35.606), 12: (110.803, 35.606),
}  # fmt: skip
RING = [5, 6, 7, 8, 5]


def extract_file(path: Path, replicated: str | None = "2026-03-01T20:21:22Z") -> Path:
    """The Fen in two ways and a side arm, two more waters, a reservoir with an island, a railway, places."""
    header = osmium.io.Header()
    if replicated:
        header.set("osmosis_replication_timestamp", replicated)
    tagged = {
        20: {"amenity": "school", "name": "一中"},
        21: {"place": "village", "name": "东庄"},
        22: {"amenity": "nursing_home"},
        23: {"amenity": "restaurant"},
    }
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for number, at in NODES.items():
            writer.add_node(mutable.Node(id=number, location=at, version=1, timestamp="2026-02-01T00:00:00Z"))
        for number, tags in tagged.items():
            writer.add_node(
                mutable.Node(
                    id=number, location=(110.9, 35.6), tags=tags, version=1, timestamp="2026-02-01T00:00:00Z"
                )
            )
        ways = {
            30: ([1, 2], {"waterway": "river", "name": "Fen He", "name:zh": "汾河（河津段）"}),
            31: ([2, 3], {"waterway": "river"}),  # named by its relation only
            32: ([2, 4], {"waterway": "river", "name": "汾河"}),  # a side arm
            33: ([3, 4], {"waterway": "river", "name": "小汾河", "width": "30 m"}),
            34: ([1, 4], {"waterway": "ditch", "name": "姚暹渠"}),
            35: ([1, 5], {"waterway": "stream"}),  # nameless: left out
            36: ([1, 3], {"railway": "rail", "name": "石太客专", "tunnel": "yes"}),
            37: ([5, 1], {"railway": "disused"}),
            38: (RING, {"landuse": "industrial", "name": "某厂"}),
            39: (RING, {"amenity": "hospital", "name": "县医院"}),
            40: (RING, {"natural": "water", "water": "river", "name": "汾河"}),
            41: (RING, {}),
            42: ([9, 10, 11, 12, 9], {}),
            43: ([1, 99], {"waterway": "river", "name": "出界河"}),  # a node beyond the extract
        }
        for number, (nodes, tags) in ways.items():
            writer.add_way(mutable.Way(id=number, nodes=nodes, tags=tags, version=1))
        relations = {
            50: ([("w", 30, "main_stream"), ("w", 31, ""), ("w", 32, "side_stream")],
                 {"type": "waterway", "waterway": "river", "name": "汾河"}),
            51: ([("w", 41, "outer"), ("w", 42, "inner")],
                 {"type": "multipolygon", "natural": "water", "water": "reservoir", "name": "水库甲"}),
        }  # fmt: skip
        for number, (members, tags) in relations.items():
            writer.add_relation(mutable.Relation(id=number, members=members, tags=tags, version=1))
    return path


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Extract:
    book = the_rules()
    path = extract_file(tmp_path_factory.mktemp("osm") / "shanxi.osm.pbf")
    rivers = asked_names(book, Theme.RIVER, Theme.CANAL)
    return read_extract(path, rivers, asked_names(book, Theme.RAILWAY))


def rows(frame: gpd.GeoDataFrame, *columns: str) -> dict[str, tuple[object, ...]]:
    values = frame[list(columns)].astype(object).where(frame[list(columns)].notna(), None)
    return dict(zip(frame["osm_id"], values.itertuples(index=False, name=None), strict=True))


def test_rivers_by_the_plans_names_and_the_stem_by_relation(extract: Extract) -> None:
    assert rows(extract.layers["river"], "name", "stem", "half_width_m") == {
        "w30": ("汾河", "干流", 1000.0),
        "w31": ("汾河", "干流", 1000.0),
        "w32": ("汾河", None, 1000.0),  # whether an arm is the main stem is not said
        "w33": ("小汾河", None, 30.0),  # not the Fen
    }
    assert rows(extract.layers["river"], "osm_name")["w30"] == ("汾河（河津段）",)
    assert rows(extract.layers["canal"], "name") == {"w34": ("姚暹渠",)}
    assert rows(extract.layers["river_water"], "name", "stem") == {"w40": ("汾河", None)}
    assert extract.broken == 1 and extract.as_of == date(2026, 3, 1)


def test_the_other_layers(extract: Extract) -> None:
    held = extract.layers
    assert rows(held["lake"], "name", "kind") == {"r51": ("水库甲", "水库")}
    assert shapely.get_num_interior_rings(shapely.get_parts(held["lake"].geometry.iloc[0])).tolist() == [1]
    assert rows(held["railway"], "name", "section") == {"w36": ("石太客专", "隧道")}
    assert rows(held["school"], "name", "kind") == {"n20": ("一中", "学校")}
    assert rows(held["hospital"], "name", "kind") == {
        "w39": ("县医院", "医疗机构"),
        "n22": (None, "养老机构"),
    }
    assert rows(held["settlement"], "name", "kind") == {"n21": ("东庄", "居民区")}
    assert rows(held["industrial"], "name") == {"w38": ("某厂",)}
    assert held["hospital"].geometry.iloc[0].geom_type in ("Point", "MultiPolygon", "Polygon")


def test_the_rules_own_names_are_asked_for() -> None:
    asked = asked_names(the_rules(), Theme.RIVER, Theme.CANAL, Theme.VALLEY)
    assert {"汾河", "涑水河", "姚暹渠", "潇河", "黄河"} <= asked
    assert match_name(["姚暹渠"], asked) == "姚暹渠"
    assert match_name(["潇河主河道"], asked) == "潇河"
    assert match_name(["涑水河(夏县段)"], asked) == "涑水河"
    assert match_name(["汾河一支渠", "汾河渠"], asked) == ""


def test_the_date_without_a_header_is_that_of_the_newest_object(tmp_path: Path) -> None:
    assert read_extract(extract_file(tmp_path / "a.osm.pbf", None)).as_of == date(2026, 2, 1)


def test_what_is_written_is_a_layer_that_screens(tmp_path: Path, extract: Extract) -> None:
    """A site 500 m from the river: a centreline within 1 km proves it; a far site stays open."""
    manifest = on_disk(tmp_path / "layers", counties_entry())
    file = tmp_path / "layers" / "osm.gpkg"
    write_layers(extract, file)
    proposals = propose_osm(file, manifest, extract)
    assert all(not p.missing and not p.problems for p in proposals), [p.problems for p in proposals]
    river = next(p for p in proposals if p.facts.name == "osm_river").entry
    assert {name: river[name] for name in ("theme", "line", "accuracy_m", "as_of")} == {
        "theme": "river",
        "line": "centreline",
        "accuracy_m": 50,
        "as_of": date(2026, 3, 1),
    }
    assert "ODbL" in river["licence"] and "2026-03-01" in river["source"] and "covers" not in river
    from geo.manifest.add import add_layers

    assert len(add_layers(manifest, proposals)) == 8
    fen = {
        "theme": "river",
        "where": {"name": "汾河", "stem": "干流"},
        "line": "bank",
        "accept": ["centreline"],
    }
    book = rulebook(rule("AA-01", measured_from=fen))
    sites = site_frame(
        {"at": (110.7055, 35.62), "adcode": "140882"}, {"at": (111.2, 35.2), "adcode": "140823"}
    )
    result = judged(load_layers(manifest), sites, book)
    first = result.findings[result.findings["reading"] == 1].set_index("site_id")
    assert first["state"].to_dict() == {"S0": "hit", "S1": "undetermined"}
    assert first.loc["S0", "distance_m"] == pytest.approx(498, abs=1)
    assert first.loc["S1", "cause"] == "coverage"
    with pytest.raises(LayerError) as error:
        write_layers(extract, file)
    assert "已存在" in error.value.problems[0].what


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = on_disk(tmp_path / "layers", counties_entry())
    file = extract_file(tmp_path / "shanxi.osm.pbf")

    def run(*args: object) -> int:
        given = ["hongxian", "layers", "import-osm", file, "--manifest", manifest, *args]
        monkeypatch.setattr(sys, "argv", [str(arg) for arg in given])
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    assert run("--out", tmp_path / "a.gpkg") == 0
    out = capsys.readouterr().out
    assert "2026-03-01" in out and "ODbL" in out and "汾河" in out and "未登记" in out
    assert [layer.key for layer in load_layers(manifest).layers] == [COUNTIES.key]
    assert run("--out", tmp_path / "b.gpkg", "--yes", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert {"汾河", "姚暹渠"} <= set(said["named"]) and "涑水河" in said["lacking"]
    assert len(load_layers(manifest).layers) == 1 + len(said["added"]) == 9
    assert run("--out", tmp_path / "b.gpkg") == 2
    file.write_bytes(b"no pbf")
    assert run("--out", tmp_path / "c.gpkg") == 2
    assert "OSM 数据读不了" in capsys.readouterr().err
    assert not (tmp_path / "c.gpkg").exists()


def test_without_the_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "osmium", None)
    with pytest.raises(LayerError) as error:
        read_extract(tmp_path / "a.osm.pbf")
    assert "hongxian[osm]" in error.value.problems[0].to_do
