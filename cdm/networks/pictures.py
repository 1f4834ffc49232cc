"""What a denoiser sees beside the noisy image, and how what it says becomes an image.

A counterfactual is mostly the factual image. So the denoiser sees that image, the *reference*, and says what is to be
drawn over it: a gate opens where something is drawn, without a reference everywhere; there a blend of reference and
draft stands, and a residual on it. What a thing uncovers, or covers in part, is nearer the reference than the draft,
which is blurred; so it need not be drawn anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

SEEN, DRAWN = 10, 5
"""Channels of :attr:`Pictures.seen`, and of what a denoiser says: a residual of three colours, a gate and a blend."""
_MARGIN = 0.05  # of a gate at either end, within which it is quite shut or quite open
# The gate's own word, what drafts that differ add to it, and what it begins at.
_GATE, _DIFFERENCE, _SHUT = 4.0, 12.0, -3.0
_Layer = TypeVar("_Layer", bound=nn.Module)


@dataclass(frozen=True)
class Pictures:
    """What is seen beside a noisy image.

    Attributes:
        draft: ``(n, 3, s, s)``, what an image of the wanted codes looks like on average.
        reference: ``(n, 3, s, s)``, the image that is answered about; zeros where it is open.
        before: ``(n, 3, s, s)``, the draft of the reference's codes; zeros without a reference.
        open: ``(n, 1, s, s)``, true where there is no reference, and so something must be drawn.
    """

    draft: Tensor
    reference: Tensor
    before: Tensor
    open: Tensor

    @property
    def seen(self) -> Tensor:
        """All of it, ``(n, SEEN, s, s)``."""
        return torch.cat([self.draft, self.reference, self.before, self.open.to(self.draft.dtype)], dim=1)


def alone(draft: Tensor) -> Pictures:
    """A draft, and no reference."""
    return Pictures(draft, torch.zeros_like(draft), torch.zeros_like(draft), torch.ones_like(draft[:, :1]).bool())


def composed(said: Tensor, pictures: Pictures, gated: bool = True) -> Tensor:
    """The image ``(n, 3, s, s)`` that a denoiser means by ``said (n, DRAWN, s, s)``.

    ``x0 = (1 - a) reference + a ((1 - b) reference + b draft + r)`` with a residual r, a blend b, and a gate a that
    opens where the drafts differ; where nothing is seen both are 1. A gate near its ends is quite shut, or quite open:
    a pixel that nothing changes stays as it is. Its gradient is that of the sigmoid (a straight-through estimator:
    Bengio et al. 2013, arXiv 1308.3432). Not ``gated``, the draft's change is added to the reference: an ablation.
    """
    if not gated:
        drawn = pictures.draft + said[:, :3]
        return torch.where(pictures.open, drawn, drawn + pictures.reference - pictures.before)
    differ = (pictures.draft - pictures.before).abs().amax(dim=1, keepdim=True)
    soft = torch.sigmoid(_GATE * said[:, 3:4] + _DIFFERENCE * differ + _SHUT)
    hard = ((soft - _MARGIN) / (1 - 2 * _MARGIN)).clamp(0, 1)
    gate = soft + (hard - soft).detach()  # a gate that is shut for good would never learn to open
    gate = gate.masked_fill(pictures.open, 1.0)
    blend = torch.sigmoid(_GATE * said[:, 4:]).masked_fill(pictures.open, 1.0)
    return pictures.reference + gate * (blend * (pictures.draft - pictures.reference) + said[:, :3])


def zero(layer: _Layer) -> _Layer:
    """A layer that says nothing until it is trained."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
