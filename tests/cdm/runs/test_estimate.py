"""What a training would take."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

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
