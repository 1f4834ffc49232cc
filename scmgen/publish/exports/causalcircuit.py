"""The archives of CausalCircuit (Brehmer et al. 2022, arXiv 2203.16437): pairs before and after a do.

Their loader (``experiments/causalcircuit_reduce_dim.py`` of the authors' code) joins ``train-0.npz`` to
``train-9.npz`` and reads ``val.npz`` and ``test.npz``. Images stand in them as encoded files, which
Pillow opens; here as PNG, without loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.interventions.kinds import meaning
from scmgen.dataset.members import IMAGE, TWIN
from scmgen.errors import ScmgenError
from scmgen.publish.exports.columns import Arrays
from scmgen.publish.exports.formats import layout
from scmgen.publish.exports.npz import archive
from scmgen.publish.exports.selection import Block, Selection
from scmgen.scene.domain import Valued

_PARTS = 10  # of the training split
_NAMES = {"validation": "val"}
_NOISELESS = 0.5


@layout(
    "causalcircuit",
    "npz files of encoded pairs, as the loader of CausalCircuit (weakly supervised CRL) reads them",
    ending="-causalcircuit",
    mark="source.json",
    needs=("factors_cf", "do_kind", "do_mask", "do_scale", "do_value", "noise"),
)
def write(source: Selection, out: Path) -> None:
    """Write the factual image and the first counterfactual of each sample.

    ``imgs (n, 2)`` bytes, ``original_latents`` and ``epsilon (n, 2, d)``, ``intervention_labels (n,)``: 0 for
    none, else 1 + the target's number, ``intervention_masks (n, d)``.
    """
    out.mkdir()
    for split in source.splits:
        for name, first, last in _files(split, source.size(split)):
            with archive(out / f"{name}.npz") as append:
                for block in source.blocks(split, first, last):
                    append(_arrays(block, source.data.manifest.factors))
    source.describe(out)


def _files(split: str, samples: int) -> Iterator[tuple[str, int, int]]:
    """The files of a split, and which of its samples each holds."""
    if split != "train":
        yield _NAMES.get(split, split), 0, samples
        return
    if samples < _PARTS:
        raise ScmgenError(f"--to causalcircuit: train is split over {_PARTS} files, and has {samples} samples")
    for part in range(_PARTS):
        yield f"train-{part}", samples * part // _PARTS, samples * (part + 1) // _PARTS


def _arrays(block: Block, factors: Mapping[str, Valued]) -> Arrays:
    mask = np.array([label["do_mask"] for label in block.labels], bool)
    latents = np.array([[list(label[f"factors{world}"].values()) for world in ("", "_cf")] for label in block.labels])
    return {
        "imgs": np.array(list(zip(block.encoded(IMAGE.name), block.encoded(TWIN.name), strict=True))),
        "original_latents": latents,
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
    low, high = np.array([factor.domain.bounds for factor in factors.values()]).T
    before = np.array([[label["noise"].get(name, _NOISELESS) for name in factors] for label in block.labels])
    place = (np.array([label["do_value"] for label in block.labels]) - low) / (high - low)
    mask = np.array([label["do_mask"] for label in block.labels], bool)
    severs = np.array([meaning(label["do_kind"]).severs for label in block.labels])
    severed = mask & severs[:, None] & (np.array([label["do_scale"] for label in block.labels]) == 0)
    return np.stack([before, np.where(severed, place, before)], axis=1)
