"""The one error that users see."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 2_000  # characters of a message, which may repeat what a stranger wrote
_LONG = 200  # characters of a word that may be a misspelt name


class CdmError(Exception):
    """Something that the user gave does not fit; the message says where, what was found and what is allowed.

    A message that would be longer than :data:`LONGEST` loses its middle.
    """

    status = 2

    def __init__(self, message: str = "") -> None:
        tail = LONGEST // 4
        super().__init__(message if len(message) <= LONGEST else f"{message[: 3 * tail - 5]} ... {message[-tail:]}")


class Interrupted(CdmError):
    """The user pressed Ctrl-C; the message says what was kept."""

    status = 130


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Name what is allowed, and first what may have been meant."""
    known = list(allowed)
    near = difflib.get_close_matches(word[:_LONG], known, n=1)
    choices = f"there are {', '.join(known)}" if known else "there are none"
    return f"did you mean {near[0]!r}? {choices}" if near else choices


_NO_ROOM = ("out of memory", "can't allocate memory", "bad_alloc", "not enough memory", "ALLOC_FAILED")


def out_of_memory(error: BaseException) -> bool:
    """Whether an error of Python, numpy, torch or a device says that there is no memory left."""
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in _NO_ROOM)
