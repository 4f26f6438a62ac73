"""Texts of many rows, composed once a kind of row: what is not a number makes the kind, numbers are set in as arrays.

A million checks are of some hundred kinds. A sentence is composed for one row of each kind, with a mark wherever a
number's text goes (:data:`MARKS`); the sentences of all rows then are those of their kinds with their own texts set in.

>>> kind, first = kinds_of(np.array(["a", "b", "a"]), np.array([True, True, True]))
>>> kind.tolist(), first.tolist()
([0, 1, 0], [0, 1])
>>> composed = [f"距河 {MARKS['distance']}，在限值内", f"离湖 {MARKS['distance']}"]
>>> set_in(composed, kind, {"distance": np.array(["1 米", "2 米", "3 米"], dtype=object)}).tolist()
['距河 1 米，在限值内', '离湖 2 米', '距河 3 米，在限值内']
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

#: What stands for a text of the row: control characters, which no rule, manifest or site list can hold.
MARKS = {
    name: chr(number + 1)
    for number, name in enumerate(
        ("feature", "distance", "limit", "beyond", "overlap", "accuracy", "nearer", "chance", "needed")
    )
}
_ANY_MARK = re.compile(f"([{''.join(MARKS.values())}])")
_NAMES = {mark: name for name, mark in MARKS.items()}
#: Products of so many kinds are numbered anew before they can overflow.
_MANY = 1 << 40


def codes_of(values: Any) -> tuple[Ints, npt.NDArray[Any]]:
    """Each value's number among the distinct ones in order of appearance, and those; NaN is −1."""
    codes, distinct = pd.factorize(values)
    return codes.astype(np.int64), np.asarray(distinct)


def kinds_of(*columns: Any) -> tuple[Ints, Ints]:
    """Each row's kind, numbered in order of appearance, and the first row of each.

    ``columns``: arrays of one length; rows that agree in all of them are of one kind.
    """
    kind, count = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        codes, distinct = codes_of(column)
        size = len(distinct) + 1
        kind, count = kind * size + codes + 1, count * size
        if count > _MANY:
            kind, held = codes_of(kind)
            count = len(held)
    kind, held = codes_of(kind)
    first = np.full(len(held), len(kind), dtype=np.int64)
    np.minimum.at(first, kind, np.arange(len(kind)))
    return kind, first


def told(values: Any, words: Callable[[Any], str]) -> Texts:
    """The text of each value, made once for each distinct one.

    >>> told(np.array([1.5, np.nan, 1.5]), lambda value: f"{value:g}").tolist()
    ['1.5', 'nan', '1.5']
    """
    codes, distinct = codes_of(values)
    # what is missing has the code −1, and its text is the last
    said = [*map(words, distinct), words(np.nan) if (codes < 0).any() else ""]
    texts = np.empty(len(said), dtype=object)
    texts[:] = said
    return texts[codes]


def asks_for(composed: Sequence[str], name: str) -> npt.NDArray[np.bool_]:
    """Which sentences have a text set in at the mark of this name.

    >>> asks_for([f"距河 {MARKS['distance']}", "待定"], "distance").tolist()
    [True, False]
    """
    return np.array([MARKS[name] in sentence for sentence in composed], dtype=bool)


def set_in(composed: Sequence[str], kind: Ints, texts: Mapping[str, Texts]) -> Texts:
    """The sentence of each row: that of its kind, its own ``texts`` in the place of their marks."""
    result = np.empty(len(kind), dtype=object)
    order = np.argsort(kind, kind="stable")
    bounds = np.searchsorted(kind[order], np.arange(len(composed) + 1))
    for number, sentence in enumerate(composed):
        rows = order[bounds[number] : bounds[number + 1]]
        plain, *rest = _ANY_MARK.split(sentence)
        if not rest or len(rows) == 0:
            result[rows] = plain
            continue
        built: Any = plain
        for mark, after in zip(rest[::2], rest[1::2], strict=True):
            built = built + texts[_NAMES[mark]][rows]
            built = built + after if after else built
        result[rows] = built
    return result


class Groups:
    """Rows in runs, each of one group; what is told of a group is joined from the texts of its rows.

    ``of`` are the rows' groups (0 … ``count`` − 1), in any order; within a group rows keep theirs.

    >>> groups = Groups(np.array([1, 0, 1]), 3)
    >>> groups.joined(np.array(["b", "a", "c"], dtype=object), ";").tolist()
    ['a', 'b;c', '']
    """

    def __init__(self, of: Ints, count: int) -> None:
        self.order = np.argsort(of, kind="stable")
        self.bounds = np.searchsorted(of[self.order], np.arange(count + 1))

    def _lists(self, texts: Texts) -> list[list[str]]:
        held = texts[self.order].tolist()
        ends = self.bounds.tolist()
        return [held[a:b] for a, b in pairwise(ends)]

    def joined(self, texts: Texts, by: str) -> Texts:
        """The texts of each group, joined; empty where it has no row."""
        return _array([by.join(held) for held in self._lists(texts)])

    def joined_once(self, texts: Texts, by: str) -> Texts:
        """The same, each line once, in order of appearance; texts may be several lines, joined by ``by``."""
        return _array(
            [by.join(dict.fromkeys(by.join(held).split(by))) if held else "" for held in self._lists(texts)]
        )


def _array(texts: Sequence[str]) -> Texts:
    result = np.empty(len(texts), dtype=object)
    result[:] = texts
    return result
