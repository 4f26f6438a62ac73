"""What is compiled for many points gives what the general code gives: to the bit, or to the library's figures."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

pytest.importorskip("numba")

from geo.index import Places, ReferenceIndex
from geo.index.asking import curve_order
from geo.index.boxes import build_tree
from geo.index.geodesics import near_geodesic_m
from geo.index.pieces import corners_of_rings, pieces_of, segments
from geo.index.point_walks import nearest_to_points
from geo.index.walks import nearest_segments
from geo.space import area_m2, geodesic_m

WEST, SOUTH, EAST, NORTH = 110.0, 34.0, 114.0, 40.0


def rivers(rng: np.random.Generator, count: int, vertices: int, step_deg: float) -> np.ndarray:
    found = []
    for _ in range(count):
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.3, vertices))
        start = rng.uniform((WEST, SOUTH), (EAST, NORTH))
        found.append(
            shapely.LineString(
                start + step_deg * np.cumsum(np.column_stack([np.cos(heading), np.sin(heading)]), axis=0)
            )
        )
    return np.array(found, dtype=object)


def both(
    shapes: np.ndarray, points: np.ndarray, cap_m: float = np.inf
) -> tuple[list[np.ndarray], tuple[int, int, int]]:
    """The answers of either walk, and what each compared (and what the one for points measured)."""
    starts, ends, owner = segments(shapes)
    tree = build_tree(starts, ends)
    owner = owner[tree.row]
    order = curve_order(points)
    at, near = np.full(len(points), -1), np.full((len(points), 4), np.nan)
    pieces, first = pieces_of(shapely.points(points))
    walk = (tree.segments, owner, tree.boxes, tree.metres, tree.levels)
    compared = nearest_segments(pieces, first, order, *walk, cap_m, at, near)
    other_at, other_near = np.full(len(points), -1), np.full((len(points), 4), np.nan)
    walk = (tree.segments, owner, tree.boxes, tree.levels)
    work = nearest_to_points(points[order], order, *walk, cap_m, other_at, other_near)
    owners = [np.where(one >= 0, owner[one], -1) for one in (at, other_at)]
    return [*owners, near, other_near], (compared, *work)


@pytest.mark.parametrize("cap_m", [np.inf, 30_000.0, 500.0, 0.0])
@pytest.mark.parametrize(
    ("count", "vertices", "step_deg"),
    [(1, 2, 3.0), (3, 30, 0.2), (20, 400, 0.002), (12, 2_000, 0.002), (5, 1, 0.1)],
)
def test_points_have_the_nearest_segment_of_the_general_walk(
    count: int, vertices: int, step_deg: float, cap_m: float
) -> None:
    rng = np.random.default_rng(count)
    shapes = (
        rivers(rng, count, vertices, step_deg)
        if vertices > 1
        else shapely.points(rng.uniform(110, 114, (5, 2)) - [0, 75])
    )
    shapes = np.concatenate([shapes, shapes[:1]])  # a line drawn twice: the first counts
    xy = shapely.get_coordinates(shapes)
    beside = xy[rng.integers(len(xy), size=100)] + rng.normal(0, 1e-4, (100, 2))
    far = rng.uniform((100, 20), (125, 50), (100, 2))  # a thousand kilometres away
    points = np.concatenate([rng.uniform((WEST, SOUTH), (EAST, NORTH), (300, 2)), beside, far, xy[:50]])
    (feature, other, near, other_near), _ = both(shapes, points, cap_m)
    assert np.array_equal(feature, other)
    assert np.array_equal(near, other_near, equal_nan=True)
    assert (other >= 0).all() if np.isinf(cap_m) else (other < 0).any()


def test_few_segments_are_measured_exactly() -> None:
    # counted work: of 40,000 segments some dozens are compared in a plane, two or three in the plane of the pair
    rng = np.random.default_rng(5)
    points = rng.uniform((WEST, SOUTH), (EAST, NORTH), (5_000, 2))
    _, (before, compared, measured) = both(rivers(rng, 20, 2_000, 0.001), points)
    assert compared / len(points) < 40  # of runs of a line that a curve through the plane has parted: 42
    assert compared < 1.3 * before
    assert measured / len(points) < 6


@pytest.mark.parametrize("reach_deg", [1e-6, 0.001, 0.1, 2.9, 30.0])
@pytest.mark.parametrize("lat", [-40.0, 0.0, 36.0, 53.0, 84.0, 89.0])
def test_geodesics_are_the_library_s(lat: float, reach_deg: float) -> None:
    rng = np.random.default_rng(9)
    start = np.column_stack([rng.uniform(70, 140, 1_000), lat + rng.uniform(-0.5, 0.5, 1_000)])
    end = start + rng.uniform(-reach_deg, reach_deg, start.shape) * [
        1.0,
        0.5 if abs(lat) + reach_deg < 90 else 0.01,
    ]
    rows = rng.permutation(1_000)[:700]
    found = near_geodesic_m(start, end, rows)
    assert found == pytest.approx(geodesic_m(start[rows], end[rows]), rel=1e-11, abs=1e-8)
    assert near_geodesic_m(start, start, rows).tolist() == [0.0] * 700


def test_a_geodesic_does_not_depend_on_its_company() -> None:
    rng = np.random.default_rng(10)
    start = rng.uniform((WEST, SOUTH), (EAST, NORTH), (1_003, 2))
    end = start + rng.uniform(-0.2, 0.2, start.shape)
    together = near_geodesic_m(start, end, np.arange(1_003))
    alone = [near_geodesic_m(start, end, np.array([row]))[0] for row in range(1_003)]
    assert together.tolist() == alone


def test_a_point_in_the_area_of_a_mixed_collection_lies_in_it() -> None:
    # a line beside an area in one collection: a ray from the point to the east meets both
    area, line = shapely.box(111.0, 35.0, 111.1, 35.1), shapely.LineString([(111.2, 34.9), (111.2, 35.2)])
    index = ReferenceIndex(np.array([shapely.GeometryCollection([area, line])], dtype=object))
    found = index.nearest(np.array([shapely.Point(111.05, 35.05), shapely.Point(111.15, 35.05)]))
    assert found.distance_m[0] == 0.0
    assert found.distance_m[1] == pytest.approx(4561.0, abs=5.0)  # 0.05 degrees of 91.2 km


def test_the_first_of_the_features_that_hold_a_point_is_told() -> None:
    low, high = shapely.box(111.0, 35.0, 111.2, 35.2), shapely.box(111.1, 35.1, 111.3, 35.3)
    index = ReferenceIndex(np.array([shapely.Point(100.0, 30.0), high, low], dtype=object))
    spots = [(111.15, 35.15), (111.05, 35.05), (111.2, 35.15), (111.0, 35.05), (111.3, 35.25)]
    for sites in (shapely.points(spots), Places(shapely.points(spots))):
        found = index.nearest(sites)
        assert found.feature.tolist() == [1, 2, 1, 2, 1]
        assert found.distance_m.tolist() == [0.0] * 5
        assert found.on_reference.tolist() == [list(spot) for spot in spots]


def test_some_of_the_sites_share_what_is_taken_from_all() -> None:
    plots = np.array(
        [shapely.box(111 + k / 100, 35, 111.005 + k / 100, 35.004 + k / 1000) for k in range(12)]
    )
    plots[3] = shapely.Polygon(plots[3].exterior, [shapely.box(111.031, 35.001, 111.032, 35.002).exterior])
    index = ReferenceIndex(
        np.array([shapely.box(111.002, 35.002, 111.2, 35.1), shapely.box(111.05, 34.9, 111.07, 35.2)])
    )
    for rows in (np.array([3, 7, 1]), np.arange(11, -1, -1)):
        places = Places(plots)
        shared = index.common_m2(places.only(rows))
        assert shared.tolist() == index.common_m2(plots[rows]).tolist()
        assert ("rings" in places.__dict__) == (len(rows) >= 3)
        assert shared.tolist() == index.common_m2(plots)[rows].tolist()
    assert index.common_m2(plots).min() > 0


def test_what_lies_in_two_features_that_overlap_counts_once() -> None:
    low, high = shapely.box(111.0, 35.0, 111.02, 35.02), shapely.box(111.01, 35.0, 111.03, 35.02)
    beside = shapely.box(111.03, 35.0, 111.04, 35.02)  # only an edge with the one before
    index = ReferenceIndex(np.array([low, high, beside]))
    plots = np.array(
        [shapely.box(111.005, 35.005, 111.025, 35.01), shapely.box(111.025, 35.005, 111.035, 35.01)] * 3
    )
    found = index.common_m2(plots)
    own = [ReferenceIndex(np.array([plot])).common_m2(np.array([plot]))[0] for plot in plots]
    assert found == pytest.approx(own, rel=1e-6)


@pytest.mark.parametrize("spread_deg", [0.5, 0.02])
def test_common_areas_of_many_plots_are_those_cut_out(spread_deg: float) -> None:
    # plots far from all edges, where a dozen is told at once, and plots on edges
    rng = np.random.default_rng(11)
    zones = []
    for lon, lat in rng.uniform((111.0, 35.0), (111.5, 35.5), (7, 2)):
        turn = np.linspace(0, 2 * np.pi, 90, endpoint=False)
        wave = 0.12 * (1 + 0.2 * np.sin(5 * turn) + 0.02 * rng.random(90))
        ring = np.column_stack([lon + wave * np.cos(turn), lat + wave * np.sin(turn)])
        zones.append(shapely.Polygon(ring, [[lon, lat] + 0.3 * (ring - [lon, lat])]))
    parts = shapely.get_parts(shapely.union_all(zones))
    at = 0.25 + rng.uniform(-spread_deg, spread_deg, (2_000, 2)) + np.array([111.0, 35.0])
    plots = shapely.box(*at.T, *(at + rng.uniform(0.0005, 0.005, at.shape)).T)
    expected = area_m2(shapely.intersection(plots, shapely.union_all(parts)))
    found = ReferenceIndex(parts).common_m2(plots)
    # a square degree is taken at the middle of the common part
    assert found == pytest.approx(expected, rel=1e-5, abs=0.01)
    assert (found > 0).any() and (spread_deg < 0.1 or (found == 0).any())


def test_rings_taken_some_at_a_time_are_all_rings() -> None:
    turn = np.linspace(0, 2 * np.pi, 901)[:-1]
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    areas = [  # 150,000 corners and more: three times what is taken at once; one of them larger than that alone
        shapely.Polygon((at, 36) + 0.4 * circle, [(at, 36) + 0.1 * circle] if at % 2 else None)
        for at in range(110, 220)
    ]
    turn = np.linspace(0, 2 * np.pi, 60_001)[:-1]
    areas.insert(50, shapely.Polygon(30 * np.column_stack([np.cos(turn), np.sin(turn)])))
    polygons = np.array(areas, dtype=object)
    xy, ring, polygon = corners_of_rings(polygons)
    drawn, owner = shapely.get_rings(polygons, return_index=True)
    corners, number = shapely.get_coordinates(drawn, return_index=True)
    assert (polygon == owner).all() and (ring == number).all() and (xy == corners).all()
    mixed = np.array([shapely.LineString([(1, 1), (2, 2)]), *areas, shapely.Point(3, 3)], dtype=object)
    starts, ends, row = segments(mixed)
    assert len(starts) == len(xy) - len(drawn) + 2
    assert (starts[0] == 1).all() and (ends[0] == 2).all() and (starts[-1] == 3).all()
    assert set(row.tolist()) == set(range(len(mixed)))
