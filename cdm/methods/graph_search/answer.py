"""What a graph search answers: a graph."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm.methods.graph_search.config import Options
from cdm.models import shapes
from cdm.models.protocol import Model
from cdm.scm.codes import Code


class GraphSearch(Model):
    """A graph that was found on labels.

    Attributes:
        adjacency: ``(d, d)``, 1 from cause to effect, without cycles.
        probability: ``(d, d)`` of each edge.
        undecided: ``(d, d)``, symmetric, 1 where the search cannot tell.
    """

    name, answers = "graph_search", frozenset({"graph"})
    config: Options
    adjacency: Tensor
    probability: Tensor
    undecided: Tensor

    def __init__(self, code: Code, size: int, config: Options) -> None:
        super().__init__()
        self.code, self.size, self.config = code, size, config
        d = len(code.factors)
        for name in ("adjacency", "probability", "undecided"):
            self.register_buffer(name, torch.zeros(d, d))

    @property
    def graph(self) -> Tensor:
        """The graph; of what stays open it holds one way of some."""
        return self.adjacency


def load(code: Code, size: int, options: Options, weights: dict[str, Tensor]) -> GraphSearch:
    """The model that has these weights.

    Raises:
        ValueError: if they are not such a model's.
    """
    return shapes.filled(lambda: GraphSearch(code, size, options), weights)
