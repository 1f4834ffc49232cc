"""Pairs in the forms that other loaders read, and those loaders; what is not installed is left out of a comparison."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from loaders import BATCH, KEYS, for_ever, loader, shuffled

Row = dict[str, Any]
PICTURES = ("image", "image_cf")
WRITERS: dict[str, tuple[str, Callable[[Path, Path], None]]] = {}
"""Form -> module that it needs, and a function that writes it from a data set."""


def writer(form: str, needs: str) -> Callable[[Callable[[Path, Path], None]], Callable[[Path, Path], None]]:
    """Register a form of files."""

    def keep(function: Callable[[Path, Path], None]) -> Callable[[Path, Path], None]:
        WRITERS[form] = needs, function
        return function

    return keep


def installed(module: str) -> bool:
    """Whether a module can be imported, all that it imports included."""
    if find_spec(module) is None:
        return False
    try:
        __import__(module)
    except ImportError:
        return False
    return True


def rows(out: Path) -> Iterator[Row]:
    """Each pair with its pixels."""
    import scmgen

    for batch in scmgen.load(out).iterate("train", batch_size=BATCH):
        yield from ({name: batch[name][i] for name in (*PICTURES, *KEYS)} for i in range(len(batch["image"])))


def _png(array: np.ndarray[Any, Any]) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


def _pixels(png: bytes) -> np.ndarray[Any, Any]:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)))


@writer("memory map", "numpy")
def _write_map(out: Path, scratch: Path) -> None:
    """As FFCV keeps what it has decoded: one file of rows of a fixed size."""
    made: list[Row] = list(rows(out))
    kinds = [(name, made[0][name].dtype, made[0][name].shape) for name in made[0]]
    table = np.lib.format.open_memmap(scratch / "map.npy", "w+", np.dtype(kinds), (len(made),))
    for name in made[0]:
        table[name] = np.stack([row[name] for row in made])
    table.flush()


@loader("memory map of raw rows", "in this process", "random", needs="numpy")
def _map(out: Path, scratch: Path) -> Iterator[Any]:
    table = np.load(scratch / "map.npy", mmap_mode="r")
    return ({name: batch[name] for name in table.dtype.names} for at in shuffled(len(table)) for batch in [table[at]])


@writer("litdata", "litdata")
def _write_litdata(out: Path, scratch: Path) -> None:
    from litdata.streaming.writer import BinaryWriter

    made = BinaryWriter(str(scratch / "litdata"), chunk_bytes="64MB")
    for number, row in enumerate(rows(out)):
        made.add_item(number, {**row, **{name: _png(row[name]) for name in PICTURES}})
    made.done()
    made.merge()


def _litdata(scratch: Path, workers: int) -> Iterator[Any]:
    import litdata

    data = litdata.StreamingDataset(str(scratch / "litdata"), shuffle=True, transform=_decoded)
    made = litdata.StreamingDataLoader(data, batch_size=BATCH, num_workers=workers)
    return for_ever(lambda epoch: iter(made))


def _decoded(row: Row) -> Row:
    return {**row, **{name: _pixels(row[name]) for name in PICTURES}}


@loader("litdata, PNG by Pillow, 0 workers", "in this process", "random", needs="litdata")
def _litdata_0(out: Path, scratch: Path) -> Iterator[Any]:
    return _litdata(scratch, 0)


@loader("litdata, PNG by Pillow, 2 workers", "two workers", "random", needs="litdata")
def _litdata_2(out: Path, scratch: Path) -> Iterator[Any]:
    return _litdata(scratch, 2)
