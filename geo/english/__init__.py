"""An assessment told in English: the same frames, their sentences from the same rows in other words.

Nothing is judged again. What stays Chinese: names of features, places, offices and sections, words quoted from a
plan, what users wrote, and the notes of the rule book on what a plan leaves open. Columns that end in ``_zh`` tell the
code beside them in the language of the run.
"""

from __future__ import annotations

import dataclasses

from geo.assessment import Assessment
from geo.contracts import conform
from geo.coverage import STATUS
from geo.english.checks import Teller
from geo.english.restoration import restoration_in_english
from geo.english.tables import names_in, told_frames, told_labels, told_outcome, told_override, told_texts
from geo.english.words import cite, heading, limit, metres
from geo.frames import COVERAGE, FINDINGS, VERDICTS

__all__ = ["cite", "heading", "in_english", "limit", "metres", "restoration_in_english"]


def in_english(assessment: Assessment) -> Assessment:
    """The assessment with reasons, remedies, citations, labels and notes in English.

    >>> from datetime import date
    >>> from geo import assess, load_layers, load_rulebook, read_sites, starter_folder
    >>> starter = starter_folder()
    >>> book = load_rulebook().only(["TA-15"])
    >>> sites = read_sites(starter / "example_sites.csv", datum="cgcs2000")
    >>> told = in_english(assess(book, load_layers(starter), sites, date(2026, 1, 1)))
    >>> told.verdicts.set_index("site_id").loc["S-02", "reasons"].split(": ", 1)[1]
    "within the rule's jurisdiction; its deadline (2024-12-31) has passed, standing to be checked"
    """
    teller = Teller(assessment)
    findings = assessment.findings.assign(
        reason=teller.reasons, override=told_texts(assessment.findings["override"], told_override)
    )
    coverage = assessment.coverage.assign(
        note=told_texts(assessment.coverage["note"], lambda note: _NOTES.get(note, note)),
        status_zh=told_labels(assessment.coverage["status"], "status"),
        layers=assessment.coverage["layers"].replace("行政区", "divisions"),
    )
    verdicts = teller.verdicts()
    verdicts = verdicts.assign(
        outcome_zh=[told_outcome(row) for row in verdicts.to_dict("records")],
        override=told_texts(verdicts["override"], told_override),
    )
    restored = assessment.restoration
    return dataclasses.replace(
        assessment,
        findings=conform(findings, FINDINGS),
        verdicts=conform(verdicts, VERDICTS),
        coverage=conform(coverage, COVERAGE),
        restoration=None if restored is None else restoration_in_english(restored, assessment.rulebook),
        **told_frames(assessment, names_in(assessment.rulebook)),
    )


_STATUS_NOTES = {
    "present": "nothing found means there is none",
    "partial": "complete for part of the area or of the features; elsewhere nothing found stays undetermined",
    "unknown": "the manifest states no extent; what is found counts, nothing found stays undetermined",
    "demonstration": "demonstration data only; what they say does not count",
    "absent": "no layer; always undetermined",
}
_NOTES = {STATUS[status][1]: told for status, told in _STATUS_NOTES.items()}
assert set(_STATUS_NOTES) == set(STATUS)
