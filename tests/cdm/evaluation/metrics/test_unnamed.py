"""Scores of latents that nobody has named: whatever their order, the same; of noise, nothing."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.evaluation import metrics
from cdm.evaluation.metrics import unnamed
from cdm.scm import codes

CODE = codes.from_data(
    [
        {"name": "x", "kind": "continuous", "low": 0.0, "high": 4.0, "levels": [], "unit": "1"},
        {"name": "hue", "kind": "circular", "low": 0.0, "high": 360.0, "levels": [], "unit": "deg"},
        {"name": "kind", "kind": "categorical", "low": 0.0, "high": 1.0, "levels": ["a", "b"], "unit": "1"},
        {"name": "one", "kind": "categorical", "low": 0.0, "high": 0.0, "levels": ["only"], "unit": "1"},
    ]
)


def test_factors_are_known_by_their_kinds_and_ranges() -> None:
    told = [(one.name, one.kind, one.low, round(one.high, 6)) for one in unnamed.plain(CODE)]
    assert told[:2] == [("x", "continuous", 0.0, 4.0), ("hue", "circular", 0.0, 360.0)]
    assert told[2:] == [("kind", "categorical", 0.0, 1.0), ("one", "categorical", 0.0, 0.0)]


def test_order_and_sign_are_nobodys_business_and_noise_scores_nothing() -> None:
    draw = torch.Generator().manual_seed(0)
    values = torch.stack([4 * torch.rand(300, generator=draw), torch.rand(300, generator=draw)], dim=1)
    code = codes.from_data([*CODE.data()[:1], {**CODE.data()[0], "name": "y", "high": 1.0}])
    factors = code.encode(values)
    scores = [
        metrics.score({"code": code, "latents": read, "factors": factors})["latents"]
        for read in (values, -values.flip(1), torch.randn(300, 2, generator=draw))
    ]
    true, turned, noise = scores
    for name in ("MCC", "MIG"):
        assert true[name] == pytest.approx(turned[name]) and true[name] > 0.7 > 0.3 > noise[name]
    for name in ("SAP", "IRS"):
        assert true[name] == pytest.approx(turned[name]) and true[name] > noise[name] + 0.2
    for name, part in (("DCI", "disentanglement"), ("InfoMEC", "modularity")):
        assert true[name][part] == pytest.approx(turned[name][part], abs=0.02)
        assert true[name][part] > 0.5  # 300 rows in 20 bins share information by chance
        assert noise[name][part] < 0.1
