"""Distances between sets of features whose laws are known, and the energy of patterns that are known."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import torch

from cdm.evaluation import metrics
from cdm.evaluation.metrics import quality


def _normal(n: int, seed: int, shift: float = 0.0, scale: float = 1.0) -> torch.Tensor:
    return shift + scale * torch.randn(n, 4, generator=torch.Generator().manual_seed(seed))


def test_the_frechet_distance_of_normal_laws_is_that_of_the_formula() -> None:
    a, b = _normal(200_000, 0), _normal(200_000, 1, shift=1.0, scale=3.0)
    assert quality.frechet(a, b) == pytest.approx(4 * 1.0**2 + 4 * (3.0 - 1.0) ** 2, rel=0.02)
    assert quality.frechet(a, a) == pytest.approx(0, abs=1e-9)
    turned = a @ torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(2)))[0]
    assert quality.frechet(2 * turned + 1, b) == pytest.approx(4 * (3.0 - 2.0) ** 2, rel=0.05)


def test_a_distance_stands_beside_its_floor() -> None:
    sets = {"real_features": torch.cat([_normal(300, seed) for seed in (0, 1, 3)] + [_normal(100, 4, shift=99.0)])}
    good = metrics.score({**sets, "drawn_features": _normal(300, 2)})["fresh samples"]
    bad = metrics.score({**sets, "drawn_features": _normal(300, 2, shift=2.0)})["fresh samples"]
    assert good["FD (random convolutions)"]["floor"] == bad["FD (random convolutions)"]["floor"] > 0
    assert good["FD (random convolutions)"]["ratio"] < 3 < 50 < bad["FD (random convolutions)"]["ratio"]


def test_counterfactuals_are_compared_with_the_truth_of_other_rows() -> None:
    truth = _normal(400, 0)
    arrays = {"answer_features": truth, "truth_features": truth, "factual_features": truth + 1}
    told = metrics.score(arrays)["counterfactuals"]["FD (random convolutions)"]
    assert told["ratio"] == pytest.approx(1) and told["floor"] > 0  # the truth itself reaches the floor, and not zero
    assert told["identity"] == pytest.approx(4, rel=0.1)


def test_precision_and_recall_tell_what_is_wrong_from_what_is_lacking() -> None:
    left, right = _normal(200, 0, shift=-5), _normal(200, 1, shift=5)
    real = torch.cat([left, right])
    other = torch.cat([_normal(200, 2, shift=-5), _normal(200, 3, shift=5)])
    lacking, wrong = (
        _normal(400, 4, shift=-5),
        torch.cat([_normal(100, 6, shift=-5), _normal(100, 7, shift=5), _normal(200, 5, shift=40)]),
    )
    told = [
        metrics.score({"drawn_features": drawn, "real_features": torch.cat([real, other])})["fresh samples"]
        for drawn in (lacking, wrong)
    ]
    assert told[0]["precision"]["model"] > 0.85 and told[0]["recall"]["model"] < 0.55
    assert told[1]["precision"]["model"] < 0.55 and told[1]["recall"]["model"] > 0.85
    assert told[0]["precision"]["real"] > 0.85 and told[0]["recall"]["real"] > 0.85


def test_points_are_among_others_up_to_their_third_neighbour() -> None:
    line = torch.arange(5.0)[:, None]  # the third neighbour of an end is 3 away, of the middle 2
    assert quality.among(torch.tensor([[7.0], [7.1], [-3.0], [2.5]]), line) == 0.75


def test_high_pass_energy_is_a_share_of_that_of_real_images() -> None:
    stripes = torch.ones(1, 3, 6, 6)
    stripes[..., ::2] = -1
    assert quality.laplacian(stripes) == 4.0  # either neighbour along the row is 2 off
    told = metrics.score({"drawn": stripes / 4, "real": torch.cat([stripes, stripes])})["fresh samples"]
    assert told == {"high-pass energy": {"model": 0.25}}
    half, factual = stripes.clone(), stripes.clone()
    half[..., :3] /= 2
    factual[..., :3, :3] = 0  # what changes is the upper left quarter
    told = metrics.score({"prediction": half, "image_cf": stripes, "image": factual})["counterfactuals"]
    assert told == {"high-pass energy": {"model": pytest.approx(0.5, abs=0.1)}}
    blank = torch.zeros(1, 3, 6, 6)
    assert quality.sharpness(stripes, blank) == {"model": None}
