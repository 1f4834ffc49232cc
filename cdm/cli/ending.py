"""How the command line ends: what its exit statuses say, signals that end it, and output that nobody takes."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, cast

import click

MISUSE = 2  # bad input, or what cannot be written
SIGNALLED = 128  # and the number of the signal, as shells say it
PIPE = SIGNALLED + 13
WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
if hasattr(signal, "SIGHUP"):
    WORDS[signal.SIGHUP] = "hung up"
_CLOSED = {"stdin": os.O_WRONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}
_TWICE = 1.0  # seconds within which a signal that comes again is the same: whoever sends it to a group repeats it
_SOON = 0.02


@contextmanager
def heeding() -> Iterator[list[signal.Signals]]:
    """Obey SIGTERM and SIGHUP as Ctrl-C is obeyed, and give the signals that came; what is ignored stays ignored."""
    told: list[signal.Signals] = []
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    came: list[float] = []

    def obey(number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if came and now - came[-1] < _TWICE:
            return
        came.append(now)
        told.append(signal.Signals(number))
        _interrupt(frame)

    def again(lost: Any) -> None:  # a finaliser swallows what a signal raises in it
        if issubclass(lost.exc_type, KeyboardInterrupt):
            came.clear()
            number = told.pop() if told else signal.SIGINT
            threading.Timer(_SOON, _thread.interrupt_main, (number,)).start()
        else:
            hook(lost)

    hook, sys.unraisablehook = sys.unraisablehook, again
    handlers = {number: signal.getsignal(number) for number in WORDS if number != signal.SIGINT}
    ours = [number for number, handler in handlers.items() if handler is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, obey)
    try:
        yield told
    finally:
        sys.unraisablehook = hook
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(frame: FrameType | None) -> None:
    """Do what Ctrl-C would do now."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        raise KeyboardInterrupt
    handler(signal.SIGINT, frame)


def open_streams() -> None:
    """Open standard streams that are closed, or the next file would take their number.

    Nothing can be read from the input or written to the output; errors go nowhere.
    """
    for number, name in enumerate(_CLOSED):
        if getattr(sys, name) is None and not _is_open(number):
            os.set_inheritable(os.open(os.devnull, _CLOSED[name]), True)
            setattr(sys, name, open(number, "w" if number else "r"))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


class Unwritable(Exception):
    """Standard output takes nothing more; its cause says why."""


class _Output:
    """Standard output, whose errors are told from those of files."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> Any:
        return self._trying(self._stream.write, text)

    def flush(self) -> None:
        self._trying(self._stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _trying(self, call: Callable[..., Any], *arguments: str) -> Any:
        try:
            return call(*arguments)
        except OSError as error:
            raise Unwritable from error


@contextmanager
def watched_output() -> Iterator[None]:
    """Raise :class:`Unwritable` where standard output cannot be written."""
    before = sys.stdout
    sys.stdout = cast("Any", _Output(before))
    try:
        yield
    finally:
        sys.stdout = before


def lost(program: str, error: Unwritable) -> int:
    """Say that standard output could not be written, but not to a reader who had enough; give the exit status."""
    _forget(sys.stdout)
    cause = error.__cause__
    if isinstance(cause, BrokenPipeError):
        return PIPE
    say(f"{program}: standard output: {getattr(cause, 'strerror', None) or cause}")
    return MISUSE


def say(message: str) -> None:
    """Write a line to standard error, if somebody is there to read it."""
    told(lambda: click.echo(message, err=True))


def told(write: Callable[[], None]) -> None:
    """Write to standard error, and let what it does not take go nowhere."""
    try:
        write()
    except OSError:
        _forget(sys.stderr)


def _forget(stream: Any) -> None:
    """Let what is left for a stream go nowhere, or Python would try once more when it ends."""
    with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
