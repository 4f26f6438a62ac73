"""Distances decide: every one is compared with a brute-force geodesic or a place set by geodesic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_space import AZIMUTHS, LATITUDES, LONGITUDES, star, true_distance_m

import geo.index.planar
from geo.index import ReferenceIndex, segments
from geo.space import area_m2, draw_buffer, geodesic_m, move

PROPERTY = settings(deadline=None, max_examples=40, derandomize=True, database=None)
LIMITS_M = [30, 50, 100, 1000, 2000, 30_000]


def shapes(*geometries: shapely.Geometry) -> np.ndarray:
    return np.array(geometries, dtype=object)


def index_of(*geometries: shapely.Geometry) -> ReferenceIndex:
    return ReferenceIndex(shapes(*geometries))


def distance_m(reference: shapely.Geometry, site: shapely.Geometry) -> float:
    return float(index_of(reference).nearest(shapes(site)).distance_m[0])


@st.composite
def chains(draw: st.DrawFn, lon: float, lat: float, longest_m: float) -> shapely.LineString:
    """A line that winds on from a point, as a river or a pipeline does."""
    corners = [(lon, lat)]
    azimuth = draw(AZIMUTHS)
    for _ in range(draw(st.integers(1, 6))):
        corners.append(move(*corners[-1], azimuth, draw(st.floats(10.0, longest_m))))
        azimuth += draw(st.floats(-120.0, 120.0))
    return shapely.LineString(corners)


@st.composite
def footprints(draw: st.DrawFn, lon: float, lat: float, largest_m: float) -> shapely.Geometry:
    """A point, line or plot at a place."""
    kind = draw(st.sampled_from(["point", "line", "polygon"]))
    if kind == "point":
        return shapely.Point(lon, lat)
    if kind == "line":
        return draw(chains(lon, lat, largest_m))
    spokes = st.tuples(st.integers(0, 23).map(lambda k: 15.0 * k), st.floats(largest_m / 50, largest_m))
    plot = star(lon, lat, draw(st.lists(spokes, min_size=3, max_size=7, unique_by=lambda s: s[0])))
    assume(plot.is_valid)  # three corners in one line are no plot
    return plot


@st.composite
def pairs(draw: st.DrawFn, limit_m: float) -> tuple[shapely.Geometry, shapely.Geometry]:
    """A reference anywhere in Shanxi and a site whose first corner is about ``limit_m`` from it."""
    lon, lat = draw(LONGITUDES), draw(LATITUDES)
    reference = draw(footprints(lon, lat, draw(st.sampled_from([200.0, 5000.0, 30_000.0]))))
    first, second = shapely.get_coordinates(reference)[
        [0, min(1, shapely.get_num_coordinates(reference) - 1)]
    ]
    along = first + draw(st.floats(0.0, 1.0)) * (second - first)
    start = move(*along, draw(AZIMUTHS), limit_m * draw(st.floats(0.5, 1.5)))
    return reference, draw(footprints(*start, draw(st.sampled_from([50.0, 1000.0, 5000.0]))))


# --- against the brute force -----------------------------------------------------------------------


@pytest.mark.parametrize("limit_m", LIMITS_M)
def test_distances_are_the_true_ones_at_every_limit(limit_m: float) -> None:
    # 0.1 m is the promise; up to 2 km a millimetre is kept
    tolerance = 0.001 if limit_m <= 2000 else 0.1

    @PROPERTY
    @given(pairs(limit_m))
    def check(pair: tuple[shapely.Geometry, shapely.Geometry]) -> None:
        reference, site = pair
        assert distance_m(reference, site) == pytest.approx(true_distance_m(site, reference), abs=tolerance)

    check()


@pytest.mark.parametrize("metres", [50, 1000, 2000])
@pytest.mark.parametrize("length_deg", [0.02, 0.2])
def test_a_long_line_beside_a_long_line(metres: float, length_deg: float) -> None:
    # meridians draw together northwards: the nearest place is the site's northern end. Over 2.2 km that
    # is half a metre in 2 km, over 22 km five metres
    north = 35.0 + length_deg
    river = shapely.LineString([(111.0, 34.9), (111.0, north + 0.1)])
    lon, _ = move(111.0, north, 90.0, metres)
    road = shapely.LineString([(lon, 35.0), (lon, north)])
    assert distance_m(river, road) == pytest.approx(true_distance_m(road, river), abs=0.001)
    assert distance_m(river, road) == pytest.approx(metres, abs=0.001)


# --- places set by geodesic ------------------------------------------------------------------------


@PROPERTY
@given(LONGITUDES, LATITUDES, st.sampled_from([1999.0, 2000.0, 2001.0]), st.sampled_from([90.0, 270.0]))
def test_a_site_set_from_a_meridian_is_where_it_was_set(
    lon: float, lat: float, metres: float, azimuth: float
) -> None:
    # a geodesic that leaves a meridian at a right angle is the shortest way back to it
    meridian = shapely.LineString([(lon, lat - 0.1), (lon, lat + 0.1)])
    site = shapely.Point(move(lon, lat, azimuth, metres))
    assert distance_m(meridian, site) == pytest.approx(metres, abs=1e-4)


@pytest.mark.parametrize("metres", [1999.0, 2000.0, 2001.0])
def test_points_lines_and_plots_at_the_limit(metres: float) -> None:
    meridian = shapely.LineString([(110.7, 35.5), (110.7, 35.7)])
    corner = move(110.7, 35.6, 90.0, metres)
    away = [move(*corner, azimuth, 300.0) for azimuth in (60.0, 120.0)]
    footprints = shapes(
        shapely.Point(corner), shapely.LineString([corner, away[0]]), shapely.Polygon([corner, *away])
    )
    found = index_of(meridian).nearest(footprints)
    assert found.distance_m == pytest.approx([metres] * 3, abs=1e-4)
    assert found.on_site.tolist() == [list(corner)] * 3


@pytest.mark.parametrize("metres", [50.0, 1000.0, 30_000.0])
def test_a_reference_that_is_a_point(metres: float) -> None:
    plant = shapely.Point(111.0, 35.0)
    corner = move(111.0, 35.0, 90.0, metres)
    away = [move(*corner, azimuth, 300.0) for azimuth in (60.0, 120.0)]
    footprints = shapes(
        shapely.Point(corner), shapely.LineString([corner, away[0]]), shapely.Polygon([corner, *away])
    )
    assert index_of(plant).nearest(footprints).distance_m == pytest.approx([metres] * 3, abs=1e-6)


def test_several_points_as_reference() -> None:
    # 1 km east of the second of two plants, as two features and as one
    plants = [shapely.Point(111.0, 35.0), shapely.Point(111.1, 35.0)]
    corner = move(111.1, 35.0, 90.0, 1000.0)
    plot = shapely.Polygon([corner, *[move(*corner, azimuth, 300.0) for azimuth in (60.0, 120.0)]])
    found = index_of(*plants).nearest(shapes(plot))
    assert found.distance_m[0] == pytest.approx(1000.0, abs=1e-6)
    assert found.feature[0] == 1
    assert distance_m(shapely.MultiPoint(plants), plot) == pytest.approx(1000.0, abs=1e-6)


def test_the_nearest_place_may_lie_between_corners() -> None:
    # a plot that points at the middle of an edge, and an edge that faces a lone corner of the reference
    meridian = shapely.LineString([(111.0, 34.9), (111.0, 35.1)])
    lon, _ = move(111.0, 35.0, 90.0, 2000.0)
    road = shapely.LineString([(lon, 34.95), (lon, 35.05)])
    spur = shapely.LineString([(110.9, 35.0), (111.0, 35.0)])
    assert distance_m(meridian, shapely.Point(lon, 35.0)) == pytest.approx(2000.0, abs=1e-3)
    # from the spur's tip to the road: the foot on the meridian of the road
    assert distance_m(spur, road) == pytest.approx(true_distance_m(road, spur), abs=1e-4)
    assert distance_m(spur, road) == pytest.approx(2000.0, abs=1e-3)


BOX = shapely.box(112.0, 37.0, 112.2, 37.2)
RING = shapely.Polygon(BOX.exterior, [shapely.box(112.08, 37.08, 112.12, 37.12).exterior])


def test_inside_a_polygon_the_distance_is_nothing() -> None:
    inside, crossing = shapely.Point(112.05, 37.05), shapely.box(112.19, 37.05, 112.25, 37.06)
    about = shapely.box(111.9, 36.9, 112.3, 37.3)
    touching = shapely.box(112.2, 37.05, 112.25, 37.06)
    assert index_of(BOX).nearest(shapes(inside, crossing, about, touching)).distance_m.tolist() == [0.0] * 4


def test_in_a_hole_the_distance_is_that_to_the_rim() -> None:
    west_rim_at = 37.1
    site = shapely.Point(move(112.08, west_rim_at, 90.0, 700.0))
    assert distance_m(BOX, site) == 0.0
    assert distance_m(RING, site) == pytest.approx(700.0, abs=1e-3)


def test_the_nearer_part_of_a_multipolygon_counts() -> None:
    both = shapely.MultiPolygon([BOX, shapely.box(112.3, 37.0, 112.4, 37.2)])
    site = shapely.Point(move(112.3, 37.1, 270.0, 50.0))
    assert distance_m(both, site) == pytest.approx(50.0, abs=1e-4)


def test_parts_within_a_collection_stay_apart() -> None:
    # the repair of a broken outline may leave two areas and a line in one collection: nothing joins them
    areas = shapely.MultiPolygon([BOX, shapely.box(112.4, 37.0, 112.6, 37.2)])
    mixed = shapely.GeometryCollection([areas, shapely.LineString([(112.6, 37.2), (112.7, 37.3)])])
    site = shapely.Point(move(112.2, 37.1, 90.0, 5000.0))
    assert distance_m(mixed, site) == pytest.approx(5000.0, abs=0.001)
    assert distance_m(BOX, site) == pytest.approx(5000.0, abs=0.001)
    # the same shape as a site
    assert distance_m(site, mixed) == pytest.approx(5000.0, abs=0.001)


def test_a_line_that_crosses_the_reference_meets_it() -> None:
    river = shapely.LineString([(111.0, 35.0), (111.1, 35.1)])
    found = index_of(river).nearest(shapes(shapely.LineString([(111.0, 35.1), (111.1, 35.0)])))
    assert found.distance_m[0] == 0.0
    assert found.on_reference[0] == pytest.approx([111.05, 35.05], abs=1e-9)


def test_an_index_of_nothing_is_infinitely_far() -> None:
    nothing = ReferenceIndex(np.array([], dtype=object))
    sites = shapes(shapely.Point(112.0, 37.0), BOX)
    found = nothing.nearest(sites)
    assert np.isinf(found.distance_m).all()
    assert found.feature.tolist() == [-1, -1]
    assert np.isinf(nothing.protrusion_m(sites)).all()
    assert nothing.depth_m(sites).tolist() == [0.0, 0.0]
    assert not nothing.overlaps(sites).any()
    assert not nothing.is_area
    assert len(index_of(BOX).nearest(shapes()).distance_m) == 0


# --- what must not matter --------------------------------------------------------------------------


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[shapely.Geometry], list[shapely.Geometry]]:
    """Several references and several sites within some 30 km."""
    lon, lat = draw(LONGITUDES), draw(LATITUDES)

    def some(largest_m: float) -> list[shapely.Geometry]:
        count = draw(st.integers(2, 6))
        starts = [move(lon, lat, draw(AZIMUTHS), draw(st.floats(0.0, 15_000.0))) for _ in range(count)]
        return [draw(footprints(*start, largest_m)) for start in starts]

    return some(5000.0), some(1000.0)


@PROPERTY
@given(worlds())
def test_many_sites_at_once_are_measured_as_each_alone(
    world: tuple[list[shapely.Geometry], list[shapely.Geometry]],
) -> None:
    references, sites = world
    index = index_of(*references)
    together = index.nearest(shapes(*sites)).distance_m
    alone = [index.nearest(shapes(site)).distance_m[0] for site in sites]
    apart = [min(distance_m(reference, site) for reference in references) for site in sites]
    assert together.tolist() == alone
    # another company of references may give another equally near pair: equal to the micrometre
    assert together == pytest.approx(apart, abs=1e-6)


@pytest.mark.parametrize(("batch", "most_pairs"), [(1, 4_000_000), (3, 4_000_000), (20_000, 1), (3, 7)])
def test_the_size_of_a_batch_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, batch: int, most_pairs: int
) -> None:
    rng = np.random.default_rng(4490)
    river = shapely.LineString(np.column_stack([np.linspace(111.0, 111.3, 40), 35 + 0.02 * rng.random(40)]))
    centres = np.column_stack([111 + 0.3 * rng.random(30), 35 + 0.1 * rng.random(30)])
    plots = np.array([shapely.box(x, y, x + 0.002, y + 0.001) for x, y in centres], dtype=object)
    whole = index_of(river).nearest(plots)
    monkeypatch.setattr(geo.index.planar, "_BATCH", batch)
    monkeypatch.setattr(geo.index.planar, "_PAIRS", most_pairs)
    again = index_of(river).nearest(plots)
    assert again.distance_m.tolist() == whole.distance_m.tolist()
    assert again.on_reference.tolist() == whole.on_reference.tolist()


@PROPERTY
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_features_does_not_matter(
    world: tuple[list[shapely.Geometry], list[shapely.Geometry]], random: object
) -> None:
    references, sites = world
    order = list(range(len(references)))
    random.shuffle(order)  # type: ignore[attr-defined]
    found = index_of(*references).nearest(shapes(*sites)).distance_m
    shuffled = index_of(*[references[k] for k in order]).nearest(shapes(*sites)).distance_m
    assert shuffled.tolist() == found.tolist()


@PROPERTY
@given(pairs(1000.0), st.floats(-0.2, 0.2))
def test_along_a_parallel_everything_moves_together(
    pair: tuple[shapely.Geometry, shapely.Geometry], east_deg: float
) -> None:
    reference, site = pair

    def moved(geometry: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(geometry, lambda xy: np.add(xy, (east_deg, 0.0)))

    # longitudes near 112 are kept to 1.4e-14 degrees, about a nanometre
    assume(shapely.intersects(reference, site) == shapely.intersects(moved(reference), moved(site)))
    assert distance_m(moved(reference), moved(site)) == pytest.approx(distance_m(reference, site), abs=1e-6)


@pytest.mark.parametrize("azimuth", [0.0, 45.0, 90.0, 135.0, 180.0, 225.0, 270.0, 315.0])
def test_far_from_everything_the_figure_is_sane(azimuth: float) -> None:
    river = shapely.LineString([(111.0, 36.0), (111.5, 36.5), (112.5, 37.0), (113.0, 38.0)])
    site = shapely.Point(move(112.0, 37.0, azimuth, 300_000.0))
    true = true_distance_m(site, river)
    assert true - 1.0 <= distance_m(river, site) <= true * 1.05


@PROPERTY
@given(worlds())
def test_the_two_nearest_places_are_as_far_apart_as_the_distance(
    world: tuple[list[shapely.Geometry], list[shapely.Geometry]],
) -> None:
    references, sites = world
    found = index_of(*references).nearest(shapes(*sites))
    # what is compiled and pyproj differ by less than a hundred-billionth
    assert geodesic_m(found.on_site, found.on_reference) == pytest.approx(
        found.distance_m, rel=1e-11, abs=1e-8
    )
    for row, site in enumerate(sites):
        # a nanodegree is a tenth of a millimetre
        assert shapely.distance(site, shapely.Point(found.on_site[row])) < 1e-9
        feature = references[found.feature[row]]
        assert shapely.distance(feature, shapely.Point(found.on_reference[row])) < 1e-9


@PROPERTY
@given(pairs(1000.0))
def test_drawing_and_measuring_agree(pair: tuple[shapely.Geometry, shapely.Geometry]) -> None:
    # a site whose distance is clear of the limit lies clearly in or out of the zone drawn
    reference, site = pair
    distance = distance_m(reference, site)
    assume(abs(distance - 1000.0) > 1.0)
    assert draw_buffer(reference, 1000.0).intersects(site) == (distance < 1000.0)


# --- inside, outside, overlapping ------------------------------------------------------------------


def test_depth_is_the_way_out_of_the_deepest_corner() -> None:
    inside = shapely.Point(move(112.0, 37.1, 90.0, 500.0))
    corner = move(112.0, 37.1, 90.0, 800.0)
    west = [move(*corner, azimuth, 2000.0) for azimuth in (260.0, 280.0)]
    reaching_in = shapely.Polygon([corner, *west])  # only its tip lies inside
    outside = shapely.Point(move(112.0, 37.1, 270.0, 500.0))
    depth = index_of(BOX).depth_m(shapes(inside, reaching_in, outside))
    assert depth == pytest.approx([500.0, 800.0, 0.0], abs=0.01)


def test_depth_minds_holes() -> None:
    beside_hole = shapely.Point(move(112.08, 37.1, 270.0, 200.0))
    in_hole = shapely.Point(112.1, 37.1)
    assert index_of(RING).depth_m(shapes(beside_hole, in_hole)) == pytest.approx([200.0, 0.0], abs=0.01)


def test_depth_of_plots_that_adjoin_is_that_of_their_union() -> None:
    # farmland comes as many plots side by side: a site on the seam of two is as deep as in one
    west, east = shapely.box(112.0, 37.0, 112.1, 37.2), shapely.box(112.1, 37.0, 112.2, 37.2)
    site = shapely.Point(move(112.1, 37.1, 90.0, 1.0))
    way_out = true_distance_m(site, BOX.exterior)  # nearly 8.9 km
    assert index_of(BOX).depth_m(shapes(site))[0] == pytest.approx(way_out, abs=0.01)
    assert index_of(west, east).depth_m(shapes(site))[0] == pytest.approx(way_out, abs=0.01)


@PROPERTY
@given(pairs(50.0))
def test_depth_is_that_of_the_deepest_corner_or_middle(
    pair: tuple[shapely.Geometry, shapely.Geometry],
) -> None:
    area, site = pair
    assume(area.geom_type == "Polygon")
    places = [shapely.Point(xy) for xy in shapely.get_coordinates(site)] + [site.representative_point()]
    true = max(true_distance_m(place, area.exterior) if area.contains(place) else 0.0 for place in places)
    assert index_of(area).depth_m(shapes(site))[0] == pytest.approx(true, abs=0.01)


def test_protrusion_out_of_a_park() -> None:
    park = index_of(BOX)
    inside = shapely.Point(move(112.0, 37.1, 90.0, 500.0))
    tip = move(112.0, 37.1, 270.0, 300.0)
    reaching_out = shapely.Polygon([tip, *[move(*tip, azimuth, 2000.0) for azimuth in (80.0, 100.0)]])
    found = park.protrusion_m(shapes(inside, reaching_out, shapely.Point(tip)))
    assert found == pytest.approx([-500.0, 300.0, 300.0], abs=0.01)


def test_two_parks_that_adjoin_hold_a_site_together() -> None:
    west, east = shapely.box(112.0, 37.0, 112.1, 37.2), shapely.box(112.1, 37.0, 112.2, 37.2)
    astride = shapely.box(112.09, 37.09, 112.11, 37.11)
    found = index_of(west, east).protrusion_m(shapes(astride))[0]
    assert found == pytest.approx(index_of(BOX).protrusion_m(shapes(astride))[0])
    assert found < -7000  # 0.09 degrees of longitude, nearly 8 km, from the nearest edge


def test_a_plot_about_a_hole_protrudes() -> None:
    # all corners of the plot lie in the park, its middle in the hole
    plot = shapely.box(112.07, 37.07, 112.13, 37.13)
    assert index_of(RING).protrusion_m(shapes(plot))[0] > 1000


OVERLAPS = {
    "an edge shared": (shapely.box(112.2, 37.0, 112.3, 37.2), False),
    "part of an edge shared": (shapely.box(112.2, 37.05, 112.3, 37.1), False),
    "a corner shared": (shapely.box(112.2, 37.2, 112.3, 37.3), False),
    "in the hole": (shapely.box(112.09, 37.09, 112.11, 37.11), False),
    "the hole filled": (shapely.box(112.08, 37.08, 112.12, 37.12), False),
    "apart": (shapely.box(112.3, 37.0, 112.4, 37.1), False),
    "a hair inside": (shapely.box(112.1999999, 37.05, 112.3, 37.1), True),
    "inside": (shapely.box(112.01, 37.01, 112.02, 37.02), True),
    "about it": (shapely.box(111.9, 36.9, 112.3, 37.3), True),
    "the same": (RING, True),
    "a point on the edge": (shapely.Point(112.2, 37.1), True),
    "a point on the corner": (shapely.Point(112.2, 37.2), True),
    "a point inside": (shapely.Point(112.05, 37.05), True),
    "a point in the hole": (shapely.Point(112.1, 37.1), False),
    "a line along the edge": (shapely.LineString([(112.2, 37.0), (112.2, 37.2)]), False),
    "a line that ends on the edge": (shapely.LineString([(112.2, 37.1), (112.3, 37.1)]), False),
    "a line across": (shapely.LineString([(111.9, 37.05), (112.3, 37.05)]), True),
}


@pytest.mark.parametrize("case", OVERLAPS)
def test_overlap_is_more_than_a_touch(case: str) -> None:
    site, expected = OVERLAPS[case]
    assert index_of(RING).overlaps(shapes(site)).tolist() == [expected]


def test_common_part() -> None:
    site = shapely.box(112.15, 37.05, 112.25, 37.06)
    apart = shapely.Point(110.0, 35.0)
    west, east = shapely.box(112.0, 37.0, 112.17, 37.2), shapely.box(112.16, 37.0, 112.2, 37.2)
    # the two overlap by 0.01 degree: the common part counts once
    found = index_of(west, east).common_m2(shapes(site, apart))
    assert found == pytest.approx(
        [area_m2(shapes(shapely.box(112.15, 37.05, 112.2, 37.06)))[0], 0.0], rel=1e-6
    )


def test_two_plots_with_a_common_edge_add_up() -> None:
    west, east = shapely.box(112.0, 37.0, 112.17, 37.2), shapely.box(112.17, 37.0, 112.4, 37.2)
    site = shapely.box(112.15, 37.05, 112.25, 37.06)
    assert index_of(west, east).common_m2(shapes(site)) == pytest.approx(area_m2(shapes(site)), rel=1e-6)


def test_segments_of_every_kind() -> None:
    starts, ends, owner = segments(
        shapes(
            shapely.Point(1, 1),
            shapely.LineString([(0, 0), (1, 0), (1, 1)]),
            shapely.Polygon([(0, 0), (3, 0), (0, 3)], [[(1, 1), (1.5, 1), (1, 1.5)]]),
            shapely.GeometryCollection([shapely.Point(5, 5), shapely.MultiPoint([(6, 6), (7, 7)])]),
        )
    )
    assert np.bincount(owner).tolist() == [1, 2, 6, 3]
    assert len(starts) == len(ends) == 12
    assert starts[owner == 0].tolist() == ends[owner == 0].tolist() == [[1.0, 1.0]]
    assert sorted(starts[owner == 3].tolist()) == [[5.0, 5.0], [6.0, 6.0], [7.0, 7.0]]


# --- the engines -----------------------------------------------------------------------------------


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Chooses the engine for what follows."""
    pytest.importorskip("numba", reason="the compiled engine needs numba")

    def choose(name: str) -> None:
        monkeypatch.setenv("HONGXIAN_ENGINE", name)

    yield choose
    monkeypatch.undo()


