"""The text of a table as rows of cells: how it is encoded, what divides its cells, where its rows begin.

What a table is, is told from its content: commas, semicolons, tabs or runs of blanks divide the cells, and a first
line that holds one number alone says how many rows there are, as CelebA's own tables do.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from scmgen.build.imported.lookup import is_named
from scmgen.errors import ScmgenError, suggestion
from scmgen.files import open_file

MOST_BYTES = 268_435_456
"""Bytes that a table may have."""
MOST_ROWS = 5_000_000
"""Rows that a table may have."""
LONGEST = 1_000_000
"""Characters that a row may have."""

_BLANKS = " "  # runs of them
_COMMON = ("utf-8", "latin-1", "cp1252", "utf-16", "gb18030", "shift_jis", "euc-kr", "koi8-r", "mac-roman")
_NO_TABLES = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem")


@dataclass(frozen=True)
class Form:
    """What is known of a table before its rows are read.

    Attributes:
        path: the file.
        encoding: of its text.
        mark: what divides cells: a comma, a semicolon, a tab, or a blank for runs of blanks.
        header: the names of the columns.
        count: the rows that its first line says it has; None if it says nothing.
        unnamed: the header names no first column, though rows have one.
    """

    path: Path
    encoding: str
    mark: str
    header: tuple[str, ...]
    count: int | None = None
    unnamed: bool = False


def recognise(path: Path, encoding: str | None) -> Form:
    """Look at the first lines of a table.

    Raises:
        ScmgenError: if it cannot be read, is too large, or has no header.
    """
    known = decoding(path, encoding)
    with _open(path, known) as file:
        opening = _opening(path, file)
        count = int(opening) if opening.isdecimal() and opening.isascii() and len(opening) < 12 else None
        mark = _mark(path, _opening(path, file) if count is not None else opening)
        file.seek(0)
        lines = _cells(path, file, mark)
        if count is not None:
            next(lines)
        header = tuple(name.strip() for name in next(lines, (0, []))[1])
        first = next(lines, (0, []))[1]
    unnamed = mark == _BLANKS and len(first) == len(header) + 1
    _check_header(path, ("", *header) if unnamed else header)
    return Form(path, known, mark, ("", *header) if unnamed else header, count, unnamed)


def rows(form: Form) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table that are not blank, as many cells as the header has, each with the number of its line.

    Empty cells beyond a header are no cells.

    Raises:
        ScmgenError: if a row has another number of cells or is too long, or there are more than can be read, or
            not as many as the first line says.
    """
    seen, width = 0, len(form.header)
    with _open(form.path, form.encoding) as file:
        lines = _cells(form.path, file, form.mark)
        for _ in range(1 if form.count is None else 2):
            next(lines)
        for line, row in lines:
            seen += 1
            if seen > MOST_ROWS:
                raise ScmgenError(f"{form.path}: has more than {MOST_ROWS:,} rows")
            yield line, _fitted(row, form, line) if len(row) != width else row
    if form.count is not None and seen != form.count:
        raise ScmgenError(f"{form.path}: its first line says {form.count:,} rows, there are {seen:,}")


def bare(path: Path, encoding: str | None) -> Iterator[tuple[int, list[str]]]:
    """The rows of a list without a header, and their lines.

    Raises:
        ScmgenError: if it cannot be read or is too large.
    """
    known = decoding(path, encoding)
    with _open(path, known) as file:
        mark = _mark(path, _opening(path, file))
        file.seek(0)
        yield from _cells(path, file, mark)


