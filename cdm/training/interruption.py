"""Ctrl-C while a loop runs: obeyed at once, save in the middle of what must be done whole or not at all."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def whole() -> Iterator[None]:
    """A block at whose end signals are obeyed that came in it.

    What is ignored (in the background, under nohup) is not noticed, and what ends the process ends it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    obeyed = {number: handler for number in _SIGNALS if callable(handler := signal.getsignal(number))}
    try:
        for number in obeyed:
            signal.signal(number, lambda number, frame: came.append(number))
        yield
    finally:
        for number, handler in obeyed.items():
            signal.signal(number, handler)
    for number in came:
        signal.raise_signal(number)
