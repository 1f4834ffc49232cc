"""What is read off a model between the phases of its training: codes of all pairs, the graph, styles."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from cdm import discovery
from cdm.config import VALUELESS
from cdm.discovery import Discovery
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.scm.graph import present, stationary
from cdm.training.coding import coded
from cdm.training.effects import coverage, removal
from cdm.training.feed import Batch
from cdm.training.run import Run

_AT_ONCE = 500
_DOUBTED = 0.7  # probability of an edge at most, whose effect may be an error of reading


def part_effects(run: Run) -> None:
    """Tell effects from errors of reading, once there is an encoder; from then on the latter are held still.

    A graph that is given tells them itself.
    """
    known = encoded(run)
    if "after" in known and "value" in known:
        trusted = coverage.covered(run.model.code, known["after"].cpu(), run.source.alone)
        run.source = replace(run.source, trusted=trusted, codes={**known, "trusted": trusted.to(run.device)})
    found = None if run.config.graph == "given" else removal.tested(run)
    if found is not None:
        run.header["still"] = found.still.tolist()
        run.header["doubtful"] = found.doubtful.tolist()


def find_graph(run: Run) -> None:
    """Read the graph off all codes with the encoder as it is, and give it to the model."""
    model, known, floor = run.model, encoded(run), _floor(run)
    before, after, mask = known["before"], known.get("after"), known.get("mask")
    told = (before, after, mask, floor, run.config.seed, run.still, known.get("trusted"))
    graph = _same(_doubted(run, discovery.discover(run.config.graph, model.code, *told)), model.code.frames)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.config.seed + 1)
        model.set_graph(graph.adjacency, None if run.still is None else 1 - run.still)
    kept = ("adjacency", "probability", "undecided", "bidirected")
    run.header["graph"] = {name: getattr(graph, name).tolist() for name in kept}
    run.header["encoder_error"] = floor.tolist()
    run.log({"phase": "graph", "edges": edges(model), "unlearned": _unlearned(run)})


def _same(graph: Discovery, frames: int) -> Discovery:
    """A graph that holds in both frames what it says of this one; of one frame it is what it was."""
    adjacency, probability, undecided = (
        stationary(matrix, frames) for matrix in (graph.adjacency, graph.probability, graph.undecided)
    )
    hidden = None if graph.bidirected is None else stationary(graph.bidirected, frames)
    return replace(graph, adjacency=adjacency, probability=probability, undecided=undecided, bidirected=hidden)


def _doubted(run: Run, graph: Discovery) -> Discovery:
    """A graph whose edges are not surer than the effects that they stand on."""
    if "doubtful" not in run.header or run.config.graph != "interventional":
        return graph
    doubtful = torch.tensor(run.header["doubtful"])
    edges = doubtful * graph.adjacency
    probability = torch.where(doubtful > 0, graph.probability.clamp_max(_DOUBTED), graph.probability)
    return replace(
        graph, probability=probability, undecided=torch.maximum(graph.undecided, edges + edges.T).clamp_max(1)
    )


def _floor(run: Run) -> Tensor:
    """The encoder's mean squared error ``(d,)`` on held-out pairs, as far as values were set; else zeros."""
    known, code, held = encoded(run), run.model.code, slice(run.source.trained, None)
    if run.config.supervision in VALUELESS:
        return run.config.leak / 2 * code.sums(known["before"].var(dim=0)[None])[0]
    if "value" not in known or "after" not in known:
        return torch.zeros(len(code.factors))
    mask = known["mask"][held]
    misses = code.sums((known["after"][held] - known["value"][held]).square()) * mask
    return misses.sum(0) / mask.sum(0).clamp_min(1)


def _unlearned(run: Run) -> list[tuple[str, str]]:
    """Movements of the second under a do on the first that were errors of reading, by name."""
    names = run.model.code.names
    return [(names[i], names[j]) for i, j in (() if run.still is None else run.still.nonzero().tolist())]


def edges(model: CausalDiffusionModel) -> list[tuple[str, str]]:
    """The edges of a model's graph by name; of two frames those into the second."""
    names, adjacency = model.code.names, present(model.adjacency, model.code.frames)
    return [(names[i], names[j]) for i, j in adjacency.nonzero().tolist()]


def encoded(run: Run) -> Batch:
    """The codes of all pairs, with the encoder as it is; computed once, until :func:`forget`."""
    if not run.source.codes:
        run.model.eval()
        batches = (run.source.batch(rows) for rows in torch.split(torch.arange(len(run.source.pairs)), _AT_ONCE))
        parts = [coded(run.model, batch) for batch in batches]
        run.source = replace(run.source, codes={name: torch.cat([part[name] for part in parts]) for name in parts[0]})
    return run.source.codes


def forget(run: Run) -> None:
    """Drop the codes of all pairs: the encoder has moved on."""
    run.source = replace(run.source, codes={})


def styles(run: Run) -> Tensor:
    """Styles ``(n, style)`` of the first training images, as many as a model remembers."""
    rows = torch.arange(min(len(run.model.style.bank), run.source.trained))
    with torch.no_grad():
        return torch.cat([run.model.style(run.source.batch(some)["image"]) for some in torch.split(rows, _AT_ONCE)])
