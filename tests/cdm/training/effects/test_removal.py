"""Movements that can be unlearned are errors of reading; those that cannot are effects."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm import config
from cdm.data.pairs import Pairs
from cdm.training import run, stages, train
from cdm.training.effects import removal


@pytest.fixture(scope="module")
def begun(taught_pairs: Pairs) -> run.Run:
    """Give a run after its first phase, of an encoder that nothing has kept from reading a off b."""
    told = config.make("quick", light=0.0, encoder_steps=600, mechanism_steps=0, draft_steps=0, denoiser_steps=0)
    begun = run.start(taught_pairs, told)
    train._optimise(begun, train.plan(told)[0])
    return begun


def test_an_effect_cannot_be_unlearned_and_what_is_read_off_an_effect_can(begun: run.Run) -> None:
    found = removal.tested(begun)
    assert found is not None
    a, b = 0, 1
    assert found.movement[a, b] > 0.1
    assert found.cost[a, b] > 6 and found.price[a, b] > 0.03 and found.still[a, b] == 0
    assert found.still[b, a] == (found.movement[b, a] >= 0.003)
    assert torch.equal(removal.tested(begun).still, found.still)  # type: ignore[union-attr]


def test_the_run_keeps_what_was_unlearned_and_the_graph_stage_holds_it_still(begun: run.Run) -> None:
    stages.part_effects(begun)
    assert begun.still is not None and begun.still.shape == (3, 3)
    stages.find_graph(begun)
    assert torch.equal(begun.model.moved, 1 - begun.still)
    stages.forget(begun)


def test_without_values_nothing_is_tested(taught_pairs: Pairs) -> None:
    arrays = {name: array for name, array in taught_pairs.arrays.items() if name in ("image", "image_cf", "do_mask")}
    told = config.make("quick", supervision="targets")
    assert removal.tested(run.start(replace(taught_pairs, arrays=arrays), told)) is None


def test_what_is_surely_a_cause_is_no_effect_of_its_effect() -> None:
    sure = torch.tensor([[False, True, False], [False, False, True], [False, False, False]])
    assert removal._circular(sure).nonzero().tolist() == [[1, 0], [2, 0], [2, 1]]
