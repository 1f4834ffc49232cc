"""Whether images look like real ones: distances between sets of features ``(n, width)``, and fine structure.

A figure that compares two sets of so many images has a floor: what two disjoint sets of as many real images give. It
stands beside, and only the ratio says how far a model is from the best that can be seen with so few images. Real images
come as several such sets one after the other; figures are means over these, floors over all two of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from statistics import fmean

import torch
from torch import Tensor
from torch.nn import functional

from cdm.evaluation.metrics.registry import metric
from cdm.metrics.quality import among, frechet

_HEUSEL = "Heusel et al. 2017, arXiv 1706.08500, on random features (Naeem et al. 2020, arXiv 2002.09797)"
_SETS = ("drawn_features", "real_features")


@metric("fresh samples/FD (random convolutions)", _SETS, "lower", _HEUSEL)
def distances(drawn: Tensor, real: Tensor) -> dict[str, float | None]:
    """The Frechet distance of the model's samples to real images, that of real images to others, and the ratio."""
    return _over(*_compared(frechet, drawn, real))


_DONE = ("answer_features", "truth_features", "factual_features")


@metric("counterfactuals/FD (random convolutions)", _DONE, "lower", _HEUSEL)
def answer_distances(answers: Tensor, truth: Tensor, factual: Tensor) -> dict[str, float | None]:
    """The same of answers against true counterfactual images, which are of other rows, so that no pair is compared.

    Answers of every second row against the truth of the rows between them, and the other way round; the floor is the
    truth of the former against that of the latter. ``identity`` is the distance of the factual images: where a do
    hardly changes what is seen over all rows, it is near the floor, and so is a model that does nothing.
    """
    mine, nothing = (
        fmean([frechet(images[::2], truth[1::2]), frechet(images[1::2], truth[::2])]) for images in (answers, factual)
    )
    return {**_over(mine, frechet(truth[::2], truth[1::2])), "identity": nothing}


def _compared(compare: Callable[[Tensor, Tensor], float], drawn: Tensor, real: Tensor) -> tuple[float, float]:
    """What comparing gives of drawn and real ones, and of real and other real ones."""
    sets = [some for some in torch.split(real, len(drawn)) if len(some) == len(drawn)]
    floor = fmean(compare(a, b) for a, b in itertools.combinations(sets, 2))
    return fmean(compare(drawn, some) for some in sets), floor


def _over(model: float, floor: float) -> dict[str, float | None]:
    return {"model": model, "floor": floor, "ratio": model / floor if floor > 0 else None}


_KYNKAANNIEMI = "Kynkaanniemi et al. 2019, arXiv 1904.06991, improved precision and recall, k = 3, on random features"


@metric("fresh samples/precision", _SETS, "higher", _KYNKAANNIEMI)
def precisions(drawn: Tensor, real: Tensor) -> dict[str, float]:
    """The share of the samples that lie among real images; ``real``: of other real images."""
    return dict(zip(("model", "real"), _compared(among, drawn, real), strict=True))


@metric("fresh samples/recall", _SETS, "higher", _KYNKAANNIEMI)
def recalls(drawn: Tensor, real: Tensor) -> dict[str, float]:
    """The share of real images that lie among the samples; ``real``: among other real images."""
    return dict(zip(("model", "real"), _compared(lambda a, b: among(b, a), drawn, real), strict=True))


@metric("fresh samples/high-pass energy", ("drawn", "real"), None, "mean absolute Laplacian, a share")
def sharpness(drawn: Tensor, real: Tensor) -> dict[str, float | None]:
    """How much fine structure samples have of that of real images: less than 1 is blur, more is grain."""
    whole = laplacian(real)
    return {"model": laplacian(drawn) / whole if whole > 0 else None}


_ANSWERS = ("prediction", "image_cf", "image")


@metric("counterfactuals/high-pass energy", _ANSWERS, None, "mean absolute Laplacian where the image changes, a share")
def answer_sharpness(answers: Tensor, truth: Tensor, factual: Tensor) -> dict[str, float | None]:
    """How much fine structure answers have of that of the truth, in the pixels in which truth and factual image differ.

    Texture that a model blurs where it draws anew is lost here. It need not be the true texture to count.
    """
    changed = (truth != factual).any(dim=1)
    whole = laplacian(truth, changed)
    return {"model": laplacian(answers, changed) / whole if whole > 0 else None}


def laplacian(images: Tensor, region: Tensor | None = None) -> float:
    """The mean absolute value of the discrete Laplacian of images, within their borders, or in ``(n, size, size)``."""
    kernel = images.new_tensor([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])
    planes = images.flatten(0, 1)[:, None]
    found = functional.conv2d(planes, kernel[None, None]).abs()[:, 0]
    found = found.view(*images.shape[:2], *found.shape[1:]).mean(dim=1)
    inside = found if region is None else found[region[:, 1:-1, 1:-1]]
    return float(inside.mean()) if inside.numel() else 0.0
