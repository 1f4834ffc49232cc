"""The cells of a column as its values: numbers, words, or several words a cell.

Cells are parsed as they are read, so that memory holds eight bytes a cell and not the text.
"""

from __future__ import annotations

import math
import re
import shlex
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from scmgen.errors import ScmgenError
from scmgen.scm.vocabulary import Array

MOST_LEVELS = 256
MOST_CELLS = 50_000_000
"""Cells of factors that a table may have."""
LEAVE_OUT = "leave the column out with --omit"
SEVERAL = "|"
"""What divides the values of a cell that holds several."""

_MANY = 20  # rows from which on it is no chance that values count them
_KEY = re.compile(r"(.*[\W_])?(id|idx|index|uuid)", re.IGNORECASE | re.DOTALL)
_NOTHING = ("", "nan", "na", "n/a", "null", "none", "inf", "-inf")
_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_GROUPS = re.compile(r"[+-]?\d{1,3}((,\d{3})+(\.\d*)?|(\.\d{3})+(,\d*)?)", re.ASCII)


@dataclass(frozen=True)
class Column:
    """The values of a column: ``(n,)``; of a categorical one the numbers of its levels."""

    values: Array
    levels: tuple[str, ...] = ()


def is_key(name: str, column: Column) -> bool:
    """Whether a column seems to say which row it is, and not what the image shows: by its name or its count."""
    counted = np.sort(column.values)
    counts = len(counted) >= _MANY and bool(np.all(counted == counted[0] + np.arange(len(counted))))
    return counts or bool(_KEY.fullmatch(name))


class Cells(Protocol):
    """A column, as it is read."""

    def take(self, cell: str) -> str:
        """Add a cell; say what is wrong with it."""
        ...

    def columns(self, name: str, where: str) -> dict[str, Column]:
        """What it becomes; ``name`` is its header, and ``where`` says which column it is."""
        ...


def number(text: str) -> float | None:
    """A cell as a finite number, or None."""
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def spelled(value: float) -> str:
    """A number as short as can be.

    >>> spelled(-1.0), spelled(0.5)
    ('-1', '0.5')
    """
    return str(int(value)) if float(value).is_integer() else repr(float(value))


class Numbers:
    """A column of numbers.

    Args:
        comma: whether a comma is the decimal mark; None if the cells shall say.
    """

    def __init__(self, comma: bool | None = False) -> None:
        self._comma, self._values = comma, array("d")
        self.pointed, self.commas, self._sure = "", "", comma is True  # the first cell with either mark

    def take(self, cell: str) -> str:
        """Add a cell; say what is wrong with it."""
        value = number(cell)
        if value is None:
            value = self._with_comma(cell)
        elif "." in cell:
            self.pointed = self.pointed or cell
        if value is None:
            return self._problem(cell)
        if self.pointed and (self.commas or self._comma):
            other = f" after {self.commas!r}" if self.commas else ""
            return f"found {self.pointed!r}{other}; with a decimal comma a point divides nothing"
        self._values.append(value + 0.0)
        return ""

    def columns(self, name: str, where: str) -> dict[str, Column]:
        """The whole column.

        Raises:
            ScmgenError: if its commas may be those of thousands.
        """
        if self.commas and not self._sure:
            readings = f"{self.commas.replace(',', '.')} or {self.commas.replace(',', '')}"
            told = "say --decimal-comma, or write thousands without a mark"
            raise ScmgenError(f"{where}: {self.commas!r} may mean {readings}; {told}")
        return {name: Column(np.frombuffer(self._values, np.float64))}

    def _with_comma(self, cell: str) -> float | None:
        if self._comma is False or not _COMMA.fullmatch(cell):
            return None
        self.commas = self.commas or cell
        self._sure = self._sure or not _THOUSANDS.fullmatch(cell)
        return number(cell.replace(",", "."))

    def _problem(self, cell: str) -> str:
        needed = f"found {cell!r}, a number is needed"
        if cell.lower() in _NOTHING:
            return f"{needed}; fill it, remove the row, or {LEAVE_OUT}"
        if self._comma is False and _COMMA.fullmatch(cell):
            return f"{needed}; if its comma is a decimal one, add --decimal-comma"
        if _GROUPS.fullmatch(cell):
            return f"{needed}; write thousands without a mark, or {LEAVE_OUT}"
        if is_several(cell):
            return f"{needed}; the cell holds several values: --indicators makes a factor of each, or {LEAVE_OUT}"
        return f"{needed}; if cells are words, add --categorical, or {LEAVE_OUT}"


