"""Stopping: Ctrl-C, and the signals by which a system ends a program, leave nothing half done, within two seconds.

The signal raises :class:`Stopped` in the main thread, so that all that cleans up does. A long call of a library in C hears no
exception, and something may take it for an error of its own: a thread watches, and where the program is not gone after
:data:`GRACE_S` it removes what is unfinished (:func:`geo.asides.abandon`), kills the processes that help, and ends it.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from geo.asides import abandon

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
#: Seconds that a program has to clean up by itself.
GRACE_S = 0.7
#: Terminals show the cursor again, that a line of progress has hidden.
_CURSOR = "\x1b[?25h"

_parting: list[Callable[[], str]] = []
#: Whether that was said: once is enough.
_said = threading.Event()


class Stopped(SystemExit):
    """A signal came: the program ends with 128 and its number, as shells have it."""


def says_at_parting(words: Callable[[], str]) -> None:
    """What a command says of what it leaves when it is stopped, instead of that there is nothing; "" for nothing."""
    _parting.append(words)


def parting_words() -> str:
    """What is said when the program was stopped; whoever asks says it."""
    _said.set()
    told = [text for words in _parting if (text := words())]
    return "\n".join(told) or "已中断，没有留下半成品"


@contextmanager
def stoppable() -> Iterator[None]:
    """While it lasts, the first signal raises :class:`Stopped`; later ones are ignored, for the program ends soon anyhow.

    What libraries make of it on its way out is Stopped again. A signal that the caller ignores (``nohup``) stays ignored.
    """
    _parting.clear()
    _said.clear()
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    stop = _Stop()
    stop.begin()
    try:
        yield
    except (Exception, SystemExit) as error:
        if stop.number and not isinstance(error, Stopped):
            raise Stopped(128 + stop.number) from error
        raise
    else:
        stop.done.set()
    finally:
        stop.end()


class _Stop:
    """The handlers of the signals, and the thread that sees to it that the program ends."""

    def __init__(self) -> None:
        self.number = 0  # the signal that came
        self.done = threading.Event()  # the command came to its end all the same
        self.lost = threading.Event()  # Stopped was raised where nothing may be raised, and went nowhere
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}
        self._hook = sys.unraisablehook

    def begin(self) -> None:
        """Listen."""
        heard = [number for number, held in self._before.items() if held != signal.SIG_IGN]
        self._ours, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)
        # the system's own handler writes a signal's number there at once, whatever the main thread is at
        self._earlier = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        self._watch = threading.Thread(
            target=self._see_to_it, args=(heard,), name="hongxian-stopping", daemon=True
        )
        self._watch.start()
        for number in heard:
            signal.signal(number, self._stop)

    def end(self) -> None:
        """Listen no more. Where the program was stopped the thread stays until it is gone: threads and workers are waited for."""
        signal.set_wakeup_fd(self._earlier)
        if self.number and not self.done.is_set():
            return
        sys.unraisablehook = self._hook
        for number, held in self._before.items():
            signal.signal(number, held if held is not None else signal.SIG_DFL)
        self._theirs.send(b"\0")
        self._watch.join()
        self._ours.close()
        self._theirs.close()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.number = number
        for other in _SIGNALS:
            signal.signal(other, signal.SIG_IGN)
        sys.unraisablehook = self._unraisable
        raise Stopped(128 + number)

    def _unraisable(self, told: sys.UnraisableHookArgs) -> None:
        """Iterators and callbacks that are broken off complain of it to nobody; where Stopped itself went nowhere it comes again."""
        if isinstance(told.exc_value, Stopped):
            signal.signal(self.number, self._stop)
            self.lost.set()

    def _see_to_it(self, heard: list[int]) -> None:
        """Wait for a signal; end the program where it has not ended by itself after a while."""
        number = 0
        while number not in heard:
            try:
                number = self._ours.recv(1)[0]
            except (OSError, IndexError):
                return
            if number == 0:
                return
        until = time.monotonic() + GRACE_S
        while time.monotonic() < until:
            if self.done.wait(0.02):
                return
            if self.lost.is_set():
                self.lost.clear()
                _thread.interrupt_main(signal.Signals(number))
        end_now(128 + number)


def end_now(code: int) -> None:
    """End the program without waiting for anybody: helpers are killed, what is unfinished is removed."""
    helpers = sys.modules.get("multiprocessing.process")
    with contextlib.suppress(Exception):
        for child in helpers.active_children() if helpers is not None else ():
            child.kill()
    abandon()
    with contextlib.suppress(Exception):
        shown = _CURSOR if sys.stderr.isatty() else ""
        words = "" if _said.is_set() else f"{parting_words()}\n"
        os.write(2, f"{shown}{words}".encode(sys.stderr.encoding or "utf-8", "replace"))
    os._exit(code)
