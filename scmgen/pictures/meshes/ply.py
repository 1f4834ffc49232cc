"""PLY files (Turk 1994): points and polygons, as text or as bytes.

What a header claims is compared with what is there before anything is read of it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError, suggestion
from scmgen.pictures.meshes.mesh import Raw, check_counts, fans

_HEADER = 65_536  # bytes
_ENDINGS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_OLD = {"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"}
_NEW = {"int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4"}
_TYPES = {**_OLD, **_NEW, "float": "f4", "float32": "f4", "double": "f8", "float64": "f8"}
_CODES = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d"}
_CORNERS = ("vertex_indices", "vertex_index")
_SHORT = "is cut short: its header promises more than it has"
_PLACES = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))


@dataclass
class Element:
    """What a header says of one kind of thing: how many there are, and the types of their properties in order.

    A property that is a list has two types, of its length and of its numbers.
    """

    name: str
    count: int
    properties: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def listed(self) -> bool:
        """Whether any of its properties is a list."""
        return any(len(types) > 1 for types in self.properties.values())


def read(data: bytes, where: str) -> Raw:
    """Points and triangles of a file.

    Raises:
        ScmgenError: if it is no such file, is cut short, or claims more than is read.
    """
    ending, elements, begin = _header(data, where)
    kinds = {element.name: element for element in elements}
    for name in ("vertex", "face"):
        if name not in kinds:
            raise ScmgenError(f"{where}: no element {name!r}; it has {', '.join(kinds) or 'none'}")
    check_counts(kinds["vertex"].count, kinds["face"].count, where)
    body = _Text(data[begin:], where) if ending == "" else _Bytes(data, begin, ending, where)
    found: dict[str, Any] = {}
    for element in elements:
        if {"vertex", "face"} <= set(found):
            break  # what follows is nothing of a surface
        known = element.name in ("vertex", "face")
        if element.listed and element.name != "face":
            raise ScmgenError(f"{where}: element {element.name!r}: it cannot be read before the faces are")
        if element.count > len(data):
            raise ScmgenError(f"{where}: {_SHORT}")
        told = _polygons(body, element, where) if element.name == "face" else body.table(element)
        found |= {element.name: told} if known else {}
    corners, starts = found["face"]
    return _raw(found["vertex"], corners, starts, where)


def _header(data: bytes, where: str) -> tuple[str, list[Element], int]:
    """The order of bytes, none of text; the elements; and where the header ends."""
    head = data[:_HEADER]
    end = head.find(b"end_header")
    stop = head.find(b"\n", end)
    if not head.startswith(b"ply") or end < 0 or stop < 0:
        raise ScmgenError(f"{where}: no PLY file: it should begin with 'ply' and have an 'end_header'")
    ending: str | None = None
    elements: list[Element] = []
    for line in head[:end].decode("latin-1").splitlines()[1:]:
        match line.split():
            case ["format", kind, "1.0"] if kind in _ENDINGS:
                ending = _ENDINGS[kind]
            case ["element", name, count] if count.isdecimal() and len(count) < 13:
                elements.append(Element(name, int(count)))
            case ["property", "list", *types, name] if elements and len(types) == 2 and _fit(elements[-1], name, types):
                elements[-1].properties[name] = (_TYPES[types[0]], _TYPES[types[1]])
            case ["property", number, name] if elements and _fit(elements[-1], name, [number]):
                elements[-1].properties[name] = (_TYPES[number],)
            case ["comment" | "obj_info", *_] | []:
                pass
            case _:
                raise ScmgenError(f"{where}: its header has the line {line!r:.80}, which is no PLY 1.0")
    if ending is None:
        raise ScmgenError(f"{where}: its header names no format; {suggestion('', _ENDINGS)}")
    return ending, elements, stop + 1


def _fit(element: Element, name: str, types: Sequence[str]) -> bool:
    """Whether a property is a new one, of known types."""
    return name not in element.properties and set(types) <= set(_TYPES)


def _polygons(body: _Text | _Bytes, element: Element, where: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The corners of all polygons in a row, and where each begins."""
    name = next((name for name in _CORNERS if len(element.properties.get(name, ())) == 2), None)
    if name is None:
        raise ScmgenError(f"{where}: its faces have no list {_CORNERS[0]!r}")
    lists = body.lists(element, name)
    counts = np.array([len(one) for one in lists], np.int64)
    few = np.flatnonzero(counts < 3)
    if few.size:
        raise ScmgenError(f"{where}: face {few[0]} has {counts[few[0]]} corners; three or more are needed")
    corners = np.concatenate([np.asarray(one, np.float64) for one in lists]) if len(lists) else np.empty(0)
    check_counts(0, int((counts - 2).sum()), where)
    if not ((corners == np.rint(corners)) & (np.abs(corners) < 2.0**31)).all():
        raise ScmgenError(f"{where}: the corners of its faces are no numbers of points")
    return corners.astype(np.int64), np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _raw(
    vertex: Mapping[str, NDArray[np.float64]], corners: NDArray[np.int64], starts: NDArray[np.int64], where: str
) -> Raw:
    missing = [name for name in "xyz" if name not in vertex]
    if missing:
        raise ScmgenError(f"{where}: its points have no {', '.join(missing)}")
    normals = ("nx", "ny", "nz")
    places = next((names for names in _PLACES if set(names) <= set(vertex)), None)
    points = np.stack([vertex[name] for name in "xyz"], axis=1)
    return Raw(
        points,
        fans(corners, starts),
        np.stack([vertex[name] for name in normals], axis=1) if set(normals) <= set(vertex) else None,
        None if places is None else np.stack([vertex[name] for name in places], axis=1),
        np.arange(len(points)),
    )


