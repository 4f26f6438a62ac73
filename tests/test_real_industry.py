"""The real steel plants and coal units of the four cities, and facts about them that anyone can look up.

Positions and capacities are those of Global Energy Monitor (CC BY 4.0), good to 100–500 m.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
from worlds import (
    DAY,
    check,
    counties_entry,
    entry,
    from_point,
    in_memory,
    judged,
    outcomes,
    site_frame,
    the_rules,
    verdict,
)

from geo import Assessment, LayerCatalog, load_layers, starter_folder
from geo.terms import Measure, Outcome
from geo.zones import draw_zones, find_zones

INDUSTRY = Path(__file__).parents[2] / "shared" / "data" / "industry.gpkg"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not INDUSTRY.is_file(), reason="no real industry data beside the checkout"),
]

CITIES = ("1401", "1403", "1407", "1408")  # 太原, 阳泉, 晋中, 运城
STEEL, COAL = "gem_iron_steel_2025_03", "gem_coal_units_2024_07"
DEVELOPMENTS = ("existing", "rebuild", "new")


@cache
def plants(layer: str) -> gpd.GeoDataFrame:
    """The plants (units) of a layer that lie in the four cities, with the code of their county."""
    frame = pyogrio.read_dataframe(INDUSTRY, layer=layer).to_crs("EPSG:4490")
    counties = counties_entry().frame[["adcode", "geometry"]]
    joined = gpd.sjoin(frame, counties, predicate="within").drop(columns="index_right")
    return joined[joined["adcode"].str[:4].isin(CITIES)].reset_index(drop=True)


@cache
def coal_plants() -> gpd.GeoDataFrame:
    """Coal plants with the sum of their operating units: 全厂装机."""
    running = plants(COAL).query("status == 'operating'")
    first = running.drop_duplicates("plant_id").set_index("plant_id")
    return first.assign(capacity_mw=running.groupby("plant_id")["capacity_mw"].sum())


@cache
def screened(layer: str) -> Assessment:
    """Every plant as it stands, rebuilt and new, on the starter layers."""
    industry, processes = ("3110;3120", "") if layer == STEEL else ("4411", "coal_fired")
    rows = [
        {
            "site_id": f"{number}-{development}",
            "name": plant.plant_zh,
            "industry": industry,
            "processes": processes,
            "development": development,
            "accuracy_m": 300.0,
            "geometry": plant.geometry,
        }
        for number, plant in enumerate(plants(layer).itertuples())
        for development in DEVELOPMENTS
    ]
    return judged(load_layers(starter_folder()), site_frame(*rows))


@pytest.mark.parametrize(("layer", "count"), [(STEEL, 8), (COAL, 125)])
def test_every_plant_gets_one_verdict_and_none_slips_through(layer: str, count: int) -> None:
    result = screened(layer)
    assert len(plants(layer)) == count
    assert len(result.verdicts) == 3 * count
    assert result.verdicts["site_id"].is_unique
    assert list(result.verdicts["site_id"]) == list(result.sites["site_id"])
    # all lie in a city with a plan, and no rule can be settled by demonstration data: none is clear
    assert not set(result.verdicts["outcome"]) & {Outcome.NOT_COVERED, Outcome.CLEAR}
    assert (result.verdicts["reasons"] != "").all()


def test_every_prohibition_on_the_starter_layers_rests_on_real_data() -> None:
    for layer in (STEEL, COAL):
        result = screened(layer)
        deciding = result.verdicts.set_index("site_id").query("outcome == 'prohibited'")["deciding_rule_ids"]
        hits = result.findings.query("reading == 1 and state == 'hit'")
        for row in hits[hits["site_id"].isin(deciding.index)].to_dict("records"):
            if row["rule_id"] in deciding[row["site_id"]].split(";"):
                assert not row["demo"]
        assert set(deciding.index) <= set(hits["site_id"])


def test_taigang_lies_in_the_six_districts_where_a_rebuild_is_prohibited() -> None:
    number = int(plants(STEEL).index[plants(STEEL)["plant_zh"].str.contains("太钢")].item())
    assert plants(STEEL)["adcode"][number] == "140108"  # 尖草坪区
    result = screened(STEEL)
    for development in ("rebuild", "new"):
        found = verdict(result, f"{number}-{development}")
        assert found["outcome"] == "prohibited"
        assert "TY-03" in found["deciding_rule_ids"].split(";")
    # what stands is not what TY-03 speaks of
    standing = result.findings.query("site_id == @site_id", local_dict={"site_id": f"{number}-existing"})
    assert "TY-03" not in set(standing["rule_id"])


def test_a_steel_plant_by_the_city_border_is_limited_once_its_county_is_declared() -> None:
    """美锦 stands in 清徐, outside the six districts, 272 m from 吕梁: nearer than GEM's 300 m can tell."""
    plant = plants(STEEL).query("plant_zh == '美锦钢铁公司'").iloc[0]
    assert plant["adcode"] == "140121"
    rebuild = {"industry": "3110;3120", "development": "rebuild", "accuracy_m": 300.0}
    sites = site_frame(
        {**rebuild, "site_id": "by place", "geometry": plant.geometry},
        {**rebuild, "site_id": "declared", "geometry": plant.geometry, "adcode": "140121"},
    )
    result = judged(load_layers(starter_folder()), sites, the_rules().only(["TY-03", "TY-04"]))
    assert outcomes(result) == {"by place": "undetermined", "declared": "restricted"}
    assert check(result, "by place", "TY-04")["cause"] == "accuracy"
    assert verdict(result, "declared")["deciding_rule_ids"] == "TY-04"
    assert "TY-03" not in set(result.findings["rule_id"])


