"""What a causal flow answers: factors as they would have been, of images whose labels are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cdm.errors import CdmError
from cdm.methods.causal_flow.config import Options
from cdm.methods.causal_flow.networks import Flow
from cdm.models import shapes
from cdm.models.interventions import DoTable
from cdm.models.protocol import Model
from cdm.scm.codes import Code
from cdm.scm.graph import topological


@dataclass(frozen=True)
class Abducted:
    """What must have been for labels to be.

    Attributes:
        codes: ``(n, width)``, the labels.
        latents: ``(n, m)``, the hidden causes: the median of what they may have been.
        noise: ``(n, width)``, of each factor, given these.
    """

    codes: Tensor
    latents: Tensor
    noise: Tensor


class CausalFlow(Model):
    """A flow of labels along a given graph; it draws no image.

    Args:
        code: the factors.
        size: pixels a side, of the images that it is asked about and does not look at.
        config: its options.
        latents: numbers of the hidden causes.
    """

    name, answers = "causal_flow", frozenset({"factors", "given"})
    config: Options

    def __init__(self, code: Code, size: int, config: Options, latents: int = 0) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        self.flow = Flow(code, latents, config.width)

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Abducted:
        """Hidden causes and noises of labels.

        Raises:
            CdmError: if the labels are not known.
        """
        if factors is None:
            raise CdmError(f"model {self.name!r} reads no factors: it needs labels")
        with torch.no_grad():
            latents, _ = self.flow.infer(factors, factors.new_zeros(len(factors), len(self.flow.hidden)))
            return Abducted(factors, latents, self.flow.noise(factors, latents)[0])

    def act(self, abduction: Any, do: DoTable) -> Tensor:
        """The labels as they would have been; what no do reaches stays, bit for bit."""
        with torch.no_grad():
            after = self.flow.solve(abduction.noise, abduction.latents, do.mask, do.value)
            return torch.where(self.flow.touched(do.mask), after, abduction.codes)

    def sample_codes(self, do: Mapping[str, float], n: int, seed: int = 0) -> Tensor:
        """Codes of factors drawn under a do; one seed is one noise, whatever the do."""
        table = self.table(do, n)
        with torch.no_grad():
            return self.flow.solve(*self.flow.draw(n, torch.Generator().manual_seed(seed)), table.mask, table.value)


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> CausalFlow:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's, or its graph has a cycle.
    """
    hidden = weights.get("flow.hidden")
    latents = len(hidden) if hidden is not None and hidden.ndim else 0
    model = shapes.filled(lambda: CausalFlow(code, size, options, latents), weights)
    topological(model.flow.adjacency)
    return model
