"""Image files of other people, as the square pixels of a data set."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from scmgen.errors import ScmgenError
from scmgen.pictures.decoding import opened
from scmgen.storage.entries import LARGEST
from scmgen.storage.imported import Fit

_DEEP = ("I", "F")  # modes, and beginnings of modes, of more than 8 bits


Picture: TypeAlias = Path | NDArray[np.uint8]
"""An image file, or the ``(h, w)`` grey or ``(h, w, 3)`` RGB pixels that a larger file holds."""


def survey(path: Path) -> tuple[str, tuple[int, int]]:
    """The sum of a file, and the width and height of the image in it.

    Raises:
        ScmgenError: if it cannot be read, is no image of a kind that is known, or claims too many pixels.
    """
    with opened(path) as (file, image):
        extent = image.size
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return digest, extent


def check_size(root: Path, file: str, extent: tuple[int, int], other: str, first: tuple[int, int]) -> None:
    """See that an image can stay as it is: a square, not too large, and of the size of the first.

    Raises:
        ScmgenError: if it cannot.
    """
    hint = "--size N crops each image to its middle square and resizes it to N x N (--fit pad or stretch: all of it)"
    if extent != first:
        sizes = " x ".join(map(str, first)), " x ".join(map(str, extent))
        raise ScmgenError(f"{root}: images differ in size: {other} is {sizes[0]}, {file} is {sizes[1]}; {hint}")
    if extent[0] != extent[1]:
        raise ScmgenError(f"{root / file}: {extent[0]} x {extent[1]} is no square; {hint}")
    if extent[0] > LARGEST:
        raise ScmgenError(f"{root / file}: {extent[0]} pixels a side, more than {LARGEST}; {hint}")


def read(picture: Picture, size: int, white: int | None, fit: Fit = "crop") -> NDArray[np.uint8]:
    """An image as ``(size, size, 3)`` RGB: upright, on white, resized if it is not of that size.

    Args:
        picture: the file; of several frames the first is taken. Or its pixels.
        size: pixels a side.
        white: the value of white where a pixel has more than 8 bits; None for 65535 if it has 16.
        fit: how an image that is no square becomes one.

    Raises:
        ScmgenError: if it cannot be decoded, or what is white in it is not known.
    """
    if not isinstance(picture, Path):
        return np.asarray(_square(Image.fromarray(picture).convert("RGB"), size, fit))
    with opened(picture) as (_, image):
        if image.mode in _DEEP and white is None:
            depth = f"its pixels have 32 bits (mode {image.mode})"
            told = "say which value is white with --white, or save it with 8 or 16 bits"
            raise ScmgenError(f"{picture}: {depth}: {told}")
        image.load()
        upright = _colour(ImageOps.exif_transpose(image), white or 65_535)
        return np.asarray(_square(upright, size, fit))


def _colour(image: Image.Image, white: int) -> Image.Image:
    """RGB; what is transparent lies on white."""
    if image.mode.startswith(_DEEP):
        levels = np.asarray(image).astype(np.float64) / white
        return Image.fromarray(np.rint(np.clip(levels, 0, 1) * 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image.convert("RGBA"))
        return paper.convert("RGB")
    return image.convert("RGB")


def _square(image: Image.Image, size: int, fit: Fit) -> Image.Image:
    if image.size == (size, size):
        return image
    if fit == "pad":
        return _padded(image, size)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side) if fit == "crop" else None
    return image.resize((size, size), Image.Resampling.LANCZOS, box)


def _padded(image: Image.Image, size: int) -> Image.Image:
    """The whole image in the middle of a black square."""
    width, height = (max(1, round(size * side / max(image.size))) for side in image.size)
    paper = Image.new("RGB", (size, size))
    paper.paste(image.resize((width, height), Image.Resampling.LANCZOS), ((size - width) // 2, (size - height) // 2))
    return paper
