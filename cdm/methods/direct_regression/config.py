"""What a direct regression is told."""

from __future__ import annotations

from dataclasses import dataclass

from cdm.methods.parts import bounds


@dataclass(frozen=True)
class Options:
    """Options of a direct regression.

    Attributes:
        seed: of weights and batches.
        steps: of AdamW.
        batch: pairs a step.
        rate: the highest learning rate.
        null: share of the rows in which nothing is set and the image itself is wanted, besides those of the data.
        focus: how much more a pixel counts in which the two images of its pair differ.
    """

    seed: int = 0
    steps: int = 20000
    batch: int = 16
    rate: float = 1.5e-3
    null: float = 0.1
    focus: float = 4.0

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        bounds.some(self, "batch")
        bounds.shares(self, "null")


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"steps": 2000},
    "quick": {"steps": 8000},
    "standard": {},
    "full": {"steps": 100_000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names."""