class Words:
    """A column of words."""

    def __init__(self) -> None:
        self._codes = array("q")
        self._words: dict[str, int] = {}

    def take(self, cell: str) -> str:
        """Add a cell; say what is wrong with it."""
        if not cell:
            return f"the cell is empty; fill it, remove the row, or {LEAVE_OUT}"
        self._codes.append(self._words.setdefault(cell, len(self._words)))
        return ""

    @property
    def several(self) -> str:
        """A cell that holds several values, or nothing."""
        return next((word for word in self._words if is_several(word)), "")

    def columns(self, name: str, where: str) -> dict[str, Column]:
        """The whole column; its levels are in order of size if all are numbers, else of the alphabet.

        Raises:
            ScmgenError: if it has too many levels, or two that cannot be told apart.
        """
        if len(self._words) > MOST_LEVELS:
            excess = f"{len(self._words):,} different values, more than the {MOST_LEVELS} levels that a factor may have"
            told = "--indicators makes a factor of each value of a cell, or " if self.several else ""
            raise ScmgenError(f"{where}: {excess}; {told}{LEAVE_OUT}")
        codes, numbers = np.frombuffer(self._codes, np.int64), {word: number(word) for word in self._words}
        if None not in numbers.values():
            sizes, places = np.unique(np.array(list(numbers.values())), return_inverse=True)
            return {name: Column(places[codes].astype(np.float64), tuple(map(spelled, sizes)))}
        order = sorted(self._words)
        levels = tuple("_".join(word.split()) for word in order)  # a level is one word, as flag_meanings wants it
        if len(set(levels)) < len(levels):
            raise ScmgenError(f"{where}: two values differ in nothing but their blanks")
        return {name: Column(np.array([order.index(word) for word in self._words])[codes].astype(np.float64), levels)}


class Indicators:
    """A column whose cells hold several words, divided by ``|``: a column of 0 and 1 for each word.

    Args:
        none: cells that mean none of them.
    """

    def __init__(self, none: Sequence[str]) -> None:
        self._none = frozenset(none)
        self._codes = array("q")
        self._cells: dict[str, int] = {}
        self._words: dict[str, int] = {}

    def take(self, cell: str) -> str:
        """Add a cell; say what is wrong with it."""
        code = self._cells.setdefault(cell, len(self._cells))
        if code == len(self._cells) - 1:
            words = _split(cell)
            denied = next((word for word in words if word in self._none), None)
            if "" in words and "" not in self._none:
                return f'found {cell!r}, a value is missing; fill it, or say with --none "" that it means none of them'
            if denied is not None and len(words) > 1:
                return f"found {cell!r}, where {denied!r} means none (--none) and another value is there"
            for word in words:
                if word not in self._none:
                    self._words.setdefault(word, len(self._words))
        self._codes.append(code)
        return ""

    def columns(self, name: str, where: str) -> dict[str, Column]:
        """A column for each word, in the order of the alphabet.

        Raises:
            ScmgenError: if there are too many words.
        """
        if len(self._words) > MOST_LEVELS:
            raise ScmgenError(f"{where}: {len(self._words):,} different values, more than {MOST_LEVELS}; {LEAVE_OUT}")
        if len(self._words) * len(self._codes) > MOST_CELLS:
            raise ScmgenError(f"{where}: {len(self._words)} values make more than {MOST_CELLS:,} cells; {LEAVE_OUT}")
        codes, parts = np.frombuffer(self._codes, np.int64), [frozenset(_split(cell)) for cell in self._cells]
        return {
            word: Column(np.fromiter((word in part for part in parts), np.float64, len(parts))[codes])
            for word in sorted(self._words)
        }


def is_several(cell: str) -> bool:
    """Whether a cell holds several values."""
    return SEVERAL in cell and all(_split(cell))


def finish(cells: Mapping[str, Cells], path: Path) -> tuple[dict[str, Column], dict[str, list[str]]]:
    """The columns that cells became, and which of them each column of ``--indicators`` became.

    Raises:
        ScmgenError: if one cannot be used, or two have one name.
    """
    _check_marks(cells, str(path))
    columns: dict[str, Column] = {}
    values: dict[str, list[str]] = {}
    for name, parser in cells.items():
        found = parser.columns(name, f"{path}, column {name!r}")
        twice = next((word for word in found if word in columns or (word != name and word in cells)), None)
        if twice is not None:
            raise ScmgenError(f"{path}, column {name!r}: its value {twice!r} is the name of a column, too")
        columns |= found
        if isinstance(parser, Indicators):
            values[name] = [*found]
    return columns, values


def remarks(cells: Mapping[str, Cells]) -> tuple[str, ...]:
    """What is to be said of columns: that cells hold several values, each combination of which became a level."""
    several = {name: parser.several for name, parser in cells.items() if isinstance(parser, Words)}
    return tuple(
        f"cells of {name!r} hold several values ({cell!r}), and each combination is a level; "
        f"--indicators {shlex.quote(name)} makes a factor of each value"
        for name, cell in several.items()
        if cell
    )


def _check_marks(columns: Mapping[str, Cells], where: str) -> None:
    """Refuse a table in which one column has decimal commas and another decimal points."""
    numbers = {name: cells for name, cells in columns.items() if isinstance(cells, Numbers)}
    commas = next((name for name, cells in numbers.items() if cells.commas), None)
    points = next((name for name, cells in numbers.items() if cells.pointed), None)
    if commas is not None and points is not None:
        told = f"column {commas!r} has a decimal comma ({numbers[commas].commas!r})"
        other = f"column {points!r} a point ({numbers[points].pointed!r})"
        raise ScmgenError(f"{where}: {told}, {other}; write both alike")


def _split(cell: str) -> list[str]:
    return [word.strip() for word in cell.split(SEVERAL)]
