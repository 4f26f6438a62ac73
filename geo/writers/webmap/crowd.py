"""Runs too large to draw whole: which sites the map shows, and a grid that counts all of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely

from geo.assessment import Assessment
from geo.terms import Outcome

#: Above this many sites the map shows those that are not clear, and a grid of them all.
SITES_UP_TO = 50_000
#: Cells the grid may have across.
_CELLS_ACROSS = 80
_RANKS = {outcome: rank for rank, outcome in enumerate(Outcome)}


def shown_sites(assessment: Assessment, up_to: int = SITES_UP_TO) -> np.ndarray:
    """Positions of the sites that the map shows, in the order of the Sites frame.

    All up to ``up_to``; above it those that are not ``clear``, and of these, if they are still too
    many, the strictest outcomes first.
    """
    ranks = assessment.verdicts["outcome"].map(_RANKS).to_numpy(dtype=int)
    if len(ranks) <= up_to:
        return np.arange(len(ranks))
    open_ones = np.flatnonzero(ranks != _RANKS[Outcome.CLEAR])
    strictest = open_ones[np.argsort(ranks[open_ones], kind="stable")]
    return np.sort(strictest[:up_to])


def crowd_grid(assessment: Assessment) -> dict[str, Any]:
    """Counts of all sites by outcome in square cells: ``size`` in degrees, ``cells`` of west, south, counts."""
    points = shapely.get_coordinates(shapely.point_on_surface(assessment.sites.geometry.to_numpy()))
    ranks = assessment.verdicts["outcome"].map(_RANKS).to_numpy(dtype=int)
    low, high = points.min(axis=0), points.max(axis=0)
    size = _round_size(float(max(high - low)) / _CELLS_ACROSS)
    cells = np.floor(points / size).astype(int)
    places, own = np.unique(cells, axis=0, return_inverse=True)
    counts = np.zeros((len(places), len(Outcome)), dtype=int)
    np.add.at(counts, (own.reshape(-1), ranks), 1)
    return {"size": size, "cells": np.hstack([places, counts]).tolist()}


def _round_size(degrees: float) -> float:
    """The next of 1, 2, 5, 10 … thousandths of a degree.

    >>> _round_size(0.031), _round_size(0.0)
    (0.05, 0.001)
    """
    least = max(degrees, 0.001)
    power = 10.0 ** math.floor(math.log10(least) + 1e-9)
    return round(next(power * k for k in (1, 2, 5, 10) if power * k >= least * (1 - 1e-9)), 6)
