"""Structural equations whose edges are blocks."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch
from causes import NUMBERS

from cdm.discovery import structural


def test_both_penalties_are_zero_for_a_dag_and_positive_for_a_circle() -> None:
    model = structural.Structural(NUMBERS, 0)
    with torch.no_grad():
        model.first.zero_()
        model.first[1, 0], model.first[3, 1] = 0.2, 0.1
        assert model.strength().nonzero().tolist() == [[0, 1], [1, 3]]
        assert float(model.circles()) == pytest.approx(0, abs=1e-5)
        assert float(model.h_func()) == pytest.approx(0, abs=1e-5)
        model.first[0, 3] = 0.3
        assert float(model.circles()) > 1e-3 and float(model.h_func()) > 1e-3
