"""How GDAL is asked: it fetches nothing, draws arcs finely, and what it warns of is kept for the log."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio

from geo.errors import LayerError, Problem

# Nothing is fetched: no schema of a GML, no file behind an address, whatever a file asks for.
pyogrio.set_gdal_config_options(
    {
        "GML_DOWNLOAD_WFS_SCHEMA": "NO",
        "GML_SKIP_RESOLVE_ELEMS": "ALL",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".nothing",
        "GDAL_HTTP_MAX_RETRY": "0",
    }
)

#: Geometry types drawn with arcs.
CURVES = frozenset({"CIRCULARSTRING", "COMPOUNDCURVE", "CURVEPOLYGON", "MULTICURVE", "MULTISURFACE"})
#: What was warned of while a frame was read lies among its attributes by this name.
_SAID = "said"


def ill_encoded(file: str, name: str) -> LayerError:
    """The error of a file whose texts cannot be decoded."""
    what = "字段名或文字的编码有误（SHP 的字段名最多 10 字节，UTF-8 汉字每个 3 字节，会被截断）"
    to_do = "导出为 GPKG，或字段名改用 site_id、industry、development"
    return LayerError("图层的文字无法读取", [Problem(file, name, "字段表", "", what, to_do)])


@contextmanager
def heard(said: list[str]) -> Iterator[None]:
    """What GDAL and numpy warn of while a file is read goes to ``said``: it belongs in the log, not on the screen."""
    with np.errstate(invalid="ignore", over="ignore"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    said.extend(str(warning.message) for warning in caught)


def _worth_telling(said: list[str]) -> list[str]:
    """Each remark once; that measures (M) are left out is told with the features."""
    return [message for message in dict.fromkeys(said) if "Measured" not in message]


def remember(frame: gpd.GeoDataFrame, said: list[str]) -> None:
    """Keep what was warned of while a frame was read (:func:`remarks`)."""
    frame.attrs[_SAID] = _worth_telling(said)


def remarks(frame: gpd.GeoDataFrame) -> list[str]:
    """What was warned of while a layer was read."""
    return list(frame.attrs.get(_SAID, []))


@contextmanager
def fine_arcs() -> Iterator[None]:
    """Arcs in chords of half a degree: at a radius of 500 m, 5 mm off; GDAL's own four degrees are 30 cm off."""
    pyogrio.set_gdal_config_options({"OGR_ARC_STEPSIZE": "0.5"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_ARC_STEPSIZE": None})


def table_encoding(path: Path) -> str | None:
    """The encoding of a Shapefile's table where no .cpg says it: UTF-8 if it is that, else GB18030."""
    if path.suffix.lower() != ".shp" or not path.exists():
        return None
    # by name in any case: files from Windows are often in capitals
    parts = {part.suffix.lower(): part for part in path.parent.iterdir() if part.stem == path.stem}
    if ".cpg" in parts or ".dbf" not in parts:
        return None
    table = parts[".dbf"]
    try:
        table.read_bytes()[32:].decode("utf-8")
    except UnicodeDecodeError:
        return "GB18030"
    return "UTF-8"
