"""A worker process: one task after the other; it ends at once when nobody is left to tell what came of them."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable
from multiprocessing import connection, parent_process
from multiprocessing.reduction import ForkingPickler
from typing import Any

from scmgen.storage.places import ownership

SIGNALS = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}
_ENDED = 128 + signal.SIGTERM  # exit status of a worker that was told to end


def work(heard: Any, pipe: Any, job: Callable[[Any], Any]) -> None:
    """Do a job for each task that comes through a pipe, and send back whether it went well, with its result or error.

    Ctrl-C is left to the parent. The process ends when that closes its end of ``heard``, when it is gone, or on
    SIGTERM: in the middle of a job, of which it removes what was begun.
    """
    for number in SIGNALS - {signal.SIGTERM}:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: _end())
    threading.Thread(target=_follow, args=(heard, parent_process()), daemon=True).start()
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    try:
        while True:
            pipe.send_bytes(_told(job, pipe.recv()))
    except (EOFError, OSError):  # the parent has closed the pipe
        _end()


def _told(job: Callable[[Any], Any], task: Any) -> Any:
    """What goes back of a task, as bytes; an error shows where it was raised to whoever sees it as a traceback."""
    try:
        return ForkingPickler.dumps((True, job(task)))
    except Exception as error:
        error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        return _bytes(error)


def _bytes(error: Exception) -> Any:
    try:
        return ForkingPickler.dumps((False, error))
    except Exception:  # one that cannot travel
        return ForkingPickler.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))


def _follow(heard: Any, parent: Any) -> None:
    """Wait until the parent closes its end, or is killed."""
    connection.wait([heard, parent.sentinel])
    _end()


def _end() -> None:
    """End now."""
    ownership.end()
    os._exit(_ENDED)
