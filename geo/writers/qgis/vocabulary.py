"""What forms leave out."""

from __future__ import annotations

from geo.contracts import Contract
from geo.labels import beside

#: Bookkeeping of the program: in the tables, not in forms.
_TECHNICAL = {"fid", "zone_id", "near_lon", "near_lat", "half_width_m", "is_proxy"}


def is_hidden(column: str, contract: Contract) -> bool:
    """Whether a form leaves a column out: bookkeeping, or a code beside its own label."""
    return column in _TECHNICAL or beside(column) in contract
