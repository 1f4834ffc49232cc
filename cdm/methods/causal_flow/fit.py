"""How a causal flow is trained: on the labels of factual images, by maximum likelihood, or its bound."""

from __future__ import annotations

import itertools

import networkx
import torch
from torch import Tensor

from cdm.errors import CdmError
from cdm.methods.causal_flow.answer import CausalFlow
from cdm.methods.causal_flow.config import Options
from cdm.methods.parts import descent
from cdm.models.protocol import Job


def fit(job: Job, options: Options) -> CausalFlow:
    """Fit the flow, and the encoder of hidden causes where the graph has any.

    Raises:
        CdmError: if the data have no labels or tell no graph, or a loss is not finite.
    """
    descent.needed(job, CausalFlow.name, ("factors",))
    if job.graph is None:
        raise CdmError(f"model {CausalFlow.name!r} needs a graph, which the manifest does not tell")
    hidden = causes(job).repeat_interleave(options.latent, dim=0)
    code, size = job.pairs.code, job.pairs.size
    model = descent.begun(lambda: CausalFlow(code, size, options, len(hidden)), options, job.device)
    codes = code.encode(torch.tensor(job.pairs.arrays["factors"]).float()).to(job.device)
    model.flow.lay(job.graph, hidden, codes)
    taken, warm = itertools.count(1), max(1.0, options.warmup * options.steps)

    def loss(generator: torch.Generator) -> Tensor:
        chosen = torch.randint(len(codes), (options.batch,), generator=generator).to(codes.device)
        noise = torch.randn(options.batch, len(hidden), generator=generator).to(codes.device)
        return model.flow.bound(codes[chosen], noise, min(1.0, next(taken) / warm)).mean()

    descent.descend([model], job, "flow", options.steps, options.rate, loss, options.seed)
    return model.eval()


def causes(job: Job) -> Tensor:
    """The hidden common causes that a graph tells of, ``(m, d)``, 1 from each to the factors that it causes.

    A manifest has them as bidirected edges, which tell pairs; a cause of several factors has joined all of these, so
    that each set of factors that are joined with one another, and is as large as can be, is taken for one cause's.
    """
    d = len(job.pairs.code.factors)
    matrix = job.manifest.get("graph", {}).get("adjacency", {}).get("bidirected")
    joined = networkx.Graph([(i, j) for i in range(d) for j in range(i) if matrix and (matrix[i][j] or matrix[j][i])])
    cliques = sorted(sorted(clique) for clique in networkx.find_cliques(joined))
    return torch.tensor([[float(j in clique) for j in range(d)] for clique in cliques]).reshape(-1, d)
