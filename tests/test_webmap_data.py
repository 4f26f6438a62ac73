"""What the map's page is given: small, whole, and never other than what the run says."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from worlds import enlarged, rule

from geo import assess, load_layers, load_rulebook, read_sites, starter_folder
from geo.assessment import Assessment
from geo.contracts import NUMBER, TEXT, Column, split
from geo.errors import RunError
from geo.language import Lang
from geo.terms import Outcome
from geo.wording import heading
from geo.writers.content import Content, Group, Kind
from geo.writers.contents import run_contents
from geo.writers.tiles import read_tiles
from geo.writers.webmap import morelayers, write_map
from geo.writers.webmap.crowd import crowd_grid, shown_sites
from geo.writers.webmap.morelayers import more_layers
from geo.writers.webmap.packing import Phrases, pack, rings
from geo.writers.webmap.sitedata import SiteData, site_data
from geo.writers.webmap.topology import POINTS_UP_TO, topology
from geo.writers.webmap.zonedata import periods, zone_data


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    starter = starter_folder()
    sites = read_sites(starter / "example_sites.csv", starter / "example_sites.geojson")
    return assess(load_rulebook(), load_layers(starter), sites, on=date(2026, 1, 1))


@pytest.fixture(scope="module")
def data(assessment: Assessment) -> SiteData:
    return site_data(assessment, np.arange(len(assessment.sites)))


def unpack(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text)))


def fill(table: list[str], coded: list[Any]) -> str:
    pieces = table[coded[0]].split("\x01")
    return "".join(a + b for a, b in zip(pieces, [*coded[1:], ""], strict=True))


# ---- packing ----


@given(st.lists(st.text()))
def test_a_phrase_comes_back_as_it_was(texts: list[str]) -> None:
    texts = [text.replace("\x01", "") for text in texts]
    phrases = Phrases()
    coded = [phrases.encode(text) for text in texts]
    assert [fill(phrases.table, one) for one in coded] == texts


@given(st.text())
def test_what_is_packed_comes_back(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode("utf-8")
    assert unpack(pack({"text": text})) == {"text": text}


def test_rings_are_within_a_tenth_of_a_metre() -> None:
    square = shapely.box(111.1234567, 35.7654321, 111.2, 35.8)
    (lon, lat), *holes = rings(square)
    assert not holes
    back = np.column_stack([np.cumsum(lon), np.cumsum(lat)]) / 1e6
    assert np.abs(back - shapely.get_coordinates(square)).max() <= 0.5e-6 + 1e-12  # 0.05 m


# ---- sites ----


def test_popups_say_every_check_in_the_words_of_the_findings(assessment: Assessment, data: SiteData) -> None:
    table = unpack(data.phrases)
    said = [site for lot in data.lots for site in unpack(lot)]
    assert len(said) == len(assessment.sites)
    for site_id, popup in zip(data.columns["id"], said, strict=True):
        own = assessment.findings[assessment.findings["site_id"] == site_id]
        want = sorted(
            (rule_id, state, reason.removeprefix(f"{heading(assessment.rulebook[rule_id])}："))
            for rule_id, state, reason in own[["rule_id", "state", "reason"]].itertuples(index=False)
        )
        states = ("hit", "miss", "undetermined")
        got = sorted(
            (data.rule_ids[number], states[state], fill(table, reason))
            for number, readings in popup["checks"]
            for state, reason in readings
        )
        assert got == want
        verdict = assessment.verdicts.set_index("site_id").loc[site_id]
        assert [data.rule_ids[k] for k in popup["deciding"]] == split(verdict["deciding_rule_ids"])
        for key in ("settle", "remedy", "move", "readings", "governing"):
            assert "\n".join(fill(table, line) for line in popup.get(key, [])) == verdict[key]


def test_deciding_rules_come_first(data: SiteData) -> None:
    for lot in data.lots:
        for popup in unpack(lot):
            order = [number for number, _ in popup["checks"] if number in popup["deciding"]]
            assert [number for number, _ in popup["checks"]][: len(order)] == order


def test_columns_are_the_verdicts(assessment: Assessment, data: SiteData) -> None:
    columns = data.columns
    assert columns["id"] == assessment.sites["site_id"].tolist()
    assert [list(Outcome)[k] for k in columns["outcome"]] == assessment.verdicts["outcome"].tolist()
    at = dict(zip(columns["id"], columns["city"], strict=True))
    assert columns["cities"][at["S-10"]] == "运城市"
    touched = assessment.findings[assessment.findings["state"] != "miss"]
    for site_id, own in zip(columns["id"], columns["set"], strict=True):
        want = set(touched.loc[touched["site_id"] == site_id, "rule_id"])
        assert {data.rule_ids[k] for k in columns["sets"][own]} == want


# ---- zones ----


def decoded(content: dict[str, Any]) -> list[shapely.Geometry]:
    """TopoJSON back to polygons, by its definition."""
    scale, move = content["transform"]["scale"], content["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + move for arc in content["arcs"]]

    def ring(numbers: list[int]) -> np.ndarray:
        pieces = [arcs[k] if k >= 0 else arcs[~k][::-1] for k in numbers]
        return np.vstack([pieces[0], *(piece[1:] for piece in pieces[1:])])

    found = []
    for geometry in content["objects"]["data"]["geometries"]:
        parts = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
        polygons = [shapely.Polygon(ring(part[0]), [ring(hole) for hole in part[1:]]) for part in parts]
        found.append(shapely.union_all(polygons))
    return found


def test_neighbours_keep_their_border() -> None:
    """A wavy border between two areas: simplified, it is one line for both, with neither gap nor overlap."""
    y = np.linspace(35.0, 35.2, 400)
    wave = np.column_stack([111.1 + 0.002 * np.sin(300 * (y - 35)), y])
    west = shapely.Polygon([(111.0, 35.0), *wave, (111.0, 35.2)])
    east = shapely.Polygon([(111.2, 35.0), *wave, (111.2, 35.2)])
    content, step_m = topology([west, east], 50.0)
    assert step_m == 50.0
    a, b = decoded(content)
    assert shapely.get_num_coordinates(a) < shapely.get_num_coordinates(west) / 4
    assert shapely.intersection(a, b).area < 1e-12
    assert shapely.union_all([a, b]).area == pytest.approx(0.2 * 0.2, rel=1e-6)
    assert shapely.hausdorff_distance(a, west) < 50 / 100_000 * 1.5


def test_too_many_points_are_simplified_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert POINTS_UP_TO == 120_000
    monkeypatch.setattr("geo.writers.webmap.topology.POINTS_UP_TO", 50)
    circle = shapely.Point(111, 35).buffer(0.1, quad_segs=200)
    content, step_m = topology([circle], 1.0)
    assert step_m > 1.0
    assert sum(len(arc) for arc in content["arcs"]) <= 50


def test_periods_of_a_rule_with_dated_distances() -> None:
    dated = rule(
        "YC-15",
        in_force={"from": date(2021, 1, 1), "until": date(2025, 12, 31)},
        distance={date(2021, 1, 1): "1 km", date(2023, 1, 1): "2 km"},
    )
    assert [(p.start, p.end) for p in periods(dated)] == [
        (date(2021, 1, 1), date(2022, 12, 31)),
        (date(2023, 1, 1), date(2025, 12, 31)),
    ]
    assert [p.holds(date(2022, 12, 31)) for p in periods(dated)] == [True, False]
    assert not any(p.holds(date(2026, 1, 1)) for p in periods(dated))


def test_every_zone_of_the_run_holds_on_its_day(assessment: Assessment) -> None:
    drawn = next(content.frame for content in run_contents(assessment) if content.name == "zones")
    zones = zone_data(assessment, drawn)
    terms = [
        term
        for data in zones.effects.values()
        for part in data["parts"]
        for facts in part["facts"]
        for term in facts["rules"]
    ]
    on = assessment.on.isoformat()
    held = {rule_id for rule_id, start, end in terms if start <= on and (not end or on <= end)}
    assert held == set(drawn["rule_id"])
    assert assessment.on in zones.days
    assert date(2024, 8, 23) in zones.days  # the youngest plan's


# ---- further layers ----


def test_any_further_layer_is_taken() -> None:
    contract = {"what": Column(TEXT, "内容", "what"), "length_m": Column(NUMBER, "长度", "length", "米")}
    frame = gpd.GeoDataFrame(
        {"what": ["<b>测量</b>", "补测"], "length_m": [1234.5, np.nan]},
        geometry=[shapely.LineString([(111, 35), (111.1, 35)]), shapely.LineString([(112, 35), (112, 36)])],
        crs=4490,
    )
    held = [
        Content("survey_needed", "需核实岸段", Group.TO_SETTLE, Kind.LINE, contract, frame),
        Content("nothing", "空", Group.CONFLICTS, Kind.AREA, contract, frame.head(0)),
        Content("table", "表", Group.CONFLICTS, Kind.TABLE, contract, frame.drop(columns="geometry")),
    ]
    [(content, layer)] = more_layers(held)
    assert content.name == "survey_needed"
    assert layer["columns"] == ["内容", "长度（米）"]
    assert unpack(layer["rows"]) == [["<b>测量</b>", "1,234.5"], ["补测", ""]]


# ---- too many sites ----


def test_above_the_limit_the_clear_ones_go_first(assessment: Assessment) -> None:
    many = enlarged(assessment, 300)
    outcome = many.verdicts["outcome"].to_numpy()
    assert len(shown_sites(many, up_to=300)) == 300
    shown = shown_sites(many, up_to=299)
    assert set(shown) == set(np.flatnonzero(outcome != "clear"))
    few = shown_sites(many, up_to=20)
    assert len(few) == 20
    order = list(Outcome)
    left_out = sorted(set(shown) - set(few))
    assert max(order.index(outcome[k]) for k in few) <= min(order.index(outcome[k]) for k in left_out)


def test_the_grid_counts_every_site(assessment: Assessment) -> None:
    many = enlarged(assessment, 300)
    grid = crowd_grid(many)
    counts = np.array(grid["cells"])[:, 2:]
    assert counts.sum() == 300
    want = many.verdicts["outcome"].value_counts()
    assert counts.sum(axis=0).tolist() == [int(want.get(outcome, 0)) for outcome in Outcome]


def test_a_map_of_too_many_sites_says_so(
    assessment: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo.writers.webmap.SITES_UP_TO", 100)
    write_map(enlarged(assessment, 150), tmp_path / "map.html")
    text = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "共 150 个项目，超过 100 个：地图只逐个显示结论不是“未触及”的 100 个" in text
    assert "screening.gpkg" in text
    assert 'hongxian.layer("crowd", "crowd")' in text


def test_two_thousand_sites_stay_under_five_megabytes(assessment: Assessment, tmp_path: Path) -> None:
    write_map(enlarged(assessment, 2000), tmp_path / "map.html")
    assert (tmp_path / "map.html").stat().st_size < 5_000_000


# ---- online base maps ----


def test_tiles_are_only_what_the_user_names(assessment: Assessment, tmp_path: Path) -> None:
    key = "0123456789abcdef0123456789abcdef"
    write_map(assessment, tmp_path / "off.html")
    write_map(assessment, tmp_path / "on.html", tiles=read_tiles(f"tianditu:{key}"))
    off, on = ((tmp_path / name).read_text(encoding="utf-8") for name in ("off.html", "on.html"))
    assert "tianditu" not in off
    assert "img-src data: blob:; " in off
    assert key in on
    assert "img-src data: blob: https://t0.tianditu.gov.cn https://t1.tianditu.gov.cn" in on


@pytest.mark.parametrize("text", ["tianditu", "tianditu:", "tianditu:a b", "osm", "gaode:key", ""])
def test_unknown_tiles_are_refused(text: str) -> None:
    with pytest.raises(RunError, match="--tiles"):
        read_tiles(text)


# ---- what is left out, and the language of the page ----


def test_rows_beyond_what_a_layer_shows_are_told_on_the_page(
    assessment: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = run_contents(assessment)
    certificate = next(content for content in contents if content.name == "certificate")
    monkeypatch.setattr(morelayers, "ROWS_UP_TO", 1)
    write_map(assessment, tmp_path / "map.html", contents)
    count = len(certificate.frame)
    assert count > 1
    said = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert f"图层“{certificate.zh}”共 {count:,} 个，地图只画前 1 个，其余 {count - 1:,} 个见" in said


def test_the_page_says_which_language_it_is_in(assessment: Assessment, tmp_path: Path) -> None:
    for lang, code, title in ((Lang.ZH, "zh-CN", "项目空间准入"), (Lang.EN, "en", "Preliminary screening")):
        path = tmp_path / f"{lang}.html"
        write_map(assessment, path, lang=lang)
        page = path.read_text(encoding="utf-8")
        assert f'<html lang="{code}">' in page
        assert page.split("<h1>")[1].startswith(title)
