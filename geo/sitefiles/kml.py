"""KML and KMZ: placemarks with their datum, which for files of 奥维 (Ovital) is GCJ-02.

KML is WGS 84 by definition. Since 9.3 奥维 writes GCJ-02 instead, some 500 m off in Shanxi, into
.ovkml and .ovkmz, which people rename; such a file still names the program that wrote it.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from geo.asides import aside
from geo.errors import LayerError, Problem
from geo.terms import Datum

SUFFIXES = (".kml", ".kmz", ".ovkml", ".ovkmz")

#: Where a KML names a field of its extended data.
_FIELD = re.compile(r"""(<(?:\w+:)?(?:Data|SimpleData|SimpleField)\b[^>]*?\bname=["'])([^"']*)""")
_SPELT = "hx_"


def read_kml(path: Path) -> tuple[gpd.GeoDataFrame, Datum]:
    """The placemarks of all folders, and WGS 84 or GCJ-02. Raises :class:`~geo.errors.LayerError`."""
    try:
        text = _text(path)
        plain = re.sub(r"""encoding=["'][^"']*["']""", 'encoding="UTF-8"', text, count=1)
        content = _FIELD.sub(lambda found: found[1] + _spelt(found[2]), plain).encode("utf-8")
        frames = _layers(content)
    except (
        zipfile.BadZipFile,
        KeyError,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
    ) as error:
        problem = Problem(path.name, "", "", "", f"无法读取：{error}", "重新导出 KML")
        raise LayerError("KML 无法读取", [problem]) from error
    frames = [frame for frame in frames if isinstance(frame, gpd.GeoDataFrame) and len(frame)]
    if not frames:
        raise LayerError("KML 没有地标", [Problem(path.name, "", "", "", "没有地标", "画出地块再导出")])
    frames = [frame.rename(columns={c: _unspelt(str(c)) for c in frame.columns}) for frame in frames]
    # the XML attribute id is the program's, not the planner's
    frames = [frame.drop(columns=[c for c in ("id", "fid") if c in frame.columns]) for frame in frames]
    frames = [
        frame.astype({c: object for c in frame.columns if c != frame.geometry.name}) for frame in frames
    ]
    whole = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    ovital = path.suffix.lower().startswith(".ov") or re.search("奥维|ovital|ovobj", text, re.IGNORECASE)
    return whole, Datum.GCJ02 if ovital else Datum.WGS84


def _spelt(name: str) -> str:
    """A Chinese name in letters that GDAL keeps: it makes one underscore of every other."""
    return name if name.isascii() else _SPELT + name.encode().hex()


def _unspelt(name: str) -> str:
    return bytes.fromhex(name[len(_SPELT) :]).decode() if name.startswith(_SPELT) else name


def _layers(content: bytes) -> list[gpd.GeoDataFrame]:
    """Every folder's placemarks; from a file, since those outside folders are a layer named after it."""
    with aside() as folder:
        copy = folder / "doc.kml"
        copy.write_bytes(content)
        count = len(pyogrio.list_layers(copy))
        with np.errstate(invalid="ignore"):  # a coordinate that is no number is told later
            return [pyogrio.read_dataframe(copy, layer=n) for n in range(count)]


def _text(path: Path) -> str:
    content = path.read_bytes()
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [n for n in archive.namelist() if n.lower().endswith((".kml", ".ovkml"))]
            if not names:
                raise KeyError("压缩包里没有 KML")
            content = archive.read(min(names, key=lambda n: (n.count("/"), n.lower() != "doc.kml")))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", errors="replace")