def a_valley(seed: int, lines: int, areas: int, sites: int) -> tuple[np.ndarray, np.ndarray]:
    """Rivers that wind, plots with holes, and sites of every kind among them, from a seed."""
    rng = np.random.default_rng(seed)

    def ring(at: np.ndarray, radius: float, corners: int) -> np.ndarray:
        angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
        out = radius * rng.uniform(0.7, 1.0, corners)
        return at + np.column_stack([out * np.cos(angle), out * np.sin(angle)])

    def somewhere() -> np.ndarray:
        return rng.uniform([111.9, 36.9], [112.3, 37.3])

    rivers = [
        shapely.LineString(somewhere() + np.cumsum(rng.normal(0, 0.002, (80, 2)), axis=0))
        for _ in range(lines)
    ]
    plots = [
        shapely.Polygon(ring(at, 0.02, 60), [ring(at, 0.006, 12)])
        for at in (somewhere() for _ in range(areas))
    ]
    kinds = [
        lambda: shapely.Point(somewhere()),
        lambda: shapely.LineString(somewhere() + np.cumsum(rng.normal(0, 0.001, (6, 2)), axis=0)),
        lambda: shapely.Polygon(ring(somewhere(), 0.004, 9)),
        lambda: shapely.MultiPolygon([shapely.Polygon(ring(somewhere(), 0.001, 7)) for _ in range(2)]),
        lambda: shapely.Polygon(ring(somewhere(), 0.05, 30)),  # plots lie whole in it
    ]
    drawn = [kinds[number % len(kinds)]() for number in range(sites)]
    return shapes(*rivers, *plots), np.array([g for g in drawn if g.is_valid], dtype=object)


