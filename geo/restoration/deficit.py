"""What is missing: the parts of strips with cover that the task wants gone, else all but green and water.

How sure that is depends on the width: a cell as wide as the strip, or a line off by its width, says nothing
of it. The doubt is the share of the strip that may be other ground than the cover read for it.
"""

from __future__ import annotations

from statistics import NormalDist

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.catalog import LayerCatalog
from geo.contracts import conform
from geo.doubt import CONFIDENCE
from geo.restoration.frames import DEFICIT
from geo.rulebook import RuleBook
from geo.space import Floats
from geo.task import RestorationTask
from geo.terms import GREEN_COVER, Cause, CoverClass, Treatment

_GREEN = frozenset(str(word) for word in GREEN_COVER)
UNKNOWN = str(CoverClass.UNKNOWN)
_SEAM = 1e-3
_KNOWN = frozenset(str(word) for word in CoverClass) - {UNKNOWN}


def is_missing(strip_cover: pd.DataFrame, rulebook: RuleBook) -> np.ndarray:
    """Per piece whether its cover is known and not what its task wants there.

    Tasks that name what has to go count that only; works on soil and waste count the whole ground; the
    others everything that is not forest, grass, wetland or water.
    """
    return np.array(
        [
            cover in _goes(rulebook.tasks[rule_id])
            for rule_id, cover in zip(strip_cover["rule_id"], strip_cover["cover"], strict=True)
        ],
        dtype=bool,
    )


def is_present(strip_cover: pd.DataFrame, rulebook: RuleBook) -> np.ndarray:
    """Per piece whether its cover is known and may stay."""
    return ~is_missing(strip_cover, rulebook) & (strip_cover["cover"] != UNKNOWN).to_numpy(dtype=bool)


def _goes(task: RestorationTask) -> frozenset[str]:
    """The cover that a task wants gone."""
    if task.missing:
        return frozenset(str(word) for word in task.missing)
    if Treatment.REMEDIATE in task.treatments:
        return _KNOWN
    return _KNOWN - _GREEN


def cover_doubt(
    strip_cover: gpd.GeoDataFrame,
    strips: gpd.GeoDataFrame,
    catalog: LayerCatalog,
    confidence: float = CONFIDENCE,
) -> Floats:
    """Per piece of cover the share of it that may be other ground: cell and position errors over the width.

    An area without a width counts as twice its area over its outline.
    """
    of_strip = strips.set_index("strip_id").loc[strip_cover["strip_id"]]
    accuracy = {layer.key: layer.accuracy_m for layer in catalog.layers}
    of_cover = strip_cover["layer_key"].map(lambda key: accuracy.get(key, 0.0)).to_numpy(dtype=float)
    z = NormalDist().inv_cdf(confidence)
    across = of_strip["across_m"].to_numpy(dtype=float)
    cell = np.nan_to_num(strip_cover["cell_m"].to_numpy(dtype=float))
    spread = z * np.hypot(of_strip["accuracy_m"].to_numpy(dtype=float), of_cover)
    return np.minimum(1.0, (cell + spread) / across)


def find_deficit(
    strip_cover: gpd.GeoDataFrame, strips: gpd.GeoDataFrame, doubt: Floats, rulebook: RuleBook
) -> gpd.GeoDataFrame:
    """The pieces that are missing. Columns: :data:`geo.restoration.frames.DEFICIT`."""
    missing = is_missing(strip_cover, rulebook)
    frame = strip_cover[missing].reset_index(drop=True)
    open_ = strips.set_index("strip_id")["state"].loc[frame["strip_id"]].to_numpy() == "undetermined"
    frame["state"] = np.where(open_ | (doubt[missing] >= 1) | frame["demo"], "undetermined", "measured")
    return conform(frame, DEFICIT)


def doubt_causes(strip_cover: pd.DataFrame, doubt: Floats) -> pd.Series:
    """Per strip why its cover cannot be told, joined by ``;``: cells too coarse, no land cover held, demonstration.

    Unknown ground of less than a thousandth of the strip is a seam between layers and leaves nothing open.
    """
    whole = strip_cover.groupby("strip_id")["area_ha"].transform("sum").to_numpy()
    unknown = (strip_cover["cover"] == UNKNOWN).to_numpy()
    gap = (
        strip_cover["area_ha"]
        .where(unknown, 0.0)
        .groupby(strip_cover["strip_id"])
        .transform("sum")
        .to_numpy()
    )
    held = [
        (unknown & (gap > _SEAM * whole), Cause.MISSING_LAYER),
        (~unknown & (doubt >= 1), Cause.ACCURACY),
        (strip_cover["demo"].to_numpy(dtype=bool), Cause.DEMO),
    ]
    found = pd.concat(
        [
            pd.DataFrame({"strip_id": strip_cover["strip_id"][is_so], "cause": str(cause)})
            for is_so, cause in held
        ]
    ).drop_duplicates()
    return found.groupby("strip_id")["cause"].agg(";".join)
