"""How two samples differ: by the mean of what each row changes, with the error of that mean."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.scm.domains.records import Contrast, of_means


def test_a_contrast_is_that_of_the_means() -> None:
    a = torch.tensor([1.0, 2.0, 3.0, 6.0])
    assert of_means(a, a + 0.5, "ball") == Contrast("ball", 3.0, 3.5, 0.5, 0.0)


def test_its_error_is_that_of_pairs_and_not_of_two_samples() -> None:
    a = 100 * torch.randn(400, generator=torch.Generator().manual_seed(0))
    change = torch.tensor([1.0, 3.0]).repeat(200)  # two on average, one up or down
    contrast = of_means(a, a + change)
    assert contrast.difference == pytest.approx(2, abs=1e-4)
    assert contrast.error == pytest.approx(1 / 20, rel=0.01)  # 100 / 20 if rows were not pairs
    assert of_means(a + change, a).difference == pytest.approx(-2, abs=1e-4)
