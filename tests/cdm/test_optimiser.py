"""The optimiser: which parameters move orthogonally, and that they do."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from torch import nn

from cdm.optimiser import Optimiser, hidden, orthogonal, pace


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    parts = (nn.Conv2d(3, 24, 3, 1, 1), nn.SiLU(), nn.Conv2d(24, 16, 3, 1, 1), nn.SiLU(), nn.Conv2d(16, 3, 3, 1, 1))
    return nn.Sequential(*parts, nn.Conv2d(3, 32, 1))


def test_kernels_between_hidden_layers_are_chosen() -> None:
    network = _network()
    assert [kernel is network[2].weight for kernel in hidden(network)] == [True]


@pytest.mark.parametrize("shape", [(16, 216), (96, 64), (32, 32)])
def test_what_is_nearly_orthogonal_has_singular_values_about_one(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    turned = orthogonal(matrix)
    tall = max(1.0, shape[0] / shape[1]) ** 0.5
    values = torch.linalg.svdvals(turned) / tall
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    assert values.min() > 0.3
    assert values.max() < 1.3
    assert nn.functional.cosine_similarity(turned.flatten(), (u @ v).flatten(), dim=0) > 0.97


def test_no_step_is_taken_at_a_rate_of_zero_and_one_along_all_directions_else() -> None:
    network = _network()
    optimiser = Optimiser([network], 2e-3)
    before = [p.detach().clone() for p in network.parameters()]

    def step(rate: float) -> None:
        pace(optimiser, rate)
        optimiser.zero_grad()
        network(torch.ones(2, 3, 8, 8)).square().sum().backward()
        optimiser.step()

    step(0.0)
    assert all(torch.equal(p, old) for p, old in zip(network.parameters(), before, strict=True))
    step(2e-3)
    moved = (network[2].weight - before[2]).flatten(1)
    assert torch.linalg.svdvals(moved).max() < 1.3 * 0.02
    assert all((p != old).any() for p, old in zip(network.parameters(), before, strict=True))


def test_a_wrong_gradient_of_zero_does_no_harm() -> None:
    assert torch.equal(orthogonal(torch.zeros(16, 32)), torch.zeros(16, 32))


def test_without_momentum_every_parameter_moves_by_adamw() -> None:
    network, same = _network(), _network()
    ours = Optimiser([network], 2e-3, None)
    theirs = torch.optim.AdamW(same.parameters(), 2e-3, (0.9, 0.99), weight_decay=1e-4, fused=True)
    for _ in range(3):
        for one, optimiser in ((network, ours), (same, theirs)):
            optimiser.zero_grad()
            one(torch.ones(2, 3, 8, 8)).square().sum().backward()
            optimiser.step()
    assert all(torch.equal(p, q) for p, q in zip(network.parameters(), same.parameters(), strict=True))


def test_the_less_momentum_the_sooner_a_kernel_turns_back() -> None:
    def after(momentum: float) -> float:
        network = _network()
        optimiser, kernel = Optimiser([network], 1e-2, momentum), network[2].weight
        before = kernel.detach().clone()
        for sign in (1.0, 1.0, 1.0, 1.0, -1.0, -1.0):
            kernel.grad = sign * torch.eye(16, 24 * 9).view_as(kernel)
            optimiser.step()
        return float((kernel.detach() - before).flatten(1).trace())

    assert after(0.5) > after(0.95) + 0.1


def test_a_kernel_that_was_trained_by_adamw_goes_on_with_momentum() -> None:
    network = _network()
    optimiser, kernel = Optimiser([network], 2e-3), network[2].weight
    optimiser.state[kernel]["exp_avg"] = torch.zeros_like(kernel)  # a checkpoint of before
    before = kernel.detach().clone()
    network(torch.ones(2, 3, 8, 8)).square().sum().backward()
    optimiser.step()
    assert (kernel != before).any()
