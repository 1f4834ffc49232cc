"""Wavefront OBJ files: of their words those that make a surface. Files that they name are never opened."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError
from scmgen.pictures.meshes.mesh import POINTS, TRIANGLES, Raw, check_counts, fans

_ABSENT = -1


@dataclass
class _Read:
    """What the lines so far have told."""

    points: list[list[float]] = field(default_factory=list)
    texels: list[list[float]] = field(default_factory=list)
    normals: list[list[float]] = field(default_factory=list)
    corners: list[tuple[int, int, int]] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])


def read(data: bytes, where: str) -> Raw:
    """Points and triangles of a file.

    Raises:
        ScmgenError: if a line cannot be read, or there is more than is read.
    """
    told = _Read()
    text = data.decode("utf-8", "replace").replace("\\\n", " ").replace("\\\r\n", " ")
    for number, line in enumerate(text.splitlines(), 1):
        word, _, rest = line.strip().partition(" ")
        try:
            _line(told, word, rest.split())
        except (ValueError, IndexError):
            raise ScmgenError(f"{where}:{number}: {line.strip()!r:.80} cannot be read") from None
        if len(told.points) > POINTS or len(told.corners) - 2 * len(told.starts) + 2 > TRIANGLES:
            check_counts(len(told.points), len(told.corners) - 2 * len(told.starts) + 2, where)
    return _raw(told, where)


def _line(told: _Read, word: str, parts: list[str]) -> None:
    match word:
        case "v":
            told.points.append(_numbers(parts, 3))
        case "vn":
            told.normals.append(_numbers(parts, 3))
        case "vt":
            told.texels.append(_numbers([*parts, "0"], 2))
        case "f":
            if len(parts) < 3:
                raise ValueError
            told.corners += [_corner(told, part) for part in parts]
            told.starts.append(len(told.corners))


def _numbers(parts: list[str], count: int) -> list[float]:
    if len(parts) < count:
        raise ValueError
    return [float(part) for part in parts[:count]]


def _corner(told: _Read, part: str) -> tuple[int, int, int]:
    """Numbers, from 0, of a point, of a place in a texture and of a normal; -1 where there is none."""
    parts = [*part.split("/"), "", ""][:3]
    before = (told.points, told.texels, told.normals)
    found = [_number(text, len(known)) for text, known in zip(parts, before, strict=True)]
    if found[0] == _ABSENT:
        raise ValueError
    return found[0], found[1], found[2]


def _number(text: str, count: int) -> int:
    if not text:
        return _ABSENT
    number = int(text)
    found = count + number if number < 0 else number - 1
    if not 0 <= found < POINTS:
        raise ValueError
    return found


def _raw(told: _Read, where: str) -> Raw:
    corners = np.array(told.corners, np.int64).reshape(-1, 3)
    known = (len(told.points), len(told.texels), len(told.normals))
    for column, count in enumerate(known):
        wrong = corners[:, column].max(initial=_ABSENT)
        if wrong >= count:
            what = ("point", "place in a texture", "normal")[column]
            raise ScmgenError(f"{where}: a face has {what} {wrong + 1}; there are {count:,}")
        if (corners[:, column] == _ABSENT).any():
            corners[:, column] = _ABSENT  # some have none, so it is of no use
    kept, number = np.unique(corners, axis=0, return_inverse=True)
    point, texel, normal = kept.T
    return Raw(
        np.array(told.points, np.float64).reshape(-1, 3)[point],
        fans(number.reshape(-1), np.array(told.starts, np.int64)),
        _gathered(told.normals, normal, 3),
        _gathered(told.texels, texel, 2),
        point,
    )


def _gathered(known: list[list[float]], numbers: NDArray[np.int64], width: int) -> NDArray[np.float64] | None:
    """What the points have of something, if all have it."""
    if not len(numbers) or (numbers == _ABSENT).any():
        return None
    return np.array(known, np.float64).reshape(-1, width)[numbers]
