"""Xian 1980 and Beijing 1954 by the user's parameters: by hand, against PROJ, and never without them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

from geo import read_sites
from geo.datum_params import DatumParameters, read_parameters
from geo.errors import Problem, SiteError

GEOD = Geod(a=6378137, rf=298.257222101)
IAG75 = (6378140.0, 298.257)
KRASSOVSKY = (6378245.0, 298.3)
CGCS2000 = (6378137.0, 298.257222101)
SEVEN: dict[str, Any] = {
    "from": "xian1980",
    "method": "seven_parameter",
    "rotation": "coordinate_frame",
    "source": "某市测绘院",
    "accuracy_m": 0.2,
    "dx_m": 12.5,
    "dy_m": -31.25,
    "dz_m": -40.0,
    "rx_sec": 0.5,
    "ry_sec": -0.75,
    "rz_sec": 1.25,
    "scale_ppm": -3.5,
}
FOUR: dict[str, Any] = {
    "from": "beijing1954",
    "method": "four_parameter",
    "rotation": "clockwise",
    "source": "某县国土所",
    "accuracy_m": 0.1,
    "scale_ppm": 0.0,
    "north_shift_m": -50.0,
    "east_shift_m": 100.0,
    "rotation_sec": 0.0,
    "central_meridian": 111,
    "false_easting_m": 500000,
}


def cartesian(lon: float, lat: float, ellipsoid: tuple[float, float]) -> np.ndarray:
    """Geocentric metres of a point at height zero, straight from the textbook."""
    a, e2 = ellipsoid[0], (2 - 1 / ellipsoid[1]) / ellipsoid[1]
    phi, lam = np.radians(lat), np.radians(lon)
    n = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
    x, y = n * np.cos(phi) * np.cos(lam), n * np.cos(phi) * np.sin(lam)
    return np.array([x, y, n * (1 - e2) * np.sin(phi)])


def degrees(xyz: np.ndarray, ellipsoid: tuple[float, float]) -> tuple[float, float]:
    """Longitude and latitude of geocentric metres, by repetition."""
    a, e2 = ellipsoid[0], (2 - 1 / ellipsoid[1]) / ellipsoid[1]
    p = np.hypot(xyz[0], xyz[1])
    phi = np.arctan2(xyz[2], p * (1 - e2))
    for _ in range(20):
        n = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
        phi = np.arctan2(xyz[2] + e2 * n * np.sin(phi), p)
    return float(np.degrees(np.arctan2(xyz[1], xyz[0]))), float(np.degrees(phi))


def apart_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(GEOD.inv(*one, *other)[2])


def moved(stated: dict[str, Any], lon: float, lat: float) -> tuple[float, float]:
    there = DatumParameters.model_validate(stated).to_cgcs2000(np.array([lon]), np.array([lat]))
    return float(there[0][0]), float(there[1][0])


def sheet(path: Path, *rows: list[str], head: str = "编号,行业代码,建设性质,经度,纬度,坐标系") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head.split(","), *rows])
    return path


def parameter_file(path: Path, *entries: dict[str, Any]) -> Path:
    lines = ["parameters:"]
    for entry in entries:
        values = [f"{key}: {value}" for key, value in entry.items()]
        lines += [f"  - {values[0]}", *(f"    {value}" for value in values[1:])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def faults(*paths: Path, **options: Any) -> list[Problem]:
    with pytest.raises(SiteError) as caught:
        read_sites(*paths, **options)
    return caught.value.problems


# Seven parameters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rotation", ["coordinate_frame", "position_vector"])
@pytest.mark.parametrize(("datum", "ellipsoid"), [("xian1980", IAG75), ("beijing1954", KRASSOVSKY)])
def test_seven_parameters_are_the_textbook_formula(
    rotation: str, datum: str, ellipsoid: tuple[float, float]
) -> None:
    """布尔沙: X' = T + (1 + m) R X, R the small rotations; the position vector turns the other way."""
    sign = 1 if rotation == "coordinate_frame" else -1
    rx, ry, rz = (sign * np.radians(SEVEN[name] / 3600) for name in ("rx_sec", "ry_sec", "rz_sec"))
    turn = np.array([[1, rz, -ry], [-rz, 1, rx], [ry, -rx, 1]])
    shift = np.array([SEVEN["dx_m"], SEVEN["dy_m"], SEVEN["dz_m"]])
    for lon, lat in ((110.71, 35.59), (112.55, 37.87), (113.9, 40.2)):
        old = cartesian(lon, lat, ellipsoid)
        expected = degrees(shift + (1 + SEVEN["scale_ppm"] * 1e-6) * turn @ old, CGCS2000)
        found = moved({**SEVEN, "from": datum, "rotation": rotation}, lon, lat)
        assert apart_m(found, expected) < 0.0005


