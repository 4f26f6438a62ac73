"""A run of ``hongxian where`` as a folder: GeoPackage, project, map, report, figures, workbook and record."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import shapely
from openpyxl import Workbook

from geo.assessment import Assessment
from geo.availability.classes import merge_pieces
from geo.availability.frames import (
    AVAILABILITY,
    BETTER_PLACES,
    CANDIDATES,
    COUNTY_CLASSES,
    LAYER_GAINS,
    PARK_CLASSES,
    RULE_COST,
    RULE_SETS,
)
from geo.availability.kinds import class_in, in_order
from geo.availability.places import Availability
from geo.availability.screening import Setting
from geo.catalog import Layer
from geo.english import in_english
from geo.english.ground import ground_told
from geo.language import Lang
from geo.runs.fingerprint import layer_record, versions
from geo.terms import Theme
from geo.writers.availability_raster import write_classes
from geo.writers.content import Content, Group, Kind, shapeless_as_table
from geo.writers.contents import run_contents, withheld_contents
from geo.writers.figures.groundpictures import candidate_pictures, county_pictures, whole_pictures
from geo.writers.figures.pictures import Album
from geo.writers.folders import whole_folder
from geo.writers.geopackage import write_geopackage
from geo.writers.ground_dossier import ground_dossier, place_of, use_of
from geo.writers.outputs import Outputs
from geo.writers.packed import settle_dates
from geo.writers.qgis import write_project
from geo.writers.redaction import (
    availability_without_shapes,
    withheld_note,
    withheld_record,
    without_shapes,
)
from geo.writers.report.ground import compose_ground
from geo.writers.report.page import write_page
from geo.writers.report.pdf import write_pdf
from geo.writers.report.word import write_word
from geo.writers.sheets import lines_sheet, table_sheet
from geo.writers.styles import DEMO_NOTE, DEMO_NOTE_EN, PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN, aside_note
from geo.writers.subject import About, Subject
from geo.writers.webmap import write_map
from geo.writers.webmap.groundlayers import ground_layers, ground_table, search_places

_NOTES = (
    "类别与逐个场地筛查的结论相同：“可选”＝没有规则触及，且规则需要的图层都在；缺图层、精度不够的地方是“待核实”，不会显示为可选。",
    "“只看位置的类别”不计因项目情况不明（如工艺、指标、产能置换）或规划未给距离而待核实的规则：这些规则在辖区内处处一样，另见规则代价表。",
    "单独代价：单单去掉这一条规则，类别会放宽的面积；几条规则共同压着的地，每条的单独代价都是 0。",
    "单凭它可定：补上这一类图层，这些地就能定；最多可释出：补上后若什么也没有，就成为可选地的面积。",
    "备选地逐块按场地重新筛查；复筛不通过的不应采用。",
)
_NOTES_EN = (
    'Classes are what screening a site there would say: "free" means that no rule touches it and every layer that a rule needs is held; where a layer is missing or too rough the ground is "undetermined", never free.',
    "The class by place only leaves out rules that are open for want of facts of the project (process, figures, capacity) or because the plan gives no distance: they are the same all over the area; see what each rule costs.",
    "Alone: hectares whose class would be milder without this one rule; where several rules hold the same ground, each alone costs nothing.",
    "Alone it settles: with this layer these hectares could be decided; at most freed: what would be free if the layer held nothing there.",
    "Candidates are screened again as sites; one that does not pass is not to be used.",
)


def availability_contents(found: Availability, lang: Lang = Lang.ZH) -> list[Content]:
    """The layers and tables of a run, in the order in which they lie on each other; titles in ``lang``."""
    group = Group.GROUND
    better = found.better[~shapely.is_empty(found.better.geometry.to_numpy())]
    none = found.better[shapely.is_empty(found.better.geometry.to_numpy())].drop(columns="geometry")
    contents = [
        Content("better_places", "更好的位置", group, Kind.LINE, BETTER_PLACES, better, en="Better places"),
        Content("candidates", "备选地", group, Kind.AREA, CANDIDATES, found.candidates, en="Candidates"),
        Content("availability", "可选址范围", group, Kind.AREA, AVAILABILITY, merge_pieces(found.pieces), en="Ground left for the use"),
        Content("county_classes", "分县面积", group, Kind.TABLE, COUNTY_CLASSES, found.classes, en="Hectares by county"),
        Content("county_place_classes", "分县面积（只看位置）", group, Kind.TABLE, COUNTY_CLASSES, found.place_classes, en="Hectares by county, by place only"),
        Content("rule_cost", "规则代价", group, Kind.TABLE, RULE_COST, found.rules, en="What each rule costs"),
        Content("rule_combinations", "规则共同占用", group, Kind.TABLE, RULE_SETS, found.combinations, en="What rules take together"),
        Content("layer_gains", "缺图层的影响", group, Kind.TABLE, LAYER_GAINS, found.layers, en="What missing layers would change"),
        Content("park_classes", "园区面积", group, Kind.TABLE, PARK_CLASSES, found.parks, en="Hectares by park"),
        Content("no_better_place", "没有去处的项目", group, Kind.TABLE, BETTER_PLACES, none, en="Projects without a better place"),
    ]  # fmt: skip
    return [dataclasses.replace(shapeless_as_table(content), lang=lang) for content in contents]


#: Of the candidates' assessment what is called otherwise than in a run of sites; plots are drawn once, as ``candidates``.
_OF_CANDIDATES: dict[str, tuple[str, str]] = {
    "sites": ("备选地点", "Candidates by outcome"),
    "findings": ("备选地逐条检查", "Checks of the candidates"),
}


#: And what is called the same.
_AS_OF_SITES = (
    "zones", "references", "reference_points", "places", "rivers", "lakes", "cities", "counties", "coverage",
    "certificate", "gaps", "set_aside",
)  # fmt: skip


def gis_contents(found: Availability, lang: Lang = Lang.ZH) -> list[Content]:
    """Everything of a run that a GIS shows: the ground, and the candidates with every check of theirs.

    A run in English (:func:`geo.english.ground.ground_told`, its assessment too) goes with :attr:`Lang.EN`.
    """
    screened = {content.name: content for content in run_contents(found.assessment, lang)}
    named = [dataclasses.replace(screened[name], zh=zh, en=en) for name, (zh, en) in _OF_CANDIDATES.items()]
    return [*availability_contents(found, lang), *named, *(screened[name] for name in _AS_OF_SITES)]


def subject_of(found: Availability, lang: Lang = Lang.ZH) -> Subject:
    """What the run is about, for map and project."""
    place, use = place_of(found, Lang.ZH), use_of(found, Lang.ZH)
    place_en, use_en = place_of(found, Lang.EN), use_of(found, Lang.EN)
    sums = found.classes.groupby("class")["area_ha"].sum()
    counts = lang("，", ", ").join(
        f"{class_in(lang, word)} {sums[word]:,.0f} {lang('公顷', 'ha')}" for word in in_order(sums.index)
    )
    return Subject(
        about=About.GROUND,
        map_zh=f"可选址范围初步研判图：{use}，{place}",
        map_en=f"Ground left for a use: {use_en}, {place_en}",
        project=(f"可选址范围：{use}，{place}", f"Ground left for a use: {use_en}, {place_en}"),
        project_name=("可选址范围", "Ground left for a use"),
        sheet=("可选址范围总图（A3）", "Ground left for a use (A3)"),
        sheet_title=(f"{place}可选址范围初步研判图", f"Ground left for a use, {place_en}"),
        things_zh="备选地",
        things_en="candidates",
        geopackage="availability.gpkg",
        project_file="ground.qgz",
        counts=f"{use}：{counts}",
        ground=shapely.box(*found.area.total_bounds),
    )


def availability_record(
    found: Availability, setting: Setting, crs: str, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The content of ``run.json`` of a run of ``hongxian where``."""
    book, catalog = setting.rulebook, setting.catalog
    used = set(found.ground.screened.checks["layer_key"])
    layers = [layer for layer in catalog.used() if layer.key in used or layer.theme is Theme.ADMIN]
    return {
        "note": PRELIMINARY_NOTE,
        "demo": found.has_demo,
        "on": setting.on.isoformat(),
        "confidence": setting.confidence,
        "crs": crs,
        "use": asdict(found.use),
        "options": dict(options),
        "hectares": {
            str(word): round(float(ha), 4) for word, ha in found.classes.groupby("class")["area_ha"].sum().items()
        },
        "rows": {content.name: len(content.frame) for content in availability_contents(found)},
        "rules": {"count": len(book), "content_sha256": book.content_hash},
        "layers": [layer_record(catalog, layer) for layer in layers],
        "set_aside": found.assessment.set_aside.to_dict("records"),
        "repairs": catalog.log,
        "versions": versions(),
    }  # fmt: skip


