"""Which image file a name in a table means: strictly, or by all but the case of its letters and its suffix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from scmgen.pictures.decoding import SUFFIXES

AMBIGUOUS = ""
"""Stands for the file of a name that several files have."""

_READINGS: tuple[Callable[[PurePosixPath], str], ...] = (
    str,
    lambda path: str(path.with_suffix("")),
    lambda path: path.name,
    lambda path: path.stem,
)


@dataclass
class Lookup:
    """Files that can be asked for by name; an index is made when the first name needs it.

    A name with more folders than the files have is looked up without the first of them.
    """

    files: Sequence[str]
    _strict: list[dict[str, str]] = field(default_factory=list)
    _loose: list[dict[str, str]] = field(default_factory=list)

    def strict(self, name: str) -> str | None:
        """The file that has this path or, of a name alone, this name, with its suffix or without."""
        return self._find(name, self._strict, lambda tail, stemmed: tail, str)

    def loose(self, name: str) -> str | None:
        """The file that has this name but for the case of letters and the suffix of an image."""
        return self._find(name, self._loose, lambda tail, stemmed: _folded(tail, stemmed), str.casefold)

    def _find(
        self, name: str, indices: list[dict[str, str]], asked: Callable[[str, bool], str], kept: Callable[[str], str]
    ) -> str | None:
        parts = PurePosixPath(name.replace("\\", "/")).parts
        tails = ["/".join(parts[first:]) for first in range(len(parts))]
        for number, reading in enumerate(_READINGS[: 4 if len(parts) == 1 else 2]):
            if len(indices) == number:
                indices.append(_index(reading, kept, self.files))
            for tail in tails:
                found = indices[number].get(asked(tail, number % 2 == 1))
                if found is not None:
                    return found
        return None

    def candidates(self, name: str) -> list[str]:
        """The files that share the last part of a name, whatever its case and suffix."""
        last = _folded(PurePosixPath(name.replace("\\", "/")).name, stemmed=True)
        return [file for file in self.files if _folded(PurePosixPath(file).name, stemmed=True) == last]


def locate(names: Sequence[str], lookup: Lookup) -> tuple[list[str | None], list[int]]:
    """The file of each name: None if there is none, :data:`AMBIGUOUS` if there are several; and which were loose.

    A file that one name means strictly is not given to another that means it loosely.
    """
    files = [lookup.strict(name) for name in names]
    lost = [row for row, file in enumerate(files) if file is None]
    taken, loose = set(files) if lost else set(), []
    for row in lost:
        file = lookup.loose(names[row])
        if file is not None and file not in taken - {AMBIGUOUS}:
            files[row] = file
            loose.append(row)
    return files, loose


def is_named(cell: str) -> bool:
    """Whether a cell ends as the name of an image file."""
    return PurePosixPath(cell.strip()).suffix.lower() in SUFFIXES


def _folded(name: str, stemmed: bool) -> str:
    path = PurePosixPath(name)
    return (str(path.with_suffix("")) if stemmed and path.suffix.lower() in SUFFIXES else name).casefold()


def _index(reading: Callable[[PurePosixPath], str], kept: Callable[[str], str], files: Sequence[str]) -> dict[str, str]:
    table: dict[str, str] = {}
    for file in files:
        name = kept(reading(PurePosixPath(file)))
        table[name] = AMBIGUOUS if name in table else file
    return table
