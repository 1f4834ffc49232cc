"""What a training would take."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from trainings import TINY

from cdm import config
from cdm.data.pairs import Pairs
from cdm.runs import estimate
from cdm.training import phases, run


def test_an_estimate_counts_every_phase(toy_pairs: Pairs) -> None:
    told = estimate.estimate(run.start(toy_pairs, config.make("quick", joint_steps=5, **TINY)))
    assert set(told.seconds) == {*phases.PHASES, "codes"} and all(seconds > 0 for seconds in told.seconds.values())
    assert set(told.parameters) == {"encoder", "style", "draft", "mechanisms", "tokens", "denoiser"}
    assert told.memory > 50e6


def test_an_estimate_is_spelled_in_minutes_and_gigabytes() -> None:
    cost = estimate.Estimate({"encoder": 12_345, "draft": 6}, {"encoder": 90.0, "draft": 30.0}, 2_500_000_000)
    assert estimate.spell(cost, torch.device("cpu")) == (
        "parameters: encoder 12,345, draft 6\n"
        "about 2.0 minutes on cpu (encoder 1.5, draft 0.5), besides the search for the graph\n"
        "about 2.5 GB of memory"
    )
