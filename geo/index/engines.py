"""Which engine answers: compiled where numba is installed, else planar."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


@cache
def engine() -> str:
    """``compiled`` where numba is installed, else ``planar``; ``HONGXIAN_ENGINE`` chooses. Both give the same answers."""
    wanted = os.environ.get("HONGXIAN_ENGINE", "")
    return wanted or ("compiled" if find_spec("numba") else "planar")


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