def test_seven_parameters_are_those_of_proj() -> None:
    """The same through EPSG's method in PROJ, from one geocentric frame to another."""
    pipe = Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +a=6378140 +rf=298.257 "
        "+step +proj=helmert +x=12.5 +y=-31.25 +z=-40 +rx=0.5 +ry=-0.75 +rz=1.25 +s=-3.5 "
        "+convention=coordinate_frame +step +inv +proj=cart +ellps=GRS80 "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    expected = pipe.transform(112.55, 37.87, 0)
    assert apart_m(moved(SEVEN, 112.55, 37.87), expected[:2]) < 0.001  # GRS 80 and CGCS2000 differ by 0.1 mm


def test_a_shift_along_one_axis_by_hand() -> None:
    """At 90° E the X axis points west: 100 m along X move a point 100 m west, nothing else."""
    only = {**SEVEN, **dict.fromkeys(("dy_m", "dz_m", "rx_sec", "ry_sec", "rz_sec", "scale_ppm"), 0.0)}
    lon, lat = moved({**only, "dx_m": 100.0}, 90.0, 35.0)
    azimuth, _, metres = GEOD.inv(90.0, 35.0, lon, lat)
    north = metres * np.cos(np.radians(azimuth))
    assert metres * np.sin(np.radians(azimuth)) == pytest.approx(-100, abs=0.01)
    assert abs(north) < 3  # what is left is the change of ellipsoid


def test_heights_that_are_not_known_cost_centimetres() -> None:
    """Heights are taken as zero: at 2 km the same parameters place a point less than 5 cm away."""
    pipe = Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +a=6378140 +rf=298.257 "
        "+step +proj=helmert +x=12.5 +y=-31.25 +z=-40 +rx=0.5 +ry=-0.75 +rz=1.25 +s=-3.5 "
        "+convention=coordinate_frame +step +inv +proj=cart +ellps=GRS80 "
        "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    high, low = (pipe.transform(112.55, 37.87, height)[:2] for height in (2000, 0))
    assert apart_m(high, low) < 0.05


# Four parameters -----------------------------------------------------------------------------------------


def test_four_parameters_by_hand(tmp_path: Path) -> None:
    """θ = 0, k = 1: northing and easting of the old plane plus the shift, read on the new ellipsoid."""
    old = Transformer.from_crs("EPSG:4214", "EPSG:2434", always_xy=True)
    new = Transformer.from_crs("EPSG:4490", "EPSG:4546", always_xy=True)
    east, north = old.transform(111.2, 35.1)
    found = new.transform(*moved(FOUR, 111.2, 35.1))
    assert found[0] - east == pytest.approx(100, abs=1e-4)
    assert found[1] - north == pytest.approx(-50, abs=1e-4)


