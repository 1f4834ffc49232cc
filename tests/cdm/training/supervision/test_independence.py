"""The criterion of independence."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from bars import uniform

from cdm.training.supervision.independence import hsic


def test_the_independence_criterion_is_zero_on_average_only_if_independent() -> None:
    drawn = [hsic(uniform(128, seed), uniform(128, 1000 + seed)) for seed in range(40)]
    assert abs(float(torch.stack(drawn).mean())) < 0.01
    a = uniform(128, 0)
    assert float(hsic(a, a)) == pytest.approx(1)
    assert float(hsic(a, a.abs())) > 0.2  # without any correlation
    assert float(hsic(a, 0.5 * a + 0.5 * uniform(128, 1))) > 0.2


def test_a_code_that_hardly_varies_does_not_blow_the_criterion_up() -> None:
    still = (1e-4 * uniform(64, 0)).requires_grad_()
    hsic(still, uniform(64, 1)).backward()
    assert torch.isfinite(still.grad).all() and float(still.grad.abs().max()) < 1
