"""What must hold of every verdict, whatever the site: exceptions never tighten, places and bearings do not
matter, doubt only opens, a moved site passes. (Limits and orders: test_verdicts.py; probabilities: test_doubt.py.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import DAY, entry, from_point, in_memory, rule, rulebook, site_frame, square_counties

from geo import Assessment, assess
from geo.terms import Outcome, strictness

PROPERTY = settings(deadline=None, max_examples=10, derandomize=True, database=None)
COUNTIES = square_counties(c140882=(109, 34, 112, 37))
COMPLETE = {"covers": {"adcode": ["1408"]}}
MIDDLE = (110.5, 35.5)


def straight(bearing: float, middle: tuple[float, float] = MIDDLE) -> shapely.Geometry:
    """A bank of 20 km through a point."""
    return shapely.LineString(
        [from_point(*middle, bearing + 180, 10_000), from_point(*middle, bearing, 10_000)]
    )


def river(*banks: shapely.Geometry, **manifest: Any) -> Any:
    return entry("river", *[(bank, {"name": "汾河"}) for bank in banks], **{**COMPLETE, **manifest})


def run(
    catalog: Any, *rules: Any, confidence: float = 0.95, radius_m: float = 0.0, **site: Any
) -> Assessment:
    sites = site_frame({"site_id": "A", **site})
    return assess(rulebook(*rules), catalog, sites, DAY, confidence, move_radius_m=radius_m)


def outcome(assessment: Assessment) -> Outcome:
    return Outcome(assessment.verdicts["outcome"].iat[0])


EXCEPTIONS = [
    {"id": "named", "title": {"zh": "例外", "en": "e"}, "when": {"names": ["甲"]}},
    {
        "id": "shown",
        "title": {"zh": "须佐证", "en": "e"},
        "when": {"industries": ["2521"]},
        "evidence": {"zh": "批文", "en": "papers"},
    },
]


@PROPERTY
@given(
    st.floats(0.0, 3000.0),
    st.sampled_from([0.1, 30.0, 500.0]),
    st.lists(st.sampled_from(EXCEPTIONS), min_size=1, max_size=2, unique_by=lambda e: e["id"]),
    st.sampled_from(["甲厂", "乙厂"]),
    st.sampled_from(["", "shown"]),
    st.sampled_from(["mandatory", "in_principle"]),
)
def test_adding_an_exception_never_tightens(
    metres: float, accuracy: float, exceptions: list[dict[str, Any]], name: str, evidence: str, strength: str
) -> None:
    catalog = in_memory(COUNTIES, river(straight(0.0), accuracy_m=accuracy))
    site = {"at": from_point(*MIDDLE, 90, metres), "name": name, "evidence": evidence}
    without = run(catalog, rule("AA-01", strength=strength), **site)
    added = run(catalog, rule("AA-01", strength=strength, exceptions=exceptions), **site)
    worst, best = (
        [strictness(Outcome(result.verdicts[column].iat[0])) for result in (without, added)]
        for column in ("worst_case", "best_case")
    )
    assert worst[1] <= worst[0]
    assert best[1] <= best[0]
    states = [result.findings["state"].iat[0] for result in (without, added)]
    assert states[1] in {
        "hit": ("hit", "undetermined", "miss"),
        "undetermined": ("undetermined", "miss"),
    }.get(states[0], ("miss",))


@PROPERTY
@given(st.floats(0.0, 360.0), st.floats(0.0, 3000.0), st.floats(-5000.0, 5000.0))
def test_neither_the_bearing_of_a_river_nor_the_place_along_it_matters(
    bearing: float, metres: float, along: float
) -> None:
    """To a centimetre: a bank of 20 km straight in degrees bends by some centimetres from a geodesic."""
    found = []
    for turn, shift in ((0.0, 0.0), (bearing, 0.0), (0.0, along)):
        # many corners, so that the bank is a geodesic whatever its bearing
        bank = shapely.LineString([from_point(*MIDDLE, turn, d) for d in np.linspace(-10_000, 10_000, 201)])
        foot = from_point(*MIDDLE, turn, shift)
        at = from_point(*foot, turn + 90, metres)
        result = run(in_memory(COUNTIES, river(bank, accuracy_m=20)), rule("AA-01"), at=at)
        row = result.findings.iloc[0]
        found.append((row["distance_m"], row["probability"], row["state"]))
    assert [f[0] for f in found] == pytest.approx([metres] * 3, abs=0.02)
    assert [f[1] for f in found] == pytest.approx([found[0][1]] * 3, abs=1e-3)
    limit = 20 * 1.6449
    if abs(abs(metres - 1000) - limit) > 0.05:  # at the very edge a centimetre may turn it
        assert len({f[2] for f in found}) == 1


@PROPERTY
@given(st.floats(0.0, 3000.0), st.floats(0.0, 60.0), st.floats(0.0, 60.0), st.floats(0.5, 0.99))
def test_more_confidence_or_error_only_opens(
    metres: float, accuracy: float, more: float, confidence: float
) -> None:
    at = from_point(*MIDDLE, 90, metres)
    less_sure = run(in_memory(COUNTIES, river(straight(0), accuracy_m=accuracy)), rule("AA-01"), at=at)
    for other in (
        run(in_memory(COUNTIES, river(straight(0), accuracy_m=accuracy + more)), rule("AA-01"), at=at),
        run(
            in_memory(COUNTIES, river(straight(0), accuracy_m=accuracy)),
            rule("AA-01"),
            at=at,
            confidence=0.9999,
        ),
    ):
        assert outcome(other) in (outcome(less_sure), Outcome.UNDETERMINED)
    loose = run(
        in_memory(COUNTIES, river(straight(0), accuracy_m=accuracy)),
        rule("AA-01"),
        at=at,
        confidence=confidence,
    )
    if confidence <= 0.95 and outcome(loose) is Outcome.UNDETERMINED:
        assert outcome(less_sure) is Outcome.UNDETERMINED


BANKS = st.lists(
    st.tuples(st.floats(-2500.0, 2500.0), st.floats(-2500.0, 2500.0)), min_size=2, max_size=5, unique=True
)
SHAPES = st.sampled_from(
    [
        [(0, 0)],
        [(0, 0), (300, 0), (300, 200), (0, 200)],
        [(0, 0), (300, 0), (300, 80), (90, 80), (90, 260), (0, 260)],  # an L
    ]
)


def _at(east: float, north: float) -> tuple[float, float]:
    return from_point(*from_point(*MIDDLE, 90, east), 0, north)


@settings(deadline=None, max_examples=15, derandomize=True, database=None)
@given(
    st.lists(BANKS, min_size=1, max_size=2),
    SHAPES,
    st.sampled_from([0.1, 15.0]),
    st.sampled_from([300, 1000]),
)
def test_a_moved_site_passes(
    courses: list[list[tuple[float, float]]], corners: list[tuple[int, int]], accuracy: float, limit: int
) -> None:
    banks = [shapely.LineString([_at(*corner) for corner in course]) for course in courses]
    ring = [_at(*corner) for corner in corners]
    footprint = shapely.Polygon(ring) if len(ring) > 2 else shapely.Point(ring[0])
    catalog = in_memory(COUNTIES, river(*banks, accuracy_m=accuracy))
    book = rule("AA-01", distance={"2021-01-01": f"{limit} m"})
    result = run(catalog, book, geometry=footprint, radius_m=10_000.0)
    if outcome(result) is not Outcome.PROHIBITED:
        assert len(result.moves) == 0
        return
    move = result.moves.iloc[0]
    assert move["state"] == "clear"  # banks of 5 km never fill 10 km about the site
    again = run(catalog, book, geometry=result.moved.geometry.iat[0])
    assert outcome(again) is Outcome.CLEAR
    # it had to move at least as far as it was inside, and stands where the limit lets it
    assert move["distance_m"] >= -result.findings["margin_m"].iat[0] - 0.01
    spread = 1.6449 * accuracy
    assert again.findings["margin_m"].iat[0] == pytest.approx(
        0.01 + (spread if spread > 0.5 else 0.0), abs=0.03
    )
