"""Folders whose sub-folders are classes."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from scmgen.errors import ScmgenError


def there(place: Path, where: str) -> None:
    """Raise :class:`ScmgenError` if nothing lies at a place; ``where`` says who asks."""
    try:
        found = place.exists()
    except OSError as error:
        raise ScmgenError(f"{where}: cannot be read: {error.strerror or error}") from None
    if not found:
        raise ScmgenError(f"{where}: there is nothing there")


def names(folder: Path) -> list[str]:
    """What lies in a folder and is not hidden, in order.

    Raises:
        ScmgenError: if it cannot be read.
    """
    try:
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise ScmgenError(f"{folder}: cannot be read: {error.strerror or error}") from None


def classed(folder: Path, suffixes: Collection[str], one: str) -> list[tuple[str, Path]]:
    """Class and place of each file with one of these suffixes: a sub-folder a class, or files alone, of class "".

    Args:
        one: what a file holds, in words.

    Raises:
        ScmgenError: if a folder cannot be read, or a sub-folder holds none.
    """
    inner = [name for name in names(folder) if (folder / name).is_dir()]
    files = {name: [folder / name / file for file in names(folder / name)] for name in inner}
    files = files or {"": [folder / name for name in names(folder)]}
    chosen = [(name, path) for name, paths in files.items() for path in paths if path.suffix.lower() in suffixes]
    empty = next((name for name in inner if not any(name == kind for kind, _ in chosen)), None)
    if empty is not None:
        raise ScmgenError(f"{folder / empty}: a class without a {one}; give it some, or take the folder away")
    return chosen
