"""Training data without a disk: a split as a sequence of batches, each computed when it is asked for.

Batch k is a pure function of (spec, split, k). So restarting is a slice, ranks share the work by a
slice with a step, and a torch ``DataLoader`` takes the sequence as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

import numpy as np
import orjson
from numpy.typing import NDArray

from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.dataset.labels import columns, steps, withheld
from scmgen.dataset.members import images, pictures
from scmgen.dataset.sampling import Dataset, compiled
from scmgen.dataset.spec import Channels
from scmgen.errors import ScmgenError, suggestion
from scmgen.render.frame import Size

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Batches(Sequence[Arrays]):
    """A split in batches: ``batches[k]`` computes one, ``batches[k:]`` restarts, ``batches[r::n]`` is rank r of n.

    A batch of b samples is a dict of ``index (b,)``, ``image`` and ``image_cf (b, height, width, 3)``
    uint8, ``factors`` and ``factors_cf (b, d)`` in their units, ``noise (b, u)``, and ``do_mask``,
    ``do_value``, ``do_scale`` and ``do_shift (b, d)``, as docs/reference/format.md has them; the ``_cf`` and
    ``do_`` entries exist for data sets with interventions (step 2 of a chain adds ``image_cf2``,
    ``do_mask2``, ...), ``domain (b,)`` for those with environments. Columns follow the order of the scene.

    With torch: ``DataLoader(batches, batch_size=None, num_workers=2)``.
    """

    spec_json: bytes = field(repr=False)
    split: str
    samples: int
    batch_size: int
    numbers: range

    @property
    def dataset(self) -> Dataset:
        """The compiled data set: its scene has the factors, the graph and the renderer."""
        return compiled(self.spec_json)

    def __len__(self) -> int:
        """How many batches there are."""
        return len(self.numbers)

    @overload
    def __getitem__(self, key: int) -> Arrays: ...

    @overload
    def __getitem__(self, key: slice) -> Batches: ...

    def __getitem__(self, key: int | slice) -> Arrays | Batches:
        """Compute batch ``key``, or select batches without computing them."""
        if isinstance(key, slice):
            return replace(self, numbers=self.numbers[key])
        start = self.numbers[key] * self.batch_size
        return _compute(self.dataset, self.split, start, min(self.samples, start + self.batch_size))


def stream(
    name: str,
    *,
    split: str = "train",
    batch_size: int = 64,
    n: int | None = None,
    seed: int | None = None,
    size: Size | None = None,
    channels: Channels | None = None,
    frames: int | None = None,
    intervene: str | None = None,
) -> Batches:
    """Generate a split of a data set on the fly.

    The samples are those that ``scmgen build`` would write: sample i of a split is the same in both.

    Args:
        name: a catalogue name, a scene's name, or a path to a YAML file.
        split: which split.
        batch_size: samples a batch; the last one may be smaller.
        n: samples of all splits together; the recipe's if None.
        seed: seed of all noise; the recipe's if None.
        size: pixels a side, or width and height; the recipe's if None.
        channels: ``rgb`` or ``grey``; the recipe's if None.
        frames: of each clip, if the scene moves; the recipe's, or the scene's if None.
        intervene: interventions as the command line takes them, such as ``"hard"`` for pairs or
            ``"none"`` for factual images only; the recipe's if None.

    Raises:
        ScmgenError: if there is no such data set or split, or a value is out of bounds.
    """
    if batch_size < 1:
        raise ScmgenError(f"batch_size: at least 1 is needed, found {batch_size}")
    steps = None if intervene is None else parse(intervene)
    source = catalogue.find(name, frames=frames)
    spec = catalogue.spec(source, n=n, seed=seed, size=size, channels=channels, interventions=steps)
    sizes = spec.sizes()
    if split not in sizes:
        raise ScmgenError(f"{spec.name}: no split {split!r}; {suggestion(split, sizes)}")
    count = -(-sizes[split] // batch_size)
    return Batches(orjson.dumps(spec.data()), split, sizes[split], batch_size, range(count))


def _compute(dataset: Dataset, split: str, start: int, stop: int) -> Arrays:
    batch = dataset.evaluate(split, start, stop)
    arrays: Arrays = {"index": np.arange(start, stop)}
    arrays |= dict(zip(pictures(dataset.spec), images(dataset, batch, slice(None)), strict=True))
    if dataset.spec.environments:
        arrays["domain"] = batch.domain
    arrays["factors"] = columns(batch.values, dataset.scene.factors)
    arrays["noise"] = columns(batch.noise, batch.noise)
    for ending, twin in zip(steps(dataset.spec), batch.twins, strict=True):
        table, after = twin.table, columns(twin.values, dataset.scene.factors)
        value = np.where(table.mask == 1, after, arrays["factors"])
        marks = {"mask": table.mask, "value": value, "scale": table.scale, "shift": table.shift}
        arrays[f"factors_cf{ending}"] = after
        arrays |= {f"do_{name}{ending}": array for name, array in marks.items()}
    apart = withheld(dataset.spec)
    return {name: array for name, array in arrays.items() if name not in apart}
