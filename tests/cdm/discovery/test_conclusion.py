"""What a method concludes of edges that run in a circle, or on which its resamples disagree."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.discovery import conclusion
from cdm.scm.graph import from_edges, topological


def test_circles_give_way_at_the_least_probable_edge_and_stay_undecided() -> None:
    chosen = from_edges("abc", [("a", "b"), ("b", "c"), ("c", "a")])
    probability = chosen * torch.tensor([[0.0, 0.9, 0.0], [0.0, 0.0, 0.8], [0.85, 0.0, 0.0]])
    learned = conclusion.conclude(chosen, probability)
    assert learned.adjacency.nonzero().tolist() == [[0, 1], [2, 0]]
    assert learned.undecided.nonzero().tolist() == [[1, 2], [2, 1]]


def test_what_resamples_disagree_on_is_undecided() -> None:
    probability = torch.tensor([[0.0, 0.6, 0.95], [0.3, 0.0, 0.1], [0.0, 0.0, 0.0]])
    learned = conclusion.conclude((probability > 0.5).float(), probability)
    assert learned.adjacency.nonzero().tolist() == [[0, 1], [0, 2]]
    assert learned.undecided.nonzero().tolist() == [[0, 1], [1, 0]]


def test_ancestors_never_run_in_a_circle() -> None:
    effects = torch.zeros(5, 5)
    for strength, (i, j) in enumerate([(4, 0), (3, 4), (2, 3), (1, 2), (0, 1)], start=1):  # a circle of five
        effects[i, j] = float(strength)
    kept = conclusion.acyclic(effects)
    assert kept.sum() == 4
    assert kept[4, 0] == 0  # the weakest gives way
    assert topological(kept) == [0, 1, 2, 3, 4]


def test_the_likelier_answer_is_drawn_and_stays_undecided_below_three_quarters() -> None:
    probability = torch.tensor([[0.0, 0.6, 0.4], [0.1, 0.0, 0.95], [0.0, 0.0, 0.0]])
    learned = conclusion.decide(probability, torch.zeros(3, 3))
    assert learned.adjacency.nonzero().tolist() == [[0, 1], [1, 2]]
    assert learned.undecided.nonzero().tolist() == [[0, 1], [0, 2], [1, 0], [2, 0]]


def test_an_ancestor_without_a_path_gets_an_edge_that_is_undecided() -> None:
    probability = torch.tensor([[0.0, 0.9, 0.02], [0.0, 0.0, 0.02], [0.0, 0.0, 0.0]])
    ancestors = from_edges("abc", [("a", "b"), ("a", "c"), ("b", "c")])
    learned = conclusion.decide(probability, ancestors)
    assert learned.adjacency.nonzero().tolist() == [[0, 1], [1, 2]]  # one edge is missing: from the nearest ancestor
    assert learned.undecided.nonzero().tolist() == [[1, 2], [2, 1]] and 0.5 <= learned.probability[1, 2] < 0.75


def test_two_edges_between_one_pair_share_what_is_certain() -> None:
    learned = conclusion.decide(torch.tensor([[0.0, 0.9], [0.9, 0.0]]), torch.zeros(2, 2))
    assert torch.allclose(learned.probability, torch.tensor([[0.0, 0.5], [0.5, 0.0]])) and learned.undecided.sum() == 2
