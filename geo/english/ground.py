"""A run of ``hongxian where`` told in English: the same frames, their labels and remarks in other words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from geo.availability.kinds import class_in, kind_in
from geo.availability.places import Availability
from geo.english.tables import Frame, told_texts
from geo.language import Lang
from geo.terms import Cause, Outcome, Theme

#: Columns of labels, the column of the code that each tells, and what it is called.
_LABELS: dict[str, tuple[str, Callable[[str], str]]] = {
    "class_zh": ("class", lambda word: class_in(Lang.EN, word) if word else ""),
    "kind_zh": ("kind", lambda kind: kind_in(Lang.EN, kind) if kind else ""),
    "theme_zh": ("theme", lambda theme: _of(Theme, theme)),
    "outcome_zh": ("outcome", lambda outcome: _of(Outcome, outcome)),
}
_NOTES = {"这一范围内没有够大、够宽的可选地": "no ground within this reach is large and wide enough"}


def ground_told(found: Availability) -> Availability:
    """The run with labels, titles of rules and remarks in English; its assessment as :func:`geo.english.in_english` tells it."""
    book = found.assessment.rulebook
    titles = {rule.id: rule.title.en for rule in book.rules.values()}
    causes = {cause.zh: cause.en for cause in Cause}

    def told(frame: Frame) -> Frame:
        held = {
            name: told_texts(frame[code].astype(str), say)
            for name, (code, say) in _LABELS.items()
            if name in frame and code in frame
        }
        if "cause_zh" in frame:
            held["cause_zh"] = told_texts(
                frame["cause_zh"], lambda text: ", ".join(causes.get(word, word) for word in text.split("、"))
            )
        if "title" in frame:
            held["title"] = frame["rule_id"].map(titles).fillna(frame["title"])
        if "note" in frame:
            held["note"] = told_texts(frame["note"], lambda text: _NOTES.get(text, text))
        return frame.assign(**held)

    return replace(
        found,
        pieces=told(found.pieces),
        classes=told(found.classes),
        place_classes=told(found.place_classes),
        rules=told(found.rules),
        layers=told(found.layers),
        candidates=told(found.candidates),
        better=told(found.better),
        combinations=told(found.combinations),
        parks=told(found.parks),
    )


def _of(terms: type[Theme | Outcome], code: str) -> str:
    return terms(code).en if code in {str(term) for term in terms} else code
