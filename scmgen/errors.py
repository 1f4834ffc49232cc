"""The one exception of scmgen, and the nearest guess that goes with it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

LONGEST = 2_000  # characters of a message, which may repeat what a stranger wrote
_LONG = 200  # characters of a word that may be a misspelt name
_MOST = 50  # faults that are told at once
Each: TypeAlias = Callable[[], AbstractContextManager[None]]
"""What is wrong within one of these is kept, to be told with all the rest; :func:`gathered` gives it."""


class ScmgenError(Exception):
    """Something the user gave cannot be used; the message says where, what was found and what is allowed.

    The command line prints the message and ends with exit status 2. A message that would be longer than
    :data:`LONGEST` loses its middle.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(shortened(message, LONGEST))

    def __reduce__(self) -> tuple[type[ScmgenError], tuple[str]]:
        """Travel between processes as the message alone, whatever a subclass was made from."""
        return ScmgenError, (str(self),)


class Faults(ScmgenError):
    """Several things that cannot be used, in the order of their lines; the message tells of each, of a block that is
    repeated only the first time that a line of it does not fit.

    >>> print(Faults([ScmgenError("s.yaml:9: b"), ScmgenError("s.yaml:3: a")]))
    2 faults:
    s.yaml:3: a
    s.yaml:9: b
    """

    def __init__(self, errors: Sequence[ScmgenError]) -> None:
        each = [part for error in errors for part in (error.errors if isinstance(error, Faults) else [error])]
        self.errors: list[ScmgenError] = list(
            {_written(error): error for error in sorted(each, key=_line)[::-1]}.values()
        )[::-1]
        more = [f"and {len(self.errors) - _MOST} more"] if len(self.errors) > _MOST else []
        told = "\n".join([f"{len(self.errors)} faults:", *map(str, self.errors[:_MOST]), *more])
        alone = len(self.errors) == 1
        Exception.__init__(self, str(self.errors[0]) if alone else told)  # each is short by itself


def _written(error: ScmgenError) -> str:
    """What is wrong once, though it was written out many times: its line, of a block that is repeated, or itself."""
    found = re.match(r"[^\n]*?:\d+: [^\n]*?\(repeat\.\d+, ", str(error))
    return found[0].partition(": ")[0] if found else str(error)


def _line(error: ScmgenError) -> int:
    """The line of a document that an error names; 0 if it names none."""
    found = re.match(r"[^\n]*?:(\d+): ", str(error))
    return int(found[1]) if found else 0


@contextmanager
def gathered() -> Iterator[Each]:
    """Look at several things, each within a context of its own, and at the end raise what did not fit, all at once.

    Raises:
        ScmgenError: the one that there was, or :class:`Faults`.
    """
    found: list[ScmgenError] = []

    @contextmanager
    def each() -> Iterator[None]:
        try:
            yield
        except ScmgenError as error:
            found.append(error)

    yield each
    if found:
        raise together(found)


def together(errors: Sequence[ScmgenError]) -> ScmgenError:
    """The one error of several: itself if it is alone."""
    return errors[0] if len(errors) == 1 else Faults(errors)


def shortened(text: str, most: int) -> str:
    """A text of at most ``most`` characters, its middle left out.

    >>> shortened("0123456789" * 9, 20)
    '0123456789 ... 56789'
    """
    tail = most // 4
    return text if len(text) <= most else f"{text[: most - tail - 5]} ... {text[-tail:]}"


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """The name that was meant by a misspelt one; None if none is near."""
    return next(iter(difflib.get_close_matches(word[:_LONG], sorted(set(allowed)), n=1, cutoff=0.6)), None)


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Say what is allowed in place of ``word``, the nearest name first.

    >>> suggestion("disk", ["disc", "rect"])
    "did you mean 'disc'?"
    >>> suggestion("zzz", ["disc", "rect"])
    'allowed: disc, rect'
    """
    options = sorted(set(allowed))
    near = nearest(word, options)
    if near:
        return f"did you mean {near!r}?"
    shown = ", ".join(options[:20]) or "nothing"
    return f"allowed: {shown}{', ...' if len(options) > 20 else ''}"
