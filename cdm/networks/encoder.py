"""The encoder: an image to the codes of its factors."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from cdm.networks.bottleneck import Bottleneck
from cdm.networks.grids import frames, whole
from cdm.scm.codes import Code

_CHANNELS = (32, 64, 96, 128)


class Encoder(nn.Module):
    """Strided convolutions, then one linear layer over all positions: where a thing stands is a factor, too.

    Of a strip it reads each frame for itself.

    Args:
        code: how factors are coded.
        size: pixels a side.
        trunk: what stands in the place of the convolutions.
    """

    trunk: nn.Module

    def __init__(self, code: Code, size: int, trunk: Bottleneck | None = None) -> None:
        super().__init__()
        self.code = code
        self.trunk = trunk or _strided()
        side = whole(size, 2 ** len(_CHANNELS)) // 2 ** len(_CHANNELS)  # each stride rounds up
        features = trunk.features if trunk else _CHANNELS[-1] * side**2
        self.head = nn.Sequential(nn.Linear(features, 256), nn.SiLU(), nn.Linear(256, code.frame.width))

    def forward(self, images: Tensor) -> Tensor:
        """Codes ``(n, width)`` of images ``(n, 3, size, size)`` from -1 to 1."""
        return project(self.code, self.logits(images))

    def logits(self, images: Tensor) -> Tensor:
        """Codes before they are made valid: logits of levels, unnormalised circular pairs."""
        raw: Tensor = self.head(self.features(images))
        return raw.flatten(1)

    def features(self, images: Tensor) -> Tensor:
        """What the head reads of each frame, ``(n, frames, f)``."""
        seen: Tensor = self.trunk(frames(images)).flatten(1)
        return seen.view(len(images), self.code.frames, seen.shape[1])


def _strided() -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, channels in itertools.pairwise((3, *_CHANNELS)):
        layers += [nn.Conv2d(before, channels, 3, 2, 1), nn.GroupNorm(8, channels), nn.SiLU()]
    return nn.Sequential(*layers)


def project(code: Code, raw: Tensor) -> Tensor:
    """Make numbers valid codes: levels sum to one, circular pairs have length one."""
    return torch.cat([domain.project(block) for domain, block in code.parts(raw)], dim=1)


def anchor(code: Code, logits: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Loss 3: in an image under do(z_k = a) the code of k is that of a.

    It is what makes the supervision ``interventions`` work without labels; with a mask of ones it is regression on
    labels.

    Args:
        code: the factors.
        logits: what :meth:`Encoder.logits` gives, ``(n, width)``.
        value: codes ``(n, width)``.
        mask: ``(n, d)``, 1 where a value is known.

    Returns:
        The mean error a known value.
    """
    wanted = zip(code.parts(logits), code.blocks, strict=True)
    errors = torch.stack([domain.miss(raw, value[:, block]) for (domain, raw), block in wanted], dim=1)
    return (errors * mask).sum() / mask.sum().clamp_min(1)