@pytest.mark.parametrize(("rotation", "sense"), [("clockwise", 1), ("counterclockwise", -1)])
def test_the_sense_of_four_parameters(rotation: str, sense: int) -> None:
    """A point due north of the origin turns east when points turn clockwise: 1″ of 3.9 million metres is 18.9 m."""
    turned = {**FOUR, "rotation": rotation, "rotation_sec": 1.0, "north_shift_m": 0.0, "east_shift_m": 0.0}
    parameters = DatumParameters.model_validate(turned)
    east, north = parameters._turned(np.array([0.0]), np.array([3_900_000.0]))
    assert float(east[0]) == pytest.approx(sense * 18.908, abs=0.001)
    assert float(north[0]) == pytest.approx(3_900_000, abs=0.001)


def test_four_parameters_are_the_plane_helmert_of_proj() -> None:
    """PROJ's two-dimensional helmert turns x, y by theta: x' = s(x cos θ + y sin θ), y' = s(y cos θ - x sin θ)."""
    stated = {**FOUR, "rotation_sec": 2.5, "scale_ppm": 4.0, "north_shift_m": 30.0, "east_shift_m": -60.0}
    pipe = Transformer.from_pipeline(
        "+proj=helmert +x=-60 +y=30 +theta=2.5 +s=1.000004 +convention=position_vector"
    )
    east, north = np.array([512_345.678]), np.array([3_912_345.678])
    expected = pipe.transform(east, north)
    found = DatumParameters.model_validate(stated)._turned(east, north)
    assert float(found[0][0]) == pytest.approx(float(expected[0][0]), abs=1e-6)
    assert float(found[1][0]) == pytest.approx(float(expected[1][0]), abs=1e-6)


# A parameter file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"dx_m": None}, "七参数缺少 dx_m"),
        ({"rotation": "clockwise"}, "position_vector 或 coordinate_frame"),
        ({"north_shift_m": 5.0}, "七参数不用 north_shift_m"),
        ({"from": "wgs84"}, "from 写"),
        ({"source": None}, "缺少这一项"),
        ({"accuracy_m": None}, "缺少这一项"),
        ({"dx_m": ".nan"}, "不是有限数"),
        ({"unit": "mm"}, "不认识的键"),
        ({"checks": "[{old: [112.0, 37.0], new: [112.001, 37.0]}]"}, "控制点 1 换算后差"),
    ],
)
def test_a_bad_parameter_file_is_refused_with_every_fault(
    tmp_path: Path, changed: dict[str, Any], said: str
) -> None:
    stated = {key: value for key, value in {**SEVEN, **changed}.items() if value is not None}
    with pytest.raises(SiteError) as caught:
        read_parameters(parameter_file(tmp_path / "p.yaml", stated))
    assert said in caught.value.problems[0].what
    assert caught.value.problems[0].where.startswith("第")


def test_control_points_prove_the_signs(tmp_path: Path) -> None:
    """The same figures under the other convention miss their control point by metres."""
    lon, lat = moved(SEVEN, 112.0, 37.0)
    checks = f"[{{old: [112.0, 37.0], new: [{lon:.9f}, {lat:.9f}]}}]"
    assert read_parameters(parameter_file(tmp_path / "p.yaml", {**SEVEN, "checks": checks}))
    wrong = {**SEVEN, "rotation": "position_vector", "checks": checks}
    with pytest.raises(SiteError) as caught:
        read_parameters(parameter_file(tmp_path / "w.yaml", wrong))
    assert "核对符号" in caught.value.problems[0].what


# Site lists ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "datum", ["西安80", "1980西安坐标系", "xian1980", "北京54", "1954年北京坐标系", "beijing1954"]
)
def test_without_parameters_old_datums_are_refused_and_the_form_is_told(tmp_path: Path, datum: str) -> None:
    (problem,) = faults(sheet(tmp_path / "a.csv", ["A", "2521", "新建", "112.55", "37.87", datum]))
    assert (problem.field, problem.value) == ("datum", datum)
    assert "不作近似换算" in problem.what
    for word in ("--datum-params", "四参数", "七参数", "coordinate_frame"):
        assert word in problem.to_do


