"""Mechanisms: the right parents leave the noise as it was, and noise that is read back gives the codes again."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import CODE, TOY, toy_codes
from factors import seeded as seeded

from cdm.scm import mechanisms
from cdm.scm.graph import from_edges
from cdm.scm.mechanisms import Mechanisms


def fitted(edges: list[tuple[str, str]], steps: int = 400) -> tuple[Mechanisms, torch.Tensor]:
    """Mechanisms of the toy under a graph, and what is left of the noise invariance on other pairs."""
    model = Mechanisms(TOY, from_edges(TOY.names, edges))
    before, after, mask, _ = toy_codes()
    optimiser = torch.optim.Adam(model.parameters(), 5e-3)
    for _ in range(steps):
        rows = torch.randint(len(before), (256,))
        z, z2, m = before[rows], after[rows], mask[rows]
        loss = model.surprise(z).sum(1).mean() + (model.surprise(z2) * (1 - m)).sum(1).mean()
        loss = loss + mechanisms.invariance(model, z, z2, m).clamp_max(10).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    before, after, mask, _ = toy_codes(seed=1)
    with torch.no_grad():
        return model, mechanisms.invariance(model, before, after, mask).mean()


def test_noise_is_invariant_at_the_true_graph_and_at_no_other() -> None:
    (_, right), (_, without), (_, turned) = fitted([("a", "b")]), fitted([]), fitted([("b", "a")])
    assert float(right) < 0.1
    assert float(without) > 3 * float(right)
    assert float(turned) > 3 * float(right)


def test_counterfactuals_of_fitted_mechanisms_are_those_of_the_equations() -> None:
    model, _ = fitted([("a", "b")], steps=1200)
    before, after, mask, value = toy_codes(seed=2)
    with torch.no_grad():
        predicted = model.counterfactual(before, mask, value)
    assert float((predicted - after)[:, 1].abs().mean()) < 0.03  # of a range of 2
    hit = mask[:, 1] == 1
    assert torch.equal(predicted[hit][:, :1], before[hit][:, :1])  # a do on b leaves a, bit for bit


@pytest.mark.parametrize("edges", [[], [("size", "hue"), ("hue", "kind")], [("kind", "size"), ("size", "hue")]])
def test_noise_that_is_read_back_gives_the_codes_again(edges: list[tuple[str, str]]) -> None:
    model = Mechanisms(CODE, from_edges(CODE.names, edges))
    for weight in model.weights:
        torch.nn.init.normal_(weight, std=0.5)
    values = torch.stack([torch.rand(50) * 4 + 2, torch.rand(50) * 360, torch.randint(0, 3, (50,)).float()], 1)
    codes = CODE.encode(values)
    with torch.no_grad():
        again = model.solve(model.noise(codes))
        nothing = model.counterfactual(codes, torch.zeros(50, 3), codes)
    assert torch.allclose(again, codes, atol=1e-4)
    assert torch.equal(nothing, codes)


def test_drawn_noise_is_that_of_the_data() -> None:
    model, _ = fitted([("a", "b")])
    before, *_ = toy_codes()
    with torch.no_grad():
        model.remember(before)
        drawn = model.solve(model.draw(4000, torch.Generator().manual_seed(3)))
    values, real = TOY.decode(drawn), TOY.decode(before)
    assert torch.allclose(values[:, :2].mean(0), real[:, :2].mean(0), atol=0.03)
    assert torch.allclose(values[:, :2].std(0), real[:, :2].std(0), atol=0.03)
    assert torch.corrcoef(values[:, :2].T)[0, 1] > 0.8
    assert torch.allclose(torch.bincount(values[:, 2].long()) / 4000, torch.full((3,), 1 / 3), atol=0.04)


def test_what_a_hidden_cause_binds_stays_together_when_noise_is_drawn() -> None:
    """Two factors that agree without an edge agree in draws, too, and a do on one leaves the other."""
    draw = torch.Generator().manual_seed(5)
    hidden = torch.rand(6000, generator=draw)
    b = hidden * 0.5 + 0.25 + 0.02 * torch.randn(6000, generator=draw)
    level = (hidden * 2.99).floor()
    codes = TOY.encode(torch.stack([torch.rand(6000, generator=draw), b, level], 1))
    model = Mechanisms(TOY, torch.zeros(3, 3))
    with torch.no_grad():
        model.remember(codes)
        noise = model.draw(4000, torch.Generator().manual_seed(3))
        free = TOY.decode(model.solve(noise))
        mask = torch.tensor([[0.0, 1.0, 0.0]]).expand(4000, -1)
        done = TOY.decode(model.solve(noise, mask, TOY.encode(torch.full((4000, 3), 0.5))))
    shares = [values[values[:, 2] == 0, 1].mean() for values in (TOY.decode(codes), free)]
    assert abs(float(shares[0] - shares[1])) < 0.02
    assert torch.equal(done[:, 2], free[:, 2]) and bool((done[:, 1] == 0.5).all())
