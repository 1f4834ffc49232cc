"""A bank: pictures or meshes, class after class."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scmgen.errors import ScmgenError
from scmgen.pictures.meshes.mesh import Mesh

Array: TypeAlias = NDArray[np.float64]
Pixels: TypeAlias = NDArray[np.uint8]
Kind = Literal["glyph", "picture", "mesh"]
"""How a bank is drawn."""
What: TypeAlias = Literal["pictures", "meshes"]
"""What a bank holds; the option that brings it is called so."""
ONE: dict[What, str] = {"pictures": "picture", "meshes": "mesh"}
"""What one of them is called."""
Item = TypeVar("Item", Pixels, Mesh)


@dataclass(frozen=True, eq=False)
class Bank(Generic[Item]):
    """Pictures or meshes, class after class.

    Attributes:
        name: what a scene calls it.
        items: meshes; or pictures, each ``(h, w)`` grey, ``(h, w, 3)`` RGB or ``(h, w, 4)`` with what a pixel covers.
        classes: their names, in order; of what has no classes there is one, whose name is empty.
        starts: ``(classes + 1,)``, where each class begins, and where the last one ends.
        what: which of the two it holds.
    """

    name: str
    items: Sequence[Item]
    classes: tuple[str, ...]
    starts: NDArray[np.int64]
    what: What = "pictures"

    @property
    def labelled(self) -> bool:
        """Whether its items have classes."""
        return self.classes != ("",)

    @functools.cached_property
    def sum(self) -> str:
        """Sha256 of all of it but its name."""
        told = hashlib.sha256(repr((self.classes, self.starts.tolist())).encode())
        for item in self.items:
            if isinstance(item, Mesh):
                told.update(item.sum)
            else:
                told.update(repr(item.shape).encode())
                told.update(np.ascontiguousarray(item).data)
        return told.hexdigest()

    def pick(self, level: ArrayLike, u: ArrayLike) -> Array:
        """The number of one of a class, as the noise u decides: each is as likely as any other of its class.

        Args:
            level: which class, counted from 0.
            u: from 0 to 1.

        Raises:
            ScmgenError: if there is no such class, or u is beyond its bounds.
        """
        level, u = np.broadcast_arrays(np.asarray(level, np.float64), np.asarray(u, np.float64))
        known = (level == np.rint(level)) & (level >= 0) & (level < len(self.classes))
        self._check(level, known, f"no class {{:g}}; its classes are numbered from 0 to {len(self.classes) - 1}")
        self._check(u, (u >= 0.0) & (u <= 1.0), "u is {:g}; a number from 0 to 1 is needed")
        row = level.astype(np.int64)
        first, count = self.starts[row], self.starts[row + 1] - self.starts[row]
        picked: Array = first + np.minimum(np.floor(u * count), count - 1.0)
        return picked

    def numbers(self, values: ArrayLike) -> NDArray[np.int64]:
        """Numbers of items, as whole numbers.

        Raises:
            ScmgenError: if one is no number of an item.
        """
        array = np.asarray(values, np.float64)
        known = (array == np.rint(array)) & (array >= 0) & (array < len(self.items))
        self._check(array, known, f"no {ONE[self.what]} {{:g}}; they are numbered from 0 to {len(self.items) - 1}")
        return array.astype(np.int64)

    def _check(self, values: Array, met: NDArray[np.bool_], problem: str) -> None:
        if not met.all():
            wrong = float(values[~met].flat[0])
            raise ScmgenError(f"{self.what} {self.name!r}: {problem.format(wrong)}")


def bank(
    name: str,
    items: Sequence[Item],
    labels: NDArray[np.int64],
    classes: tuple[str, ...],
    what: What = "pictures",
) -> Bank[Item]:
    """Pictures or meshes in any order, with the number of each one's class, as a bank.

    Raises:
        ScmgenError: if there are none, or a class has none.
    """
    if not len(items):
        raise ScmgenError(f"{what} {name!r}: there are none")
    counts = np.bincount(labels, minlength=len(classes))
    empty = np.flatnonzero(counts == 0)
    if empty.size:
        raise ScmgenError(f"{what} {name!r}: class {classes[empty[0]]} has no {ONE[what]}")
    order = np.argsort(labels, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Bank(name, [items[k] for k in order], classes, starts, what)
