"""How a graph search is done: on labels as codes, which nobody had to read in images."""

from __future__ import annotations

import torch
from torch import Tensor

from cdm import discovery
from cdm.methods.graph_search.answer import GraphSearch
from cdm.methods.graph_search.config import Options
from cdm.methods.parts import descent
from cdm.models.protocol import Job

_EXACT = 1e-6  # mean squared error of a label


def fit(job: Job, options: Options) -> GraphSearch:
    """Search the graph on labels.

    Raises:
        CdmError: if the data lack labels, or pairs that the search needs, or its package is missing.
    """
    needs = ("factors", "factors_cf", "do_mask") if options.pairs else ("factors",)
    descent.needed(job, GraphSearch.name, needs)
    model = GraphSearch(job.pairs.code, job.pairs.size, options).eval()
    before = _codes(job, "factors", options)
    after, mask = None, None
    if options.pairs:
        after, mask = _codes(job, "factors_cf", options), torch.tensor(job.pairs.arrays["do_mask"][: options.rows])
        mask = mask.float()
    floor = torch.full((len(model.code.factors),), _EXACT)
    found = discovery.discover(options.search, model.code, before, after, mask, floor, options.seed)
    for name in ("adjacency", "probability", "undecided"):
        getattr(model, name).copy_(getattr(found, name))
    return model.to(job.device)


def _codes(job: Job, name: str, options: Options) -> Tensor:
    """The labels of the first rows."""
    return job.pairs.code.encode(torch.tensor(job.pairs.arrays[name][: options.rows]).float())
