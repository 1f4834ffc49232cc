"""PNG files to pixels, those that :mod:`scmgen.storage.png` wrote five times as fast as a general reader.

A file of one IDAT chunk whose rows all have the same filter is inflated as it stands, and the filter of a
whole batch is undone at once; every other PNG goes through Pillow. Checksums inside a fast file
are not looked at: whoever reads a shard has compared its sha256.
"""

from __future__ import annotations

import functools
import io
import math
import struct
from collections.abc import Sequence

import deflate
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from scmgen.errors import ScmgenError
from scmgen.storage import png

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_IDAT = slice(37, 41)  # where the name of the chunk after the header stands
_DATA = slice(41, -16)  # what is between that name, and its sum and the chunk IEND
_NONE, _SUB, _UP = 0, 1, 2


def decode(files: Sequence[bytes], names: Sequence[str], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The pixels ``(n, *shape)`` of some files; ``shape`` is ``(height, width, 3)``, or ``(height, width)`` if grey.

    Raises:
        ScmgenError: if a file is no PNG, or of another size; it says which by its name.
    """
    images = _fast(files, names, shape)
    if images is None:
        images = np.empty((len(files), *shape), np.uint8)
        for into, file, name in zip(images, files, names, strict=True):
            into[:] = _any(file, name, shape)
    return images


def _fast(files: Sequence[bytes], names: Sequence[str], shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """Inflate and unfilter all at once, or give None if one of them was written otherwise."""
    start, height, row = _opening(shape), shape[0], 1 + math.prod(shape[1:])
    if not all(file.startswith(start) and file[_IDAT] == b"IDAT" and _single(file) for file in files):
        return None
    try:
        raw = [deflate.zlib_decompress(file[_DATA], height * row) for file in files]
    except deflate.DeflateError:
        return None
    for one, name in zip(raw, names, strict=True):
        if len(one) != height * row:  # Pillow would leave the rest black
            raise ScmgenError(f"{name}: damaged PNG: it holds {len(one):,} bytes of {height * row:,}")
    rows = np.frombuffer(b"".join(raw), np.uint8).reshape(len(files), height, row)
    return _unfiltered(rows, shape)


@functools.lru_cache
def _opening(shape: tuple[int, ...]) -> bytes:
    """What every file of our own of that shape begins with: signature and header."""
    return png.encode(np.zeros((1, *shape), np.uint8))[0][: _IDAT.start - 4]


def _single(file: bytes) -> bool:
    """Whether the IDAT chunk is the only one before IEND."""
    return int.from_bytes(file[33:37]) == len(file) - 57


def _unfiltered(rows: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """Rows ``(n, height, 1 + width * channels)`` with one filter, as pixels."""
    filters, flat = rows[..., 0], rows[..., 1:].reshape(len(rows), *shape)
    how = int(filters.flat[0]) if filters.size else _NONE
    if how > _UP or (filters != how).any():
        return None
    return flat.copy() if how == _NONE else np.cumsum(flat, axis=1 if how == _UP else 2, dtype=np.uint8)


def _any(file: bytes, name: str, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Whatever Pillow makes of a file."""
    mode = "RGB" if len(shape) == 3 else "L"
    _check_size(file, name, shape)
    try:
        with Image.open(io.BytesIO(file), formats=["PNG"]) as image:
            decoded = np.asarray(image if image.mode == mode else image.convert(mode))
    except (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError) as error:
        problem = "no PNG" if isinstance(error, UnidentifiedImageError) else f"damaged PNG: {error}"
        raise ScmgenError(f"{name}: {problem}") from None
    return decoded.reshape(shape)


def _check_size(file: bytes, name: str, shape: tuple[int, ...]) -> None:
    """Look at the header before anything is decoded: an image of another size costs no memory."""
    if not file.startswith(_SIGNATURE) or file[12:16] != b"IHDR" or len(file) < 33:
        raise ScmgenError(f"{name}: no PNG")
    width, height = struct.unpack(">II", file[16:24])
    if (height, width) != shape[:2]:
        raise ScmgenError(f"{name}: {height} x {width} pixels, not {shape[0]} x {shape[1]} as the manifest says")
