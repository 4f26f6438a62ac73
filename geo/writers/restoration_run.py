"""A run of ``hongxian restore`` as a folder: layers, map, QGIS project, ledger, figures, rasters and record."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import shapely

from geo.assessment import Assessment
from geo.language import Lang
from geo.restoration.plan import Restoration
from geo.runs.fingerprint import layer_record, versions
from geo.writers.content import Content, Group
from geo.writers.contents import run_contents
from geo.writers.figures.pictures import restoration_pictures, write_pictures
from geo.writers.folders import whole_folder
from geo.writers.geopackage import write_geopackage
from geo.writers.outputs import Outputs
from geo.writers.packed import settle_dates
from geo.writers.qgis import write_project
from geo.writers.quantities import deficit_words
from geo.writers.rasters import write_restoration_rasters
from geo.writers.redaction import layers_named, withheld_note, withheld_record, without_shapes
from geo.writers.restoration import write_ledger
from geo.writers.restoration_contents import restoration_contents
from geo.writers.styles import PRELIMINARY_NOTE, aside_note
from geo.writers.subject import About, Subject
from geo.writers.webmap import write_map

#: Of the ledger what the map's panel adds up.
_SUMS = ("counted_ha", "present_ha", "deficit_ha", "unknown_ha")


def write_restoration(
    assessment: Assessment,
    folder: Path | str,
    crs: str = "EPSG:4490",
    options: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = lambda stage: None,
    outputs: Outputs = Outputs(),
    last: Callable[[], None] = lambda: None,
) -> Path:
    """Write an assessment's restoration into a new folder, whole or not at all, and return it.

    ``restoration.gpkg``, ``restoration.qgz``, ``map.html``, ``restoration.xlsx``, ``run.json``; as ``outputs`` asks, ``figures/``
    and rasters. An assessment without sites shows restoration alone; in English it comes as :func:`geo.english.in_english`
    gives it. ``last`` is asked before the folder takes its place. Raises :class:`~geo.errors.RunError` where the folder exists or cannot be written.
    """
    planned = assessment.restoration
    assert planned is not None
    withheld = layers_named(outputs.redact, assessment.catalog)
    record = restoration_record(assessment, planned, crs, options or {})
    record["withheld"] = withheld_record(withheld)
    shown = without_shapes(replace(assessment, withheld=withheld), withheld)
    drawn, lang = shown.restoration, outputs.lang
    assert drawn is not None
    contents, subject = run_of_restoration(shown, drawn, lang), subject_of(drawn, lang)
    with whole_folder(Path(folder), last) as partial:
        progress("写 GeoPackage")
        write_geopackage(contents, partial / subject.geopackage, assessment.on, crs)
        progress("写地图")
        panel = hectares(drawn, lang)
        searched = found_by_name(drawn)
        write_map(shown, partial / "map.html", contents, outputs.tiles, lang, subject, panel, searched)
        progress("写台账")
        notes = [aside_note(assessment.set_aside, lang), withheld_note(withheld, lang)]
        write_ledger(drawn, partial / "restoration.xlsx", lang, [note for note in notes if note])
        settle_dates(partial / "restoration.xlsx", assessment.on)
        if outputs.figures:
            progress("绘图")
            write_pictures(restoration_pictures(drawn, lang), partial / "figures")
        if outputs.rasters is not None:
            write_restoration_rasters(drawn, assessment.catalog, partial, outputs.rasters, progress, lang)
        text = json.dumps(record, ensure_ascii=False, indent=2, default=str) + "\n"
        (partial / "run.json").write_text(text, encoding="utf-8")
        progress("写 QGIS 工程")
        write_project(shown, contents, partial, crs, subject, lang)
    return Path(folder)


def run_of_restoration(assessment: Assessment, planned: Restoration, lang: Lang) -> list[Content]:
    """The layers of a run: restoration with who must leave, what was screened where there were sites, the base map."""
    own = restoration_contents(planned, lang)
    others = [c for c in run_contents(assessment, lang) if c.group is not Group.RESTORATION]
    if not len(assessment.sites):
        others = [c for c in others if len(c.frame) or c.group in (Group.BASE, Group.ZONES)]
        others = [
            c for c in others if c.name not in ("coverage", "certificate", "gaps")
        ]  # of the screening rules
    return [*own, *others]


def subject_of(planned: Restoration, lang: Lang) -> Subject:
    """What the run is about, for map and project."""
    sums = {name: float(planned.ledger[name].sum()) for name in _SUMS}
    missing = deficit_words(sums["deficit_ha"], sums["unknown_ha"], sums["counted_ha"], lang)
    counts = lang(
        f"修复条带与地块 {len(planned.strips)} 段，计入 {sums['counted_ha']:,.1f} 公顷；缺口（公顷）{missing}；"
        f"地类不明 {sums['unknown_ha']:,.1f} 公顷",
        f"{len(planned.strips)} strips and plots, {sums['counted_ha']:,.1f} ha counted; deficit (ha) {missing}; "
        f"cover unknown {sums['unknown_ha']:,.1f} ha",
    )
    shapes = [s for s in planned.strips.geometry if s is not None and not s.is_empty]
    return Subject(
        about=About.RESTORATION,
        map_zh="生态修复初步研判图",
        map_en="Restoration: strips, deficit, treatment",
        project=("生态修复初步研判", "Restoration by environmental plans"),
        project_name=("生态修复", "Restoration"),
        sheet=("生态修复总图（A3）", "Restoration (A3)"),
        sheet_title=("生态修复初步研判总图", "Restoration by environmental plans"),
        geopackage="restoration.gpkg",
        project_file="restoration.qgz",
        counts=counts,
        ground=shapely.box(*shapely.total_bounds(shapes)) if shapes else None,
    )


def hectares(planned: Restoration, lang: Lang) -> dict[str, Any]:
    """Hectares of ground that counts, in all and by county, for the panel beside the map."""
    heads = [
        lang(*words)
        for words in (
            ("计入", "counted"),
            ("现有绿地与水面", "green or water"),
            ("缺口", "deficit"),
            ("地类不明", "cover unknown"),
        )
    ]
    by_county = planned.ledger[planned.ledger["county"] != ""].groupby("county", sort=True)[list(_SUMS)].sum()

    def cells(row: Mapping[str, float]) -> list[str]:
        counted, unknown = float(row["counted_ha"]), float(row["unknown_ha"])
        said = deficit_words(float(row["deficit_ha"]), unknown, counted, lang)
        return [f"{counted:,.1f}", f"{float(row['present_ha']):,.1f}", said, f"{unknown:,.1f}"]

    total = by_county.sum()
    whole = float(total["counted_ha"])
    shares = [f"{float(total[name]) / whole:.1%}" if whole else "" for name in _SUMS]
    return {
        "title": lang("修复面积（公顷）", "Restoration (ha)"),
        "classes": list(zip(heads, cells(total), shares, strict=True)),
        "heads": heads,
        "rows": [(str(county), cells(row)) for county, row in by_county.iterrows() if row["counted_ha"] > 0],
    }


def found_by_name(planned: Restoration) -> list[list[Any]]:
    """Counties, and rivers and plots in each, that the map's search finds: name, south, west, north, east."""
    strips = planned.strips
    strips = strips[~strips.geometry.is_empty]
    named = strips["county"] + " " + strips["river"]
    rows = []
    for name, part in [*strips.groupby(strips["county"]), *strips.groupby(named)]:
        west, south, east, north = (round(float(value), 5) for value in part.total_bounds)
        rows.append([str(name), south, west, north, east])
    return rows


def restoration_record(
    assessment: Assessment, planned: Restoration, crs: str, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The content of ``run.json`` of a run of ``hongxian restore``."""
    book, catalog = assessment.rulebook, assessment.catalog
    return {
        "note": PRELIMINARY_NOTE,
        "on": assessment.on.isoformat(),
        "crs": crs,
        "options": dict(options),
        "rows": {"ledger": len(planned.ledger), "strips": len(planned.strips)},
        "states": planned.ledger["state"].value_counts().to_dict(),
        "sensitivity": planned.sensitivity,
        "rules": {"tasks": len(book.tasks), "content_sha256": book.content_hash},
        "layers": [
            layer_record(catalog, layer) for layer in catalog.layers if layer.key in planned.layer_keys
        ],
        "set_aside": assessment.set_aside.to_dict("records"),
        "repairs": catalog.log,
        "versions": versions(),
    }
