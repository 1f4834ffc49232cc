"""The encoder: an image to the codes of its factors."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.codes import Code

_CHANNELS = (32, 64, 96, 128)


class Encoder(nn.Module):
    """Strided convolutions, then one linear layer over all positions: where a thing stands is a factor, too."""

    def __init__(self, code: Code, size: int, style: int = 0) -> None:
        super().__init__()
        self.code, self.style = code, style
        layers: list[nn.Module] = []
        before = 3
        for channels in _CHANNELS:
            layers += [nn.Conv2d(before, channels, 3, 2, 1), nn.GroupNorm(8, channels), nn.SiLU()]
            before = channels
        self.trunk = nn.Sequential(*layers)
        side = size // 2 ** len(_CHANNELS)
        self.head = nn.Sequential(nn.Linear(before * side**2, 256), nn.SiLU(), nn.Linear(256, code.width + style))

    def forward(self, images: Tensor) -> Tensor:
        """Codes ``(n, width)`` of images ``(n, 3, size, size)`` from -1 to 1."""
        return self.split(images)[0]

    def split(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Codes ``(n, width)``, and the style ``(n, style)``: what no factor explains."""
        raw: Tensor = self.head(self.trunk(images).flatten(1))
        return project(self.code, raw[:, : self.code.width]), raw[:, self.code.width :]

    def logits(self, images: Tensor) -> Tensor:
        """Codes before they are made valid: logits of levels, unnormalised circular pairs."""
        raw: Tensor = self.head(self.trunk(images).flatten(1))
        return raw[:, : self.code.width]


def project(code: Code, raw: Tensor) -> Tensor:
    """Make numbers valid codes: levels sum to one, circular pairs have length one."""
    parts = []
    for factor, block in zip(code.factors, code.blocks, strict=True):
        part = raw[:, block]
        if factor.kind == "categorical":
            part = part.softmax(dim=1)
        elif factor.kind == "circular":
            part = functional.normalize(part, dim=1)
        parts.append(part)
    return torch.cat(parts, dim=1)
