"""Zones drawn for maps: about every feature, within each rule's own jurisdiction."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from geo import load_layers, load_rulebook, starter_folder
from geo.rule import Rule
from geo.space import area_m2
from geo.zones import draw_zones, find_zones
from tests.worlds import DAY, in_memory, river, rule, square_counties

GEOD = Geod(ellps="GRS80")
#: Two cities side by side, each a degree wide; a river runs through both along 35.5 degrees.
WEST, EAST = (110.0, 35.0, 111.0, 36.0), (111.0, 35.0, 112.0, 36.0)
ACROSS = shapely.LineString([(110.2, 35.5), (111.8, 35.5)])
OF_WEST, OF_EAST = rule("AA-01"), rule("AA-02", plan="plan-1410", jurisdiction={"adcode": ["1410"]})


@pytest.mark.parametrize("rules", [[OF_WEST, OF_EAST], [OF_EAST, OF_WEST], [OF_WEST], [OF_EAST]])
def test_a_river_through_two_cities_has_its_zone_in_each(rules: list[Rule]) -> None:
    world = in_memory(
        square_counties(**{"c140802": WEST, "c141002": EAST}), river((ACROSS, {"name": "汾河"}))
    )
    drawn = draw_zones(find_zones(rules, world, DAY), rules, world).set_index("rule_id").geometry
    assert set(drawn.index) == {r.id for r in rules}
    for number, west in (("AA-01", 110.2), ("AA-02", 111.0)):
        if number in drawn.index:
            # 0.8 degrees of longitude at 35.5 degrees are 72.6 km, 2 km wide, and half a disc of 1 km at the river's end
            assert area_m2(np.array([drawn[number]]))[0] == pytest.approx(2_000 * 72_600 + 1.57e6, rel=2e-3)
            assert drawn[number].bounds[0] == pytest.approx(west, abs=0.012)


def test_zones_of_the_starter_layers_agree_with_buffers_in_a_plane_about_each() -> None:
    """Another way to the same areas: buffered whole in an equidistant plane, cut at the county, measured by geographiclib.

    Every eleventh feature of every rule, those too whose zone does not reach the jurisdiction.
    """
    book, catalog = load_rulebook(), load_layers(starter_folder())
    rules = book.in_force(DAY)
    zones = find_zones(rules, catalog, DAY)
    drawn = draw_zones(zones, rules, catalog).set_index("zone_id").geometry
    meant = zones[zones["limit_m"].notna()].iloc[::11]
    assert len(meant) > 80 and meant["rule_id"].nunique() > 40
    for row in meant.itertuples():
        area = catalog.area_of(book[row.rule_id].jurisdiction.adcode)
        near = shapely.intersection(row.geometry, shapely.box(*area.bounds).buffer(0.5))
        there = Transformer.from_crs(
            "EPSG:4490",
            f"+proj=aeqd +lon_0={area.centroid.x} +lat_0={area.centroid.y} +ellps=GRS80",
            always_xy=True,
        )
        flat = shapely.transform(near, there.transform, interleaved=False)
        wide = shapely.buffer(flat, row.limit_m, quad_segs=32) if row.limit_m > 0 else flat
        back = shapely.transform(
            wide, lambda x, y, by=there: by.transform(x, y, direction="INVERSE"), interleaved=False
        )
        want = abs(GEOD.geometry_area_perimeter(shapely.intersection(back, area))[0])
        have = drawn.get(row.zone_id, shapely.Polygon())
        assert abs(GEOD.geometry_area_perimeter(have)[0]) == pytest.approx(want, rel=4e-3, abs=100), (
            row.zone_id
        )
