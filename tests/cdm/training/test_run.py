"""Runs: what a data set must hold for one, and whose checkpoint one may take up."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from trainings import TINY

from cdm import config
from cdm.data.pairs import Pairs, open_data
from cdm.errors import CdmError
from cdm.training import run, train


def test_supervision_needs_what_the_shards_hold(tmp_path: Path) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 40, pairs=False)), "train", tmp_path / "cache")
    with pytest.raises(
        CdmError,
        match=r"the shards hold no image_cf, do_mask, do_value, which supervision 'interventions' and graph 'interv",
    ):
        run.start(plain, config.make("quick"))
    told = config.make("quick", supervision="labels", graph="given", **TINY)
    with pytest.raises(
        CdmError, match=r"^graph 'given': the manifest holds no graph; they allow --supervision labels with "
    ):
        run.start(plain, told)
    trained = train.fit(run.start(plain, told, given=torch.tensor(toy.ADJACENCY)))  # real images without pairs
    assert trained.do({"a": 0.5}).sample(2, steps=4).shape == (2, 3, 16, 16)


def test_a_run_of_another_configuration_is_not_taken_up(toy_pairs: Pairs, tmp_path: Path) -> None:
    train.fit(run.start(toy_pairs, config.make("quick", **TINY), tmp_path))
    other = run.start(toy_pairs, config.make("quick", seed=3, **TINY), tmp_path)
    with pytest.raises(
        CdmError, match=r"holds a run of another configuration: seed: 0 there, 3 here; train with these, "
    ):
        run.resume(other)
