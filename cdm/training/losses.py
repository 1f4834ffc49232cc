"""What makes the codes of the encoder the factors: each loss a function of codes, each with its reason.

The value anchor, which needs no pairs, stands beside the encoder (:func:`cdm.networks.encoder.anchor`).
"""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.scm.codes import Code

Terms = dict[str, Tensor]
"""Losses by name, each a number; their sum is what a phase minimises."""


def sparse_change(code: Code, before: Tensor, after: Tensor, mask: Tensor, width: float) -> Tensor:
    """A do moves few factors beside its target: ``1 - exp(-change^2 / (2 width^2))``, which lets large changes be.

    The encoder could read a factor from its descendants, which give it away in the image; then a do on a descendant
    would move it. The term saturates, so that true effects pay a constant.
    """
    change = code.sums((after - before).square())
    others = (1 - mask) * (mask.sum(dim=1, keepdim=True) > 0)
    return ((1 - torch.exp(-change / (2 * width**2))) * others).sum() / others.sum().clamp_min(1)


def steadiness(
    code: Code, before: Tensor, after: Tensor, mask: Tensor, reached: Tensor, trusted: Tensor | None = None
) -> Tensor:
    """What is not reached from a target stays where it was: the squared change, given ``reached`` ``(d, d)``.

    It takes the place of :func:`sparse_change` once there is a graph, and shrinks no true effect. Only codes that are
    ``trusted (n, d)`` count; all if None.
    """
    change = code.sums((after - before).square())
    still = ((mask @ reached) == 0).float() * (mask.sum(dim=1, keepdim=True) > 0)
    still = still if trusted is None else still * trusted
    return (change * still).sum() / still.sum().clamp_min(1)
