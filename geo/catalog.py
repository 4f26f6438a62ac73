"""The layers of a workspace: their features, read when first needed, and where each is complete.

A theme may be served by several layers (a centreline and a surveyed bank): each is one reading.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from geo.attributes import in_our_words, matches
from geo.cache import CachedFeatures, LayerCache, stamp_of
from geo.counties import Counties
from geo.crs import crs_of
from geo.divisions import LEVELS, read_divisions
from geo.errors import LayerError, Problem
from geo.features import Features, FeaturesInMemory, as_frame
from geo.index import Kept, ReferenceIndex
from geo.layer import PACKAGED_DIVISIONS, Layer, Manifest
from geo.limits import REMOTE, is_address
from geo.official import official_fields, official_layers
from geo.reading import open_layer, read_features, read_table
from geo.space import WORKING_CRS
from geo.terms import THEME_ATTRIBUTES, Theme
from geo.yamls import parse, validate

Result = TypeVar("Result")


def _untold(stage: str) -> None:
    """Progress that nobody follows; a function of its own, so that a catalogue can be sent to workers."""


@dataclass
class LayerCatalog:
    """The layers of a workspace with their features, read on first use.

    ``frames`` holds features already in memory, by layer key; ``log`` every repair and drop. Large sources
    are kept in ``cache``, if there is one, and ``progress`` is told before such a source is read. With
    ``keep_going`` a layer that cannot be read is ``set_aside``, with its faults by key: it serves nothing, and
    whoever asks for its theme must ask for :meth:`lost` too.
    """

    layers: list[Layer]
    root: Path
    frames: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    cache: LayerCache | None = None
    progress: Callable[[str], None] = _untold
    keep_going: bool = False
    set_aside: dict[str, list[Problem]] = field(default_factory=dict)
    _held: dict[str, Features] = field(default_factory=dict, repr=False)
    _coverage: dict[str, shapely.Geometry | None] = field(default_factory=dict, repr=False)
    _extents: dict[tuple[str, ...] | None, shapely.Geometry | None] = field(default_factory=dict, repr=False)
    _complete: dict[tuple[frozenset[int], tuple[str, ...]], bool] = field(default_factory=dict, repr=False)
    _united: Counties | None = field(default=None, repr=False)

    def used(self) -> list[Layer]:
        """All layers but those set aside."""
        return [layer for layer in self.layers if layer.key not in self.set_aside]

    def of_theme(self, theme: Theme) -> list[Layer]:
        """The layers that serve a theme; not those set aside."""
        return [layer for layer in self.used() if layer.theme is theme]

    def lost(self, theme: Theme) -> list[Layer]:
        """The layers of a theme that were set aside: what they hold is not known."""
        return [layer for layer in self.layers if layer.theme is theme and layer.key in self.set_aside]

    def try_layers(self, layers: Iterable[Layer]) -> None:
        """Read layers that will be needed, and where each is complete: all their faults at once.

        Raises :class:`~geo.errors.LayerError`; with ``keep_going`` those with faults are set aside instead.
        """
        problems: list[Problem] = []
        for layer in layers:
            if layer.key in self.set_aside:
                continue
            try:
                self._try(layer)
            except LayerError as error:
                found = error.problems or [
                    Problem(str(self.root / layer.path), layer.key, "", "", error.message, "修好该图层")
                ]
                problems += found
                if self.keep_going:
                    self._put_aside(layer, found)
        if problems and not self.keep_going:
            raise LayerError(
                f"有 {len(problems)} 处图层错误，未开始筛查；加 --keep-going 可先搁置读不了的图层，"
                "需要它们的规则都判为待核实",
                problems,
            )

    def _try(self, layer: Layer) -> None:
        if layer.is_raster:
            return  # read window by window, by who needs them
        self.held(layer)
        # a file may have faults of its own; counties have none, and are united when asked for
        if layer.covers is not None and layer.covers.area is not None:
            self.coverage(layer)

    def put_aside(self, error: LayerError) -> bool:
        """Set aside the layers that an error is about, by their keys; whether there was any not set aside before."""
        found = {
            layer.key: [problem for problem in error.problems if problem.where == layer.key]
            for layer in self.layers
            if layer.key not in self.set_aside
        }
        named = {key: problems for key, problems in found.items() if problems}
        for layer in self.layers:
            if layer.key in named:
                self._put_aside(layer, named[layer.key])
        return bool(named)

    def keep_on(self, work: Callable[[], Result]) -> Result:
        """What some work comes to; with ``keep_going`` layers that it finds unreadable are set aside, and it begins again."""
        while True:
            try:
                return work()
            except LayerError as error:
                if not (self.keep_going and self.put_aside(error)):
                    raise

    def _put_aside(self, layer: Layer, problems: list[Problem]) -> None:
        self.set_aside[layer.key] = [
            replace(p, file=p.file or layer.path, where=p.where or layer.key) for p in problems
        ]
        self._held.pop(layer.key, None)
        self.frames.pop(layer.key, None)
        if layer.theme is Theme.ADMIN:
            self._united = None

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

    def has_read(self, layer: Layer) -> bool:
        """Whether anything of a layer's features was read."""
        return layer.key in self.frames or layer.key in self._held

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
        again = partial(self._anew, layer)
        found = self.cache.find(path, spec, again)
        if found is None:
            self.progress(f"第一次读图层 {layer.key}，换算并存入缓存；数据大时要几分钟")
            frame, log = self._converted(layer)
            found = self.cache.store(path, spec, stamp, frame, log, again)
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

    def _anew(self, layer: Layer) -> gpd.GeoDataFrame:
        """A large source whose copy in the cache is damaged."""
        self.progress(f"缓存里图层 {layer.key} 的副本坏了，重读原文件")
        return self._converted(layer)[0]

    def _loaded(self, layer: Layer) -> Features:
        self.frames[layer.key], log = self._converted(layer)
        self.log.extend({"layer_key": layer.key, **row} for row in log)
        return FeaturesInMemory(self.frames[layer.key])

    def _converted(self, layer: Layer) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
        """A layer read whole, in our words, and what was repaired, dropped or left out of it."""
        read = self._read(layer)
        if layer.path == PACKAGED_DIVISIONS:  # whole and valid: a look at every border less
            crs_of(read, layer.crs, layer.key)
            log: list[dict[str, Any]] = []
        else:
            read, log = read_features(read, layer.key, layer.crs, _dimension(layer.theme))
        frame = in_our_words(read, layer)
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
            level = layer.layer or "county"
            if level not in LEVELS:
                what = f"软件自带的行政区划没有这一级：{level}"
                problem = Problem("", layer.key, "layer", level, what, f"写 {'、'.join(LEVELS)} 之一")
                raise LayerError("行政区划没有这一级", [problem])
            return read_divisions(level=level)
        path = self.root / layer.path
        return (
            self._join(path, layer)
            if path.suffix.lower() == ".csv"
            else open_layer(path, layer.layer, layer.key, official_layers(layer.theme))
        )

    def _join(self, path: Path, layer: Layer) -> gpd.GeoDataFrame:
        """A table with a column ``adcode`` (a user's list of counties) on the county polygons."""
        table = read_table(path, layer.key)
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
        if joined.empty:
            problem = Problem(
                str(path), layer.key, "adcode", "", "表里一个区划代码也没有", "补上六位区划代码"
            )
            raise LayerError("表格图层没有内容", [problem])
        return gpd.GeoDataFrame(joined.drop(columns="adcode"), geometry="geometry", crs=WORKING_CRS)

    def divisions(self) -> gpd.GeoDataFrame | None:
        """County polygons with their ``adcode``, or None where no layer of the theme admin is held."""
        counties = self._counties()
        return None if counties is None else counties.polygons

    def _counties(self) -> Counties | None:
        if self._united is None:
            parts = [
                self.features(layer).assign(accuracy_m=layer.accuracy_m)
                for layer in self.of_theme(Theme.ADMIN)
            ]
            if parts:
                merged = pd.concat([part[["adcode", "name", "accuracy_m", "geometry"]] for part in parts])
                polygons = gpd.GeoDataFrame(merged, crs=WORKING_CRS).reset_index(drop=True)
                self._united = Counties(polygons, None if self.cache is None else self.cache.trees)
        return self._united

    def area_of(self, adcodes: Iterable[str]) -> shapely.Geometry | None:
        """The union of the counties whose code begins with one of the given codes, or None."""
        counties = self._counties()
        return None if counties is None else counties.area_of(adcodes)

    def border_of(self, adcodes: Iterable[str]) -> ReferenceIndex | None:
        """The same union, ready to be measured from; built once."""
        counties = self._counties()
        return None if counties is None else counties.border_of(adcodes)

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

    def complete_over(self, layers: Iterable[Layer], adcodes: Iterable[str]) -> bool | None:
        """Whether layers together are complete over all of some divisions; None where none of them says where it is.

        A hair (1e-6 degrees) is allowed for. Many rules ask the same of layers that say the same: each is worked out once.
        """
        codes = tuple(adcodes)
        stated = [shape for shape in map(self.coverage, layers) if shape is not None]
        area = self.area_of(codes)
        if not stated or area is None:
            return None if not stated else False
        asked = (
            frozenset(map(id, stated)),
            codes,
        )  # the catalogue keeps these shapes, so their ids stay theirs
        if asked not in self._complete:
            self._complete[asked] = bool(shapely.covers(shapely.union_all(stated).buffer(1e-6), area))
        return self._complete[asked]

    def without(self, *keys: str) -> LayerCatalog:
        """The same catalogue without some layers."""
        return LayerCatalog(
            [layer for layer in self.layers if layer.key not in keys],
            self.root,
            dict(self.frames),
            cache=self.cache,
            progress=self.progress,
            keep_going=self.keep_going,
            set_aside=dict(self.set_aside),
        )

    def content_hash(self, layer: Layer) -> str:
        """SHA-256 of a layer's features, whatever container they come in (:func:`geo.features.hash_features`)."""
        if layer.is_raster:
            with (self.root / layer.path).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        return self.held(layer).content_hash


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
    keep_going: bool = False,
) -> LayerCatalog:
    """Read a manifest (``manifest.yaml``). Features are read when first needed; large ones kept in ``cache``.

    With ``keep_going`` layers whose files are not there or cannot be read are set aside (:class:`LayerCatalog`);
    a manifest that cannot be understood is an error all the same.

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
    gone: dict[str, list[Problem]] = {}
    for entry in _entries(content):
        key = str(entry.get("key", ""))
        if key in seen:
            problems.append(Problem(str(path), "", "key", key, "图层键重复", "每个图层用唯一的键"))
        seen.add(key)
        covers = entry.get("covers")
        named = [entry.get("path"), covers.get("area") if isinstance(covers, dict) else None]
        for name in named:
            if not isinstance(name, str) or name == PACKAGED_DIVISIONS:
                continue
            if is_address(name):
                problems.append(Problem(str(path), key, "path", name, *REMOTE))
            elif not _exists(path.parent / name):
                fault = Problem(str(path), key, "path", name, "文件不存在", "改正路径或删去该图层")
                gone.setdefault(key, []).append(fault)
    if not keep_going:
        problems += [problem for found in gone.values() for problem in found]
    if problems or read is None:
        raise LayerError(f"图层清单有 {len(problems)} 处错误", problems)
    layers = list(read.layers)
    return LayerCatalog(
        layers, path.parent, cache=cache, progress=progress, keep_going=keep_going, set_aside=gone
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long for the system, or with a NUL
        return False


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
