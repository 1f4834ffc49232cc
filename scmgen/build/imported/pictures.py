"""Image files of other people, as pixels.

What a file claims is looked at before it is decoded, so that a small file that would fill the memory is refused.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from scmgen.errors import ScmgenError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
_FORMATS = ["PNG", "JPEG", "WEBP", "BMP", "TIFF"]
_MOST_PIXELS = 100_000_000
_TOO_LARGE = f"images of more than {_MOST_PIXELS:,} pixels are not read"
_DEEP = ("I", "F")  # modes, and beginnings of modes, of more than 8 bits


def survey(path: Path) -> tuple[str, tuple[int, int]]:
    """The sum of a file, and the width and height of the image in it.

    Raises:
        ScmgenError: if it cannot be read, is no image of a kind that is known, or claims too many pixels.
    """
    with _named(path), path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        with _quiet(), Image.open(file, formats=_FORMATS) as image:
            width, height = image.size
    if width * height > _MOST_PIXELS:
        raise ScmgenError(f"{path}: {width:,} x {height:,} pixels; {_TOO_LARGE}")
    return digest, (width, height)


def read(path: Path, size: int, white: int | None) -> NDArray[np.uint8]:
    """An image as ``(size, size, 3)`` RGB: upright, on white, its middle square resized if it is not of that size.

    Args:
        path: the file; of several frames the first is taken.
        size: pixels a side.
        white: the value of white where a pixel has more than 8 bits; None for 65535 if it has 16.

    Raises:
        ScmgenError: if it cannot be decoded, or what is white in it is not known.
    """
    with _named(path), _quiet(), Image.open(path, formats=_FORMATS) as image:
        if image.mode in _DEEP and white is None:
            depth = f"its pixels have 32 bits (mode {image.mode})"
            raise ScmgenError(f"{path}: {depth}: say which value is white with --white, or save it with 8 or 16 bits")
        image.load()
        upright = _colour(ImageOps.exif_transpose(image), white or 65_535)
        return np.asarray(_square(upright, size))


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


def _square(image: Image.Image, size: int) -> Image.Image:
    if image.size == (size, size):
        return image
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.resize((size, size), Image.Resampling.LANCZOS, (left, top, left + side, top + side))


@contextmanager
def _quiet() -> Iterator[None]:
    """Oddities of a file that Pillow mends are nobody's business; our own limit on pixels stands in for its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Say which file an error is about, and what is wrong with it in words."""
    try:
        yield
    except ScmgenError:
        raise
    except FileNotFoundError:
        raise ScmgenError(f"{path}: is gone") from None
    except Image.DecompressionBombError:
        raise ScmgenError(f"{path}: {_TOO_LARGE}") from None
    except UnidentifiedImageError:
        raise ScmgenError(f"{path}: is no PNG, JPEG, WebP, BMP or TIFF image") from None
    except Exception as error:  # each format has errors of its own for a damaged file
        problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ScmgenError(f"{path}: cannot be read: {problem}") from None
