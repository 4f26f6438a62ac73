"""Rasters of a run: cloud-optimised GeoTIFFs with colours, categories and a style, and a table of what their cells add up to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geo.assessment import Assessment
from geo.catalog import LayerCatalog
from geo.errors import RunError
from geo.language import Lang
from geo.rasters.constraints import DEMO, NOTHING, Constraints
from geo.rasters.distance import NOWHERE, Distances
from geo.rasters.grid import Grid, Tile
from geo.rasters.pieces import TREATMENTS, Pieces, priority_pieces, treatment_pieces
from geo.rasters.resolution import RasterOptions, resolution_of
from geo.restoration.plan import Restoration, counties_of
from geo.terms import Outcome, strictness
from geo.writers.cogs import Band, Progress, Sums, number_type, write_cogs
from geo.writers.raster_styles import Category, faded, rule_colour
from geo.writers.styles import OUTCOMES
from geo.writers.styles import TREATMENTS as TREATMENTS_STYLE

_DISTANCE_STOPS = (
    (0.0, "#08306B"),
    (100.0, "#2171B5"),
    (500.0, "#6BAED6"),
    (1_000.0, "#C6DBEF"),
    (2_000.0, "#FDD0A2"),
    (5_000.0, "#FD8D3C"),
    (20_000.0, "#A63603"),
)
_PRIORITY_STOPS = (
    (0.0, "#FFFFCC"),
    (0.25, "#FED976"),
    (0.5, "#FD8D3C"),
    (0.75, "#E31A1C"),
    (1.0, "#800026"),
)
_NOTHING_TO_DO = ("没有写：没有需要修复的地块", "not written: no ground is to be restored")


def write_run_rasters(
    assessment: Assessment, folder: Path, options: RasterOptions, progress: Progress, say: Lang = Lang.ZH
) -> list[str]:
    """Write ``constraints.tif`` (strictest outcome), ``constraints_known.tif`` (what surely bites), ``constraints_rules.tif`` (the rule
    that decides), ``distance.tif``, and of a run with restoration ``treatment.tif`` and ``priority.tif``; ``rasters.csv`` sums them up.

    Over the counties of the sites or those of ``options``; names of classes and remarks in the language ``say``. Raises :class:`~geo.errors.RunError` where there are none.
    """
    catalog = assessment.catalog
    area, grid = _area(catalog, options, counties_of(assessment.sites, catalog))
    rules = [assessment.rulebook[rule_id] for rule_id in dict.fromkeys(assessment.scope.rules["rule_id"])]
    constraints = Constraints(
        rules, assessment.rulebook, catalog, assessment.on, area, grid, assessment.confidence
    )
    book = Sums(folder / "rasters.csv", grid, say)
    names = ("constraints", "constraints_known", "constraints_rules")
    titles = say(
        ("管控程度", "管控程度（只计确定触及）", "决定规则"),
        ("Degree of limits", "Degree of limits, only sure ones", "Deciding rule"),
    )
    classes = outcome_categories()
    held = [(code, rule) for code, rule in enumerate(constraints.rules, start=1)]
    listed = [Category(0, "无", "no rule", "#FFFFFF")] + [
        Category(code, f"{rule.id} {rule.title.zh}", f"{rule.id} {rule.title.en}", rule_colour(code))
        for code, rule in held
    ]
    kind, nothing = number_type(len(constraints.rules))
    bands = [
        Band(names[0], titles[0], "uint8", NOTHING, classes),
        Band(names[1], titles[1], "uint8", NOTHING, [c for c in classes if c.code < DEMO]),
        Band(names[2], titles[2], kind, nothing, listed),
    ]

    def paint(tile: Tile) -> list[np.ndarray]:
        cells = constraints.paint(tile)
        rule = np.where(cells.outcome == NOTHING, nothing, cells.rule).astype(kind)
        return [cells.outcome, cells.known, rule]

    write_cogs(bands, grid, area, folder, paint, book, progress)
    written = list(names)
    distances = Distances(constraints.rules, constraints.cells)
    if distances:
        keys = say("、", ", ").join(distances.layer_keys)
        title = say(f"距基准线距离（{keys}）", f"Distance from base lines ({keys})")
        band = Band("distance", title, "float32", NOWHERE, stops=_DISTANCE_STOPS, unit=say("米", "m"))
        write_cogs([band], grid, area, folder, lambda tile: [distances.paint(tile)], book, progress)
        written.append("distance")
    else:
        book.say(
            "distance",
            say(
                "没有写：没有按距离量的真实图层（演示图层不算）",
                "not written: no real layer is measured by distance (demonstration layers do not count)",
            ),
        )
    if constraints.left_out:
        ids = say("、", ", ").join(r.id for r in constraints.left_out)
        left_out = say(
            f"全市通行、不分地点的规则不入栅格：{ids}",
            f"rules of whole cities tell no place from another and are left out: {ids}",
        )
        book.say("constraints", left_out)
    if assessment.withheld:
        keys = say("、", ", ").join(layer.key for layer in assessment.withheld)
        withheld = say(
            f"按要求略去图层 {keys}：用到它们的规则在栅格里一律按缺图层列为待核实",
            f"layers {keys} are left out as asked: rules that use them are undetermined in the rasters, as if the layers were missing",
        )
        book.say("constraints", withheld)
    if assessment.restoration is not None:
        written += _pieces(assessment.restoration.treatment, grid, folder, book, progress, say)
    book.write()
    return written


def write_restoration_rasters(
    restoration: Restoration,
    catalog: LayerCatalog,
    folder: Path,
    options: RasterOptions,
    progress: Progress,
    say: Lang = Lang.ZH,
) -> list[str]:
    """Write ``treatment.tif`` and ``priority.tif`` over the counties that have work to do, or those of ``options``."""
    counties = tuple(sorted(set(restoration.treatment["adcode"]) - {""}))
    if not counties and not options.adcodes:
        book = Sums(folder / "rasters.csv", None, say)
        book.say("treatment", say(*_NOTHING_TO_DO))
        book.write()
        return []
    _, grid = _area(catalog, options, counties)
    book = Sums(folder / "rasters.csv", grid, say)
    written = _pieces(restoration.treatment, grid, folder, book, progress, say)
    book.write()
    return written


def outcome_categories() -> list[Category]:
    """The codes of ``constraints.tif``, plain and of demonstration data, with the colours of outcomes."""
    plain = [
        Category(strictness(outcome), outcome.zh, outcome.en, OUTCOMES[outcome].colour)
        for outcome in reversed(Outcome)
    ]
    demo = [
        Category(DEMO + c.code, f"待核实（演示：{c.zh}）", f"undetermined (demo: {c.en})", faded(c.colour))
        for c in plain
        if c.code not in (strictness(Outcome.NOT_COVERED), strictness(Outcome.UNDETERMINED))
    ]
    return [*plain, *demo]


def _area(
    catalog: LayerCatalog, options: RasterOptions, counties: Sequence[str]
) -> tuple[shapely.Geometry, Grid]:
    codes = options.adcodes or tuple(counties)
    area = catalog.area_of(codes)
    if area is None:
        raise RunError(
            f"--rasters：行政区图层里没有 {'、'.join(codes)}，不知道栅格画在哪里；用 --raster-adcode 指定"
            if options.adcodes
            else "--rasters：场地不在行政区图层的任何县（市、区）内；用 --raster-adcode 指定范围"
        )
    divisions = catalog.divisions()
    assert divisions is not None
    several = sum(str(code).startswith(tuple(codes)) for code in divisions["adcode"].dropna())
    return area, Grid.over(area, resolution_of(options.resolution, several))


def _pieces(
    treatment: gpd.GeoDataFrame, grid: Grid, folder: Path, book: Sums, progress: Progress, say: Lang
) -> list[str]:
    kinds = [Category(code, kind.zh, kind.en, TREATMENTS_STYLE[kind]) for kind, code in TREATMENTS.items()]
    planned: list[tuple[Band, Pieces]] = [
        (
            Band("treatment", say("修复措施", "Treatment"), "uint8", 0, kinds),
            treatment_pieces(treatment, grid),
        ),
        (
            Band(
                "priority",
                say("修复优先度", "Priority of restoration"),
                "float32",
                -1.0,
                stops=_PRIORITY_STOPS,
            ),
            priority_pieces(treatment, grid),
        ),
    ]
    written = []
    for band, pieces in planned:
        if not len(pieces):
            book.say(band.name, say(*_NOTHING_TO_DO))
            continue

        def paint(tile: Tile, band: Band = band, pieces: Pieces = pieces) -> list[np.ndarray]:
            return [pieces.paint(tile, band.nodata, band.dtype)]

        write_cogs([band], grid, pieces.extent, folder, paint, book, progress)
        written.append(band.name)
    by_vectors = say(
        "面积以矢量为准：窄于像元的条带按所触像元画出，像元合计偏大",
        "areas are those of the vectors: strips narrower than a cell keep every cell they touch, so cells add up to more",
    )
    book.say("treatment", by_vectors)
    return written
