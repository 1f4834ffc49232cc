"""The folders of DCDI (Brouillard et al. 2020, arXiv 2007.01754): samples, their regimes, and the graph.

Its loader (``dcdi/data.py`` of the authors' code) reads number i of a folder: ``DAGi.npy``, ``datai.npy`` where
nothing is intervened on, or ``data_intervi.npy`` with a line a row in ``interventioni.csv`` (the targets) and in
``regimei.csv`` (0: none).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from scmgen.dataset.sampling import Dataset
from scmgen.publish.exports.writing import sampled
from scmgen.publish.exports.writing.archive import rows
from scmgen.publish.exports.writing.columns import values
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Selection


@layout(
    "dcdi",
    "a folder a split with samples by regime as npy and csv, as DCDI reads them (no images)",
    ending="-dcdi",
    mark="source.json",
    needs=("factors",),
    samples=True,
)
def write(source: Selection, out: Path) -> None:
    """Write ``SPLIT/DAG1.npy (d, d)``, ``data1.npy (n, d)``, ``data_interv1.npy ((1 + d) n, d)`` and the regimes.

    Regime 0 are the factual samples, regime k others under a do on factor k, counted from 1, with noise of their own.
    """
    dataset = sampled.generator(source)
    out.mkdir()
    for split in source.splits:
        (out / split).mkdir()
        np.save(out / split / "DAG1.npy", sampled.adjacency(dataset, split).astype(np.float64))
        _write_samples(source, dataset, split, out / split)
        _write_regimes(len(dataset.scene.factors), source.size(split), out / split)
    source.describe(out)


def _write_samples(source: Selection, dataset: Dataset, split: str, folder: Path) -> None:
    names, size = list(dataset.scene.factors), source.size(split)
    plain, mixed = (size, len(names)), ((1 + len(names)) * size, len(names))
    with (
        rows(folder / "data1.npy", plain, np.float64) as observed,
        rows(folder / "data_interv1.npy", mixed, np.float64) as all_of_them,
    ):
        for block in source.blocks(split):
            observed(values(block))
            all_of_them(values(block))
        for name in names:
            for drawn in sampled.regime(dataset, split, name, size):
                all_of_them(drawn)


def _write_regimes(factors: int, size: int, folder: Path) -> None:
    with (
        (folder / "intervention1.csv").open("w", encoding="ascii") as targets,
        (folder / "regime1.csv").open("w", encoding="ascii") as regimes,
    ):
        for regime in range(1 + factors):
            target = str(regime - 1) if regime else ""
            for _ in range(size):
                targets.write(f"{target}\n")
                regimes.write(f"{regime}\n")
