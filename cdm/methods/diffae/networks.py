"""The encoder; linear readings of factors in its latents, and how a latent moves until it is read as something else."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cdm.methods.parts.trunk import Trunk
from cdm.scm.codes import Code
from cdm.scm.domains import Categorical

_RANK = 1e-5  # of the largest one, below which a singular value is taken for zero


def encoder(size: int, latents: int) -> nn.Sequential:
    """Images to latents of one length, so that what is told of them is heard from the first step on."""
    return nn.Sequential(Trunk(size, latents), nn.LayerNorm(latents, elementwise_affine=False))


class Readings(nn.Module):
    """A linear reading of all factors: codes of numbers and angles, logits of levels.

    Args:
        code: the factors.
        latents: numbers of a latent.
    """

    weight: Tensor
    bias: Tensor
    metric: Tensor

    def __init__(self, code: Code, latents: int) -> None:
        super().__init__()
        self.code = code
        self.register_buffer("weight", torch.zeros(code.width, latents))
        self.register_buffer("bias", torch.zeros(code.width))
        self.register_buffer("metric", torch.zeros(latents, latents))  # inverse of what measures how far one moves

    def forward(self, z: Tensor) -> Tensor:
        """What is read in latents ``(n, latents)``, not yet valid codes: ``(n, width)``."""
        return z @ self.weight.T + self.bias

    def valid(self, z: Tensor) -> Tensor:
        """The same as codes."""
        return torch.cat([domain.project(block) for domain, block in self.code.parts(self(z))], dim=1)

    def moved(self, z: Tensor, mask: Tensor, value: Tensor) -> Tensor:
        """The nearest latents in which the targets are read as their values.

        Where ``W`` reads the targets and a move ``v`` costs ``v' M^-1 v``, the cheapest is ``M W' (W M W')^+`` times
        what the readings lack. A level takes the logit of the likeliest one, which takes its own: the new level is as
        sure as the old one was.

        Args:
            z: ``(n, latents)``.
            mask: ``(n, d)``, 1 on the targets.
            value: codes ``(n, width)`` of those.
        """
        seen, set_ = self(z), self.code.spread(mask)
        parts = zip(self.code.parts(seen), self.code.blocks, strict=True)
        wanted = [
            exchanged(raw, value[:, block]) if isinstance(domain, Categorical) else value[:, block]
            for (domain, raw), block in parts
        ]
        gap = (torch.cat(wanted, dim=1) - seen) * set_
        weight = self.weight * set_[:, :, None]
        reach = weight @ self.metric @ weight.mT
        strides = torch.linalg.pinv(reach, rtol=_RANK, hermitian=True) @ gap[:, :, None]
        moved: Tensor = z + (self.metric @ weight.mT @ strides)[:, :, 0]
        return torch.where(mask.any(dim=1, keepdim=True), moved, z)


def exchanged(logits: Tensor, wanted: Tensor) -> Tensor:
    """Logits ``(n, levels)`` in which the wanted level of ``(n, levels)`` and the likeliest one have changed places."""
    top, level = logits.argmax(dim=1, keepdim=True), wanted.argmax(dim=1, keepdim=True)
    swapped = logits.scatter(1, top, logits.gather(1, level))
    return swapped.scatter(1, level, logits.gather(1, top))
