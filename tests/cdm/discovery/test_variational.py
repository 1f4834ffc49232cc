"""A posterior over graphs."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from causes import TRUTH, curved
from causes import brief as brief
from torch import Tensor

from cdm.discovery import variational
from cdm.scm.graph import topological


def test_samples_of_the_posterior_are_dags_whose_mean_follows_the_beliefs() -> None:
    exists = torch.full((4, 4), 3.0)
    beliefs = variational.Posterior(exists, torch.tensor([6.0, 3.0, 0.0, -3.0]))
    sampled, edges, orders = beliefs.sample(400, torch.Generator().manual_seed(0))
    for graph in sampled[:20]:
        topological(graph)
    mean = sampled.mean(0)
    assert mean[0, 3] == pytest.approx(0.95, abs=0.04) and mean[3, 0] < 0.01
    assert edges.shape == (400, 4) and orders.shape == (400,) and (edges <= 0).all() and (orders <= 0).all()


def distance(one: Tensor, other: Tensor) -> int:
    wrong = one != other
    return int((wrong | wrong.T).triu().sum())


def test_spoiled_pairs_spoil_the_posterior(brief: None) -> None:
    pairs = curved()
    rows = torch.randperm(3000, generator=torch.Generator().manual_seed(0))
    assert pairs.after is not None and pairs.mask is not None
    spoiled = replace(pairs, after=pairs.after[rows], mask=pairs.mask[:, [1, 0, 3, 2]][rows])
    assert distance(spoiled.discovered("variational").adjacency, TRUTH) > 1
