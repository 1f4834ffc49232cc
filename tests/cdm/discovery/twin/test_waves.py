"""Random functions that vanish where nothing changed, and their fits."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.discovery.twin import waves
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Circular, Continuous

CODE = Code((*(Factor(name, Continuous(-1.0, 1.0)) for name in "abc"), Factor("d", Circular(0.0, 360.0))))


def test_functions_read_what_they_may_and_vanish_where_nothing_changed() -> None:
    draw = torch.Generator().manual_seed(0)
    base = waves.draw(CODE, [0, 3], [0, 3], [1], 50, draw)
    before, after = torch.rand(2, 20, 5, generator=draw)
    assert (base.change(before, before, before) == 0).all()
    third = after.clone()
    third[:, :3] = before[:, :3]
    third[:, 2] = after[:, 2]
    assert (base.change(before, third, before)[:, base.weights[3:5].abs().sum(0) == 0] == 0).all()
    assert (base.weights[[1, 2]] == 0).all() and (base.weights[[5, 7, 8, 9]] == 0).all()  # of c nothing, of b the past
    assert (base.weights[[0, 3, 4]].abs().sum(0) > 0).all()


@pytest.mark.parametrize("rows", [40, 400])
def test_a_fit_finds_a_function_and_what_is_left_is_noise(rows: int) -> None:
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(rows + 200, 60, generator=draw)
    y = x[:, :2] @ torch.tensor([[1.0], [-1.0]]) + 0.1 * torch.randn(rows + 200, 1, generator=draw)
    weights, errors = waves.fit(x[:rows], y[:rows], x[rows:], y[rows:])
    assert weights.shape == (60, 1) and errors.mean() < (0.02 if rows == 400 else y.var())


def test_turns_of_an_angle_look_the_same_wherever_it_stands() -> None:
    angle = torch.linspace(0, 6, 7)
    own, new = (torch.stack([a.cos(), a.sin()], 1) for a in (angle, angle + 0.5))
    seen = waves.turned(new - own, own, "circular")
    assert torch.allclose(seen, torch.tensor([math.cos(0.5) - 1, math.sin(0.5)]).expand(7, 2), atol=1e-6)
    assert torch.allclose(waves.turned(seen, own, "circular", back=True), new - own, atol=1e-6)
    assert waves.turned(new, own, "continuous") is new
