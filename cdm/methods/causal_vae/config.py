"""What a CausalVAE is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cdm.methods.parts import bounds

Graph = Literal["learned", "given"]
"""Whose effects there are: those that labels show, beginning with none, or those of the manifest."""
Rest = Literal["dropped", "kept"]
"""What becomes of that in an image which the decoder does not draw, in an answer."""


@dataclass(frozen=True)
class Options:
    """Options of a CausalVAE.

    Attributes:
        seed: of weights, batches and noise.
        graph_steps: of the search for effects on labels.
        steps: of the autoencoder.
        batch: images a step.
        rate: the highest learning rate.
        graph: ``learned``: effects are those that labels show; ``given``: those of the manifest, and it shows no graph.
        lasso: price of an effect's size in the search.
        threshold: effects of this size or less are none; it is raised until there is no cycle.
        noise: size of the noise of a pixel, in images from -1 to 1.
        strict: size of the noise with which latents are labels.
        exogenous: weight of the divergence of exogenous noise from its prior.
        spare: latents that no label supervises, for what labels do not tell of images.
        rest: ``dropped``: an answer is what the decoder draws; ``kept``: and what it did not draw of the image.
        width: channels of the first level of encoder and decoder, a multiple of 8.
    """

    seed: int = 0
    graph_steps: int = 30000
    steps: int = 30000
    batch: int = 16
    rate: float = 1e-3
    graph: Graph = "learned"
    lasso: float = 0.02
    threshold: float = 0.3
    noise: float = 0.1
    strict: float = 0.02
    exogenous: float = 0.3
    spare: int = 4
    rest: Rest = "dropped"
    width: int = 24

    def __post_init__(self) -> None:
        """Raise if a number is beyond its bounds."""
        bounds.some(self, "batch")
        bounds.positive(self, "noise", "strict")
        bounds.eighths(self, "width")


PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"graph_steps": 3000, "steps": 3000},
    "quick": {"graph_steps": 12000, "steps": 12000},
    "standard": {},
    "full": {"graph_steps": 60000, "steps": 150_000},
}
"""About the CPU-seconds of the causal diffusion model's presets of these names."""
