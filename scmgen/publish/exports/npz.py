"""Numpy archives, written without ever holding an array of them."""

from __future__ import annotations

import math
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from scmgen.publish.exports.columns import columns, variables
from scmgen.publish.exports.formats import layout
from scmgen.publish.exports.selection import Selection

Parts = list[tuple[np.dtype[Any], tuple[int, ...]]]


@layout("npz", "a directory with a compressed npz a split, for numpy.load", ending="-npz", mark="source.json")
def write(source: Selection, out: Path) -> None:
    """Write ``SPLIT.npz``: a sample's images and label keys as arrays, and what their columns are called."""
    out.mkdir()
    names, graph = variables(source.first()), source.data.manifest.graph
    fixed = {f"{name}_names": np.array(column_names) for name, column_names in names.items() if "_cf" not in name}
    if graph is not None:
        matrices = {"adjacency": graph.adjacency.directed, "confounded": graph.adjacency.bidirected}
        fixed |= {name: np.array(matrix, np.int8) for name, matrix in matrices.items()}
    for split in source.splits:
        with archive(out / f"{split}.npz") as append:
            append(fixed)
            for block in source.blocks(split):
                append({member: block.images(member) for member in source.data.members} | columns(block))
    source.describe(out)


@contextmanager
def archive(path: Path) -> Iterator[Callable[[Mapping[str, NDArray[Any]]], None]]:
    """A compressed npz to which arrays are appended along their first axis, as ``numpy.savez_compressed`` writes it.

    Until the end they lie raw in a folder beside it. Texts are as wide as the widest.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder, ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        parts: dict[str, Parts] = {}

        def append(arrays: Mapping[str, NDArray[Any]]) -> None:
            for name, array in arrays.items():
                if name not in files:
                    files[name] = stack.enter_context((Path(folder) / name).open("w+b"))
                files[name].write(np.ascontiguousarray(array).tobytes())
                parts.setdefault(name, []).append((array.dtype, array.shape))

        yield append
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
            for name, file in files.items():
                _pack(pack, name, file, parts[name])


def _pack(pack: zipfile.ZipFile, name: str, file: BinaryIO, parts: Parts) -> None:
    """Move an array into the zip, part by part."""
    dtype = np.result_type(*(dtype for dtype, _ in parts))
    shape = (sum(shape[0] for _, shape in parts), *parts[0][1][1:])
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    file.seek(0)
    with pack.open(f"{name}.npy", "w", force_zip64=True) as entry:
        np.lib.format.write_array_header_1_0(entry, header)
        for stored, part in parts:
            raw = np.frombuffer(file.read(math.prod(part) * stored.itemsize), stored)
            entry.write(raw.astype(dtype).tobytes())
