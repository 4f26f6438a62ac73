"""Writers: one assessment in, files out. A run's folder appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.assessment import Assessment
from geo.doubt import CONFIDENCES
from geo.errors import RunError
from geo.runs.steady import Watch, unchanged
from geo.writers.contents import run_contents
from geo.writers.dossier import Dossier
from geo.writers.folders import refuse_existing, whole_folder
from geo.writers.geopackage import write_geopackage
from geo.writers.outputs import Outputs
from geo.writers.provenance import write_provenance
from geo.writers.redaction import layers_named, without_shapes
from geo.writers.tables import write_findings

__all__ = ["refuse_existing", "refuse_unknown_crs", "refuse_unusable_numbers", "write_run"]

#: Farther than this a plane about the site no longer serves.
FARTHEST_MOVE_KM = 50.0


def write_run(
    assessment: Assessment,
    folder: Path | str,
    crs: str = "EPSG:4490",
    options: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = lambda stage: None,
    outputs: Outputs = Outputs(),
    watch: Watch | None = None,
) -> Path:
    """Write all outputs of a run into a new folder and return it.

    ``screening.gpkg``, ``findings.csv``, ``run.json``; unless ``outputs.brief``, ``screening.qgz``, ``map.html`` (over tiles from the
    web only where ``outputs`` names some), ``findings.xlsx`` and, as ``outputs`` asks, ``report.docx``, ``report.html``, ``report.pdf``,
    folders ``figures`` and ``shapefile``, and rasters. They are made in a temporary folder beside it and moved into place whole; a
    folder that exists is never overwritten (:class:`~geo.errors.RunError`). Shapes of the layers that ``outputs.redact`` names are in none of them. ``watch``:
    the inputs as they were; where one changed meanwhile, nothing is written.
    """
    target = Path(folder)
    outputs.refuse_unfit()
    made_of = replace(assessment, withheld=layers_named(outputs.redact, assessment.catalog))
    assessment = without_shapes(assessment, made_of.withheld)
    with whole_folder(target, unchanged(watch, made_of.catalog)) as partial:
        progress("写 GeoPackage")
        contents = run_contents(assessment, outputs.lang, outputs.brief)
        write_geopackage(contents, partial / "screening.gpkg", assessment.on, crs)
        progress("写表格与运行记录")
        write_findings(assessment, partial / "findings.csv")
        write_provenance(made_of, partial / "run.json", crs, options or {})
        if not outputs.brief:
            # loaded only here: drawing and printing take longer to load than a short list to screen
            from geo.writers.presenting import write_presented

            write_presented(Dossier(assessment, contents, outputs.lang), partial, outputs, crs, progress)
    return target


def refuse_unknown_crs(crs: str) -> None:
    """Raise :class:`~geo.errors.RunError` where PROJ does not know a coordinate system."""
    try:
        CRS.from_user_input(crs)
    except CRSError as error:
        raise RunError(f"不认识的坐标系 --crs {crs}；写成 EPSG:4490、EPSG:4546 等") from error


def refuse_unusable_numbers(confidence: float, move_radius_km: float) -> None:
    """Raise :class:`~geo.errors.RunError` where a confidence or a radius is none."""
    low, high = CONFIDENCES
    if not low <= confidence <= high:
        raise RunError(f"--confidence {confidence:g} 不在 {low:g}–{high:g} 之间；95% 写成 0.95")
    if not 0 < move_radius_km <= FARTHEST_MOVE_KM:
        raise RunError(
            f"--move-radius {move_radius_km:g} 不在 0–{FARTHEST_MOVE_KM:g} 公里之间；不要移动建议用 --no-moves"
        )
