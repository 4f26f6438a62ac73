"""Threads for code that lets go of the interpreter: each processor takes a run of the work."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from geo.index.pieces import Ints


def in_runs(work: Callable[[slice], object], count: int, share: int) -> None:
    """Calls ``work`` with runs of so many things; of fewer than ``share`` each they are not worth another thread.

    >>> in_runs(print, 3, share=2)
    slice(0, 3, None)
    """
    parts = _parts(count, share)
    bounds = np.linspace(0, count, parts + 1).astype(int).tolist()
    _share_out(work, list(map(slice, bounds[:-1], bounds[1:])))


def in_turns(work: Callable[[slice], object], count: int, share: int) -> None:
    """As :func:`in_runs`, but each processor takes every second (third, …) thing: for work that is more in one place than in another.

    >>> in_turns(print, 3, share=2)
    slice(0, 3, 1)
    """
    parts = _parts(count, share)
    _share_out(work, [slice(part, count, parts) for part in range(parts)])


def _parts(count: int, share: int) -> int:
    return max(1, min(os.cpu_count() or 1, count // share))


def _share_out(work: Callable[[slice], object], parts: list[slice]) -> None:
    if len(parts) == 1:
        work(parts[0])
    else:
        list(threads().map(work, parts))


def in_threads(walk: Callable[[Ints], object], order: Ints, share: int) -> None:
    """Calls ``walk`` with runs of an order in which neighbours follow one another."""
    in_runs(lambda run: walk(order[run]), len(order), share)


def threads() -> ThreadPoolExecutor:
    """The threads themselves, kept: references are asked one after the other."""
    return _threads_of(os.getpid())


@cache
def _threads_of(process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count())
