"""The archives of ENCO (Lippe et al. 2022, arXiv 2107.10483), which learns a graph from samples under interventions.

Its loader (``causal_graphs/graph_export.py`` of the authors' code) reads ``data_obs``, ``data_int`` and
``adj_matrix`` of an npz. Integers are categories to it, 32-bit floats continuous.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scmgen.dataset.sampling import Dataset
from scmgen.publish.exports.writing import sampled
from scmgen.publish.exports.writing.archive import archive
from scmgen.publish.exports.writing.columns import values
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Selection
from scmgen.scene.domain import Categorical


@layout(
    "enco",
    "an npz a split with samples under a do on each factor, as ENCO reads it (no images)",
    ending="-enco",
    mark="source.json",
    needs=("factors",),
    samples=True,
)
def write(source: Selection, out: Path) -> None:
    """Write ``SPLIT.npz``: ``data_obs (n, d)``, ``data_int (d, n, d)``, ``adj_matrix (d, d)`` and ``names (d,)``.

    ``data_obs`` are the factual samples, ``data_int[k]`` others under a do on factor k, whose noise is their own.
    """
    dataset = sampled.generator(source)
    out.mkdir()
    names, dtype = list(dataset.scene.factors), _dtype(dataset)
    for split in source.splits:
        with archive(out / f"{split}.npz", {"data_int": len(names)}) as append:
            append({"adj_matrix": sampled.adjacency(dataset, split), "names": np.array(names)})
            for block in source.blocks(split):
                append({"data_obs": values(block).astype(dtype)})
            for name in names:
                for drawn in sampled.regime(dataset, split, name, source.size(split)):
                    append({"data_int": drawn.astype(dtype)})
    source.describe(out)


def _dtype(dataset: Dataset) -> type[np.int32 | np.float32]:
    """Integers if all factors are categories; one that is not makes all numbers."""
    every = all(isinstance(factor.domain, Categorical) for factor in dataset.scene.factors.values())
    return np.int32 if every else np.float32
