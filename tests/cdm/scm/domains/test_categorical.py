"""Levels, as mechanisms see them."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import CODE
from factors import seeded as seeded

from cdm.scm import mechanisms
from cdm.scm.graph import from_edges
from cdm.scm.mechanisms import Mechanisms


def test_a_level_keeps_its_noise_as_far_as_its_interval_is_still_its_own() -> None:
    """The toll of a level that changes is what a uniform noise says of it."""
    model = Mechanisms(CODE, from_edges(CODE.names, [("size", "kind")]))
    torch.nn.init.normal_(model.weights[2], std=0.7)
    values = torch.tensor([[2.0, 0.0, 1.0]])
    u = torch.rand(200_000, 1)
    with torch.no_grad():
        shares = [model(CODE.encode(torch.tensor([[size, 0.0, 1.0]])))[0][:, 3:].softmax(1)[0] for size in (2.0, 4.0)]
        levels = [(u > share.cumsum(0)).sum(1).clamp_max(2) for share in shares]
        for level in range(3):
            truth = float((levels[1][levels[0] == 1] == level).float().mean())
            after = torch.tensor([[4.0, 0.0, float(level)]])
            pair = (CODE.encode(values), CODE.encode(after), torch.tensor([[1.0, 0.0, 0.0]]))
            kept = float((-mechanisms.noise_changes(model, *pair)[0, 2]).exp())
            assert kept == pytest.approx(max(truth, 1e-3), abs=0.01)
        still = mechanisms.noise_changes(model, CODE.encode(values), CODE.encode(values), torch.zeros(1, 3))
    assert float(still.abs().max()) < 1e-6
