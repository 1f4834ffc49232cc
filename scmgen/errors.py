"""The one exception of scmgen, and the nearest guess that goes with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ScmgenError(Exception):
    """Something the user gave cannot be used; the message says where, what was found and what is allowed.

    The command line prints the message and ends with exit status 2.
    """

    def __reduce__(self) -> tuple[type[ScmgenError], tuple[str]]:
        """Travel between processes as the message alone, whatever a subclass was made from."""
        return ScmgenError, (str(self),)


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Say what is allowed in place of ``word``, the nearest name first.

    >>> suggestion("disk", ["disc", "rect"])
    "did you mean 'disc'?"
    >>> suggestion("zzz", ["disc", "rect"])
    'allowed: disc, rect'
    """
    options = sorted(set(allowed))
    near = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    shown = ", ".join(options[:20]) or "nothing"
    return f"allowed: {shown}{', ...' if len(options) > 20 else ''}"
