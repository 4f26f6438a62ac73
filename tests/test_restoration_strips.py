"""Strips of a hand-made valley: every hectare against what one works out by hand, within 0.1 %."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from geo.restoration.strips import StripMaker
from geo.space import area_m2
from geo.task import RestorationTask
from tests.valley import (
    EASTWARD,
    FEN,
    PLANE,
    area,
    book,
    by_bank,
    channel,
    counties,
    county,
    course,
    draw,
    line,
    metres,
    middles,
    task,
)
from tests.worlds import DAY, entry, in_memory, square_counties


def test_a_straight_river_has_ten_kilometres_of_a_hundred_metres_on_each_bank() -> None:
    strips = draw([task()], channel(), course(*EASTWARD))
    assert by_bank(strips) == pytest.approx({"left": 100.0, "right": 100.0}, rel=1e-3)
    assert strips["length_m"].sum() == pytest.approx(20_000, rel=1e-3)
    assert set(strips["state"]) == {"measured"}


def test_left_is_north_of_a_river_that_flows_east_and_south_of_one_that_flows_west() -> None:
    for points, north in ((EASTWARD, "left"), (EASTWARD[::-1], "right")):
        strips = draw([task()], channel(), course(*points))
        for strip in strips.itertuples():
            is_north = shapely.centroid(strip.geometry).y > 35.5
            assert (strip.bank == north) == is_north


def test_without_a_course_banks_are_named_by_the_compass() -> None:
    strips = draw([task()], channel())
    assert by_bank(strips) == pytest.approx({"north": 100.0, "south": 100.0}, rel=1e-3)
    assert set(strips["flow"]) == {"unknown"}
    north = strips[strips["bank"] == "north"]
    assert (middles(north)[:, 1] > 35.5).all()


def test_a_course_of_unknown_direction_leaves_the_flow_unknown() -> None:
    strips = draw([task()], channel(), course(*EASTWARD, flow=None))
    assert set(strips["bank"]) == {"north", "south"}


def test_a_reversed_layer_swaps_left_and_right() -> None:
    strips = draw([task()], channel(), course(*EASTWARD[::-1], flow="reversed"))
    left = strips[strips["bank"] == "left"]
    assert (middles(left)[:, 1] > 35.5).all()


def test_reaches_are_numbered_downstream() -> None:
    strips = draw([task()], channel(), course(*EASTWARD), reach_m=2_000)
    left = strips[strips["bank"] == "left"].sort_values("reach")
    assert len(left) >= 5
    assert (np.diff(middles(left)[:, 0]) > 0).all()
    west = draw([task()], channel(), course(*EASTWARD[::-1]), reach_m=2_000)
    left = west[west["bank"] == "left"].sort_values("reach")
    assert (np.diff(middles(left)[:, 0]) < 0).all()
    assert left["area_ha"].sum() == pytest.approx(100.0, rel=1e-3)


def test_the_strip_is_measured_before_it_is_cut() -> None:
    """The water lies wholly in the next county, 40 m beyond the border: 60 m of the strip are ours."""
    ours = area((-5_000, 140), (5_000, 140), (5_000, 9_000), (-5_000, 9_000))
    north = counties((ours, {"adcode": "140801", "name": "北县", "level": "county"}))
    strips = draw([task()], north, channel(), course(*EASTWARD))
    assert by_bank(strips) == pytest.approx({"left": 60.0}, rel=1e-3)


def test_a_border_across_the_river_parts_the_strip() -> None:
    two = counties(county(-5_000, 1_000, "140801"), county(1_000, 5_000, "140802"))
    strips = draw([task()], two, channel(), course(*EASTWARD))
    assert strips.groupby(["adcode", "bank"])["area_ha"].sum().to_dict() == pytest.approx(
        {("140801", "left"): 60, ("140801", "right"): 60, ("140802", "left"): 40, ("140802", "right"): 40},
        rel=1e-3,
    )


def test_a_centreline_that_stands_in_for_the_waterline_decides_nothing() -> None:
    strips = draw([task()], course(*EASTWARD))
    assert by_bank(strips) == pytest.approx({"left": 100.0, "right": 100.0}, rel=1e-3)
    assert set(strips["state"]) == {"undetermined"}
    assert set(strips["cause"]) == {"base_line"}


def test_a_meander_of_half_circles() -> None:
    """Two half circles of radius 1 000 m about the axis: outer strip π/2·(1100²−1000²), inner π/2·(1000²−900²)."""
    turn = np.linspace(np.pi, 0, 721)
    first = np.column_stack([-1_000 + 1_000 * np.cos(turn), 1_000 * np.sin(turn)])
    second = np.column_stack([1_000 + 1_000 * np.cos(-turn), 1_000 * np.sin(-turn)])
    points = [(-2_000, -3_000), *map(tuple, first), *map(tuple, second[1:]), (2_000, 3_000)]
    # straight pieces of 3 000 m below the start and above the end meet the half circles at right angles to the axis
    strips = draw([task(place={"theme": "river", "line": "centreline"})], course(*points))
    outer, inner = np.pi / 2 * (1_100**2 - 1_000**2), np.pi / 2 * (1_000**2 - 900**2)
    straight = 2 * 3_000 * 100
    hand = (outer + inner + straight) / 10_000
    assert by_bank(strips) == pytest.approx({"left": hand, "right": hand}, rel=1e-3)


def test_a_loop_narrower_than_two_strips_counts_its_neck_once() -> None:
    """Limbs 150 m apart: the ground between them, 2 000 m long, is within 100 m of both."""
    points = [(-75, -2_000), (-75, 0), (75, 0), (75, -2_000)]
    strips = draw([task(place={"theme": "river", "line": "centreline"})], course(*points))
    # the river goes up, right and down: the neck lies on its right
    between = 150 * 2_000
    around = 2 * 2_000 * 100 + 150 * 100 + 2 * np.pi * 100**2 / 4
    assert by_bank(strips) == pytest.approx({"right": between / 1e4, "left": around / 1e4}, rel=1e-3)


def test_at_a_confluence_the_stricter_keeps_the_ground() -> None:
    """A tributary 50 m wide strip meets the main stem's 100 m: it loses 100 m of its length on each bank."""
    tributary = entry(
        "river",
        (line((0, 6_000), (0, 0)), {"name": "支河"}),
        key="branch",
        line="centreline",
        flow="digitised",
    )
    main = task("AA-01", place={"theme": "river", "where": {"name": "汾河"}, "line": "centreline"})
    side = task(
        "AA-02",
        place={"theme": "river", "where": {"name": "支河"}, "line": "centreline"},
        width={date(2021, 1, 1): "50 m"},
    )
    strips = draw([main, side], course(*EASTWARD), tributary)
    branch = strips[strips["rule_id"] == "AA-02"]
    assert branch["area_ha"].sum() == pytest.approx(6_000 * 100 / 1e4, rel=1e-3)
    assert branch["counted_ha"].sum() == pytest.approx(5_900 * 100 / 1e4, rel=1e-3)
    assert branch.loc[branch["shared_with"] != "", "shared_with"].str.contains("AA-01/").all()
    trunk = strips[strips["rule_id"] == "AA-01"]
    assert trunk["counted_ha"].sum() == pytest.approx(trunk["area_ha"].sum())
    union = shapely.union_all(strips.geometry.to_numpy())
    assert strips["counted_ha"].sum() == pytest.approx(area_m2(np.array([union]))[0] / 1e4, rel=1e-6)


