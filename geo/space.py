"""Position: true metres on the ellipsoid, straight from longitude and latitude.

Everything inside the package is longitude, latitude in EPSG:4490 (CGCS2000). A straight edge is
straight in longitude and latitude, as every GIS draws it. No projected CRS keeps 0.1 m at 2 km over
the province; a plane at the mid-latitude of each pair of points does (under 0.1 mm at 2 km), and the
figure reported is the geodesic between the two nearest points that it finds.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod, Transformer

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[Any]  # shapely geometries

#: Longitude, latitude on CGCS2000; WGS 84 is the same within planning accuracy.
WORKING_CRS = "EPSG:4490"

SEMI_MAJOR_M = 6378137.0
INVERSE_FLATTENING = 298.257222101
GEOD = Geod(a=SEMI_MAJOR_M, rf=INVERSE_FLATTENING)
#: No degree of longitude or latitude is longer, in metres.
LONGEST_DEGREE_M = 111_700.0
#: So few pairs of points are not worth a second thread.
_SHARE = 20_000
_E2 = (2 - 1 / INVERSE_FLATTENING) / INVERSE_FLATTENING


def metres_per_degree(lat: Floats | float) -> tuple[Floats, Floats]:
    """Length of one degree of longitude and of latitude at a latitude (degrees), in metres.

    >>> [round(float(v)) for v in metres_per_degree(37.87)]
    [87987, 110994]
    """
    phi = np.radians(np.asarray(lat, dtype=float))
    w2 = 1 - _E2 * np.sin(phi) ** 2
    east = SEMI_MAJOR_M * np.cos(phi) / np.sqrt(w2)
    north = SEMI_MAJOR_M * (1 - _E2) / (w2 * np.sqrt(w2))
    return np.radians(1.0) * east, np.radians(1.0) * north


def geodesic_m(start: Floats, end: Floats) -> Floats:
    """Geodesic distances between points given as (n, 2) longitude, latitude, in metres."""
    parts = min(os.cpu_count() or 1, len(start) // _SHARE)
    if parts > 1:  # the library lets go of the interpreter
        with ThreadPoolExecutor(parts) as pool:
            halves = pool.map(_inverse, np.array_split(start, parts), np.array_split(end, parts))
            return np.concatenate(list(halves))
    return _inverse(start, end)


def _inverse(start: Floats, end: Floats) -> Floats:
    _, _, distance = GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    return np.asarray(distance, dtype=float)


def conformal(lonlat: Floats) -> Floats:
    """Points in the conformal (Mercator) plane of the ellipsoid: shapes true, scale by latitude.

    For searching only, never for measuring.
    """
    phi = np.radians(lonlat[:, 1])
    e = np.sqrt(_E2)
    north = np.arcsinh(np.tan(phi)) - e * np.arctanh(e * np.sin(phi))
    return SEMI_MAJOR_M * np.column_stack([np.radians(lonlat[:, 0]), north])


def move(lon: float, lat: float, azimuth_deg: float, distance_m: float) -> tuple[float, float]:
    """The point reached from (lon, lat) along a geodesic.

    >>> lon, lat = move(111.0, 35.0, 90.0, 1000.0)
    >>> round(float(geodesic_m(np.array([[111.0, 35.0]]), np.array([[lon, lat]]))[0]), 6)
    1000.0
    """
    lon2, lat2, _ = GEOD.fwd(lon, lat, azimuth_deg, distance_m)
    return float(lon2), float(lat2)


def nearest_on_segments(a: Floats, b: Floats, c: Floats, d: Floats) -> tuple[Floats, Floats, Floats]:
    """Nearest points of segment pairs ab and cd that do not cross, and their geodesic distance (m).

    All arrays are (n, 2) longitude, latitude. The nearest points lie at an end of one of the segments;
    each of the four ends is measured in the plane at its own mid-latitude: a degree of longitude
    shrinks along a segment, so one plane for a pair would misjudge long segments side by side.
    """
    candidates = [(a, _foot(a, c, d)), (b, _foot(b, c, d)), (_foot(c, a, b), c), (_foot(d, a, b), d)]
    squared = np.stack([_squared_m(p, q) for p, q in candidates])
    best = squared.argmin(axis=0)
    rows = np.arange(len(a))
    on_ab = np.stack([p for p, _ in candidates])[best, rows]
    on_cd = np.stack([q for _, q in candidates])[best, rows]
    return on_ab, on_cd, geodesic_m(on_ab, on_cd)


def _squared_m(p: Floats, q: Floats) -> Floats:
    east, north = metres_per_degree((p[:, 1] + q[:, 1]) / 2)
    metres: Floats = ((q[:, 0] - p[:, 0]) * east) ** 2 + ((q[:, 1] - p[:, 1]) * north) ** 2
    return metres


def _foot(p: Floats, start: Floats, end: Floats) -> Floats:
    """The point of a segment nearest to p, in the plane at the mid-latitude of the two, by repetition."""
    step = end - start
    if not step.any():  # points, not segments
        return start
    lon, lat = step.T
    away_lon, away_lat = (p - start).T
    foot = (start + end) / 2
    for _ in range(3):
        east, north = metres_per_degree((p[:, 1] + foot[:, 1]) / 2)
        along_east, along_north = lon * east, lat * north
        length2 = along_east**2 + along_north**2
        length2[length2 == 0] = 1.0
        t = (away_lon * east * along_east + away_lat * north * along_north) / length2
        foot = start + np.minimum(np.maximum(t, 0.0), 1.0)[:, None] * step
    return foot


def without_empty_parts(geometries: Geometries) -> Geometries:
    """Geometries without parts that are empty; GEOS breaks off the whole program over some of them.

    A collection in a collection is taken apart; one whose parts are of one dimension becomes a plain multi-geometry.

    >>> odd = shapely.from_wkt("GEOMETRYCOLLECTION(POINT EMPTY, MULTIPOLYGON(EMPTY, ((0 0, 1 0, 1 1, 0 0))))")
    >>> without_empty_parts(np.array([odd, shapely.Point(1, 2)], dtype=object))[0].wkt
    'MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))'
    """
    parts, owner = shapely.get_parts(geometries, return_index=True)
    odd = (
        shapely.is_empty(parts)
        | (shapely.get_type_id(parts) == 7)
        | (shapely.get_type_id(geometries)[owner] == 7)
    )
    found = geometries.copy()
    for row in np.unique(owner[odd]):
        found[row] = _put_together(_simple_parts(geometries[row]))
    return found


def _simple_parts(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """The points, lines and polygons that a geometry holds, however deep."""
    open_, found = [geometry], []
    while open_:
        one = open_.pop()
        if one.is_empty:
            continue
        if hasattr(one, "geoms"):
            open_.extend(reversed(one.geoms))
        else:
            found.append(one)
    return found


def _put_together(parts: list[shapely.Geometry]) -> shapely.Geometry:
    kinds = {int(dimension) for dimension in shapely.get_dimensions(parts)}
    if len(kinds) != 1:
        return shapely.GeometryCollection(parts)
    make = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[kinds.pop()]
    return make(parts)


def area_m2(geometries: Geometries) -> Floats:
    """Areas on the ellipsoid, in square metres.

    By the cylindrical equal-area map of the ellipsoid, in which areas are true everywhere.

    >>> round(float(area_m2(np.array([shapely.box(111, 35, 112, 36)]))[0]) / 1e6, 1)
    10066.3
    """
    to_equal_area = _equal_area().transform
    # an edge straight in longitude and latitude bends in the map: cut it small
    plane = shapely.transform(
        shapely.segmentize(geometries, 0.002),
        lambda xy: np.column_stack(to_equal_area(xy[:, 0], xy[:, 1])),
    )
    return np.asarray(shapely.area(plane), dtype=float)


@cache
def _equal_area() -> Transformer:
    ellipsoid = f"+a={SEMI_MAJOR_M} +rf={INVERSE_FLATTENING}"
    return Transformer.from_crs(
        CRS.from_proj4(f"+proj=longlat {ellipsoid} +no_defs"),
        CRS.from_proj4(f"+proj=cea +lon_0=111 {ellipsoid} +units=m +no_defs"),
        always_xy=True,
    )


def draw_buffer(geometry: shapely.Geometry, distance_m: float, quad_segs: int = 64) -> shapely.Geometry:
    """The zone within a distance of a geometry, for drawing only: verdicts measure.

    Drawn piece by piece in a transverse Mercator map about the piece, 64 segments a quarter circle
    (``quad_segs``): within 0.15 m per kilometre of the true line.
    """
    pieces = [_buffer_piece(piece, distance_m, quad_segs) for piece in _pieces(geometry)]
    return shapely.union_all(pieces)


def _pieces(geometry: shapely.Geometry, width_deg: float = 0.5) -> list[shapely.Geometry]:
    """Parts of a geometry no wider than a fraction of a degree, so that one local map fits each."""
    west, south, east, north = geometry.bounds
    if max(east - west, north - south) <= width_deg:
        return [geometry]
    if east - west >= north - south:
        middle = (west + east) / 2
        halves = [(west, south, middle, north), (middle, south, east, north)]
    else:
        middle = (south + north) / 2
        halves = [(west, south, east, middle), (west, middle, east, north)]
    cut = [shapely.intersection(geometry, shapely.box(*half)) for half in halves]
    return [piece for half in cut if not half.is_empty for piece in _pieces(half, width_deg)]


def _buffer_piece(piece: shapely.Geometry, distance_m: float, quad_segs: int) -> shapely.Geometry:
    piece = shapely.segmentize(piece, 0.01)  # an edge straight in longitude and latitude bends in the map
    west, south, east, north = piece.bounds
    plane = LocalPlane((west + east) / 2, (south + north) / 2)
    return plane.back(shapely.buffer(plane.there(piece), distance_m, quad_segs=quad_segs))


class LocalPlane:
    """A transverse Mercator map about a point: metres east and north of it.

    True to 1.2 mm a kilometre 10 km away; for searching and drawing, never for a verdict.

    >>> plane = LocalPlane(111.0, 35.0)
    >>> round(float(plane.there(shapely.Point(move(111.0, 35.0, 0.0, 1000.0))).y), 3)
    1000.0
    """

    def __init__(self, lon: float, lat: float) -> None:
        # a pipeline is made ten times as fast as two coordinate systems
        ellipsoid = f"+a={SEMI_MAJOR_M} +rf={INVERSE_FLATTENING}"
        local = f"+proj=tmerc +lon_0={lon} +lat_0={lat} +k=1 {ellipsoid}"
        degrees = "+proj=unitconvert +xy_in=deg +xy_out=rad"
        plane = Transformer.from_pipeline(f"+proj=pipeline +step {degrees} +step {local}")
        self._there = plane.transform
        self._back = partial(plane.transform, direction="INVERSE")

    def there(self, geometry: Any) -> Any:
        """Longitude, latitude to metres: a geometry or an array of them."""
        return shapely.transform(geometry, lambda xy: np.column_stack(self._there(xy[:, 0], xy[:, 1])))

    def straight(self, geometry: Any) -> Any:
        """As :meth:`there`, long edges cut small first: what is straight in longitude and latitude bends here."""
        return self.there(shapely.segmentize(geometry, 0.01))

    def back(self, geometry: Any) -> Any:
        """Metres to longitude, latitude."""
        return shapely.transform(geometry, lambda xy: np.column_stack(self._back(xy[:, 0], xy[:, 1])))
