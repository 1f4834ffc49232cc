"""One HDF5 file: a group a split, labels as columns, images in compressed chunks."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from scmgen.publish.exports.columns import columns, variables
from scmgen.publish.exports.formats import layout
from scmgen.publish.exports.quiet import quiet
from scmgen.publish.exports.selection import Selection, chunk

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
        file.attrs.update({name: manifest[name] for name in _SAID if manifest[name] is not None})
        file["manifest"] = orjson.dumps(dict(manifest)).decode()
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
            _describe(group, manifest["factors"], names)


def _create(group: Any, name: str, array: Any, samples: int) -> None:
    shape, dtype = (samples, *array.shape[1:]), array.dtype
    if dtype.kind == "U":
        dtype = importlib.import_module("h5py").string_dtype()
    how: dict[str, Any] = {}
    if array.dtype == np.uint8:
        chunks = (min(samples, chunk(array[0].nbytes)), *array.shape[1:])
        how = {"chunks": chunks, "compression": "gzip", "compression_opts": 1}
    group.create_dataset(name, shape, dtype, **how)


def _graph(file: Any, manifest: Mapping[str, Any]) -> None:
    if manifest["graph"] is None:
        return
    matrices = manifest["graph"]["adjacency"]
    for name, kind in (("adjacency", "directed"), ("confounded", "bidirected")):
        file[name] = np.array(matrices[kind], np.int8)
        file[name].attrs["names"] = matrices["names"]
        file[name].dims[0].label, file[name].dims[1].label = "cause", "effect"


def _describe(group: Any, factors: Mapping[str, Any], names: Mapping[str, list[str]]) -> None:
    """Say what the columns of each array are; those over factors also in which units."""
    told = {f"{what}s": [factor[what] or "" for factor in factors.values()] for what in ("unit", "long_name", "type")}
    told["levels"] = [" ".join(factor["levels"]) for factor in factors.values()]
    ranges = np.array([factor["range"] for factor in factors.values()], np.float64)
    for name, array in group.items():
        if name in names:
            array.attrs["names"] = names[name]
        if name.startswith(("factors", "do_")) and array.ndim == 2:
            array.attrs.update({"names": list(factors), **told, "ranges": ranges})
