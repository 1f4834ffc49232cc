"""Which file each row of a table is about."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from scmgen.build.imported.pictures import SUFFIXES
from scmgen.build.imported.tables import LabelTable
from scmgen.errors import ScmgenError, suggestion

_AMBIGUOUS = ""
_READINGS: tuple[Callable[[PurePosixPath], str], ...] = (
    str,
    lambda path: str(path.with_suffix("")),
    lambda path: path.name,
    lambda path: path.stem,
)


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


def find(table: LabelTable, root: Path, files: list[str]) -> list[str]:
    """The file of each row: a path from ``root`` or a name alone, with its suffix or without.

    Raises:
        ScmgenError: if a row has no file, more than one, or that of another row.
    """
    readings: list[dict[str, str]] = []
    homes: dict[str, int] = {}
    for line, key in zip(table.lines, table.keys, strict=True):
        file = _file(key, files, readings)
        where = f"{table.where}, line {line}"
        if file is None:
            raise ScmgenError(_missing(table, root, files, readings))
        if file == _AMBIGUOUS:
            alike = ", ".join(_candidates(key, files)[:3])
            raise ScmgenError(f"{where}: {key!r} may be any of {alike}; write the whole path from {root}")
        if file in homes:
            raise ScmgenError(f"{where}: {file} stands already in line {homes[file]}")
        homes[file] = line
    return list(homes)


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


def _file(key: str, files: list[str], readings: list[dict[str, str]]) -> str | None:
    """Look a key up, the strictest reading first; a reading is made when the first key needs it.

    A key with more folders than the directory has is looked up without the first of them.
    """
    parts = PurePosixPath(key.replace("\\", "/")).parts
    tails = ["/".join(parts[first:]) for first in range(len(parts))]
    for number, reading in enumerate(_READINGS[: 4 if len(parts) == 1 else 2]):
        if len(readings) == number:
            readings.append(_index(reading, files))
        for tail in tails:
            if tail in readings[number]:
                return readings[number][tail]
    return None


def _index(reading: Callable[[PurePosixPath], str], files: list[str]) -> dict[str, str]:
    table: dict[str, str] = {}
    for file in files:
        name = reading(PurePosixPath(file))
        table[name] = _AMBIGUOUS if name in table else file
    return table


def _candidates(key: str, files: list[str]) -> list[str]:
    """The files that share the last part of a key."""
    name = PurePosixPath(key.replace("\\", "/")).name
    return [file for file in files if name in (PurePosixPath(file).name, PurePosixPath(file).stem)]


def _missing(table: LabelTable, root: Path, files: list[str], readings: list[dict[str, str]]) -> str:
    """Say which rows have no image, and what may be the matter."""
    lost = [
        (line, key) for line, key in zip(table.lines, table.keys, strict=True) if _file(key, files, readings) is None
    ]
    line, key = lost[0]
    if len(lost) == len(table.keys):
        case = f"the first row says {key!r}, the folder holds {files[0]!r}"
        return (
            f"{table.where}: no row names an image of {root}: {case}; --key-column says which column holds file names"
        )
    near = suggestion(key, files) if len(files) <= 1_000 else ""
    hint = f"; {near}" if near.startswith("did") else ""
    others = f" ({len(lost):,} of {len(table.keys):,} rows have none)" if len(lost) > 1 else ""
    return f"{table.where}, line {line}: {key!r} is no image of {root}{others}; add it, or remove the row{hint}"
