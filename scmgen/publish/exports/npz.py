"""Numpy archives: one a split."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scmgen.publish.exports.writing.archive import archive
from scmgen.publish.exports.writing.columns import columns, variables
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Selection


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
