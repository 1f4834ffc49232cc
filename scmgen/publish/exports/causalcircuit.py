"""The archives of CausalCircuit (Brehmer et al. 2022, arXiv 2203.16437): pairs before and after a do.

Their loader (``experiments/causalcircuit_reduce_dim.py`` of the authors' code) joins ``train-0.npz`` to
``train-9.npz`` and reads ``val.npz`` and ``test.npz``. Images stand in them as encoded files, which
Pillow opens; here as PNG, without loss. Labels lie in [0, 1], as the original's do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.interventions.kinds import meaning
from scmgen.dataset.members import IMAGE, TWIN
from scmgen.errors import ScmgenError
from scmgen.publish.exports.writing import naming
from scmgen.publish.exports.writing.archive import archive
from scmgen.publish.exports.writing.columns import Arrays
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Block, Selection
from scmgen.scene.domain import Valued
from scmgen.scm.vocabulary import Array

_PARTS = 10  # of the training split
_WORDS = {"validation": "val"}
_NOISELESS = 0.5


@layout(
    "causalcircuit",
    "npz files of encoded pairs, as the loader of CausalCircuit (weakly supervised CRL) reads them",
    ending="-causalcircuit",
    mark="source.json",
    needs=("factors_cf", "do_kind", "do_mask", "do_scale", "do_value", "noise"),
    scales=True,
)
def write(source: Selection, out: Path) -> None:
    """Write the factual image and the first counterfactual of each sample.

    ``imgs (n, 2)`` bytes, ``original_latents`` and ``epsilon (n, 2, d)``, ``intervention_labels (n,)``: 0 for
    none, else 1 + the target's number, ``intervention_masks (n, d)``. The latents are the places of the factors in
    their ranges, or the factors in their units.
    """
    names = naming.files("causalcircuit", source.splits, _WORDS)
    out.mkdir()
    for split, word in names.items():
        for name, first, last in _files(word, source.size(split)):
            with archive(out / f"{name}.npz") as append:
                for block in source.blocks(split, first, last):
                    append(_arrays(block, source.data.manifest.factors, source.units))
    source.describe(out)


def _files(word: str, samples: int) -> Iterator[tuple[str, int, int]]:
    """The files of a split, and which of its samples each holds."""
    if word != "train":
        yield word, 0, samples
        return
    if samples < _PARTS:
        raise ScmgenError(f"--to causalcircuit: train is split over {_PARTS} files, and has {samples} samples")
    for part in range(_PARTS):
        yield f"train-{part}", samples * part // _PARTS, samples * (part + 1) // _PARTS


def _arrays(block: Block, factors: Mapping[str, Valued], units: bool) -> Arrays:
    mask = np.array([label["do_mask"] for label in block.labels], bool)
    latents = np.array([[list(label[f"factors{world}"].values()) for world in ("", "_cf")] for label in block.labels])
    low, high = _bounds(factors)
    return {
        "imgs": np.array(list(zip(block.encoded(IMAGE.name), block.encoded(TWIN.name), strict=True))),
        "original_latents": latents if units else (latents - low) / (high - low),
        "epsilon": _noise(block, factors),
        "intervention_labels": _targets(block, mask),
        "intervention_masks": mask,
    }


def _targets(block: Block, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    count = mask.sum(axis=1)
    if count.max() > 1:
        row = int(count.argmax())
        raise ScmgenError(
            f"--to causalcircuit: {block.keys[row]} has {count[row]} targets at once, and the layout names one a pair"
        )
    return np.where(count == 1, mask.argmax(axis=1) + 1, 0)


def _noise(block: Block, factors: Mapping[str, Valued]) -> NDArray[np.float64]:
    """The uniform of each factor before and after; a do that severs draws a new one: its value's place in the range."""
    low, high = _bounds(factors)
    before = np.array([[label["noise"].get(name, _NOISELESS) for name in factors] for label in block.labels])
    place = (np.array([label["do_value"] for label in block.labels]) - low) / (high - low)
    mask = np.array([label["do_mask"] for label in block.labels], bool)
    severs = np.array([meaning(label["do_kind"]).severs for label in block.labels])
    severed = mask & severs[:, None] & (np.array([label["do_scale"] for label in block.labels]) == 0)
    return np.stack([before, np.where(severed, place, before)], axis=1)


def _bounds(factors: Mapping[str, Valued]) -> tuple[Array, Array]:
    """The ends of the ranges, ``(d,)`` each."""
    low, high = np.array([factor.domain.bounds for factor in factors.values()], np.float64).T
    return low, np.where(high > low, high, low + 1)  # a manifest of one's own may name an empty range
