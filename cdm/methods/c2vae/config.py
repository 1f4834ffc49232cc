"""What a C2VAE is told."""

from __future__ import annotations

from dataclasses import dataclass

from cdm.methods.parts import bounds


@dataclass(frozen=True)
class Options:
    """Options of a C2VAE; with neither correlation nor contrast it is a plain variational autoencoder.

    Attributes:
        seed: of weights, batches and noise.
        steps: of the training.
        batch: images a step.
        rate: the highest learning rate.
        noise: size of the noise of a pixel, in images from -1 to 1.
        correlation: weight of the total correlation of latents, to which it rises over the first half of the steps.
        contrast: weight of being taken for coupled, likewise.
        spare: latents beyond one a factor, for what no factor tells of.
        width: channels of the first level of encoder and decoder, a multiple of 8.
    """

    seed: int = 0
    steps: int = 40000
    batch: int = 32
    rate: float = 1e-3
    noise: float = 0.1
    correlation: float = 4.0
    contrast: float = 2.0
    spare: int = 2
    width: int = 24

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        bounds.some(self, "batch")
        bounds.positive(self, "noise")
        bounds.eighths(self, "width")


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"steps": 4000},
    "quick": {"steps": 16000},
    "standard": {},
    "full": {"steps": 200_000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names."""
