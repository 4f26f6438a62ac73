"""Which engine answers: compiled where numba is installed, else planar."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

#: Questions about so few places are answered for sooner by the planar engine than numba is loaded.
FEW = 50
#: Whether no more are asked about now.
_brief: ContextVar[bool] = ContextVar("brief", default=False)


def engine() -> str:
    """``compiled`` where numba is installed, else ``planar``; ``HONGXIAN_ENGINE`` chooses. Both give the same answers."""
    wanted = os.environ.get("HONGXIAN_ENGINE", "")
    return wanted or ("compiled" if _installed() and not _brief.get() else "planar")


@cache
def _installed() -> bool:
    return find_spec("numba") is not None


@contextmanager
def for_places(count: int) -> Iterator[None]:
    """Within this block the engine is the one that answers soonest for so many places.

    >>> with for_places(10):
    ...     engine() == (os.environ.get("HONGXIAN_ENGINE") or "planar")
    True
    """
    before = _brief.set(count <= FEW)
    try:
        yield
    finally:
        _brief.reset(before)


def compiled(module: str = "compiled") -> Any:
    """A module of compiled code, only where it is asked for: numba takes half a second to import."""
    try:
        return import_module(f"geo.index.{module}")
    except RuntimeError as error:  # neither the package nor the user's cache folder can be written
        if "no locator available" not in str(error):
            raise
        numba_config: Any = import_module("numba.core.config")
        numba_config.CACHE_DIR = tempfile.mkdtemp(prefix="hongxian-numba-")
        return import_module(f"geo.index.{module}")
