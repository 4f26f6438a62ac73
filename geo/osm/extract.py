"""Features of an OpenStreetMap extract (.osm.pbf, .osm), by layer.

Tags as the OpenStreetMap wiki defines them: waterway, natural=water, railway, amenity, landuse, place. The
main stem of a river is told by its waterway relation: members without a role or with ``main_stream``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from geo.errors import LayerError, Problem
from geo.osm.names import match_name
from geo.space import WORKING_CRS

#: Layer → columns beside ``osm_id``.
COLUMNS = {
    "river": ("name", "osm_name", "stem", "half_width_m"),
    "river_water": ("name", "osm_name", "stem"),
    "canal": ("name", "osm_name"),
    "lake": ("name", "kind"),
    "railway": ("name", "osm_name", "section"),
    "school": ("name", "kind"),
    "hospital": ("name", "kind"),
    "settlement": ("name", "kind"),
    "industrial": ("name",),
}
_KEYS = ("waterway", "natural", "landuse", "railway", "amenity", "place", "social_facility")
_SCHOOL = {"school": "学校", "college": "学校", "university": "学校", "kindergarten": "幼儿园"}
_HOSPITAL = {"hospital": "医疗机构", "clinic": "医疗机构"}
_OLD_AGE = {"nursing_home", "assisted_living", "group_home"}
_PLACES = {"city", "town", "village", "hamlet", "suburb", "neighbourhood", "isolated_dwelling"}
#: Half the width of a channel is at most this (metres), where no tag says its width: the Yellow River's, any other's.
_YELLOW_HALF_M, _HALF_M = 7_500.0, 1_000.0

Tags = Mapping[str, str]


@dataclass
class Extract:
    """What an extract holds: a frame a layer (EPSG:4490), its date, and how many geometries were broken."""

    layers: dict[str, gpd.GeoDataFrame]
    as_of: date | None
    broken: int = 0


@dataclass
class _River:
    """What a waterway relation says of its member ways."""

    names: list[str] = field(default_factory=list)
    stem: str | None = None


def read_extract(path: Path, rivers: Collection[str] = (), railways: Collection[str] = ()) -> Extract:
    """Read an extract; ``rivers`` and ``railways`` are the names that rules ask for.

    Positions are WGS 84, which agrees with CGCS2000 within planning accuracy. Raises
    :class:`~geo.errors.LayerError` where the library ``osmium`` is not installed or the file cannot be read.
    """
    osmium = _library()
    if not path.is_file():
        raise LayerError("没有这个文件", [Problem(str(path), "", "", "", "文件不存在", "改正路径")])
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    newest = datetime(1970, 1, 1, tzinfo=UTC)
    broken = 0
    factory = osmium.geom.WKBFactory()
    try:
        with osmium.io.Reader(str(path)) as reader:
            stated = reader.header().get("osmosis_replication_timestamp")
        members = _members(osmium, path)
        objects = osmium.FileProcessor(str(path)).with_locations().with_areas()
        for thing in objects.with_filter(osmium.filter.KeyFilter(*_KEYS)):
            if not thing.is_area():
                newest = max(newest, thing.timestamp)
            kinds = list(_kinds(thing, members, rivers, railways))
            if not kinds:
                continue
            try:
                shape = _shape(factory, thing)
            except (RuntimeError, osmium.InvalidLocationError):  # nodes beyond the extract, open rings
                broken += 1
                continue
            osm_id = thing.orig_id() if thing.is_area() else thing.id
            letter = ("w" if thing.from_way() else "r") if thing.is_area() else thing.type_str()
            for layer, values in kinds:
                rows[layer].append({"osm_id": f"{letter}{osm_id}", **values, "geometry": shape})
    except RuntimeError as error:
        what = f"不是能读的 OSM 数据：{error}"
        raise LayerError(
            "OSM 数据读不了", [Problem(str(path), "", "", "", what, "用完整的 .osm.pbf")]
        ) from error
    frames = {
        name: gpd.GeoDataFrame(
            rows[name], columns=["osm_id", *columns, "geometry"], geometry="geometry", crs=WORKING_CRS
        )
        for name, columns in COLUMNS.items()
    }
    dated = date.fromisoformat(stated[:10]) if stated else newest.date() if newest.year > 1970 else None
    return Extract(frames, dated, broken)


def _library() -> Any:
    try:
        import osmium  # heavy and optional: only who imports an extract needs it
        import osmium.filter
        import osmium.geom
        import osmium.io
    except ImportError as error:
        problem = Problem("", "", "osmium", "", "没有安装 osmium（pyosmium）", "pip install 'hongxian[osm]'")
        raise LayerError("读 OSM 数据要另装一个库", [problem]) from error
    return osmium


def _members(osmium: Any, path: Path) -> dict[int, _River]:
    """By way: the names and the stem that waterway relations give it."""
    found: dict[int, _River] = {}
    relations = osmium.FileProcessor(str(path), osmium.osm.RELATION)
    for relation in relations.with_filter(osmium.filter.TagFilter(("type", "waterway"))):
        for member in relation.members:
            if member.type == "w":
                river = found.setdefault(member.ref, _River())
                river.names += _names(relation.tags)
                if member.role in ("", "main_stream"):
                    river.stem = "干流"
    return found


def _kinds(
    thing: Any, members: Mapping[int, _River], rivers: Collection[str], railways: Collection[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The layers that an object belongs to, with its values there."""
    tags = thing.tags
    names = _names(tags)
    name = names[0] if names else None
    if thing.is_way():
        water = tags.get("waterway")
        if water in ("river", "canal") or (water in ("stream", "ditch", "drain") and names):
            river = members.get(thing.id, _River())
            own = match_name([*names, *river.names], rivers)
            title = own or name or next(iter(river.names), None)
            if own.endswith("渠") or (water in ("canal", "ditch", "drain") and not own):
                yield "canal", {"name": title, "osm_name": name}
            else:
                half = _half_width(tags, own)
                yield "river", {"name": title, "osm_name": name, "stem": river.stem, "half_width_m": half}
        elif tags.get("railway") == "rail":
            title = match_name(names, railways) or name
            yield "railway", {"name": title, "osm_name": name, "section": _section(tags)}
    elif thing.is_area() and tags.get("landuse") == "industrial":
        yield "industrial", {"name": name}
    elif thing.is_area() and tags.get("landuse") == "residential":
        yield "settlement", {"name": name, "kind": "居民区"}
    elif thing.is_area() and (tags.get("natural") == "water" or tags.get("landuse") == "reservoir"):
        kind = tags.get("water") or ("reservoir" if tags.get("landuse") == "reservoir" else None)
        if kind == "river":
            own = match_name(names, rivers)
            yield "river_water", {"name": own or name, "osm_name": name, "stem": None}
        elif kind in ("lake", "reservoir", "lagoon", "oxbow", None):
            yield "lake", {"name": name, "kind": "水库" if kind == "reservoir" else "湖泊"}
    if not thing.is_way():
        amenity, place = tags.get("amenity"), tags.get("place")
        if amenity in _SCHOOL:
            yield "school", {"name": name, "kind": _SCHOOL[amenity]}
        elif amenity in _HOSPITAL:
            yield "hospital", {"name": name, "kind": _HOSPITAL[amenity]}
        elif amenity == "nursing_home" or tags.get("social_facility") in _OLD_AGE:
            yield "hospital", {"name": name, "kind": "养老机构"}
        elif thing.is_node() and place in _PLACES:
            yield "settlement", {"name": name, "kind": "居民区"}


def _names(tags: Tags) -> list[str]:
    """Every name of an object, the Chinese one first."""
    keys = ("name:zh", "name", "name:zh-Hans", "official_name", "alt_name", "old_name")
    held = [part.strip() for key in keys if tags.get(key) for part in str(tags.get(key)).split(";")]
    return list(dict.fromkeys(part for part in held if part))


def _half_width(tags: Tags, name: str) -> float:
    """Half the width of a channel at most: twice what a tag says, since that is its usual width."""
    try:
        return max(float(str(tags.get("width", "")).removesuffix("m").strip()), 1.0)
    except ValueError:
        return _YELLOW_HALF_M if name == "黄河" else _HALF_M


def _section(tags: Tags) -> str:
    for key, word in {"tunnel": "隧道", "bridge": "桥梁", "embankment": "路基", "cutting": "路基"}.items():
        if tags.get(key, "no") != "no":
            return word
    return "地面"


def _shape(factory: Any, thing: Any) -> shapely.Geometry:
    if thing.is_area():
        return shapely.from_wkb(factory.create_multipolygon(thing))
    return shapely.from_wkb(
        factory.create_linestring(thing) if thing.is_way() else factory.create_point(thing)
    )
