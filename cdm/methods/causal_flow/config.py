"""What a causal flow is told."""

from __future__ import annotations

from dataclasses import dataclass

from cdm.methods.parts import bounds


@dataclass(frozen=True)
class Options:
    """Options of a causal flow.

    Attributes:
        seed: of weights, batches and latents.
        steps: of the flow, and of the encoder beside it.
        batch: labels a step.
        rate: the highest learning rate.
        width: of the hidden layers of each factor's network.
        latent: numbers a hidden common cause; 0 is the plain causal flow, which takes every factor's noise for its own.
        warmup: share of the steps, the first, over which the weight of the latents' divergence grows to 1.
    """

    seed: int = 0
    steps: int = 12000
    batch: int = 256
    rate: float = 2e-3
    width: int = 64
    latent: int = 1
    warmup: float = 0.1

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        bounds.some(self, "batch", "width")
        bounds.shares(self, "warmup")


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"steps": 1500},
    "quick": {"steps": 5000},
    "standard": {},
    "full": {"steps": 60_000},
}
"""A step took 5 CPU-milliseconds for four factors, 8 for six with a circle and levels."""
