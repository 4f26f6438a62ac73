"""Common areas by either engine where corners, edges and boxes coincide: there nothing may count twice, or not at all."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from geo.index import Places, ReferenceIndex
from geo.space import Floats, Geometries, area_m2

#: A lattice of 100 m or so: few places, so that most of what is drawn on it coincides.
STEP, WEST, SOUTH = 0.001, 111.003, 35.007

corner = st.tuples(st.integers(0, 6), st.integers(0, 6))
ring = st.lists(corner, min_size=3, max_size=7, unique=True)


def on_lattice(corners: list[tuple[int, int]]) -> shapely.Geometry:
    """A polygon on the lattice, its parts and holes as they come about where the ring crosses itself; empty where it is flat."""
    lines = shapely.linestrings(np.array([*corners, corners[0]], dtype=float))
    faces = shapely.get_parts(shapely.polygonize([shapely.node(lines)]))
    whole = shapely.union_all(faces[::2])
    return shapely.transform(whole, lambda xy: np.round([WEST, SOUTH] + STEP * np.round(xy, 9), 9))


def cut_out(sites: Geometries, features: Geometries) -> Floats:
    return np.array([area_m2(shapely.intersection(sites, one)) for one in features]).sum(axis=0)


@settings(max_examples=150, deadline=None)
@given(st.lists(ring, min_size=1, max_size=9), ring)
@example([[(0, 0), (2, 0), (2, 2), (0, 2)]], [(0, 0), (2, 0), (2, 2), (0, 2)])  # the same
@example([[(0, 0), (2, 0), (2, 2), (0, 2)]], [(2, 0), (4, 0), (4, 2), (2, 2)])  # an edge in common
@example([[(0, 0), (2, 0), (2, 2), (0, 2)]], [(1, 1), (3, 1), (3, 2), (1, 2)])  # the upper edge of the box
@example([[(1, 0), (3, 0), (2, 2)]], [(2, 2), (4, 2), (4, 4), (2, 4)])  # a corner
def test_what_coincides_counts_once(
    rings: list[list[tuple[int, int]]], around: list[tuple[int, int]]
) -> None:
    sites = np.array([on_lattice(one) for one in rings], dtype=object)
    feature = np.array([on_lattice(around)], dtype=object)
    if shapely.is_empty(feature).all():
        return
    expected = cut_out(sites, feature)
    found = ReferenceIndex(feature).common_m2(sites)
    # of about 10,000 m² a square; corners of crossings are rounded to 0.1 mm
    assert found == pytest.approx(expected, rel=1e-6, abs=0.2)
    backwards = ReferenceIndex(shapely.reverse(feature)).common_m2(shapely.reverse(sites))
    assert backwards == pytest.approx(found, rel=1e-9, abs=1e-5)


@pytest.mark.parametrize("turned_deg", [0.0, 17.0])
def test_tiles_share_a_zone_out_among_them(turned_deg: float) -> None:
    # tiles of a zone with a hole, many to a box of the walk and many inside or outside of all edges: together they are the zone
    angle = np.radians(turned_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    x, y = (part.ravel() for part in np.meshgrid(np.arange(60), np.arange(60)))
    tiles = shapely.transform(
        shapely.box(x, y, x + 1, y + 1), lambda xy: [112.0, 36.0] + STEP * (xy - 30) @ turn
    )
    zone = shapely.Point(112.0, 36.0).buffer(0.02, 200) - shapely.box(111.995, 35.995, 112.005, 36.005)
    found = ReferenceIndex(np.array([zone])).common_m2(tiles)
    assert found.sum() == pytest.approx(area_m2(np.array([zone]))[0], rel=1e-6)
    expected = cut_out(tiles, np.array([zone]))
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-3)
    assert 100 < (found == 0).sum() < 2_400  # what only touches it is not in it


def test_each_site_is_measured_as_if_it_were_alone() -> None:
    rng = np.random.default_rng(12)
    at = rng.uniform((112.0, 36.0), (112.2, 36.2), (300, 2))
    plots = shapely.box(*at.T, *(at + rng.uniform(0.0005, 0.02, at.shape)).T)
    zones = shapely.buffer(shapely.points(rng.uniform((112.0, 36.0), (112.2, 36.2), (5, 2))), 0.05)
    index = ReferenceIndex(shapely.get_parts(shapely.union_all(zones)))
    together = index.common_m2(plots)
    assert together.tolist() == [index.common_m2(plots[[row]])[0] for row in range(len(plots))]
    some = rng.permutation(300)[:90]
    assert index.common_m2(Places(plots).only(some)).tolist() == together[some].tolist()


def test_slivers_of_neighbours_are_not_cut_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # the border of the one has a corner that the other's lacks: they overlap by less than a square millimetre
    west = shapely.Polygon(
        [(111.0, 35.0), (111.1, 35.0), (111.1 + 1e-14, 35.05), (111.1, 35.1), (111.0, 35.1)]
    )
    index = ReferenceIndex(np.array([west, shapely.box(111.1, 35.0, 111.2, 35.1)]))
    cut: list[Geometries] = []
    monkeypatch.setattr(index._sharing, "_common", lambda sites: cut.append(sites) or sites)
    plots = shapely.box(np.linspace(111.095, 111.099, 5), 35.04, 111.104, 35.06)
    assert index.common_m2(plots) == pytest.approx(area_m2(plots), rel=1e-6)
    assert sum(map(len, cut)) == 0