# The 30 km about heat-and-power plants of 300 MW and more (YC-26) ---------------------------------------

GUANLV = "L100000101552"  # 运城关铝热电, 盐湖区: 4 units, 560 MW
TAIYUAN_2 = "L100000101524"  # 大唐太原第二热电厂: 4 units, 1,260 MW


@cache
def heat_world() -> LayerCatalog:
    """All operating coal plants as the layer chp_plant, complete in 运城 and 30 km around it."""
    features = [
        (plant.geometry, {"name": plant.plant_zh, "capacity_mw": plant.capacity_mw})
        for plant in coal_plants().itertuples()
    ]
    around = {"adcode": ["14", "61", "41"]}
    return in_memory(counties_entry(), entry("chp_plant", *features, accuracy_m=300, covers=around))


def test_capacity_is_that_of_the_whole_plant() -> None:
    assert coal_plants().loc[GUANLV, "capacity_mw"] == 560
    assert coal_plants().loc[TAIYUAN_2, "capacity_mw"] == 1260
    units = plants(COAL).query("plant_id == @GUANLV and status == 'operating'")["capacity_mw"]
    assert units.max() < 300  # no single unit would make it a centre


def test_a_large_plant_of_yuncheng_is_the_centre_of_30_km_and_one_of_taiyuan_is_not() -> None:
    rules = [the_rules()["YC-26"]]
    zones = find_zones(rules, heat_world(), DAY)
    assert set(zones["measure"]) == {Measure.WITHIN_DISTANCE}
    drawn = draw_zones(zones, rules, heat_world()).set_index("feature_name").geometry
    centre = coal_plants().loc[GUANLV]
    assert centre["adcode"] == "140802"
    area = drawn[centre["plant_zh"]]
    assert area.contains(centre.geometry)
    assert area.contains(shapely.Point(boiler_at(10_000)))
    assert not area.contains(shapely.Point(boiler_at(31_000)))
    assert coal_plants().loc[TAIYUAN_2, "plant_zh"] not in drawn.index


def boiler_at(metres: float) -> tuple[float, float]:
    """A place east of 关铝热电; no other large plant lies within 30 km of it."""
    centre = coal_plants().loc[GUANLV].geometry
    return from_point(centre.x, centre.y, 90.0, metres)


@pytest.mark.parametrize(("metres", "outcome"), [(10_000, "must_exit"), (31_000, "clear")])
def test_a_small_coal_boiler_within_30_km_must_close(metres: float, outcome: str) -> None:
    boiler = site_frame(
        {
            "site_id": "锅炉",
            "industry": "1411",
            "processes": "coal_boiler",
            "development": "existing",
            "at": boiler_at(metres),
        }
    )
    result = judged(heat_world(), boiler, the_rules().only(["YC-26"]))
    assert outcomes(result) == {"锅炉": outcome}
    assert result.findings["distance_m"].item() == pytest.approx(metres, abs=0.01)
    assert result.findings["feature_name"].item() == "运城关铝热电"
