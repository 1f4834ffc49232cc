"""A small diffusion transformer (Peebles and Xie 2023, arXiv 2212.09748), told of time and factors in every block."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.networks.conditioning import TOLD
from cdm.networks.grids import cut, picture, places, whole, widened
from cdm.networks.pictures import DRAWN, SEEN, zero
from cdm.networks.waves import waves

_HEADS, _DEPTH = 4, 4


class DiT(nn.Module):
    """Patches that attend to each other and to the factors' tokens; adaLN-zero blocks.

    Two forms of conditioning of the paper are joined: time and all that is told shift, scale and gate each block
    (section 3.2, adaLN-zero), and patches attend to one token a factor (cross-attention).

    Args:
        size: pixels a side; patches are 4 pixels wide, 2 below 32 pixels, and images widened to whole ones.
        factors: how many tokens there are.
        width: channels of the first level of the U-Net that it takes the place of; a patch has 16 for each three.
    """

    places: Tensor

    def __init__(self, size: int, factors: int, width: int = 24) -> None:
        super().__init__()
        self.patch, wide = 4 if size >= 32 else 2, 16 * (width // 3)
        self.size, self.side = size, whole(size, self.patch)
        area = self.patch**2
        self.time = nn.Sequential(nn.Linear(64, wide), nn.SiLU(), nn.Linear(wide, wide))
        # Checkpoints hold its weights under this name.
        self.told = nn.Sequential(nn.Linear(factors * TOLD, wide), nn.SiLU(), nn.Linear(wide, wide))
        self.enter = nn.Conv2d((3 + SEEN) * area, wide, 1)
        self.register_buffer("places", places(self.side // self.patch, wide), persistent=False)
        self.blocks = nn.ModuleList(_Block(wide) for _ in range(_DEPTH))
        self.norm = nn.LayerNorm(wide, elementwise_affine=False)
        self.adapt = zero(nn.Linear(wide, 2 * wide))
        self.leave = zero(nn.Linear(wide, DRAWN * area))

    def forward(self, x: Tensor, t: Tensor, tokens: Tensor, seen: Tensor) -> Tensor:
        """Predict ``(n, DRAWN, s, s)``; the arguments are those of :mod:`cdm.networks.denoisers`."""
        emb = self.time(waves(t)) + self.told(tokens.flatten(1))
        pictures = widened(torch.cat([x, seen], dim=1), self.side)
        h = self.enter(functional.pixel_unshuffle(pictures, self.patch))
        h = h.flatten(2).transpose(1, 2) + self.places
        for block in self.blocks:
            h = block(h, emb, tokens)
        out = self.leave(_adapt(self.norm(h), *self.adapt(functional.silu(emb))[:, None].chunk(2, dim=2)))
        return cut(functional.pixel_shuffle(picture(out), self.patch), self.size)


class _Block(nn.Module):
    """Attention to patches, to tokens, and a perceptron; each is scaled, shifted and gated, and begins as nothing."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(wide, elementwise_affine=False)
        self.mix = nn.MultiheadAttention(wide, _HEADS, batch_first=True)
        self.look = nn.MultiheadAttention(wide, _HEADS, kdim=TOLD, vdim=TOLD, batch_first=True)
        self.think = nn.Sequential(nn.Linear(wide, 4 * wide), nn.GELU(), nn.Linear(4 * wide, wide))
        self.adapt = zero(nn.Linear(wide, 9 * wide))

    def forward(self, h: Tensor, emb: Tensor, tokens: Tensor) -> Tensor:
        modulation = self.adapt(functional.silu(emb))[:, None].chunk(9, dim=2)
        inner = _adapt(self.norm(h), *modulation[0:2])
        h = h + modulation[2] * self.mix(inner, inner, inner, need_weights=False)[0]
        inner = _adapt(self.norm(h), *modulation[3:5])
        h = h + modulation[5] * self.look(inner, tokens, tokens, need_weights=False)[0]
        out: Tensor = h + modulation[8] * self.think(_adapt(self.norm(h), *modulation[6:8]))
        return out


def _adapt(h: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    return h * (1 + scale) + shift
