"""Position on the ellipsoid: areas, drawn zones, moves, pairs of segments."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.space import area_m2, draw_buffer, geodesic_m, metres_per_degree, move, nearest_on_segments

# CGCS2000 by its published constants, apart from the product's own
CGCS2000 = Geod(a=6378137.0, rf=298.257222101)
KARNEY = Geodesic(6378137.0, 1 / 298.257222101)
PROPERTY = settings(deadline=None, max_examples=60, derandomize=True, database=None)

LONGITUDES = st.floats(110.2, 114.6)
LATITUDES = st.floats(34.5, 40.8)
AZIMUTHS = st.floats(0.0, 359.0)


def true_area_m2(geometry: shapely.Geometry) -> float:
    """Area with a corner every 10 m, so that the geodesics between corners hug the straight edges."""
    fine = shapely.segmentize(geometry, 1e-4)
    return abs(CGCS2000.geometry_area_perimeter(fine)[0])


def edges(geometry: shapely.Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of the straight pieces of a shape, by plain loops; a point is a piece of no length."""
    parts = [geometry]
    while any(hasattr(part, "geoms") for part in parts):
        parts = [piece for part in parts for piece in getattr(part, "geoms", [part])]
    chains = []
    for part in parts:
        if part.geom_type == "Polygon":
            chains += [np.array(ring.coords) for ring in [part.exterior, *part.interiors]]
        else:
            chains.append(np.array(part.coords) if len(part.coords) > 1 else np.array([*part.coords] * 2))
    return np.concatenate([c[:-1] for c in chains]), np.concatenate([c[1:] for c in chains])


def inverse_m(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Geodesic lengths between two arrays (..., 2) of longitude, latitude."""
    p, q = np.broadcast_arrays(p, q)
    _, _, metres = CGCS2000.inv(p[..., 0].ravel(), p[..., 1].ravel(), q[..., 0].ravel(), q[..., 1].ravel())
    return np.reshape(metres, p.shape[:-1])


def nearest_along_m(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Least geodesic distance from points to pieces (..., 2), by golden-section search along the piece."""
    golden = (5**0.5 - 1) / 2
    low, high = np.zeros(points.shape[:-1]), np.ones(points.shape[:-1])

    def at(t: np.ndarray) -> np.ndarray:
        return inverse_m(points, start + t[..., None] * (end - start))

    ends = np.minimum(at(low), at(high))
    left, right = high - golden, low + golden
    f_left, f_right = at(left), at(right)
    for _ in range(36):  # 36 steps leave 3e-8 of the piece: 3 mm along 100 km, nothing across
        lower = f_left < f_right
        low, high = np.where(lower, low, left), np.where(lower, right, high)
        new = np.where(lower, high - golden * (high - low), low + golden * (high - low))
        f_new = at(new)
        left, right = np.where(lower, new, right), np.where(lower, left, new)
        f_left, f_right = np.where(lower, f_new, f_right), np.where(lower, f_left, f_new)
    return np.minimum(ends, np.minimum(f_left, f_right))


def true_distance_m(site: shapely.Geometry, reference: shapely.Geometry) -> float:
    """Distance between two shapes with edges straight in longitude and latitude, by brute force.

    From every place along the site's pieces (finer and finer about the best) to every piece of the
    reference, with the geodesic alone: no plane, no projection, no search tree.
    """
    if shapely.intersects(site, reference):
        return 0.0
    a, b = edges(site)
    c, d = edges(reference)
    a, c = np.repeat(a, len(c), axis=0), np.tile(c, (len(a), 1))
    b, d = np.repeat(b, len(d), axis=0), np.tile(d, (len(b), 1))
    length = inverse_m(a, b)
    low, high = np.zeros(len(a)), np.ones(len(a))
    best = np.inf
    while len(a):
        steps = 9 if length.max() > 0 else 1
        s = np.linspace(low, high, steps, axis=1)
        places = a[:, None] + s[..., None] * (b - a)[:, None]
        shape = places.shape
        found = nearest_along_m(
            places, np.broadcast_to(c[:, None], shape), np.broadcast_to(d[:, None], shape)
        )
        best = min(best, float(found.min()))
        window = (high - low) * length / (steps - 1) if steps > 1 else np.zeros(len(a))
        # one metre along changes the distance by one metre at most: the rest cannot hold the best
        going = (found.min(axis=1) - window < best) & (window > 1e-4)
        at = found.argmin(axis=1)
        rows = np.arange(len(a))
        low, high = s[rows, np.maximum(at - 1, 0)], s[rows, np.minimum(at + 1, steps - 1)]
        a, b, c, d, length, low, high = (v[going] for v in (a, b, c, d, length, low, high))
    return best


def star(lon: float, lat: float, spokes: list[tuple[float, float]]) -> shapely.Polygon:
    """A plot about a point, from (azimuth, length) spokes; always a simple ring."""
    corners = [move(lon, lat, azimuth, length) for azimuth, length in sorted(spokes)]
    return shapely.Polygon(corners)


@PROPERTY
@given(LONGITUDES, LATITUDES, AZIMUTHS, st.floats(0.1, 300_000))
def test_move_goes_as_far_as_it_says(lon: float, lat: float, azimuth: float, metres: float) -> None:
    there = move(lon, lat, azimuth, metres)
    assert KARNEY.Inverse(lat, lon, there[1], there[0])["s12"] == pytest.approx(metres, abs=1e-6)


@PROPERTY
@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES)
def test_geodesic_m_equals_an_independent_implementation(
    lon: float, lat: float, lon2: float, lat2: float
) -> None:
    found = geodesic_m(np.array([[lon, lat]]), np.array([[lon2, lat2]]))[0]
    assert found == pytest.approx(KARNEY.Inverse(lat, lon, lat2, lon2)["s12"], abs=1e-6)


