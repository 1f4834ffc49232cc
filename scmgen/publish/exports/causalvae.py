"""The folders of CausalVAE (Yang et al. 2021, arXiv 2004.08697), whose loader reads labels from file names.

Its ``dataload_withlabel(root, "train")`` lists ``root/train``, takes what stands between the first ``_``
and ``.png``, and reads an integer between two ``_`` each: a label. So a label is rounded to a step of its
factor, and only images may lie in the folder. Its network takes four channels, as matplotlib saved them.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scmgen.dataset.content import Described
from scmgen.dataset.members import IMAGE
from scmgen.publish.exports.formats import layout
from scmgen.publish.exports.selection import Block, Selection
from scmgen.scene.domain import Categorical, Domain

_PUBLISHED = {  # steps a unit in the published names, of the factors that they hold
    "pendulum_angle": 200 / math.pi,
    "light_angle": 200 / math.pi,
    "shadow_length": 1.0,
    "shadow_position": 1.0,
}
_STEPS = 100  # at least, over the range of any other factor


@layout(
    "causalvae",
    "folders of RGBA images whose names hold rounded labels, as CausalVAE's loader parses them",
    ending="-causalvae",
    mark="source.json",
    needs=("factors",),
)
def write(source: Selection, out: Path) -> None:
    """Write ``SPLIT/a000000042_-12_104_4_9.png``, ``labels.csv`` with the exact labels, and ``scale.csv``."""
    out.mkdir()
    factors = source.data.manifest.factors
    steps = np.array([_steps(name, factor.domain) for name, factor in factors.items()])
    _write_scale(out, factors, steps)
    with (out / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(["split", "file", "key", *factors])
        for split in source.splits:
            (out / split).mkdir()
            for block in source.blocks(split):
                _write_block(out / split, block, steps, file)
    source.describe(out)


def _steps(name: str, domain: Domain) -> float:
    """Integers of a file name for one unit of the factor: a power of ten, 1 for levels, or as published."""
    if isinstance(domain, Categorical):
        return 1.0
    width = domain.span or 1.0  # an imported column may hold one value only
    return _PUBLISHED.get(name) or 10.0 ** max(0, math.ceil(math.log10(_STEPS / width)))


def _write_scale(out: Path, factors: Mapping[str, Described], steps: NDArray[np.float64]) -> None:
    """Say how to read the integers, and what the trainer's ``scale`` is in them: the middle and half the width."""
    with (out / "scale.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["factor", "unit", "steps", "middle", "half_width"])
        for (name, factor), step in zip(factors.items(), steps.tolist(), strict=True):
            low, high = (bound * step for bound in factor.domain.bounds)
            writer.writerow([name, factor.unit, step, (low + high) / 2, (high - low) / 2])


def _write_block(folder: Path, block: Block, steps: NDArray[np.float64], table: TextIO) -> None:
    values = np.array([list(label["factors"].values()) for label in block.labels])
    for number, image in enumerate(block.images(IMAGE.name)):
        whole = np.rint(values[number] * steps).astype(int)
        name = f"a{block.start + number:09d}_{'_'.join(map(str, whole))}.png"
        Image.fromarray(image).convert("RGBA").save(folder / name, compress_level=1)
        csv.writer(table).writerow([folder.name, name, block.keys[number], *values[number].tolist()])
