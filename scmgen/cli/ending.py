"""How the command line ends: what its exit statuses say, signals that end it, and output that nobody takes."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn, cast

import click

from . import start  # these files are the same in both packages

MISUSE = 2  # bad input, or what cannot be written
SIGNALLED = 128  # and the number of the signal, as shells say it
PIPE = SIGNALLED + 13
WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
if hasattr(signal, "SIGHUP"):
    WORDS[signal.SIGHUP] = "hung up"
_USUAL = (signal.SIG_DFL, signal.default_int_handler, start.end)
_CLOSED = {"stdin": os.O_WRONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}
_TWICE = 1.0  # seconds within which a signal that comes again is the same: whoever sends it to a group repeats it
_SOON = 0.02
_PATIENCE = 3.5  # seconds in which a command that was told to end does so


@contextmanager
def heeding() -> Iterator[list[signal.Signals]]:
    """Obey SIGTERM and SIGHUP as Ctrl-C is obeyed, and give the signals that came; what is ignored stays ignored.

    A command that goes on all the same, in a call that never comes back or in one that loses what is raised in it, is
    ended some seconds later.
    """
    told: list[signal.Signals] = []
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    came: list[float] = []
    at_work = False

    def obey(number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not at_work:  # nothing was begun, or all is done
            start.end(number, frame)
        if came and now - came[-1] < _TWICE:
            return
        came.append(now)
        told.append(signal.Signals(number))
        raise KeyboardInterrupt

    def again(lost: Any) -> None:  # a finaliser swallows what a signal raises in it
        if issubclass(lost.exc_type, KeyboardInterrupt):
            came.clear()
            number = told.pop() if told else signal.SIGINT
            threading.Timer(_SOON, _thread.interrupt_main, (number,)).start()
        else:
            hook(lost)

    hook, sys.unraisablehook = sys.unraisablehook, again
    before = {number: signal.getsignal(number) for number in WORDS}
    ours = {number: handler for number, handler in before.items() if handler in _USUAL}
    for number in ours:
        signal.signal(number, obey)
    try:
        with _watched():
            at_work = True
            try:
                yield told
            finally:
                at_work = False
    finally:
        sys.unraisablehook = hook
        for number, handler in ours.items():
            signal.signal(number, handler)


def obeyed(told: Sequence[signal.Signals], command: Callable[[], Any]) -> Any:
    """What a command gives; what a signal became on its way is raised as KeyboardInterrupt.

    Compiled code that is imported just then makes an ImportError of it. An error of ours that tells of the interrupt is
    raised without its cause, and stays.
    """
    try:
        return command()
    except Exception as error:
        if told and (isinstance(error, ImportError | SystemError) or _interrupted(error)):
            raise KeyboardInterrupt from None
        raise


def _interrupted(error: BaseException | None) -> bool:
    """Whether an interrupt caused an error."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return error is not None


@contextmanager
def _watched() -> Iterator[None]:
    """End the process if the block goes on for long after a signal; the system tells another thread of it at once."""
    heard, told = os.pipe()
    os.set_blocking(told, False)
    before, over = signal.set_wakeup_fd(told, warn_on_full_buffer=False), threading.Event()

    def wait() -> None:
        while number := os.read(heard, 1)[0]:
            if number in WORDS and not over.wait(_PATIENCE):
                program, word = __name__.partition(".")[0], WORDS[signal.Signals(number)]
                say(f"{program}: {word} in the middle of something, which the same command does again")
                os._exit(SIGNALLED + number)
        os.close(heard)

    threading.Thread(target=wait, daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        over.set()
        os.write(told, bytes(1))
        os.close(told)


def leave(status: int, told: Sequence[signal.Signals]) -> NoReturn:
    """End the process; after a signal at once, as nothing that waits for threads or frees memory is of use then."""
    if not told:
        sys.exit(status)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError, Unwritable):
            stream.flush()
    os._exit(SIGNALLED + told[0])


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


def misused(program: str, error: click.ClickException) -> int:
    """Say in one line what is wrong with a command line, and where help is; give the exit status.

    A command that does nothing without arguments shows its help instead.
    """
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        told(error.show)
        return MISUSE
    context, words, more = getattr(error, "ctx", None), "", ""
    while context is not None:
        words = f" {context.info_name}{words}" if context.parent else words
        context, more = context.parent, f" ({program}{words} --help says more)"
    say(f"{program}{words}: {error.format_message()}{more}")
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
