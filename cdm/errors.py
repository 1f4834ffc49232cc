"""The one error that users see."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CdmError(Exception):
    """Something that the user gave does not fit; the message says where, what was found and what is allowed."""


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """Name what is allowed, and first what may have been meant."""
    known = list(allowed)
    near = difflib.get_close_matches(word, known, n=1)
    told = f"there are {', '.join(known)}" if known else "there are none"
    return f"did you mean {near[0]!r}? {told}" if near else told
