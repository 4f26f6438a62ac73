"""``run.json``: what a run was made of, so that it can be repeated and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.assessment import Assessment
from geo.runs.expiry import PAST, first_expiry
from geo.runs.fingerprint import fingerprint
from geo.terms import MoveState, Outcome
from geo.writers.redaction import withheld_record
from geo.writers.styles import PRELIMINARY_NOTE


def write_provenance(assessment: Assessment, path: Path, crs: str, options: Mapping[str, Any]) -> None:
    """Inputs, hashes of content, versions, options and counts, as JSON."""
    record = provenance(assessment, crs, options)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def provenance(assessment: Assessment, crs: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The content of ``run.json``."""
    counts = assessment.verdicts["outcome"].value_counts()
    expires_on, why = first_expiry(assessment.expiry)
    old = assessment.expiry[assessment.expiry["kind"].isin(PAST)]
    made_of = fingerprint(assessment)
    return {
        "note": PRELIMINARY_NOTE,
        "on": made_of.pop("on"),
        "crs": crs,
        "confidence": made_of.pop("confidence"),
        "move_radius_m": made_of.pop("move_radius_m"),
        "options": dict(options),
        "expires": {"on": expires_on or None, "why": why, "old_layers": old["what"].tolist()},
        "sites": made_of.pop("sites") | {"notes": assessment.site_notes.to_dict("records")},
        "outcomes": {outcome: int(counts.get(outcome, 0)) for outcome in Outcome},
        "overrides": {
            "count": len(assessment.overrides),
            "differ": int((~assessment.overrides["agrees"].astype(bool)).sum()),
        },
        "advice": {
            "breached_sites_searched": len(assessment.moves),
            "moves_found": int((assessment.moves["state"] != MoveState.NONE).sum()),
            "surveys_needed": len(assessment.survey_needed),
            "conflicts": len(assessment.conflicts),
        },
        "rules": made_of.pop("rules"),
        "layers": made_of.pop("layers"),
        "withheld": withheld_record(assessment.withheld),
        "set_aside": assessment.set_aside.to_dict("records"),
        "repairs": assessment.catalog.log,
        "versions": made_of.pop("versions"),
    }
