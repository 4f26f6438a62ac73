"""The criteria by which candidate plots are ranked, read from a file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from geo.errors import Problem, RunError
from geo.space import Floats
from geo.yamls import Strict, parse, validate


class Criterion(Strict):
    """One criterion: its weight, the distance (m) that scores a half, and whether near or far is better."""

    weight: Annotated[float, Field(ge=0)]
    half_m: Annotated[float, Field(gt=0)]
    better: Literal["near", "far"]

    def score(self, distance_m: Floats) -> Floats:
        """0 to 1 by distance; NaN where it is not known.

        >>> Criterion(weight=1, half_m=500, better="near").score(np.array([0.0, 500.0, np.nan])).tolist()
        [1.0, 0.5, nan]
        """
        near = self.half_m / (self.half_m + distance_m)
        return near if self.better == "near" else 1.0 - near


class Slope(Strict):
    """The criterion of level ground: its weight and the mean slope (degrees) that scores a half."""

    weight: Annotated[float, Field(ge=0)]
    half_deg: Annotated[float, Field(gt=0)]

    def score(self, slope_deg: Floats) -> Floats:
        """0 to 1, level ground 1; NaN where the slope is not known.

        >>> Slope(weight=1, half_deg=8).score(np.array([0.0, 8.0])).tolist()
        [1.0, 0.5]
        """
        return self.half_deg / (self.half_deg + slope_deg)


class Weights(Strict):
    """All criteria, how far apart candidates lie and how many there are at most."""

    railway: Criterion
    road: Criterion
    park: Criterion
    similar: Criterion
    margin: Criterion
    slope: Slope
    spread_m: Annotated[float, Field(gt=0)]
    most: Annotated[int, Field(ge=1, le=500)]

    def score(self, measured: dict[str, Floats]) -> Floats:
        """The weighted mean over the criteria that are known, a figure a plot; NaN where none is."""
        scores = np.stack([getattr(self, name).score(held) for name, held in measured.items()])
        weights = np.array([getattr(self, name).weight for name in measured])[:, None]
        known = np.where(np.isnan(scores), 0.0, weights)
        total = known.sum(axis=0)
        summed = (np.nan_to_num(scores) * known).sum(axis=0)
        return np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)


def read_weights(path: Path | None = None) -> Weights:
    """The weights of a file, or those of the package. Raises :class:`~geo.errors.RunError` with every fault."""
    problems: list[Problem] = []
    own = Path(str(files("geo.data").joinpath("availability_weights.yaml"))) if path is None else path
    content = parse(own, problems)
    read = validate(Weights, content, own, problems) if not problems else None
    if read is None:
        raise RunError("权重文件不能用", problems)
    return read
