"""Losses, each where it is zero and where it is not."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from factors import TOY, toy_codes

from cdm.scm.graph import from_edges, reachability
from cdm.training import losses


def test_sparse_change_pays_small_movements_and_saturates_for_large_ones() -> None:
    before, mask = torch.zeros(4, 5), torch.tensor([[1.0, 0, 0]] * 4)
    small, large, larger = (losses.sparse_change(TOY, before, before + c, mask, 0.2) for c in (0.05, 1.0, 2.0))
    assert 0 < float(small) < float(large)
    assert float(larger) == pytest.approx(float(large), abs=1e-3)
    assert float(losses.sparse_change(TOY, before, before + 1, torch.zeros(4, 3), 0.2)) == 0  # no do, no term


def test_steadiness_is_zero_at_the_true_graph_and_positive_where_an_effect_is_denied() -> None:
    before, after, mask, _ = toy_codes(200)
    true, empty = reachability(from_edges("abk", [("a", "b")])), torch.eye(3)
    assert float(losses.steadiness(TOY, before, after, mask, true)) == 0
    assert float(losses.steadiness(TOY, before, after, mask, empty)) > 0.01
