"""Average effects of a model whose effects are known."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import torch

from cdm.models import effects
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.scm import codes
from cdm.scm.domains import Categorical, Circular, Continuous


class _Shift(CausalDiffusionModel):
    """A model whose circular outcome is the cause and a noise, and whose levels follow the cause."""

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)
        turn = codes.Factor("turn", Circular(0.0, 360.0), unit="degree")
        kind = codes.Factor("kind", Categorical(("low", "high")))
        self.code = codes.Code((codes.Factor("cause", Continuous(0.0, 1.0)), turn, kind))

    def sample_codes(self, do: Any, n: int, seed: int = 0) -> torch.Tensor:
        noise = torch.randn(n, generator=torch.Generator().manual_seed(seed))
        cause = torch.full((n,), do["cause"])
        turn = (350 + 40 * cause + 10 * noise) % 360
        return self.code.encode(torch.stack([cause, turn, (cause + noise / 2 > 0.5).float()], dim=1))


def test_the_effect_on_an_angle_is_the_shorter_way_round() -> None:
    (found,) = effects.average(_Shift(), "cause", "turn", 0.0, 1.0, 4000)
    assert (found.quantity, found.unit) == ("turn", "degree")
    assert abs(found.low - 350) < 0.6 and abs(found.high - 30) < 0.6
    assert abs(found.difference - 40) < 1e-3 and found.error < 1e-3  # the noise is the same on both sides
    (back,) = effects.average(_Shift(), "cause", "turn", 1.0, 0.0, 4000)
    assert abs(back.difference + 40) < 1e-3


def test_the_effect_on_levels_is_the_change_of_their_probability() -> None:
    low, high = effects.average(_Shift(), "cause", "kind", 0.0, 1.0, 4000)
    assert (low.quantity, high.quantity) == ("P(kind = low)", "P(kind = high)")
    assert abs(low.difference + high.difference) < 1e-9
    assert abs(high.low - 0.1587) < 0.02 and abs(high.high - 0.8413) < 0.02  # Phi(-1), Phi(1)
    assert 0.004 < high.error < 0.012
    assert Categorical(("low", "high")).apart() == (0.0, 1.0)


def test_the_error_of_an_effect_is_that_of_repeated_draws() -> None:
    found = [effects.average(_Shift(), "cause", "kind", 0.0, 1.0, 400, seed)[1] for seed in range(200)]
    spread = float(np.std([f.difference for f in found]))
    assert 0.8 < spread / float(np.mean([f.error for f in found])) < 1.25
