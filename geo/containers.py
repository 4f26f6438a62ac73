"""What a container of layers holds, before anything is claimed of it: schema, encoding, position, count.

fiona lists layers and schemas; pyogrio, whose GDAL reads the features later, says what fiona's model does
not: measures (M) and curves.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import fiona
import pyogrio
from fiona.errors import FionaError
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.cache import is_large
from geo.errors import LayerError, Problem
from geo.gdal import CURVES, heard, table_encoding
from geo.limits import fault_of

#: Formats that cannot be read, and what to ask for instead.
_UNREADABLE = {
    ".mdb": ("个人地理数据库（MDB）这里读不了", "在 ArcGIS 或 QGIS 中导出为 FileGDB 或 GPKG"),
    ".dwg": ("DWG 读不了，也不带坐标系", "请对方提供 SHP、GPKG，或导出 DXF 后在 QGIS 中定坐标系"),
    ".ovkml": ("奥维的 ovkml 是 GCJ-02 坐标，偏约 500 米", "从奥维导出 SHP（不偏移）"),
    ".ovkmz": ("奥维的 ovkmz 是 GCJ-02 坐标，偏约 500 米", "从奥维导出 SHP（不偏移）"),
    ".zip": ("压缩包", "先解压"),
}

#: What fiona and pyogrio make of broken files; pyogrio's own errors are RuntimeErrors.
_BROKEN = (FionaError, ValueError, RuntimeError, OSError, TypeError, LookupError)

#: So many features of a large layer are looked at.
_FIRST = 2_000


@dataclass(frozen=True)
class LayerFacts:
    """One layer of a container; ``bounds`` in its own coordinates (min x, min y, max x, max y)."""

    path: Path
    name: str
    driver: str
    encoding: str
    fields: tuple[tuple[str, str], ...]  # name, type
    geometry: str  # as fiona says; empty = a table
    has_z: bool
    has_m: bool
    has_curves: bool
    crs: CRS | None
    count: int
    bounds: tuple[float, float, float, float] | None
    alone: bool  # the file's only layer
    large: bool = False  # too large to be read through for a look; ``has_curves`` is then not known

    @property
    def field_names(self) -> list[str]:
        """The fields' names."""
        return [name for name, _ in self.fields]

    def words(self, field: str, most: int = 40) -> list[str]:
        """The distinct values of a field as text, sorted, at most ``most``; empty = nothing.

        Of a large layer, those of its first features.
        """
        found: set[str] = set()
        with _open(self.path, self.name) as rows:
            for row in islice(rows, _FIRST if self.large else None):
                value = row["properties"][field]
                if value not in (None, ""):
                    whole = isinstance(value, float) and value.is_integer()
                    found.add(str(int(value)) if whole else str(value))
                if len(found) > most:
                    break
        return sorted(found)[:most]


def look_into(path: Path) -> list[LayerFacts]:
    """Every layer of a container that GDAL reads; of a folder, every Shapefile in it.

    Raises :class:`~geo.errors.LayerError` with all faults where it is not there or cannot be read.
    """
    if path.suffix.lower() in _UNREADABLE:
        what, to_do = _UNREADABLE[path.suffix.lower()]
        raise LayerError("文件不能用", [Problem(str(path), "", "", "", what, to_do)])
    if not path.exists():
        raise LayerError("没有这个文件", [Problem(str(path), "", "", "", "文件不存在", "改正路径")])
    if path.is_dir() and path.suffix.lower() != ".gdb":
        shapes = sorted(p for p in path.iterdir() if p.suffix.lower() == ".shp")
        if not shapes:
            problem = Problem(str(path), "", "", "", "文件夹里没有 SHP", "指明文件，或 .gdb 文件夹")
            raise LayerError("文件夹不能用", [problem])
        return [facts for shape in shapes for facts in look_into(shape)]
    unfit = fault_of(path)
    if unfit is not None:
        raise LayerError("文件不能用", [Problem(str(path), "", "", "", *unfit)])
    try:
        with heard([]):
            names = [str(name) for name in fiona.listlayers(path)]
    except _BROKEN as error:
        problem = Problem(str(path), "", "", "", f"无法读取：{error}", "核对文件是否完整、是不是矢量数据")
        raise LayerError("文件无法读取", [problem]) from error
    found: list[LayerFacts] = []
    problems: list[Problem] = []
    for name in names:
        try:
            with heard([]):  # what is odd about it is told when the layer is read
                found.append(_look(path, name, alone=len(names) == 1))
        except _BROKEN as error:
            problems.append(Problem(str(path), name, "", "", f"无法读取：{error}", "核对该图层"))
    if problems:
        raise LayerError("有图层无法读取", problems)
    return found


def _look(path: Path, name: str, alone: bool) -> LayerFacts:
    with _open(path, name) as rows:
        kind = rows.schema["geometry"]
        table = kind in ("None", None)
        facts = {
            "driver": rows.driver,
            "fields": tuple((field, str(type_)) for field, type_ in rows.schema["properties"].items()),
            "count": len(rows),
            "crs": None if table else _crs(rows.crs.to_wkt()),
            "bounds": None if table or not len(rows) else _bounds(rows),
        }
    measured, declared = _as_declared(path, name)
    large = is_large(path)
    return LayerFacts(
        path=path,
        name=name,
        encoding=_encoding(path).get("encoding", ""),
        geometry="" if table else kind.removeprefix("3D "),
        has_z=not table and (kind.startswith("3D ") or declared.endswith(" Z")),
        has_m=measured,
        has_curves=not table and not large and _has_curves(path, name),
        alone=alone,
        large=large,
        **facts,
    )


def _open(path: Path, name: str) -> fiona.Collection:
    # fiona lists drivers that it has tried itself; KML and others read well all the same
    return fiona.open(path, layer=name, allow_unsupported_drivers=True, **_encoding(path))


def _encoding(path: Path) -> dict[str, str]:
    encoding = table_encoding(path)
    return {"encoding": encoding} if encoding else {}


def _crs(wkt: str) -> CRS | None:
    try:
        return CRS.from_wkt(wkt) if wkt else None
    except CRSError:
        return None


def _bounds(rows: fiona.Collection) -> tuple[float, float, float, float] | None:
    try:
        west, south, east, north = rows.bounds
    except FionaError:
        return None
    return (west, south, east, north) if all(map(math.isfinite, (west, south, east, north))) else None


def _as_declared(path: Path, name: str) -> tuple[bool, str]:
    """Whether the layer declares measures, and its geometry type in pyogrio's words."""
    with warnings.catch_warnings(record=True) as said:  # pyogrio tells of measures in a warning only
        warnings.simplefilter("always")
        kind = pyogrio.read_info(path, layer=name, encoding=table_encoding(path))["geometry_type"] or ""
    return any("Measured" in str(warning.message) for warning in said), kind


def _has_curves(path: Path, name: str) -> bool:
    """Whether any feature is drawn with arcs: a FileGDB declares plain polygons, so each is asked."""
    quoted = name.replace('"', '\\"')
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pyogrio.read_dataframe(
            path, sql=f'SELECT OGR_GEOMETRY FROM "{quoted}"', sql_dialect="OGRSQL", read_geometry=False
        )
    return bool(CURVES & {str(kind) for kind in frame["OGR_GEOMETRY"]})
