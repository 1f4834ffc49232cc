"""What a conditional DDPM is told."""

from __future__ import annotations

from dataclasses import dataclass

from cdm.methods.parts import bounds
from cdm.methods.parts.labels import Graph


@dataclass(frozen=True)
class Options:
    """Options of a conditional DDPM.

    Attributes:
        seed: of weights and batches.
        steps: of the denoiser.
        mechanism_steps: of the SCM over labels, if there is a graph.
        batch: images a step.
        rate: the highest learning rate.
        drop: share of the rows in which no label is told.
        graph: ``none``: a do changes its label alone; ``given``: and what follows by the manifest's graph.
        guidance: how much labels are exaggerated on the way back; 1 is not at all.
        ddim: evaluations each way.
        width: channels of the first level of the denoiser, a multiple of 8.
    """

    seed: int = 0
    steps: int = 20000
    mechanism_steps: int = 1500
    batch: int = 16
    rate: float = 1e-3
    drop: float = 0.1
    graph: Graph = "none"
    guidance: float = 1.0
    ddim: int = 20
    width: int = 24

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        bounds.some(self, "batch", "ddim")
        bounds.eighths(self, "width")
        bounds.shares(self, "drop")


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"steps": 2000, "mechanism_steps": 400},
    "quick": {"steps": 8000, "mechanism_steps": 1000},
    "standard": {},
    "full": {"steps": 100_000, "mechanism_steps": 5000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names."""
