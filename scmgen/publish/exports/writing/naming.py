"""What files are called after splits and factors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scmgen.errors import ScmgenError


def files(form: str, splits: Sequence[str], words: Mapping[str, str]) -> dict[str, str]:
    """What a layout calls each split: its own word for it, or its name.

    Raises:
        ScmgenError: if two splits would lie in one file.
    """
    named: dict[str, str] = {}
    for split in splits:
        word = words.get(split, split)
        other = next((earlier for earlier, taken in named.items() if taken == word), None)
        if other is not None:
            raise ScmgenError(f"--to {form}: the splits {other} and {split} would both be called {word}; choose one")
        named[split] = word
    return named


def check_columns(form: str, factors: Iterable[str], taken: Sequence[str]) -> None:
    """Raise :class:`ScmgenError` if a factor is called like a column that a layout has for something else."""
    for factor in factors:
        if factor in taken:
            raise ScmgenError(f"--to {form}: a factor is called {factor!r}, which is a column of the layout's own")