def test_a_softer_word_gives_way_even_where_it_is_wider() -> None:
    wide = task("AA-01", strength="in_principle", width={date(2021, 1, 1): "200 m"})
    narrow = task("AA-02", width={date(2021, 1, 1): "50 m"})
    strips = draw([wide, narrow], channel(), course(*EASTWARD)).groupby("rule_id")
    assert strips["area_ha"].sum().to_dict() == pytest.approx({"AA-01": 400, "AA-02": 100}, rel=1e-3)
    assert strips["counted_ha"].sum().to_dict() == pytest.approx({"AA-01": 300, "AA-02": 100}, rel=1e-3)


def levee_task() -> RestorationTask:
    return task(
        width={date(2021, 1, 1): "50 m"},
        place={"theme": "levee", "where": {"river": ["汾河"]}, "line": "levee_toe", "accept": ["centreline"]},
    )


@pytest.mark.parametrize("turned", [False, True])
def test_a_levee_on_one_side_has_its_strip_outside(turned: bool) -> None:
    points = ((-30_000, 300), (30_000, 300))
    levee = entry("levee", (line(*(points[::-1] if turned else points)), {"river": "汾河"}))
    strips = draw([levee_task()], levee, course(*EASTWARD))
    assert by_bank(strips) == pytest.approx({"left": 50.0}, rel=1e-3)
    assert (middles(strips)[:, 1] > 35.5 + 300 / 111_000).all()
    assert set(strips["state"]) == {"measured"}


def test_two_levees_without_a_course_tell_their_outer_sides_from_each_other() -> None:
    both = entry(
        "levee",
        (line((-30_000, 300), (30_000, 300)), {"river": "汾河"}),
        (line((30_000, -300), (-30_000, -300)), {"river": "汾河"}),
    )
    strips = draw([levee_task()], both)
    assert by_bank(strips) == pytest.approx({"north": 50.0, "south": 50.0}, rel=1e-3)
    assert set(strips["flow"]) == {"unknown"}
    north = strips[strips["bank"] == "north"]
    assert (middles(north)[:, 1] > 35.5 + 300 / 111_000).all()


def test_a_lone_levee_without_a_river_is_drawn_on_both_sides_and_stays_open() -> None:
    levee = entry("levee", (line((-30_000, 300), (30_000, 300)), {"river": "汾河"}))
    strips = draw([levee_task()], levee)
    assert strips["area_ha"].sum() == pytest.approx(100.0, rel=1e-3)
    assert set(strips["state"]) == {"undetermined"}
    assert strips["note"].str.contains("哪一侧临水").all()


