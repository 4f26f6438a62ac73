"""What a run writes to be looked at and handed round: map, workbook, report, figures, rasters, project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from geo.writers.dossier import Dossier
from geo.writers.figures.pictures import Album
from geo.writers.outputs import Outputs
from geo.writers.packed import settle_dates
from geo.writers.qgis import write_project
from geo.writers.rasters import write_run_rasters
from geo.writers.redaction import withheld_note
from geo.writers.report.compose import compose_report
from geo.writers.report.page import write_page
from geo.writers.report.pdf import write_pdf
from geo.writers.report.word import write_word
from geo.writers.restoration import write_ledger
from geo.writers.shapefiles import write_shapefiles
from geo.writers.styles import aside_note
from geo.writers.webmap import write_map
from geo.writers.workbook import write_workbook

Progress = Callable[[str], None]


def write_presented(dossier: Dossier, folder: Path, outputs: Outputs, crs: str, progress: Progress) -> None:
    """Write ``map.html``, ``findings.xlsx`` and, as ``outputs`` asks, report, figures, Shapefiles and rasters into a folder.

    The project comes last: it shows what lies in the folder by then (``screening.gpkg`` must).
    """
    assessment, contents, lang = dossier.assessment, list(dossier.contents), outputs.lang
    progress("写地图")
    write_map(assessment, folder / "map.html", contents, outputs.tiles, lang)
    progress("写工作簿")
    if assessment.restoration is not None:
        told = [aside_note(assessment.set_aside, lang), withheld_note(assessment.withheld, lang)]
        notes = [note for note in told if note]
        write_ledger(assessment.restoration, folder / "restoration.xlsx", lang, notes)
        settle_dates(folder / "restoration.xlsx", assessment.on)
    write_workbook(dossier, folder / "findings.xlsx")
    _write_print(dossier, folder, outputs, progress)
    if outputs.shapefile:
        progress("写 Shapefile")
        write_shapefiles(
            contents, folder / "shapefile", assessment.on, crs, withheld_note(assessment.withheld)
        )
    if outputs.rasters is not None:
        write_run_rasters(assessment, folder, outputs.rasters, progress, lang)
    progress("写 QGIS 工程")
    write_project(assessment, contents, folder, crs, lang=lang)


def _write_print(dossier: Dossier, folder: Path, outputs: Outputs, progress: Progress) -> None:
    """Figures and the report; each figure is drawn once for both."""
    album = Album(dossier)
    if outputs.figures:
        progress("绘图")
        album.write(
            [*album.general(), *album.conflicting(outputs.mapped_sites)], folder / "figures", progress
        )
    if outputs.report:
        progress("写报告")
        document = compose_report(dossier, album, outputs.detailed_sites)
        write_word(document, folder / "report.docx", dossier.assessment.on, outputs.lang, outputs.template)
        write_page(document, folder / "report.html", outputs.lang)
    if outputs.pdf:
        progress("由 LibreOffice 生成 PDF")
        write_pdf(folder / "report.docx", folder / "report.pdf")
