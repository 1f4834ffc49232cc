"""What a deep SCM is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cdm.errors import CdmError
from cdm.methods.parts import bounds
from cdm.methods.parts.labels import Graph

Scale = Literal["learned", "fixed"]
"""Of the noise of pixels: one a pixel, said by the decoder, or one for all, that stays."""
MOST = 4
"""Levels of latents there are at most: a vector, and grids of 4, 8 and 16 cells a side."""


@dataclass(frozen=True)
class Options:
    """Options of a deep SCM.

    Attributes:
        seed: of weights, batches and latents.
        steps: of the VAE.
        mechanism_steps: of the SCM over labels, if there is a graph.
        finetune_steps: of the reader of labels, and as many of fine-tuning on counterfactuals that it reads; 0 is none.
        batch: images a step.
        rate: the highest learning rate.
        graph: ``given``: a do changes what follows by the manifest's graph; ``none``: its label alone.
        levels: of latents; 1 is the plain conditional VAE.
        latent: channels of each level.
        width: channels of the finest grid, a multiple of 8.
        scale: of the noise of pixels.
        deviation: what that scale is, or begins with; images go from -1 to 1.
        beta: weight of the divergence between posterior and prior.
        alone: share of the steps, the first, in which there are no latents: what labels tell is learned from them.
        warmup: share of the steps, after those, over which that weight grows to its own.
        free: nats of the vector of latents that cost nothing, so that it is not given up; grids pay for all.
    """

    seed: int = 0
    steps: int = 16000
    mechanism_steps: int = 4000
    finetune_steps: int = 0
    batch: int = 16
    rate: float = 1e-3
    graph: Graph = "given"
    levels: int = 3
    latent: int = 8
    width: int = 24
    scale: Scale = "learned"
    deviation: float = 0.1
    beta: float = 1.0
    alone: float = 0.3
    warmup: float = 0.2
    free: float = 8.0

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        bounds.positive(self, "batch", "latent", "deviation")
        bounds.eighths(self, "width")
        if not 1 <= self.levels <= MOST:
            raise CdmError(f"levels: a number from 1 to {MOST} is needed, found {self.levels}")
        bounds.shares(self, "alone", "warmup")


PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {"steps": 2000, "mechanism_steps": 600},
    "quick": {"steps": 8000, "mechanism_steps": 2000},
    "standard": {},
    "full": {"steps": 80_000, "mechanism_steps": 8000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names."""
