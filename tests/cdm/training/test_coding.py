"""What encoder and mechanisms minimise where values are told."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from trainings import GRAPH, TINY

from cdm import config
from cdm.data.pairs import Pairs
from cdm.training import run, train


def test_only_the_labelled_rows_are_read_without_pairs_too(toy_pairs: Pairs) -> None:
    alone = Pairs(toy_pairs.code, {name: toy_pairs.arrays[name] for name in ("image", "factors")})
    spoiled = {**alone.arrays, "factors": alone.arrays["factors"].copy()}
    told = config.make("quick", supervision="labels", labelled=0.3, graph="given", **TINY)
    clean = run.start(alone, told, given=GRAPH)
    hidden = clean.source.batch(torch.arange(len(alone)))["labelled"].numpy() == 0
    spoiled["factors"][hidden] = 0.5
    models = [train.fit(begun) for begun in (clean, run.start(Pairs(toy_pairs.code, spoiled), told, given=GRAPH))]
    images = toy_pairs.batch(torch.arange(4))["image"]
    assert torch.equal(*(model.encode(images) for model in models))
    assert 0.6 < hidden.mean() < 0.8
