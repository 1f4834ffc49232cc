"""How a worker process ends: at once in the middle of a job, but not in the middle of telling what came of one.

Its pool waits for the rest of a message that was begun, and would wait for ever: it holds both ends of the pipe.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import connection, parent_process
from typing import Any

from scmgen.storage.places import ownership

SIGNALS = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}
_ENDED = 128 + signal.SIGTERM  # exit status of a worker that was told to end
_PATIENCE = 3.0  # seconds in which a message is told, if anybody reads it
_STANDING = threading.RLock()  # held while the two below change; a signal's handler may come in between
_busy = _leaving = False


def start(heard: Any) -> None:
    """Leave Ctrl-C to the parent; end when it closes its end of a pipe, when it is gone, or on SIGTERM."""
    for number in SIGNALS - {signal.SIGTERM}:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: _end())
    threading.Thread(target=_follow, args=(heard, parent_process()), daemon=True).start()
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


@contextmanager
def at_work() -> Iterator[None]:
    """A job, in the middle of which a worker may end; one that was told to end begins none."""
    _stand(True)
    try:
        yield
    finally:
        _stand(False)


def _stand(busy: bool) -> None:
    global _busy
    with _STANDING:
        if _leaving:
            os._exit(_ENDED)
        _busy = busy


def _follow(heard: Any, parent: Any) -> None:
    """Wait until the parent closes its end, or is killed."""
    if parent.sentinel in connection.wait([heard, parent.sentinel]):
        ownership.end()
        os._exit(_ENDED)
    _end()


def _end() -> None:
    """End now, or as soon as what is being told has been told: an exception could get lost on its way out."""
    global _leaving
    ownership.end()
    with _STANDING:
        if _busy:
            os._exit(_ENDED)
        _leaving = True
    timer = threading.Timer(_PATIENCE, os._exit, (_ENDED,))
    timer.daemon = True
    timer.start()
