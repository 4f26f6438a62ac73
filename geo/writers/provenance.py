"""``run.json``: what a run was made of, so that it can be repeated and checked."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from geo.assessment import Assessment
from geo.terms import MoveState, Outcome
from geo.writers.styles import PRELIMINARY_NOTE

_LIBRARIES = ("geopandas", "shapely", "pyproj", "pyogrio", "numpy", "pandas", "pydantic", "folium")


def write_provenance(assessment: Assessment, path: Path, crs: str, options: dict[str, str]) -> None:
    """Inputs, hashes of content, versions, options and counts, as JSON."""
    path.write_text(
        json.dumps(provenance(assessment, crs, options), ensure_ascii=False, indent=2) + "\n",
        encoding="utf-8",
    )


def provenance(assessment: Assessment, crs: str, options: dict[str, str]) -> dict[str, Any]:
    """The content of ``run.json``."""
    used = sorted(set(assessment.zones["layer_key"]))
    counts = assessment.verdicts["outcome"].value_counts()
    return {
        "note": PRELIMINARY_NOTE,
        "on": assessment.on.isoformat(),
        "crs": crs,
        "confidence": assessment.confidence,
        "move_radius_m": assessment.move_radius_m,
        "options": options,
        "sites": {
            "inputs": list(assessment.inputs),
            "read": len(assessment.sites),
            "rejected": len(set(assessment.rejected["file"] + assessment.rejected["where"])),
            "notes": assessment.site_notes.to_dict("records"),
        },
        "outcomes": {outcome: int(counts.get(outcome, 0)) for outcome in Outcome},
        "advice": {
            "breached_sites_searched": len(assessment.moves),
            "moves_found": int((assessment.moves["state"] != MoveState.NONE).sum()),
            "surveys_needed": len(assessment.survey_needed),
            "conflicts": len(assessment.conflicts),
        },
        "rules": {"count": len(assessment.rulebook), "content_sha256": assessment.rulebook.content_hash},
        "layers": [
            {
                "key": layer.key,
                "theme": layer.theme,
                "source": layer.source,
                "licence": layer.licence,
                "as_of": layer.as_of.isoformat() if layer.as_of else None,
                "accuracy_m": layer.accuracy_m,
                "demo": layer.demo,
                "content_sha256": assessment.catalog.content_hash(layer),
            }
            for layer in assessment.catalog.layers
            if layer.key in used
        ],
        "repairs": assessment.catalog.log,
        "versions": {"hongxian": _version("hongxian"), "python": platform.python_version()}
        | {name: _version(name) for name in _LIBRARIES},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "未安装"
