"""Pictures: read of files, and written as those take them who are shown them."""

from __future__ import annotations

import base64
import io
import re
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from cdm.data import files
from cdm.errors import CdmError
from cdm.foundation.protocols import Picture

LARGE = 1024  # pixels of the longer side, beyond which a picture is made smaller for a model
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_FORMATS = ("PNG", "JPEG", "WEBP")
_MOST = 8192  # pixels a side of a picture that is read


def found(place: Path) -> list[Path]:
    """The picture files that a user means: a file, or those of a folder by name.

    Raises:
        CdmError: if there are none.
    """
    if not place.is_dir():
        return [place]
    there = sorted(path for path in place.iterdir() if path.suffix.lower() in SUFFIXES)
    if not there:
        raise CdmError(f"{place}: holds no pictures: files that end in {', '.join(SUFFIXES)}, or a data set's manifest")
    return there


def read(path: Path) -> Picture:
    """A picture file as bytes ``(H, W, 3)``, upright.

    Raises:
        CdmError: if it is none, or too large.
    """
    try:
        with files.open_file(path) as file, warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=_FORMATS) as image:
                if max(image.size) > _MOST:
                    found = f"{image.width} x {image.height}"
                    raise CdmError(f"{path}: a picture of {found} pixels; at most {_MOST:,} a side are read")
                return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except FileNotFoundError:
        raise CdmError(f"{path}: there is no such file or folder") from None
    except _UNREADABLE as error:
        raise CdmError(f"{path}: no readable picture ({', '.join(_FORMATS)}): {error}") from None


_UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def called(path: Path) -> str:
    """The name of a file as it can be written and printed, whatever bytes it is made of."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in path.name)


def slug(name: str) -> str:
    """A name that a file may have on any system, made of a picture's, without its suffix."""
    stem = name[: -len(Path(name).suffix)] if name.lower().endswith(SUFFIXES) else name
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:60] or "picture"


def png(image: Picture, most: int | None = None) -> bytes:
    """A picture as a PNG file; smaller, if a side has more than ``most`` pixels."""
    shown, file = Image.fromarray(image), io.BytesIO()
    if most:
        shown.thumbnail((most, most))
    shown.save(file, "PNG")
    return file.getvalue()


def data_url(image: Picture, most: int = LARGE) -> str:
    """A picture as a URL that holds it whole."""
    return f"data:image/png;base64,{base64.b64encode(png(image, most)).decode()}"
