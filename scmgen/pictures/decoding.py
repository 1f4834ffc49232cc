"""Image files of other people, opened so that none can do harm.

What a file claims is looked at before it is decoded, so that a small file that would fill the memory is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO

from PIL import Image, UnidentifiedImageError

from scmgen.errors import ScmgenError
from scmgen.files import open_file

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
MOST_BYTES = 1_073_741_824
"""Bytes that a file of an image may have."""
_FORMATS = ["PNG", "JPEG", "WEBP", "BMP", "TIFF"]
_MOST_PIXELS = 100_000_000
_TOO_LARGE = f"images of more than {_MOST_PIXELS:,} pixels are not read"


@contextmanager
def opened(path: Path) -> Iterator[tuple[BufferedReader, Image.Image]]:
    """A file and the image in it, whose pixels are read when they are asked for.

    Raises:
        ScmgenError: if it cannot be read, is no image of a kind that is known, or claims too many pixels; also of what
            is raised while the image is in use.
    """
    with named(str(path)), open_file(path, MOST_BYTES) as file, quiet(), Image.open(file, formats=_FORMATS) as image:
        check(str(path), image)
        yield file, image


@contextmanager
def unpacked(where: str, file: IO[bytes]) -> Iterator[Image.Image]:
    """The same for the bytes of an image that lie in a larger file; ``where`` says which, for errors."""
    with named(where), quiet(), Image.open(file, formats=_FORMATS) as image:
        check(where, image)
        yield image


def check(where: str, image: Image.Image) -> None:
    """Raise unless the image that a file claims to hold is of a size that is read."""
    width, height = image.size
    if width * height > _MOST_PIXELS:
        raise ScmgenError(f"{where}: {width:,} x {height:,} pixels; {_TOO_LARGE}")


@contextmanager
def quiet() -> Iterator[None]:
    """Oddities of a file that Pillow mends are nobody's business; our own limit on pixels stands in for its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def named(where: str) -> Iterator[None]:
    """Say which file an error is about, and what is wrong with it in words."""
    try:
        yield
    except ScmgenError:
        raise
    except FileNotFoundError:
        raise ScmgenError(f"{where}: is gone") from None
    except Image.DecompressionBombError:
        raise ScmgenError(f"{where}: {_TOO_LARGE}") from None
    except UnidentifiedImageError:
        raise ScmgenError(f"{where}: is no PNG, JPEG, WebP, BMP or TIFF image") from None
    except Exception as error:  # each format has errors of its own for a damaged file
        problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ScmgenError(f"{where}: cannot be read: {problem}") from None
