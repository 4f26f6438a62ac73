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
import pandas as pd
import pyogrio
import shapely

from geo.asides import aside
from geo.errors import LayerError, Problem
from geo.gdal import heard
from geo.limits import xml_fault
from geo.terms import Datum

SUFFIXES = (".kml", ".kmz", ".ovkml", ".ovkmz")

#: Where a KML names a field of its extended data.
_FIELD = re.compile(r"""(<(?:\w+:)?(?:Data|SimpleData|SimpleField)\b[^<>]*?\bname=["'])([^"'<>]*)""")
_SPELT = "hx_"


def read_kml(path: Path, notes: list[Problem]) -> tuple[gpd.GeoDataFrame, Datum]:
    """The placemarks of all folders, and WGS 84 or GCJ-02; what is not read goes to ``notes``.

    Raises :class:`~geo.errors.LayerError`.
    """
    try:
        text = _text(path, notes)
        unfit = xml_fault(text.encode("utf-8", "replace"))
        if unfit is not None:
            raise LayerError("KML 无法读取", [Problem(path.name, "", "", "", *unfit)])
        plain = re.sub(r"""encoding=["'][^"']*["']""", 'encoding="UTF-8"', text, count=1)
        content = _FIELD.sub(lambda found: found[1] + _spelt(found[2]), plain).encode("utf-8")
        said: list[str] = []
        with heard(said):
            frames = _layers(content)
        for message in dict.fromkeys(said):
            notes.append(Problem(path.name, "文件", "", "", f"读取时的提示：{message}", "核对有无要素受影响"))
    except (zipfile.BadZipFile, KeyError, RuntimeError, ValueError, shapely.errors.GEOSException) as error:
        # pyogrio's own errors are RuntimeErrors
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
    found = re.fullmatch(f"{_SPELT}((?:[0-9a-f]{{2}})+)", name)
    try:
        return bytes.fromhex(found[1]).decode() if found else name
    except UnicodeDecodeError:
        return name  # the file's own


def _layers(content: bytes) -> list[gpd.GeoDataFrame]:
    """Every folder's placemarks; from a file, since those outside folders are a layer named after it."""
    with aside() as folder:
        copy = folder / "doc.kml"
        copy.write_bytes(content)
        count = len(pyogrio.list_layers(copy))
        return [pyogrio.read_dataframe(copy, layer=n) for n in range(count)]


def _text(path: Path, notes: list[Problem]) -> str:
    content = path.read_bytes()
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [n for n in archive.namelist() if n.lower().endswith((".kml", ".ovkml"))]
            if not names:
                raise KeyError("压缩包里没有 KML")
            chosen = min(names, key=lambda n: (n.count("/"), n.lower() != "doc.kml"))
            content = archive.read(chosen)
            if others := [name for name in names if name != chosen]:
                what = f"压缩包里只读了 {chosen}，没有读：{'、'.join(others[:5])}"
                notes.append(Problem(path.name, "文件", "", "", what, "要读，请解压后分别给出"))
    text = _decoded(content)
    if "<NetworkLink" in text:
        what = "有网络链接（NetworkLink），没有读（本软件不联网）"
        notes.append(Problem(path.name, "文件", "", "", what, "链接里有地块，请在软件里另存为 KML"))
    return text


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")  # an error is a fault of the file
