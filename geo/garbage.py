"""How often Python looks for objects that only hold each other.

Frames and libraries make hundreds of thousands of short-lived objects; with Python's own settings a search begins every 700 of them,
which is a seventh of the time of a list of ten sites. Large arrays are not kept alive by such rings: searching a hundred times less often
costs no memory to speak of.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: New objects after which a search begins, and how many searches of the young go before one of the older, twice.
RARELY = (100_000, 20, 50)


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Within this block cyclic garbage is looked for rarely; afterwards as before.

    >>> before = gc.get_threshold()
    >>> with rarely_collected():
    ...     gc.get_threshold() == RARELY
    True
    >>> gc.get_threshold() == before
    True
    """
    before = gc.get_threshold()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
