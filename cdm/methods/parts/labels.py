"""Factors as labels: a model that takes them as known, and the SCM over them by which it knows what follows from a do.

The deep structural causal models of the field (Pawlowski et al. 2020, arXiv 2006.06485) are fitted on labels, with a
graph that is given: a mechanism for each factor, whose noise is abducted from the labels of an image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from cdm.errors import CdmError
from cdm.methods.parts import descent
from cdm.models.interventions import DoTable
from cdm.models.protocol import Job, Model
from cdm.scm.codes import Code
from cdm.scm.mechanisms import Mechanisms

Graph = Literal["given", "none"]
"""Whose graph an SCM over labels has: that of the manifest, or none: then a do changes its target and nothing else."""
_BATCH, _RATE = 256, 2e-3


@dataclass(frozen=True)
class Known:
    """What is known of images that are asked about.

    Attributes:
        images: ``(n, 3, size, size)``.
        codes: ``(n, width)``, their labels.
    """

    images: Tensor
    codes: Tensor


class Labelled(Model):
    """A model of images whose labels are known; a subclass draws what they become.

    Its graph is given, so it does not answer ``graph``: nobody is to count it as found.

    Args:
        code: the factors.
        size: pixels a side.
        config: its options.
    """

    answers = frozenset({"counterfactual", "factors", "given"})

    def __init__(self, code: Code, size: int, config: Any) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        d = len(code.factors)
        self.mechanisms = Mechanisms(code, torch.zeros(d, d))

    def abduct(self, images: Tensor, factors: Tensor | None = None) -> Any:
        """The images and their labels; what else must have been, a subclass may add.

        Raises:
            CdmError: if the labels are not known.
        """
        if factors is None:
            raise CdmError(f"model {self.name!r} reads no factors: it needs labels")
        return Known(images, factors)

    def act(self, abduction: Any, do: DoTable) -> Tensor:
        """The labels as they would have been, all noise being the same."""
        with torch.no_grad():
            return self.mechanisms.counterfactual(abduction.codes, do.mask, do.value)


def learn(model: Labelled, job: Job, graph: Graph, steps: int) -> None:
    """Fit the mechanisms of a model on the labels of factual images: maximum likelihood, given the graph.

    Raises:
        CdmError: if the data tell no graph that is to be given, or a loss is not finite.
    """
    if graph == "none":
        return
    true = job.graph
    if true is None:
        raise CdmError(f"model {model.name!r} needs a graph, which the manifest does not tell; --set graph=none")
    model.mechanisms = descent.begun(lambda: Mechanisms(model.code, true.float()), model.config, job.device)
    codes = model.code.encode(torch.tensor(job.pairs.arrays["factors"]).float()).to(job.device)

    def loss(generator: torch.Generator) -> Tensor:
        chosen = codes[torch.randint(len(codes), (_BATCH,), generator=generator).to(codes.device)]
        return model.mechanisms.surprise(chosen).sum(dim=1).mean()

    descent.descend([model.mechanisms], job, "mechanisms", steps, _RATE, loss, model.config.seed)
    model.mechanisms.eval()