def test_a_lake_has_one_shore() -> None:
    """A round lake of radius 500 m: a ring of π(550² − 500²)."""
    lake = entry(
        "lake", (metres(shapely.Point(0, 0).buffer(500, quad_segs=256)), {"name": "盐湖"}), line="waterline"
    )
    strips = draw(
        [task(place={"theme": "lake", "line": "waterline"}, width={date(2021, 1, 1): "50 m"})], lake
    )
    assert by_bank(strips) == pytest.approx({"shore": np.pi * (550**2 - 500**2) / 1e4}, rel=1e-3)


def test_known_water_is_no_part_of_a_strip() -> None:
    """A pond of 1 ha in the left strip of a centreline."""
    pond = entry("lake", (area((0, 10), (100, 10), (100, 110), (0, 110)), {"name": "塘"}), line="waterline")
    strips = draw([task(place={"theme": "river", "line": "centreline"})], course(*EASTWARD), pond)
    assert by_bank(strips) == pytest.approx({"left": 100 - 0.9, "right": 100.0}, rel=1e-3)


def test_an_island_is_no_bank() -> None:
    island = shapely.Polygon([(-500, -50), (500, -50), (500, 50), (-500, 50)])
    plain = shapely.Polygon([(-30_000, -100), (30_000, -100), (30_000, 100), (-30_000, 100)])
    water = entry("river", (metres(plain.difference(island)), FEN), line="waterline", key="water")
    strips = draw([task()], water, course(*EASTWARD))
    assert by_bank(strips) == pytest.approx({"left": 100.0, "right": 100.0}, rel=1e-3)


def test_the_best_reading_serves_each_county_by_itself() -> None:
    """A surveyed waterline in the west only: the centreline serves the east, and decides nothing there."""
    two = counties(county(-5_000, 0, "140801"), county(0, 5_000, "140802"))
    half = area((-30_000, -100), (-10, -100), (-10, 100), (-30_000, 100))
    water = entry("river", (half, FEN), line="waterline", key="water")
    strips = draw([task()], two, water, course(*EASTWARD))
    state = strips[strips["area_ha"] > 5].groupby("adcode")["state"].agg(set).to_dict()
    assert state["140801"] == {"measured"}


def test_a_layer_as_rough_as_the_strip_is_wide_cannot_place_it() -> None:
    strips = draw([task()], channel(accuracy_m=60.0), course(*EASTWARD))
    assert set(strips["state"]) == {"measured"}
    assert strips["doubt_share"].iloc[0] == pytest.approx(1.645 * 60 / 100, rel=1e-3)
    rough = draw([task()], channel(accuracy_m=61.0), course(*EASTWARD))
    assert set(rough["cause"]) == {"accuracy"}


def test_a_mine_is_its_own_ground() -> None:
    mine = entry(
        "mine", (area((0, 0), (300, 0), (300, 200), (0, 200)), {"name": "遗留采场", "status": "历史遗留"})
    )
    strips = draw([task(ground="area", place={"theme": "mine"}, width=None)], mine)
    assert by_bank(strips) == pytest.approx({"whole": 6.0}, rel=1e-3)
    assert strips["width_m"].isna().all()


def test_a_width_of_the_users_own_leaves_the_strip_open() -> None:
    wanted = task(width="not_given")
    assert not len(draw([wanted], channel(), course(*EASTWARD)))
    strips = draw([wanted], channel(), course(*EASTWARD), widths={"AA-01": 30.0})
    assert by_bank(strips) == pytest.approx({"left": 30.0, "right": 30.0}, rel=1e-3)
    assert set(strips["cause"]) == {"distance_not_given"}
    assert strips["width_by_user"].all()


@settings(max_examples=20, deadline=None)
@given(
    heading=st.floats(0, 360),
    width=st.floats(20, 400),
    half=st.floats(30, 300),
)
def test_whatever_way_the_river_runs(heading: float, width: float, half: float) -> None:
    """A county that is a disc of 5 km about the middle of a straight river: both banks alike, left on the left."""
    plain = affinity.rotate(shapely.box(-30_000, -half, 30_000, half), heading, origin=(0, 0))
    way = affinity.rotate(shapely.LineString(EASTWARD), heading, origin=(0, 0))
    disc = metres(shapely.Point(0, 0).buffer(5_000, quad_segs=64))
    held = (
        counties((disc, {"adcode": "140801", "name": "圆县", "level": "county"})),
        entry("river", (metres(plain), FEN), line="waterline", key="water"),
        entry("river", (metres(way), FEN), line="centreline", key="course", flow="digitised"),
    )
    strips = draw([task(width={date(2021, 1, 1): f"{width:.3f} m"})], *held)
    found = by_bank(strips)
    assert found["left"] == pytest.approx(found["right"], rel=1e-3)
    angle = np.radians(heading)
    left = shapely.points(middles(strips[strips["bank"] == "left"]))
    at = shapely.get_coordinates(PLANE.straight(left))
    assert (at @ np.array([-np.sin(angle), np.cos(angle)]) > 0).all()


def test_square_counties_help_nobody_without_divisions() -> None:
    maker = StripMaker(book(task()), in_memory(channel()), DAY)
    assert not len(maker.draw([task()]))
    assert square_counties(c140801=(110, 35, 111, 36)).layer.key == "counties"
