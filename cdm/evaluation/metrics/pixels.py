"""How far counterfactual images are from the true ones, and from what they must be: images are from -1 to 1."""

from __future__ import annotations

from torch import Tensor

from cdm.evaluation.metrics.registry import metric

ROWS = {
    "model": "prediction",
    "identity": "image",
    "re-encoded": "composed",
    "true factors": "informed",
    "oracle": "image_cf",
}
"""What is compared with the true counterfactual: the model's answer, and the rows that it must be seen beside."""


def acted_errors(images: Tensor, truth: Tensor, factual: Tensor, mask: Tensor) -> dict[str, float]:
    """:func:`pixel_errors` of the rows in which something was done."""
    acted = mask.sum(1) > 0
    return pixel_errors(images[acted], truth[acted], factual[acted])


for _row, _array in ROWS.items():
    _source = "mean absolute error; over unchanged pixels it is minimality"
    metric(f"L1/{_row}", (_array, "image_cf", "image", "do_mask"), "lower", _source)(acted_errors)


def pixel_errors(images: Tensor, truth: Tensor, factual: Tensor) -> dict[str, float]:
    """Mean absolute error of images against the true counterfactuals.

    Args:
        images, truth, factual: ``(n, 3, size, size)``.

    Returns:
        ``all`` pixels; ``changed``: those that differ between factual and true counterfactual image; ``unchanged``: the
        others (exact minimality).
    """
    error = (images - truth).abs().mean(dim=1)
    changed = (truth != factual).any(dim=1)
    parts = {"all": error, "changed": error[changed], "unchanged": error[~changed]}
    return {name: float(part.mean()) if part.numel() else 0.0 for name, part in parts.items()}


@metric("composition", ("composed", "image"), "lower", "Monteiro et al. 2023, arXiv 2303.01274, composition")
def composition(composed: Tensor, image: Tensor) -> float:
    """How far the image is from itself when nothing is done."""
    return float((composed - image).abs().mean())


@metric("reversibility", ("reversed", "image", "do_mask"), "lower", "Monteiro et al. 2023, arXiv 2303.01274")
def reversibility(back: Tensor, image: Tensor, mask: Tensor) -> float:
    """How far the image is from itself when what was done is undone."""
    return float((back - image)[mask.sum(1) > 0].abs().mean())
