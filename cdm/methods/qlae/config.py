"""What a QLAE is told."""

from __future__ import annotations

from dataclasses import dataclass

from cdm.errors import CdmError
from cdm.methods.parts import bounds


@dataclass(frozen=True)
class Options:
    """Options of a QLAE.

    Attributes:
        seed: of weights and batches.
        steps: of the training.
        batch: images a step.
        rate: the highest learning rate.
        values: how many each latent may take.
        spare: latents beyond one a factor.
        quantised: weight of the distance of values from the numbers that they stand for.
        committed: weight of the distance of numbers from the values that stand for them.
        decay: of weights, which shrink by ``rate * decay`` of themselves a step.
        width: channels of the first level of encoder and decoder, a multiple of 8.
    """

    seed: int = 0
    steps: int = 40000
    batch: int = 32
    rate: float = 1e-3
    values: int = 10
    spare: int = 0
    quantised: float = 0.01
    committed: float = 0.01
    decay: float = 0.1
    width: int = 24

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        for name, least in (("batch", 1), ("values", 2)):
            if getattr(self, name) < least:
                raise CdmError(f"{name}: at least {least} is needed, found {getattr(self, name)}")
        if self.rate * self.decay >= 1:
            raise CdmError(f"decay: less than {1 / self.rate:g} is needed at this rate, found {self.decay:g}")
        bounds.eighths(self, "width")


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"steps": 4000},
    "quick": {"steps": 16000},
    "standard": {},
    "full": {"steps": 200_000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names; the paper's is ``full``."""
