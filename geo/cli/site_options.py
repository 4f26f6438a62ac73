"""The options by which site lists are read, shared by ``screen`` and ``sites check``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

DatumOption = Annotated[
    list[str] | None,
    typer.Option(
        "--datum",
        help="没有写坐标系的行按什么算：cgcs2000、wgs84、gcj02、bd09、xian1980、beijing1954；"
        "只指一个文件写 文件名=gcj02（可重复）；不写即为未申报",
    ),
]
IndustryOption = Annotated[
    str, typer.Option("--industry", help="没有写行业代码的场地用这个（GB/T 4754-2017，如 2521）")
]
DevelopmentOption = Annotated[
    str, typer.Option("--development", help="没有写建设性质的场地用这个：新建、改建、扩建、已建")
]
AdcodeOption = Annotated[
    str, typer.Option("--adcode", help="没有写行政区划代码的场地用这个，如 140882；横坐标没有带号时据此判断")
]
ZoneOption = Annotated[
    str, typer.Option("--zone", help="横坐标没有带号时的带号或中央经线：37、38、19、20 或 111、114")
]
PackedOption = Annotated[
    bool, typer.Option("--packed-dms", help="经纬度列的 112.3256 是 112°32′56″，不是十进制度")
]
MapOption = Annotated[
    list[str] | None, typer.Option("--map", help="列名对照，如 --map name=工程名称（可重复）")
]
SiteLayerOption = Annotated[
    list[str] | None,
    typer.Option("--site-layer", help="只读场地文件的这个图层或工作表（DXF、GDB、GPKG、XLSX；可重复）"),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", help="只读字段等于这些值的行，如 --where DLBM=0601,0602 或 DLBM=06*（可重复）"),
]
WordsOption = Annotated[
    Path | None, typer.Option("--words", help="词语对照表 YAML：清单里的行业、建设性质用词是什么意思")
]
ParamsOption = Annotated[
    Path | None,
    typer.Option("--datum-params", help="1980西安、1954北京坐标系到 CGCS2000 的四参数或七参数（YAML）"),
]


@dataclass(frozen=True)
class SiteReading:
    """``arguments`` for :func:`geo.read_sites`, and the ``record`` of them for ``run.json``."""

    arguments: dict[str, Any]
    record: dict[str, str]


def site_reading(
    datum: list[str] | None,
    defaults: dict[str, str],
    packed_dms: bool,
    headings: list[str] | None,
    layers: list[str] | None,
    where: list[str] | None,
    words: Path | None,
    parameters: Path | None,
) -> SiteReading:
    """The options as :func:`geo.read_sites` takes them. Raises :class:`~geo.errors.SiteError`."""
    from geo.datum_params import read_parameters
    from geo.sitefiles.answers import read_answers

    arguments = {
        "datum": dict(_pairs("--datum", datum, "文件名=gcj02", whole="")),
        "packed_dms": packed_dms,
        "defaults": defaults,
        "headings": {heading: ours for ours, heading in _pairs("--map", headings, "name=工程名称")},
        "layers": layers or [],
        "where": where or [],
        "answers": read_answers(words) if words else None,
        "parameters": read_parameters(parameters) if parameters else None,
    }
    record = {
        "datum": ",".join(datum or []),
        **{key: value for key, value in defaults.items() if value},
        **({"packed_dms": "True"} if packed_dms else {}),
        **{
            key: ",".join(values)
            for key, values in (("map", headings), ("site_layer", layers), ("where", where))
            if values
        },
        **{
            key: f"{path} sha256:{_hash(path)}"
            for key, path in (("words", words), ("datum_params", parameters))
            if path
        },
    }
    return SiteReading(arguments, record)


def _pairs(
    option: str, values: list[str] | None, form: str, whole: str | None = None
) -> Iterable[tuple[str, str]]:
    from geo.errors import SiteError

    for value in values or []:
        left, sign, right = value.partition("=")
        if sign and left.strip() and right.strip():
            yield left.strip(), right.strip()
        elif not sign and whole is not None:
            yield whole, value.strip()
        else:
            raise SiteError(f"看不懂 {option} {value}；写成 {form}")


def _hash(path: Path) -> str:
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()
