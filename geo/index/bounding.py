"""The boxes about groups of segments or of smaller boxes, compiled: numpy is slow with short rows."""

from __future__ import annotations

import numpy as np

from geo.index.walks import njit


@njit(cache=True, nogil=True)
def bound_groups(parts, begins):  # type: ignore[no-untyped-def]
    """West, south, east, north (k, 4) of each group of ``parts`` (n, 4), which are segments or boxes; ``begins``: where groups begin.

    >>> bound_groups(np.array([[111.0, 35.2, 111.1, 35.0], [112.0, 36.0, 112.0, 36.1]]), np.array([0, 1])).tolist()
    [[111.0, 35.0, 111.1, 35.2], [112.0, 36.0, 112.0, 36.1]]
    """
    boxes = np.empty((len(begins), 4))
    for group in range(len(begins)):
        end = begins[group + 1] if group + 1 < len(begins) else len(parts)
        west = south = np.inf
        east = north = -np.inf
        for k in range(begins[group], end):
            ax, ay, bx, by = parts[k, 0], parts[k, 1], parts[k, 2], parts[k, 3]
            west, east = min(west, min(ax, bx)), max(east, max(ax, bx))
            south, north = min(south, min(ay, by)), max(north, max(ay, by))
        boxes[group, 0], boxes[group, 1], boxes[group, 2], boxes[group, 3] = west, south, east, north
    return boxes
