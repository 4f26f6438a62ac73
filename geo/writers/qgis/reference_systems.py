"""Coordinate systems in a project: the 3-degree zone of the sites, and how QGIS writes a system down."""

from __future__ import annotations

import numpy as np
from pyproj import CRS

from geo.language import Lang
from geo.space import WORKING_CRS, Geometries
from geo.writers.qgis.markup import Element, element

#: Shanxi lies in the 3-degree zones 37 (111°E) and 38 (114°E); other zones of China for sites elsewhere.
_FIRST_ZONE, _LAST_ZONE = 25, 45
_PLAIN_ZONE = 4509  # EPSG code of a zone without a prefix in its eastings is this plus its number


def zone_crs(lons: np.ndarray) -> str:
    """The CGCS2000 3-degree zone (no zone prefix in its eastings) that holds the median longitude.

    >>> zone_crs(np.array([110.5, 111.2, 113.0])), zone_crs(np.array([113.4])), zone_crs(np.array([]))
    ('EPSG:4546', 'EPSG:4547', 'EPSG:4546')
    """
    middle = float(np.median(lons)) if len(lons) else 111.0
    zone = min(max(round(middle / 3), _FIRST_ZONE), _LAST_ZONE)
    return f"EPSG:{_PLAIN_ZONE + zone}"


def project_crs(crs: str, sites: Geometries) -> str:
    """The system a project is shown in: the one asked for, else the 3-degree zone of the sites."""
    if CRS.from_user_input(crs) != CRS.from_user_input(WORKING_CRS):
        return crs
    lons = np.array([shape.centroid.x for shape in sites if not shape.is_empty])
    return zone_crs(lons)


def spatial_reference(crs: str) -> Element:
    """A system as QGIS writes it: WKT 2 and its authority's code."""
    known = CRS.from_user_input(crs)
    authority = known.to_authority() or ("", "")
    return element(
        "spatialrefsys",
        {"nativeFormat": "Wkt"},
        element("wkt", None, known.to_wkt("WKT2_2019")),
        element("proj4"),
        element("srid", None, authority[1]),
        element("authid", None, ":".join(authority) if authority[1] else ""),
        element("description", None, known.name),
        element("geographicflag", None, "true" if known.is_geographic else "false"),
    )


def crs_words(crs: str, say: Lang = Lang.ZH) -> str:
    """What a map's margin says of its system.

    >>> crs_words("EPSG:4546")
    '2000国家大地坐标系，3度带高斯-克吕格投影，中央经线111°E（EPSG:4546）'
    >>> crs_words("EPSG:4546", Lang.EN)
    'CGCS2000, 3-degree Gauss-Kruger zone, central meridian 111°E (EPSG:4546)'
    """
    known = CRS.from_user_input(crs)
    code = ":".join(known.to_authority() or ()) or known.name
    geodetic = known.geodetic_crs.name if known.geodetic_crs is not None else ""
    datum = say("2000国家大地坐标系", "CGCS2000") if "2000" in geodetic else geodetic
    operation = known.coordinate_operation
    if known.is_geographic or operation is None:
        return say(f"{datum}，经纬度（{code}）", f"{datum}, longitude and latitude ({code})")
    meridian = next((p.value for p in operation.params if "Longitude of natural" in p.name), None)
    if "3-degree" in known.name and meridian is not None:
        return say(
            f"{datum}，3度带高斯-克吕格投影，中央经线{meridian:g}°E（{code}）",
            f"{datum}, 3-degree Gauss-Kruger zone, central meridian {meridian:g}°E ({code})",
        )
    return say(f"{datum}，{known.name}（{code}）", f"{datum}, {known.name} ({code})")