@pytest.mark.parametrize("lat", [34.5, 37.87, 40.8])
def test_metres_per_degree_are_the_arcs_of_the_ellipsoid(lat: float) -> None:
    # a short arc each way about the latitude: 0.001 degree bends by far less than the tolerance
    east, north = metres_per_degree(lat)
    assert east * 0.001 == pytest.approx(KARNEY.Inverse(lat, 112.0, lat, 112.001)["s12"], abs=1e-6)
    arc = KARNEY.Inverse(lat - 0.0005, 112.0, lat + 0.0005, 112.0)["s12"]
    assert north * 0.001 == pytest.approx(arc, abs=1e-6)


def test_nearest_points_of_a_point_and_a_meridian() -> None:
    lon, lat = move(111.0, 35.0, 90.0, 2000.0)
    site = np.array([[lon, lat]])
    on_site, on_meridian, _ = nearest_on_segments(
        site, site, np.array([[111.0, 34.9]]), np.array([[111.0, 35.1]])
    )
    assert on_site.tolist() == site.tolist()
    # due east along the geodesic: its foot is the start, to a centimetre along and 1e-7 m across
    assert geodesic_m(on_meridian, np.array([[111.0, 35.0]]))[0] < 1.0
    assert geodesic_m(on_site, on_meridian)[0] == pytest.approx(2000.0, abs=1e-4)


# --- areas -----------------------------------------------------------------------------------------


def test_area_of_a_hundred_metre_square() -> None:
    # 100 m by 100 m laid out by tape is one hectare; the earth's curve is far below a square centimetre
    south_west = (112.5489, 37.8706)
    south_east = move(*south_west, 90.0, 100.0)
    north_west, north_east = move(*south_west, 0.0, 100.0), move(*south_east, 0.0, 100.0)
    square = shapely.Polygon([south_west, south_east, north_east, north_west])
    assert area_m2(np.array([square]))[0] == pytest.approx(10_000, abs=0.1)


@PROPERTY
@given(
    LONGITUDES,
    LATITUDES,
    st.lists(st.tuples(AZIMUTHS, st.floats(20.0, 5000.0)), min_size=3, max_size=8, unique_by=lambda s: s[0]),
)
def test_areas_of_footprints_are_true_to_one_in_100_000(
    lon: float, lat: float, spokes: list[tuple[float, float]]
) -> None:
    plot = star(lon, lat, spokes)
    true = true_area_m2(plot)
    assert area_m2(np.array([plot]))[0] == pytest.approx(true, rel=1e-5, abs=1.0)


def test_area_of_a_zone_with_long_edges() -> None:
    # a planning area given by three corners 50 km apart: its edges are straight in longitude and latitude
    zone = shapely.Polygon([(111.0, 35.0), (111.5, 35.0), (111.5, 35.5)])
    assert area_m2(np.array([zone]))[0] == pytest.approx(true_area_m2(zone), rel=1e-4)


def test_area_counts_holes_out_and_parts_together() -> None:
    outer, hole = shapely.box(112.0, 37.0, 112.02, 37.02), shapely.box(112.005, 37.005, 112.015, 37.015)
    other = shapely.box(112.1, 37.0, 112.12, 37.02)
    ring = shapely.Polygon(outer.exterior, [hole.exterior])
    whole, part = area_m2(np.array([outer, hole], dtype=object))
    assert area_m2(np.array([ring]))[0] == pytest.approx(whole - part, rel=1e-12)
    both = shapely.MultiPolygon([ring, other])  # the two boxes lie on one parallel: equal areas
    assert area_m2(np.array([both]))[0] == pytest.approx(2 * whole - part, rel=1e-12)
    assert area_m2(np.array([shapely.LineString([(112, 37), (112.1, 37)])]))[0] == 0.0


# --- zones drawn -----------------------------------------------------------------------------------


def boundary_samples(zone: shapely.Geometry) -> np.ndarray:
    """About 150 points of a drawn boundary, between its corners too: edges are straight in lon/lat."""
    samples = shapely.get_coordinates(shapely.segmentize(shapely.boundary(zone), 0.01))
    return samples[:: max(1, len(samples) // 150)]


SHAPES = {
    "point": shapely.Point(112.5, 37.9),
    "bend": shapely.LineString([(110.7, 35.59), (110.71, 35.6), (110.705, 35.61)]),
    "long edges": shapely.LineString([(111.0, 35.0), (111.4, 35.02), (111.41, 35.4)]),
    "wide": shapely.LineString([(110.3, 34.6), (111.5, 34.9), (112.9, 35.0), (114.4, 35.2)]),
    "polygon": shapely.Polygon([(113.5, 37.8), (113.6, 37.8), (113.6, 37.9)]),
    "two points": shapely.MultiPoint([(112.5, 37.9), (113.5, 40.7)]),
}


@pytest.mark.parametrize("limit_m", [30, 50, 100, 1000, 2000, 30_000])
@pytest.mark.parametrize("shape", SHAPES)
def test_drawn_zones_keep_within_a_fifth_of_a_metre_per_kilometre(shape: str, limit_m: float) -> None:
    geometry = SHAPES[shape]
    zone = draw_buffer(geometry, limit_m)
    assert zone.is_valid
    samples = shapely.points(boundary_samples(zone))
    distances = [true_distance_m(sample, geometry) for sample in samples]
    assert min(distances) >= limit_m * (1 - 0.0002)
    assert max(distances) <= limit_m * (1 + 0.0002)


def test_a_drawn_zone_holds_the_geometry() -> None:
    for geometry in SHAPES.values():
        assert draw_buffer(geometry, 50.0).covers(geometry)
