"""The archives of Temporal Causal3DIdent (Lippe et al. 2022, arXiv 2202.03169): one long sequence of images a split.

The loader (``Causal3DDataset`` in ``experiments/datasets.py`` of the authors' code) is chosen if the folder's path
holds ``causal3d``. It reads ``imgs``, ``interventions`` over twelve variables, ten ``raw_latents`` and two
``shape_latents``; what the sequence is, and the files that its trainer is evaluated on, are those of ``--to citris``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.sampling import Dataset
from scmgen.publish.exports.causal3dident import variables
from scmgen.publish.exports.writing import naming, pieces, sampled
from scmgen.publish.exports.writing.archive import archive
from scmgen.publish.exports.writing.columns import Arrays
from scmgen.publish.exports.writing.selection import Selection
from scmgen.scm.vocabulary import Array
from scmgen.storage.entries import FactorEntry

_WORDS = {"validation": "val"}
_TRAINING = "train"


def write(source: Selection, out: Path) -> None:
    """Write for N images ``imgs (N, height, width, 3)``, ``raw_latents (N, 10)``, ``interventions (N - 1, 12)``, ...

    Beside each split that is no training split as many independent images and triplets as it has samples.
    """
    names = naming.files("causal3dident", source.splits, _WORDS)
    dataset, factors = sampled.generator(source), source.data.manifest.factors
    for split, name in names.items():
        with archive(out / f"{name}.npz") as append:
            for block in source.blocks(split):
                piece = pieces.of(source, block, source.data.manifest.recipe.bases(split))
                targets = _targets(factors, piece.targets)
                told = _latents(source, piece.values) | {"imgs": piece.images}
                append({**told, "interventions": targets[block.start == 0 :]})  # nothing leads to the first image
        if split != _TRAINING:
            _write_evaluation(source, dataset, split, out / name)


def _write_evaluation(source: Selection, dataset: Dataset, split: str, path: Path) -> None:
    factors = source.data.manifest.factors
    with archive(path.with_name(f"{path.name}_indep.npz")) as append:
        for images, values in sampled.independent(dataset, split, source.slices(split)):
            told = _latents(source, values) | {"imgs": pieces.coloured(images)}
            append({**told, "interventions": _targets(factors, np.ones_like(values))})
    with archive(path.with_name(f"{path.name}_triplets.npz")) as append:
        for start, stop in source.slices(split):
            *worlds, mask = sampled.recombined(dataset, split, start, stop)
            told = _latents(source, np.stack([values for _, values in worlds], axis=1))
            images = np.stack([pieces.coloured(images) for images, _ in worlds], axis=1)
            append({**told, "imgs": images, "interventions": _targets(factors, mask)})


def _latents(source: Selection, values: Array) -> Arrays:
    """What the loader joins: positions, angles and hues, and shape and material."""
    factors, flat = source.data.manifest.factors, values.reshape(-1, values.shape[-1])
    told = (variables.plain if source.units else variables.stretched)(factors, flat)
    return {
        "raw_latents": told.reshape(*values.shape[:-1], -1).astype(np.float32),
        "shape_latents": variables.shapes(factors, flat).reshape(*values.shape[:-1], -1).astype(np.float32),
    }


def _targets(factors: Mapping[str, FactorEntry], marks: NDArray[Any]) -> NDArray[np.float32]:
    """Targets among the twelve variables ``(n, 12)``, of targets among the factors ``(n, d)``."""
    names = [*variables.LATENTS.values(), *variables.SHAPES.values()]
    return variables.gathered(factors, marks, names).astype(np.float32)
