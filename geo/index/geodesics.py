"""Geodesic distances of near pairs (:mod:`geo.index.vincenty`), compiled: eight pairs at once."""

from __future__ import annotations

import numpy as np

from geo.index.pieces import Ints
from geo.index.threads import in_runs
from geo.index.vincenty import inverse_by, step
from geo.index.vincenty import near_geodesic_m as near_geodesic_by
from geo.index.walks import njit
from geo.space import Floats

#: So few pairs are not worth a second thread.
_SHARE = 20_000
# inlined where they are called, so nothing of them is kept by itself
_inlined = njit(nogil=True, error_model="numpy", inline="always")
_inverse = _inlined(inverse_by(_inlined(step)))


@njit(cache=True, nogil=True, error_model="numpy")
def _each(sin1, cos1, sin2, cos2, longitude, latitude, metres):  # type: ignore[no-untyped-def]
    for k in range(len(metres)):
        metres[k] = _inverse(sin1[k], cos1[k], sin2[k], cos2[k], longitude[k], latitude[k])


def _inverses(*of_pairs: Floats) -> Floats:
    metres = np.empty(len(of_pairs[0]))
    _each(*of_pairs, metres)
    return metres


def near_geodesic_m(start: Floats, end: Floats, rows: Ints) -> Floats:
    """:func:`geo.index.vincenty.near_geodesic_m`, compiled."""
    metres = np.empty(len(rows))

    def measure(run: slice) -> None:
        metres[run] = near_geodesic_by(start, end, rows[run], _inverses)

    in_runs(measure, len(rows), _SHARE)
    return metres
