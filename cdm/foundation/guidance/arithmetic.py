"""The arithmetic of causal semantic guidance, on plain tensors: maps, masks, and the guided score.

``base + scale * sum over edits of mask * (score with the edit - score before it)``, where a mask is the intersection of
where the network looks for a concept and of where the edit changes most (Brack et al. 2024, LEDITS++, arXiv 2311.16711,
equation 12). Causal it is by what is edited: the target of an intervention and all its descendants. A score is whatever
a network predicts: noise, a clean image, or what is linear in them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

_AROUND = (math.exp(-1), 1.0, math.exp(-1))  # the weights that diffusers' LEDITS++ smooths maps with


def smoothed(maps: Tensor) -> Tensor:
    """Maps ``(n, k, h, w)`` of 2 places a side or more, each place averaged with the eight around it."""
    line = torch.tensor(_AROUND, dtype=maps.dtype, device=maps.device) / sum(_AROUND)
    flat = functional.pad(maps.flatten(0, 1)[:, None], (1, 1, 1, 1), mode="reflect")
    return functional.conv2d(flat, (line[:, None] * line)[None, None]).view(maps.shape)


def over(maps: Tensor, threshold: float) -> Tensor:
    """Where maps ``(n, k, h, w)`` are among their highest: what is not below the quantile of a share, in each map."""
    floor = maps.float().flatten(2).quantile(threshold, dim=2)
    return maps >= floor[..., None, None].to(maps.dtype)


def strength(differences: Tensor) -> Tensor:
    """How much of differences ``(n, c, h, w)`` there is at each place, over all channels, ``(n, 1, h, w)``."""
    return differences.abs().sum(dim=1, keepdim=True)


def mask(looks: Tensor, differences: Tensor, threshold: float) -> Tensor:
    """Where edits may act, ``(n, 1, h, w)``: where a concept is looked for, and where its edit changes most.

    Args:
        looks: ``(n, 1, h, w)``, how much each place looks for the concept.
        differences: of the score with the edit from that before it, ``(n, c, h, w)``.
        threshold: share of the places that each of the two leaves out.
    """
    return over(looks, threshold) & over(strength(differences), threshold)


def guided(base: Tensor, differences: Tensor, masks: Tensor, rows: Tensor, scale: float) -> Tensor:
    """The score that several edits guide, ``(n, c, h, w)``.

    Args:
        base: the score without edits.
        differences: of each of m edits, ``(m, c, h, w)``.
        masks: ``(m, 1, h, w)``, where each may act.
        rows: ``(m,)``, which picture each belongs to.
        scale: of all of them.
    """
    return base.index_add(0, rows, scale * masks * differences)
