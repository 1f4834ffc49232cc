"""What a diffusion autoencoder with linear edits is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cdm.errors import CdmError
from cdm.methods.parts import bounds

Along = Literal["data", "reading"]
"""How a latent moves: as images that differ in a reading do on average, or by the least that changes the reading."""


@dataclass(frozen=True)
class Options:
    """Options of a diffusion autoencoder with linear edits.

    Attributes:
        seed: of weights and batches.
        steps: of encoder and denoiser.
        batch: images a step.
        rate: the highest learning rate.
        latents: numbers that an image is summed up in.
        late: how much more often noisy times are trained; 1 is not at all. Only at these is a summary needed.
        examples: labelled images on which readings are fitted, at most.
        ridge: how much the squares of a reading's weights count, for normalised latents.
        along: by what latents are normalised: ``data``: by all their covariances; ``reading``: by their variances
            alone, as in the paper.
        ddim: evaluations each way.
        width: channels of the first level of the denoiser, a multiple of 8.
    """

    seed: int = 0
    steps: int = 20000
    batch: int = 16
    rate: float = 1e-3
    latents: int = 64
    late: float = 2.0
    examples: int = 4096
    ridge: float = 1e-3
    along: Along = "data"
    ddim: int = 20
    width: int = 24

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        bounds.some(self, "batch", "latents", "examples", "ddim")
        if not self.late:
            raise CdmError("late: a number above 0 is needed, found 0")
        bounds.eighths(self, "width")


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"steps": 2000},
    "quick": {"steps": 8000},
    "standard": {},
    "full": {"steps": 100_000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names."""
