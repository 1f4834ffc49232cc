"""How far counterfactual images are from the true ones, and from what they must be: images are from -1 to 1."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from cdm.evaluation.metrics.registry import metric
from cdm.metrics import counterfactuals as plain


@metric(
    "L1",
    ("rows", "image_cf", "image", "do_mask"),
    "lower",
    "mean absolute error of images from -1 to 1; over unchanged pixels it is minimality",
)
def table(rows: Mapping[str, Tensor], truth: Tensor, factual: Tensor, mask: Tensor) -> dict[str, dict[str, float]]:
    """:func:`pixel_errors` of each row of images, of the samples in which something was done."""
    acted = mask.sum(1) > 0
    return {name: pixel_errors(images[acted], truth[acted], factual[acted]) for name, images in rows.items()}


def pixel_errors(images: Tensor, truth: Tensor, factual: Tensor) -> dict[str, float]:
    """:func:`cdm.metrics.pixel_errors` of images ``(n, 3, size, size)``."""
    mine, true, before = (part.permute(0, 2, 3, 1).cpu().numpy() for part in (images, truth, factual))
    return plain.pixel_errors(mine, true, before)


_MONTEIRO = "Monteiro et al. 2023, arXiv 2303.01274"


@metric("null do", ("null", "image"), "lower", f"{_MONTEIRO}, composition, where nothing is set")
def null(answer: Tensor, image: Tensor) -> float:
    """How far the image is from itself when nothing is done."""
    return float((answer - image).abs().mean())


@metric("composition", ("cycled", "image"), "lower", f"{_MONTEIRO}, composition")
def composition(cycled: Mapping[str, Tensor], image: Tensor) -> dict[str, float]:
    """How far the image is from itself after null cycles, by their number.

    In each cycle the last answer is the image, and the target is set to the value that it has there.
    """
    return {count: float((images - image[: len(images)]).abs().mean()) for count, images in cycled.items()}


@metric("reversibility", ("reversed", "image", "do_mask"), "lower", f"{_MONTEIRO}, reversibility")
def reversibility(back: Tensor, image: Tensor, mask: Tensor) -> float:
    """How far the image is from itself when what was done is undone, of the first images; 0 if nothing was."""
    missed = (back - image[: len(back)])[mask[: len(back)].sum(1) > 0].abs()
    return float(missed.mean()) if missed.numel() else 0.0