def write_availability(
    found: Availability,
    folder: Path | str,
    setting: Setting,
    crs: str = "EPSG:4490",
    options: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = lambda stage: None,
    resolution_m: float | None = None,
    outputs: Outputs = Outputs(),
    withheld: Sequence[Layer] = (),
    last: Callable[[], None] = lambda: None,
) -> Path:
    """Write ``availability.gpkg``, ``ground.qgz``, ``map.html``, ``availability.xlsx`` and ``run.json`` into a new
    folder, whole or not at all; as ``outputs`` asks also ``figures/``, ``report.docx``, ``report.html``, ``report.pdf``.

    With ``resolution_m`` also ``availability.tif``, in cells of some so many metres; not where shapes of ``withheld`` layers are
    left out (:mod:`geo.writers.redaction`). ``last`` is asked before the folder takes its place.
    """
    target = Path(folder)
    outputs.refuse_unfit()
    record = availability_record(found, setting, crs, options or {}) | {"withheld": withheld_record(withheld)}
    notes = [aside_note(found.assessment.set_aside, outputs.lang), withheld_note(withheld, outputs.lang)]
    found = availability_without_shapes(found, withheld)
    found = dataclasses.replace(found, assessment=without_shapes(found.assessment, withheld))
    told = in_language(found, outputs.lang)
    contents = [*gis_contents(told, outputs.lang), *withheld_contents(withheld)]
    contents = [dataclasses.replace(content, lang=outputs.lang) for content in contents]
    subject = subject_of(found, outputs.lang)
    with whole_folder(target, last) as partial:
        progress("写 GeoPackage")
        write_geopackage(contents, partial / "availability.gpkg", setting.on, crs)
        if resolution_m is not None and not withheld:
            progress("写栅格")
            write_classes(found.use, found.area, setting, partial, resolution_m, progress, outputs.lang)
        progress("写地图")
        write_ground_map(found, told.assessment, contents, partial / "map.html", subject, outputs)
        write_ground_print(found, contents, partial, outputs, progress)
        progress("写表格与运行记录")
        _write_workbook(told, partial / "availability.xlsx", [note for note in notes if note], outputs.lang)
        settle_dates(partial / "availability.xlsx", setting.on)
        (partial / "run.json").write_text(
            json.dumps(record, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8"
        )
        progress("写 QGIS 工程")
        write_project(told.assessment, contents, partial, crs, subject, outputs.lang)
    return target


def in_language(found: Availability, lang: Lang) -> Availability:
    """The run as it is, or told in English: names of candidates, labels, reasons."""
    if lang is Lang.ZH:
        return found
    run = found.assessment
    names = [name.replace("，得分 ", ", score ") for name in run.sites["name"]]
    named = dataclasses.replace(
        run, sites=run.sites.assign(name=names), verdicts=run.verdicts.assign(name=names)
    )
    return dataclasses.replace(ground_told(found), assessment=in_english(named))


def write_ground_map(
    found: Availability,
    told: Assessment,
    contents: list[Content],
    path: Path,
    subject: Subject,
    outputs: Outputs,
) -> None:
    """Write ``map.html``: ground by kind, candidates (``told`` in the run's language) as numbered sites, hectares beside it."""
    lang = outputs.lang
    shown = [content for content in contents if content.name != "availability"]
    ground = merge_pieces(found.pieces)
    if not ground.geometry.is_empty.all():  # shapes that are left out are not drawn
        shown += ground_layers(ground, told.rulebook, lang)
    panel, places = ground_table(found.classes, lang), search_places(found.area)
    write_map(told, path, shown, outputs.tiles, lang, subject, panel, places)


def write_ground_print(
    found: Availability,
    contents: list[Content],
    folder: Path,
    outputs: Outputs,
    progress: Callable[[str], None],
) -> None:
    """Write ``figures/`` and the report, as asked; each figure is drawn once for both."""
    dossier = ground_dossier(found, contents, outputs.lang)
    album = Album(dossier)
    if outputs.figures:
        progress("绘图")
        pictures = [*whole_pictures(dossier, album), *county_pictures(dossier, album)]
        album.write(
            [*pictures, *candidate_pictures(dossier, album)[: outputs.mapped_sites]],
            folder / "figures",
            progress,
        )
    if outputs.report:
        progress("写报告")
        document = compose_ground(dossier, album)
        write_word(document, folder / "report.docx", found.assessment.on, outputs.lang, outputs.template)
        write_page(document, folder / "report.html", outputs.lang)
    if outputs.pdf:
        progress("由 LibreOffice 生成 PDF")
        write_pdf(folder / "report.docx", folder / "report.pdf")


def _write_workbook(found: Availability, path: Path, more: list[str], lang: Lang) -> None:
    book = Workbook()
    notes = [
        *lang(_NOTES, _NOTES_EN),
        lang(PRELIMINARY_NOTE, PRELIMINARY_NOTE_EN),
        *([lang(DEMO_NOTE, DEMO_NOTE_EN)] if found.has_demo else []),
        *more,
    ]
    lines_sheet(book.active, lang("说明", "Read me"), notes)
    for content in availability_contents(found, lang):
        table_sheet(book.create_sheet(content.title[:31]), content.frame, content.contract, lang)
    book.save(path)
