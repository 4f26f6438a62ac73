"""The GeoPackage of a run: sites, findings, zones, references, coverage, rejected rows.

Layers: ``sites`` (a row a site, in the geometry as drawn), ``findings`` (a table), ``zones`` (drawn areas),
``references`` and ``reference_points`` (what was measured from), ``coverage`` and ``rejected`` (tables).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj.exceptions import CRSError, ProjError

from geo.assessment import Assessment
from geo.errors import RunError
from geo.space import WORKING_CRS
from geo.zones import draw_zones

#: Columns of Sites that stand beside the verdict in the layer ``sites``.
_OF_SITE = [
    "industry",
    "processes",
    "facts",
    "development",
    "purpose",
    "adcode",
    "datum",
    "accuracy_m",
    "evidence",
    "source",
]


def write_geopackage(assessment: Assessment, path: Path, crs: str = WORKING_CRS) -> None:
    """Write ``screening.gpkg``; geometry in ``crs`` (EPSG:4490 unless another is asked for)."""
    with _fixed_date(assessment):
        _write(path, "sites", _sites(assessment), crs)
        _write(path, "findings", assessment.findings, crs)
        _write(path, "zones", _zones(assessment), crs)
        for name, frame in _references(assessment).items():
            _write(path, name, frame, crs)
        _write(path, "coverage", assessment.coverage, crs)
        _write(path, "rejected", assessment.rejected, crs)


def _sites(assessment: Assessment) -> gpd.GeoDataFrame:
    merged = assessment.verdicts.merge(assessment.sites[["site_id", *_OF_SITE]], on="site_id", validate="1:1")
    return gpd.GeoDataFrame(merged, geometry=assessment.sites.geometry.to_numpy(), crs=WORKING_CRS)


def _zones(assessment: Assessment) -> gpd.GeoDataFrame:
    rules = [assessment.rulebook[rule_id] for rule_id in dict.fromkeys(assessment.zones["rule_id"])]
    drawn = draw_zones(assessment.zones, rules, assessment.catalog)
    drawn.insert(1, "title", [assessment.rulebook[rule_id].title.zh for rule_id in drawn["rule_id"]])
    drawn.insert(2, "effect", [str(assessment.rulebook[rule_id].effect) for rule_id in drawn["rule_id"]])
    return drawn.drop(columns="reference")


def _references(assessment: Assessment) -> dict[str, gpd.GeoDataFrame]:
    """What was measured from, once a feature: outlines of areas and lines; points apart."""
    zones = assessment.zones
    feature = zones["zone_id"].str.split("/", n=2).str[2]
    grouped = zones.assign(feature=feature, wkb=zones.geometry.to_wkb()).groupby(
        ["feature", "wkb"], sort=False
    )
    once = zones.loc[
        grouped.head(1).index, ["feature_name", "theme", "line", "layer_key", "layer_accuracy_m", "demo"]
    ]
    rule_ids = grouped["rule_id"].agg(lambda ids: ";".join(sorted(set(ids)))).to_numpy()
    frame = gpd.GeoDataFrame(
        once.assign(rule_ids=rule_ids), geometry=zones.geometry.loc[once.index], crs=WORKING_CRS
    ).reset_index(drop=True)
    geometries = frame.geometry.to_numpy()
    dimension = shapely.get_dimensions(geometries)
    area = dimension == 2
    lines = geometries.copy()
    lines[area] = shapely.boundary(geometries[area])
    drawn = frame.set_geometry(_multi(lines), crs=WORKING_CRS)
    return {"references": drawn[dimension > 0], "reference_points": frame[dimension == 0]}


def _multi(lines: np.ndarray) -> np.ndarray:
    return np.array(
        [
            shapely.multilinestrings(list(shapely.get_parts(line)))
            if line.geom_type.endswith("LineString")
            else line
            for line in lines
        ],
        dtype=object,
    )


def _write(path: Path, layer: str, frame: pd.DataFrame, crs: str) -> None:
    spatial = isinstance(frame, gpd.GeoDataFrame)
    if spatial:
        frame = _in_crs(frame, crs)
    options = {"VERSION": "1.2"} if not path.exists() else {}
    pyogrio.write_dataframe(
        frame,
        path,
        layer=layer,
        driver="GPKG",
        append=False,
        dataset_options=options,
        geometry_type=_geometry_type(frame) if spatial else None,
        promote_to_multi=True if spatial else None,
    )


def _geometry_type(frame: gpd.GeoDataFrame) -> str:
    kinds = set(frame.geometry.geom_type.str.removeprefix("Multi"))
    if len(kinds) == 1:
        return {"Point": "MultiPoint", "LineString": "MultiLineString", "Polygon": "MultiPolygon"}[
            kinds.pop()
        ]
    return "Unknown"


def _in_crs(frame: gpd.GeoDataFrame, crs: str) -> gpd.GeoDataFrame:
    if crs == WORKING_CRS:
        return frame
    try:
        return frame.to_crs(crs)
    except (CRSError, ProjError, ValueError) as error:
        raise RunError(f"不认识或不能转换的坐标系 --crs {crs}：{error}") from error


@contextmanager
def _fixed_date(assessment: Assessment) -> Iterator[None]:
    """GeoPackages carry the time of writing; the same run shall give the same file."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    day = pd.Timestamp(int(epoch), unit="s") if epoch else pd.Timestamp(assessment.on)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": day.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
