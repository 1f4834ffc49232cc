"""What an iVAE is told."""

from __future__ import annotations

from dataclasses import dataclass

from cdm.methods.parts import bounds


@dataclass(frozen=True)
class Options:
    """Options of an iVAE.

    Attributes:
        seed: of weights, batches and noise.
        steps: of the training.
        batch: pairs a step; both images of each are read.
        rate: the highest learning rate.
        noise: size of the noise of a pixel, in images from -1 to 1.
        spare: latents beyond one a factor, for what no do tells of.
        width: channels of the first level of encoder and decoder, a multiple of 8.
    """

    seed: int = 0
    steps: int = 30000
    batch: int = 16
    rate: float = 1e-3
    noise: float = 0.1
    spare: int = 4
    width: int = 24

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        bounds.some(self, "batch")
        bounds.positive(self, "noise")
        bounds.eighths(self, "width")


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"steps": 3000},
    "quick": {"steps": 12000},
    "standard": {},
    "full": {"steps": 150_000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names."""
