"""A table of labels: a line an image, a column a factor.

Cells are parsed as they are read, so that memory holds eight bytes a cell and not the text.
"""

from __future__ import annotations

import csv
import hashlib
import math
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from scmgen.build.imported.request import Request
from scmgen.errors import ScmgenError, suggestion
from scmgen.scm.vocabulary import Array

MOST_LEVELS = 256
_LEAVE_OUT = "leave the column out with --omit"


@dataclass(frozen=True)
class Column:
    """The values of a column: ``(n,)``; of a categorical one the numbers of its levels."""

    values: Array
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelTable:
    """The labels of some images.

    Attributes:
        where: the file, and the line of each row in it.
        keys: what the table calls each image.
        columns: the factors, by the header of their column.
        splits: the split that each row names; empty if no column tells it.
        sums: sha256 of each file.
    """

    where: Path
    lines: Sequence[int]
    keys: list[str]
    columns: dict[str, Column]
    splits: list[str]
    sums: dict[str, str]


def read(request: Request) -> LabelTable:
    """Read the tables of a request, joined by the names of images.

    Raises:
        ScmgenError: if one cannot be read or is no table, a column is unknown, twice there or constant, or a cell of
            a factor is empty, or no number where one is needed.
    """
    headers = {path: _header(path) for path in request.tables}
    _check_names(request, headers)
    parts = [_read(path, headers[path], request) for path in request.tables]
    first = parts[0]
    columns, splits = dict(first.columns), first.splits
    for other in parts[1:]:
        rows = _rows(first, other)
        columns |= {name: Column(column.values[rows], column.levels) for name, column in other.columns.items()}
        splits = [other.splits[row] for row in rows] if other.splits else splits
    chosen = {name: _typed(name, columns[name], first.where) for name in request.columns or columns}
    if not chosen:
        raise ScmgenError(f"{first.where}: no column is left that could be a factor")
    return LabelTable(
        first.where, first.lines, first.keys, chosen, splits, {k: v for part in parts for k, v in part.sums.items()}
    )


def number(text: str) -> float | None:
    """A cell as a finite number, or None."""
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


@contextmanager
def _open(path: Path) -> Iterator[TextIO]:
    """A file as text; what is wrong with it is told."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except OSError as error:
        raise ScmgenError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise ScmgenError(f"{path}: is not UTF-8 text ({error.reason}); a CSV or TSV file is needed") from None


def _lines(path: Path, file: TextIO) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table that are not blank, with their line numbers."""
    first = file.readline()
    file.seek(0)
    marks = "\t" if path.suffix.lower() in (".tsv", ".tab") else max(",;\t", key=first.count)
    reader = csv.reader(file, delimiter=marks, strict=True)
    try:
        for row in reader:
            if any(row):
                yield reader.line_num, row
    except csv.Error as error:
        raise ScmgenError(f"{path}, line {reader.line_num}: is not a row of a table: {error}") from None


def _header(path: Path) -> list[str]:
    with _open(path) as file:
        _, header = next(_lines(path, file), (0, []))
    names = [name.strip() for name in header]
    if len(names) < 2:
        raise ScmgenError(f"{path}: needs a line of column names, file names and one factor at least; found {names}")
    for name in names:
        if name and names.count(name) > 1:
            places = [i + 1 for i, other in enumerate(names) if other == name]
            raise ScmgenError(f"{path}: columns {places[0]} and {places[1]} are both called {name!r}")
    return names


def _check_names(request: Request, headers: dict[Path, list[str]]) -> None:
    """See that each column that an option names is there, and in one table only."""
    homes: dict[str, Path] = {}
    for path, header in headers.items():
        for name in header:
            if name and name != _key(header, request) and homes.setdefault(name, path) != path:
                raise ScmgenError(f"{path}: column {name!r} stands in {homes[name]} too")
    keys = {_key(header, request) for header in headers.values()}
    for option, names in _named(request):
        for name in names:
            if name not in homes and not (option == "--key-column" and name in keys):
                taken = " (it holds the file names)" if name in keys else ""
                raise ScmgenError(
                    f"{option}: {request.tables[0]} has no column {name!r}{taken}; {suggestion(name, homes)}"
                )


def _named(request: Request) -> list[tuple[str, Sequence[str]]]:
    return [
        ("--key-column", [request.key] if request.key is not None else []),
        ("--split-column", [request.split_column] if request.split_column is not None else []),
        ("--columns", request.columns),
        ("--omit", request.omit),
        ("--categorical", request.categorical),
        ("--circular", list(request.circular)),
    ]


def _key(header: list[str], request: Request) -> str:
    return request.key if request.key in header and request.key is not None else header[0]


