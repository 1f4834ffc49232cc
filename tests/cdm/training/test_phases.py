"""The phases that a configuration asks for, and the options of those that have not begun."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from trainings import GRAPH

from cdm import config
from cdm.config import VALUELESS
from cdm.data.pairs import Pairs
from cdm.training import phases, run, train


def test_options_of_phases_that_have_not_begun_may_change() -> None:
    told = config.make("quick")
    assert phases.changeable(told, 5, 1) == set()
    assert {"draft_batch", "focus"} <= phases.changeable(told, 3, 0)
    assert "focus" not in phases.changeable(told, 4, 0)  # the draft's phase has read it
    assert "mechanism_rate" not in phases.changeable(told, 3, 0)
    begun = phases.changeable(told, 0, 7)
    assert {"mechanism_rate", "steady"} <= begun and not {"encoder_rate", "sparse", "seed", "style"} & begun


def test_joint_training_goes_from_the_graph_to_everything_at_once(toy_pairs: Pairs) -> None:
    steps = {name: 6 for name in ("encoder_steps", "mechanism_steps", "draft_steps", "denoiser_steps")}
    told = config.make("quick", graph="given", training="joint", **steps)
    assert [phase.steps for phase in phases.plan(told)] == [3, 3, 0, 0, 0, 12]
    lines: list[dict[str, object]] = []
    begun = run.start(toy_pairs, told, given=GRAPH)
    begun.log = lines.append
    train.fit(begun)
    last = lines[-1]
    assert last["phase"] == "joint"
    assert {"anchor", "steady", "likelihood", "invariance", "draft", "draft control", "denoise control"} <= set(last)


def test_kernels_of_all_networks_of_images_move_orthogonally_in_the_phases_of_their_own(toy_pairs: Pairs) -> None:
    begun = run.start(toy_pairs, config.make("quick"), given=GRAPH)
    kernels = {phase.name: train.optimiser_of(begun.model, phase).kernels for phase in phases.plan(begun.config)}
    assert {name for name, some in kernels.items() if some} == {"encoder", "refine", "draft", "denoiser"}
    assert len(kernels["encoder"]) == 3  # all but the first, which sees three channels
    assert {phases.momentum(config.make("quick", supervision=level), "encoder") for level in VALUELESS} == {None}
