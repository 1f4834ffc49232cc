"""Loops over numbers that are compiled: ahead of time where a library of them came with the package, else by numba.

The library (`hatch_build.py` makes it of the same functions) has the sum of their sources in its name, so that one
which was made of others is not found. With it neither numba nor its cache is loaded, which takes most of a second.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib
import os
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

LOOPS = (
    "pictures.outline",
    "pictures.strokes",
    "render.coverage",
    "render.camera",
    "render.brought",
    "render.layers",
    "render.raster",
)
"""The modules whose loops are in the library, each after those that it calls."""

SOURCES = ("loops", "render.shapes", *LOOPS)
"""The modules that the library follows from."""

ENTRIES: dict[str, tuple[str, Callable[..., Any]]] = {}
"""What Python calls of the loops that numba compiles: signature and function by name."""

_HERE = Path(__file__).resolve().parent
_Body = Callable[..., Any]


def library() -> Path:
    """Where the library of these sources belongs."""
    digest = hashlib.sha256()
    for name in SOURCES:
        digest.update((_HERE / f"{name.replace('.', '/')}.py").read_bytes())
    return _HERE / "native" / f"loops-{digest.hexdigest()[:16]}-{sysconfig.get_platform()}.so"


def loaded(file: Path) -> ctypes.CDLL | None:
    """A library, if there is one that this machine can load."""
    try:
        return ctypes.CDLL(str(file))
    except OSError:
        return None


@functools.cache
def _library() -> ctypes.CDLL | None:
    """The library, or that of another place that SCMGEN_LOOPS names; none if it is ``numba``."""
    told = os.environ.get("SCMGEN_LOOPS")
    return None if told == "numba" else loaded(Path(told) if told else library())


def compiled(body: _Body) -> _Body:
    """Compile a loop that others call, or that is called from Python whose module is none of :data:`LOOPS`."""
    ahead = body.__module__.removeprefix("scmgen.") in LOOPS and _library() is not None
    return body if ahead else _jit(body)


def entry(signature: str) -> Callable[[_Body], _Body]:
    """Compile a loop that is called from Python and gives nothing back.

    Args:
        signature: of each parameter its kind, as numpy spells it, and of an array its number of axes: ``"i8, f4 2"``.
    """

    def made(body: _Body) -> _Body:
        ahead = _library()
        if ahead is not None:
            return called(ahead, body.__name__, signature)
        ENTRIES[body.__name__] = signature, (looped := _jit(body))
        return looped

    return made


def symbol(name: str) -> str:
    """What a loop is called in the library."""
    return f"scmgen_{name.strip('_')}"


def kinds(signature: str) -> list[tuple[str, int]]:
    """The kind of each parameter, and its number of axes, 0 of a number.

    >>> kinds("i8, f4 2")
    [('i8', 0), ('f4', 2)]
    """
    parts = [part.split() for part in signature.split(",")]
    return [(part[0], int(part[1]) if part[1:] else 0) for part in parts]


def _jit(body: _Body) -> _Body:
    """Compile with numba, with a cache on disk where one can be written."""
    import numba

    options: Any = {"nogil": True, "error_model": "numpy"}
    try:
        made: _Body = numba.njit(cache=True, **options)(body)
    except RuntimeError:  # no directory for the cache
        made = numba.njit(**options)(body)
    return made


def called(ahead: ctypes.CDLL, name: str, signature: str) -> _Body:
    """A loop of a library, for Python: numba's functions take of an array where it is, and its shape and steps."""
    function, parameters = ahead[symbol(name)], kinds(signature)
    function.restype = ctypes.c_int32

    def call(*given: Any) -> None:
        told: list[Any] = [ctypes.byref(ctypes.c_void_p()), ctypes.byref(ctypes.c_void_p())]  # result and error
        kept = []
        for value, (kind, axes) in zip(given, parameters, strict=True):
            if not axes:
                told.append(ctypes.c_int64(value) if kind == "i8" else ctypes.c_double(value))
                continue
            array = np.ascontiguousarray(value, kind)
            kept.append(array)
            shape = map(ctypes.c_int64, (array.size, array.itemsize))
            told += [None, None, *shape, ctypes.c_void_p(array.ctypes.data)]
            told += map(ctypes.c_int64, (*array.shape, *array.strides))
        if function(*told):
            raise RuntimeError("a compiled loop failed")

    return call


def _bytes_at() -> _Body:
    """A function for loops: the bytes from an address on, as an array."""
    numba: Any = importlib.import_module("numba")
    extending: Any = importlib.import_module("numba.extending")

    def typed(context: Any, address: Any) -> Any:
        def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return builder.inttoptr(given[0], context.get_value_type(signature.return_type))

        return numba.types.CPointer(numba.types.uint8)(address), made

    pointer, array = extending.intrinsic(typed), numba.carray

    def bytes_at(address: int, count: int) -> Any:
        return array(pointer(address), (count,))

    return _jit(bytes_at)


bytes_at: Any = None if _library() is not None else _bytes_at()
