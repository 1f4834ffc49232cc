"""What is read off a model between its phases."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from trainings import GRAPH, TINY

from cdm import config
from cdm.data.pairs import Pairs
from cdm.discovery import Discovery
from cdm.training import run, stages, train


def test_styles_are_drawn_from_those_of_training_images(toy_pairs: Pairs) -> None:
    fitted = run.start(toy_pairs, config.make("quick", graph="given", **TINY), given=GRAPH)
    train.fit(fitted)
    style, generator = fitted.model.style, torch.Generator().manual_seed(0)
    drawn = style.draw(5, generator)
    known = stages.styles(fitted)
    assert all((known == row).all(dim=1).any() for row in drawn)
    assert not torch.equal(drawn[0], drawn[1])


def test_what_is_found_of_this_frame_holds_of_the_one_before() -> None:
    found = torch.tensor([[0.0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]])
    same = stages._same(Discovery(found, found / 2, found, bidirected=None), 2)
    assert same.adjacency.tolist() == [[0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert torch.equal(same.probability, same.adjacency / 2) and same.bidirected is None
