"""Numpy files, written without ever holding an array of them."""

from __future__ import annotations

import math
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from scmgen.errors import ScmgenError

_PLAIN: Mapping[str, int] = MappingProxyType({})
_NAME = re.compile(r"\w{1,200}", re.ASCII)

Parts = list[tuple[np.dtype[Any], tuple[int, ...]]]


@contextmanager
def archive(path: Path, fold: Mapping[str, int] = _PLAIN) -> Iterator[Callable[[Mapping[str, NDArray[Any]]], None]]:
    """A compressed npz to which arrays are appended along their first axis, as ``numpy.savez_compressed`` writes it.

    Until the end they lie raw in a folder beside it. Texts are as wide as the widest. An array that ``fold`` names is
    one of so many parts in the end, which were appended one after the other: ``(parts, n, ...)``.

    Raises:
        ScmgenError: if the name of an array could not be one of a file.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder, ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        parts: dict[str, Parts] = {}

        def append(arrays: Mapping[str, NDArray[Any]]) -> None:
            for name, array in arrays.items():
                if name not in files:
                    files[name] = stack.enter_context((Path(folder) / _checked(name)).open("w+b"))
                files[name].write(np.ascontiguousarray(array).tobytes())
                parts.setdefault(name, []).append((array.dtype, array.shape))

        yield append
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
            for name, file in files.items():
                _pack(pack, name, file, parts[name], fold.get(name, 0))


@contextmanager
def rows(path: Path, shape: tuple[int, ...], dtype: DTypeLike) -> Iterator[Callable[[NDArray[Any]], None]]:
    """A plain ``.npy`` of a shape that is known before, to which rows are appended."""
    plain = np.dtype(dtype)
    header = {"descr": np.lib.format.dtype_to_descr(plain), "fortran_order": False, "shape": shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)

        def append(array: NDArray[Any]) -> None:
            file.write(np.ascontiguousarray(array, plain).tobytes())

        yield append


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ScmgenError(f"a label has the key {name!r:.80}; keys are letters, digits and _")
    return name


def _pack(pack: zipfile.ZipFile, name: str, file: BinaryIO, parts: Parts, fold: int) -> None:
    """Move an array into the zip, part by part."""
    dtype = np.result_type(*(dtype for dtype, _ in parts))
    length = sum(shape[0] for _, shape in parts)
    shape = ((fold, length // fold) if fold else (length,)) + parts[0][1][1:]
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    file.seek(0)
    with pack.open(f"{name}.npy", "w", force_zip64=True) as entry:
        np.lib.format.write_array_header_1_0(entry, header)
        for stored, part in parts:
            raw = np.frombuffer(file.read(math.prod(part) * stored.itemsize), stored)
            entry.write(raw.astype(dtype).tobytes())