def test_degrees_metres_and_rows_of_several_datums_in_one_list(tmp_path: Path) -> None:
    """A datum a row; metres are unprojected on the old ellipsoid; the run says whose parameters it used."""
    head = "编号,行业代码,建设性质,经度,纬度,X,Y,坐标系"
    east, north = Transformer.from_crs("EPSG:4610", "EPSG:2361", always_xy=True).transform(112.0, 37.0)
    path = sheet(
        tmp_path / "a.csv",
        ["A", "2521", "新建", "112.0", "37.0", "", "", "西安80"],
        ["B", "2521", "新建", "", "", f"{north:.4f}", f"{east:.4f}", "1980西安坐标系"],
        ["C", "2521", "新建", "112.0", "37.0", "", "", "北京54"],
        ["D", "2521", "新建", "112.0", "37.0", "", "", "cgcs2000"],
        head=head,
    )
    parameters = read_parameters(parameter_file(tmp_path / "p.yaml", SEVEN, FOUR))
    read = read_sites(path, parameters=parameters)
    places = [(p.x, p.y) for p in read.sites.geometry]
    assert apart_m(places[0], moved(SEVEN, 112.0, 37.0)) < 1e-6
    assert apart_m(places[1], places[0]) < 0.001
    assert apart_m(places[2], moved(FOUR, 112.0, 37.0)) < 1e-6
    assert places[3] == (112.0, 37.0)
    assert read.sites["datum"].tolist() == ["xian1980", "xian1980", "beijing1954", "cgcs2000"]
    assert read.sites["accuracy_m"].iloc[1] == pytest.approx(0.2, abs=1e-4)
    assert "某市测绘院" in " ".join(note.what for note in read.notes)


def test_a_shapefile_in_xian_1980_is_read_with_parameters_only(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"site_id": ["A"], "industry": ["2521"], "developmen": ["新建"]},
        geometry=[shapely.box(112.0, 37.0, 112.01, 37.01)],
        crs="EPSG:4610",
    ).to_crs("EPSG:2361")
    frame.to_file(tmp_path / "a.shp", encoding="utf-8")
    (problem,) = faults(tmp_path / "a.shp")
    assert problem.field == "crs"
    assert "--datum-params" in problem.to_do
    parameters = read_parameters(parameter_file(tmp_path / "p.yaml", SEVEN))
    west, south, _, _ = read_sites(tmp_path / "a.shp", parameters=parameters).sites.geometry.iloc[0].bounds
    assert apart_m((west, south), moved(SEVEN, 112.0, 37.0)) < 0.01


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"false_easting_m": 37500000},
            None,
        ),  # turns about another origin, but without turn or scale the same
        ({"false_easting_m": 37500000, "scale_ppm": 20.0}, "不合常理"),
        ({"north_shift_m": -5000.0}, "不合常理"),
        ({"adcode": ["1408"]}, "适用的区划"),
    ],
)
def test_parameters_that_cannot_be_right_here_are_refused(
    tmp_path: Path, changed: dict[str, Any], said: str | None
) -> None:
    path = sheet(tmp_path / "a.csv", ["A", "2521", "新建", "112.0", "37.0", "北京54"])
    parameters = {p.datum: p for p in [DatumParameters.model_validate({**FOUR, **changed})]}
    if said is None:
        assert len(read_sites(path, parameters=parameters).sites) == 1
    else:
        assert said in faults(path, parameters=parameters)[0].what


def test_a_row_cannot_contradict_the_system_of_its_file(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"site_id": ["A"], "industry": ["2521"], "development": ["新建"], "datum": ["西安80"]},
        geometry=[shapely.Point(112.0, 37.0)],
        crs="EPSG:4490",
    )
    frame.to_file(tmp_path / "a.gpkg")
    parameters = read_parameters(parameter_file(tmp_path / "p.yaml", SEVEN))
    (problem,) = faults(tmp_path / "a.gpkg", parameters=parameters)
    assert "文件自带的坐标系" in problem.what