class _Bytes:
    """The body of a binary file, from front to back."""

    def __init__(self, data: bytes, at: int, ending: str, where: str) -> None:
        self.data, self.at, self.ending, self.where = data, at, ending, where

    def table(self, element: Element) -> dict[str, NDArray[np.float64]]:
        """The columns of an element without lists."""
        form = np.dtype([(name, self.ending + types[0]) for name, types in element.properties.items()])
        rows = np.frombuffer(self._taken(form.itemsize * element.count), form)
        return {name: rows[name].astype(np.float64) for name in element.properties}

    def lists(self, element: Element, wanted: str) -> list[Any] | NDArray[Any]:
        """The list of each row of an element."""
        alike = self._alike(element, wanted)
        return self._rows(element, wanted) if alike is None else alike

    def _alike(self, element: Element, wanted: str) -> NDArray[Any] | None:
        """The lists of all rows at once, if all have as many numbers as the first."""
        if list(element.properties) != [wanted] or not element.count:
            return None
        length, number = element.properties[wanted]
        size = np.dtype(length).itemsize
        count = int(np.frombuffer(self.data[self.at : self.at + size].ljust(size, b"\0"), self.ending + length)[0])
        form = np.dtype([("count", self.ending + length), ("list", self.ending + number, (max(0, count),))])
        rows = np.frombuffer(self.data[self.at : self.at + form.itemsize * element.count], np.uint8)
        whole = 0 < count < _HEADER and len(rows) == form.itemsize * element.count
        if not whole or (rows.view(form)["count"] != count).any():
            return None
        self.at += len(rows)
        found: NDArray[Any] = rows.view(form)["list"]
        return found

    def _rows(self, element: Element, wanted: str) -> list[Any]:
        found: list[Any] = []
        for _ in range(element.count):
            for name, types in element.properties.items():
                count = 1 if len(types) == 1 else int(self._numbers(types[0], 1)[0])
                numbers = self._numbers(types[-1], count)
                if name == wanted:
                    found.append(numbers)
        return found

    def _numbers(self, kind: str, count: int) -> tuple[Any, ...]:
        data = self._taken(max(0, count) * np.dtype(kind).itemsize)
        return struct.unpack(f"{self.ending}{max(0, count)}{_CODES[kind]}", data)

    def _taken(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise ScmgenError(f"{self.where}: {_SHORT}")
        self.at += size
        return self.data[self.at - size : self.at]


class _Text:
    """The body of a text file, word by word."""

    def __init__(self, body: bytes, where: str) -> None:
        self.words, self.at, self.where = body.split(), 0, where

    def table(self, element: Element) -> dict[str, NDArray[np.float64]]:
        """The columns of an element without lists."""
        width = len(element.properties)
        rows = np.array(self._numbers(element.count * width), np.float64).reshape(element.count, width)
        return {name: rows[:, k] for k, name in enumerate(element.properties)}

    def lists(self, element: Element, wanted: str) -> list[Any]:
        """The list of each row of an element."""
        found: list[Any] = []
        for _ in range(element.count):
            for name, types in element.properties.items():
                (count,) = (1,) if len(types) == 1 else self._numbers(1)
                numbers = self._numbers(int(count) if 0 <= count < len(self.words) else len(self.words) + 1)
                if name == wanted:
                    found.append(numbers)
        return found

    def _numbers(self, count: int) -> list[float]:
        told = self.words[self.at : self.at + count]
        if len(told) < count:
            raise ScmgenError(f"{self.where}: {_SHORT}")
        self.at += count
        try:
            return [float(word) for word in told]
        except ValueError as error:
            raise ScmgenError(f"{self.where}: a number is needed: {error}") from None
