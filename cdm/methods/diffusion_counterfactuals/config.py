"""What DiffusionCounterfactuals is told."""

from __future__ import annotations

from dataclasses import dataclass

from cdm.methods.parts import guiding
from cdm.methods.parts.labels import Graph


@dataclass(frozen=True)
class Options:
    """Options of DiffusionCounterfactuals.

    Attributes:
        seed: of weights and batches.
        denoiser_steps: of the denoiser.
        predictor_steps: of the projector.
        mechanism_steps: of the SCM, if there is a graph.
        batch: images a step of the denoiser.
        predictor_batch: images a step of the projector.
        rate: the highest learning rate of both.
        graph: ``given``: what follows from a do follows by the manifest's graph; ``none``: nothing does.
        share: how large guidance is beside the noise that is in an image, as a ratio of standard deviations; 0 gives
            images back.
        scale: the most that the gradient of the likelihood is multiplied with; 1 is Bayes' rule.
        noise: the time to which images are run, a share of the whole way to noise.
        ddim: evaluations each way.
        width: channels of the first level of the denoiser, a multiple of 8.
        reader_width: channels of the first convolution of the projector, a multiple of 8.
    """

    seed: int = 0
    denoiser_steps: int = 20000
    predictor_steps: int = 10000
    mechanism_steps: int = 1500
    batch: int = 16
    predictor_batch: int = 32
    rate: float = 1e-3
    graph: Graph = "given"
    share: float = 0.2
    scale: float = 3.0
    noise: float = 0.995
    ddim: int = 20
    width: int = 24
    reader_width: int = 32

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        guiding.bounded(self)


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"denoiser_steps": 2000, "predictor_steps": 1000, "mechanism_steps": 400},
    "quick": {"denoiser_steps": 8000, "predictor_steps": 4000, "mechanism_steps": 1000},
    "standard": {},
    "full": {"denoiser_steps": 100_000, "predictor_steps": 50_000, "mechanism_steps": 5000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names."""
