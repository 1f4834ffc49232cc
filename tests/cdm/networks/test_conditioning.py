"""Tokens tell of their factors and of the parents of these, and of nothing else."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import TOY, both
from factors import seeded as seeded

from cdm.networks.conditioning import MODES, Mode, Tokens
from cdm.scm.graph import from_edges


@pytest.mark.parametrize("mode", MODES)
def test_a_token_tells_of_its_factor_and_parents_only(mode: str) -> None:
    adjacency = from_edges(TOY.names, [("a", "b")])
    tokens = Tokens(TOY, adjacency, mode)  # type: ignore[arg-type]
    codes = TOY.encode(torch.tensor([[0.3, 0.6, 1.0]])).requires_grad_()
    parents = {"mask": {1: {0, 1}}, "gnn": {1: {0, 1}}}.get(mode, {})
    for i in range(3):
        (gradient,) = torch.autograd.grad(
            tokens(codes)[0, i].square().sum(), codes, retain_graph=True, allow_unused=True
        )
        moved = {j for j, block in enumerate(TOY.blocks) if gradient is not None and gradient[0, block].abs().sum() > 0}
        assert moved == (set() if mode == "none" else parents.get(i, {i}))


def test_a_dropped_token_tells_nothing_of_its_factor() -> None:
    tokens = Tokens(TOY, torch.zeros(3, 3), "film")
    dropped = torch.tensor([[True, False, False]])
    one, other = (tokens(TOY.encode(torch.tensor([[a, 0.5, 0.0]])), dropped) for a in (0.1, 0.9))
    assert torch.equal(one, other)


@pytest.mark.parametrize("mode", ["film", "mask"])
def test_of_two_frames_each_has_the_tokens_that_it_has_alone(mode: Mode) -> None:
    graph = torch.zeros(6, 6)
    graph[0, 1] = graph[3, 4] = 1  # the first causes the second, in each frame
    tokens, codes, dropped = Tokens(both(TOY), graph, mode), torch.randn(2, 2 * TOY.width), torch.rand(2, 6) < 0.5
    told = tokens(codes, dropped)
    assert told.shape[1] == 6
    for part, block in ((slice(3), slice(TOY.width)), (slice(3, 6), slice(TOY.width, None))):
        assert torch.allclose(told[:, part], tokens(codes[:, block], dropped[:, part]), atol=1e-5)
