"""GCJ-02 and BD-09: the known shifts of known places, and an inverse that comes back."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geo.datums import (
    UNDECLARED_SHIFT_M,
    bd09_from_gcj02,
    bd09_from_wgs84,
    gcj02_from_wgs84,
    unshift,
    wgs84_from_bd09,
    wgs84_from_gcj02,
)
from geo.divisions import read_divisions
from geo.terms import Datum

PROPERTY = settings(deadline=None, max_examples=200, derandomize=True, database=None)
LONGITUDES = st.floats(110.2, 114.6)
LATITUDES = st.floats(34.5, 40.8)

#: Place: longitude, latitude (WGS 84), then metres WGS 84 to GCJ-02, its azimuth in whole degrees,
#: WGS 84 to BD-09, GCJ-02 to BD-09. Four independent programs give the same figures.
PLACES = {
    "太原": (112.5489, 37.8706, 557.3, 84, 1349.9, 898.7),
    "阳泉": (113.5805, 37.8567, 566.1, 84, 1335.0, 857.9),
    "榆次": (112.7526, 37.6872, 577.6, 83, 1359.3, 867.7),
    "盐湖": (111.0070, 35.0264, 536.7, 99, 1271.9, 907.4),
    "河津": (110.7121, 35.5966, 502.7, 94, 1254.9, 875.1),
}


def at(lon: float, lat: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([lon]), np.array([lat])


def leg(start: tuple[np.ndarray, np.ndarray], end: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    """Metres and azimuth from one position to another."""
    line = Geodesic.WGS84.Inverse(float(start[1][0]), float(start[0][0]), float(end[1][0]), float(end[0][0]))
    return line["s12"], line["azi1"] % 360


@pytest.mark.parametrize("place", PLACES)
def test_the_shifts_of_known_places(place: str) -> None:
    lon, lat, gcj_m, azimuth, bd_m, between_m = PLACES[place]
    here = at(lon, lat)
    gcj, bd = gcj02_from_wgs84(*here), bd09_from_wgs84(*here)
    metres, direction = leg(here, gcj)
    assert metres == pytest.approx(gcj_m, abs=0.06)
    assert direction == pytest.approx(azimuth, abs=0.6)
    assert leg(here, bd)[0] == pytest.approx(bd_m, abs=0.06)
    assert leg(gcj, bd)[0] == pytest.approx(between_m, abs=0.06)
    assert [v.tolist() for v in bd09_from_gcj02(*gcj)] == [v.tolist() for v in bd]


def test_the_shift_in_taiyuan_by_its_parts() -> None:
    # east 554.3 m and north 58.3 m
    here = at(112.5489, 37.8706)
    lon, lat = gcj02_from_wgs84(*here)
    assert leg(here, (lon, here[1]))[0] == pytest.approx(554.3, abs=0.1)
    assert leg(here, (here[0], lat))[0] == pytest.approx(58.3, abs=0.1)


@PROPERTY
@given(LONGITUDES, LATITUDES)
def test_gcj02_there_and_back(lon: float, lat: float) -> None:
    here = at(lon, lat)
    assert leg(here, wgs84_from_gcj02(*gcj02_from_wgs84(*here)))[0] < 0.001
    assert leg(here, gcj02_from_wgs84(*wgs84_from_gcj02(*here)))[0] < 0.001


@PROPERTY
@given(LONGITUDES, LATITUDES)
def test_bd09_there_and_back(lon: float, lat: float) -> None:
    here = at(lon, lat)
    assert leg(here, wgs84_from_bd09(*bd09_from_wgs84(*here)))[0] < 0.001
    assert leg(here, bd09_from_wgs84(*wgs84_from_bd09(*here)))[0] < 0.001


def test_the_shift_over_the_province() -> None:
    # 478 m in the south-west to 642 m in the north, within 20 degrees of east: it flips every 1 km rule
    lon, lat = (
        grid.ravel() for grid in np.meshgrid(np.linspace(110.2, 114.6, 89), np.linspace(34.5, 40.8, 127))
    )
    there = gcj02_from_wgs84(lon, lat)
    legs = [leg(at(*pair[:2]), at(*pair[2:])) for pair in zip(lon, lat, *there, strict=True)]
    metres, azimuths = np.array(legs).T
    assert metres.min() == pytest.approx(478, abs=1)
    assert metres.max() == pytest.approx(642, abs=1)
    assert azimuths.min() > 70
    assert azimuths.max() < 110


def test_an_undeclared_datum_is_allowed_for_in_full() -> None:
    # a position that is GCJ-02 without saying so must not lie outside the doubt stated for it, anywhere
    # in the province: the shift is 616 m in the four cities and most in the north
    (shanxi,) = read_divisions(("14",)).query("level == 'province'").geometry
    lon, lat = (
        grid.ravel() for grid in np.meshgrid(np.arange(110.2, 114.6, 0.02), np.arange(34.5, 40.8, 0.02))
    )
    inside = shapely.contains(shanxi, shapely.points(lon, lat))
    lon, lat = lon[inside], lat[inside]
    true = wgs84_from_gcj02(lon, lat)
    shift_m = Geod(ellps="WGS84").inv(lon, lat, *true)[2]
    assert shift_m.max() == pytest.approx(633, abs=1)
    assert shift_m.max() <= UNDECLARED_SHIFT_M


@pytest.mark.parametrize("datum", [Datum.CGCS2000, Datum.WGS84, Datum.UNDECLARED])
def test_what_is_not_shifted_or_not_declared_is_left_alone(datum: Datum) -> None:
    lon, lat = at(112.5489, 37.8706)
    assert [v.tolist() for v in unshift(lon, lat, datum)] == [[112.5489], [37.8706]]


@pytest.mark.parametrize(("datum", "shift"), [(Datum.GCJ02, gcj02_from_wgs84), (Datum.BD09, bd09_from_wgs84)])
def test_a_declared_datum_is_undone(datum: Datum, shift: object) -> None:
    here = at(112.5489, 37.8706)
    assert leg(here, unshift(*shift(*here), datum))[0] < 1e-6  # type: ignore[operator]


def test_many_positions_at_once_are_moved_as_each_alone() -> None:
    lon = np.array([place[0] for place in PLACES.values()])
    lat = np.array([place[1] for place in PLACES.values()])
    together = np.column_stack(wgs84_from_bd09(lon, lat))
    alone = [[float(v[0]) for v in wgs84_from_bd09(*at(*pair))] for pair in zip(lon, lat, strict=True)]
    assert together.tolist() == alone


# Two packages that others wrote --------------------------------------------------------------------------


def _over_the_province() -> tuple[np.ndarray, np.ndarray]:
    grid = np.meshgrid(np.linspace(110.2, 114.6, 12), np.linspace(34.5, 40.8, 12))
    return grid[0].ravel(), grid[1].ravel()


@pytest.mark.parametrize(("datum", "package"), [(Datum.GCJ02, "wgs2gcj"), (Datum.BD09, "wgs2bd")])
def test_the_inverse_undoes_what_coord_convert_does_to_a_millimetre(datum: Datum, package: str) -> None:
    other = pytest.importorskip("coord_convert.transform")
    lon, lat = _over_the_province()
    there = np.array([getattr(other, package)(x, y) for x, y in zip(lon, lat, strict=True)])
    back = unshift(there[:, 0], there[:, 1], datum)
    assert Geod(ellps="WGS84").inv(lon, lat, *back)[2].max() < 0.001


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_the_inverse_is_that_of_geocoordinates_to_a_millimetre(datum: Datum) -> None:
    other = pytest.importorskip("geocoordinates_ffi")
    make, undo = {
        Datum.GCJ02: (other.Gcj02, other.gcj02_to_wgs84_refined),
        Datum.BD09: (other.Bd09, other.bd09_to_wgs84_refined),
    }[datum]
    lon, lat = _over_the_province()
    theirs = [undo(make(lat=float(y), lon=float(x))) for x, y in zip(lon, lat, strict=True)]
    expected = np.array([[point.lon, point.lat] for point in theirs])
    found = unshift(lon, lat, datum)
    assert Geod(ellps="WGS84").inv(expected[:, 0], expected[:, 1], *found)[2].max() < 0.001
