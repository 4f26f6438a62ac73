"""Targets of the plans that a map can measure: shares of an area, gains between two dates, features put in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from exactextract import exact_extract

from geo.catalog import LayerCatalog
from geo.contracts import conform, empty
from geo.indicator import Indicator, IndicatorKind
from geo.layer import Layer
from geo.restoration.cover import CoverReader
from geo.restoration.frames import INDICATORS
from geo.restoration.rasters import areas_of, opened
from geo.restoration.schemes import layer_classes
from geo.rule import Reference
from geo.rulebook import RuleBook
from geo.space import area_m2
from geo.terms import Cause, CoverClass, Measure, PlanStatus
from geo.zones import features_of, readings_of

#: A city has some 200 million cells of 10 m; with their weights these take half a gigabyte where all are held.
_CELLS_IN_MEMORY = 2_000_000


@dataclass
class _Figure:
    """What was measured: a share or hectares, from which layers, and why it decides nothing."""

    value: float | None = None
    layers: list[Layer] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    note: str = ""


def measure_indicators(
    rulebook: RuleBook,
    catalog: LayerCatalog,
    on: date,
    adcodes: tuple[str, ...] = (),
    progress: Callable[[str], None] = lambda stage: None,
) -> pd.DataFrame:
    """A row an indicator in force on a day. Columns: :data:`geo.restoration.frames.INDICATORS`.

    ``adcodes`` leaves out those of other cities; an indicator is always measured over its whole division.
    """
    rows = []
    for indicator in rulebook.indicators.values():
        own = indicator.jurisdiction.adcode
        if not indicator.in_force.holds(on):
            continue
        if adcodes and not any(a.startswith(code) or code.startswith(a) for a in adcodes for code in own):
            continue
        figure = _measure(indicator, catalog)
        plan = rulebook.plan_of(indicator)
        if plan.status is PlanStatus.DRAFT:
            figure.causes.append(Cause.DRAFT_PLAN)
        if any(layer.demo for layer in figure.layers):
            figure.causes.append(Cause.DEMO)
        target, unit = indicator.target or (
            np.nan,
            "ha" if indicator.kind is IndicatorKind.CHANGE else "share",
        )
        rows.append(
            {
                "rule_id": indicator.id,
                "title": indicator.title.zh,
                "plan": plan.title.zh,
                "kind": indicator.kind.zh,
                "value": figure.value,
                "unit": {"ha": "公顷", "share": "比例", "count": "处", "km": "公里"}[unit],
                "base": indicator.base[0] if indicator.base else None,
                "target": target,
                "met_share": figure.value / target if figure.value is not None and target else None,
                "deadline": str(indicator.deadline or ""),
                "layers": ";".join(layer.key for layer in figure.layers),
                "state": "undetermined" if figure.causes else "measured",
                "cause": ";".join(dict.fromkeys(str(cause) for cause in figure.causes)),
                "demo": any(layer.demo for layer in figure.layers),
                "note": "；".join(filter(None, [figure.note, indicator.note])),
            }
        )
    return conform(pd.DataFrame(rows), INDICATORS) if rows else empty(INDICATORS)


def _measure(indicator: Indicator, catalog: LayerCatalog) -> _Figure:
    area = catalog.area_of(indicator.jurisdiction.adcode)
    if area is None:
        return _Figure(causes=[Cause.MISSING_LAYER], note="没有行政区图层")
    if indicator.ground_by_user:
        return _Figure(causes=[Cause.FEATURE_FACT], note="规划所指范围没有图层，须由使用者给定")
    if indicator.kind is IndicatorKind.STATUS:
        return _status(indicator, catalog, area)
    if indicator.kind is IndicatorKind.CHANGE:
        return _change(indicator, catalog, area)
    whole = area
    if indicator.within is not None:
        held = list(_shapes(indicator.within, catalog))
        if not held:
            return _Figure(causes=[Cause.MISSING_LAYER], note=f"没有{indicator.within.theme.zh}图层")
        whole = _areas(shapely.intersection(shapely.union_all(held[0][1]), area))
    for layer, shapes in _shapes(indicator.of, catalog):
        covered = catalog.coverage(layer)
        complete = covered is not None and shapely.covers(shapely.buffer(covered, 1e-6), area)
        own = _areas(shapely.intersection(shapely.union_all(shapes), whole))
        causes = [] if complete else [Cause.COVERAGE]
        return _Figure(_ha(own) / _ha(whole), [layer], causes, "" if complete else "图层未注明全市完整")
    return _cover_share(indicator, catalog, whole)


def _cover_share(indicator: Indicator, catalog: LayerCatalog, whole: shapely.Geometry) -> _Figure:
    """The share from land cover, cells weighted by their true size."""
    if not indicator.cover:
        return _Figure(causes=[Cause.MISSING_LAYER], note=f"没有{indicator.of.theme.zh}图层")
    reader = CoverReader(catalog)
    for layer in reader.layers:
        cell = reader.cell_m(layer)
        if cell is None:
            parts = reader.read([whole])[0]
            known = sum(_ha(shape) for word, shape, _ in parts if word is not CoverClass.UNKNOWN)
            green = sum(_ha(shape) for word, shape, _ in parts if word in indicator.cover)
        else:
            shares = _cell_shares(catalog, layer, whole)
            known = sum(shares.values()) * _ha(whole)
            green = sum(share for word, share in shares.items() if word in indicator.cover) * _ha(whole)
        if known > 0:
            causes = [] if known > 0.999 * _ha(whole) else [Cause.COVERAGE]
            said = f"由地类图层量算，像元 {cell:.0f} 米" if cell else "由地类图斑量算"
            return _Figure(green / known, [layer], causes, f"{said}；已知地类占 {known / _ha(whole):.1%}")
    return _Figure(causes=[Cause.MISSING_LAYER], note=f"没有{indicator.of.theme.zh}图层，也没有地类图层")


def _cell_shares(catalog: LayerCatalog, layer: Layer, whole: shapely.Geometry) -> dict[CoverClass, float]:
    """Shares of ground by class, of all of it: cells without a value or class are left out."""
    classes = layer_classes(layer)
    with opened(catalog, layer) as raster:
        own = gpd.GeoDataFrame(geometry=[raster.to_own(whole)], crs=raster.source.crs)
        # cells without a value count as such, so that shares are of all the ground; the mark itself fits the type
        gone = raster.source.nodata
        options = [
            *(["coverage_weight=area_spherical_m2"] if raster.is_geographic else []),
            *([f"default_value={gone:g}"] if gone is not None else []),
        ]
        weight = f"({','.join(options)})" if options else ""
        found = exact_extract(
            raster.source,
            own,
            ["unique" + weight, "frac" + weight],
            output="pandas",
            max_cells_in_memory=_CELLS_IN_MEMORY,
        )
        inside = _ha(_areas(shapely.intersection(whole, raster.extent))) / _ha(whole)
    shares: dict[CoverClass, float] = {}
    for code, share in zip(found.iloc[0, 0], found.iloc[0, 1], strict=True):
        word = classes.get(f"{float(code):g}", CoverClass.UNKNOWN) if code != gone else CoverClass.UNKNOWN
        if word is not CoverClass.UNKNOWN:
            shares[word] = shares.get(word, 0.0) + float(share) * inside
    return shares


def _change(indicator: Indicator, catalog: LayerCatalog, area: shapely.Geometry) -> _Figure:
    dated = sorted(
        (
            (layer.as_of, layer, shapes)
            for layer, shapes in _shapes(indicator.of, catalog)
            if layer.as_of is not None
        ),
        key=lambda held: (held[0], held[1].key),
    )
    if len({day for day, _, _ in dated}) < 2:
        return _Figure(
            layers=[layer for _, layer, _ in dated],
            causes=[Cause.MISSING_LAYER],
            note=f"要两期注明日期（as_of）的{indicator.of.theme.zh}图层，现有 {len(dated)} 期",
        )
    areas = [_ha(_areas(shapely.intersection(shapely.union_all(dated[n][2]), area))) for n in (0, -1)]
    note = f"{dated[0][0]} {areas[0]:.2f} 公顷，{dated[-1][0]} {areas[1]:.2f} 公顷"
    return _Figure(areas[1] - areas[0], [dated[0][1], dated[-1][1]], [], note)


def _status(indicator: Indicator, catalog: LayerCatalog, area: shapely.Geometry) -> _Figure:
    for reading in readings_of(indicator.of, catalog, Measure.INSIDE):
        frame = catalog.features(reading.layer)
        rows = [part.row for part in features_of(indicator.of, reading, catalog) if not part.doubt]
        rows = [row for row in rows if shapely.intersects(frame.geometry.iat[row], area)]
        if not rows:
            continue
        words = frame["status"].iloc[rows]
        done, unknown = int(words.isin(indicator.done).sum()), int(words.isna().sum())
        causes = [Cause.FEATURE_FACT] if unknown else []
        note = f"{len(rows)} 处中 {done} 处{'、'.join(indicator.done)}，{unknown} 处状态不详"
        return _Figure(done / len(rows), [reading.layer], causes, note)
    return _Figure(causes=[Cause.MISSING_LAYER], note=f"没有{indicator.of.theme.zh}图层或其中没有所指的要素")


def _shapes(reference: Reference, catalog: LayerCatalog) -> Iterable[tuple[Layer, np.ndarray]]:
    """Areas of every layer that serves a reference, real layers first."""
    readings = sorted(readings_of(reference, catalog, Measure.INSIDE), key=lambda one: one.layer.demo)
    for reading in readings:
        shapes = [p.geometry for p in features_of(reference, reading, catalog) if not p.doubt]
        held = np.array([s for s in shapes if shapely.get_dimensions(s) == 2], dtype=object)
        if len(held) or reading.layer.covers is not None:
            yield reading.layer, held


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    return areas_of(np.array([shape], dtype=object))[0]


def _ha(shape: shapely.Geometry) -> float:
    return float(area_m2(np.array([shape], dtype=object))[0]) / 10_000
