"""A graph that is read off pairs: of the toy, of pairs that were spoiled, and of targets that nobody hit."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from factors import TOY, toy_codes
from factors import seeded as seeded

from cdm.discovery import Discovery, interventional


def discovered(before: torch.Tensor, after: torch.Tensor, mask: torch.Tensor, noise: float = 0.02) -> Discovery:
    floor = torch.tensor([f.width * noise**2 for f in TOY.factors])
    jitter = [z + noise * torch.randn_like(z) for z in (before, after)]
    return interventional.discover(TOY, *jitter, mask, floor)


def test_the_graph_is_read_off_pairs() -> None:
    before, after, mask, _ = toy_codes()
    learned = discovered(before, after, mask)
    assert learned.adjacency.tolist() == toy.ADJACENCY
    assert learned.probability[0, 1] > 0.9
    assert learned.undecided.sum() == 0


def test_permuted_names_permute_the_graph_and_shuffled_pairs_hide_it() -> None:
    before, after, mask, _ = toy_codes()
    turned = discovered(before, after, mask[:, [1, 0, 2]])  # who was hit is told wrongly: b for a
    assert turned.adjacency.tolist() != toy.ADJACENCY
    rows = torch.randperm(len(after))
    shuffled = discovered(before, after[rows], mask[rows])  # second images of other samples
    assert shuffled.adjacency.tolist() != toy.ADJACENCY


def test_what_nobody_intervened_on_stays_undecided() -> None:
    before, after, mask, _ = toy_codes()
    rows = mask[:, 1:].sum(1) == 0  # a alone
    learned = discovered(before[rows], after[rows], mask[rows])
    assert learned.adjacency.tolist() == toy.ADJACENCY
    assert learned.undecided.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0]]
