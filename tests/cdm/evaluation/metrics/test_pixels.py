"""Errors of images."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.evaluation.metrics import pixels


def test_pixel_errors_part_what_changed_from_what_did_not() -> None:
    factual, truth = torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    truth[..., 0, 0] = 1.0
    assert pixels.pixel_errors(factual, truth, factual) == {"all": 0.25, "changed": 1.0, "unchanged": 0.0}
    assert pixels.pixel_errors(truth, truth, factual) == {"all": 0.0, "changed": 0.0, "unchanged": 0.0}
