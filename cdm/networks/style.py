"""Style: a few numbers of an image for what no factor explains, the tint of its light for example.

In training the style of one image of a pair helps to draw the other, so it can tell of nothing that the do changed.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cdm.networks.grids import frames

_BANK, _CELLS = 4096, 4


class Style(nn.Module):
    """Strided convolutions and a coarse pooling, beside the colours of 4 by 4 cells as they are.

    Args:
        width: numbers of a style.
        count: frames of a strip.

    Attributes:
        bank: styles ``(4096, width)`` of training images, from which :meth:`draw` takes.
        centre, spread: of the cells' colours in training images, ``(48,)``; without them a faint tint, which is most
            of what there is to learn, is learned late or never.
    """

    bank: Tensor
    centre: Tensor
    spread: Tensor

    def __init__(self, width: int, count: int = 1) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in ((3, 16), (16, 32), (32, 32)):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.GroupNorm(8, after), nn.SiLU()]
        self.trunk = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten())
        self.head = nn.Linear(128 + 3 * _CELLS**2, width)
        self.register_buffer("bank", torch.zeros(_BANK, count * width))
        self.register_buffer("centre", torch.zeros(3 * _CELLS**2))
        self.register_buffer("spread", torch.ones(3 * _CELLS**2))

    def forward(self, images: Tensor) -> Tensor:
        """Styles ``(n, width)`` of images ``(n, 3, size, size)``; of strips those of their frames side by side."""
        shown = frames(images)
        colours = (_colours(shown) - self.centre) / self.spread
        style: Tensor = self.head(torch.cat([self.trunk(shown), colours], dim=1))
        return style.view(len(images), len(shown) // max(1, len(images)) * style.shape[1])

    def settle(self, images: Tensor) -> None:
        """Learn how colours vary from some images, before any training."""
        spread, centre = torch.std_mean(_colours(frames(images)), dim=0)
        self.centre.copy_(centre)
        self.spread.copy_(spread.clamp_min(1e-3))

    def remember(self, styles: Tensor) -> None:
        """Keep the styles of observed images; :meth:`draw` takes from them."""
        self.bank.copy_(styles.detach()[torch.arange(_BANK) % len(styles)])

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Styles ``(count, width)`` of training images, at random."""
        return self.bank[torch.randint(_BANK, (count,), generator=generator).to(self.bank.device)]


def _colours(images: Tensor) -> Tensor:
    return functional.adaptive_avg_pool2d(images, _CELLS).flatten(1)