def decoding(path: Path, encoding: str | None) -> str:
    """The encoding of a file: the one that is asked for, the one that its first bytes tell, or UTF-8.

    Raises:
        ScmgenError: if there is no such encoding, or the file cannot be read.
    """
    if encoding is not None:
        return _known(encoding)
    with _reported(path), open_file(path, MOST_BYTES) as file:
        opening = file.read(4)
    if opening.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    return "utf-16" if opening.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _known(encoding: str) -> str:
    """Refuse what Python does not know as an encoding of text."""
    try:
        "a,1".encode(encoding)
        name = codecs.lookup(encoding).name.replace("_", "-")
    except (LookupError, UnicodeError, ValueError):
        name = _NO_TABLES[0]
    if name in _NO_TABLES:
        raise ScmgenError(f"--encoding: {encoding!r} is no encoding of text; {suggestion(encoding, _COMMON)}")
    return "utf-8-sig" if name == "utf-8" else name


@contextmanager
def _open(path: Path, encoding: str) -> Iterator[TextIO]:
    """A file as text; what is wrong with it is told."""
    with _reported(path, encoding), open_file(path, MOST_BYTES) as binary:
        with io.TextIOWrapper(binary, encoding=encoding, newline="") as file:
            yield file


@contextmanager
def _reported(path: Path, encoding: str = "") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ScmgenError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeError as error:
        called = "UTF-8" if encoding == "utf-8-sig" else encoding
        problem = getattr(error, "reason", None) or error
        other = "--encoding latin-1 (or cp1252, utf-16, ...)" if called == "UTF-8" else "another --encoding"
        raise ScmgenError(f"{path}: is not {called} text ({problem}); if it is a table, read it with {other}") from None


def _opening(path: Path, file: TextIO) -> str:
    """The next line that is not blank, without the blanks around it."""
    while line := file.readline(LONGEST + 1):
        _check_length(path, len(line))
        if "\0" in line:
            raise ScmgenError(f"{path}: has NUL characters, as UTF-16 read as UTF-8 has; see --encoding utf-16-le")
        if line.strip():
            return line.strip(" \r\n")
    return ""


def _mark(path: Path, line: str) -> str:
    """What divides the cells of a line."""
    if path.suffix.lower() in (".tsv", ".tab"):
        return "\t"
    mark = max(",;\t", key=line.count)
    return mark if mark in line or len(line.split()) < 2 else _BLANKS


def _cells(path: Path, file: TextIO, mark: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, and their lines."""
    length = 0

    def lines() -> Iterator[str]:
        nonlocal length
        while line := file.readline(LONGEST + 1):
            length += len(line)
            _check_length(path, length)
            yield line.strip() if mark == _BLANKS else line

    reader = csv.reader(lines(), delimiter=mark, strict=True, skipinitialspace=mark == _BLANKS)
    try:
        for row in reader:
            length = 0
            if any(row):
                yield reader.line_num, row
    except csv.Error as error:
        raise ScmgenError(f"{path}, line {reader.line_num}: is not a row of a table: {error}") from None


def _check_length(path: Path, length: int) -> None:
    if length > LONGEST:
        raise ScmgenError(f"{path}: has a row of more than {LONGEST:,} characters")


def _check_header(path: Path, names: tuple[str, ...]) -> None:
    if len(names) < 2:
        found = [*names]
        raise ScmgenError(f"{path}: needs a line of column names, file names and one factor at least; found {found}")
    file = next((name for name in names if is_named(name)), None)
    if file is not None:
        lists = f"a list of splits is read by --split-file {path}"
        raise ScmgenError(
            f"{path}: its first line names an image, {file!r}, and a line of column names is needed; {lists}"
        )
    for name in names:
        if name and names.count(name) > 1:
            places = [i + 1 for i, other in enumerate(names) if other == name]
            raise ScmgenError(f"{path}: columns {places[0]} and {places[1]} are both called {name!r}")


def _fitted(row: list[str], form: Form, line: int) -> list[str]:
    """A row as long as the header, if nothing but empty cells without a name is too much or missing."""
    width = len(form.header)
    if not any(cell.strip() for cell in row[width:]) and not any(form.header[len(row) :]):
        return (row + [""] * width)[:width]
    raise ScmgenError(f"{form.path}, line {line}: {len(row)} cells, where the header has {width}")
