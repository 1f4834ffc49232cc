"""Supervision levels: what each may read of a data set, and what it can promise of the answers.

At ``targets`` the values of the dos are not told, at ``unknown`` not even which factor was hit. What a level may not
read is taken away here, before anything else sees the data.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch.nn.functional import adaptive_avg_pool2d

from cdm.config import VALUELESS
from cdm.data.pairs import Arrays, Pairs
from cdm.networks.compass import Compass, coarse
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Continuous
from cdm.training.supervision import sorting

NEEDED = {
    "labels": ("factors",),
    "interventions": ("image_cf", "do_mask", "do_value"),
    "targets": ("image_cf", "do_mask"),
    "unknown": ("image_cf",),
}
_AT_ONCE, _SORTED = 500, 8


def view(pairs: Pairs, supervision: str, seed: int) -> Pairs:
    """A data set with nothing in it that a level may not read; at ``unknown`` with targets that are guessed.

    Pairs of which nothing says what was done are no pairs to ``labels``: each image stands alone.
    """
    if supervision not in VALUELESS:
        alone = "do_mask" not in pairs.arrays
        return replace(pairs, arrays=_without_twins(pairs.arrays)) if alone else pairs
    kept: Arrays = {name: pairs.arrays[name] for name in ("image", *NEEDED[supervision])}
    if supervision == "targets":
        return replace(pairs, arrays=kept)
    anonymous = replace(pairs, code=nameless(len(pairs.code.factors)), arrays=kept)
    kinds = sorting.sort(*_images(anonymous, len(anonymous), _SORTED), len(anonymous.code.factors), seed)
    mask = (kinds[:, None] == torch.arange(len(anonymous.code.factors))).float()
    return replace(anonymous, arrays={**kept, "do_mask": mask.numpy()})


def changed(pairs: Pairs) -> int:
    """How many pairs there are whose images differ enough to be sorted."""
    return len(sorting.changed(*_images(pairs, len(pairs), _SORTED)))


def _without_twins(arrays: Arrays) -> Arrays:
    return {name: array for name, array in arrays.items() if name not in ("image_cf", "factors_cf")}


def nameless(factors: int) -> Code:
    """The code of factors of which only the number is known: continuous, from -1 to 1."""
    return Code(tuple(Factor(f"z{i + 1}", Continuous(-1.0, 1.0)) for i in range(factors)))


def settle(compass: Compass, pairs: Pairs, rows: int) -> None:
    """Fit a compass to the first rows of a split."""
    before, after = _images(pairs, rows, _SORTED)
    compass.settle(coarse(before), coarse(after), torch.from_numpy(pairs.arrays["do_mask"][:rows].astype("float32")))


def _images(pairs: Pairs, rows: int, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The first rows as images of ``side`` x ``side`` means, factual and counterfactual."""
    images = replace(pairs, arrays={name: pairs.arrays[name] for name in ("image", "image_cf")})
    batches = [images.batch(some) for some in torch.split(torch.arange(rows), _AT_ONCE)]
    before, after = (
        torch.cat([adaptive_avg_pool2d(batch[name], side) for batch in batches]) for name in ("image", "image_cf")
    )
    return before, after
