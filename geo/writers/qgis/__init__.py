"""The QGIS project of a run, written without QGIS: one content in three carriers, all of them relative.

``screening.qgz`` beside the GeoPackage; the same project in its ``qgis_projects`` table; the style of every layer in
``layer_styles``. It goes by the list of :mod:`geo.writers.contents` and the rasters of the run's folder.
Read by QGIS 3.22 and later.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from geo.assessment import Assessment
from geo.language import Lang
from geo.writers.content import Content
from geo.writers.qgis.project import project_document, zipped
from geo.writers.qgis.rasters import rasters_in
from geo.writers.qgis.stored import store
from geo.writers.subject import SITES, Subject


def write_project(
    assessment: Assessment,
    contents: Sequence[Content],
    folder: Path,
    crs: str,
    subject: Subject = SITES,
    lang: Lang = Lang.ZH,
) -> None:
    """Write ``screening.qgz``, and styles and project into ``screening.gpkg``, which must be there already
    (by the names of ``subject``).

    To be called last: the rasters (``*.tif``, styled by a ``.qml`` of the same name) that lie in ``folder`` by then
    become layers of the project. ``crs`` is the coordinate system of the GeoPackage.
    """
    project = zipped(
        project_document(assessment, contents, rasters_in(folder, lang), crs, subject, lang),
        Path(subject.project_file).stem + ".qgs",
    )
    (folder / subject.project_file).write_bytes(project)
    store(folder / subject.geopackage, contents, project, lang(*subject.project_name), assessment.on)
