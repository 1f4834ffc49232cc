"""What a causal diffusion model believes about an image, and what it lets its denoiser see of it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Abduction:
    """What a model believes about an image: its codes, the noises of its factors, and its style.

    Attributes:
        codes: ``(n, width)``.
        noise: ``(n, width)``, the exogenous noise of each factor.
        style: ``(n, style)``.
        image: ``(n, 3, size, size)``, the factual image.
    """

    codes: Tensor
    noise: Tensor
    style: Tensor
    image: Tensor


@dataclass(frozen=True)
class Reference:
    """Images that others are drawn over.

    Attributes:
        image: ``(n, 3, size, size)``.
        codes: ``(n, width)``, of these images.
        hidden: ``(n, 1, size, size)``, true where the image is not shown; in a row without a reference everywhere.
    """

    image: Tensor
    codes: Tensor
    hidden: Tensor

    @property
    def absent(self) -> Tensor:
        """The rows ``(n,)`` without a reference."""
        return self.hidden.flatten(1).all(dim=1)

    @property
    def shown(self) -> Tensor:
        """The images with zeros where they are hidden."""
        return self.image.masked_fill(self.hidden, 0.0)
