"""What is read off a model between its phases."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from trainings import GRAPH, TINY

from cdm import config
from cdm.data.pairs import Pairs
from cdm.training import run, stages, train


def test_styles_are_drawn_from_those_of_training_images(toy_pairs: Pairs) -> None:
    fitted = run.start(toy_pairs, config.make("quick", graph="given", **TINY), given=GRAPH)
    train.fit(fitted)
    style, generator = fitted.model.style, torch.Generator().manual_seed(0)
    drawn = style.draw(5, generator)
    known = stages.styles(fitted)
    assert all((known == row).all(dim=1).any() for row in drawn)
    assert not torch.equal(drawn[0], drawn[1])