@pytest.mark.parametrize("seed", range(4))
def test_both_engines_give_the_same_answers(seed: int, engines: Callable[[str], None]) -> None:
    reference, sites = a_valley(seed, lines=4 * (seed % 2), areas=12, sites=150)
    answers = {}
    for name in ("planar", "compiled"):
        engines(name)
        index = ReferenceIndex(reference)
        near = index.nearest(sites)
        answers[name] = [
            near.distance_m,
            near.feature,
            np.where(near.distance_m[:, None] > 0, near.on_reference, near.on_site),
            index.nearest_edge(sites).distance_m[near.distance_m > 0],
            index.depth_m(sites),
            index.overlaps(sites),
        ]
        areas = index.common_m2(sites)
        answers[name].append(areas)
    for planar, compiled in zip(answers["planar"][:-1], answers["compiled"][:-1], strict=True):
        assert compiled == pytest.approx(planar, abs=1e-4)
    assert answers["compiled"][-1] == pytest.approx(answers["planar"][-1], rel=2e-5, abs=0.05)
    assert (answers["planar"][0] == 0).sum() > 10  # some meet, some do not
    assert (answers["planar"][0] > 0).sum() > 10


@PROPERTY
@given(data=st.data(), lon=LONGITUDES, lat=LATITUDES)
def test_a_common_area_is_that_of_the_part_cut_out(data: st.DataObject, lon: float, lat: float) -> None:
    one, two = (
        data.draw(footprints(*move(lon, lat, data.draw(AZIMUTHS), data.draw(st.floats(0, 800))), 1000.0))
        for _ in range(2)
    )
    expected = (
        area_m2(shapes(shapely.intersection(one, two)))[0]
        if min(shapely.get_dimensions([one, two])) == 2
        else 0.0
    )
    assert index_of(two).common_m2(shapes(one))[0] == pytest.approx(expected, rel=1e-5, abs=0.02)
    assert index_of(one).common_m2(shapes(two))[0] == pytest.approx(expected, rel=1e-5, abs=0.02)


