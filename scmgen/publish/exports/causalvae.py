"""The folders of CausalVAE (Yang et al. 2021, arXiv 2004.08697), whose loader reads labels from file names.

Its ``dataload_withlabel(root, "train")`` lists ``root/train``, takes what stands between the first ``_``
and ``.png``, and reads an integer between two ``_`` each: a label. So a label is rounded to a step of its
factor, and only images may lie in the folder. Its network takes four channels, as matplotlib saved them.

Its two scenes, ``pendulum-classic`` and ``flow`` here, have the order and the steps of the published names, which
the ``scale`` of its networks expects. Every other scene is rounded by the ranges of its factors.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scmgen.dataset.content import Described
from scmgen.dataset.members import IMAGE
from scmgen.errors import ScmgenError
from scmgen.publish.exports.writing.formats import layout
from scmgen.publish.exports.writing.selection import Block, Selection
from scmgen.scene.domain import Categorical, Continuous, Domain
from scmgen.scm.vocabulary import Array
from scmgen.storage.manifest import Manifest

_STEPS = 100  # at least, over the range of a factor of any other scene
_LARGEST = 2.0**53  # of a label: whole numbers beyond are no longer exact


@dataclass(frozen=True)
class _Label:
    """A label of a published scene: integers a unit, and the factor that it must be to have them."""

    steps: float
    unit: str
    low: float
    high: float

    def fits(self, factor: Described) -> bool:
        """Whether the factor is the published one."""
        return isinstance(factor.domain, Continuous) and (factor.unit, *factor.domain.bounds) == (
            self.unit,
            self.low,
            self.high,
        )


_PUBLISHED: Mapping[str, Mapping[str, _Label]] = {  # scene -> its factors in the order of the published names
    "pendulum-classic": {
        "pendulum_angle": _Label(200 / math.pi, "rad", -0.6284, 0.6755),
        "light_angle": _Label(200 / math.pi, "rad", 0.9424, 2.3092),
        "shadow_length": _Label(1, "world", 3, 12.6),
        "shadow_position": _Label(1, "world", 2.0, 19.6),
    },
    "flow": {
        "ball_radius": _Label(30, "world", 0.4, 1.1),
        "water_height": _Label(1, "world", 1.5, 4.2),
        "flow": _Label(10, "world", 1.7, 6.2),
        "hole_height": _Label(3, "world", 2, 4.6),
    },
}


@layout(
    "causalvae",
    "folders of RGBA images whose names hold rounded labels, as CausalVAE's loader parses them",
    ending="-causalvae",
    mark="source.json",
    needs=("factors",),
)
def write(source: Selection, out: Path) -> None:
    """Write ``SPLIT/a000000042_-12_104_4_9.png``, ``labels.csv`` with the exact labels, and ``scale.csv``."""
    factors = source.data.manifest.factors
    steps = _steps(source.data.manifest)
    out.mkdir()
    _write_scale(out, {name: factors[name] for name in steps}, steps)
    with (out / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(["split", "file", "key", *steps])
        for split in source.splits:
            (out / split).mkdir()
            for block in source.blocks(split):
                _write_block(out / split, block, steps, file)
    source.describe(out)


def _steps(manifest: Manifest) -> dict[str, float]:
    """Integers of a file name for one unit of each factor, in the order of the names."""
    published = _PUBLISHED.get(_scene(manifest), {})
    factors = manifest.factors
    if published.keys() == factors.keys() and all(label.fits(factors[name]) for name, label in published.items()):
        return {name: label.steps for name, label in published.items()}
    return {name: _by_range(factor.domain) for name, factor in factors.items()}


def _scene(manifest: Manifest) -> str:
    """The name of the scene; of an imported set none."""
    return str(manifest["spec"]["scene"].get("name", "")) if manifest.spec else ""


def _by_range(domain: Domain) -> float:
    """A power of ten that gives a range at least 100 integers; 1 for levels."""
    if isinstance(domain, Categorical):
        return 1.0
    width = domain.span or 1.0  # an imported column may hold one value only
    return 10.0 ** max(0, math.ceil(math.log10(_STEPS / width)))


def _write_scale(out: Path, factors: Mapping[str, Described], steps: Mapping[str, float]) -> None:
    """Say how to read the integers, and what the trainer's ``scale`` is in them: the middle and half the width."""
    with (out / "scale.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["factor", "unit", "steps", "middle", "half_width"])
        for name, factor in factors.items():
            step = steps[name]
            low, high = (bound * step for bound in factor.domain.bounds)
            writer.writerow([name, factor.unit, step, (low + high) / 2, (high - low) / 2])


def _write_block(folder: Path, block: Block, steps: Mapping[str, float], table: TextIO) -> None:
    values = np.array([[label["factors"][name] for name in steps] for label in block.labels], np.float64)
    whole = _rounded(block, values, steps)
    for number, image in enumerate(block.images(IMAGE.name)):
        name = f"a{block.start + number:09d}_{'_'.join(map(str, whole[number]))}.png"
        Image.fromarray(image).convert("RGBA").save(folder / name, compress_level=1)
        csv.writer(table).writerow([folder.name, name, block.keys[number], *values[number].tolist()])


def _rounded(block: Block, values: Array, steps: Mapping[str, float]) -> NDArray[np.int64]:
    scaled = np.rint(values * list(steps.values()))
    far = np.argwhere(~(np.abs(scaled) <= _LARGEST))
    if far.size:
        row, column = far[0].tolist()
        value = f"{block.keys[row]} has {values[row, column]:g} as {list(steps)[column]}"
        raise ScmgenError(f"--to causalvae: {value}, which is no integer that a file name could hold exactly")
    return scaled.astype(np.int64)
