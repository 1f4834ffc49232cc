"""Errors of images."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.evaluation import metrics
from cdm.evaluation.metrics import pixels


def test_pixel_errors_part_what_changed_from_what_did_not() -> None:
    factual, truth = torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    truth[..., 0, 0] = 1.0
    assert pixels.pixel_errors(factual, truth, factual) == {"all": 0.25, "changed": 1.0, "unchanged": 0.0}
    assert pixels.pixel_errors(truth, truth, factual) == {"all": 0.0, "changed": 0.0, "unchanged": 0.0}


def test_composition_counts_cycles_of_the_first_images() -> None:
    images = torch.zeros(4, 3, 2, 2)
    told = metrics.score({"cycled": {"1": images[:2] + 0.25, "10": images[:2] - 0.5}, "image": images, "null": images})
    assert told == {"composition": {"1": 0.25, "10": 0.5}, "null do": 0.0}
