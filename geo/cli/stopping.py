"""Stopping: Ctrl-C, and the signals by which a system ends a program, leave nothing half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Stopped(SystemExit):
    """A signal came: the program ends with 128 and its number, as shells have it."""


@contextmanager
def stoppable() -> Iterator[None]:
    """While it lasts, the first signal raises :class:`Stopped`, so that all that cleans up does; later ones are ignored.

    A signal that the caller ignores (``nohup``) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def stop(number: int, frame: FrameType | None) -> None:
        for other in _SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        raise Stopped(128 + number)

    try:
        for number, held in before.items():
            if held != signal.SIG_IGN:
                signal.signal(number, stop)
        yield
    finally:
        for number, held in before.items():
            signal.signal(number, held if held is not None else signal.SIG_DFL)
