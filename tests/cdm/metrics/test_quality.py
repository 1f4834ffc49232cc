"""Distances of sets of features, as formulas, torchmetrics and scikit-learn have them."""

from __future__ import annotations

import numpy as np
import pytest

from cdm import metrics
from cdm.errors import CdmError

RNG = np.random.default_rng(4)
ONE, OTHER = RNG.standard_normal((300, 8)), 1.5 * RNG.standard_normal((260, 8)) + 0.3


def test_the_frechet_distance_of_two_known_laws() -> None:
    one, other = RNG.standard_normal((200_000, 2)), RNG.standard_normal((200_000, 2)) * [2.0, 1.0] + [3.0, 0.0]
    assert metrics.frechet(one, other) == pytest.approx(9 + (2 - 1) ** 2, rel=0.01)
    assert metrics.frechet(ONE, ONE) == pytest.approx(0.0, abs=1e-9)
    assert metrics.frechet(ONE[:, :1], OTHER[:, :1]) == pytest.approx(
        (ONE[:, 0].mean() - OTHER[:, 0].mean()) ** 2 + (ONE[:, 0].std(ddof=1) - OTHER[:, 0].std(ddof=1)) ** 2
    )


def test_distances_are_those_of_torchmetrics() -> None:
    torch = pytest.importorskip("torch")
    fid = pytest.importorskip("torchmetrics.image.fid")
    kid = pytest.importorskip("torchmetrics.image.kid")
    one, other = torch.tensor(ONE), torch.tensor(OTHER)
    laws = [part for x in (one, other) for part in (x.mean(0), x.T.cov())]
    assert metrics.frechet(ONE, OTHER) == pytest.approx(float(fid._compute_fid(*laws)), rel=1e-6)
    few = slice(0, 260)
    theirs = kid.poly_mmd(one[few], other[few])  # of as many of each
    assert metrics.kernel_distance(ONE[few], OTHER) == pytest.approx(float(theirs), rel=1e-6)


def test_the_kernel_distance_has_no_bias() -> None:
    found = [metrics.kernel_distance(*RNG.standard_normal((2, 40, 4))) for _ in range(200)]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(200)


def test_precision_and_recall_tell_lost_kinds_from_wrong_ones() -> None:
    centres = np.array([[0.0, 0.0], [20.0, 0.0]])
    real = np.concatenate([centres[0] + RNG.standard_normal((100, 2)), centres[1] + RNG.standard_normal((100, 2))])
    half = centres[0] + RNG.standard_normal((100, 2))
    lost = metrics.precision_recall(half, real)
    assert lost["precision"] > 0.85 and 0.35 < lost["recall"] < 0.55
    wrong = metrics.precision_recall(np.concatenate([real, real + np.array([0.0, 50.0])]), real)
    assert wrong["precision"] == pytest.approx(0.5) and wrong["recall"] == 1.0


def test_the_reach_of_a_ball_is_that_of_scikit_learn() -> None:
    neighbours = pytest.importorskip("sklearn.neighbors").NearestNeighbors(n_neighbors=4).fit(ONE)
    reach = neighbours.kneighbors(ONE)[0][:, 3]
    away = np.linalg.norm(OTHER[:, None] - ONE[None], axis=-1)
    expected = float((away <= reach).any(axis=1).mean())
    assert metrics.precision_recall(OTHER, ONE)["precision"] == pytest.approx(expected)


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(CdmError, match=r"^two sets of features of one width are needed, found \(300, 8\) and"):
        metrics.frechet(ONE, OTHER[:, :3])
    with pytest.raises(CdmError, match=r"^precision_recall: more than 3 images of each kind are needed$"):
        metrics.precision_recall(ONE[:3], OTHER)
