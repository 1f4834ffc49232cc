"""Pairs of codes: what moved, and by how much the encoder errs."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.discovery.twin.twins import Twins
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Categorical, Continuous

CODE = Code((Factor("a", Continuous(-1.0, 1.0)), Factor("k", Categorical(("x", "y")))))


def test_changes_are_counted_by_factor_and_against_the_error_of_the_encoder() -> None:
    before = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.0, 1.0]])
    after = torch.tensor([[0.1, 1.0, 0.0], [0.5, 1.0, 0.0]])
    twins = Twins(CODE, before, after, torch.zeros(2, 2), torch.tensor([0.0001, 0.02]))
    assert torch.allclose(twins.change, torch.tensor([[0.01, 0.0], [0.0, 2.0]]))
    assert twins.moved((0,)).tolist() == [True, False] and twins.moved((0, 1)).tolist() == [True, True]
    assert torch.allclose(twins.error, torch.tensor([0.01, 0.1, 0.1]))
    assert torch.allclose(twins.variance, torch.tensor([0.125, 1.0]))