def test_a_hole_and_an_edge_along_the_box_are_no_trouble_for_a_common_area() -> None:
    site = shapely.box(112.0, 37.0, 112.01, 37.01)
    hectare = area_m2(shapes(site))[0]
    same_top = shapely.box(112.002, 37.0, 112.008, 37.01)  # three edges on those of the site
    ringed = shapely.Polygon(shapely.box(111.9, 36.9, 112.1, 37.1).exterior, [same_top.exterior])
    assert index_of(same_top).common_m2(shapes(site))[0] == pytest.approx(0.6 * hectare, rel=1e-6)
    assert index_of(ringed).common_m2(shapes(site))[0] == pytest.approx(0.4 * hectare, rel=1e-6)
    assert index_of(site).common_m2(shapes(site))[0] == pytest.approx(hectare, rel=1e-6)
    beside = shapely.box(112.01, 37.0, 112.02, 37.01)
    assert index_of(beside).common_m2(shapes(site))[0] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("away_deg", [0.5, 2.0, 4.0])
def test_far_from_everything_few_places_get_the_same_answer_from_both_engines(
    away_deg: float, engines: Callable[[str], None]
) -> None:
    """Forty kilometres and more off, where the conformal plane's nearest edge need not be the nearest on the ground."""
    rng = np.random.default_rng(round(away_deg))
    banks = [
        shapely.LineString(np.column_stack([lon + rng.normal(0, 0.01, 40), np.linspace(34.5, 40.5, 40)]))
        for lon in (111.0, 113.0)
    ]
    towns = shapely.points(rng.uniform([111.2, 34.5], [112.8, 40.5], (300, 2)))
    angle = rng.uniform(0, 2 * np.pi, 200)
    sites = shapely.points(
        [112.0, 37.5] + (2.0 + away_deg) * np.column_stack([np.cos(angle), 1.6 * np.sin(angle)])
    )
    found = {}
    for name in ("planar", "compiled"):
        engines(name)
        found[name] = ReferenceIndex(np.array([*banks, *towns], dtype=object)).nearest(sites)
    assert (found["planar"].distance_m > 40_000).sum() > 20
    # hundreds of kilometres off one plane for a pair of points is no longer true to the metre, in neither engine
    assert found["planar"].distance_m == pytest.approx(found["compiled"].distance_m, rel=1e-4)
    near = found["compiled"].distance_m < 150_000
    assert found["planar"].distance_m[near] == pytest.approx(found["compiled"].distance_m[near], rel=1e-5)
