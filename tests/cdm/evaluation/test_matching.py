"""Matching codes without names or signs to factors."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from bars import uniform

from cdm import config
from cdm.data.pairs import Pairs
from cdm.evaluation import matching
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.training import run


def _untrained(pairs: Pairs, level: str) -> CausalDiffusionModel:
    return run.start(pairs, config.make("quick", supervision=level)).model


def test_codes_are_matched_in_order_and_sign_whatever_the_numbering(toy_pairs: Pairs) -> None:
    truth = torch.cat([uniform(200, seed) for seed in range(3)], 1)
    mixed = torch.stack([-truth[:, 2], truth[:, 0], -(truth[:, 1] ** 3)], 1)
    found = matching.match(_untrained(toy_pairs, "unknown"), mixed, truth)
    assert found == matching.Matching((2, 0, 1), (-1.0, 1.0, -1.0))
    assert torch.equal(found.codes(truth), torch.stack([-truth[:, 2], truth[:, 0], -truth[:, 1]], 1))
    assert found.mask(torch.tensor([[0.0, 0.0, 1.0]])).tolist() == [[1, 0, 0]]
    chain = torch.tensor([[0, 1, 0], [0, 0, 1], [0, 0, 0]])  # a -> b -> c, that is z2 -> z3 -> z1
    assert found.graph(chain).nonzero().tolist() == [[1, 2], [2, 0]]


def test_targets_matches_signs_of_numbers_only_and_supervised_levels_nothing(toy_pairs: Pairs) -> None:
    truth = toy_pairs.batch(torch.arange(200))["factors"]
    found = matching.match(_untrained(toy_pairs, "targets"), -truth, truth)
    assert found == matching.Matching((0, 1, 2), (-1.0, -1.0, 1.0, 1.0, 1.0))
    assert matching.match(_untrained(toy_pairs, "interventions"), -truth, truth) is None
