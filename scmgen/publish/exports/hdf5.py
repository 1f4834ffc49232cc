"""One HDF5 file: a group a split, labels as columns, images in compressed chunks."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from scmgen.publish.exports.writing.columns import columns, variables
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.quiet import quiet
from scmgen.publish.exports.writing.selection import Selection, chunk
from scmgen.storage.entries import FactorEntry
from scmgen.storage.manifest import Manifest

_SAID = ("name", "version", "description", "license", "citation", "origin", "spec_hash", "digest")


@layout("hdf5", "one file: a group a split, images in gzip chunks of 64", ending=".h5")
def write(source: Selection, out: Path) -> None:
    """Write ``/SPLIT/image``, ``/SPLIT/factors``, ...: what ``scmgen.stream`` calls them, and ``/SPLIT/key``.

    The file's attributes name the data set; ``/manifest`` is its whole manifest as JSON, ``/adjacency`` and
    ``/confounded`` the graph over the factors, ``(cause, effect)``.
    """
    h5py: Any = importlib.import_module("h5py")
    manifest, names = source.data.manifest, variables(source.first())
    with quiet(out) as raw, h5py.File(raw, "w") as file:
        said = {name: getattr(manifest, name) for name in _SAID}
        file.attrs.update({name: value for name, value in said.items() if value is not None})
        file["manifest"] = orjson.dumps(manifest.data()).decode()
        _graph(file, manifest)
        for split in source.splits:
            group, samples = file.create_group(split), source.size(split)
            for block in source.blocks(split):
                arrays = columns(block) | {member: block.images(member) for member in source.data.members}
                for name, array in arrays.items():
                    if name not in group:
                        _create(group, name, array, samples)
                    group[name][block.start : block.stop] = array.astype(object) if array.dtype.kind == "U" else array
                raw.check()
            _describe(group, manifest.factors, names)


def _create(group: Any, name: str, array: Any, samples: int) -> None:
    shape, dtype = (samples, *array.shape[1:]), array.dtype
    if dtype.kind == "U":
        dtype = importlib.import_module("h5py").string_dtype()
    how: dict[str, Any] = {}
    if array.dtype == np.uint8:
        chunks = (min(samples, chunk(array[0].nbytes)), *array.shape[1:])
        how = {"chunks": chunks, "compression": "gzip", "compression_opts": 1}
    group.create_dataset(name, shape, dtype, **how)


def _graph(file: Any, manifest: Manifest) -> None:
    if manifest.graph is None:
        return
    matrices = manifest.graph.adjacency
    for name, matrix in (("adjacency", matrices.directed), ("confounded", matrices.bidirected)):
        file[name] = np.array(matrix, np.int8)
        file[name].attrs["names"] = list(matrices.names)
        file[name].dims[0].label, file[name].dims[1].label = "cause", "effect"


def _describe(group: Any, factors: Mapping[str, FactorEntry], names: Mapping[str, list[str]]) -> None:
    """Say what the columns of each array are; those over factors also in which units."""
    entries = factors.values()
    said = {
        "units": [factor.unit for factor in entries],
        "long_names": [factor.long_name for factor in entries],
        "types": [factor.domain.kind for factor in entries],
        "levels": [" ".join(factor.domain.levels) for factor in entries],
    }
    ranges = np.array([factor.domain.bounds for factor in entries], np.float64)
    for name, array in group.items():
        if name in names:
            array.attrs["names"] = names[name]
        if name.startswith(("factors", "do_")) and array.ndim == 2:
            array.attrs.update({"names": list(factors), **said, "ranges": ranges})
