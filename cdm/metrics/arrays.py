"""What every metric asks of its arrays: numbers, of shapes that agree."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cdm.errors import CdmError

Reals: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


def reals(values: ArrayLike, axes: int, what: str) -> Reals:
    """An array of finite numbers of so many axes.

    Raises:
        CdmError: if it is none.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != axes:
        raise CdmError(f"{what}: an array of {axes} axes is needed, found one of shape {array.shape}")
    if not np.isfinite(array).all():
        raise CdmError(f"{what}: {int((~np.isfinite(array)).sum())} of {array.size} numbers are not finite")
    return array


def images(values: ArrayLike, what: str) -> Reals:
    """Images ``(n, height, width, channels)``; grey ones get a last axis of one."""
    array = np.asarray(values)
    return reals(array[..., None] if array.ndim == 3 else array, 4, what)


def alike(**arrays: Reals) -> None:
    """Raise unless all arrays have one shape."""
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        raise CdmError(f"arrays of one shape are needed, found {', '.join(f'{n} {s}' for n, s in shapes.items())}")


def rows(**arrays: NDArray[np.generic]) -> int:
    """How many rows all of these have.

    Raises:
        CdmError: if they differ, or there is none.
    """
    counts = {name: len(array) for name, array in arrays.items()}
    if len(set(counts.values())) > 1 or not min(counts.values()):
        raise CdmError(f"as many rows are needed, found {', '.join(f'{n} {c}' for n, c in counts.items())}")
    return min(counts.values())
