"""How far away what an image shows is, and which way it faces, as the bytes of a PNG, and back.

A depth has 24 bits, in the channels red (the highest), green and blue: ten-thousandths of a length, so that 1,677 of
them can be told; 0 is where nothing is. A normal has a byte an axis, 128 + 127 times its component along x, y and z of
the stage; it is 0, 0, 0 where nothing is.
"""

from __future__ import annotations

from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scmgen.errors import ScmgenError
from scmgen.render.frame import Frame, Pixels
from scmgen.render.renderer import Renderer, World

STEPS = 10_000  # a length
FARTHEST = 2**24 - 1  # steps
_MIDDLE, _WIDE = 128, 127

Array = NDArray[np.float32]
Drawn = TypeVar("Drawn", Pixels, Array)
"""Whatever is told of each pixel."""


@runtime_checkable
class Deep(Protocol):
    """A renderer that knows where what it draws is, and not only what it looks like."""

    def depth(self, world: World, frame: Frame) -> Array:
        """Lengths ``(n, height, width)`` from the camera's plane to what is in the middle of each pixel; 0: nothing."""

    def normals(self, world: World, frame: Frame) -> Array:
        """Directions ``(n, height, width, 3)`` of length 1 in which that faces, towards the camera; 0: nothing."""


def known(renderer: Renderer, name: str) -> Deep:
    """The renderer of a scene of this name, if it is one that knows depth and normals.

    Raises:
        ScmgenError: if it is none.
    """
    if not isinstance(renderer, Deep):
        raise ScmgenError(f"{name}: flat marks have neither depth nor normals; a scene with a 'stage' has")
    return renderer


def packed_depth(depth: Array) -> Pixels:
    """Lengths ``(...)`` as bytes ``(..., 3)``; what is farther than can be told is as far as can be."""
    steps = np.clip(np.rint(depth.astype(np.float64) * STEPS), 1, FARTHEST).astype(np.uint32)
    steps[depth <= 0] = 0
    return np.stack([steps >> 16, steps >> 8, steps], axis=-1).astype(np.uint8)


def depth(pixels: ArrayLike) -> Array:
    """Lengths ``(...)`` of the bytes ``(..., 3)`` of members such as ``depth`` and ``depth_cf``; 0 is nothing.

    >>> depth([[[0, 0, 0], [1, 134, 160]]])
    array([[ 0., 10.]], dtype=float32)
    """
    red, green, blue = np.moveaxis(np.asarray(pixels).astype(np.uint32), -1, 0)
    return np.asarray(((red << 16) + (green << 8) + blue) / STEPS, np.float32)


def packed_normals(normals: Array) -> Pixels:
    """Directions ``(..., 3)`` as bytes."""
    known = (normals != 0).any(axis=-1, keepdims=True)
    return np.where(known, np.rint(normals * _WIDE) + _MIDDLE, 0).astype(np.uint8)


def normals(pixels: ArrayLike) -> Array:
    """Directions ``(..., 3)`` of length 1 of the bytes of members such as ``normals`` and ``normals_cf``; 0 is nothing.

    >>> normals([[0, 0, 0], [128, 128, 255], [128, 1, 128]])
    array([[ 0.,  0.,  0.],
           [ 0.,  0.,  1.],
           [ 0., -1.,  0.]], dtype=float32)
    """
    told = np.asarray(pixels, np.float64)
    known = told.any(axis=-1, keepdims=True)
    found = np.where(known, (told - _MIDDLE) / _WIDE, 0.0)
    return np.asarray(found / np.where(known, np.linalg.norm(found, axis=-1, keepdims=True), 1.0), np.float32)
