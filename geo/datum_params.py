"""Xian 1980 and Beijing 1954 to CGCS2000, by parameters that the user holds; never without.

The official parameters are not public, and a transformation without any (a ballpark, as PROJ would make)
leaves a site tens to over a hundred metres off. So a parameter file states everything: units, the sense of
the rotation, the plane that four parameters belong to, how good they are, and whose they are.

>>> seven = DatumParameters.model_validate({"from": "xian1980", "method": "seven_parameter", "source": "示例",
...     "accuracy_m": 0.5, "rotation": "coordinate_frame", "dx_m": 10.0, "dy_m": -20.0, "dz_m": 5.0,
...     "rx_sec": 0.0, "ry_sec": 0.0, "rz_sec": 1.0, "scale_ppm": 0.0})
>>> lon, lat = seven.to_cgcs2000(np.array([111.0]), np.array([35.0]))
>>> round(float(lon[0] - 111.0) * 3600, 2)  # by the shift -0.09″, by rz -1″
-1.09
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import AfterValidator, Field, model_validator
from pyproj import Transformer
from pyproj.exceptions import ProjError

from geo.errors import Problem, SiteError
from geo.space import Floats, geodesic_m
from geo.terms import OLD_DATUMS, Datum
from geo.yamls import Strict, parse, validate

#: Ellipsoids of the old systems, as PROJ names them: IAG 1975 and Krassovsky 1940.
_ELLIPSOID = {Datum.XIAN1980: "+a=6378140 +rf=298.257", Datum.BEIJING1954: "+ellps=krass"}
_CGCS2000 = "+a=6378137 +rf=298.257222101"

#: No true shift between the systems is as large; parameters that give one have a wrong sign, unit or prefix.
_MOST_M = 500.0

_SEVEN = ("dx_m", "dy_m", "dz_m", "rx_sec", "ry_sec", "rz_sec", "scale_ppm")
_FOUR = ("north_shift_m", "east_shift_m", "rotation_sec", "scale_ppm", "central_meridian", "false_easting_m")

#: What a parameter file must say, for the messages.
WHAT_TO_SUPPLY = (
    "用 --datum-params 参数.yaml 给出当地四参数或七参数（格式见 README“旧坐标系”：七参数写 dx_m … scale_ppm 与 "
    "rotation: coordinate_frame 或 position_vector，四参数写 north_shift_m … 与投影面）；"
    "没有参数就请测绘单位先转换，坐标系写 cgcs2000"
)


def _finite(value: float) -> float:
    if not np.isfinite(value):
        raise ValueError("不是有限数")
    return value


Number = Annotated[float, Field(strict=False), AfterValidator(_finite)]


class ControlPoint(Strict):
    """A point known in both systems: longitude and latitude (degrees), or northing and easting (metres)."""

    old: Annotated[list[Number], Field(min_length=2, max_length=2)]
    new: Annotated[list[Number], Field(min_length=2, max_length=2)]


class DatumParameters(Strict):
    """One set of parameters.

    ``seven_parameter``: shifts in metres, rotations in seconds of arc, scale in parts per million, from
    the old system to CGCS2000, linear in the rotations (Bursa-Wolf; heights are taken as zero, which costs
    under 5 cm at 2 km). ``coordinate_frame`` turns the axes and is what Chinese textbooks print as 布尔沙;
    ``position_vector`` turns the points. ``four_parameter``: from the Gauss-Krüger plane of the old system
    to that of CGCS2000 about the same ``central_meridian``, with the false easting that the parameters were
    found with::

        N' = north_shift + k (N cos θ - E sin θ)      k = 1 + scale_ppm / 10⁶
        E' = east_shift  + k (N sin θ + E cos θ)      θ > 0 turns points clockwise on the map

    and ``counterclockwise`` for the other sign. ``checks``: control points, as longitude and latitude for
    seven parameters, northing and easting for four. ``adcode``: the divisions they hold in.
    """

    datum: Datum = Field(alias="from")
    method: Literal["seven_parameter", "four_parameter"]
    rotation: Literal["position_vector", "coordinate_frame", "clockwise", "counterclockwise"]
    source: Annotated[str, Field(min_length=1)]
    accuracy_m: Annotated[Number, Field(ge=0)]
    scale_ppm: Number
    dx_m: Number | None = None
    dy_m: Number | None = None
    dz_m: Number | None = None
    rx_sec: Number | None = None
    ry_sec: Number | None = None
    rz_sec: Number | None = None
    north_shift_m: Number | None = None
    east_shift_m: Number | None = None
    rotation_sec: Number | None = None
    central_meridian: Annotated[int, Field(ge=75, le=135)] | None = None
    false_easting_m: Number | None = None
    adcode: list[Annotated[str, Field(pattern=r"^\d{2}(\d{2}){0,2}$")]] = []
    checks: list[ControlPoint] = []

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.datum not in OLD_DATUMS:
            raise ValueError(f"from 写 {'、'.join(OLD_DATUMS)}")
        seven = self.method == "seven_parameter"
        needed, foreign = (_SEVEN, _FOUR) if seven else (_FOUR, _SEVEN)
        absent = [name for name in needed if getattr(self, name) is None]
        if absent:
            raise ValueError(f"{'七' if seven else '四'}参数缺少 {'、'.join(absent)}")
        extra = [n for n in foreign if n not in needed and getattr(self, n) is not None]
        if extra:
            raise ValueError(f"{'七' if seven else '四'}参数不用 {'、'.join(extra)}")
        senses = ("position_vector", "coordinate_frame") if seven else ("clockwise", "counterclockwise")
        if self.rotation not in senses:
            raise ValueError(f"{'七' if seven else '四'}参数的 rotation 写 {' 或 '.join(senses)}")
        for n, point in enumerate(self.checks, start=1):
            off = self._miss_m(point)
            if not off <= max(0.01, 3 * self.accuracy_m):
                raise ValueError(
                    f"控制点 {n} 换算后差 {off:.3f} 米，超过所写精度的三倍：核对符号、rotation 与单位"
                )
        return self

    def to_cgcs2000(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Degrees of the old system in degrees of CGCS2000.

        Raises ValueError, in Chinese, where the parameters move a point out of all bounds.
        """
        try:
            if self.method == "seven_parameter":
                there = self._spatial.transform(lon, lat, np.zeros_like(lon), errcheck=True)[:2]
            else:
                turned = self._turned(*self._old_plane.transform(lon, lat, errcheck=True))
                there = self._new_plane.transform(*turned, direction="INVERSE", errcheck=True)
        except ProjError as error:
            raise ValueError("按所给参数不能换算（坐标离参数的投影带太远，或参数有误）") from error
        new_lon, new_lat = (np.asarray(value, dtype=float) for value in there)
        if not (np.isfinite(new_lon).all() and np.isfinite(new_lat).all()):
            raise ValueError("按所给参数换算的结果不是有限数")
        moved = geodesic_m(np.column_stack([lon, lat]), np.column_stack([new_lon, new_lat]))
        if moved.max(initial=0.0) > _MOST_M:
            raise ValueError(
                f"所给参数把点移动了 {moved.max():,.0f} 米，不合常理（应在 {_MOST_M:.0f} 米以内）："
                "核对符号、单位，四参数还要核对 false_easting_m 与带号"
            )
        return new_lon, new_lat

    @property
    def wording(self) -> str:
        """What was done, for the notes of a run."""
        kind = "七参数" if self.method == "seven_parameter" else "四参数"
        return f"{self.datum.zh}按用户{kind}换算为 CGCS2000（{self.source}，精度 {self.accuracy_m:g} 米）"

    @cached_property
    def _spatial(self) -> Transformer:
        values = zip(("x", "y", "z", "rx", "ry", "rz", "s"), _SEVEN, strict=True)
        helmert = " ".join(f"+{key}={getattr(self, name)!r}" for key, name in values)
        return Transformer.from_pipeline(
            "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
            f"+step +proj=cart {_ELLIPSOID[self.datum]} "
            f"+step +proj=helmert {helmert} +convention={self.rotation} "
            f"+step +inv +proj=cart {_CGCS2000} "
            "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
        )

    @cached_property
    def _old_plane(self) -> Transformer:
        return self._plane(_ELLIPSOID[self.datum])

    @cached_property
    def _new_plane(self) -> Transformer:
        return self._plane(_CGCS2000)

    def _plane(self, ellipsoid: str) -> Transformer:
        return Transformer.from_pipeline(
            "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
            f"+step +proj=tmerc +lon_0={self.central_meridian} +k=1 +x_0={self.false_easting_m!r} {ellipsoid}"
        )

    def _turned(self, east: Floats, north: Floats) -> tuple[Floats, Floats]:
        assert self.rotation_sec is not None and self.north_shift_m is not None
        assert self.east_shift_m is not None
        sense = 1.0 if self.rotation == "clockwise" else -1.0
        theta, k = sense * np.radians(self.rotation_sec / 3600.0), 1.0 + self.scale_ppm / 1e6
        new_north = self.north_shift_m + k * (north * np.cos(theta) - east * np.sin(theta))
        new_east = self.east_shift_m + k * (north * np.sin(theta) + east * np.cos(theta))
        return new_east, new_north

    def _miss_m(self, point: ControlPoint) -> float:
        """How far a control point comes out from where it should."""
        old, new = (np.array([value]) for value in (point.old, point.new))
        if self.method == "four_parameter":
            east, north = self._turned(old[:, 1], old[:, 0])
            return float(np.hypot(north - new[:, 0], east - new[:, 1])[0])
        found = np.column_stack(self.to_cgcs2000(old[:, 0], old[:, 1]))
        return float(geodesic_m(found, new)[0])


class ParameterFile(Strict):
    """The content of a parameter file: one set for each old system at most."""

    parameters: Annotated[list[DatumParameters], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> Self:
        names = [entry.datum for entry in self.parameters]
        if len(set(names)) < len(names):
            raise ValueError("同一坐标系有两组参数：只留一组，另一组分开筛查")
        return self


def read_parameters(path: Path | str) -> dict[Datum, DatumParameters]:
    """The parameters of a file by the system they start from.

    Raises :class:`~geo.errors.SiteError` with every fault and its line.
    """
    problems: list[Problem] = []
    content = parse(Path(path), problems)
    found = validate(ParameterFile, content, Path(path), problems) if not problems else None
    if found is None:
        raise SiteError("坐标转换参数文件不能用", problems)
    return {entry.datum: entry for entry in found.parameters}
