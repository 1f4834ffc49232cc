"""A table of labels: a line an image, a column a factor; tables of one request joined by the names of images."""

from __future__ import annotations

import hashlib
import itertools
import shlex
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scmgen.build.imported.columns import (
    LEAVE_OUT,
    MOST_CELLS,
    Cells,
    Column,
    Indicators,
    Numbers,
    Words,
    finish,
    remarks,
    spelled,
)
from scmgen.build.imported.lookup import Lookup, locate
from scmgen.build.imported.request import Request
from scmgen.build.imported.rows import MOST_BYTES, Form, recognise, rows
from scmgen.errors import ScmgenError, suggestion
from scmgen.files import open_file

_LOOKED_AT = 100  # rows that tell which column names images


@dataclass(frozen=True)
class LabelTable:
    """The labels of some images.

    Attributes:
        where: the file, and the line of each row in it.
        keys: what the table calls each image.
        columns: the factors, by the header of their column.
        splits: the split that each row names; empty if no column tells it.
        sums: sha256 of each file.
        values: what the cells of each column of ``--indicators`` hold, columns of their own.
        notes: what a user may not expect, a sentence each.
    """

    where: Path
    lines: Sequence[int]
    keys: list[str]
    columns: dict[str, Column]
    splits: list[str]
    sums: dict[str, str]
    values: dict[str, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read(request: Request, images: Sequence[str] = ()) -> LabelTable:
    """Read the tables of a request, joined by the names of images.

    Args:
        request: what is asked for.
        images: the images that are there; they tell which rows have none, if these shall be skipped.

    Raises:
        ScmgenError: if one cannot be read or is no table, a column is unknown, twice there or constant, or a cell of
            a factor is empty, or no number where one is needed.
    """
    forms = [recognise(path, request.encoding) for path in request.tables]
    check_names(request, forms)
    lookup = Lookup(images)
    if images:
        _check_key(forms[0], request, lookup)
    keep, notes = _present(forms[0], request, lookup) if request.skip_missing else (None, ())
    parts = [_read(form, request, keep) for form in forms]
    first = parts[0]
    columns, splits = dict(first.columns), first.splits
    for form, other in zip(forms[1:], parts[1:], strict=True):
        chosen = _rows(first, other, form, request)
        for name, column in other.columns.items():
            if name in columns:
                raise ScmgenError(f"{other.where}: column {name!r} stands in {first.where} too")
            columns[name] = Column(column.values[chosen], column.levels)
        splits = [other.splits[row] for row in chosen] if other.splits else splits
    sums = {name: digest for part in parts for name, digest in part.sums.items()}
    values = {name: words for part in parts for name, words in part.values.items()}
    told = (*notes, *(note for part in parts for note in part.notes))
    factors = wanted(request, columns, values, first.where)
    return LabelTable(first.where, first.lines, first.keys, factors, splits, sums, values, told)


def wanted(
    request: Request, columns: Mapping[str, Column], values: Mapping[str, Sequence[str]], where: Path
) -> dict[str, Column]:
    """The columns that become factors, each with its type.

    Args:
        request: what is asked for; a column of ``--indicators`` stands for all that its cells hold.
        columns: all that were read.
        values: what the cells of each column of ``--indicators`` hold.
        where: the table.

    Raises:
        ScmgenError: if one is not there or never varies, or none is left.
    """
    omitted = {word for name in request.omit for word in values.get(name, [name])}
    names = [word for name in request.columns or columns for word in values.get(name, [name]) if word not in omitted]
    for name in names:
        if name not in columns:
            raise ScmgenError(f"--columns: {where} has no column {name!r}; {suggestion(name, [*columns, *values])}")
    if not names:
        raise ScmgenError(f"{where}: no column is left that could be a factor")
    return {name: _typed(name, columns[name], where) for name in dict.fromkeys(names)}


def sum_of(path: Path) -> dict[str, str]:
    """Sha256 of a file, by its name.

    Raises:
        ScmgenError: if it cannot be read.
    """
    try:
        with open_file(path, MOST_BYTES) as binary:
            return {path.name: hashlib.file_digest(binary, "sha256").hexdigest()}
    except OSError as error:
        raise ScmgenError(f"{path}: cannot be read: {error.strerror or error}") from None


def check_names(request: Request, forms: Sequence[Form]) -> None:
    """See that each column that an option names is there, and in one table only.

    What ``--columns`` and ``--omit`` name may be a value of ``--indicators``, which only the cells can tell.

    Raises:
        ScmgenError: if it is not, or in two.
    """
    homes: dict[str, Path] = {}
    for form in forms:
        for name in form.header:
            if name and name != _key(form, request) and homes.setdefault(name, form.path) != form.path:
                raise ScmgenError(f"{form.path}: column {name!r} stands in {homes[name]} too")
    keys = {_key(form, request) for form in forms}
    for option, names in _named(request):
        for name in names:
            if name not in homes and not (option == "--key-column" and name in keys):
                taken = " (it holds the file names)" if name in keys else ""
                raise ScmgenError(f"{option}: {forms[0].path} has no column {name!r}{taken}; {suggestion(name, homes)}")


def _named(request: Request) -> list[tuple[str, Sequence[str]]]:
    return [
        ("--key-column", [request.key] if request.key is not None else []),
        ("--split-column", [request.split_column] if request.split_column is not None else []),
        ("--columns", () if request.indicators else request.columns),
        ("--omit", () if request.indicators else request.omit),
        ("--categorical", request.categorical),
        ("--circular", list(request.circular)),
        ("--indicators", request.indicators),
    ]


def _key(form: Form, request: Request) -> str:
    return request.key if request.key in form.header and request.key is not None else form.header[0]


def parsers(form: Form, request: Request) -> dict[str, Cells]:
    """What reads each column that is wanted."""
    key, chosen = _key(form, request), {*request.columns, *request.indicators} if request.columns else {*form.header}
    left_out = {"", key, request.split_column, *request.omit}
    return {name: _parser(name, form, request) for name in form.header if name in chosen and name not in left_out}


def _parser(name: str, form: Form, request: Request) -> Cells:
    if name in request.indicators:
        return Indicators(request.none)
    comma = True if request.decimal_comma else False if form.mark == "," else None
    return Words() if name in request.categorical else Numbers(comma)


def take(
    form: Form, request: Request, cells: Mapping[str, Cells], keep: Collection[str] | None = None
) -> tuple[Sequence[int], list[str], list[str]]:
    """Read the rows of a table into the parsers of its columns; give the line, key and split of each.

    Raises:
        ScmgenError: if a cell cannot be read, or there are too many.
    """
    path, header = form.path, form.header
    key = header.index(_key(form, request))
    split = header.index(request.split_column) if request.split_column in header else None
    takers = [(header.index(name), name, parser.take) for name, parser in cells.items()]
    lines, keys, splits = array("q"), list[str](), list[str]()
    for line, row in rows(form):
        called = row[key].strip()
        if keep is not None and called not in keep:
            continue
        for place, name, add in takers:
            problem = add(row[place].strip())
            if problem:
                raise ScmgenError(f"{path}, line {line}, column {name!r}: {problem}")
        lines.append(line)
        keys.append(called)
        splits += [] if split is None else [_split(row[split], f"{path}, line {line}, column {header[split]!r}")]
        if len(keys) * len(takers) > MOST_CELLS:
            raise ScmgenError(f"{path}: more than {MOST_CELLS:,} cells; name the --columns that are factors")
    return lines, keys, splits


def _read(form: Form, request: Request, keep: Collection[str] | None) -> LabelTable:
    """Parse the cells of the columns that are wanted."""
    cells = parsers(form, request)
    lines, keys, splits = take(form, request, cells, keep)
    if not keys:
        raise ScmgenError(f"{form.path}: has column names and no row{'' if keep is None else ' with an image'}")
    columns, values = finish(cells, form.path)
    return LabelTable(form.path, lines, keys, columns, splits, sum_of(form.path), values, remarks(cells))


def _split(cell: str, where: str) -> str:
    if not cell.strip():
        raise ScmgenError(f"{where}: the cell is empty; every row must name its split")
    return cell.strip()


def _check_key(form: Form, request: Request, lookup: Lookup) -> None:
    """Say which column names the images, if it is another one."""
    seen, key = [row for _, row in itertools.islice(rows(form), _LOOKED_AT)], _key(form, request)
    if not seen or any(_finds(row[form.header.index(key)], lookup) for row in seen):
        return
    for place, name in enumerate(form.header):
        if name and all(_finds(row[place], lookup) for row in seen):
            told = f"the cells of column {name!r} name images, those of {key!r} do not"
            raise ScmgenError(f"{form.path}: {told}; add --key-column {shlex.quote(name)}")


def _finds(cell: str, lookup: Lookup) -> bool:
    return bool(lookup.strict(cell.strip()) or lookup.loose(cell.strip()))


def _present(form: Form, request: Request, lookup: Lookup) -> tuple[set[str], tuple[str, ...]]:
    """The keys of rows whose image is there, and a note on the others."""
    place = form.header.index(_key(form, request))
    lines, keys = [], []
    for line, row in rows(form):
        lines.append(line)
        keys.append(row[place].strip())
    found, _ = locate(keys, lookup)
    lost = [row for row, file in enumerate(found) if file is None]
    first = f"the first is {keys[lost[0]]!r} in line {lines[lost[0]]}" if lost else ""
    told = f"{len(lost):,} of {len(keys):,} rows of {form.path} have no image in {request.images} and are left out"
    return {key for key, file in zip(keys, found, strict=True) if file is not None}, (
        f"{told} ({first})",
    ) if lost else ()


def _typed(name: str, column: Column, where: Path) -> Column:
    """Make levels of at most two whole numbers, and refuse what never varies."""
    distinct = np.unique(column.values)
    if len(distinct) == 1:
        value = column.levels[0] if column.levels else spelled(distinct[0])
        raise ScmgenError(f"{where}, column {name!r}: is {value} in every row and tells nothing; {LEAVE_OUT}")
    if column.levels or len(distinct) > 2 or not (distinct == np.rint(distinct)).all():
        return column
    return Column((column.values == distinct[1]).astype(np.float64), tuple(map(spelled, distinct)))


def _rows(first: LabelTable, other: LabelTable, form: Form, request: Request) -> NDArray[np.int64]:
    """Where the rows of the first table stand in another."""
    places = dict(zip(other.keys, range(len(other.keys)), strict=True))
    if len(places) < len(other.keys):
        twice = next(key for row, key in enumerate(other.keys) if places[key] != row)
        raise ScmgenError(f"{other.where}: {twice!r} stands there twice")
    for line, key in zip(first.lines, first.keys, strict=True):
        if key not in places:
            raise ScmgenError(f"{first.where}, line {line}: {key!r} has no row in {other.where}")
    return np.array([places[key] for key in first.keys])
