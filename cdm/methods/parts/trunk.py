"""Images to numbers: strided convolutions, then linear layers over all positions. Methods that read images begin so."""

from __future__ import annotations

import itertools

from torch import Tensor, nn

from cdm.networks.grids import whole

_STRIDES, _HIDDEN = 4, 256


class Trunk(nn.Module):
    """What is seen in an image, as some numbers of any size; where a thing stands is seen, too.

    Args:
        size: pixels a side; each of four strides halves it and rounds up.
        gives: how many numbers an image becomes.
        width: channels of the first convolution, a multiple of 8; twice, three and four times as many of the others.
    """

    def __init__(self, size: int, gives: int, width: int = 32) -> None:
        super().__init__()
        channels = (3, *(width * (i + 1) for i in range(_STRIDES)))
        side = whole(size, 2**_STRIDES) // 2**_STRIDES
        self.strides = nn.Sequential(*(_stride(a, b) for a, b in itertools.pairwise(channels)))
        self.head = nn.Sequential(nn.Linear(channels[-1] * side**2, _HIDDEN), nn.SiLU(), nn.Linear(_HIDDEN, gives))

    def forward(self, images: Tensor) -> Tensor:
        """Numbers ``(n, gives)`` of images ``(n, 3, size, size)`` from -1 to 1."""
        out: Tensor = self.head(self.strides(images).flatten(1))
        return out


def _stride(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, 2, 1), nn.GroupNorm(8, after), nn.SiLU())
