"""What CausalDiffAE is told."""

from __future__ import annotations

from dataclasses import dataclass

from cdm.errors import CdmError
from cdm.methods.parts import bounds
from cdm.methods.parts.labels import Graph


@dataclass(frozen=True)
class Options:
    """Options of CausalDiffAE.

    Attributes:
        seed: of weights, batches, and of the rows that are labelled.
        steps: of all that is learned, at once.
        batch: images a step.
        rate: the highest learning rate.
        graph: ``given``: the manifest's; ``none``: no factor follows from another, an ablation.
        latents: of each number of a factor's code.
        weight: of the two divergences beside the error of the denoiser (beta of a VAE).
        spread: standard deviation of a latent about its label, in units of codes.
        labelled: share of the rows whose labels are told.
        drop: share of the rows in which the denoiser is told no latents.
        strength: of an intervention: how much latents are exaggerated on the way back; 1 is not at all.
        ddim: evaluations each way.
        width: channels of the first level of the denoiser, a multiple of 8.
    """

    seed: int = 0
    steps: int = 20000
    batch: int = 16
    rate: float = 1e-3
    graph: Graph = "given"
    latents: int = 4
    weight: float = 0.003
    spread: float = 0.03
    labelled: float = 1.0
    drop: float = 0.1
    strength: float = 1.0
    ddim: int = 20
    width: int = 24

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        bounds.some(self, "batch", "latents", "ddim")
        bounds.eighths(self, "width")
        if not self.spread:
            raise CdmError("spread: a number above 0 is needed, found 0")
        if not 0 < self.labelled <= 1:
            raise CdmError(f"labelled: a share above 0 and up to 1 is needed, found {self.labelled:g}")
        bounds.shares(self, "drop")


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"steps": 2000},
    "quick": {"steps": 8000},
    "standard": {},
    "full": {"steps": 100_000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names."""
