"""One input, watched: what became of it, what it wrote and where, and what memory its process took."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECONDS = 60  # an input may take, on a busy machine
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
_FREE = ("/dev/null", "/dev/shm", "/proc/")  # noqa: S108 - locks of processes lie there, and torch's threads look


@dataclass
class Counts:
    """What became of the inputs of one part."""

    inputs: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    tracebacks: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    megabytes: int = 0

    def data(self) -> dict[str, Any]:
        """The counts as plain JSON."""
        return {**vars(self), "refused": dict(self.refused), "accepted": dict(self.accepted)}


class Silent(Exception):
    """Something wrong was taken for right; the message says what."""


class Refused(Exception):
    """A refusal as it should be: one message for the user, or faults that a check found."""


class Hang(BaseException):
    """An input took too long."""


def fence(place: Path, counts: Counts) -> None:
    """From now on note every change of a file outside a place."""
    inside = os.path.realpath(place)

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
            paths = arguments[:1]
        elif event in _CHANGES:
            paths = arguments[1:2] if event in ("os.link", "os.symlink") else arguments[: 1 + (event == "os.rename")]
        else:
            return
        for path in paths:
            if isinstance(path, str | bytes | os.PathLike):
                real = os.path.realpath(os.path.join(os.path.dirname(os.fsdecode(path)) or ".", "."))
                full = os.path.join(real, os.path.basename(os.fsdecode(path)))
                if not full.startswith((inside, *_FREE)):
                    frames = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_stack()[-6:-1]]
                    counts.outside.append(f"{event} {full} ({' '.join(frames)})")

    sys.addaudithook(look)


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    def stop(number: int, frame: Any) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def tried(counts: Counts, kind: str, name: str, use: Callable[[], None]) -> None:
    """Give one input to its reader, and count what became of it."""
    from cdm.errors import CdmError
    from scmgen.errors import ScmgenError

    counts.inputs += 1
    said = io.StringIO()
    try:
        with _limited(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            use()
    except (ScmgenError, CdmError, Refused) as error:
        if len(str(error)) > 2_500:
            counts.silent.append(f"{kind} {name}: a message of {len(str(error))} characters")
        counts.refused[kind] += 1
    except Silent as error:
        counts.silent.append(f"{kind} {name}: {error}"[:300])
    except Hang:
        counts.hangs.append(f"{kind} {name}")
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        counts.tracebacks.append(
            f"{kind} {name}: {type(error).__name__}: {error}"[:300] + f" ({where.filename}:{where.lineno})"
        )
    else:
        counts.accepted[kind] += 1


def peak() -> int:
    """The most memory that this process took, in megabytes (Linux); a resource usage would count its parent's too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


def command(main: Callable[[], None], *line: str) -> str:
    """Run a command line in this process; give what it said.

    Raises:
        Refused: if it ended with status 1 or 2 and said why.
        Silent: if it said nothing, or ended otherwise.
    """
    said, before = io.StringIO(), sys.argv
    sys.argv = ["program", *line]
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            main()
        status: Any = 0
    except SystemExit as error:
        status = error.code
    finally:
        sys.argv = before
    if status in (0, None):
        return said.getvalue()
    if status in (1, 2) and said.getvalue().strip():
        raise Refused(said.getvalue()[-2_000:])
    raise Silent(f"exit status {status}: {said.getvalue()[:200]!r}")
