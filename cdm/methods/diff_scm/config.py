"""What Diff-SCM is told."""

from __future__ import annotations

from dataclasses import dataclass

from cdm.methods.parts import guiding


@dataclass(frozen=True)
class Options:
    """Options of Diff-SCM.

    Attributes:
        seed: of weights and batches.
        denoiser_steps: of the denoiser.
        predictor_steps: of the anti-causal predictor.
        batch: images a step of the denoiser.
        predictor_batch: images a step of the predictor.
        rate: the highest learning rate of both.
        scale: of the guidance; 1 is Bayes' rule, 0 gives images back.
        noise: the time to which images are run, a share of the whole way to noise.
        ddim: evaluations each way.
        width: channels of the first level of the denoiser, a multiple of 8.
        reader_width: channels of the first level of the predictor, a multiple of 8.
    """

    seed: int = 0
    denoiser_steps: int = 20000
    predictor_steps: int = 10000
    batch: int = 16
    predictor_batch: int = 32
    rate: float = 1e-3
    scale: float = 3.0
    noise: float = 0.995
    ddim: int = 20
    width: int = 24
    reader_width: int = 32

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        guiding.bounded(self)


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"denoiser_steps": 2000, "predictor_steps": 1000},
    "quick": {"denoiser_steps": 8000, "predictor_steps": 4000},
    "standard": {},
    "full": {"denoiser_steps": 100_000, "predictor_steps": 50_000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names."""
