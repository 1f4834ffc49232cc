"""Numbers of a range: whether their codes fill it, and what a test of dependence sees of them."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import scipy.stats
import torch
from factors import seeded as seeded
from torch import Tensor

from cdm.scm.domains import Continuous

NUMBER = Continuous(2.0, 6.0)


def _uniform(n: int) -> Tensor:
    return 2 * torch.rand(n, 1) - 1


def test_evenness_tells_the_uniform_law_from_others() -> None:
    a = _uniform(2000)
    assert float(NUMBER.uneven(a)) < 1e-3
    assert float(NUMBER.uneven(-a)) < 1e-3  # a mirror is not told
    assert float(NUMBER.uneven(a.abs())) > 0.2  # a fold without stretching
    assert float(NUMBER.uneven(a**3)) > 0.02
    assert float(NUMBER.uneven(0 * a)) == pytest.approx(1 / 3, abs=1e-3)


def test_normal_scores_are_those_of_scipy_where_values_are_equal_too() -> None:
    values = torch.randn(500, 1, dtype=torch.float64).round(decimals=1)
    scores = scipy.stats.norm.ppf((scipy.stats.rankdata(values[:, 0].numpy()) - 0.5) / 500)
    assert np.allclose(NUMBER.embed(values).numpy(), np.stack([scores, scores**2 - 1], axis=1), atol=1e-12)
