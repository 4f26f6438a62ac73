"""How many processes this machine bears."""

from __future__ import annotations

import os
import re
from pathlib import Path

#: Memory of a process with the layers of a province and a part of usual size.
_PROCESS_BYTES = 1_500_000_000


def fitting_processes(parts: int) -> int:
    """How many processes pay for so many parts of usual size on this machine: no more than processors, and than fit into free memory.

    >>> fitting_processes(0)
    1
    """
    free = _available_bytes()
    fit = 2 if free is None else int(free // _PROCESS_BYTES)
    return max(1, min(parts, os.cpu_count() or 1, fit))


def _available_bytes() -> int | None:
    """Memory that processes may take, pages of files that can be let go included; None where the system does not say."""
    try:
        told = Path("/proc/meminfo").read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", told, re.MULTILINE)
    return int(found[1]) * 1024 if found else None
