"""The archives of CITRIS (Lippe et al. 2022, arXiv 2202.03169): one long sequence of images a split.

Its loaders (``experiments/datasets.py`` of the authors' code) read ``images``, ``latents``, ``targets`` and
``keys`` of ``train.npz`` and cut windows of consecutive images out of the sequence. Each sample is a piece
of it: the factual image and its counterfactuals. From one piece to the next everything is drawn anew, so
every factor is a target of that transition.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.dataset.members import Member
from scmgen.publish.exports.columns import Arrays
from scmgen.publish.exports.formats import layout
from scmgen.publish.exports.npz import archive
from scmgen.publish.exports.selection import Block, Selection
from scmgen.scene.domain import Categorical, Circular
from scmgen.storage.entries import FactorEntry

_NAMES = {"validation": "val"}


@layout(
    "citris",
    "npz files with the pairs as an image sequence, as the loaders of CITRIS read them",
    ending="-citris",
    mark="source.json",
    needs=("factors_cf", "do_mask"),
)
def write(source: Selection, out: Path) -> None:
    """Write for N images ``images (N, size, size, 3)``, ``latents (N, d)``, ``targets (N - 1, d)``, ``keys (d,)``."""
    out.mkdir()
    spec = source.data.manifest.recipe
    for split in source.splits:
        with archive(out / f"{_NAMES.get(split, split)}.npz") as append:
            append({"keys": np.array(list(source.data.factors))})
            for block in source.blocks(split):
                append(_arrays(source, block, spec.bases(split)))
    (out / "settings.json").write_bytes(orjson.dumps(_settings(source), option=orjson.OPT_INDENT_2))
    source.describe(out)


def _arrays(source: Selection, block: Block, bases: Sequence[str]) -> Arrays:
    worlds = source.data.worlds
    images = np.stack([block.images(Member(world, "image").name) for world in worlds], axis=1)
    names = ["factors", *(f"factors_{world}" for world in worlds[1:])]
    latents = np.array([[list(label[name].values()) for name in names] for label in block.labels], np.float32)
    targets = _targets(block, bases)
    return {
        "images": images.reshape(-1, *images.shape[2:]),
        "latents": latents.reshape(-1, latents.shape[-1]),
        "targets": targets[1:] if block.start == 0 else targets,  # nothing leads to the first image
    }


def _targets(block: Block, bases: Sequence[str]) -> NDArray[np.float32]:
    """The targets of the transition to each image; a step from the factual world also ends the do before it."""
    marks = np.array([[1] * len(label["do_mask"]) for label in block.labels])
    stack = [marks]
    for number, base in enumerate(bases, start=1):
        now = np.array([label[f"do_mask{number if number > 1 else ''}"] for label in block.labels])
        before = stack[-1] if number > 1 and base == "factual" else np.zeros_like(now)
        stack.append(now | before)
    return np.stack(stack, axis=1).reshape(-1, marks.shape[1]).astype(np.float32)


def _settings(source: Selection) -> dict[str, Any]:
    """What its Voronoi loader wants beside the archives, and each factor in the words of its ``VAR_INFO``."""
    manifest = source.data.manifest
    return {
        "graph_idx": 0,
        "causal_graph": manifest["graph"]["adjacency"]["directed"],
        "var_info": {name.replace("_", "-"): _kind(factor) for name, factor in manifest.factors.items()},
    }


def _kind(factor: FactorEntry) -> str:
    match factor.domain:
        case Categorical(levels):
            return f"categ_{len(levels)}"
        case Circular() if factor.unit == "rad":
            return "angle"
        case domain:
            return f"continuous_{max(map(abs, domain.bounds)):g}"
