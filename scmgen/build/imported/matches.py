"""Which file each row of a table is about."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from scmgen.build.imported.lookup import AMBIGUOUS, Lookup, locate
from scmgen.build.imported.tables import LabelTable
from scmgen.errors import ScmgenError, suggestion
from scmgen.pictures.decoding import SUFFIXES


def images(root: Path) -> list[str]:
    """The images below a directory, as paths from there with /, in order; hidden files are none.

    Raises:
        ScmgenError: if it is no directory, cannot be read, or holds no image.
    """
    if not root.is_dir():
        raise ScmgenError(
            f"{root}: {'is no directory' if root.exists() else 'is not there'}; a folder of images is needed"
        )
    files = sorted(_walk(root))
    if not files:
        kinds = ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
        raise ScmgenError(f"{root}: holds no image; what is read: {kinds}")
    return files


def has_images(root: Path) -> bool:
    """Whether a directory holds an image.

    Raises:
        ScmgenError: if it cannot be read.
    """
    return next(_walk(root), None) is not None


def find(table: LabelTable, root: Path, files: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The file of each row, and what there is to say of how it was found.

    A row has a path from ``root`` or a name alone, with its suffix or without; where nothing is called so, the one
    file that differs in nothing but the case of letters and the suffix is meant.

    Raises:
        ScmgenError: if a row has no file, more than one, or that of another row.
    """
    lookup, homes = Lookup(files), dict[str, int]()
    found, loose = locate(table.keys, lookup)
    for line, key, file in zip(table.lines, table.keys, found, strict=True):
        where = f"{table.where}, line {line}"
        if file is None:
            raise ScmgenError(_missing(table, root, lookup, found))
        if file == AMBIGUOUS:
            alike = ", ".join(lookup.candidates(key)[:3])
            raise ScmgenError(f"{where}: {key!r} may be any of {alike}; write the whole path from {root}")
        if file in homes:
            raise ScmgenError(f"{where}: {file} stands already in line {homes[file]}")
        homes[file] = line
    return list(homes), tuple(_loosely(table, list(homes), loose))


def _loosely(table: LabelTable, files: Sequence[str], loose: Sequence[int]) -> Iterator[str]:
    if loose:
        first = f"{table.keys[loose[0]]!r} is {files[loose[0]]}"
        yield f"{len(loose):,} images were found under names that differ in case or suffix: {first}"


def _walk(root: Path) -> Iterator[str]:
    def stop(error: OSError) -> None:
        raise ScmgenError(f"{error.filename}: cannot be read: {error.strerror}")

    for folder, inner, files in os.walk(root, onerror=stop):
        inner[:] = [name for name in inner if not name.startswith((".", "__MACOSX"))]
        for name in files:
            if Path(name).suffix.lower() in SUFFIXES and not name.startswith("."):
                yield _utf8((Path(folder) / name).relative_to(root).as_posix())


def _utf8(file: str) -> str:
    """Refuse a name that no label could hold."""
    try:
        file.encode()
    except UnicodeEncodeError:
        raise ScmgenError(f"the name of an image is not UTF-8: {file!r}; rename it") from None
    return file


def _missing(table: LabelTable, root: Path, lookup: Lookup, found: Sequence[str | None]) -> str:
    """Say which rows have no image, and what may be the matter."""
    lost = [(line, key) for line, key, file in zip(table.lines, table.keys, found, strict=True) if file is None]
    line, key = lost[0]
    if len(lost) == len(table.keys):
        case = f"the first row says {key!r}, the folder holds {lookup.files[0]!r}"
        return (
            f"{table.where}: no row names an image of {root}: {case}; --key-column says which column holds file names"
        )
    others = f" ({len(lost):,} of {len(table.keys):,} rows have none)" if len(lost) > 1 else ""
    told = f"{table.where}, line {line}: {key!r} is no image of {root}{others}"
    return f"{told}; add it, or remove the row (--skip-missing leaves such rows out){_guess(key, lookup)}"


def _guess(key: str, lookup: Lookup) -> str:
    near = lookup.loose(key)
    if near:
        return f"; did you mean {near!r}?"
    guess = suggestion(key, lookup.files) if len(lookup.files) <= 1_000 else ""
    return f"; {guess}" if guess.startswith("did") else ""
