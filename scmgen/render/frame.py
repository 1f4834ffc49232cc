"""The frame of an image: how many pixels it has, and whether they are grey.

The unit square of a drawing is the largest square in the middle of the frame. A frame that is wider, or taller, shows
more of the world at its sides: discs stay round, and whatever a square image shows is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scmgen.errors import ScmgenError

Pixels: TypeAlias = NDArray[np.uint8]
Size: TypeAlias = int | tuple[int, int]
"""Pixels a side of a square, or width and height."""

SMALLEST, LARGEST = 16, 1024  # pixels a side
_NUMBER = re.compile(r" *-?\d{1,9} *", re.ASCII)
_LUMA = (19595, 38470, 7471)  # of red, green and blue (ITU-R BT.601), in parts of 2 ** 16


@dataclass(frozen=True)
class Frame:
    """Width and height in pixels; of a clip also how many images follow one another.

    >>> Frame(96, 64).shape, Frame(96, 64, grey=True).shape, str(Frame(96, 64)), Frame(64, 64).size
    ((64, 96, 3), (64, 96), '96 x 64', 64)
    >>> Frame(96, 64, frames=16).shape, Frame(96, 64, frames=16).strip.shape
    ((16, 64, 96, 3), (1024, 96, 3))
    """

    width: int
    height: int
    grey: bool = False
    frames: int | None = None

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"

    @property
    def size(self) -> Size:
        """As a recipe says it: one number if it is a square."""
        return self.width if self.width == self.height else (self.width, self.height)

    @property
    def px(self) -> str:
        """How large it is, in a word or two: ``64 px``, ``96 x 64 px``."""
        clip = "" if self.frames is None else f", {self.frames} frames"
        return f"{self.width if self.width == self.height else self} px{clip}"

    @property
    def unit(self) -> int:
        """Pixels a side of the unit square."""
        return min(self.width, self.height)

    @property
    def still(self) -> Frame:
        """One image of a clip."""
        return replace(self, frames=None)

    @property
    def strip(self) -> Frame:
        """The file of a clip: its images one below the other; of a still image the image."""
        return Frame(self.width, self.height * (self.frames or 1), self.grey)

    @property
    def plane(self) -> tuple[int, ...]:
        """The shape of a mask, ``(height, width)``, or ``(frames, height, width)``."""
        return (self.height, self.width) if self.frames is None else (self.frames, self.height, self.width)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an image, or clip: ``(height, width, 3)``, or that of a mask if it is grey."""
        return self.plane if self.grey else (*self.plane, 3)

    @property
    def pixels(self) -> int:
        """How many pixels there are."""
        return self.width * self.height * (self.frames or 1)

    def scaled(self, unit: int) -> Frame:
        """A frame of these proportions, whose unit square has so many pixels a side."""
        width, height = (round(side * unit / self.unit) for side in (self.width, self.height))
        return replace(self, width=width, height=height)

    def coded(self, images: Pixels) -> Pixels:
        """Images ``(n, height, width, 3)`` as they are kept: grey ones are the brightness, without the last axis."""
        if not self.grey:
            return images
        grey = np.full(images.shape[:-1], 1 << 15, np.uint32)
        for channel, weight in enumerate(_LUMA):
            grey += images[..., channel] * np.uint32(weight)
        return (grey >> 16).astype(np.uint8)


def differing(one: Pixels, other: Pixels) -> NDArray[np.bool_]:
    """Where two images, in colour or grey, are not equal: ``(n, height, width)``."""
    unequal: NDArray[np.bool_] = one != other
    return np.asarray(unequal.any(axis=-1)) if unequal.ndim > 3 else unequal


def framed(size: Size | Frame, grey: bool = False) -> Frame:
    """The frame of a size.

    Raises:
        ScmgenError: if a side is no number of pixels that can be drawn.
    """
    if isinstance(size, Frame):
        return size
    try:
        return told(sized(size), grey)
    except ValueError as error:
        raise ScmgenError(f"size: {error}") from None


def told(size: Size, grey: bool = False, frames: int | None = None) -> Frame:
    """The frame of a size that is known to be one."""
    width, height = (size, size) if isinstance(size, int) else size
    return Frame(width, height, grey, frames)


def sized(value: Any) -> Size:
    """Read a size: a number, ``[width, height]``, or text such as ``64`` and ``96x64``.

    Raises:
        ValueError: if it is none, or has a side that cannot be drawn.

    >>> sized("96x64"), sized([64, 64])
    ((96, 64), 64)
    """
    parts = value.split("x") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    read = [side for side in parts if type(side) is int or (isinstance(side, str) and _NUMBER.fullmatch(side))]
    if len(parts) not in (1, 2) or len(read) < len(parts):
        raise ValueError(f"a whole number of pixels, or width and height such as 96x64, is needed, found {value!r:.60}")
    sides = [int(side) for side in read]
    for side in sides:
        if not SMALLEST <= side <= LARGEST:
            raise ValueError(f"{SMALLEST} to {LARGEST} pixels a side are possible, found {side}")
    width, height = sides[0], sides[-1]
    return width if width == height else (width, height)
