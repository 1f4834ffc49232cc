"""The one exception of scmgen, and the nearest guess that goes with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 2_000  # characters of a message, which may repeat what a stranger wrote
_LONG = 200  # characters of a word that may be a misspelt name


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


def shortened(text: str, most: int) -> str:
    """A text of at most ``most`` characters, its middle left out.

    >>> shortened("0123456789" * 9, 20)
    '0123456789 ... 56789'
    """
    tail = most // 4
    return text if len(text) <= most else f"{text[: most - tail - 5]} ... {text[-tail:]}"


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Say what is allowed in place of ``word``, the nearest name first.

    >>> suggestion("disk", ["disc", "rect"])
    "did you mean 'disc'?"
    >>> suggestion("zzz", ["disc", "rect"])
    'allowed: disc, rect'
    """
    options = sorted(set(allowed))
    near = difflib.get_close_matches(word[:_LONG], options, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    shown = ", ".join(options[:20]) or "nothing"
    return f"allowed: {shown}{', ...' if len(options) > 20 else ''}"
