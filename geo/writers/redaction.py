"""``--redact``: what outputs leave out where the shapes of a layer must not be passed on.

Verdicts, relations, distances and areas are those of the whole data; what goes is every shape that the layer's own could be
read off: its features, zones and reference points, the ground where rules meet, stretches to survey, strips cut at it,
ground classed by it. Arrows and places of moves stay: each tells one point. Everything is taken out before any writer
begins, so that a new writer cannot forget it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assessment import Assessment
from geo.catalog import Layer, LayerCatalog
from geo.contracts import TEXT, Column, Contract, conform, split
from geo.errors import Problem, RunError
from geo.language import Lang
from geo.rulebook import RuleBook
from geo.terms import ConflictKind, Theme
from geo.zones import readings_of

if TYPE_CHECKING:
    from geo.availability.places import Availability
    from geo.restoration.plan import Restoration

#: Layers whose shapes were left out.
WITHHELD: Contract = {
    "layer_key": Column(TEXT, "图层", "key of the layer"),
    "theme": Column(TEXT, "主题代码", "theme"),
    "theme_zh": Column(TEXT, "主题", "the same in Chinese"),
    "source": Column(TEXT, "来源", "where the layer comes from"),
    "what": Column(TEXT, "说明", "what was left out"),
}
_WHAT = "按要求略去图形；结论、关系、距离和面积按完整数据得出"

#: Water is cut out of strips; the others cut what lies in strips into pieces.
_CUT_STRIPS = frozenset({Theme.RIVER, Theme.LAKE})
_CUT_PIECES = frozenset({Theme.LANDCOVER, Theme.SOIL_DEPTH, Theme.BARE_ROCK, Theme.WETLAND})


def layers_named(names: Iterable[str], catalog: LayerCatalog) -> tuple[Layer, ...]:
    """The layers of a catalogue that keys or themes name (in Chinese, English or as identifier; several joined by a comma).

    Raises :class:`~geo.errors.RunError` with every name that is neither, and for county borders: results are cut at them
    throughout.
    """
    problems: list[Problem] = []
    found: set[str] = set()
    for name in split_names(names):
        themes = _themes_called(name)
        keys = {layer.key for layer in catalog.layers if layer.key == name or layer.theme in themes}
        if not keys and not themes:
            held = "、".join(dict.fromkeys(layer.theme.zh for layer in catalog.layers))
            to_do = f"写图层键或主题；清单里有的主题：{held}"
            problems.append(Problem("--redact", "", "", name, "没有这个图层或主题", to_do))
        if any(layer.theme is Theme.ADMIN for layer in catalog.layers if layer.key in keys):
            what = "管控范围、修复条带都按行政区界切开，略不去"
            problems.append(Problem("--redact", "", "", name, what, "清单改用可公开的县界，如随软件的"))
        found |= keys
    if problems:
        raise RunError("--redact 写的有的不能略去", problems)
    return tuple(layer for layer in catalog.layers if layer.key in found)


def _themes_called(name: str) -> set[Theme]:
    """The theme of that name, or the only one whose Chinese name holds it: 地类 is 土地覆被或地类."""
    exact = {theme for theme in Theme if name.lower() in (str(theme), theme.zh, theme.en.lower())}
    within = {theme for theme in Theme if name in theme.zh}
    return exact or (within if len(within) == 1 and len(name) > 1 else set())


def split_names(names: Iterable[str]) -> list[str]:
    """Names as written, several in one joined by a comma of either kind.

    >>> split_names(["farmland_permanent,red_line", "生态保护红线、河流"])
    ['farmland_permanent', 'red_line', '生态保护红线', '河流']
    """
    joined = ",".join(names)
    for comma in "，、;；":
        joined = joined.replace(comma, ",")
    return [name.strip() for name in joined.split(",") if name.strip()]


def withheld_note(layers: Collection[Layer], lang: Lang = Lang.ZH) -> str:
    """One sentence that says what was left out; empty where nothing was."""
    if not layers:
        return ""
    named = [f"{lang.of(layer.theme)} {layer.key}" for layer in layers]
    return lang(
        f"按要求略去下列图层的图形：{'、'.join(named)}；结论、关系、距离和面积仍按完整数据得出，须看图形请向数据持有单位申请",
        f"The shapes of these layers are left out as asked: {', '.join(named)}; outcomes, relations, distances and areas rest on the whole data",
    )


def withheld_table(layers: Sequence[Layer]) -> pd.DataFrame:
    """The layers whose shapes were left out (columns :data:`WITHHELD`)."""
    rows = [
        {"layer_key": x.key, "theme": str(x.theme), "theme_zh": x.theme.zh, "source": x.source, "what": _WHAT}
        for x in layers
    ]
    return conform(pd.DataFrame(rows, columns=list(WITHHELD)), WITHHELD)


def withheld_record(layers: Sequence[Layer]) -> list[dict[str, str]]:
    """The same for ``run.json``."""
    return [{"key": layer.key, "theme": str(layer.theme)} for layer in layers]


def without_shapes(assessment: Assessment, layers: Sequence[Layer]) -> Assessment:
    """The assessment with every shape gone that layers' own could be read off; all figures and words stay.

    Rows whose shape is withheld have an empty one, but conflicts: those are points of the site.
    """
    if not layers:
        return assessment
    keys = {layer.key for layer in layers}
    rules = rules_reading(keys, assessment.rulebook, assessment.catalog)
    findings = assessment.findings.copy()
    findings.loc[findings["layer_key"].isin(keys), ["near_lon", "near_lat"]] = np.nan
    surveys, stay, conflicts = assessment.survey_needed, assessment.stay, assessment.conflicts
    met = _any_of(conflicts["rule_ids"], rules) & (conflicts["kind"] != ConflictKind.BORDER).to_numpy()
    planned = assessment.restoration
    return replace(
        assessment,
        withheld=tuple(layers),
        catalog=assessment.catalog.without(*keys),
        findings=findings,
        zones=assessment.zones[~assessment.zones["layer_key"].isin(keys)].reset_index(drop=True),
        survey_needed=_emptied(surveys, _any_of(surveys["layer_key"], keys), shapely.MultiLineString()),
        stay=_emptied(stay, _any_of(stay["binding_rule_ids"], rules), shapely.MultiPolygon()),
        conflicts=_pointed(conflicts, met, assessment.sites),
        restoration=None if planned is None else restoration_without_shapes(planned, layers),
    )


def rules_reading(keys: Collection[str], rulebook: RuleBook, catalog: LayerCatalog) -> set[str]:
    """The rules that measure from one of some layers."""
    return {
        rule.id
        for rule in rulebook.rules.values()
        for reference in rule.measured_from
        for reading in readings_of(reference, catalog, rule.measure)
        if reading.layer.key in keys
    }


def restoration_without_shapes(restoration: Restoration, layers: Sequence[Layer]) -> Restoration:
    """Restoration with the shapes gone that layers' own could be read off.

    Of a layer that strips are drawn from, or water that they are cut at, all shapes: strips are cut at one another. Of land
    cover, soil, rock or wetland the pieces within strips. Farmland and source water are only counted.
    """
    keys, themes = {layer.key for layer in layers}, {layer.theme for layer in layers}
    drawn = bool(keys & set(restoration.strips["layer_key"]) or themes & _CUT_STRIPS)
    cut = drawn or bool(themes & _CUT_PIECES)
    bare = shapely.MultiPolygon()
    names = [*(["strips"] if drawn else []), *(["strip_cover", "deficit", "treatment"] if cut else [])]
    frames = {name: getattr(restoration, name) for name in names}
    return replace(restoration, **{n: _emptied(f, np.ones(len(f), bool), bare) for n, f in frames.items()})


def availability_without_shapes(found: Availability, layers: Sequence[Layer]) -> Availability:
    """Ground without its shapes where a layer took part: it is cut at the layer's limits. Figures stay; round plots too.

    Ground that is itself the plot has no shape but its middle.
    """
    from geo.availability.candidates import EDGE_M

    if not layers:
        return found
    bare = shapely.MultiPolygon()
    whole = (found.candidates["margin_m"] <= EDGE_M).to_numpy(dtype=bool)
    return replace(
        found,
        pieces=_emptied(found.pieces, np.ones(len(found.pieces), bool), bare),
        candidates=_emptied(found.candidates, whole, bare),
    )


def _any_of(joined: pd.Series, wanted: Collection[str]) -> np.ndarray:
    return np.array([not set(wanted).isdisjoint(split(text)) for text in joined], dtype=bool)


def _emptied(frame: gpd.GeoDataFrame, rows: np.ndarray, bare: shapely.Geometry) -> gpd.GeoDataFrame:
    shapes = frame.geometry.to_numpy().copy()
    shapes[rows] = bare
    return frame.set_geometry(np.asarray(shapes, dtype=object), crs=frame.crs)


def _pointed(frame: gpd.GeoDataFrame, rows: np.ndarray, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Conflicts as a point of their site, which lies in its footprint wherever the rules meet."""
    points = dict(zip(sites["site_id"], shapely.point_on_surface(sites.geometry.to_numpy()), strict=True))
    shapes = frame.geometry.to_numpy().copy()
    shapes[rows] = [points[site_id] for site_id in frame["site_id"][rows]]
    return frame.set_geometry(np.asarray(shapes, dtype=object), crs=frame.crs)
