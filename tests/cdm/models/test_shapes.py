"""Weights compared with a model that has no memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from torch import nn

from cdm.models import shapes


def _net(width: int) -> Callable[[], nn.Module]:
    return lambda: nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width), nn.Linear(width, 1))


def test_the_weights_of_such_a_model_pass_and_none_is_touched() -> None:
    weights = _net(5)().state_dict()
    before = {name: tensor.clone() for name, tensor in weights.items()}
    shapes.check(_net(5), weights)
    assert all(torch.equal(before[name], tensor) for name, tensor in weights.items())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda weights: weights.pop("2.bias"), "it has no 2.bias"),
        (lambda weights: weights.update({"0.bias": torch.zeros(4)}), "0.bias has the shape (4,), not (5,)"),
        (lambda weights: weights.update({"9.bias": torch.zeros(4)}), "it has a 9.bias, and such a model none"),
    ],
)
def test_what_does_not_fit_is_named(change: Callable[[dict[str, Any]], object], message: str) -> None:
    weights = dict(_net(5)().state_dict())
    change(weights)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        shapes.check(_net(5), weights)


def test_what_is_claimed_takes_no_memory() -> None:
    """A layer of 12 TB is compared, not made."""
    with pytest.raises(ValueError, match=r"^0.weight has the shape \(5, 3\), not \(1000000000000, 3\)$"):
        shapes.check(_net(10**12), _net(5)().state_dict())
