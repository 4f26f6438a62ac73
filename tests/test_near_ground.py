"""Within a limit or not: the same answer as the distance gives, on either side of every limit, by either engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import geo.index.reference
from geo.index import Kept, Places, ReferenceIndex
from geo.index.near_ground import IS_OPEN, NearGround
from geo.space import Geometries, move

LIMITS = (0.0, 1.0, 50.0, 1000.0, 30_000.0)


def wiggly(rng: np.random.Generator, count: int, corners: int) -> list[shapely.Geometry]:
    """Polygons with a hole, about as large as parks, some over one another."""
    found = []
    for lon, lat in rng.uniform((111.0, 35.0), (111.4, 35.4), (count, 2)):
        turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
        radius = rng.uniform(0.01, 0.04) * rng.uniform(0.7, 1.0, corners)
        ring = np.column_stack([lon + radius * np.cos(turn), lat + radius * np.sin(turn)])
        hole = [lon, lat] + (ring - [lon, lat]) * 0.4
        parts = shapely.get_parts(shapely.make_valid(shapely.Polygon(ring, [hole])))
        found += [part for part in parts if part.geom_type == "Polygon"]
    return found


def references() -> dict[str, Geometries]:
    rng = np.random.default_rng(7)
    areas = wiggly(rng, 25, 30)
    lines = [shapely.LineString(rng.uniform((111, 35), (111.4, 35.4), (6, 2))) for _ in range(4)]
    kinds = {
        "areas with holes": areas,
        "lines": lines,
        "one point": [shapely.Point(111.2, 35.2)],
        "all kinds": [*areas[:4], *lines, shapely.Point(111.2, 35.2), shapely.Polygon()],
        "many parts": [shapely.MultiPolygon(shapely.get_parts(shapely.union_all(areas)).tolist())],
    }
    return {name: np.array(shapes, dtype=object) for name, shapes in kinds.items()}


KINDS = references()


def asked_about(shapes: Geometries) -> Geometries:
    """Points anywhere, on corners, on edges and in the middle of holes."""
    rng = np.random.default_rng(8)
    corners = shapely.get_coordinates(shapes)
    middles = (corners[1:] + corners[:-1]) / 2
    return shapely.points(
        np.concatenate([rng.uniform((110.9, 34.9), (111.5, 35.5), (1500, 2)), corners, middles])
    )


@pytest.mark.parametrize("limit_m", LIMITS)
@pytest.mark.parametrize("kind", KINDS)
def test_looking_up_gives_what_measuring_gives(kind: str, limit_m: float) -> None:
    shapes, points = KINDS[kind], asked_about(KINDS[kind])
    expected = ReferenceIndex(shapes).nearest(points).distance_m <= limit_m
    planted = ReferenceIndex(shapes)
    assert planted.prepare(limit_m)
    assert (planted.within(points, limit_m) == expected).all()
    assert (planted.within(Places(points), limit_m) == expected).all()
    assert (ReferenceIndex(shapes).within(points, limit_m) == expected).all()


@pytest.mark.parametrize("limit_m", LIMITS)
@pytest.mark.parametrize("kind", ["areas with holes", "many parts"])
def test_room_inside_is_what_protrusion_leaves(kind: str, limit_m: float) -> None:
    shapes, points = KINDS[kind], asked_about(KINDS[kind])
    index, planted = ReferenceIndex(shapes), ReferenceIndex(shapes)
    expected = -index.protrusion_m(points) >= limit_m
    assert planted._joined.prepare(limit_m)
    assert (index.roomy(points, limit_m) == expected).all()
    assert (planted.roomy(points, limit_m) == expected).all()


@pytest.mark.parametrize("limit_m", LIMITS)
def test_lines_and_polygons_as_sites(limit_m: float) -> None:
    shapes = KINDS["all kinds"]
    rng = np.random.default_rng(9)
    at = rng.uniform((110.9, 34.9), (111.5, 35.5), (60, 2))
    sites = np.concatenate(
        [
            shapely.box(*at[:30].T, *(at[:30] + 0.01).T),
            shapely.linestrings(np.stack([at[30:], at[30:] + 0.02], axis=1)),
            [shapely.box(110, 34, 112, 36)],
        ]
    )
    index = ReferenceIndex(shapes)
    assert (index.within(sites, limit_m) == (index.nearest(sites).distance_m <= limit_m)).all()


@pytest.mark.parametrize("limit_m", [50.0, 1000.0, 30_000.0])
def test_either_side_of_a_limit_and_on_it(limit_m: float) -> None:
    meridian = np.array([shapely.LineString([(111, 34.4), (111, 35.6)])])
    offsets = limit_m + np.array([-1.0, -0.01, -0.001, 0.0, 0.001, 0.01, 1.0])
    sites = shapely.points([move(111, 35, 90, offset) for offset in offsets])
    index = ReferenceIndex(meridian)
    distance = index.nearest(sites).distance_m
    assert index.prepare(limit_m)
    assert index.within(sites, limit_m).tolist() == (distance <= limit_m).tolist()
    exactly = float(distance[3])  # a site measured exactly on the limit is within it
    assert index.within(sites[3:4], exactly).tolist() == [True]
    assert index.prepare(exactly)
    assert index.within(sites[3:4], exactly).tolist() == [True]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=12),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=30),
    st.sampled_from([0.0, 912.88, 2000.0]),
)
def test_on_a_lattice_where_everything_lines_up(
    corners: list[tuple[int, int]], points: list[tuple[int, int]], limit_m: float
) -> None:
    """Corners, edges and places in line with one another: where counting crossings goes wrong if it can."""
    area = shapely.make_valid(shapely.union_all([shapely.box(x, y, x + 5, y + 3) for x, y in corners]))
    holed = shapely.difference(area, shapely.box(12, 12, 20, 20))
    shapes = np.array([shapely.transform(holed, lambda xy: [111, 35] + xy / 400)])
    if shapely.is_empty(shapes).all() or shapely.get_dimensions(shapes)[0] < 2:
        return
    sites = shapely.points([111, 35] + np.array(points) / 400)
    index, planted = ReferenceIndex(shapes), ReferenceIndex(shapes)
    expected = index.nearest(sites).distance_m <= limit_m
    assert planted.prepare(limit_m)
    assert (planted.within(sites, limit_m) == expected).all()


@pytest.fixture
def planar() -> Iterator[None]:
    os.environ["HONGXIAN_ENGINE"] = "planar"
    yield
    del os.environ["HONGXIAN_ENGINE"]


@pytest.mark.usefixtures("planar")
@pytest.mark.parametrize("kind", ["areas with holes", "all kinds"])
def test_without_numba_the_same(kind: str) -> None:
    shapes, points = KINDS[kind], asked_about(KINDS[kind])
    for limit_m in LIMITS[:4]:
        ground = NearGround(shapes, limit_m).of(shapely.get_coordinates(points))
        index = ReferenceIndex(shapes)
        assert not index.prepare(limit_m)
        sure = ground != IS_OPEN
        assert (index.within(points, limit_m)[sure] == (ground > 0)[sure]).all()


@pytest.mark.parametrize("engine", ["compiled", "planar"])
@pytest.mark.parametrize("kind", ["areas with holes", "all kinds"])
def test_several_limits_at_once_are_as_each(kind: str, engine: str, request: pytest.FixtureRequest) -> None:
    if engine == "planar":
        request.getfixturevalue("planar")
    shapes, sites = KINDS[kind], asked_about(KINDS[kind])[:2000]
    limits = [1000.0, 0.0, 50.0, -1.0, 1000.0]
    for asked in (sites, np.append(sites, shapely.box(111.1, 35.1, 111.2, 35.2))):
        index, planted = ReferenceIndex(shapes), ReferenceIndex(shapes)
        expected = [index.within(asked, limit_m) for limit_m in limits]
        for limit_m in limits[:2]:
            planted.prepare(limit_m)
        for one in (index, planted):
            found = one.within_each(Places(asked), limits)
            assert all((own == other).all() for own, other in zip(found, expected, strict=True))
    assert expected[0].any() and not expected[3].any() and not expected[0].all()
    assert index.within_each(sites, []) == []


def test_nothing_is_within_any_distance_of_nothing() -> None:
    point = np.array([shapely.Point(111, 35)])
    for shapes in (np.array([], dtype=object), np.array([shapely.Polygon()])):
        index = ReferenceIndex(shapes)
        assert not index.prepare(100.0)
        assert index.within(point, 1e6).tolist() == [False]
        assert index.roomy(point, 0.0).tolist() == [False]
    assert ReferenceIndex(point).within(np.array([], dtype=object), 1.0).tolist() == []
    assert ReferenceIndex(point).within(point, np.nan).tolist() == [False]


def test_many_places_are_looked_up_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geo.index.reference, "PAYS", 0.1)
    index = ReferenceIndex(KINDS["lines"])
    index.within(asked_about(KINDS["lines"]), 1000.0)
    assert list(index._grounds) == [1000.0]


def test_work_is_counted_not_timed() -> None:
    """What a place costs hardly grows when the reference has ten times the vertices; hardly any segment is compared."""
    rng = np.random.default_rng(3)
    course = np.column_stack([111 + np.arange(400) / 400, 35 + np.cumsum(rng.normal(0, 0.002, 400))])
    points = rng.uniform((110.9, 34.8), (112.1, 35.2), (20_000, 2))
    compared, planted = [], []
    for line in (shapely.LineString(course), shapely.segmentize(shapely.LineString(course), 0.00035)):
        ground = NearGround(np.array([line]), 1000.0)
        planted.append(ground.compared / shapely.get_num_coordinates(line))
        compared.append(ground.asked(points)[1] / len(points))
    assert max(compared) < 0.5  # segments a place
    assert compared[1] < 3 * compared[0]
    assert planted[1] < planted[0]


@pytest.mark.parametrize(
    ("metres", "expected"), [(0.0, False), (1e-9, False), (2e-5, False), (5e-4, True), (0.2, True)]
)
def test_noise_of_a_shared_edge_is_no_overlap(metres: float, expected: bool) -> None:
    county = shapely.Polygon([(111, 35), (111.1, 35), (111.1, 35.1), (111, 35.1)])
    into = metres / 91_288  # a degree of longitude here
    plot = shapely.Polygon([(111.1 - into, 35.02), (111.12, 35.02), (111.12, 35.04), (111.1 - into, 35.04)])
    index = ReferenceIndex(np.array([county]))
    assert index.overlaps(np.array([plot])).tolist() == [expected]
    road = shapely.LineString([(111.1 - into, 35.02), (111.1 - into, 35.04)])
    assert index.overlaps(np.array([road])).tolist() == [expected]


def test_an_edge_drawn_with_other_corners_is_no_overlap() -> None:
    """A slanting border in a hundred thirds of a degree: its corners lie a nanometre to either side of it."""
    share = np.arange(101)[:, None] / 100
    border = np.array([111.0, 35.0]) + share * (np.array([1.0, 0.7]) / 3)
    west = shapely.Polygon([*border, (111.0, 35.5)])
    east = shapely.Polygon([border[0], border[-1], (111.4, 34.9)])
    assert not shapely.touches(west, east)  # so it is for whoever asks without a tolerance
    assert ReferenceIndex(np.array([west])).overlaps(np.array([east])).tolist() == [False]
    true = shapely.union(east, shapely.Point(*border[50]).buffer(1e-7))  # and a centimetre's blob on it
    assert ReferenceIndex(np.array([west])).overlaps(np.array([true])).tolist() == [True]


def test_what_is_kept_is_what_would_be_built(tmp_path: Path) -> None:
    shapes, points = KINDS["areas with holes"], asked_about(KINDS["areas with holes"])
    fresh = ReferenceIndex(shapes)
    assert fresh.prepare(500.0)
    for turn in range(4):
        index = ReferenceIndex(shapes, kept=Kept(tmp_path))
        assert index.prepare(500.0)
        assert (index._grounds[500.0].compared == 0) == (turn in (1, 3))
        assert (index.within(points, 500.0) == fresh.within(points, 500.0)).all()
        near, expected = index.nearest_edge(points), fresh.nearest_edge(points)
        assert (near.distance_m == expected.distance_m).all() and (near.feature == expected.feature).all()
        if turn == 1:  # one is cut short: built anew
            for part in tmp_path.rglob("nodes.npy"):
                part.write_bytes(part.read_bytes()[:-8])
    moved = shapely.transform(shapes, lambda xy: xy + 1e-9)
    other = ReferenceIndex(moved, kept=Kept(tmp_path))
    assert other.prepare(500.0) and other._grounds[500.0].compared > 0
    blocked = tmp_path / "file"
    blocked.touch()
    assert ReferenceIndex(shapes, kept=Kept(blocked)).prepare(500.0)


@pytest.mark.parametrize("kind", ["areas with holes", "many parts"])
@pytest.mark.parametrize("filled", [False, True])
def test_rings_run_about_their_inside_however_they_were_drawn(kind: str, filled: bool) -> None:
    shapes = KINDS[kind]
    if filled:
        shapes = shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(shapes)))
    for drawn in (shapes, shapely.orient_polygons(shapes, exterior_cw=True)):
        rings = Places(drawn).rings
        for row, shape in enumerate(drawn):
            about = []
            for ring in range(rings.first[row], rings.last[row]):
                x, y = (rings.xy[rings.begins[ring] : rings.begins[ring + 1]] - [111, 35]).T
                about.append(rings.turn[ring] * (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)
            assert sum(about) == pytest.approx(shape.area, rel=1e-9)
            assert sum(turned > 0 for turned in about) == len(shapely.get_parts(shape))
            assert rings.whole[row, 0] == pytest.approx(shape.area, rel=1e-9)
            south = shapely.bounds(shape)[1]
            middle = shapely.get_y(shapely.centroid(shape)) - south
            assert rings.whole[row, 1] == pytest.approx(shape.area * middle, rel=1e-9)
