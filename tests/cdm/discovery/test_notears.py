"""NOTEARS: which rows teach which factor."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from causes import NUMBERS, TRUTH, linear

from cdm.discovery import notears
from cdm.discovery.structural import standard
from cdm.scm.graph import topological


def test_least_squares_finds_edges_and_forgets_them_where_their_effect_was_always_set() -> None:
    codes = standard(linear(400).before)
    assert notears.fit(NUMBERS, codes, None, 0).tolist() == TRUTH.tolist()
    kept = torch.ones(400, 4)
    kept[:, 1] = 0  # b was a target in every row
    edges = notears.fit(NUMBERS, codes, kept, 0)
    assert edges[:, 1].tolist() == [0, 0, 0, 0]
    assert edges[2, 3] + edges[3, 2] == 1  # sizes of noise are free here, so the way round is not told


def test_noise_without_causes_has_no_edges() -> None:
    codes = standard(torch.randn(400, 4, generator=torch.Generator().manual_seed(0)))
    assert notears.fit(NUMBERS, codes, None, 0).sum() == 0


def test_a_graph_that_is_cut_short_is_a_dag_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_ROUNDS", 1), ("_STEPS", 20), ("_LEAST_WEIGHT", 0.0)):
        monkeypatch.setattr(notears, name, value)
    pairs = linear(200)
    assert notears.fit(NUMBERS, standard(pairs.before), None, 0).fill_diagonal_(0).sum() == 12  # every edge, both ways
    topological(notears.discover(NUMBERS, pairs.before, pairs.after, pairs.mask, torch.zeros(4), 0).adjacency)
