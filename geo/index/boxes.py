"""A hierarchy of boxes over segments: what lies near a place is found without looking at the rest.

Segments are sorted along a Hilbert curve, runs of a line as they are drawn, and taken eight at a time; eight boxes make the box above
them, up to one root. The levels lie one behind the other in flat arrays, which compiled code walks (:mod:`geo.index.walks`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.index.engines import compiled
from geo.space import Floats, metres_per_degree

Ints = npt.NDArray[np.int64]

#: Children of a box.
FAN = 8
#: Bits a coordinate has on the Hilbert curve.
_BITS = 16
#: No more segments of a line than this are sorted as one: a curve through the plane would part neighbours on it.
_RUN = 256


@dataclass(frozen=True)
class BoxTree:
    """Segments in the order of the curve and the boxes above them.

    ``segments`` (n, 4): west-to-east order is not kept, ends are as drawn, degrees; ``row`` (n,): what was given
    at which row; ``boxes`` (m, 4): west, south, east, north, the leaves first; ``metres`` (m, 2): the least
    length of a degree of longitude and of latitude in the box; ``levels``: where each level begins, and the end.
    """

    segments: Floats
    row: Ints
    boxes: Floats
    metres: Floats
    levels: Ints


def build_tree(starts: Floats, ends: Floats, sort: bool = True) -> BoxTree:
    """The tree of segments given by their ends, (n, 2) longitude and latitude in degrees, n > 0.

    Without ``sort`` segments stay as they come: quicker built, and still good where few boxes are asked for.

    >>> tree = build_tree(np.array([[111.0, 35.0], [112.0, 36.0]]), np.array([[111.1, 35.0], [112.0, 36.1]]))
    >>> tree.boxes[-1].tolist(), tree.levels.tolist()
    ([111.0, 35.0, 112.0, 36.1], [0, 1])
    """
    order = order_by_runs(starts, ends) if sort else np.arange(len(starts))
    segments = np.hstack([starts, ends])
    if sort:
        segments = segments.take(order, axis=0)
    boxes, levels = boxes_above(segments)
    return BoxTree(segments, order.astype(np.int64, copy=False), boxes, _least_metres(boxes), levels)


def boxes_above(parts: Floats) -> tuple[Floats, Ints]:
    """The boxes above segments or boxes, eight at a time, level by level up to one root; where each level begins, and the end.

    >>> boxes_above(np.array([[111.0, 35.0, 111.1, 35.0], [112.0, 36.0, 112.0, 36.1]]))[0].tolist()
    [[111.0, 35.0, 112.0, 36.1]]
    """
    levels = [_above(parts)]
    while len(levels[-1]) > 1:
        levels.append(_above(levels[-1]))
    begins = np.concatenate([[0], np.cumsum([len(one) for one in levels])])
    return np.concatenate(levels), begins.astype(np.int64)


@dataclass(frozen=True)
class Forest:
    """A tree a feature, for questions about one feature at a time; and the boxes above the features.

    ``segments`` (n, 4) feature by feature, ``first`` (f + 1,) where those of each begin; ``boxes`` (m, 4) level by
    level; ``levels`` (depth, f + 1): where the boxes of a level of a feature begin. ``over`` holds the features' own
    boxes as if they were segments.
    """

    segments: Floats
    first: Ints
    boxes: Floats
    levels: Ints
    over: BoxTree


def build_forest(starts: Floats, ends: Floats, owner: Ints, features: int) -> Forest:
    """The forest of segments whose feature is ``owner``, those of each sorted; every feature has a segment."""
    segments = np.hstack([starts, ends]).take(order_by_runs(starts, ends, owner), axis=0)
    return grow_forest(segments, np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=features))]))


def grow_forest(segments: Floats, first: Ints) -> Forest:
    """The forest of segments (n, 4) that lie feature by feature; ``first`` (f + 1,): where those of each begin. Each has one.

    As they come: quicker built, and still good where few boxes are asked for.

    >>> ring = np.array([[111.0, 35.0, 112.0, 35.0], [112.0, 35.0, 112.0, 36.0], [112.0, 36.0, 111.0, 35.0]])
    >>> forest = grow_forest(ring, np.array([0, 3]))
    >>> forest.boxes.tolist(), forest.levels.tolist()
    ([[111.0, 35.0, 112.0, 36.0]], [[0, 1]])
    """
    first, features = first.astype(np.int64, copy=False), len(first) - 1
    below = segments
    begins = first
    boxes: list[Floats] = []
    levels: list[Ints] = []
    while True:
        counts = -(-np.diff(begins) // FAN)
        ends_of = np.concatenate([[0], np.cumsum(counts)])
        which = np.repeat(np.arange(features), counts)
        at = begins[which] + FAN * (np.arange(ends_of[-1]) - ends_of[which])
        below = _about(below, at)
        levels.append(ends_of + sum(map(len, boxes)))
        boxes.append(below)
        begins = ends_of
        if counts.max() == 1:
            break
    return Forest(
        segments,
        first,
        np.concatenate(boxes),
        np.array(levels, dtype=np.int64),
        build_tree(below[:, :2], below[:, 2:]),
    )


def _above(parts: Floats) -> Floats:
    """The boxes that hold eight segments or boxes each."""
    return _about(parts, np.arange(0, len(parts), FAN))


def _about(parts: Floats, begins: Ints) -> Floats:
    boxes: Floats = compiled("bounding").bound_groups(parts, begins)  # only where it is asked for
    return boxes


def _least_metres(boxes: Floats) -> Floats:
    """A degree of longitude is shortest far from the equator, one of latitude near to it."""
    south, north = boxes[:, 1], boxes[:, 3]
    far = np.minimum(np.maximum(np.abs(south), np.abs(north)), 90.0)
    near = np.where(south * north < 0, 0.0, np.minimum(np.abs(south), np.abs(north)))
    return np.column_stack([metres_per_degree(far)[0], metres_per_degree(near)[1]])


def order_by_runs(starts: Floats, ends: Floats, owner: Ints | None = None) -> Ints:
    """The order of segments in which runs of a line stay together, and runs that are neighbours follow one another; owner by owner.

    >>> line = np.array([[111.0, 35.0], [112.0, 35.0], [111.0, 36.0]])
    >>> order_by_runs(np.vstack([line[:2] + 5, line[:2]]), np.vstack([line[1:] + 5, line[1:]])).tolist()
    [2, 3, 0, 1]
    """
    count = len(starts)
    begins_line = np.ones(count, dtype=bool)
    begins_line[1:] = (starts[1:] != ends[:-1]).any(axis=1)
    if owner is not None:
        begins_line[1:] |= owner[1:] != owner[:-1]
    at = np.arange(count)
    on_line = at - np.maximum.accumulate(np.where(begins_line, at, 0))
    begins = np.flatnonzero(on_line % _RUN == 0)
    sizes = np.diff(begins, append=count)
    middles = np.add.reduceat(starts + ends, begins) / (2 * sizes[:, None])
    runs = hilbert_order(middles)
    if owner is not None:
        runs = runs.take(np.argsort(owner.take(begins.take(runs)), kind="stable"))
    sizes = sizes.take(runs)
    return at + np.repeat(begins.take(runs) - (np.cumsum(sizes) - sizes), sizes)


def hilbert_order(points: Floats) -> Ints:
    """The order of points, (n, 2) degrees, along a Hilbert curve: neighbours on it are neighbours on the ground.

    >>> hilbert_order(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])).tolist()
    [0, 2, 3, 1]
    """
    if len(points) < 2:
        return np.zeros(len(points), dtype=np.int64)
    x, y = (_numbered(points[:, axis]) for axis in (0, 1))
    along = np.zeros(len(points), dtype=np.int64)
    side = 1 << (_BITS - 1)
    while side:
        east, north = (x & side) > 0, (y & side) > 0
        along += side * side * ((3 * east) ^ north)
        x &= side - 1
        y &= side - 1
        # in the southern quarters the curve is turned, in the southeastern one the other way about (numbers of all ones or none)
        turned, back = -(~north).astype(np.int32), -(east & ~north).astype(np.int32)
        back &= side - 1
        x ^= back
        y ^= back
        turned &= x ^ y
        x ^= turned
        y ^= turned
        side >>= 1
    # by halves of sixteen bits, which numpy sorts by counting
    order = np.argsort((along & 0xFFFF).astype(np.uint16), kind="stable")
    return order.take(np.argsort((along >> 16).astype(np.uint16).take(order), kind="stable"))


def _numbered(values: Floats) -> npt.NDArray[np.int32]:
    """One coordinate in whole steps from the lowest value to the highest."""
    low, high = values.min(), values.max()
    cells = (values - low) / (high - low if high > low else 1.0) * (2**_BITS - 1)
    return cells.astype(np.int32)
