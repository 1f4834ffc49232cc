"""What a run draws of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
import toy
from trainings import TINY

from cdm import config
from cdm.data.pairs import open_data
from cdm.runs import sketch
from cdm.training import run


def test_a_sketch_of_images_without_pairs(tmp_path: Path) -> None:
    plain = open_data(str(toy.write(tmp_path / "toy", 40, pairs=False)), "train", tmp_path)
    told = config.make("quick", supervision="labels", graph="given", **TINY)
    begun = run.start(plain, told, given=torch.tensor(toy.ADJACENCY))
    assert sketch.grid(begun).size[1] == 4 + 2 * (96 + 4)
