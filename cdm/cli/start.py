"""Where the command line begins: a signal that comes while the rest is imported ends it without a word."""

from __future__ import annotations

import os
import signal
from types import FrameType


def main() -> None:
    """Run the command line."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, end)
    from .main import main as run

    run()


def end(number: int, frame: FrameType | None) -> None:
    """End at once, with the status that shells give: nothing was begun."""
    os._exit(128 + number)