def _read(path: Path, header: list[str], request: Request) -> LabelTable:
    """Parse the cells of the columns that are wanted."""
    key = header.index(_key(header, request))
    split = header.index(request.split_column) if request.split_column in header else None
    left_out = {"", header[key], request.split_column, *request.omit}
    wanted = [name for name in header if name not in left_out and name in (request.columns or header)]
    parsers: dict[str, Any] = {name: (_Words if name in request.categorical else _Numbers)() for name in wanted}
    places, lines, keys, splits = [header.index(name) for name in wanted], array("q"), [], []
    with _open(path) as file:
        rows = _lines(path, file)
        next(rows)
        for line, row in rows:
            if len(row) != len(header):
                raise ScmgenError(f"{path}, line {line}: {len(row)} cells, where the header has {len(header)}")
            for name, place in zip(wanted, places, strict=True):
                problem = parsers[name].take(row[place].strip())
                if problem:
                    raise ScmgenError(f"{path}, line {line}, column {name!r}: {problem}")
            lines.append(line)
            keys.append(row[key].strip())
            splits += [] if split is None else [_split(row[split], f"{path}, line {line}, column {header[split]!r}")]
    if not keys:
        raise ScmgenError(f"{path}: has column names and no row")
    columns = {name: parser.column(f"{path}, column {name!r}") for name, parser in parsers.items()}
    with path.open("rb") as binary:
        return LabelTable(
            path, lines, keys, columns, splits, {path.name: hashlib.file_digest(binary, "sha256").hexdigest()}
        )


def _split(cell: str, where: str) -> str:
    if not cell.strip():
        raise ScmgenError(f"{where}: the cell is empty; every row must name its split")
    return cell.strip()


class _Numbers:
    """A column of numbers, as it is read."""

    def __init__(self) -> None:
        self._values = array("d")

    def take(self, cell: str) -> str:
        """Add a cell; say what is wrong with it."""
        value = number(cell)
        if value is None:
            if cell.lower() in ("", "nan", "na", "n/a", "null", "none", "inf", "-inf"):
                return f"found {cell!r}, a number is needed; fill it, remove the row, or {_LEAVE_OUT}"
            return f"found {cell!r}, a number is needed; if cells are words, add --categorical, or {_LEAVE_OUT}"
        self._values.append(value + 0.0)
        return ""

    def column(self, where: str) -> Column:
        """The whole column."""
        return Column(np.frombuffer(self._values, np.float64))


class _Words:
    """A column of words, as it is read."""

    def __init__(self) -> None:
        self._codes = array("q")
        self._words: dict[str, int] = {}

    def take(self, cell: str) -> str:
        """Add a cell; say what is wrong with it."""
        if not cell:
            return f"the cell is empty; fill it, remove the row, or {_LEAVE_OUT}"
        self._codes.append(self._words.setdefault(cell, len(self._words)))
        return ""

    def column(self, where: str) -> Column:
        """The whole column; its levels are in order of size if all are numbers, else of the alphabet."""
        if len(self._words) > MOST_LEVELS:
            excess = f"{len(self._words):,} different values, more than the {MOST_LEVELS} levels that a factor may have"
            raise ScmgenError(f"{where}: {excess}; {_LEAVE_OUT}")
        numbers = {word: number(word) for word in self._words}
        if None not in numbers.values():
            sizes, codes = np.unique(np.array(list(numbers.values())), return_inverse=True)
            return Column(codes[np.frombuffer(self._codes, np.int64)].astype(np.float64), tuple(map(spelled, sizes)))
        order = sorted(self._words)
        levels = tuple("_".join(word.split()) for word in order)  # a level is one word, as flag_meanings wants it
        if len(set(levels)) < len(levels):
            raise ScmgenError(f"{where}: two values differ in nothing but their blanks")
        codes = np.array([order.index(word) for word in self._words])
        return Column(codes[np.frombuffer(self._codes, np.int64)].astype(np.float64), levels)


def spelled(value: float) -> str:
    """A number as short as can be.

    >>> spelled(-1.0), spelled(0.5)
    ('-1', '0.5')
    """
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _typed(name: str, column: Column, where: Path) -> Column:
    """Make levels of at most two whole numbers, and refuse what never varies."""
    distinct = np.unique(column.values)
    if len(distinct) == 1:
        value = column.levels[0] if column.levels else spelled(distinct[0])
        raise ScmgenError(f"{where}, column {name!r}: is {value} in every row and tells nothing; {_LEAVE_OUT}")
    if column.levels or len(distinct) > 2 or not (distinct == np.rint(distinct)).all():
        return column
    return Column((column.values == distinct[1]).astype(np.float64), tuple(map(spelled, distinct)))


def _rows(first: LabelTable, other: LabelTable) -> NDArray[np.int64]:
    """Where the rows of the first table stand in another."""
    places = dict(zip(other.keys, range(len(other.keys)), strict=True))
    if len(places) < len(other.keys):
        twice = next(key for row, key in enumerate(other.keys) if places[key] != row)
        raise ScmgenError(f"{other.where}: {twice!r} stands there twice")
    for line, key in zip(first.lines, first.keys, strict=True):
        if key not in places:
            raise ScmgenError(f"{first.where}, line {line}: {key!r} has no row in {other.where}")
    return np.array([places[key] for key in first.keys])
