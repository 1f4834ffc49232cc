"""The archives of CITRIS (Lippe et al. 2022, arXiv 2202.03169): one long sequence of images a split.

Its loaders (``experiments/datasets.py`` of the authors' code) read ``images``, ``latents``, ``targets`` and
``keys`` of ``train.npz`` and cut windows of consecutive images out of the sequence. Each sample is a piece
of it: the factual image and its counterfactuals, or of a clip its frames under all that was done. From one piece
to the next everything is drawn anew, so every factor is a target of that transition. Its trainer is evaluated on
``val_indep.npz``, ``val_triplets.npz`` and those of the test split, without which it does not start.

BISCUIT (Lippe et al. 2023, arXiv 2306.09643) reads the same of clips, and ``actions``: what is known of a transition
where its targets are not. Here it is which factors are set, a column a factor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.dataset.sampling import Dataset
from scmgen.publish.exports.writing import naming, pieces, sampled
from scmgen.publish.exports.writing.archive import archive
from scmgen.publish.exports.writing.columns import Arrays
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.sampled import Pictured
from scmgen.publish.exports.writing.selection import Block, Selection
from scmgen.scene.domain import Categorical, Circular
from scmgen.scm.vocabulary import Array
from scmgen.storage.entries import FactorEntry

_WORDS = {"validation": "val"}
_TRAINING = "train"


@layout(
    "citris",
    "npz files with the pairs as an image sequence, as the loaders of CITRIS read them",
    ending="-citris",
    mark="source.json",
    needs=("factors_cf", "do_mask"),
    samples=True,
    clips=True,
)
def write(source: Selection, out: Path) -> None:
    """Write for N images ``images (N, height, width, 3)``, ``latents (N, d)``, ``targets (N - 1, d)``, ``keys (d,)``.

    Beside each split that is no training split as many independent images and triplets as it has samples.
    """
    _sequences("citris", source, out)


@layout(
    "biscuit",
    "npz files with the clips as one image sequence and its actions, as the loader of BISCUIT reads them",
    ending="-biscuit",
    mark="source.json",
    needs=("factors_cf", "do_mask"),
    samples=True,
    clips=True,
    moves=True,
)
def write_actions(source: Selection, out: Path) -> None:
    """Write what CITRIS reads, with ``actions (N, d)``: 1 where a factor is set in an image, 0 elsewhere."""
    _sequences("biscuit", source, out, actions=True)


def _sequences(form: str, source: Selection, out: Path, actions: bool = False) -> None:
    """Write the archives of a layout; ``actions`` adds to each sequence which factors are set in its images."""
    names = naming.files(form, source.splits, _WORDS)
    dataset, spec = sampled.generator(source), source.data.manifest.recipe
    out.mkdir()
    for split, name in names.items():
        with archive(out / f"{name}.npz") as append:
            append({"keys": np.array(list(source.data.factors))})
            for block in source.blocks(split):
                arrays = _arrays(source, block, spec.bases(split))
                targets = arrays["targets"]
                more = {"actions": targets} if actions else {}
                append({**arrays, **more, "targets": targets[block.start == 0 :]})  # nothing leads to the first image
        if split != _TRAINING:
            _write_evaluation(source, dataset, split, out / name, actions)
    (out / "settings.json").write_bytes(orjson.dumps(_settings(source, dataset), option=orjson.OPT_INDENT_2))
    source.describe(out)


def _write_evaluation(source: Selection, dataset: Dataset, split: str, path: Path, actions: bool) -> None:
    """Write ``images (n, height, width, 3)`` of independent factors, and ``(n, 3, ...)`` of recombined ones."""
    keys = {"keys": np.array(list(source.data.factors))}
    with archive(path.with_name(f"{path.name}_indep.npz")) as append:
        append(keys)
        for images, values in sampled.independent(dataset, split, source.slices(split)):
            latents = _latents(source, values)
            every = np.ones_like(latents)
            more = {"actions": every} if actions else {}
            append({"images": pieces.coloured(images), "latents": latents, "targets": every, **more})
    with archive(path.with_name(f"{path.name}_triplets.npz")) as append:
        append(keys)
        for start, stop in source.slices(split):
            *worlds, mask = sampled.recombined(dataset, split, start, stop)
            append({**_stacked(source, worlds), "targets": mask.astype(np.float32)})


def _stacked(source: Selection, worlds: Sequence[Pictured]) -> Arrays:
    return {
        "images": np.stack([pieces.coloured(images) for images, _ in worlds], axis=1),
        "latents": np.stack([_latents(source, values) for _, values in worlds], axis=1),
    }


def _arrays(source: Selection, block: Block, bases: Sequence[str]) -> Arrays:
    """What stands in the images of a block, and the targets of the transition to each."""
    images, values, targets = pieces.of(source, block, bases)
    return {"images": images, "latents": _latents(source, values), "targets": targets}


def _latents(source: Selection, values: Array) -> NDArray[np.float32]:
    """The factors as the loader is told that they are: a phase in rad, all others in their units."""
    found = values.astype(np.float64)
    for number, factor in enumerate(source.data.manifest.factors.values()):
        if isinstance(factor.domain, Circular) and factor.unit != "rad":
            found[:, number] = (found[:, number] - factor.domain.low) * math.tau / factor.domain.span
    return found.astype(np.float32)


def _settings(source: Selection, dataset: Dataset) -> dict[str, Any]:
    """What its Voronoi loader wants beside the archives, and each factor in the words of its ``VAR_INFO``."""
    factors, split = source.data.manifest.factors, source.splits[0]
    return {
        "graph_idx": 0,
        "causal_graph": sampled.adjacency(dataset, split, lag=0).tolist(),
        **(
            {"temporal_causal_graph": sampled.adjacency(dataset, split, lag=1).tolist()} if dataset.scene.frames else {}
        ),
        "var_info": {name.replace("_", "-"): _kind(factor) for name, factor in factors.items()},
    }


def _kind(factor: FactorEntry) -> str:
    match factor.domain:
        case Categorical(levels):
            return f"categ_{len(levels)}"
        case Circular():
            return "angle"
        case domain:
            return f"continuous_{max(map(abs, domain.bounds)):g}"
